r"""Headline numbers of a solved case, compared with its base year.

==================  ====================================================================  ========
metric              meaning                                                               unit
==================  ====================================================================  ========
price               reference price of a market: mean of its node prices, weighted by      USD/t
                    base-year absorption
price_change        the same over its base value, less one                                 1
output_change       primary output of a market at a stage over its base value, less one    1
shortage            use wanted at base prices less use, summed where positive              t
shortage_share      shortage over use wanted at base prices                                1
surplus_change      change in surplus of a party in a market (party ``all``: everybody)    USD/year
levy_rate           adjustable levy of a zone floor                                        USD/t
levy_revenue        what the levy brings the treasuries of the zone                        USD/year
shadow_price        price of a mandate's permits, the largest of several caps (party: which)   USD/t
==================  ====================================================================  ========

Metrics of a solved case are a plain mapping from label to number, so that thousands of draws stay cheap.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from lodestock.policy.accounts import users_surplus
from lodestock.policy.book import PARTIES
from lodestock.policy.network import Network
from lodestock.policy.parts import PERMIT, STAGES, BoolArray, FloatArray, added_up
from lodestock.policy.solve import Equilibrium
from lodestock.scenario.markets import market_weights, reference_price
from lodestock.scenario.solve import Problem, SolvedCase

FRACTION, TONNES, PRICE, MONEY = "1", "t", "USD/t", "USD/year"
EVERYBODY = "all"


class Label(NamedTuple):
    """What a headline number is about; empty text where a part does not apply."""

    metric: str
    material: str = ""
    stage: str = ""
    market: str = ""
    country: str = ""
    party: str = ""
    unit: str = FRACTION


Metrics = dict[Label, float]


def headline(problem: Problem, solved: SolvedCase, focus: Mapping[str, tuple[str, ...]]) -> Metrics:
    """Headline numbers of a solved case.

    Parameters
    ----------
    focus : countries whose own shortage is reported, by material (see ``most_short``).
    """
    metrics: Metrics = {}
    change_by_material = []
    for material, equilibrium in solved.equilibria.items():
        base = problem.base[material]
        masks = problem.markets.masks(equilibrium.network)
        metrics |= _prices(equilibrium, material, masks)
        metrics |= _output(base, equilibrium, material, masks)
        metrics |= _shortage(equilibrium, material, masks, focus.get(material, ()))
        metrics |= _levies(equilibrium, material)
        metrics |= _mandates(equilibrium, material)
        change = surplus_change(problem, solved, material)
        change_by_material.append(_by_market(change, masks))
        metrics |= _surplus(change_by_material[-1], material)
    if len(change_by_material) > 1:
        metrics |= _surplus(_sum(change_by_material), "")
    return metrics


def surplus_change(problem: Problem, solved: SolvedCase, material: str) -> FloatArray:
    """(country, party) change in surplus against the base year, USD per year.

    Users are compared with what they would have had at base prices under the case's own demand, so that a
    demand shock alone is no gain.
    """
    change: FloatArray = solved.accounts[material].surplus[0] - base_surplus(problem, solved, material)
    return change


def base_surplus(problem: Problem, solved: SolvedCase, material: str) -> FloatArray:
    """(country, party) surplus at base prices, USD per year; see ``surplus_change``."""
    equilibrium = solved.equilibria[material]
    base: FloatArray = problem.base_accounts[material].surplus[0].copy()
    price = equilibrium.network.nodes.price
    base[:, PARTIES.index("users")] = users_surplus(equilibrium, price)[0]
    return base


def shortage_by_country(equilibrium: Equilibrium, material: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(country,) base-year use, use wanted at base prices, and use in the case; t."""
    network = equilibrium.network
    rows = network.use_rows(material, network.countries)
    country = network.nodes.country[network.use.node[rows]]
    size = len(network.countries)
    return (
        added_up(country, network.use.base_quantity[rows], size),
        added_up(country, network.use.quantity[rows], size),
        added_up(country, equilibrium.use_quantity[rows], size),
    )


def most_short(solved: SolvedCase, count: int = 10) -> dict[str, tuple[str, ...]]:
    """Countries with the largest shortages in tonnes, by material."""
    found = {}
    for material, equilibrium in solved.equilibria.items():
        _, wanted, used = shortage_by_country(equilibrium, material)
        short = np.maximum(wanted - used, 0.0)
        order = [int(c) for c in np.argsort(-short, kind="stable")[:count] if short[c] > 0.0]
        found[material] = tuple(equilibrium.network.countries[c] for c in order)
    return found


