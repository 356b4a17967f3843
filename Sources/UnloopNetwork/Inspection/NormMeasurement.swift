import UnloopBackend
import UnloopTensor

/// Euclidean norms of many tensors, computed on their device and read later in one piece.
///
/// Squares of numbers below 1e-23 are too small for float32, and vanishing gradients are smaller than that: each tensor is divided by its
/// largest magnitude before it is squared.
struct NormMeasurement {
    /// The largest magnitude m of each tensor and Σ (x / m)², one after the other.
    let numbers: Tensor

    /// - Precondition: at least one tensor, all on one device.
    init(_ tensors: [Tensor]) {
        let parts = tensors.flatMap { tensor -> [Tensor] in
            guard tensor.count > 0 else { return [Tensor](repeating: Tensor.zeros(like: tensor.sum()), count: 2) }
            let largest = abs(tensor).max()
            return [largest, Tensor.sum(of: Self.scaledSquare, [tensor, largest])]
        }
        numbers = Tensor.stack(parts)
    }

    /// Zero where the largest magnitude is 0 or NaN.
    private static let scaledSquare = ScalarFunction("scaledSquare", inputs: 2) { x, _ in
        let share = x[0] / x[1]
        return select(x[1] .> 0, share * share, 0)
    }

    /// The norms that `numbers` of several measurements mean; infinite or NaN where a tensor holds such a number.
    static func norms(_ numbers: [Double]) -> [Double] {
        stride(from: 0, to: numbers.count, by: 2).map { position in
            let largest = numbers[position]
            return largest.isFinite ? largest * numbers[position + 1].squareRoot() : largest
        }
    }

    /// The norm of all elements of tensors with these norms.
    static func joined(_ norms: some Sequence<Double>) -> Double {
        norms.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
}
