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
    TERNARY(7, select, 6, 2, 0)
    TERNARY(8, select, 4, 5, 7)
    TERNARY(9, select, 3, 1, 8)
    OUTPUT(0, 9))

// sqrt
PROGRAM(4, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, square_root, 0)
    OUTPUT(0, 1))

// sqrt
PROGRAM(5, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x3f000000u)
    BINARY(3, multiply, 0, 2)
    BINARY(4, divide, 3, 1)
    OUTPUT(0, 4))

// square
PROGRAM(6, 1, 0, 1,
    REAL_INPUT(0, 0)
    BINARY(1, multiply, 0, 0)
    OUTPUT(0, 1))

// square
PROGRAM(7, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, multiply, 1, 0)
    BINARY(3, add, 2, 2)
    OUTPUT(0, 3))

// reciprocal
PROGRAM(8, 1, 0, 1,
    REAL_INPUT(0, 0)
    REAL_CONSTANT(1, 0x3f800000u)
    BINARY(2, divide, 1, 0)
    OUTPUT(0, 2))

// reciprocal
PROGRAM(9, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x3f800000u)
    BINARY(3, divide, 2, 0)
    BINARY(4, multiply, 1, 3)
    BINARY(5, divide, 4, 0)
    UNARY(6, negate, 5)
    OUTPUT(0, 6))

// exp
PROGRAM(10, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, exp, 0)
    OUTPUT(0, 1))

// expm1
PROGRAM(11, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, expm1, 0)
    OUTPUT(0, 1))

// expm1
PROGRAM(12, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x3f800000u)
    BINARY(3, add, 1, 2)
    BINARY(4, multiply, 0, 3)
    OUTPUT(0, 4))

// log
PROGRAM(13, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, log, 0)
    OUTPUT(0, 1))

// log
PROGRAM(14, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, divide, 1, 0)
    OUTPUT(0, 2))

// log1p
PROGRAM(15, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, log1p, 0)
    OUTPUT(0, 1))

// log1p
PROGRAM(16, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x3f800000u)
    BINARY(3, add, 0, 2)
    BINARY(4, divide, 1, 3)
    OUTPUT(0, 4))

// sin
PROGRAM(17, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, sin, 0)
    OUTPUT(0, 1))

// sin
PROGRAM(18, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    UNARY(2, cos, 0)
    BINARY(3, multiply, 1, 2)
    OUTPUT(0, 3))

// cos
PROGRAM(19, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, cos, 0)
    OUTPUT(0, 1))

// cos
PROGRAM(20, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    UNARY(2, sin, 0)
    BINARY(3, multiply, 1, 2)
    UNARY(4, negate, 3)
    OUTPUT(0, 4))

// tanh
PROGRAM(21, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, tanh, 0)
    OUTPUT(0, 1))

// tanh
PROGRAM(22, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x3f800000u)
    BINARY(3, multiply, 1, 1)
    BINARY(4, subtract, 2, 3)
    BINARY(5, multiply, 0, 4)
    OUTPUT(0, 5))

// sigmoid
PROGRAM(23, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, sigmoid, 0)
    OUTPUT(0, 1))

// sigmoid
PROGRAM(24, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x3f800000u)
    BINARY(3, subtract, 2, 1)
    BINARY(4, multiply, 1, 3)
    BINARY(5, multiply, 0, 4)
    OUTPUT(0, 5))

// erf
PROGRAM(25, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, erf, 0)
    OUTPUT(0, 1))

// erf
PROGRAM(26, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x3f906ebbu)
    BINARY(3, multiply, 0, 0)
    UNARY(4, negate, 3)
    BOUNDED(5, exp, exp_nonpositive, 4)
    BINARY(6, multiply, 2, 5)
    BINARY(7, multiply, 1, 6)
    OUTPUT(0, 7))

// floor
PROGRAM(27, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, floor, 0)
    OUTPUT(0, 1))

// ceil
PROGRAM(28, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, ceiling, 0)
    OUTPUT(0, 1))

// round
PROGRAM(29, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, round, 0)
    OUTPUT(0, 1))

// sign
PROGRAM(30, 1, 0, 1,
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
PROGRAM(31, 2, 0, 1,
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

// relu
PROGRAM(32, 1, 0, 1,
    REAL_INPUT(0, 0)
    REAL_CONSTANT(1, 0x0u)
    BINARY(2, less_or_equal, 0, 1)
    TERNARY(3, select, 2, 1, 0)
    OUTPUT(0, 3))

// relu
PROGRAM(33, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, less_or_equal, 1, 2)
    TERNARY(4, select, 3, 2, 0)
    OUTPUT(0, 4))

// softplus
PROGRAM(34, 1, 0, 1,
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
PROGRAM(35, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, less, 2, 0)
    UNARY(4, absolute, 0)
    UNARY(5, negate, 4)
    BOUNDED(6, exp, exp_nonpositive, 5)
    REAL_CONSTANT(7, 0x3f800000u)
    BINARY(8, add, 6, 7)
    BINARY(9, divide, 1, 8)
    BINARY(10, multiply, 9, 6)
    UNARY(11, negate, 10)
    BINARY(12, less, 0, 2)
    UNARY(13, negate, 11)
    BINARY(14, equal, 0, 2)
    TERNARY(15, select, 14, 2, 0)
    TERNARY(16, select, 12, 13, 15)
    TERNARY(17, select, 3, 11, 16)
    BINARY(18, not_equal, 0, 0)
    BINARY(19, integer_or, 3, 18)
    REAL_CONSTANT(20, 0x3f000000u)
    BINARY(21, multiply, 20, 1)
    TERNARY(22, select, 14, 21, 2)
    TERNARY(23, select, 19, 1, 22)
    BINARY(24, add, 17, 23)
    OUTPUT(0, 24))

// silu
PROGRAM(36, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, sigmoid, 0)
    BINARY(2, multiply, 0, 1)
    OUTPUT(0, 2))

