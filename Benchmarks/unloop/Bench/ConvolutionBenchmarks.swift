import Unloop

/// Convolution and pooling, asked of the backends directly, so that each direction is timed by itself.
enum ConvolutionBenchmarks {
    static let benchmarks: [Benchmark] =
        shapes.flatMap { shape in
            ConvolutionDescriptor.Direction.allCases.map { convolution(shape, $0) }
        }
        + [PoolDescriptor.Kind.maximum, .average].flatMap { kind in
            [PoolDescriptor.Direction.forward, .gradient].flatMap { direction in
                [halving(kind), overlapping(kind)].map { pooling($0, direction) }
            }
        }

    /// Layers of residual, depthwise and small digit networks; `same` padding.
    private static let shapes: [ConvolutionDescriptor] = [
        square(batch: 32, size: 224, channels: 3, filters: 64, kernel: 7, stride: 2),
        square(batch: 32, size: 56, channels: 64, filters: 64, kernel: 3),
        square(batch: 32, size: 28, channels: 128, filters: 128, kernel: 3),
        square(batch: 32, size: 14, channels: 256, filters: 256, kernel: 3),
        square(batch: 32, size: 7, channels: 512, filters: 512, kernel: 3),
        square(batch: 32, size: 56, channels: 256, filters: 64, kernel: 1),
        square(batch: 32, size: 56, channels: 128, filters: 128, kernel: 3, groups: 128),
        square(batch: 32, size: 28, channels: 1, filters: 32, kernel: 3),
        square(batch: 32, size: 14, channels: 32, filters: 64, kernel: 5),
        square(batch: 1, size: 56, channels: 64, filters: 64, kernel: 3),
    ]

    private static func square(
        batch: Int, size: Int, channels: Int, filters: Int, kernel: Int, stride: Int = 1, groups: Int = 1
    ) -> ConvolutionDescriptor {
        let padding = kernel / 2
        return ConvolutionDescriptor(
            batch: batch, inputHeight: size, inputWidth: size, inputChannels: channels, outputChannels: filters,
            kernelHeight: kernel, kernelWidth: kernel, strideHeight: stride, strideWidth: stride, paddingTop: padding,
            paddingBottom: padding, paddingLeft: padding, paddingRight: padding, groups: groups)
    }

    private static func name(_ direction: ConvolutionDescriptor.Direction) -> String {
        switch direction {
        case .forward: "convolution.forward"
        case .inputGradient: "convolution.input-gradient"
        case .filterGradient: "convolution.filter-gradient"
        }
    }

    /// The shapes of the operands in the order that the direction takes them.
    private static func operandShapes(
        _ d: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction
    ) -> (Dimensions, Dimensions) {
        switch direction {
        case .forward: (d.inputShape, d.filterShape)
        case .inputGradient: (d.outputShape, d.filterShape)
        case .filterGradient: (d.inputShape, d.outputShape)
        }
    }

    /// The shape is `[batch, height, width, channels, filters, kernel, stride, groups]`.
    private static func convolution(
        _ d: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction
    ) -> Benchmark {
        let shapes = operandShapes(d, direction)
        let result = d.resultShape(direction)
        let elements = Double(shapes.0.product + shapes.1.product + result.product)
        var benchmark = Benchmark(
            suite: .kernels, name: name(direction),
            shape: [
                d.batch, d.inputHeight, d.inputWidth, d.inputChannels, d.outputChannels, d.kernelHeight, d.strideHeight,
                d.groups,
            ], limit: .arithmetic, operations: d.floatingPointOperations, bytes: 4 * elements,
            loopSeconds: KernelSuite.loopSecondsPerProduct * d.floatingPointOperations / 2
        ) { device in
            try workload(d, direction, on: device, numbers(shapes.0, seed: 7), numbers(shapes.1, seed: 8))
        }
        benchmark.part = direction == .filterGradient ? firstFilter(d) : firstImage(d, direction)
        return benchmark
    }

    private static func numbers(_ shape: Dimensions, seed: UInt64) -> [Float] {
        Numbers.uniform(shape.product, seed: seed)
    }

