import UnloopBackend
import UnloopData
import UnloopTensor

/// Learns a column of a table from the others: from a file to a model in one call.
///
///     let table = try CSVTable(path: "houses.csv", hasHeader: true)
///     let (result, model) = try TableTask(label: "price", model: .mlp).run(table)
///     try model.save(to: "houses.safetensors")
///
/// Columns become features as `TableEncoder` says, and the label is a class or a number as `TableLabel` says. All of this, the split and the
/// weights follow from the table and the settings alone: they are the same on every device.
public struct TableTask: Sendable {
    /// The networks that are known to learn tables.
    public enum Model: String, Sendable, CaseIterable {
        /// One layer, at the one minimum that there is. For classes logistic regression, `Σ -log p + ½ Σ w²` over the rows (scikit-learn's
        /// LogisticRegression with C = 1); for numbers ridge regression, `Σ (y - x·w - b)² + Σ w²` (its Ridge with alpha = 1). Solved by
        /// Newton's method and by Cholesky decomposition; networks of more than 500 weights by L-BFGS.
        case linear
        /// Dense layers of 64 and 32 units before the last one, trained by Adam with a rate of 0.001 on 32 rows a step. What is made small is
        /// `Σ -log p + 2 Σ w²`, for numbers `Σ (y - f(x))² + 2 Σ w²` in deviations of y. From 50 training rows on, a tenth of them is held
        /// back to tell the best epoch, and to end the training 20 epochs after it.
        case mlp
    }

    /// The column to be learnt.
    public var label: String
    /// The network to train.
    public var model: Model
    /// For `mlp`, how often each row is trained on at most; for `linear` how many iterations of L-BFGS there are at most, where it is needed.
    public var epochs: Int
    /// Of the split, the first weights and the order of the rows.
    public var seed: UInt64
    /// The share of the rows that are tested with, not trained on, rounded up to whole rows; of each class the same. Not negative, below 1.
    public var testShare: Double
    /// What columns are declared to be, by their names.
    public var rules: [String: TableEncoder.Rule]

    /// The task; nothing is read before `run`.
    ///
    /// - Precondition: `testShare` is at least 0 and below 1, and `epochs` is at least 1.
    public init(
        label: String, model: Model = .linear, epochs: Int = 200, seed: UInt64 = 0, testShare: Double = 0.2,
        rules: [String: TableEncoder.Rule] = [:]
    ) {
        require(
            testShare >= 0 && testShare < 1 && epochs >= 1, "TableTask: a test share of \(testShare), \(epochs) epochs")
        self.label = label
        self.model = model
        self.epochs = epochs
        self.seed = seed
        self.testShare = testShare
        self.rules = rules
    }

    /// What a training gave.
    public struct Result: Sendable {
        /// Rows trained on, counted from 0 below the header, in increasing order.
        public let trainingRows: [Int]
        /// Rows tested with, likewise.
        public let testRows: [Int]
        /// The share of the test rows whose class is predicted; nil without such rows, and where a number is learnt.
        public let testAccuracy: Double?
        /// The coefficient of determination R² of the test rows; nil for fewer than two of them, and where classes are learnt.
        public let testRSquared: Double?
        /// Epochs of `mlp`, the best of which gave the weights; nil for `linear`.
        public let history: History?
        /// Of the training alone.
        public let seconds: Double
        /// The same on every device.
        public let weightsSHA256: String
    }

    /// Splits the table's rows, trains on one part and tests with the other.
    ///
    /// - Throws: `DataError` for what is wrong with the table: no such label, one without a value or the same in all rows, a class without a
    ///   row to train on, no column to learn from, and what `TableEncoder` throws; `PredictionError.outputNotFinite`, with the table's row, where
    ///   numbers of a row to test with are too far from those of the training; what `fit` throws; `TensorError` when the device fails.
    /// - Precondition: the table has a header.
    public func run(_ table: CSVTable, on device: Device = .best, progress: ProgressDisplay = .automatic) throws -> (
        result: Result, model: TableModel
    ) {
        let values = try labelValues(table)
        return try run(table, values, test: split(values, rows: table.rowCount), on: device, progress)
    }

    /// The same with the rows to test with, in place of `testShare`: counted from 0 below the header. All others are trained on.
    ///
    /// - Precondition: the table has these rows, and a header.
    public func run(
        _ table: CSVTable, testing rows: [Int], on device: Device = .best, progress: ProgressDisplay = .automatic
    ) throws -> (result: Result, model: TableModel) {
        require(
            rows.allSatisfy { (0..<table.rowCount).contains($0) },
            "TableTask: rows of a table with \(table.rowCount) rows to test with")
        return try run(table, labelValues(table), test: rows, on: device, progress)
    }

    private func labelValues(_ table: CSVTable) throws(DataError) -> TableLabelValues {
        require(table.columnNames != nil, "TableTask: the table has no header; read it with hasHeader: true")
        try table.checkSeparator()
        return try TableLabelValues(label, in: table)
    }

