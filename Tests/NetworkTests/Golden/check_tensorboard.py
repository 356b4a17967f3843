#!/usr/bin/env python3
"""Has TensorBoard read the event files of TensorBoardTests.swift, and compares what it would show with what was logged.

    python3 -m venv venv && venv/bin/pip install tensorboard
    UNLOOP_EVENT_FILES=logs/run swift test -c release --filter TensorBoardTests
    venv/bin/python Tests/NetworkTests/Golden/check_tensorboard.py logs

The files are of a training that was interrupted in its fourth epoch and taken up after its second: no point may be there twice. They are
read twice: by the loader in Python, which heeds the entries of a training's begin, and by the server in Rust that `tensorboard` starts where
there is one, which heeds steps that go back. With `--golden` instead of a folder it prints the records that the test has as hexadecimal texts.
"""
import io
import json
import pathlib
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

EPOCHS = [1, 2, 3, 4]
EXPECTED = {
    ("run", "loss/training"): [(number, 1 / number) for number in EPOCHS],
    ("run", "metrics/größe"): [(number, number) for number in EPOCHS],
    ("run", "learning_rate"): [(number, 0.001) for number in EPOCHS],
    ("run/steps", "loss/step"): [(step, step) for step in range(2, 13, 2)],
}


def golden() -> None:
    value = summary_pb2.Summary.Value
    for event in [
        event_pb2.Event(wall_time=1234.5, file_version="brain.Event:2"),
        event_pb2.Event(wall_time=1234.5, step=3, session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START)),
        event_pb2.Event(wall_time=1234.5, step=300, summary=summary_pb2.Summary(value=[
            value(tag="loss/training", simple_value=0.1), value(tag="metrics/größe", simple_value=0)])),
    ]:
        file = io.BytesIO()
        RecordWriter(file).write(event.SerializeToString())
        print(file.getvalue().hex())


def compare(reader: str, key: tuple, found: list) -> int:
    expected = EXPECTED[key]
    same = [step for step, _ in found] == [step for step, _ in expected] and all(
        abs(a - b) <= 1e-7 * b for (_, a), (_, b) in zip(found, expected))
    print(f"{reader}: {key[0]} {key[1]}: {'as logged' if same else f'{found} instead of {expected}'}")
    return 0 if same else 1


def by_loader(folder: pathlib.Path) -> int:
    failures = 0
    for run in ["run", "run/steps"]:
        accumulator = EventAccumulator(str(folder / run))
        accumulator.Reload()
        tags = [tag for name, tag in EXPECTED if name == run]
        if sorted(accumulator.Tags()["scalars"]) != sorted(tags):
            print(f"loader: {run} has {accumulator.Tags()['scalars']} instead of {tags}")
            failures += 1
        for tag in tags:
            failures += compare("loader", (run, tag), [(point.step, point.value) for point in accumulator.Scalars(tag)])
    return failures


def by_server(folder: pathlib.Path, fast: str) -> int:
    process = subprocess.Popen(
        [sys.executable, "-m", "tensorboard.main", "--logdir", folder, "--port", "0", "--load_fast", fast],
        stderr=subprocess.PIPE, text=True)
    try:
        address = None
        while address is None:
            line = process.stderr.readline()
            if not line:
                print(f"server ({fast}): it ended")
                return 1
            address = re.search(r"http://\S+", line)
        base = address[0].rstrip("/") + "/data/plugin/scalars/"

        def get(path: str):
            with urllib.request.urlopen(base + path) as answer:
                return json.load(answer)

        for _ in range(100):
            if set(get("tags")) >= {run for run, _ in EXPECTED}:
                break
            time.sleep(0.2)
        failures = 0
        for run, tag in EXPECTED:
            points = get("scalars?" + urllib.parse.urlencode({"run": run, "tag": tag}))
            failures += compare(f"server (load_fast {fast})", (run, tag), [(step, value) for _, step, value in points])
        return failures
    finally:
        process.kill()
        process.wait()


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    if sys.argv[1] == "--golden":
        golden()
        return 0
    folder = pathlib.Path(sys.argv[1])
    return 1 if by_loader(folder) + by_server(folder, "true") + by_server(folder, "false") else 0


sys.exit(main())
