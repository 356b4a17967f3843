"""PNG files written and read by the rules of the standard alone (W3C Recommendation, Portable Network Graphics, second edition), in
integers, so that neither libpng nor PIL has a part in the values that tests expect."""
import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Samples a pixel, by color type.
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# First column and row, and distances of columns and rows, of the seven passes of Adam7.
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def paeth(a, b, c):
    p = a + b - c
    return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]


def predicted(kind, row, before, position, width):
    """What a filter subtracts from a byte; `width` is the distance to the byte left of it."""
    left = row[position - width] if position >= width else 0
    corner = before[position - width] if position >= width else 0
    return [0, left, before[position], (left + before[position]) // 2, paeth(left, before[position], corner)][kind]


def packed(samples, depth):
    if depth == 16:
        return b"".join(struct.pack(">H", sample) for sample in samples)
    if depth == 8:
        return bytes(samples)
    number = 8 // depth
    samples = samples + [0] * (-len(samples) % number)
    return bytes(sum(samples[i + k] << (8 - depth * (k + 1)) for k in range(number))
                 for i in range(0, len(samples), number))


def unpacked(row, depth, count):
    if depth == 16:
        return list(struct.unpack(f">{count}H", row))
    if depth == 8:
        return list(row)
    return [row[i * depth // 8] >> (8 - depth - i * depth % 8) & (1 << depth) - 1 for i in range(count)]


def passes(width, height, is_interlaced):
    for x, y, dx, dy in PASSES if is_interlaced else [(0, 0, 1, 1)]:
        columns, rows = range(x, width, dx), range(y, height, dy)
        if columns and rows:
            yield columns, rows


def write(width, height, color_type, depth, samples, is_interlaced=False, extra=b"", level=9):
    """Every filter in turn; `samples` row by row, `extra` before the pixels."""
    channels = CHANNELS[color_type]
    distance = max(1, channels * depth // 8)
    stream = b""
    number = 0
    for columns, rows in passes(width, height, is_interlaced):
        before = None
        for y in rows:
            row = packed([samples[(y * width + x) * channels + c] for x in columns for c in range(channels)], depth)
            before = before or bytes(len(row))
            kind = number % 5
            number += 1
            stream += bytes([kind]) + bytes(
                (row[i] - predicted(kind, row, before, i, distance)) % 256 for i in range(len(row)))
            before = row
    header = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, int(is_interlaced))
    data = zlib.compress(stream, level)
    # In two chunks.
    middle = len(data) // 2
    return (SIGNATURE + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data[:middle]) + chunk(b"IDAT", data[middle:])
            + chunk(b"IEND", b""))


def read(content):
    """Width, height, channels without an alpha, samples of 8 bits, and alphas of 8 bits or None."""
    assert content.startswith(SIGNATURE)
    position, data, chunks = 8, b"", {}
    # What follows the last chunk is no part of the image.
    while b"IEND" not in chunks:
        length, kind = struct.unpack(">I4s", content[position:position + 8])
        body = content[position + 8:position + 8 + length]
        chunks[kind] = body
        if kind == b"IDAT":
            data += body
        position += 12 + length
    width, height, depth, color_type, _, _, interlace = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    channels = CHANNELS[color_type]
    distance = max(1, channels * depth // 8)
    stream = zlib.decompress(data)
    values = [0] * (width * height * channels)
    position = 0
    for columns, rows in passes(width, height, interlace == 1):
        length = (len(columns) * channels * depth + 7) // 8
        before = bytes(length)
        for y in rows:
            kind, filtered = stream[position], stream[position + 1:position + 1 + length]
            position += 1 + length
            row = bytearray(length)
            for i in range(length):
                row[i] = (filtered[i] + predicted(kind, row, before, i, distance)) % 256
            before = bytes(row)
            line = unpacked(before, depth, len(columns) * channels)
            for number, x in enumerate(columns):
                for c in range(channels):
                    values[(y * width + x) * channels + c] = line[number * channels + c]
    assert position == len(stream)
    return interpreted(width, height, color_type, depth, values, chunks)


def interpreted(width, height, color_type, depth, values, chunks):
    largest = (1 << depth) - 1
    transparency = chunks.get(b"tRNS")

    def narrow(value):
        # For 8 bits and less that is exact, for 16 the nearest.
        return (value * 255 + largest // 2) // largest

    if color_type == 3:
        palette = chunks[b"PLTE"]
        alphas = None
        if transparency is not None:
            alphas = [transparency[value] if value < len(transparency) else 255 for value in values]
        return width, height, 3, [palette[3 * value + c] for value in values for c in range(3)], alphas
    channels = CHANNELS[color_type]
    colors = channels if color_type in (0, 2) else channels - 1
    pixels = [values[i:i + channels] for i in range(0, len(values), channels)]
    alphas = None
    if colors < channels:
        alphas = [narrow(pixel[-1]) for pixel in pixels]
    elif transparency is not None:
        key = list(struct.unpack(f">{colors}H", transparency))
        alphas = [0 if pixel == key else 255 for pixel in pixels]
    return width, height, colors, [narrow(value) for pixel in pixels for value in pixel[:colors]], alphas


def over(samples, alphas, channels, background):
    """With a gray level behind transparent pixels."""
    if alphas is None:
        return samples
    return [(2 * (alphas[i // channels] * sample + (255 - alphas[i // channels]) * background) + 255) // 510
            for i, sample in enumerate(samples)]
