/// A library that users may have, which computes matrix products too. Loaded when it is asked for and installed.
protocol Peer {
    var name: String { get }
    /// Whether the library and what it needs are there.
    var isAvailable: Bool { get }
    /// Why not, or what was found; for people.
    var note: String { get }
    /// Whether it runs on the processor, whose peaks are known.
    var isProcessor: Bool { get }
    func prepare(_ product: MatrixProduct) throws -> PeerWork
}

/// One matrix product, ready to be run again and again.
struct PeerWork {
    /// Starts it.
    let run: () throws -> Void
    /// Waits for it.
    let finish: () throws -> Void
    let result: () throws -> [Float]
}

struct PeerError: Error, CustomStringConvertible {
    let description: String
}

extension MatrixProduct {
    /// Compares some elements of `c` with sums in Double. The bound is that of the numerics contract.
    ///
    /// - Returns: the largest distance, and the first that is too large.
    func compare(_ c: [Float]) -> (Double, String?) {
        guard c.count == batch * m * n else { return (.infinity, "\(c.count) elements in place of \(batch * m * n)") }
        let (a, b) = (a(), b())
        let u = 0x1p-24
        let chain = 2 + min(Double(k), 4 * Double(k).squareRoot())
        var largest = 0.0
        // 997 is prime, so that the elements lie in all rows and columns.
        for position in stride(from: 0, to: c.count, by: max(1, c.count / 997)) {
            let (matrix, row, column) = (position / (m * n), position / n % m, position % n)
            var sum = 0.0
            var magnitude = 0.0
            for index in 0..<k {
                let left = a[matrix * m * k + (transposesA ? index * m + row : row * k + index)]
                let right = b[matrix * k * n + (transposesB ? column * k + index : index * n + column)]
                let term = Double(left) * Double(right)
                sum += term
                magnitude += abs(term)
            }
            let distance = abs(Double(c[position]) - sum)
            largest = max(largest, distance)
            if !(distance <= chain * u * magnitude + u * abs(sum) + 0x1p-149) {
                return (largest, "element \(position): \(c[position]), but the sum is \(sum)")
            }
        }
        return (largest, nil)
    }
}
