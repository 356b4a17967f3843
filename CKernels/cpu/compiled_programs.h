// The scalar programs that ship with the library. map_compiled.body.h and map_compiled.c include this text and say what
// the words mean. CompiledProgramTests write it from the lists of functions, activations, losses, optimizers and cells:
// UNLOOP_WRITE_COMPILED_PROGRAMS=1 swift test --filter CompiledProgramTests
//
// clang-format off

// abs
PROGRAM(0, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, absolute, 0)
    OUTPUT(0, 1))

// abs
PROGRAM(1, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, multiply, 0, 1)
    OUTPUT(0, 2))

// abs
PROGRAM(2, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, multiply, 1, 0)
    OUTPUT(0, 2))

// abs
PROGRAM(3, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, less, 2, 0)
    BINARY(4, less, 0, 2)
    UNARY(5, negate, 1)
    BINARY(6, equal, 0, 2)
    BINARY(7, multiply, 0, 1)
    TERNARY(8, select, 6, 2, 7)
    TERNARY(9, select, 4, 5, 8)
    TERNARY(10, select, 3, 1, 9)
    OUTPUT(0, 10))

// abs
PROGRAM(4, 1, 0, 1,
    REAL_INPUT(0, 0)
    REAL_CONSTANT(1, 0x0u)
    BINARY(2, less_or_equal, 0, 1)
    TERNARY(3, select, 2, 1, 0)
    OUTPUT(0, 3))

// abs
PROGRAM(5, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, less_or_equal, 1, 2)
    TERNARY(4, select, 3, 2, 0)
    OUTPUT(0, 4))

// abs
PROGRAM(6, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 1, 2)
    BINARY(4, multiply, 1, 0)
    BINARY(5, not_equal, 4, 4)
    BINARY(6, integer_and, 3, 5)
    TERNARY(7, select, 6, 2, 4)
    OUTPUT(0, 7))

// abs
PROGRAM(7, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 1, 2)
    BINARY(4, less, 2, 0)
    BINARY(5, less, 0, 2)
    UNARY(6, negate, 1)
    BINARY(7, equal, 0, 2)
    BINARY(8, multiply, 0, 1)
    TERNARY(9, select, 7, 2, 8)
    TERNARY(10, select, 5, 6, 9)
    TERNARY(11, select, 4, 1, 10)
    BINARY(12, not_equal, 11, 11)
    BINARY(13, integer_and, 3, 12)
    TERNARY(14, select, 13, 2, 11)
    OUTPUT(0, 14))

// sqrt
PROGRAM(8, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, square_root, 0)
    OUTPUT(0, 1))

// sqrt
PROGRAM(9, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x3f000000u)
    BINARY(3, multiply, 0, 2)
    BINARY(4, divide, 3, 1)
    OUTPUT(0, 4))

// sqrt
PROGRAM(10, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 0, 2)
    REAL_CONSTANT(4, 0x3f000000u)
    BINARY(5, multiply, 0, 4)
    BINARY(6, divide, 5, 1)
    BINARY(7, not_equal, 6, 6)
    BINARY(8, integer_and, 3, 7)
    TERNARY(9, select, 8, 2, 6)
    OUTPUT(0, 9))

// square
PROGRAM(11, 1, 0, 1,
    REAL_INPUT(0, 0)
    BINARY(1, multiply, 0, 0)
    OUTPUT(0, 1))

// square
PROGRAM(12, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, multiply, 1, 0)
    BINARY(3, add, 2, 2)
    OUTPUT(0, 3))

// square
PROGRAM(13, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 1, 2)
    BINARY(4, multiply, 1, 0)
    BINARY(5, add, 4, 4)
    BINARY(6, not_equal, 5, 5)
    BINARY(7, integer_and, 3, 6)
    TERNARY(8, select, 7, 2, 5)
    OUTPUT(0, 8))

// reciprocal
PROGRAM(14, 1, 0, 1,
    REAL_INPUT(0, 0)
    REAL_CONSTANT(1, 0x3f800000u)
    BINARY(2, divide, 1, 0)
    OUTPUT(0, 2))

// reciprocal
PROGRAM(15, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x3f800000u)
    BINARY(3, divide, 2, 0)
    BINARY(4, multiply, 1, 3)
    BINARY(5, divide, 4, 0)
    UNARY(6, negate, 5)
    OUTPUT(0, 6))

// reciprocal
PROGRAM(16, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 1, 2)
    REAL_CONSTANT(4, 0x3f800000u)
    BINARY(5, divide, 4, 0)
    BINARY(6, multiply, 1, 5)
    BINARY(7, divide, 6, 0)
    UNARY(8, negate, 7)
    BINARY(9, not_equal, 8, 8)
    BINARY(10, integer_and, 3, 9)
    TERNARY(11, select, 10, 2, 8)
    OUTPUT(0, 11))

// exp
PROGRAM(17, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, exp, 0)
    OUTPUT(0, 1))

// exp
PROGRAM(18, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 0, 2)
    BINARY(4, multiply, 0, 1)
    BINARY(5, not_equal, 4, 4)
    BINARY(6, integer_and, 3, 5)
    TERNARY(7, select, 6, 2, 4)
    OUTPUT(0, 7))

// expm1
PROGRAM(19, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, expm1, 0)
    OUTPUT(0, 1))

// expm1
PROGRAM(20, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    UNARY(2, exp, 0)
    BINARY(3, multiply, 1, 2)
    OUTPUT(0, 3))

// expm1
PROGRAM(21, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 1, 2)
    UNARY(4, exp, 0)
    BINARY(5, multiply, 1, 4)
    BINARY(6, not_equal, 5, 5)
    BINARY(7, integer_and, 3, 6)
    TERNARY(8, select, 7, 2, 5)
    OUTPUT(0, 8))

// log
PROGRAM(22, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, log, 0)
    OUTPUT(0, 1))

// log
PROGRAM(23, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, divide, 1, 0)
    OUTPUT(0, 2))

// log
PROGRAM(24, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 1, 2)
    BINARY(4, divide, 1, 0)
    BINARY(5, not_equal, 4, 4)
    BINARY(6, integer_and, 3, 5)
    TERNARY(7, select, 6, 2, 4)
    OUTPUT(0, 7))

// log1p
PROGRAM(25, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, log1p, 0)
    OUTPUT(0, 1))

// log1p
PROGRAM(26, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x3f800000u)
    BINARY(3, add, 0, 2)
    BINARY(4, divide, 1, 3)
    OUTPUT(0, 4))

// log1p
PROGRAM(27, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 1, 2)
    REAL_CONSTANT(4, 0x3f800000u)
    BINARY(5, add, 0, 4)
    BINARY(6, divide, 1, 5)
    BINARY(7, not_equal, 6, 6)
    BINARY(8, integer_and, 3, 7)
    TERNARY(9, select, 8, 2, 6)
    OUTPUT(0, 9))

// sin
PROGRAM(28, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, sin, 0)
    OUTPUT(0, 1))

// sin
PROGRAM(29, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    UNARY(2, cos, 0)
    BINARY(3, multiply, 1, 2)
    OUTPUT(0, 3))

// sin
PROGRAM(30, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 1, 2)
    UNARY(4, cos, 0)
    BINARY(5, multiply, 1, 4)
    BINARY(6, not_equal, 5, 5)
    BINARY(7, integer_and, 3, 6)
    TERNARY(8, select, 7, 2, 5)
    OUTPUT(0, 8))

// cos
PROGRAM(31, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, cos, 0)
    OUTPUT(0, 1))

// cos
PROGRAM(32, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    UNARY(2, sin, 0)
    BINARY(3, multiply, 1, 2)
    UNARY(4, negate, 3)
    OUTPUT(0, 4))

// cos
PROGRAM(33, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 1, 2)
    UNARY(4, sin, 0)
    BINARY(5, multiply, 1, 4)
    UNARY(6, negate, 5)
    BINARY(7, not_equal, 6, 6)
    BINARY(8, integer_and, 3, 7)
    TERNARY(9, select, 8, 2, 6)
    OUTPUT(0, 9))

// tanh
PROGRAM(34, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, tanh, 0)
    OUTPUT(0, 1))

// tanh
PROGRAM(35, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x3f800000u)
    BINARY(3, multiply, 1, 1)
    BINARY(4, subtract, 2, 3)
    BINARY(5, multiply, 0, 4)
    OUTPUT(0, 5))

// tanh
PROGRAM(36, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 0, 2)
    REAL_CONSTANT(4, 0x3f800000u)
    BINARY(5, multiply, 1, 1)
    BINARY(6, subtract, 4, 5)
    BINARY(7, multiply, 0, 6)
    BINARY(8, not_equal, 7, 7)
    BINARY(9, integer_and, 3, 8)
    TERNARY(10, select, 9, 2, 7)
    OUTPUT(0, 10))

// sigmoid
PROGRAM(37, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, sigmoid, 0)
    OUTPUT(0, 1))

// sigmoid
PROGRAM(38, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x3f800000u)
    BINARY(3, subtract, 2, 1)
    BINARY(4, multiply, 1, 3)
    BINARY(5, multiply, 0, 4)
    OUTPUT(0, 5))

// sigmoid
PROGRAM(39, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 0, 2)
    REAL_CONSTANT(4, 0x3f800000u)
    BINARY(5, subtract, 4, 1)
    BINARY(6, multiply, 1, 5)
    BINARY(7, multiply, 0, 6)
    BINARY(8, not_equal, 7, 7)
    BINARY(9, integer_and, 3, 8)
    TERNARY(10, select, 9, 2, 7)
    OUTPUT(0, 10))

// erf
PROGRAM(40, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, erf, 0)
    OUTPUT(0, 1))

// erf
PROGRAM(41, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x3f906ebbu)
    REAL_CONSTANT(3, 0x42200000u)
    BINARY(4, less, 3, 0)
    REAL_CONSTANT(5, 0xc2200000u)
    BINARY(6, less, 0, 5)
    TERNARY(7, select, 6, 5, 0)
    TERNARY(8, select, 4, 3, 7)
    BINARY(9, multiply, 8, 8)
    UNARY(10, negate, 9)
    BOUNDED(11, exp, exp_nonpositive, 10)
    BINARY(12, multiply, 2, 11)
    BINARY(13, multiply, 1, 12)
    OUTPUT(0, 13))

// erf
PROGRAM(42, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 1, 2)
    REAL_CONSTANT(4, 0x3f906ebbu)
    REAL_CONSTANT(5, 0x42200000u)
    BINARY(6, less, 5, 0)
    REAL_CONSTANT(7, 0xc2200000u)
    BINARY(8, less, 0, 7)
    TERNARY(9, select, 8, 7, 0)
    TERNARY(10, select, 6, 5, 9)
    BINARY(11, multiply, 10, 10)
    UNARY(12, negate, 11)
    BOUNDED(13, exp, exp_nonpositive, 12)
    BINARY(14, multiply, 4, 13)
    BINARY(15, multiply, 1, 14)
    BINARY(16, not_equal, 15, 15)
    BINARY(17, integer_and, 3, 16)
    TERNARY(18, select, 17, 2, 15)
    OUTPUT(0, 18))

// normalDistribution
PROGRAM(43, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, normal_distribution, 0)
    OUTPUT(0, 1))

// normalDistribution
PROGRAM(44, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x3ecc422au)
    REAL_CONSTANT(3, 0x3f000000u)
    REAL_CONSTANT(4, 0x42200000u)
    BINARY(5, less, 4, 0)
    REAL_CONSTANT(6, 0xc2200000u)
    BINARY(7, less, 0, 6)
    TERNARY(8, select, 7, 6, 0)
    TERNARY(9, select, 5, 4, 8)
    BINARY(10, multiply, 9, 9)
    BINARY(11, multiply, 3, 10)
    UNARY(12, negate, 11)
    BOUNDED(13, exp, exp_nonpositive, 12)
    BINARY(14, multiply, 2, 13)
    REAL_CONSTANT(15, 0x3f800000u)
    UNARY(16, negate, 10)
    TERNARY(17, fused_multiply_add, 9, 9, 16)
    BINARY(18, multiply, 3, 17)
    BINARY(19, subtract, 15, 18)
    BINARY(20, multiply, 14, 19)
    BINARY(21, multiply, 1, 20)
    OUTPUT(0, 21))

