import Foundation
import Testing
import UnloopBackend
import UnloopData
import UnloopTensor

/// Examples mixed with others.
@Suite struct MixedUpTests {
    /// Examples of two numbers and a class, or with real labels.
    private func dataset(_ count: Int, real: Bool = false, weighted: Bool = false, on device: Device = .loop) -> Dataset
    {
        let features = (0..<2 * count).map { Float($0 * $0 % 97) / 8 }
        return Dataset(
            features: Tensor(features, shape: [count, 2], on: device),
            labels: real
                ? Tensor((0..<3 * count).map { Float($0) }, shape: [count, 3], on: device)
                : Tensor(int32: (0..<count).map { Int32($0 % 4) }, on: device),
            weights: weighted ? Tensor((0..<count).map { Float($0 + 1) }, on: device) : nil)
    }

    /// The partner and λ, in double precision.
    private func draw(_ key: RandomKey, count: Int, alpha: Double) -> (partner: Int, share: Double) {
        var draws = ReferenceDraws(key, place: 2)
        let partner = draws.random.next(below: count)
        let (u, v) = (1 - draws.uniform(), draws.uniform())
        let cosine = cos(2 * .pi * v)
        let t = (2 * alpha * (pow(u, -1 / alpha) - 1)).squareRoot() * cosine
        let ratio = t.isInfinite ? (t < 0 ? -1 : 1) : t / (2 * alpha + t * t).squareRoot()
        return (partner, 0.5 + ratio / 2)
    }

    @Test func mixtures() throws {
        let data = dataset(50, weighted: true)
        let (features, labels) = (try data.features.doubles(), try data.labels.integers())
        for alpha in [0.2, 1, 8] {
            let source = data.mixedUp(alpha: alpha, classes: 5)
            #expect(source.count == 50)
            for (index, key) in exampleKeys(50).enumerated() {
                let (partner, share) = draw(key, count: 50, alpha: alpha)
                let example = try source.example(at: index, key: key)
                let (mixed, row) = (try example.features.floats(), try example.label.floats())
                #expect(example.features.shape == [2] && example.label.shape == [5])
                for place in 0..<2 {
                    let expected = share * features[2 * index + place] + (1 - share) * features[2 * partner + place]
                    #expect(abs(Double(mixed[place]) - expected) < 2e-4)
                }
                var expected = [Double](repeating: 0, count: 5)
                expected[Int(labels[index])] += share
                expected[Int(labels[partner])] += 1 - share
                #expect(zip(row, expected).allSatisfy { abs(Double($0) - $1) < 1e-5 })
                #expect(row.reduce(0, +) == 1)
                let weight = share * Double(index + 1) + (1 - share) * Double(partner + 1)
                #expect(abs(Double(example.weight ?? -1) - weight) < 1e-3)
            }
        }
    }

    @Test func realLabels() throws {
        let source = dataset(20, real: true).mixedUp(alpha: 1)
        for (index, key) in exampleKeys(20).enumerated() {
            let (partner, share) = draw(key, count: 20, alpha: 1)
            let label = try source.example(at: index, key: key).label.floats()
            for place in 0..<3 {
                let expected = share * Double(3 * index + place) + (1 - share) * Double(3 * partner + place)
                #expect(abs(Double(label[place]) - expected) < 1e-3)
            }
        }
    }

