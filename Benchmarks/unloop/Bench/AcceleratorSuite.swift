/// Work that is large enough to fill a GPU, whose arrays are larger than its caches.
enum AcceleratorSuite {
    static let benchmarks: [Benchmark] = (products + KernelSuite.elementwise(67_108_864) + [step]).map { benchmark in
        var benchmark = benchmark
        benchmark.suite = .accelerator
        return benchmark
    }

    private static let products =
        KernelSuite.layouts.map { KernelSuite.product($0, m: 4096, n: 4096, k: 4096) }
        + [KernelSuite.product("nn", batch: 64, m: 1024, n: 1024, k: 1024)]

    private static let step = TrainingSuite.convolutional(
        "cnn.adam", batch: 256, size: 28, filters: [32, 64], units: 128)
}
