"""The suites' work by PyTorch on a CUDA device: eager mode, float32 without TF32, as Unloop computes."""
import torch

from . import torch_work
from .torch_work import variants

__all__ = ["finish", "start", "variants"]


def start(threads):
    description = torch_work.start(threads)
    torch.set_default_device("cuda")
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    return description | {"note": f"{torch.cuda.get_device_name()}, CUDA {torch.version.cuda}, TF32 off"}


def finish():
    torch.cuda.synchronize()
