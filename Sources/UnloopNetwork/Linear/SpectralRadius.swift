import UnloopBackend
import UnloopData

/// The largest absolute value of a square matrix's eigenvalues, by power iteration on the host in double precision.
///
/// Iterated vectors end in the plane of the two largest eigenvalues, which may be a complex pair or of opposite sign, so that no single
/// vector is a limit; but three successive vectors then obey A²v = p·Av + q·v, and the eigenvalues are the roots of λ² = p·λ + q
/// (J. Wilkinson: The Algebraic Eigenvalue Problem, chapter 9). Where more eigenvalues are almost equally large, the answer after 4096
/// steps is the mean growth of the norm in the last 2048, which is right to about one in a thousand. Only + - · / and square roots in a fixed
/// order, so the same bits on every machine.
///
/// - Parameter matrix: `[size, size]`, row-major; zeros cost nothing.
/// - Returns: 0 for a matrix some power of which is zero, such as one without cycles.
public func spectralRadius(of matrix: [Double], size: Int) -> Double {
    require(matrix.count == size * size, "spectralRadius: \(matrix.count) elements for size \(size)")
    let sparse = SparseRows(matrix, size: size)
    var random = CounterRandom(seed: 1, stream: 0x7370_6563_7472_616c)
    var vector = (0..<size).map { _ in Double(random.next()) * 0x1p-31 - 1 }
    guard normalize(&vector) > 0 else { return 0 }
    let (steps, averaged) = (4096, 2048)
    var growth: [Double] = []
    var previous: (first: [Double], growth: Double)?
    for step in 1...steps {
        var next = sparse.applied(to: vector)
        let factor = normalize(&next)
        guard factor > 0, factor.isFinite else { return factor }
        if let previous, step % 16 == 0,
            let radius = radius(from: previous.first, vector, next, previous.growth, factor)
        {
            return radius
        }
        previous = (vector, factor)
        vector = next
        if step > steps - averaged { growth.append(factor) }
    }
    // The geometric mean, by square roots of pairs.
    while growth.count > 1 {
        growth = stride(from: 0, to: growth.count, by: 2).map { (growth[$0] * growth[$0 + 1]).squareRoot() }
    }
    return growth[0]
}

/// From unit vectors v, Av/a and A(Av)/(ab), the larger root of λ² = p·λ + q; nil unless these vectors lie in one plane.
private func radius(from v: [Double], _ w: [Double], _ z: [Double], _ a: Double, _ b: Double) -> Double? {
    // b·z = p·w + (q/a)·v, by least squares.
    let (vw, vz, wz) = (product(v, w), product(v, z), product(w, z))
    let determinant = 1 - vw * vw
    // Parallel vectors: one eigenvalue alone.
    if determinant < 1e-14 { return b }
    let p = b * (wz - vw * vz) / determinant
    let q = b * (vz - vw * wz) / determinant
    var residual = 0.0
    for i in v.indices {
        let difference = b * z[i] - p * w[i] - q * v[i]
        residual += difference * difference
    }
    guard residual.squareRoot() <= 1e-9 * b else { return nil }
    let discriminant = p * p + 4 * q * a
    return discriminant < 0 ? (-q * a).squareRoot() : (abs(p) + discriminant.squareRoot()) / 2
}

private func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

/// - Returns: the norm that the vector had.
private func normalize(_ vector: inout [Double]) -> Double {
    let norm = product(vector, vector).squareRoot()
    if norm > 0 { for i in vector.indices { vector[i] /= norm } }
    return norm
}

/// The elements of a matrix that are not zero, row by row.
private struct SparseRows {
    private var starts = [0]
    private var columns: [Int] = []
    private var values: [Double] = []

    init(_ matrix: [Double], size: Int) {
        for row in 0..<size {
            for column in 0..<size where matrix[row * size + column] != 0 {
                columns.append(column)
                values.append(matrix[row * size + column])
            }
            starts.append(columns.count)
        }
    }

    func applied(to vector: [Double]) -> [Double] {
        zip(starts, starts.dropFirst()).map { start, end in
            var sum = 0.0
            for position in start..<end { sum += values[position] * vector[columns[position]] }
            return sum
        }
    }
}
