import UnloopBackend
import UnloopData
import UnloopTensor

/// Collects the norms of gradients, weights and updates of every layer while a network trains.
///
///     let recorder = GradientRecorder()
///     try model.fit(data, loss: .softmaxCrossEntropy, callbacks: [recorder.callback])
///     print(try recorder.report())
///
/// Norms are computed on the device and read some hundred steps at a time, so that recording does not make every step wait. A
/// training that ends with an error leaves what was recorded until then, the step that diverged included.
public final class GradientRecorder {
    private struct Pending {
        let step: Int
        let numbers: Tensor
    }

    private let interval: Int
    private let measuresUpdates: Bool
    private var layers: [LayerGradients] = []
    private var pending: [Pending] = []
    private var steps: [Int] = []
    private var rows: [[Double]] = []
    private static let stepsBetweenReads = 256

    /// - Parameters:
    ///   - interval: records the first step and then every so many.
    ///   - updates: also measures weights and how much each step changes them, which triples the cost.
    public init(every interval: Int = 1, updates: Bool = true) {
        require(interval > 0, "GradientRecorder: every \(interval) steps")
        self.interval = interval
        measuresUpdates = updates
    }

    /// For `fit`.
    public var callback: Callback {
        .afterStep { [self] step in
            if (step.step - 1) % interval == 0 {
                try record(
                    step.gradients, of: step.values, step: step.step, previousValues: step.previousValues)
            }
            return .proceed
        }
    }

    /// For training loops of your own, after a step.
    ///
    /// - Parameters:
    ///   - gradients: by the trainable parameters, in order.
    ///   - values: of the network after the step.
    ///   - previousValues: of the trainable parameters before the step; without them there are no updates.
    /// - Precondition: the same network in every call.
    /// - Throws: the error of a gradient that a device failed to compute, maybe a later one.
    public func record(_ gradients: [Tensor], of values: ParameterValues, step: Int, previousValues: [Tensor]? = nil)
        throws
    {
        let parameters = values.trainable
        require(
            gradients.count == parameters.count,
            "GradientRecorder.record: \(gradients.count) gradients for \(parameters.count) parameters")
        if layers.isEmpty { layers = LayerGradients.all(in: values.table) }
        require(
            layers.last?.parameters.upperBound ?? 0 == gradients.count,
            "GradientRecorder.record: another network than before")
        guard !gradients.isEmpty else { return }
        var tensors = gradients
        if measuresUpdates, let previousValues {
            tensors += previousValues
            tensors += zip(parameters, previousValues).map { $0 - $1 }
        }
        pending.append(Pending(step: step, numbers: NormMeasurement(tensors).numbers))
        if pending.count >= Self.stepsBetweenReads { try read() }
    }

    /// What was recorded until now.
    ///
    /// - Throws: the error of a gradient that a device failed to compute.
    public func report() throws -> GradientReport {
        try read()
        let count = layers.last?.parameters.upperBound ?? 0
        let entries = layers.map { layer in
            func norms(_ part: Int) -> [Double] {
                rows.compactMap { row in
                    guard row.count >= (part + 1) * count else { return nil }
                    return NormMeasurement.joined(layer.parameters.map { row[part * count + $0] })
                }
            }
            return GradientReport.LayerNorms(
                name: layer.name, kind: layer.kind, gradients: norms(0), weights: norms(1), updates: norms(2))
        }
        return GradientReport(steps: steps, layers: entries)
    }

    private func read() throws {
        for entry in pending {
            rows.append(NormMeasurement.norms(try entry.numbers.doubles()))
            steps.append(entry.step)
        }
        pending.removeAll(keepingCapacity: true)
    }
}

extension GradientReport {
    /// Of the gradients on one batch, with the weights as they are, as a step of a training would find them. Nothing is trained.
    ///
    /// - Throws: `TrainingError.noExamples`, `emptyExamples`, `labelOutOfRange`; the error of a gradient that the device failed to compute.
    /// - Precondition: the network is built.
    public init<Root: Layer>(of model: Model<Root>, loss: Loss, on batch: Dataset) throws {
        try model.check(batch, loss)
        let found = valueWithGradient(of: model) { pass in
            loss(model(batch.features, pass), batch.labels, batch.weights)
        }
        let recorder = GradientRecorder(updates: false)
        try recorder.record(found.gradients, of: model.values, step: 1)
        self = try recorder.report()
    }
}
