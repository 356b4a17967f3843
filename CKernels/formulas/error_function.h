// erf(x) = 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x, and the distribution function of the normal
// distribution, for float32. Fits by scripts/fit_polynomials.py.
//
// Written in the terms of CKernels/dialect. Include after a dialect and exponential.h.

// Below 0.92 an odd polynomial; above, 1 - exp(g(|x|)) with a polynomial g fitted to log(erfc), weighted by erfc.
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(erf)(REAL x) {
    REAL a = AS_REAL(AS_INT(x) & INT_OF(0x7fffffff));
    REAL t = a * a;
    REAL p = REAL_OF(0x1.5cc7fap-14f);
    p = FMA(p, t, REAL_OF(-0x1.aa26a4p-11f));
    p = FMA(p, t, REAL_OF(0x1.54c1dap-8f));
    p = FMA(p, t, REAL_OF(-0x1.b80d66p-6f));
    p = FMA(p, t, REAL_OF(0x1.ce2df0p-4f));
    p = FMA(p, t, REAL_OF(-0x1.812742p-2f));
    p = FMA(p, t, REAL_OF(0x1.06eba8p-3f));
    REAL inner = FMA(p, x, x);

    // From 3.92 on the result is 1.
    REAL b = SELECT(LESS(REAL_OF(4.0f), a), REAL_OF(4.0f), a);
    REAL g = REAL_OF(0x1.4eb660p-20f);
    g = FMA(g, b, REAL_OF(-0x1.48c088p-15f));
    g = FMA(g, b, REAL_OF(0x1.1e204cp-11f));
    g = FMA(g, b, REAL_OF(-0x1.2a3480p-8f));
    g = FMA(g, b, REAL_OF(0x1.a86728p-6f));
    g = FMA(g, b, REAL_OF(-0x1.bfa5cep-4f));
    g = FMA(g, b, REAL_OF(-0x1.43de7ep-1f));
    g = FMA(g, b, REAL_OF(-0x1.213e7cp+0f));
    g = FMA(g, b, REAL_OF(0x1.f52482p-13f));
    REAL shifted;
    REAL e = UNLOOP_NAME(reduced_expm1)(g, &shifted) + REAL_OF(1.0f);
    REAL outer = FMA(-e, UNLOOP_NAME(power_of_two)(UNLOOP_NAME(unshifted)(shifted)), REAL_OF(1.0f));
    outer = AS_REAL(AS_INT(outer) | (AS_INT(x) & INT_OF(-0x7fffffff - 1)));
    return SELECT(LESS(a, REAL_OF(0.92f)), inner, outer);
}

// The integral of exp(-t^2/2) / sqrt(2 pi) from -infinity to x, erfc(-x/sqrt(2)) / 2, accurate in both tails.
//
// With a = |x|, that of -a is exp(-a^2/2) p(q) / (a + 4), where p is a polynomial of q = (a - 4) / (a + 4); of a it is
// 1 minus that. d makes good, to first order, what the quotient 1 / (a + 4) and a^2 lose when they are rounded.
UNLOOP_FUNCTION(REAL) UNLOOP_NAME(normal_distribution)(REAL x) {
    REAL a = AS_REAL(AS_INT(x) & INT_OF(0x7fffffff));
    // Below -14.2 the result is 0.
    a = SELECT(LESS(REAL_OF(15.0f), a), REAL_OF(15.0f), a);
    REAL t = REAL_OF(1.0f) / (a + REAL_OF(4.0f));
    // Products by powers of two are exact, so sums take the place of fused products, of which processors do fewer at a
    // time.
    REAL u = t * REAL_OF(-4.0f);
    REAL d = FMA(-t, a, u + REAL_OF(1.0f));
    u = u + u;
    REAL q = FMA(u, d, u + REAL_OF(1.0f));
    REAL p = REAL_OF(-0x1.f8a648p-14f);
    p = FMA(p, q, REAL_OF(0x1.a383f4p-13f));
    p = FMA(p, q, REAL_OF(0x1.9b6518p-10f));
    p = FMA(p, q, REAL_OF(-0x1.ce706ap-9f));
    p = FMA(p, q, REAL_OF(-0x1.ed5e82p-8f));
    p = FMA(p, q, REAL_OF(0x1.eedca6p-5f));
    p = FMA(p, q, REAL_OF(-0x1.7dff9ep-3f));
    p = FMA(p, q, REAL_OF(0x1.8c6d82p-2f));
    p = FMA(p, q, REAL_OF(-0x1.373e3ap-1f));
    p = FMA(p, q, REAL_OF(0x1.82b4bcp-1f));
    REAL h = a * REAL_OF(-0.5f), exponent = h * a;
    d = FMA(h, a, -exponent) + d;
    REAL m = t * p;
    REAL shifted;
    REAL e = UNLOOP_NAME(reduced_expm1)(exponent, &shifted);
    e = FMA(d, e + REAL_OF(1.0f), e);
    // m is not below 1/40, so the first of the two products in `scaled` is exact here too.
    REAL tail = UNLOOP_NAME(scaled)(FMA(m, e, m), shifted);
    return SELECT(LESS(x, REAL_OF(0.0f)), tail, REAL_OF(1.0f) - tail);
}
