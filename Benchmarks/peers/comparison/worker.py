"""A process that times one library: `python -m comparison.worker numpy|torch|torch_cuda THREADS`.

Reads one request a line, `{"name", "shape", "settings"}`, and answers each with one line:
`{"variants": {name: nanoseconds}}`, or `{"error": text}`. What a library can do in several ways has several variants.
"""
import gc
import importlib
import json
import statistics
import sys
import time
import traceback

SHORTEST_SAMPLE = 200_000


def sample(run, finish, count):
    start = time.perf_counter_ns()
    for _ in range(count):
        run()
    finish()
    return time.perf_counter_ns() - start


def median(run, finish, minimum_seconds, repetitions, slow_seconds):
    """The median time of a run in nanoseconds, measured as `unloop bench` does: samples of at least 200 µs, and
    three samples of what is slow. `finish` waits for a device that works by itself."""
    run()
    finish()
    count, elapsed = 1, sample(run, finish, 1)
    if elapsed > slow_seconds * 1e9:
        minimum_seconds, repetitions = 0, min(3, repetitions)
    while elapsed < SHORTEST_SAMPLE:
        count *= 8 if elapsed < SHORTEST_SAMPLE / 16 else 2
        elapsed = sample(run, finish, count)
    samples, total = [], 0
    while len(samples) < repetitions or total < minimum_seconds * 1e9:
        elapsed = sample(run, finish, count)
        total += elapsed
        samples.append(elapsed / count)
    return statistics.median(samples)


def main():
    library, threads = sys.argv[1], int(sys.argv[2])
    work = importlib.import_module(f"comparison.{library}_work")
    print(json.dumps(work.start(threads)), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            variants = {}
            for name, make in work.variants(request["name"], request["shape"]).items():
                run = make()
                variants[name] = median(run, getattr(work, "finish", lambda: None), **request["settings"])
                del run
                gc.collect()
            answer = {"variants": variants}
        except Exception as error:
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
