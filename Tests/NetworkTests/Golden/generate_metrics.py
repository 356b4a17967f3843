#!/usr/bin/env python3
"""Writes metrics.json: metrics of scikit-learn, and the options of PyTorch's losses with their gradients, in double precision.

    python3 generate_metrics.py        needs numpy, scikit-learn and torch

All inputs are multiples of 1/1024, which float32 holds exactly. Scores have equal ones only where it is said: scikit-learn orders equal
scores the other way round for top-k accuracy.
"""
import json
import pathlib

import numpy as np
import sklearn
import torch
from sklearn.metrics import (confusion_matrix, f1_score, log_loss, precision_score, r2_score, recall_score, roc_auc_score,
                             top_k_accuracy_score)

SCORES = {"precision": precision_score, "recall": recall_score, "f1": f1_score}


def rounded(x, unit=1024):
    return np.round(np.asarray(x) * unit) / unit


def classification(n, classes, seed, occurring):
    """`occurring` of the classes are targets; the last class is never predicted."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, occurring, n)
    # Distinct scores, with some help for the class of the example.
    scores = rounded(np.stack([random.permutation(4 * classes)[:classes] / 8 for _ in range(n)]))
    scores[np.arange(n), labels] += 1 + 1 / 16
    scores[:, classes - 1] = -1 - 1 / 1024
    predicted = scores.argmax(1)
    result = {
        "examples": n, "classes": classes, "scores": scores.ravel().tolist(), "labels": labels.tolist(),
        "confusion": confusion_matrix(labels, predicted, labels=range(classes)).ravel().tolist(),
        "top": [float(top_k_accuracy_score(labels, scores, k=k, labels=range(classes))) for k in range(1, classes)]}
    for name, score in SCORES.items():
        result[name] = {
            "macro": float(score(labels, predicted, average="macro", zero_division=0)),
            "micro": float(score(labels, predicted, average="micro", zero_division=0)),
            "ofClasses": score(labels, predicted, average=None, labels=range(classes), zero_division=0).tolist()}
    probabilities = np.float32(rounded(torch.tensor(scores).softmax(1).numpy()))
    # Certain ones, right and wrong.
    probabilities[0] = np.eye(classes, dtype=np.float32)[labels[0]]
    probabilities[1] = np.eye(classes, dtype=np.float32)[(labels[1] + 1) % classes]
    result["probabilities"] = probabilities.ravel().tolist()
    own = np.clip(probabilities, np.finfo(np.float32).eps, 1 - np.finfo(np.float32).eps)[np.arange(n), labels]
    result["logLoss"] = float(-np.log(own.astype(np.float64)).mean())
    assert abs(log_loss(labels, probabilities, labels=range(classes)) - result["logLoss"]) < 1e-6
    result["logLossOfLogits"] = float(torch.nn.functional.cross_entropy(torch.tensor(scores), torch.tensor(labels)))
    return result


def binary(n, seed, unit):
    """Scores are multiples of 1/unit: a small unit gives many equal ones."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, n)
    scores = np.clip(rounded(random.uniform(0, 1, n) * 0.7 + labels * 0.3, unit), 0, 1)
    result = {"scores": scores.tolist(), "labels": labels.tolist(), "area": float(roc_auc_score(labels, scores))}
    for name, score in SCORES.items():
        result[name] = float(score(labels, scores > 0.5, zero_division=0))
    result["logLoss"] = float(log_loss(labels, np.clip(scores, 2.0**-23, 1 - 2.0**-23)))
    return result


def regression(n, outputs, seed, constant=None):
    random = np.random.default_rng(seed)
    targets = rounded(random.normal(size=(n, outputs)))
    predictions = rounded(targets + 0.5 * random.normal(size=(n, outputs)))
    if constant == "wrong":
        targets[:, 0] = 0.5
    if constant == "right":
        targets[:, 0] = predictions[:, 0] = 0.5
    return {"outputs": outputs, "predictions": predictions.ravel().tolist(), "targets": targets.ravel().tolist(),
            "rSquared": float(r2_score(targets, predictions))}


