import Foundation
import Testing
import UnloopBackend
import UnloopData
import UnloopTensor

/// Sources whose images are changed while they are loaded.
@Suite struct AugmentedSourceTests {
    /// Images whose first pixel says which one it is, and the second what its key draws.
    struct NumberedImages: DataSource {
        let count: Int
        var sizes = [(4, 5)]

        struct Broken: Error {}

        func example(at index: Int, key: RandomKey) throws -> Example {
            if index == 1000 { throw Broken() }
            let (height, width) = sizes[index % sizes.count]
            var random = CounterRandom(key)
            var image = ReferenceImage.random(height, width, 1, index)
            (image.values[0], image.values[1]) = (Float(index), Float(random.next() >> 8))
            return Example(
                features: Example.Values(image.values, shape: [height, width, 1]), label: Int32(index % 3),
                weight: Float(index + 1))
        }

        func identity() -> String? { "\(count) images" }
    }

    private let changes: [Augmentation] = [.shifted(upTo: 0.4), .rotated(upToDegrees: 20), .noise(deviation: 0.1)]

    private func bits(_ batch: Dataset) throws -> String { try batch.sha256() }

    private func epoch(
        _ source: some DataSource, workers: Int = 2, padding: SequencePadding? = nil, on device: Device
    ) throws
        -> [String]
    {
        let loader = Loader(source, batchSize: 6, padding: padding, workers: workers)
        var found: [String] = []
        try loader.batches(epoch: 2, seed: 7, on: device).forEach { found.append(try bits($0)) }
        return found
    }

    @Test("host or device, and any number of workers: the same bits", arguments: Device.all)
    func sameBits(_ device: Device) throws {
        let images = NumberedImages(count: 20)
        let expected = try epoch(images.augmented(by: changes, on: .host), workers: 0, on: .loop)
        #expect(expected.count == 4 && Set(expected).count == 4)
        for place in [Augmentation.Place.host, .device] {
            for workers in [0, 1, 3] {
                let found = try epoch(images.augmented(by: changes, on: place), workers: workers, on: device)
                #expect(found == expected, "\(place), \(workers) workers")
            }
        }
        let twice = try epoch(images.augmented(by: changes).augmented(by: changes, on: .host), on: device)
        #expect(try twice == epoch(images.augmented(by: changes, on: .host).augmented(by: changes), on: device))
        #expect(twice != expected)
    }

    @Test("an example is what the tensor operations give") func examples() throws {
        let images = NumberedImages(count: 5)
        let source = images.augmented(by: changes)
        let key = RandomKey(seed: 3)
        let example = try source.example(at: 4, key: key)
        let before = try images.example(at: 4, key: key.child(0))
        let image = Tensor(try before.features.floats(), shape: [1, 4, 5, 1], on: .loop)
        let changed = image.augmented(by: changes, keys: [key.child(1)])
        #expect(example.features == Example.Values(try changed.scalars(), shape: [4, 5, 1]))
        #expect(example.label == before.label && example.weight == 5)
        #expect(try source.example(at: 4, key: RandomKey(seed: 4)) != example)
        #expect(try images.augmented(by: []).example(at: 4, key: key) == before)
    }

    @Test("images of several sizes become one by a crop") func severalSizes() throws {
        let images = NumberedImages(count: 12, sizes: [(4, 5), (3, 9), (6, 6)])
        let crop: [Augmentation] = [.cropped(height: 4, width: 4), .flippedHorizontally()]
        let expected = try epoch(images.augmented(by: crop, on: .host), on: .cpu)
        #expect(try epoch(images.augmented(by: crop), on: .cpu) == expected)
        #expect(throws: LoadingError.self) { try epoch(images.augmented(by: [.flippedHorizontally()]), on: .cpu) }
    }

    @Test("with padding, as without a device") func padding() throws {
        let images = NumberedImages(count: 12, sizes: [(4, 5), (3, 5)])
        let padding = SequencePadding(features: -1)
        #expect(
            try epoch(images.augmented(by: changes), padding: padding, on: .cpu)
                == epoch(images.augmented(by: changes, on: .host), padding: padding, on: .loop))
    }

    @Test func identities() throws {
        let images = NumberedImages(count: 5)
        let identity = try images.augmented(by: changes).identity()
        #expect(identity == (try images.augmented(by: changes, on: .host).identity()))
        #expect(try identity != images.augmented(by: changes.reversed()).identity())
        #expect(try identity != NumberedImages(count: 6).augmented(by: changes).identity())
        #expect(try images.mapped { example, _ in example }.augmented(by: changes).identity() == nil)
    }

    @Test("errors say which example") func errors() throws {
        let loader = Loader(
            NumberedImages(count: 1001).subset(999..<1001).augmented(by: changes), batchSize: 2, order: .sequential)
        let error = #expect(throws: LoadingError.self) { try loader.batches(epoch: 0, on: .cpu).next() }
        #expect("\(error.map { "\($0)" } ?? "")".contains("example 1000"))
    }

    @Test func misuse() async {
        await #expect(processExitsWith: .failure) {
            let rows = Dataset(features: Tensor.zeros([2, 3], on: .loop), labels: Tensor.zeros([2], on: .loop))
            _ = try rows.augmented(by: [.flippedHorizontally()]).example(at: 0, key: RandomKey(seed: 1))
        }
    }
}