    /// λ as it is found in the labels of two classes, example i being of class i: mean 1/2, variance 1 / (4(2α + 1)), and for some α the
    /// distribution function, each within four standard deviations.
    @Test func shares() throws {
        let count = 4000
        let data = Dataset(
            features: Tensor((0..<count).map { Float($0 % 2) }, shape: [count, 1], on: .cpu),
            labels: Tensor((0..<count).map { Float($0 % 2) }, shape: [count, 1], on: .cpu))
        let even = stride(from: 0, to: count, by: 2).map { $0 }
        for alpha in [0.05, 0.2, 0.5, 1, 2, 50] {
            let keys = exampleKeys(count)
            let batch = try data.mixedUp(alpha: alpha).batch(
                at: even, keys: even.map { keys[$0] }, padding: nil, on: .cpu)
            // Partners of the other class show 1 - λ.
            let shares = zip(even, try batch.labels.doubles()).compactMap { index, label -> Double? in
                draw(keys[index], count: count, alpha: alpha).partner % 2 == 1 ? 1 - label : nil
            }
            let n = Double(shares.count)
            #expect(isLikely(shares.count, of: even.count, probability: 0.5), "half of the partners are odd")
            let variance = 1 / (4 * (2 * alpha + 1))
            #expect(abs(shares.reduce(0, +) / n - 0.5) < 4 * (variance / n).squareRoot(), "\(alpha)")
            // The fourth central moment of Beta(α, α) is 3 / (16 (2α + 1)(2α + 3)).
            let fourth = 3 / (16 * (2 * alpha + 1) * (2 * alpha + 3))
            let spread = shares.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / n
            #expect(abs(spread - variance) < 4 * ((fourth - variance * variance) / n).squareRoot(), "\(alpha)")
            for x in [0.01, 0.1, 0.3, 0.8] {
                let below: Double
                switch alpha {
                case 0.5: below = 2 / Double.pi * asin(x.squareRoot())
                case 1: below = x
                case 2: below = 3 * x * x - 2 * x * x * x
                default: continue
                }
                let found = shares.count { $0 < x }
                #expect(isLikely(found, of: shares.count, probability: below), "\(alpha) below \(x)")
            }
        }
    }

