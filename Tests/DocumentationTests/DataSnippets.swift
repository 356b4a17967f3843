import Foundation
import Testing
import Unloop

// The code of the recipes about data. See `DocumentationTests` for how it is held to the text.

// snippet: digits-file
func digits(in path: String) throws -> RecordFile {
    try RecordFile(
        path: path, fields: [.label(.uint8), .features(.uint8, [8, 8, 1], dividedBy: 16)])
}
// end

// snippet: waves
/// Waves with a random phase, to be told apart by their frequencies.
struct Waves: DataSource {
    let count = 300

    func example(at index: Int, key: RandomKey) -> Example {
        var random = CounterRandom(key)
        let (kind, phase) = (index % 3, random.next(below: 16))
        let wave = (0..<16).map { Float((($0 + phase) * (kind + 1)) % 16) / 16 }
        return Example(features: Example.Values(wave, shape: [16]), label: Int32(kind))
    }

    func identity() -> String? { "waves 1" }
}
// end

@Suite struct DataSnippets {
    struct Stop: Error {}

    @Test("data that no memory holds") func largerThanMemory() throws {
        let folder = try Documentation.temporaryFolder()
        defer { Documentation.remove(folder) }
        let path = folder + "/digits.bin"
        let data = try Digits.load(on: .cpu)
        let (pixels, labels) = (try data.features.scalars(), try data.labels.integers())
        var bytes: [UInt8] = []
        for (index, label) in labels.enumerated() {
            bytes.append(UInt8(label))
            bytes += pixels[index * 64..<(index + 1) * 64].map { UInt8($0 * 16) }
        }
        try Data(bytes).write(to: URL(fileURLWithPath: path))

        // snippet: loader
        let loader = Loader(try digits(in: path), batchSize: 64, workers: 2)
        var model = classifier()
        try model.fit(loader, loss: .softmaxCrossEntropy, epochs: 3, seed: 1, on: .cpu)
        // end
        // snippet: in-memory
        var inMemory = classifier()
        try inMemory.fit(data, loss: .softmaxCrossEntropy, epochs: 3, batchSize: 64, seed: 1, on: .cpu)
        print(try inMemory.weightsSHA256() == model.weightsSHA256())  // true
        // end
        #expect(try inMemory.weightsSHA256() == model.weightsSHA256())

        var stopping: [Callback] = [.afterStep { if $0.step == 40 { throw Stop() } else { return .proceed } }]
        // snippet: resume-in-an-epoch
        func train(epochs: Int, workers: Int) throws -> String {
            var model = classifier()
            try model.fit(
                Loader(try digits(in: path), batchSize: 64, workers: workers), loss: .softmaxCrossEntropy,
                epochs: epochs, seed: 1, on: .cpu, callbacks: stopping, checkpoint: .every(.steps(10)),
                to: folder + "/run", resume: .newest)
            return try model.weightsSHA256()
        }
        // end
        // 29 steps are an epoch.
        #expect(throws: Stop.self) { try train(epochs: 3, workers: 1) }
        stopping = []
        #expect(try train(epochs: 3, workers: 3) == model.weightsSHA256())
    }

    @Test("a source of one's own, arrays, a loop over batches") func ownSource() throws {
        // snippet: own-source
        let waves = Waves()
        var model = Model {
            Dense(32, activation: .relu)
            Dense(3)
        }
        try model.fit(
            Loader(waves.subset(0..<240)), validating: waves.subset(240..<300), loss: .softmaxCrossEntropy,
            optimizer: .adam(0.01), metrics: [.accuracy], epochs: 60, on: .cpu)
        // end
        let accuracy = try model.evaluate(Loader(waves, order: .sequential), metrics: [.accuracy])
        #expect(accuracy["accuracy"] ?? 0 > 0.8)
        // snippet: own-arrays
        let features: [Float] = [0, 0, 0, 1, 1, 0, 1, 1]
        let labels: [Int32] = [0, 1, 1, 0]
        let exclusiveOr = Dataset(
            features: Tensor(features, shape: [4, 2], on: .cpu), labels: Tensor(int32: labels, on: .cpu))
        print(exclusiveOr.count, exclusiveOr.exampleShape)  // 4 [2]
        // end
        #expect(exclusiveOr.count == 4 && exclusiveOr.exampleShape == [2])
        // snippet: loop-over-batches
        let often = (0..<waves.count).map { $0 % 3 == 1 ? 2.0 : 1.0 }
        let batches = Loader(waves, batchSize: 50, order: .weighted(often)).batches(epoch: 1, seed: 7, on: .cpu)
        while let batch = try batches.next() { print(batch.features.shape) }
        // end
        #expect(batches.brokenExamples == 0)
    }
}
