#!/usr/bin/env python3
"""Writes minima.json: regularized logistic regressions and where SciPy finds their minima in float64.

Made with SciPy 1.17.1, PyTorch 2.15.0 and NumPy 2.4.6; the seed is fixed, so running it again with the same versions writes the same
file. The loss is the mean over the examples of log(1 + exp(z)) - y z, z = x·w + b, plus l2/2 Σw².
"""
import pathlib
import sys

import numpy
import scipy.optimize
import scipy.special
import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "TensorTests" / "Golden"))
from golden import Golden

golden = Golden(seed=41)


def logistic(x, y, l2):
    x, y = x.numpy(), y.numpy()

    def loss(parameters):
        w, b = parameters[:-1], parameters[-1]
        z = x @ w + b
        residual = scipy.special.expit(z) - y
        value = numpy.mean(numpy.logaddexp(0, z) - y * z) + 0.5 * l2 * numpy.sum(w * w)
        return value, numpy.append(x.T @ residual / len(y) + l2 * w, numpy.mean(residual))

    found = scipy.optimize.minimize(
        loss, numpy.zeros(x.shape[1] + 1), jac=True, method="BFGS", options={"gtol": 1e-12, "maxiter": 10000})
    # The root of the gradient is found more precisely than the minimum of the value.
    polished = scipy.optimize.root(lambda p: loss(p)[1], found.x, tol=1e-15).x
    assert numpy.abs(loss(polished)[1]).max() < 1e-14
    assert numpy.abs(polished - found.x).max() < 1e-6
    return torch.tensor(polished[:-1]), torch.tensor(polished[-1:]), torch.tensor(loss(polished)[0])


for examples, features, l2 in [(30, 3, 0.01), (50, 6, 0.001), (12, 1, 0.1)]:
    x = golden.reals(examples, features)
    noise = golden.reals(examples)
    y = ((x.sum(1) + noise) > 0.25).double()
    golden.add(
        f"logistic regression {examples}x{features}", "logisticRegression", lambda x, y: logistic(x, y, l2), [x, y],
        {"l2": l2}, differentiable=False)
golden.write(pathlib.Path(__file__).with_name("minima.json"))
