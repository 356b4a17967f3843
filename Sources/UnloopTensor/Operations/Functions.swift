import UnloopBackend

/// The functions of one variable that have a name in mathematics or in the field. Each is one row: the formula; its
/// derivative is found from it unless a better one stands beside.
extension ScalarFunction {
    public static let abs = ScalarFunction("abs") { (x: Scalar) in UnloopBackend.abs(x) }
    public static let sqrt = ScalarFunction("sqrt") { (x: Scalar) in UnloopBackend.sqrt(x) }
    public static let square = ScalarFunction("square") { (x: Scalar) in x * x }
    public static let reciprocal = ScalarFunction("reciprocal") { (x: Scalar) in 1 / x }
    public static let exp = ScalarFunction("exp") { (x: Scalar) in UnloopBackend.exp(x) }
    public static let expm1 = ScalarFunction("expm1") { (x: Scalar) in UnloopBackend.expm1(x) }
    public static let log = ScalarFunction("log") { (x: Scalar) in UnloopBackend.log(x) }
    public static let log1p = ScalarFunction("log1p") { (x: Scalar) in UnloopBackend.log1p(x) }
    public static let sin = ScalarFunction("sin") { (x: Scalar) in UnloopBackend.sin(x) }
    public static let cos = ScalarFunction("cos") { (x: Scalar) in UnloopBackend.cos(x) }
    public static let tanh = ScalarFunction("tanh") { (x: Scalar) in UnloopBackend.tanh(x) }
    public static let sigmoid = ScalarFunction("sigmoid") { (x: Scalar) in UnloopBackend.sigmoid(x) }
    public static let erf = ScalarFunction("erf") { (x: Scalar) in UnloopBackend.erf(x) }
    public static let normalDistribution = ScalarFunction("normalDistribution") { (x: Scalar) in
        UnloopBackend.normalDistribution(x)
    }
    public static let floor = ScalarFunction("floor") { (x: Scalar) in UnloopBackend.floor(x) }
    public static let ceil = ScalarFunction("ceil") { (x: Scalar) in UnloopBackend.ceil(x) }
    public static let round = ScalarFunction("round") { (x: Scalar) in UnloopBackend.round(x) }
    /// -1, 0 or 1; NaN stays.
    public static let sign = ScalarFunction("sign") { (x: Scalar) in
        select(x .> 0, 1, select(x .< 0, -1, select(x .== 0, 0, x)))
    }
    /// max(x, 0). Written as a selection, its derivative at 0 is 0, as the field has it, also inside larger formulas.
    public static let relu = ScalarFunction("relu") { (x: Scalar) in select(x .<= 0, 0, x) }
    /// log(1 + exp(x)), computed without overflow for large x.
    public static let softplus = ScalarFunction("softplus") { (x: Scalar) in
        softplus(x)
    } derivative: { x in
        // The formula has a kink at 0 in each of its terms, and the function has none.
        UnloopBackend.sigmoid(x)
    }
    private static func softplus(_ x: Scalar) -> Scalar {
        UnloopBackend.max(x, 0) + UnloopBackend.log1p(UnloopBackend.exp(-UnloopBackend.abs(x)))
    }
    /// x sigmoid(x), also called swish (Ramachandran, Zoph, Le 2017).
    public static let silu = ScalarFunction("silu") { (x: Scalar) in
        // Below the bound sigmoid(x) is 0, in float64 too, and infinity times 0 would be NaN.
        select(x .< -800, -800, x) * UnloopBackend.sigmoid(x)
    } derivative: { x in
        let y = UnloopBackend.sigmoid(x)
        return y + bounded(x, 800) * (y * (1 - y))
    }
    /// x Φ(x) with the normal distribution function Φ (Hendrycks, Gimpel 2016), in its exact form.
    public static let gelu = ScalarFunction("gelu") { (x: Scalar) in
        // Below the bound Φ(x) is 0, in float64 too.
        select(x .< -40, -40, x) * UnloopBackend.normalDistribution(x)
    } derivative: { x in
        UnloopBackend.normalDistribution(x) + bounded(x, 40) * normalDensity(x)
    }
    /// x tanh(log(1 + exp(x))) (Misra 2019).
    package static let mish = ScalarFunction("mish") { (x: Scalar) in
        select(x .< -800, -800, x) * UnloopBackend.tanh(softplus(x))
    } derivative: { x in
        let y = UnloopBackend.tanh(softplus(x))
        return y + bounded(x, 800) * ((1 - y * y) * UnloopBackend.sigmoid(x))
    }
    /// x / (1 + |x|).
    package static let softsign = ScalarFunction("softsign") { (x: Scalar) in
        // Beyond the bound the result is ±1; infinity over infinity would be NaN.
        let x = bounded(x, 1e30)
        return x / (1 + UnloopBackend.abs(x))
    } derivative: { x in
        let share = 1 / (1 + UnloopBackend.abs(x))
        return share * share
    }
    /// x for x > 0, exp(x) - 1 below (Clevert, Unterthiner, Hochreiter 2015).
    public static let elu = ScalarFunction("elu") { (x: Scalar) in
        select(x .> 0, x, UnloopBackend.expm1(x))
    }
    /// x for x > 0, slope·x elsewhere; the slope is a scalar of the call.
    public static let leakyRelu = ScalarFunction("leakyRelu", inputs: 1, scalars: 1) { x, s in
        select(x[0] .> 0, x[0], s[0] * x[0])
    }

