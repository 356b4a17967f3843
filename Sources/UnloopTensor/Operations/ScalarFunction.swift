import UnloopBackend

/// A function of one element of each of some tensors, written once as a scalar formula in Swift. Every device runs it, in
/// one pass, and its derivative is found symbolically unless one is given.
///
///     let swish = ScalarFunction("swish") { x in x * sigmoid(x) }
///     let y = swish(x)
///
/// Make a function once (a `static let`) and call it often: making it traces the formula.
public struct ScalarFunction: Sendable {
    /// One object, so that passing a function on costs one reference.
    private final class Storage: Sendable {
        let name: String
        let program: ScalarProgram
        let pullback: ScalarProgram?
        let derivatives: Derivatives

        init(_ name: String, _ program: ScalarProgram, _ pullback: ScalarProgram?, _ derivatives: Derivatives) {
            self.name = name
            self.program = program
            self.pullback = pullback
            self.derivatives = derivatives
        }
    }

    private let storage: Storage

    /// Shown in error messages.
    public var name: String { storage.name }
    /// The formula; one output.
    public var program: ScalarProgram { storage.program }
    /// The derivative of one's own, if there is one; see `init`.
    package var pullback: ScalarProgram? { storage.pullback }
    var derivatives: Derivatives { storage.derivatives }

    /// A function from a program with one output.
    ///
    /// - Parameter pullback: takes the program's inputs and then the cotangent of the output, gives the cotangents of
    ///   all real inputs in order; nil finds it symbolically.
    public init(_ name: String, program: ScalarProgram, pullback: ScalarProgram? = nil) {
        require(program.outputs.count == 1, "\(name): a scalar function has one output")
        let realInputs = program.inputTypes.indices.filter { program.inputTypes[$0] == .real }
        if let pullback {
            require(
                pullback.inputTypes == program.inputTypes + [.real] && pullback.scalarTypes == program.scalarTypes
                    && pullback.outputTypes == realInputs.map { _ in .real },
                "\(name): the pullback takes the inputs and a cotangent, and gives a cotangent for each real input")
        }
        storage = Storage(name, program, pullback, Derivatives(program, pullback, realInputs))
    }

    /// A function of one real.
    public init(_ name: String = "function", _ formula: (Scalar) -> Scalar) {
        self.init(name, program: ScalarProgram(formula))
    }

    /// A function of two reals.
    public init(_ name: String = "function", _ formula: (Scalar, Scalar) -> Scalar) {
        self.init(name, program: ScalarProgram(formula))
    }

    /// A function of three reals.
    public init(_ name: String = "function", _ formula: (Scalar, Scalar, Scalar) -> Scalar) {
        self.init(name, program: ScalarProgram(formula))
    }

    /// A function of one real with a derivative of your own, which is used instead of the one that would be found.
    public init(
        _ name: String = "function", _ formula: (Scalar) -> Scalar, derivative: (Scalar) -> Scalar
    ) {
        self.init(
            name, program: ScalarProgram(formula),
            pullback: ScalarProgram { x, cotangent in cotangent * derivative(x) })
    }

    /// A function of two reals with partial derivatives of your own.
    public init(
        _ name: String = "function", _ formula: (Scalar, Scalar) -> Scalar,
        derivative: (Scalar, Scalar) -> (Scalar, Scalar)
    ) {
        let pullback = ScalarProgram(inputs: [.real, .real, .real]) { inputs, _ in
            let (x, y, cotangent) = (Scalar(inputs[0]), Scalar(inputs[1]), Scalar(inputs[2]))
            let partial = derivative(x, y)
            return [(cotangent * partial.0).expression, (cotangent * partial.1).expression]
        }
        self.init(name, program: ScalarProgram(formula), pullback: pullback)
    }

    /// A function of any number of reals and of scalars that are given at each call (so that a value that changes, like a
    /// learning rate, needs no new function).
    public init(
        _ name: String = "function", inputs: Int, scalars: Int = 0,
        _ formula: (_ inputs: [Scalar], _ scalars: [Scalar]) -> Scalar
    ) {
        let program = ScalarProgram(
            inputs: Array(repeating: .real, count: inputs), scalars: Array(repeating: .real, count: scalars)
        ) { inputs, scalars in
            [formula(inputs.map(Scalar.init), scalars.map(Scalar.init)).expression]
        }
        self.init(name, program: program)
    }

    /// Applies the function element by element; shapes broadcast.
    public func callAsFunction(_ inputs: Tensor..., scalars: Double...) -> Tensor {
        Tensor.apply(self, inputs, scalars: scalars)
    }

    /// Applies the function element by element; shapes broadcast.
    public func callAsFunction(_ inputs: [Tensor], scalars: [Double]) -> Tensor {
        Tensor.apply(self, inputs, scalars: scalars)
    }
}
