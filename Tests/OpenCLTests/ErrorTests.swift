#if OpenCL
    import Foundation
    import Glibc
    import Testing
    import UnloopBackend
    import UnloopOpenCL

    @Suite struct ErrorTests {
        @Test func aMissingDriverSaysWhatToInstall() {
            let text = String(describing: OpenCLDevice.noDriver(-1001))
            for part in ["CL_PLATFORM_NOT_FOUND_KHR", "-1001", "ocl-icd-libopencl1", "pocl-opencl-icd", "doctor"] {
                #expect(text.contains(part))
            }
        }

        @Test func aKernelThatDoesNotCompileShowsTheLog() throws {
            let backend = try OpenCLBackend(device: anyDevice(), cache: nil)
            let error = #expect(throws: BackendError.self) {
                try backend.programs.kernel("broken", key: "test.broken") {
                    ProgramSource(name: "broken", text: "kernel void broken(global int *x) { *x = undeclared_name; }")
                }
            }
            guard case .buildFailed(let device, let kernel, let log) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(device == backend.device.name)
            #expect(kernel == "broken")
            #expect(log.contains("undeclared_name"))
            // The device goes on.
            #expect(try backend.floats(backend.upload(.float32([1]))) == [1])
        }

        @Test func aKernelThatDoesNotExistIsADriverError() throws {
            let backend = try OpenCLBackend(device: anyDevice(), cache: nil)
            let error = #expect(throws: BackendError.self) {
                try backend.programs.kernel("absent", key: "test.fill") { ProgramSource(name: "fill", text: fillText) }
            }
            guard case .driverFailed(_, _, -46, "CL_INVALID_KERNEL_NAME") = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }

        @Test func launchesBeyondTheLimitsAreRefusedBeforeTheDriverSeesThem() throws {
            let backend = try OpenCLBackend(device: anyDevice(), cache: nil)
            let kernel = try backend.fillKernel()
            let output = try backend.upload(.int32([3]))
            let target = try #require(output as? OpenCLBuffer)
            let arguments: [KernelArgument] = [.buffer(target), .int(1), .int(4)]
            #expect(throws: BackendError.self) {
                try backend.queue.launch(
                    kernel, operation: "fill",
                    LaunchRange(groups: 1, localSize: backend.device.maximumWorkGroupSize + 1),
                    arguments)
            }
            let localText = "kernel void scratch(global int *x, local int *y) { y[0] = 1; x[0] = y[0]; }"
            let local = try backend.programs.kernel("scratch", key: "test.scratch") {
                ProgramSource(name: "scratch", text: localText)
            }
            let error = #expect(throws: BackendError.self) {
                try backend.queue.launch(
                    local, operation: "scratch", LaunchRange(groups: 1),
                    [.buffer(target), .local(bytes: backend.device.localMemory + 4)])
            }
            #expect(String(describing: error).contains("local memory"))
            #expect(try backend.integers(output) == [3])
        }

        @Test("a check that a kernel reports belongs to the buffer that it wrote, in every round of flags")
        func checksBelongToTheirResults() throws {
            let backend = try OpenCLBackend(device: anyDevice(), cache: nil)
            let text = "kernel void fail(global int *flags, const int slot, const int bad) { flags[slot] = bad; }"
            let kernel = try backend.programs.kernel("fail", key: "test.fail") {
                ProgramSource(name: "fail", text: text)
            }
            let results = try (0..<600).map { number in
                let buffer = try backend.upload(.int32([Int32(number)]))
                let result = try #require(buffer as? OpenCLBuffer)
                let check = IndexCheck(operation: "test", bound: number, result: result)
                try backend.queue.launch(
                    kernel, operation: "test", LaunchRange(groups: 1),
                    [.indexCheck(check), .int(number % 7 == 3 ? 1 : 0)])
                return result
            }
            try backend.synchronize()
            for _ in 0..<2 {
                for (number, result) in results.enumerated() {
                    if number % 7 == 3 {
                        #expect(throws: BackendError.indexOutOfRange(operation: "test", bound: number)) {
                            try backend.integers(result)
                        }
                    } else {
                        #expect(try backend.integers(result) == [Int32(number)])
                    }
                }
            }
        }

        @Test func float64IsRefused() throws {
            let backend = try OpenCLBackend(device: anyDevice())
            #expect(throws: BackendError.self) { try backend.upload(.float64([1])) }
        }

        @Test func aForkedChildIsToldSo() throws {
            let backend = try OpenCLBackend(device: anyDevice())
            let buffer = try backend.upload(.float32([1, 2]))
            // Swift hides fork, for good reasons; programs still do it.
            typealias Fork = @convention(c) () -> pid_t
            let fork = unsafeBitCast(try #require(dlsym(UnsafeMutableRawPointer(bitPattern: 0), "fork")), to: Fork.self)
            let child = fork()
            if child == 0 {
                do throws(BackendError) {
                    _ = try backend.download(buffer, offset: 0, count: 2)
                    _exit(1)
                } catch {
                    guard case .unsupported(_, "download", let reason) = error else { _exit(2) }
                    _exit(reason.contains("fork") ? 0 : 3)
                }
            }
            try #require(child > 0)
            var status: Int32 = 0
            var ended: pid_t = 0
            for _ in 0..<1000 where ended == 0 {
                ended = waitpid(child, &status, WNOHANG)
                if ended == 0 { usleep(20_000) }
            }
            if ended == 0 {
                kill(child, SIGKILL)
                waitpid(child, &status, 0)
            }
            #expect(ended == child && status == 0, "the child hung or ended with status \(status)")
            #expect(try backend.floats(buffer) == [1, 2])
        }
    }
#endif
