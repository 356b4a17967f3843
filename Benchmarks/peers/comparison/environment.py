"""What a comparison runs in: the peers' Python, the number of threads, and what the machine is."""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ["numpy", "torch"]
# Tells which kernels they chose; results say so where it is missing.
TELLING = ["threadpoolctl"]
REPOSITORY = Path(__file__).resolve().parents[3]
# Each library has its own name for the number of threads.
THREAD_VARIABLES = [
    "UNLOOP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POCL_MAX_PTHREAD_COUNT",
    "POCL_CPU_MAX_CU_COUNT",
]


# What keeps a library from the kernels that it would choose by itself: each gets its best. Machines set some of these for reasons that
# are not speed: with OPENBLAS_CORETYPE=Haswell, numpy reaches about half of a Zen 5.
HOLDING_BACK = re.compile(
    r"(OPENBLAS_(CORETYPE|L2_SIZE|VERBOSE|MAIN_FREE|THREAD_TIMEOUT|DEFAULT_NUM_THREADS)|GOTOBLAS_MAIN_FREE"
    r"|MKL_(CBWR|ENABLE_INSTRUCTIONS|DEBUG_CPU_TYPE|VERBOSE|DYNAMIC|DOMAIN_NUM_THREADS)"
    r"|ATEN_CPU_CAPABILITY|(ONEDNN|DNNL)_\w+|NPY_(DISABLE|ENABLE)_CPU_FEATURES|TORCH_\w*(ALLOW|DISABLE)\w*"
    r"|OMP_(DYNAMIC|SCHEDULE|PROC_BIND|PLACES|WAIT_POLICY|THREAD_LIMIT)|(KMP|GOMP)_\w+"
    r"|UNLOOP_(CPU_ISA|CPU_INTERPRET|POISON_MEMORY|OPENCL_CLASS|OPENCL_INTERPRETED_ELEMENTS|OPENCL_MEMORY_LIMIT))")


def say(text):
    print(text, file=sys.stderr, flush=True)


def taken_out():
    """Variables of this process that nothing that is measured sees, with their values."""
    return {name: value for name, value in sorted(os.environ.items()) if HOLDING_BACK.fullmatch(name)}


def with_threads(threads):
    """The environment of everything that is measured."""
    kept = {name: value for name, value in os.environ.items() if not HOLDING_BACK.fullmatch(name)}
    return kept | {name: str(threads) for name in THREAD_VARIABLES}


def has_packages(python, packages=PACKAGES):
    found = subprocess.run([python, "-c", f"import {', '.join(packages)}"], capture_output=True, text=True)
    return found.returncode == 0


def own_python():
    """The interpreter of a virtual environment with the peers, made at the first call."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "unloop-peers"
    python = cache / "venv" / "bin" / "python"
    if not python.exists() or not has_packages(python, PACKAGES + TELLING):
        say(f"installing {' and '.join(PACKAGES)} in {cache}")
        shutil.rmtree(cache / "venv", ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", cache / "venv"], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES, *TELLING], check=True, stdout=sys.stderr)
    return str(python)


def build_unloop():
    build = ["swift", "build", "-c", "release", "--package-path", str(REPOSITORY)]
    say("building unloop")
    subprocess.run(build + ["--product", "unloop"], check=True, stdout=sys.stderr)
    folder = subprocess.run(build + ["--show-bin-path"], check=True, capture_output=True, text=True).stdout.strip()
    return str(Path(folder) / "unloop")


def revision():
    """The commit that is measured, with a mark when files differ from it; None outside of a repository."""
    git = ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(git, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