// silu
PROGRAM(37, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    UNARY(2, sigmoid, 0)
    BINARY(3, multiply, 1, 2)
    BINARY(4, multiply, 1, 0)
    REAL_CONSTANT(5, 0x3f800000u)
    BINARY(6, subtract, 5, 2)
    BINARY(7, multiply, 2, 6)
    BINARY(8, multiply, 4, 7)
    BINARY(9, add, 3, 8)
    OUTPUT(0, 9))

// gelu
PROGRAM(38, 1, 0, 1,
    REAL_INPUT(0, 0)
    REAL_CONSTANT(1, 0x3f000000u)
    BINARY(2, multiply, 1, 0)
    REAL_CONSTANT(3, 0x3f800000u)
    REAL_CONSTANT(4, 0x3f3504f3u)
    BINARY(5, multiply, 0, 4)
    UNARY(6, erf, 5)
    BINARY(7, add, 3, 6)
    BINARY(8, multiply, 2, 7)
    OUTPUT(0, 8))

// gelu
PROGRAM(39, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x3f000000u)
    BINARY(3, multiply, 2, 0)
    BINARY(4, multiply, 1, 3)
    REAL_CONSTANT(5, 0x3f906ebbu)
    REAL_CONSTANT(6, 0x3f3504f3u)
    BINARY(7, multiply, 0, 6)
    BINARY(8, multiply, 7, 7)
    UNARY(9, negate, 8)
    BOUNDED(10, exp, exp_nonpositive, 9)
    BINARY(11, multiply, 5, 10)
    BINARY(12, multiply, 4, 11)
    BINARY(13, multiply, 12, 6)
    REAL_CONSTANT(14, 0x3f800000u)
    UNARY(15, erf, 7)
    BINARY(16, add, 14, 15)
    BINARY(17, multiply, 1, 16)
    BINARY(18, multiply, 17, 2)
    BINARY(19, add, 13, 18)
    OUTPUT(0, 19))

// elu
PROGRAM(40, 1, 0, 1,
    REAL_INPUT(0, 0)
    REAL_CONSTANT(1, 0x0u)
    BINARY(2, less, 1, 0)
    BINARY(3, minimum, 0, 1)
    UNARY(4, expm1, 3)
    TERNARY(5, select, 2, 0, 4)
    OUTPUT(0, 5))

// elu
PROGRAM(41, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, less, 2, 0)
    TERNARY(4, select, 3, 1, 2)
    BINARY(5, less, 0, 2)
    BINARY(6, not_equal, 0, 0)
    BINARY(7, integer_or, 5, 6)
    TERNARY(8, select, 3, 2, 1)
    BINARY(9, minimum, 0, 2)
    UNARY(10, expm1, 9)
    REAL_CONSTANT(11, 0x3f800000u)
    BINARY(12, add, 10, 11)
    BINARY(13, multiply, 8, 12)
    BINARY(14, equal, 0, 2)
    REAL_CONSTANT(15, 0x3f000000u)
    BINARY(16, multiply, 15, 13)
    TERNARY(17, select, 14, 16, 2)
    TERNARY(18, select, 7, 13, 17)
    BINARY(19, add, 4, 18)
    OUTPUT(0, 19))

// leakyRelu
PROGRAM(42, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, less, 2, 0)
    BINARY(4, multiply, 1, 0)
    TERNARY(5, select, 3, 0, 4)
    OUTPUT(0, 5))

// leakyRelu
PROGRAM(43, 2, 1, 1,
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
PROGRAM(44, 1, 2, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    REAL_SCALAR(2, 1)
    BINARY(3, maximum, 0, 1)
    BINARY(4, minimum, 3, 2)
    OUTPUT(0, 4))

// clamp
PROGRAM(45, 2, 2, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_SCALAR(2, 0)
    REAL_SCALAR(3, 1)
    BINARY(4, less_or_equal, 2, 0)
    BINARY(5, less_or_equal, 0, 3)
    BINARY(6, integer_and, 4, 5)
    BINARY(7, equal, 0, 0)
    REAL_CONSTANT(8, 0x0u)
    TERNARY(9, select, 7, 8, 0)
    TERNARY(10, select, 6, 1, 9)
    OUTPUT(0, 10))

// add
PROGRAM(46, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, add, 0, 1)
    OUTPUT(0, 2))

// add
PROGRAM(47, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, integer_from_real, 0)
    OUTPUT(0, 1))

// add
PROGRAM(48, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    BINARY(2, integer_add, 0, 1)
    OUTPUT(0, 2))

// subtract
PROGRAM(49, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, subtract, 0, 1)
    OUTPUT(0, 2))

// subtract
PROGRAM(50, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, negate, 0)
    OUTPUT(0, 1))

// subtract
PROGRAM(51, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    BINARY(2, integer_subtract, 0, 1)
    OUTPUT(0, 2))

// multiply
PROGRAM(52, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    BINARY(2, integer_multiply, 0, 1)
    OUTPUT(0, 2))

// max
PROGRAM(53, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, maximum, 0, 1)
    OUTPUT(0, 2))

