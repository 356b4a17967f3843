#if OpenCL
    import COpenCL

    /// CLBlast (https://github.com/CNugteren/CLBlast), where `libclblast.so.1` is installed, on the first GPU,
    /// accelerator or CPU that OpenCL lists.
    struct CLBlast: Peer {
        /// CLBlastSgemm(layout, transA, transB, m, n, k, alpha, a, offset, lda, b, offset, ldb, beta, c, offset, ldc,
        /// queue, event)
        private typealias Product =
            @convention(c) (
                Int32, Int32, Int32, Int, Int, Int, Float, cl_mem?, Int, Int, cl_mem?, Int, Int, Float, cl_mem?, Int,
                Int,
                UnsafeMutablePointer<cl_command_queue?>?, UnsafeMutablePointer<cl_event?>?
            ) -> Int32

        private let product: Product?
        let name = "clblast"
        let note: String
        let isProcessor: Bool
        var isAvailable: Bool { product != nil }
        private let device: cl_device_id?

        init() {
            let found = Self.findDevice()
            device = found?.device
            isProcessor = found?.isProcessor ?? false
            let function = SharedLibrary("libclblast.so.1")?.function("CLBlastSgemm", as: Product.self)
            product = found == nil ? nil : function
            note =
                function == nil
                ? "libclblast.so.1 is not installed (Debian: libclblast1)"
                : found.map { "libclblast.so.1 on " + $0.name } ?? "no OpenCL device"
        }

        /// GPUs, then accelerators, then processors.
        private static func findDevice() -> (device: cl_device_id, name: String, isProcessor: Bool)? {
            var count: cl_uint = 0
            guard clGetPlatformIDs(0, nil, &count) == CL_SUCCESS, count > 0 else { return nil }
            var platforms = [cl_platform_id?](repeating: nil, count: Int(count))
            guard clGetPlatformIDs(count, &platforms, nil) == CL_SUCCESS else { return nil }
            let types = [CL_DEVICE_TYPE_GPU, CL_DEVICE_TYPE_ACCELERATOR, CL_DEVICE_TYPE_CPU]
            for type in types {
                for platform in platforms {
                    var device: cl_device_id?
                    guard clGetDeviceIDs(platform, cl_device_type(type), 1, &device, nil) == CL_SUCCESS, let device
                    else { continue }
                    var name = [CChar](repeating: 0, count: 256)
                    clGetDeviceInfo(device, cl_device_info(CL_DEVICE_NAME), 255, &name, nil)
                    let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
                    return (device, String(decoding: bytes, as: UTF8.self), type == CL_DEVICE_TYPE_CPU)
                }
            }
            return nil
        }

        /// Everything that one product needs on the device; released together.
        private final class Session {
            let context: cl_context?
            var queue: cl_command_queue?
            var buffers: [cl_mem?] = []

            init(_ device: cl_device_id) throws {
                var device: cl_device_id? = device
                var code: cl_int = 0
                context = clCreateContext(nil, 1, &device, nil, nil, &code)
                try Self.check(code, "clCreateContext")
                queue = clCreateCommandQueue(context, device, 0, &code)
                try Self.check(code, "clCreateCommandQueue")
            }

            deinit {
                for buffer in buffers { clReleaseMemObject(buffer) }
                if let queue { clReleaseCommandQueue(queue) }
                if let context { clReleaseContext(context) }
            }

            static func check(_ code: cl_int, _ function: String) throws {
                if code != CL_SUCCESS { throw PeerError(description: "\(function) failed (\(code))") }
            }

            func makeBuffer(_ elements: [Float]) throws -> cl_mem? {
                var code: cl_int = 0
                let bytes = elements.count * MemoryLayout<Float>.stride
                let buffer = clCreateBuffer(context, cl_mem_flags(CL_MEM_READ_WRITE), bytes, nil, &code)
                try Self.check(code, "clCreateBuffer")
                buffers.append(buffer)
                let blocking = cl_bool(CL_TRUE)
                try Self.check(
                    clEnqueueWriteBuffer(queue, buffer, blocking, 0, bytes, elements, 0, nil, nil),
                    "clEnqueueWriteBuffer"
                )
                return buffer
            }

            func read(_ buffer: cl_mem?, count: Int) throws -> [Float] {
                var elements = [Float](repeating: 0, count: count)
                let bytes = count * MemoryLayout<Float>.stride
                let blocking = cl_bool(CL_TRUE)
                try Self.check(
                    clEnqueueReadBuffer(queue, buffer, blocking, 0, bytes, &elements, 0, nil, nil),
                    "clEnqueueReadBuffer")
                return elements
            }
        }

        func prepare(_ p: MatrixProduct) throws -> PeerWork {
            guard let product, let device else { throw PeerError(description: note) }
            let session = try Session(device)
            let (a, b) = (try session.makeBuffer(p.a()), try session.makeBuffer(p.b()))
            let c = try session.makeBuffer([Float](repeating: 0, count: p.batch * p.m * p.n))
            let (rowMajor, plain, transposed): (Int32, Int32, Int32) = (101, 111, 112)
            return PeerWork {
                for matrix in 0..<p.batch {
                    let code = product(
                        rowMajor, p.transposesA ? transposed : plain, p.transposesB ? transposed : plain, p.m, p.n, p.k,
                        1,
                        a, matrix * p.m * p.k, p.transposesA ? p.m : p.k, b, matrix * p.k * p.n,
                        p.transposesB ? p.k : p.n, 0, c, matrix * p.m * p.n, p.n, &session.queue, nil)
                    try Session.check(code, "CLBlastSgemm")
                }
            } finish: {
                try Session.check(clFinish(session.queue), "clFinish")
            } result: {
                try session.read(c, count: p.batch * p.m * p.n)
            }
        }
    }
#endif
