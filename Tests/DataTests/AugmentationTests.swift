import Foundation
import Testing
import UnloopBackend
import UnloopData
import UnloopTensor

/// What each augmentation does to images, compared with loops over their pixels.
@Suite struct AugmentationTests {
    private static let sizes = [(1, 1, 1), (1, 5, 3), (4, 3, 1), (5, 6, 2), (2, 7, 4)]

    /// Batches of 40 images of every size, as an augmentation changes them, with the key and the image of each.
    private func forEachChanged(
        _ augmentation: Augmentation, sizes: [(Int, Int, Int)] = Self.sizes,
        _ body: (_ image: ReferenceImage, _ key: RandomKey, _ shape: [Int], _ changed: [Float]) throws -> Void
    ) throws {
        for (height, width, channels) in sizes {
            let images = (0..<40).map { ReferenceImage.random(height, width, channels, $0) }
            let keys = exampleKeys(images.count)
            let changed = augmentation(ReferenceImage.tensor(images), keys: keys)
            #expect(changed.rank == 4 && changed.shape[0] == images.count && changed.shape[3] == channels)
            let values = try changed.scalars()
            let size = values.count / images.count
            for (number, image) in images.enumerated() {
                try body(
                    image, keys[number], Array(changed.shape.dropFirst()),
                    Array(values[number * size..<(number + 1) * size]))
            }
        }
    }

    // MARK: Places of pixels

    @Test func flips() throws {
        for probability in [0, 0.3, 1] {
            try forEachChanged(.flippedVertically(probability: probability)) { image, key, _, changed in
                var draws = ReferenceDraws(key)
                let flips = draws.uniform() < probability
                let expected = image.taking(image.height, image.width) { (flips ? image.height - 1 - $0 : $0, $1) }
                #expect(changed == expected.values)
            }
            try forEachChanged(.flippedHorizontally(probability: probability)) { image, key, _, changed in
                var draws = ReferenceDraws(key)
                let flips = draws.uniform() < probability
                let expected = image.taking(image.height, image.width) { ($0, flips ? image.width - 1 - $1 : $1) }
                #expect(changed == expected.values)
            }
        }
    }

    @Test func shifts() throws {
        var seen = Set<[Int]>()
        for (vertically, horizontally) in [(0.0, 0.0), (0.25, 0.5), (1, 0), (1, 1)] {
            let augmentation = Augmentation.shifted(vertically: vertically, horizontally: horizontally, fill: -7)
            try forEachChanged(augmentation) { image, key, _, changed in
                var draws = ReferenceDraws(key)
                let down = Int((vertically * Double(image.height)).rounded())
                let right = Int((horizontally * Double(image.width)).rounded())
                let (y, x) = (
                    draws.random.next(below: 2 * down + 1) - down, draws.random.next(below: 2 * right + 1) - right
                )
                let expected = image.taking(image.height, image.width, fill: -7) { ($0 - y, $1 - x) }
                #expect(changed == expected.values)
                if image.height == 5, vertically == 1, horizontally == 1 { seen.insert([y.signum(), x.signum()]) }
            }
        }
        #expect(seen.count >= 4, "in every direction")
        #expect(Augmentation.shifted(upTo: 0.1, fill: 2) == .shifted(vertically: 0.1, horizontally: 0.1, fill: 2))
    }

    /// Parts that are smaller and larger than the image, with padding and without.
    @Test func crops() throws {
        for (height, width, padding) in [(1, 1, 0), (3, 3, 0), (3, 3, 2), (4, 9, 1), (20, 2, 0), (20, 30, 3)] {
            let augmentation = Augmentation.cropped(height: height, width: width, padding: padding, fill: 9)
            try forEachChanged(augmentation) { image, key, shape, changed in
                var draws = ReferenceDraws(key)
                func start(_ side: Int, _ target: Int) -> Int {
                    let rest = side + 2 * padding - target
                    let place = draws.random.next(below: abs(rest) + 1)
                    return (rest < 0 ? -place : place) - padding
                }
                let (top, left) = (start(image.height, height), start(image.width, width))
                let expected = image.taking(height, width, fill: 9) { ($0 + top, $1 + left) }
                #expect(changed == expected.values && shape == [height, width, image.channels])
                // An image that is smaller is in the part as a whole.
                if image.height <= height, image.width <= width, padding == 0 {
                    #expect(Set(image.values).isSubset(of: changed))
                }
            }
        }
    }

