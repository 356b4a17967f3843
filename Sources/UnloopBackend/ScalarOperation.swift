/// The type of one value inside a scalar program. Real values have the element type of the arrays that the program
/// runs over (float32, or float64 on `.loop`); integers are 32 bits wide and wrap.
public enum ScalarType: UInt8, Hashable, Sendable {
    case real, integer
}

/// The primitives that scalar programs are made of. The raw value is the name of the C formula `unloop_<name>` that
/// gives the operation its meaning in every dialect (CKernels/formulas).
///
/// Comparisons give the integer 1 or 0. A comparison with NaN is false, except `notEqual`.
public enum ScalarOperation: String, Hashable, Sendable, CaseIterable {
    // Sources; the payload of the instruction holds the constant or the salt.
    case constant, integerConstant = "integer_constant"
    /// The row-major position of the element in the output, as an integer.
    case index
    /// 32 random bits: Philox 4x32-10 with key (seed low, seed high) and counter (index / 4, salt, stream low, stream
    /// high), word index mod 4. Operands: seed low, seed high, stream low, stream high; all are scalars of the program.
    case randomBits = "random_bits"

    // Real arithmetic, each correctly rounded.
    case negate, absolute, add, subtract, multiply, divide
    case squareRoot = "square_root"
    case fusedMultiplyAdd = "fused_multiply_add"
    /// `a < b` or a is NaN: a, else b. So NaN propagates, and ties give b.
    case minimum
    /// `a > b` or a is NaN: a, else b. So NaN propagates, and ties give b.
    case maximum
    case floor, ceiling
    /// To the nearest integer, ties to even.
    case round

    // Real functions, our own polynomials.
    case exp, expm1, log, log1p, tanh, sigmoid, erf, sin, cos, power
    /// Φ, the distribution function of the standard normal distribution.
    case normalDistribution = "normal_distribution"

    // Comparisons of reals.
    case equal, notEqual = "not_equal", less, lessOrEqual = "less_or_equal"
    /// `c != 0 ? a : b` for reals and for integers.
    case select, integerSelect = "integer_select"

    // 32-bit integers; arithmetic wraps, shift counts are taken mod 32.
    case integerAdd = "integer_add", integerSubtract = "integer_subtract", integerMultiply = "integer_multiply"
    case integerAnd = "integer_and", integerOr = "integer_or", integerXor = "integer_xor"
    case integerShiftLeft = "integer_shift_left"
    /// Fills with zeros.
    case integerShiftRight = "integer_shift_right"
    case integerEqual = "integer_equal", integerLess = "integer_less"

    // Conversions.
    case realFromInteger = "real_from_integer"
    /// Towards zero; saturates; NaN gives 0.
    case integerFromReal = "integer_from_real"

    /// The types of the operands.
    public var operandTypes: [ScalarType] {
        switch self {
        case .constant, .integerConstant, .index: []
        case .randomBits: [.integer, .integer, .integer, .integer]
        case .negate, .absolute, .squareRoot, .floor, .ceiling, .round, .exp, .expm1, .log, .log1p, .tanh,
            .sigmoid, .erf, .normalDistribution, .sin, .cos, .integerFromReal:
            [.real]
        case .add, .subtract, .multiply, .divide, .minimum, .maximum, .power, .equal, .notEqual, .less, .lessOrEqual:
            [.real, .real]
        case .fusedMultiplyAdd: [.real, .real, .real]
        case .select: [.integer, .real, .real]
        case .integerSelect: [.integer, .integer, .integer]
        case .integerAdd, .integerSubtract, .integerMultiply, .integerAnd, .integerOr, .integerXor, .integerShiftLeft,
            .integerShiftRight, .integerEqual, .integerLess:
            [.integer, .integer]
        case .realFromInteger: [.integer]
        }
    }

    public var resultType: ScalarType {
        switch self {
        case .integerConstant, .index, .randomBits, .equal, .notEqual, .less, .lessOrEqual, .integerSelect, .integerAdd,
            .integerSubtract, .integerMultiply, .integerAnd, .integerOr, .integerXor, .integerShiftLeft,
            .integerShiftRight, .integerEqual, .integerLess, .integerFromReal:
            .integer
        default: .real
        }
    }
}
