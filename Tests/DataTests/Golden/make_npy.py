#!/usr/bin/env python3
"""Writes npy.json: NPY files that NumPy wrote, and what NumPy reads in them; needs NumPy.

`read`: files of every type of elements, byte order and order of axes. `float32`, `float64` and for integers and truth values `int32` are
the elements in row-major order as those types, little-endian; where int32 does not hold all of them it is absent, and `refused` and
`place` are the first that it does not hold in the file and its index.
`write`: what numpy.save writes for an array of these elements and this shape.
`convert`: what it writes for such an array of the type `source` after astype to another type.

Bytes are in base64.
"""
import base64
import io
import json
import pathlib
import warnings

import numpy

FOLDER = pathlib.Path(__file__).parent
warnings.simplefilter("ignore")


def text(content):
    return base64.b64encode(content).decode()


def saved(array, version=None):
    file = io.BytesIO()
    numpy.lib.format.write_array(file, array, version, allow_pickle=False)
    if version is None:
        simple = io.BytesIO()
        numpy.save(simple, array, allow_pickle=False)
        assert simple.getvalue() == file.getvalue()
    return file.getvalue()


def values(kind, width):
    """Numbers at the edges of a type; integers of four and eight bytes as far as int32 holds them."""
    if kind == "f":
        info = numpy.finfo(f"f{width}")
        # Bits of quiet NaNs with a payload in the leading bits, which conversions keep.
        bits = {2: 0xfe55, 4: 0xffcaa000, 8: 0xfff9540000000000}[width]
        nan = numpy.array([bits], f"u{width}").view(f"f{width}")[0]
        third = numpy.array(1, f"f{width}") / 3
        return [0.0, -0.0, 1.5, -2.5, numpy.inf, -numpy.inf, nan, info.smallest_subnormal, -info.max, info.tiny, third,
                -1 - info.eps, 0.1]
    if kind == "b":
        return [True, False, False, True, True]
    info = numpy.iinfo(f"{kind}{width}")
    limits = numpy.iinfo("i4")
    return [0, 1, max(info.min, limits.min), min(info.max, limits.max), 5, max(info.min, -3) + 2, 100]


def filled(kind, width, shape, start):
    source = numpy.array(values(kind, width), f"{kind}{width}")
    count = int(numpy.prod(shape, dtype=int))
    return source[(numpy.arange(count) + start) % len(source)].reshape(shape)


def case(name, array, version=None):
    content = saved(array, version)
    rows = numpy.ascontiguousarray(array).reshape(array.shape)
    result = {"name": name, "shape": list(array.shape), "type": array.dtype.kind + str(array.dtype.itemsize),
              "file": text(content), "float32": text(rows.astype("<f4").tobytes()),
              "float64": text(rows.astype("<f8").tobytes())}
    if array.dtype.kind == "f":
        return result
    limits = numpy.iinfo("i4")
    order = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
    for position, value in enumerate(array.flatten(order)):
        if not limits.min <= int(value) <= limits.max:
            place = numpy.unravel_index(position, array.shape, order)
            return result | {"refused": str(int(value)), "place": [int(index) for index in place]}
    return result | {"int32": text(rows.astype("<i4").tobytes())}


def read_cases():
    types = [("f", 2), ("f", 4), ("f", 8), ("i", 1), ("i", 2), ("i", 4), ("i", 8), ("u", 1), ("u", 2), ("u", 4), ("u", 8),
             ("b", 1)]
    others = [(), (1,), (5,), (0,), (3, 0, 2), (1, 1, 1), (0, 4), (1, 2, 1, 2, 1, 1, 2, 1), (4, 1), (1, 7)]
    number = 0
    for kind, width in types:
        for byte_order in "<>" if width > 1 else "|":
            for shape, order in [((3, 5), "C"), ((3, 5), "F"), ((2, 3, 2), "F"), (others[number % len(others)], "C"),
                                 (others[(number + 3) % len(others)], "F")]:
                array = filled(kind, width, shape, number).astype(f"{byte_order}{kind}{width}")
                array = numpy.asarray(array, order=order)
                yield case(f"{byte_order}{kind}{width} {order} {shape}", array)
            number += 1
    # Ties and what is beyond float32.
    reals = [1 + 2**-24, 1 + 3 * 2**-24, 1 + 2**-24 + 2**-52, 2**-149.0, 2**-150.0, 1.5 * 2**-149, 3.4028235677973366e38,
             3.4028235677973362e38, -1e300, 1e-300]
    yield case("rounding", numpy.array(reals, "<f8"))
    wide = numpy.array([[1, 2**31, -2**31 - 1], [2**24 + 1, 2**53 + 1, 2**63 - 1]], "<i8")
    yield case("wide i8", wide)
    yield case("wide i8 F", numpy.asfortranarray(wide))
    yield case("wide u8", numpy.array([7, 2**64 - 1, 2**63, 2**63 + 2**39 + 1], ">u8"))
    yield case("wide u4", numpy.array(2**31, "<u4"))
    array = filled("f", 4, (2, 3), 0)
    for version in [(1, 0), (2, 0), (3, 0)]:
        yield case(f"version {version}", numpy.asfortranarray(array), version)


def write_cases():
    shapes = [(), (1,), (3,), (0,), (2, 3), (0, 4), (1, 1, 1), (2, 1, 2), (1, 2, 1, 2, 1), (1,) * 6, (1,) * 7,
              (1, 2, 1, 2, 1, 1, 2, 1)]
    # Empty arrays have the longest texts of shapes.
    shapes += [(0, 10**digits) for digits in (1, 17)] + [(0,) + (1,) * 6 + (10**digits,) for digits in (9, 17)]
    for shape in shapes:
        for kind, width in [("f", 4), ("i", 4), ("f", 8)]:
            array = filled(kind, width, shape, 2).astype(f"<{kind}{width}")
            content = saved(array)
            yield {"name": f"{kind}{width} {shape}", "shape": list(shape), "type": f"{kind}{width}",
                   "elements": text(array.tobytes()), "file": text(content)}


def convert_cases():
    shapes = [(), (1,), (0, 3), (3, 5), (2, 3, 2)]
    sources = [("f2", "f4"), ("f2", "f8"), ("f2", "i4"), ("f4", "f8"), ("f4", "i4"), ("f8", "f4"), ("f8", "i4")]
    sources += [(name, "i4") for name in ("i1", "i2", "i8", "u1", "u2", "u4", "u8", "b1")]
    for number, (name, source) in enumerate(sources):
        for shape in shapes:
            # Integers are those that both types have.
            kind, width = (name[0], int(name[1])) if source == "i4" and name[0] != "f" else (source[0], int(source[1]))
            array = filled(kind, width, shape, number).astype(f"<{source}")
            yield {"name": f"{name} of {source} {shape}", "shape": list(shape), "source": source, "type": name,
                   "elements": text(array.tobytes()), "file": text(saved(array.astype(name)))}


(FOLDER / "npy.json").write_text(
    "{\"read\":[\n" + ",\n".join(json.dumps(one) for one in read_cases()) + "\n],\"write\":[\n"
    + ",\n".join(json.dumps(one) for one in write_cases()) + "\n],\"convert\":[\n"
    + ",\n".join(json.dumps(one) for one in convert_cases()) + "\n]}\n")
