import Synchronization
import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

@Suite struct CrossValidationTests {
    @Test func meanAndDeviation() {
        let result = CrossValidation(scores: [0.5, 1, 0.75, 0.75])
        #expect(result.mean == 0.75)
        // Squares 1/16, 1/16, 0, 0: their sum divided by 3.
        #expect(abs(result.standardDeviation - (0.125 / 3 as Double).squareRoot()) < 1e-15)
        #expect(result.description == "0.7500 ± 0.2041 (4 folds)")
        #expect(CrossValidation(scores: [3]).standardDeviation == 0)
    }

    @Test func eachFoldGetsItsExamples() throws {
        let data = Dataset(
            features: Tensor((0..<10).map(Float.init), shape: [10, 1], on: .cpu),
            labels: Tensor(int32: (0..<10).map { Int32($0) }, on: .cpu))
        let seen = Mutex([[Int32]]())
        let result = try crossValidate(data, KFold(3, examples: 10), progress: .silent) { training, test in
            let (kept, held) = (try training.labels.integers(), try test.labels.integers())
            #expect((kept + held).sorted() == (0..<10).map { Int32($0) })
            seen.withLock { $0.append(held) }
            return Double(held[0])
        }
        #expect(result.scores == [0, 4, 7])
        #expect(seen.withLock { Set($0) } == [[0, 1, 2, 3], [4, 5, 6], [7, 8, 9]])
    }

    @Test func everyDeviceGivesTheSameScores() throws {
        let model = Model {
            Dense(6, activation: .tanh)
            Dense(3)
        }
        let results = try DeviceTests.devices().map { device in
            let data = try Iris.load(on: device)
            let folds = try StratifiedKFold(4, labels: data.labels.integers(), shuffling: 2)
            let network = try crossValidate(
                model, data, folds, loss: .softmaxCrossEntropy, optimizer: .adam(0.05), epochs: 4, batchSize: 25,
                seed: 3, scalingFeatures: true, on: device, progress: .silent)
            let regression = try crossValidate(data, folds, progress: .silent) {
                try LogisticRegression($0).accuracy($1)
            }
            #expect(network.mean > 0.8 && regression.mean > 0.9)
            return network.scores + regression.scores
        }
        #expect(Set(results).count == 1, "\(results)")
    }

    struct FoldFailed: Error, Equatable { let size: Int }

    @Test func theFirstFailureIsReported() throws {
        let data = Dataset(
            features: Tensor.zeros([20, 1], on: .cpu), labels: Tensor(int32: (0..<20).map { Int32($0) }, on: .cpu))
        #expect(throws: FoldFailed(size: 2)) {
            try crossValidate(data, KFold(10, examples: 20), progress: .silent) { _, test in
                if try test.labels.integers()[0] >= 4 { throw FoldFailed(size: Int(try test.labels.integers()[0]) / 2) }
                return 1
            }
        }
    }

    @Test func badInput() throws {
        var features = [Float](repeating: 1, count: 12)
        features[7] = .nan
        let labels = Tensor(int32: [0, 1, 0, 1, 0, 1], on: .cpu)
        let damaged = Dataset(features: Tensor(features, shape: [6, 2], on: .cpu), labels: labels)
        #expect(throws: ValidationError.notFinite(indices: [3, 1])) {
            try crossValidate(damaged, KFold(2, examples: 6), progress: .silent) { _, _ in 1 }
        }
        let data = Dataset(features: Tensor.zeros([6, 2], on: .cpu), labels: labels)
        for examples in [4, 8] {
            #expect(throws: ValidationError.foldsOfOtherData(examples: examples, actual: 6)) {
                try crossValidate(data, KFold(2, examples: examples), progress: .silent) { _, _ in 1 }
            }
        }
        #expect(throws: ValidationError.foldsDoNotFit(example: 6, examples: 6)) {
            try crossValidate(data, [Fold(training: [0, 1], test: [6])], progress: .silent) { _, _ in 1 }
        }
        #expect(throws: ValidationError.noFolds) {
            try crossValidate(data, [Fold](), progress: .silent) { _, _ in 1 }
        }
    }

    /// Folds of one's own, which count how many were made.
    struct CountedFolds: FoldCollection {
        final class Counter: Sendable { let made = Mutex(0) }

        let exampleCount: Int
        let counter = Counter()
        var endIndex: Int { exampleCount }
        subscript(position: Int) -> Fold {
            counter.made.withLock { $0 += 1 }
            return Fold(training: [Int32((position + 1) % exampleCount)], test: [Int32(position)])
        }
    }

    @Test("folds are made when they are scored") func foldsAreMadeWhenNeeded() throws {
        let data = Dataset(
            features: Tensor.zeros([200, 1], on: .loop), labels: Tensor(int32: (0..<200).map { Int32($0) }, on: .loop))
        let folds = CountedFolds(exampleCount: 200)
        let state = Mutex((scored: 0, ahead: 0))
        let result = try crossValidate(data, folds, progress: .silent) { _, test in
            let made = folds.counter.made.withLock { $0 }
            state.withLock { state in
                state.ahead = max(state.ahead, made - state.scored)
                state.scored += 1
            }
            return Double(try test.labels.integers()[0])
        }
        #expect(result.scores == (0..<200).map(Double.init))
        #expect(folds.counter.made.withLock { $0 } == 200)
        // Each thread is at most one ahead.
        #expect(state.withLock { $0.ahead } <= 100)
    }

    @Test("a fold of one's own that does not fit is an error, whenever it is made") func foldsThatDoNotFit() throws {
        struct Wrong: FoldCollection {
            let exampleCount = 6
            var endIndex: Int { 3 }
            subscript(position: Int) -> Fold { Fold(training: [0], test: [Int32(position * 5)]) }
        }
        let data = Dataset(features: Tensor.zeros([6, 2], on: .cpu), labels: Tensor.zeros([6], on: .cpu))
        #expect(throws: ValidationError.foldsDoNotFit(example: 10, examples: 6)) {
            try crossValidate(data, Wrong(), progress: .silent) { _, _ in 1 }
        }
        #expect(throws: ValidationError.foldsDoNotFit(example: -1, examples: 6)) {
            try crossValidate(data, [Fold(training: [-1], test: [0])], progress: .silent) { _, _ in 1 }
        }
    }
}
