import UnloopBackend
import UnloopData
import UnloopTensor

extension Model {
    /// Writes all parameters, running statistics too, in the safetensors format, which other systems read. The shape of an example and a
    /// hash of the content stand among the metadata.
    ///
    /// The file appears whole or not at all; a symbolic link is followed, and an existing file keeps its mode.
    ///
    /// - Parameter metadata: texts of your own; `input_shape` and `sha256` are kept for these two.
    /// - Throws: `DataError` when the file cannot be written (what was there before stays), `TensorError` when the device fails.
    /// - Precondition: the network is built.
    public func save(to path: String, metadata: [String: String] = [:]) throws {
        var file = SafeTensors(arrays: try values.arrays(), metadata: metadata)
        file.metadata[Self.inputShapeName] = inputShapeText
        try file.sealed().write(to: path)
    }

    /// Reads the parameters that `save` wrote for a network of the same structure, or those of a checkpoint (the averaged ones where it has
    /// such). The network need not be built: the shapes are then held to what the layers of the library say of themselves, and to what
    /// one layer gives and the next one takes.
    ///
    ///     var model = Model { Dense(16, activation: .relu); Dense(3) }
    ///     try model.load(from: "iris.safetensors")
    ///
    /// - Parameter device: nil leaves a built network where it is.
    /// - Throws: `DataError` for a file that cannot be read or whose content was changed, `TrainingError.weightsDoNotFit` when names, shapes
    ///   or element types differ from those of this network. The network is then as before.
    public mutating func load(from path: String, on device: Device? = nil) throws {
        let (arrays, shape) = try Self.parameters(in: path)
        try take(arrays, inputShape: shape, file: path, on: device)
    }

    /// Reads some of the parameters, such as those of an encoder that another network learned; the others stay as they are.
    ///
    ///     let report = try model.load("encoder.*", from: "autoencoder.safetensors")
    ///     print(report)  // 4 parameters taken, 4 in the file left: decoder.0.weight, …
    ///
    /// - Parameter patterns: full names; `*` stands for any characters, dots too, also for none.
    /// - Throws: as `load(from:on:)`; `weightsDoNotFit` also where the file lacks a parameter that matches. The network is then as before.
    /// - Precondition: the network is built, and every pattern matches one of its parameters.
    @discardableResult
    public mutating func load(_ patterns: String..., from path: String) throws -> LoadReport {
        let wanted = patterns.map(NamePattern.init)
        for pattern in wanted {
            require(
                values.names.contains(where: pattern.matches),
                "load: no parameter of the network matches `\(pattern.text)`; they are \(values.names.joined(separator: ", "))"
            )
        }
        let arrays = try Self.parameters(in: path).arrays
        var (next, taken) = (values, [String]())
        for (position, entry) in table.entries.enumerated() where wanted.contains(where: { $0.matches(entry.name) }) {
            let old = next.tensors[position]
            next.tensors[position] = Tensor(try old.checked(arrays[entry.name], entry.name, path), on: old.device)
            taken.append(entry.name)
        }
        if let failure = next.failure { throw failure }
        values = next
        return LoadReport(taken: taken, left: Set(arrays.keys).subtracting(taken).sorted())
    }

    /// Those of a file of weights or of a checkpoint, and the shape of an example where the file says it and nothing in it was changed.
    private static func parameters(
        in path: String
    ) throws(DataError) -> (arrays: [String: SafeTensors.Array], inputShape: [Int]?) {
        let file = try SafeTensors(path: path)
        if let checkpoint = try Checkpoint(file, path: path) {
            let name = checkpoint.names.contains("average") ? "average" : "model"
            return (checkpoint.arrays(of: name), try checkpoint.inputShape(of: "model"))
        }
        let isSealed = try file.checkSeal(file: path)
        return (file.arrays, isSealed ? try shape(file.metadata[inputShapeName], file: path) : nil)
    }

    private static var inputShapeName: String { "input_shape" }

    /// `8,8,1`.
    var inputShapeText: String? { inputShape?.map(String.init).joined(separator: ",") }

    static func shape(_ text: String?, file: String) throws(DataError) -> [Int]? {
        guard let text else { return nil }
        let sizes =
            text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
        guard sizes.allSatisfy({ $0 >= 0 }) else {
            throw .malformed(
                file: file, format: "safetensors", reason: "`\(text.prefix(100))` is no shape of an example")
        }
        return sizes
    }