// normalDistribution
PROGRAM(45, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 1, 2)
    REAL_CONSTANT(4, 0x3ecc422au)
    REAL_CONSTANT(5, 0x3f000000u)
    REAL_CONSTANT(6, 0x42200000u)
    BINARY(7, less, 6, 0)
    REAL_CONSTANT(8, 0xc2200000u)
    BINARY(9, less, 0, 8)
    TERNARY(10, select, 9, 8, 0)
    TERNARY(11, select, 7, 6, 10)
    BINARY(12, multiply, 11, 11)
    BINARY(13, multiply, 5, 12)
    UNARY(14, negate, 13)
    BOUNDED(15, exp, exp_nonpositive, 14)
    BINARY(16, multiply, 4, 15)
    REAL_CONSTANT(17, 0x3f800000u)
    UNARY(18, negate, 12)
    TERNARY(19, fused_multiply_add, 11, 11, 18)
    BINARY(20, multiply, 5, 19)
    BINARY(21, subtract, 17, 20)
    BINARY(22, multiply, 16, 21)
    BINARY(23, multiply, 1, 22)
    BINARY(24, not_equal, 23, 23)
    BINARY(25, integer_and, 3, 24)
    TERNARY(26, select, 25, 2, 23)
    OUTPUT(0, 26))

// floor
PROGRAM(46, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, floor, 0)
    OUTPUT(0, 1))

// ceil
PROGRAM(47, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, ceiling, 0)
    OUTPUT(0, 1))

// round
PROGRAM(48, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, round, 0)
    OUTPUT(0, 1))

// sign
PROGRAM(49, 1, 0, 1,
    REAL_INPUT(0, 0)
    REAL_CONSTANT(1, 0x0u)
    BINARY(2, less, 1, 0)
    REAL_CONSTANT(3, 0x3f800000u)
    BINARY(4, less, 0, 1)
    REAL_CONSTANT(5, 0xbf800000u)
    BINARY(6, equal, 0, 1)
    TERNARY(7, select, 6, 1, 0)
    TERNARY(8, select, 4, 5, 7)
    TERNARY(9, select, 2, 3, 8)
    OUTPUT(0, 9))

// sign
PROGRAM(50, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 0, 2)
    BINARY(4, less, 0, 2)
    BINARY(5, less, 2, 0)
    TERNARY(6, select, 5, 2, 1)
    TERNARY(7, select, 4, 2, 6)
    TERNARY(8, select, 3, 2, 7)
    OUTPUT(0, 8))

// softplus
PROGRAM(51, 1, 0, 1,
    REAL_INPUT(0, 0)
    REAL_CONSTANT(1, 0x0u)
    BINARY(2, maximum, 0, 1)
    UNARY(3, absolute, 0)
    UNARY(4, negate, 3)
    BOUNDED(5, exp, exp_nonpositive, 4)
    BOUNDED(6, log1p, log1p_unit, 5)
    BINARY(7, add, 2, 6)
    OUTPUT(0, 7))

// softplus
PROGRAM(52, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    UNARY(2, sigmoid, 0)
    BINARY(3, multiply, 1, 2)
    OUTPUT(0, 3))

// softplus
PROGRAM(53, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 1, 2)
    UNARY(4, sigmoid, 0)
    BINARY(5, multiply, 1, 4)
    BINARY(6, not_equal, 5, 5)
    BINARY(7, integer_and, 3, 6)
    TERNARY(8, select, 7, 2, 5)
    OUTPUT(0, 8))

// silu
PROGRAM(54, 1, 0, 1,
    REAL_INPUT(0, 0)
    REAL_CONSTANT(1, 0xc4480000u)
    BINARY(2, less, 0, 1)
    TERNARY(3, select, 2, 1, 0)
    UNARY(4, sigmoid, 0)
    BINARY(5, multiply, 3, 4)
    OUTPUT(0, 5))

// silu
PROGRAM(55, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    UNARY(2, sigmoid, 0)
    REAL_CONSTANT(3, 0x44480000u)
    BINARY(4, less, 3, 0)
    REAL_CONSTANT(5, 0xc4480000u)
    BINARY(6, less, 0, 5)
    TERNARY(7, select, 6, 5, 0)
    TERNARY(8, select, 4, 3, 7)
    REAL_CONSTANT(9, 0x3f800000u)
    BINARY(10, subtract, 9, 2)
    BINARY(11, multiply, 2, 10)
    BINARY(12, multiply, 8, 11)
    BINARY(13, add, 2, 12)
    BINARY(14, multiply, 1, 13)
    OUTPUT(0, 14))

// silu
PROGRAM(56, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 1, 2)
    UNARY(4, sigmoid, 0)
    REAL_CONSTANT(5, 0x44480000u)
    BINARY(6, less, 5, 0)
    REAL_CONSTANT(7, 0xc4480000u)
    BINARY(8, less, 0, 7)
    TERNARY(9, select, 8, 7, 0)
    TERNARY(10, select, 6, 5, 9)
    REAL_CONSTANT(11, 0x3f800000u)
    BINARY(12, subtract, 11, 4)
    BINARY(13, multiply, 4, 12)
    BINARY(14, multiply, 10, 13)
    BINARY(15, add, 4, 14)
    BINARY(16, multiply, 1, 15)
    BINARY(17, not_equal, 16, 16)
    BINARY(18, integer_and, 3, 17)
    TERNARY(19, select, 18, 2, 16)
    OUTPUT(0, 19))

// gelu
PROGRAM(57, 1, 0, 1,
    REAL_INPUT(0, 0)
    REAL_CONSTANT(1, 0xc2200000u)
    BINARY(2, less, 0, 1)
    TERNARY(3, select, 2, 1, 0)
    UNARY(4, normal_distribution, 0)
    BINARY(5, multiply, 3, 4)
    OUTPUT(0, 5))

// gelu
PROGRAM(58, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    UNARY(2, normal_distribution, 0)
    REAL_CONSTANT(3, 0x42200000u)
    BINARY(4, less, 3, 0)
    REAL_CONSTANT(5, 0xc2200000u)
    BINARY(6, less, 0, 5)
    TERNARY(7, select, 6, 5, 0)
    TERNARY(8, select, 4, 3, 7)
    REAL_CONSTANT(9, 0x3ecc422au)
    REAL_CONSTANT(10, 0x3f000000u)
    BINARY(11, multiply, 8, 8)
    BINARY(12, multiply, 10, 11)
    UNARY(13, negate, 12)
    BOUNDED(14, exp, exp_nonpositive, 13)
    BINARY(15, multiply, 9, 14)
    REAL_CONSTANT(16, 0x3f800000u)
    UNARY(17, negate, 11)
    TERNARY(18, fused_multiply_add, 8, 8, 17)
    BINARY(19, multiply, 10, 18)
    BINARY(20, subtract, 16, 19)
    BINARY(21, multiply, 15, 20)
    BINARY(22, multiply, 8, 21)
    BINARY(23, add, 2, 22)
    BINARY(24, multiply, 1, 23)
    OUTPUT(0, 24))

// gelu
PROGRAM(59, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 1, 2)
    UNARY(4, normal_distribution, 0)
    REAL_CONSTANT(5, 0x42200000u)
    BINARY(6, less, 5, 0)
    REAL_CONSTANT(7, 0xc2200000u)
    BINARY(8, less, 0, 7)
    TERNARY(9, select, 8, 7, 0)
    TERNARY(10, select, 6, 5, 9)
    REAL_CONSTANT(11, 0x3ecc422au)
    REAL_CONSTANT(12, 0x3f000000u)
    BINARY(13, multiply, 10, 10)
    BINARY(14, multiply, 12, 13)
    UNARY(15, negate, 14)
    BOUNDED(16, exp, exp_nonpositive, 15)
    BINARY(17, multiply, 11, 16)
    REAL_CONSTANT(18, 0x3f800000u)
    UNARY(19, negate, 13)
    TERNARY(20, fused_multiply_add, 10, 10, 19)
    BINARY(21, multiply, 12, 20)
    BINARY(22, subtract, 18, 21)
    BINARY(23, multiply, 17, 22)
    BINARY(24, multiply, 10, 23)
    BINARY(25, add, 4, 24)
    BINARY(26, multiply, 1, 25)
    BINARY(27, not_equal, 26, 26)
    BINARY(28, integer_and, 3, 27)
    TERNARY(29, select, 28, 2, 26)
    OUTPUT(0, 29))

// mish
PROGRAM(60, 1, 0, 1,
    REAL_INPUT(0, 0)
    REAL_CONSTANT(1, 0xc4480000u)
    BINARY(2, less, 0, 1)
    TERNARY(3, select, 2, 1, 0)
    REAL_CONSTANT(4, 0x0u)
    BINARY(5, maximum, 0, 4)
    UNARY(6, absolute, 0)
    UNARY(7, negate, 6)
    BOUNDED(8, exp, exp_nonpositive, 7)
    BOUNDED(9, log1p, log1p_unit, 8)
    BINARY(10, add, 5, 9)
    UNARY(11, tanh, 10)
    BINARY(12, multiply, 3, 11)
    OUTPUT(0, 12))

// mish
PROGRAM(61, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, maximum, 0, 2)
    UNARY(4, absolute, 0)
    UNARY(5, negate, 4)
    BOUNDED(6, exp, exp_nonpositive, 5)
    BOUNDED(7, log1p, log1p_unit, 6)
    BINARY(8, add, 3, 7)
    UNARY(9, tanh, 8)
    REAL_CONSTANT(10, 0x44480000u)
    BINARY(11, less, 10, 0)
    REAL_CONSTANT(12, 0xc4480000u)
    BINARY(13, less, 0, 12)
    TERNARY(14, select, 13, 12, 0)
    TERNARY(15, select, 11, 10, 14)
    REAL_CONSTANT(16, 0x3f800000u)
    BINARY(17, multiply, 9, 9)
    BINARY(18, subtract, 16, 17)
    UNARY(19, sigmoid, 0)
    BINARY(20, multiply, 18, 19)
    BINARY(21, multiply, 15, 20)
    BINARY(22, add, 9, 21)
    BINARY(23, multiply, 1, 22)
    OUTPUT(0, 23))

// mish
PROGRAM(62, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 1, 2)
    BINARY(4, maximum, 0, 2)
    UNARY(5, absolute, 0)
    UNARY(6, negate, 5)
    BOUNDED(7, exp, exp_nonpositive, 6)
    BOUNDED(8, log1p, log1p_unit, 7)
    BINARY(9, add, 4, 8)
    UNARY(10, tanh, 9)
    REAL_CONSTANT(11, 0x44480000u)
    BINARY(12, less, 11, 0)
    REAL_CONSTANT(13, 0xc4480000u)
    BINARY(14, less, 0, 13)
    TERNARY(15, select, 14, 13, 0)
    TERNARY(16, select, 12, 11, 15)
    REAL_CONSTANT(17, 0x3f800000u)
    BINARY(18, multiply, 10, 10)
    BINARY(19, subtract, 17, 18)
    UNARY(20, sigmoid, 0)
    BINARY(21, multiply, 19, 20)
    BINARY(22, multiply, 16, 21)
    BINARY(23, add, 10, 22)
    BINARY(24, multiply, 1, 23)
    BINARY(25, not_equal, 24, 24)
    BINARY(26, integer_and, 3, 25)
    TERNARY(27, select, 26, 2, 24)
    OUTPUT(0, 27))

// softsign
PROGRAM(63, 1, 0, 1,
    REAL_INPUT(0, 0)
    REAL_CONSTANT(1, 0x7149f2cau)
    BINARY(2, less, 1, 0)
    REAL_CONSTANT(3, 0xf149f2cau)
    BINARY(4, less, 0, 3)
    TERNARY(5, select, 4, 3, 0)
    TERNARY(6, select, 2, 1, 5)
    REAL_CONSTANT(7, 0x3f800000u)
    UNARY(8, absolute, 6)
    BINARY(9, add, 7, 8)
    BINARY(10, divide, 6, 9)
    OUTPUT(0, 10))

// softsign
PROGRAM(64, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x3f800000u)
    UNARY(3, absolute, 0)
    BINARY(4, add, 2, 3)
    BINARY(5, divide, 2, 4)
    BINARY(6, multiply, 5, 5)
    BINARY(7, multiply, 1, 6)
    OUTPUT(0, 7))