// max
PROGRAM(54, 3, 0, 1,
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
PROGRAM(55, 3, 0, 1,
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
PROGRAM(56, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    BINARY(2, integer_less, 1, 0)
    TERNARY(3, integer_select, 2, 0, 1)
    OUTPUT(0, 3))

// min
PROGRAM(57, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, minimum, 0, 1)
    OUTPUT(0, 2))

// min
PROGRAM(58, 3, 0, 1,
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
PROGRAM(59, 3, 0, 1,
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
PROGRAM(60, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    BINARY(2, integer_less, 0, 1)
    TERNARY(3, integer_select, 2, 0, 1)
    OUTPUT(0, 3))

// divide
PROGRAM(61, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, divide, 0, 1)
    OUTPUT(0, 2))

// divide
PROGRAM(62, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, multiply, 1, 2)
    BINARY(4, divide, 3, 0)
    UNARY(5, negate, 4)
    OUTPUT(0, 5))

// pow
PROGRAM(63, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, power, 0, 1)
    OUTPUT(0, 2))

// pow
PROGRAM(64, 3, 0, 1,
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
PROGRAM(65, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, equal, 0, 3)
    UNARY(5, log, 0)
    BINARY(6, multiply, 2, 5)
    TERNARY(7, select, 4, 3, 6)
    BINARY(8, multiply, 1, 7)
    OUTPUT(0, 8))

// negate
PROGRAM(66, 1, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_CONSTANT(1, 0x0u)
    BINARY(2, integer_subtract, 1, 0)
    OUTPUT(0, 2))

// add
PROGRAM(67, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, add, 0, 1)
    OUTPUT(0, 2))

// add
PROGRAM(68, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_add, 0, 1)
    OUTPUT(0, 2))

// subtract
PROGRAM(69, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, subtract, 0, 1)
    OUTPUT(0, 2))

// subtract
PROGRAM(70, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_subtract, 0, 1)
    OUTPUT(0, 2))

// subtract
PROGRAM(71, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, subtract, 1, 0)
    OUTPUT(0, 2))

// subtract
PROGRAM(72, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    UNARY(2, negate, 0)
    OUTPUT(0, 2))

// subtract
PROGRAM(73, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_subtract, 1, 0)
    OUTPUT(0, 2))

// multiply
PROGRAM(74, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, multiply, 0, 1)
    OUTPUT(0, 2))

// multiply
PROGRAM(75, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_multiply, 0, 1)
    OUTPUT(0, 2))

// max
PROGRAM(76, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, maximum, 0, 1)
    OUTPUT(0, 2))

// max
PROGRAM(77, 2, 1, 1,
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
PROGRAM(78, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_less, 1, 0)
    TERNARY(3, integer_select, 2, 0, 1)
    OUTPUT(0, 3))

// min
PROGRAM(79, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, minimum, 0, 1)
    OUTPUT(0, 2))

// min
PROGRAM(80, 2, 1, 1,
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
PROGRAM(81, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_less, 0, 1)
    TERNARY(3, integer_select, 2, 0, 1)
    OUTPUT(0, 3))

// divide
PROGRAM(82, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, divide, 0, 1)
    OUTPUT(0, 2))

// divide
PROGRAM(83, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, divide, 1, 0)
    OUTPUT(0, 2))

// divide
PROGRAM(84, 2, 1, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_SCALAR(2, 0)
    BINARY(3, divide, 2, 0)
    BINARY(4, multiply, 1, 3)
    BINARY(5, divide, 4, 0)
    UNARY(6, negate, 5)
    OUTPUT(0, 6))

// pow
PROGRAM(85, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, power, 0, 1)
    OUTPUT(0, 2))

// pow
PROGRAM(86, 2, 1, 1,
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

// equal
PROGRAM(87, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, equal, 0, 1)
    OUTPUT(0, 2))

// equal
PROGRAM(88, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    BINARY(2, integer_equal, 0, 1)
    OUTPUT(0, 2))

// equal
PROGRAM(89, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, equal, 0, 1)
    OUTPUT(0, 2))

// equal
PROGRAM(90, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_equal, 0, 1)
    OUTPUT(0, 2))

// notEqual
PROGRAM(91, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, not_equal, 0, 1)
    OUTPUT(0, 2))

// notEqual
PROGRAM(92, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    BINARY(2, integer_equal, 0, 1)
    INTEGER_CONSTANT(3, 0x1u)
    BINARY(4, integer_xor, 2, 3)
    OUTPUT(0, 4))

// notEqual
PROGRAM(93, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, not_equal, 0, 1)
    OUTPUT(0, 2))

// notEqual
PROGRAM(94, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_equal, 0, 1)
    INTEGER_CONSTANT(3, 0x1u)
    BINARY(4, integer_xor, 2, 3)
    OUTPUT(0, 4))

// less
PROGRAM(95, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, less, 0, 1)
    OUTPUT(0, 2))

// less
PROGRAM(96, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    BINARY(2, integer_less, 0, 1)
    OUTPUT(0, 2))

// less
PROGRAM(97, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, less, 0, 1)
    OUTPUT(0, 2))

// less
PROGRAM(98, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_less, 0, 1)
    OUTPUT(0, 2))

// lessOrEqual
PROGRAM(99, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, less_or_equal, 0, 1)
    OUTPUT(0, 2))

// lessOrEqual
PROGRAM(100, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    BINARY(2, integer_less, 1, 0)
    INTEGER_CONSTANT(3, 0x1u)
    BINARY(4, integer_xor, 2, 3)
    OUTPUT(0, 4))

// lessOrEqual
PROGRAM(101, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, less_or_equal, 0, 1)
    OUTPUT(0, 2))

// lessOrEqual
PROGRAM(102, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_less, 1, 0)
    INTEGER_CONSTANT(3, 0x1u)
    BINARY(4, integer_xor, 2, 3)
    OUTPUT(0, 4))

