import Unloop

/// Single operations at the shapes of real networks.
enum KernelSuite {
    static let benchmarks: [Benchmark] =
        matrixProducts + ConvolutionBenchmarks.benchmarks + elementwise + [launch] + reductions
        + crossEntropies + [scatterAdd]

    /// What the loop takes for one product or one element, in seconds; only to decide what is worth waiting for.
    static let loopSecondsPerProduct = 4e-9
    static let loopSecondsPerElement = 8e-8

    // MARK: Matrix products

    private static let matrixProducts: [Benchmark] =
        [32, 64, 128, 256, 512, 1024, 2048].flatMap { n in layouts.map { product($0, m: n, n: n, k: n) } }
        + [product("nn", m: 1, n: 4096, k: 4096), product("nt", m: 1, n: 4096, k: 4096)]
        + [(128, 512, 784), (128, 10, 512), (4096, 64, 64), (64, 64, 4096), (64, 4096, 64)].map {
            product("nn", m: $0.0, n: $0.1, k: $0.2)
        }
        + [(256, 32, 32, 32), (64, 64, 64, 64), (96, 128, 128, 64), (1024, 16, 16, 16), (16, 512, 512, 512)].map {
            product("nn", batch: $0.0, m: $0.1, n: $0.2, k: $0.3)
        }

    /// Whether a and b are stored transposed.
    static let layouts = ["nn", "nt", "tn", "tt"]

    static func product(_ layout: String, batch: Int = 1, m: Int, n: Int, k: Int) -> Benchmark {
        let (transposesA, transposesB) = (layout.hasPrefix("t"), layout.hasSuffix("t"))
        let products = Double(batch) * Double(m) * Double(n) * Double(k)
        let elements = Double(batch) * (Double(m) * Double(k) + Double(k) * Double(n) + Double(m) * Double(n))
        let a: @Sendable () -> [Float] = { Numbers.uniform(batch * m * k, seed: 1) }
        let b: @Sendable () -> [Float] = { Numbers.uniform(batch * k * n, seed: 2) }
        /// The first rows of the first product.
        let partRows = min(m, max(1, 10_000_000 / (n * k)))
        let operands: @Sendable (Device) -> (Tensor, Tensor) = { device in
            let left = Tensor(a(), shape: [batch] + (transposesA ? [k, m] : [m, k]), on: device)
            let right = Tensor(b(), shape: [batch] + (transposesB ? [n, k] : [k, n]), on: device)
            let (x, y) = (transposesA ? left.transposed() : left, transposesB ? right.transposed() : right)
            return batch == 1 ? (x.squeezed(0), y.squeezed(0)) : (x, y)
        }
        var benchmark = Benchmark(
            suite: .kernels, name: "matmul." + layout, shape: (batch == 1 ? [] : [batch]) + [m, n, k],
            // A single row reads each element of b for one product: memory is the limit.
            limit: m == 1 ? .memory : .arithmetic, operations: 2 * products, bytes: 4 * elements,
            loopSeconds: loopSecondsPerProduct * products
        ) { device in
            let (x, y) = operands(device)
            return Workload { [matmul(x, y)] }
        }
        benchmark.part = .prefix([partRows * n]) { device in
            let (x, y) = operands(device)
            let first = batch == 1 ? (x, y) : (x[0], y[0])
            return Workload { [matmul(first.0[0..<partRows], first.1)] }
        }
        benchmark.product = MatrixProduct(
            batch: batch, m: m, n: n, k: k, transposesA: transposesA, transposesB: transposesB, a: a, b: b)
        return benchmark
    }

    // MARK: Elementwise

    /// The smallest shows what an operation costs besides its work.
    private static let counts = [32, 1000, 100_000, 16_000_000]

    private static let elementwise: [Benchmark] =
        functions.flatMap { name, function in counts.map { map(name, $0, function) } }
        + operators.flatMap { name, function in counts.map { combine(name, $0, function) } } + counts.map(adam)

    /// All elementwise work on so many elements.
    static func elementwise(_ count: Int) -> [Benchmark] {
        functions.map { map($0, count, $1) } + operators.map { combine($0, count, $1) } + [adam(count)]
    }

    private static let functions: [(String, @Sendable (Tensor) -> Tensor)] = [
        ("relu", { relu($0) }), ("sigmoid", { sigmoid($0) }), ("tanh", { tanh($0) }), ("softplus", { softplus($0) }),
        ("gelu", { gelu($0) }), ("exp", { exp($0) }), ("log", { log($0) }),
    ]

