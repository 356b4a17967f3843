#!/usr/bin/env python3
"""Prints the polynomial coefficients of CKernels/formulas.

Each polynomial is a weighted minimax fit by the exchange algorithm of Remez (1934) on a dense grid. Coefficients are
rounded to float32 one after the other, lowest degree first, and the rest is fitted anew each time (Lawson 1961), so
that the errors of rounding are compensated. Needs numpy and mpmath.
"""
import mpmath
import numpy as np

mpmath.mp.prec = 120


def remez(x, f, w, powers):
    """Coefficients c of least max |w (f - sum c_i x^powers_i)| over the grid points x."""
    n = len(powers)
    basis = np.stack([x**p for p in powers], axis=1)
    nodes = np.round((1 - np.cos(np.pi * np.arange(n + 1) / n)) / 2 * (len(x) - 1)).astype(int)
    for _ in range(60):
        system = np.concatenate([basis[nodes], ((-1.0) ** np.arange(n + 1) / w[nodes])[:, None]], axis=1)
        solution = np.linalg.lstsq(system, f[nodes], rcond=None)[0]
        error = w * (f - basis @ solution[:n])
        # One extremum in each run of one sign.
        sign = np.sign(error)
        starts = np.concatenate([[0], np.flatnonzero(sign[1:] * sign[:-1] < 0) + 1, [len(x)]])
        extrema = [s + int(np.argmax(np.abs(error[s:e]))) for s, e in zip(starts[:-1], starts[1:])]
        while len(extrema) > n + 1:
            if abs(error[extrema[0]]) < abs(error[extrema[-1]]):
                extrema.pop(0)
            else:
                extrema.pop()
        if len(extrema) < n + 1:
            break
        if np.array_equal(extrema, nodes):
            break
        nodes = np.array(extrema)
    return solution[:n], np.max(np.abs(error))


def lawson(x, f, w, powers):
    """The same by Lawson's iteratively reweighted least squares (1961), which also serves when 0 lies in the interval
    and the constant is not among the powers."""
    basis = np.stack([x**p for p in powers], axis=1)
    weights = np.ones(len(x))
    best, least = None, np.inf
    for _ in range(400):
        root = np.sqrt(weights) * w
        c = np.linalg.lstsq(basis * root[:, None], f * root, rcond=None)[0]
        error = np.abs(w * (f - basis @ c))
        if error.max() < least:
            best, least = c, error.max()
        weights *= error / error.max() + 1e-9
        weights /= weights.max()
    return best, least


def fit(name, function, low, high, powers, weight, count=4001, variable=lambda x: x):
    """Fits function(x) by powers of variable(x) for x in [low, high]; weight(x) makes the error relative to the result."""
    grid = (low + high) / 2 - (high - low) / 2 * np.cos(np.pi * np.arange(count) / (count - 1))
    f = np.array([float(function(mpmath.mpf(float(x)))) for x in grid])
    w = np.array([float(weight(mpmath.mpf(float(x)))) for x in grid])
    x = np.array([float(variable(mpmath.mpf(float(v)))) for v in grid])
    # Weights of nearly zero would make the equations singular.
    w = np.maximum(w, 1e-3 * w.max())
    order = np.argsort(x)
    x, f, w = x[order], f[order], w[order]
    fixed, rest = [], list(powers)
    while rest:
        coefficients, error = (lawson if fixed else remez)(x, f, w, rest)
        if not fixed:
            print(f"{name}: max weighted error {error:.3g} = 2^{np.log2(error):.2f}")
        c = float(np.float32(coefficients[0]))
        fixed.append(c)
        f = f - c * x ** rest[0]
        rest.pop(0)
    print(f"  after rounding to float32: 2^{np.log2(np.max(np.abs(w * f))):.2f}")
    for p, c in zip(powers, fixed):
        print(f"  x^{p}: {np.float32(c).item().hex()}f  // {c!r}")


def split(name, value, bits):
    """Parts of `value` with so many significant bits each, the last one rounded to float32."""
    print(name)
    for b in bits:
        e = int(mpmath.floor(mpmath.log(abs(value), 2)))
        unit = mpmath.mpf(2) ** (e - b + 1)
        part = mpmath.nint(value / unit) * unit
        print(f"  {float(part).hex()}f")
        value -= part


def log_remainder(f):
    """(log(1 + f) - f + f^2/2) / f^3"""
    if abs(f) < 1e-4:
        return sum((-1) ** (k + 1) * f ** (k - 3) / k for k in range(3, 14))
    return (mpmath.log1p(f) - f + f * f / 2) / f**3


def exp_remainder(r):
    """(exp(r) - 1 - r) / r^2"""
    if abs(r) < 1e-4:
        return sum(r ** (k - 2) / mpmath.factorial(k) for k in range(2, 12))
    return (mpmath.expm1(r) - r) / r**2


