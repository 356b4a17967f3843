import UnloopBackend

/// A comparison of reals and of integers, giving 1 or 0; between two tensors and with a number.
private struct Comparison: Sendable {
    let real: ScalarFunction
    let integer: ScalarFunction
    let realNumber: ScalarFunction
    let integerNumber: ScalarFunction

    init(
        _ name: String, _ real: @escaping (Scalar, Scalar) -> IntegerScalar,
        _ integer: @escaping (IntegerScalar, IntegerScalar) -> IntegerScalar
    ) {
        func function(_ type: ScalarType, number: Bool) -> ScalarFunction {
            let program = ScalarProgram(inputs: number ? [type] : [type, type], scalars: number ? [type] : []) { x, s in
                let (a, b) = (x[0], number ? s[0] : x[1])
                return [
                    (type == .real ? real(Scalar(a), Scalar(b)) : integer(IntegerScalar(a), IntegerScalar(b)))
                        .expression
                ]
            }
            return ScalarFunction(name, program: program)
        }
        self.real = function(.real, number: false)
        self.integer = function(.integer, number: false)
        realNumber = function(.real, number: true)
        integerNumber = function(.integer, number: true)
    }

    func callAsFunction(_ a: Tensor, _ b: Tensor) -> Tensor {
        Tensor.apply(a.elementType == .int32 ? integer : real, [a, b])
    }

    func callAsFunction(_ a: Tensor, _ number: Double) -> Tensor {
        Tensor.apply(a.elementType == .int32 ? integerNumber : realNumber, [a], scalars: [number])
    }

    static let equal = Comparison("equal", { $0 .== $1 }, { $0 .== $1 })
    static let notEqual = Comparison("notEqual", { $0 .!= $1 }, { $0 .!= $1 })
    static let less = Comparison("less", { $0 .< $1 }, { $0 .< $1 })
    static let lessOrEqual = Comparison("lessOrEqual", { $0 .<= $1 }, { $0 .<= $1 })
    static let greater = Comparison("greater", { $0 .> $1 }, { $0 .> $1 })
    static let greaterOrEqual = Comparison("greaterOrEqual", { $0 .>= $1 }, { $0 .>= $1 })

    static let selectReal = ScalarFunction(
        "where",
        program: ScalarProgram(inputs: [.integer, .real, .real]) { x, _ in
            [select(IntegerScalar(x[0]), Scalar(x[1]), Scalar(x[2])).expression]
        })
    static let selectInteger = ScalarFunction(
        "where",
        program: ScalarProgram(inputs: [.integer, .integer, .integer]) { x, _ in
            [select(IntegerScalar(x[0]), IntegerScalar(x[1]), IntegerScalar(x[2])).expression]
        })
}

extension ScalarFunction {
    static let comparisons: [ScalarFunction] =
        [Comparison.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual].flatMap {
            [$0.real, $0.integer, $0.realNumber, $0.integerNumber]
        } + [Comparison.selectReal, Comparison.selectInteger]
}

/// Comparisons give int32 tensors of 1 (true) and 0 (false); shapes broadcast. Comparing with NaN is false, except `.!=`.
extension Tensor {
    public static func .== (a: Tensor, b: Tensor) -> Tensor { Comparison.equal(a, b) }
    public static func .!= (a: Tensor, b: Tensor) -> Tensor { Comparison.notEqual(a, b) }
    public static func .< (a: Tensor, b: Tensor) -> Tensor { Comparison.less(a, b) }
    public static func .<= (a: Tensor, b: Tensor) -> Tensor { Comparison.lessOrEqual(a, b) }
    public static func .> (a: Tensor, b: Tensor) -> Tensor { Comparison.greater(a, b) }
    public static func .>= (a: Tensor, b: Tensor) -> Tensor { Comparison.greaterOrEqual(a, b) }

    public static func .== (a: Tensor, b: Double) -> Tensor { Comparison.equal(a, b) }
    public static func .!= (a: Tensor, b: Double) -> Tensor { Comparison.notEqual(a, b) }
    public static func .< (a: Tensor, b: Double) -> Tensor { Comparison.less(a, b) }
    public static func .<= (a: Tensor, b: Double) -> Tensor { Comparison.lessOrEqual(a, b) }
    public static func .> (a: Tensor, b: Double) -> Tensor { Comparison.greater(a, b) }
    public static func .>= (a: Tensor, b: Double) -> Tensor { Comparison.greaterOrEqual(a, b) }
}

/// `condition != 0 ? a : b`, element by element; shapes broadcast. The derivative goes to the element taken.
///
/// - Parameter condition: int32, as comparisons give.
public func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    Tensor.apply(a.elementType == .int32 ? Comparison.selectInteger : Comparison.selectReal, [condition, a, b])
}
