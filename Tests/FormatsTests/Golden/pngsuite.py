#!/usr/bin/env python3
"""Writes expected.json into a folder of PNG files, such as W. van Schaik's PngSuite (www.schaik.com/pngsuite), with what plain_png.py reads
in each, for PNGSuiteTests.swift:

    pngsuite.py FOLDER && UNLOOP_PNGSUITE=FOLDER swift test -c release --filter PNGSuiteTests

Files whose names begin with x are broken, and must be refused. Debian's golang-src packages have a part of the suite, in
src/image/png/testdata/pngsuite.
"""
import base64
import json
import pathlib
import sys

import plain_png


def expected(path):
    if path.name.startswith("x"):
        return {"name": path.name}
    width, height, channels, samples, alphas = plain_png.read(path.read_bytes())
    gray = plain_png.over(samples, alphas, channels, 128)
    return {"name": path.name, "width": width, "height": height, "channels": channels,
            "samples": base64.b64encode(bytes(samples)).decode(), "overGray": base64.b64encode(bytes(gray)).decode()}


if len(sys.argv) != 2:
    sys.exit(__doc__)
folder = pathlib.Path(sys.argv[1])
(folder / "expected.json").write_text(json.dumps([expected(path) for path in sorted(folder.glob("*.png"))]))
