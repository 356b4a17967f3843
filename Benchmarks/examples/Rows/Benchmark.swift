import Unloop

extension Example {
    /// How to compare a loop with vectorized devices: the same work, checked first and timed then. `unloop bench` does it in full.
    static let benchmark = Example(
        "benchmark", row: 25,
        "A matrix product as loops in Swift, on the scalar loop and on a device: checked, then timed."
    ) { run in
        let n = 128
        let key = RandomKey(seed: 25)
        func matrices(_ device: Device) -> (Tensor, Tensor) {
            (
                Tensor.randomUniform([n, n], key.child(0), on: device),
                Tensor.randomUniform([n, n], key.child(1), on: device)
            )
        }
        let (a, b) = matrices(.loop)
        let (x, y) = (try a.scalars(), try b.scalars())
        let clock = ContinuousClock()

        // Three loops, as in a textbook.
        var textbook = [Float](repeating: 0, count: n * n)
        let textbookTime = clock.measure {
            for i in 0..<n {
                for j in 0..<n {
                    var sum: Float = 0
                    for k in 0..<n { sum += x[i * n + k] * y[k * n + j] }
                    textbook[i * n + j] = sum
                }
            }
        }
        let reference = matmul(a, b)
        let loopTime = try clock.measure { _ = try matmul(a, b).scalars() }

        let (c, d) = matrices(run.device)
        // The first product may have to compile a program: it is checked, the following ones are timed.
        let product = matmul(c, d)
        try run.figure("the device has the loop's bits", isTrue: product.isBitEqual(to: reference))
        let values = try product.scalars()
        let error = zip(values, textbook).map { abs($0 - $1) }.max() ?? .nan
        // Two sums of 128 products that are together at most 128: the numerics contract's bound, once for each.
        try run.figure(
            "largest difference from the textbook loops", Double(error),
            atMost: 2 * (2 + 4 * Double(n).squareRoot()) * 0x1p-24 * Double(n))
        let times = try (0..<20).map { _ in
            try clock.measure { try matmul(c, d).synchronize() } / .microseconds(1)
        }.sorted()

        let operations = 2.0 * Double(n * n * n)
        for (name, microseconds) in [
            ("loops in Swift", textbookTime / .microseconds(1)), ("the scalar loop", loopTime / .microseconds(1)),
            ("\(run.device)", times[times.count / 2]),
        ] {
            try run.measurement("\(n)×\(n)×\(n) by \(name)", microseconds, unit: "µs")
            try run.measurement("\(n)×\(n)×\(n) by \(name)", operations / microseconds / 1000, unit: "GFLOP/s")
        }
    }
}
