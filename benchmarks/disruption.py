"""Time the weekly model and the back-test: one material over 104 weeks, 200 draws, all training episodes.

Prints a table; with --json prints one JSON object per case.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date

from lodestock.threads import pin_blas_threads

pin_blas_threads()

TARGETS = {"disruption-104-weeks": 3.0, "disruption-200-draws": 60.0, "disruption-backtest": 300.0}
DAY = date(2025, 1, 1)


def path(draws: int) -> None:
    """Run a licence on gallium, every country of its world, for 104 weeks."""
    from lodestock.disruption.base import base_of
    from lodestock.disruption.events import Event
    from lodestock.disruption.parameters import read_parameters, sample
    from lodestock.disruption.path import run
    from lodestock.world.cache import load_world

    base = base_of(load_world("gallium"), ["CHN"])
    run([base], [Event("licence", DAY, DAY)], sample(read_parameters(), draws, 1), start=DAY, weeks=104)


def whole() -> None:
    """Judge every training episode leave-one-out."""
    from lodestock.disruption.backtest import backtest

    backtest()


def median(job: Callable[[], None], runs: int) -> float:
    """Median seconds of several runs, after one that fills the caches when there is more than one."""
    if runs > 1:
        job()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        job()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def main() -> None:
    """Time every case."""
    jobs: dict[str, tuple[Callable[[], None], int]] = {
        "disruption-104-weeks": (lambda: path(1), 5),
        "disruption-200-draws": (lambda: path(200), 3),
        "disruption-backtest": (whole, 1),
    }
    for case, (job, runs) in jobs.items():
        seconds = median(job, runs)
        if "--json" in sys.argv:
            print(
                json.dumps({"case": case, "seconds": round(seconds, 3), "runs": runs, "peak_mb": None}),
                flush=True,
            )
        else:
            print(f"{case:<24}{seconds:>9.2f} s  asked for {TARGETS[case]:g} s", flush=True)


if __name__ == "__main__":
    main()
