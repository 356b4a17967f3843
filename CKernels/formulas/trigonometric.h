// sin and cos for float32, accurate for every argument.
//
// Below 2^15 the argument is reduced by multiples of pi/2 in three parts (Cody and Waite 1980); above, by 96 bits of
// 2/pi in 32-bit integer arithmetic (Payne and Hanek, Radian Reduction for Trigonometric Functions, SIGNUM 1983).
// Polynomials by scripts/fit_polynomials.py.
//
// Written in the terms of CKernels/dialect. Include after a dialect.

// One of the 32-bit words of 0.2/pi, preceded by a word of zeros.
UNLOOP_FUNCTION(UINT) UNLOOP_NAME(two_over_pi_word)(INT position) {
    INT word = INT_OF(0);
    word = SELECT_INT(EQUAL(position, INT_OF(1)), AS_INT(UINT_OF(0xa2f9836eu)), word);
    word = SELECT_INT(EQUAL(position, INT_OF(2)), AS_INT(UINT_OF(0x4e441529u)), word);
    word = SELECT_INT(EQUAL(position, INT_OF(3)), AS_INT(UINT_OF(0xfc2757d1u)), word);
    word = SELECT_INT(EQUAL(position, INT_OF(4)), AS_INT(UINT_OF(0xf534ddc0u)), word);
    word = SELECT_INT(EQUAL(position, INT_OF(5)), AS_INT(UINT_OF(0xdb629599u)), word);
    word = SELECT_INT(EQUAL(position, INT_OF(6)), AS_INT(UINT_OF(0x3c439041u)), word);
    word = SELECT_INT(EQUAL(position, INT_OF(7)), AS_INT(UINT_OF(0xfe5163abu)), word);
    return AS_UINT(word);
}

// r and n with |x| = n pi/2 + r modulo 2 pi and |r| <= pi/4, for 2^15 <= |x| < infinity.
UNLOOP_SLOW_FUNCTION(REAL) UNLOOP_NAME(reduce_large_angle)(REAL x, INT *n) {
    UINT bits = AS_UINT(x);
    UINT m = (bits & UINT_OF(0x7fffffu)) | UINT_OF(0x800000u);
    // |x| = m 2^(e - 23). Bits of 2/pi that give multiples of 4 are left out; the first one kept has weight 2.
    INT skipped = AS_INT((bits >> UINT_OF(23u)) & UINT_OF(0xffu)) - INT_OF(127 - 7);
    INT word = skipped >> INT_OF(5);
    UINT left = AS_UINT(skipped) & UINT_OF(31u);
    UINT right = UINT_OF(31u) - left;
    UINT t0 = UNLOOP_NAME(two_over_pi_word)(word);
    UINT t1 = UNLOOP_NAME(two_over_pi_word)(word + INT_OF(1));
    UINT t2 = UNLOOP_NAME(two_over_pi_word)(word + INT_OF(2));
    UINT t3 = UNLOOP_NAME(two_over_pi_word)(word + INT_OF(3));
    UINT w0 = (t0 << left) | ((t1 >> UINT_OF(1u)) >> right);
    UINT w1 = (t1 << left) | ((t2 >> UINT_OF(1u)) >> right);
    UINT w2 = (t2 << left) | ((t3 >> UINT_OF(1u)) >> right);
    // The low 96 bits of the product; two before the point, the rest a fraction of a quadrant.
    UINT p2 = m * w2;
    UINT middle = m * w1;
    UINT p1 = middle + MULTIPLY_HIGH(m, w2);
    UINT carry = AS_UINT(LESS(p1, middle)) & UINT_OF(1u);
    UINT p0 = m * w0 + MULTIPLY_HIGH(m, w1) + carry;
    UINT high = (p0 << UINT_OF(2u)) | (p1 >> UINT_OF(30u));
    UINT low = (p1 << UINT_OF(2u)) | (p2 >> UINT_OF(30u));
    // To the nearest quadrant: a fraction of at least 1/2 becomes negative.
    INT up = AS_INT(high) >> INT_OF(31);
    *n = AS_INT((p0 >> UINT_OF(30u)) + (AS_UINT(up) & UINT_OF(1u)));
    high = high ^ AS_UINT(up);
    low = low ^ AS_UINT(up);
    REAL fraction =
        FMA(TO_REAL(AS_INT(low >> UINT_OF(8u))), REAL_OF(0x1p-56f), TO_REAL(AS_INT(high)) * REAL_OF(0x1p-32f));
    REAL r = FMA(fraction, REAL_OF(0x1.921fb6p+0f), fraction * REAL_OF(-0x1.777a5cp-25f));
    return AS_REAL(AS_INT(r) | (up & INT_OF(-0x7fffffff - 1)));
}

