import Unloop

/// The lectures' examples at 15, 1,000 and 1,000,000 elements.
enum LectureSuite {
    static let benchmarks: [Benchmark] =
        vectors.map(dot) + vectors.map(multiply)
        + [(15, 15), (25, 40), (1000, 1000)].map(outer)
        + [(3, 15), (25, 40), (1000, 1000)].map(matrixVector)
        + activations.flatMap { function in vectors.map { activation(function, $0) } }
        + [(3, 5), (100, 10), (10_000, 100)].map(softmax)
        + [(5, 3), (100, 10), (10_000, 100)].map(logisticRegression)
        + [(5, 3, 4, 1), (100, 10, 8, 1), (10_000, 100, 16, 1)].map(twoLayers)

    private static let vectors = [15, 1000, 1_000_000]

    /// The unit roundoff of float32.
    private static let u = 0x1p-24

    /// How far two sums of `terms` products with Σ|product| = `magnitude` may be apart: twice the bound of the numerics
    /// contract, once for each of them.
    private static func sumTolerance(terms: Int, magnitude: Double) -> Double {
        let terms = Double(terms)
        return 2 * (2 + min(terms, 4 * terms.squareRoot())) * u * magnitude
    }

    private static func dot(_ count: Int) -> Benchmark {
        let inputs: @Sendable () -> ([Float], [Float]) = {
            if count == 15 {
                // The lectures' own numbers; the result is 235.
                return ([5, 1, 0, 3, 8, 2, 5, 6, 0, 1, 2, 5, 9, 0, 7], [2, 5, 2, 0, 3, 2, 2, 9, 1, 0, 2, 5, 4, 0, 9])
            }
            return (Numbers.uniform(count, seed: 1), Numbers.uniform(count, seed: 2))
        }
        return Benchmark(
            suite: .lecture, name: "dot", shape: [count], limit: .memory, operations: 2 * Double(count),
            bytes: 8 * Double(count), loopSeconds: 1e-8 * Double(count)
        ) { device in
            let (x1, x2) = inputs()
            let (a, b) = (Tensor(x1, on: device), Tensor(x2, on: device))
            return Workload { [Unloop.dot(a, b)] }
        } textbook: {
            let (x1, x2) = inputs()
            let magnitude = zip(x1, x2).reduce(0.0) { $0 + Double(abs($1.0 * $1.1)) }
            return Textbook {
                TextbookLoops.dot(x1, x2)
            } tolerance: { _, _ in
                sumTolerance(terms: count, magnitude: magnitude)
            }
        }
    }

    private static func multiply(_ count: Int) -> Benchmark {
        Benchmark(
            suite: .lecture, name: "multiply", shape: [count], limit: .memory, operations: Double(count),
            bytes: 12 * Double(count), loopSeconds: 4e-8 * Double(count)
        ) { device in
            let a = Tensor(Numbers.uniform(count, seed: 1), on: device)
            let b = Tensor(Numbers.uniform(count, seed: 2), on: device)
            return Workload { [a * b] }
        } textbook: {
            let (x1, x2) = (Numbers.uniform(count, seed: 1), Numbers.uniform(count, seed: 2))
            return Textbook {
                TextbookLoops.multiply(x1, x2)
            } tolerance: { _, _ in
                0
            }
        }
    }

    private static func outer(_ m: Int, _ n: Int) -> Benchmark {
        Benchmark(
            suite: .lecture, name: "outer", shape: [m, n], limit: .memory, operations: Double(m * n),
            bytes: 4 * Double(m * n + m + n), loopSeconds: 4e-8 * Double(m * n)
        ) { device in
            let a = Tensor(Numbers.uniform(m, seed: 1), on: device)
            let b = Tensor(Numbers.uniform(n, seed: 2), on: device)
            return Workload { [Unloop.outer(a, b)] }
        } textbook: {
            let (x1, x2) = (Numbers.uniform(m, seed: 1), Numbers.uniform(n, seed: 2))
            return Textbook {
                TextbookLoops.outer(x1, x2)
            } tolerance: { _, _ in
                0
            }
        }
    }