// softsign
PROGRAM(65, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 1, 2)
    REAL_CONSTANT(4, 0x3f800000u)
    UNARY(5, absolute, 0)
    BINARY(6, add, 4, 5)
    BINARY(7, divide, 4, 6)
    BINARY(8, multiply, 7, 7)
    BINARY(9, multiply, 1, 8)
    BINARY(10, not_equal, 9, 9)
    BINARY(11, integer_and, 3, 10)
    TERNARY(12, select, 11, 2, 9)
    OUTPUT(0, 12))

// elu
PROGRAM(66, 1, 0, 1,
    REAL_INPUT(0, 0)
    REAL_CONSTANT(1, 0x0u)
    BINARY(2, less, 1, 0)
    UNARY(3, expm1, 0)
    TERNARY(4, select, 2, 0, 3)
    OUTPUT(0, 4))

// elu
PROGRAM(67, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, less, 2, 0)
    TERNARY(4, select, 3, 1, 2)
    TERNARY(5, select, 3, 2, 1)
    UNARY(6, exp, 0)
    BINARY(7, multiply, 5, 6)
    TERNARY(8, select, 3, 2, 7)
    BINARY(9, add, 4, 8)
    OUTPUT(0, 9))

// elu
PROGRAM(68, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 1, 2)
    BINARY(4, less, 2, 0)
    TERNARY(5, select, 4, 1, 2)
    TERNARY(6, select, 4, 2, 1)
    UNARY(7, exp, 0)
    BINARY(8, multiply, 6, 7)
    TERNARY(9, select, 4, 2, 8)
    BINARY(10, add, 5, 9)
    BINARY(11, not_equal, 10, 10)
    BINARY(12, integer_and, 3, 11)
    TERNARY(13, select, 12, 2, 10)
    OUTPUT(0, 13))

// leakyRelu
PROGRAM(69, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, less, 2, 0)
    BINARY(4, multiply, 1, 0)
    TERNARY(5, select, 3, 0, 4)
    OUTPUT(0, 5))

// leakyRelu
PROGRAM(70, 2, 1, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_SCALAR(2, 0)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, less, 3, 0)
    TERNARY(5, select, 4, 1, 3)
    TERNARY(6, select, 4, 3, 1)
    BINARY(7, multiply, 6, 2)
    BINARY(8, add, 5, 7)
    OUTPUT(0, 8))

// clamp
PROGRAM(71, 1, 2, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    REAL_SCALAR(2, 1)
    BINARY(3, maximum, 0, 1)
    BINARY(4, minimum, 3, 2)
    OUTPUT(0, 4))

// clamp
PROGRAM(72, 2, 2, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_SCALAR(2, 0)
    REAL_SCALAR(3, 1)
    BINARY(4, less_or_equal, 2, 0)
    BINARY(5, less_or_equal, 0, 3)
    BINARY(6, integer_and, 4, 5)
    BINARY(7, equal, 0, 0)
    REAL_CONSTANT(8, 0x0u)
    BINARY(9, multiply, 0, 1)
    TERNARY(10, select, 7, 8, 9)
    TERNARY(11, select, 6, 1, 10)
    OUTPUT(0, 11))

// clamp
PROGRAM(73, 2, 2, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_SCALAR(2, 0)
    REAL_SCALAR(3, 1)
    REAL_CONSTANT(4, 0x0u)
    BINARY(5, equal, 1, 4)
    BINARY(6, less_or_equal, 2, 0)
    BINARY(7, less_or_equal, 0, 3)
    BINARY(8, integer_and, 6, 7)
    BINARY(9, equal, 0, 0)
    BINARY(10, multiply, 0, 1)
    TERNARY(11, select, 9, 4, 10)
    TERNARY(12, select, 8, 1, 11)
    BINARY(13, not_equal, 12, 12)
    BINARY(14, integer_and, 5, 13)
    TERNARY(15, select, 14, 4, 12)
    OUTPUT(0, 15))

// add
PROGRAM(74, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, add, 0, 1)
    OUTPUT(0, 2))

// add
PROGRAM(75, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, integer_from_real, 0)
    OUTPUT(0, 1))

// add
PROGRAM(76, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    BINARY(2, integer_add, 0, 1)
    OUTPUT(0, 2))

// subtract
PROGRAM(77, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, subtract, 0, 1)
    OUTPUT(0, 2))

// subtract
PROGRAM(78, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, negate, 0)
    OUTPUT(0, 1))

// subtract
PROGRAM(79, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    BINARY(2, integer_subtract, 0, 1)
    OUTPUT(0, 2))

// multiply
PROGRAM(80, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    BINARY(2, integer_multiply, 0, 1)
    OUTPUT(0, 2))

// max
PROGRAM(81, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, maximum, 0, 1)
    OUTPUT(0, 2))

// max
PROGRAM(82, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, less, 1, 0)
    BINARY(4, not_equal, 0, 0)
    BINARY(5, integer_or, 3, 4)
    BINARY(6, equal, 0, 1)
    REAL_CONSTANT(7, 0x3f000000u)
    BINARY(8, multiply, 7, 2)
    REAL_CONSTANT(9, 0x0u)
    TERNARY(10, select, 6, 8, 9)
    TERNARY(11, select, 5, 2, 10)
    OUTPUT(0, 11))

// max
PROGRAM(83, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, less, 1, 0)
    BINARY(4, not_equal, 0, 0)
    BINARY(5, integer_or, 3, 4)
    REAL_CONSTANT(6, 0x0u)
    BINARY(7, equal, 0, 1)
    REAL_CONSTANT(8, 0x3f000000u)
    BINARY(9, multiply, 8, 2)
    TERNARY(10, select, 7, 9, 2)
    TERNARY(11, select, 5, 6, 10)
    OUTPUT(0, 11))

// max
PROGRAM(84, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    BINARY(2, integer_less, 1, 0)
    TERNARY(3, integer_select, 2, 0, 1)
    OUTPUT(0, 3))

// min
PROGRAM(85, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, minimum, 0, 1)
    OUTPUT(0, 2))

// min
PROGRAM(86, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, less, 0, 1)
    BINARY(4, not_equal, 0, 0)
    BINARY(5, integer_or, 3, 4)
    BINARY(6, equal, 0, 1)
    REAL_CONSTANT(7, 0x3f000000u)
    BINARY(8, multiply, 7, 2)
    REAL_CONSTANT(9, 0x0u)
    TERNARY(10, select, 6, 8, 9)
    TERNARY(11, select, 5, 2, 10)
    OUTPUT(0, 11))

// min
PROGRAM(87, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, less, 0, 1)
    BINARY(4, not_equal, 0, 0)
    BINARY(5, integer_or, 3, 4)
    REAL_CONSTANT(6, 0x0u)
    BINARY(7, equal, 0, 1)
    REAL_CONSTANT(8, 0x3f000000u)
    BINARY(9, multiply, 8, 2)
    TERNARY(10, select, 7, 9, 2)
    TERNARY(11, select, 5, 6, 10)
    OUTPUT(0, 11))

// min
PROGRAM(88, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    BINARY(2, integer_less, 0, 1)
    TERNARY(3, integer_select, 2, 0, 1)
    OUTPUT(0, 3))

// divide
PROGRAM(89, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, divide, 0, 1)
    OUTPUT(0, 2))

// divide
PROGRAM(90, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, multiply, 1, 2)
    BINARY(4, divide, 3, 0)
    UNARY(5, negate, 4)
    OUTPUT(0, 5))

// divide
PROGRAM(91, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, equal, 1, 3)
    BINARY(5, multiply, 1, 2)
    BINARY(6, divide, 5, 0)
    UNARY(7, negate, 6)
    BINARY(8, not_equal, 7, 7)
    BINARY(9, integer_and, 4, 8)
    TERNARY(10, select, 9, 3, 7)
    OUTPUT(0, 10))

// pow
PROGRAM(92, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, power, 0, 1)
    OUTPUT(0, 2))

// pow
PROGRAM(93, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, equal, 1, 3)
    REAL_CONSTANT(5, 0x3f800000u)
    BINARY(6, subtract, 1, 5)
    BINARY(7, power, 0, 6)
    BINARY(8, multiply, 1, 7)
    TERNARY(9, select, 4, 3, 8)
    BINARY(10, multiply, 2, 9)
    OUTPUT(0, 10))

// pow
PROGRAM(94, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, equal, 2, 3)
    BINARY(5, equal, 1, 3)
    REAL_CONSTANT(6, 0x3f800000u)
    BINARY(7, subtract, 1, 6)
    BINARY(8, power, 0, 7)
    BINARY(9, multiply, 1, 8)
    TERNARY(10, select, 5, 3, 9)
    BINARY(11, multiply, 2, 10)
    BINARY(12, not_equal, 11, 11)
    BINARY(13, integer_and, 4, 12)
    TERNARY(14, select, 13, 3, 11)
    OUTPUT(0, 14))

// pow
PROGRAM(95, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, equal, 2, 3)
    BINARY(5, equal, 0, 3)
    REAL_CONSTANT(6, 0x3f800000u)
    BINARY(7, equal, 2, 6)
    BINARY(8, integer_and, 5, 7)
    BINARY(9, integer_or, 4, 8)
    UNARY(10, log, 0)
    BINARY(11, multiply, 2, 10)
    TERNARY(12, select, 9, 3, 11)
    BINARY(13, multiply, 1, 12)
    OUTPUT(0, 13))

// pow
PROGRAM(96, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, equal, 1, 3)
    BINARY(5, equal, 2, 3)
    BINARY(6, equal, 0, 3)
    REAL_CONSTANT(7, 0x3f800000u)
    BINARY(8, equal, 2, 7)
    BINARY(9, integer_and, 6, 8)
    BINARY(10, integer_or, 5, 9)
    UNARY(11, log, 0)
    BINARY(12, multiply, 2, 11)
    TERNARY(13, select, 10, 3, 12)
    BINARY(14, multiply, 1, 13)
    BINARY(15, not_equal, 14, 14)
    BINARY(16, integer_and, 4, 15)
    TERNARY(17, select, 16, 3, 14)
    OUTPUT(0, 17))

// negate
PROGRAM(97, 1, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_CONSTANT(1, 0x0u)
    BINARY(2, integer_subtract, 1, 0)
    OUTPUT(0, 2))

// add
PROGRAM(98, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, add, 0, 1)
    OUTPUT(0, 2))

// add
PROGRAM(99, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_add, 0, 1)
    OUTPUT(0, 2))

// subtract
PROGRAM(100, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, subtract, 0, 1)
    OUTPUT(0, 2))

// subtract
PROGRAM(101, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_subtract, 0, 1)
    OUTPUT(0, 2))

// subtract
PROGRAM(102, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, subtract, 1, 0)
    OUTPUT(0, 2))

// subtract
PROGRAM(103, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    UNARY(2, negate, 0)
    OUTPUT(0, 2))

// subtract
PROGRAM(104, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_subtract, 1, 0)
    OUTPUT(0, 2))

// multiply
PROGRAM(105, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, multiply, 0, 1)
    OUTPUT(0, 2))

// multiply
PROGRAM(106, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_multiply, 0, 1)
    OUTPUT(0, 2))

// max
PROGRAM(107, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, maximum, 0, 1)
    OUTPUT(0, 2))

// max
PROGRAM(108, 2, 1, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_SCALAR(2, 0)
    BINARY(3, less, 2, 0)
    BINARY(4, not_equal, 0, 0)
    BINARY(5, integer_or, 3, 4)
    BINARY(6, equal, 0, 2)
    REAL_CONSTANT(7, 0x3f000000u)
    BINARY(8, multiply, 7, 1)
    REAL_CONSTANT(9, 0x0u)
    TERNARY(10, select, 6, 8, 9)
    TERNARY(11, select, 5, 1, 10)
    OUTPUT(0, 11))

// max
PROGRAM(109, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_less, 1, 0)
    TERNARY(3, integer_select, 2, 0, 1)
    OUTPUT(0, 3))

// min
PROGRAM(110, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, minimum, 0, 1)
    OUTPUT(0, 2))

// min
PROGRAM(111, 2, 1, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_SCALAR(2, 0)
    BINARY(3, less, 0, 2)
    BINARY(4, not_equal, 0, 0)
    BINARY(5, integer_or, 3, 4)
    BINARY(6, equal, 0, 2)
    REAL_CONSTANT(7, 0x3f000000u)
    BINARY(8, multiply, 7, 1)
    REAL_CONSTANT(9, 0x0u)
    TERNARY(10, select, 6, 8, 9)
    TERNARY(11, select, 5, 1, 10)
    OUTPUT(0, 11))

