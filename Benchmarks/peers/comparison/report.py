"""Ratios of what was measured, as JSON and as Markdown."""
import statistics

from .asked import geometric_mean
from .quiet import DISTURBING


def judged(group, rows):
    """A group's result: each row's times, ratio, and whether it is what is asked."""
    result = [judged_row(group, *row) for row in rows]
    mean = geometric_mean([row["ratio"] for row in result if row["ratio"] is not None])
    asked = {"geometric_mean": group.geometric_mean, "each": group.each, "longest_ns": group.longest}
    verdicts = [row["met"] for row in result]
    if group.geometric_mean is not None:
        verdicts.append(mean is not None and mean >= group.geometric_mean)
    return {
        "group": group.title, "device": group.device, "peers": list(group.peers), "asked": asked,
        "geometric_mean": mean, "met": all(verdicts), "rows": result,
    }


def changes(works):
    """Where an earlier program was measured too: both times of each row, and the median over the rounds of after / before."""
    rows = []
    for work in works:
        for key in work.before.keys() & work.times.keys():
            after, before = work.times[key], work.before[key]
            rows.append({
                "name": key[0], "device": key[1], "shape": list(work.benchmarks[0].shape),
                "others_processors": max(work.others, default=None), "before_ns": statistics.median(before),
                "after_ns": statistics.median(after),
                "after_by_before": statistics.median(a / b for a, b in zip(after, before)),
            })
    return sorted(rows, key=lambda row: -row["after_by_before"])


def judged_row(group, name, benchmarks, work):
    times = [work.time((x.name, group.device)) for x in benchmarks]
    ours = None if None in times else sum(times)
    peers = {}
    for peer in group.peers:
        if peer in work.libraries:
            peers |= {variant: work.time((library, variant)) for library, variant in work.times if library == peer}
        else:
            others = [work.time((x.name, peer)) for x in benchmarks]
            peers |= {} if None in others else {peer: sum(others)}
    best = min(peers, key=peers.get, default=None)
    ratio = peers[best] / ours if best is not None and ours is not None else None
    percent = work.percent_of_peak((name, group.device))
    asked_ratio, asked_percent = group.asked(name, work.shape)
    checks = [(ratio, asked_ratio), (percent, asked_percent)]
    met = ours is not None and all(value is not None and value >= asked for value, asked in checks if asked is not None)
    if group.longest is not None:
        met = met and ours <= group.longest
    return {
        "name": name, "shape": list(work.shape), "median_ns": ours, "peers_ns": peers, "best_peer": best,
        "ratio": ratio, "asked_ratio": asked_ratio, "percent_of_peak": percent,
        "asked_percent_of_peak": asked_percent, "met": met,
        "others_processors": max(work.others, default=None),
        "rounds_ns": {" ".join(key): values for key, values in work.times.items()},
    }


def time_text(nanoseconds):
    if nanoseconds is None:
        return ""
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.0f} ns"


def number(value, digits=2, prefix="", suffix=""):
    return "" if value is None else f"{prefix}{value:.{digits}f}{suffix}"


def verdict(met):
    return "yes" if met else "**no**"


