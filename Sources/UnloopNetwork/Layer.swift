import UnloopBackend
import UnloopTensor

/// A part of a network: takes a batch of inputs, `[examples, …]`, and gives a batch of outputs.
///
/// A layer of your own names its parameters, makes them in `build` and computes in `forward`; training, saving, names and
/// summaries follow from that. Shapes in this protocol are those of one example, without the batch axis.
public protocol Layer: AnyObject {
    /// Shown in summaries and error messages; the type's name unless stated.
    var kind: String { get }
    /// The layer's own parameters.
    var parameters: [Parameter] { get }
    /// The layers inside, with the names that prefix those of their parameters.
    var children: [(name: String, layer: any Layer)] { get }

    /// - Precondition: the layer can take inputs of this shape; traps with both shapes otherwise.
    func outputShape(for inputShape: [Int]) -> [Int]
    /// Gives every parameter its first value. Layers inside are built by the layer that holds them.
    func build(inputShape: [Int], _ builder: Builder)
    /// The outputs for a batch, made of tensor operations, so that it can be differentiated.
    func forward(_ input: Tensor, _ pass: Pass) -> Tensor
}

extension Layer {
    public var kind: String { String(describing: Self.self) }
    public var parameters: [Parameter] { [] }
    public var children: [(name: String, layer: any Layer)] { [] }
    public func build(inputShape: [Int], _ builder: Builder) {}

    /// All parameters with full names (`0.weight`, `2.inner.bias`), the layer's own first, then those of the layers inside.
    public var namedParameters: [(name: String, parameter: Parameter)] {
        parameters.map { ($0.name, $0) }
            + children.flatMap { child in
                child.layer.namedParameters.map { (child.name + "." + $0.name, $0.parameter) }
            }
    }

    public var trainableParameters: [Parameter] { namedParameters.map(\.parameter).filter(\.isTrainable) }

    public var isBuilt: Bool { namedParameters.allSatisfy(\.parameter.isBuilt) }

    /// The number of trainable numbers.
    public var parameterCount: Int { trainableParameters.reduce(0) { $0 + $1.value.count } }

    /// Makes all parameters anew, from the seed: the same bits on every device.
    ///
    /// - Parameters:
    ///   - inputShape: of one example.
    ///   - elementType: float64 on `.loop` only, for checking gradients.
    public func build(
        inputShape: [Int], on device: Device = .best, seed: UInt64 = 0, elementType: ElementType = .float32
    ) {
        _ = outputShape(for: inputShape)
        build(inputShape: inputShape, Builder(device: device, seed: seed, elementType: elementType))
    }

    /// The outputs for a batch, as used after training: nothing is dropped, statistics are those that training collected. A
    /// network that is not built yet is built from seed 0.
    public func callAsFunction(_ input: Tensor) -> Tensor {
        if !isBuilt { build(inputShape: Array(input.shape.dropFirst()), on: input.device) }
        return forward(input, Pass())
    }

    /// Moves all parameters to a device.
    public func move(to device: Device) {
        for (_, parameter) in namedParameters where parameter.isBuilt && parameter.value.device != device {
            parameter.value = parameter.value.to(device)
        }
    }
}

/// What layers need to make their parameters.
public struct Builder: Sendable {
    public let device: Device
    public let seed: UInt64
    public let elementType: ElementType
    /// The name of the layer being built, with a point at its end; empty at the top.
    let prefix: String

    init(device: Device, seed: UInt64, elementType: ElementType = .float32, prefix: String = "") {
        self.device = device
        self.seed = seed
        self.elementType = elementType
        self.prefix = prefix
    }

    /// For a layer inside.
    public func inside(_ name: String) -> Builder {
        Builder(device: device, seed: seed, elementType: elementType, prefix: prefix + name + ".")
    }

    /// Gives a parameter its first value.
    ///
    /// - Parameters:
    ///   - inputs: how many inputs each output sums over (fan-in).
    ///   - outputs: to how many outputs each input contributes (fan-out).
    public func make(
        _ parameter: Parameter, _ shape: [Int], _ initializer: Initializer, inputs: Int = 1, outputs: Int = 1
    ) {
        let request = Initializer.Request(
            shape: shape, inputs: inputs, outputs: outputs,
            key: RandomKey(seed: seed, stream: streamNumber(prefix + parameter.name)), elementType: elementType,
            device: device)
        parameter.value = initializer.make(request)
    }

    /// Random streams go by name (FNV-1a, 64 bits), so a parameter's first value does not depend on what else there is.
    private func streamNumber(_ name: String) -> UInt64 {
        name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
}

/// One run through a network: whether it trains, and where its random numbers come from.
public final class Pass {
    public let isTraining: Bool
    /// Where recurrent layers take their first states from and leave their last ones, detached; nil lets every pass start from zero.
    public let carried: CarriedStates?
    private var key: RandomKey

    /// - Parameters:
    ///   - step: with the seed, decides what is dropped; a step that is run again drops the same.
    ///   - carried: for sequences that are run in pieces.
    public init(isTraining: Bool = false, seed: UInt64 = 0, step: Int = 0, carrying carried: CarriedStates? = nil) {
        self.isTraining = isTraining
        self.carried = carried
        key = RandomKey(seed: seed).child(UInt64(truncatingIfNeeded: step))
    }

    /// For the next layer of this pass that needs random numbers.
    public func nextKey() -> RandomKey { key.next() }
}
