import UnloopBackend
import UnloopData
import UnloopTensor

/// Networks, what optimizers remember of them, and texts of your own, in one file: all that a training needs to go on.
///
///     var checkpoint = Checkpoint()
///     try checkpoint.add(model)
///     try checkpoint.add(state, of: model)
///     checkpoint.texts["epoch"] = "7"
///     try checkpoint.write(to: "epoch-7.safetensors")
///
///     let checkpoint = try Checkpoint(path: "epoch-7.safetensors")
///     try checkpoint.restore(&model)
///     try checkpoint.restore(&state, of: model)
///
/// `fit(checkpoint:to:)` writes them by itself. The format is safetensors, with arrays named `model/0.weight`, `optimizer/0/0.weight` (the first
/// state), and the rest among the metadata, all of which a hash covers.
public struct Checkpoint: Sendable {
    /// Of your own, by any name.
    public var texts: [String: String] = [:]
    /// By part and name in the part.
    private var parts: [String: [String: SafeTensors.Array]] = [:]
    /// What else is known of a part, such as an optimizer's step.
    private var notes: [String: [String: String]] = [:]
    /// Where it was read; for error messages.
    let path: String

    private static let format = "Unloop checkpoint 1"

    /// With nothing in it.
    public init() { path = "checkpoint" }

    /// - Throws: `DataError` for a file that cannot be read, whose content was changed, or that is no checkpoint.
    public init(path: String) throws(DataError) {
        guard let checkpoint = try Checkpoint(try SafeTensors(path: path), path: path) else {
            throw .malformed(
                file: path, format: "checkpoint",
                reason: "it is a safetensors file without a training; Model.load reads weights")
        }
        self = checkpoint
    }

    /// Nil for a file of another kind.
    init?(_ file: SafeTensors, path: String) throws(DataError) {
        guard let format = file.metadata["format"], format.hasPrefix("Unloop checkpoint") else { return nil }
        guard format == Self.format else {
            throw .unsupported(
                file: path, what: "a checkpoint of another version (`\(format.prefix(100))`)",
                remedy: "read it with the version of Unloop that wrote it, and save its weights")
        }
        guard try file.checkSeal(file: path) else {
            throw .malformed(file: path, format: "checkpoint", reason: "the hash of its content is missing")
        }
        self.path = path
        for (name, array) in file.arrays {
            let (part, rest) = try Self.split(name, path)
            parts[part, default: [:]][rest] = array
        }
        for (name, text) in file.metadata where name.utf8.contains(UInt8(ascii: "/")) {
            let (part, rest) = try Self.split(name, path)
            if part == Self.textPart { texts[rest] = text } else { notes[part, default: [:]][rest] = text }
        }
    }

    private static let textPart = "text"

    private static func split(_ name: String, _ path: String) throws(DataError) -> (part: String, rest: String) {
        guard let slash = name.firstIndex(of: "/") else {
            throw .malformed(file: path, format: "checkpoint", reason: "`\(name.prefix(100))` belongs to no part")
        }
        return (String(name[..<slash]), String(name[name.index(after: slash)...]))
    }

    /// The file appears whole or not at all, and is on the disk when this returns.
    ///
    /// - Throws: `DataError.unwritable`; what was there before stays.
    public func write(to path: String) throws(DataError) {
        var file = SafeTensors(metadata: ["format": Self.format, "version": unloopVersion])
        for (part, arrays) in parts {
            for (name, array) in arrays { file.arrays["\(part)/\(name)"] = array }
        }
        for (part, texts) in notes {
            for (name, text) in texts { file.metadata["\(part)/\(name)"] = text }
        }
        for (name, text) in texts { file.metadata["\(Self.textPart)/\(name)"] = text }
        try file.sealed().write(to: path)
    }

    /// The names of the networks and optimizers in it.
    public var names: Set<String> { Set(notes.keys) }

    func arrays(of name: String) -> [String: SafeTensors.Array] { parts[name] ?? [:] }

    // MARK: Networks

    /// - Parameter name: for a second network in the same file.
    /// - Throws: the error of a value that a device failed to compute.
    /// - Precondition: the network is built; the name is not empty, has no slash, and is not `text`.
    public mutating func add<Root>(_ model: Model<Root>, as name: String = "model") throws(TensorError) {
        try add(model.values, as: name)
        notes[name]?[Self.inputShapeNote] = model.inputShapeText
    }

    private static let inputShapeNote = "input_shape"

    mutating func add(_ values: ParameterValues, as name: String) throws(TensorError) {
        requireName(name)
        parts[name] = try values.arrays()
        notes[name] = ["parameters": String(values.count)]
    }

    /// Gives a network the values that it had.
    ///
    /// - Parameters:
    ///   - name: what it was added as.
    ///   - device: nil leaves a built network where it is.
    /// - Throws: `DataError.missing` where the file has no such network; `TrainingError.weightsDoNotFit`, `TensorError`. The network is then
    ///   as before.
    public func restore<Root>(_ model: inout Model<Root>, as name: String = "model", on device: Device? = nil) throws {
        let shape = try inputShape(of: name)
        try model.take(arrays(of: name), inputShape: shape, file: path, on: device)
    }

