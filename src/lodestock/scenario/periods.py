"""A case over the periods of a scenario: who pays what when, and what is in stock at the end of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np

from lodestock.market import Periods, periods
from lodestock.policy.byproduct import follow_host
from lodestock.policy.dated import in_period
from lodestock.policy.horizon import PeriodResult, Reserve, Stores, solve_periods
from lodestock.policy.network import Network
from lodestock.policy.parts import PROCESS, PRODUCTION, REFINED, SUPPLY_KINDS, BoolArray, FloatArray, of_kind
from lodestock.policy.single import reserve_sites
from lodestock.policy.terms import Instrument, PolicyStock, Shock
from lodestock.scenario.markets import INSIDE, market_weights, reference_price
from lodestock.scenario.metrics import stages_of
from lodestock.scenario.path_bands import BANDS
from lodestock.scenario.period_levies import NOTHING, levies_of
from lodestock.scenario.pose import apply_terms
from lodestock.scenario.resolved import Case, PeriodPlan
from lodestock.scenario.rows import Rows, add_row, empty_rows
from lodestock.scenario.solve import Problem
from lodestock.world.model import World


def period_rows(problem: Problem, case: Case) -> Rows:
    """Rows of the table ``periods`` of one case; none where the scenario has no periods.

    Raises
    ------
    LodestockError
        A period without an equilibrium.
    """
    rows, plan = empty_rows("periods"), problem.resolved.periods
    if plan is None:
        return rows
    over = periods(plan.first, plan.count)
    solved: dict[str, tuple[PeriodResult, ...]] = {}
    for material in problem.materials:
        networks = [
            _network(problem, case, material, day, plan.months, {m: found[t] for m, found in solved.items()})
            for t, day in enumerate(plan.days)
        ]
        stores = _stores(problem.worlds[material], problem.networks[material], plan)
        reserves = _reserves(problem.networks[material], case, material, plan)
        solved[material] = solve_periods(networks, over, stores, plan.foresight, reserves)
        _add(rows, problem, case, material, plan, over, stores, reserves, solved[material])
    return rows


def terms_in_force(case: Case, day: date, months: int) -> list[Instrument | Shock]:
    """Shocks, then instruments, that act in the period of ``months`` from a day, as they stand there."""
    every = (*case.shocks, *case.instruments, *case.not_in_force)
    acting = [found for term in every if (found := in_period(term, day, months)) is not None]
    return sorted(acting, key=lambda term: not isinstance(term, Shock))


def _network(
    problem: Problem,
    case: Case,
    material: str,
    day: date,
    months: int,
    solved: Mapping[str, PeriodResult],
) -> Network:
    network, world = problem.networks[material], problem.worlds[material]
    host = world.host
    if host is not None and host.material in solved:
        found = solved[host.material]
        base, now = (
            found.network.base_output(host.material, host.stage),
            _output(found, host.material, host.stage),
        )
        made = np.flatnonzero(base > 0.0).tolist()
        ratio = {found.network.countries[c]: float(now[c] / base[c]) for c in made}
        network = follow_host(network, material, world.first_stage, ratio, host.tied_share)
    terms = [
        term
        for term in terms_in_force(case, day, months)
        if term.material == material and not isinstance(term, PolicyStock)
    ]
    return apply_terms(replace(network, months=float(months), day=day), case, terms)


def _stores(world: World, network: Network, plan: PeriodPlan) -> Stores:
    """Commercial stocks that may be drawn or added to, at every stage."""
    node: list[int] = []
    opening: list[float] = []
    room: list[float] = []
    rise: list[float] = []
    for stage in world.stages:
        stock, at = world.stock[stage], network.nodes_at(world.material, stage)
        for c in np.flatnonzero((at >= 0) & (stock.draw_capacity > 0.0)).tolist():
            node.append(int(at[c]))
            opening.append(float(stock.draw_capacity[c]))
            room.append(float(stock.build_capacity[c]))
            rise.append(stock.draw_price_rise)
    return Stores(
        np.array(node, dtype=np.int64), np.array(opening), np.array(room), np.array(rise), plan.interest
    )


def _reserves(network: Network, case: Case, material: str, plan: PeriodPlan) -> tuple[Reserve, ...]:
    """Policy stocks on a material, shared over their countries by base-year absorption."""
    found = []
    for term in terms_in_force(case, plan.days[0], plan.months):
        if not isinstance(term, PolicyStock) or term.material != material:
            continue
        base = network.reference_price[material, term.stage]
        node, share = reserve_sites(network, term, term.countries, 1.0)
        found.append(
            Reserve(
                name=term.name,
                node=node,
                stock=term.stock_t * share,
                budget=term.budget_usd * share,
                buy_price=term.buy_price.at(base),
                release_price=term.release_price.at(base),
            )
        )
    return tuple(found)


def _output(result: PeriodResult, material: str, stage: str) -> FloatArray:
    """(country,) primary output in a period, t a year."""
    network = result.network
    primary = network.supply.kind == SUPPLY_KINDS.index(PRODUCTION)
    parts = [(network.supply.node[primary], result.supply_quantity[primary])]
    if stage == REFINED:
        process = of_kind(network.columns, PROCESS)
        parts.append((network.columns.give[process], result.level[process]))
    return network.by_country(material, stage, *parts)


def _add(
    rows: Rows,
    problem: Problem,
    case: Case,
    material: str,
    plan: PeriodPlan,
    over: Periods,
    stores: Stores,
    reserves: tuple[Reserve, ...],
    results: tuple[PeriodResult, ...],
) -> None:
    """Rows of one material: by period, stage and market."""
    for name, day, result in zip(over.names, plan.days, results, strict=True):
        network = result.network
        acting = [term.name for term in terms_in_force(case, day, plan.months) if term.material == material]
        country = network.nodes.country[stores.node]
        for stage in stages_of(network, material):
            output = _output(result, material, stage)
            use, wanted = (
                network.by_country(material, stage, (network.use.node, tonnes))
                for tonnes in (result.use_quantity, network.use.quantity)
            )
            here = network.stage_mask(material, stage)[stores.node]
            for market, mask in problem.markets.masks(network).items():
                weight = market_weights(network, material, stage, mask)
                if weight is None:
                    continue
                base = reference_price(network, network.nodes.price, material, stage, weight)
                price = reference_price(network, result.price, material, stage, weight)
                add_row(
                    rows,
                    material=material,
                    period=name,
                    stage=stage,
                    market=market,
                    usd_per_t=price,
                    change=price / base - 1.0,
                    output_t=float(output[mask].sum()),
                    use_t=float(use[mask].sum()),
                    wanted_t=float(wanted[mask].sum()),
                    stock_t=float(result.held[here & mask[country]].sum()),
                    **_in_reserve(result, reserves, network.stage_mask(material, stage), mask),
                    **(levies_of(result, material, stage, mask) if market == INSIDE else NOTHING),
                    in_force=", ".join(dict.fromkeys(acting)),
                    **dict.fromkeys(BANDS),
                )


def _in_reserve(
    result: PeriodResult, reserves: tuple[Reserve, ...], here: BoolArray, mask: BoolArray
) -> dict[str, float | None]:
    """Tonnes in policy stocks of a market at the end of a period, and the worth of a tonne more in them."""
    held, worth = 0.0, []
    for reserve in reserves:
        own = here[reserve.node] & mask[result.network.nodes.country[reserve.node]]
        _, _, stock, value = result.reserves[reserve.name]
        held += float(stock[own].sum())
        worth += value[own].tolist()
    return {"reserve_t": held, "reserve_usd_per_t": max(worth) if worth else None}