// sin(x + quadrant pi/2)
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(sine_in_quadrant)(REAL x, INT quadrant) {
    INT sign = AS_INT(x) & INT_OF(-0x7fffffff - 1);
    REAL a = AS_REAL(AS_INT(x) & INT_OF(0x7fffffff));
    REAL shifted = FMA(a, REAL_OF(0x1.45f306p-1f), REAL_OF(0x1.8p23f));
    INT n = AS_INT(shifted) & INT_OF(3);
    REAL k = shifted - REAL_OF(0x1.8p23f);
    REAL r = FMA(k, REAL_OF(-0x1.921fb6p+0f), a);
    r = FMA(k, REAL_OF(0x1.777a5cp-25f), r);
    r = FMA(k, REAL_OF(0x1.ee59dap-50f), r);
    INT large = LESS_EQUAL(REAL_OF(0x1p15f), a);
    if (ANY(large)) {
        INT large_n;
        REAL large_r = UNLOOP_NAME(reduce_large_angle)(a, &large_n);
        n = SELECT_INT(large, large_n, n);
        r = SELECT(large, large_r, r);
    }
    // x = ±(n pi/2 + r)
    r = AS_REAL(AS_INT(r) ^ sign);
    n = SELECT_INT(NOT_EQUAL(sign, INT_OF(0)), -n, n) + quadrant;
    REAL z = r * r;
    REAL s = REAL_OF(0x1.7c2d9ep-19f);
    s = FMA(s, z, REAL_OF(-0x1.a05956p-13f));
    s = FMA(s, z, REAL_OF(0x1.111174p-7f));
    s = FMA(s, z, REAL_OF(-0x1.555556p-3f));
    s = FMA(r * z, s, r);
    REAL c = REAL_OF(-0x1.361852p-22f);
    c = FMA(c, z, REAL_OF(0x1.a071bep-16f));
    c = FMA(c, z, REAL_OF(-0x1.6c175ep-10f));
    c = FMA(c, z, REAL_OF(0x1.555556p-5f));
    c = FMA(z * z, c, FMA(z, REAL_OF(-0.5f), REAL_OF(1.0f)));
    REAL y = SELECT(EQUAL(n & INT_OF(1), INT_OF(1)), c, s);
    y = AS_REAL(AS_UINT(y) ^ ((AS_UINT(n) & UINT_OF(2u)) << UINT_OF(30u)));
    return SELECT(LESS(a, AS_REAL(INT_OF(0x7f800000))), y, x - x);
}

UNLOOP_FUNCTION(REAL) UNLOOP_NAME(sin)(REAL x) {
    REAL y = UNLOOP_NAME(sine_in_quadrant)(x, INT_OF(0));
    return SELECT(LESS(AS_REAL(AS_INT(x) & INT_OF(0x7fffffff)), REAL_OF(0x1p-13f)), x, y);
}

UNLOOP_FUNCTION(REAL) UNLOOP_NAME(cos)(REAL x) { return UNLOOP_NAME(sine_in_quadrant)(x, INT_OF(1)); }
