#if OpenCL
    import UnloopBackend

    extension OpenCLBackend {
        public func pool(
            _ descriptor: PoolDescriptor, _ direction: PoolDescriptor.Direction, _ input: StridedView,
            _ second: StridedView?, output: StridedView
        ) throws(BackendError) {
            let d = descriptor
            let result = direction == .gradient ? d.inputShape : d.outputShape
            guard result.product > 0 else { return }
            var (first, other) = (input, second ?? input)
            let name: String
            switch (d.kind, direction) {
            case (.maximum, .forward): name = "maximum_forward"
            case (.maximum, .gradient): name = "maximum_gradient"
            case (.maximum, .tangent): name = "maximum_tangent"
            case (.average, .gradient): name = "average_gradient"
            case (.average, .forward): name = "average_forward"
            case (.average, .tangent):
                // The average is its own derivative.
                name = "average_forward"
                (first, other) = (other, first)
            }
            let width = vectorWidth(dividing: d.channels)
            let items = result.product / width
            let layout = [
                first.offset, other.offset, output.offset, d.channels, d.inputHeight, d.inputWidth, d.outputHeight,
                d.outputWidth, d.windowHeight, d.windowWidth, d.strideHeight, d.strideWidth, d.paddingTop,
                d.paddingLeft, items,
            ]
            try launch(
                try kernel(name, of: .pool(width: width)), operation: "pool", items: items,
                [
                    .buffer(openCL(first.buffer)), .buffer(openCL(other.buffer)), .buffer(openCL(output.buffer)),
                    .words(layout),
                ])
        }
    }
#endif
