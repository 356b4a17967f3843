#!/usr/bin/env python3
"""Writes validation.json: what scikit-learn finds for the bundled data, and what numpy finds for matrices.

    python3 generate_validation.py        needs numpy and scikit-learn

Logistic regression: `C` 1 (l2 1), features standardized, solved to the end. Folds: the sizes of KFold and the test parts of
StratifiedKFold without shuffling. `scores`: accuracies of the same regression in five such folds. Matrices: their spectral radius, from all eigenvalues.
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def regression(data):
    x = StandardScaler().fit_transform(data.data)
    model = LogisticRegression(C=1.0, tol=1e-12, max_iter=1000, solver="newton-cholesky").fit(x, data.target)
    validated = make_pipeline(StandardScaler(), model)
    probabilities = model.predict_proba(x)[::10]
    return {
        "weights": model.coef_.T.ravel().tolist(), "biases": model.intercept_.tolist(),
        "probabilities": probabilities.ravel().tolist(), "accuracy": model.score(x, data.target),
        "scores": cross_val_score(validated, data.data, data.target, cv=StratifiedKFold(5)).tolist()}


def matrix(kind, n, seed):
    random = np.random.default_rng(seed)
    a = np.round(random.uniform(-1, 1, (n, n)) * (random.uniform(size=(n, n)) < 0.3), 4)
    if kind == "rotation":  # the largest eigenvalues are a complex pair
        a = np.zeros((n, n))
        for i in range(0, n, 2):
            size = 0.9 if i == 0 else 0.5
            a[i : i + 2, i : i + 2] = np.round(size * np.array([[0.6, -0.8], [0.8, 0.6]]), 4)
    if kind == "opposite":  # the largest are 2 and -2
        a = np.diag([2.0, -2.0] + [0.5] * (n - 2))
    if kind == "nilpotent":
        a = np.triu(a, 1)
    return {"kind": kind, "size": n, "elements": a.ravel().tolist(),
            "radius": float(np.max(np.abs(np.linalg.eigvals(a)))) if kind != "nilpotent" else 0.0}


labels = [2, 0, 0, 1, 1, 1, 2, 0, 0, 0, 1, 2, 2, 0, 1, 1, 0, 2, 0, 0, 1, 2, 0]
strata = StratifiedKFold(4).split(np.zeros(len(labels)), labels)
golden = {
    "source": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}",
    "breastCancer": regression(load_breast_cancer()),
    "iris": regression(load_iris()),
    "foldSizes": [
        {"folds": k, "examples": n, "sizes": [len(test) for _, test in KFold(k).split(np.zeros(n))]}
        for k, n in [(2, 2), (3, 10), (5, 569), (10, 150), (7, 20)]],
    "stratified": {"folds": 4, "labels": labels, "tests": [test.tolist() for _, test in strata]},
    "matrices": [
        matrix("random", 20, 1), matrix("random", 33, 2), matrix("rotation", 6, 0), matrix("opposite", 5, 0),
        matrix("nilpotent", 8, 3)],
}
path = pathlib.Path(__file__).parent / "validation.json"
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