    @Test("batches are their examples, on every device and with any number of workers", arguments: Device.all)
    func sameBits(_ device: Device) throws {
        for (data, classes) in [(dataset(23, weighted: true), 4), (dataset(23, real: true), nil)] {
            let source = data.mixedUp(alpha: 0.4, classes: classes)
            let keys = exampleKeys(23)
            let batch = try source.batch(at: Array(0..<23), keys: keys, padding: nil, on: device)
            for (index, key) in keys.enumerated() {
                let row = batch.sliced(index..<index + 1).to(.loop)
                let example = try source.example(at: index, key: key)
                #expect(Example.Values(shape: [2], elements: try row.features.hostArray()) == example.features)
                #expect(
                    Example.Values(shape: example.label.shape, elements: try row.labels.hostArray()) == example.label)
                #expect(try row.weights.map { try Float($0.doubles()[0]) } == example.weight)
            }
            var hashes: [[String]] = []
            for workers in [0, 1, 4] {
                var found: [String] = []
                try Loader(source, batchSize: 5, workers: workers).batches(epoch: 1, on: device).forEach {
                    found.append(try $0.sha256())
                }
                hashes.append(found)
            }
            #expect(hashes[0].count == 5 && hashes.allSatisfy { $0 == hashes[0] })
        }
    }

    @Test("an example may be mixed with augmented ones") func augmented() throws {
        let images = AugmentedSourceTests.NumberedImages(count: 9)
        let source = images.augmented(by: [.noise(deviation: 0.1)]).mixedUp(alpha: 1, classes: 3)
        let batch = try source.batch(at: [3, 3], keys: exampleKeys(2), padding: nil, on: .cpu)
        let (first, second) = (
            try source.example(at: 3, key: exampleKeys(2)[0]), try source.example(at: 3, key: exampleKeys(2)[1])
        )
        #expect(first != second)
        #expect(try batch.features.scalars() == first.features.floats() + second.features.floats())
        // The example and its partner are asked with keys of their own.
        let alone = images.subset([3]).mixedUp(alpha: 1, classes: 3)
        let mixed = try alone.example(at: 0, key: exampleKeys(1)[0]).features.floats()
        let own = try images.example(at: 3, key: exampleKeys(1)[0].child(0)).features.floats()
        #expect(mixed[0] == 3 && mixed[1] != own[1])
    }

    @Test func labelsOutside() throws {
        for classes in [1, 3] {
            let source = dataset(8).mixedUp(alpha: 1, classes: classes)
            let key = exampleKeys(1)[0]
            let partner = draw(key, count: 8, alpha: 1).partner
            let wrong = [3, partner].first { $0 % 4 >= classes } ?? 3
            for attempt in [
                { _ = try source.example(at: 3, key: key) },
                { _ = try source.batch(at: [3], keys: [key], padding: nil, on: .cpu) },
            ] {
                let error = #expect(throws: LoadingError.self) { try attempt() }
                let text = error.map { "\($0)" } ?? ""
                #expect(
                    text.hasPrefix("example \(wrong): its label is \(wrong % 4), where the \(classes) classes"),
                    "\(text)")
            }
        }
        let negative = Dataset(features: Tensor.zeros([1, 2], on: .loop), labels: Tensor(int32: [-1], on: .loop))
        #expect(throws: LoadingError.self) {
            try negative.mixedUp(alpha: 1, classes: 3).example(at: 0, key: exampleKeys(1)[0])
        }
    }

    @Test("a broken partner is named") func brokenPartner() throws {
        let images = AugmentedSourceTests.NumberedImages(count: 1001)
        let key = try #require(exampleKeys(100_000).first { draw($0, count: 1001, alpha: 1).partner == 1000 })
        let source = images.mixedUp(alpha: 1, classes: 3)
        let error = #expect(throws: LoadingError.self) { try source.example(at: 5, key: key) }
        #expect("\(error.map { "\($0)" } ?? "")".hasPrefix("example 1000: "))
        #expect(throws: LoadingError.self) { try source.batch(at: [5], keys: [key], padding: nil, on: .cpu) }
    }

    @Test("sequences of different lengths are not mixed") func padding() throws {
        let images = AugmentedSourceTests.NumberedImages(count: 9, sizes: [(2, 3), (4, 3)])
        let loader = Loader(images.mixedUp(alpha: 1, classes: 3), batchSize: 9, padding: SequencePadding())
        #expect(throws: LoadingError.self) { try loader.batches(epoch: 0, on: .cpu).next() }
        let alike = Loader(
            AugmentedSourceTests.NumberedImages(count: 9).mixedUp(alpha: 1, classes: 3), batchSize: 9,
            padding: SequencePadding())
        #expect(try alike.batches(epoch: 0, on: .cpu).next()?.lengths?.integers() == [Int32](repeating: 4, count: 9))
    }

    @Test func identities() throws {
        let data = dataset(4)
        let identity = try data.mixedUp(alpha: 0.2, classes: 4).identity()
        #expect(try identity != data.mixedUp(alpha: 0.3, classes: 4).identity())
        #expect(try identity != data.mixedUp(alpha: 0.2, classes: 5).identity())
        #expect(try identity != data.identity())
        #expect(try identity == dataset(4, on: .cpu).mixedUp(alpha: 0.2, classes: 4).identity())
        #expect(try data.mapped { example, _ in example }.mixedUp(alpha: 1).identity() == nil)
    }

    @Test func misuse() async {
        await #expect(processExitsWith: .failure) {
            let data = Dataset(features: Tensor.zeros([2, 1], on: .loop), labels: Tensor.zeros([2], on: .loop))
            _ = data.mixedUp(alpha: 0)
        }
        await #expect(processExitsWith: .failure) {
            let data = Dataset(features: Tensor.zeros([2, 1], on: .loop), labels: Tensor(int32: [0, 1], on: .loop))
            _ = try data.mixedUp(alpha: 1).example(at: 0, key: RandomKey(seed: 1))
        }
        await #expect(processExitsWith: .failure) {
            let data = Dataset(
                features: Tensor.zeros([2, 1], .int32, on: .loop), labels: Tensor(int32: [0, 1], on: .loop))
            _ = try data.mixedUp(alpha: 1, classes: 2).example(at: 0, key: RandomKey(seed: 1))
        }
    }
}
