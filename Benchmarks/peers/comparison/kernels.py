"""Which kernels the libraries of this process have chosen for the processor."""


def thread_pools():
    """A line for each library that has threads of its own: its name, version, kernels, and number of threads."""
    try:
        import threadpoolctl
    except ImportError:
        return ["unknown: threadpoolctl is not installed"]
    lines = []
    for pool in threadpoolctl.threadpool_info():
        parts = [pool["internal_api"], pool.get("version"), pool.get("architecture"), f"{pool['num_threads']} threads"]
        lines.append(" ".join(part for part in parts if part))
    return sorted(set(lines))