// min
PROGRAM(112, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_less, 0, 1)
    TERNARY(3, integer_select, 2, 0, 1)
    OUTPUT(0, 3))

// divide
PROGRAM(113, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, divide, 0, 1)
    OUTPUT(0, 2))

// divide
PROGRAM(114, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 0, 2)
    BINARY(4, divide, 0, 1)
    BINARY(5, not_equal, 4, 4)
    BINARY(6, integer_and, 3, 5)
    TERNARY(7, select, 6, 2, 4)
    OUTPUT(0, 7))

// divide
PROGRAM(115, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, divide, 1, 0)
    OUTPUT(0, 2))

// divide
PROGRAM(116, 2, 1, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_SCALAR(2, 0)
    BINARY(3, divide, 2, 0)
    BINARY(4, multiply, 1, 3)
    BINARY(5, divide, 4, 0)
    UNARY(6, negate, 5)
    OUTPUT(0, 6))

// divide
PROGRAM(117, 2, 1, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_SCALAR(2, 0)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, equal, 1, 3)
    BINARY(5, divide, 2, 0)
    BINARY(6, multiply, 1, 5)
    BINARY(7, divide, 6, 0)
    UNARY(8, negate, 7)
    BINARY(9, not_equal, 8, 8)
    BINARY(10, integer_and, 4, 9)
    TERNARY(11, select, 10, 3, 8)
    OUTPUT(0, 11))

// pow
PROGRAM(118, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, power, 0, 1)
    OUTPUT(0, 2))

// pow
PROGRAM(119, 2, 1, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_SCALAR(2, 0)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, equal, 2, 3)
    REAL_CONSTANT(5, 0x3f800000u)
    BINARY(6, subtract, 2, 5)
    BINARY(7, power, 0, 6)
    BINARY(8, multiply, 2, 7)
    TERNARY(9, select, 4, 3, 8)
    BINARY(10, multiply, 1, 9)
    OUTPUT(0, 10))

// pow
PROGRAM(120, 2, 1, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_SCALAR(2, 0)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, equal, 1, 3)
    BINARY(5, equal, 2, 3)
    REAL_CONSTANT(6, 0x3f800000u)
    BINARY(7, subtract, 2, 6)
    BINARY(8, power, 0, 7)
    BINARY(9, multiply, 2, 8)
    TERNARY(10, select, 5, 3, 9)
    BINARY(11, multiply, 1, 10)
    BINARY(12, not_equal, 11, 11)
    BINARY(13, integer_and, 4, 12)
    TERNARY(14, select, 13, 3, 11)
    OUTPUT(0, 14))

// equal
PROGRAM(121, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, equal, 0, 1)
    OUTPUT(0, 2))

// equal
PROGRAM(122, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    BINARY(2, integer_equal, 0, 1)
    OUTPUT(0, 2))

// equal
PROGRAM(123, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, equal, 0, 1)
    OUTPUT(0, 2))

// equal
PROGRAM(124, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_equal, 0, 1)
    OUTPUT(0, 2))

// notEqual
PROGRAM(125, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, not_equal, 0, 1)
    OUTPUT(0, 2))

// notEqual
PROGRAM(126, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    BINARY(2, integer_equal, 0, 1)
    INTEGER_CONSTANT(3, 0x1u)
    BINARY(4, integer_xor, 2, 3)
    OUTPUT(0, 4))

// notEqual
PROGRAM(127, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, not_equal, 0, 1)
    OUTPUT(0, 2))

// notEqual
PROGRAM(128, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_equal, 0, 1)
    INTEGER_CONSTANT(3, 0x1u)
    BINARY(4, integer_xor, 2, 3)
    OUTPUT(0, 4))

// less
PROGRAM(129, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, less, 0, 1)
    OUTPUT(0, 2))

// less
PROGRAM(130, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    BINARY(2, integer_less, 0, 1)
    OUTPUT(0, 2))

// less
PROGRAM(131, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, less, 0, 1)
    OUTPUT(0, 2))

// less
PROGRAM(132, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_less, 0, 1)
    OUTPUT(0, 2))

// lessOrEqual
PROGRAM(133, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, less_or_equal, 0, 1)
    OUTPUT(0, 2))

// lessOrEqual
PROGRAM(134, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    BINARY(2, integer_less, 1, 0)
    INTEGER_CONSTANT(3, 0x1u)
    BINARY(4, integer_xor, 2, 3)
    OUTPUT(0, 4))

// lessOrEqual
PROGRAM(135, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, less_or_equal, 0, 1)
    OUTPUT(0, 2))

// lessOrEqual
PROGRAM(136, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_less, 1, 0)
    INTEGER_CONSTANT(3, 0x1u)
    BINARY(4, integer_xor, 2, 3)
    OUTPUT(0, 4))

// greater
PROGRAM(137, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, less, 1, 0)
    OUTPUT(0, 2))

// greater
PROGRAM(138, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    BINARY(2, integer_less, 1, 0)
    OUTPUT(0, 2))

// greater
PROGRAM(139, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, less, 1, 0)
    OUTPUT(0, 2))

// greater
PROGRAM(140, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_less, 1, 0)
    OUTPUT(0, 2))

// greaterOrEqual
PROGRAM(141, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, less_or_equal, 1, 0)
    OUTPUT(0, 2))

// greaterOrEqual
PROGRAM(142, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    BINARY(2, integer_less, 0, 1)
    INTEGER_CONSTANT(3, 0x1u)
    BINARY(4, integer_xor, 2, 3)
    OUTPUT(0, 4))

// greaterOrEqual
PROGRAM(143, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, less_or_equal, 1, 0)
    OUTPUT(0, 2))

// greaterOrEqual
PROGRAM(144, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_less, 0, 1)
    INTEGER_CONSTANT(3, 0x1u)
    BINARY(4, integer_xor, 2, 3)
    OUTPUT(0, 4))

// where
PROGRAM(145, 3, 0, 1,
    INTEGER_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    TERNARY(3, select, 0, 1, 2)
    OUTPUT(0, 3))

// where
PROGRAM(146, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    TERNARY(3, select, 0, 1, 2)
    OUTPUT(0, 3))

// where
PROGRAM(147, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    TERNARY(3, select, 0, 2, 1)
    OUTPUT(0, 3))

// where
PROGRAM(148, 3, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    INTEGER_INPUT(2, 2)
    TERNARY(3, integer_select, 0, 1, 2)
    OUTPUT(0, 3))

// sigmoid
PROGRAM(149, 0, 2, 1,
    INTEGER_SCALAR(0, 0)
    INTEGER_SCALAR(1, 1)
    INDEX(2)
    BINARY(3, integer_multiply, 2, 1)
    BINARY(4, integer_add, 0, 3)
    OUTPUT(0, 4))

// sigmoid
PROGRAM(150, 1, 0, 1,
    INTEGER_INPUT(0, 0)
    UNARY(1, real_from_integer, 0)
    OUTPUT(0, 1))

// sigmoid
PROGRAM(151, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, add, 0, 1)
    UNARY(3, sigmoid, 2)
    OUTPUT(0, 3))

// sigmoid
PROGRAM(152, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, subtract, 0, 1)
    BINARY(3, multiply, 2, 2)
    OUTPUT(0, 3))

// sigmoid
PROGRAM(153, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, subtract, 0, 1)
    BINARY(4, multiply, 2, 3)
    BINARY(5, add, 4, 4)
    OUTPUT(0, 5))

// sigmoid
PROGRAM(154, 2, 2, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_SCALAR(2, 0)
    REAL_SCALAR(3, 1)
    BINARY(4, multiply, 2, 1)
    BINARY(5, subtract, 0, 4)
    OUTPUT(0, 5))

// tanh
PROGRAM(155, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, add, 0, 1)
    UNARY(3, tanh, 2)
    OUTPUT(0, 3))

// relu
PROGRAM(156, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, add, 0, 1)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, less_or_equal, 2, 3)
    TERNARY(5, select, 4, 3, 2)
    OUTPUT(0, 5))

// softplus
PROGRAM(157, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, add, 0, 1)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, maximum, 2, 3)
    UNARY(5, absolute, 2)
    UNARY(6, negate, 5)
    BOUNDED(7, exp, exp_nonpositive, 6)
    BOUNDED(8, log1p, log1p_unit, 7)
    BINARY(9, add, 4, 8)
    OUTPUT(0, 9))

// softplus
PROGRAM(158, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, add, 0, 1)
    UNARY(4, sigmoid, 3)
    BINARY(5, multiply, 2, 4)
    OUTPUT(0, 5))

// softplus
PROGRAM(159, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, equal, 2, 3)
    BINARY(5, add, 0, 1)
    UNARY(6, sigmoid, 5)
    BINARY(7, multiply, 2, 6)
    BINARY(8, not_equal, 7, 7)
    BINARY(9, integer_and, 4, 8)
    TERNARY(10, select, 9, 3, 7)
    OUTPUT(0, 10))

// gelu
PROGRAM(160, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, add, 0, 1)
    REAL_CONSTANT(3, 0xc2200000u)
    BINARY(4, less, 2, 3)
    TERNARY(5, select, 4, 3, 2)
    UNARY(6, normal_distribution, 2)
    BINARY(7, multiply, 5, 6)
    OUTPUT(0, 7))

// gelu
PROGRAM(161, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, add, 0, 1)
    UNARY(4, normal_distribution, 3)
    REAL_CONSTANT(5, 0x42200000u)
    BINARY(6, less, 5, 3)
    REAL_CONSTANT(7, 0xc2200000u)
    BINARY(8, less, 3, 7)
    TERNARY(9, select, 8, 7, 3)
    TERNARY(10, select, 6, 5, 9)
    REAL_CONSTANT(11, 0x3ecc422au)
    REAL_CONSTANT(12, 0x3f000000u)
    BINARY(13, multiply, 10, 10)
    BINARY(14, multiply, 12, 13)
    UNARY(15, negate, 14)
    BOUNDED(16, exp, exp_nonpositive, 15)
    BINARY(17, multiply, 11, 16)
    REAL_CONSTANT(18, 0x3f800000u)
    UNARY(19, negate, 13)
    TERNARY(20, fused_multiply_add, 10, 10, 19)
    BINARY(21, multiply, 12, 20)
    BINARY(22, subtract, 18, 21)
    BINARY(23, multiply, 17, 22)
    BINARY(24, multiply, 10, 23)
    BINARY(25, add, 4, 24)
    BINARY(26, multiply, 2, 25)
    OUTPUT(0, 26))

// gelu
PROGRAM(162, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, equal, 2, 3)
    BINARY(5, add, 0, 1)
    UNARY(6, normal_distribution, 5)
    REAL_CONSTANT(7, 0x42200000u)
    BINARY(8, less, 7, 5)
    REAL_CONSTANT(9, 0xc2200000u)
    BINARY(10, less, 5, 9)
    TERNARY(11, select, 10, 9, 5)
    TERNARY(12, select, 8, 7, 11)
    REAL_CONSTANT(13, 0x3ecc422au)
    REAL_CONSTANT(14, 0x3f000000u)
    BINARY(15, multiply, 12, 12)
    BINARY(16, multiply, 14, 15)
    UNARY(17, negate, 16)
    BOUNDED(18, exp, exp_nonpositive, 17)
    BINARY(19, multiply, 13, 18)
    REAL_CONSTANT(20, 0x3f800000u)
    UNARY(21, negate, 15)
    TERNARY(22, fused_multiply_add, 12, 12, 21)
    BINARY(23, multiply, 14, 22)
    BINARY(24, subtract, 20, 23)
    BINARY(25, multiply, 19, 24)
    BINARY(26, multiply, 12, 25)
    BINARY(27, add, 6, 26)
    BINARY(28, multiply, 2, 27)
    BINARY(29, not_equal, 28, 28)
    BINARY(30, integer_and, 4, 29)
    TERNARY(31, select, 30, 3, 28)
    OUTPUT(0, 31))

// silu
PROGRAM(163, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, add, 0, 1)
    REAL_CONSTANT(3, 0xc4480000u)
    BINARY(4, less, 2, 3)
    TERNARY(5, select, 4, 3, 2)
    UNARY(6, sigmoid, 2)
    BINARY(7, multiply, 5, 6)
    OUTPUT(0, 7))

