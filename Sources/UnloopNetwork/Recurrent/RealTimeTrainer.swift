import UnloopBackend
import UnloopData
import UnloopTensor

/// Trains an `RNN` and a readout of its state online: the weights change at every step that has a target, by real-time recurrent
/// learning. For streams of any length, as nothing of the past is kept but the derivatives; see `RealTimeRecurrentLearning`.
public final class RealTimeTrainer {
    public let readout: any Layer
    public let loss: Loss
    /// The number of changes of the weights.
    public var step: Int { state.step }
    public private(set) var learning: RealTimeRecurrentLearning
    private let readoutParameters: [Parameter]
    private let trainable: [Parameter]
    private var state: OptimizerState

    /// - Parameters:
    ///   - network: built; one layer, one direction.
    ///   - readout: built; takes `[examples, units]`.
    ///   - examples: how many sequences run side by side.
    public init(
        _ network: RNN, readout: any Layer, loss: Loss, optimizer: Optimizer = .adam(), examples: Int = 1
    ) {
        require(readout.isBuilt, "RealTimeTrainer: the readout is not built; call build(inputShape:on:seed:) first")
        learning = RealTimeRecurrentLearning(network, examples: examples)
        self.readout = readout
        self.loss = loss
        readoutParameters = readout.trainableParameters
        trainable = learning.parameters + readoutParameters
        state = OptimizerState(optimizer)
    }

    /// What was known after one step of the sequence, before the weights changed.
    public struct Step: Sendable {
        public let prediction: Tensor
        /// One number; nil where there was no target.
        public let loss: Tensor?
        /// By the network's W_x, W_h and b, then by the readout's parameters; empty where there was no target.
        public let gradients: [Tensor]
    }

    /// Back to a state of zeros, for a new sequence; weights and optimizer stay.
    public func reset() { learning.reset() }

    /// One step of the sequences without changing weights.
    ///
    /// - Parameters:
    ///   - input: `[examples, features]`.
    ///   - target: for the readout of this step; nil if there is none.
    public func advance(_ input: Tensor, target: Tensor?) -> Step {
        let hidden = learning.advance(input)
        guard let target else { return Step(prediction: readout.forward(hidden, Pass()), loss: nil, gradients: []) }
        var prediction = hidden
        let (value, gradients) = readoutParameters.keepingContents {
            valueWithGradient(at: [hidden] + readoutParameters.map(\.value)) { variables in
                for (parameter, variable) in zip(readoutParameters, variables.dropFirst()) {
                    parameter.value = variable
                }
                let output = readout.forward(variables[0], Pass())
                prediction = output.stopGradient()
                return loss(output, target)
            }
        }
        return Step(
            prediction: prediction, loss: value, gradients: learning.gradients(gradients[0]) + gradients.dropFirst())
    }

    /// One step of the sequences; if there is a target, the weights change by the gradient of this step's loss. Nothing waits for the
    /// device. Where it fails, the loss carries the error, and the weights stay.
    @discardableResult
    public func learn(_ input: Tensor, target: Tensor?) -> Step {
        let result = advance(input, target: target)
        guard let loss = result.loss else { return result }
        do throws(TensorError) {
            if let failure = loss.failure { throw failure }
            try state.change(trainable, result.gradients)
            return result
        } catch {
            return Step(
                prediction: result.prediction, loss: loss.failing(with: error), gradients: result.gradients)
        }
    }

    /// Learns from sequences, step after step, without starting anew.
    ///
    /// - Parameters:
    ///   - inputs: `[examples, steps, features]`.
    ///   - targets: `[examples, steps, …]`.
    /// - Returns: the loss at every step, before the weights changed.
    /// - Throws: `TrainingError.diverged` when a loss or, at the end, a weight is not finite (looked at every few dozen steps; the error
    ///   names the step, counted from 1, and network and readout have the last weights that are known to be good), `dataNotFinite`
    ///   when that comes from the data, `noExamples`; `TensorError` when the
    ///   device fails, likewise. The state then starts anew.
    @discardableResult
    public func learn(_ inputs: Tensor, targets: Tensor) throws -> [Double] {
        require(
            inputs.rank == 3 && targets.rank >= 2 && inputs.shape[1] == targets.shape[1],
            "RealTimeTrainer: inputs \(inputs.shape) and targets \(targets.shape) have not as many steps")
        let data = Dataset(features: inputs, labels: targets)
        guard data.count > 0 else { throw TrainingError.noExamples }
        var losses: [Double] = []
        var pending: [Tensor] = []
        var (good, before) = ((values, state), (values, state))
        do {
            for number in 0..<inputs.shape[1] {
                before = (values, state)
                let result = learn(inputs[.all, number], target: targets[.all, number])
                if let loss = result.loss { pending.append(loss) }
                guard pending.count == Self.stepsBetweenReads || number == inputs.shape[1] - 1 else { continue }
                for loss in pending {
                    let value = try loss.doubles()[0]
                    losses.append(value)
                    guard value.isFinite else { throw try data.divergence(epoch: 1, step: losses.count, loss: value) }
                }
                pending.removeAll(keepingCapacity: true)
                // The last loss says that the weights before its step were good.
                good = before
            }
            // …and nothing about those after it.
            for value in values where try (value - value).sum().doubles()[0] != 0 {
                throw try data.divergence(epoch: 1, step: losses.count, loss: .nan)
            }
        } catch {
            for (parameter, value) in zip(trainable, good.0) { parameter.value = value }
            state = good.1
            reset()
            throw error
        }
        return losses
    }

    private static let stepsBetweenReads = 50

    private var values: [Tensor] { trainable.map(\.value) }
}
