// exp, expm1, tanh, sigmoid, log and log1p for float32. Largest errors are listed in Numerics.md.
//
// Methods: argument reduction by Cody and Waite (Software Manual for the Elementary Functions, 1980) with fused
// multiply-adds; rounding to an integer by adding 1.5·2^23; polynomials fitted by scripts/fit_polynomials.py.
//
// Written in the terms of CKernels/dialect. Include after a dialect.

// 2^n for -126 <= n <= 127.
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(power_of_two)(INT n) { return AS_REAL((AS_UINT(n) + UINT_OF(127u)) << UINT_OF(23u)); }

// Adding this rounds a number below 2^21 to an integer, which is then to be found in the low bits of the sum.
#define ROUNDING_SHIFT REAL_OF(0x1.8p23f)

// The integer n from n + ROUNDING_SHIFT.
UNLOOP_FUNCTION(INT) UNLOOP_NAME(unshifted)(REAL shifted) { return AS_INT(AS_UINT(shifted) - UINT_OF(0x4b400000u)); }

// p 2^n, rounded once, for 1/2 <= p <= 2 and -252 <= n <= 254; n + ROUNDING_SHIFT is given.
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(scaled)(REAL p, REAL shifted) {
#if defined(SCALE)
    return SCALE(p, shifted - ROUNDING_SHIFT);
#else
    // In two steps: 2^n alone may overflow, or be subnormal. The first product is exact.
    INT n = UNLOOP_NAME(unshifted)(shifted);
    INT part = n >> INT_OF(1);
    return p * UNLOOP_NAME(power_of_two)(part) * UNLOOP_NAME(power_of_two)(n - part);
#endif
}

// e^r - 1, where x = n log 2 + r and |r| <= log(2)/2, and n + ROUNDING_SHIFT. |x| < 2^21; for NaN, n is arbitrary and
// the result NaN.
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(reduced_expm1)(REAL x, REAL *shifted) {
    *shifted = FMA(x, REAL_OF(0x1.715476p+0f), ROUNDING_SHIFT);
    REAL k = *shifted - ROUNDING_SHIFT;
    // The first part of log 2 has 24 bits and the difference is exact.
    REAL r = FMA(k, REAL_OF(-0x1.62e430p-1f), x);
    r = FMA(k, REAL_OF(0x1.05c610p-29f), r);
    REAL q = REAL_OF(0x1.6b9c68p-10f);
    q = FMA(q, r, REAL_OF(0x1.12254ap-7f));
    q = FMA(q, r, REAL_OF(0x1.5556f2p-5f));
    q = FMA(q, r, REAL_OF(0x1.5554b4p-3f));
    q = FMA(q, r, REAL_OF(0x1.fffffep-2f));
    return FMA(r * r, q, r);
}

UNLOOP_FUNCTION(REAL) UNLOOP_NAME(exp)(REAL x) {
    // Beyond these bounds the result is infinity or 0 all the same. NaN passes.
    x = SELECT(LESS(REAL_OF(89.0f), x), REAL_OF(89.0f), x);
    x = SELECT(LESS(x, REAL_OF(-105.0f)), REAL_OF(-105.0f), x);
    REAL shifted;
    REAL p = UNLOOP_NAME(reduced_expm1)(x, &shifted) + REAL_OF(1.0f);
    return UNLOOP_NAME(scaled)(p, shifted);
}

// exp of x <= 0 or NaN.
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(exp_nonpositive)(REAL x) {
    x = SELECT(LESS(x, REAL_OF(-105.0f)), REAL_OF(-105.0f), x);
    REAL shifted;
    REAL p = UNLOOP_NAME(reduced_expm1)(x, &shifted) + REAL_OF(1.0f);
#if defined(SCALE)
    return UNLOOP_NAME(scaled)(p, shifted);
#else
    // p 2^(n + 64) is normal for -151 <= n <= 0. Of n + ROUNDING_SHIFT, the shift keeps only n.
    return p * AS_REAL((AS_UINT(shifted) << UINT_OF(23u)) + UINT_OF((127u + 64u) << 23)) * REAL_OF(0x1p-64f);
#endif
}

UNLOOP_FUNCTION(REAL) UNLOOP_NAME(expm1)(REAL x) {
    REAL y = SELECT(LESS(REAL_OF(89.0f), x), REAL_OF(89.0f), x);
    y = SELECT(LESS(y, REAL_OF(-30.0f)), REAL_OF(-30.0f), y);
    REAL shifted;
    REAL e = UNLOOP_NAME(reduced_expm1)(y, &shifted);
    // 2^n (e + 1) - 1, halved so that n = 128 does not overflow.
    REAL middle = UNLOOP_NAME(power_of_two)(UNLOOP_NAME(unshifted)(shifted) - INT_OF(1));
    y = FMA(middle, e, middle - REAL_OF(0.5f)) * REAL_OF(2.0f);
    return SELECT(LESS(AS_REAL(AS_INT(x) & INT_OF(0x7fffffff)), REAL_OF(0x1p-25f)), x, y);
}

// expm1(2|x|) / (expm1(2|x|) + 2), with the sign of x.
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(tanh)(REAL x) {
    REAL a = AS_REAL(AS_INT(x) & INT_OF(0x7fffffff));
    // From 9.02 on the result is 1.
    a = SELECT(LESS(REAL_OF(10.0f), a), REAL_OF(10.0f), a);
    REAL shifted;
    REAL e = UNLOOP_NAME(reduced_expm1)(a + a, &shifted);
    REAL scale = UNLOOP_NAME(power_of_two)(UNLOOP_NAME(unshifted)(shifted));
    e = FMA(scale, e, scale - REAL_OF(1.0f));
    REAL y = e / (e + REAL_OF(2.0f));
    return AS_REAL(AS_INT(y) | (AS_INT(x) & INT_OF(-0x7fffffff - 1)));
}

