import UnloopBackend
import UnloopTensor

/// The trainable parameters of a network as one long vector, so that the work of an optimizer on all of them is one operation.
struct ParameterVector {
    let parameters: [Parameter]
    /// Those that are not trainable too.
    private let all: [Parameter]
    private let shapes: [[Int]]
    private let sizes: [Int]

    init(_ model: any Layer) {
        require(model.isBuilt, "\(model.kind): not built yet; call build(inputShape:on:seed:) first")
        all = model.namedParameters.map(\.parameter)
        parameters = all.filter(\.isTrainable)
        require(!parameters.isEmpty, "\(model.kind): there is nothing to train")
        shapes = parameters.map(\.value.shape)
        sizes = parameters.map(\.value.count)
    }

    var values: [Tensor] { parameters.map(\.value) }

    func assign(_ values: [Tensor]) {
        for (parameter, value) in zip(parameters, values) { parameter.value = value }
    }

    /// Afterwards all parameters have the values from before, also when the body throws.
    func keepingValues<Result>(_ body: () throws -> Result) rethrows -> Result { try all.keepingContents(body) }

    /// Tensors of the parameters' shapes as one vector.
    func joined(_ tensors: [Tensor]) -> Tensor { Tensor.concatenate(tensors.map { $0.flattened() }) }

    /// The parts of a vector in the parameters' shapes, as views.
    func parts(_ vector: Tensor) -> [Tensor] { zip(vector.split(sizes), shapes).map { $0.reshaped($1) } }

    /// 1 where weight decay acts, else 0.
    func regularizationMask() -> Tensor {
        joined(parameters.map { $0.isRegularized ? Tensor.ones(like: $0.value) : Tensor.zeros(like: $0.value) })
    }
}
