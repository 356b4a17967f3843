#if OpenCL
    import COpenCL
    import Foundation
    import Glibc
    import OpenCLLayerControl
    import Testing
    import UnloopBackend
    import UnloopOpenCL
    import UnloopTensor

    /// Whether the error says that the device is lost.
    private func isLoss(_ error: (any Error)?) -> Bool {
        switch error {
        case BackendError.deviceLost?: true
        case let error as TensorError: isLoss(error.cause)
        default: false
        }
    }

    /// Drivers that fail: each in a process of its own, because a layer is there for the whole process.
    @Suite struct FailingDriverTests {
        @Test("a download that fails can be tried again")
        func downloadsAreRepeatable() async {
            await #expect(processExitsWith: .success) {
                let layer = try OpenCLLayer.load()
                let device = try Device.opencl
                let x = Tensor([1, 2], on: device) * 2
                for code: Int32 in [-30, -38, -59, -1234] {
                    for failure in [OpenCLLayer.Failure.before, .after] {
                        layer.fail("clEnqueueReadBuffer", code: code, failure)
                        #expect(throws: TensorError.self) { try x.scalars() }
                        #expect(try x.scalars() == [2, 4])
                    }
                }
                // What a driver is short of may be there when it is asked again.
                for code: Int32 in [-4, -5, -6] {
                    layer.fail("clEnqueueReadBuffer", code: code)
                    #expect(try x.scalars() == [2, 4])
                }
                layer.fail("clWaitForEvents", code: -6)
                #expect(try x.scalars() == [2, 4])
            }
        }

        /// A driver may have begun the copy all the same, and writes when the device, and whoever wanted the elements, are long gone.
        @Test("memory that a lost device may still write to is never given back, not with the device either")
        func memoryOfLostDevicesStays() async {
            await #expect(processExitsWith: .success) {
                let layer = try OpenCLLayer.load()
                let first = try #require(try OpenCLBackend.devices().first)
                var expected = 0
                for code: Int32 in [-34, -36] {
                    let device = Device(try OpenCLBackend(device: first), label: "opencl")
                    let x = Tensor.ones([1 << 20], on: device) * 2
                    #expect(try x[0].item() == Float(2))
                    layer.fail("clEnqueueReadBuffer", code: code, .after)
                    #expect(isLoss(#expect(throws: TensorError.self) { try x.scalars() }))
                    expected += 4 << 20
                }
                #expect(LaunchQueue.bytesLeftBehind == expected)
                // A device that went well leaves nothing.
                do {
                    let device = Device(try OpenCLBackend(device: first), label: "opencl")
                    #expect(try (Tensor.ones([8], on: device) + 1).scalars().allSatisfy { $0 == 2 })
                }
                #expect(LaunchQueue.bytesLeftBehind == expected)
            }
        }

        @Test("a failed wait blames what ran since the last good one: nothing before, nothing after, every time")
        func failedWaitsBlameTheirInterval() async {
            await #expect(processExitsWith: .success) {
                let layer = try OpenCLLayer.load()
                let device = try Device.opencl
                let before = Tensor([1, 2], on: device) + 1
                #expect(try before.scalars() == [2, 3])
                for code: Int32 in [-4, -5, -6, -14, -9999] {
                    layer.fail("clEnqueueNDRangeKernel", code: code, .late)
                    let lost = before * 3
                    let computed = lost + 1
                    #expect(throws: TensorError.self) { try lost.scalars() }
                    // The others read as before, and what runs later is not affected.
                    #expect(try before.scalars() == [2, 3])
                    let after = before * 3
                    #expect(try after.scalars() == [6, 9])
                    for _ in 0..<2 {
                        for tensor in [lost, computed, lost * 2, Tensor.concatenate([before, lost])] {
                            let error = #expect(throws: TensorError.self) { try tensor.scalars() }
                            guard case .driverFailed(_, let operation, Int(code), _)? = error?.cause else {
                                Issue.record("\(String(describing: error))")
                                continue
                            }
                            #expect(operation.contains("map"))
                        }
                    }
                    #expect(try (after + before).scalars() == [8, 12])
                }
                #expect(try (Tensor([1], on: .cpu) + 1).scalars() == [2])
            }
        }

        @Test("where indices cannot be checked, the error stays")
        func unreadableFlagsAreErrors() async {
            await #expect(processExitsWith: .success) {
                let layer = try OpenCLLayer.load()
                let device = try Device.opencl
                let table = Tensor([[1, 2], [3, 4]], on: device)
                let bad = table.gathering(Tensor(int32: [9], on: device))
                let good = table.gathering(Tensor(int32: [1], on: device))
                // The first read is that of the elements, the second that of the flags.
                layer.fail("clEnqueueReadBuffer", call: 2, code: -30)
                #expect(throws: TensorError.self) { try good.scalars() }
                #expect(try good.scalars() == [3, 4])
                let unread = table.gathering(Tensor(int32: [-1], on: device))
                layer.fail("clEnqueueReadBuffer", call: 2, code: -30)
                #expect(throws: TensorError.self) { try unread.scalars() }
                for tensor in [bad, unread] {
                    for _ in 0..<2 {
                        #expect(
                            throws: TensorError(
                                operation: "gather", cause: .indexOutOfRange(operation: "gather", bound: 2))
                        ) { try tensor.scalars() }
                    }
                }
                // Flags that cannot be cleared are not used.
                layer.fail("clEnqueueWriteBuffer", call: 0, code: -30)
                #expect(throws: TensorError.self) { try table.gathering(Tensor(int32: [0], on: device)).scalars() }
                layer.reset()
                #expect(try table.gathering(Tensor(int32: [0], on: device)).scalars() == [1, 2])
            }
        }

        @Test("work that the driver does not start is a lost device, not a wait without end")
        func heldBackWorkThatDoesNotStart() async {
            await #expect(processExitsWith: .success) {
                let layer = try OpenCLLayer.load()
                let device = try Device.opencl
                try #require(device.isOpenCLCPU, "nothing is held back on this device")
                let x = Tensor([1, 2], on: device)
                #expect(try (x + 1).scalars() == [2, 3])
                layer.fail("clSetUserEventStatus", call: 0, code: -5)
                let error = #expect(throws: TensorError.self) { try (x + 1).scalars() }
                #expect(isLoss(error))
                layer.reset()
                #expect(throws: TensorError.self) { try (x * 2).scalars() }
                try device.reset()
                #expect(throws: TensorError.self) { try (x * 2).scalars() }
                #expect(try (Tensor([1, 2], on: device) + 1).scalars() == [2, 3])
            }
        }

        @Test("memory of uploads stays while the driver may read it, also when it does not tell")
        func uploadsWithoutEvents() async {
            await #expect(processExitsWith: .success) {
                let layer = try OpenCLLayer.load()
                let device = try Device.opencl
                layer.fail("clGetEventInfo", call: 0, code: -5)
                var sums: [Tensor] = []
                for round in 0..<200 {
                    let values = [Float](repeating: Float(round), count: 20_000)
                    sums.append(Tensor(values, shape: [20_000], on: device).max())
                }
                for (round, sum) in sums.enumerated() { #expect(try sum.item() == Float(round)) }
                // Beyond what is staged.
                for round in 0..<4 {
                    let large = Tensor([Float](repeating: Float(round), count: 8 << 20), shape: [8 << 20], on: device)
                    #expect(try large.max().item() == Float(round))
                }
            }
        }

        @Test("an upload of which it is known late that it failed spoils nothing that is computed afterwards")
        func uploadsThatFailLate() async {
            await #expect(processExitsWith: .success) {
                let layer = try OpenCLLayer.load()
                for call in 1...8 {
                    let device = Device(try OpenCLBackend(device: anyDevice(), cache: nil), label: "opencl")
                    func results() -> [Tensor] {
                        (0..<10).map { number in
                            let x = Tensor([Float(number), 1], on: device)
                            return number % 2 == 0 ? x * 2 + 1 : (x - 1).sum()
                        }
                    }
                    func isRight(_ values: [Float], _ number: Int) -> Bool {
                        values == (number % 2 == 0 ? [Float(2 * number + 1), 3] : [Float(number - 1)])
                    }
                    layer.fail("clGetEventInfo", call: call, code: -5, .late)
                    for (number, result) in results().enumerated() {
                        if let values = try? result.scalars() { #expect(isRight(values, number)) }
                    }
                    layer.reset()
                    for (number, result) in results().enumerated() { #expect(isRight(try result.scalars(), number)) }
                }
            }
        }

        @Test("a lost device says so wherever it is used; reset opens it anew, and other devices go on")
        func lostDevices() async {
            await #expect(processExitsWith: .success) {
                let layer = try OpenCLLayer.load()
                let device = try Device.opencl
                for code: Int32 in [-2, -34, -36] {
                    for entry in ["clEnqueueNDRangeKernel", "clSetKernelArg", "clEnqueueReadBuffer", "clWaitForEvents"]
                    {
                        let x = Tensor([1, 2], on: device)
                        #expect(try (x + 1).scalars() == [2, 3])
                        layer.fail(entry, code: code)
                        let error = #expect(throws: TensorError.self) { try (x + 1).scalars() }
                        #expect(isLoss(error), "\(entry), \(code): \(String(describing: error))")
                        layer.reset()
                        let again = #expect(throws: TensorError.self) { try (x + 1).scalars() }
                        #expect(isLoss(again))
                        #expect(isLoss(#expect(throws: TensorError.self) { try x.scalars() }))
                        #expect(isLoss(#expect(throws: TensorError.self) { try x.synchronize() }))
                        #expect(isLoss(#expect(throws: BackendError.self) { try device.synchronize() }))
                        #expect(String(describing: error).contains("reset()"))
                        for other in [Device.loop, .cpu] {
                            #expect(try (Tensor([1, 2], on: other) + 1).scalars() == [2, 3])
                        }
                        try device.reset()
                        #expect(isLoss(#expect(throws: TensorError.self) { try x.scalars() }))
                        #expect(
                            isLoss(
                                #expect(throws: TensorError.self) { try (x + Tensor([1, 2], on: device)).scalars() }))
                        #expect(
                            isLoss(
                                #expect(throws: TensorError.self) {
                                    try x.gathering(Tensor(int32: [0], on: device)).scalars()
                                }))
                        #expect(try (Tensor([1, 2], on: device) + 1).scalars() == [2, 3])
                    }
                }
                // Waits that fail again and again.
                layer.fail("clWaitForEvents", call: 0, code: -5)
                var errors = (0..<5).map { _ in
                    #expect(throws: TensorError.self) { try (Tensor([1, 2], on: device) + 1).scalars() }
                }
                #expect(isLoss(errors.removeLast()))
                layer.reset()
                try device.reset()
                #expect(try (Tensor([1, 2], on: device) + 1).scalars() == [2, 3])
                // A device that works can be opened anew, too.
                let y = Tensor([1], on: device)
                try device.reset()
                #expect(throws: TensorError.self) { try y.scalars() }
                try Device.loop.reset()
                try Device.cpu.reset()
            }
        }

        @Test("devices whose drivers fail to answer once are there at the next question")
        func listingIsRepeatable() async {
            await #expect(processExitsWith: .success) {
                let layer = try OpenCLLayer.load()
                for entry in ["clGetPlatformIDs", "clGetPlatformInfo", "clGetDeviceIDs", "clGetDeviceInfo"] {
                    layer.fail(entry, call: 0, code: -6)
                    #expect(throws: BackendError.self, "\(entry)") { try Device.opencl }
                    layer.reset()
                }
                layer.fail("clCreateContext", code: -6)
                let device = try Device.opencl
                #expect(throws: TensorError.self) { try Tensor([1], on: device).scalars() }
                #expect(try Tensor([1], on: device).scalars() == [1])
                #expect(try Device.opencl == device)
            }
        }

        @Test("a child of fork gets errors, whatever it asks of OpenCL and whatever the parent had asked")
        func forkedChildren() async {
            await #expect(processExitsWith: .success) {
                let devices = Device.all
                let device = try Device.opencl
                for asks in [0, 1, 2] {
                    if asks > 0 { #expect(try (Tensor([1], on: device) + 1).scalars() == [2]) }
                    let x = asks > 1 ? Tensor([1], on: device) + 1 : nil
                    typealias Fork = @convention(c) () -> pid_t
                    let address = try #require(dlsym(UnsafeMutableRawPointer(bitPattern: 0), "fork"))
                    let child = unsafeBitCast(address, to: Fork.self)()
                    if child == 0 {
                        alarm(20)
                        var failures: [any Error] = []
                        func collect(_ body: () throws -> Void) { do { try body() } catch { failures.append(error) } }
                        collect { _ = try Device.opencl }
                        collect { _ = try Device(named: "opencl") }
                        collect { _ = try OpenCLBackend.devices() }
                        collect { _ = try OpenCLDevice.platforms() }
                        collect { _ = try device.backend().allocate(.float32, count: 4) }
                        collect { try device.synchronize() }
                        collect { try device.reset() }
                        collect { _ = try Tensor([1], on: device).scalars() }
                        collect { _ = try x?.scalars() ?? Tensor([1], on: device).scalars() }
                        collect { _ = try ((x ?? Tensor([1], on: device)) + 1).scalars() }
                        if let backend = try? device.backend() { _ = backend.statistics }
                        guard failures.count == 10 else { _exit(Int32(100 + failures.count)) }
                        _exit(failures.allSatisfy { String(describing: $0).contains("fork") } ? 0 : 1)
                    }
                    var status: Int32 = 0
                    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
                    #expect(status == 0, "status \(status)")
                    #expect(devices.contains(device))
                    #expect(try (Tensor([1], on: device) + 1).scalars() == [2])
                }
            }
        }

        @Test("drivers that report zeros are taken at the least that the standard allows, or refused")
        func zeros() async {
            await #expect(processExitsWith: .success) {
                let layer = try OpenCLLayer.load()
                let single = [
                    CL_DEVICE_MAX_COMPUTE_UNITS, CL_DEVICE_MAX_WORK_GROUP_SIZE, CL_DEVICE_LOCAL_MEM_SIZE,
                    CL_DEVICE_MAX_MEM_ALLOC_SIZE, CL_DEVICE_MAX_PARAMETER_SIZE, CL_DEVICE_MAX_WORK_ITEM_SIZES,
                    CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, CL_DEVICE_GLOBAL_MEM_SIZE,
                ]
                for value: UInt in [0, .max] {
                    for names in single.map({ [$0] }) + [single] {
                        layer.reset()
                        for name in names { layer.answer(name, with: value) }
                        guard let device = try? OpenCLBackend.devices().first else { continue }
                        for deviceClass in OpenCLDevice.Class.allCases {
                            let backend: OpenCLBackend
                            do throws(BackendError) {
                                backend = try OpenCLBackend(device: device, forcedClass: deviceClass, cache: nil)
                            } catch {
                                // Refused when it is opened: it is said what for.
                                #expect(String(describing: error).count > 20)
                                continue
                            }
                            let on = Device(backend, label: "opencl")
                            do throws(TensorError) {
                                let x = Tensor((0..<600).map(Float.init), shape: [20, 30], on: on)
                                #expect(try (x + 1).sum().item() == 180_300)
                                #expect(try x.sum(1).scalars()[0] == 435)
                                #expect(try matmul(x, x.transposed()).scalars()[0] == 8555)
                                #expect(try x.softmax().sum().item().rounded() == 20)
                                #expect(try x.gathering(Tensor(int32: [1], on: on)).scalars()[0] == 30)
                                #expect(try x.argmax(1).scalars()[0] == 29)
                            } catch {
                                // Refused: it is said what for.
                                #expect(String(describing: error).count > 20)
                            }
                        }
                    }
                }
            }
        }
    }
#endif
