/// A value of either type inside a formula that is being traced. Most formulas use the typed forms `Scalar` and
/// `IntegerScalar` instead.
public struct ScalarExpression: Sendable {
    final class Node: @unchecked Sendable {
        enum Kind: Sendable {
            case input(Int, ScalarType)
            case scalar(Int, ScalarType)
            case operation(ScalarOperation, [Node], payload: UInt64)
        }
        // Changed in deinit only.
        private(set) var kind: Kind
        init(_ kind: Kind) { self.kind = kind }

        /// Takes the operands apart in a loop: a formula of a million steps must not need a million stack frames.
        deinit {
            var pending = takeOperands()
            while var node = pending.popLast() {
                if isKnownUniquelyReferenced(&node) { pending += node.takeOperands() }
            }
        }

        private func takeOperands() -> [Node] {
            guard case .operation(let operation, let operands, let payload) = kind, !operands.isEmpty else { return [] }
            kind = .operation(operation, [], payload: payload)
            return operands
        }
    }

    let node: Node

    init(_ kind: Node.Kind) { node = Node(kind) }

    /// - Precondition: the operands have the types that the operation takes.
    public init(_ operation: ScalarOperation, _ operands: [ScalarExpression], payload: UInt64 = 0) {
        require(
            operands.map(\.type) == operation.operandTypes, "\(operation) takes \(operation.operandTypes) operands")
        node = Node(.operation(operation, operands.map(\.node), payload: payload))
    }

    public var type: ScalarType {
        switch node.kind {
        case .input(_, let type), .scalar(_, let type): type
        case .operation(let operation, _, _): operation.resultType
        }
    }
}

/// A real number inside a formula: write `x * x + 1` in Swift, and every device runs it.
public struct Scalar: Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    public let expression: ScalarExpression

    /// - Precondition: the expression is real.
    public init(_ expression: ScalarExpression) {
        require(expression.type == .real, "a Scalar is real; convert an integer with Scalar(converting:)")
        self.expression = expression
    }

    fileprivate init(_ operation: ScalarOperation, _ operands: ScalarExpression...) {
        expression = ScalarExpression(operation, operands)
    }

    /// A constant; float32 programs round it once.
    public init(_ constant: Double) {
        expression = ScalarExpression(.constant, [], payload: constant.bitPattern)
    }

    public init(floatLiteral value: Double) { self.init(value) }
    public init(integerLiteral value: Int) { self.init(Double(value)) }

    /// The nearest real to an integer.
    public init(converting integer: IntegerScalar) { self.init(.realFromInteger, integer.expression) }

    public static prefix func - (x: Scalar) -> Scalar { Scalar(.negate, x.expression) }
    public static func + (a: Scalar, b: Scalar) -> Scalar { Scalar(.add, a.expression, b.expression) }
    public static func - (a: Scalar, b: Scalar) -> Scalar { Scalar(.subtract, a.expression, b.expression) }
    public static func * (a: Scalar, b: Scalar) -> Scalar { Scalar(.multiply, a.expression, b.expression) }
    public static func / (a: Scalar, b: Scalar) -> Scalar { Scalar(.divide, a.expression, b.expression) }

    public static func .== (a: Scalar, b: Scalar) -> IntegerScalar { IntegerScalar(.equal, a.expression, b.expression) }
    public static func .!= (a: Scalar, b: Scalar) -> IntegerScalar {
        IntegerScalar(.notEqual, a.expression, b.expression)
    }
    public static func .< (a: Scalar, b: Scalar) -> IntegerScalar { IntegerScalar(.less, a.expression, b.expression) }
    public static func .<= (a: Scalar, b: Scalar) -> IntegerScalar {
        IntegerScalar(.lessOrEqual, a.expression, b.expression)
    }
    public static func .> (a: Scalar, b: Scalar) -> IntegerScalar { b .< a }
    public static func .>= (a: Scalar, b: Scalar) -> IntegerScalar { b .<= a }
}

/// A 32-bit integer inside a formula; comparisons give 1 or 0.
public struct IntegerScalar: Sendable, ExpressibleByIntegerLiteral {
    public let expression: ScalarExpression

    /// - Precondition: the expression is an integer.
    public init(_ expression: ScalarExpression) {
        require(expression.type == .integer, "an IntegerScalar is an integer")
        self.expression = expression
    }

    fileprivate init(_ operation: ScalarOperation, _ operands: ScalarExpression...) {
        expression = ScalarExpression(operation, operands)
    }

    public init(integerLiteral value: Int32) {
        expression = ScalarExpression(.integerConstant, [], payload: UInt64(UInt32(bitPattern: value)))
    }

    /// Towards zero; saturates; NaN gives 0.
    public init(truncating real: Scalar) { self.init(.integerFromReal, real.expression) }

    /// The row-major position of the element in the output.
    public static var index: IntegerScalar { IntegerScalar(.index) }