    /// Every function above, and those of the operators and functions of two tensors or of a tensor and a number.
    package static let all: [ScalarFunction] =
        [
            abs, sqrt, square, reciprocal, exp, expm1, log, log1p, sin, cos, tanh, sigmoid, erf, normalDistribution,
            floor, ceil, round, sign, relu, softplus, silu, gelu, mish, softsign, elu, leakyRelu, clampBoth,
        ] + arithmetic + comparisons

    static let clampBoth = ScalarFunction(
        "clamp",
        program: ScalarProgram(inputs: [.real], scalars: [.real, .real]) { x, s in
            [UnloopBackend.min(UnloopBackend.max(Scalar(x[0]), Scalar(s[0])), Scalar(s[1])).expression]
        },
        pullback: ScalarProgram(inputs: [.real, .real], scalars: [.real, .real]) { x, s in
            let value = Scalar(x[0])
            let inside = (value .>= Scalar(s[0])) & (value .<= Scalar(s[1]))
            return [select(inside, Scalar(x[1]), select(value .== value, 0, value * Scalar(x[1]))).expression]
        })
}

/// Absolute value; of real elements. Derivative 0 at 0.
public func abs(_ x: Tensor) -> Tensor { ScalarFunction.abs(x) }
/// Square root; NaN for negative elements.
public func sqrt(_ x: Tensor) -> Tensor { ScalarFunction.sqrt(x) }
public func exp(_ x: Tensor) -> Tensor { ScalarFunction.exp(x) }
/// exp(x) - 1, accurate near 0.
public func expm1(_ x: Tensor) -> Tensor { ScalarFunction.expm1(x) }
/// Natural logarithm; -infinity at 0, NaN below.
public func log(_ x: Tensor) -> Tensor { ScalarFunction.log(x) }
/// log(1 + x), accurate near 0.
public func log1p(_ x: Tensor) -> Tensor { ScalarFunction.log1p(x) }
public func sin(_ x: Tensor) -> Tensor { ScalarFunction.sin(x) }
public func cos(_ x: Tensor) -> Tensor { ScalarFunction.cos(x) }
public func tanh(_ x: Tensor) -> Tensor { ScalarFunction.tanh(x) }
/// 1 / (1 + exp(-x)), without overflow.
public func sigmoid(_ x: Tensor) -> Tensor { ScalarFunction.sigmoid(x) }
/// The error function.
public func erf(_ x: Tensor) -> Tensor { ScalarFunction.erf(x) }
/// Φ, the distribution function of the standard normal distribution, accurate in both tails.
public func normalDistribution(_ x: Tensor) -> Tensor { ScalarFunction.normalDistribution(x) }
public func floor(_ x: Tensor) -> Tensor { ScalarFunction.floor(x) }
public func ceil(_ x: Tensor) -> Tensor { ScalarFunction.ceil(x) }
/// To the nearest integer, ties to even.
public func round(_ x: Tensor) -> Tensor { ScalarFunction.round(x) }
/// -1, 0 or 1; NaN stays.
public func sign(_ x: Tensor) -> Tensor { ScalarFunction.sign(x) }
/// max(x, 0); derivative 0 at 0.
public func relu(_ x: Tensor) -> Tensor { ScalarFunction.relu(x) }
/// log(1 + exp(x)), finite for every finite x.
public func softplus(_ x: Tensor) -> Tensor { ScalarFunction.softplus(x) }
/// x sigmoid(x).
public func silu(_ x: Tensor) -> Tensor { ScalarFunction.silu(x) }
/// x Φ(x) with the normal distribution function Φ.
public func gelu(_ x: Tensor) -> Tensor { ScalarFunction.gelu(x) }
/// x for x > 0, exp(x) - 1 elsewhere.
public func elu(_ x: Tensor) -> Tensor { ScalarFunction.elu(x) }
/// x for x > 0, slope·x elsewhere.
public func leakyRelu(_ x: Tensor, slope: Double = 0.01) -> Tensor { ScalarFunction.leakyRelu(x, scalars: slope) }

extension Tensor {
    /// x², element by element.
    public func squared() -> Tensor { ScalarFunction.square(self) }

    /// 1/x, element by element.
    public func reciprocal() -> Tensor { ScalarFunction.reciprocal(self) }

    /// Elements below `low` become `low`, those above `high` become `high`; NaN stays. The derivative is 1 from `low` to
    /// `high`, both included, and 0 outside.
    public func clamped(_ low: Double, _ high: Double) -> Tensor {
        require(low <= high, "clamp: the lower bound \(low) is above the upper bound \(high)")
        return Tensor.apply(.clampBoth, [self], scalars: [low, high])
    }
}