// silu
PROGRAM(164, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, add, 0, 1)
    UNARY(4, sigmoid, 3)
    REAL_CONSTANT(5, 0x44480000u)
    BINARY(6, less, 5, 3)
    REAL_CONSTANT(7, 0xc4480000u)
    BINARY(8, less, 3, 7)
    TERNARY(9, select, 8, 7, 3)
    TERNARY(10, select, 6, 5, 9)
    REAL_CONSTANT(11, 0x3f800000u)
    BINARY(12, subtract, 11, 4)
    BINARY(13, multiply, 4, 12)
    BINARY(14, multiply, 10, 13)
    BINARY(15, add, 4, 14)
    BINARY(16, multiply, 2, 15)
    OUTPUT(0, 16))

// silu
PROGRAM(165, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, equal, 2, 3)
    BINARY(5, add, 0, 1)
    UNARY(6, sigmoid, 5)
    REAL_CONSTANT(7, 0x44480000u)
    BINARY(8, less, 7, 5)
    REAL_CONSTANT(9, 0xc4480000u)
    BINARY(10, less, 5, 9)
    TERNARY(11, select, 10, 9, 5)
    TERNARY(12, select, 8, 7, 11)
    REAL_CONSTANT(13, 0x3f800000u)
    BINARY(14, subtract, 13, 6)
    BINARY(15, multiply, 6, 14)
    BINARY(16, multiply, 12, 15)
    BINARY(17, add, 6, 16)
    BINARY(18, multiply, 2, 17)
    BINARY(19, not_equal, 18, 18)
    BINARY(20, integer_and, 4, 19)
    TERNARY(21, select, 20, 3, 18)
    OUTPUT(0, 21))

// mish
PROGRAM(166, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, add, 0, 1)
    REAL_CONSTANT(3, 0xc4480000u)
    BINARY(4, less, 2, 3)
    TERNARY(5, select, 4, 3, 2)
    REAL_CONSTANT(6, 0x0u)
    BINARY(7, maximum, 2, 6)
    UNARY(8, absolute, 2)
    UNARY(9, negate, 8)
    BOUNDED(10, exp, exp_nonpositive, 9)
    BOUNDED(11, log1p, log1p_unit, 10)
    BINARY(12, add, 7, 11)
    UNARY(13, tanh, 12)
    BINARY(14, multiply, 5, 13)
    OUTPUT(0, 14))

// mish
PROGRAM(167, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, add, 0, 1)
    REAL_CONSTANT(4, 0x0u)
    BINARY(5, maximum, 3, 4)
    UNARY(6, absolute, 3)
    UNARY(7, negate, 6)
    BOUNDED(8, exp, exp_nonpositive, 7)
    BOUNDED(9, log1p, log1p_unit, 8)
    BINARY(10, add, 5, 9)
    UNARY(11, tanh, 10)
    REAL_CONSTANT(12, 0x44480000u)
    BINARY(13, less, 12, 3)
    REAL_CONSTANT(14, 0xc4480000u)
    BINARY(15, less, 3, 14)
    TERNARY(16, select, 15, 14, 3)
    TERNARY(17, select, 13, 12, 16)
    REAL_CONSTANT(18, 0x3f800000u)
    BINARY(19, multiply, 11, 11)
    BINARY(20, subtract, 18, 19)
    UNARY(21, sigmoid, 3)
    BINARY(22, multiply, 20, 21)
    BINARY(23, multiply, 17, 22)
    BINARY(24, add, 11, 23)
    BINARY(25, multiply, 2, 24)
    OUTPUT(0, 25))

// mish
PROGRAM(168, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, equal, 2, 3)
    BINARY(5, add, 0, 1)
    BINARY(6, maximum, 5, 3)
    UNARY(7, absolute, 5)
    UNARY(8, negate, 7)
    BOUNDED(9, exp, exp_nonpositive, 8)
    BOUNDED(10, log1p, log1p_unit, 9)
    BINARY(11, add, 6, 10)
    UNARY(12, tanh, 11)
    REAL_CONSTANT(13, 0x44480000u)
    BINARY(14, less, 13, 5)
    REAL_CONSTANT(15, 0xc4480000u)
    BINARY(16, less, 5, 15)
    TERNARY(17, select, 16, 15, 5)
    TERNARY(18, select, 14, 13, 17)
    REAL_CONSTANT(19, 0x3f800000u)
    BINARY(20, multiply, 12, 12)
    BINARY(21, subtract, 19, 20)
    UNARY(22, sigmoid, 5)
    BINARY(23, multiply, 21, 22)
    BINARY(24, multiply, 18, 23)
    BINARY(25, add, 12, 24)
    BINARY(26, multiply, 2, 25)
    BINARY(27, not_equal, 26, 26)
    BINARY(28, integer_and, 4, 27)
    TERNARY(29, select, 28, 3, 26)
    OUTPUT(0, 29))

// selu
PROGRAM(169, 1, 0, 1,
    REAL_INPUT(0, 0)
    REAL_CONSTANT(1, 0x3f867d5fu)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, less, 2, 0)
    REAL_CONSTANT(4, 0x3fd62d7du)
    UNARY(5, expm1, 0)
    BINARY(6, multiply, 4, 5)
    TERNARY(7, select, 3, 0, 6)
    BINARY(8, multiply, 1, 7)
    OUTPUT(0, 8))

// selu
PROGRAM(170, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, less, 2, 0)
    REAL_CONSTANT(4, 0x3f867d5fu)
    BINARY(5, multiply, 1, 4)
    TERNARY(6, select, 3, 5, 2)
    TERNARY(7, select, 3, 2, 5)
    REAL_CONSTANT(8, 0x3fd62d7du)
    BINARY(9, multiply, 7, 8)
    UNARY(10, exp, 0)
    BINARY(11, multiply, 9, 10)
    TERNARY(12, select, 3, 2, 11)
    BINARY(13, add, 6, 12)
    OUTPUT(0, 13))

// selu
PROGRAM(171, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 1, 2)
    BINARY(4, less, 2, 0)
    REAL_CONSTANT(5, 0x3f867d5fu)
    BINARY(6, multiply, 1, 5)
    TERNARY(7, select, 4, 6, 2)
    TERNARY(8, select, 4, 2, 6)
    REAL_CONSTANT(9, 0x3fd62d7du)
    BINARY(10, multiply, 8, 9)
    UNARY(11, exp, 0)
    BINARY(12, multiply, 10, 11)
    TERNARY(13, select, 4, 2, 12)
    BINARY(14, add, 7, 13)
    BINARY(15, not_equal, 14, 14)
    BINARY(16, integer_and, 3, 15)
    TERNARY(17, select, 16, 2, 14)
    OUTPUT(0, 17))

// selu
PROGRAM(172, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x3f867d5fu)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, add, 0, 1)
    BINARY(5, less, 3, 4)
    REAL_CONSTANT(6, 0x3fd62d7du)
    UNARY(7, expm1, 4)
    BINARY(8, multiply, 6, 7)
    TERNARY(9, select, 5, 4, 8)
    BINARY(10, multiply, 2, 9)
    OUTPUT(0, 10))

// selu
PROGRAM(173, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, add, 0, 1)
    BINARY(5, less, 3, 4)
    REAL_CONSTANT(6, 0x3f867d5fu)
    BINARY(7, multiply, 2, 6)
    TERNARY(8, select, 5, 7, 3)
    TERNARY(9, select, 5, 3, 7)
    REAL_CONSTANT(10, 0x3fd62d7du)
    BINARY(11, multiply, 9, 10)
    UNARY(12, exp, 4)
    BINARY(13, multiply, 11, 12)
    TERNARY(14, select, 5, 3, 13)
    BINARY(15, add, 8, 14)
    OUTPUT(0, 15))

// selu
PROGRAM(174, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, equal, 2, 3)
    BINARY(5, add, 0, 1)
    BINARY(6, less, 3, 5)
    REAL_CONSTANT(7, 0x3f867d5fu)
    BINARY(8, multiply, 2, 7)
    TERNARY(9, select, 6, 8, 3)
    TERNARY(10, select, 6, 3, 8)
    REAL_CONSTANT(11, 0x3fd62d7du)
    BINARY(12, multiply, 10, 11)
    UNARY(13, exp, 5)
    BINARY(14, multiply, 12, 13)
    TERNARY(15, select, 6, 3, 14)
    BINARY(16, add, 9, 15)
    BINARY(17, not_equal, 16, 16)
    BINARY(18, integer_and, 4, 17)
    TERNARY(19, select, 18, 3, 16)
    OUTPUT(0, 19))

// softsign
PROGRAM(175, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x7149f2cau)
    BINARY(3, add, 0, 1)
    BINARY(4, less, 2, 3)
    REAL_CONSTANT(5, 0xf149f2cau)
    BINARY(6, less, 3, 5)
    TERNARY(7, select, 6, 5, 3)
    TERNARY(8, select, 4, 2, 7)
    REAL_CONSTANT(9, 0x3f800000u)
    UNARY(10, absolute, 8)
    BINARY(11, add, 9, 10)
    BINARY(12, divide, 8, 11)
    OUTPUT(0, 12))

// softsign
PROGRAM(176, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x3f800000u)
    BINARY(4, add, 0, 1)
    UNARY(5, absolute, 4)
    BINARY(6, add, 3, 5)
    BINARY(7, divide, 3, 6)
    BINARY(8, multiply, 7, 7)
    BINARY(9, multiply, 2, 8)
    OUTPUT(0, 9))

// softsign
PROGRAM(177, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, equal, 2, 3)
    REAL_CONSTANT(5, 0x3f800000u)
    BINARY(6, add, 0, 1)
    UNARY(7, absolute, 6)
    BINARY(8, add, 5, 7)
    BINARY(9, divide, 5, 8)
    BINARY(10, multiply, 9, 9)
    BINARY(11, multiply, 2, 10)
    BINARY(12, not_equal, 11, 11)
    BINARY(13, integer_and, 4, 12)
    TERNARY(14, select, 13, 3, 11)
    OUTPUT(0, 14))

// leakyRelu(0.01)
PROGRAM(178, 1, 0, 1,
    REAL_INPUT(0, 0)
    REAL_CONSTANT(1, 0x0u)
    BINARY(2, less, 1, 0)
    REAL_CONSTANT(3, 0x3c23d70au)
    BINARY(4, multiply, 3, 0)
    TERNARY(5, select, 2, 0, 4)
    OUTPUT(0, 5))

// leakyRelu(0.01)
PROGRAM(179, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, less, 2, 0)
    TERNARY(4, select, 3, 1, 2)
    TERNARY(5, select, 3, 2, 1)
    REAL_CONSTANT(6, 0x3c23d70au)
    BINARY(7, multiply, 5, 6)
    BINARY(8, add, 4, 7)
    OUTPUT(0, 8))

// leakyRelu(0.01)
PROGRAM(180, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, add, 0, 1)
    BINARY(4, less, 2, 3)
    REAL_CONSTANT(5, 0x3c23d70au)
    BINARY(6, multiply, 5, 3)
    TERNARY(7, select, 4, 3, 6)
    OUTPUT(0, 7))

// leakyRelu(0.01)
PROGRAM(181, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, add, 0, 1)
    BINARY(5, less, 3, 4)
    TERNARY(6, select, 5, 2, 3)
    TERNARY(7, select, 5, 3, 2)
    REAL_CONSTANT(8, 0x3c23d70au)
    BINARY(9, multiply, 7, 8)
    BINARY(10, add, 6, 9)
    OUTPUT(0, 10))

// elu(1.0)
PROGRAM(182, 1, 0, 1,
    REAL_INPUT(0, 0)
    REAL_CONSTANT(1, 0x0u)
    BINARY(2, less, 1, 0)
    REAL_CONSTANT(3, 0x3f800000u)
    UNARY(4, expm1, 0)
    BINARY(5, multiply, 3, 4)
    TERNARY(6, select, 2, 0, 5)
    OUTPUT(0, 6))

// elu(1.0)
PROGRAM(183, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, less, 2, 0)
    TERNARY(4, select, 3, 1, 2)
    TERNARY(5, select, 3, 2, 1)
    REAL_CONSTANT(6, 0x3f800000u)
    BINARY(7, multiply, 5, 6)
    UNARY(8, exp, 0)
    BINARY(9, multiply, 7, 8)
    TERNARY(10, select, 3, 2, 9)
    BINARY(11, add, 4, 10)
    OUTPUT(0, 11))

