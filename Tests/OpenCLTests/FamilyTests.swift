#if OpenCL
    import Foundation
    import Testing
    import UnloopBackend
    import UnloopConformance
    import UnloopLoop
    import UnloopOpenCL

    /// The families of this file's tests as a backend, so that the conformance suite can run them.
    final class ElementwiseBackend: Backend {
        let device: OpenCLBackend
        init(_ device: OpenCLBackend) { self.device = device }

        var kind: BackendKind { .opencl }
        var name: String { device.name }
        var elementTypes: Set<ElementType> { device.elementTypes }
        var statistics: BackendStatistics { device.statistics }

        func allocate(_ elementType: ElementType, count: Int) throws(BackendError) -> Buffer {
            try device.allocate(elementType, count: count)
        }
        func upload(_ elements: HostArray) throws(BackendError) -> Buffer { try device.upload(elements) }
        func download(_ buffer: Buffer, offset: Int, count: Int) throws(BackendError) -> HostArray {
            try device.download(buffer, offset: offset, count: count)
        }
        func synchronize() throws(BackendError) { try device.synchronize() }
        func copy(_ source: StridedView, to destination: StridedView) throws(BackendError) {
            try device.copy(source, to: destination)
        }
        func map(_ program: ScalarProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView])
            throws(BackendError)
        { try device.map(program, inputs: inputs, scalars: scalars, outputs: outputs) }
        func reduce(_ descriptor: ReduceDescriptor, inputs: [StridedView], scalars: [Double], output: StridedView)
            throws(BackendError)
        { try device.reduce(descriptor, inputs: inputs, scalars: scalars, output: output) }
        func scan(_ descriptor: ScanDescriptor, input: StridedView, output: StridedView) throws(BackendError) {
            try device.scan(descriptor, input: input, output: output)
        }
        private func notHere(_ operation: String) -> BackendError {
            .unsupported(device: name, operation: operation, reason: "this test is about other families")
        }
        func matmul(
            _ descriptor: MatmulDescriptor, _ a: StridedView, _ b: StridedView, epilogue: Epilogue?, output: StridedView
        ) throws(BackendError) { throw notHere("matmul") }
        func convolve(
            _ descriptor: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, _ first: StridedView,
            _ second: StridedView, epilogue: Epilogue?, output: StridedView
        ) throws(BackendError) { throw notHere("convolve") }
        func pool(
            _ descriptor: PoolDescriptor, _ direction: PoolDescriptor.Direction, _ input: StridedView,
            _ second: StridedView?, output: StridedView
        ) throws(BackendError) { throw notHere("pool") }
        func gather(_ descriptor: GatherDescriptor, table: StridedView, indices: StridedView, output: StridedView)
            throws(BackendError)
        { throw notHere("gather") }
        func scatterAdd(_ descriptor: GatherDescriptor, source: StridedView, indices: StridedView, output: StridedView)
            throws(BackendError)
        { throw notHere("scatterAdd") }
    }

    @Suite struct FamilyTests {
        @Test(
            "gives the loop backend's bits with both classes of kernels", arguments: OpenCLDevice.Class.allCases,
            [OperationCase.Family.map, .reduce, .scan, .copy, .random])
        func conformance(_ deviceClass: OpenCLDevice.Class, _ family: OperationCase.Family) throws {
            let loop = LoopBackend()
            let backend = ElementwiseBackend(try OpenCLBackend(device: anyDevice(), forcedClass: deviceClass))
            for entry in ConformanceSuite.cases(of: family, upTo: .small) {
                let expected = try entry.run(on: loop)
                let actual = try entry.run(on: backend)
                if let difference = Comparison.bitDifference(expected: expected, actual: actual) {
                    Issue.record("\(entry.name): \(difference)")
                }
            }
        }
    }
#endif
