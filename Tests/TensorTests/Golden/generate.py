#!/usr/bin/env python3
"""Writes tensor.json: operations on tensors, their results and gradients, as PyTorch computes them in float64.

Made with PyTorch 2.15.0 and NumPy 2.4.6; the seed is fixed, so running it again with the same versions writes the same
file. Images and filters are stored channels last, [batch, height, width, channels] and
[height, width, in, out]; the conversions to PyTorch's layouts are here.
"""
import pathlib

import torch
import torch.nn.functional as F

from golden import Golden

golden = Golden(seed=20)


def unary():
    functions = {
        "negate": (torch.neg, -2, 2),
        "abs": (torch.abs, -2, 2),
        "exp": (torch.exp, -4, 4),
        "expm1": (torch.expm1, -2, 2),
        "log": (torch.log, 0.1, 6),
        "log1p": (torch.log1p, -0.9, 4),
        "sqrt": (torch.sqrt, 0.1, 6),
        "squared": (torch.square, -2, 2),
        "reciprocal": (torch.reciprocal, 0.3, 4),
        "sin": (torch.sin, -10, 10),
        "cos": (torch.cos, -10, 10),
        "tanh": (torch.tanh, -4, 4),
        "sigmoid": (torch.sigmoid, -8, 8),
        "erf": (torch.erf, -3, 3),
        "relu": (torch.relu, -2, 2),
        "softplus": (F.softplus, -8, 8),
        "silu": (F.silu, -6, 6),
        "gelu": (F.gelu, -4, 4),
        "elu": (F.elu, -4, 4),
        "sign": (torch.sign, -2, 2),
        "floor": (torch.floor, -4, 4),
        "ceil": (torch.ceil, -4, 4),
        "round": (torch.round, -4, 4),
    }
    for name, (function, low, high) in functions.items():
        for shape in [(9,), (3, 5)]:
            golden.add(f"{name} {list(shape)}", name, function, [golden.reals(*shape, low=low, high=high)])
    for slope in [0.01, 0.25]:
        golden.add(
            f"leakyRelu {slope}", "leakyRelu", lambda x: F.leaky_relu(x, slope), [golden.reals(11)], {"slope": slope})
    for low, high in [(-1.0, 0.7), (0.0, 6.0)]:
        golden.add(
            f"clamp {low} {high}", "clamp", lambda x: torch.clamp(x, low, high), [golden.reals(4, 5, low=-8, high=8)],
            {"low": low, "high": high})
    for exponent in [2.0, 3.0, -1.5, 0.5]:
        golden.add(
            f"power {exponent}", "powerOfNumber", lambda x: torch.pow(x, exponent), [golden.reals(7, low=0.2, high=3)],
            {"exponent": exponent})


def binary():
    functions = {
        "add": torch.add,
        "subtract": torch.sub,
        "multiply": torch.mul,
        "divide": torch.div,
        "power": torch.pow,
        "maximum": torch.maximum,
        "minimum": torch.minimum,
    }
    shapes = [
        ((6,), (6,)), ((2, 3), (3,)), ((2, 1), (1, 4)), ((3, 1, 2), (2, 1)), ((), (2, 3)), ((2, 3), (1, 1)),
        ((1, 2, 1, 3), (2, 1, 4, 1)),
    ]
    for name, function in functions.items():
        for a, b in shapes:
            x, y = golden.distinct(*a) / 7.0, golden.distinct(*b) / 7.0
            if name == "divide" or name == "power":
                x, y = golden.reals(*a, low=0.3, high=3), golden.reals(*b, low=0.3, high=3)
            # Sevenths are not exact in float32.
            x, y = x.float().double(), y.float().double() + (2.0**-12 if name in ("maximum", "minimum") else 0)
            golden.add(f"{name} {list(a)} {list(b)}", name, function, [x, y])
    for a, b in [((5,), (5,)), ((2, 3), (3,)), ((2, 1), (1, 4))]:
        golden.add(
            f"where positive {list(a)} {list(b)}", "selectFirstPositive", lambda x, y: torch.where(x > 0, x * y, y),
            [golden.distinct(*a) + 2.0**-10, golden.distinct(*b)])


