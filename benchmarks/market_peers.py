"""The market engine beside what a user would pick otherwise, on the same straight-line worlds.

``levy-*``: the whole problem, levies included, beside CasADi with IPOPT on a relaxation and beside a
Fischer-Burmeister Newton. ``tariff-*``: levies held at the rates the engine found, which is all that general
convex solvers can carry; there the engine solves with the same rates held. Medians over the seeds both sides
solved, one thread each; ``ratio`` is ours over the peer's. A peer that fails or finds other prices is counted
on the error stream.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from lodestock.threads import pin_blas_threads

pin_blas_threads(1)

import numpy as np  # noqa: E402

from complementarity_peers import COMPLEMENTARITY_PEERS  # noqa: E402
from lodestock.market import Market, solve  # noqa: E402
from market_cases import Sizes, random_world, without_levies  # noqa: E402
from quadratic_peers import QUADRATIC_PEERS  # noqa: E402

LEVY_CASES = {"levy-3x2": (3, 2, 0.5, 5), "levy-10x3": (10, 3, 0.5, 5), "levy-40x3": (40, 3, 0.2, 1)}
TARIFF_CASES = {"tariff-40x3": (40, 3, 0.2, 3), "tariff-60x4": (60, 4, 0.2, 3)}
SLOW = {"highs-qp": ("tariff-60x4",)}
"""Peers left out of a case because one run takes minutes."""
SAME_PRICE = 1e-3


def seconds_of(job: Callable[[], object]) -> tuple[float, object]:
    """Run once to warm up where that is quick, then once on the clock."""
    start = time.perf_counter()
    found = job()
    taken = time.perf_counter() - start
    if taken < 2.0:
        start = time.perf_counter()
        found = job()
        taken = time.perf_counter() - start
    return taken, found


def held(market: Market, levy: np.ndarray) -> Market:
    """Return the market with its levies held at given rates, as plain cost."""
    return replace(without_levies(market), cost=market.cost + market.levies.charge(levy, market.activities))


def compare(case: str, peer: str, worlds: list[Market], make, own, price_of) -> Iterator[dict[str, object]]:  # type: ignore[no-untyped-def]
    """Yield one row of medians over the worlds that both solved to the same prices."""
    ours, theirs, failed, other = [], [], 0, 0
    for world in worlds:
        mine, solution = seconds_of(lambda world=world: own(world))
        taken, found = seconds_of(make(world, solution))
        if found is None:
            failed += 1
            continue
        if np.abs(price_of(found) - solution.price).max() > SAME_PRICE * solution.price.max():
            other += 1
        ours.append(mine)
        theirs.append(taken)
    if failed or other:
        print(f"{case} {peer}: {failed} without a solution, {other} with other prices", file=sys.stderr)
    if ours:
        mine, taken = statistics.median(ours), statistics.median(theirs)
        yield {
            "case": case,
            "seconds": mine,
            "runs": len(ours),
            "peak_mb": None,
            "peer": peer,
            "peer_seconds": taken,
            "ratio": mine / taken,
        }


def rows() -> Iterator[dict[str, object]]:
    """Yield every comparison."""
    for case, (countries, stages, density, count) in LEVY_CASES.items():
        sizes = Sizes(countries, stages, density=density, linear=True)
        worlds = [random_world(sizes, seed) for seed in range(count)]
        for peer, make in COMPLEMENTARITY_PEERS.items():
            yield from compare(
                case, peer, worlds, lambda world, _, make=make: make(world), solve, lambda found: found[0]
            )
    for case, (countries, stages, density, count) in TARIFF_CASES.items():
        sizes = Sizes(countries, stages, density=density, linear=True)
        worlds = []
        for seed in range(count):
            world = random_world(sizes, seed)
            worlds.append(held(world, solve(world).levy))
        for peer, make in QUADRATIC_PEERS.items():
            if case not in SLOW.get(peer, ()):
                yield from compare(
                    case,
                    peer,
                    worlds,
                    lambda world, _, make=make: make(world, np.zeros(0)),
                    lambda world: solve(world, audit=False),
                    lambda found: found,
                )


def main() -> None:
    """Print one JSON object per comparison."""
    for row in rows():
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