    private static func matrixVector(_ m: Int, _ n: Int) -> Benchmark {
        Benchmark(
            suite: .lecture, name: "matvec", shape: [m, n], limit: .memory, operations: 2 * Double(m * n),
            bytes: 4 * Double(m * n + m + n), loopSeconds: 1e-8 * Double(m * n)
        ) { device in
            let w = Tensor(Numbers.uniform(m * n, seed: 1), shape: [m, n], on: device)
            let x = Tensor(Numbers.uniform(n, seed: 2), on: device)
            return Workload { [Unloop.dot(w, x)] }
        } textbook: {
            let (w, x) = (Numbers.uniform(m * n, seed: 1), Numbers.uniform(n, seed: 2))
            let magnitudes = TextbookLoops.matrixVector(w.map(abs), x.map(abs), rows: m)
            return Textbook {
                TextbookLoops.matrixVector(w, x, rows: m)
            } tolerance: { row, _ in
                // The magnitude is itself a float32 sum; doubling it is safe.
                sumTolerance(terms: n, magnitude: 2 * Double(magnitudes[row]))
            }
        }
    }

    /// An activation on tensors, as a loop, and how far its textbook formula may be from the accurate one.
    private struct ActivationCase: Sendable {
        let name: String
        let tensor: @Sendable (Tensor) -> Tensor
        let loop: @Sendable ([Float]) -> [Float]
        let tolerance: @Sendable (Float) -> Double
    }

    private static let activations: [ActivationCase] = [
        // exp, sum and quotient each round once or are within 4 ULP; so is the accurate one.
        ActivationCase(name: "sigmoid", tensor: { sigmoid($0) }, loop: TextbookLoops.sigmoid) { 16 * u * Double($0) },
        // The difference of the exponentials cancels near 0, so the error is absolute.
        ActivationCase(name: "tanh", tensor: { tanh($0) }, loop: TextbookLoops.tanh) { _ in 16 * u },
        ActivationCase(name: "relu", tensor: { relu($0) }, loop: TextbookLoops.relu) { _ in 0 },
        // 1 + exp(z) rounds away small exponentials, so the error is absolute where the result is small.
        ActivationCase(name: "softplus", tensor: { softplus($0) }, loop: TextbookLoops.softplus) {
            16 * u * (1 + Double($0))
        },
    ]

    private static func activation(_ activation: ActivationCase, _ count: Int) -> Benchmark {
        // From -8 to 8: both ends of every activation.
        let input: @Sendable () -> [Float] = { Numbers.uniform(count, seed: 3).map { 8 * $0 } }
        return Benchmark(
            suite: .lecture, name: activation.name, shape: [count], limit: .memory, operations: nil,
            bytes: 8 * Double(count), loopSeconds: 1e-7 * Double(count)
        ) { device in
            let x = Tensor(input(), on: device)
            return Workload { [activation.tensor(x)] }
        } textbook: {
            let z = input()
            return Textbook {
                activation.loop(z)
            } tolerance: { _, value in
                activation.tolerance(value)
            }
        }
    }

    private static func softmax(_ m: Int, _ n: Int) -> Benchmark {
        let input: @Sendable () -> [Float] = { Numbers.uniform(m * n, seed: 4).map { 8 * $0 } }
        return Benchmark(
            suite: .lecture, name: "softmax", shape: [m, n], limit: .memory, operations: nil,
            bytes: 8 * Double(m * n), loopSeconds: 2e-7 * Double(m * n)
        ) { device in
            let x = Tensor(input(), shape: [m, n], on: device)
            return Workload { [x.softmax()] }
        } textbook: {
            let z = input()
            return Textbook {
                TextbookLoops.softmax(z, rows: m)
            } tolerance: { _, value in
                // exp(z) against exp(z - max): the difference rounds by u·|z - max|, which is at most 16 here.
                sumTolerance(terms: n, magnitude: Double(value)) + (16 + 16) * u * Double(value)
            }
        }
    }

