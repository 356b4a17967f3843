"""Runs `unloop bench` and the peers, one after the other on the same work."""
import json
import re
import statistics
import subprocess
import time
from pathlib import Path

from .asked import Listed
from .environment import say, with_threads
from .quiet import DISTURBING, Watch

# What `unloop bench` uses with and without --quick.
SETTINGS = {
    True: {"minimum_seconds": 0.02, "repetitions": 5, "slow_seconds": 0.1},
    False: {"minimum_seconds": 0.2, "repetitions": 10, "slow_seconds": 0.5},
}


class Unloop:
    def __init__(self, program, threads, quick):
        self.program, self.environment, self.quick = program, with_threads(threads), quick
        self.context = None

    def run(self, *arguments, environment={}):
        return subprocess.run(
            [self.program, *arguments], env=self.environment | environment, stdout=subprocess.PIPE, text=True,
            check=False)

    def listed(self):
        lines = self.run("bench", "--list").stdout.splitlines()
        return [Listed(s, name, tuple(map(int, shape.split("×")))) for s, name, shape in map(str.split, lines)]

    def measure(self, benchmarks, devices, peers):
        """The rows of benchmarks of one suite and one shape, by name and device. Results are checked before timing."""
        names = "|".join(re.escape(x.name).replace("\\-", "-") for x in benchmarks)
        arguments = ["--suite", benchmarks[0].suite, "--filter", f"^({names}) {benchmarks[0].shape_text}$"]
        arguments += ["--devices", ",".join(devices), "--format", "json"]
        arguments += ["--peers", ",".join(peers)] if peers else []
        finished = self.run("bench", *arguments, *(["--quick"] if self.quick else []))
        if not finished.stdout:
            raise RuntimeError(f"unloop bench {' '.join(arguments)} ended with {finished.returncode}")
        result = json.loads(finished.stdout)
        self.context = self.context or result["context"]
        known = [device["label"] for device in self.context["devices"]]
        self.context["devices"] += [device for device in result["context"]["devices"] if device["label"] not in known]
        for row in result["benchmarks"]:
            if row["status"].startswith("failed"):
                raise RuntimeError(f"{row['name']} {row['shape']} on {row['device']}: {row['status']}")
        return {(row["name"], row["device"]): row for row in result["benchmarks"]}


class Library:
    """A worker process with one library."""

    def __init__(self, name, python, threads, quick):
        self.name, self.settings = name, SETTINGS[quick]
        self.process = subprocess.Popen(
            [python, "-m", "comparison.worker", name, str(threads)], env=with_threads(threads), text=True,
            cwd=Path(__file__).resolve().parents[1], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.description = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the worker of {self.name} ended with {self.process.wait()}")
        return json.loads(line)

    def measure(self, name, shape):
        """Nanoseconds by variant."""
        request = {"name": name, "shape": shape, "settings": self.settings}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = self.answer()
        if "error" in answer:
            raise RuntimeError(f"{self.name}, {name} {shape}: {answer['error']}")
        return answer["variants"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Work:
    """What is timed together: benchmarks of one shape, and everything that they are compared with."""

    def __init__(self, name, shape, benchmarks):
        self.name, self.shape, self.benchmarks = name, shape, benchmarks
        self.devices, self.libraries, self.peers = set(), set(), set()
        # Times of all rounds in nanoseconds, by name and device, or by library and variant; of an earlier program, by name and device; and
        # percentages of peaks.
        self.times, self.before, self.percentages = {}, {}, {}
        # How many processors others used, for each round that counts.
        self.others = []

    def want(self, group):
        self.devices.add(group.device)
        for peer in group.peers:
            if peer.startswith("peer:"):
                self.peers.add(peer.removeprefix("peer:"))
            elif peer in ("cpu", "opencl"):
                self.devices.add(peer)
            else:
                self.libraries.add(peer)

    def round(self, number, unloop, before, libraries, attempts):
        """Measures everything once, and once more when others used the processors, up to a number of attempts."""
        best = None
        for _ in range(attempts):
            watch = Watch([library.process for library in libraries.values()])
            measured = self.measured(number, unloop, before, libraries)
            others = watch.others()
            if best is None or others < best[0]:
                best = (others, *measured)
            if others <= DISTURBING:
                break
        self.others.append(best[0])
        for all_rounds, new in zip((self.times, self.before, self.percentages), best[1:]):
            for key, value in new.items():
                all_rounds.setdefault(key, []).append(value)

    def measured(self, number, unloop, before, libraries):
        times, times_before, percentages = {}, {}, {}

        def earlier():
            if before is not None:
                for key, row in before.measure(self.benchmarks, sorted(self.devices), []).items():
                    if row["median_ns"] is not None:
                        times_before[key] = row["median_ns"]

        def ours():
            for key, row in unloop.measure(self.benchmarks, sorted(self.devices), sorted(self.peers)).items():
                if row["median_ns"] is not None:
                    times[key] = row["median_ns"]
                if row["percent_of_peak"] is not None:
                    percentages[key] = row["percent_of_peak"]

        def theirs():
            for library in sorted(self.libraries):
                # Threads of the one before may still wait actively for more work.
                time.sleep(0.05)
                for variant, median in libraries[library].measure(self.name, self.shape).items():
                    times[library, variant] = median

        # In turns, so that neither always finds the machine as the other left it.
        for run in (ours, earlier, theirs) if number % 2 == 0 else (theirs, earlier, ours):
            run()
        return times, times_before, percentages

    def time(self, key):
        return statistics.median(self.times[key]) if key in self.times else None

    def percent_of_peak(self, key):
        return statistics.median(self.percentages[key]) if key in self.percentages else None


def plan(groups, listed):
    """The rows of each group with their work; work that several groups need is there once."""
    works, rows = [], {}
    for group in groups:
        rows[group.title] = []
        for name, shape, benchmarks in group.rows(listed):
            work = next((w for w in works if set(benchmarks) <= set(w.benchmarks)), None)
            if work is None:
                work = Work(name, shape, benchmarks)
                works.append(work)
            work.want(group)
            rows[group.title].append((name, benchmarks, work))
    return works, rows


def run(works, unloop, before, libraries, rounds, attempts):
    """Rows that failed, each a text; the others go on. An interrupt ends the measuring and keeps what is there."""
    failures = []
    for position, work in enumerate(works):
        say(f"[{position + 1}/{len(works)}] {work.name} {work.benchmarks[0].shape_text}")
        try:
            for number in range(rounds):
                work.round(number, unloop, before, libraries, attempts)
        except RuntimeError as error:
            say(f"failed: {error}")
            failures.append(str(error))
        except KeyboardInterrupt:
            return failures + [f"interrupted after {position} of {len(works)}"]
        if max(work.others, default=0) > DISTURBING:
            say(f"  other processes used {max(work.others):.1f} processors meanwhile: do not trust this row")
    return failures
