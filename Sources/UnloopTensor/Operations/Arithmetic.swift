import UnloopBackend

/// An operation with a formula for reals and one for 32-bit integers, which wrap.
private struct Arithmetic: Sendable {
    let real: ScalarFunction
    let integer: ScalarFunction

    init(
        _ name: String, _ real: (Scalar, Scalar) -> Scalar, _ integer: (IntegerScalar, IntegerScalar) -> IntegerScalar
    ) {
        self.real = ScalarFunction(name, real)
        self.integer = ScalarFunction(
            name,
            program: ScalarProgram(inputs: [.integer, .integer]) { x, _ in
                [integer(IntegerScalar(x[0]), IntegerScalar(x[1])).expression]
            })
    }

    func callAsFunction(_ a: Tensor, _ b: Tensor) -> Tensor {
        Tensor.apply(a.elementType == .int32 ? integer : real, [a, b])
    }

    static let add = Arithmetic("add", +, +)
    static let subtract = Arithmetic("subtract", -, -)
    static let multiply = Arithmetic("multiply", *, *)
    static let maximum = Arithmetic("max", max, { select($0 .> $1, $0, $1) })
    static let minimum = Arithmetic("min", min, { select($0 .< $1, $0, $1) })
    static let divide = ScalarFunction("divide", { (a: Scalar, b: Scalar) in a / b })
    static let power = ScalarFunction("pow", { (a: Scalar, b: Scalar) in pow(a, b) })
    static let negate = ScalarFunction("negate", { (x: Scalar) in -x })
    static let negateInteger = ScalarFunction(
        "negate",
        program: ScalarProgram(inputs: [.integer]) { x, _ in [(0 - IntegerScalar(x[0])).expression] })
}

/// The same with the second operand, or the first, a number given at the call.
private struct NumberArithmetic: Sendable {
    let real: ScalarFunction
    let integer: ScalarFunction

    init(
        _ name: String, _ real: (Scalar, Scalar) -> Scalar, _ integer: (IntegerScalar, IntegerScalar) -> IntegerScalar
    ) {
        self.real = ScalarFunction(name, inputs: 1, scalars: 1) { x, s in real(x[0], s[0]) }
        self.integer = ScalarFunction(
            name,
            program: ScalarProgram(inputs: [.integer], scalars: [.integer]) { x, s in
                [integer(IntegerScalar(x[0]), IntegerScalar(s[0])).expression]
            })
    }

    func callAsFunction(_ a: Tensor, _ number: Double) -> Tensor {
        guard a.elementType == .int32 else { return Tensor.apply(real, [a], scalars: [number]) }
        require(
            Int32(exactly: number) != nil,
            "\(integer.name): \(number) is no int32; convert the tensor with to(.float32)")
        return Tensor.apply(integer, [a], scalars: [number])
    }

    static let add = NumberArithmetic("add", +, +)
    static let subtract = NumberArithmetic("subtract", -, -)
    static let subtractFrom = NumberArithmetic("subtract", { $1 - $0 }, { $1 - $0 })
    static let multiply = NumberArithmetic("multiply", *, *)
    static let maximum = NumberArithmetic("max", max, { select($0 .> $1, $0, $1) })
    static let minimum = NumberArithmetic("min", min, { select($0 .< $1, $0, $1) })
    static let divide = ScalarFunction("divide", inputs: 1, scalars: 1) { x, s in x[0] / s[0] }
    static let divideInto = ScalarFunction("divide", inputs: 1, scalars: 1) { x, s in s[0] / x[0] }
    static let power = ScalarFunction("pow", inputs: 1, scalars: 1) { x, s in pow(x[0], s[0]) }
}