def cross_entropy(name, shape, seed, weights=None, smoothing=0.0, ignored=None, probabilities=False):
    """`shape` is [examples, …, classes]; PyTorch wants the classes second."""
    random = np.random.default_rng(seed)
    logits = torch.tensor(rounded(random.uniform(-3, 3, shape)), requires_grad=True)
    rows, classes = int(np.prod(shape[:-1])), shape[-1]
    if probabilities:
        target = torch.tensor(rounded(random.dirichlet(np.ones(classes), rows)))
    else:
        target = torch.tensor(random.integers(0, classes, rows))
        if ignored is not None:
            target[::3] = ignored
    loss = torch.nn.functional.cross_entropy(
        logits.reshape(rows, classes), target, weight=None if weights is None else torch.tensor(weights, dtype=torch.float64),
        label_smoothing=smoothing, ignore_index=-100 if ignored is None else ignored)
    loss.backward()
    return {"name": name, "shape": list(shape), "logits": logits.detach().ravel().tolist(),
            "target": target.ravel().tolist(), "isProbability": probabilities, "weights": weights, "smoothing": smoothing,
            "ignored": ignored, "loss": loss.item(), "gradient": logits.grad.ravel().tolist()}


def sigmoid_cross_entropy(shape, seed, weights):
    """The sum over the outputs, the mean over the examples."""
    random = np.random.default_rng(seed)
    logits = torch.tensor(rounded(random.uniform(-4, 4, shape)), requires_grad=True)
    target = torch.tensor(rounded(random.uniform(0, 1, shape) * (random.uniform(size=shape) < 0.5), 4))
    loss = torch.nn.functional.binary_cross_entropy_with_logits(
        logits, target, pos_weight=torch.tensor(weights, dtype=torch.float64), reduction="sum") / shape[0]
    loss.backward()
    return {"shape": list(shape), "logits": logits.detach().ravel().tolist(), "target": target.ravel().tolist(),
            "weights": weights, "loss": loss.item(), "gradient": logits.grad.ravel().tolist()}


WEIGHTS = [0.5, 2.0, 0.0, 1.25]
golden = {
    "source": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}, torch {torch.__version__}",
    "classification": [classification(60, 4, 1, 3), classification(37, 7, 2, 5), classification(20, 3, 3, 1)],
    "binary": [binary(50, 1, 1024), binary(80, 2, 8), binary(33, 3, 2)],
    "regression": [regression(40, 1, 1), regression(25, 3, 2), regression(9, 2, 3, "wrong"), regression(9, 2, 4, "right")],
    "crossEntropy": [
        cross_entropy("weights", (7, 4), 1, weights=WEIGHTS),
        cross_entropy("smoothing", (6, 5), 2, smoothing=0.1),
        cross_entropy("ignoring", (8, 3), 3, ignored=-100),
        cross_entropy("ignoring a class", (8, 3), 4, ignored=1),
        cross_entropy("weights and smoothing", (9, 4), 5, weights=WEIGHTS, smoothing=0.25),
        cross_entropy("all of them", (10, 4), 6, weights=WEIGHTS, smoothing=0.2, ignored=-1),
        cross_entropy("all of them, sequences", (4, 3, 4), 7, weights=WEIGHTS, smoothing=0.2, ignored=9),
        cross_entropy("smoothed to nothing", (5, 4), 8, weights=WEIGHTS, smoothing=1.0),
        cross_entropy("probabilities", (6, 4), 9, weights=WEIGHTS, probabilities=True),
        cross_entropy("smoothed probabilities", (3, 2, 4), 10, weights=WEIGHTS, smoothing=0.3, probabilities=True),
    ],
    "sigmoidCrossEntropy": [
        sigmoid_cross_entropy((9, 1), 1, [3.5]), sigmoid_cross_entropy((5, 3), 2, [0.25]),
        sigmoid_cross_entropy((6, 3), 3, [0.0, 2.0, 7.5])],
}
path = pathlib.Path(__file__).parent / "metrics.json"
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