// greater
PROGRAM(103, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, less, 1, 0)
    OUTPUT(0, 2))

// greater
PROGRAM(104, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    BINARY(2, integer_less, 1, 0)
    OUTPUT(0, 2))

// greater
PROGRAM(105, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, less, 1, 0)
    OUTPUT(0, 2))

// greater
PROGRAM(106, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_less, 1, 0)
    OUTPUT(0, 2))

// greaterOrEqual
PROGRAM(107, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, less_or_equal, 1, 0)
    OUTPUT(0, 2))

// greaterOrEqual
PROGRAM(108, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    BINARY(2, integer_less, 0, 1)
    INTEGER_CONSTANT(3, 0x1u)
    BINARY(4, integer_xor, 2, 3)
    OUTPUT(0, 4))

// greaterOrEqual
PROGRAM(109, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, less_or_equal, 1, 0)
    OUTPUT(0, 2))

// greaterOrEqual
PROGRAM(110, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    BINARY(2, integer_less, 0, 1)
    INTEGER_CONSTANT(3, 0x1u)
    BINARY(4, integer_xor, 2, 3)
    OUTPUT(0, 4))

// where
PROGRAM(111, 3, 0, 1,
    INTEGER_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    TERNARY(3, select, 0, 1, 2)
    OUTPUT(0, 3))

// where
PROGRAM(112, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    TERNARY(3, select, 0, 1, 2)
    OUTPUT(0, 3))

// where
PROGRAM(113, 2, 0, 1,
    INTEGER_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    TERNARY(3, select, 0, 2, 1)
    OUTPUT(0, 3))

// where
PROGRAM(114, 3, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    INTEGER_INPUT(2, 2)
    TERNARY(3, integer_select, 0, 1, 2)
    OUTPUT(0, 3))

// sigmoid
PROGRAM(115, 0, 2, 1,
    INTEGER_SCALAR(0, 0)
    INTEGER_SCALAR(1, 1)
    INDEX(2)
    BINARY(3, integer_multiply, 2, 1)
    BINARY(4, integer_add, 0, 3)
    OUTPUT(0, 4))

// sigmoid
PROGRAM(116, 1, 0, 1,
    INTEGER_INPUT(0, 0)
    UNARY(1, real_from_integer, 0)
    OUTPUT(0, 1))

// sigmoid
PROGRAM(117, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, add, 0, 1)
    UNARY(3, sigmoid, 2)
    OUTPUT(0, 3))

// sigmoid
PROGRAM(118, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, subtract, 0, 1)
    BINARY(3, multiply, 2, 2)
    OUTPUT(0, 3))

// sigmoid
PROGRAM(119, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, subtract, 0, 1)
    BINARY(4, multiply, 2, 3)
    BINARY(5, add, 4, 4)
    OUTPUT(0, 5))

// sigmoid
PROGRAM(120, 2, 2, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_SCALAR(2, 0)
    REAL_SCALAR(3, 1)
    BINARY(4, multiply, 2, 1)
    BINARY(5, subtract, 0, 4)
    OUTPUT(0, 5))

// tanh
PROGRAM(121, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, add, 0, 1)
    UNARY(3, tanh, 2)
    OUTPUT(0, 3))

// relu
PROGRAM(122, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, add, 0, 1)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, less_or_equal, 2, 3)
    TERNARY(5, select, 4, 3, 2)
    OUTPUT(0, 5))

// softplus
PROGRAM(123, 2, 0, 1,
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
PROGRAM(124, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, add, 0, 1)
    BINARY(5, less, 3, 4)
    UNARY(6, absolute, 4)
    UNARY(7, negate, 6)
    BOUNDED(8, exp, exp_nonpositive, 7)
    REAL_CONSTANT(9, 0x3f800000u)
    BINARY(10, add, 8, 9)
    BINARY(11, divide, 2, 10)
    BINARY(12, multiply, 11, 8)
    UNARY(13, negate, 12)
    BINARY(14, less, 4, 3)
    UNARY(15, negate, 13)
    BINARY(16, equal, 4, 3)
    TERNARY(17, select, 16, 3, 4)
    TERNARY(18, select, 14, 15, 17)
    TERNARY(19, select, 5, 13, 18)
    BINARY(20, not_equal, 4, 4)
    BINARY(21, integer_or, 5, 20)
    REAL_CONSTANT(22, 0x3f000000u)
    BINARY(23, multiply, 22, 2)
    TERNARY(24, select, 16, 23, 3)
    TERNARY(25, select, 21, 2, 24)
    BINARY(26, add, 19, 25)
    OUTPUT(0, 26))

// gelu
PROGRAM(125, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x3f000000u)
    BINARY(3, add, 0, 1)
    BINARY(4, multiply, 2, 3)
    REAL_CONSTANT(5, 0x3f800000u)
    REAL_CONSTANT(6, 0x3f3504f3u)
    BINARY(7, multiply, 3, 6)
    UNARY(8, erf, 7)
    BINARY(9, add, 5, 8)
    BINARY(10, multiply, 4, 9)
    OUTPUT(0, 10))

