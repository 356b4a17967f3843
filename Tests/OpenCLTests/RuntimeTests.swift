#if OpenCL
    import Testing
    import UnloopBackend
    import UnloopOpenCL

    /// The first device of this machine; every test of this target runs on it.
    func anyDevice() throws -> OpenCLDevice { try #require(try OpenCLBackend.devices().first) }

    @Suite struct RuntimeTests {
        @Test func uploadsAndDownloads() throws {
            let backend = try OpenCLBackend(device: anyDevice())
            let values = (0..<1000).map { Float($0) * 0.5 }
            let buffer = try backend.upload(.float32(values))
            #expect(try backend.download(buffer, offset: 0, count: 1000) == .float32(values))
            #expect(try backend.download(buffer, offset: 990, count: 10) == .float32(Array(values[990...])))
            let integers = try backend.upload(.int32([1, -2, .min]))
            #expect(try backend.download(integers, offset: 1, count: 2) == .int32([-2, .min]))
            #expect(backend.statistics.bytesInUse > 4000)
        }

        @Test func emptyBuffersOwnNothing() throws {
            let backend = try OpenCLBackend(device: anyDevice())
            let before = backend.statistics.bytesInUse
            let buffer = try backend.upload(.float32([]))
            #expect(backend.statistics.bytesInUse == before)
            #expect(try backend.download(buffer, offset: 0, count: 0) == .float32([]))
        }

        @Test func devicesAreInStableOrder() throws {
            let devices = try OpenCLBackend.devices()
            for (a, b) in zip(devices, devices.dropFirst()) {
                #expect((a.kind.rawValue, a.vendor, a.name) <= (b.kind.rawValue, b.vendor, b.name))
            }
            #expect(devices.map(\.name) == (try OpenCLBackend.devices().map(\.name)))
        }
    }
#endif
