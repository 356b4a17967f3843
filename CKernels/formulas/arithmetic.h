// The primitives of scalar programs that are one operation of the processor, or a few: real arithmetic, comparisons,
// 32-bit integers, conversions. `unloop_<name>` is the meaning of the primitive <name> on every device.
//
// Written in the terms of CKernels/dialect, so this text compiles as scalar C, as vector C and as OpenCL C. Include
// after a dialect.

UNLOOP_FUNCTION(REAL) UNLOOP_NAME(negate)(REAL x) { return -x; }
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(absolute)(REAL x) { return AS_REAL(AS_INT(x) & INT_OF(0x7fffffff)); }
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(add)(REAL a, REAL b) { return a + b; }
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(subtract)(REAL a, REAL b) { return a - b; }
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(multiply)(REAL a, REAL b) { return a * b; }
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(divide)(REAL a, REAL b) { return a / b; }
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(square_root)(REAL x) { return SQRT(x); }
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(fused_multiply_add)(REAL a, REAL b, REAL c) { return FMA(a, b, c); }

// NaN propagates; of equals, the second.
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(minimum)(REAL a, REAL b) { return SELECT(LESS(a, b) | NOT_EQUAL(a, a), a, b); }
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(maximum)(REAL a, REAL b) { return SELECT(LESS(b, a) | NOT_EQUAL(a, a), a, b); }

UNLOOP_FUNCTION(REAL) UNLOOP_NAME(floor)(REAL x) { return FLOOR(x); }
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(ceiling)(REAL x) { return CEILING(x); }
// Ties to even.
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(round)(REAL x) { return ROUND(x); }

// Comparisons give 1 or 0.
UNLOOP_FUNCTION(INT) UNLOOP_NAME(equal)(REAL a, REAL b) { return EQUAL(a, b) & INT_OF(1); }
UNLOOP_FUNCTION(INT) UNLOOP_NAME(not_equal)(REAL a, REAL b) { return NOT_EQUAL(a, b) & INT_OF(1); }
UNLOOP_FUNCTION(INT) UNLOOP_NAME(less)(REAL a, REAL b) { return LESS(a, b) & INT_OF(1); }
UNLOOP_FUNCTION(INT) UNLOOP_NAME(less_or_equal)(REAL a, REAL b) { return LESS_EQUAL(a, b) & INT_OF(1); }

UNLOOP_FUNCTION(REAL) UNLOOP_NAME(select)(INT c, REAL a, REAL b) { return SELECT(NOT_EQUAL(c, INT_OF(0)), a, b); }
UNLOOP_FUNCTION(INT) UNLOOP_NAME(integer_select)(INT c, INT a, INT b) {
    return SELECT_INT(NOT_EQUAL(c, INT_OF(0)), a, b);
}

// Integers wrap, so they are computed without sign.
UNLOOP_FUNCTION(INT) UNLOOP_NAME(integer_add)(INT a, INT b) { return AS_INT(AS_UINT(a) + AS_UINT(b)); }
UNLOOP_FUNCTION(INT) UNLOOP_NAME(integer_subtract)(INT a, INT b) { return AS_INT(AS_UINT(a) - AS_UINT(b)); }
UNLOOP_FUNCTION(INT) UNLOOP_NAME(integer_multiply)(INT a, INT b) { return AS_INT(AS_UINT(a) * AS_UINT(b)); }
UNLOOP_FUNCTION(INT) UNLOOP_NAME(integer_and)(INT a, INT b) { return a & b; }
UNLOOP_FUNCTION(INT) UNLOOP_NAME(integer_or)(INT a, INT b) { return a | b; }
UNLOOP_FUNCTION(INT) UNLOOP_NAME(integer_xor)(INT a, INT b) { return a ^ b; }
// Shift counts are taken mod 32.
UNLOOP_FUNCTION(INT) UNLOOP_NAME(integer_shift_left)(INT a, INT b) {
    return AS_INT(AS_UINT(a) << (AS_UINT(b) & UINT_OF(31u)));
}
UNLOOP_FUNCTION(INT) UNLOOP_NAME(integer_shift_right)(INT a, INT b) {
    return AS_INT(AS_UINT(a) >> (AS_UINT(b) & UINT_OF(31u)));
}
UNLOOP_FUNCTION(INT) UNLOOP_NAME(integer_equal)(INT a, INT b) { return EQUAL(a, b) & INT_OF(1); }
UNLOOP_FUNCTION(INT) UNLOOP_NAME(integer_less)(INT a, INT b) { return LESS(a, b) & INT_OF(1); }

UNLOOP_FUNCTION(REAL) UNLOOP_NAME(real_from_integer)(INT x) { return TO_REAL(x); }
// Towards zero; saturates; NaN gives 0.
UNLOOP_FUNCTION(INT) UNLOOP_NAME(integer_from_real)(REAL x) {
    INT large = LESS_EQUAL(REAL_OF(0x1p31f), x);
    INT small = LESS(x, REAL_OF(-0x1p31f));
    INT ordinary = EQUAL(x, x) & ~(large | small);
    INT converted = TO_INT(SELECT(ordinary, x, REAL_OF(0.0f)));
    return SELECT_INT(large, INT_OF(0x7fffffff), SELECT_INT(small, INT_OF(-0x7fffffff - 1), converted));
}
