#!/usr/bin/env python3
"""Writes arranging.json: elements moved, repeated and left out, as NumPy does it. Made with NumPy 2.4.6; nothing is random.

A record is {"operation", "shape", "numbers", "result", "values"}: the operand is 1, 2, 3, … of the shape, "numbers" are the
operation's arguments, "values" the elements of the result of the shape "result".
"""
import json
import pathlib

import numpy

records = []


def add(operation, shape, numbers, function):
    operand = numpy.arange(1, int(numpy.prod(shape)) + 1).reshape(shape)
    result = function(operand)
    records.append({
        "operation": operation, "shape": list(shape), "numbers": list(numbers), "result": list(result.shape),
        "values": [int(value) for value in result.flatten()],
    })


for shape in [(1,), (5,), (2, 3), (3, 1, 2), (0, 2)]:
    for counts in [(1,) * len(shape), (2,) * len(shape), tuple(3 - i for i in range(len(shape)))]:
        add("tile", shape, counts, lambda x: numpy.tile(x, counts))
    for places in [0, 1, -1, 2, -7, 11]:
        for axis in range(-1, len(shape)):
            add("roll", shape, (places, axis), lambda x: numpy.roll(x, places, axis))
for shape in [(1, 1), (3, 3), (2, 5), (5, 2), (2, 3, 4), (2, 0, 3), (3, 0)]:
    for diagonal in [-6, -2, -1, 0, 1, 2, 6]:
        add("tril", shape, (diagonal,), lambda x: numpy.tril(x, diagonal))
        add("triu", shape, (diagonal,), lambda x: numpy.triu(x, diagonal))
        add("diagonal", shape, (diagonal,), lambda x: numpy.diagonal(x, diagonal, -2, -1))
for shape in [(1,), (3,), (0,)]:
    for offset in [-2, 0, 1]:
        add("diag", shape, (offset,), lambda x: numpy.diag(x, offset))
for shape in [(1,), (4,), (2, 3), (3, 1, 2)]:
    for mode in ["edge", "reflect", "wrap"]:
        for widths in [(1, 1), (0, 2), (3, 0), (9, 11)]:
            pairs = [tuple(width // (axis + 1) for width in widths) for axis in range(len(shape))]
            add(mode, shape, [width for pair in pairs for width in pair], lambda x: numpy.pad(x, pairs, mode=mode))

text = ",\n".join(json.dumps(record, separators=(",", ":")) for record in records)
(pathlib.Path(__file__).parent / "arranging.json").write_text(f"[\n{text}\n]\n")
