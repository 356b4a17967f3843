import Dispatch
import Synchronization
import UnloopBackend
import UnloopTensor

/// Linear regression with a penalty on the weights: `x·W + b` with the smallest `Σ (y - x·W - b)² + ridge Σ W²` (sums over all examples
/// and outputs; b is not penalized).
///
/// The products of the centred features are summed on the host in double precision and the system is solved by Cholesky
/// decomposition, so the same features give the same bits on every device.
public struct RidgeRegression: Sendable {
    /// `[features, outputs]`.
    public let weight: Tensor
    /// `[outputs]`.
    public let bias: Tensor

    /// - Parameters:
    ///   - features: `[examples, features]`.
    ///   - targets: `[examples, outputs]`, on any device.
    ///   - ridge: 0 for ordinary least squares, which needs features that do not follow from each other.
    /// - Throws: `LinearAlgebraError` when the system is singular or there are infinities or NaN, or no examples; `TensorError` when the
    ///   device fails.
    public init(_ features: Tensor, _ targets: Tensor, ridge: Double) throws {
        require(
            features.rank == 2 && targets.rank == 2 && features.shape[0] == targets.shape[0] && ridge >= 0,
            "RidgeRegression: features \(features.shape), targets \(targets.shape), ridge \(ridge)")
        let (count, outputs) = (features.shape[1], targets.shape[1])
        guard features.shape[0] > 0 else { throw LinearAlgebraError.singular(row: 0) }
        let x = CentredColumns(try features.doubles(), columns: count)
        let y = CentredColumns(try targets.doubles(), columns: outputs)
        var matrix = x.products(with: x)
        for i in 0..<count { matrix[i * count + i] += ridge }
        let solution = try Cholesky(matrix, size: count).solve(x.products(with: y), columns: outputs)
        let constant = (0..<outputs).map { output in
            (0..<count).reduce(y.means[output]) { $0 - x.means[$1] * solution[$1 * outputs + output] }
        }
        guard constant.allSatisfy(\.isFinite) else { throw LinearAlgebraError.notFinite }
        let type: ElementType = features.elementType == .float64 ? .float64 : .float32
        weight = Tensor(float64: solution, shape: [count, outputs]).to(type).to(features.device)
        bias = Tensor(float64: constant).to(type).to(features.device)
    }

    /// The predictions `[…, outputs]` for `[…, features]`.
    public func callAsFunction(_ features: Tensor) -> Tensor {
        matmul(features.to(weight.elementType), weight, epilogue: Self.add, inputs: [bias])
    }

    private static let add = ScalarFunction("add", { (x: Scalar, bias: Scalar) in x + bias })
}

/// A matrix in double precision whose columns have mean 0.
private struct CentredColumns: Sendable {
    let columns: Int
    let means: [Double]
    private let rows: Int
    /// Rows padded with zeros to whole vectors.
    private var vectors: [SIMD8<Double>]
    private var vectorsPerRow: Int { (columns + 7) / 8 }

    init(_ elements: [Double], columns: Int) {
        let rows = columns > 0 ? elements.count / columns : 0
        let perRow = (columns + 7) / 8
        vectors = [SIMD8<Double>](repeating: .zero, count: rows * perRow)
        for row in 0..<rows {
            for column in 0..<columns {
                vectors[row * perRow + column / 8][column % 8] = elements[row * columns + column]
            }
        }
        var sums = [SIMD8<Double>](repeating: .zero, count: perRow)
        for position in vectors.indices { sums[position % perRow] += vectors[position] }
        let averages = sums.map { $0 / SIMD8(repeating: Double(Swift.max(1, rows))) }
        for position in vectors.indices { vectors[position] -= averages[position % perRow] }
        means = (0..<columns).map { averages[$0 / 8][$0 % 8] }
        self.columns = columns
        self.rows = rows
    }

    /// `[columns, other.columns]`: the sums over the rows, each in increasing order, of the products of two columns.
    func products(with other: CentredColumns) -> [Double] {
        let block = 16
        let parts = Mutex([[Double]](repeating: [], count: (columns + block - 1) / block))
        DispatchQueue.concurrentPerform(iterations: (columns + block - 1) / block) { number in
            let part = products(of: number * block..<Swift.min(columns, (number + 1) * block), with: other)
            parts.withLock { $0[number] = part }
        }
        return parts.withLock { $0.flatMap(\.self) }
    }

    private func products(of range: Range<Int>, with other: CentredColumns) -> [Double] {
        let perRow = other.vectorsPerRow
        var sums = [SIMD8<Double>](repeating: .zero, count: range.count * perRow)
        for row in 0..<rows {
            let start = row * perRow
            for (i, column) in range.enumerated() {
                let x = vectors[row * vectorsPerRow + column / 8][column % 8]
                for j in 0..<perRow { sums[i * perRow + j] += x * other.vectors[start + j] }
            }
        }
        return range.indices.flatMap { index in
            (0..<other.columns).map { sums[(index - range.lowerBound) * perRow + $0 / 8][$0 % 8] }
        }
    }
}
