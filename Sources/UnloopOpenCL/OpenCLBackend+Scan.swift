#if OpenCL
    import UnloopBackend

    extension OpenCLBackend {
        /// The ways to run chains of additions, in the order in which they are tried.
        private enum ScanVariant: String, CaseIterable {
            /// An item runs 16 neighbouring chains.
            case vector = "unloop_scan_vector"
            /// An item a chain.
            case chain = "unloop_scan"

            /// Why this variant does not run here; nil when it does.
            func refusal(for descriptor: ScanDescriptor, _ deviceClass: OpenCLDevice.Class) -> String? {
                switch self {
                case .vector:
                    if deviceClass == .gpuLike { return "items of a work-group are the lanes on GPU-like devices" }
                    if descriptor.inner < 16 { return "fewer than 16 chains are neighbours" }
                    return nil
                case .chain: return nil
                }
            }
        }

        private struct ScanKey: Hashable, Sendable { let elementType: ElementType }

        public func scan(
            _ descriptor: ScanDescriptor, input: StridedView, output: StridedView
        ) throws(BackendError) {
            let modes = FloatingPointModes.ofContract()
            defer { modes.restore() }
            let (outer, length, inner) = (descriptor.outer, descriptor.length, descriptor.inner)
            guard outer > 0, length > 0, inner > 0 else { return }
            var history = try OperationHistory(queue, "scan")
            try history.read(input)
            try history.willWrite(output)
            defer { history.wrote(output) }
            for variant in ScanVariant.allCases where variant.refusal(for: descriptor, deviceClass) == nil {
                if variant == ScanVariant.allCases.last { return try scan(variant, descriptor, input, output) }
                let isDone = try unlessRefused("scan") { () throws(BackendError) -> Bool in
                    try scan(variant, descriptor, input, output)
                    return true
                }
                if isDone != nil { return }
            }
        }

        private func scan(
            _ variant: ScanVariant, _ descriptor: ScanDescriptor, _ input: StridedView, _ output: StridedView
        ) throws(BackendError) {
            let (outer, length, inner) = (descriptor.outer, descriptor.length, descriptor.inner)
            let elementType = input.elementType
            let kernel = try kernel(
                variant.rawValue, key: ScanKey(elementType: elementType), work: "scan (\(variant.rawValue))"
            ) {
                let element = elementType == .int32 ? "int" : "float"
                return ProgramSource(
                    name: "scan", text: KernelText.scan, options: "-DELEMENT=\(element) -DVALUE=\(element)16")
            } proof: {
                scanProof(elementType, inner: variant == .vector ? 37 : 5) {
                    [self] (descriptor, input, output) throws(BackendError) in
                    try scan(variant, descriptor, input, output)
                }
            }
            let range =
                variant == .vector
                ? LaunchRange(groups: [inner.parts(of: 16), outer], localSize: [1, 1])
                : LaunchRange(
                    covering: outer * inner, localSize: kernel.localSize(atMost: deviceClass == .cpuLike ? 8 : 64))
            try queue.launch(
                kernel, operation: "scan", range,
                [
                    .buffer(openCL(input.buffer)), .long(input.offset), .buffer(openCL(output.buffer)),
                    .long(output.offset), .long(outer), .long(length), .long(inner),
                    .uint(descriptor.reversed ? 1 : 0),
                ])
        }
    }
#endif
