#!/usr/bin/env python3
"""Writes network.json: layers, losses and the paths of optimizers, as PyTorch computes them in float64.

Made with PyTorch 2.15.0 and NumPy 2.4.6; the seed is fixed, so running it again with the same versions writes the same
file. Losses of whole examples are summed over an example's outputs and averaged over examples; `mean…` losses and
Huber's are averaged over everything.
"""
import pathlib
import sys

import torch
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "TensorTests" / "Golden"))
from golden import Golden

golden = Golden(seed=40)


def layers():
    for shape in [(3, 5), (2, 3, 4), (1, 2, 2, 7)]:
        channels = shape[-1]
        golden.add(
            f"layerNorm {list(shape)}", "layerNorm",
            lambda x, scale, shift: F.layer_norm(x, (channels,), scale, shift, eps=1e-5),
            [golden.reals(*shape), golden.reals(channels, low=0.5, high=2), golden.reals(channels)],
            {"epsilon": 1e-5})

    def batch_norm(x, scale, shift, mean, variance, training):
        rows = x.reshape(-1, x.shape[-1])
        mean, variance = mean.detach().clone(), variance.detach().clone()
        result = F.batch_norm(rows, mean, variance, scale, shift, training=training, momentum=0.1, eps=1e-5)
        return result.reshape(x.shape), mean, variance

    for shape in [(5, 3), (2, 3, 3, 2), (4, 2, 5)]:
        channels = shape[-1]
        x = golden.reals(*shape)
        scale, shift = golden.reals(channels, low=0.5, high=2), golden.reals(channels)
        mean, variance = golden.reals(channels), golden.reals(channels, low=0.5, high=2)
        attributes = {"epsilon": 1e-5, "momentum": 0.9}
        golden.add(
            f"batchNorm, training, {list(shape)}", "batchNormTraining",
            lambda x, scale, shift: batch_norm(x, scale, shift, mean, variance, True)[0], [x, scale, shift],
            attributes | {"runningMean": mean.tolist(), "runningVariance": variance.tolist()})
        golden.add(
            f"batchNorm, running averages, {list(shape)}", "batchNormAverages",
            lambda x, mean, variance: batch_norm(
                x, torch.ones(channels), torch.zeros(channels), mean, variance, True)[1:],
            [x, mean, variance], attributes, differentiable=False)
        golden.add(
            f"batchNorm, after training, {list(shape)}", "batchNormInference",
            lambda x, scale, shift: batch_norm(x, scale, shift, mean, variance, False)[0], [x, scale, shift],
            attributes | {"runningMean": mean.tolist(), "runningVariance": variance.tolist()})

    for rows, width, shape in [(7, 3, (4,)), (5, 4, (2, 3)), (3, 1, (6,))]:
        golden.add(
            f"embedding {rows}x{width} at {list(shape)}", "embedding", lambda table, i: F.embedding(i, table),
            [golden.reals(rows, width), golden.integers(0, rows, *shape)])

    activations = {
        "identity": lambda x: x, "relu": F.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "gelu": F.gelu,
        "softplus": F.softplus, "silu": F.silu, "mish": F.mish, "selu": F.selu, "softsign": F.softsign,
        "softmax": lambda x: torch.softmax(x, -1), "logSoftmax": lambda x: torch.log_softmax(x, -1),
    }
    for name, function in activations.items():
        golden.add(
            f"dense, {name}", "dense", lambda x, w, b: function(x @ w + b),
            [golden.reals(3, 4, low=-1, high=1), golden.reals(4, 5, low=-1, high=1), golden.reals(5)],
            {"activation": name})
    golden.add(
        "dense without bias", "dense", lambda x, w: x @ w, [golden.reals(2, 3), golden.reals(3, 2)],
        {"activation": "identity"})