// elu(1.0)
PROGRAM(184, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 1, 2)
    BINARY(4, less, 2, 0)
    TERNARY(5, select, 4, 1, 2)
    TERNARY(6, select, 4, 2, 1)
    REAL_CONSTANT(7, 0x3f800000u)
    BINARY(8, multiply, 6, 7)
    UNARY(9, exp, 0)
    BINARY(10, multiply, 8, 9)
    TERNARY(11, select, 4, 2, 10)
    BINARY(12, add, 5, 11)
    BINARY(13, not_equal, 12, 12)
    BINARY(14, integer_and, 3, 13)
    TERNARY(15, select, 14, 2, 12)
    OUTPUT(0, 15))

// elu(1.0)
PROGRAM(185, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, add, 0, 1)
    BINARY(4, less, 2, 3)
    REAL_CONSTANT(5, 0x3f800000u)
    UNARY(6, expm1, 3)
    BINARY(7, multiply, 5, 6)
    TERNARY(8, select, 4, 3, 7)
    OUTPUT(0, 8))

// elu(1.0)
PROGRAM(186, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, add, 0, 1)
    BINARY(5, less, 3, 4)
    TERNARY(6, select, 5, 2, 3)
    TERNARY(7, select, 5, 3, 2)
    REAL_CONSTANT(8, 0x3f800000u)
    BINARY(9, multiply, 7, 8)
    UNARY(10, exp, 4)
    BINARY(11, multiply, 9, 10)
    TERNARY(12, select, 5, 3, 11)
    BINARY(13, add, 6, 12)
    OUTPUT(0, 13))

// elu(1.0)
PROGRAM(187, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, equal, 2, 3)
    BINARY(5, add, 0, 1)
    BINARY(6, less, 3, 5)
    TERNARY(7, select, 6, 2, 3)
    TERNARY(8, select, 6, 3, 2)
    REAL_CONSTANT(9, 0x3f800000u)
    BINARY(10, multiply, 8, 9)
    UNARY(11, exp, 5)
    BINARY(12, multiply, 10, 11)
    TERNARY(13, select, 6, 3, 12)
    BINARY(14, add, 7, 13)
    BINARY(15, not_equal, 14, 14)
    BINARY(16, integer_and, 4, 15)
    TERNARY(17, select, 16, 3, 14)
    OUTPUT(0, 17))

// softmax
PROGRAM(188, 1, 0, 1,
    REAL_INPUT(0, 0)
    BINARY(1, subtract, 0, 0)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 1, 2)
    TERNARY(4, select, 3, 0, 2)
    OUTPUT(0, 4))

// softmax
PROGRAM(189, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, subtract, 0, 1)
    UNARY(3, exp, 2)
    OUTPUT(0, 3))

// softmax
PROGRAM(190, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, subtract, 1, 1)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, equal, 2, 3)
    TERNARY(5, select, 4, 1, 3)
    BINARY(6, subtract, 0, 5)
    UNARY(7, exp, 6)
    OUTPUT(0, 7))

// softmax
PROGRAM(191, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, subtract, 1, 1)
    REAL_CONSTANT(4, 0x0u)
    BINARY(5, equal, 3, 4)
    TERNARY(6, select, 5, 1, 4)
    BINARY(7, subtract, 0, 6)
    UNARY(8, exp, 7)
    BINARY(9, divide, 8, 2)
    OUTPUT(0, 9))

// softmax
PROGRAM(192, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, subtract, 1, 2)
    BINARY(4, multiply, 0, 3)
    OUTPUT(0, 4))

// softmax
PROGRAM(193, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, subtract, 0, 2)
    BINARY(4, multiply, 1, 3)
    OUTPUT(0, 4))

// softmax
PROGRAM(194, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 0, 2)
    BINARY(4, not_equal, 1, 1)
    BINARY(5, integer_and, 3, 4)
    TERNARY(6, select, 5, 2, 1)
    OUTPUT(0, 6))

// logSoftmax
PROGRAM(195, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, subtract, 1, 1)
    REAL_CONSTANT(4, 0x0u)
    BINARY(5, equal, 3, 4)
    TERNARY(6, select, 5, 1, 4)
    BINARY(7, subtract, 0, 6)
    BINARY(8, subtract, 7, 2)
    OUTPUT(0, 8))

// logSoftmax
PROGRAM(196, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    UNARY(3, exp, 1)
    BINARY(4, multiply, 3, 2)
    BINARY(5, subtract, 0, 4)
    OUTPUT(0, 5))

// halfSquaredError
PROGRAM(197, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x3f000000u)
    BINARY(3, subtract, 0, 1)
    BINARY(4, multiply, 3, 3)
    BINARY(5, multiply, 2, 4)
    OUTPUT(0, 5))

// halfSquaredError
PROGRAM(198, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x3f000000u)
    BINARY(4, multiply, 2, 3)
    BINARY(5, subtract, 0, 1)
    BINARY(6, multiply, 4, 5)
    BINARY(7, add, 6, 6)
    OUTPUT(0, 7))

// absoluteError
PROGRAM(199, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, subtract, 0, 1)
    UNARY(3, absolute, 2)
    OUTPUT(0, 3))

// absoluteError
PROGRAM(200, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, subtract, 0, 1)
    BINARY(5, less, 3, 4)
    BINARY(6, less, 4, 3)
    UNARY(7, negate, 2)
    BINARY(8, equal, 4, 3)
    BINARY(9, multiply, 4, 2)
    TERNARY(10, select, 8, 3, 9)
    TERNARY(11, select, 6, 7, 10)
    TERNARY(12, select, 5, 2, 11)
    OUTPUT(0, 12))

// huber(1.0)
PROGRAM(201, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, subtract, 0, 1)
    UNARY(3, absolute, 2)
    REAL_CONSTANT(4, 0x3f800000u)
    BINARY(5, less_or_equal, 3, 4)
    REAL_CONSTANT(6, 0x3f000000u)
    BINARY(7, multiply, 6, 3)
    BINARY(8, multiply, 7, 3)
    BINARY(9, multiply, 6, 4)
    BINARY(10, subtract, 3, 9)
    BINARY(11, multiply, 4, 10)
    TERNARY(12, select, 5, 8, 11)
    OUTPUT(0, 12))

// huber(1.0)
PROGRAM(202, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, subtract, 0, 1)
    BINARY(5, less, 3, 4)
    UNARY(6, absolute, 4)
    REAL_CONSTANT(7, 0x3f800000u)
    BINARY(8, less_or_equal, 6, 7)
    TERNARY(9, select, 8, 3, 2)
    BINARY(10, multiply, 9, 7)
    TERNARY(11, select, 8, 2, 3)
    REAL_CONSTANT(12, 0x3f000000u)
    BINARY(13, multiply, 12, 6)
    BINARY(14, multiply, 11, 13)
    TERNARY(15, select, 8, 14, 3)
    BINARY(16, add, 10, 15)
    BINARY(17, multiply, 11, 6)
    BINARY(18, multiply, 17, 12)
    TERNARY(19, select, 8, 18, 3)
    BINARY(20, add, 16, 19)
    BINARY(21, less, 4, 3)
    UNARY(22, negate, 20)
    BINARY(23, equal, 4, 3)
    BINARY(24, multiply, 4, 20)
    TERNARY(25, select, 23, 3, 24)
    TERNARY(26, select, 21, 22, 25)
    TERNARY(27, select, 5, 20, 26)
    OUTPUT(0, 27))

// binaryCrossEntropy
PROGRAM(203, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    UNARY(2, log, 0)
    REAL_CONSTANT(3, 0xc2c80000u)
    BINARY(4, maximum, 2, 3)
    BINARY(5, multiply, 1, 4)
    REAL_CONSTANT(6, 0x3f800000u)
    BINARY(7, subtract, 6, 1)
    UNARY(8, negate, 0)
    UNARY(9, log1p, 8)
    BINARY(10, maximum, 9, 3)
    BINARY(11, multiply, 7, 10)
    BINARY(12, add, 5, 11)
    UNARY(13, negate, 12)
    OUTPUT(0, 13))

// binaryCrossEntropy
PROGRAM(204, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, subtract, 0, 1)
    REAL_CONSTANT(4, 0x3f800000u)
    BINARY(5, subtract, 4, 0)
    BINARY(6, multiply, 0, 5)
    REAL_CONSTANT(7, 0x2b8cbcccu)
    BINARY(8, maximum, 6, 7)
    BINARY(9, divide, 3, 8)
    BINARY(10, multiply, 2, 9)
    OUTPUT(0, 10))

// sigmoidCrossEntropy
PROGRAM(205, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, less, 2, 0)
    REAL_CONSTANT(4, 0x3f800000u)
    BINARY(5, subtract, 4, 1)
    TERNARY(6, select, 3, 5, 1)
    BINARY(7, equal, 6, 2)
    UNARY(8, absolute, 0)
    BINARY(9, multiply, 8, 6)
    TERNARY(10, select, 7, 2, 9)
    UNARY(11, negate, 8)
    BOUNDED(12, exp, exp_nonpositive, 11)
    BOUNDED(13, log1p, log1p_unit, 12)
    BINARY(14, add, 10, 13)
    OUTPUT(0, 14))

// sigmoidCrossEntropy
PROGRAM(206, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    UNARY(3, sigmoid, 0)
    BINARY(4, subtract, 3, 1)
    BINARY(5, multiply, 2, 4)
    OUTPUT(0, 5))

// categoricalCrossEntropy
PROGRAM(207, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, log, 0)
    REAL_CONSTANT(2, 0xc2c80000u)
    BINARY(3, maximum, 1, 2)
    OUTPUT(0, 3))

// categoricalCrossEntropy
PROGRAM(208, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 1, 2)
    REAL_CONSTANT(4, 0x3f800000u)
    REAL_CONSTANT(5, 0x2b8cbcccu)
    BINARY(6, maximum, 0, 5)
    BINARY(7, divide, 4, 6)
    BINARY(8, multiply, 1, 7)
    BINARY(9, not_equal, 8, 8)
    BINARY(10, integer_and, 3, 9)
    TERNARY(11, select, 10, 2, 8)
    OUTPUT(0, 11))

// softmaxCrossEntropy
PROGRAM(209, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    INDEX(2)
    BINARY(3, integer_multiply, 2, 1)
    BINARY(4, integer_add, 0, 3)
    OUTPUT(0, 4))

// softmaxCrossEntropy
PROGRAM(210, 2, 0, 1,
    REAL_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    INDEX(2)
    BINARY(3, integer_equal, 2, 1)
    REAL_CONSTANT(4, 0x0u)
    TERNARY(5, select, 3, 0, 4)
    OUTPUT(0, 5))

// softmaxCrossEntropy
PROGRAM(211, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    UNARY(3, log, 0)
    BINARY(4, add, 3, 1)
    BINARY(5, subtract, 4, 2)
    OUTPUT(0, 5))

// softmaxCrossEntropy
PROGRAM(212, 5, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    INTEGER_INPUT(3, 3)
    REAL_INPUT(4, 4)
    BINARY(5, subtract, 0, 1)
    UNARY(6, exp, 5)
    BINARY(7, divide, 6, 2)
    INDEX(8)
    BINARY(9, integer_equal, 8, 3)
    UNARY(10, real_from_integer, 9)
    BINARY(11, subtract, 7, 10)
    BINARY(12, multiply, 11, 4)
    OUTPUT(0, 12))

// softmaxCrossEntropy
PROGRAM(213, 5, 1, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_INPUT(3, 3)
    INTEGER_INPUT(4, 4)
    REAL_SCALAR(5, 0)
    BINARY(6, subtract, 0, 1)
    UNARY(7, exp, 6)
    BINARY(8, divide, 7, 2)
    INDEX(9)
    BINARY(10, integer_equal, 9, 4)
    UNARY(11, real_from_integer, 10)
    BINARY(12, subtract, 8, 11)
    BINARY(13, divide, 3, 5)
    BINARY(14, multiply, 12, 13)
    OUTPUT(0, 14))

// momentum
PROGRAM(214, 3, 2, 2,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_SCALAR(3, 0)
    REAL_SCALAR(4, 1)
    REAL_CONSTANT(5, 0x3f666666u)
    BINARY(6, multiply, 5, 1)
    BINARY(7, add, 6, 2)
    BINARY(8, multiply, 3, 7)
    BINARY(9, subtract, 0, 8)
    OUTPUT(0, 9)
    OUTPUT(1, 7))

