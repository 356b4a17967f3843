"""The suites' matrix products by numpy."""
import numpy as np

from .kernels import thread_pools


def start(threads):
    """The number of threads comes from the environment."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "version": np.__version__, "note": f"{blas.get('name')} {blas.get('version')}", "kernels": thread_pools(),
    }


def variants(name, shape):
    """Functions by variant that make the inputs and give what is to be timed."""
    if not name.startswith("matmul."):
        raise LookupError(f"numpy has no work {name}")
    return {"numpy": lambda: product(name.split(".")[1], shape)}


def product(layout, shape):
    *batch, m, n, k = shape
    generator = np.random.default_rng(1)

    def operand(rows, columns, transposed):
        stored = batch + ([columns, rows] if transposed else [rows, columns])
        matrix = generator.uniform(-1, 1, stored).astype(np.float32)
        return matrix.swapaxes(-1, -2) if transposed else matrix

    a, b = operand(m, k, layout[0] == "t"), operand(k, n, layout[1] == "t")
    out = np.empty(batch + [m, n], np.float32)
    return lambda: np.matmul(a, b, out=out)
