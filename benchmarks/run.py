"""Time and peak memory of the main jobs, as a user meets them: whole commands in fresh processes.

Prints a table and appends one JSON object per case to benchmarks/out/results.jsonl: case, seconds (median),
runs, peak_mb, peer, peer_seconds, ratio (ours over the peer's), cpu_seconds, note. Name cases to run only
some.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import psutil

HERE = Path(__file__).resolve().parent
LODESTOCK = Path(sys.executable).with_name("lodestock")
SINGLE = "ndpr-floor-110"
ZONE = "four-material-zone-floor"
TARGETS = {
    "help": "0.4 s",
    "single-scenario": "2 s",
    "report": "7 s",
    "four-material-200-draws": "60 s, 600 MB",
    "sddp-multistock-100": "2 s",
    "reserve-20x24": "120 s, 1 GB",
    "reserve-50x24": "600 s",
    "risk-geopolrisk-cold": "3 s",
    "risk-geopolrisk-warm": "0.5 s",
    "risk-eu-10000-draws": "2 s",
    "risk-import": "0.3 s",
    "disruption-104-weeks": "3 s",
    "disruption-200-draws": "60 s",
    "disruption-backtest": "300 s",
    "levy-60x4": "25 ms",
    "levy-30x60x4": "0.4 s",
    "levy-30x60x4-exact": "1.2 s",
    "levy-60x4x36": "8 s, 500 MB",
    "monte-carlo-10000": "15 s",
    "topology-30": "0.5 s",
}


@dataclass(frozen=True)
class Result:
    """One line of the table and of results.jsonl."""

    case: str
    seconds: float
    runs: int
    peak_mb: float | None
    peer: str | None = None
    peer_seconds: float | None = None
    ratio: float | None = None
    cpu_seconds: float | None = None
    note: str | None = None


def timed(command: list[str]) -> tuple[float, float]:
    """Run a command to its end; return seconds of wall time and peak memory in MB, its workers included."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    stop, peaks = threading.Event(), [0.0]
    watcher = threading.Thread(target=watch, args=(process.pid, stop, peaks))
    watcher.start()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    stop.set()
    watcher.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.stderr is not None
    said = process.stderr.read().decode()
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}:\n{said}")
    return seconds, max(usage.ru_maxrss / 1024, *peaks)


def watch(pid: int, stop: threading.Event, peaks: list[float]) -> None:
    """Note the memory of a process and its workers, shared pages counted once, until told to stop."""
    while not stop.wait(0.2):
        with contextlib.suppress(psutil.Error):
            parent = psutil.Process(pid)
            family = [parent, *parent.children(recursive=True)]
            peaks.append(sum(member.memory_full_info().pss for member in family) / 2**20)


def command_case(case: str, arguments: list[str], runs: int) -> Iterator[Result]:
    """Time one command of ours, after one run that fills the caches."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(LODESTOCK), *(argument.replace("OUT", folder) for argument in arguments)]
        timed(command)
        measured = [timed(command) for _ in range(runs)]
    seconds, peaks = zip(*measured, strict=True)
    yield Result(case, round(statistics.median(seconds), 4), runs, round(max(peaks), 1))


def program_cases(name: str, *cases: str) -> Iterator[Result]:
    """Run another program of this folder, or some cases of it; it prints them as JSON, peers beside them."""
    done = subprocess.run(
        [sys.executable, HERE / name, "--json", *cases], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"benchmarks/{name} ended with {done.returncode}:\n{done.stderr}")
    for line in done.stdout.splitlines():
        yield Result(**json.loads(line))


MARKET_SPEED = (
    "levy-60x4",
    "levy-60x4-importers",
    "levy-30x60x4",
    "levy-30x60x4-exact",
    "levy-60x4x36",
    "monte-carlo-10000",
    "topology-30",
)
"""Cases of the compiled market engine, each in a process of its own."""

CASES: dict[str, Callable[[], Iterator[Result]]] = {
    "help": lambda: command_case("help", ["--help"], 9),
    "single-scenario": lambda: command_case(
        "single-scenario", ["run", SINGLE, "--draws", "0", "--format", "none", "--quiet", "--out", "OUT/x"], 5
    ),
    "report": lambda: command_case("report", ["run", SINGLE, "--draws", "0", "--quiet", "--out", "OUT/x"], 3),
    "four-material-200-draws": lambda: command_case(
        "four-material-200-draws", ["run", ZONE, "--draws", "200", "--quiet", "--out", "OUT/x"], 1
    ),
    "market": lambda: program_cases("market.py"),
    **{case: partial(program_cases, "market_speed.py", case) for case in MARKET_SPEED},
    "market-peers": lambda: program_cases("market_peers.py"),
    "market-robustness": lambda: program_cases("market_robustness.py"),
    "risk": lambda: program_cases("risk.py"),
    "sddp": lambda: program_cases("sddp.py"),
    "reserve": lambda: program_cases("reserve.py"),
    "disruption": lambda: program_cases("disruption.py"),
}


def table_line(result: Result) -> str:
    """Format one result, with what is asked of the case beside it."""
    peer = f"{result.peer} {result.peer_seconds:.3f} s, ratio {result.ratio:.2f}" if result.peer else ""
    peak = f"{result.peak_mb:.0f} MB" if result.peak_mb is not None else ""
    cpu = f"{result.cpu_seconds:.3f} s" if result.cpu_seconds is not None else ""
    asked = TARGETS.get(result.case, "")
    return (
        f"{result.case:<32}{result.seconds:>9.3f} s {cpu:>9} {peak:>8}  {asked:<14}{peer}{result.note or ''}"
    )


def main() -> None:
    """Run the named cases, or all."""
    unknown = set(sys.argv[1:]) - set(CASES)
    if unknown:
        sys.exit(f"no such case: {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
    target = HERE / "out" / "results.jsonl"
    target.parent.mkdir(exist_ok=True)
    print(f"{'case':<32}{'median':>11} {'cpu':>9} {'peak':>8}  {'asked for':<14}peer")
    with target.open("a", encoding="utf-8") as lines:
        for name in sys.argv[1:] or CASES:
            for result in CASES[name]():
                print(table_line(result), flush=True)
                lines.write(json.dumps(asdict(result)) + "\n")


if __name__ == "__main__":
    main()
