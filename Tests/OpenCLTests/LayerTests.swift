#if OpenCL
    import OpenCLLayerControl
    import Testing
    import UnloopBackend
    import UnloopOpenCL

    /// The layer by which the other tests make OpenCL calls fail.
    @Suite struct LayerTests {
        @Test("the layer sees every call, and fails the one that it is told to")
        func theLayerSeesCalls() async {
            await #expect(processExitsWith: .success) {
                let layer = try OpenCLLayer.load()
                let backend = try OpenCLBackend(device: anyDevice())
                #expect(layer.entries.count == 34)
                for entry in ["clGetPlatformIDs", "clGetDeviceInfo", "clCreateContext", "clCreateBuffer"] {
                    #expect(layer.calls(entry) > 0, "\(entry)")
                }
                let buffer = try backend.upload(.float32([1, 2]))
                layer.fail("clEnqueueReadBuffer", call: 2, code: -30)
                #expect(try backend.floats(buffer) == [1, 2])
                #expect(throws: BackendError.self) { try backend.floats(buffer) }
                #expect(layer.failures == 1)
                #expect(try backend.floats(buffer) == [1, 2])
            }
        }
    }
#endif
