import UnloopBackend
import UnloopTensor

/// The function at the output of a layer. Any scalar formula will do, and its derivative is found for it:
///
///     extension Activation {
///         static let cube = Activation("cube") { x in x * x * x }
///     }
public struct Activation: Sendable {
    enum Kind: Sendable {
        /// The function, and the function of the sum of two values, the second a bias.
        case elementwise(ScalarFunction, ofSum: ScalarFunction)
        /// Nothing is computed.
        case identity
        /// Along the last axis.
        case softmax, logSoftmax

        /// What is computed where a product is stored, of its elements and the bias.
        func epilogue(hasBias: Bool) -> ScalarFunction? {
            switch self {
            case .elementwise(let function, let ofSum): hasBias ? ofSum : function
            case .identity, .softmax, .logSoftmax: hasBias ? Activation.add : nil
            }
        }
    }

    /// Shown in summaries and error messages.
    public let name: String
    let kind: Kind

    /// An activation of each element by itself.
    public init(_ name: String = "custom", _ formula: (Scalar) -> Scalar) {
        self.init(name, ScalarFunction(name, formula))
    }

    /// An activation of each element by a function of one real.
    public init(_ name: String, _ function: ScalarFunction) {
        require(
            function.program.inputTypes == [.real] && function.program.scalarTypes.isEmpty,
            "Activation \(name): the function takes one real and no scalars")
        func sum(_ inputs: [ScalarExpression]) -> ScalarExpression {
            (Scalar(inputs[0]) + Scalar(inputs[1])).expression
        }
        let ofSum = ScalarFunction(
            name,
            program: ScalarProgram(inputs: [.real, .real]) { inputs, _ in
                [function.program.expressions(inputs: [sum(inputs)], scalars: [])[function.program.outputs[0]]]
            },
            pullback: function.pullback.map { pullback in
                ScalarProgram(inputs: [.real, .real, .real]) { inputs, _ in
                    let values = pullback.expressions(inputs: [sum(inputs), inputs[2]], scalars: [])
                    return [values[pullback.outputs[0]], values[pullback.outputs[0]]]
                }
            })
        self.init(name, .elementwise(function, ofSum: ofSum))
    }

    private init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// The function of each element; of each row along the last axis for softmax and its logarithm. The shape stays.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        switch kind {
        case .elementwise(let function, _): function(x)
        case .identity: x
        case .softmax: x.softmax()
        case .logSoftmax: x.logSoftmax()
        }
    }
}

extension Activation {
    /// `activation(product + bias)` in as few passes as possible.
    ///
    /// - Parameter product: computes a matrix product or a convolution, to whose elements the function (of the element and of
    ///   `inputs`) is applied before they are stored; nil stores them as they are.
    func afterProduct(bias: Tensor?, _ product: (_ epilogue: ScalarFunction?, _ inputs: [Tensor]) -> Tensor) -> Tensor {
        let inputs = bias.map { [$0] } ?? []
        let product = product(kind.epilogue(hasBias: bias != nil), inputs)
        switch kind {
        case .elementwise, .identity: return product
        case .softmax, .logSoftmax: return self(product)
        }
    }

    fileprivate static let add = ScalarFunction("add", { (x: Scalar, bias: Scalar) in x + bias })

    /// Not by the name, which is for people: one's own activation may be called anything.
    var isIdentity: Bool { if case .identity = kind { true } else { false } }
}

// One line each: the name and the formula, or the tensor function of that name.
extension Activation {
    /// 1 / (1 + exp(-x)).
    public static let sigmoid = Activation("sigmoid", ScalarFunction.sigmoid)
    /// The hyperbolic tangent.
    public static let tanh = Activation("tanh", ScalarFunction.tanh)
    /// max(x, 0).
    public static let relu = Activation("relu", ScalarFunction.relu)
    /// log(1 + exp(x)), for any x.
    public static let softplus = Activation("softplus", ScalarFunction.softplus)
    /// x·Φ(x), Φ the normal distribution (D. Hendrycks, K. Gimpel, arXiv 1606.08415), not its tanh approximation.
    public static let gelu = Activation("gelu", ScalarFunction.gelu)
    /// x·sigmoid(x), also called swish.
    public static let silu = Activation("silu", ScalarFunction.silu)
    /// D. Misra, arXiv 1908.08681.
    public static let mish = Activation("mish", ScalarFunction.mish)
    /// G. Klambauer et al., arXiv 1706.02515.
    public static let selu = Activation("selu") { x in
        1.0507009873554805 * select(x .> 0, x, 1.6732632423543772 * expm1(x))
    }
    /// x / (1 + |x|).
    public static let softsign = Activation("softsign", ScalarFunction.softsign)
    /// x itself: nothing is computed.
    public static let identity = Activation("identity", .identity)
    /// x for x > 0, slope·x otherwise.
    public static func leakyRelu(_ slope: Double = 0.01) -> Activation {
        Activation("leakyRelu(\(slope))") { x in select(x .> 0, x, Scalar(slope) * x) }
    }
    /// x for x > 0, scale·(exp(x) - 1) otherwise (D. Clevert et al., arXiv 1511.07289).
    public static func elu(_ scale: Double = 1) -> Activation {
        Activation("elu(\(scale))") { x in select(x .> 0, x, Scalar(scale) * expm1(x)) }
    }
    /// exp(x) / Σ exp(x) along the last axis, without overflow.
    public static let softmax = Activation("softmax", .softmax)
    /// The logarithm of softmax, accurate where softmax underflows.
    public static let logSoftmax = Activation("logSoftmax", .logSoftmax)

    /// Every activation above, those with a parameter at its default; tests and benchmarks go through this list.
    public static let all: [Activation] = [
        sigmoid, tanh, relu, softplus, gelu, silu, mish, selu, softsign, identity, leakyRelu(), elu(), softmax,
        logSoftmax,
    ]
}
