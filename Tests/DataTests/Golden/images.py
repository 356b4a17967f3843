#!/usr/bin/env python3
"""Writes gray.png and color.png, small images of known samples, with Python's zlib (its level 0 stores).

The samples are those of ImageTests.swift. Python's own zlib computes the checksums.
"""
import pathlib
import struct
import zlib

FOLDER = pathlib.Path(__file__).parent


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(name, width, height, channels):
    samples = bytes((i * i * 7 + 3 * i) % 256 for i in range(width * height * channels))
    rows = b"".join(
        b"\0" + samples[row * width * channels:(row + 1) * width * channels] for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0 if channels == 1 else 2, 0, 0, 0)
    (FOLDER / name).write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b""))


png("gray.png", 7, 5, 1)
png("color.png", 3, 4, 3)
