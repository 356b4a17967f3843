#if OpenCL
    import UnloopBackend

    extension OpenCLBackend {
        private struct ScanKey: Hashable, Sendable { let elementType: ElementType }

        public func scan(
            _ descriptor: ScanDescriptor, input: StridedView, output: StridedView
        ) throws(BackendError) {
            let (outer, length, inner) = (descriptor.outer, descriptor.length, descriptor.inner)
            guard outer > 0, length > 0, inner > 0 else { return }
            // Lanes are neighbouring chains.
            let isVector = deviceClass == .cpuLike && inner >= 16
            let name = isVector ? "unloop_scan_vector" : "unloop_scan"
            let elementType = input.elementType
            let kernel = try programs.kernel(name, key: ScanKey(elementType: elementType)) {
                let element = elementType == .int32 ? "int" : "float"
                return ProgramSource(
                    name: "scan", text: KernelText.scan, options: "-DELEMENT=\(element) -DVALUE=\(element)16")
            }
            let range =
                isVector
                ? LaunchRange(groups: [inner.divided(by: 16), outer], localSize: [1, 1])
                : LaunchRange(covering: outer * inner, localSize: deviceClass == .cpuLike ? 8 : 64)
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
