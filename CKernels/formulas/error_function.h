// erf(x) = 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x, for float32.
//
// Below 0.92 an odd polynomial; above, 1 - exp(g(|x|)) with a polynomial g fitted to log(erfc), weighted by erfc. Fits
// by scripts/fit_polynomials.py.
//
// Written in the terms of CKernels/dialect. Include after a dialect and exponential.h.

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