def reductions():
    def product(x, axes, keep):
        for axis in sorted([a % x.dim() for a in axes], reverse=True):
            x = torch.prod(x, dim=axis, keepdim=keep)
        return x

    functions = {
        "sum": lambda x, axes, keep: torch.sum(x, dim=axes, keepdim=keep),
        "mean": lambda x, axes, keep: torch.mean(x, dim=axes, keepdim=keep),
        "product": product,
        "max": lambda x, axes, keep: torch.amax(x, dim=axes, keepdim=keep),
        "min": lambda x, axes, keep: torch.amin(x, dim=axes, keepdim=keep),
        "variance": lambda x, axes, keep: torch.var(x, dim=axes, keepdim=keep, correction=0),
    }
    for name, function in functions.items():
        for shape, axes, keep in [
            ((7,), (0,), False), ((3, 4), (0,), False), ((3, 4), (1,), True), ((3, 4), (0, 1), False),
            ((2, 3, 4), (0, 2), False), ((2, 3, 4), (1,), False), ((2, 3, 4), (-1,), True),
        ]:
            x = golden.distinct(*shape) if name in ("max", "min") else golden.reals(*shape, low=-1.5, high=1.5)
            golden.add(
                f"{name} of {list(shape)} over {list(axes)}{' kept' if keep else ''}", name,
                lambda x: function(x, axes, keep), [x], {"axes": list(axes), "keep": keep})
    for shape, axis in [((5,), 0), ((3, 4), 0), ((2, 3, 4), -1)]:
        golden.add(
            f"logSumExp of {list(shape)} over {axis}", "logSumExp", lambda x: torch.logsumexp(x, axis),
            [golden.reals(*shape, low=-6, high=6)], {"axis": axis})
    for name, function in {"argmax": torch.argmax, "argmin": torch.argmin}.items():
        for shape, axis in [((6,), 0), ((4, 5), 0), ((2, 3, 4), -1)]:
            golden.add(
                f"{name} of {list(shape)} over {axis}", name, lambda x: function(x, dim=axis),
                [golden.distinct(*shape)], {"axis": axis}, differentiable=False)
    for shape, axis in [((4,), 0), ((3, 5), 1), ((3, 5), 0), ((2, 3, 4), 1)]:
        golden.add(
            f"softmax of {list(shape)} over {axis}", "softmax", lambda x: torch.softmax(x, axis),
            [golden.reals(*shape, low=-4, high=4)], {"axis": axis})
        golden.add(
            f"logSoftmax of {list(shape)} over {axis}", "logSoftmax", lambda x: torch.log_softmax(x, axis),
            [golden.reals(*shape, low=-4, high=4)], {"axis": axis})
        for reverse in [False, True]:
            golden.add(
                f"cumulativeSum of {list(shape)} over {axis}{' reversed' if reverse else ''}", "cumulativeSum",
                lambda x: torch.flip(torch.cumsum(torch.flip(x, [axis]), axis), [axis])
                if reverse else torch.cumsum(x, axis),
                [golden.reals(*shape)], {"axis": axis, "reversed": reverse})


def products():
    for a, b in [
        ((1, 1), (1, 1)), ((2, 3), (3, 4)), ((5, 1), (1, 3)), ((1, 9), (9, 1)), ((4, 33), (33, 3)),
        ((2, 2, 3), (2, 3, 4)), ((3, 2, 3), (3, 2)), ((2, 3), (4, 3, 2)), ((2, 1, 2, 3), (3, 3, 2)),
    ]:
        golden.add(f"matmul {list(a)} {list(b)}", "matmul", torch.matmul, [golden.reals(*a), golden.reals(*b)])
    golden.add(
        "matmul transposed", "matmulTransposed", lambda a, b: torch.matmul(a.mT, b.mT),
        [golden.reals(2, 5, 3), golden.reals(2, 4, 5)])
    golden.add(
        "matmul, bias, tanh", "matmulBiasTanh", lambda a, b, c: torch.tanh(a @ b + c),
        [golden.reals(3, 4, low=-1, high=1), golden.reals(4, 5, low=-1, high=1), golden.reals(5)])
    for a, b in [((7,), (7,)), ((3, 4), (4,)), ((4,), (4, 3))]:
        golden.add(f"dot {list(a)} {list(b)}", "dot", torch.matmul, [golden.reals(*a), golden.reals(*b)])
    golden.add("outer", "outer", torch.outer, [golden.reals(3), golden.reals(4)])


