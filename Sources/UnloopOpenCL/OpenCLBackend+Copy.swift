#if OpenCL
    import UnloopBackend

    extension OpenCLBackend {
        /// Copies bits: both element types are moved as integers, so that every NaN stays what it is.
        private static let identity = ScalarProgram(inputs: [.integer]) { inputs, _ in inputs }

        public func copy(_ source: StridedView, to destination: StridedView) throws(BackendError) {
            let modes = FloatingPointModes.ofContract()
            defer { modes.restore() }
            let count = source.elementCount
            if count == 0 { return }
            var history = try OperationHistory(queue, "copy")
            try history.read(source)
            try history.willWrite(destination)
            defer { history.wrote(destination) }
            if source.isContiguous && destination.isContiguous {
                try queue.copy(
                    openCL(source.buffer), offset: source.offset * 4, to: openCL(destination.buffer),
                    targetOffset: destination.offset * 4, byteCount: count * 4)
            } else {
                try map(Self.identity, inputs: [source], scalars: [], outputs: [destination], operation: "copy")
            }
        }
    }
#endif
