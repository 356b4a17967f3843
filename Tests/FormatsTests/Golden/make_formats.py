#!/usr/bin/env python3
"""Writes images.json and archives.json: files of other programs, and what is in them; needs NumPy and PIL.

`images.json`: PNG files of every color type, depth and interlacing with what plain_png.py reads in them, which is compared with PIL where PIL
keeps all bits; JPEG files that PIL wrote, with what PIL reads in them. `archives.json`: NPZ files of NumPy and of Python's zipfile with
the NPY files in them, and gzip files of Python. The archive that UnloopFormats itself writes, written.npz, is held to what it should hold.

Bytes are in base64.
"""
import base64
import gzip
import io
import json
import pathlib
import struct
import warnings
import zipfile
import zlib

import numpy
from PIL import Image, ImageOps

import plain_png

FOLDER = pathlib.Path(__file__).parent
warnings.simplefilter("ignore")


def text(content):
    return base64.b64encode(bytes(content)).decode()


def lines(values):
    return "[\n" + ",\n".join(json.dumps(value) for value in values) + "\n]"


# MARK: PNG

def numbers(count, largest, seed):
    """Of all sizes, the largest and zero among them."""
    state, result = seed, []
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2**31
        result.append([state // 256 % (largest + 1), largest, 0][(state // 65536) % 7 % 3 if state // 512 % 3 == 0 else 0])
    return result


def png_case(name, content, background=None):
    width, height, channels, samples, alphas = plain_png.read(content)
    image = Image.open(io.BytesIO(content))
    depth = content[24]
    if background is None and depth <= 8:
        assert bytes(image.convert("L" if channels == 1 else "RGB").tobytes()) == bytes(samples), name
    if background is not None:
        samples = plain_png.over(samples, alphas, channels, background)
    case = {"name": name, "file": text(content), "width": width, "height": height, "channels": channels,
            "samples": text(samples)}
    return case if background is None else case | {"background": background}


def png_cases():
    types = [(0, depth) for depth in (1, 2, 4, 8, 16)] + [(3, depth) for depth in (1, 2, 4, 8)]
    types += [(kind, depth) for kind in (2, 4, 6) for depth in (8, 16)]
    # Of sides below 8 some passes of interlacing are empty.
    sizes = [(9, 10), (8, 8), (1, 1), (3, 5), (5, 2), (17, 1), (1, 9)]
    for number, (color_type, depth) in enumerate(types):
        for is_interlaced in (False, True):
            width, height = (9, 10) if is_interlaced else sizes[number % len(sizes)]
            if is_interlaced and number % 3 == 2:
                width, height = sizes[number % len(sizes)]
            channels = plain_png.CHANNELS[color_type]
            samples = numbers(width * height * channels, (1 << depth) - 1, number)
            name = f"type {color_type}, {depth} bits, {width}×{height}" + (", interlaced" if is_interlaced else "")
            palette = b""
            if color_type == 3:
                palette = plain_png.chunk(b"PLTE", bytes(numbers(3 << depth, 255, number + 50)))

            def file(extra=b""):
                return plain_png.write(width, height, color_type, depth, samples, is_interlaced, palette + extra)

            yield png_case(name, file())
            if color_type in (4, 6):
                yield png_case(name + " over 77", file(), 77)
                continue
            if color_type == 3:
                transparency = bytes(numbers(max(1, (1 << depth) - 1), 255, number + 90))
            else:
                transparency = struct.pack(f">{channels}H", *samples[:channels])
            extra = plain_png.chunk(b"tRNS", transparency)
            if not is_interlaced or depth in (4, 16):
                yield png_case(name + ", tRNS", file(extra))
            yield png_case(name + ", tRNS over 200", file(extra), 200)
    # What does not change the samples.
    extra = (plain_png.chunk(b"gAMA", struct.pack(">I", 220000)) + plain_png.chunk(b"bKGD", b"\0\1")
             + plain_png.chunk(b"tEXt", b"Title\0Nothing") + plain_png.chunk(b"zTXt", b"Note\0\0" + zlib.compress(b"x" * 999))
             + plain_png.chunk(b"pHYs", bytes(9)) + plain_png.chunk(b"npTc", b"of another program"))
    yield png_case("other chunks", plain_png.write(4, 3, 0, 8, numbers(12, 255, 3), extra=extra))
    yield png_case("bytes behind the end", plain_png.write(4, 3, 0, 8, numbers(12, 255, 3)) + b"more")


# MARK: JPEG

def photograph(width, height):
    y, x = numpy.mgrid[0:height, 0:width]
    channels = [128 + 90 * numpy.sin(x / 5) + 30 * numpy.cos(y / 3), 128 + 100 * numpy.cos((x + 2 * y) / 7), x * y * 3 % 256]
    return numpy.clip(numpy.stack(channels, -1), 0, 255).astype(numpy.uint8)


def saved(image, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def with_orientation(content, orientation, byte_order, before=0):
    """In an APP1 segment directly after the start, with entries of other tags before it."""
    entries = b"".join(struct.pack(byte_order + "HHII", 0x100 + i, 4, 1, 7) for i in range(before))
    entries += struct.pack(byte_order + "HHIHH", 0x112, 3, 1, orientation, 0)
    tiff = (b"II" if byte_order == "<" else b"MM") + struct.pack(byte_order + "HIH", 42, 8, before + 1) + entries + bytes(4)
    segment = b"Exif\0\0" + tiff
    return content[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + content[2:]


def jpeg_case(name, content, size=None, **options):
    image = Image.open(io.BytesIO(content))
    if size is not None:
        image.draft(None, size)
    image = ImageOps.exif_transpose(image)
    if image.mode != "L":
        image = image.convert("RGB")
    case = {"name": name, "file": text(content), "width": image.width, "height": image.height,
            "channels": len(image.getbands()), "samples": text(image.tobytes())}
    return case if size is None else case | {"size": list(size)}


def jpeg_cases():
    color = Image.fromarray(photograph(19, 13))
    for subsampling in (0, 1, 2):
        name = ["4:4:4", "4:2:2", "4:2:0"][subsampling]
        yield jpeg_case(name, saved(color, quality=85, subsampling=subsampling))
        yield jpeg_case(name + " progressive", saved(color, quality=70, subsampling=subsampling, progressive=True))
    yield jpeg_case("gray", saved(color.convert("L"), quality=80))
    yield jpeg_case("gray progressive", saved(color.convert("L"), quality=80, progressive=True, optimize=True))
    yield jpeg_case("RGB", saved(color, quality=80, keep_rgb=True))
    yield jpeg_case("restarts", saved(color, quality=80, restart_marker_blocks=1))
    yield jpeg_case("1×1", saved(Image.fromarray(photograph(1, 1)), quality=90))
    inks = Image.merge("CMYK", [*Image.fromarray(photograph(12, 9)).split(), Image.fromarray(photograph(9, 12)[:, :, 0].T)])
    yield jpeg_case("CMYK", saved(inks, quality=90))
    small = saved(Image.fromarray(photograph(7, 5)), quality=90)
    for orientation in range(1, 9):
        byte_order = "<>"[orientation % 2]
        yield jpeg_case(f"orientation {orientation}", with_orientation(small, orientation, byte_order, orientation % 3))
    for orientation in (0, 9, 300):
        yield jpeg_case(f"no orientation {orientation}", with_orientation(small, orientation, "<"))
    large = Image.fromarray(photograph(34, 27))
    for size in [(17, 13), (18, 13), (8, 6), (4, 3), (5, 3), (1, 1), (34, 27), (99, 99)]:
        yield jpeg_case(f"at least {size}", saved(large, quality=40), size)
    turned = with_orientation(saved(large.convert("L"), quality=60), 6, ">")
    image = Image.open(io.BytesIO(turned))
    image.draft(None, (17, 6))
    image = ImageOps.exif_transpose(image)
    # Of the upright image, whose width is the file's height.
    yield {"name": "turned, at least (6, 17)", "file": text(turned), "width": image.width, "height": image.height,
           "channels": 1, "samples": text(image.tobytes()), "size": [6, 17]}


# MARK: NPZ and gzip

def arrays():
    return {"weights": numpy.arange(12, dtype="<f4").reshape(3, 4) / 3, "labels": numpy.array([3, -1, 2], "<i4"),
            "doubles": numpy.array([[0.1], [-0.0]]), "number": numpy.array(7.5, "<f4"),
            "bytes": numpy.arange(300, dtype="u1") // 3, "empty": numpy.zeros((0, 4), "<f4"),
            "Größe": numpy.asfortranarray(numpy.arange(6, dtype=">i2").reshape(2, 3)), "flags": numpy.array([True, False])}


def npy(array):
    file = io.BytesIO()
    numpy.save(file, array)
    return file.getvalue()


class Pipe(io.RawIOBase):
    """What cannot be gone back in, so that sizes follow the data."""

    def __init__(self):
        self.content = b""

    def writable(self):
        return True

    def write(self, content):
        self.content += bytes(content)
        return len(content)


def npz_case(name, content, expected):
    with numpy.load(io.BytesIO(content)) as archive:
        for key, array in expected.items():
            found = archive[key]
            # Entries without the ending are bytes to NumPy.
            found = numpy.load(io.BytesIO(found)) if isinstance(found, bytes) else found
            assert numpy.array_equal(found, array) and found.dtype == array.dtype, (name, key)
    return {"name": name, "file": text(content),
            "arrays": [{"name": key, "npy": text(npy(array))} for key, array in expected.items()]}


def npz_cases():
    values = arrays()
    file = io.BytesIO()
    numpy.savez(file, **values)
    yield npz_case("numpy.savez", file.getvalue(), values)
    file = io.BytesIO()
    numpy.savez_compressed(file, **values)
    yield npz_case("numpy.savez_compressed", file.getvalue(), values)
    some = {"labels": values["labels"], "bytes": values["bytes"]}
    file = io.BytesIO()
    numpy.savez(file, values["labels"], values["bytes"])
    yield npz_case("numbered", file.getvalue(), {"arr_0": values["labels"], "arr_1": values["bytes"]})
    file = io.BytesIO()
    numpy.savez(file)
    yield npz_case("no arrays", file.getvalue(), {})
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        pipe = Pipe()
        with zipfile.ZipFile(pipe, "w", method) as archive:
            for key, array in some.items():
                archive.writestr(key + ".npy", npy(array))
        yield npz_case(f"sizes behind the data, method {method}", pipe.content, some)
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", method) as archive:
            archive.comment = b"a comment of the archive" + bytes(30)
            archive.mkdir("folder")
            for key, array in some.items():
                entry = zipfile.ZipInfo("folder/" + key)
                entry.comment = b"of the entry"
                entry.compress_type = method
                archive.writestr(entry, npy(array))
        yield npz_case(f"comments, folders, no endings, method {method}", file.getvalue(),
                       {"folder/" + key: array for key, array in some.items()})


def gzip_cases():
    content = bytes(i * i // 7 % 251 for i in range(700))
    plain = gzip.compress(content, 9, mtime=0)
    named = io.BytesIO()
    with gzip.GzipFile("a name", "wb", 6, named, mtime=5) as file:
        file.write(content)
    # A header with every field: text, header check, extra field, name, comment (RFC 1952, section 2.3).
    header = b"\x1f\x8b\x08\x1f" + bytes(6) + b"\3\0abc" + b"name\0" + b"comment\0"
    header += struct.pack("<H", zlib.crc32(header) & 0xffff)
    full = header + plain[10:]
    for name, file, expected in [
            ("plain", plain, content), ("stored", gzip.compress(content, 0, mtime=0), content),
            ("named", named.getvalue(), content), ("all fields", full, content),
            ("empty", gzip.compress(b"", mtime=0), b""),
            ("members", plain + gzip.compress(b"", mtime=0) + full, 2 * content)]:
        assert gzip.decompress(file) == expected
        yield {"name": name, "file": text(file), "content": text(expected)}


def check_written():
    """What UnloopFormats writes, stored, as the test `writtenArchivesAreTheSame` makes it."""
    path = FOLDER / "written.npz"
    if not path.exists():
        return
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
    expected = {"a": numpy.array([[1, 2, 3], [4, 5, 6]], "<f4"), "Größe": numpy.array([-7, 8], "<i4"),
                "number": numpy.array(0.5), "empty": numpy.zeros((0, 3), "<f4")}
    with numpy.load(path) as archive:
        assert archive.files == list(expected)
        for key, array in expected.items():
            assert numpy.array_equal(archive[key], array) and archive[key].dtype == array.dtype, key


check_written()
(FOLDER / "images.json").write_text(f"{{\"png\":{lines(png_cases())},\"jpeg\":{lines(jpeg_cases())}}}\n")
(FOLDER / "archives.json").write_text(f"{{\"npz\":{lines(npz_cases())},\"gzip\":{lines(gzip_cases())}}}\n")
