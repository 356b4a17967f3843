import Testing
import UnloopBackend
import UnloopTensor

/// Shapes and positions that cannot be: each traps with a text that names the operation, in every build.
@Suite struct ShapeMisuseTests {
    private func expectTrap(_ text: String, _ result: ExitTest.Result?) {
        let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(output.contains(text), "\(output)")
    }

    @Test func tooManyAxes() async {
        expectTrap(
            "an array has at most 8 axes",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([1, 1, 1, 1, 1, 1, 1, 1, 1], on: .loop)
            })
        expectTrap(
            "an array has at most 8 axes",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([1, 1, 1, 1, 1, 1, 1, 1], on: .loop).expandingDimension(at: 0)
            })
        expectTrap(
            "axis 2 of 2 axes [3, 4]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([3, 4], on: .loop).dimensions[2]
            })
    }

    @Test func tooManyElements() async {
        expectTrap(
            "an array of shape [4294967296, 4294967296] has more elements than an Int can count",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([1 << 32, 1 << 32], on: .loop)
            })
        expectTrap(
            "an array of shape [4294967296, 4294967296] has more elements than an Int can count",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([1], on: .loop).expanded(to: [1 << 32, 1 << 32])
            })
        expectTrap(
            "an array of shape [4294967296, 4294967296] has more elements than an Int can count",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let x = Tensor.zeros([1], on: .loop)
                _ = x.expanded(to: [1 << 32, 1]) + x.expanded(to: [1, 1 << 32])
            })
        expectTrap(
            "an array of shape [4611686018427387904, 4] has more elements than an Int can count",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([1 << 62, 4, 0], on: .loop).sum(2)
            })
        expectTrap(
            "pad: axis 0 of [1] is too long with 9223372036854775807 before and 1 after",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([1], on: .loop).padded([(.max, 1)])
            })
        expectTrap(
            "Tensor: 1 values do not fill [-4611686018427387904, 4]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor([1], shape: [-(1 << 62), 4], on: .loop)
            })
    }

    /// Sizes that can be counted, but that no machine has memory for, are an error of the tensor.
    @Test("more elements than there is memory for", arguments: testedDevices)
    func tooLarge(_ device: Device) throws {
        for count in [1 << 50, 1 << 61, (1 << 61) - 1, (1 << 62) + 1, Int.max] {
            let error = #expect(throws: TensorError.self) { try Tensor.zeros([count], on: device).sum().item() }
            guard case .outOfMemory = error?.cause else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
        #expect(try Tensor.zeros([1 << 62, 4, 0], on: device).scalars() == [])
        #expect(try Tensor.zeros([0, 1 << 62, 4], on: device).transposed().contiguous().scalars() == [])
    }

    @Test func negativeSizes() async {
        expectTrap(
            "expand: [1] does not broadcast to [-3]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([1], on: .loop).expanded(to: [-3])
            })
        expectTrap(
            "reshape: [2, 3] has 6 elements, [-2, -3] a negative size",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([2, 3], on: .loop).reshaped(-2, -3)
            })
        expectTrap(
            "reshape: [2, 3] has 6 elements, which [-1, -1] cannot hold",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([2, 3], on: .loop).reshaped(-1, -1)
            })
        expectTrap(
            "reshape: [2, 3] has 6 elements, which [-1, 0] cannot hold",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([2, 3], on: .loop).reshaped(-1, 0)
            })
        expectTrap(
            "full: [2, -1] has a negative size",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([2, -1], on: .loop)
            })
        expectTrap(
            "oneHot: an axis of size -1",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor(int32: [0], on: .loop).oneHot(-1)
            })
        expectTrap(
            "scatterAdd: an axis of size -1",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([1], on: .loop).scatteringAdd(Tensor(int32: [0], on: .loop), size: -1)
            })
        expectTrap(
            "split: [9223372036854775807, 1] do not add up to axis 0 of [3]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([3], on: .loop).split([.max, 1])
            })
    }

    @Test func positionsOutside() async {
        expectTrap(
            "subscript: ...-4 is outside axis 0 of [3]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([3], on: .loop)[...(-4)]
            })
        expectTrap(
            "subscript: ..<-4 is outside axis 0 of [3]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([3], on: .loop)[..<(-4)]
            })
        expectTrap(
            "subscript: -4... is outside axis 1 of [2, 3]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([2, 3], on: .loop)[.all, (-4)...]
            })
        expectTrap(
            "subscript: 0...9223372036854775807 is outside axis 0 of [3]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([3], on: .loop)[0...Int.max]
            })
        expectTrap(
            "subscript: -2..<0 is outside axis 0 of [3]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([3], on: .loop)[-2..<0]
            })
        expectTrap(
            "slice: 1..<4 is outside axis 0 of [3]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([3], on: .loop).sliced(axis: 0, 1..<4)
            })
    }

    @Test func windows() async {
        expectTrap(
            "convolution2D: a window of 1152921504606846976×1152921504606846976 does not fit",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = convolution2D(
                    Tensor.zeros([1, 3, 3, 1], on: .loop), Tensor.zeros([2, 2, 1, 1], on: .loop), dilation: Size2D(.max)
                )
            })
        expectTrap(
            "convolution2D: padding [9223372036854775807, 0, 0, 0] must not be negative or too large for any array",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = convolution2D(
                    Tensor.zeros([1, 3, 3, 1], on: .loop), Tensor.zeros([2, 2, 1, 1], on: .loop),
                    padding: .explicit(top: .max, bottom: 0, left: 0, right: 0))
            })
        expectTrap(
            "maxPool2D: window 0×0 and stride 0×0 must be positive",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = maxPool2D(Tensor.zeros([1, 3, 3, 1], on: .loop), window: 0, padding: .same)
            })
        expectTrap(
            "window 1×2 and stride 1×0 must be positive",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = maxPool1D(Tensor.zeros([1, 3, 1], on: .loop), window: 2, stride: 0, padding: .same)
            })
    }

    @Test func programs() async {
        expectTrap(
            "randomBits takes",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = IntegerScalar.randomBits(key: [1, 2], salt: 0)
            })
        expectTrap(
            "two: needs at least one tensor",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.applyAll("two", ScalarProgram { x in x }, [])
            })
    }
}
