import Unloop

extension Example {
    /// How to test on every example without ever testing on one that was learnt from.
    static let crossValidation = Example(
        "cross-validation", row: 23,
        "k folds, stratified, repeated and leave-one-out, on the irises; the same scores on every device."
    ) { run in
        // The lectures' tables: 20 patterns in 5, 10 and 20 folds.
        for k in [5, 10, 20] {
            let folds = try KFold(k, examples: 20)
            try run.figure("folds of 20 patterns, k = \(k)", folds.count, equals: k)
            try run.figure("patterns in each test part, k = \(k)", folds[0].test.count, equals: 20 / k)
        }

        // What does not divide evenly: the parts differ by one, are disjoint, and are everything together.
        let uneven = try KFold(5, examples: 569, shuffling: 7)
        let sizes = uneven.map(\.test.count)
        try run.figure("569 examples in 5 folds: largest test part", Double(sizes.max() ?? 0), atMost: 114)
        try run.figure("569 examples in 5 folds: smallest test part", Double(sizes.min() ?? 0), atLeast: 113)
        try run.figure(
            "every example is tested once", isTrue: uneven.flatMap(\.test).sorted() == (0..<569).map { Int32($0) })
        try run.figure(
            "no example is trained on and tested in one fold",
            isTrue: uneven.allSatisfy { Set($0.training).isDisjoint(with: $0.test) })

        let iris = try Iris.load(on: run.device)
        let labels = try iris.labels.integers()
        let stratified = try StratifiedKFold(10, labels: labels, shuffling: 1)
        let shares = stratified.flatMap { fold in
            (0..<3).map { (kind: Int32) -> Int in fold.test.count { labels[Int($0)] == kind } }
        }
        try run.figure("stratified: fewest of a species in a test part", Double(shares.min() ?? 0), atLeast: 5)
        try run.figure("stratified: most of a species in a test part", Double(shares.max() ?? 0), atMost: 5)

        // Any closure can be validated. Folds run at the same time where the device allows.
        let score: @Sendable (Dataset, Dataset) throws -> Double = { training, test in
            try LogisticRegression(training).accuracy(test)
        }
        let tenFold = try crossValidate(iris, stratified, score: score)
        try run.figure("10 folds: mean accuracy", tenFold.mean, atLeast: 0.93)
        try run.figure("10 folds: standard deviation", tenFold.standardDeviation, atMost: 0.1)
        try run.note("10 folds: \(tenFold)")

        let repeated = try crossValidate(
            iris, RepeatedKFold(5, labels: labels, repetitions: 3, seed: 2), score: score)
        try run.figure("3 times 5 folds: scores", repeated.scores.count, equals: 15)
        try run.figure("3 times 5 folds: mean accuracy", repeated.mean, atLeast: 0.93)
        try run.note("3 times 5 folds: \(repeated)")

        // 150 trainings. scikit-learn 1.9 too gets 143 right with the same regression.
        let oneOut = try crossValidate(iris, LeaveOneOut(examples: 150), score: score)
        try run.figure("leave-one-out: irises named rightly", oneOut.scores.reduce(0, +), equals: 143)

        // A network, made anew for every fold.
        let model = Model {
            Dense(8, activation: .tanh)
            Dense(3)
        }
        let network = try crossValidate(
            model, iris, stratified, loss: .softmaxCrossEntropy, optimizer: .adam(0.02), epochs: 20, batchSize: 16,
            seed: 3, scalingFeatures: true, on: run.device)
        try run.figure("10 folds of a network: mean accuracy", network.mean, atLeast: 0.93)
        try run.note("10 folds of a network: \(network)")

        let onLoop = try crossValidate(iris.to(.loop), stratified, score: score)
        try run.figure("scores are those of the loop device", isTrue: onLoop == tenFold)
    }
}
