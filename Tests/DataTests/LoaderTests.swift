import Foundation
import Synchronization
import Testing
import UnloopBackend
import UnloopData
import UnloopTensor

@Suite struct LoaderTests {
    /// Example i has the features [i, noise] and the label i mod 3; the noise follows from its key.
    struct NumberedSource: DataSource {
        let count: Int
        var broken: Set<Int> = []

        struct Broken: Error, Equatable { let file: String }

        func example(at index: Int, key: RandomKey) throws -> Example {
            if broken.contains(index) { throw Broken(file: "\(index).png") }
            var random = CounterRandom(key)
            return Example(
                features: Example.Values([Float(index), Float(random.next())], shape: [2]), label: Int32(index % 3))
        }

        func identity() -> String? { "numbers up to \(count)" }
    }

    private func contents(_ batches: LoadedBatches) throws -> [[Float]] {
        var found: [[Float]] = []
        try batches.forEach { batch in
            let labels = try batch.labels.integers()
            let features = try batch.features.scalars()
            #expect(batch.features.shape == [batch.count, 2])
            for (row, label) in labels.enumerated() { #expect(Int(features[2 * row]) % 3 == Int(label)) }
            found.append(features)
        }
        return found
    }

    private func numbers(_ batch: [Float]) -> [Int] { stride(from: 0, to: batch.count, by: 2).map { Int(batch[$0]) } }

    @Test("any number of workers gives the same batches") func workers() throws {
        let source = NumberedSource(count: 103)
        let expected = try contents(Loader(source, batchSize: 8, workers: 0).batches(epoch: 3, seed: 9, on: .loop))
        #expect(expected.count == 13)
        #expect(expected.flatMap(numbers).sorted() == Array(0..<103))
        #expect(expected.flatMap(numbers) != Array(0..<103))
        for workers in [1, 2, 4, 7, 40] {
            for ahead in [nil, 1, 3] {
                let loader = Loader(source, batchSize: 8, workers: workers, ahead: ahead)
                #expect(try contents(loader.batches(epoch: 3, seed: 9, on: .loop)) == expected, "\(workers)")
            }
        }
        let loader = Loader(source, batchSize: 8)
        #expect(try contents(loader.batches(epoch: 4, seed: 9, on: .loop)) != expected)
        #expect(try contents(loader.batches(epoch: 3, seed: 8, on: .loop)) != expected)
        #expect(try contents(loader.batches(epoch: 3, seed: 9, on: .cpu)) == expected)
        // A training that goes on in the middle.
        for skipped in [1, 12, 13, 20] {
            let rest = try contents(loader.batches(epoch: 3, seed: 9, skipping: skipped, on: .loop))
            #expect(rest == Array(expected.dropFirst(skipped)), "\(skipped)")
        }
    }

    @Test func theOrderIsThatOfADataset() throws {
        let dataset = Dataset(
            features: Tensor((0..<30).map { Float($0) }, shape: [30, 1], on: .loop),
            labels: Tensor(int32: (0..<30).map { Int32($0) }, on: .loop))
        let order = dataset.shuffledOrder(seed: 4, epoch: 2)
        let expected = try dataset.batches(of: 7, order: order).map { try $0.labels.integers() }
        let batches = Loader(dataset, batchSize: 7).batches(epoch: 2, seed: 4, on: .loop)
        var found: [[Int32]] = []
        try batches.forEach { found.append(try $0.labels.integers()) }
        #expect(found == expected)
        // One example after the other gives what the whole batch gives.
        let single = Loader(dataset.mapped { example, _ in example }, batchSize: 7)
        found = []
        try single.batches(epoch: 2, seed: 4, on: .loop).forEach { found.append(try $0.labels.integers()) }
        #expect(found == expected)
    }

    @Test func sizes() throws {
        for (count, size, whole, dropped) in [(0, 4, 0, 0), (1, 4, 1, 0), (4, 4, 1, 1), (5, 4, 2, 1), (9, 1, 9, 9)] {
            let source = NumberedSource(count: count)
            for (loader, expected) in [
                (Loader(source, batchSize: size), whole), (Loader(source, batchSize: size, dropsLast: true), dropped),
            ] {
                #expect(loader.batchesInEpoch == expected)
                let batches = loader.batches(epoch: 0, on: .loop)
                var found = 0
                while let batch = try batches.next() {
                    found += 1
                    #expect(batch.count == Swift.min(size, count - (found - 1) * size))
                    #expect(batches.isAtEnd == (found == expected))
                }
                #expect(found == expected && batches.isAtEnd)
                #expect(try batches.next() == nil)
            }
        }
    }

    @Test("the largest numbers stand for all there is") func largestNumbers() throws {
        let source = NumberedSource(count: 5)
        for loader in [
            Loader(source, batchSize: .max), Loader(source, batchSize: 2, ahead: .max),
            Loader(source, batchSize: 2, workers: .max),
            Loader(source, batchSize: .max - 1, dropsLast: false, workers: 0),
        ] {
            let batches = loader.batches(epoch: .max, seed: .max, on: .loop)
            #expect(try contents(batches).flatMap(numbers).sorted() == Array(0..<5))
            #expect(try loader.batches(epoch: 0, skipping: .max, on: .loop).next() == nil)
        }
        #expect(Loader(source, batchSize: .max, dropsLast: true).batchesInEpoch == 0)
        let endless = Loader(source, batchSize: 3, order: .weighted([1, 1, 1, 1, 1], draws: .max), workers: 1)
        #expect(endless.batchesInEpoch == Int.max / 3 + 1)
        #expect(try endless.batches(epoch: 0, skipping: endless.batchesInEpoch - 1, on: .loop).next()?.count == 1)
    }

    // MARK: Orders

    @Test func sequential() throws {
        let loader = Loader(NumberedSource(count: 10), batchSize: 3, order: .sequential)
        #expect(try contents(loader.batches(epoch: 1, on: .loop)).flatMap(numbers) == Array(0..<10))
    }

    /// Draws are in proportion to the weights: 1 to 3, within four standard deviations of the binomial distribution.
    @Test func weighted() throws {
        var weights = [Double](repeating: 0, count: 12)
        (weights[2], weights[7]) = (1, 3)
        let loader = Loader(
            NumberedSource(count: 12), batchSize: 100, order: .weighted(weights, draws: 4000), workers: 3)
        #expect(loader.examplesInEpoch == 4000 && loader.batchesInEpoch == 40)
        let found = try contents(loader.batches(epoch: 0, seed: 1, on: .loop))
        let numbers = found.flatMap(numbers)
        #expect(Set(numbers) == [2, 7])
        let often = Double(numbers.count { $0 == 7 })
        #expect(abs(often - 3000) < 4 * (4000.0 * 0.75 * 0.25).squareRoot())
        // One example that comes often comes with another key each time.
        let noise = found.flatMap { batch in stride(from: 1, to: batch.count, by: 2).map { batch[$0] } }
        #expect(Set(noise).count > 3900)
    }

    @Test func stratified() throws {
        // 60, 30 and 10 of three classes: ten examples have six, three and one, wherever the ten begin at a multiple of ten.
        let classes = (0..<100).map { Int32($0 < 60 ? 5 : $0 < 90 ? -1 : 7) }
        let loader = Loader(NumberedSource(count: 100), batchSize: 10, order: .stratified(classes))
        let first = try contents(loader.batches(epoch: 0, seed: 1, on: .loop)).map(numbers)
        #expect(first.flatMap { $0 }.sorted() == Array(0..<100))
        for batch in first {
            let ours = batch.map { classes[$0] }
            #expect(ours.count { $0 == 5 } == 6 && ours.count { $0 == -1 } == 3 && ours.count { $0 == 7 } == 1)
        }
        #expect(try contents(loader.batches(epoch: 1, seed: 1, on: .loop)).map(numbers) != first)
    }

    // MARK: Sequences

    @Test func padding() throws {
        struct Sequences: DataSource {
            let count = 4
            func example(at index: Int, key: RandomKey) -> Example {
                let steps = [2, 0, 3, 1][index]
                return Example(
                    features: Example.Values((0..<2 * steps).map { Float(10 * index + $0) }, shape: [steps, 2]),
                    label: Example.Values(
                        shape: [steps], elements: .int32((0..<steps).map { Int32(100 * index + $0) })),
                    weight: Float(index))
            }
        }
        let loader = Loader(
            Sequences(), batchSize: 4, order: .sequential, padding: SequencePadding(features: -5, labels: -1))
        let batch = try #require(try loader.batches(epoch: 0, on: .loop).next())
        #expect(batch.features.shape == [4, 3, 2])
        #expect(
            try batch.features.scalars() == [
                0, 1, 2, 3, -5, -5, -5, -5, -5, -5, -5, -5, 20, 21, 22, 23, 24, 25, 30, 31, -5, -5, -5, -5,
            ])
        #expect(try batch.labels.integers() == [0, 1, -1, -1, -1, -1, 200, 201, 202, 300, -1, -1])
        #expect(try #require(batch.lengths).integers() == [2, 0, 3, 1])
        #expect(try #require(batch.weights).scalars() == [0, 1, 2, 3])
        // They stay with their examples.
        let part = batch.selecting([2, 0])
        #expect(try #require(part.lengths).integers() == [3, 2])
        #expect(try #require(batch.sliced(1..<3).to(.cpu).lengths).integers() == [0, 3])

        let without = Loader(Sequences(), batchSize: 4, order: .sequential)
        let error = #expect(throws: LoadingError.self) { try without.batches(epoch: 0, on: .loop).next() }
        #expect("\(error.map { "\($0)" } ?? "")".contains("features [0, 2] after features [2, 2]"))
    }

