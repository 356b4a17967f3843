import UnloopBackend
import UnloopTensor

/// A network with its values. It is a value itself: copies are cheap and independent, `let best = model` is a snapshot, and any number of
/// tasks can use one at the same time.
///
///     var model = Model {
///         Dense(64, activation: .relu)
///         Dense(10)
///     }
///     try model.fit(training, loss: .softmaxCrossEntropy, epochs: 10)
///     let classes = model(images).argmax(-1)
///
/// Values come from `build`, from `fit`, which builds a network that is not built yet, or from `load`.
public struct Model<Root: Module>: Sendable {
    /// The description of the network.
    public let root: Root
    /// The shape of one example, once the network was built for one.
    public internal(set) var inputShape: [Int]?
    private(set) var table: ParameterTable
    /// Nil until built.
    private var made: ParameterValues? {
        didSet { share() }
    }
    /// The values for several tasks at once. While values change nothing shares them.
    private var shared: SharedTensors?

    /// A network that is not built yet.
    ///
    /// - Precondition: no two parameters have the same full name; traps with the places of both otherwise.
    public init(_ root: Root) {
        self.root = root
        table = ParameterTable(root)
        if table.entries.isEmpty { made = ParameterValues(table, []) }
    }

    /// A part of a network, or one around it, with the values that it has there.
    ///
    /// - Precondition: every parameter of `root` has a value there.
    public init(_ root: Root, _ values: ParameterValues) {
        self.init(root)
        made = ParameterValues(
            table,
            table.entries.map { entry in
                guard let position = values.table.position(of: entry.parameter) else {
                    misuse("\(root.kind): the values have none for `\(entry.name)`; they are of another network")
                }
                return values.tensors[position]
            })
        // Observers do not run in initializers.
        share()
    }

    /// Whether every parameter has a value; false where a device failed to make one.
    public var isBuilt: Bool { made.map { $0.failure == nil } ?? false }

    /// The values of all parameters. They stay on the device on which they were made until `move(to:)`.
    ///
    /// - Precondition: the network is built. New values are of the same network.
    public var values: ParameterValues {
        get { made ?? notBuilt() }
        _modify {
            // Moved out, so that nothing shares it while it changes.
            var values = made ?? notBuilt()
            made = nil
            defer {
                require(values.table.isEqual(to: table), "\(root.kind): the values are of another network")
                // What is frozen is the model's affair.
                made = values.table === table ? values : ParameterValues(table, values.tensors)
            }
            yield &values
        }
    }

    private mutating func share() { shared = made.map { SharedTensors($0.tensors) } }

    /// The values by objects of the calling thread, for a pass that changes none.
    var valuesOfThisThread: ParameterValues {
        guard let shared else { return values }
        return ParameterValues(table, shared.ofThisThread)
    }

    private func notBuilt() -> ParameterValues {
        misuse("\(root.kind): the network is not built; call build(inputShape:on:seed:), fit or load first")
    }

    /// The value of a parameter.
    ///
    /// - Precondition: the network is built, and the parameter is one of it.
    public subscript(parameter: Parameter) -> Tensor {
        get { values[parameter] }
        _modify { yield &values[parameter] }
    }

    /// All parameters with full names; see `Module.namedParameters`.
    public var namedParameters: [(name: String, parameter: Parameter)] { table.entries.map { ($0.name, $0.parameter) } }

    /// Those that training changes, in the same order: those that are declared trainable and are not frozen.
    public var trainableParameters: [Parameter] { table.trainable.map { table.entries[$0].parameter } }

    /// The number of numbers that training changes.
    public var parameterCount: Int { values.trainable.reduce(0) { $0 + $1.count } }

    /// Where the values are; nil for a network that is not built or has no parameters.
    public var device: Device? { made?.tensors.first?.device }

    /// That of the values.
    var elementType: ElementType { made?.tensors.first?.elementType ?? .float32 }

    /// Traps unless the network is built.
    func requireBuilt() { if made == nil { _ = notBuilt() } }

