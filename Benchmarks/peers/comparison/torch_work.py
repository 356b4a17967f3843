"""The suites' work by PyTorch, eager mode.

Results go into the same memory at every run where PyTorch can do so, because Unloop takes results from a pool;
elsewhere the C library's allocator decides, as it does for every user. Images come in both of PyTorch's memory formats,
optimizers with and without PyTorch's fused updates: the fastest counts.
"""
import torch
import torch.nn.functional as F
from torch import nn

from .kernels import thread_pools


def start(threads):
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    details = {line.strip("- ").split(" Version")[0] for line in torch.__config__.show().splitlines() if "Math" in line}
    kernels = [f"ATen {torch.backends.cpu.get_cpu_capability()}"] + thread_pools()
    return {"version": torch.__version__, "note": ", ".join(sorted(details)), "kernels": kernels}


def variants(name, shape):
    """Functions by variant that make the inputs and give what is to be timed."""
    if name.startswith("matmul."):
        return {"torch": lambda: product(name.split(".")[1], shape)}
    if name.startswith("convolution."):
        return {
            "torch": lambda: convolution(name, shape, torch.contiguous_format),
            "torch channels-last": lambda: convolution(name, shape, torch.channels_last),
        }
    if name in MAPS:
        return {"torch": lambda: map_of(MAPS[name], shape)}
    if name in ALLOCATING_MAPS:
        return {
            "torch": lambda: map_of(lambda x, out: ALLOCATING_MAPS[name](x), shape),
            "torch out": lambda: map_of(INTERNAL_MAPS[name], shape),
        }
    if name in OPERATORS:
        return {"torch": lambda: combination(OPERATORS[name], shape)}
    if name == "adam":
        return {"torch": lambda: adam(shape, fused=False), "torch fused": lambda: adam(shape, fused=True)}
    if name in REDUCTIONS:
        return {"torch": lambda: reduction(REDUCTIONS[name], shape)}
    if name in STEPS:
        return STEPS[name](shape)
    raise LookupError(f"torch has no work {name}")


def uniform(*shape):
    return torch.rand(shape) * 2 - 1


def without_gradient(run):
    """Keeps the mode on around all runs: entering it costs as much as a small operation."""
    torch.set_grad_enabled(False)
    return run


def product(layout, shape):
    *batch, m, n, k = shape

    def operand(rows, columns, transposed):
        return uniform(*batch, columns, rows).mT if transposed else uniform(*batch, rows, columns)

    a, b = operand(m, k, layout[0] == "t"), operand(k, n, layout[1] == "t")
    out = torch.empty(*batch, m, n)
    return without_gradient(lambda: torch.matmul(a, b, out=out))


