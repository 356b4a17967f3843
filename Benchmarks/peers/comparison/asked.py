"""What is asked of Unloop: the only numbers of a comparison that are not measured.

A group picks rows of `unloop bench --list`, so that names and shapes are those of the suites. A ratio is the time of
the best of the group's peers divided by ours: above 1 means that Unloop is faster.
"""
import math
from dataclasses import dataclass, field
from typing import Callable, Optional


@dataclass(frozen=True)
class Listed:
    """One line of `unloop bench --list`."""

    suite: str
    name: str
    shape: tuple

    @property
    def shape_text(self):
        return "×".join(map(str, self.shape))


@dataclass(frozen=True)
class Group:
    title: str
    suite: str
    # A row's name is one of these; all must be there.
    names: tuple
    # Libraries, or devices of rows of `unloop bench`.
    peers: tuple
    # How many rows there are; another number means that the suites or this table changed.
    count: int
    device: str = "cpu"
    shapes: Callable = lambda shape: True
    geometric_mean: Optional[float] = None
    each: Optional[float] = None
    # Rows that have an asked ratio of their own, by name.
    single: dict = field(default_factory=dict)
    # The least percentage of the machine's peak, as a function of name and shape; None asks nothing.
    percent_of_peak: Callable = lambda name, shape: None
    # Whether the device is a GPU, which most machines do not have.
    is_gpu: bool = False
    # The longest time of a row in nanoseconds.
    longest: Optional[float] = None

    def rows(self, listed):
        """The group's rows: a name, a shape, and the benchmarks whose times are added."""
        found = [x for x in listed if x.suite == self.suite and x.name in self.names and self.shapes(x.shape)]
        for name in self.names:
            if not any(x.name == name for x in found):
                raise LookupError(f"`unloop bench` has no benchmark {name} for the group '{self.title}'")
        rows = [(x.name, x.shape, [x]) for x in found]
        if self.names == BACKWARD:
            # The peers compute both gradients in one call.
            shapes = dict.fromkeys(x.shape for x in found)
            rows = [("convolution.backward", s, [x for x in found if x.shape == s]) for s in shapes]
        if len(rows) != self.count:
            raise LookupError(f"the group '{self.title}' has {len(rows)} rows in place of {self.count}")
        return rows

    def asked(self, name, shape):
        """What is asked of one row: the ratio and the percentage of the peak."""
        return self.single.get(name, self.each), self.percent_of_peak(name, shape)


MATMUL = ("matmul.nn", "matmul.nt", "matmul.tn", "matmul.tt")
FORWARD = ("convolution.forward",)
BACKWARD = ("convolution.input-gradient", "convolution.filter-gradient")
ELEMENTWISE = ("relu", "sigmoid", "tanh", "softplus", "gelu", "exp", "log", "add", "multiply", "adam")
ACTIVATIONS = ("relu", "sigmoid", "tanh", "softplus", "gelu")
REDUCTIONS = ("sum.rows", "sum.columns", "softmax", "layer-norm", "cross-entropy", "cross-entropy.gradient")
STEPS = ("mlp.sgd", "mlp.adam", "mlp.tiny", "cnn.adam", "rnn.adam", "gru.adam", "lstm.adam")
LARGE = 16_000_000


def is_square(shape):
    return len(shape) == 3 and len(set(shape)) == 1


def peak_of_products(name, shape):
    return 85 if min(shape) >= 1024 else None


def peak_of_maps(name, shape):
    return 85 if name in ("relu", "sigmoid", "tanh") and shape == (LARGE,) else None


