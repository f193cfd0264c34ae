"""Time multistage decisions beside the extensive form, where it fits.

Prints a table, or with --json one object per case as benchmarks/run.py writes them. Name cases to run only
some; each runs in a process of its own, so that its memory is its own. The large stores use two processes,
whose memory is added up. `sddp_peer.py` states the smallest store for a peer.
"""

from __future__ import annotations

import json
import math
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from lodestock.sddp import (
    Model,
    Stage,
    build,
    cyclic_graph,
    extensive_form,
    independent,
    linear_graph,
    markovian_graph,
    total,
    train,
)

RUNS = 3


def multistock(stages: int = 5) -> Model:
    """Three stores, 27 outcomes (data of SDDP.jl's test suite)."""

    def stage(p: Stage, t: Any) -> None:
        x = p.states("x", 3, upper=1.0, initial=0.5)
        u = p.variables("u", 3, upper=0.5)
        w = p.random(independent(*[[0.0, 0.15, 0.3]] * 3)[0])
        for i in range(3):
            p.constraint(x[i].outgoing == x[i].incoming + u[i] - w[i])
        p.constraint(total(u) <= 1.5)
        p.minimise((math.sin(3 * t) - 1) * total(u))

    return build(linear_graph(stages), stage, bound=-5.0)


def hydrothermal() -> Model:
    """One reservoir for ever."""

    def stage(p: Stage, t: Any) -> None:
        x = p.state("x", 5.0, 15.0, initial=10.0)
        h, spill, g = p.variable("h"), p.variable("spill"), p.variable("g")
        inflow, demand = p.random([(0.0, 7.5), (5.0, 5.0), (10.0, 2.5)])
        p.constraint(x.outgoing == x.incoming - h - spill + inflow)
        p.constraint(h + g == demand)
        p.minimise(g + 10 * spill)

    return build(cyclic_graph(1, 0.9), stage, bound=0.0)


def store(goods: int, quarters: int, seed: int = 0) -> Model:
    """Buy, hold and release many goods under a common budget: 3 regimes, 8 outcomes."""
    rng = np.random.default_rng(seed)
    price = rng.uniform(1.0, 10.0, goods)
    shortage = price * rng.uniform(5.0, 20.0, goods)
    need = rng.uniform(0.5, 2.0, goods)
    lost = [np.zeros(goods), rng.uniform(0.0, 0.3, goods), rng.uniform(0.3, 1.0, goods)]
    noise = rng.uniform(0.5, 1.5, (8, goods)).tolist()
    move = [[0.9, 0.08, 0.02], [0.2, 0.6, 0.2], [0.1, 0.3, 0.6]]

    def stage(p: Stage, key: Any) -> None:
        t, z = key
        w = p.random([tuple(row) for row in noise])
        cost, spent = [], []
        for m in range(goods):
            worth = float(shortage[m]) * 0.98**t
            x = p.state(f"x{m}", upper=20.0, initial=0.0, slope=(-worth, 0.0))
            bought = p.variable(f"bought{m}", upper=0.3 * float(need[m]))
            used, short = p.variable(f"used{m}"), p.variable(f"short{m}")
            paid = float(price[m]) * (1 + 0.3 * z) * bought
            p.constraint(x.outgoing == 0.995 * x.incoming + bought - used)
            p.constraint(used + short >= float(need[m] * lost[z][m]) * w[m])
            cost.append(paid + float(shortage[m]) * short)
            spent.append(paid)
        p.constraint(total(spent) <= 0.1 * float(price @ need))
        p.minimise(0.98**t * total(cost))

    return build(markovian_graph([[[1.0, 0.0, 0.0]], *[move] * (quarters - 1)]), stage, bound=0.0)