    /// Makes these arrays the values.
    mutating func take(
        _ arrays: [String: SafeTensors.Array], inputShape shape: [Int]?, file path: String, on device: Device?
    ) throws {
        let new: ParameterValues
        if isBuilt {
            new = try values.replaced(by: arrays, file: path, on: device ?? self.device)
        } else {
            let ordered = try table.ordered(arrays, file: path)
            if let misfit = table.misfit(of: arrays, in: root) {
                throw TrainingError.weightsDoNotFit(file: path, reason: misfit)
            }
            new = try ParameterValues(table, ordered, on: device ?? .best)
        }
        if let shape {
            // Who predicts goes by it.
            guard shape == inputShape || table.misfit(of: arrays, examples: shape, in: root) == nil else {
                throw TrainingError.weightsDoNotFit(
                    file: path, reason: "it says that an example is \(shape), which the weights do not take")
            }
            inputShape = shape
        }
        restore(new)
    }

    /// The SHA-256 of all values; see `ParameterValues.sha256`.
    ///
    /// - Throws: when the weights cannot be read from the device.
    /// - Precondition: the network is built.
    public func weightsSHA256() throws(TensorError) -> String { try values.sha256() }
}

/// What was loaded of a file.
public struct LoadReport: Sendable, Equatable, CustomStringConvertible {
    /// The parameters that were taken, in the network's order.
    public let taken: [String]
    /// What else the file has, by name.
    public let left: [String]

    public var description: String {
        let rest = left.isEmpty ? "" : ": " + left.prefix(20).joined(separator: ", ") + (left.count > 20 ? ", …" : "")
        return "\(taken.count) parameters taken, \(left.count) in the file left\(rest)"
    }
}

extension Tensor {
    /// The array of a file that is to replace this value.
    fileprivate func checked(
        _ array: SafeTensors.Array?, _ name: String, _ path: String
    ) throws(TrainingError) -> SafeTensors.Array {
        guard let array else { throw .weightsDoNotFit(file: path, reason: "it has no `\(name)`") }
        let type = array.elements.elementType
        guard array.shape == shape, type == elementType else {
            throw .weightsDoNotFit(
                file: path, reason: "`\(name)` is \(type) \(array.shape), not \(elementType) \(shape)")
        }
        return array
    }
}

extension ParameterTable {
    /// The arrays of a file in the order of the parameters.
    fileprivate func ordered(
        _ arrays: [String: SafeTensors.Array], file: String
    ) throws(TrainingError) -> [SafeTensors.Array] {
        if let name = Set(arrays.keys).subtracting(entries.map(\.name)).min() {
            throw .weightsDoNotFit(file: file, reason: "this network has no parameter `\(name)`")
        }
        var ordered: [SafeTensors.Array] = []
        for entry in entries {
            guard let array = arrays[entry.name] else {
                throw .weightsDoNotFit(file: file, reason: "it has no `\(entry.name)`")
            }
            ordered.append(array)
        }
        return ordered
    }
}

extension ParameterValues {
    fileprivate init(_ table: ParameterTable, _ arrays: [SafeTensors.Array], on device: Device) throws(TensorError) {
        self.init(table, arrays.map { Tensor($0, on: device) })
        if let failure { throw failure }
    }

    /// The arrays of a file in place of these values, whose names, shapes and element types they must have.
    func replaced(
        by arrays: [String: SafeTensors.Array], file: String, on device: Device?
    ) throws -> ParameterValues {
        let ordered = try table.ordered(arrays, file: file)
        for (entry, (array, value)) in zip(table.entries, zip(ordered, tensors)) {
            _ = try value.checked(array, entry.name, file)
        }
        return try ParameterValues(table, ordered, on: device ?? .best)
    }

    /// All values by their names, for a file.
    func arrays() throws(TensorError) -> [String: SafeTensors.Array] {
        var arrays: [String: SafeTensors.Array] = [:]
        for (name, value) in self { arrays[name] = try SafeTensors.Array(value) }
        return arrays
    }

    /// The SHA-256 of all values in the order of their names (as text): the elements in row-major order, little-endian, every
    /// NaN as the standard quiet one, one parameter after the other. Equal weights give the same 64 digits on every device and machine.
    ///
    /// - Throws: when the values cannot be read from the device.
    public func sha256() throws(TensorError) -> String {
        var hash = SHA256()
        for (_, value) in sorted(by: { $0.name < $1.name }) { hash.update(try value.canonicalBytes()) }
        return SHA256.hexadecimal(hash.finalize())
    }
}
