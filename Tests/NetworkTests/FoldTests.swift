import Testing
import UnloopNetwork

@Suite struct FoldTests {
    /// Every example is tested exactly once and trained on in all other folds.
    func expectDivision(_ folds: some Collection<Fold>, examples: Int, note: String) {
        let all = (0..<examples).map { Int32($0) }
        #expect(folds.flatMap(\.test).sorted() == all, "\(note)")
        for fold in folds { #expect((fold.training + fold.test).sorted() == all, "\(note)") }
    }

    @Test func sizesAreThoseOfScikitLearn() throws {
        for golden in try ValidationGolden.values.get().foldSizes {
            for seed in [nil, 3] as [UInt64?] {
                let folds = try KFold(golden.folds, examples: golden.examples, shuffling: seed)
                #expect(folds.map(\.test.count) == golden.sizes)
                #expect(folds.count == golden.folds && folds.exampleCount == golden.examples)
                expectDivision(folds, examples: golden.examples, note: "\(golden.folds) of \(golden.examples)")
            }
        }
    }

    @Test func foldsThatAreNotShuffledAreRuns() throws {
        let folds = try KFold(3, examples: 7)
        #expect(folds.map(\.test) == [[0, 1, 2], [3, 4], [5, 6]])
        #expect(folds[1].training == [0, 1, 2, 5, 6])
    }

    @Test func seedsDecide() throws {
        let first = try KFold(4, examples: 30, shuffling: 1).map(\.test)
        #expect(try KFold(4, examples: 30, shuffling: 1).map(\.test) == first)
        #expect(try KFold(4, examples: 30, shuffling: 2).map(\.test) != first)
        #expect(try KFold(4, examples: 30).map(\.test) != first)
        let labels = (0..<30).map { Int32($0 % 3) }
        let stratified = try StratifiedKFold(4, labels: labels, shuffling: 1).map(\.test)
        #expect(try StratifiedKFold(4, labels: labels, shuffling: 1).map(\.test) == stratified)
        #expect(try StratifiedKFold(4, labels: labels, shuffling: 2).map(\.test) != stratified)
    }

    @Test func stratifiedFoldsAreThoseOfScikitLearn() throws {
        let golden = try ValidationGolden.values.get().stratified
        let folds = try StratifiedKFold(golden.folds, labels: golden.labels)
        #expect(folds.map(\.test) == golden.tests)
    }

    @Test(arguments: [nil, 5] as [UInt64?]) func stratifiedFoldsKeepTheProportions(seed: UInt64?) throws {
        let labels = (0..<101).map { Int32($0 * $0 % 7 < 3 ? 4 : -2) }
        let folds = try StratifiedKFold(6, labels: labels, shuffling: seed)
        expectDivision(folds, examples: 101, note: "stratified")
        for label in [Int32(4), -2] {
            let counts = folds.map { $0.test.count { labels[Int($0)] == label } }
            #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
        }
        let sizes = folds.map(\.test.count)
        #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
    }

    @Test func repetitionsDiffer() throws {
        let folds = try RepeatedKFold(5, examples: 23, repetitions: 3, seed: 9)
        #expect(folds.count == 15)
        for repetition in 0..<3 {
            expectDivision(folds[repetition * 5..<repetition * 5 + 5], examples: 23, note: "\(repetition)")
        }
        #expect(folds[0..<5].map(\.test) != folds[5..<10].map(\.test))
        #expect(folds[5..<10].map(\.test) != folds[10..<15].map(\.test))
        // The first one is what the same seed gives without repetition.
        #expect(try KFold(5, examples: 23, shuffling: 9).map(\.test) == folds[0..<5].map(\.test))

        let labels = (0..<24).map { Int32($0 / 12) }
        let stratified = try RepeatedKFold(4, labels: labels, repetitions: 2, seed: 9)
        #expect(stratified.count == 8)
        for fold in stratified { #expect(fold.test.count { labels[Int($0)] == 0 } == 3 && fold.test.count == 6) }
    }

    @Test func leaveOneOut() throws {
        let folds = try LeaveOneOut(examples: 4)
        #expect(folds.map(\.test) == [[0], [1], [2], [3]])
        #expect(folds[2].training == [0, 1, 3])
    }

    @Test func badInput() {
        #expect(throws: ValidationError.foldsOutOfRange(folds: 5, examples: 4)) { try KFold(5, examples: 4) }
        #expect(throws: ValidationError.foldsOutOfRange(folds: 1, examples: 4)) { try KFold(1, examples: 4) }
        #expect(throws: ValidationError.foldsOutOfRange(folds: 2, examples: 0)) { try KFold(2, examples: 0) }
        #expect(throws: ValidationError.foldsOutOfRange(folds: 3, examples: 2)) {
            try StratifiedKFold(3, labels: [0, 1])
        }
        #expect(throws: ValidationError.classTooSmall(label: 7, members: 2, folds: 3)) {
            try StratifiedKFold(3, labels: [1, 1, 7, 1, 7, 1])
        }
        #expect(throws: ValidationError.classTooSmall(label: 7, members: 2, folds: 3)) {
            try RepeatedKFold(3, labels: [1, 1, 7, 1, 7, 1], repetitions: 2, seed: 0)
        }
        #expect(throws: ValidationError.noRepetitions(0)) {
            try RepeatedKFold(3, examples: 9, repetitions: 0, seed: 0)
        }
        #expect(throws: ValidationError.tooFewExamples(1)) { try LeaveOneOut(examples: 1) }
        for error in [
            ValidationError.foldsOutOfRange(folds: 5, examples: 4), .classTooSmall(label: 7, members: 2, folds: 3),
            .noRepetitions(0), .tooFewExamples(1), .notFinite(indices: [3, 4]), .foldsDoNotFit(example: 9, examples: 4),
            .noFolds,
        ] {
            #expect(error.description.count > 20)
        }
    }

    @Test("numbers out of any range are errors") func extremeNumbers() {
        for folds in [Int.min, -1, 0, 1, Int.max] {
            #expect(throws: ValidationError.foldsOutOfRange(folds: folds, examples: 9)) {
                try KFold(folds, examples: 9)
            }
            #expect(throws: ValidationError.foldsOutOfRange(folds: folds, examples: 9)) {
                try KFold(folds, examples: 9, shuffling: 1)
            }
            #expect(throws: ValidationError.foldsOutOfRange(folds: folds, examples: 4)) {
                try StratifiedKFold(folds, labels: [0, 0, 1, 1])
            }
            #expect(throws: ValidationError.foldsOutOfRange(folds: folds, examples: 4)) {
                try RepeatedKFold(folds, examples: 4, repetitions: 2, seed: 0)
            }
        }
        for examples in [Int(Int32.max) + 1, Int.max] {
            for folds in [2, examples] {
                #expect(throws: ValidationError.tooManyExamples(examples)) { try KFold(folds, examples: examples) }
                #expect(throws: ValidationError.tooManyExamples(examples)) {
                    try KFold(folds, examples: examples, shuffling: 1)
                }
                #expect(throws: ValidationError.tooManyExamples(examples)) {
                    try RepeatedKFold(folds, examples: examples, repetitions: 1, seed: 0)
                }
            }
            #expect(throws: ValidationError.tooManyExamples(examples)) { try LeaveOneOut(examples: examples) }
        }
        for examples in [Int.min, -1, 0] {
            #expect(throws: ValidationError.foldsOutOfRange(folds: 2, examples: examples)) {
                try KFold(2, examples: examples)
            }
            #expect(throws: ValidationError.tooFewExamples(examples)) { try LeaveOneOut(examples: examples) }
        }
        for repetitions in [Int.min, -1] {
            #expect(throws: ValidationError.noRepetitions(repetitions)) {
                try RepeatedKFold(3, examples: 9, repetitions: repetitions, seed: 0)
            }
        }
        #expect(throws: ValidationError.tooManyRepetitions(.max, folds: 3)) {
            try RepeatedKFold(3, examples: 9, repetitions: .max, seed: 0)
        }
    }

    @Test("folds are made when they are asked for") func laziness() throws {
        let repeated = try RepeatedKFold(5, examples: 23, repetitions: 1 << 60, seed: 9)
        #expect(repeated.count == 5 << 60)
        #expect(try repeated[7] == RepeatedKFold(5, examples: 23, repetitions: 2, seed: 9)[7])
        #expect(repeated[repeated.count - 1].test.count == 4)
        // All folds of these at once would be gigabytes.
        let many = try LeaveOneOut(examples: 100_000)
        #expect(many.count == 100_000 && many[99_999].test == [99_999] && many[0].training.count == 99_999)
        let runs = try KFold(1_000_000, examples: 1_000_000)
        #expect(runs[123_456].test == [123_456])
    }

    @Test("a fold that does not exist is named") func outOfBounds() async {
        func expect(_ text: String, _ result: ExitTest.Result?) {
            let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
            #expect(message.contains(text), "\(message)")
        }
        expect(
            "KFold: fold 7 of 5",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = try KFold(5, examples: 20)[7]
            })
        expect(
            "KFold: fold -1 of 5",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = try KFold(5, examples: 20, shuffling: 1)[-1]
            })
        expect(
            "StratifiedKFold: fold 2 of 2",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = try StratifiedKFold(2, labels: [0, 0, 1, 1])[2]
            })
        expect(
            "RepeatedKFold: fold 6 of 6",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = try RepeatedKFold(3, examples: 9, repetitions: 2, seed: 0)[6]
            })
        expect(
            "LeaveOneOut: fold 4 of 4",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = try LeaveOneOut(examples: 4)[4]
            })
    }
}
