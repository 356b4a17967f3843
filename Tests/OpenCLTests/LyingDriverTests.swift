#if OpenCL
    import OpenCLLayerControl
    import Testing
    import UnloopBackend
    import UnloopOpenCL

    /// Drivers that say what is not so, compile other than they are told, or change one bit of what one kernel computes. None of them
    /// gets a wrong result through.
    @Suite struct LyingDriverTests {
        /// Lies about the device as a whole: it is refused when it is opened.
        fileprivate static let ofDevices = [
            // CL_DEVICE_SINGLE_FP_CONFIG without each of the bits that the contract needs.
            "info:0x101b:0x1", "info:0x101b:0x2", "info:0x101b:0x4", "info:0x101b:0x20", "info:0x101b:0x80",
            // CL_DEVICE_ENDIAN_LITTLE, CL_DEVICE_PROFILE, CL_DEVICE_VERSION.
            "info:0x1026:0x1", "info:0x102e:EMBEDDED_PROFILE", "info:0x102f:OpenCL 1.1 liar",
            "options:-cl-fast-relaxed-math", "options:-cl-unsafe-math-optimizations", "options:-cl-finite-math-only",
            "source:fma(=>mad(", "source:rint(=>round(", "source:return a + b;=>return a + b + 0.0f;",
            "source:floor(x)=>trunc(x)", "source:select((b), (a)=>select((a), (b)", "source:31u=>15u",
            "source:sqrt(x)=>(1.0f / rsqrt(x))", "source:_rte(=>_rtz(", "source:return a / b=>return a * (1.0f / b)",
            "source:return a - b=>return a + -b + 0.0f", "source:0x1p31f=>0x1p30f", "flip:unloop_map",
        ]

        /// Lies about one kernel, the class of devices that has it, and the work that uses it: it is refused, and what it was for is
        /// computed otherwise or is an error.
        fileprivate static let ofKernels: [(lie: String, deviceClass: OpenCLDevice.Class, work: String)] = [
            ("flip:unloop_interpret", .cpuLike, "reduce"), ("flip:matmul_direct", .cpuLike, "matmul"),
            ("flip:pack_columns", .cpuLike, "convolve forward"),
            ("flip:convolution_packed", .cpuLike, "convolve forward"),
            ("flip:window_forward:2", .cpuLike, "convolve forward"),
            ("flip:window_filter_gradient:2", .cpuLike, "convolve filterGradient"),
            ("flip:convolution_narrow:2", .cpuLike, "convolve inputGradient"),
            ("flip:depthwise_lines", .cpuLike, "convolve forward"), ("flip:scatter_add_runs:2", .cpuLike, "scatter"),
            ("source:fma(=>mad(", .cpuLike, "matmul"), ("flip:tile_product", .gpuLike, "matmul"),
            ("flip:simple_product", .gpuLike, "matmul"), ("flip:direct_forward", .gpuLike, "convolve forward"),
            ("flip:direct_input_gradient", .gpuLike, "convolve inputGradient"),
            ("flip:direct_filter_gradient", .gpuLike, "convolve filterGradient"),
            ("flip:unloop_reduce_chunks", .gpuLike, "reduce sum"), ("flip:unloop_reduce_rows", .gpuLike, "reduce sum"),
            ("flip:unloop_reduce_index_parts", .gpuLike, "reduce indexOfMaximum"),
            ("flip:unloop_lines", .gpuLike, "lines"),
            ("flip:unloop_scan", .gpuLike, "scan"), ("flip:maximum_forward", .gpuLike, "pool"),
            ("flip:average_gradient", .gpuLike, "pool"), ("flip:gather:2", .gpuLike, "gather"),
            ("flip:scatter_add_links:2", .gpuLike, "scatter"), ("flip:unloop_map", .gpuLike, "map"),
        ]

        @Test("a device that lies is refused when it is opened")
        func devicesAreRefused() async {
            await #expect(processExitsWith: .success) {
                let layer = try OpenCLLayer.load()
                for lie in LyingDriverTests.ofDevices {
                    layer.lie(lie)
                    let error = #expect(throws: BackendError.self, "\(lie)") {
                        try OpenCLBackend(device: anyDevice(), forcedClass: .gpuLike, cache: nil)
                    }
                    #expect(layer.liesTold > 0, "\(lie)")
                    switch error {
                    case .nonconforming(_, let work): #expect(!work.isEmpty, "\(lie)")
                    case .buildFailed(_, _, let log):
                        #expect(lie.contains("fast") && log.contains("fast-relaxed"), "\(log)")
                    case .deviceUnavailable(_, let reason, _): #expect(lie.hasPrefix("info:0x102"), "\(lie): \(reason)")
                    default: Issue.record("\(lie): \(String(describing: error))")
                    }
                }
                layer.lie("")
                _ = try OpenCLBackend(device: anyDevice(), cache: nil)
            }
        }

        @Test("of a driver that lies in one kernel, no wrong result gets through")
        func kernelsAreRefused() async {
            await #expect(processExitsWith: .success) {
                let layer = try OpenCLLayer.load()
                for (lie, deviceClass, kind) in LyingDriverTests.ofKernels {
                    let backend = try OpenCLBackend(
                        device: anyDevice(), forcedClass: deviceClass,
                        interpretedElements: deviceClass == .cpuLike ? nil : 0, cache: nil)
                    layer.lie(lie)
                    var failures = 0
                    let works = Workload.all(of: kind)
                    #expect(!works.isEmpty, "\(kind)")
                    for work in works {
                        do {
                            #expect(try work.difference(on: backend) == nil, "\(lie): \(work.name)")
                        } catch BackendError.nonconforming(_, let work) {
                            #expect(!work.isEmpty)
                            failures += 1
                        }
                    }
                    #expect(layer.liesTold > 0, "\(lie)")
                    #expect(!backend.refusals.isEmpty, "\(lie)")
                    #expect(failures == 0 || !lie.contains("matmul") && !lie.contains("convol"), "\(lie)")
                    layer.lie("")
                }
            }
        }
    }
#endif