    /// The rows to test with.
    private func split(_ values: TableLabelValues, rows: Int) throws -> [Int] {
        let size = Swift.min(rows, Int((testShare * Double(rows)).rounded(.up)))
        let positions = Tensor(int32: (0..<rows).map { Int32(clamping: $0) }, on: .cpu)
        let test: Dataset
        switch values.kind {
        case .classes(let labels, _):
            test = try Dataset(features: positions, labels: Tensor(int32: labels, on: .cpu))
                .stratifiedSplit(holdingOut: size, seed: seed).test
        case .numbers:
            test = Dataset(features: positions, labels: positions).split(holdingOut: size, seed: seed).test
        }
        return try test.features.integers().map { Int($0) }
    }

    private func run(
        _ table: CSVTable, _ values: TableLabelValues, test: [Int], on device: Device, _ progress: ProgressDisplay
    ) throws -> (result: Result, model: TableModel) {
        let isTest = Set(test)
        let rows = (0..<table.rowCount).filter { !isTest.contains($0) }
        try values.check(trainingOn: rows, table)
        let label = TableLabel(values, trainingOn: rows)
        let encoder = try TableEncoder(fitting: table, rows: rows, leavingOut: [self.label], rules: rules)
        let features = try encoder(table, on: device)
        if let failure = features.failure { throw failure }
        let data = Dataset(features: features, labels: values.targets(of: label, on: device))
        let begun = ContinuousClock.now
        let training = TableTraining(
            task: self, label: label, data: data.selecting(rows.map { Int32($0) }), progress: progress)
        let (network, history) = try training.run(on: device)
        let seconds = (ContinuousClock.now - begun) / .seconds(1)
        let model = TableModel(
            encoder: encoder, label: label, hiddenUnits: self.model.hiddenUnits, network: network)
        let tested = isTest.sorted()
        var predictions = TablePredictions(of: label)
        let testFeatures = features.gathering(Tensor(int32: tested.map { Int32($0) }, on: device))
        for start in stride(from: 0, to: tested.count, by: 4096) {
            do {
                try predictions.append(
                    network(testFeatures.sliced(axis: 0, start..<Swift.min(start + 4096, tested.count))))
            } catch PredictionError.outputNotFinite(let place) {
                // The table's row, not the place among those to test with.
                throw PredictionError.outputNotFinite(example: tested[place])
            }
        }
        let result = Result(
            trainingRows: rows, testRows: tested, testAccuracy: values.accuracy(predictions, tested),
            testRSquared: values.rSquared(predictions, tested), history: history, seconds: seconds,
            weightsSHA256: try network.weightsSHA256())
        return (result, model)
    }
}

extension TableTask.Model {
    var hiddenUnits: [Int] { self == .mlp ? [64, 32] : [] }
}

extension TableLabelValues {
    /// - Throws: `DataError.unsupported` where there is nothing to train on, or a class has no row there.
    fileprivate func check(trainingOn rows: [Int], _ table: CSVTable) throws(DataError) {
        guard case .classes(let labels, let names) = kind else {
            if rows.isEmpty { throw Self.tooFew("no row that is left to train on", table) }
            return
        }
        let found = Set(rows.map { labels[$0] })
        guard let lacking = names.indices.first(where: { !found.contains(Int32($0)) }) else { return }
        let count = labels.count { $0 == Int32(lacking) }
        throw Self.tooFew(
            "a class `\(names[lacking].prefix(100))` of the label `\(name.prefix(100))` with \(count) of the rows, none of which is left to train on",
            table)
    }

    private static func tooFew(_ what: String, _ table: CSVTable) -> DataError {
        table.unsupported(what, remedy: "add rows, or test with a smaller share")
    }

    /// What the network learns of each row: class numbers, or 0 and 1 for two classes, or numbers.
    fileprivate func targets(of label: TableLabel, on device: Device) -> Tensor {
        switch (kind, label.kind) {
        case (.numbers(let numbers), .number(let mean, let deviation)):
            Tensor(numbers.map { Float(($0 - mean) / deviation) }, on: device)
        case (.classes(let labels, _), _): Tensor(int32: labels, on: device)
        default: misuse("TableTask: a label of another kind than its column")
        }
    }

    fileprivate func accuracy(_ predictions: TablePredictions, _ rows: [Int]) -> Double? {
        guard case .classes(let labels, _) = kind, !rows.isEmpty else { return nil }
        return Double(zip(predictions.classes, rows).count { $0 == labels[$1] }) / Double(rows.count)
    }

    fileprivate func rSquared(_ predictions: TablePredictions, _ rows: [Int]) -> Double? {
        guard case .numbers(let numbers) = kind, rows.count >= 2 else { return nil }
        // Distances from one of them: where all are the same, their mean is exactly 0.
        let targets = rows.map { numbers[$0] - numbers[rows[0]] }
        let mean = targets.reduce(0, +) / Double(rows.count)
        let total = targets.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let residual = zip(predictions.numbers, rows).reduce(0.0) { sum, pair in
            let error = numbers[pair.1] - pair.0
            return sum + error * error
        }
        // As `Metric.rSquared` says.
        return total == 0 ? (residual == 0 ? 1 : 0) : 1 - residual / total
    }
}