// gelu
PROGRAM(126, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x3f000000u)
    BINARY(4, add, 0, 1)
    BINARY(5, multiply, 3, 4)
    BINARY(6, multiply, 2, 5)
    REAL_CONSTANT(7, 0x3f906ebbu)
    REAL_CONSTANT(8, 0x3f3504f3u)
    BINARY(9, multiply, 4, 8)
    BINARY(10, multiply, 9, 9)
    UNARY(11, negate, 10)
    BOUNDED(12, exp, exp_nonpositive, 11)
    BINARY(13, multiply, 7, 12)
    BINARY(14, multiply, 6, 13)
    BINARY(15, multiply, 14, 8)
    REAL_CONSTANT(16, 0x3f800000u)
    UNARY(17, erf, 9)
    BINARY(18, add, 16, 17)
    BINARY(19, multiply, 2, 18)
    BINARY(20, multiply, 19, 3)
    BINARY(21, add, 15, 20)
    OUTPUT(0, 21))

// silu
PROGRAM(127, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, add, 0, 1)
    UNARY(3, sigmoid, 2)
    BINARY(4, multiply, 2, 3)
    OUTPUT(0, 4))

// silu
PROGRAM(128, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, add, 0, 1)
    UNARY(4, sigmoid, 3)
    BINARY(5, multiply, 2, 4)
    BINARY(6, multiply, 2, 3)
    REAL_CONSTANT(7, 0x3f800000u)
    BINARY(8, subtract, 7, 4)
    BINARY(9, multiply, 4, 8)
    BINARY(10, multiply, 6, 9)
    BINARY(11, add, 5, 10)
    OUTPUT(0, 11))

// mish
PROGRAM(129, 1, 0, 1,
    REAL_INPUT(0, 0)
    REAL_CONSTANT(1, 0x0u)
    BINARY(2, maximum, 0, 1)
    UNARY(3, absolute, 0)
    UNARY(4, negate, 3)
    BOUNDED(5, exp, exp_nonpositive, 4)
    BOUNDED(6, log1p, log1p_unit, 5)
    BINARY(7, add, 2, 6)
    UNARY(8, tanh, 7)
    BINARY(9, multiply, 0, 8)
    OUTPUT(0, 9))

// mish
PROGRAM(130, 2, 0, 1,
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
    BINARY(10, multiply, 1, 9)
    BINARY(11, less, 2, 0)
    BINARY(12, multiply, 1, 0)
    REAL_CONSTANT(13, 0x3f800000u)
    BINARY(14, multiply, 9, 9)
    BINARY(15, subtract, 13, 14)
    BINARY(16, multiply, 12, 15)
    BINARY(17, add, 6, 13)
    BINARY(18, divide, 16, 17)
    BINARY(19, multiply, 18, 6)
    UNARY(20, negate, 19)
    BINARY(21, less, 0, 2)
    UNARY(22, negate, 20)
    BINARY(23, equal, 0, 2)
    TERNARY(24, select, 23, 2, 0)
    TERNARY(25, select, 21, 22, 24)
    TERNARY(26, select, 11, 20, 25)
    BINARY(27, add, 10, 26)
    BINARY(28, not_equal, 0, 0)
    BINARY(29, integer_or, 11, 28)
    REAL_CONSTANT(30, 0x3f000000u)
    BINARY(31, multiply, 30, 16)
    TERNARY(32, select, 23, 31, 2)
    TERNARY(33, select, 29, 16, 32)
    BINARY(34, add, 27, 33)
    OUTPUT(0, 34))

// mish
PROGRAM(131, 2, 0, 1,
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
    UNARY(10, tanh, 9)
    BINARY(11, multiply, 2, 10)
    OUTPUT(0, 11))

// mish
PROGRAM(132, 3, 0, 1,
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
    BINARY(12, multiply, 2, 11)
    BINARY(13, less, 4, 3)
    BINARY(14, multiply, 2, 3)
    REAL_CONSTANT(15, 0x3f800000u)
    BINARY(16, multiply, 11, 11)
    BINARY(17, subtract, 15, 16)
    BINARY(18, multiply, 14, 17)
    BINARY(19, add, 8, 15)
    BINARY(20, divide, 18, 19)
    BINARY(21, multiply, 20, 8)
    UNARY(22, negate, 21)
    BINARY(23, less, 3, 4)
    UNARY(24, negate, 22)
    BINARY(25, equal, 3, 4)
    TERNARY(26, select, 25, 4, 3)
    TERNARY(27, select, 23, 24, 26)
    TERNARY(28, select, 13, 22, 27)
    BINARY(29, add, 12, 28)
    BINARY(30, not_equal, 3, 3)
    BINARY(31, integer_or, 13, 30)
    REAL_CONSTANT(32, 0x3f000000u)
    BINARY(33, multiply, 32, 18)
    TERNARY(34, select, 25, 33, 4)
    TERNARY(35, select, 31, 18, 34)
    BINARY(36, add, 29, 35)
    OUTPUT(0, 36))

// selu
PROGRAM(133, 1, 0, 1,
    REAL_INPUT(0, 0)
    REAL_CONSTANT(1, 0x3f867d5fu)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, less, 2, 0)
    REAL_CONSTANT(4, 0x3fd62d7du)
    BINARY(5, minimum, 0, 2)
    UNARY(6, expm1, 5)
    BINARY(7, multiply, 4, 6)
    TERNARY(8, select, 3, 0, 7)
    BINARY(9, multiply, 1, 8)
    OUTPUT(0, 9))

// selu
PROGRAM(134, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, less, 2, 0)
    REAL_CONSTANT(4, 0x3f867d5fu)
    BINARY(5, multiply, 1, 4)
    TERNARY(6, select, 3, 5, 2)
    BINARY(7, less, 0, 2)
    BINARY(8, not_equal, 0, 0)
    BINARY(9, integer_or, 7, 8)
    TERNARY(10, select, 3, 2, 5)
    REAL_CONSTANT(11, 0x3fd62d7du)
    BINARY(12, multiply, 10, 11)
    BINARY(13, minimum, 0, 2)
    UNARY(14, expm1, 13)
    REAL_CONSTANT(15, 0x3f800000u)
    BINARY(16, add, 14, 15)
    BINARY(17, multiply, 12, 16)
    BINARY(18, equal, 0, 2)
    REAL_CONSTANT(19, 0x3f000000u)
    BINARY(20, multiply, 19, 17)
    TERNARY(21, select, 18, 20, 2)
    TERNARY(22, select, 9, 17, 21)
    BINARY(23, add, 6, 22)
    OUTPUT(0, 23))