    /// 32 random bits that depend on the seed, the stream, the salt and the element's index only. `key` is four
    /// integers: seed low, seed high, stream low, stream high.
    public static func randomBits(key: [IntegerScalar], salt: UInt32) -> IntegerScalar {
        IntegerScalar(ScalarExpression(.randomBits, key.map(\.expression), payload: UInt64(salt)))
    }

    public static func + (a: Self, b: Self) -> Self { Self(.integerAdd, a.expression, b.expression) }
    public static func - (a: Self, b: Self) -> Self { Self(.integerSubtract, a.expression, b.expression) }
    public static func * (a: Self, b: Self) -> Self { Self(.integerMultiply, a.expression, b.expression) }
    public static func & (a: Self, b: Self) -> Self { Self(.integerAnd, a.expression, b.expression) }
    public static func | (a: Self, b: Self) -> Self { Self(.integerOr, a.expression, b.expression) }
    public static func ^ (a: Self, b: Self) -> Self { Self(.integerXor, a.expression, b.expression) }
    // Disfavored, so that `1 << 20` of two literals stays an Int.
    @_disfavoredOverload
    public static func << (a: Self, b: Self) -> Self { Self(.integerShiftLeft, a.expression, b.expression) }
    /// Fills with zeros.
    @_disfavoredOverload
    public static func >> (a: Self, b: Self) -> Self { Self(.integerShiftRight, a.expression, b.expression) }
    public static func .== (a: Self, b: Self) -> Self { Self(.integerEqual, a.expression, b.expression) }
    public static func .!= (a: Self, b: Self) -> Self { (a .== b) ^ 1 }
    public static func .< (a: Self, b: Self) -> Self { Self(.integerLess, a.expression, b.expression) }
    public static func .<= (a: Self, b: Self) -> Self { (b .< a) ^ 1 }
    public static func .> (a: Self, b: Self) -> Self { b .< a }
    public static func .>= (a: Self, b: Self) -> Self { b .<= a }
}

/// `condition != 0 ? a : b`, element by element.
public func select(_ condition: IntegerScalar, _ a: Scalar, _ b: Scalar) -> Scalar {
    Scalar(.select, condition.expression, a.expression, b.expression)
}
/// `condition != 0 ? a : b`, element by element.
public func select(_ condition: IntegerScalar, _ a: IntegerScalar, _ b: IntegerScalar) -> IntegerScalar {
    IntegerScalar(.integerSelect, condition.expression, a.expression, b.expression)
}

public func abs(_ x: Scalar) -> Scalar { Scalar(.absolute, x.expression) }
public func sqrt(_ x: Scalar) -> Scalar { Scalar(.squareRoot, x.expression) }
/// `a·b + c`, rounded once.
public func fma(_ a: Scalar, _ b: Scalar, _ c: Scalar) -> Scalar {
    Scalar(.fusedMultiplyAdd, a.expression, b.expression, c.expression)
}
/// The smaller; NaN if either is; the second of equals.
public func min(_ a: Scalar, _ b: Scalar) -> Scalar { Scalar(.minimum, a.expression, b.expression) }
/// The larger; NaN if either is; the second of equals.
public func max(_ a: Scalar, _ b: Scalar) -> Scalar { Scalar(.maximum, a.expression, b.expression) }
public func floor(_ x: Scalar) -> Scalar { Scalar(.floor, x.expression) }
public func ceil(_ x: Scalar) -> Scalar { Scalar(.ceiling, x.expression) }
/// To the nearest integer, ties to even.
public func round(_ x: Scalar) -> Scalar { Scalar(.round, x.expression) }
public func exp(_ x: Scalar) -> Scalar { Scalar(.exp, x.expression) }
public func expm1(_ x: Scalar) -> Scalar { Scalar(.expm1, x.expression) }
public func log(_ x: Scalar) -> Scalar { Scalar(.log, x.expression) }
public func log1p(_ x: Scalar) -> Scalar { Scalar(.log1p, x.expression) }
public func tanh(_ x: Scalar) -> Scalar { Scalar(.tanh, x.expression) }
/// `1 / (1 + exp(-x))` without overflow.
public func sigmoid(_ x: Scalar) -> Scalar { Scalar(.sigmoid, x.expression) }
public func erf(_ x: Scalar) -> Scalar { Scalar(.erf, x.expression) }
/// Φ(x) = erfc(-x/√2) / 2, the distribution function of the standard normal distribution, accurate in both tails (where
/// `1 + erf(x/√2)` cancels).
public func normalDistribution(_ x: Scalar) -> Scalar { Scalar(.normalDistribution, x.expression) }
public func sin(_ x: Scalar) -> Scalar { Scalar(.sin, x.expression) }
public func cos(_ x: Scalar) -> Scalar { Scalar(.cos, x.expression) }
public func pow(_ x: Scalar, _ y: Scalar) -> Scalar { Scalar(.power, x.expression, y.expression) }
