import Foundation
import Testing
import UnloopBackend
import UnloopData
import UnloopTensor

/// Augmentations at their limits, and the same bits wherever and however many at a time they are computed.
@Suite struct AugmentationEdgeTests {
    static let all: [Augmentation] = [
        .flippedVertically(), .flippedHorizontally(), .shifted(upTo: 0.4, fill: 0.5),
        .rotated(upToDegrees: 30, fill: 0.1),
        .scaled(0.7...1.4), .brightness(0.8...1.2), .brightness(adding: -0.1...0.1), .contrast(0.5...1.5),
        .noise(deviation: 0.1), .erased(fill: 0.3), .cropped(height: 6, width: 5, padding: 1), .clamped(to: -0.4...0.4),
        .croppedToCenter(height: 4, width: 7, fill: 1),
    ]

    @Test("a batch on every device has the bits of its examples one by one", arguments: Device.all)
    func sameBits(_ device: Device) throws {
        for (height, width, channels) in [(1, 1, 1), (7, 6, 3), (9, 8, 1)] {
            let images = (0..<13).map { ReferenceImage.random(height, width, channels, $0) }
            let keys = exampleKeys(images.count)
            for list in Self.all.map({ [$0] }) + [Self.all, []] {
                let batch = ReferenceImage.tensor(images, on: device).augmented(by: list, keys: keys)
                let singles = zip(images, keys).map { image, key in
                    ReferenceImage.tensor([image]).augmented(by: list, keys: [key])
                }
                #expect(batch.device == device)
                #expect(try batch.to(.loop).isBitEqual(to: Tensor.concatenate(singles)), "\(list) on \(device)")
            }
        }
    }

    @Test("views give what their elements give") func views() throws {
        let planes = Tensor.randomUniform([5, 3, 8, 6], RandomKey(seed: 1), on: .cpu)
        let views = planes.permuted([0, 2, 3, 1])[.reversed]
        for augmentation in Self.all {
            let expected = augmentation(views.contiguous(), keys: exampleKeys(5))
            #expect(try augmentation(views, keys: exampleKeys(5)).isBitEqual(to: expected), "\(augmentation)")
        }
    }

    /// NaN, infinities, -0 and subnormal numbers too.
    @Test("limits that change nothing leave the bits") func identities() throws {
        var image = ReferenceImage.random(4, 5, 2)
        image.values.replaceSubrange(
            0..<7, with: [.nan, .infinity, -.infinity, -0.0, 0x1p-149, -0x1p-140, .greatestFiniteMagnitude])
        let identities: [Augmentation] = [
            .flippedVertically(probability: 0), .flippedHorizontally(probability: 0), .shifted(upTo: 0, fill: 3),
            .cropped(height: 4, width: 5, fill: 3), .croppedToCenter(height: 4, width: 5, fill: 3),
            .rotated(upToDegrees: 0, fill: 3), .scaled(1...1, fill: 3), .brightness(1...1), .brightness(adding: 0...0),
            .contrast(1...1), .noise(deviation: 0), .erased(probability: 0, fill: 3),
        ]
        for augmentation in identities {
            let changed = try augmentation(ReferenceImage.tensor([image]), keys: exampleKeys(1)).scalars()
            #expect(haveSameBits(changed, image.values), "\(augmentation)")
        }
        // Beside examples that do change, those that do not keep their bits.
        let many = 64
        let images = [ReferenceImage](repeating: image, count: many)
        let flipped = try Augmentation.flippedVertically()(ReferenceImage.tensor(images), keys: exampleKeys(many))
            .scalars()
        let kept = (0..<many).filter { haveSameBits(Array(flipped[$0 * 40..<($0 + 1) * 40]), image.values) }
        let expected = (0..<many).filter {
            var draws = ReferenceDraws(exampleKeys(many)[$0])
            return draws.uniform() >= 0.5
        }
        #expect(kept == expected && kept.count > 10)
    }

