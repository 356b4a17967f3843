import UnloopBackend

/// What can make a system of linear equations unsolvable.
public enum LinearAlgebraError: Error, Equatable, Sendable {
    /// The matrix is singular, or not positive definite, to working precision; found in this row.
    case singular(row: Int)
    /// The matrix holds infinities or NaN.
    case notFinite
}

extension LinearAlgebraError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .singular(let row):
            "the matrix is singular to working precision (row \(row) depends on those before it); regularize it, or leave out "
                + "columns that repeat others"
        case .notFinite: "the matrix holds infinities or NaN"
        }
    }
}

/// The Cholesky factor L of a symmetric positive definite matrix A = L·Lᵀ, and solutions of A·x = b, on the host in double precision.
///
/// Only additions, multiplications, divisions and square roots in a fixed order, so the same bits on every machine
/// (G. Golub, C. Van Loan: Matrix Computations, section 4.2).
public struct Cholesky: Sendable {
    /// The number of rows, and of columns.
    public let size: Int
    /// Row-major; the part above the diagonal is not used.
    private var lower: [Double]

    /// - Parameters:
    ///   - matrix: `[size, size]`, row-major; only the part on and below the diagonal is read.
    ///   - tolerance: a pivot counts as zero when it is not larger than `size · tolerance` times its diagonal element. By default the
    ///     rounding of Double; larger for a matrix that was computed in lower precision.
    /// - Throws: `singular` or `notFinite`.
    public init(_ matrix: [Double], size: Int, tolerance: Double = 0x1p-52) throws(LinearAlgebraError) {
        require(matrix.count == size * size, "Cholesky: \(matrix.count) elements for size \(size)")
        self.size = size
        lower = matrix
        for row in 0..<size {
            for column in 0...row {
                let sum = Self.remainder(lower, row: row, column: column, size: size)
                guard sum.isFinite else { throw .notFinite }
                if column < row {
                    lower[row * size + column] = sum / lower[column * size + column]
                } else {
                    guard sum > Double(size) * tolerance * abs(matrix[row * size + row]) else {
                        throw .singular(row: row)
                    }
                    lower[row * size + row] = sum.squareRoot()
                }
            }
        }
    }

    /// `a[row, column] - Σ l[row, k] l[column, k]`, k below `column`, in four chains for speed.
    private static func remainder(_ lower: [Double], row: Int, column: Int, size: Int) -> Double {
        let (first, second) = (row * size, column * size)
        var sums = SIMD4<Double>()
        var k = 0
        while k + 4 <= column {
            let (i, j) = (first + k, second + k)
            let left = SIMD4(lower[i], lower[i + 1], lower[i + 2], lower[i + 3])
            sums += left * SIMD4(lower[j], lower[j + 1], lower[j + 2], lower[j + 3])
            k += 4
        }
        var sum = (sums[0] + sums[2]) + (sums[1] + sums[3])
        while k < column {
            sum += lower[first + k] * lower[second + k]
            k += 1
        }
        return lower[first + column] - sum
    }

    /// The solutions x of A·x = b, `[size, columns]`, row-major.
    public func solve(_ right: [Double], columns: Int = 1) -> [Double] {
        require(right.count == size * columns, "Cholesky.solve: \(right.count) elements for [\(size), \(columns)]")
        var x = right
        for row in 0..<size {
            for column in 0..<columns {
                var sum = x[row * columns + column]
                for k in 0..<row { sum -= lower[row * size + k] * x[k * columns + column] }
                x[row * columns + column] = sum / lower[row * size + row]
            }
        }
        for row in (0..<size).reversed() {
            for column in 0..<columns {
                var sum = x[row * columns + column]
                for k in row + 1..<size { sum -= lower[k * size + row] * x[k * columns + column] }
                x[row * columns + column] = sum / lower[row * size + row]
            }
        }
        return x
    }
}