def views():
    x = lambda *shape: golden.reals(*shape)
    golden.add("permute", "permute", lambda a: a.permute(2, 0, 1), [x(2, 3, 4)], {"axes": [2, 0, 1]})
    golden.add("reshape", "reshape", lambda a: a.reshape(4, 3), [x(2, 6)], {"shape": [4, 3]})
    golden.add("expand", "expand", lambda a: a.expand(3, 2, 4), [x(2, 1)], {"shape": [3, 2, 4]})
    golden.add("flip", "flip", lambda a: torch.flip(a, [0, 1]), [x(3, 4)], {"axes": [0, 1]})
    golden.add("slice rows", "sliceRows", lambda a: a[1:3], [x(4, 3)], {"range": [1, 3]})
    golden.add("every other column", "everyOtherColumn", lambda a: a[:, ::2], [x(3, 5)])
    golden.add(
        "pad", "pad", lambda a: F.pad(a, (2, 1, 1, 0), value=0.5), [x(2, 3)],
        {"before": [1, 2], "after": [0, 1], "value": 0.5})
    for axis in [0, 1, -1]:
        shapes = [[2, 3, 2], [2, 3, 2]]
        shapes[1][axis] += 2
        golden.add(
            f"concatenate along {axis}", "concatenate", lambda a, b: torch.cat([a, b], axis),
            [x(*shapes[0]), x(*shapes[1])], {"axis": axis})
        golden.add(
            f"stack along {axis}", "stack", lambda a, b: torch.stack([a, b], axis), [x(2, 3), x(2, 3)], {"axis": axis})
    for shape, axis, count in [((5, 3), 0, 7), ((3, 6), 1, 4), ((2, 4, 3), 1, 5), ((6,), 0, 6)]:
        golden.add(
            f"gather {count} of {list(shape)} along {axis}", "gather",
            lambda a, i: torch.index_select(a, axis, i), [x(*shape), golden.integers(0, shape[axis], count)],
            {"axis": axis})
        source = list(shape)
        source[axis] = count
        golden.add(
            f"scatterAdd {count} into {list(shape)} along {axis}", "scatterAdd",
            lambda a, i: torch.index_add(torch.zeros(shape), axis, i, a),
            [x(*source), golden.integers(0, shape[axis], count)], {"axis": axis, "size": shape[axis]})


