#!/usr/bin/env python3
"""Writes mixed.csv, a table with missing values, categories and dates, and tables.json: what scikit-learn learns of it, and of the bundled
tables of irises and breast cancer.

    python3 generate_tables.py        needs numpy, pandas and scikit-learn

The rows to test with are those of `TableTask` with the seed 0 and a share of 0.2, found anew here. Numbers that are missing become the mean
of the training rows, dates are days since 1970, then both are standardized; texts that are missing are a category of their own, and each
category is a column of 0 and 1. Classes: LogisticRegression with C = 1, and MLPClassifier with layers of 64 and 32 units; numbers: Ridge with alpha = 1.
`floor` is the accuracy of predicting the most frequent class.
"""
import csv
import datetime
import json
import math
import pathlib

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import make_column_transformer
from sklearn.compose import TransformedTargetRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

HERE = pathlib.Path(__file__).resolve().parent
RESOURCES = HERE.parents[2] / "Sources/CUnloopData/Resources"
MASK = 0xFFFFFFFF


class CounterRandom:
    """Philox 4x32-10 (Salmon et al., SC'11) as `CounterRandom` of UnloopData uses it."""

    def __init__(self, seed, stream):
        self.key, self.stream, self.block, self.words = (seed & MASK, seed >> 32), stream, 0, []

    def next(self):
        if not self.words:
            x, k = [self.block, 0x686F7374, self.stream & MASK, self.stream >> 32], list(self.key)
            for _ in range(10):
                first, second = 0xD2511F53 * x[0], 0xCD9E8D57 * x[2]
                x = [(second >> 32) ^ x[1] ^ k[0], second & MASK, (first >> 32) ^ x[3] ^ k[1], first & MASK]
                k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
            self.words, self.block = x, self.block + 1
        return self.words.pop(0)

    def below(self, bound):
        product = self.next() * bound
        if product & MASK < bound:
            rejected = (1 << 32) % bound
            while product & MASK < rejected:
                product = self.next() * bound
        return product >> 32

    def shuffle(self, elements):
        for last in range(len(elements) - 1, 0, -1):
            other = self.below(last + 1)
            elements[last], elements[other] = elements[other], elements[last]


def test_rows(labels, is_class, share=0.2, seed=0):
    """Those of `Dataset.stratifiedSplit` or `Dataset.split`, in increasing order."""
    random, count = CounterRandom(seed, 0x73706C6974000000), len(labels)
    size = math.ceil(share * count)
    if not is_class:
        order = list(range(count))
        random.shuffle(order)
        return sorted(order[:size])
    groups = [[row for row in range(count) if labels[row] == label] for label in sorted(set(labels))]
    shares = [len(group) * size // count for group in groups]
    by_remainder = sorted(range(len(groups)), key=lambda k: (-(len(groups[k]) * size % count), k))
    for k in by_remainder[: size - sum(shares)]:
        shares[k] += 1
    test = []
    for group, part in zip(groups, shares):
        random.shuffle(group)
        test += group[:part]
    return sorted(test)


def mixed():
    """300 customers whose orders are to be foreseen, written as people write such tables."""
    random = np.random.default_rng(7)
    rows = []
    for number in range(300):
        age, income = random.uniform(18, 80), random.lognormal(10.3, 0.5)
        city = ["Rome", "Oslo", "São Paulo", "New York, NY"][random.choice(4, p=[0.4, 0.3, 0.2, 0.1])]
        plan = ["basic", "plus", "pro"][random.choice(3, p=[0.5, 0.3, 0.2])]
        since = datetime.date(2015, 1, 1) + datetime.timedelta(days=int(random.integers(0, 3500)))
        score = (0.05 * (age - 45) + 0.00006 * (income - 32000) + {"basic": -1, "plus": 0.5, "pro": 2}[plan]
                 + {"Rome": 0.5, "Oslo": -0.5}.get(city, 0) - 0.0006 * (since - datetime.date(2020, 1, 1)).days)
        spent = 100 + 20 * score + random.normal(0, 8)
        ordered = "yes" if score + random.logistic(0, 0.7) > 0 else "no"
        rows.append([
            number + 1, f"Customer {number * 7919 % 1000}", "" if random.random() < 0.1 else f"{age:.1f}",
            random.choice(["NA", "?"]) if random.random() < 0.08 else f"{income:.2f}", "" if random.random() < 0.07 else city, plan,
            "" if random.random() < 0.05 else since.isoformat(), "", f"{spent:.2f}", ordered])
    with open(HERE / "mixed.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "name", "age", "income", "city", "plan", "since", "remark", "spent", "ordered"])
        writer.writerows(rows)


def learn(table, label, numbers, dates=(), categories=(), is_class=True, early=False):
    test = test_rows(table[label].tolist(), is_class)
    training = [row for row in range(len(table)) if row not in set(test)]
    x = table.drop(columns=[label]).copy()
    for name in dates:
        x[name] = (pd.to_datetime(x[name]) - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)
    scaled = make_pipeline(SimpleImputer(strategy="mean"), StandardScaler())
    coded = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="\U0010ffff"), OneHotEncoder(handle_unknown="ignore", sparse_output=False))
    # In the order of the table's columns, each by itself.
    encoder = make_column_transformer(
        *[(scaled if name in (*numbers, *dates) else coded, [name]) for name in x.columns
          if name in (*numbers, *dates, *categories)])
    features = encoder.fit_transform(x.iloc[training])
    tested = encoder.transform(x.iloc[test])
    y, truth = table[label].iloc[training], table[label].iloc[test]
    model = (LogisticRegression(C=1.0, tol=1e-10, max_iter=10000) if is_class else Ridge(alpha=1.0)).fit(features, y)
    network = (MLPClassifier if is_class else MLPRegressor)(
        hidden_layer_sizes=(64, 32), max_iter=2000, early_stopping=early, random_state=0)
    if not is_class:
        network = TransformedTargetRegressor(network, transformer=StandardScaler())
    return {
        "test": test, "features": np.float32(tested[:20]).ravel().tolist(), "featureCount": features.shape[1],
        "weights": np.atleast_2d(model.coef_).T.ravel().tolist(), "biases": np.atleast_1d(model.intercept_).tolist(),
        "score": model.score(tested, truth), "networkScore": network.fit(features, y).score(tested, truth),
        "floor": float((truth == y.mode()[0]).mean())}


def bundled(name, columns):
    names = [f"x{k}" for k in range(columns)]
    return pd.read_csv(RESOURCES / name, header=None, names=names + ["class"]), names


if __name__ == "__main__":
    mixed()
    table = pd.read_csv(HERE / "mixed.csv", na_values=["", "NA", "?"], keep_default_na=False)
    iris, iris_names = bundled("iris.csv", 4)
    cancer, cancer_names = bundled("breast_cancer.csv", 30)
    golden = {
        "source": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}",
        "iris": learn(iris, "class", iris_names), "breastCancer": learn(cancer, "class", cancer_names),
        "ordered": learn(table, "ordered", ["id", "age", "income", "spent"], ["since"], ["city", "plan"]),
        "spent": learn(table, "spent", ["id", "age", "income"], ["since"], ["city", "plan", "ordered"], is_class=False)}
    (HERE / "tables.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