GROUPS = [
    Group(
        "matmul, square", "kernels", MATMUL, ("numpy", "torch"), shapes=is_square, count=28, geometric_mean=1.0,
        each=0.85, percent_of_peak=peak_of_products),
    Group(
        "matmul, skinny", "kernels", ("matmul.nn", "matmul.nt"), ("numpy", "torch"),
        shapes=lambda shape: len(shape) == 3 and not is_square(shape), count=7, geometric_mean=1.0, each=0.7),
    Group(
        "matmul, batched", "kernels", ("matmul.nn",), ("numpy", "torch"), shapes=lambda shape: len(shape) == 4,
        count=5, geometric_mean=1.2),
    Group("convolution, forward", "kernels", FORWARD, ("torch",), count=10, geometric_mean=1.0, each=0.6),
    Group("convolution, backward", "kernels", BACKWARD, ("torch",), count=10, geometric_mean=1.0, each=0.6),
    Group(
        "elementwise and optimizer", "kernels", ELEMENTWISE, ("torch",), shapes=lambda shape: shape[0] >= 1000,
        count=30, geometric_mean=2.0, percent_of_peak=peak_of_maps),
    Group(
        "reductions and softmax", "kernels", REDUCTIONS, ("torch",), count=6, geometric_mean=1.5),
    Group(
        "training step", "training", STEPS, ("torch",), count=7, geometric_mean=1.3, single={"mlp.tiny": 3.0}),
    Group(
        "cost of an operation", "kernels", ELEMENTWISE, ("torch",), shapes=lambda shape: shape == (32,), count=10,
        longest=1000),
    Group(
        "OpenCL: matmul against .cpu", "kernels", MATMUL, ("cpu",), device="opencl",
        shapes=lambda shape: is_square(shape) and shape[0] >= 256, count=16, geometric_mean=0.6),
    Group(
        "OpenCL: matmul against CLBlast", "kernels", MATMUL, ("peer:clblast",), device="opencl",
        shapes=lambda shape: is_square(shape) and shape[0] >= 256, count=16, geometric_mean=5.0),
    Group(
        "OpenCL: convolution against .cpu", "kernels", FORWARD + BACKWARD, ("cpu",), device="opencl", count=30,
        each=0.4),
    Group(
        "OpenCL: activations against .cpu", "kernels", ACTIVATIONS, ("cpu",), device="opencl",
        shapes=lambda shape: shape == (LARGE,), count=5, each=0.8),
    Group(
        "OpenCL: host's cost of a launch", "kernels", ("launch",), (), device="opencl", count=1, longest=5000),
    Group(
        "OpenCL: training step against .cpu", "training", ("cnn.adam",), ("cpu",), device="opencl", count=1,
        each=0.4),
]

GPU_GROUPS = [
    Group(
        "GPU: matmul, large", "accelerator", MATMUL, ("torch_cuda",), device="opencl", count=5, each=0.7, is_gpu=True),
    Group(
        "GPU: matmul, square", "kernels", MATMUL, ("torch_cuda",), device="opencl", is_gpu=True, count=12,
        shapes=lambda shape: is_square(shape) and shape[0] >= 512),
    Group(
        "GPU: matmul, skinny", "kernels", ("matmul.nn", "matmul.nt"), ("torch_cuda",), device="opencl", is_gpu=True,
        shapes=lambda shape: len(shape) == 3 and not is_square(shape), count=7),
    Group(
        "GPU: matmul, batched", "kernels", ("matmul.nn",), ("torch_cuda",), device="opencl", is_gpu=True,
        shapes=lambda shape: len(shape) == 4, count=5),
    Group(
        "GPU: elementwise at 256 MB", "accelerator", ELEMENTWISE, ("torch_cuda",), device="opencl", is_gpu=True,
        count=10, percent_of_peak=lambda name, shape: 85),
    Group(
        "GPU: convolution, forward", "kernels", FORWARD, ("torch_cuda",), device="opencl", is_gpu=True, count=10),
    Group(
        "GPU: convolution, backward", "kernels", BACKWARD, ("torch_cuda",), device="opencl", is_gpu=True, count=10),
    Group(
        "GPU: reductions and softmax", "kernels", REDUCTIONS, ("torch_cuda",), device="opencl", is_gpu=True, count=6),
    Group(
        "GPU: training step", "accelerator", ("cnn.adam",), ("torch_cuda",), device="opencl", is_gpu=True, count=1),
]

# The longest time in seconds that the first and the second `unloop train digits --device opencl` spend on programs.
PROGRAM_SECONDS = {"cold": 6.0, "warm": 0.2}


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None
