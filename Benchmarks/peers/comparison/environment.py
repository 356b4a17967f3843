"""What a comparison runs in: the peers' Python, the number of threads, and what the machine is."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ["numpy", "torch"]
REPOSITORY = Path(__file__).resolve().parents[3]
# Each library has its own name for the number of threads.
THREAD_VARIABLES = [
    "UNLOOP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POCL_MAX_PTHREAD_COUNT",
    "POCL_CPU_MAX_CU_COUNT",
]


def say(text):
    print(text, file=sys.stderr, flush=True)


def with_threads(threads):
    return os.environ | {name: str(threads) for name in THREAD_VARIABLES}


def has_packages(python):
    found = subprocess.run([python, "-c", f"import {', '.join(PACKAGES)}"], capture_output=True, text=True)
    return found.returncode == 0


def own_python():
    """The interpreter of a virtual environment with the peers, made at the first call."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "unloop-peers"
    python = cache / "venv" / "bin" / "python"
    if not has_packages_at(python):
        say(f"installing {' and '.join(PACKAGES)} in {cache}")
        shutil.rmtree(cache / "venv", ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", cache / "venv"], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True, stdout=sys.stderr)
    return str(python)


def has_packages_at(python):
    return python.exists() and has_packages(python)


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