// selu
PROGRAM(135, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x3f867d5fu)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, add, 0, 1)
    BINARY(5, less, 3, 4)
    REAL_CONSTANT(6, 0x3fd62d7du)
    BINARY(7, minimum, 4, 3)
    UNARY(8, expm1, 7)
    BINARY(9, multiply, 6, 8)
    TERNARY(10, select, 5, 4, 9)
    BINARY(11, multiply, 2, 10)
    OUTPUT(0, 11))

// selu
PROGRAM(136, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, add, 0, 1)
    BINARY(5, less, 3, 4)
    REAL_CONSTANT(6, 0x3f867d5fu)
    BINARY(7, multiply, 2, 6)
    TERNARY(8, select, 5, 7, 3)
    BINARY(9, less, 4, 3)
    BINARY(10, not_equal, 4, 4)
    BINARY(11, integer_or, 9, 10)
    TERNARY(12, select, 5, 3, 7)
    REAL_CONSTANT(13, 0x3fd62d7du)
    BINARY(14, multiply, 12, 13)
    BINARY(15, minimum, 4, 3)
    UNARY(16, expm1, 15)
    REAL_CONSTANT(17, 0x3f800000u)
    BINARY(18, add, 16, 17)
    BINARY(19, multiply, 14, 18)
    BINARY(20, equal, 4, 3)
    REAL_CONSTANT(21, 0x3f000000u)
    BINARY(22, multiply, 21, 19)
    TERNARY(23, select, 20, 22, 3)
    TERNARY(24, select, 11, 19, 23)
    BINARY(25, add, 8, 24)
    OUTPUT(0, 25))

// softsign
PROGRAM(137, 1, 0, 1,
    REAL_INPUT(0, 0)
    REAL_CONSTANT(1, 0x3f800000u)
    UNARY(2, absolute, 0)
    BINARY(3, add, 1, 2)
    BINARY(4, divide, 0, 3)
    OUTPUT(0, 4))

// softsign
PROGRAM(138, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x3f800000u)
    UNARY(3, absolute, 0)
    BINARY(4, add, 2, 3)
    BINARY(5, divide, 1, 4)
    REAL_CONSTANT(6, 0x0u)
    BINARY(7, less, 6, 0)
    BINARY(8, divide, 0, 4)
    BINARY(9, multiply, 1, 8)
    BINARY(10, divide, 9, 4)
    UNARY(11, negate, 10)
    BINARY(12, less, 0, 6)
    UNARY(13, negate, 11)
    BINARY(14, equal, 0, 6)
    TERNARY(15, select, 14, 6, 0)
    TERNARY(16, select, 12, 13, 15)
    TERNARY(17, select, 7, 11, 16)
    BINARY(18, add, 5, 17)
    OUTPUT(0, 18))

// softsign
PROGRAM(139, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, add, 0, 1)
    REAL_CONSTANT(3, 0x3f800000u)
    UNARY(4, absolute, 2)
    BINARY(5, add, 3, 4)
    BINARY(6, divide, 2, 5)
    OUTPUT(0, 6))

// softsign
PROGRAM(140, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x3f800000u)
    BINARY(4, add, 0, 1)
    UNARY(5, absolute, 4)
    BINARY(6, add, 3, 5)
    BINARY(7, divide, 2, 6)
    REAL_CONSTANT(8, 0x0u)
    BINARY(9, less, 8, 4)
    BINARY(10, divide, 4, 6)
    BINARY(11, multiply, 2, 10)
    BINARY(12, divide, 11, 6)
    UNARY(13, negate, 12)
    BINARY(14, less, 4, 8)
    UNARY(15, negate, 13)
    BINARY(16, equal, 4, 8)
    TERNARY(17, select, 16, 8, 4)
    TERNARY(18, select, 14, 15, 17)
    TERNARY(19, select, 9, 13, 18)
    BINARY(20, add, 7, 19)
    OUTPUT(0, 20))

// leakyRelu(0.01)
PROGRAM(141, 1, 0, 1,
    REAL_INPUT(0, 0)
    REAL_CONSTANT(1, 0x0u)
    BINARY(2, less, 1, 0)
    REAL_CONSTANT(3, 0x3c23d70au)
    BINARY(4, multiply, 3, 0)
    TERNARY(5, select, 2, 0, 4)
    OUTPUT(0, 5))

