import Testing
import UnloopBackend
import UnloopTensor

/// Sizes that a stride of 0 makes cheap, and windows that reach far: the right numbers, a typed error, or a trap with a text; at once.
@Suite("Limits of tensor operations") struct TensorLimitTests {
    private func expectTrap(_ text: String, _ result: ExitTest.Result?) {
        let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(output.contains(text), "\(output)")
    }

    private func expectRefusal(_ text: String, _ compute: () throws -> Tensor) {
        let error = #expect(throws: TensorError.self) { _ = try compute().scalars() }
        #expect(String(describing: error).contains(text), "\(String(describing: error))")
    }

    @Test("positions that are no int32 are refused", arguments: testedDevices)
    func positions(_ device: Device) {
        let x = Tensor([2], on: device).expanded(to: [(1 << 31) + 1])
        expectRefusal("is no int32") { x.argmax() }
        expectRefusal("is no int32") { x.argmin() }
        let columns = Tensor([2], on: device).expanded(to: [1 << 32, 3])
        expectRefusal("is no int32") { columns.argmax(0) }
    }

    @Test("what no machine has memory for is refused", arguments: testedDevices)
    func memory(_ device: Device) {
        let one = Tensor([2], on: device)
        let text = "no room"
        expectRefusal(text) { one.expanded(to: [1 << 50]) + 1 }
        expectRefusal(text) { one.padded([(1 << 40, 1 << 40)]) }
        expectRefusal(text) { Tensor.concatenate([one.expanded(to: [1 << 50]), one]) }
        expectRefusal(text) { one.expanded(to: [1 << 45, 3]).transposed().contiguous() }
        expectRefusal(text) { Tensor.randomUniform([1 << 45], RandomKey(seed: 1), on: device) }
        expectRefusal(text) { one.expanded(to: [1, 1 << 50, 1]).gathering(Tensor(int32: [0], on: device), axis: 1) }
        expectRefusal(text) { one.scatteringAdd(Tensor(int32: [0], on: device), size: 1 << 50) }
        expectRefusal(text) { one.expanded(to: [1 << 50]).cumulativeSum() }
        let images = one.expanded(to: [1, 1 << 25, 1 << 25, 1])
        expectRefusal(text) { maxPool2D(images, window: 2) }
        expectRefusal(text) { averagePool2D(images, window: Size2D(1 << 25)) }
        expectRefusal(text) { images.slidingWindows2D(Size2D(1 << 24)) }
        expectRefusal(text) { convolution2D(images, one.reshaped(1, 1, 1, 1)) }
        expectRefusal(text) { adaptiveMaxPool2D(images, to: 4096) }
        expectRefusal(text) {
            transposedConvolution2D(
                one.expanded(to: [1, 1 << 20, 1 << 20, 1]), one.reshaped(1, 1, 1, 1), stride: 1024)
        }
    }

    @Test("views of more elements than can be counted in 32 bits", arguments: testedDevices)
    func views(_ device: Device) throws {
        let x = Tensor([2, 3], on: device).reshaped(2, 1).expanded(to: [2, 1 << 60])
        #expect(try x[.reversed, .every(-(1 << 59))].scalars() == [3, 3, 2, 2])
        #expect(try x[.all, .from(-3, to: -1)].sum(1).scalars() == [4, 6])
        #expect(try x.transposed()[(-1)...].scalars() == [2, 3])
        #expect(try x.reshaped(2, 1 << 30, 1 << 30)[.all, (1 << 30) - 1, ..<2].scalars() == [2, 2, 3, 3])
        #expect(try x.split([1 << 59, 1 << 59], axis: 1)[1][.all, 0].scalars() == [2, 3])
        #expect(x.flipped(0, 1).count == 1 << 61)
    }

    @Test("empty tensors whose other sizes are large", arguments: testedDevices)
    func empty(_ device: Device) throws {
        let x = Tensor.zeros([0, 2, 1 << 62], on: device)
        #expect(try x.flipped(0, 1, 2)[.all, .every(-1)].contiguous().scalars() == [])
        #expect(try Tensor.concatenate([x, x], axis: 0).scalars() == [])
        let images = Tensor.zeros([0, 1 << 40, 1 << 40, 1], on: device)
        #expect(try convolution2D(images, Tensor.ones([3, 3, 1, 2], on: device)).scalars() == [])
        #expect(try maxPool2D(images, window: 3).scalars() == [])
        #expect(try x.reshaped(0, 1 << 40, 5).scalars() == [])
    }

    @Test("windows that reach far beyond the image", arguments: testedDevices)
    func windows(_ device: Device) throws {
        let x = Tensor([1, 2, 3, 4, 5], shape: [1, 5, 1], on: device)
        let filter = Tensor([1, 10, 100], shape: [3, 1, 1], on: device)
        let far = (1 << 30) - 1
        #expect(
            try convolution1D(x, filter, padding: .same, dilation: far).scalars() == [10, 20, 30, 40, 50])
        expectRefusal("each must be less than") { convolution1D(x, filter, padding: .same, dilation: 1 << 40) }
        expectRefusal("each must be less than") { convolution1D(x, filter, padding: .causal, dilation: 1 << 31) }
        expectRefusal("each must be less than") { convolution1D(x, filter, stride: 1 << 40) }
        // Only the first positions of the window lie in the sequence.
        for window in [1 << 20, 1 << 30] {
            #expect(try maxPool1D(x, window: window, stride: 1, padding: .causal).scalars() == [1, 2, 3, 4, 5])
            #expect(
                try averagePool1D(x, window: window, stride: 1, padding: .causal).scalars() == [1, 1.5, 2, 2.5, 3])
        }
        #expect(try maxPool1D(x, window: 2, stride: .max).scalars() == [2])
        #expect(try averagePool1D(x, window: 5, stride: 1 << 32).scalars() == [3])
    }

    @Test func traps() async {
        expectTrap(
            "transposedConvolution2D: images of 1099511627776×1 with stride 2147483647 give more places than any array has",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let one = Tensor([1], on: .loop)
                _ = transposedConvolution2D(
                    one.expanded(to: [1, 1 << 40, 1, 1]), one.reshaped(1, 1, 1, 1), stride: Size2D((1 << 31) - 1, 1))
            })
        expectTrap(
            "concatenate: axis 0 of 2 tensors is longer than an Int can count",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let long = Tensor([1], on: .loop).expanded(to: [1 << 62])
                _ = Tensor.concatenate([long, long])
            })
        expectTrap(
            "split: [4611686018427387904, 4611686018427387904, 4611686018427387904] do not add up",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let long = Tensor([1], on: .loop).expanded(to: [1 << 62])
                _ = long.split([1 << 62, 1 << 62, 1 << 62])
            })
        expectTrap(
            "adaptiveMaxPool2D: 1×1099511627776 windows are more than int32 numbers",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = adaptiveMaxPool1D(Tensor([1, 2, 3], shape: [1, 3, 1], on: .loop), to: 1 << 40)
            })
        expectTrap(
            "convolution1D: a window with its dilation covers more places than any array has",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = convolution1D(
                    Tensor([1, 2, 3], shape: [1, 3, 1], on: .loop), Tensor.ones([3, 1, 1], on: .loop), padding: .causal,
                    dilation: 1 << 62)
            })
        expectTrap(
            "convolution2D: a window with its dilation covers more places than any array has",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = convolution2D(
                    Tensor.ones([1, 3, 3, 1], on: .loop), Tensor.ones([3, 3, 1, 1], on: .loop), padding: .same,
                    dilation: Size2D(.max))
            })
    }
}
