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

        package init(name: String, text: String, options: String = "", registers: Int? = nil) {
            self.name = name
            self.text = text
            self.options = options
            self.registers = registers
        }
    }

    /// Compiled programs by a cheap key of the caller's: in memory, then on disk, then from source.
    package final class ProgramCache: Sendable {
        private final class Program: Sendable {
            let handle: ProgramHandle
            let kernels = Mutex<[String: Kernel]>([:])

            init(_ handle: ProgramHandle) { self.handle = handle }
        }

        private struct State {
            var programs: [AnyHashableKey: Program] = [:]
            var statistics = BackendStatistics()
        }

        /// `AnyHashable` for keys that are known to be Sendable.
        private struct AnyHashableKey: Hashable, @unchecked Sendable {
            let value: AnyHashable
        }

        private let device: OpenCLDevice
        private let context: ContextHandle
        private let disk: ProgramDiskCache?
        private let state = Mutex(State())

        init(device: OpenCLDevice, context: ContextHandle, disk: ProgramDiskCache?) {
            self.device = device
            self.context = context
            self.disk = disk
        }

        /// How many programs were built and found, for `Backend.statistics`.
        var statistics: BackendStatistics { state.withLock(\.statistics) }

        /// The kernel `name` of the program that `key` stands for; `source` is asked only when the key is new.
        ///
        /// - Throws: `buildFailed` with the compiler's log.
        package func kernel(
            _ name: String, key: some Hashable & Sendable, source: () -> ProgramSource
        ) throws(BackendError) -> Kernel {
            let program = try program(key: AnyHashableKey(value: AnyHashable(key)), source: source)
            let result = program.kernels.withLock { kernels -> Result<Kernel, OpenCLFailure> in
                if let kernel = kernels[name] { return .success(kernel) }
                do throws(OpenCLFailure) {
                    let kernel = try Kernel(program.handle, name: name, device: device)
                    kernels[name] = kernel
                    return .success(kernel)
                } catch {
                    return .failure(error)
                }
            }
            switch result {
            case .success(let kernel): return kernel
            case .failure(let failure):
                throw failure.error(device: device.name, operation: "creating the kernel \(name)")
            }
        }

        private func program(key: AnyHashableKey, source: () -> ProgramSource) throws(BackendError) -> Program {
            // Building under the lock makes threads that want the same program wait for it instead of building it twice.
            let result = state.withLock { state -> Result<Program, BackendError> in
                if let program = state.programs[key] {
                    state.statistics.programsFromMemory += 1
                    return .success(program)
                }
                let clock = ContinuousClock()
                let start = clock.now
                defer {
                    let elapsed = (clock.now - start).components
                    state.statistics.buildNanoseconds +=
                        Int(elapsed.seconds) * 1_000_000_000 + Int(elapsed.attoseconds / 1_000_000_000)
                }
                let source = source()
                let options = device.buildOptions + " " + source.options + device.registerOption(source.registers)
                let diskKey = disk?.key(source: source.text, options: options, device: device)
                if let disk, let diskKey, let binary = disk.load(diskKey), let handle = load(binary, options: options) {
                    let program = Program(handle)
                    state.statistics.programsFromDisk += 1
                    state.programs[key] = program
                    return .success(program)
                }
                do throws(BackendError) {
                    let handle = try build(source, options: options)
                    state.statistics.programsBuilt += 1
                    if let disk, let diskKey, let binary = binary(of: handle) { disk.store(binary, diskKey) }
                    let program = Program(handle)
                    state.programs[key] = program
                    return .success(program)
                } catch {
                    return .failure(error)
                }
            }
            return try result.get()
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