def atanh_remainder(s):
    """(atanh(s)/s - 1 - s^2/3) * 2 / s^4"""
    if abs(s) < 1e-3:
        return sum(2 * s ** (k - 4) / (k + 1) for k in range(4, 20, 2))
    return 2 * (mpmath.atanh(s) / s - 1 - s * s / 3) / s**4


def exp2_remainder(r):
    """(2^r - 1 - r log 2) / r^2"""
    l = mpmath.log(2)
    if abs(r) < 1e-4:
        return sum(l**k * r ** (k - 2) / mpmath.factorial(k) for k in range(2, 12))
    return (mpmath.expm1(r * l) - r * l) / r**2


def sin_remainder(r):
    """(sin(r)/r - 1) / r^2"""
    if abs(r) < 1e-3:
        return sum((-1) ** k * r ** (2 * k - 2) / mpmath.factorial(2 * k + 1) for k in range(1, 8))
    return (mpmath.sin(r) / r - 1) / r**2


def cos_remainder(r):
    """(cos(r) - 1 + r^2/2) / r^4"""
    if abs(r) < 1e-2:
        return sum((-1) ** k * r ** (2 * k - 4) / mpmath.factorial(2 * k) for k in range(2, 9))
    return (mpmath.cos(r) - 1 + r * r / 2) / r**4


def erf_quotient(x):
    """erf(x)/x - 1"""
    if abs(x) < 1e-3:
        return sum(2 / mpmath.sqrt(mpmath.pi) * (-1) ** k * x ** (2 * k) / (mpmath.factorial(k) * (2 * k + 1))
                   for k in range(8)) - 1
    return mpmath.erf(x) / x - 1


def normal_factor(q):
    """Φ(-a) exp(a^2/2) (a + 4) with q = (a - 4)/(a + 4)"""
    a = 8 / (1 - q) - 4
    return mpmath.erfc(a / mpmath.sqrt(2)) / 2 * mpmath.exp(a * a / 2) * (a + 4)


def main():
    half_log2 = float(mpmath.log(2) / 2) * 1.0005
    square = lambda x: x * x
    fit("exp: (e^r - 1 - r)/r^2, relative to e^r - 1", exp_remainder, -half_log2, half_log2, range(5),
        lambda r: r * r / abs(mpmath.expm1(r)) if r != 0 else mpmath.mpf(0))
    fit("log: (log(1+f) - f + f^2/2)/f^3, relative to log(1+f)", log_remainder, 2**-0.5 - 1, 2**0.5 - 1, range(9),
        lambda f: abs(f**3 / mpmath.log1p(f)) if abs(f) > 1e-5 else f * f + 1e-12)
    pi4 = float(mpmath.pi / 4) * 1.0005
    fit("sin: (sin(r)/r - 1)/r^2, relative to sin r", sin_remainder, 0.0, pi4, range(4),
        lambda r: r * r * r / mpmath.sin(r) + 1e-12 if r > 0 else mpmath.mpf(1e-12), variable=square)
    fit("cos: (cos(r) - 1 + r^2/2)/r^4, relative to cos r", cos_remainder, 0.0, pi4, range(4),
        lambda r: r**4 / mpmath.cos(r) + 1e-12, variable=square)
    fit("erf below 0.92: erf(x)/x - 1", erf_quotient, 0.0, 0.925, range(7),
        lambda x: x / mpmath.erf(x) if x > 0 else mpmath.mpf(1), variable=square)
    fit("erf above 0.92: log(erfc(a)), absolute error of erf", lambda a: mpmath.log(mpmath.erfc(a)), 0.92, 4.0,
        range(9), mpmath.erfc)
    normal_tail = 1 - mpmath.mpf(8) / mpmath.mpf("18.3")
    fit("normal distribution: Φ(-a) exp(a^2/2) (a + 4), by q = (a - 4)/(a + 4)", normal_factor, -1.0, float(normal_tail),
        range(10), lambda q: 1 / normal_factor(q), count=2001)
    fit("power: 2 (atanh(s)/s - 1 - s^2/3)/s^4", atanh_remainder, 0.0, 0.1716, range(3),
        lambda s: s**4 + 1e-9, variable=square)
    fit("power: (2^r - 1 - r log 2)/r^2, relative to 2^r", exp2_remainder, -0.5005, 0.5005, range(5),
        lambda r: r * r * mpmath.mpf(2) ** -r)
    split("log 2", mpmath.log(2), [16, 24])
    split("log 2, for fused multiply-add", mpmath.log(2), [24, 24])
    split("log2 e", 1 / mpmath.log(2), [24, 24])
    split("pi/2", mpmath.pi / 2, [24, 24, 24])
    split("2/pi", 2 / mpmath.pi, [24])
    split("2/3", mpmath.mpf(2) / 3, [24, 24])
    mpmath.mp.prec = 400
    words = int(mpmath.floor(2 / mpmath.pi * mpmath.mpf(2) ** 256))
    print("2/pi, first 256 bits after the point:")
    print("  " + ", ".join(f"0x{(words >> (224 - 32 * i)) & 0xffffffff:08x}u" for i in range(8)))


if __name__ == "__main__":
    main()
