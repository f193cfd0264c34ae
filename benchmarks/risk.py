"""Time the supply-risk methods: GeoPolRisk of everything, EU supply risk with draws, the import of the
package.

The first case runs in fresh processes, so that loading tables counts (cold), and again inside one (warm).
The peer is geopolrisk-py, GPL-3, timed only where an interpreter that has it is named in GEOPOLRISK_PYTHON;
it computes one result per call, so its seconds are those of a sample, scaled to the number of our results.

Prints a table; with --json prints one JSON object per case.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from lodestock.threads import pin_blas_threads

pin_blas_threads(1)

TARGETS = {
    "risk-geopolrisk-cold": 3.0,
    "risk-geopolrisk-warm": 0.5,
    "risk-eu-10000-draws": 2.0,
    "risk-import": 0.3,
}
COLD = """
from lodestock.risk import inputs
from lodestock.risk.geopolrisk import geopolrisk
print(geopolrisk(inputs.supply(), inputs.trade(), inputs.governance()).height)
"""
IMPORT = "import lodestock, lodestock.risk"
PEER = """
import time
start = time.perf_counter()
import geopolrisk.assessment.main as peer
loaded = time.perf_counter() - start
start = time.perf_counter()
trade = peer.mapped_baci()
mapped = time.perf_counter() - start
peer.mapped_baci = lambda: trade
start = time.perf_counter()
peer.gprs_calc([2022], ["Germany", "Japan", "France", "Italy", "Spain"], ["Copper", "Nickel"])
print(loaded, mapped, (time.perf_counter() - start) / 10)
"""
"""Seconds of the peer: import, map of trade codes (made once here, at every call there), each result."""


@dataclass(frozen=True)
class Row:
    """One line of the table; ``ratio`` is ours over the peer's."""

    case: str
    seconds: float
    runs: int
    peak_mb: float | None = None
    peer: str | None = None
    peer_seconds: float | None = None
    ratio: float | None = None


def fresh(code: str, runs: int) -> tuple[list[float], list[float], str]:
    """Seconds and peak MB of a program in new processes, and what the last one printed."""
    seconds, peaks, text = [], [], ""
    for _ in range(runs):
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        text = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds.append(time.perf_counter() - start)
        peaks.append(usage.ru_maxrss / 1024)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"a benchmark process ended with {process.returncode}")
    return seconds, peaks, text.strip()


def peer_seconds(results: int) -> tuple[float, float] | None:
    """(import, all results) of the peer in seconds, or None where no interpreter with it is named."""
    python = os.environ.get("GEOPOLRISK_PYTHON")
    if not python:
        return None
    with tempfile.TemporaryDirectory() as home:  # it writes logs and results under the user's documents
        environment = {**os.environ, "HOME": home, "USERPROFILE": home}
        done = subprocess.run(
            [python, "-c", PEER], capture_output=True, text=True, check=False, env=environment
        )
    if done.returncode:
        sys.exit(f"the peer ended with {done.returncode}:\n{done.stderr[-2000:]}")
    loaded, mapped, each = (float(part) for part in done.stdout.split()[-3:])
    return loaded, loaded + mapped + each * results


def rows(runs: int) -> Iterator[Row]:
    """Time every case; fresh processes first: a child starts as large as its parent."""
    imported, small, _ = fresh(IMPORT, max(runs, 5))
    cold, peaks, count = fresh(COLD, runs)
    peer = peer_seconds(int(count))
    yield _with_peer(
        "risk-import",
        statistics.median(imported),
        len(imported),
        max(small),
        None if peer is None else peer[0],
    )
    seconds = statistics.median(cold)
    yield _with_peer("risk-geopolrisk-cold", seconds, runs, max(peaks), None if peer is None else peer[1])

    from lodestock.risk import inputs
    from lodestock.risk.geopolrisk import geopolrisk
    from lodestock.risk.market import study_risk_markets
    from lodestock.risk.uncertainty import draw_supply_risk

    tables = inputs.supply(), inputs.trade(), inputs.governance()
    geopolrisk(*tables)
    yield Row("risk-geopolrisk-warm", _median(lambda: geopolrisk(*tables), runs), runs)
    markets = study_risk_markets()
    yield Row("risk-eu-10000-draws", _median(lambda: draw_supply_risk(markets, 10_000, 1), runs), runs)


def _median(job: object, runs: int) -> float:
    measured = []
    for _ in range(runs):
        start = time.perf_counter()
        job()  # type: ignore[operator]
        measured.append(time.perf_counter() - start)
    return statistics.median(measured)


def _with_peer(case: str, seconds: float, runs: int, peak: float, peer: float | None) -> Row:
    if peer is None:
        return Row(case, round(seconds, 4), runs, round(peak, 1))
    return Row(
        case,
        round(seconds, 4),
        runs,
        round(peak, 1),
        "geopolrisk-py",
        round(peer, 2),
        round(seconds / peer, 6),
    )


def main() -> None:
    """Run all cases and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object per case")
    parser.add_argument("--runs", type=int, default=3, help="runs per case")
    arguments = parser.parse_args()
    for row in rows(arguments.runs):
        if arguments.json:
            print(json.dumps(asdict(row)), flush=True)
        else:
            peer = f"  {row.peer} {row.peer_seconds} s" if row.peer else ""
            print(f"{row.case:<26}{row.seconds:>8.3f} s  asked for {TARGETS[row.case]} s{peer}", flush=True)


if __name__ == "__main__":
    main()