def table(header, rows):
    """A Markdown table whose columns are aligned for people too; the first column is text, the others are numbers."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    def line(cells):
        return "| " + " | ".join(c.rjust(w) if i else c.ljust(w) for i, (c, w) in enumerate(zip(cells, widths))) + " |"
    rule = "|" + "|".join("-" * (w + 1) + (":" if i else "-") for i, w in enumerate(widths)) + "|"
    return [line(header), rule, *map(line, rows)]


def title(row):
    mark = " \\*" if (row["others_processors"] or 0) > DISTURBING else ""
    return row["name"] + " " + "×".join(map(str, row["shape"])) + mark


def asked_text(asked):
    parts = [number(asked["geometric_mean"], 1, "mean ≥ "), number(asked["each"], 2, "each ≥ ")]
    parts.append(f"≤ {time_text(asked['longest_ns'])}" if asked["longest_ns"] is not None else "")
    return ", ".join(filter(None, parts))


def markdown(result):
    context = result["context"]
    machine = context["unloop"]
    lines = ["# Unloop and its peers", ""]
    lines += [
        f"- {machine['date']}, revision {context['revision']}, {'quick' if context['quick'] else 'full'},"
        f" {context['rounds']} round(s), {context['threads']} threads, load average at the start"
        f" {context['load_average'][0]:.2f}",
        f"- {machine['os']}, Linux {machine['kernel']}, {machine['cpu']['logical']} processors"
        f" {machine['cpu']['model']} ({machine['cpu']['family']}), {machine['memory_bytes'] / 2**30:.0f} GiB",
    ]
    lines += [
        f"- {device['label']}: {device['name']}; peak {number(device['peak_gflops'], 0)} GFLOP/s, copying"
        f" {number(device['copy_gbps'], 0)} GB/s" for device in machine["devices"]
    ]
    lines += [
        f"- {name} {peer['version']} ({peer['note']}), which chose {'; '.join(peer['kernels'])}"
        for name, peer in context["peers"].items()
    ]
    if context["taken_out_of_the_environment"]:
        pairs = [f"{name}={value}" for name, value in context["taken_out_of_the_environment"].items()]
        lines += [f"- taken out of the environment, as it holds libraries back: {', '.join(pairs)}"]
    disturbed = [
        row for group in result["groups"] for row in group["rows"] if (row["others_processors"] or 0) > DISTURBING
    ]
    if disturbed:
        lines += ["", f"Other processes disturbed {len(disturbed)} rows, marked by \\*: their ratios mean little."]
    lines += ["", "A ratio is the time of the best peer divided by Unloop's: above 1, Unloop is faster.", ""]
    rows = []
    for group in result["groups"]:
        ratios = [row for row in group["rows"] if row["ratio"] is not None]
        lowest = min(ratios, key=lambda row: row["ratio"], default=None)
        rows.append([
            group["group"], ", ".join(group["peers"]), asked_text(group["asked"]), number(group["geometric_mean"]),
            number(lowest and lowest["ratio"]), f"{sum(row['met'] for row in group['rows'])} of {len(group['rows'])}",
            verdict(group["met"]),
        ])
    lines += table(["group", "peers", "asked", "geometric mean", "lowest", "rows met", "met"], rows)
    for group in result["groups"]:
        rows = [
            [
                title(row), time_text(row["median_ns"]),
                time_text(row["peers_ns"].get(row["best_peer"])), row["best_peer"] or "", number(row["ratio"]),
                number(row["asked_ratio"], 2, "≥ "), number(row["percent_of_peak"], 0, suffix=" %"),
                number(row["asked_percent_of_peak"], 0, "≥ ", " %"), verdict(row["met"]),
            ]
            for row in group["rows"]
        ]
        lines += ["", f"## {group['group']}", ""]
        lines += table(
            ["work", group["device"], "best peer", "which", "ratio", "asked", "of peak", "asked", "met"], rows)
    if result["before_and_after"]:
        compared = result["before_and_after"]
        rows = [
            [
                title(row), row["device"], time_text(row["before_ns"]), time_text(row["after_ns"]),
                number(row["after_by_before"], 3),
            ]
            for row in compared
        ]
        lines += ["", "## An earlier revision in the same run", ""]
        mean = geometric_mean([row["after_by_before"] for row in compared])
        lines += [f"Times after by times before: {number(mean, 3)} in the geometric mean; the slowest first.", ""]
        lines += table(["work", "device", "before", "after", "after / before"], rows)
    if result["programs"]:
        rows = [
            [
                row["caches"], str(row["programs_built"]), str(row["programs_from_disk"]),
                number(row["build_seconds"], suffix=" s"), number(row["asked_seconds"], 1, "≤ ", " s"),
                verdict(row["met"]),
            ]
            for row in result["programs"]
        ]
        lines += ["", "## OpenCL: programs of `unloop train digits`", ""]
        lines += table(["caches", "compiled", "from disk", "time", "asked", "met"], rows)
    if result["failures"]:
        lines += ["", "## Failed", "", *[f"- {failure}" for failure in result["failures"]]]
    return "\n".join(lines) + "\n"
