"""The other equilibrium of a case, where the audit found one: what it would be, beside what is shown.

Several equilibria are possible where a levy works upstream of processing with unequal yields. The one shown
is the end of the path of smallest levies; the other one is found from the side of the caps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lodestock.policy.equilibrium import Equilibrium
from lodestock.scenario.markets import market_weights, reference_price
from lodestock.scenario.metrics import stages_of
from lodestock.scenario.money_tables import levies
from lodestock.scenario.rows import Rows, add_row, empty_rows
from lodestock.scenario.solve import Problem, SolvedCase

REFERENCE_PRICE, LEVY = "reference price", "levy"
"""What a row compares."""


def other_equilibrium(problem: Problem, solved: SolvedCase, material: str) -> Rows:
    """Reference prices and levies of both equilibria of a material; no rows where only one was found."""
    rows = empty_rows("other_equilibrium")
    shown = solved.equilibria[material]
    alternative = shown.solution.alternative
    if alternative is None:
        return rows
    other = replace(shown, solution=alternative)
    for stage, market, before, after in _reference_prices(problem, shown, other, material):
        add_row(
            rows,
            material=material,
            stage=stage,
            item=REFERENCE_PRICE,
            name=market,
            usd_per_t=before,
            other_usd_per_t=after,
            status="",
            other_status="",
        )
    there = replace(solved, equilibria={**solved.equilibria, material: other})
    here, elsewhere = levies(problem, solved, material), levies(problem, there, material)
    for at, name in enumerate(here["name"]):
        add_row(
            rows,
            material=material,
            stage=here["stage"][at],
            item=LEVY,
            name=name,
            usd_per_t=here["rate_usd_per_t"][at],
            other_usd_per_t=elsewhere["rate_usd_per_t"][at],
            status=here["status"][at],
            other_status=elsewhere["status"][at],
        )
    return rows


def _reference_prices(
    problem: Problem, shown: Equilibrium, other: Equilibrium, material: str
) -> Iterator[tuple[str, str, float, float]]:
    network = shown.network
    for stage in stages_of(network, material):
        for market, mask in problem.markets.masks(network).items():
            weight = market_weights(network, material, stage, mask)
            if weight is not None:
                yield (
                    stage,
                    market,
                    reference_price(network, shown.price, material, stage, weight),
                    reference_price(network, other.price, material, stage, weight),
                )
