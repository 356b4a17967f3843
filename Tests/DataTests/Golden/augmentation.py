#!/usr/bin/env python3
"""Writes augmentation.json: images that SciPy turned and made larger by what Augmentation draws; needs SciPy.

Angles and factors are drawn here as they are defined: Philox 4x32-10 numbers of the key's child 0, as `keyed_permutation.py` has them, of
which the upper 24 bits lie evenly between the bounds. Bilinear interpolation in double precision, the image surrounded by the fill.
"""
import json
import math
import pathlib

import numpy
import scipy.ndimage

from keyed_permutation import MASK32, MASK64, SALT, philox

FOLDER = pathlib.Path(__file__).parent


def child(stream, index):
    z = (stream + 0x9E3779B97F4A7C15 * (index + 1)) & MASK64
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK64
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK64
    return z ^ z >> 31


def drawn(seed, low, high):
    stream = child(0, 0)
    word = philox([0, SALT, stream & MASK32, stream >> 32], [seed & MASK32, seed >> 32])[0]
    return float(numpy.float32(low + (high - low) * ((word >> 8) * 2.0**-24)))


def image(height, width, channels):
    """The same as in the tests."""
    return numpy.array(
        [(i * i * 7 + 3 * i) % 256 / 255 for i in range(height * width * channels)], numpy.float32
    ).astype(numpy.float64).reshape(height, width, channels)


def rotated(seed, shape, limit, fill):
    degrees = drawn(seed, -limit, limit)
    values = [
        scipy.ndimage.rotate(channel, degrees, reshape=False, order=1, mode="grid-constant", cval=fill)
        for channel in numpy.moveaxis(image(*shape), -1, 0)
    ]
    return numpy.stack(values, -1)


def scaled(seed, shape, factors, fill):
    factor = drawn(seed, *factors)
    middle = [(side - 1) / 2 for side in shape[:2]]
    values = [
        scipy.ndimage.affine_transform(
            channel, [1 / factor] * 2, [m - m / factor for m in middle], order=1, mode="grid-constant", cval=fill)
        for channel in numpy.moveaxis(image(*shape), -1, 0)
    ]
    return numpy.stack(values, -1)


def rounded(values):
    return [round(float(value), 7) for value in values.ravel()]


if __name__ == "__main__":
    cases = {"rotated": [], "scaled": []}
    for seed, shape, limit, fill in [
        (1, (7, 5, 2), 30, 0), (2, (8, 8, 1), 180, 0.25), (3, (1, 6, 1), 45, -1), (4, (4, 9, 3), 360, 0.5), (5, (2, 2, 1), 90, 0),
    ]:
        cases["rotated"].append(
            {"seed": seed, "shape": shape, "limit": limit, "fill": fill,
             "values": rounded(rotated(seed, shape, limit, fill))})
    for seed, shape, factors, fill in [
        (6, (7, 5, 2), (0.5, 0.9), 0), (7, (6, 8, 1), (1.2, 3), 0.25), (8, (1, 6, 1), (0.2, 0.4), -1),
        (9, (5, 5, 1), (0.9, 1.1), 2),
    ]:
        cases["scaled"].append(
            {"seed": seed, "shape": shape, "low": factors[0], "high": factors[1], "fill": fill,
             "values": rounded(scaled(seed, shape, factors, fill))})
    (FOLDER / "augmentation.json").write_text(json.dumps(cases, indent=None, separators=(",", ":")) + "\n")
