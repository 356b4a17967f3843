import Testing
import UnloopBackend
import UnloopTensor

/// What the golden records do not say about convolutions and pooling: sizes, relations between operations, and mistakes.
@Suite struct ConvolutionTests {
    private func numbers(_ shape: [Int], seed: UInt64 = 5) -> Tensor {
        var numbers = TestNumbers(seed: seed)
        return numbers.floats(shape)
    }

    /// The source notes' 6×6 sample. They print 10 as the fourth number and -4 as the ninth; the sums are 12 and 4.
    @Test(arguments: testedDevices) func edgesOfTheSample(_ device: Device) throws {
        let image = Tensor(
            [
                5, 3, 6, 8, 9, 1, 1, 6, 8, 3, 2, 1, 9, 9, 3, 2, 1, -1, 1, 1, 8, 4, 6, 5, 9, 3, 4, 0, 0, 1, 0, 1, 2, 3,
                4, 3,
            ], shape: [1, 6, 6, 1], on: device)
        let vertical = Tensor([1, 0, -1, 1, 0, -1, 1, 0, -1], shape: [3, 3, 1, 1], on: device)
        let horizontal = vertical.transposed(0, 1)
        #expect(
            try convolution2D(image, vertical).scalars() == [-2, 5, 5, 12, -8, 7, 10, 4, 4, 7, 8, 1, -4, -2, 4, -2])
        #expect(
            try convolution2D(image, horizontal).scalars() == [-7, 3, 17, 16, 5, 4, -5, -9, 5, 7, 2, 1, 7, 7, 9, 5])
    }

    /// The source notes' pooling sample, with the functions that they name and others.
    @Test(arguments: testedDevices) func poolingOfTheSample(_ device: Device) throws {
        let image = Tensor([8, 4, 2, 1, 9, 3, 2, 8, 1, 5, 7, 1, 2, 0, 3, 7], shape: [1, 4, 4, 1], on: device)
        #expect(try maxPool2D(image, window: 2).scalars() == [9, 8, 5, 7])
        #expect(try averagePool2D(image, window: 2).scalars() == [6, 3.25, 2, 4.5])
        #expect(try pool2D(image, window: 2) { $0.max(-1) }.scalars() == [9, 8, 5, 7])
        #expect(try pool2D(image, window: 2) { $0.min(-1) }.scalars() == [3, 1, 0, 1])
        #expect(try pool2D(image, window: 3, stride: 1) { $0[.all, .all, .all, .all, 4] }.scalars() == [3, 2, 5, 7])
        #expect(try adaptiveMaxPool2D(image, to: 3).scalars() == [9, 4, 8, 9, 7, 8, 5, 7, 7])
    }

    @Test func sizesAreThoseOfTheFormula() {
        func size(_ n: Int, _ f: Int, _ s: Int, _ p: Int) -> Int {
            convolution1D(
                Tensor.zeros([1, n, 1], on: .loop), Tensor.zeros([f, 1, 1], on: .loop), stride: s, padding: .explicit(p)
            ).shape[1]
        }
        #expect(size(44, 3, 4, 0) == 11)
        for (n, f, s, p) in [(5, 5, 1, 0), (6, 2, 3, 1), (7, 3, 2, 0), (8, 3, 2, 0), (9, 4, 5, 3)] {
            #expect(size(n, f, s, p) == (n + 2 * p - f) / s + 1)
        }
    }

    /// ⟨convolution(x), y⟩ = ⟨x, transposed(y)⟩, exactly in small integers.
    @Test func theTransposedConvolutionIsTheTranspose() throws {
        for (stride, padding, extra, dilation, groups) in [
            (Size2D(1), Padding.valid, Size2D(0), Size2D(1), 1), (2, .explicit(1), 1, 1, 2),
            (Size2D(2, 3), .explicit(top: 1, bottom: 0, left: 2, right: 1), Size2D(1, 0), Size2D(2, 1), 1),
            (2, .same, 0, 1, 1),
        ] {
            let filter = Tensor(
                (0..<72).map { Float($0 * 7 % 5) - 2 }, shape: [3, 2, 6 / groups, 2 * groups], on: .loop)
            let y = Tensor((0..<24 * groups).map { Float($0 * 5 % 7) - 3 }, shape: [1, 3, 4, 2 * groups], on: .loop)
            let back = transposedConvolution2D(
                y, filter, stride: stride, padding: padding, outputPadding: extra, dilation: dilation, groups: groups)
            let x = Tensor((0..<back.count).map { Float($0 * 3 % 11) - 5 }, shape: back.shape, on: .loop)
            let there = convolution2D(
                x, filter, stride: stride, padding: padding, dilation: dilation, groups: groups)
            #expect(there.shape == y.shape)
            #expect(try (there * y).sum().item() == (x * back).sum().item())
        }
    }

    /// The same in three dimensions.
    @Test func theTransposedConvolutionOfVolumesIsTheTranspose() throws {
        for (stride, padding, extra, dilation, groups) in [
            (Size3D(1), Padding3D.valid, Size3D(0), Size3D(1), 1), (2, .explicit(1), 1, 1, 2), (2, .same, 0, 1, 1),
            (
                Size3D(3, 1, 2), .explicit(front: 2, back: 0, top: 0, bottom: 1, left: 1, right: 0), Size3D(2, 0, 1),
                Size3D(2, 1, 1), 1
            ),
        ] {
            let filter = Tensor(
                (0..<96).map { Float($0 * 7 % 5) - 2 }, shape: [2, 3, 2, 8 / (2 * groups), 2 * groups], on: .loop)
            let y = Tensor(
                (0..<36 * groups).map { Float($0 * 5 % 7) - 3 }, shape: [1, 3, 2, 3, 2 * groups], on: .loop)
            let back = transposedConvolution3D(
                y, filter, stride: stride, padding: padding, outputPadding: extra, dilation: dilation, groups: groups)
            let x = Tensor((0..<back.count).map { Float($0 * 3 % 11) - 5 }, shape: back.shape, on: .loop)
            let there = convolution3D(
                x, filter, stride: stride, padding: padding, dilation: dilation, groups: groups)
            #expect(there.shape == y.shape)
            #expect(try (there * y).sum().item() == (x * back).sum().item())
        }
    }

    /// A filter of depth one is a 2-D convolution of every plane, with the same bits, and a 1-D convolution one of a single row.
    @Test func dimensionsAgree() throws {
        let (volume, filter) = (numbers([2, 3, 5, 4, 3]), numbers([1, 3, 2, 3, 4], seed: 6))
        let planes = convolution2D(volume.reshaped(6, 5, 4, 3), filter.squeezed(0), padding: .same)
        #expect(
            try convolution3D(volume, filter, padding: .same).isBitEqual(to: planes.reshaped(2, 3, 5, 4, 4)))
        let sequence = numbers([2, 9, 3])
        let row = convolution2D(
            sequence.reshaped(2, 1, 9, 3), filter[0, 0].reshaped(1, 2, 3, 4), stride: Size2D(1, 2))
        #expect(try convolution1D(sequence, filter[0, 0], stride: 2).isBitEqual(to: row.squeezed(1)))
    }

    /// An output of a causal convolution does not change with what comes after it.
    @Test func causalOutputsDoNotSeeTheFuture() throws {
        let (x, filter) = (numbers([1, 8, 2]), numbers([3, 2, 2], seed: 7))
        let changed = Tensor.concatenate([x[.all, 0..<5], x[.all, 5...] * 3], axis: 1)
        let (a, b) = (
            convolution1D(x, filter, padding: .causal, dilation: 2),
            convolution1D(changed, filter, padding: .causal, dilation: 2)
        )
        #expect(a.shape == x.shape)
        #expect(try a[.all, 0..<5].isBitEqual(to: b[.all, 0..<5]))
        #expect(try !a[.all, 5...].isBitEqual(to: b[.all, 5...]))
    }

    /// Inputs of an epilogue that differ from position to position.
    @Test func epiloguesTakeInputsOfEveryRank() throws {
        let add = ScalarFunction("add", { (x: Scalar, y: Scalar) in x + y })
        let (volume, filter) = (numbers([2, 3, 4, 3, 2]), numbers([2, 2, 2, 2, 3], seed: 8))
        let plain = convolution3D(volume, filter)
        for shape in [[3], [2, 3], [2, 3, 1, 1], [2, 2, 3, 2, 3], [2, 1, 1, 1, 1]] {
            let other = numbers(shape, seed: 9)
            #expect(
                try convolution3D(volume, filter, epilogue: add, inputs: [other]).isBitEqual(to: plain + other),
                "\(shape)")
        }
        let (sequence, taps) = (numbers([2, 5, 2]), numbers([2, 2, 3], seed: 10))
        for shape in [[3], [4, 3], [2, 4, 3], [2, 1, 1]] {
            let other = numbers(shape, seed: 11)
            #expect(
                try convolution1D(sequence, taps, epilogue: add, inputs: [other])
                    .isBitEqual(to: convolution1D(sequence, taps) + other), "\(shape)")
        }
    }

    @Test func emptyBatchesStayEmpty() {
        let filter = Tensor.zeros([2, 2, 2, 1, 3], on: .loop)
        #expect(convolution3D(Tensor.zeros([0, 3, 4, 5, 1], on: .loop), filter).shape == [0, 2, 3, 4, 3])
        #expect(
            transposedConvolution2D(
                Tensor.zeros([0, 3, 4, 2], on: .loop), Tensor.zeros([3, 3, 5, 2], on: .loop), stride: 2
            ).shape == [0, 7, 9, 5])
        #expect(
            transposedConvolution3D(
                Tensor.zeros([0, 2, 3, 4, 2], on: .loop), Tensor.zeros([2, 3, 3, 5, 2], on: .loop), stride: 2
            ).shape == [0, 4, 7, 9, 5])
        #expect(maxPool3D(Tensor.zeros([0, 4, 4, 4, 2], on: .loop), window: 2).shape == [0, 2, 2, 2, 2])
        #expect(adaptiveMaxPool2D(Tensor.zeros([0, 5, 4, 2], on: .loop), to: 3).shape == [0, 3, 3, 2])
        #expect(adaptiveAveragePool2D(Tensor.zeros([0, 5, 4, 2], on: .loop), to: 3).shape == [0, 3, 3, 2])
    }

    /// A NaN and an infinity reach the windows that hold them and no others.
    @Test func specialValuesStayInTheirWindows() throws {
        var values = [Float](repeating: 1, count: 25)
        values[0] = .nan
        values[24] = .infinity
        let image = Tensor(values, shape: [1, 5, 5, 1], on: .loop)
        let maxima = try adaptiveMaxPool2D(image, to: 3).scalars()
        let means = try adaptiveAveragePool2D(image, to: 3).scalars()
        #expect(maxima[0].isNaN && means[0].isNaN)
        #expect(maxima[8] == .infinity && means[8] == .infinity)
        #expect(maxima[1..<8].allSatisfy { $0 == 1 } && means[1..<8].allSatisfy { $0 == 1 })
        #expect(try maxPool1D(Tensor([1, .nan, 3, 4], shape: [1, 4, 1], on: .loop), window: 2).scalars()[1] == 4)
    }

    /// Of equal maxima the first in row-major order receives the derivative, in three dimensions and where windows overlap.
    @Test func theFirstOfEqualMaximaReceivesTheDerivative() throws {
        let ones = Tensor.ones([1, 2, 2, 2, 1], on: .loop)
        #expect(
            try gradient(at: ones) { maxPool3D($0, window: 2).sum() }.scalars() == [1, 0, 0, 0, 0, 0, 0, 0])
        let row = Tensor.ones([1, 5, 1], on: .loop)
        // Windows 0..<2, 1..<4, 3..<5.
        #expect(try gradient(at: row) { adaptiveMaxPool1D($0, to: 3).sum() }.scalars() == [1, 1, 0, 1, 0])
    }

    private func expectTrap(_ text: String, _ result: ExitTest.Result?) {
        let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(output.contains(text), "\(output)")
    }

    @Test func mistakesAreNamed() async {
        expectTrap(
            "convolution2D: a window of 5×3 does not fit into images [1, 4, 4, 1] padded by 0 rows and 0 columns",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = convolution2D(Tensor.zeros([1, 4, 4, 1], on: .loop), Tensor.zeros([5, 3, 1, 1], on: .loop))
            })
        expectTrap(
            "maxPool2D: a window of 3×3 does not fit into images [1, 2, 4, 1]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = maxPool2D(Tensor.zeros([1, 2, 4, 1], on: .loop), window: 3)
            })
        expectTrap(
            "convolution1D: [1, 4, 3] and filter [2, 2, 1] do not agree: 3 channels in 1 groups, filter for 2",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = convolution1D(Tensor.zeros([1, 4, 3], on: .loop), Tensor.zeros([2, 2, 1], on: .loop))
            })
        expectTrap(
            "convolution3D: a window of 3×1×1 does not fit into volumes [1, 2, 4, 4, 1]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = convolution3D(Tensor.zeros([1, 2, 4, 4, 1], on: .loop), Tensor.zeros([3, 1, 1, 1, 1], on: .loop))
            })
        expectTrap(
            "transposedConvolution2D: output padding 2×2 must be at least 0 and less than the stride 2×2",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = transposedConvolution2D(
                    Tensor.zeros([1, 2, 2, 1], on: .loop), Tensor.zeros([3, 3, 1, 1], on: .loop), stride: 2,
                    outputPadding: 2)
            })
        expectTrap(
            "pool2D: the function turns windows [1, 2, 2, 1, 4] into [1, 2, 2, 4]; it must reduce the last axis",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = pool2D(Tensor.zeros([1, 4, 4, 1], on: .loop), window: 2) { $0.sum(3) }
            })
        expectTrap(
            "globalAveragePool: takes [batch, positions…, channels] with at least one position, got [3, 4]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = globalAveragePool(Tensor.zeros([3, 4], on: .loop))
            })
    }
}