// leakyRelu(0.01)
PROGRAM(142, 2, 0, 1,
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
PROGRAM(143, 2, 0, 1,
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
PROGRAM(144, 3, 0, 1,
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
PROGRAM(145, 1, 0, 1,
    REAL_INPUT(0, 0)
    REAL_CONSTANT(1, 0x0u)
    BINARY(2, less, 1, 0)
    REAL_CONSTANT(3, 0x3f800000u)
    BINARY(4, minimum, 0, 1)
    UNARY(5, expm1, 4)
    BINARY(6, multiply, 3, 5)
    TERNARY(7, select, 2, 0, 6)
    OUTPUT(0, 7))

// elu(1.0)
PROGRAM(146, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, less, 2, 0)
    TERNARY(4, select, 3, 1, 2)
    BINARY(5, less, 0, 2)
    BINARY(6, not_equal, 0, 0)
    BINARY(7, integer_or, 5, 6)
    TERNARY(8, select, 3, 2, 1)
    REAL_CONSTANT(9, 0x3f800000u)
    BINARY(10, multiply, 8, 9)
    BINARY(11, minimum, 0, 2)
    UNARY(12, expm1, 11)
    BINARY(13, add, 12, 9)
    BINARY(14, multiply, 10, 13)
    BINARY(15, equal, 0, 2)
    REAL_CONSTANT(16, 0x3f000000u)
    BINARY(17, multiply, 16, 14)
    TERNARY(18, select, 15, 17, 2)
    TERNARY(19, select, 7, 14, 18)
    BINARY(20, add, 4, 19)
    OUTPUT(0, 20))

// elu(1.0)
PROGRAM(147, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, add, 0, 1)
    BINARY(4, less, 2, 3)
    REAL_CONSTANT(5, 0x3f800000u)
    BINARY(6, minimum, 3, 2)
    UNARY(7, expm1, 6)
    BINARY(8, multiply, 5, 7)
    TERNARY(9, select, 4, 3, 8)
    OUTPUT(0, 9))

// elu(1.0)
PROGRAM(148, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, add, 0, 1)
    BINARY(5, less, 3, 4)
    TERNARY(6, select, 5, 2, 3)
    BINARY(7, less, 4, 3)
    BINARY(8, not_equal, 4, 4)
    BINARY(9, integer_or, 7, 8)
    TERNARY(10, select, 5, 3, 2)
    REAL_CONSTANT(11, 0x3f800000u)
    BINARY(12, multiply, 10, 11)
    BINARY(13, minimum, 4, 3)
    UNARY(14, expm1, 13)
    BINARY(15, add, 14, 11)
    BINARY(16, multiply, 12, 15)
    BINARY(17, equal, 4, 3)
    REAL_CONSTANT(18, 0x3f000000u)
    BINARY(19, multiply, 18, 16)
    TERNARY(20, select, 17, 19, 3)
    TERNARY(21, select, 9, 16, 20)
    BINARY(22, add, 6, 21)
    OUTPUT(0, 22))

// softmax
PROGRAM(149, 1, 0, 1,
    REAL_INPUT(0, 0)
    BINARY(1, subtract, 0, 0)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, equal, 1, 2)
    TERNARY(4, select, 3, 0, 2)
    OUTPUT(0, 4))

// softmax
PROGRAM(150, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, subtract, 0, 1)
    UNARY(3, exp, 2)
    OUTPUT(0, 3))

// softmax
PROGRAM(151, 2, 0, 1,
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
PROGRAM(152, 3, 0, 1,
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
PROGRAM(153, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, subtract, 1, 2)
    BINARY(4, multiply, 0, 3)
    OUTPUT(0, 4))

// softmax
PROGRAM(154, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, subtract, 0, 2)
    BINARY(4, multiply, 1, 3)
    OUTPUT(0, 4))

// logSoftmax
PROGRAM(155, 3, 0, 1,
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
PROGRAM(156, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    UNARY(3, exp, 1)
    BINARY(4, multiply, 3, 2)
    BINARY(5, subtract, 0, 4)
    OUTPUT(0, 5))

// halfSquaredError
PROGRAM(157, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x3f000000u)
    BINARY(3, subtract, 0, 1)
    BINARY(4, multiply, 3, 3)
    BINARY(5, multiply, 2, 4)
    OUTPUT(0, 5))

