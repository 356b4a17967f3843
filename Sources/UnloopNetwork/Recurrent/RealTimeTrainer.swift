import UnloopBackend
import UnloopData
import UnloopTensor

/// Trains an `RNN` and a readout of its state online: the weights change at every step that has a target, by real-time recurrent
/// learning. For streams of any length, as nothing of the past is kept but the derivatives; see `RealTimeRecurrentLearning`.
public struct RealTimeTrainer<Readout: Layer>: Sendable {
    /// Of the readout's outputs at a step.
    public let loss: Loss
    /// The number of changes of the weights.
    public var step: Int { state.step }
    /// The network with its state and the derivatives that are carried forward.
    public private(set) var learning: RealTimeRecurrentLearning
    /// Of the network and the readout together.
    private var values: ParameterValues
    private let readoutRoot: Readout
    private var state: OptimizerState

    /// - Parameters:
    ///   - network: built; one layer, one direction.
    ///   - readout: built; takes `[examples, units]`.
    ///   - examples: how many sequences run side by side.
    public init(
        _ network: Model<RNN>, readout: Model<Readout>, loss: Loss, optimizer: Optimizer = .adam(), examples: Int = 1
    ) {
        require(
            readout.isBuilt,
            "RealTimeTrainer: the readout is not built; call build(inputShape:on:seed:) first")
        require(
            network.frozenParameters.isEmpty && readout.frozenParameters.isEmpty,
            "RealTimeTrainer: parameters are frozen, but all of them are learned")
        learning = RealTimeRecurrentLearning(network, examples: examples)
        self.loss = loss
        readoutRoot = readout.root
        let table = ParameterTable(NetworkAndReadout(network: network.root, readout: readout.root))
        values = ParameterValues(
            table,
            table.entries.map { entry in
                network.table.position(of: entry.parameter).map { network.values.tensors[$0] }
                    ?? readout[entry.parameter]
            })
        state = OptimizerState(optimizer)
    }

    /// The network with the values of now.
    public var network: Model<RNN> { learning.network }
    /// The readout with the values of now.
    public var readout: Model<Readout> { Model(readoutRoot, values) }

    /// What was known after one step of the sequence, before the weights changed.
    public struct Step: Sendable {
        /// The readout's outputs, before the change.
        public let prediction: Tensor
        /// One number; nil where there was no target.
        public let loss: Tensor?
        /// By the network's W_x, W_h and b, then by the readout's parameters; empty where there was no target.
        public let gradients: [Tensor]
    }

    /// Back to a state of zeros, for a new sequence; weights and optimizer stay.
    public mutating func reset() { learning.reset() }

    /// One step of the sequences without changing weights.
    ///
    /// - Parameters:
    ///   - input: `[examples, features]`.
    ///   - target: for the readout of this step; nil if there is none.
    public mutating func advance(_ input: Tensor, target: Tensor?) -> Step {
        let hidden = learning.advance(input)
        guard let target else {
            return Step(prediction: readoutRoot.forward(hidden, Pass(values)), loss: nil, gradients: [])
        }
        var prediction = hidden
        let trainable = values.trainable
        let (value, gradients) = valueWithGradient(at: [hidden] + trainable.suffix(readoutCount)) { variables in
            var all = values
            all.trainable = Array(trainable.dropLast(readoutCount)) + variables.dropFirst()
            let output = readoutRoot.forward(variables[0], Pass(all))
            prediction = output.stopGradient()
            return loss(output, target)
        }
        return Step(
            prediction: prediction, loss: value, gradients: learning.gradients(gradients[0]) + gradients.dropFirst())
    }

    /// The trainable parameters of the readout, which follow those of the network.
    private var readoutCount: Int { values.table.trainable.count - learning.parameters.count }

    /// One step of the sequences; if there is a target, the weights change by the gradient of this step's loss. Nothing waits for the
    /// device. Where it fails, the loss carries the error, and the weights stay.
    @discardableResult
    public mutating func learn(_ input: Tensor, target: Tensor?) -> Step {
        let result = advance(input, target: target)
        guard let loss = result.loss else { return result }
        do throws(TensorError) {
            if let failure = loss.failure { throw failure }
            try state.change(&values, result.gradients)
            learning.network.values.take(from: values)
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
    public mutating func learn(_ inputs: Tensor, targets: Tensor) throws -> [Double] {
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
                guard pending.count == stepsBetweenReads || number == inputs.shape[1] - 1 else { continue }
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
            guard try values.isFinite else {
                throw try data.divergence(epoch: 1, step: losses.count, loss: .nan)
            }
        } catch {
            (values, state) = good
            learning.network.values.take(from: values)
            reset()
            throw error
        }
        return losses
    }
}

/// How many losses are read at a time.
private let stepsBetweenReads = 50

private struct NetworkAndReadout: Module {
    let network: RNN
    let readout: any Layer

    var children: [(name: String, module: any Module)] { [("network", network), ("readout", readout)] }
}
