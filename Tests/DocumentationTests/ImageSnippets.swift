import Foundation
import Testing
import Unloop

// The code of the recipe about images of one's own; see `DocumentationTests` for how it is held to the text.

// snippet: image-network
func imageNetwork(classes: Int) -> Model<Sequential> {
    Model {
        Convolution2D(filters: 16, kernel: 3, padding: .same, activation: .relu)
        MaxPooling2D(2)
        Flatten()
        Dense(classes)
    }
}
// end

@Suite struct ImageSnippets {
    /// The digits as files, a folder for each class.
    private func writeDigits(to folder: String) throws {
        let digits = try Digits.load(on: .cpu)
        for (number, label) in try digits.labels.integers().enumerated() {
            let directory = "\(folder)/\(label)"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            let file = try Bitmap(digits.features[number]).netpbmData()
            try Data(file).write(to: URL(fileURLWithPath: "\(directory)/\(number).pgm"))
        }
    }

    @Test("images of one's own, with augmentation") func ownImages() throws {
        let temporary = try Documentation.temporaryFolder()
        defer { Documentation.remove(temporary) }
        let folder = temporary + "/digits"
        try writeDigits(to: folder)
        // snippet: own-images
        let images = try ImageFolder(path: folder, channels: 1)
        let order = KeyedPermutation(count: images.count, seed: 1)
        let held = images.count / 5
        let test = images.subset((0..<held).map { order[$0] })
        let changes: [Augmentation] = [
            .shifted(upTo: 0.1), .rotated(upToDegrees: 8), .brightness(0.9...1.1), .noise(deviation: 0.02),
        ]
        let training = images.subset((held..<images.count).map { order[$0] }).augmented(by: changes)

        var model = imageNetwork(classes: images.classNames.count)
        let history = try model.fit(
            Loader(training, batchSize: 32), validating: test, loss: .softmaxCrossEntropy, optimizer: .adam(0.003),
            metrics: [.accuracy], epochs: 12, seed: 1, on: .cpu)
        print(history.epochs.last?.metrics["accuracy"] ?? .nan)  // more than 0.9
        // end
        #expect(try #require(history.epochs.last?.metrics["accuracy"]) > 0.9)
        #expect(images.classNames == (0..<10).map { "\($0)" } && held == 359)

        let path = temporary + "/images.cache"
        // snippet: cached-images
        let decoded = try images.cached(at: path)
        let changed = decoded.augmented(by: changes)
        // end
        let key = RandomKey(seed: 2)
        #expect(try changed.example(at: 3, key: key) == images.augmented(by: changes).example(at: 3, key: key))

        // snippet: mixed-up-images
        let mixed = training.mixedUp(alpha: 0.2, classes: images.classNames.count)
        try model.fit(Loader(mixed), loss: .softmaxCrossEntropy, epochs: 2, seed: 2, on: .cpu)
        // end
        #expect(try model.evaluate(Loader(test, order: .sequential), metrics: [.accuracy])["accuracy"] ?? 0 > 0.85)

        // snippet: augmented-tensor
        let batch = try Digits.load(on: .cpu).sliced(0..<64)
        let keys = (0..<batch.count).map { RandomKey(seed: 3).child(UInt64($0)) }
        let seen = batch.features.augmented(by: changes, keys: keys)
        let elsewhere = batch.features[5...5].to(.loop).augmented(by: changes, keys: [keys[5]])
        print(try seen[5...5].to(.loop).isBitEqual(to: elsewhere))  // true
        // end
        #expect(try seen[5...5].to(.loop).isBitEqual(to: elsewhere))
        #expect(try !seen.isBitEqual(to: batch.features))
    }
}
