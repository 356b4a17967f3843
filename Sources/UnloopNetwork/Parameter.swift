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

    /// All that changes in a parameter.
    struct Content {
        /// Nil until the layer is built.
        var value: Tensor?
        /// What is read in its place where a device failed to make or to move it: the error. The value is what it was.
        var failed: Tensor?
    }

    var content = Content()

    public init(_ name: String, isTrainable: Bool = true, isRegularized: Bool = false) {
        self.name = name
        self.isTrainable = isTrainable
        self.isRegularized = isRegularized
    }

    /// Whether it has a value. One that a device failed to make is none.
    public var isBuilt: Bool { content.value != nil }

    /// Carries an error where a device failed to make it, or to move it; then a later `build`, `move` or `fit` tries again.
    ///
    /// - Precondition: read only after the layer is built; the shape never changes.
    public var value: Tensor {
        get {
            guard let value = content.failed ?? content.value else {
                misuse("Parameter \(name): not built yet; call build(inputShape:on:seed:) or fit first")
            }
            return value
        }
        set {
            requireShape(newValue)
            content = Content(value: newValue)
        }
    }

    /// Gives it its first value.
    func make(_ value: Tensor) {
        requireShape(value)
        content = value.failure == nil ? Content(value: value) : Content(failed: value)
    }

    /// What the device has no room for stays where it is; reading gives the error.
    func move(to device: Device) {
        guard let value = content.value else { return }
        let moved = value.device == device ? value : value.to(device)
        content = moved.failure == nil ? Content(value: moved) : Content(value: value, failed: moved)
    }

    /// Changes the value without sharing its elements with it meanwhile. The shape stays. One that could not be moved is not changed: the body
    /// gets the error.
    func change<Failure>(_ body: (inout Tensor) throws(Failure) -> Void) throws(Failure) {
        guard content.failed == nil, var value = content.value else {
            var value = value
            return try body(&value)
        }
        content.value = nil
        defer { content.value = value }
        try body(&value)
    }

    private func requireShape(_ new: Tensor) {
        require(
            content.value.map { $0.dimensions == new.dimensions } ?? true,
            "Parameter \(name): its shape is \(content.value?.shape ?? []), not \(new.shape)")
    }
}

extension [Parameter] {
    /// What each of them holds.
    var contents: [Parameter.Content] {
        get { map(\.content) }
        nonmutating set { for (parameter, content) in zip(self, newValue) { parameter.content = content } }
    }

    /// Afterwards they hold what they held before, also when the body throws: for looking at a network without changing it.
    func keepingContents<Result>(_ body: () throws -> Result) rethrows -> Result {
        let before = contents
        defer { contents = before }
        return try body()
    }

    /// Each once, in the order in which they first come.
    var distinct: [Parameter] {
        var seen = Set<ObjectIdentifier>()
        return filter { seen.insert(ObjectIdentifier($0)).inserted }
    }
}
