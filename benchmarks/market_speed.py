"""Time the compiled market engine: one cold solve, thirty materials, three years of months, many scenarios.

All worlds have 60 countries, 4 stages, 20 % of the country pairs trading, friction 0.1 unless the case says
exact (0), and one levy per stage on a zone's mean price (per importing member where the case says importers).
Solves are cold, without audit, on one thread, with the topology analysed and the kernels loaded before; they
hold validation, certificate and levy statuses. The scenarios run on two threads, base and analysis included.

Prints a table; with --json one object per case. Name one case to run it in this process; several run in a
process each, so that their peak memory is their own.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from lodestock.threads import pin_blas_threads

pin_blas_threads(1)

import numpy as np  # noqa: E402

from lodestock.market import Changes, Market, analyse, solve, solve_many  # noqa: E402
from market_cases import Sizes, many_materials, monte_carlo, over_months, random_world  # noqa: E402

WORLD = Sizes(60, 4)
SCENARIOS, TOLERANCE = 10_000, 1e-6


@dataclass(frozen=True)
class Row:
    """One line; ``cpu_seconds`` is processor time of all threads: other work on the machine moves it less."""

    case: str
    seconds: float
    runs: int
    peak_mb: float
    cpu_seconds: float
    note: str


def measured(case: str, jobs: list[Callable[[], str]], repeats: int, *, warm: bool = True) -> Row:
    """Run every job ``repeats`` times, after once to warm up, and return medians and the last note."""
    wall, cpu, note = [], [], ""
    for job in jobs:
        if warm:
            job()
        for _ in range(repeats):
            start, used = time.perf_counter(), time.process_time()
            note = job()
            wall.append(time.perf_counter() - start)
            cpu.append(time.process_time() - used)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Row(
        case,
        round(statistics.median(wall), 5),
        len(wall),
        round(peak, 1),
        round(statistics.median(cpu), 5),
        note,
    )


def cold(case: str, markets: list[Market], repeats: int) -> Row:
    """Time cold solves of markets whose topology is known; every one must hold its certificate."""

    def job_of(market: Market) -> Callable[[], str]:
        topology = analyse(market, compiled=True)

        def job() -> str:
            solution = solve(market, audit=False, topology=topology)
            assert solution.is_solved, solution.certificate
            rungs = sorted({step.rung for step in solution.steps})
            return f"{', '.join(rungs)}; certificate {solution.certificate.worst:.0e}"

        return job

    return measured(case, [job_of(market) for market in markets], repeats)


def topology(case: str) -> Row:
    """Time the analysis of thirty materials, of another market in every run: nothing is remembered."""
    worlds = iter([many_materials(WORLD, 30, 100 * number) for number in range(6)])

    def job() -> str:
        found = analyse(next(worlds), compiled=True)
        front = max(
            int((part.plan.end - 4 * np.arange(len(part.plan.end))).max()) for part in found.components
        )
        return f"{len(found.components)} components, widest front {front}"

    return measured(case, [job], 5)


def scenarios(case: str) -> Row:
    """Time the scenarios on two threads."""
    world = random_world(WORLD, 0)
    changes = monte_carlo(world, SCENARIOS, 1)
    solve_many(world, Changes(1), tolerance=TOLERANCE)

    def job() -> str:
        batch = solve_many(world, changes, threads=2, tolerance=TOLERANCE)
        return (
            f"{batch.solved.mean():.2%} solved to {TOLERANCE:g}, {batch.fallback.mean():.2%} by the ladder, "
            f"worst {batch.residual.max():.0e}, {int(np.median(batch.iterations))} systems each"
        )

    return measured(case, [job], 1, warm=False)


CASES: dict[str, Callable[[str], Row]] = {
    "levy-60x4": lambda case: cold(case, [random_world(WORLD, seed) for seed in range(5)], 5),
    "levy-60x4-importers": lambda case: cold(
        case, [random_world(replace(WORLD, reference="importer"), seed) for seed in range(5)], 5
    ),
    "levy-30x60x4": lambda case: cold(case, [many_materials(WORLD, 30, 0)], 5),
    "levy-30x60x4-exact": lambda case: cold(case, [many_materials(replace(WORLD, friction=0.0), 30, 0)], 5),
    "levy-60x4x36": lambda case: cold(case, [over_months(random_world(WORLD, 0), 36, 0)], 3),
    "monte-carlo-10000": scenarios,
    "topology-30": topology,
}


def main() -> None:
    """Print the table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object per case")
    parser.add_argument("case", nargs="*", choices=[[], *CASES], help="cases to run, by default all")
    given = parser.parse_args()
    names = given.case or list(CASES)
    if len(names) > 1:
        for name in names:
            flags = ["--json"] if given.json else []
            subprocess.run([sys.executable, __file__, name, *flags], check=True)
        return
    row = CASES[names[0]](names[0])
    if given.json:
        print(json.dumps(asdict(row)), flush=True)
        return
    times = f"{row.seconds:9.4f} s {row.cpu_seconds:9.4f} s cpu {row.peak_mb:6.0f} MB"
    print(f"{row.case:20}{times}  {row.note}", flush=True)


if __name__ == "__main__":
    main()
