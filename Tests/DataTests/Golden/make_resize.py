#!/usr/bin/env python3
"""Writes resize.json: images that PIL resized, by their checks (CRC-32) or, where they are small, by their samples; needs PIL and NumPy.

The source of each is an image of known samples, those of ResizeTests.swift. Rows are resized before columns, in two calls, which is what all
versions up to PIL 11 do in one.
"""
import json
import pathlib
import zlib

import numpy
from PIL import Image

FOLDER = pathlib.Path(__file__).parent


def image(width, height, channels):
    i = numpy.arange(width * height * channels, dtype=numpy.int64)
    samples = ((i * i * 7 + 3 * i) % 256).astype(numpy.uint8).reshape(height, width, channels)
    return Image.fromarray(samples[:, :, 0] if channels == 1 else samples)


def case(source, target, channels):
    result = image(*source, channels)
    result = result.resize((target[0], source[1]), Image.BILINEAR).resize(target, Image.BILINEAR)
    samples = result.tobytes()
    one = {"source": source, "target": target, "channels": channels, "check": zlib.crc32(samples)}
    return one | {"samples": list(samples)} if len(samples) <= 24 else one


SIZES = [(1, 1), (2, 1), (1, 3), (5, 4), (7, 31), (33, 32), (64, 48), (100, 75), (257, 3), (3, 300)]
TARGETS = [(1, 1), (1, 2), (3, 2), (4, 5), (31, 33), (32, 32), (50, 40), (224, 100), (97, 256)]
cases = [case(source, target, channels) for source in SIZES for target in TARGETS for channels in (1, 3)]
cases += [case((500, 375), (224, 224), 3), case((640, 480), (341, 256), 3), case((40000, 2), (1, 1), 1),
          case((2, 40000), (3, 2), 3)]
(FOLDER / "resize.json").write_text("[\n" + ",\n".join(json.dumps(one) for one in cases) + "\n]\n")

# What PIL gives for gray levels of colors, and for an image of one channel in three.
colors = image(97, 61, 3)
print("luma", zlib.crc32(colors.convert("L").tobytes()))
