#!/usr/bin/env python3
"""Writes trajectories.json: the weights of two small problems while optimizers run for 50 steps, in float64.

Made with PyTorch 2.15.0 and NumPy 2.4.6; the seed is fixed, so running it again with the same versions writes the same
file. A problem is a linear model with a bias, by least squares or logistic regression over 10 examples, all in every step.
The gradient comes from PyTorch's automatic differentiation and the step from torch.optim, with these exceptions, which are
written out here:

- Clipping by norm scales by min(1, limit / norm); torch.nn.utils.clip_grad_norm_ has norm + 1e-6 there.
- L1 has no place in torch.optim: l1·sign(w) is added to the clipped gradient, and soft thresholding follows the step.
- Decoupled decay, `w -= rate·decay·w` beside the step, is torch's own in AdamW and NAdam only.
- Lion is not in torch.optim; its formula is that of arXiv 2302.06675, algorithm 2.
- NAdam's momentum is constant here, which torch reaches with an endless momentum_decay.

Regularization acts on the weights, not on the bias.
"""
import pathlib
import sys

import torch
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "TensorTests" / "Golden"))
from golden import Golden

STEPS = [1, 2, 5, 10, 20, 50]
golden = Golden(seed=41)
examples, features = 10, 3
inputs = golden.reals(examples, features, low=-1.5, high=1.5)
problems = {
    "leastSquares": golden.reals(examples, 1),
    "logistic": golden.integers(0, 2, examples, 1).double(),
}
start = {"weight": golden.reals(features, 1, low=-1, high=1), "bias": golden.reals(1, low=-1, high=1)}


class Lion(torch.optim.Optimizer):
    def __init__(self, groups, lr, beta1, beta2):
        super().__init__(groups, {"lr": lr})
        self.betas = beta1, beta2
        self.moments = {}

    def step(self):
        beta1, beta2 = self.betas
        for group in self.param_groups:
            for p in group["params"]:
                m = self.moments.get(p, torch.zeros_like(p))
                p.data -= group["lr"] * torch.sign(beta1 * m + (1 - beta1) * p.grad)
                self.moments[p] = beta2 * m + (1 - beta2) * p.grad


def maker(name, a):
    """The optimizer of groups of parameters, and the arguments that decay weights in torch's own way."""
    betas = {"betas": (a["beta1"], a["beta2"]), "eps": a["epsilon"]} if name in ("adam", "adamW", "nadam") else {}
    return {
        "sgd": lambda g: torch.optim.SGD(g, lr=a["rate"]),
        "momentum": lambda g: torch.optim.SGD(g, lr=a["rate"], momentum=a["momentum"]),
        "nesterov": lambda g: torch.optim.SGD(g, lr=a["rate"], momentum=a["momentum"], nesterov=True),
        "rmsProp": lambda g: torch.optim.RMSprop(g, lr=a["rate"], alpha=a["decay"], eps=a["epsilon"]),
        "adam": lambda g: torch.optim.Adam(g, lr=a["rate"], **betas),
        "adamW": lambda g: torch.optim.AdamW(g, lr=a["rate"], weight_decay=0, **betas),
        "nadam": lambda g: torch.optim.NAdam(
            g, lr=a["rate"], momentum_decay=1e6, decoupled_weight_decay=True, **betas),
        "adagrad": lambda g: torch.optim.Adagrad(g, lr=a["rate"], eps=a["epsilon"]),
        "lion": lambda g: Lion(g, a["rate"], a["beta1"], a["beta2"]),
    }[name]


def scheduler(optimizer, a):
    kind, numbers = a.get("schedule"), a.get("scheduleNumbers")
    schedules = torch.optim.lr_scheduler
    if kind is None:
        return None
    if kind == "step":
        return schedules.StepLR(optimizer, step_size=int(numbers[1]), gamma=numbers[0])
    if kind == "exponential":
        return schedules.ExponentialLR(optimizer, gamma=numbers[0] ** (1 / numbers[1]))
    if kind == "cosine":
        return schedules.CosineAnnealingLR(optimizer, T_max=int(numbers[1]), eta_min=numbers[0])
    if kind == "warmup":
        return schedules.LambdaLR(optimizer, lambda step: min(1, (step + 1) / numbers[0]))
    raise ValueError(kind)