def convolutions():
    def convolve(stride, padding, dilation, groups):
        top, bottom, left, right = padding

        def function(image, filter):
            channels_first = F.pad(image.permute(0, 3, 1, 2), (left, right, top, bottom))
            result = F.conv2d(
                channels_first, filter.permute(3, 2, 0, 1), stride=stride, dilation=dilation, groups=groups)
            return result.permute(0, 2, 3, 1)

        return function

    none, one = (0, 0, 0, 0), (1, 1, 1, 1)
    for image, kernel, outputs, stride, padding, dilation, groups in [
        ((1, 4, 4, 1), (2, 2), 1, (1, 1), none, (1, 1), 1),
        ((2, 5, 4, 3), (3, 3), 2, (1, 1), none, (1, 1), 1),
        ((1, 5, 5, 2), (3, 3), 3, (1, 1), one, (1, 1), 1),
        ((1, 6, 7, 2), (3, 2), 3, (2, 1), one, (1, 1), 1),
        ((1, 7, 7, 1), (3, 3), 2, (2, 2), one, (1, 1), 1),
        ((1, 8, 8, 1), (3, 3), 2, (3, 3), none, (1, 1), 1),
        ((1, 7, 6, 2), (3, 3), 2, (1, 1), (2, 2, 2, 2), (2, 2), 1),
        ((1, 7, 6, 2), (2, 3), 2, (2, 1), (0, 1, 2, 1), (2, 1), 1),
        ((1, 5, 5, 4), (3, 3), 4, (1, 1), one, (1, 1), 2),
        ((1, 5, 4, 3), (3, 3), 3, (1, 1), one, (1, 1), 3),
        ((1, 5, 4, 3), (2, 2), 6, (2, 2), (1, 0, 1, 0), (1, 1), 3),
        ((2, 3, 3, 5), (1, 1), 4, (1, 1), none, (1, 1), 1),
        ((1, 4, 4, 3), (1, 1), 2, (2, 2), none, (1, 1), 1),
        ((1, 6, 5, 1), (5, 5), 2, (1, 1), (2, 2, 2, 2), (1, 1), 1),
        ((1, 1, 12, 2), (1, 5), 3, (1, 2), (0, 0, 2, 2), (1, 1), 1),
        ((3, 4, 4, 2), (4, 4), 3, (1, 1), none, (1, 1), 1),
        ((2, 6, 6, 4), (3, 3), 8, (2, 2), one, (1, 1), 4),
        ((1, 9, 9, 1), (3, 3), 1, (2, 3), (1, 0, 0, 1), (2, 3), 1),
    ]:
        attributes = {
            "stride": list(stride), "padding": list(padding), "dilation": list(dilation), "groups": groups}
        golden.add(
            f"convolution {list(image)} by {list(kernel)}x{outputs} {list(stride)} {list(padding)} {list(dilation)} "
            f"{groups}",
            "convolution2D", convolve(stride, padding, dilation, groups),
            [golden.reals(*image), golden.reals(*kernel, image[3] // groups, outputs)], attributes)

    def same(image, filter):
        # An odd remainder goes to the bottom and the right, in PyTorch's padding="same" as well.
        vertical, horizontal = filter.shape[0] - 1, filter.shape[1] - 1
        padding = (horizontal // 2, horizontal - horizontal // 2, vertical // 2, vertical - vertical // 2)
        result = F.conv2d(F.pad(image.permute(0, 3, 1, 2), padding), filter.permute(3, 2, 0, 1))
        return result.permute(0, 2, 3, 1)

    for image, kernel in [((1, 5, 4, 2), (3, 3)), ((1, 4, 5, 1), (2, 4))]:
        golden.add(
            f"convolution, same, {list(image)} by {list(kernel)}", "convolution2DSame", same,
            [golden.reals(*image), golden.reals(*kernel, image[3], 2)])


def pooling():
    for image, window, stride, padding in [
        ((1, 4, 4, 1), (2, 2), (2, 2), (0, 0)), ((2, 6, 5, 3), (2, 2), (2, 2), (0, 0)),
        ((1, 6, 6, 2), (3, 3), (1, 1), (1, 1)), ((1, 7, 6, 2), (3, 2), (2, 1), (1, 0)),
        ((1, 5, 8, 1), (2, 3), (1, 3), (0, 1)), ((2, 4, 3, 4), (4, 3), (4, 3), (0, 0)),
    ]:
        attributes = {"window": list(window), "stride": list(stride), "padding": list(padding)}
        text = f"{list(image)} {list(window)} {list(stride)} {list(padding)}"
        golden.add(
            f"maxPool2D {text}", "maxPool2D",
            lambda x: F.max_pool2d(x.permute(0, 3, 1, 2), window, stride, padding).permute(0, 2, 3, 1),
            [golden.distinct(*image)], attributes)
        golden.add(
            f"averagePool2D {text}", "averagePool2D",
            lambda x: F.avg_pool2d(
                x.permute(0, 3, 1, 2), window, stride, padding, count_include_pad=False).permute(0, 2, 3, 1),
            [golden.reals(*image)], attributes)


unary()
binary()
reductions()
products()
views()
convolutions()
pooling()
golden.write(pathlib.Path(__file__).with_name("tensor.json"))