// halfSquaredError
PROGRAM(158, 3, 0, 1,
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
PROGRAM(159, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    BINARY(2, subtract, 0, 1)
    UNARY(3, absolute, 2)
    OUTPUT(0, 3))

// absoluteError
PROGRAM(160, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_CONSTANT(3, 0x0u)
    BINARY(4, subtract, 0, 1)
    BINARY(5, less, 3, 4)
    BINARY(6, less, 4, 3)
    UNARY(7, negate, 2)
    BINARY(8, equal, 4, 3)
    TERNARY(9, select, 8, 3, 4)
    TERNARY(10, select, 6, 7, 9)
    TERNARY(11, select, 5, 2, 10)
    OUTPUT(0, 11))

// huber(1.0)
PROGRAM(161, 2, 0, 1,
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
PROGRAM(162, 3, 0, 1,
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
    BINARY(15, add, 10, 14)
    BINARY(16, multiply, 11, 6)
    BINARY(17, multiply, 16, 12)
    BINARY(18, add, 15, 17)
    BINARY(19, less, 4, 3)
    UNARY(20, negate, 18)
    BINARY(21, equal, 4, 3)
    TERNARY(22, select, 21, 3, 4)
    TERNARY(23, select, 19, 20, 22)
    TERNARY(24, select, 5, 18, 23)
    OUTPUT(0, 24))

// binaryCrossEntropy
PROGRAM(163, 2, 0, 1,
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
PROGRAM(164, 3, 0, 1,
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
PROGRAM(165, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x0u)
    BINARY(3, maximum, 0, 2)
    BINARY(4, multiply, 0, 1)
    BINARY(5, subtract, 3, 4)
    UNARY(6, absolute, 0)
    UNARY(7, negate, 6)
    BOUNDED(8, exp, exp_nonpositive, 7)
    BOUNDED(9, log1p, log1p_unit, 8)
    BINARY(10, add, 5, 9)
    OUTPUT(0, 10))

// sigmoidCrossEntropy
PROGRAM(166, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    UNARY(3, sigmoid, 0)
    BINARY(4, subtract, 3, 1)
    BINARY(5, multiply, 2, 4)
    OUTPUT(0, 5))

// categoricalCrossEntropy
PROGRAM(167, 1, 0, 1,
    REAL_INPUT(0, 0)
    UNARY(1, log, 0)
    REAL_CONSTANT(2, 0xc2c80000u)
    BINARY(3, maximum, 1, 2)
    OUTPUT(0, 3))

// categoricalCrossEntropy
PROGRAM(168, 3, 0, 1,
    REAL_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    INTEGER_INPUT(2, 2)
    BINARY(3, integer_equal, 1, 2)
    REAL_CONSTANT(4, 0x0u)
    TERNARY(5, select, 3, 0, 4)
    OUTPUT(0, 5))

// categoricalCrossEntropy
PROGRAM(169, 3, 0, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, integer_equal, 0, 1)
    REAL_CONSTANT(4, 0x0u)
    TERNARY(5, select, 3, 2, 4)
    OUTPUT(0, 5))

// categoricalCrossEntropy
PROGRAM(170, 2, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_CONSTANT(2, 0x3f800000u)
    REAL_CONSTANT(3, 0x2b8cbcccu)
    BINARY(4, maximum, 0, 3)
    BINARY(5, divide, 2, 4)
    BINARY(6, multiply, 1, 5)
    OUTPUT(0, 6))

// softmaxCrossEntropy
PROGRAM(171, 1, 1, 1,
    INTEGER_INPUT(0, 0)
    INTEGER_SCALAR(1, 0)
    INDEX(2)
    BINARY(3, integer_multiply, 2, 1)
    BINARY(4, integer_add, 0, 3)
    OUTPUT(0, 4))

// softmaxCrossEntropy
PROGRAM(172, 2, 0, 1,
    REAL_INPUT(0, 0)
    INTEGER_INPUT(1, 1)
    INDEX(2)
    BINARY(3, integer_equal, 2, 1)
    REAL_CONSTANT(4, 0x0u)
    TERNARY(5, select, 3, 0, 4)
    OUTPUT(0, 5))

// softmaxCrossEntropy
PROGRAM(173, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    UNARY(3, log, 0)
    BINARY(4, add, 3, 1)
    BINARY(5, subtract, 4, 2)
    OUTPUT(0, 5))

// softmaxCrossEntropy
PROGRAM(174, 5, 0, 1,
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
PROGRAM(175, 5, 1, 1,
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
PROGRAM(176, 3, 2, 2,
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
PROGRAM(177, 3, 2, 2,
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
PROGRAM(178, 3, 2, 2,
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
PROGRAM(179, 4, 4, 3,
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
PROGRAM(180, 4, 5, 3,
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
PROGRAM(181, 4, 5, 3,
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
PROGRAM(182, 3, 2, 2,
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
PROGRAM(183, 3, 2, 2,
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
PROGRAM(184, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, add, 0, 1)
    UNARY(4, tanh, 3)
    OUTPUT(0, 4))

// RNN(3)
PROGRAM(185, 6, 0, 2,
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
PROGRAM(186, 3, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    BINARY(3, add, 0, 1)
    BINARY(4, add, 3, 2)
    OUTPUT(0, 4))

// GRU(3)
PROGRAM(187, 10, 0, 1,
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
PROGRAM(188, 13, 0, 7,
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
PROGRAM(189, 10, 0, 2,
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
PROGRAM(190, 15, 0, 6,
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
PROGRAM(191, 1, 1, 1,
    REAL_INPUT(0, 0)
    REAL_SCALAR(1, 0)
    BINARY(2, add, 0, 1)
    UNARY(3, square_root, 2)
    OUTPUT(0, 3))

// LayerNorm
PROGRAM(192, 4, 0, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_INPUT(3, 3)
    BINARY(4, divide, 0, 1)
    BINARY(5, multiply, 4, 2)
    BINARY(6, add, 5, 3)
    OUTPUT(0, 6))

// LayerNorm
PROGRAM(193, 2, 1, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_SCALAR(2, 0)
    BINARY(3, divide, 1, 2)
    BINARY(4, subtract, 0, 3)
    BINARY(5, multiply, 4, 4)
    OUTPUT(0, 5))

// LayerNorm
PROGRAM(194, 5, 2, 2,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_INPUT(3, 3)
    REAL_INPUT(4, 4)
    REAL_SCALAR(5, 0)
    REAL_SCALAR(6, 1)
    BINARY(7, divide, 3, 5)
    BINARY(8, subtract, 0, 7)
    BINARY(9, add, 4, 6)
    UNARY(10, square_root, 9)
    BINARY(11, divide, 8, 10)
    BINARY(12, multiply, 11, 1)
    BINARY(13, add, 12, 2)
    OUTPUT(0, 13)
    OUTPUT(1, 8))

// LayerNorm
PROGRAM(195, 3, 1, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_INPUT(2, 2)
    REAL_SCALAR(3, 0)
    BINARY(4, add, 1, 3)
    UNARY(5, square_root, 4)
    BINARY(6, divide, 0, 5)
    BINARY(7, multiply, 2, 6)
    OUTPUT(0, 7))

// BatchNorm
PROGRAM(196, 2, 2, 1,
    REAL_INPUT(0, 0)
    REAL_INPUT(1, 1)
    REAL_SCALAR(2, 0)
    REAL_SCALAR(3, 1)
    BINARY(4, multiply, 2, 0)
    BINARY(5, multiply, 3, 1)
    BINARY(6, add, 4, 5)
    OUTPUT(0, 6))

// BatchNorm
PROGRAM(197, 4, 1, 1,
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
