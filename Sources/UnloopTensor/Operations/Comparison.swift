import UnloopBackend

/// A comparison of reals and of integers, giving 1 or 0; between two tensors and with a number.
private struct Comparison: Sendable {
    let real: ScalarFunction
    let integer: ScalarFunction
    let realNumber: ScalarFunction
    let integerNumber: ScalarFunction
    /// To the integer with which integers compare as with the number itself; nil where there is none unless it is that number.
    private let rounding: FloatingPointRoundingRule?
    /// The result where both are not the same and neither is larger, as with NaN.
    private let isTrueOfUnordered: Bool
    /// The result for what is smaller than the number, and for what is larger.
    private let isTrueBelow: Bool
    private let isTrueAbove: Bool

    init(
        _ name: String, rounding: FloatingPointRoundingRule?, unordered: Bool, below: Bool, above: Bool,
        _ real: @escaping (Scalar, Scalar) -> IntegerScalar,
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
        (self.rounding, isTrueOfUnordered, isTrueBelow, isTrueAbove) = (rounding, unordered, below, above)
        self.real = function(.real, number: false)
        self.integer = function(.integer, number: false)
        realNumber = function(.real, number: true)
        integerNumber = function(.integer, number: true)
    }

    func callAsFunction(_ a: Tensor, _ b: Tensor) -> Tensor {
        Tensor.apply(a.elementType == .int32 ? integer : real, [a, b])
    }

    func callAsFunction(_ a: Tensor, _ number: Double) -> Tensor {
        guard a.elementType == .int32 else { return Tensor.apply(realNumber, [a], scalars: [number]) }
        let exact = withInteger(number)
        return Tensor.apply(exact.comparison.integerNumber, [a], scalars: [exact.number])
    }

    /// The comparison of integers with an int32 that has the same result as this one with any number.
    private func withInteger(_ number: Double) -> (comparison: Comparison, number: Double) {
        let (lowest, highest) = (Double(Int32.min), Double(Int32.max))
        let (always, never) = ((Comparison.lessOrEqual, highest), (Comparison.greater, highest))
        if number.isNaN { return isTrueOfUnordered ? always : never }
        let integer: Double
        switch rounding {
        // No integer is equal to what is none.
        case nil: if number != number.rounded() { return isTrueOfUnordered ? always : never } else { integer = number }
        case let rule?: integer = number.rounded(rule)
        }
        if integer < lowest { return isTrueAbove ? always : never }
        if integer > highest { return isTrueBelow ? always : never }
        return (self, integer)
    }

    static let equal = Comparison(
        "equal", rounding: nil, unordered: false, below: false, above: false, { $0 .== $1 }, { $0 .== $1 })
    static let notEqual = Comparison(
        "notEqual", rounding: nil, unordered: true, below: true, above: true, { $0 .!= $1 }, { $0 .!= $1 })
    static let less = Comparison(
        "less", rounding: .up, unordered: false, below: true, above: false, { $0 .< $1 }, { $0 .< $1 })
    static let lessOrEqual = Comparison(
        "lessOrEqual", rounding: .down, unordered: false, below: true, above: false, { $0 .<= $1 }, { $0 .<= $1 })
    static let greater = Comparison(
        "greater", rounding: .down, unordered: false, below: false, above: true, { $0 .> $1 }, { $0 .> $1 })
    static let greaterOrEqual = Comparison(
        "greaterOrEqual", rounding: .up, unordered: false, below: false, above: true, { $0 .>= $1 }, { $0 .>= $1 })

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

/// Comparisons give int32 tensors of 1 (true) and 0 (false); shapes broadcast. Comparing with NaN is false, except `.!=`. Integers are
/// compared exactly with any number; reals with the number of their type that is nearest to it.
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
