import Foundation
import Unloop

extension Example {
    /// The lectures' first lesson: the same sums as loops in Swift and as one operation on a device.
    static let loopVersusVectorized = Example(
        "loop-versus-vectorized", row: 1,
        "Dot, outer and elementwise products and matrix times vector, as loops and as one operation."
    ) { run in
        let x1: [Float] = [5, 1, 0, 3, 8, 2, 5, 6, 0, 1, 2, 5, 9, 0, 7]
        let x2: [Float] = [2, 5, 2, 0, 3, 2, 2, 9, 1, 0, 2, 5, 4, 0, 9]
        let (a, b) = (Tensor(x1, on: run.device), Tensor(x2, on: run.device))

        // One product after the other, as one would write it first.
        var sum: Float = 0
        for i in x1.indices { sum += x1[i] * x2[i] }
        try run.figure("dot product by a loop", sum, equals: 235)
        try run.figure("dot product", dot(a, b).item(), equals: 235)

        var products: [Float] = []
        for i in x1.indices { products.append(x1[i] * x2[i]) }
        try run.figure("elementwise product as by a loop", isTrue: (a * b).scalars() == products)

        var table: [Float] = []
        for i in x1.indices {
            for j in x2.indices { table.append(x1[i] * x2[j]) }
        }
        try run.figure("outer product as by two loops", isTrue: outer(a, b).scalars() == table)

        // A matrix of small integers, so that no order of the additions rounds.
        let w: [Float] = (0..<45).map { Float($0 % 7) - 3 }
        var rows: [Float] = [0, 0, 0]
        for i in 0..<3 {
            for j in 0..<15 { rows[i] += w[15 * i + j] * x1[j] }
        }
        try run.figure(
            "matrix times vector as by two loops",
            isTrue: dot(Tensor(w, shape: [3, 15], on: run.device), a).scalars() == rows)

        // A million elements. The loop adds in another order than the device, so float32 rounds differently: the bound is the numerics
        // contract's for a sum of n products, twice.
        let n = 1_000_000
        let key = RandomKey(seed: 1)
        let c = Tensor.randomUniform([n], key.child(0), on: run.device)
        let d = Tensor.randomUniform([n], key.child(1), on: run.device)
        let (cs, ds) = (try c.scalars(), try d.scalars())
        var exact = 0.0
        for i in 0..<n { exact += Double(cs[i]) * Double(ds[i]) }
        try run.figure(
            "dot product of 1,000,000 elements", dot(c, d).item(), equals: exact,
            within: 4 * Double(n).squareRoot() * 0x1p-24 * exact)

        let clock = ContinuousClock()
        let loopTime = clock.measure {
            sum = 0
            for i in 0..<n { sum += cs[i] * ds[i] }
        }
        // The first call of an operation may have to compile it; it was made above.
        let deviceTime = try clock.measure { _ = try dot(c, d).item() }
        try run.note("The loop's sum of float32 is \(sum): adding a million numbers to one grows its rounding errors.")
        try run.measurement("1,000,000 elements by a loop", loopTime / .milliseconds(1), unit: "ms")
        try run.measurement("1,000,000 elements on \(run.device)", deviceTime / .milliseconds(1), unit: "ms")
    }
}