    @Test func centers() throws {
        let image = ReferenceImage(height: 3, width: 4, channels: 1, values: (0..<12).map { Float($0) })
        func center(_ height: Int, _ width: Int) throws -> [Float] {
            try Augmentation.croppedToCenter(height: height, width: width, fill: -1)(
                ReferenceImage.tensor([image]), keys: exampleKeys(1)
            ).scalars()
        }
        #expect(try center(3, 4) == image.values)
        #expect(try center(1, 2) == [5, 6])
        #expect(try center(2, 3) == [0, 1, 2, 4, 5, 6])
        #expect(try center(5, 1) == [-1, 1, 5, 9, -1])
        #expect(try center(4, 2) == [1, 2, 5, 6, 9, 10, -1, -1])
    }

    @Test func rotationsAndScalings() throws {
        for limit in [0.0, 20, 360] {
            try forEachChanged(.rotated(upToDegrees: limit, fill: 0.5)) { image, key, _, changed in
                var draws = ReferenceDraws(key)
                let degrees = draws.uniform(-limit, limit)
                let expected = image.turned(degrees: degrees, factor: 1, fill: 0.5)
                #expect(zip(changed, expected).allSatisfy { abs(Double($0) - $1) < 1e-5 }, "\(degrees)")
            }
        }
        for (low, high) in [(1.0, 1.0), (0.5, 2), (0.001, 0.002), (900, 1000)] {
            try forEachChanged(.scaled(low...high, fill: -0.25)) { image, key, _, changed in
                var draws = ReferenceDraws(key)
                let factor = draws.uniform(low, high)
                let expected = image.turned(degrees: 0, factor: factor, fill: -0.25)
                #expect(zip(changed, expected).allSatisfy { abs(Double($0) - $1) < 1e-5 }, "\(factor)")
            }
        }
    }