// nesterov
PROGRAM(215, 3, 2, 2,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_SCALAR(3, 0)
    REAL_SCALAR(4, 1)
    REAL_CONSTANT(5, 0x3f666666u)
    BINARY(6, multiply, 5, 1)
    BINARY(7, add, 6, 2)
    BINARY(8, multiply, 5, 7)
    BINARY(9, add, 2, 8)
    BINARY(10, multiply, 3, 9)
    BINARY(11, subtract, 0, 10)
    OUTPUT(0, 11)
    OUTPUT(1, 7))

// rmsProp
PROGRAM(216, 3, 2, 2,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_SCALAR(3, 0)
    REAL_SCALAR(4, 1)
    BINARY(5, multiply, 3, 2)
    REAL_CONSTANT(6, 0x3f666666u)
    BINARY(7, multiply, 6, 1)
    REAL_CONSTANT(8, 0x3dcccccdu)
    BINARY(9, multiply, 2, 2)
    BINARY(10, multiply, 8, 9)
    BINARY(11, add, 7, 10)
    UNARY(12, square_root, 11)
    REAL_CONSTANT(13, 0x322bcc77u)
    BINARY(14, add, 12, 13)
    BINARY(15, divide, 5, 14)
    BINARY(16, subtract, 0, 15)
    OUTPUT(0, 16)
    OUTPUT(1, 11))

// adam
PROGRAM(217, 4, 4, 3,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_INPUT(3, 3)
    REAL_SCALAR(4, 0)
    REAL_SCALAR(5, 1)
    REAL_SCALAR(6, 2)
    REAL_SCALAR(7, 3)
    REAL_CONSTANT(8, 0x3f666666u)
    BINARY(9, multiply, 8, 1)
    REAL_CONSTANT(10, 0x3dcccccdu)
    BINARY(11, multiply, 10, 3)
    BINARY(12, add, 9, 11)
    BINARY(13, multiply, 12, 5)
    BINARY(14, multiply, 4, 13)
    REAL_CONSTANT(15, 0x3f7fbe77u)
    BINARY(16, multiply, 15, 2)
    REAL_CONSTANT(17, 0x3a83126fu)
    BINARY(18, multiply, 3, 3)
    BINARY(19, multiply, 17, 18)
    BINARY(20, add, 16, 19)
    BINARY(21, multiply, 20, 6)
    UNARY(22, square_root, 21)
    REAL_CONSTANT(23, 0x322bcc77u)
    BINARY(24, add, 22, 23)
    BINARY(25, divide, 14, 24)
    BINARY(26, subtract, 0, 25)
    OUTPUT(0, 26)
    OUTPUT(1, 12)
    OUTPUT(2, 20))

// adamW
PROGRAM(218, 4, 5, 3,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_INPUT(3, 3)
    REAL_SCALAR(4, 0)
    REAL_SCALAR(5, 1)
    REAL_SCALAR(6, 2)
    REAL_SCALAR(7, 3)
    REAL_SCALAR(8, 4)
    BINARY(9, multiply, 4, 8)
    BINARY(10, multiply, 9, 7)
    BINARY(11, multiply, 10, 0)
    BINARY(12, subtract, 0, 11)
    REAL_CONSTANT(13, 0x3f666666u)
    BINARY(14, multiply, 13, 1)
    REAL_CONSTANT(15, 0x3dcccccdu)
    BINARY(16, multiply, 15, 3)
    BINARY(17, add, 14, 16)
    BINARY(18, multiply, 17, 5)
    BINARY(19, multiply, 4, 18)
    REAL_CONSTANT(20, 0x3f7fbe77u)
    BINARY(21, multiply, 20, 2)
    REAL_CONSTANT(22, 0x3a83126fu)
    BINARY(23, multiply, 3, 3)
    BINARY(24, multiply, 22, 23)
    BINARY(25, add, 21, 24)
    BINARY(26, multiply, 25, 6)
    UNARY(27, square_root, 26)
    REAL_CONSTANT(28, 0x322bcc77u)
    BINARY(29, add, 27, 28)
    BINARY(30, divide, 19, 29)
    BINARY(31, subtract, 12, 30)
    OUTPUT(0, 31)
    OUTPUT(1, 17)
    OUTPUT(2, 25))

// nadam
PROGRAM(219, 4, 5, 3,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_INPUT(3, 3)
    REAL_SCALAR(4, 0)
    REAL_SCALAR(5, 1)
    REAL_SCALAR(6, 2)
    REAL_SCALAR(7, 3)
    REAL_SCALAR(8, 4)
    REAL_CONSTANT(9, 0x3f666666u)
    BINARY(10, multiply, 9, 1)
    REAL_CONSTANT(11, 0x3dcccccdu)
    BINARY(12, multiply, 11, 3)
    BINARY(13, add, 10, 12)
    BINARY(14, multiply, 5, 13)
    BINARY(15, multiply, 6, 3)
    BINARY(16, add, 14, 15)
    BINARY(17, multiply, 4, 16)
    REAL_CONSTANT(18, 0x3f7fbe77u)
    BINARY(19, multiply, 18, 2)
    REAL_CONSTANT(20, 0x3a83126fu)
    BINARY(21, multiply, 3, 3)
    BINARY(22, multiply, 20, 21)
    BINARY(23, add, 19, 22)
    BINARY(24, multiply, 23, 7)
    UNARY(25, square_root, 24)
    REAL_CONSTANT(26, 0x322bcc77u)
    BINARY(27, add, 25, 26)
    BINARY(28, divide, 17, 27)
    BINARY(29, subtract, 0, 28)
    OUTPUT(0, 29)
    OUTPUT(1, 13)
    OUTPUT(2, 23))

// adagrad
PROGRAM(220, 3, 2, 2,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_SCALAR(3, 0)
    REAL_SCALAR(4, 1)
    BINARY(5, multiply, 3, 2)
    BINARY(6, multiply, 2, 2)
    BINARY(7, add, 1, 6)
    UNARY(8, square_root, 7)
    REAL_CONSTANT(9, 0x2edbe6ffu)
    BINARY(10, add, 8, 9)
    BINARY(11, divide, 5, 10)
    BINARY(12, subtract, 0, 11)
    OUTPUT(0, 12)
    OUTPUT(1, 7))

// lion
PROGRAM(221, 3, 2, 2,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_SCALAR(3, 0)
    REAL_SCALAR(4, 1)
    REAL_CONSTANT(5, 0x0u)
    REAL_CONSTANT(6, 0x3f666666u)
    BINARY(7, multiply, 6, 1)
    REAL_CONSTANT(8, 0x3dcccccdu)
    BINARY(9, multiply, 8, 2)
    BINARY(10, add, 7, 9)
    BINARY(11, less, 5, 10)
    REAL_CONSTANT(12, 0x3f800000u)
    BINARY(13, less, 10, 5)
    REAL_CONSTANT(14, 0xbf800000u)
    TERNARY(15, select, 13, 14, 10)
    TERNARY(16, select, 11, 12, 15)
    BINARY(17, multiply, 3, 16)
    BINARY(18, subtract, 0, 17)
    REAL_CONSTANT(19, 0x3f7d70a4u)
    BINARY(20, multiply, 19, 1)
    REAL_CONSTANT(21, 0x3c23d70au)
    BINARY(22, multiply, 21, 2)
    BINARY(23, add, 20, 22)
    OUTPUT(0, 18)
    OUTPUT(1, 23))

// RNN(3)
PROGRAM(222, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, add, 0, 1)
    UNARY(4, tanh, 3)
    OUTPUT(0, 4))

// RNN(3)
PROGRAM(223, 6, 0, 2,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_INPUT(3, 3)
    REAL_INPUT(4, 4)
    REAL_INPUT(5, 5)
    BINARY(6, add, 3, 4)
    BINARY(7, add, 6, 5)
    REAL_CONSTANT(8, 0x3f800000u)
    BINARY(9, add, 0, 1)
    UNARY(10, tanh, 9)
    BINARY(11, multiply, 10, 10)
    BINARY(12, subtract, 8, 11)
    BINARY(13, multiply, 7, 12)
    REAL_CONSTANT(14, 0x0u)
    OUTPUT(0, 13)
    OUTPUT(1, 14))

// RNN(3)
PROGRAM(224, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, add, 0, 1)
    BINARY(4, add, 3, 2)
    OUTPUT(0, 4))

// GRU(3)
PROGRAM(225, 10, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_INPUT(3, 3)
    REAL_INPUT(4, 4)
    REAL_INPUT(5, 5)
    REAL_INPUT(6, 6)
    REAL_INPUT(7, 7)
    REAL_INPUT(8, 8)
    REAL_INPUT(9, 9)
    REAL_CONSTANT(10, 0x3f800000u)
    BINARY(11, add, 4, 7)
    BINARY(12, add, 1, 11)
    UNARY(13, sigmoid, 12)
    BINARY(14, subtract, 10, 13)
    BINARY(15, add, 3, 6)
    BINARY(16, add, 0, 15)
    UNARY(17, sigmoid, 16)
    BINARY(18, add, 5, 8)
    BINARY(19, multiply, 17, 18)
    BINARY(20, add, 2, 19)
    UNARY(21, tanh, 20)
    BINARY(22, multiply, 14, 21)
    BINARY(23, multiply, 13, 9)
    BINARY(24, add, 22, 23)
    OUTPUT(0, 24))

// GRU(3)
PROGRAM(226, 13, 0, 7,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_INPUT(3, 3)
    REAL_INPUT(4, 4)
    REAL_INPUT(5, 5)
    REAL_INPUT(6, 6)
    REAL_INPUT(7, 7)
    REAL_INPUT(8, 8)
    REAL_INPUT(9, 9)
    REAL_INPUT(10, 10)
    REAL_INPUT(11, 11)
    REAL_INPUT(12, 12)
    BINARY(13, add, 10, 11)
    BINARY(14, add, 13, 12)
    REAL_CONSTANT(15, 0x3f800000u)
    BINARY(16, add, 4, 7)
    BINARY(17, add, 1, 16)
    UNARY(18, sigmoid, 17)
    BINARY(19, subtract, 15, 18)
    BINARY(20, multiply, 14, 19)
    BINARY(21, add, 3, 6)
    BINARY(22, add, 0, 21)
    UNARY(23, sigmoid, 22)
    BINARY(24, add, 5, 8)
    BINARY(25, multiply, 23, 24)
    BINARY(26, add, 2, 25)
    UNARY(27, tanh, 26)
    BINARY(28, multiply, 27, 27)
    BINARY(29, subtract, 15, 28)
    BINARY(30, multiply, 20, 29)
    BINARY(31, multiply, 30, 24)
    BINARY(32, subtract, 15, 23)
    BINARY(33, multiply, 23, 32)
    BINARY(34, multiply, 31, 33)
    BINARY(35, multiply, 14, 9)
    BINARY(36, multiply, 14, 27)
    UNARY(37, negate, 36)
    BINARY(38, add, 35, 37)
    BINARY(39, multiply, 18, 19)
    BINARY(40, multiply, 38, 39)
    BINARY(41, multiply, 30, 23)
    BINARY(42, multiply, 14, 18)
    OUTPUT(0, 34)
    OUTPUT(1, 40)
    OUTPUT(2, 30)
    OUTPUT(3, 34)
    OUTPUT(4, 40)
    OUTPUT(5, 41)
    OUTPUT(6, 42))

// LSTM(3)
PROGRAM(227, 10, 0, 2,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_INPUT(3, 3)
    REAL_INPUT(4, 4)
    REAL_INPUT(5, 5)
    REAL_INPUT(6, 6)
    REAL_INPUT(7, 7)
    REAL_INPUT(8, 8)
    REAL_INPUT(9, 9)
    BINARY(10, add, 3, 7)
    UNARY(11, sigmoid, 10)
    BINARY(12, add, 1, 5)
    UNARY(13, sigmoid, 12)
    BINARY(14, multiply, 13, 9)
    BINARY(15, add, 0, 4)
    UNARY(16, sigmoid, 15)
    BINARY(17, add, 2, 6)
    UNARY(18, tanh, 17)
    BINARY(19, multiply, 16, 18)
    BINARY(20, add, 14, 19)
    UNARY(21, tanh, 20)
    BINARY(22, multiply, 11, 21)
    OUTPUT(0, 22)
    OUTPUT(1, 20))