    private static func logisticRegression(_ m: Int, _ n: Int) -> Benchmark {
        let learningRate = 0.1
        let inputs: @Sendable () -> (x: [Float], y: [Float], w: [Float]) = {
            let x = Numbers.uniform(m * n, seed: 5)
            return (x, (0..<m).map { x[$0 * n] > 0 ? 1 : 0 }, Numbers.uniform(n, seed: 6))
        }
        return Benchmark(
            suite: .lecture, name: "logistic-regression", shape: [m, n], limit: .memory, operations: 4 * Double(m * n),
            bytes: nil, loopSeconds: 3e-8 * Double(m * n)
        ) { device in
            let (xs, ys, ws) = inputs()
            let x = Tensor(xs, shape: [m, n], on: device)
            let y = Tensor(ys, on: device)
            let w = Tensor(ws, on: device)
            let b = Tensor([Float(0.5)], on: device)
            return Workload {
                let dz = sigmoid(Unloop.dot(x, w) + b) - y
                let dw = Unloop.dot(dz, x) / Double(m)
                let db = dz.mean()
                return [w - learningRate * dw, b - learningRate * db]
            }
        } textbook: {
            let (x, y, w) = inputs()
            return Textbook {
                TextbookLoops.logisticRegressionEpoch(x: x, y: y, w: w, b: 0.5, learningRate: Float(learningRate))
            } tolerance: { _, _ in
                // All inputs are at most 1, so Σ|x·w| ≤ n; sigmoid's slope is at most 1/4.
                let z = sumTolerance(terms: n + 1, magnitude: Double(n) + 0.5)
                let gradient = sumTolerance(terms: m, magnitude: 1) + z / 4 + 16 * u
                return learningRate * gradient + 4 * u
            }
        }
    }

    private static func twoLayers(_ m: Int, _ inputs: Int, _ hidden: Int, _ outputs: Int) -> Benchmark {
        Benchmark(
            suite: .lecture, name: "two-layer", shape: [m, inputs, hidden, outputs], limit: .arithmetic,
            operations: 2 * Double(m * hidden * (inputs + outputs)), bytes: nil,
            loopSeconds: 1e-8 * Double(m * hidden * (inputs + outputs))
        ) { device in
            let x = Tensor(Numbers.uniform(m * inputs, seed: 7), shape: [m, inputs], on: device)
            let w1 = Tensor(Numbers.uniform(inputs * hidden, seed: 8), shape: [inputs, hidden], on: device)
            let b1 = Tensor(Numbers.uniform(hidden, seed: 9), on: device)
            let w2 = Tensor(Numbers.uniform(hidden * outputs, seed: 10), shape: [hidden, outputs], on: device)
            let b2 = Tensor(Numbers.uniform(outputs, seed: 11), on: device)
            return Workload { [sigmoid(matmul(sigmoid(matmul(x, w1) + b1), w2) + b2)] }
        } textbook: {
            let x = Numbers.uniform(m * inputs, seed: 7)
            let (w1, b1) = (Numbers.uniform(inputs * hidden, seed: 8), Numbers.uniform(hidden, seed: 9))
            let (w2, b2) = (Numbers.uniform(hidden * outputs, seed: 10), Numbers.uniform(outputs, seed: 11))
            return Textbook {
                TextbookLoops.twoLayers(x: x, w1: w1, b1: b1, w2: w2, b2: b2, examples: m)
            } tolerance: { _, _ in
                // All numbers are at most 1; sigmoid's slope is at most 1/4.
                let first = sumTolerance(terms: inputs + 1, magnitude: Double(inputs) + 1) / 4 + 16 * u
                let second = sumTolerance(terms: hidden + 1, magnitude: Double(hidden) + 1) + Double(hidden) * first
                return second / 4 + 16 * u
            }
        }
    }
}
