"""How often the market engine answers, and how: random levy worlds of four sizes, and worlds with folds.

Every world is drawn from its seed: exact or frictional arcs, hub or importer levies, duties or none, straight
or curved supply and use. A world counts as solved only when the certificate, new from prices, levels
and levies, is at most 1e-8; as stated when the engine says that it found no equilibrium; else as wrong.

Folds are the chain of two refineries of docs/model-market.md with random parameters, where the levy lowers
the price it is to raise. The smallest equilibrium rate is known from a scan; the engine must name it, or say
that several equilibria exist.

Usage: python benchmarks/market_robustness.py [--count 1000] [--json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial

from lodestock.threads import pin_blas_threads

pin_blas_threads(1)

import numpy as np  # noqa: E402

from lodestock.errors import LodestockError  # noqa: E402
from lodestock.market import (  # noqa: E402
    Market,
    assemble,
    certify,
    concatenate_activities,
    concatenate_curves,
    levy,
    linear_supply,
    linear_use,
    process,
    solve,
    trade,
)
from market_cases import Sizes, random_world, without_levies  # noqa: E402

SIZES = {"3x2": (3, 2, 0.5), "10x3": (10, 3, 0.4), "40x3": (40, 3, 0.2), "60x4": (60, 4, 0.2)}
LARGEST = 1e-8
WORKERS = 2


def world_of(countries: int, stages: int, density: float, seed: int) -> Market:
    """Return the world of a seed."""
    rng = np.random.default_rng([seed, countries, stages])
    sizes = Sizes(
        countries,
        stages,
        density=density,
        friction=float(rng.choice([0.0, 0.1])),
        reference=str(rng.choice(["hub", "importer"])),
        duties=bool(rng.integers(2)),
        linear=bool(rng.integers(2)),
    )
    return random_world(sizes, seed)


def judged(countries: int, stages: int, density: float, seed: int) -> tuple[str, float, tuple[str, ...]]:
    """Return (verdict, seconds, statuses of the levies) of one world."""
    market = world_of(countries, stages, density, seed)
    start = time.perf_counter()
    try:
        solution = solve(market)
    except LodestockError:
        return "wrong", time.perf_counter() - start, ()
    taken = time.perf_counter() - start
    if not solution.is_solved:
        return "stated", taken, ()
    again = certify(market, solution.price, solution.level, solution.levy)
    statuses = tuple(status.status for status in solution.certificate.levies)
    return ("solved" if again.worst <= LARGEST else "wrong"), taken, statuses


def fold_of(seed: int) -> tuple[Market, float]:
    """Return a chain of two refineries and the floor it is given; see docs/model-market.md."""
    rng = np.random.default_rng(seed)
    ore, zone, abroad = 0, 1, 2
    wasteful = rng.uniform(1.2, 1.8)
    curves = concatenate_curves(
        [
            linear_supply(["mine"], [ore], 2.0, 0.02),
            linear_use(["zone use"], [zone], 100.0, 0.1),
            linear_use(["use abroad"], [abroad], 100.0, rng.uniform(0.3, 0.9)),
        ]
    )
    activities = concatenate_activities(
        [
            process(
                ["zone refinery", "refinery abroad"],
                [ore, ore],
                [zone, abroad],
                [20.0, rng.uniform(4.0, 12.0)],
                0.0,
                np.inf,
                yield_=[1.0, 1.0 / wasteful],
            ),
            trade(["import"], [abroad], [zone], 1.0, 0.0),
        ]
    )
    free = solve(assemble(("ore", "zone", "abroad"), activities, curves))
    floor = float(free.price[zone] * rng.uniform(0.9, 1.1))
    held = levy("floor", charged=[2], reference={zone: 1.0}, floor=floor, cap=12.0)
    return assemble(("ore", "zone", "abroad"), activities, curves, held), floor


def judged_fold(seed: int) -> tuple[str, float, tuple[str, ...]]:
    """Return (verdict, seconds, status): ``solved`` when the engine's rate is the smallest of a scan."""
    market, floor = fold_of(seed)
    start = time.perf_counter()
    solution = solve(market)
    taken = time.perf_counter() - start
    if not solution.is_solved:
        return "stated", taken, ()
    least = smallest_rate(market, floor)
    status = solution.certificate.levies[0]
    right = abs(status.rate - least) <= 2e-2 if status.status != "unenforceable" else least >= 12.0 - 1e-9
    return ("solved" if right else "stated" if solution.multiple else "wrong"), taken, (status.status,)


def smallest_rate(market: Market, floor: float, steps: int = 600) -> float:
    """Return the smallest rate at which the protected price meets the floor, or the cap, by a scan."""
    previous = None
    for rate in np.linspace(0.0, 12.0, steps + 1):
        cost = market.cost.copy()
        cost[2] += rate
        price = solve(replace(without_levies(market), cost=cost), audit=False).price[1]
        gap = price - floor
        if rate == 0.0 and gap >= 0.0:
            return 0.0
        if previous is not None and previous[1] * gap <= 0.0 and previous[1] != gap:
            return float(previous[0] + (rate - previous[0]) * previous[1] / (previous[1] - gap))
        previous = (rate, gap)
    return 12.0


def rows(count: int) -> Iterator[dict[str, object]]:
    """Yield one row per size, then the folds."""
    with ProcessPoolExecutor(WORKERS) as pool:
        for name, size in SIZES.items():
            found = list(pool.map(partial(judged, *size), range(count), chunksize=10))
            yield _row(f"robustness-{name}", found)
        yield _row("robustness-folds", list(pool.map(judged_fold, range(max(count // 10, 1)), chunksize=5)))


def _row(case: str, found: list[tuple[str, float, tuple[str, ...]]]) -> dict[str, object]:
    verdicts = Counter(verdict for verdict, _, _ in found)
    statuses = Counter(status for _, _, all_of_it in found for status in all_of_it)
    return {
        "case": case,
        "seconds": statistics.median(seconds for _, seconds, _ in found),
        "runs": len(found),
        "peak_mb": None,
        "note": (
            f"{verdicts['solved']} solved, {verdicts['stated']} said not solved, {verdicts['wrong']} wrong; "
            + ", ".join(f"{count} {status}" for status, count in statuses.most_common())
        ),
    }


def main() -> None:
    """Print one line, or one JSON object, per size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="worlds of each size")
    parser.add_argument("--json", action="store_true", help="print JSON objects")
    chosen = parser.parse_args()
    for row in rows(chosen.count):
        if chosen.json:
            print(json.dumps(row), flush=True)
        else:
            median = 1e3 * float(str(row["seconds"]))
            print(
                f"{row['case']:<20} {row['runs']} worlds: {row['note']}; median {median:.0f} ms", flush=True
            )


if __name__ == "__main__":
    main()