    /// Lets go of the values, so that a training that has a copy of the model has them alone; `restore` gives them back.
    mutating func releaseValues() { made = nil }

    mutating func restore(_ values: ParameterValues?) { made = values }
}

extension Model where Root == Sequential {
    /// Layers one after the other; see `Sequential`.
    public init(@LayerListBuilder _ layers: () -> [any Layer]) { self.init(Sequential(layers())) }
}

// MARK: - Freezing

extension Model {
    /// Keeps trainable parameters as they are: no training changes them, and no gradient is computed for them.
    ///
    ///     model.freeze("encoder.*")
    ///
    /// Running statistics of a normalization are no trainable parameters; they go on following the batches.
    ///
    /// - Parameter patterns: full names; `*` stands for any characters, dots too, also for none.
    /// - Precondition: every pattern matches a trainable parameter.
    public mutating func freeze(_ patterns: String...) { learn(false, patterns) }

    /// Lets training change parameters again.
    ///
    /// - Parameter patterns: as for `freeze`.
    /// - Precondition: every pattern matches a trainable parameter.
    public mutating func unfreeze(_ patterns: String...) { learn(true, patterns) }

    /// The full names of the parameters that are frozen, in order.
    public var frozenParameters: [String] { table.frozenNames }

    private mutating func learn(_ learns: Bool, _ patterns: [String]) {
        table = table.learning(learns, patterns.map(NamePattern.init))
        made = made.map { ParameterValues(table, $0.tensors) }
    }
}

// MARK: - Building and moving

extension Model {
    /// Makes all parameters anew by code of your own, for networks that are no layers: the same bits on every device. Those that the
    /// device fails to make carry its error, and the network is not built.
    ///
    ///     model.build(seed: 1) { root, builder in
    ///         root.encoder.build(inputShape: [20, 8], &builder)
    ///     }
    ///
    /// - Parameter elementType: float64 on `.loop` only, for checking gradients.
    public mutating func build(
        on device: Device = .best, seed: UInt64 = 0, elementType: ElementType = .float32,
        _ body: (Root, inout Builder) -> Void
    ) {
        var builder = Builder(table, device: device, seed: seed, elementType: elementType)
        body(root, &builder)
        made = builder.values()
    }

    /// Moves all values to a device: all of them or, with an error, none.
    public mutating func move(to device: Device) throws(TensorError) {
        guard let made, self.device != device else { return }
        let moved = ParameterValues(table, made.tensors.map { $0.to(device) })
        if let failure = moved.failure { throw failure }
        self.made = moved
    }
}

extension Model where Root: Layer {
    /// Makes all parameters anew, from the seed: the same bits on every device. Those that the device fails to make carry its error, and
    /// the network is not built.
    ///
    /// - Parameters:
    ///   - inputShape: of one example.
    ///   - elementType: float64 on `.loop` only, for checking gradients.
    public mutating func build(
        inputShape: [Int], on device: Device = .best, seed: UInt64 = 0, elementType: ElementType = .float32
    ) {
        _ = root.outputShape(for: inputShape)
        build(on: device, seed: seed, elementType: elementType) { root, builder in
            root.build(inputShape: inputShape, &builder)
        }
        self.inputShape = inputShape
    }

    /// The outputs for a batch, as used after training: nothing is dropped, statistics are those that training collected.
    ///
    /// - Precondition: the network is built.
    public func callAsFunction(_ input: Tensor) -> Tensor { root.forward(input, Pass(valuesOfThisThread)) }

    /// The outputs for a batch in a pass: for losses of your own.
    public func callAsFunction(_ input: Tensor, _ pass: Pass) -> Tensor { root.forward(input, pass) }

    /// Builds the network, or moves it where it is built: all of it or, with an error, nothing of it.
    mutating func prepare(inputShape: [Int], on device: Device, seed: UInt64) throws(TensorError) {
        if isBuilt {
            try move(to: device)
        } else {
            var new = self
            new.build(inputShape: inputShape, on: device, seed: seed)
            if let failure = new.values.failure { throw failure }
            self = new
        }
    }
}