def timed(work: Callable[[], Any], runs: int = RUNS) -> tuple[float, Any]:
    """Return the median seconds of several runs and the last answer."""
    seconds, answer = [], None
    for _ in range(runs):
        start = time.perf_counter()
        answer = work()
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)[len(seconds) // 2], answer


def result(case: str, seconds: float, runs: int, **peer: Any) -> dict[str, Any]:
    """Return one line of results.jsonl."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = {"case": case, "seconds": round(seconds, 4), "runs": runs, "peak_mb": round(peak, 1)}
    return line | {"peer": None, "peer_seconds": None, "ratio": None} | peer


def beside_extensive(case: str, model: Model, gap: float) -> dict[str, Any]:
    """Time a certified gap beside the extensive form of the same model."""
    ours, policy = timed(lambda: train(model, gap=gap, iterations=2000))
    theirs, exact = timed(lambda: extensive_form(model, most_nodes=100_000))
    assert policy.lower_bound <= exact.value + 1e-6 * abs(exact.value)
    assert policy.upper_bound >= exact.value - 1e-6 * abs(exact.value)
    peer = {"peer": f"extensive form, {exact.columns} columns", "peer_seconds": round(theirs, 4)}
    return result(case, ours, RUNS, **peer, ratio=round(ours / theirs, 3))


def multistock_case() -> dict[str, Any]:
    """100 iterations of five stages: the tree of 27^5 paths does not fit."""
    seconds, _ = timed(lambda: train(multistock(), iterations=100))
    return result("sddp-multistock-100", seconds, RUNS)


def cycle_case() -> dict[str, Any]:
    """300 iterations without end."""
    seconds, _ = timed(lambda: train(hydrothermal(), iterations=300))
    return result("sddp-cycle-300", seconds, RUNS)


def store_case(goods: int, quarters: int, limit: float) -> dict[str, Any]:
    """Train a large store to a certified gap of 1 % or to the time limit; the name tells the gap reached."""
    start = time.perf_counter()
    policy = train(store(goods, quarters), gap=0.01, seconds=limit, workers=2)
    seconds = time.perf_counter() - start
    line = result(f"sddp-store-{goods}x{quarters}-gap-{100 * policy.gap:.2f}%", seconds, 1)
    helper = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = resource.getrusage(resource.RUSAGE_SELF)
    cpu = own.ru_utime + own.ru_stime + helper.ru_utime + helper.ru_stime
    line["peak_mb"] = round(line["peak_mb"] + helper.ru_maxrss / 1024, 1)
    return line | {"cpu_seconds": round(cpu, 1)}


CASES: dict[str, Callable[[], dict[str, Any]]] = {
    "multistock": multistock_case,
    "cycle": cycle_case,
    "multistock-3-stages": lambda: beside_extensive(
        "sddp-multistock-3-stages-gap-0.5%", multistock(3), 0.005
    ),
    "store-3-goods": lambda: beside_extensive("sddp-store-3x3-gap-1%", store(3, 3), 0.01),
    "store-20-goods": lambda: store_case(20, 24, 120.0),
    "store-50-goods": lambda: store_case(50, 24, 600.0),
}


def table_line(line: dict[str, Any]) -> str:
    """Format one result."""
    peer = f"{line['peer']} {line['peer_seconds']} s, ratio {line['ratio']}" if line["peer"] else ""
    used = f"{line['cpu_seconds']} processor seconds" if "cpu_seconds" in line else ""
    return f"{line['case']:<40}{line['seconds']:>9.3f} s {line['peak_mb']:>7.0f} MB  {peer}{used}"


def main() -> None:
    """Print a table, or JSON lines."""
    flags = [argument for argument in sys.argv[1:] if argument == "--json"]
    names = [argument for argument in sys.argv[1:] if argument != "--json"] or list(CASES)
    unknown = set(names) - set(CASES)
    if unknown:
        sys.exit(f"no such case: {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
    if len(names) > 1:
        for name in names:
            subprocess.run([sys.executable, __file__, name, *flags], check=True)
        return
    line = CASES[names[0]]()
    print(json.dumps(line) if flags else table_line(line), flush=True)


if __name__ == "__main__":
    main()
