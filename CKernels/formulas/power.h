// x^y for float32, with the special cases of IEEE 754-2019 `pow`.
//
// x^y = 2^(y log2 |x|), the logarithm and the product in pairs of floats (Dekker, A floating-point technique for
// extending the available precision, 1971; products by fused multiply-add). log x = 2 atanh(f / (2 + f)). Polynomials
// by scripts/fit_polynomials.py.
//
// Written in the terms of CKernels/dialect. Include after a dialect and exponential.h.

// log2(x) = the result + *low, for 0 < x < infinity.
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(extended_log2)(REAL x, REAL *low) {
    INT subnormal = LESS(x, REAL_OF(0x1p-126f));
    UINT bits = AS_UINT(SELECT(subnormal, x * REAL_OF(0x1p23f), x));
    INT k = AS_INT(bits - UINT_OF(0x3f3504f3u)) >> INT_OF(23);
    REAL f = AS_REAL(bits - (AS_UINT(k) << UINT_OF(23u))) - REAL_OF(1.0f);
    REAL exponent = TO_REAL(k - (subnormal & INT_OF(23)));

    // s = f / (2 + f)
    REAL d = f + REAL_OF(2.0f);
    REAL d_low = (REAL_OF(2.0f) - d) + f;
    REAL s = f / d;
    REAL s_low = FMA(-s, d_low, FMA(-s, d, f)) / d;
    REAL t = s * s;
    REAL t_low = FMA(s, s, -t) + (s + s) * s_low;
    // log(1 + f) = s (2 + t v), v = 2/3 + 2/5 t + …
    REAL q = REAL_OF(0x1.dfa1b0p-3f);
    q = FMA(q, t, REAL_OF(0x1.24527ep-2f));
    q = FMA(q, t, REAL_OF(0x1.999a00p-2f));
    q = q * t;
    REAL v = REAL_OF(0x1.555556p-1f) + q;
    REAL v_low = ((REAL_OF(0x1.555556p-1f) - v) + q) + REAL_OF(-0x1.555556p-26f);
    REAL w = t * v;
    REAL w_low = FMA(t, v, -w) + FMA(t, v_low, t_low * v);
    REAL u = s * w;
    REAL u_low = FMA(s, w, -u) + FMA(s, w_low, s_low * w);
    REAL twice = s + s;
    REAL l = twice + u;
    REAL l_low = ((twice - l) + u) + FMA(s_low, REAL_OF(2.0f), u_low);
    REAL g = l * REAL_OF(0x1.715476p+0f);
    REAL g_low =
        FMA(l, REAL_OF(0x1.715476p+0f), -g) + FMA(l, REAL_OF(0x1.4ae0c0p-26f), l_low * REAL_OF(0x1.715476p+0f));
    REAL sum = exponent + g;
    *low = ((exponent - sum) + g) + g_low;
    return sum;
}

UNLOOP_FUNCTION(REAL) UNLOOP_NAME(power)(REAL x, REAL y) {
    REAL infinite = AS_REAL(INT_OF(0x7f800000));
    REAL zero = REAL_OF(0.0f), one = REAL_OF(1.0f);
    REAL a = AS_REAL(AS_INT(x) & INT_OF(0x7fffffff));
    REAL b = AS_REAL(AS_INT(y) & INT_OF(0x7fffffff));

    REAL l_low;
    REAL l = UNLOOP_NAME(extended_log2)(a, &l_low);
    REAL p = y * l;
    REAL p_low = FMA(y, l, -p) + y * l_low;
    // Beyond these bounds the result is infinity or 0.
    INT over = LESS(REAL_OF(130.0f), p), under = LESS(p, REAL_OF(-160.0f));
    p = SELECT(over, REAL_OF(130.0f), SELECT(under, REAL_OF(-160.0f), p));
    p_low = SELECT(over | under, zero, p_low);
    // 2^p = 2^n 2^r
    REAL shifted = p + ROUNDING_SHIFT;
    REAL r = (p - (shifted - ROUNDING_SHIFT)) + p_low;
    REAL e = REAL_OF(0x1.416bd8p-13f);
    e = FMA(e, r, REAL_OF(0x1.5f0448p-10f));
    e = FMA(e, r, REAL_OF(0x1.3b2de0p-7f));
    e = FMA(e, r, REAL_OF(0x1.c6af88p-5f));
    e = FMA(e, r, REAL_OF(0x1.ebfbdcp-3f));
    e = FMA(r * r, e, r * REAL_OF(0x1.62e430p-1f)) + one;
    REAL magnitude = UNLOOP_NAME(scaled)(e, shifted);

    // Infinite y, then zero and infinite x.
    REAL limit = SELECT(EQUAL(LESS(one, a), LESS(zero, y)), infinite, zero);
    limit = SELECT(EQUAL(a, one), one, limit);
    magnitude = SELECT(EQUAL(b, infinite), limit, magnitude);
    INT degenerate = EQUAL(a, zero) | EQUAL(a, infinite);
    limit = SELECT(EQUAL(LESS(one, a), LESS(zero, y)), infinite, zero);
    magnitude = SELECT(degenerate, limit, magnitude);

    // Negative x: only integers y, and odd ones give the sign.
    INT countable = LESS(b, REAL_OF(0x1p24f));
    INT whole = ~countable | EQUAL(ROUND(y), y);
    INT odd = -(TO_INT(SELECT(countable & whole, y, zero)) & INT_OF(1));
    INT negative = AS_INT(x) >> INT_OF(31);
    REAL result = AS_REAL(AS_INT(magnitude) | (odd & negative & INT_OF(-0x7fffffff - 1)));
    INT undefined = LESS(x, zero) & LESS(a, infinite) & ~whole;
    undefined = undefined | NOT_EQUAL(x, x) | NOT_EQUAL(y, y);
    result = SELECT(undefined, AS_REAL(INT_OF(0x7fc00000)), result);
    return SELECT(EQUAL(y, zero) | EQUAL(x, one), one, result);
}
