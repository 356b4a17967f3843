"""What both generators share: inputs that float32 holds exactly, and one format for all records.

A record is {"name", "operation", "attributes", "inputs": [{"shape", "values"}], "outputs", "cotangents", "gradients"}:
Arrays of integers have "type": "int32" beside. outputs = operation(inputs), and gradients[i] = d Σ outputs·cotangents / d inputs[i], null where inputs are integers.
Everything is computed in float64.
"""
import json
import pathlib
import sys

import numpy
import torch

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)


class Golden:
    def __init__(self, seed):
        self.random = numpy.random.Generator(numpy.random.Philox(seed))
        self.records = []

    def reals(self, *shape, low=-2.0, high=2.0):
        """Multiples of 2^-8, which are short in decimal and exact in float32."""
        steps = self.random.integers(int(low * 256) + 1, int(high * 256), size=shape)
        return torch.tensor(steps / 256.0)

    def distinct(self, *shape):
        """Like reals, with no two equal, so that maxima are unique."""
        count = int(numpy.prod(shape))
        return torch.tensor(((self.random.permutation(4 * count)[:count] - 2 * count) / 64.0).reshape(shape))

    def integers(self, low, high, *shape):
        return torch.tensor(self.random.integers(low, high, size=shape))

    def add(self, name, operation, function, inputs, attributes=None, differentiable=True):
        """Records function(*inputs) and the gradients for cotangents that are drawn here."""
        leaves = [x.clone().requires_grad_() if differentiable and x.is_floating_point() else x for x in inputs]
        outputs = function(*leaves)
        outputs = list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]
        cotangents, gradients = [], []
        if differentiable:
            cotangents = [self.reals(*output.shape, low=-1, high=1) for output in outputs]
            total = sum((output * cotangent).sum() for output, cotangent in zip(outputs, cotangents))
            reals = [leaf for leaf in leaves if leaf.is_floating_point()]
            if total.requires_grad:
                found = list(torch.autograd.grad(total, reals, allow_unused=True))
            else:
                found = [None] * len(reals)
            for leaf in leaves:
                gradient = found.pop(0) if leaf.is_floating_point() else None
                if leaf.is_floating_point() and gradient is None:
                    gradient = torch.zeros_like(leaf)
                gradients.append(gradient)
        self.records.append(
            {
                "name": name,
                "operation": operation,
                "attributes": attributes or {},
                "inputs": [self.array(x) for x in inputs],
                "outputs": [self.array(x) for x in outputs],
                "cotangents": [self.array(x) for x in cotangents],
                "gradients": [None if x is None else self.array(x) for x in gradients],
            }
        )

    @staticmethod
    def array(x):
        x = x.detach()
        # float() writes 17 significant digits, so nothing is lost.
        values = [float(v) for v in x.flatten().tolist()]
        kind = {} if x.is_floating_point() else {"type": "int32"}
        return {"shape": list(x.shape), **kind, "values": [int(v) if v == int(v) and abs(v) < 1e15 else v for v in values]}

    def write(self, file):
        names = [record["name"] for record in self.records]
        assert len(set(names)) == len(names), "two records have one name"
        header = {
            "generator": pathlib.Path(sys.argv[0]).name,
            "numpy": numpy.__version__,
            "torch": torch.__version__.split("+")[0],
        }
        lines = ",\n".join(json.dumps(record, separators=(",", ":"), allow_nan=False) for record in self.records)
        text = '{"header":' + json.dumps(header) + ',\n"records":[\n' + lines + "\n]}\n"
        pathlib.Path(file).write_text(text)
        print(f"{len(self.records)} records, {len(text)} bytes")
