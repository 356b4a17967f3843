import Foundation
import Unloop
import UnloopBackend

/// One kind of work that a soak does again and again. What it gives depends on the variant only: every device and thread must
/// give the same text each time.
struct SoakWork: Sendable {
    let name: String
    /// How many different pieces of work there are; bounded, so that what is kept for each can be told from what leaks.
    let variants: Int
    /// Whether the loop, which is slow, does it too.
    var runsOnLoop = true
    /// Compiles what only some runs of a variant compile.
    var prepare: @Sendable (_ variant: Int, _ device: Device) throws -> Void = { _, _ in }
    /// - Parameter key: of random numbers that belong to the variant.
    let run: @Sendable (_ variant: Int, _ key: RandomKey, _ device: Device) throws -> String

    static let all = [shapes, training, images, sequences, inference, files, badIndex, tooLarge, tuning]

    /// Products, reductions and their derivatives on shapes of every kind.
    private static let shapes = SoakWork(name: "shapes", variants: 64) { _, key, device in
        var sizes = Sizes(key)
        let (m, n, k) = (sizes.next(1...97), sizes.next(1...97), sizes.next(1...300))
        let (a, b) = (numbers([2, m, k], sizes.key(), device), numbers([k, n], sizes.key(), device))
        let gradients = gradient(at: [a, b]) { x in
            let product = matmul(x[0], x[1])
            return (product.softmax() * tanh(product)).sum() + product.mean(0).max()
        }
        return try hash([matmul(a, b), a.transposed().sum(1), b.cumulativeSum(0)] + gradients)
    }

    /// A small network, with each optimizer in turn.
    private static let training = SoakWork(name: "training", variants: 3 * Optimizer.all.count) {
        variant, key, device in
        var sizes = Sizes(key)
        let (features, classes) = (sizes.next(1...40), sizes.next(2...9))
        let data = try examples(sizes.next(20...90), [features], classes: classes, sizes.key(), device)
        var model = Model {
            Dense(sizes.next(1...50), activation: .relu)
            BatchNorm()
            Dropout(0.2)
            Dense(classes)
        }
        try model.fit(
            data, loss: .softmaxCrossEntropy, optimizer: Optimizer.all[variant % Optimizer.all.count], epochs: 2,
            batchSize: sizes.next(5...40), seed: UInt64(variant), on: device, progress: .silent)
        return try model.weightsSHA256()
    }

    private static let images = SoakWork(name: "images", variants: 12, runsOnLoop: false) { variant, key, device in
        var sizes = Sizes(key)
        let (height, width) = (sizes.next(5...14), sizes.next(5...14))
        let data = try examples(24, [height, width, sizes.next(1...4)], classes: 5, sizes.key(), device)
        var model = Model {
            Convolution2D(filters: sizes.next(1...20), kernel: 3, padding: .same, activation: .relu)
            MaxPooling2D(2)
            Flatten()
            Dense(5)
        }
        try model.fit(
            data, loss: .softmaxCrossEntropy, epochs: 1, batchSize: 8, seed: UInt64(variant), on: device,
            progress: .silent)
        return try model.weightsSHA256()
    }

    private static let sequences = SoakWork(name: "sequences", variants: 6, runsOnLoop: false) { variant, key, device in
        var sizes = Sizes(key)
        let data = try examples(12, [sizes.next(2...9), sizes.next(1...7)], classes: 3, sizes.key(), device)
        var model = Model {
            LSTM(sizes.next(2...20), returnsSequences: false)
            Dense(3)
        }
        try model.fit(
            data, loss: .softmaxCrossEntropy, epochs: 1, batchSize: 6, seed: UInt64(variant), on: device,
            progress: .silent)
        return try model.weightsSHA256()
    }

    /// A network that is asked with batches of other sizes gives the same bits.
    private static let inference = SoakWork(name: "inference", variants: 16) { variant, key, device in
        var sizes = Sizes(key)
        let features = sizes.next(1...60)
        var model = Model {
            Dense(sizes.next(1...60), activation: .gelu)
            Dense(sizes.next(1...20))
        }
        model.build(inputShape: [features], on: device, seed: UInt64(variant))
        let input = numbers([sizes.next(1...70), features], sizes.key(), device)
        return try hash([model.predict(input, batchSize: Int.random(in: 1...80))])
    }