def trajectory(problem, name, a):
    loss = {"leastSquares": F.mse_loss, "logistic": F.binary_cross_entropy_with_logits}[problem]

    def path(x, y, weight, bias):
        w, b = (torch.nn.Parameter(value.clone()) for value in (weight, bias))
        own_l2 = a.get("l2", 0) if name not in ("nadam", "adamW", "lion") else 0
        own_decay = a.get("decoupledDecay", 0) if name in ("adamW", "nadam") else 0
        optimizer = maker(name, a)([{"params": [w], "weight_decay": own_l2 or own_decay}, {"params": [b]}])
        schedule = scheduler(optimizer, a)
        points = []
        for step in range(1, max(STEPS) + 1):
            optimizer.zero_grad()
            loss(x @ w + b, y).backward()
            if "clipNorm" in a:
                norm = torch.sqrt((w.grad**2).sum() + (b.grad**2).sum())
                for p in (w, b):
                    p.grad *= min(1, a["clipNorm"] / norm)
            if "clipValue" in a:
                torch.nn.utils.clip_grad_value_([w, b], a["clipValue"])
            rate = optimizer.param_groups[0]["lr"]
            with torch.no_grad():
                if "l1" in a:
                    w.grad += a["l1"] * torch.sign(w)
                if "l2" in a and not own_l2:
                    w.grad += a["l2"] * w
            before = w.detach().clone()
            optimizer.step()
            if "decoupledDecay" in a and not own_decay:
                with torch.no_grad():
                    w -= rate * a["decoupledDecay"] * before
            if "softThreshold" in a:
                with torch.no_grad():
                    w.copy_(F.softshrink(w, rate * a["softThreshold"]))
            if schedule:
                schedule.step()
            if step in STEPS:
                points.append(torch.cat([w.detach().flatten(), b.detach()]))
        return torch.stack(points)

    details = ", ".join(f"{key} {value}" for key, value in a.items() if base[name].get(key) != value)
    golden.add(
        f"{name}, {problem}, rate {a['rate']}" + (", " + details if details else ""), "trajectory", path,
        [inputs, problems[problem], start["weight"], start["bias"]],
        {"optimizer": name, "problem": problem, "steps": STEPS} | a, differentiable=False)


adam = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
base = {
    "sgd": {"rate": 0.125},
    "momentum": {"rate": 0.0625, "momentum": 0.9},
    "nesterov": {"rate": 0.0625, "momentum": 0.9},
    "rmsProp": {"rate": 0.02, "decay": 0.9, "epsilon": 1e-6},
    "adam": {"rate": 0.05} | adam,
    "adamW": {"rate": 0.05, "decoupledDecay": 0.0625} | adam,
    "nadam": {"rate": 0.05} | adam,
    "adagrad": {"rate": 0.25, "epsilon": 1e-10},
    "lion": {"rate": 0.02, "beta1": 0.9, "beta2": 0.99},
}
for name, a in base.items():
    for problem in problems:
        trajectory(problem, name, a)
    trajectory("leastSquares", name, a | {"clipNorm": 0.5})
    trajectory("logistic", name, a | {"clipValue": 0.125})
    trajectory("leastSquares", name, a | {"l1": 0.125})
    trajectory("leastSquares", name, a | {"l2": 0.25})
    trajectory("logistic", name, a | {"decoupledDecay": 0.25})
    trajectory("leastSquares", name, a | {"softThreshold": 0.5})
    trajectory("logistic", name, a | {"clipNorm": 0.25, "l1": 0.03125, "l2": 0.0625, "decoupledDecay": 0.125})
for name in ["sgd", "adamW", "nesterov"]:
    a = base[name]
    trajectory("logistic", name, a | {"schedule": "step", "scheduleNumbers": [0.5, 8]})
    trajectory("leastSquares", name, a | {"schedule": "exponential", "scheduleNumbers": [0.25, 16]})
    trajectory("logistic", name, a | {"schedule": "cosine", "scheduleNumbers": [0.001, 50]})
    trajectory("leastSquares", name, a | {"schedule": "warmup", "scheduleNumbers": [10]})
for rate in [0.5, 0.03125]:
    trajectory("logistic", "sgd", base["sgd"] | {"rate": rate})
    trajectory("logistic", "adam", base["adam"] | {"rate": rate / 4, "beta1": 0.5, "beta2": 0.9, "epsilon": 1e-4})
    trajectory("logistic", "momentum", base["momentum"] | {"rate": rate / 2, "momentum": 0.5})
golden.write(pathlib.Path(__file__).with_name("trajectories.json"))
