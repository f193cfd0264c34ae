"""The scenario's own case once more, in goods told apart by origin: how far the choice of model carries.

One good with frictions on its routes is the first model; goods told apart by origin are the second
(`lodestock.policy.differentiated`). They differ in the law of trade only, at the last stage of a material.
The elasticity between origins is swept over its range.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lodestock.errors import LodestockError
from lodestock.market.armington_newton import ArmingtonSolution, solve_armington
from lodestock.policy.differentiated import Differentiated, differentiate
from lodestock.policy.network import Network
from lodestock.policy.parts import BoolArray, FloatArray, added_up
from lodestock.scenario.markets import market_weights, markets_of
from lodestock.scenario.pose import apply_terms, terms_on
from lodestock.scenario.resolved import ResolvedScenario
from lodestock.scenario.solve import LoadWorld, pose

SUBSTITUTION = "origin_substitution"
"""Name of the assumption: elasticity of substitution between origins."""


@dataclass(frozen=True)
class SecondModelRow:
    """What the second model says of one market; tuples are at the low, central and high elasticity."""

    material: str
    stage: str
    market: str
    substitution: tuple[float, float, float]
    price_change: tuple[float, float, float]
    """Change of the index of what users pay, against the base year, 1."""
    shortage_share: tuple[float, float, float]
    """Use wanted at base prices that is not met, 1."""


@dataclass(frozen=True)
class SecondModel:
    """Rows of every material the second model could state, and why it could not state the others."""

    rows: tuple[SecondModelRow, ...]
    left_out: tuple[str, ...]


def second_model(resolved: ResolvedScenario, load: LoadWorld | None = None) -> SecondModel:
    """Solve the scenario's own case in goods told apart by origin.

    Parameters
    ----------
    resolved : the scenario.
    load : (material, base year) -> World; the calibrated snapshot by default.

    Raises
    ------
    LodestockError
        The scenario cannot be posed at all.
    """
    from lodestock.world.assumptions import lookup

    worlds, networks = pose(resolved, load)
    markets = markets_of(resolved)
    rows: list[SecondModelRow] = []
    left_out: list[str] = []
    for material in resolved.materials:
        terms, stage = terms_on(resolved.case, material), worlds[material].stages[-1]
        if not any(term.stage == stage for term in terms):
            if terms:
                left_out.append(f"{material}: its measures act before the {stage} stage")
            continue
        base = networks[material]
        row = lookup(SUBSTITUTION, material=material)
        swept = (row.low, row.central, row.high)
        try:
            shocked = apply_terms(base, resolved.case, terms)
            masks = markets.masks(base)
            rows += _rows(base, shocked, material, stage, swept, masks)
        except LodestockError as error:
            left_out.append(f"{material}: {error}")
    return SecondModel(tuple(rows), tuple(left_out))


def _rows(
    base: Network,
    shocked: Network,
    material: str,
    stage: str,
    swept: tuple[float, float, float],
    masks: dict[str, BoolArray],
) -> Iterator[SecondModelRow]:
    solved = [_solved(base, shocked, material, stage, value) for value in swept]
    ceiling = _highest_price(base, material)
    for market, mask in masks.items():
        weight = market_weights(base, material, stage, mask)
        if weight is None:
            continue
        low, central, high = (
            (_price_change(stated, found, weight, ceiling), _shortage(stated, found, mask))
            for stated, found in solved
        )
        yield SecondModelRow(
            material, stage, market, swept, (low[0], central[0], high[0]), (low[1], central[1], high[1])
        )


def _solved(
    base: Network, shocked: Network, material: str, stage: str, substitution: float
) -> tuple[Differentiated, ArmingtonSolution]:
    stated = differentiate(base, shocked, material, stage, substitution)
    found = solve_armington(stated.shocked, stated.base)
    if not found.is_solved:
        raise LodestockError(
            f"no equilibrium found at an elasticity of {substitution:g}: {found.worst_element} is off by "
            f"{found.residual:.1e}"
        )
    return stated, found


def _price_change(
    stated: Differentiated, found: ArmingtonSolution, weight: FloatArray, ceiling: FloatArray
) -> float:
    """Change of the mean price paid; nobody pays more than the price at which the last user leaves."""
    share = weight[stated.users]
    now = np.minimum(found.use_price, ceiling[stated.users])
    return float(share @ now / (share @ stated.base.use_price) - 1.0)


def _shortage(stated: Differentiated, found: ArmingtonSolution, mask: BoolArray) -> float:
    """Share of the use wanted at base prices that is not met."""
    curves = stated.shocked.demand
    wanted = added_up(
        curves.node, curves.quantity(curves.own_price(stated.base.use_price)), len(stated.users)
    )
    inside = mask[stated.users]
    total = float(wanted[inside].sum())
    return float(np.maximum(wanted - found.use, 0.0)[inside].sum() / total) if total > 0.0 else 0.0


def _highest_price(network: Network, material: str) -> FloatArray:
    """(country,) price at which the last user leaves, USD/t; inf where nobody uses any."""
    rows = network.use_rows(material, network.countries)
    country = network.nodes.country[network.use.node[rows]]
    found = np.zeros(len(network.countries))
    np.maximum.at(found, country, network.use.choke_multiple[rows] * network.use.price[rows])
    return np.where(found > 0.0, found, np.inf)