    /// Golden/augmentation.py has drawn the same angles and factors by itself.
    @Test func goldenImages() throws {
        struct Golden: Decodable {
            struct Rotation: Decodable {
                let seed: UInt64
                let shape: [Int]
                let limit: Double
                let fill: Double
                let values: [Double]
            }
            struct Scaling: Decodable {
                let seed: UInt64
                let shape: [Int]
                let low: Double
                let high: Double
                let fill: Double
                let values: [Double]
            }
            let rotated: [Rotation]
            let scaled: [Scaling]
        }
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let bytes = try Data(contentsOf: folder.appendingPathComponent("Golden/augmentation.json"))
        let golden = try JSONDecoder().decode(Golden.self, from: bytes)
        func check(_ augmentation: Augmentation, _ seed: UInt64, _ shape: [Int], _ values: [Double]) throws {
            let image = ReferenceImage.tensor([.golden(shape)])
            let changed = try augmentation(image, keys: [RandomKey(seed: seed)]).scalars()
            #expect(changed.count == values.count)
            for (found, expected) in zip(changed, values) { #expect(abs(Double(found) - expected) < 1e-5, "\(seed)") }
        }
        for image in golden.rotated {
            try check(.rotated(upToDegrees: image.limit, fill: image.fill), image.seed, image.shape, image.values)
        }
        for image in golden.scaled {
            try check(.scaled(image.low...image.high, fill: image.fill), image.seed, image.shape, image.values)
        }
        #expect(golden.rotated.count == 5 && golden.scaled.count == 4)
    }

    // MARK: Values of pixels

    @Test func brightness() throws {
        try forEachChanged(.brightness(0.5...1.5)) { image, key, _, changed in
            var draws = ReferenceDraws(key)
            let factor = Float(draws.uniform(0.5, 1.5))
            #expect(haveSameBits(changed, image.values.map { $0 * factor }))
        }
        try forEachChanged(.brightness(adding: -0.25...0.75)) { image, key, _, changed in
            var draws = ReferenceDraws(key)
            let number = Float(draws.uniform(-0.25, 0.75))
            #expect(haveSameBits(changed, image.values.map { $0 + number }))
        }
        try forEachChanged(.clamped(to: 0...0.5)) { image, _, _, changed in
            #expect(changed == image.values.map { min(max($0, 0), 0.5) })
        }
    }

    @Test func contrast() throws {
        try forEachChanged(.contrast(0.25...4)) { image, key, _, changed in
            var draws = ReferenceDraws(key)
            let factor = draws.uniform(0.25, 4)
            for channel in 0..<image.channels {
                let places = stride(from: channel, to: image.values.count, by: image.channels)
                let values = places.map { Double(image.values[$0]) }
                let mean = values.reduce(0, +) / Double(values.count)
                for (place, value) in zip(places, values) {
                    #expect(abs(Double(changed[place]) - (mean + factor * (value - mean))) < 1e-5)
                }
            }
        }
    }

    /// The known answers are those of Random123 1.09 (kat_vectors) for Philox 2x32-10.
    @Test func noise() throws {
        #expect(ReferenceDraws.philox((0, 0), key: 0) == (0xff1d_ae59, 0x6cd1_0df2))
        #expect(ReferenceDraws.philox((.max, .max), key: .max) == (0x2c3f_628b, 0xab4f_d7ad))
        #expect(ReferenceDraws.philox((0x243f_6a88, 0x85a3_08d3), key: 0x1319_8a2e) == (0xdd7c_e038, 0xf62a_4c12))
        try forEachChanged(.noise(deviation: 0.5)) { image, key, _, changed in
            var draws = ReferenceDraws(key)
            let words = (draws.random.next(), draws.random.next())
            for (place, value) in image.values.enumerated() {
                let random = ReferenceDraws.philox((UInt32(place), words.0), key: words.1)
                let (u, v) = (Double(random.0 >> 8) / 16_777_216, Double(random.1 >> 8) / 16_777_216)
                let normal = (-2 * log(1 - u)).squareRoot() * cos(2 * .pi * v)
                #expect(abs(Double(changed[place]) - (Double(value) + 0.5 * normal)) < 1e-5)
            }
        }
    }

    /// Mean, variance and the product of neighbors and of images, each within four standard deviations.
    @Test func momentsOfNoise() throws {
        let noise = try Augmentation.noise(deviation: 1)(
            Tensor.zeros([40, 50, 50, 1], on: .cpu), keys: exampleKeys(40)
        )
        .doubles()
        let count = Double(noise.count)
        func isZero(_ sum: Double, deviation: Double) -> Bool { abs(sum) < 4 * deviation * count.squareRoot() }
        #expect(isZero(noise.reduce(0, +), deviation: 1))
        #expect(isZero(noise.reduce(0) { $0 + $1 * $1 - 1 }, deviation: 2.0.squareRoot()))
        #expect(isZero(zip(noise, noise.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }, deviation: 1))
        #expect(isZero(zip(noise, noise.dropFirst(2500)).reduce(0) { $0 + $1.0 * $1.1 }, deviation: 1))
        #expect(isZero(noise.reduce(0) { $0 + $1 * $1 * $1 }, deviation: 15.0.squareRoot()))
    }

    @Test func erasing() throws {
        for (probability, area, aspect) in [
            (0.5, 0.02...0.4, 0.3...3.3), (1, 0...0, 1...1), (1, 1...1, 0.01...100), (0, 1...1, 1...1),
        ] {
            let augmentation = Augmentation.erased(probability: probability, area: area, aspect: aspect, fill: 9)
            try forEachChanged(augmentation) { image, key, _, changed in
                var draws = ReferenceDraws(key)
                var (rows, columns) = (0..<0, 0..<0)
                if draws.uniform() < probability {
                    let pixels = draws.uniform(area.lowerBound, area.upperBound) * Double(image.height * image.width)
                    let ratio = draws.uniform(aspect.lowerBound, aspect.upperBound)
                    let height = min(max(Int((pixels * ratio).squareRoot().rounded()), 1), image.height)
                    let width = min(max(Int((pixels / ratio).squareRoot().rounded()), 1), image.width)
                    let top = draws.random.next(below: image.height - height + 1)
                    let left = draws.random.next(below: image.width - width + 1)
                    (rows, columns) = (top..<top + height, left..<left + width)
                }
                let expected = image.taking(image.height, image.width, fill: 9) { row, column in
                    rows.contains(row) && columns.contains(column) ? (-1, -1) : (row, column)
                }
                #expect(changed == expected.values)
            }
        }
    }

    // MARK: Chance

    /// Of 4000 keys, within four standard deviations of the binomial distribution.
    @Test func probabilities() throws {
        let count = 4000
        let images =
            Tensor([Float](repeating: 1, count: 2 * count), shape: [count, 1, 2, 1], on: .cpu)
            - Tensor([0, 1], shape: [2, 1], on: .cpu)
        for probability in [0.1, 0.5, 0.9] {
            let flipped = try Augmentation.flippedHorizontally(probability: probability)(
                images, keys: exampleKeys(count)
            )
            .scalars()
            let flips = stride(from: 0, to: 2 * count, by: 2).count { flipped[$0] == 0 }
            #expect(isLikely(flips, of: count, probability: probability))
            let erased = try Augmentation.erased(probability: probability, area: 1...1, aspect: 0.5...0.5, fill: 5)(
                images, keys: exampleKeys(count, seed: 6)
            ).scalars()
            let erasures = stride(from: 0, to: 2 * count, by: 2).count { erased[$0] == 5 && erased[$0 + 1] == 5 }
            #expect(isLikely(erasures, of: count, probability: probability))
        }
    }

    /// Shifts by -2 to 2 pixels, each a fifth.
    @Test func placesAreEquallyLikely() throws {
        let count = 5000
        let image = Tensor([0, 1, 2, 3, 4], shape: [1, 1, 5, 1], on: .cpu).expanded(to: [count, 1, 5, 1])
        let shifted = Augmentation.shifted(vertically: 0, horizontally: 0.4)(image, keys: exampleKeys(count))
        let middles = try shifted[.all, 0, 2, 0].scalars()
        for value: Float in [0, 1, 2, 3, 4] {
            #expect(isLikely(middles.count { $0 == value }, of: count, probability: 0.2), "\(value)")
        }
    }

    @Test("every place in a list draws numbers of its own") func placesInAList() throws {
        let images = (0..<60).map { ReferenceImage.random(1, 2, 1, $0) }
        let keys = exampleKeys(60)
        let flip = Augmentation.flippedHorizontally()
        let twice = try ReferenceImage.tensor(images).augmented(by: [flip, flip], keys: keys).scalars()
        var patterns = Set<[Bool]>()
        for (number, image) in images.enumerated() {
            var (first, second) = (ReferenceDraws(keys[number]), ReferenceDraws(keys[number], place: 1))
            let flips = [first.uniform() < 0.5, second.uniform() < 0.5]
            patterns.insert(flips)
            let expected = flips[0] == flips[1] ? image.values : image.values.reversed()
            #expect(Array(twice[2 * number..<2 * number + 2]) == expected)
        }
        #expect(patterns.count == 4)
    }
}