// LSTM(3)
PROGRAM(228, 15, 0, 6,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_INPUT(3, 3)
    REAL_INPUT(4, 4)
    REAL_INPUT(5, 5)
    REAL_INPUT(6, 6)
    REAL_INPUT(7, 7)
    REAL_INPUT(8, 8)
    REAL_INPUT(9, 9)
    REAL_INPUT(10, 10)
    REAL_INPUT(11, 11)
    REAL_INPUT(12, 12)
    REAL_INPUT(13, 13)
    REAL_INPUT(14, 14)
    BINARY(15, add, 11, 13)
    BINARY(16, add, 10, 12)
    BINARY(17, add, 16, 14)
    BINARY(18, add, 3, 7)
    UNARY(19, sigmoid, 18)
    BINARY(20, multiply, 17, 19)
    REAL_CONSTANT(21, 0x3f800000u)
    BINARY(22, add, 1, 5)
    UNARY(23, sigmoid, 22)
    BINARY(24, multiply, 23, 9)
    BINARY(25, add, 0, 4)
    UNARY(26, sigmoid, 25)
    BINARY(27, add, 2, 6)
    UNARY(28, tanh, 27)
    BINARY(29, multiply, 26, 28)
    BINARY(30, add, 24, 29)
    UNARY(31, tanh, 30)
    BINARY(32, multiply, 31, 31)
    BINARY(33, subtract, 21, 32)
    BINARY(34, multiply, 20, 33)
    BINARY(35, add, 15, 34)
    BINARY(36, multiply, 35, 28)
    BINARY(37, subtract, 21, 26)
    BINARY(38, multiply, 26, 37)
    BINARY(39, multiply, 36, 38)
    BINARY(40, multiply, 35, 9)
    BINARY(41, subtract, 21, 23)
    BINARY(42, multiply, 23, 41)
    BINARY(43, multiply, 40, 42)
    BINARY(44, multiply, 35, 26)
    BINARY(45, multiply, 28, 28)
    BINARY(46, subtract, 21, 45)
    BINARY(47, multiply, 44, 46)
    BINARY(48, multiply, 17, 31)
    BINARY(49, subtract, 21, 19)
    BINARY(50, multiply, 19, 49)
    BINARY(51, multiply, 48, 50)
    REAL_CONSTANT(52, 0x0u)
    BINARY(53, multiply, 35, 23)
    OUTPUT(0, 39)
    OUTPUT(1, 43)
    OUTPUT(2, 47)
    OUTPUT(3, 51)
    OUTPUT(4, 52)
    OUTPUT(5, 53))

// LayerNorm
PROGRAM(229, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, subtract, 0, 1)
    BINARY(4, subtract, 3, 2)
    OUTPUT(0, 4))

// LayerNorm
PROGRAM(230, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, add, 0, 1)
    UNARY(3, square_root, 2)
    OUTPUT(0, 3))

// LayerNorm
PROGRAM(231, 4, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_INPUT(3, 3)
    BINARY(4, divide, 0, 1)
    BINARY(5, multiply, 4, 2)
    BINARY(6, add, 5, 3)
    OUTPUT(0, 6))

// LayerNorm
PROGRAM(232, 3, 1, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_SCALAR(3, 0)
    BINARY(4, subtract, 0, 1)
    BINARY(5, divide, 2, 3)
    BINARY(6, subtract, 4, 5)
    BINARY(7, multiply, 6, 6)
    OUTPUT(0, 7))

// LayerNorm
PROGRAM(233, 6, 2, 2,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_INPUT(3, 3)
    REAL_INPUT(4, 4)
    REAL_INPUT(5, 5)
    REAL_SCALAR(6, 0)
    REAL_SCALAR(7, 1)
    BINARY(8, subtract, 0, 3)
    BINARY(9, divide, 4, 6)
    BINARY(10, subtract, 8, 9)
    BINARY(11, add, 5, 7)
    UNARY(12, square_root, 11)
    BINARY(13, divide, 10, 12)
    BINARY(14, multiply, 13, 1)
    BINARY(15, add, 14, 2)
    OUTPUT(0, 15)
    OUTPUT(1, 10))

// LayerNorm
PROGRAM(234, 3, 1, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_SCALAR(3, 0)
    BINARY(4, add, 1, 3)
    UNARY(5, square_root, 4)
    BINARY(6, divide, 0, 5)
    BINARY(7, multiply, 2, 6)
    OUTPUT(0, 7))

// LayerNorm
PROGRAM(235, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, subtract, 0, 1)
    BINARY(4, subtract, 3, 2)
    BINARY(5, multiply, 4, 4)
    OUTPUT(0, 5))

// LayerNorm
PROGRAM(236, 1, 2, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    REAL_SCALAR(2, 1)
    BINARY(3, divide, 0, 1)
    BINARY(4, add, 3, 2)
    UNARY(5, square_root, 4)
    OUTPUT(0, 5))

// LayerNorm
PROGRAM(237, 6, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_INPUT(3, 3)
    REAL_INPUT(4, 4)
    REAL_INPUT(5, 5)
    BINARY(6, subtract, 0, 1)
    BINARY(7, subtract, 6, 2)
    BINARY(8, divide, 7, 3)
    BINARY(9, multiply, 8, 4)
    BINARY(10, add, 9, 5)
    OUTPUT(0, 10))

// LayerNorm
PROGRAM(238, 6, 2, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_INPUT(3, 3)
    REAL_INPUT(4, 4)
    REAL_INPUT(5, 5)
    REAL_SCALAR(6, 0)
    REAL_SCALAR(7, 1)
    BINARY(8, subtract, 0, 3)
    BINARY(9, subtract, 8, 4)
    BINARY(10, divide, 5, 6)
    BINARY(11, add, 10, 7)
    UNARY(12, square_root, 11)
    BINARY(13, divide, 9, 12)
    BINARY(14, multiply, 13, 1)
    BINARY(15, add, 14, 2)
    OUTPUT(0, 15))

// BatchNorm
PROGRAM(239, 2, 2, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_SCALAR(2, 0)
    REAL_SCALAR(3, 1)
    BINARY(4, multiply, 2, 0)
    BINARY(5, multiply, 3, 1)
    BINARY(6, add, 4, 5)
    OUTPUT(0, 6))

// BatchNorm
PROGRAM(240, 4, 1, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_INPUT(3, 3)
    REAL_SCALAR(4, 0)
    BINARY(5, add, 1, 4)
    UNARY(6, square_root, 5)
    BINARY(7, divide, 0, 6)
    BINARY(8, multiply, 7, 2)
    BINARY(9, add, 8, 3)
    OUTPUT(0, 9))

// LayerNorm below relu
PROGRAM(241, 3, 1, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_SCALAR(3, 0)
    REAL_CONSTANT(4, 0x0u)
    BINARY(5, equal, 2, 4)
    BINARY(6, add, 1, 3)
    UNARY(7, square_root, 6)
    BINARY(8, divide, 0, 7)
    BINARY(9, multiply, 2, 8)
    BINARY(10, not_equal, 9, 9)
    BINARY(11, integer_and, 5, 10)
    TERNARY(12, select, 11, 4, 9)
    OUTPUT(0, 12))

// LayerNorm below relu
PROGRAM(242, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, divide, 1, 2)
    BINARY(4, multiply, 0, 3)
    BINARY(5, divide, 4, 2)
    UNARY(6, negate, 5)
    REAL_CONSTANT(7, 0x3f000000u)
    BINARY(8, multiply, 6, 7)
    BINARY(9, divide, 8, 2)
    OUTPUT(0, 9))

// LayerNorm below relu
PROGRAM(243, 4, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_INPUT(3, 3)
    BINARY(4, divide, 0, 1)
    BINARY(5, multiply, 3, 2)
    BINARY(6, add, 5, 5)
    BINARY(7, add, 4, 6)
    OUTPUT(0, 7))

// LayerNorm below relu
PROGRAM(244, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, equal, 2, 3)
    BINARY(5, add, 0, 1)
    BINARY(6, not_equal, 5, 5)
    BINARY(7, integer_and, 4, 6)
    TERNARY(8, select, 7, 3, 5)
    OUTPUT(0, 8))

// LayerNorm below relu
PROGRAM(245, 4, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_INPUT(3, 3)
    BINARY(4, multiply, 0, 2)
    BINARY(5, divide, 1, 3)
    BINARY(6, multiply, 4, 5)
    BINARY(7, divide, 6, 3)
    UNARY(8, negate, 7)
    REAL_CONSTANT(9, 0x3f000000u)
    BINARY(10, multiply, 8, 9)
    BINARY(11, divide, 10, 3)
    OUTPUT(0, 11))

// LayerNorm below relu
PROGRAM(246, 5, 1, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_INPUT(3, 3)
    REAL_INPUT(4, 4)
    REAL_SCALAR(5, 0)
    BINARY(6, multiply, 0, 2)
    BINARY(7, divide, 6, 3)
    BINARY(8, divide, 4, 5)
    BINARY(9, multiply, 8, 1)
    BINARY(10, add, 9, 9)
    BINARY(11, add, 7, 10)
    UNARY(12, negate, 11)
    OUTPUT(0, 12))

// LayerNorm below relu
PROGRAM(247, 6, 1, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_INPUT(3, 3)
    REAL_INPUT(4, 4)
    REAL_INPUT(5, 5)
    REAL_SCALAR(6, 0)
    REAL_CONSTANT(7, 0x0u)
    BINARY(8, equal, 0, 7)
    BINARY(9, multiply, 0, 2)
    BINARY(10, divide, 9, 3)
    BINARY(11, divide, 4, 6)
    BINARY(12, multiply, 11, 1)
    BINARY(13, add, 12, 12)
    BINARY(14, add, 10, 13)
    BINARY(15, divide, 5, 6)
    BINARY(16, add, 14, 15)
    BINARY(17, not_equal, 16, 16)
    BINARY(18, integer_and, 8, 17)
    TERNARY(19, select, 18, 7, 16)
    OUTPUT(0, 19))

// BatchNorm below relu
PROGRAM(248, 3, 1, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_SCALAR(3, 0)
    REAL_CONSTANT(4, 0x0u)
    BINARY(5, equal, 2, 4)
    BINARY(6, multiply, 2, 1)
    BINARY(7, add, 0, 3)
    UNARY(8, square_root, 7)
    BINARY(9, divide, 6, 8)
    BINARY(10, not_equal, 9, 9)
    BINARY(11, integer_and, 5, 10)
    TERNARY(12, select, 11, 4, 9)
    OUTPUT(0, 12))

// BatchNorm below relu
PROGRAM(249, 4, 1, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_INPUT(3, 3)
    REAL_SCALAR(4, 0)
    REAL_CONSTANT(5, 0x0u)
    BINARY(6, equal, 3, 5)
    BINARY(7, multiply, 3, 2)
    BINARY(8, add, 1, 4)
    UNARY(9, square_root, 8)
    BINARY(10, divide, 0, 9)
    BINARY(11, multiply, 7, 10)
    BINARY(12, divide, 11, 9)
    UNARY(13, negate, 12)
    REAL_CONSTANT(14, 0x3f000000u)
    BINARY(15, multiply, 13, 14)
    BINARY(16, divide, 15, 9)
    BINARY(17, not_equal, 16, 16)
    BINARY(18, integer_and, 6, 17)
    TERNARY(19, select, 18, 5, 16)
    OUTPUT(0, 19))

LINE_SUM(0, 1, 2, 0, 0)
LINE_SUM(1, 11, 1, 0, 0)
LINE_SUM(2, 17, 1, 0, 0)
LINE_MAP(3, 77, 2, 0, 2)
LINE_SUM(4, 77, 2, 0, 2)
LINE_SUM(5, 78, 1, 0, 0)
LINE_MAP(6, 89, 2, 0, 2)
LINE_MAP(7, 189, 2, 0, 2)
LINE_SUM(8, 189, 2, 0, 2)
LINE_MAP(9, 192, 3, 0, 4)
LINE_MAP(10, 196, 3, 0, 4)
LINE_SUM(11, 210, 2, 0, 2)
LINE_MAP(12, 212, 5, 0, 30)
LINE_MAP(13, 229, 3, 0, 6)
LINE_MAP(14, 231, 4, 0, 2)
LINE_SUM(15, 235, 3, 0, 6)
LINE_MAP(16, 237, 6, 0, 14)
LINE_SUM(17, 242, 3, 0, 4)
LINE_MAP(18, 243, 4, 0, 10)
LINE_MAP(19, 244, 3, 0, 2)
