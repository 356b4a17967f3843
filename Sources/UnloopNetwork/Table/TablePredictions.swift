import UnloopBackend
import UnloopData
import UnloopTensor

/// What a model says of the rows of a table.
public struct TablePredictions: Sendable {
    /// What is predicted.
    public let label: TableLabel
    /// The number of the likeliest class of each row, of equally likely ones the lowest; empty where a number is predicted.
    public private(set) var classes: [Int32] = []
    /// The probability of each class, row after row; empty where a number is predicted.
    public private(set) var probabilities: [Float] = []
    /// The number of each row, mean + deviation · output in float64: far from zero, float32 would be coarser than the network; empty where classes
    /// are predicted.
    public private(set) var numbers: [Double] = []

    init(of label: TableLabel) { self.label = label }

    /// The number of rows.
    public var count: Int { classes.count + numbers.count }

    /// The prediction of each row: the class as in the training's table, or the shortest digits that read back as the same float64.
    public var texts: [String] { (0..<count).map(text) }

    private func text(_ row: Int) -> String {
        switch label.kind {
        case .classes(let names): names[Int(classes[row])]
        case .number: shortestText(numbers[row])
        }
    }

    /// Takes the network's outputs for further rows.
    mutating func append(_ outputs: Tensor) throws {
        let values = try outputs.scalars()
        let numbers = numbers(from: values)
        // Tables have no numbers beyond float32.
        if let position = numbers?.firstIndex(where: { !Float($0).isFinite })
            ?? values.firstIndex(where: { !$0.isFinite })
        {
            throw PredictionError.outputNotFinite(example: count + position / label.outputs)
        }
        switch label.kind {
        case .classes(let names) where names.count == 2:
            classes += values.map { $0 > 0 ? 1 : 0 }
            probabilities += try Tensor.concatenate([sigmoid(-outputs), sigmoid(outputs)], axis: 1).scalars()
        case .classes(let names):
            for start in stride(from: 0, to: values.count, by: names.count) {
                let row = values[start..<start + names.count]
                classes.append(Int32(row.indices.reduce(start) { row[$1] > row[$0] ? $1 : $0 } - start))
            }
            probabilities += try outputs.softmax().scalars()
        case .number: self.numbers += numbers ?? []
        }
    }

    /// Outputs in the units of what is predicted; nil for logits, which have none.
    private func numbers(from outputs: [Float]) -> [Double]? {
        guard case .number(let mean, let deviation) = label.kind else { return nil }
        return outputs.map { mean + Double($0) * deviation }
    }

    // MARK: As a table

    /// The names of the columns that are added to a table: `prediction`, and for classes `probability_` with the name of each.
    public var columnNames: [String] {
        switch label.kind {
        case .classes(let names): ["prediction"] + names.map { "probability_\($0)" }
        case .number: ["prediction"]
        }
    }

    /// The table with its predictions: every line as it stands in the file, with its separator, and behind it the fields of `columnNames`.
    /// Probabilities have the shortest digits that read back as the same float32.
    ///
    /// - Throws: `DataError.unsupported` where the table has one of these columns already.
    /// - Precondition: the predictions are of this table.
    package func lines(of table: CSVTable) throws(DataError) -> some Sequence<[UInt8]> {
        require(
            table.rowCount == count, "TablePredictions: \(count) predictions for a table with \(table.rowCount) rows")
        let names = columnNames
        if let name = names.first(where: Set(table.columnNames ?? []).contains) {
            throw table.unsupported(
                "a column `\(name.prefix(100))` already",
                remedy: "rename it or leave it out: predictions get a column of that name")
        }
        let width = label.classCount ?? 0
        return table.lines(adding: names) { [self] row in
            [text(row)] + probabilities[row * width..<(row + 1) * width].map { shortestText($0) }
        }
    }

    /// Writes the table with its predictions. The file appears whole or not at all.
    ///
    /// - Throws: `DataError.unwritable`, and `unsupported` where the table has one of `columnNames` already.
    /// - Precondition: the predictions are of this table.
    public func write(with table: CSVTable, to path: String) throws(DataError) {
        try UnloopData.write(lines(of: table), to: path)
    }
}
