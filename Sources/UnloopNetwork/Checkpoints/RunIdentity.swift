import UnloopBackend
import UnloopData
import UnloopTensor

/// What a training is: all that its result follows from, beside the values of its network. A checkpoint holds it, and so does the head of a
/// receipt; whoever goes on or verifies must have the same.
struct RunIdentity: Sendable, Codable, Equatable {
    /// The layers with their settings, and the parameters with their shapes.
    let network: String
    /// The loss's formula.
    let loss: String
    /// The optimizer's formula, and its numbers at the first step.
    let optimizer: String
    let firstNumbers: String
    let seed: UInt64
    let batchSize: Int?
    let window: Int?
    let averaging: WeightAverage.Rule?
    let frozen: [String]
    /// The SHA-256 of the examples to train with; nil where they come as batches, or from a source that does not know them.
    let data: String?
    /// That of the examples to validate with, where the training follows what they say.
    let validation: String?
    let elementType: String

    /// - Throws: when the data cannot be read from their device.
    init<Root: Layer>(
        _ model: Model<Root>, _ settings: FitSettings, _ data: TrainingData, _ validation: ValidationData?
    ) throws {
        network = model.structure
        loss = settings.loss.formula
        optimizer = settings.optimizer.formula
        firstNumbers = settings.optimizer.numbers(at: 0)
        seed = settings.seed
        batchSize = data.batchSize
        window = settings.window
        averaging = settings.averaging
        frozen = model.frozenParameters
        self.data = try data.identity()
        let monitors = [settings.earlyStopping?.monitor, settings.plateau?.monitor]
        let isFollowed = monitors.contains { $0?.needsValidation ?? false }
        self.validation = isFollowed ? try validation?.identity() : nil
        elementType = "\(model.values.tensors.first?.elementType ?? .float32)"
    }

    /// What differs first, as a part of a sentence; nil for the same training.
    func difference(from now: RunIdentity) -> String? {
        if network != now.network { return "its network is another" }
        if loss != now.loss { return "its loss is \(Self.name(loss)), not \(Self.name(now.loss))" }
        if optimizer != now.optimizer {
            return
                "its optimizer is \(Self.name(optimizer)), with its clipping and groups, not \(Self.name(now.optimizer))"
        }
        let shown: [(name: String, then: String, now: String)] = [
            ("learning rate (with the optimizer's other numbers, at the first step)", firstNumbers, now.firstNumbers),
            ("seed", "\(seed)", "\(now.seed)"),
            ("batch size", Self.text(batchSize), Self.text(now.batchSize)),
            ("window", Self.text(window), Self.text(now.window)),
            ("averaging of weights", Self.text(averaging?.decay), Self.text(now.averaging?.decay)),
            ("list of frozen parameters", "\(frozen)", "\(now.frozen)"),
            ("training data's SHA-256", Self.text(data), Self.text(now.data)),
            ("validation data's SHA-256", Self.text(validation), Self.text(now.validation)),
            ("element type", elementType, now.elementType),
        ]
        return shown.first { $0.then != $0.now }.map { "its \($0.name) is \($0.then), not \($0.now)" }
    }

    /// The first line of a formula.
    private static func name(_ formula: String) -> Substring { formula.prefix { $0 != "\n" } }

    private static func text(_ value: (some Any)?) -> String { value.map { "\($0)" } ?? "none" }
}
