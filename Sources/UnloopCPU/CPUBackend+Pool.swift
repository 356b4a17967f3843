import CUnloopCPU
import UnloopBackend

extension CPUBackend {
    public func pool(
        _ descriptor: PoolDescriptor, _ direction: PoolDescriptor.Direction, _ input: StridedView,
        _ second: StridedView?, output: StridedView
    ) throws(BackendError) {
        let modes = FloatingPointModes.ofContract()
        defer { modes.restore() }
        try requireReal(input.elementType, "pool")
        memory.countLaunch()
        if output.elementCount == 0 { return }
        let d = descriptor
        let shape = unloop_pool(
            height: Int64(d.inputHeight), width: Int64(d.inputWidth), channels: Int64(d.channels),
            output_height: Int64(d.outputHeight), output_width: Int64(d.outputWidth),
            window_height: Int64(d.windowHeight), window_width: Int64(d.windowWidth),
            stride_height: Int64(d.strideHeight), stride_width: Int64(d.strideWidth),
            padding_top: Int64(d.paddingTop), padding_left: Int64(d.paddingLeft))
        let inputPitch = d.inputHeight * d.inputWidth * d.channels
        let outputPitch = d.outputHeight * d.outputWidth * d.channels
        nonisolated(unsafe) let image = input.reals
        // Forward takes no second input.
        nonisolated(unsafe) let other = (second ?? input).reals
        nonisolated(unsafe) let result = output.reals

        // Threads share the rows of what is computed.
        let rows = direction == .gradient ? d.inputHeight : d.outputHeight
        let windows = direction == .gradient ? d.outputHeight * d.outputWidth / max(1, rows) : d.outputWidth
        // Of a window only what lies inside the image is work. Doubles, as such a product may be larger than an integer.
        let window = Double(min(d.windowHeight, d.inputHeight)) * Double(min(d.windowWidth, d.inputWidth))
        let work = max(1, Double(windows) * Double(d.channels) * window)
        let section = max(1, min(rows, Int(65_536 / work)))
        let sections = (rows + section - 1) / section
        threads.run(count: d.batch * sections) { item in
            var shape = shape
            let (n, index) = item.quotientAndRemainder(dividingBy: sections)
            let (first, end) = (Int64(index * section), Int64(min(rows, (index + 1) * section)))
            let kernels = kernels.pointee.pool
            switch (d.kind, direction) {
            case (.maximum, .forward):
                kernels.maximum(&shape, image + n * inputPitch, result + n * outputPitch, first, end)
            case (.maximum, .tangent):
                kernels.maximum_tangent(
                    &shape, image + n * inputPitch, other + n * inputPitch, result + n * outputPitch, first, end)
            case (.maximum, .gradient):
                kernels.maximum_gradient(
                    &shape, image + n * inputPitch, other + n * outputPitch, result + n * inputPitch, first, end)
            case (.average, .forward), (.average, .tangent):
                kernels.average(&shape, other + n * inputPitch, result + n * outputPitch, first, end)
            case (.average, .gradient):
                kernels.average_gradient(&shape, other + n * outputPitch, result + n * inputPitch, first, end)
            }
        }
    }
}
