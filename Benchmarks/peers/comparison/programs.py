"""How long `unloop train digits --device opencl` spends on OpenCL programs: with empty caches, then with full ones."""
import json
import tempfile

from .asked import PROGRAM_SECONDS


def measure(unloop):
    """One row for each state of the caches."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        caches = {"UNLOOP_CACHE_DIR": folder + "/unloop", "POCL_CACHE_DIR": folder + "/pocl"}
        for state, asked in PROGRAM_SECONDS.items():
            finished = unloop.run(
                "train", "digits", "--device", "opencl", "--epochs", "1", "--format", "json", environment=caches)
            if finished.returncode != 0:
                raise RuntimeError(f"unloop train digits ended with {finished.returncode}")
            result = json.loads(finished.stdout)
            rows.append({
                "caches": state, "asked_seconds": asked, "met": result["build_seconds"] <= asked,
                **{key: result[key] for key in ("build_seconds", "programs_built", "programs_from_disk")},
            })
    return rows