    /// Angles that are so small that positions round to whole pixels.
    @Test("a neighbor without weight does not count") func weightless() throws {
        var image = ReferenceImage.random(4, 5, 1)
        image.values[7] = .infinity
        let changed = try Augmentation.rotated(upToDegrees: 0x1p-60)(
            ReferenceImage.tensor([image]), keys: exampleKeys(1)
        )
        .scalars()
        #expect(haveSameBits(changed, image.values))
    }

    @Test func specialValues() throws {
        let values: [Float] = [.nan, .infinity, -.infinity, 0.5]
        let image = Tensor(values, shape: [1, 2, 2, 1], on: .cpu)
        #expect(
            haveSameBits(
                try Augmentation.brightness(2...2)(image, keys: exampleKeys(1)).scalars(),
                [.nan, .infinity, -.infinity, 1]))
        #expect(
            haveSameBits(
                try Augmentation.brightness(0...0)(image, keys: exampleKeys(1)).scalars(), [.nan, .nan, .nan, 0]))
        #expect(
            haveSameBits(
                try Augmentation.brightness(adding: 1...1)(image, keys: exampleKeys(1)).scalars(),
                [.nan, .infinity, -.infinity, 1.5]))
        #expect(
            haveSameBits(try Augmentation.clamped(to: 0...1)(image, keys: exampleKeys(1)).scalars(), [.nan, 1, 0, 0.5]))
        #expect(try Augmentation.contrast(2...2)(image, keys: exampleKeys(1)).scalars().allSatisfy(\.isNaN))
        // What an erased pixel was does not matter.
        let erased = Augmentation.erased(probability: 1, area: 1...1, aspect: 1...1, fill: 0.25)
        #expect(try erased(image, keys: exampleKeys(1)).scalars() == [0.25, 0.25, 0.25, 0.25])
    }

    @Test("shifted by everything, an image is gone or where it was") func everything() throws {
        let image = Tensor.ones([1, 1, 1, 2], on: .cpu).expanded(to: [300, 1, 1, 2])
        let changed = try Augmentation.shifted(upTo: 1, fill: -3)(image, keys: exampleKeys(300))[.all, 0, 0, 1]
            .scalars()
        #expect(Set(changed) == [1, -3])
        // It stays with one of three shifts along each axis.
        #expect(isLikely(changed.count { $0 == 1 }, of: 300, probability: 1.0 / 9))
    }

    @Test("batches without examples, images without pixels or channels") func empty() throws {
        for augmentation in Self.all {
            for shape in [[0, 4, 5, 3], [2, 0, 5, 1], [2, 4, 0, 1], [2, 4, 5, 0]] {
                let changed = augmentation(Tensor.zeros(shape, on: .cpu), keys: exampleKeys(shape[0]))
                #expect(changed.shape[0] == shape[0] && changed.shape[3] == shape[3])
                let values = try changed.scalars()
                #expect(values.count == changed.shape.reduce(1, *))
            }
        }
        let filled = Augmentation.cropped(height: 2, width: 1, fill: 4)(
            Tensor.zeros([1, 0, 3, 1], on: .cpu), keys: exampleKeys(1))
        #expect(try filled.scalars() == [4, 4])
    }

    @Test("images of float64") func doubles() throws {
        let images = Tensor.randomUniform([3, 6, 7, 2], RandomKey(seed: 4), .float64, on: .loop)
        for augmentation in Self.all {
            let changed = augmentation(images, keys: exampleKeys(3))
            #expect(changed.elementType == .float64)
            let single = try augmentation(images.to(.float32), keys: exampleKeys(3)).doubles()
            #expect(zip(try changed.doubles(), single).allSatisfy { abs($0 - $1) < 1e-4 }, "\(augmentation)")
        }
    }

    @Test("the narrowest and the smallest rectangles") func erasedLimits() throws {
        let image = Tensor.zeros([1, 3, 4, 1], on: .cpu)
        for (area, aspect, count) in [
            (0...0, 0x1p-149...0x1p-149, 1), (0...0, 3e38...3e38, 1), (1...1, 0x1p-149...0x1p-149, 4),
            (1...1, 3e38...3e38, 3),
        ] as [(ClosedRange<Double>, ClosedRange<Double>, Int)] {
            let erased = Augmentation.erased(probability: 1, area: area, aspect: aspect, fill: 1)
            #expect(try erased(image, keys: exampleKeys(1)).scalars().count { $0 == 1 } == count)
        }
    }

    @Test("gradients go to the pixels that are seen") func gradients() throws {
        let image = Tensor.randomUniform([1, 3, 3, 1], RandomKey(seed: 4), on: .cpu)
        let slope = gradient(at: image) { Augmentation.brightness(2...2)($0, keys: exampleKeys(1)).sum() }
        #expect(try slope.scalars() == [Float](repeating: 2, count: 9))
        let cropped = gradient(at: image) {
            Augmentation.croppedToCenter(height: 1, width: 5)($0, keys: exampleKeys(1)).sum()
        }
        #expect(try cropped.scalars() == [0, 0, 0, 1, 1, 1, 0, 0, 0])
    }

    // MARK: Values

    @Test func textsAndFiles() throws {
        let list = Self.all + [.shifted(vertically: 0.1, horizontally: 0.25, fill: -1)]
        let coded = try JSONDecoder().decode([Augmentation].self, from: JSONEncoder().encode(list))
        #expect(coded == list && Set(list).count == list.count && Set(list.map(\.description)).count == list.count)
        #expect(list[3].description == "rotated(upToDegrees: 30.0, fill: 0.1)")
        #expect(list.last?.description == "shifted(vertically: 0.1, horizontally: 0.25, fill: -1.0)")
        // What no program may write, no file may say.
        let text = String(decoding: try JSONEncoder().encode(Augmentation.noise(deviation: 0.5)), as: UTF8.self)
        let wrong = text.replacingOccurrences(of: "0.5", with: "-0.5")
        #expect(text != wrong)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Augmentation.self, from: Data(wrong.utf8)) }
    }

    @Test func misuse() async {
        await #expect(processExitsWith: .failure) { _ = Augmentation.flippedVertically(probability: 1.5) }
        await #expect(processExitsWith: .failure) { _ = Augmentation.flippedHorizontally(probability: .nan) }
        await #expect(processExitsWith: .failure) { _ = Augmentation.shifted(upTo: -0.1) }
        await #expect(processExitsWith: .failure) { _ = Augmentation.shifted(upTo: 0.1, fill: 1e300) }
        await #expect(processExitsWith: .failure) { _ = Augmentation.cropped(height: 0, width: 3) }
        await #expect(processExitsWith: .failure) { _ = Augmentation.cropped(height: 2, width: 3, padding: -1) }
        await #expect(processExitsWith: .failure) { _ = Augmentation.scaled(0...1) }
        await #expect(processExitsWith: .failure) { _ = Augmentation.rotated(upToDegrees: .infinity) }
        await #expect(processExitsWith: .failure) { _ = Augmentation.brightness(0...1e39) }
        await #expect(processExitsWith: .failure) { _ = Augmentation.noise(deviation: .nan) }
        await #expect(processExitsWith: .failure) { _ = Augmentation.erased(area: 0.5...1.5) }
        await #expect(processExitsWith: .failure) { _ = Augmentation.erased(aspect: 0...1) }
        await #expect(processExitsWith: .failure) { _ = Augmentation.erased(aspect: 1e-60...1) }
        await #expect(processExitsWith: .failure) {
            _ = Augmentation.flippedVertically()(Tensor.zeros([3, 4, 1], on: .loop), keys: exampleKeys(3))
        }
        await #expect(processExitsWith: .failure) {
            _ = Augmentation.flippedVertically()(Tensor.zeros([3, 4, 4, 1], on: .loop), keys: exampleKeys(2))
        }
        await #expect(processExitsWith: .failure) {
            _ = Augmentation.flippedVertically()(Tensor.zeros([3, 4, 4, 1], .int32, on: .loop), keys: exampleKeys(3))
        }
    }
}
