import Testing
import UnloopBackend
import UnloopConformance
import UnloopLoop

/// The float64 loops against the definitions, written another way.
@Suite("Loop backend against definitions in Double") struct DefinitionTests {
    let loop = LoopBackend()

    /// Numbers in [-1, 1) that are no small fractions.
    private func numbers(_ count: Int, _ phase: Int) -> [Double] {
        (0..<count).map { index in
            let value = Double((index + 1) * (phase + 3)) * 0.618033988749895
            return 2 * (value - value.rounded(.down)) - 1
        }
    }

    private func run(_ inputs: [[Double]], resultCount: Int, _ body: ([Buffer], Buffer) throws -> Void) throws
        -> [Double]
    {
        let buffers = try inputs.map { try loop.upload(.float64($0)) }
        let result = try loop.allocate(.float64, count: resultCount)
        try body(buffers, result)
        return try loop.download(result, offset: 0, count: resultCount).doubles
    }

    private func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

    private func expectNear(
        _ actual: Double, _ expected: Double, terms: Int, _ what: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        // Both are sums of at most `terms` products below 1.
        let bound = 2 * Double(terms + 2) * Double(terms + 2) * 0x1p-53
        #expect(abs(actual - expected) <= bound, "\(what): \(actual) and \(expected)", sourceLocation: sourceLocation)
    }

    @Test("a matrix product is the sum of outer products", arguments: [(3, 4, 5), (2, 7, 600), (5, 1, 256), (1, 6, 1)])
    func matrixProduct(m: Int, n: Int, k: Int) throws {
        let (a, b) = (numbers(m * k, 0), numbers(k * n, 1))
        let result = try run([a, b], resultCount: m * n) { inputs, output in
            try loop.matmul(
                MatmulDescriptor(m: m, n: n, k: k), StridedView(inputs[0], shape: [m, k]),
                StridedView(inputs[1], shape: [k, n]), epilogue: nil, output: StridedView(output, shape: [m, n]))
        }
        var expected = [Double](repeating: 0, count: m * n)
        for p in 0..<k {
            for i in 0..<m { for j in 0..<n { expected[i * n + j] += a[i * k + p] * b[p * n + j] } }
        }
        for (actual, expected) in zip(result, expected) { expectNear(actual, expected, terms: k, "\(m)×\(n)×\(k)") }
    }

    static let convolutions: [ConvolutionDescriptor] = [
        ConvolutionDescriptor(
            batch: 2, inputHeight: 6, inputWidth: 5, inputChannels: 3, outputChannels: 4, kernelHeight: 3,
            kernelWidth: 2),
        ConvolutionDescriptor(
            batch: 1, inputHeight: 7, inputWidth: 8, inputChannels: 4, outputChannels: 6, kernelHeight: 3,
            kernelWidth: 3, strideHeight: 2, strideWidth: 3, paddingTop: 1, paddingBottom: 2, paddingLeft: 0,
            paddingRight: 1, dilationHeight: 2, dilationWidth: 1, groups: 2),
        ConvolutionDescriptor(
            batch: 2, inputHeight: 5, inputWidth: 5, inputChannels: 3, outputChannels: 6, kernelHeight: 2,
            kernelWidth: 3, strideHeight: 1, strideWidth: 2, paddingTop: 3, paddingBottom: 1, paddingLeft: 2,
            paddingRight: 2, dilationHeight: 1, dilationWidth: 2, groups: 3),
    ]

    private func convolve(
        _ d: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, _ first: [Double], _ second: [Double]
    ) throws -> [Double] {
        let shapes: (Dimensions, Dimensions) =
            switch direction {
            case .forward: (d.inputShape, d.filterShape)
            case .inputGradient: (d.outputShape, d.filterShape)
            case .filterGradient: (d.inputShape, d.outputShape)
            }
        return try run([first, second], resultCount: d.resultShape(direction).product) { inputs, output in
            try loop.convolve(
                d, direction, StridedView(inputs[0], shape: shapes.0), StridedView(inputs[1], shape: shapes.1),
                epilogue: nil, output: StridedView(output, shape: d.resultShape(direction)))
        }
    }

    /// Adds each input element times each filter element where it belongs, the other way round than the loops do.
    private func scatteredConvolution(_ d: ConvolutionDescriptor, _ input: [Double], _ filter: [Double]) -> [Double] {
        var output = [Double](repeating: 0, count: d.outputShape.product)
        let (i, f, o) = (d.inputShape.rowMajorStrides, d.filterShape.rowMajorStrides, d.outputShape.rowMajorStrides)
        for n in 0..<d.batch {
            for h in 0..<d.inputHeight {
                for w in 0..<d.inputWidth {
                    for r in 0..<d.kernelHeight {
                        for s in 0..<d.kernelWidth {
                            let y = h + d.paddingTop - r * d.dilationHeight
                            let x = w + d.paddingLeft - s * d.dilationWidth
                            guard y >= 0, x >= 0, y % d.strideHeight == 0, x % d.strideWidth == 0,
                                y / d.strideHeight < d.outputHeight, x / d.strideWidth < d.outputWidth
                            else { continue }
                            let pixel = n * o[0] + y / d.strideHeight * o[1] + x / d.strideWidth * o[2]
                            for channel in 0..<d.outputChannels {
                                let group = channel / d.outputChannelsPerGroup
                                for c in 0..<d.inputChannelsPerGroup {
                                    output[pixel + channel] +=
                                        input[n * i[0] + h * i[1] + w * i[2] + group * d.inputChannelsPerGroup + c]
                                        * filter[r * f[0] + s * f[1] + c * f[2] + channel]
                                }
                            }
                        }
                    }
                }
            }
        }
        return output
    }

