import UnloopBackend
import UnloopTensor

/// A tensor that belongs to a layer: weights that training changes, or statistics that a layer keeps.
///
/// It has no value until its layer has seen the shape of its input.
public final class Parameter {
    /// The name inside the layer, `weight` for example.
    public let name: String
    /// Whether optimizers change it. Running statistics are not trainable, but are saved with the weights.
    public let isTrainable: Bool
    /// Whether weight decay and L1 or L2 regularization act on it; usual for weights, not for biases and scales.
    public let isRegularized: Bool
    private var storage: Tensor?

    public init(_ name: String, isTrainable: Bool = true, isRegularized: Bool = false) {
        self.name = name
        self.isTrainable = isTrainable
        self.isRegularized = isRegularized
    }

    public var isBuilt: Bool { storage != nil }

    /// - Precondition: read only after the layer is built; the shape never changes.
    public var value: Tensor {
        get {
            guard let storage else {
                misuse("Parameter \(name): not built yet; call build(inputShape:on:seed:) or fit first")
            }
            return storage
        }
        set {
            require(
                storage.map { $0.dimensions == newValue.dimensions } ?? true,
                "Parameter \(name): its shape is \(storage?.shape ?? []), not \(newValue.shape)")
            storage = newValue
        }
    }
    /// Changes the value without sharing its elements with it meanwhile. The shape stays.
    func change(_ body: (inout Tensor) -> Void) {
        var value = value
        storage = nil
        body(&value)
        storage = value
    }
}