    /// Of the examples that a network takes, where the file says it.
    func inputShape(of name: String) throws(DataError) -> [Int]? {
        try Model<Sequential>.shape(notes(of: name)[Self.inputShapeNote], file: path)
    }

    /// Further values of a network, such as averages, where its others are.
    func values(_ name: String, like other: ParameterValues) throws -> ParameterValues {
        _ = try notes(of: name)
        return try other.replaced(by: arrays(of: name), file: path, on: other.tensors.first?.device)
    }

    // MARK: Optimizers

    /// What an optimizer remembers of a network.
    ///
    /// - Parameter name: for a second optimizer in the same file.
    /// - Throws: the error of a state that a device failed to compute.
    public mutating func add<Root>(
        _ state: OptimizerState, of model: Model<Root>, as name: String = "optimizer"
    ) throws(TensorError) {
        requireName(name)
        var arrays: [String: SafeTensors.Array] = [:]
        for (position, states) in state.states.enumerated() {
            for (number, tensor) in (states ?? []).enumerated() {
                arrays["\(number)/\(model.table.entries[position].name)"] = try SafeTensors.Array(tensor)
            }
        }
        parts[name] = arrays
        notes[name] = [
            "optimizer": state.optimizer.name, "formula": state.optimizer.formula, "step": String(state.step),
            "learning_rate_scale": "\(state.learningRateScale)",
        ]
    }

    /// Gives an optimizer the states and the step that it had.
    ///
    /// - Throws: `DataError` where the file has no such optimizer; `TrainingError.checkpointDoesNotFit` for one of another formula or network;
    ///   `TensorError`. The state is then as before.
    /// - Precondition: the network is built.
    public func restore<Root>(
        _ state: inout OptimizerState, of model: Model<Root>, as name: String = "optimizer"
    ) throws {
        let (notes, optimizer) = (try notes(of: name), state.optimizer)
        func doesNotFit(_ reason: String) -> TrainingError { .checkpointDoesNotFit(file: path, reason: reason) }
        guard notes["formula"] == optimizer.formula else {
            let (then, now) = (notes["optimizer"] ?? "?", optimizer.name)
            throw doesNotFit(
                then == now
                    ? "its \(then) has another formula, clipping, decay or other groups than this one"
                    : "its optimizer is \(then), not \(now)")
        }
        guard let step = Self.count(notes["step"]),
            let scale = notes["learning_rate_scale"].flatMap(Double.init), scale >= 0, scale.isFinite
        else { throw doesNotFit("the optimizer's step or the scale of its learning rates is missing") }
        var (arrays, states) = (arrays(of: name), [[Tensor]?]())
        for (name, value) in model.values {
            var tensors: [Tensor] = []
            for number in 0..<optimizer.stateCount {
                guard let array = arrays.removeValue(forKey: "\(number)/\(name)") else { break }
                guard array.shape == value.shape, array.elements.elementType == value.elementType else {
                    throw doesNotFit("the optimizer's state of `\(name)` is \(array.shape), not \(value.shape)")
                }
                tensors.append(Tensor(array, on: value.device))
            }
            for case let failure? in tensors.map(\.failure) { throw failure }
            guard tensors.isEmpty || tensors.count == optimizer.stateCount else {
                throw doesNotFit(
                    "it has \(tensors.count) of the optimizer's \(optimizer.stateCount) states of `\(name)`")
            }
            // One that has not learned yet has none.
            states.append(tensors.count == optimizer.stateCount ? tensors : nil)
        }
        if let name = arrays.keys.min() {
            throw doesNotFit("it has a state of the optimizer for `\(name)`, which this network has not")
        }
        state.take(states, step: step, learningRateScale: scale)
    }

    // MARK: Averages

    /// An average of a network's values.
    ///
    /// - Parameter name: for a second average in the same file.
    /// - Throws: the error of a value that a device failed to compute.
    public mutating func add(_ average: WeightAverage, as name: String = "average") throws(TensorError) {
        try add(average.values, as: name)
        notes[name]?["steps"] = String(average.steps)
    }

    /// Gives an average the values that it had.
    ///
    /// - Throws: as for a network. The average is then as before.
    public func restore(_ average: inout WeightAverage, as name: String = "average") throws {
        guard let steps = Self.count(try notes(of: name)["steps"]) else {
            throw TrainingError.checkpointDoesNotFit(file: path, reason: "the steps of its average are missing")
        }
        average.take(try values(name, like: average.values), steps: steps)
    }

    // MARK: Notes

    private func notes(of name: String) throws(DataError) -> [String: String] {
        guard let notes = notes[name] else {
            throw .missing(file: path, what: "part `\(name)`", available: names.sorted())
        }
        return notes
    }

    /// Numbers of steps, batches and epochs; more than 2^53 were never done.
    static let countRange = 0...1 << 53

    private static func count(_ text: String?) -> Int? {
        text.flatMap(Int.init).flatMap { countRange.contains($0) ? $0 : nil }
    }

    private func requireName(_ name: String) {
        require(
            !name.isEmpty && name != Self.textPart && !name.contains("/"),
            "Checkpoint.add: `\(name)` cannot be the name of a part")
    }
}
