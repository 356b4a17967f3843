#if OpenCL
    import OpenCLLayerControl
    import Testing
    import UnloopBackend
    import UnloopOpenCL
    import UnloopTensor

    /// What gets past the proofs, because a driver goes wrong later, is found by a checking device.
    @Suite struct CheckingTests {
        @Test("a driver that changes a bit after its kernel was proved is found, with the operation and the element")
        func laterLies() async {
            await #expect(processExitsWith: .success) {
                let layer = try OpenCLLayer.load()
                let backend = try OpenCLBackend(
                    device: anyDevice(), forcedClass: .gpuLike, interpretedElements: 0, cache: nil)
                let device = try Device.checking(
                    Device(backend, label: "driver"), against: .loop, onDifference: .note)
                let x = Tensor((0..<60).map { Float($0) / 8 }, shape: [5, 12], on: device)
                let expected = try exp(x).scalars()
                #expect(device.differences == [])

                layer.lie("flip:unloop_map")
                #expect(try exp(x).scalars() == expected)
                #expect(layer.liesTold == 1)
                layer.lie("")
                #expect(try exp(x).scalars() == expected)
                let difference = try #require(device.differences.first)
                #expect(device.differences.count == 1)
                #expect(difference.operation == "map" && difference.number == 3)
                #expect(difference.element?.allSatisfy { $0 == 0 } == true && difference.differingCount == 1)
                // exp(0) and its neighbour.
                #expect(difference.expected == "1.0 (0x3f800000)" && difference.found == "1.0000001 (0x3f800001)")
                #expect(difference.device == "driver" && difference.reference == "loop")
            }
        }
    }
#endif