    private static let files = SoakWork(name: "files", variants: 8) { variant, key, device in
        var sizes = Sizes(key)
        let model = Model {
            Dense(7, activation: .tanh)
            Dense(3)
        }
        let features = sizes.next(1...30)
        var saved = model
        saved.build(inputShape: [features], on: device, seed: UInt64(variant))
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("unloop-soak-\(UUID().uuidString)")
            .path
        defer { unlink(path) }
        try saved.save(to: path)
        var loaded = model
        loaded.build(inputShape: [features], on: device, seed: 99)
        try loaded.load(from: path)
        return try loaded.weightsSHA256()
    }

    // MARK: Failures

    /// An index that is none makes what is computed from it an error, and nothing else.
    private static let badIndex = SoakWork(name: "bad index", variants: 8) { _, key, device in
        var sizes = Sizes(key)
        let rows = sizes.next(1...20)
        let table = numbers([rows, 5], sizes.key(), device)
        let bad = table.gathering(Tensor(int32: [0, Int32(rows)], on: device))
        let dependent = bad * 2 + 1
        let other = try hash([table.gathering(Tensor(int32: [0], on: device)), table * 3])
        for failed in [bad, dependent, bad] {
            do {
                return "read \(try failed.scalars().count) numbers of an index outside"
            } catch let error as TensorError {
                guard case .indexOutOfRange = error.cause else { throw error }
            }
        }
        return other
    }

    /// What no device has room for is an error, after which everything goes on.
    private static let tooLarge = SoakWork(name: "too large", variants: 4) { _, key, device in
        let large = Tensor.zeros([1 << 20, 1 << 20, 16], on: device)
        do {
            return "read a number of \(large.shape): \(try large.sum().item())"
        } catch let error as TensorError {
            guard case .outOfMemory = error.cause else { throw error }
            return try hash([numbers([17], key, device)])
        }
    }

    /// Replaces the choice of kernels under those that run; results stay.
    private static let tuning = SoakWork(
        name: "tuning", variants: 3, runsOnLoop: false,
        prepare: { variant, device in
            #if OpenCL
                // All candidates, however long their compilation takes.
                try SoakTuning.run(variant, device, timeLimit: .seconds(600))
            #endif
        },
        run: { variant, key, device in
            #if OpenCL
                try SoakTuning.run(variant, device)
            #endif
            return try hash([matmul(numbers([40, 40], key, device), numbers([40, 40], key.child(1), device))])
        })

    /// Does everything once on a device, so that every kernel that is compiled for it is there.
    static func warmUp(_ device: Device, done: (SoakWork, Int, Result<String, any Error>) -> Void) throws {
        for work in all where work.runsOnLoop || device.kind != .loop {
            for variant in 0..<work.variants {
                try work.prepare(variant, device)
                done(work, variant, Result { try work.run(variant, work.key(variant), device) })
            }
        }
    }

    /// The random numbers of a variant.
    func key(_ variant: Int) -> RandomKey {
        RandomKey(seed: 1, stream: UInt64(variant)).child(UInt64(name.utf8.count))
    }

    // MARK: Inputs

    /// Sizes that follow from a key.
    private struct Sizes {
        private var random: RandomKey

        init(_ key: RandomKey) { random = key }

        mutating func key() -> RandomKey { random.next() }

        mutating func next(_ range: ClosedRange<Int>) -> Int {
            range.lowerBound + Int(random.next().stream % UInt64(range.count))
        }
    }

    private static func numbers(_ shape: [Int], _ key: RandomKey, _ device: Device) -> Tensor {
        .randomUniform(shape, key, low: -2, high: 2, on: device)
    }

    private static func examples(
        _ count: Int, _ shape: [Int], classes: Int, _ key: RandomKey, _ device: Device
    ) throws -> Dataset {
        let labels = (0..<count).map { Int32((key.child(UInt64($0)).stream >> 33) % UInt64(classes)) }
        return Dataset(features: numbers([count] + shape, key, device), labels: Tensor(int32: labels, on: device))
    }

    private static func hash(_ tensors: [Tensor]) throws -> String {
        var hash = SHA256()
        for tensor in tensors { hash.update(try tensor.canonicalBytes()) }
        return SHA256.hexadecimal(hash.finalize())
    }
}