    private static let operators: [(String, @Sendable (Tensor, Tensor) -> Tensor)] = [
        ("add", { $0 + $1 }), ("multiply", { $0 * $1 }),
    ]

    private static func map(
        _ name: String, _ count: Int, _ function: @escaping @Sendable (Tensor) -> Tensor
    ) -> Benchmark {
        let workload: @Sendable (Device, Int) -> Workload = { device, count in
            // Positive, so that log has a value; up to 8, where sigmoid and tanh are flat.
            let x = Tensor(Numbers.uniform(count, seed: 3).map { 4 * ($0 + 1.001) }, on: device)
            return Workload { [function(x)] }
        }
        var benchmark = Benchmark(
            suite: .kernels, name: name, shape: [count], limit: .memory, operations: nil, bytes: 8 * Double(count),
            loopSeconds: loopSecondsPerElement * Double(count)
        ) { device in
            workload(device, count)
        }
        benchmark.part = .prefix([100_000]) { workload($0, 100_000) }
        return benchmark
    }

    private static func combine(
        _ name: String, _ count: Int, _ function: @escaping @Sendable (Tensor, Tensor) -> Tensor
    ) -> Benchmark {
        let workload: @Sendable (Device, Int) -> Workload = { device, count in
            let x = Tensor(Numbers.uniform(count, seed: 4), on: device)
            let y = Tensor(Numbers.uniform(count, seed: 5), on: device)
            return Workload { [function(x, y)] }
        }
        var benchmark = Benchmark(
            suite: .kernels, name: name, shape: [count], limit: .memory, operations: Double(count),
            bytes: 12 * Double(count), loopSeconds: loopSecondsPerElement * Double(count)
        ) { device in
            workload(device, count)
        }
        benchmark.part = .prefix([100_000]) { workload($0, 100_000) }
        return benchmark
    }

    /// What it takes to start an operation, without waiting for its result.
    private static let launch: Benchmark = {
        var benchmark = combine("launch", 32) { $0 + $1 }
        benchmark.timesDevice = false
        return benchmark
    }()

    /// An optimizer's update of one parameter: reads the parameter, its gradient and two averages, and writes all but the gradient.
    private static func adam(_ count: Int) -> Benchmark {
        let workload: @Sendable (Device, Int) -> Workload = { device, count in
            let weights = Weights()
            var model = Model(weights)
            model.build(on: device) { weights, builder in builder.make(weights.weight, [count], .zeros) }
            model[weights.weight] = Tensor(Numbers.uniform(count, seed: 11), on: device)
            // The gradient of Σ w · g is g.
            let gradient = Tensor(Numbers.uniform(count, seed: 12), on: device)
            let found = valueWithGradient(of: model) { pass in (pass[weights.weight] * gradient).sum() }
            var (state, values) = (OptimizerState(.adam(0.001)), model.values)
            return Workload {
                try state.update(&values, found)
                return [values[weights.weight]]
            }
        }
        var benchmark = Benchmark(
            suite: .kernels, name: "adam", shape: [count], limit: .memory, operations: nil, bytes: 28 * Double(count),
            loopSeconds: 3 * loopSecondsPerElement * Double(count)
        ) { device in
            workload(device, count)
        }
        benchmark.part = .prefix([100_000]) { workload($0, 100_000) }
        return benchmark
    }

    // MARK: Reductions and softmax

    private static let reductions: [Benchmark] = [
        reduction("sum.rows", passes: 1) { $0.sum(1) },
        reduction("sum.columns", passes: 1, alongColumns: true) { $0.sum(0) },
        reduction("max.rows", passes: 1) { $0.max(1) },
        reduction("argmax.rows", passes: 1) { $0.argmax(1) },
        reduction("softmax", passes: 2) { $0.softmax() },
        reduction("log-softmax", passes: 2) { $0.logSoftmax() },
        layerNormalization,
        reduction("sum.short-rows", rows: 48_000, columns: 4, passes: 1) { $0.sum(1) },
        reduction("softmax.short-rows", rows: 48_000, columns: 4, passes: 2) { $0.softmax() },
        reduction("softmax.short-rows", rows: 48_000, columns: 10, passes: 2) { $0.softmax() },
    ]

    private static func reduction(
        _ name: String, rows: Int = 16384, columns: Int = 1024, passes: Int, alongColumns: Bool = false,
        _ function: @escaping @Sendable (Tensor) -> Tensor
    ) -> Benchmark {
        reduction(
            name, rows: rows, columns: columns, passes: passes, alongColumns: alongColumns, making: { _ in function })
    }

