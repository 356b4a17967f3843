import Synchronization
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

    /// All parameters with full names (`0.weight`, `2.inner.bias`), the layer's own first, then those of the layers inside. A layer or a
    /// parameter that is used at several places is one: it has the name of the first.
    public var namedParameters: [(name: String, parameter: Parameter)] {
        var result: [(name: String, parameter: Parameter)] = []
        visitLayers { name, _, parameters in
            for parameter in parameters {
                result.append((name.isEmpty ? parameter.name : name + "." + parameter.name, parameter))
            }
        }
        return result
    }

    /// Visits this layer and then those inside, each object once, with its position in the network (empty for this layer) and those
    /// of its own parameters that no layer before it has.
    func visitLayers(_ body: (_ name: String, _ layer: any Layer, _ parameters: [Parameter]) -> Void) {
        var seen = Set<ObjectIdentifier>()
        func visit(_ layer: any Layer, _ name: String) {
            guard seen.insert(ObjectIdentifier(layer)).inserted else { return }
            body(name, layer, layer.parameters.filter { seen.insert(ObjectIdentifier($0)).inserted })
            for child in layer.children { visit(child.layer, name.isEmpty ? child.name : name + "." + child.name) }
        }
        visit(self, "")
    }

    public var trainableParameters: [Parameter] { namedParameters.map(\.parameter).filter(\.isTrainable) }

    /// Whether every parameter has a value; false where a device failed to make one.
    public var isBuilt: Bool { parameters.allSatisfy(\.isBuilt) && children.allSatisfy { $0.layer.isBuilt } }

    /// The number of trainable numbers.
    public var parameterCount: Int { trainableParameters.reduce(0) { $0 + $1.value.count } }

    /// Makes all parameters anew, from the seed: the same bits on every device. Those that the device fails to make carry its error, and the
    /// network is not built.
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

    /// Moves all parameters to a device. One that it has no room for carries its error until it is moved to another device, or back.
    public func move(to device: Device) {
        for (_, parameter) in namedParameters { parameter.move(to: device) }
    }

    /// Builds the network, or moves it where it is built: all of it or, with an error, nothing of it.
    func prepare(inputShape: [Int], on device: Device, seed: UInt64) throws(TensorError) {
        let parameters = namedParameters.map(\.parameter)
        let before = parameters.contents
        if isBuilt { move(to: device) } else { build(inputShape: inputShape, on: device, seed: seed) }
        for parameter in parameters {
            guard let failure = parameter.value.failure else { continue }
            parameters.contents = before
            throw failure
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
    private let made: MadeParameters

    init(device: Device, seed: UInt64, elementType: ElementType = .float32) {
        self.init(device, seed, elementType, prefix: "", MadeParameters())
    }

    private init(
        _ device: Device, _ seed: UInt64, _ elementType: ElementType, prefix: String, _ made: MadeParameters
    ) {
        self.device = device
        self.seed = seed
        self.elementType = elementType
        self.prefix = prefix
        self.made = made
    }

    /// For a layer inside.
    public func inside(_ name: String) -> Builder {
        Builder(device, seed, elementType, prefix: prefix + name + ".", made)
    }

    /// Gives a parameter its first value. One of a layer that is used at several places has the value that its first place gives it.
    ///
    /// - Parameters:
    ///   - inputs: how many inputs each output sums over (fan-in).
    ///   - outputs: to how many outputs each input contributes (fan-out).
    public func make(
        _ parameter: Parameter, _ shape: [Int], _ initializer: Initializer, inputs: Int = 1, outputs: Int = 1
    ) {
        guard made.insert(parameter) else {
            let first = parameter.value.shape
            require(
                first == shape,
                "\(prefix)\(parameter.name): a layer that is used twice must take inputs of one shape; its parameter is \(first), not \(shape)"
            )
            return
        }
        let request = Initializer.Request(
            shape: shape, inputs: inputs, outputs: outputs,
            key: RandomKey(seed: seed, stream: streamNumber(prefix + parameter.name)), elementType: elementType,
            device: device)
        parameter.make(initializer.make(request))
    }

    /// Random streams go by name (FNV-1a, 64 bits), so a parameter's first value does not depend on what else there is.
    private func streamNumber(_ name: String) -> UInt64 {
        name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
}

/// The parameters that one build has given a value.
private final class MadeParameters: Sendable {
    private let identities = Mutex(Set<ObjectIdentifier>())

    /// Whether the parameter is not yet among them.
    func insert(_ parameter: Parameter) -> Bool {
        let identity = ObjectIdentifier(parameter)
        return identities.withLock { $0.insert(identity).inserted }
    }
}

/// One run through a network: whether it trains, and where its random numbers come from.
public final class Pass {
    public let isTraining: Bool
    /// Where recurrent layers take their first states from and leave their last ones, detached; nil lets every pass start from zero.
    public let carried: CarriedStates?
    private var key: RandomKey
    /// How often each recurrent layer has run in this pass.
    private var uses: [ObjectIdentifier: Int] = [:]

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

    /// The number of this use of a layer in the pass, from 0: a layer at two places of a network carries two states.
    func nextUse(of layer: RecurrentLayer) -> Int {
        defer { uses[ObjectIdentifier(layer), default: 0] += 1 }
        return uses[ObjectIdentifier(layer), default: 0]
    }
}