extension ScalarFunction {
    static let arithmetic: [ScalarFunction] =
        [Arithmetic.add, .subtract, .multiply, .maximum, .minimum].flatMap { [$0.real, $0.integer] }
        + [Arithmetic.divide, Arithmetic.power, Arithmetic.negate, Arithmetic.negateInteger]
        + [NumberArithmetic.add, .subtract, .subtractFrom, .multiply, .maximum, .minimum].flatMap {
            [$0.real, $0.integer]
        }
        + [NumberArithmetic.divide, NumberArithmetic.divideInto, NumberArithmetic.power]
}

extension Tensor {
    /// The sum, element by element; shapes broadcast; int32 wraps.
    public static func + (a: Tensor, b: Tensor) -> Tensor { Arithmetic.add(a, b) }
    /// The difference, element by element; shapes broadcast; int32 wraps.
    public static func - (a: Tensor, b: Tensor) -> Tensor { Arithmetic.subtract(a, b) }
    /// The product, element by element; shapes broadcast; int32 wraps.
    public static func * (a: Tensor, b: Tensor) -> Tensor { Arithmetic.multiply(a, b) }
    /// The quotient of reals, element by element; shapes broadcast.
    public static func / (a: Tensor, b: Tensor) -> Tensor { apply(Arithmetic.divide, [a, b]) }
    public static prefix func - (x: Tensor) -> Tensor {
        apply(x.elementType == .int32 ? Arithmetic.negateInteger : Arithmetic.negate, [x])
    }

    public static func + (a: Tensor, b: Double) -> Tensor { NumberArithmetic.add(a, b) }
    public static func + (a: Double, b: Tensor) -> Tensor { NumberArithmetic.add(b, a) }
    public static func - (a: Tensor, b: Double) -> Tensor { NumberArithmetic.subtract(a, b) }
    public static func - (a: Double, b: Tensor) -> Tensor { NumberArithmetic.subtractFrom(b, a) }
    public static func * (a: Tensor, b: Double) -> Tensor { NumberArithmetic.multiply(a, b) }
    public static func * (a: Double, b: Tensor) -> Tensor { NumberArithmetic.multiply(b, a) }
    public static func / (a: Tensor, b: Double) -> Tensor { apply(NumberArithmetic.divide, [a], scalars: [b]) }
    public static func / (a: Double, b: Tensor) -> Tensor { apply(NumberArithmetic.divideInto, [b], scalars: [a]) }

    public static func += (a: inout Tensor, b: Tensor) { a = a + b }
    public static func -= (a: inout Tensor, b: Tensor) { a = a - b }
    public static func *= (a: inout Tensor, b: Tensor) { a = a * b }
    public static func /= (a: inout Tensor, b: Tensor) { a = a / b }
    public static func += (a: inout Tensor, b: Double) { a = a + b }
    public static func -= (a: inout Tensor, b: Double) { a = a - b }
    public static func *= (a: inout Tensor, b: Double) { a = a * b }
    public static func /= (a: inout Tensor, b: Double) { a = a / b }
}

/// The larger of each two elements; NaN if either is. Ties pass half of the derivative to each.
public func max(_ a: Tensor, _ b: Tensor) -> Tensor { Arithmetic.maximum(a, b) }
/// The larger of each element and a number; NaN stays.
public func max(_ a: Tensor, _ b: Double) -> Tensor { NumberArithmetic.maximum(a, b) }
/// The smaller of each two elements; NaN if either is. Ties pass half of the derivative to each.
public func min(_ a: Tensor, _ b: Tensor) -> Tensor { Arithmetic.minimum(a, b) }
/// The smaller of each element and a number; NaN stays.
public func min(_ a: Tensor, _ b: Double) -> Tensor { NumberArithmetic.minimum(a, b) }
/// x to the power y. Negative x gives NaN unless y is an integer.
public func pow(_ x: Tensor, _ y: Tensor) -> Tensor { Tensor.apply(Arithmetic.power, [x, y]) }
/// x to the power y. Negative x gives NaN unless y is an integer.
public func pow(_ x: Tensor, _ y: Double) -> Tensor { Tensor.apply(NumberArithmetic.power, [x], scalars: [y]) }