// 1 / (1 + e) or e / (1 + e), where e = exp(-|x|) does not overflow.
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(sigmoid)(REAL x) {
    REAL e = UNLOOP_NAME(exp)(AS_REAL(AS_INT(x) | INT_OF(-0x7fffffff - 1)));
    return SELECT(LESS(x, REAL_OF(0.0f)), e, REAL_OF(1.0f)) / (e + REAL_OF(1.0f));
}

// k log 2 + log(1 + f) for sqrt(1/2) <= 1 + f <= sqrt(2) and integral k.
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(reduced_log)(REAL k, REAL f) {
    REAL z = f * f;
    REAL q = REAL_OF(0x1.147334p-4f);
    q = FMA(q, f, REAL_OF(-0x1.de01e2p-4f));
    q = FMA(q, f, REAL_OF(0x1.e6c00cp-4f));
    q = FMA(q, f, REAL_OF(-0x1.fc28cap-4f));
    q = FMA(q, f, REAL_OF(0x1.233ba2p-3f));
    q = FMA(q, f, REAL_OF(-0x1.555c44p-3f));
    q = FMA(q, f, REAL_OF(0x1.99a476p-3f));
    q = FMA(q, f, REAL_OF(-0x1.000006p-2f));
    q = FMA(q, f, REAL_OF(0x1.555548p-2f));
    REAL y = FMA(k, REAL_OF(-0x1.05c610p-29f), f * z * q);
    y = f + FMA(z, REAL_OF(-0.5f), y);
    return FMA(k, REAL_OF(0x1.62e430p-1f), y);
}

// y, but of x < 0 NaN, of 0 -infinity, of infinity and NaN themselves: what every logarithm of x is there.
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(logarithm_or_special)(REAL y, REAL x) {
#if defined(LOGARITHM_OR_SPECIAL)
    return LOGARITHM_OR_SPECIAL(y, x);
#else
    REAL infinite = AS_REAL(INT_OF(0x7f800000));
    REAL special = SELECT(LESS(x, REAL_OF(0.0f)), AS_REAL(INT_OF(0x7fc00000)), x);
    special = SELECT(EQUAL(x, REAL_OF(0.0f)), -infinite, special);
    return SELECT(LESS(REAL_OF(0.0f), x) & LESS(x, infinite), y, special);
#endif
}

UNLOOP_FUNCTION(REAL) UNLOOP_NAME(log)(REAL x) {
    INT subnormal = LESS(x, REAL_OF(0x1p-126f));
    UINT bits = AS_UINT(SELECT(subnormal, x * REAL_OF(0x1p23f), x));
    // x = 2^k (1 + f); 0x3f3504f3 is sqrt(1/2).
    INT k = AS_INT(bits - UINT_OF(0x3f3504f3u)) >> INT_OF(23);
    REAL f = AS_REAL(bits - (AS_UINT(k) << UINT_OF(23u))) - REAL_OF(1.0f);
    REAL y = UNLOOP_NAME(reduced_log)(TO_REAL(k - (subnormal & INT_OF(23))), f);
    return UNLOOP_NAME(logarithm_or_special)(y, x);
}

UNLOOP_FUNCTION(REAL) UNLOOP_NAME(log1p)(REAL x) {
    // Which k is taken depends on the rounded sum; f = (1 + x) / 2^k - 1 is then computed without it. The sum is 0,
    // negative, infinite or NaN just where 1 + x is.
    REAL sum = x + REAL_OF(1.0f);
    INT k = AS_INT(AS_UINT(sum) - UINT_OF(0x3f3504f3u)) >> INT_OF(23);
#if defined(SCALE)
    REAL scale = SCALE(REAL_OF(1.0f), -TO_REAL(k));
    REAL f = FMA(x, scale, scale - REAL_OF(1.0f));
#else
    // 2^-k in two steps: 2^-128 is subnormal.
    INT part = k >> INT_OF(1);
    REAL first = UNLOOP_NAME(power_of_two)(-part);
    REAL second = UNLOOP_NAME(power_of_two)(part - k);
    REAL f = FMA(x * first, second, first * second - REAL_OF(1.0f));
#endif
    REAL y = UNLOOP_NAME(reduced_log)(TO_REAL(k), f);
    // Of -0 as well, the result has the sign of x.
    y = AS_REAL(AS_INT(y) | (AS_INT(x) & INT_OF(-0x7fffffff - 1)));
    return UNLOOP_NAME(logarithm_or_special)(y, sum);
}

// log1p of 0 <= x <= 1 or NaN: k is 0 or 1, and nothing is special.
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(log1p_unit)(REAL x) {
    // 0x3fb504f3 is sqrt(2), rounded as in log1p.
    REAL k = SELECT(LESS(x + REAL_OF(1.0f), AS_REAL(INT_OF(0x3fb504f3))), REAL_OF(0.0f), REAL_OF(1.0f));
    // f = (1 + x) / 2^k - 1; the factor is exact.
    REAL f = FMA(x, FMA(k, REAL_OF(-0.5f), REAL_OF(1.0f)), k * REAL_OF(-0.5f));
    REAL y = UNLOOP_NAME(reduced_log)(k, f);
    return AS_REAL(AS_INT(y) | (AS_INT(x) & INT_OF(-0x7fffffff - 1)));
}