    /// Example i has i + 1 integers.
    struct Integers: DataSource {
        let count = 3

        func example(at index: Int, key: RandomKey) -> Example {
            Example(
                features: Example.Values(shape: [index + 1], elements: .int32((0...Int32(index)).map { $0 })), label: 0)
        }
    }

    @Test func paddingOfIntegers() async throws {
        let loader = Loader(Integers(), order: .sequential, padding: SequencePadding(features: -7, labels: .nan))
        #expect(
            try loader.batches(epoch: 0, on: .loop).next()?.features.integers() == [0, -7, -7, 0, 1, -7, 0, 1, 2])
        await #expect(processExitsWith: .failure) {
            let padding = SequencePadding(features: 0.5)
            _ = try Integers().batch(at: [0], keys: [RandomKey(seed: 0)], padding: padding, on: .loop)
        }
    }

    // MARK: Errors

    @Test("an error comes after the batches before it, whoever reads") func errors() throws {
        for workers in [0, 1, 3] {
            let source = NumberedSource(count: 100, broken: [37, 51])
            let batches = Loader(source, batchSize: 5, order: .sequential, workers: workers)
                .batches(epoch: 0, on: .loop)
            var found: [Int] = []
            do {
                while let batch = try batches.next() { found.append(Int(try batch.features.scalars()[0])) }
                Issue.record("no error")
            } catch LoadingError.example(let index, let reason) {
                #expect(index == 37 && reason as? NumberedSource.Broken == .init(file: "37.png"))
            }
            #expect(found == [0, 5, 10, 15, 20, 25, 30])
            #expect(try batches.next() == nil)
        }
    }

    @Test func brokenExamplesAreLeftOut() throws {
        for workers in [0, 2] {
            let source = NumberedSource(count: 30, broken: [3, 4, 17])
            let loader = Loader(
                source, batchSize: 5, order: .sequential, brokenExamples: .skipped(atMost: 3), workers: workers)
            let batches = loader.batches(epoch: 0, on: .loop)
            let found = try contents(batches).map(numbers)
            #expect(found.map(\.count) == [3, 5, 5, 4, 5, 5] && batches.brokenExamples == 3)
            #expect(found.flatMap { $0 } == (0..<30).filter { ![3, 4, 17].contains($0) })

            let strict = Loader(
                source, batchSize: 5, order: .sequential, brokenExamples: .skipped(atMost: 2), workers: workers)
            let rest = strict.batches(epoch: 0, on: .loop)
            var whole = 0
            let error = #expect(throws: LoadingError.self) {
                while try rest.next() != nil { whole += 1 }
            }
            #expect(whole == 3 && "\(error.map { "\($0)" } ?? "")".contains("3 examples could not be had, where 2"))
            #expect(try rest.next() == nil)
        }
        let all = NumberedSource(count: 4, broken: [0, 1, 2, 3])
        let loader = Loader(all, batchSize: 2, order: .sequential, brokenExamples: .skipped(atMost: 9))
        let nothing = loader.batches(epoch: 0, on: .loop)
        let error = #expect(throws: LoadingError.self) { try nothing.next() }
        #expect("\(error.map { "\($0)" } ?? "")".hasPrefix("none of 4 examples could be had; the last is example 3: "))
        #expect(try nothing.next() == nil)
    }

    @Test("an epoch that goes on counts the broken examples of before") func brokenExamplesBefore() throws {
        let source = NumberedSource(count: 12, broken: [1, 6, 11])
        func rest(_ allowed: Int, before: Int) -> LoadedBatches {
            Loader(source, batchSize: 3, order: .sequential, brokenExamples: .skipped(atMost: allowed))
                .batches(epoch: 0, skipping: 1, brokenBefore: before, on: .loop)
        }
        let whole = rest(3, before: 1)
        #expect(try contents(whole).map(numbers) == [[3, 4, 5], [7, 8], [9, 10]] && whole.brokenExamples == 3)
        let error = #expect(throws: LoadingError.self) { try rest(2, before: 1).forEach { _ in } }
        #expect("\(error.map { "\($0)" } ?? "")".contains("3 examples could not be had, where 2"))
        #expect(throws: LoadingError.self) { try rest(.max - 1, before: .max).forEach { _ in } }
        let endless = rest(.max, before: .max)
        #expect(try contents(endless).count == 3 && endless.brokenExamples == .max)
    }

    @Test("batches of broken examples alone are left out, and counted") func brokenBatches() throws {
        for workers in [0, 1, 3] {
            for (size, broken, expected) in [
                (1, [2, 3], [[0], [1], [4]]), (2, [2, 3], [[0, 1], [4]]), (4, [4], [[0, 1, 2, 3]]),
                (2, [0, 1, 4], [[2, 3]]),
            ] as [(Int, Set<Int>, [[Int]])] {
                let loader = Loader(
                    NumberedSource(count: 5, broken: broken), batchSize: size, order: .sequential,
                    brokenExamples: .skipped(atMost: broken.count), workers: workers)
                let batches = loader.batches(epoch: 0, on: .loop)
                #expect(try contents(batches).map(numbers) == expected)
                #expect(batches.brokenExamples == broken.count && batches.isAtEnd)
                let rest = loader.batches(epoch: 0, skipping: loader.batchesInEpoch - 1, on: .loop)
                #expect(try contents(rest).map(numbers) == (broken.contains(4) ? [] : [[4]]))
            }
            let source = NumberedSource(count: 5, broken: [2, 3])
            let strict = Loader(
                source, batchSize: 1, order: .sequential, brokenExamples: .skipped(atMost: 1), workers: workers)
            #expect(throws: LoadingError.self) { try strict.batches(epoch: 0, on: .loop).forEach { _ in } }
        }
    }

    /// Images of different sizes are no broken examples.
    @Test("an error behind broken examples alone is the only one") func oneError() throws {
        struct Sizes: DataSource {
            let count = 4

            func example(at index: Int, key: RandomKey) throws -> Example {
                if index < 2 { throw NumberedSource.Broken(file: "\(index)") }
                return Example(features: Example.Values([Float](repeating: 0, count: index), shape: [index]), label: 0)
            }
        }
        for workers in [0, 2] {
            let loader = Loader(
                Sizes(), batchSize: 2, order: .sequential, brokenExamples: .skipped(atMost: 4), workers: workers)
            let batches = loader.batches(epoch: 0, on: .loop)
            let error = #expect(throws: LoadingError.self) { try batches.next() }
            #expect("\(error.map { "\($0)" } ?? "")".contains("features [3] after features [2]"))
            #expect(try batches.next() == nil)
        }
    }

    // MARK: Threads

    /// Counts who is asking, and waits so long that several are.
    final class CountedSource: DataSource {
        let count = 1000
        let asked = Atomic<Int>(0)

        func example(at index: Int, key: RandomKey) -> Example {
            asked.wrappingAdd(1, ordering: .relaxed)
            usleep(200)
            return Example(features: Example.Values([Float(index)], shape: [1]), label: 0)
        }
    }

    @Test("nothing is read further ahead than asked for") func bounded() throws {
        let source = CountedSource()
        let batches = Loader(source, batchSize: 10, workers: 2, ahead: 3).batches(epoch: 0, on: .loop)
        _ = try batches.next()
        usleep(100_000)
        // The one that was taken, and the next one with three ahead of it.
        #expect(source.asked.load(ordering: .relaxed) <= 50)
        _ = batches.isAtEnd
    }

    @Test("workers end when nobody wants more") func threadsEnd() throws {
        let source = CountedSource()
        do {
            let batches = Loader(source, batchSize: 10, workers: 3).batches(epoch: 0, on: .loop)
            _ = try batches.next()
        }
        // The batches in work come to their ends, and no more are begun.
        usleep(50_000)
        let asked = source.asked.load(ordering: .relaxed)
        usleep(50_000)
        #expect(source.asked.load(ordering: .relaxed) == asked && asked < 1000)
    }

    @Test func misuse() async {
        await #expect(processExitsWith: .failure) {
            _ = try NumberedSource(count: 3).batch(at: [1, 2], keys: [RandomKey(seed: 0)], padding: nil, on: .loop)
        }
        await #expect(processExitsWith: .failure) { _ = Loader(NumberedSource(count: 3), batchSize: 0) }
        await #expect(processExitsWith: .failure) { _ = Loader(NumberedSource(count: 3), workers: -1) }
        await #expect(processExitsWith: .failure) {
            _ = Loader(NumberedSource(count: 3), order: .weighted([1, -1, 1]))
        }
        await #expect(processExitsWith: .failure) { _ = Loader(NumberedSource(count: 3), order: .stratified([1])) }
        await #expect(processExitsWith: .failure) {
            _ = Loader(NumberedSource(count: 3), order: .weighted([0, 0, 0]))
        }
    }
}
