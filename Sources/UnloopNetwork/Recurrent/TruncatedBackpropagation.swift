import UnloopBackend
import UnloopData
import UnloopTensor

extension Model where Root: Layer {
    /// The gradient of a loss of sequences by backpropagation through time that is cut every `steps` steps: the states go on from piece to
    /// piece, the derivative does not (R. Williams, J. Peng, Neural Computation 2, 1990). With at least as many steps as the sequences have
    /// it is the full gradient. The network computes as in a training.
    ///
    /// - Parameters:
    ///   - batch: features `[examples, time, …]` and labels `[examples, time, …]`.
    ///   - loss: of each piece; the pieces' losses are added up.
    /// - Returns: the sum of the losses and its gradients with respect to `trainableParameters`.
    public func truncatedBackpropagation(_ batch: Dataset, loss: Loss, steps: Int) -> (
        value: Tensor, gradients: [Tensor]
    ) {
        var values = values
        var carried: CarriedStates? = CarriedStates()
        let pieces = batch.windows(of: steps).map { piece in
            let found = valueWithGradient(of: values, carrying: carried) { pass in
                loss(root.forward(piece.features, pass), piece.labels, piece.weights)
            }
            carried = found.carried
            values.remember(found)
            return found
        }
        return pieces.dropFirst().reduce((pieces[0].value, pieces[0].gradients)) { sum, piece in
            (sum.0 + piece.value, zip(sum.1, piece.gradients).map { $0 + $1 })
        }
    }
}

extension Dataset {
    /// Sequences `[examples, time, …]` with labels for each step, cut into pieces of this many steps; the last may be shorter.
    func windows(of steps: Int) -> [Dataset] {
        require(
            features.rank >= 2 && labels.rank >= 2 && features.dimensions[1] == labels.dimensions[1],
            "windows: features \(features.shape) and labels \(labels.shape) have not the same steps of time on their second axis"
        )
        let time = features.dimensions[1]
        require(steps > 0 && time > 0, "windows: \(time) steps of time in pieces of \(steps)")
        return stride(from: 0, to: time, by: steps).map { start in
            let range = start..<Swift.min(start + steps, time)
            return Dataset(
                viewing: features.sliced(axis: 1, range), labels: labels.sliced(axis: 1, range), weights: weights)
        }
    }
}