def convolution(name, shape, memory_format):
    batch, height, width, channels, filters, kernel, stride, groups = shape
    padding = [kernel // 2] * 2
    x = uniform(batch, channels, height, width).contiguous(memory_format=memory_format)
    w = uniform(filters, channels // groups, kernel, kernel).contiguous(memory_format=memory_format)
    if name == "convolution.forward":
        return without_gradient(lambda: F.conv2d(x, w, None, stride, padding, 1, groups))
    gradient = torch.rand_like(F.conv2d(x, w, None, stride, padding, 1, groups))
    which = {"input-gradient": [True, False], "filter-gradient": [False, True], "backward": [True, True]}
    mask = which[name.split(".")[1]] + [False]
    backward = torch.ops.aten.convolution_backward
    return without_gradient(
        lambda: backward(gradient, x, w, None, [stride] * 2, padding, [1, 1], False, [0, 0], groups, mask))


# Functions of an input and the memory for the result.
MAPS = {
    "relu": lambda x, out: torch.clamp_min(x, 0, out=out),
    "sigmoid": lambda x, out: torch.sigmoid(x, out=out),
    "tanh": lambda x, out: torch.tanh(x, out=out),
    "exp": lambda x, out: torch.exp(x, out=out),
    "log": lambda x, out: torch.log(x, out=out),
}

# Functions that give results of their own, and what PyTorch uses inside, which takes memory for the result.
ALLOCATING_MAPS = {"softplus": F.softplus, "gelu": F.gelu}
INTERNAL_MAPS = {
    "softplus": lambda x, out: torch._C._nn.softplus(x, out=out),
    "gelu": lambda x, out: torch._C._nn.gelu(x, out=out),
}

OPERATORS = {
    "add": lambda x, y, out: torch.add(x, y, out=out),
    "multiply": lambda x, y, out: torch.mul(x, y, out=out),
}


def map_of(function, shape):
    # The range of the suite's inputs.
    x = 4 * (uniform(*shape) + 1.001)
    out = torch.empty_like(x)
    return without_gradient(lambda: function(x, out))


def combination(function, shape):
    x, y = uniform(*shape), uniform(*shape)
    out = torch.empty_like(x)
    return without_gradient(lambda: function(x, y, out))


def adam(shape, fused):
    torch.set_grad_enabled(True)
    parameter = nn.Parameter(uniform(*shape))
    parameter.grad = uniform(*shape)
    return torch.optim.Adam([parameter], lr=0.001, fused=fused).step


def softmax(x):
    out = torch.empty_like(x)
    return lambda: torch.softmax(x, 1, out=out)


def layer_norm(x):
    norm = nn.LayerNorm(x.shape[1])
    return lambda: norm(x)


def cross_entropy(x):
    classes = torch.arange(x.shape[0]) % x.shape[1]
    return lambda: F.cross_entropy(x, classes)


def cross_entropy_gradient(x):
    torch.set_grad_enabled(True)
    classes = torch.arange(x.shape[0]) % x.shape[1]
    x.requires_grad_()
    return lambda: torch.autograd.grad(F.cross_entropy(x, classes), x)


REDUCTIONS = {
    "sum.rows": lambda x: lambda: torch.sum(x, 1),
    "sum.columns": lambda x: lambda: torch.sum(x, 0),
    "softmax": softmax,
    "layer-norm": layer_norm,
    "cross-entropy": cross_entropy,
    "cross-entropy.gradient": cross_entropy_gradient,
}


def reduction(make, shape):
    torch.set_grad_enabled(False)
    return make(8 * uniform(*shape))


class Recurrent(nn.Module):
    """The last output of a recurrent layer and a dense layer on it."""

    def __init__(self, kind, inputs, units, classes):
        super().__init__()
        self.layer = kind(inputs, units, batch_first=True)
        self.dense = nn.Linear(units, classes)

    def forward(self, x):
        return self.dense(self.layer(x)[0][:, -1])


def training(model, x, classes, optimizer):
    torch.set_grad_enabled(True)
    labels = torch.arange(x.shape[0]) % classes
    update = optimizer(model.parameters())

    def step():
        update.zero_grad()
        F.cross_entropy(model(x), labels).backward()
        update.step()

    return step


def sgd(fused):
    return lambda parameters: torch.optim.SGD(parameters, lr=0.01, fused=fused)


def adam_of(fused):
    return lambda parameters: torch.optim.Adam(parameters, lr=0.001, fused=fused)


def dense(optimizer):
    def variants(shape):
        batch, *units = shape

        def make(fused):
            layers = []
            for inputs, outputs in zip(units, units[1:]):
                layers += [nn.Linear(inputs, outputs), nn.ReLU()]
            return training(nn.Sequential(*layers[:-1]), uniform(batch, units[0]), units[-1], optimizer(fused))

        return {"torch": lambda: make(False), "torch fused": lambda: make(True)}

    return variants


def convolutional(shape):
    batch, height, width, channels, *filters, units, classes = shape

    def make(memory_format, fused):
        layers, (rows, columns), inputs = [], (height, width), channels
        for count in filters:
            layers += [nn.Conv2d(inputs, count, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2)]
            rows, columns, inputs = rows // 2, columns // 2, count
        layers += [nn.Flatten(), nn.Linear(rows * columns * inputs, units), nn.ReLU(), nn.Linear(units, classes)]
        model = nn.Sequential(*layers).to(memory_format=memory_format)
        x = uniform(batch, channels, height, width).contiguous(memory_format=memory_format)
        return training(model, x, classes, adam_of(fused))

    return {
        "torch": lambda: make(torch.contiguous_format, False),
        "torch fused": lambda: make(torch.contiguous_format, True),
        "torch channels-last fused": lambda: make(torch.channels_last, True),
    }


def recurrent(kind):
    def variants(shape):
        batch, time, features, units, classes = shape

        def make(fused):
            return training(
                Recurrent(kind, features, units, classes), uniform(batch, time, features), classes, adam_of(fused))

        return {"torch": lambda: make(False), "torch fused": lambda: make(True)}

    return variants


STEPS = {
    "mlp.sgd": dense(sgd),
    "mlp.adam": dense(adam_of),
    "mlp.tiny": dense(sgd),
    "cnn.adam": convolutional,
    "cnn.small": convolutional,
    "rnn.adam": recurrent(nn.RNN),
    "gru.adam": recurrent(nn.GRU),
    "lstm.adam": recurrent(nn.LSTM),
}
