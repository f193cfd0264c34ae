"""Thousands of scenarios that share a topology: analysed once, solved from the base, each with a residual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lodestock.errors import ConflictError, LodestockError
from lodestock.market.arrays import Bool, Float, Int
from lodestock.market.certificate import certify
from lodestock.market.changes import Changes, check_changes
from lodestock.market.checks import check_market
from lodestock.market.executors import Executor, Threads
from lodestock.market.ladder import solution_at, solve
from lodestock.market.model import Market
from lodestock.market.settle import settled_price
from lodestock.market.solution import Solution
from lodestock.market.topology import Topology, analyse, check_topology
from lodestock.threads import blas_threads

RUNGS = ("newton", "newton, another start", "ladder")
"""What answered: ``rung`` of a batch is a place in this list."""

LADDER = len(RUNGS) - 1
LARGEST_CHUNK = 256
"""Scenarios of one task; small enough that workers end together."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Answers of a batch, one row per scenario S.

    Attributes
    ----------
    market, changes, tolerance : what was asked.
    price : shape (S, n). levy : shape (S, L), raw rates. level : shape (S, K), or (0, K) unless asked for.
    residual : shape (S,), largest scaled residual of the certificate.
    rung : shape (S,), place in ``RUNGS`` of what answered.
    iterations : shape (S,), linear systems solved by the compiled Newton.
    reasons : why a scenario went to the ladder, or has no answer, by scenario.
    """

    market: Market
    changes: Changes
    tolerance: float
    price: Float
    levy: Float
    level: Float
    residual: Float
    rung: Int
    iterations: Int
    reasons: Mapping[int, str]

    def __len__(self) -> int:
        return len(self.price)

    @property
    def solved(self) -> Bool:
        """Which scenarios hold the tolerance, shape (S,); the numbers of the others are no equilibrium."""
        held: Bool = self.residual <= self.tolerance
        return held

    @property
    def fallback(self) -> Bool:
        """Which scenarios went to the full ladder, shape (S,)."""
        climbed: Bool = self.rung == LADDER
        return climbed

    def solution(self, scenario: int) -> Solution:
        """Return one scenario as ``solve`` would, with its certificate and levy statuses.

        Raises
        ------
        ConflictError
            The batch was solved without keeping levels.
        """
        if not len(self.level):
            raise ConflictError(
                "levels were not kept", where="batch", hint="call solve_many(..., levels=True)"
            )
        market = self.changes.apply(self.market, scenario)
        found = self.price[scenario], self.level[scenario], self.levy[scenario]
        return solution_at(market, *found, (), self.tolerance)


def solve_many(
    market: Market,
    changes: Changes,
    *,
    base: Solution | None = None,
    topology: Topology | None = None,
    tolerance: float = 1e-8,
    levels: bool = False,
    threads: int = 2,
    executor: Executor | None = None,
) -> Batch:
    """Solve many scenarios of one market.

    The pattern is analysed once. Every scenario starts at the base and is solved by the compiled Newton as
    :func:`lodestock.market.solve` would without an audit: minimal levies on the path from no levies. Where
    that does not hold its certificate, jumps or meets a fold, the full ladder takes over. The answer of a
    scenario does not depend on the others, on their order or on the executor.

    Parameters
    ----------
    market : the base.
    changes : what differs, scenario by scenario.
    base : a solution of ``market``, found here when left out.
    topology : :func:`analyse` of ``market`` with ``compiled=True``, made here when left out.
    tolerance : largest scaled residual of a solved scenario.
    levels : keep the level of every activity, 8 bytes times scenarios times activities.
    threads : threads of this process, where no ``executor`` is given.
    executor : ``Threads``, ``Processes`` or ``Cluster``.

    Raises
    ------
    LodestockError
        The market or an edit fails a check, or the base has no equilibrium. A scenario that fails is no
        error: it is flagged, with its reason.
    """
    check_market(market)
    check_changes(market, changes)
    if topology is None:
        topology = analyse(market, compiled=True)
    check_topology(market, topology)
    if any(part.plan is None for part in topology.components):
        raise ConflictError(
            "the topology has no plan", where="solve_many", hint="analyse(market, compiled=True)"
        )
    if base is None:
        base = solve(market, tolerance=tolerance, audit=False, topology=topology)
    chosen = Threads(threads) if executor is None else executor
    size = max(1, min(LARGEST_CHUNK, -(-len(changes) // (4 * chosen.width))))
    firsts = range(0, len(changes), size)
    tasks = [changes.take(np.arange(first, min(first + size, len(changes)))) for first in firsts]
    job = BatchJob(market, topology, base, tolerance, levels)
    # one limit around all threads: each would otherwise restore what it found when another was at work
    with blas_threads(1):
        chunks = list(chosen.map(job, tasks))
    return _joined(market, changes, tolerance, chunks, size)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Answers of consecutive scenarios in market units; arrays as in ``Batch``."""

    price: Float
    levy: Float
    level: Float
    residual: Float
    rung: Int
    iterations: Int
    reasons: dict[int, str]


@dataclass(frozen=True, slots=True)
class BatchJob:
    """Solve a chunk of scenarios; what workers are given."""

    market: Market
    topology: Topology
    base: Solution
    tolerance: float
    levels: bool

    def __call__(self, changes: Changes) -> Chunk:
        """Return the answers of a chunk; never raises for a scenario that fails."""
        from lodestock.market.compiled.chunk import solve_chunk

        chunk, idle = solve_chunk(self.market, self.topology, self.base, changes, self.tolerance)
        for i in np.flatnonzero(idle).tolist():
            self._settle(chunk, changes, i)
        for i in chunk.reasons:
            self._climb(chunk, changes, i)
        return chunk if self.levels else replace(chunk, level=chunk.level[:0])

    def _settle(self, chunk: Chunk, changes: Changes, i: int) -> None:
        """Show the price nearest its scale at nodes through which nothing passes."""
        market = changes.apply(self.market, i)
        price = settled_price(market, chunk.price[i], chunk.level[i], chunk.levy[i])
        chunk.price[i] = price
        chunk.residual[i] = certify(market, price, chunk.level[i], chunk.levy[i], self.tolerance).worst

    def _climb(self, chunk: Chunk, changes: Changes, i: int) -> None:
        """Put the answer of the full ladder in place of a scenario's; without one the residual is inf."""
        try:
            market = changes.apply(self.market, i)
            found = solve(
                market, start=self.base, tolerance=self.tolerance, audit=False, topology=self.topology
            )
        except LodestockError as error:
            chunk.residual[i] = np.inf
            chunk.reasons[i] += f"; then: {str(error).splitlines()[0]}"
            return
        chunk.price[i], chunk.levy[i], chunk.level[i] = found.price, found.levy, found.level
        chunk.residual[i] = found.certificate.worst


def _joined(market: Market, changes: Changes, tolerance: float, chunks: list[Chunk], size: int) -> Batch:
    def stacked(name: str, *shape: int) -> Any:
        parts = [getattr(chunk, name) for chunk in chunks]
        return np.concatenate(parts) if parts else np.zeros((0, *shape))

    return Batch(
        market=market,
        changes=changes,
        tolerance=tolerance,
        price=stacked("price", market.nodes),
        levy=stacked("levy", len(market.levies)),
        level=stacked("level", market.activities),
        residual=stacked("residual"),
        rung=stacked("rung"),
        iterations=stacked("iterations"),
        reasons={
            number * size + i: reason
            for number, chunk in enumerate(chunks)
            for i, reason in chunk.reasons.items()
        },
    )
