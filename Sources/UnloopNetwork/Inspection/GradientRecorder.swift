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
    private var layers: [ParameterLayer] = []
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
                    step.gradients, of: step.model, step: step.step, previousValues: step.previousValues)
            }
            return .proceed
        }
    }

    /// For training loops of your own, after a step.
    ///
    /// - Parameters:
    ///   - gradients: of the model's trainable parameters, in order.
    ///   - previousValues: of the parameters before the step; without them there are no updates.
    /// - Precondition: the same model in every call.
    /// - Throws: the error of a gradient that a device failed to compute, maybe a later one.
    public func record(_ gradients: [Tensor], of model: any Layer, step: Int, previousValues: [Tensor]? = nil) throws {
        let parameters = model.trainableParameters
        require(
            gradients.count == parameters.count,
            "GradientRecorder.record: \(gradients.count) gradients for \(parameters.count) parameters")
        if layers.isEmpty { layers = ParameterLayer.all(in: model) }
        require(
            layers.last?.parameters.upperBound ?? 0 == gradients.count,
            "GradientRecorder.record: another model than before")
        guard !gradients.isEmpty else { return }
        var tensors = gradients
        if measuresUpdates, let previousValues {
            tensors += previousValues
            tensors += zip(parameters, previousValues).map { $0.value - $1 }
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
    /// Of the gradients on one batch, with the weights as they are, as a step of a training would find them. Nothing is trained: weights and
    /// running statistics stay as they are. A network that is not built yet is built from seed 0.
    ///
    /// - Throws: `TrainingError.noExamples`, `emptyExamples`, `labelOutOfRange`; the error of a gradient that the device failed to compute.
    public init(of model: any Layer, loss: Loss, on batch: Dataset) throws {
        if !model.isBuilt { model.build(inputShape: batch.exampleShape, on: batch.device) }
        try model.check(batch, loss)
        let gradients = model.namedParameters.map(\.parameter).keepingContents {
            valueWithGradient(of: model.trainableParameters) {
                loss(model.forward(batch.features, Pass(isTraining: true)), batch.labels)
            }.gradients
        }
        let recorder = GradientRecorder(updates: false)
        try recorder.record(gradients, of: model, step: 1)
        self = try recorder.report()
    }
}
