#if OpenCL
    import Foundation
    import Testing
    import UnloopBackend
    import UnloopOpenCL

    /// Devices and kernels show that they give the contract's bits before they are used.
    @Suite struct ProofTests {
        @Test("no kernel of a device that keeps the contract is refused", arguments: OpenCLDevice.Class.allCases)
        func nothingIsRefused(deviceClass: OpenCLDevice.Class) throws {
            let backend = try OpenCLBackend(device: anyDevice(), forcedClass: deviceClass, cache: nil)
            for work in Workload.all { #expect(try work.difference(on: backend) == nil, "\(work.name)") }
            #expect(backend.refusals.isEmpty)
            #expect(backend.isConforming)
        }

        @Test("what a device says it cannot do refuses it, unless it is admitted")
        func propertiesRefuse() throws {
            var changed = try anyDevice()
            changed.nonconformance = ["flushes subnormal numbers"]
            let device = changed
            let error = #expect(throws: BackendError.self) { try OpenCLBackend(device: device, cache: nil) }
            guard case .nonconforming(device.name, let work) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(work == "flushes subnormal numbers")
            let text = String(describing: error)
            #expect(text.contains("UNLOOP_ALLOW_NONCONFORMING=1") && text.contains("driver"))
            let admitted = try OpenCLBackend(device: device, admitsNonconforming: true, cache: nil)
            #expect(!admitted.isConforming)
            #expect(admitted.refusals == ["flushes subnormal numbers"])
        }

        @Test("devices below OpenCL 1.2 and of the embedded profile are refused with the reason")
        func oldDevicesAreRefused() throws {
            func reason(_ change: (inout OpenCLDevice) -> Void) throws -> String {
                var changed = try anyDevice()
                change(&changed)
                let device = changed
                let error = #expect(throws: BackendError.self) {
                    try OpenCLBackend(device: device, cache: nil)
                }
                guard case .deviceUnavailable = error else { return "" }
                return String(describing: error)
            }
            #expect(try reason { $0.profile = "EMBEDDED_PROFILE" }.contains("embedded profile"))
            #expect(try reason { $0.deviceVersion = "OpenCL 1.1 CUDA" }.contains("OpenCL 1.1"))
            #expect(try reason { $0.deviceVersion = "OpenCL 1.0" }.contains("OpenCL 1.0"))
            #expect(try reason { $0.deviceVersion = "unknown" }.contains("unknown"))
            var device = try anyDevice()
            device.deviceVersion = "OpenCL 3.0 PoCL"
            _ = try OpenCLBackend(device: device, cache: nil)
        }

        @Test("what proved itself is not proved again by the next process, and a proof is no work of the program's")
        func proofsAreKept() throws {
            let folder = try TemporaryFolder()
            let cache = ProgramDiskCache(folder: folder.url.appendingPathComponent("opencl"))
            func launches() throws -> Int {
                let backend = try OpenCLBackend(device: anyDevice(), cache: cache)
                #expect(backend.statistics.launches == 0 && backend.statistics.programsBuilt == 0)
                _ = try Workload.all(of: "matmul")[0].run(backend)
                return backend.statistics.launches
            }
            let first = try launches()
            let files = try FileManager.default.contentsOfDirectory(
                atPath: folder.url.appendingPathComponent("proofs").path)
            #expect(!files.isEmpty)
            #expect(try launches() < first)
        }

        @Test("a device that was proved by an earlier process opens without compiling anything")
        func theDeviceIsProvedOnce() throws {
            let folder = try TemporaryFolder()
            let cache = ProgramDiskCache(folder: folder.url.appendingPathComponent("opencl"))
            func programs(_ device: OpenCLDevice) throws -> Int {
                try OpenCLBackend(device: device, cache: cache).statistics.programsKept
            }
            #expect(try programs(anyDevice()) == 1)
            #expect(try programs(anyDevice()) == 0)
            // Another driver has to show it again.
            var device = try anyDevice()
            device.driverVersion += " next"
            #expect(try programs(device) == 1)
        }
    }
#endif