    private static func workload(
        _ d: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, on device: Device, _ first: [Float],
        _ second: [Float]
    ) throws -> Workload {
        let backend = try device.backend()
        let shapes = operandShapes(d, direction)
        let x = StridedView(try backend.upload(.float32(first)), shape: shapes.0)
        let y = StridedView(try backend.upload(.float32(second)), shape: shapes.1)
        return try workload(backend, shape: d.resultShape(direction)) {
            try backend.convolve(d, direction, x, y, epilogue: nil, output: $0)
        }
    }

    /// Work whose result goes into the same memory at every run.
    private static func workload(
        _ backend: any Backend, shape: Dimensions, _ run: @escaping (StridedView) throws -> Void
    ) throws -> Workload {
        let output = StridedView(try backend.allocate(.float32, count: shape.product), shape: shape)
        return Workload {
            try run(output)
        } outputs: {
            guard case .float32(let elements) = try backend.download(output.buffer, offset: 0, count: shape.product)
            else {
                throw BenchError("the result is not float32")
            }
            return [elements]
        }
    }

    /// Images do not influence each other: the first alone gives the first of the result.
    private static func firstImage(_ d: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction) -> Part {
        var one = d
        one.batch = 1
        let part = one
        let shapes = operandShapes(part, direction)
        return .prefix([part.resultShape(direction).product]) { device in
            try workload(part, direction, on: device, numbers(shapes.0, seed: 7), numbers(shapes.1, seed: 8))
        }
    }

    /// Filters of one group do not influence each other: the first alone gives its own gradient.
    private static func firstFilter(_ d: ConvolutionDescriptor) -> Part? {
        guard d.groups == 1 else { return nil }
        var one = d
        one.outputChannels = 1
        let part = one
        return Part { device in
            let gradient = numbers(d.outputShape, seed: 8)
            let first = stride(from: 0, to: gradient.count, by: d.outputChannels).map { gradient[$0] }
            return try workload(part, .filterGradient, on: device, numbers(d.inputShape, seed: 7), first)
        } select: { outputs in
            outputs.map { output in stride(from: 0, to: output.count, by: d.outputChannels).map { output[$0] } }
        }
    }

    /// Windows of 2×2 over `[32, 56, 56, 64]`.
    /// Windows beside one another.
    private static func halving(_ kind: PoolDescriptor.Kind) -> PoolDescriptor {
        PoolDescriptor(
            kind, batch: 32, inputHeight: 56, inputWidth: 56, channels: 64, windowHeight: 2, windowWidth: 2,
            strideHeight: 2, strideWidth: 2)
    }

    /// Each element lies in 64 windows.
    private static func overlapping(_ kind: PoolDescriptor.Kind) -> PoolDescriptor {
        PoolDescriptor(
            kind, batch: 1, inputHeight: 118, inputWidth: 50, channels: 38, windowHeight: 8, windowWidth: 8,
            strideHeight: 1, strideWidth: 1)
    }

    private static func pooling(_ d: PoolDescriptor, _ direction: PoolDescriptor.Direction) -> Benchmark {
        let isForward = direction == .forward
        let result = isForward ? d.outputShape : d.inputShape
        // The average's gradient needs no input.
        let read =
            isForward ? d.inputShape.product : d.outputShape.product + (d.kind == .maximum ? d.inputShape.product : 0)
        return Benchmark(
            suite: .kernels,
            name: "pool.\(d.kind == .maximum ? "max" : "average").\(isForward ? "forward" : "gradient")",
            shape: [d.batch, d.inputHeight, d.inputWidth, d.channels, d.windowHeight, d.strideHeight], limit: .memory,
            operations: nil, bytes: 4 * Double(read + result.product),
            loopSeconds: KernelSuite.loopSecondsPerElement * Double(d.inputShape.product)
        ) { device in
            let backend = try device.backend()
            let x = StridedView(try backend.upload(.float32(numbers(d.inputShape, seed: 9))), shape: d.inputShape)
            let gradient =
                isForward
                ? nil
                : StridedView(try backend.upload(.float32(numbers(d.outputShape, seed: 10))), shape: d.outputShape)
            return try workload(backend, shape: result) { try backend.pool(d, direction, x, gradient, output: $0) }
        }
    }
}
