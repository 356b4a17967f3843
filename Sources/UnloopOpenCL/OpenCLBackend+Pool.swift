#if OpenCL
    import UnloopBackend

    extension OpenCLBackend {
        public func pool(
            _ descriptor: PoolDescriptor, _ direction: PoolDescriptor.Direction, _ input: StridedView,
            _ second: StridedView?, output: StridedView
        ) throws(BackendError) {
            let modes = FloatingPointModes.ofContract()
            defer { modes.restore() }
            let d = descriptor
            let result = direction == .gradient ? d.inputShape : d.outputShape
            guard result.product > 0 else { return }
            try requireCountable(d)
            var history = try OperationHistory(queue, "pool")
            try history.read(input)
            try history.read(second ?? input)
            try history.willWrite(output)
            defer { history.wrote(output) }
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
            if d.kind == .maximum && direction == .gradient && d.sharesWindows {
                return try poolGradient(d, input, other, output)
            }
            try pool(
                name, d, openCL(first.buffer), openCL(other.buffer), openCL(output.buffer),
                offsets: [first.offset, other.offset, output.offset], result: result)
        }

        /// Kernels number the pixels of an image, and the places along its padded axes, in 32 bits. (A longer stride moves no window,
        /// as there is only one.)
        private func requireCountable(_ d: PoolDescriptor) throws(BackendError) {
            let places = [
                Dimensions([d.inputHeight, d.inputWidth]).product, d.inputHeight + d.paddingTop + d.paddingBottom,
                d.inputWidth + d.paddingLeft + d.paddingRight, d.windowHeight, d.windowWidth,
            ]
            guard let most = places.max(), most > Int(Int32.max) else { return }
            throw .unsupported(
                device: device.name, operation: "pool",
                reason:
                    "\(most) pixels of an image, or places along one of its axes with padding, are not counted in 32 bits; use "
                    + "smaller images, windows and padding")
        }

        /// Runs one kernel of pool.cl for each element of the result.
        private func pool(
            _ name: String, _ d: PoolDescriptor, _ first: OpenCLBuffer, _ second: OpenCLBuffer, _ output: OpenCLBuffer,
            offsets: [Int], result: Dimensions
        ) throws(BackendError) {
            let width = vectorWidth(dividing: d.channels)
            let items = result.product / width
            let layout =
                offsets + [
                    d.channels, d.inputHeight, d.inputWidth, d.outputHeight, d.outputWidth, d.windowHeight,
                    d.windowWidth, min(d.strideHeight, Int(Int32.max)), min(d.strideWidth, Int(Int32.max)),
                    d.paddingTop,
                    d.paddingLeft, items,
                ]
            try launch(
                try kernel(name, of: .pool(width: width)), operation: "pool", items: items,
                [.buffer(first), .buffer(second), .buffer(output), .words(layout)])
        }

        /// The gradient of the maximum in two steps, some images at a time: where each window has its maximum, then what each element of
        /// the image gets.
        private func poolGradient(
            _ descriptor: PoolDescriptor, _ input: StridedView, _ gradient: StridedView, _ output: StridedView
        ) throws(BackendError) {
            let (inputs, outputs) = (
                descriptor.inputShape.dropFirst().reduce(1, *), descriptor.outputShape.dropFirst().reduce(1, *)
            )
            let most = max(1, workspaceElements / max(1, outputs))
            let positions = try queue.allocate(.int32, count: min(descriptor.batch, most) * outputs)
            var image = 0
            while image < descriptor.batch {
                var part = descriptor
                part.batch = min(most, descriptor.batch - image)
                let from = input.offset + image * inputs
                try pool(
                    "maximum_positions", part, openCL(input.buffer), openCL(input.buffer), positions,
                    offsets: [from, from, 0], result: part.outputShape)
                try pool(
                    "maximum_gradient_at", part, positions, openCL(gradient.buffer), openCL(output.buffer),
                    offsets: [0, gradient.offset + image * outputs, output.offset + image * inputs],
                    result: part.inputShape)
                image += part.batch
            }
        }
    }

    extension PoolDescriptor {
        /// Whether to find a maximum once for each window is less work than once for each element of it: all but the smallest windows,
        /// and those that overlap.
        fileprivate var sharesWindows: Bool {
            windowHeight * windowWidth > 4 || strideHeight < windowHeight || strideWidth < windowWidth
        }
    }
#endif
