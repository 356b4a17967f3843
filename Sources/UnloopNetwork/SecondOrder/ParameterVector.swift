import UnloopBackend
import UnloopTensor

/// The trainable parameters of a network as one long vector, so that the work of an optimizer on all of them is one operation.
struct ParameterVector {
    /// Of all parameters; those that are trainable change, the others stay.
    private let values: ParameterValues
    private let shapes: [[Int]]
    private let sizes: [Int]

    init<Root>(_ model: Model<Root>) {
        require(!model.table.trainable.isEmpty, "\(model.root.kind): there is nothing to train")
        values = model.values
        shapes = values.trainable.map(\.shape)
        sizes = values.trainable.map(\.count)
    }

    /// Of the trainable parameters.
    var start: [Tensor] { values.trainable }

    /// All values, with others for the trainable parameters.
    func values(_ trainable: [Tensor]) -> ParameterValues {
        var result = values
        result.trainable = trainable
        return result
    }

    /// All values, with a vector for the trainable parameters.
    func values(at point: Tensor) -> ParameterValues { values(parts(point)) }

    /// Tensors of the parameters' shapes as one vector.
    func joined(_ tensors: [Tensor]) -> Tensor { Tensor.concatenate(tensors.map { $0.flattened() }) }

    /// The parts of a vector in the parameters' shapes, as views.
    func parts(_ vector: Tensor) -> [Tensor] { zip(vector.split(sizes), shapes).map { $0.reshaped($1) } }

    /// 1 where weight decay acts, else 0.
    func regularizationMask() -> Tensor {
        joined(
            zip(values.trainable, values.table.weightMarks).map { value, mark in Tensor.full(like: value, mark) })
    }
}
