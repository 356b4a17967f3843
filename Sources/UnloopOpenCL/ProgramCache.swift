#if OpenCL
    import COpenCL
    import Synchronization
    import UnloopBackend

    /// OpenCL C text and how to compile it. The name is for people.
    package struct ProgramSource: Sendable {
        let name: String
        let text: String
        /// In addition to the options that every program of the device gets, such as `-DWIDTH=16`.
        let options: String
        /// Registers that a work-item may take, so that more of them run at a time; for compilers that can be told.
        let registers: Int?

        /// What no program is compiled without: options that the environment may have added give other bits.
        private static let head = """
            #ifdef __FAST_RELAXED_MATH__
            #error "compiled with -cl-fast-relaxed-math, which gives other bits; unset what adds options to the driver's compiler"
            #endif

            """

        package init(name: String, text: String, options: String = "", registers: Int? = nil) {
            self.name = name
            self.text = Self.head + text
            self.options = options
            self.registers = registers
        }
    }

    /// Compiled programs by a cheap key of the caller's: in memory, then on disk, then from source. Only those who want a program
    /// wait until it is compiled. Of many programs those are forgotten that were not used for longest.
    package final class ProgramCache: Sendable {
        /// A program that is there, or is made by the first who locks it.
        private final class Program: Sendable {
            struct Contents {
                var handle: ProgramHandle?
                var kernels: [String: Kernel] = [:]
                /// How often it did not compile, and what the compiler said.
                var failures = 0
                var failure: BackendError?
            }

            let contents = Mutex(Contents())
        }

        private struct State {
            var programs: RecentlyUsed<AnyHashableKey, Program>
            var statistics = BackendStatistics()
        }

        /// `AnyHashable` for keys that are known to be Sendable.
        private struct AnyHashableKey: Hashable, @unchecked Sendable {
            let value: AnyHashable
        }

        /// More than the networks of any one process have; a compiled program takes some hundred kilobytes.
        package static let usualLimit = 1024
        /// What did not compile so often is not tried again.
        private static let patience = 2

        private let device: OpenCLDevice
        private let context: ContextHandle
        private let disk: ProgramDiskCache?
        private let state: Mutex<State>

        init(device: OpenCLDevice, context: ContextHandle, disk: ProgramDiskCache?, limit: Int = usualLimit) {
            self.device = device
            self.context = context
            self.disk = disk
            state = Mutex(State(programs: RecentlyUsed(limit: limit)))
        }

        /// How many programs were built and found, for `Backend.statistics`.
        var statistics: BackendStatistics {
            state.withLock { state in
                state.statistics.programsKept = state.programs.count
                return state.statistics
            }
        }

        /// The kernel `name` of the program that `key` stands for; `source` is asked only when the key is new.
        ///
        /// - Throws: `buildFailed` with the compiler's log.
        package func kernel(
            _ name: String, key: some Hashable & Sendable, source: () -> ProgramSource
        ) throws(BackendError) -> Kernel {
            let key = AnyHashableKey(value: AnyHashable(key))
            let program = state.withLock { state in
                if let program = state.programs[key] {
                    state.statistics.programsFromMemory += 1
                    return program
                }
                let program = Program()
                state.programs[key] = program
                return program
            }
            let result = program.contents.withLock { contents -> Result<Kernel, BackendError> in
                if let kernel = contents.kernels[name] { return .success(kernel) }
                do throws(BackendError) {
                    let handle = try handle(&contents, source)
                    do throws(OpenCLFailure) {
                        let kernel = try Kernel(handle, name: name, device: device)
                        contents.kernels[name] = kernel
                        return .success(kernel)
                    } catch {
                        throw error.error(device: device.name, operation: "creating the kernel \(name)")
                    }
                } catch {
                    return .failure(error)
                }
            }
            return try result.get()
        }

        private func handle(
            _ contents: inout Program.Contents, _ source: () -> ProgramSource
        ) throws(BackendError) -> ProgramHandle {
            if let handle = contents.handle { return handle }
            if let failure = contents.failure, contents.failures >= Self.patience { throw failure }
            let clock = ContinuousClock()
            let start = clock.now
            defer {
                let elapsed = (clock.now - start).components
                let nanoseconds = Int(elapsed.seconds) * 1_000_000_000 + Int(elapsed.attoseconds / 1_000_000_000)
                state.withLock { $0.statistics.buildNanoseconds += nanoseconds }
            }
            let source = source()
            let options = options(of: source)
            let diskKey = disk?.key(source: source.text, options: options, device: device)
            if let disk, let diskKey, let binary = disk.load(diskKey), let handle = load(binary, options: options) {
                state.withLock { $0.statistics.programsFromDisk += 1 }
                contents.handle = handle
                return handle
            }
            do throws(BackendError) {
                let handle = try build(source, options: options)
                state.withLock { $0.statistics.programsBuilt += 1 }
                if let disk, let diskKey, let binary = binary(of: handle) { disk.store(binary, diskKey) }
                contents.handle = handle
                return handle
            } catch {
                if case .buildFailed = error {
                    contents.failures += 1
                    contents.failure = error
                }
                throw error
            }
        }

        /// Everything that the compiler is told beside the text.
        func options(of source: ProgramSource) -> String {
            device.buildOptions + " " + source.options + device.registerOption(source.registers)
        }

        private func build(_ source: ProgramSource, options: String) throws(BackendError) -> ProgramHandle {
            var code: cl_int = 0
            let program = source.text.withCString { text in
                var pointer: UnsafePointer<CChar>? = text
                return clCreateProgramWithSource(context.raw, 1, &pointer, nil, &code)
            }
            guard let program, code == CL_SUCCESS else {
                throw OpenCLFailure(code).error(device: device.name, operation: "creating the program \(source.name)")
            }
            let handle = ProgramHandle(program, context)
            var identifier: cl_device_id? = device.handle.raw
            code = clBuildProgram(program, 1, &identifier, options, nil, nil)
            guard code == CL_SUCCESS else {
                let failure = OpenCLFailure(code)
                let log = buildLog(program)
                throw .buildFailed(
                    device: device.name, kernel: source.name,
                    log: log.isEmpty ? "\(failure.name) (\(code)) without a log" : log)
            }
            return handle
        }

        private func buildLog(_ program: cl_program) -> String {
            let query = cl_program_build_info(bitPattern: CL_PROGRAM_BUILD_LOG)
            var byteCount = 0
            clGetProgramBuildInfo(program, device.handle.raw, query, 0, nil, &byteCount)
            var bytes = [UInt8](repeating: 0, count: byteCount)
            clGetProgramBuildInfo(program, device.handle.raw, query, byteCount, &bytes, nil)
            return cText(bytes)
        }

        /// nil when the driver does not want the binary: the program is then built from source.
        private func load(_ binary: [UInt8], options: String) -> ProgramHandle? {
            var identifier: cl_device_id? = device.handle.raw
            var code: cl_int = 0
            var status: cl_int = 0
            var size = binary.count
            let program = binary.withUnsafeBufferPointer { bytes in
                var pointer = bytes.baseAddress
                return clCreateProgramWithBinary(context.raw, 1, &identifier, &size, &pointer, &status, &code)
            }
            guard let program, code == CL_SUCCESS else { return nil }
            let handle = ProgramHandle(program, context)
            guard status == CL_SUCCESS else { return nil }
            return clBuildProgram(program, 1, &identifier, options, nil, nil) == CL_SUCCESS ? handle : nil
        }

        private func binary(of handle: ProgramHandle) -> [UInt8]? {
            var size = 0
            let sizeQuery = cl_program_info(bitPattern: CL_PROGRAM_BINARY_SIZES)
            guard
                clGetProgramInfo(handle.raw, sizeQuery, MemoryLayout<Int>.size, &size, nil) == CL_SUCCESS, size > 0
            else { return nil }
            var bytes = [UInt8](repeating: 0, count: size)
            let code = bytes.withUnsafeMutableBufferPointer { buffer in
                var pointer = buffer.baseAddress
                let query = cl_program_info(bitPattern: CL_PROGRAM_BINARIES)
                return clGetProgramInfo(handle.raw, query, MemoryLayout<UnsafeRawPointer>.size, &pointer, nil)
            }
            return code == CL_SUCCESS ? bytes : nil
        }
    }
#endif