    @Test("a convolution is the scattered sum, and its gradients are its transposes", arguments: convolutions)
    func convolution(_ d: ConvolutionDescriptor) throws {
        let input = numbers(d.inputShape.product, 0)
        let filter = numbers(d.filterShape.product, 1)
        let gradient = numbers(d.outputShape.product, 2)
        let output = try convolve(d, .forward, input, filter)
        for (actual, expected) in zip(output, scatteredConvolution(d, input, filter)) {
            expectNear(actual, expected, terms: d.filterShape.product, "\(d)")
        }
        // ⟨gradient, input ∗ filter⟩ is linear in each of the three.
        let expected = product(gradient, output)
        let terms = d.outputShape.product * d.kernelHeight * d.kernelWidth * d.inputChannelsPerGroup
        expectNear(product(input, try convolve(d, .inputGradient, gradient, filter)), expected, terms: terms, "input")
        expectNear(product(filter, try convolve(d, .filterGradient, input, gradient)), expected, terms: terms, "filter")
        // Each element, by the derivative of a bilinear map.
        let inputGradient = try convolve(d, .inputGradient, gradient, filter)
        for position in stride(from: 0, to: input.count, by: 7) {
            var unit = [Double](repeating: 0, count: input.count)
            unit[position] = 1
            expectNear(
                inputGradient[position], product(gradient, scatteredConvolution(d, unit, filter)), terms: terms,
                "input gradient \(position)")
        }
        let filterGradient = try convolve(d, .filterGradient, input, gradient)
        for position in stride(from: 0, to: filter.count, by: 5) {
            var unit = [Double](repeating: 0, count: filter.count)
            unit[position] = 1
            expectNear(
                filterGradient[position], product(gradient, scatteredConvolution(d, input, unit)), terms: terms,
                "filter gradient \(position)")
        }
    }

    @Test("the gradient of pooling is the transpose of its tangent", arguments: PoolDescriptor.Kind.allCases)
    func pooling(_ kind: PoolDescriptor.Kind) throws {
        let d = PoolDescriptor(
            kind, batch: 2, inputHeight: 7, inputWidth: 6, channels: 3, windowHeight: 3, windowWidth: 2,
            strideHeight: 2,
            strideWidth: 1, paddingTop: 1, paddingBottom: 1, paddingLeft: 1, paddingRight: 1)
        let input = numbers(d.inputShape.product, 0)
        let tangent = numbers(d.inputShape.product, 1)
        let gradient = numbers(d.outputShape.product, 2)
        func pool(_ direction: PoolDescriptor.Direction, _ second: [Double]?, _ result: Dimensions) throws -> [Double] {
            try run([input] + (second.map { [$0] } ?? []), resultCount: result.product) { inputs, output in
                try loop.pool(
                    d, direction, StridedView(inputs[0], shape: d.inputShape),
                    inputs.count == 1
                        ? nil : StridedView(inputs[1], shape: direction == .gradient ? d.outputShape : d.inputShape),
                    output: StridedView(output, shape: result))
            }
        }
        let moved = try pool(.tangent, tangent, d.outputShape)
        let pulled = try pool(.gradient, gradient, d.inputShape)
        expectNear(product(gradient, moved), product(tangent, pulled), terms: d.outputShape.product * 6, "\(kind)")
        // Pooling is linear along a small step that changes no maximum.
        let step = 0x1p-30
        let output = try pool(.forward, nil, d.outputShape)
        let shifted = try run([zip(input, tangent).map { $0 + step * $1 }], resultCount: output.count) {
            inputs, result in
            try loop.pool(
                d, .forward, StridedView(inputs[0], shape: d.inputShape), nil,
                output: StridedView(result, shape: d.outputShape))
        }
        for index in output.indices {
            #expect(abs((shifted[index] - output[index]) / step - moved[index]) < 0x1p-20)
        }
    }

    @Test("sums in any layout are plain sums", arguments: [1, 64, 65, 4097, 20_000], [1, 3])
    func sums(length: Int, inner: Int) throws {
        let values = numbers(2 * length * inner, 0)
        let result = try run([values], resultCount: 2 * inner) { inputs, output in
            try loop.reduce(
                ReduceDescriptor(.sum, outer: 2, length: length, inner: inner),
                inputs: [StridedView(inputs[0], shape: [2, length, inner])], scalars: [],
                output: StridedView(output, shape: [2, inner]))
        }
        for outer in 0..<2 {
            for column in 0..<inner {
                let expected = (0..<length).reduce(0.0) { $0 + values[(outer * length + $1) * inner + column] }
                expectNear(result[outer * inner + column], expected, terms: length, "sum of \(length)")
            }
        }
    }
}
