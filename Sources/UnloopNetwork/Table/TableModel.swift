import UnloopBackend
import UnloopData
import UnloopTensor

/// A network that predicts a column of a table from others, with all that belongs to it: how the columns become features, and what its
/// outputs mean. One file has all of this.
///
///     let model = try TableModel(path: "houses.safetensors", on: .cpu)
///     let predictions = try model.predict(CSVTable(path: "new.csv", hasHeader: true))
///     print(predictions.texts)
///
/// `TableTask` trains such a model. The predictions have the same bits on every device.
public struct TableModel: Sendable {
    /// Makes the features.
    public let encoder: TableEncoder
    /// What is predicted.
    public let label: TableLabel
    /// The units of the dense layers before the last one, each followed by `relu`; none for a linear model.
    public let hiddenUnits: [Int]
    /// Gives the logit of the second class for two classes, the logits of all classes for more, and for a number its distance from the mean in
    /// deviations.
    public internal(set) var network: Model<Sequential>

    init(encoder: TableEncoder, label: TableLabel, hiddenUnits: [Int], network: Model<Sequential>) {
        self.encoder = encoder
        self.label = label
        self.hiddenUnits = hiddenUnits
        self.network = network
    }

    /// A network for the rows of a table, not built yet.
    static func network(hiddenUnits: [Int], for label: TableLabel) -> Model<Sequential> {
        Model {
            for units in hiddenUnits { Dense(units, activation: .relu, initializer: .heNormal) }
            Dense(label.outputs)
        }
    }

    /// What the model says of each row of a table. The table may have its columns in another order, others beside them, and none for the label.
    ///
    /// - Throws: `DataError` where the table lacks a column, or a field does not fit its column; `PredictionError.outputNotFinite`;
    ///   `TensorError` when the device fails.
    /// - Precondition: the table has a header.
    public func predict(_ table: CSVTable) throws -> TablePredictions {
        require(table.columnNames != nil, "TableModel: the table has no header; read it with hasHeader: true")
        try table.checkSeparator()
        var rows = try encoder.encodedRows(of: table)
        var predictions = TablePredictions(of: label)
        // Rows are computed by themselves, so the bits do not depend on how many there are at a time.
        for start in stride(from: 0, to: table.rowCount, by: Self.rowsAtATime) {
            let count = Swift.min(Self.rowsAtATime, table.rowCount - start)
            let features = Tensor(
                try rows.next(count), shape: [count, encoder.featureCount], on: network.device ?? .best)
            try predictions.append(network(features))
        }
        return predictions
    }

    private static let rowsAtATime = 4096
}

extension TableLabel {
    /// Of a network that predicts it.
    var outputs: Int { classCount.map { $0 == 2 ? 1 : $0 } ?? 1 }
}