def losses():
    def rows(x):
        return x.shape[0]

    elementwise = {
        "halfSquaredError": lambda p, t: 0.5 * F.mse_loss(p, t, reduction="sum") / rows(p),
        "squaredError": lambda p, t: F.mse_loss(p, t, reduction="sum") / rows(p),
        "absoluteError": lambda p, t: F.l1_loss(p, t, reduction="sum") / rows(p),
        "meanSquaredError": F.mse_loss,
        "meanAbsoluteError": F.l1_loss,
    }
    for name, function in elementwise.items():
        for shape in [(4, 1), (3, 5), (2, 3, 2)]:
            golden.add(
                f"{name} {list(shape)}", "loss", function, [golden.distinct(*shape), golden.distinct(*shape) + 2**-8],
                {"loss": name})
    for delta in [1.0, 0.5]:
        golden.add(
            f"huber {delta}", "loss", lambda p, t: F.huber_loss(p, t, delta=delta),
            [golden.reals(4, 3), golden.reals(4, 3)], {"loss": "huber", "delta": delta})
    for shape in [(5, 1), (3, 4)]:
        target = golden.integers(0, 2, *shape).double()
        soft = golden.reals(*shape, low=0, high=1)
        for kind, y in {"hard": target, "soft": soft}.items():
            golden.add(
                f"binaryCrossEntropy {list(shape)} {kind}", "lossOfPrediction",
                lambda p: F.binary_cross_entropy(p, y, reduction="sum") / rows(p),
                [golden.reals(*shape, low=0.05, high=0.95)],
                {"loss": "binaryCrossEntropy", "target": y.flatten().tolist(), "targetShape": list(shape)})
            golden.add(
                f"sigmoidCrossEntropy {list(shape)} {kind}", "lossOfPrediction",
                lambda z: F.binary_cross_entropy_with_logits(z, y, reduction="sum") / rows(z),
                [golden.reals(*shape, low=-6, high=6)],
                {"loss": "sigmoidCrossEntropy", "target": y.flatten().tolist(), "targetShape": list(shape)})
    for shape in [(4, 3), (2, 7), (1, 10)]:
        classes = golden.integers(0, shape[1], shape[0])
        soft = torch.softmax(golden.reals(*shape), -1).float().double()
        logits = golden.reals(*shape, low=-6, high=6)
        probabilities = torch.softmax(golden.reals(*shape), -1).float().double()
        golden.add(
            f"softmaxCrossEntropy {list(shape)} classes", "lossOfClasses", lambda z, i: F.cross_entropy(z, i),
            [logits, classes], {"loss": "softmaxCrossEntropy"})
        golden.add(
            f"categoricalCrossEntropy {list(shape)} classes", "lossOfClasses",
            lambda p, i: F.nll_loss(torch.log(p), i), [probabilities, classes], {"loss": "categoricalCrossEntropy"})
        golden.add(
            f"softmaxCrossEntropy {list(shape)} probabilities", "lossOfPrediction",
            lambda z: F.cross_entropy(z, soft), [logits],
            {"loss": "softmaxCrossEntropy", "target": soft.flatten().tolist(), "targetShape": list(shape)})
        golden.add(
            f"categoricalCrossEntropy {list(shape)} probabilities", "lossOfPrediction",
            lambda p: -(soft * torch.log(p)).sum() / rows(p), [probabilities],
            {"loss": "categoricalCrossEntropy", "target": soft.flatten().tolist(), "targetShape": list(shape)})


def optimizers():
    steps, count = 6, 5
    makers = {
        "sgd": [(lambda p: torch.optim.SGD(p, lr=0.125), {"rate": 0.125})],
        "momentum": [
            (lambda p: torch.optim.SGD(p, lr=0.0625, momentum=0.9), {"rate": 0.0625, "momentum": 0.9}),
            (lambda p: torch.optim.SGD(p, lr=0.125, momentum=0.5), {"rate": 0.125, "momentum": 0.5}),
        ],
        "nesterov": [
            (
                lambda p: torch.optim.SGD(p, lr=0.0625, momentum=0.9, nesterov=True),
                {"rate": 0.0625, "momentum": 0.9}),
        ],
        "rmsProp": [
            (lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-8), {"rate": 0.01, "decay": 0.9, "epsilon": 1e-8}),
            (lambda p: torch.optim.RMSprop(p, lr=0.03, alpha=0.5, eps=1e-3), {"rate": 0.03, "decay": 0.5, "epsilon": 1e-3}),
        ],
        "adam": [
            (
                lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.9, 0.999), eps=1e-8),
                {"rate": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}),
            (
                lambda p: torch.optim.Adam(p, lr=0.1, betas=(0.5, 0.9), eps=1e-4),
                {"rate": 0.1, "beta1": 0.5, "beta2": 0.9, "epsilon": 1e-4}),
        ],
        "adamW": [
            (
                lambda p: torch.optim.AdamW(p, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1),
                {"rate": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.1}),
        ],
    }
    for name, variants in makers.items():
        for number, (make, attributes) in enumerate(variants):
            start, gradients = golden.reals(count), golden.reals(steps, count, low=-1, high=1)

            def path(start, gradients):
                parameter = torch.nn.Parameter(start.clone())
                optimizer = make([parameter])
                points = []
                for gradient in gradients:
                    parameter.grad = gradient.clone()
                    optimizer.step()
                    points.append(parameter.detach().clone())
                return torch.stack(points)

            golden.add(
                f"{name} {number}", "optimizer", path, [start, gradients], {"optimizer": name} | attributes,
                differentiable=False)


layers()
losses()
optimizers()
golden.write(pathlib.Path(__file__).with_name("network.json"))
