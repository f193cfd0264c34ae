"""Time the market engine beside general convex solvers on the same synthetic worlds.

Peers solve the quadratic programme with the levies held at the rates the engine found, because none of them
can carry a levy that answers to a price; straight-line curves make the worlds quadratic. Engine times hold
everything a user waits for: validation, analysis of the pattern, solve, certificate. Peer times hold set-up
and solve, not the building of the matrices. One thread each.

Prints a table and appends one JSON object per case to benchmarks/out/results.jsonl; with --json prints the
objects instead.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from lodestock.threads import pin_blas_threads

pin_blas_threads(1)

import numpy as np  # noqa: E402

from lodestock.market import Market, Solution, solve  # noqa: E402
from market_cases import Sizes, disturbed, random_world, without_levies  # noqa: E402
from quadratic_peers import QUADRATIC_PEERS  # noqa: E402

OUT = Path(__file__).resolve().parent / "out" / "results.jsonl"
SEEDS = range(5)


@dataclass(frozen=True)
class Row:
    """One line of the table and of results.jsonl; ``ratio`` is ours over the peer's."""

    case: str
    seconds: float
    runs: int
    peak_mb: float | None = None
    peer: str | None = None
    peer_seconds: float | None = None
    ratio: float | None = None


def timed(job: Callable[[], object], repeats: int = 3) -> list[float]:
    """Return the seconds of ``repeats`` runs after one that warms up."""
    job()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        job()
        seconds.append(time.perf_counter() - start)
    return seconds


def peak_mb(job: Callable[[], object]) -> float:
    """Return the peak of what one run allocates."""
    tracemalloc.start()
    job()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def case(
    name: str,
    markets: list[Market],
    *,
    starts: list[Solution] | None = None,
    audit: bool = True,
    peers: bool = False,
) -> Iterator[Row]:
    """Yield the median over all markets, alone or once per peer; every solve must hold its certificate."""
    given: list[Solution | None] = list(starts) if starts is not None else [None] * len(markets)
    seconds: list[float] = []
    found = []
    for market, start in zip(markets, given, strict=True):
        solution = solve(market, start=start, audit=audit)
        assert solution.is_solved, solution.certificate
        found.append(solution)
        seconds += timed(lambda m=market, s=start: solve(m, start=s, audit=audit))  # type: ignore[misc]
    ours = statistics.median(seconds)
    memory = peak_mb(lambda: solve(markets[0], start=given[0], audit=audit))
    if not peers:
        yield Row(name, round(ours, 5), len(seconds), round(memory, 1))
        return
    for peer, make in QUADRATIC_PEERS.items():
        theirs = []
        for market, solution in zip(markets, found, strict=True):
            job = make(market, solution.levy)
            gap = np.abs(job() - solution.price)[market.net_delivery(solution.level) != 0.0].max()
            assert gap < 1e-3, f"{name}: prices of {peer} differ by {gap:g}"
            theirs += timed(job)
        median = statistics.median(theirs)
        label = peer if not len(markets[0].levies) else f"{peer}, levies held"
        yield Row(
            name,
            round(ours, 5),
            len(seconds),
            round(memory, 1),
            label,
            round(median, 5),
            round(ours / median, 3),
        )


def rows() -> Iterator[Row]:
    """Yield every case."""
    sizes = Sizes(60, 4, linear=True)
    straight = [random_world(sizes, seed) for seed in SEEDS]
    yield from case("market-60x4", [without_levies(world) for world in straight], peers=True)
    yield from case("levy-60x4-dense", straight, audit=False, peers=True)
    yield from case("levy-60x4-dense-audited", straight)
    yield from case(
        "levy-60x4-dense-importers", [random_world(replace(sizes, reference="importer"), s) for s in SEEDS]
    )
    exact = [random_world(replace(sizes, friction=0.0), seed) for seed in SEEDS]
    yield from case("market-60x4-exact", [without_levies(world) for world in exact], peers=True)
    yield from case("levy-60x4-dense-exact", exact, audit=False)
    dense = [without_levies(random_world(Sizes(100, 2, density=1.0, linear=True), seed)) for seed in SEEDS]
    yield from case("market-100x2-dense", dense, peers=True)
    curved = [without_levies(random_world(Sizes(100, 2, density=1.0), seed)) for seed in SEEDS]
    bases = [solve(world) for world in curved]
    moved = [disturbed(world, seed) for seed, world in enumerate(curved)]
    yield from case("market-100x2-dense-warm", moved, starts=bases)


def main() -> None:
    """Print the table and append the rows, or print the rows as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object per case")
    as_json = parser.parse_args().json
    if as_json:
        for row in rows():
            print(json.dumps(asdict(row)), flush=True)
        return
    print(f"{'case':26} {'ms':>8} {'MB':>6}  {'peer':24} {'peer ms':>8} {'ours/peer':>9}")
    OUT.parent.mkdir(exist_ok=True)
    with OUT.open("a", encoding="utf-8") as lines:
        for row in rows():
            peer = f"{row.peer or '':24}"
            theirs = "" if row.peer_seconds is None else f"{1e3 * row.peer_seconds:8.1f} {row.ratio:9.2f}"
            print(f"{row.case:26} {1e3 * row.seconds:8.1f} {row.peak_mb:6.1f}  {peer} {theirs}", flush=True)
            lines.write(json.dumps(asdict(row)) + "\n")


if __name__ == "__main__":
    main()
