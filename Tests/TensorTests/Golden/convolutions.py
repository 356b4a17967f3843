#!/usr/bin/env python3
"""Writes convolutions.json: convolutions in one, two and three dimensions, their transposes, and pooling, as PyTorch computes
them in float64.

Made with PyTorch 2.15.0 and NumPy 2.4.6; the seed is fixed, so running it again with the same versions writes the same
file. Positions come before channels, filters are [sizes…, in / groups, out], and those of transposed convolutions [sizes…, out /
groups, in]; the conversions to PyTorch's layouts are here.
"""
import pathlib

import torch
import torch.nn.functional as F

from golden import Golden

golden = Golden(seed=41)
CONVOLUTIONS = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


def first(x):
    """Channels to PyTorch's place."""
    return torch.movedim(x, -1, 1)


def last(x):
    return torch.movedim(x, 1, -1)


def weight(filter):
    """[sizes…, a, b] to [b, a, sizes…]."""
    rank = filter.dim() - 2
    return filter.permute(rank + 1, rank, *range(rank)).contiguous()


def pads(amounts):
    """[(before, after), …] from the first axis on, in the order of F.pad."""
    return [amount for pair in reversed(amounts) for amount in pair]


def same(sizes, kernel, stride, dilation):
    result = []
    for size, window, step, gap in zip(sizes, kernel, stride, dilation):
        positions = -(-size // step)
        total = max(0, (positions - 1) * step + gap * (window - 1) + 1 - size)
        result.append((total // 2, total - total // 2))
    return result


def convolutions():
    both = lambda *amounts: [(a, a) for a in amounts]
    cases = [
        # batch, sizes, channels, kernel, outputs, stride, padding, dilation, groups, bias
        (1, (5,), 1, (2,), 1, (1,), both(0), (1,), 1, False),
        (2, (7,), 3, (3,), 4, (1,), both(1), (1,), 1, True),
        (1, (9,), 2, (4,), 3, (2,), both(0), (1,), 1, True),
        (2, (8,), 4, (3,), 6, (1,), [(4, 0)], (2,), 2, True),
        (1, (11,), 3, (3,), 3, (3,), [(2, 1)], (2,), 3, False),
        (1, (6,), 2, (6,), 2, (1,), both(0), (1,), 1, True),
        (3, (4,), 5, (1,), 2, (1,), both(0), (1,), 1, True),
        (1, (10,), 1, (3,), 2, (1,), "same", (1,), 1, True),
        (1, (10,), 2, (4,), 2, (3,), "same", (1,), 1, False),
        (1, (9,), 2, (2,), 2, (2,), "same", (3,), 1, True),
        (2, (6,), 2, (3,), 3, (1,), "causal", (1,), 1, True),
        (1, (9,), 2, (3,), 2, (2,), "causal", (2,), 2, True),
        (1, (5, 6), 2, (3, 3), 2, (1, 1), both(1, 1), (1, 1), 1, True),
        (2, (7, 5), 3, (2, 3), 3, (2, 2), "same", (1, 1), 3, True),
        (1, (8, 7), 4, (3, 2), 4, (1, 2), "same", (2, 3), 2, True),
        (1, (9, 4), 1, (5, 1), 2, (3, 1), [(0, 2), (1, 0)], (1, 2), 1, True),
        (1, (3, 4, 5), 1, (2, 2, 2), 1, (1, 1, 1), both(0, 0, 0), (1, 1, 1), 1, False),
        (2, (3, 4, 3), 2, (3, 3, 3), 3, (1, 1, 1), both(1, 1, 1), (1, 1, 1), 1, True),
        (1, (5, 6, 5), 2, (3, 2, 1), 2, (2, 1, 2), both(0, 0, 0), (1, 1, 1), 1, True),
        (1, (5, 4, 5), 4, (2, 3, 2), 4, (1, 2, 1), [(1, 0), (1, 1), (0, 2)], (2, 1, 2), 2, True),
        (1, (4, 3, 3), 3, (2, 2, 2), 6, (1, 1, 1), both(0, 0, 0), (1, 1, 1), 3, True),
        (1, (3, 3, 3), 2, (1, 1, 1), 3, (1, 1, 1), both(0, 0, 0), (1, 1, 1), 1, True),
        (2, (2, 3, 4), 2, (2, 3, 4), 2, (1, 1, 1), both(0, 0, 0), (1, 1, 1), 1, True),
        (1, (4, 3, 5), 1, (3, 3, 3), 2, (1, 1, 1), "same", (1, 1, 1), 1, True),
        (1, (5, 4, 3), 2, (2, 2, 2), 2, (3, 2, 1), "same", (1, 1, 1), 2, False),
        (1, (6, 3, 4), 1, (3, 2, 2), 1, (2, 1, 1), "same", (2, 1, 2), 1, True),
    ]
    for batch, sizes, channels, kernel, outputs, stride, padding, dilation, groups, bias in cases:
        amounts = padding
        if padding == "same":
            amounts = same(sizes, kernel, stride, dilation)
        elif padding == "causal":
            amounts = [(dilation[0] * (kernel[0] - 1), 0)]

        def convolve(x, filter, *bias):
            return last(
                CONVOLUTIONS[len(sizes)](
                    F.pad(first(x), pads(amounts)), weight(filter), *bias, stride=stride, dilation=dilation,
                    groups=groups))

        given = padding if isinstance(padding, str) else [a for pair in padding for a in pair]
        inputs = [golden.reals(batch, *sizes, channels), golden.reals(*kernel, channels // groups, outputs)]
        golden.add(
            f"convolution {batch} of {list(sizes)}x{channels} by {list(kernel)}x{outputs} {list(stride)} {given} "
            f"{list(dilation)} {groups}", f"convolution{len(sizes)}D", convolve,
            inputs + ([golden.reals(outputs)] if bias else []),
            {"stride": list(stride), "padding": given, "dilation": list(dilation), "groups": groups})


def transposed():
    for batch, sizes, channels, kernel, outputs, stride, padding, extra, dilation, groups, bias in [
        (1, (4,), 1, (3,), 1, (1,), (0,), (0,), (1,), 1, False),
        (2, (5,), 3, (3,), 2, (2,), (1,), (1,), (1,), 1, True),
        (1, (3,), 2, (4,), 4, (3,), (2,), (2,), (2,), 2, True),
        (1, (6,), 3, (2,), 3, (2,), (0,), (0,), (1,), 3, True),
        (1, (1,), 2, (5,), 2, (4,), (0,), (3,), (1,), 1, True),
        (1, (3, 4), 1, (2, 2), 1, (1, 1), (0, 0), (0, 0), (1, 1), 1, False),
        (2, (3, 4), 3, (3, 3), 2, (1, 1), (1, 1), (0, 0), (1, 1), 1, True),
        (1, (4, 3), 2, (3, 3), 3, (2, 2), (1, 1), (1, 1), (1, 1), 1, True),
        (1, (3, 5), 2, (2, 4), 2, (2, 3), (0, 1), (1, 2), (1, 1), 1, True),
        (1, (4, 3), 4, (3, 2), 6, (1, 2), (2, 0), (0, 1), (2, 1), 2, True),
        (1, (3, 3), 3, (3, 3), 3, (2, 2), (1, 0), (0, 1), (1, 2), 3, True),
        (2, (2, 2), 5, (1, 1), 4, (1, 1), (0, 0), (0, 0), (1, 1), 1, True),
        (1, (2, 3), 1, (1, 2), 2, (3, 4), (0, 0), (2, 1), (1, 1), 1, False),
        (1, (1, 1), 3, (4, 4), 2, (2, 2), (1, 1), (0, 0), (1, 1), 1, True),
        (1, (2, 3, 2), 1, (2, 2, 2), 1, (1, 1, 1), (0, 0, 0), (0, 0, 0), (1, 1, 1), 1, False),
        (2, (3, 2, 3), 2, (3, 3, 3), 3, (2, 2, 2), (1, 1, 1), (1, 1, 1), (1, 1, 1), 1, True),
        (1, (3, 2, 2), 4, (2, 3, 1), 2, (3, 1, 2), (0, 1, 0), (2, 0, 1), (1, 1, 1), 2, True),
        (1, (2, 3, 2), 2, (3, 2, 2), 2, (1, 2, 1), (2, 0, 1), (0, 1, 0), (2, 1, 2), 1, True),
        (1, (1, 2, 1), 3, (1, 1, 1), 3, (2, 1, 1), (0, 0, 0), (1, 0, 0), (1, 1, 1), 3, False),
    ]:
        def convolve(x, filter, *bias):
            return last(
                TRANSPOSED[len(sizes)](
                    first(x), weight(filter), *bias, stride=stride, padding=padding, output_padding=extra,
                    groups=groups, dilation=dilation))

        inputs = [golden.reals(batch, *sizes, channels), golden.reals(*kernel, outputs // groups, channels)]
        golden.add(
            f"transposed {batch} of {list(sizes)}x{channels} by {list(kernel)}x{outputs} {list(stride)} {list(padding)} "
            f"{list(extra)} {list(dilation)} {groups}", f"transposedConvolution{len(sizes)}D", convolve,
            inputs + ([golden.reals(outputs)] if bias else []),
            {
                "stride": list(stride), "padding": [a for p in padding for a in (p, p)], "outputPadding": list(extra),
                "dilation": list(dilation), "groups": groups})


def pooling():
    maxima = {1: F.max_pool1d, 3: F.max_pool3d}

    def average(x, window, stride, padding):
        if len(window) == 1:
            return F.avg_pool1d(x, window, stride, padding, count_include_pad=False)
        return F.avg_pool3d(x, window, stride, padding, count_include_pad=False)

    for batch, sizes, channels, window, stride, padding in [
        (1, (6,), 1, (2,), (2,), (0,)), (2, (7,), 3, (3,), (1,), (1,)), (1, (9,), 2, (4,), (3,), (2,)),
        (1, (5,), 2, (5,), (1,), (0,)),
        (1, (4, 4, 4), 1, (2, 2, 2), (2, 2, 2), (0, 0, 0)), (2, (3, 4, 5), 2, (2, 3, 2), (1, 1, 2), (1, 1, 0)),
        (1, (5, 4, 3), 2, (3, 2, 3), (2, 1, 1), (1, 0, 1)), (1, (2, 3, 3), 3, (2, 3, 3), (1, 1, 1), (0, 0, 0)),
    ]:
        attributes = {
            "window": list(window), "stride": list(stride), "padding": [a for p in padding for a in (p, p)]}
        text = f"{batch} of {list(sizes)}x{channels} {list(window)} {list(stride)} {list(padding)}"
        rank = len(sizes)
        golden.add(
            f"maxPool {text}", f"maxPool{rank}D",
            lambda x: last(maxima[rank](first(x), window, stride, padding)),
            [golden.distinct(batch, *sizes, channels)], attributes)
        golden.add(
            f"averagePool {text}", f"averagePool{rank}D", lambda x: last(average(first(x), window, stride, padding)),
            [golden.reals(batch, *sizes, channels)], attributes)

    adaptive = {
        "Max": {1: F.adaptive_max_pool1d, 2: F.adaptive_max_pool2d, 3: F.adaptive_max_pool3d},
        "Average": {1: F.adaptive_avg_pool1d, 2: F.adaptive_avg_pool2d, 3: F.adaptive_avg_pool3d},
    }
    for batch, sizes, channels, target in [
        (1, (7,), 2, (3,)), (2, (6,), 1, (2,)), (1, (3,), 2, (5,)), (1, (5,), 1, (1,)),
        (1, (6, 4), 2, (3, 2)), (2, (7, 5), 2, (3, 2)), (1, (5, 6), 1, (4, 3)), (1, (2, 7), 3, (3, 7)),
        (1, (4, 5), 2, (1, 1)),
        (1, (4, 6, 5), 1, (2, 3, 5)), (2, (5, 4, 3), 2, (2, 3, 2)), (1, (2, 3, 3), 2, (3, 1, 2)),
    ]:
        rank = len(sizes)
        text = f"{batch} of {list(sizes)}x{channels} to {list(target)}"
        # PyTorch wants a number, not a tuple, for one dimension.
        size = target if rank > 1 else target[0]
        for kind, inputs in {"Max": golden.distinct, "Average": golden.reals}.items():
            golden.add(
                f"adaptive{kind} {text}", f"adaptive{kind}Pool{rank}D",
                lambda x: last(adaptive[kind][rank](first(x), size)), [inputs(batch, *sizes, channels)],
                {"size": list(target)})

    for shape in [(2, 5, 3), (1, 3, 4, 2), (2, 2, 3, 2, 3)]:
        positions = tuple(range(1, len(shape) - 1))
        golden.add(
            f"globalMaxPool {list(shape)}", "globalMaxPool", lambda x: x.amax(positions), [golden.distinct(*shape)])
        golden.add(
            f"globalAveragePool {list(shape)}", "globalAveragePool", lambda x: x.mean(positions),
            [golden.reals(*shape)])

    for image, window, stride in [((1, 4, 4, 1), (2, 2), (2, 2)), ((2, 5, 6, 3), (3, 2), (1, 2))]:
        golden.add(
            f"L2 pooling {list(image)} {list(window)} {list(stride)}", "l2Pool2D",
            lambda x: last(F.lp_pool2d(first(x), 2, window, stride)), [golden.reals(*image)],
            {"window": list(window), "stride": list(stride)})
        golden.add(
            f"minimum pooling {list(image)} {list(window)} {list(stride)}", "minPool2D",
            lambda x: last(-F.max_pool2d(-first(x), window, stride)), [golden.distinct(*image)],
            {"window": list(window), "stride": list(stride)})


convolutions()
transposed()
pooling()
golden.write(pathlib.Path(__file__).with_name("convolutions.json"))
