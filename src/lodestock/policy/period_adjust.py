r"""Ad-valorem levies and yearly budgets over periods, found by solving the path again.

Both are what `lodestock.policy.adjust` finds for one year. An ad-valorem levy has its own weights in every
period, those of the prices there. A budget B, USD per year, holds in every period: the payment per tonne, or
the tonnes, of period t are kept to the :math:`\lambda_t` with

.. math:: \text{paid}_t(\lambda) = B \quad\text{or}\quad \lambda_t \text{ does not bind}, \qquad
          \ln \lambda_t \leftarrow \ln \lambda_t + \frac{1}{\epsilon_t} \ln \frac{B}{\text{paid}_t}

with :math:`\epsilon_t`, by how many per cent payments rise with one per cent of :math:`\lambda_t`, from the
last two paths. All periods move at once, since stocks tie them together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from lodestock.errors import NotSolvedError
from lodestock.policy.adjust import paid_at, renewed, sized
from lodestock.policy.network import Network
from lodestock.policy.parts import Budget
from lodestock.policy.period_result import PeriodResult

Solve = Callable[[Sequence[Network]], tuple[PeriodResult, ...]]

SAME = 1e-8
"""Weights and payments that move less than this, as a share, stand still."""
ROUNDS = 60
EASIEST, STEEPEST = 0.5, 8.0
"""Bounds of epsilon; it is 1 where tonnes do not answer and more where they do."""


@dataclass(frozen=True, slots=True)
class _Size:
    """The lambda of a budget to be tried next, and the one before it with what it cost."""

    size: float
    before: float
    paid: float
    steep: float


def adjusted_path(networks: Sequence[Network], solve: Solve) -> tuple[PeriodResult, ...]:
    """Solve a path whose levies follow prices and whose contracts and purchases keep to their budgets.

    Parameters
    ----------
    networks : one per period.
    solve : solves the path of networks as they stand.

    Raises
    ------
    NotSolvedError
        Weights or payments that do not settle.
    """
    sizes: dict[tuple[int, int], _Size] = {}
    for _ in range(ROUNDS):
        found = solve(networks)
        moved = False
        following = []
        for t, result in enumerate(found):
            network, shifted = renewed(result.network, result.price)
            moved = moved or shifted > SAME
            for b, budget in enumerate(network.budgets):
                size = _next(result, budget, sizes.get((t, b)))
                if size is not None:
                    sizes[t, b] = size
                    network, moved = sized(network, budget, size.size), True
            following.append(network)
        if not moved:
            return found
        networks = following
    raise NotSolvedError("an ad-valorem levy or a budget does not settle", where="periods")


def _next(result: PeriodResult, budget: Budget, last: _Size | None) -> _Size | None:
    """The next lambda of a budget; None where it is met, or does not bind."""
    paid = paid_at(result.network, result.price, result.level, result.supply_quantity, result.levy, budget)
    gap = paid / budget.usd - 1.0
    if abs(gap) <= SAME or (gap < 0.0 and not _binds(result, budget)):
        return None
    if last is None:
        now, steep = _standing(result, budget), 1.0
    else:
        now, steep = last.size, last.steep
        if min(paid, last.paid) > 0.0 and now != last.before:
            steep = log(paid / last.paid) / log(now / last.before)
    steep = min(max(steep, EASIEST), STEEPEST)
    return _Size(now * (budget.usd / paid) ** (1.0 / steep), now, paid, steep)


def _binds(result: PeriodResult, budget: Budget) -> bool:
    """Whether payments are at their cap, or tonnes at theirs."""
    if budget.levies.size:
        caps = np.array([result.network.levies[index].cap for index in budget.levies.tolist()])
        return bool((result.levy[budget.levies] >= caps * (1.0 - SAME)).any())
    room = result.network.columns.capacity[budget.columns]
    return bool((result.level[budget.columns] >= room * (1.0 - SAME)).any())


def _standing(result: PeriodResult, budget: Budget) -> float:
    """Highest payment per tonne, or tonnes bought, without a limit."""
    if budget.levies.size:
        return float(result.levy[budget.levies].max())
    return float(result.level[budget.columns].sum())