def stages_of(network: Network, material: str) -> tuple[str, ...]:
    """Stages of a material in a network, first to last."""
    here = np.unique(network.nodes.stage[network.nodes.material == network.materials.index(material)])
    return tuple(STAGES[s] for s in here.tolist() if STAGES[s] != PERMIT)


def _prices(equilibrium: Equilibrium, material: str, masks: Mapping[str, BoolArray]) -> Metrics:
    network, found = equilibrium.network, Metrics()
    for stage in stages_of(network, material):
        for market, mask in masks.items():
            weight = market_weights(network, material, stage, mask)
            if weight is None:
                continue
            base = reference_price(network, network.nodes.price, material, stage, weight)
            now = reference_price(network, equilibrium.price, material, stage, weight)
            found[Label("price", material, stage, market, unit=PRICE)] = now
            found[Label("price_change", material, stage, market)] = now / base - 1.0
    return found


def _output(
    base: Equilibrium, equilibrium: Equilibrium, material: str, masks: Mapping[str, BoolArray]
) -> Metrics:
    found = Metrics()
    for stage in stages_of(equilibrium.network, material):
        before, now = base.network.base_output(material, stage), equilibrium.output(material, stage)
        for market, mask in masks.items():
            total = float(before[mask].sum())
            if total > 0.0:
                found[Label("output_change", material, stage, market)] = float(now[mask].sum()) / total - 1.0
    return found


def _shortage(
    equilibrium: Equilibrium, material: str, masks: Mapping[str, BoolArray], focus: tuple[str, ...]
) -> Metrics:
    _, wanted, used = shortage_by_country(equilibrium, material)
    short = np.maximum(wanted - used, 0.0)
    found = Metrics()
    for market, mask in masks.items():
        total = float(short[mask].sum())
        found[Label("shortage", material, "", market, unit=TONNES)] = total
        want = float(wanted[mask].sum())
        found[Label("shortage_share", material, "", market)] = total / want if want > 0.0 else 0.0
    countries = equilibrium.network.countries
    for country in focus:
        c = countries.index(country)
        found[Label("shortage", material, "", "", country, unit=TONNES)] = float(short[c])
        found[Label("shortage_share", material, "", "", country)] = float(short[c] / wanted[c])
    return found


def _levies(equilibrium: Equilibrium, material: str) -> Metrics:
    """Rate and revenue of floors, over their importers where each has its own levy."""
    rates = {status.name: status.rate for status in equilibrium.solution.certificate.levies}
    revenue: dict[str, float] = {}
    tonnes: dict[str, float] = {}
    plain: dict[str, list[float]] = {}
    for levy in equilibrium.network.levies:
        if levy.kind != "floor":
            continue
        rate, level = rates[levy.name], equilibrium.level[levy.columns]
        paid = rate * float((levy.column_weight * level).sum())
        revenue[levy.stage] = revenue.get(levy.stage, 0.0) + paid
        tonnes[levy.stage] = tonnes.get(levy.stage, 0.0) + float(level[levy.column_weight > 0.0].sum())
        plain.setdefault(levy.stage, []).append(rate)
    found = Metrics()
    for stage, rated in plain.items():
        mean = revenue[stage] / tonnes[stage] if len(rated) > 1 and tonnes[stage] > 0.0 else max(rated)
        found[Label("levy_rate", material, stage, unit=PRICE)] = mean
        found[Label("levy_revenue", material, stage, unit=MONEY)] = revenue[stage]
    return found


def _mandates(equilibrium: Equilibrium, material: str) -> Metrics:
    """Shadow prices of mandates; of caps on single countries the largest."""
    found = Metrics()
    for limit in equilibrium.network.limits:
        if limit.paid_by and limit.kind != "drawback":
            label = Label("shadow_price", material, limit.stage, party=limit.kind, unit=PRICE)
            found[label] = max(found.get(label, 0.0), float(equilibrium.price[limit.permit]))
    return found


def _by_market(change: FloatArray, masks: Mapping[str, BoolArray]) -> dict[str, FloatArray]:
    return {market: change[mask].sum(axis=0) for market, mask in masks.items()}


def _sum(changes: list[dict[str, FloatArray]]) -> dict[str, FloatArray]:
    markets = [market for market in changes[0] if all(market in change for change in changes)]
    return {market: np.sum([change[market] for change in changes], axis=0) for market in markets}


def _surplus(change: Mapping[str, FloatArray], material: str) -> Metrics:
    found = Metrics()
    for market, by_party in change.items():
        for party, usd in zip(PARTIES, by_party.tolist(), strict=True):
            found[Label("surplus_change", material, "", market, "", party, MONEY)] = usd
        found[Label("surplus_change", material, "", market, "", EVERYBODY, MONEY)] = float(by_party.sum())
    return found
