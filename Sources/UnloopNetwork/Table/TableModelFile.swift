import Foundation
import UnloopBackend
import UnloopData
import UnloopTensor

extension TableModel {
    /// Writes the model as one safetensors file: the weights, and among the metadata, as JSON, how columns become features and what the
    /// outputs mean. A hash covers all of it. Other systems read the weights; `Model.load` does, too.
    ///
    /// - Throws: `DataError.unwritable` (what was there before stays); `TensorError` when the device fails.
    public func save(to path: String) throws {
        let description = Description(label: label, encoder: encoder, hiddenUnits: hiddenUnits)
        let writer = JSONEncoder()
        // The same model gives the same file.
        writer.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try writer.encode(description), as: UTF8.self)
        try network.save(to: path, metadata: [Self.formatName: Self.format, Self.descriptionName: text])
    }

    /// Reads what `save` wrote.
    ///
    /// - Throws: `DataError` for a file that cannot be read, that was changed, or that is no table model; `TrainingError.weightsDoNotFit` where
    ///   its weights are of another network; `TensorError` when the device fails.
    public init(path: String, on device: Device = .best) throws {
        func broken(_ reason: String) -> DataError {
            .malformed(file: path, format: "table model", reason: reason)
        }
        let file = try SafeTensors(path: path)
        let format = file.metadata[Self.formatName] ?? ""
        guard format.hasPrefix(Self.formatPrefix), let text = file.metadata[Self.descriptionName] else {
            throw broken(
                (format.hasPrefix("Unloop checkpoint") ? "it is a checkpoint of a training" : "it has weights alone")
                    + ", without the columns of a table; TableModel.save and `unloop train table --output` write table models"
            )
        }
        guard format == Self.format else {
            throw DataError.unsupported(
                file: path, what: "a table model of another version (`\(format.prefix(100))`)",
                remedy: "read it with the version of Unloop that wrote it")
        }
        guard try file.checkSeal(file: path) else { throw broken("the hash of its content is missing") }
        let description: Description
        do {
            description = try decodedJSON(Description.self, from: text.utf8)
        } catch {
            throw broken("its description is not one that this library reads: \(Self.reason(of: error))")
        }
        guard description.hiddenUnits.allSatisfy({ (1...1 << 24).contains($0) }), description.encoder.featureCount > 0
        else { throw broken("its description has layers without units, or no columns that give features") }
        encoder = description.encoder
        label = description.label
        hiddenUnits = description.hiddenUnits
        if let reason = Self.misfit(of: file.arrays, hiddenUnits, encoder) {
            throw TrainingError.weightsDoNotFit(file: path, reason: reason)
        }
        network = Self.network(hiddenUnits: hiddenUnits, for: label)
        try network.take(file.arrays, inputShape: [encoder.featureCount], file: path, on: device)
    }

    /// What shows before the network is made, which takes far more memory than its description, that these are not its weights.
    private static func misfit(
        of arrays: [String: SafeTensors.Array], _ hiddenUnits: [Int], _ encoder: TableEncoder
    ) -> String? {
        let layers = hiddenUnits.count + 1
        guard arrays.count == 2 * layers else {
            return "they are \(arrays.count) arrays, not two for each of \(layers) layers"
        }
        let features = arrays["0.weight"]?.shape.first ?? 0
        guard features == encoder.featureCount else {
            return "they take \(features) features, but the columns give \(encoder.featureCount)"
        }
        // Features are float32.
        return arrays.first { $0.value.elements.elementType != .float32 }.map {
            "`\($0.key)` is \($0.value.elements.elementType), not float32"
        }
    }

    /// What the metadata say of a model.
    private struct Description: Codable {
        let label: TableLabel
        let encoder: TableEncoder
        let hiddenUnits: [Int]
    }

    private static let formatName = "format"
    private static let formatPrefix = "Unloop table model"
    private static let format = formatPrefix + " 1"
    private static let descriptionName = "table_model"

    private static func reason(of error: any Error) -> String {
        switch error as? DecodingError {
        case .dataCorrupted(let context), .keyNotFound(_, let context), .typeMismatch(_, let context),
            .valueNotFound(_, let context):
            context.debugDescription
        default: "\(error)"
        }
    }
}