    private static let layerNormalization = reduction(
        "layer-norm", passes: 2,
        making: { x in
            var layer = Model(LayerNorm())
            layer.build(inputShape: [x.shape[1]], on: x.device, seed: 1)
            return { [layer] in layer($0) }
        })

    /// An operation on `[rows, columns]`. `passes` is how often elements are moved at least: read, or read and written. `make`
    /// gives the operation for inputs such as the one it gets.
    private static func reduction(
        _ name: String, rows: Int = 16384, columns: Int = 1024, passes: Int, alongColumns: Bool = false,
        making make: @escaping @Sendable (Tensor) -> (Tensor) -> Tensor
    ) -> Benchmark {
        let partRows = 64
        let workload: @Sendable (Device, Int) -> Workload = { device, rows in
            let x = Tensor(Numbers.uniform(rows * columns, seed: 6).map { 8 * $0 }, shape: [rows, columns], on: device)
            let function = make(x)
            return Workload { [function(x)] }
        }
        let perRow = passes == 2 ? columns : 1
        var benchmark = Benchmark(
            suite: .kernels, name: name, shape: [rows, columns], limit: .memory, operations: nil,
            bytes: 4 * Double(passes * rows * columns), loopSeconds: loopSecondsPerElement * Double(rows * columns)
        ) { device in
            workload(device, rows)
        }
        benchmark.part = .prefix([partRows * perRow]) { workload($0, partRows) }
        if alongColumns {
            // A column of the sum needs all rows of that column, but no other column. Two of them, because a single column is
            // a contiguous axis, whose sum has another order (Numerics.md).
            let partColumns = 2
            benchmark.part = .prefix([partColumns]) { device in
                let numbers = Numbers.uniform(rows * columns, seed: 6)
                let first = stride(from: 0, to: numbers.count, by: columns).flatMap { row in
                    numbers[row..<row + partColumns].map { 8 * $0 }
                }
                let x = Tensor(first, shape: [rows, partColumns], on: device)
                let function = make(x)
                return Workload { [function(x)] }
            }
        }
        return benchmark
    }

    // MARK: Scatter-add

    /// The gradient of an embedding: rows of a batch added to those of a table, many to the same ones.
    private static let scatterAdd: Benchmark = {
        let (count, rows, columns) = (65_536, 10_000, 64)
        return Benchmark(
            suite: .kernels, name: "scatter-add", shape: [count, rows, columns], limit: .memory, operations: nil,
            bytes: 4 * Double(count * columns + rows * columns),
            loopSeconds: loopSecondsPerElement * Double(count * columns)
        ) { device in
            let source = Tensor(Numbers.uniform(count * columns, seed: 7), shape: [count, columns], on: device)
            // The square of a number that looks random: small ones more often.
            let indices = Tensor(
                int32: Numbers.uniform(count, seed: 8).map { Int32(Float(rows - 1) * $0 * $0) }, on: device)
            return Workload { [source.scatteringAdd(indices, size: rows)] }
        }
    }()

    // MARK: Cross-entropy

    /// The mean loss of `[16384, 1024]` logits with int32 classes, by itself and with its gradient.
    private static let crossEntropies = [
        crossEntropy("cross-entropy", passes: 1) { x, classes in [x.softmaxCrossEntropy(classes: classes)] },
        crossEntropy("cross-entropy.gradient", passes: 2) { x, classes in
            let (value, gradients) = valueWithGradient(at: [x]) { $0[0].softmaxCrossEntropy(classes: classes) }
            return [value] + gradients
        },
    ]

    private static func crossEntropy(
        _ name: String, passes: Int, _ function: @escaping @Sendable (Tensor, Tensor) -> [Tensor]
    ) -> Benchmark {
        let (rows, columns) = (16384, 1024)
        return Benchmark(
            suite: .kernels, name: name, shape: [rows, columns], limit: .memory, operations: nil,
            bytes: 4 * Double(passes * rows * columns),
            loopSeconds: Double(passes) * loopSecondsPerElement * Double(rows * columns)
        ) { device in
            let x = Tensor(Numbers.uniform(rows * columns, seed: 6).map { 8 * $0 }, shape: [rows, columns], on: device)
            let classes = Tensor(int32: (0..<rows).map { Int32($0 % columns) }, on: device)
            return Workload { function(x, classes) }
        }
    }
}

/// A network that is nothing but weights.
private struct Weights: Module {
    let weight = Parameter("weight")
    var parameters: [Parameter] { [weight] }
}
