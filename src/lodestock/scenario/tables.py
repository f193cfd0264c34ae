"""The tables of one solved case, from its equilibria; columns in `outcome.CASE_TABLES`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lodestock.errors import LodestockError
from lodestock.policy.parts import (
    COLUMN_KINDS,
    LEAK,
    NONE,
    PASSAGE,
    PROCESS,
    SHIPMENTS,
    STAGES,
    SUPPLY_KINDS,
    TRADE,
    FloatArray,
    added_up,
    of_kind,
)
from lodestock.policy.solve import Equilibrium
from lodestock.scenario.certificates import certificate, steps
from lodestock.scenario.explain import idle_sentences
from lodestock.scenario.gap import gap
from lodestock.scenario.markets import market_weights, reference_price
from lodestock.scenario.metrics import (
    Metrics,
    headline,
    most_short,
    shortage_by_country,
    stages_of,
)
from lodestock.scenario.money_tables import levies, payments, rents, surplus
from lodestock.scenario.other_equilibrium import other_equilibrium
from lodestock.scenario.outcome import CASE_TABLES, LABEL_COLUMNS, CaseOutcome, frame
from lodestock.scenario.periods import period_rows
from lodestock.scenario.rows import Rows, add_row, empty_rows
from lodestock.scenario.solve import BASELINE, Problem, SolvedCase
from lodestock.world.model import FLOW_STATUS

if TYPE_CHECKING:
    import polars as pl

SHARE_FLOOR = 1e-9
"""Flows below this share of the largest flow of their stage are left out of the table."""

PROCESSING = "processing"
SHIPMENT = "shipment"
"""Kind of a flow that is no leak."""


def case_outcome(problem: Problem, solved: SolvedCase) -> CaseOutcome:
    """Tables, certificate and steps of one case; empty tables when it did not solve."""
    case, reason = solved.case, solved.reason or _several(solved)
    tables = {name: frame(columns) for name, columns in CASE_TABLES.items()}
    if case.name != BASELINE:
        try:
            tables["periods"] = frame(CASE_TABLES["periods"], period_rows(problem, case))
        except LodestockError as error:
            reason = f"{reason} Over the periods: {error}".strip()
    if solved.equilibria:
        tables |= {
            name: frame(
                CASE_TABLES[name], _joined(name, [make(problem, solved, m) for m in solved.equilibria])
            )
            for name, make in MAKERS.items()
        }
        tables["metrics"] = metrics_frame(headline(problem, solved, most_short(solved)))
    return CaseOutcome(
        name=case.name,
        title=case.title,
        note=case.note,
        status=solved.status,
        reason=reason,
        instruments=case.instruments,
        shocks=case.shocks,
        certificate=certificate(solved),
        steps=steps(solved),
        idle=_idle(problem, solved),
        **tables,
    )


def _idle(problem: Problem, solved: SolvedCase) -> tuple[str, ...]:
    """Say which measures change nothing; nothing is said of a case that did not solve."""
    price = {material: equilibrium.price for material, equilibrium in solved.equilibria.items()}
    return idle_sentences(solved.case, problem.resolved, problem.networks, price) if price else ()


def metrics_frame(metrics: Metrics) -> pl.DataFrame:
    """Headline numbers as a table."""
    rows: dict[str, Any] = {
        name: [label[position] for label in metrics] for position, name in enumerate(LABEL_COLUMNS)
    }
    rows["value"] = list(metrics.values())
    return frame(CASE_TABLES["metrics"], rows)


def _several(solved: SolvedCase) -> str:
    """Say so when more than one equilibrium was found."""
    several = [
        material for material, equilibrium in solved.equilibria.items() if equilibrium.solution.multiple
    ]
    if not several:
        return ""
    return (
        f"More than one equilibrium exists for {', '.join(several)}; the one with the lowest levy is shown, "
        "with the other one beside it."
    )


def _joined(name: str, parts: Sequence[Rows]) -> Rows:
    return {column: [value for part in parts for value in part[column]] for column in CASE_TABLES[name]}


def _prices(problem: Problem, solved: SolvedCase, material: str) -> Rows:
    """Prices by country: what those who take the material up pay, and what it fetches in the market."""
    equilibrium = solved.equilibria[material]
    network, rows = equilibrium.network, empty_rows("prices")
    zone, home = set(problem.markets.zone), set(problem.markets.home)
    for stage in stages_of(network, material):
        market, uptake = network.nodes_at(material, stage), network.uptake_at(material, stage)
        for c in np.flatnonzero(market != NONE).tolist():
            country, n = network.countries[c], int(market[c])
            base, now = float(network.nodes.price[n]), float(equilibrium.price[uptake[c]])
            add_row(
                rows,
                material=material,
                stage=stage,
                country=country,
                inside=country in zone if zone else None,
                home=country in home if home else None,
                base_usd_per_t=base,
                usd_per_t=now,
                change=now / base - 1.0,
                market_usd_per_t=float(equilibrium.price[n]),
            )
    return rows


def _reference_prices(problem: Problem, solved: SolvedCase, material: str) -> Rows:
    equilibrium = solved.equilibria[material]
    network, rows = equilibrium.network, empty_rows("reference_prices")
    for stage in stages_of(network, material):
        for market, mask in problem.markets.masks(network).items():
            weight = market_weights(network, material, stage, mask)
            if weight is None:
                continue
            base = reference_price(network, network.nodes.price, material, stage, weight)
            now = reference_price(network, equilibrium.price, material, stage, weight)
            add_row(
                rows,
                material=material,
                stage=stage,
                market=market,
                base_usd_per_t=base,
                usd_per_t=now,
                change=now / base - 1.0,
            )
    return rows


def _quantities(problem: Problem, solved: SolvedCase, material: str) -> Rows:
    """Tonnes by node and kind; several columns or rows of one kind at a node are added up."""
    equilibrium = solved.equilibria[material]
    network = equilibrium.network
    size, market = len(network.nodes.price), network.market_of()
    base: dict[str, FloatArray] = {}
    now: dict[str, FloatArray] = {}

    def count(kind: str, node: np.ndarray, before: FloatArray, after: FloatArray) -> None:
        node = market[node]
        base[kind] = base.get(kind, np.zeros(size)) + added_up(node, before, size)
        now[kind] = now.get(kind, np.zeros(size)) + added_up(node, after, size)

    for code, kind in enumerate(SUPPLY_KINDS):
        at = network.supply.kind == code
        count(
            kind, network.supply.node[at], network.supply.base_quantity[at], equilibrium.supply_quantity[at]
        )
    count("use", network.use.node, network.use.base_quantity, equilibrium.use_quantity)
    columns = network.columns
    for code, kind in enumerate(COLUMN_KINDS):
        if kind in (*SHIPMENTS, PASSAGE):
            continue
        at = np.flatnonzero(columns.kind == code)
        node = np.where(columns.give[at] >= 0, columns.give[at], columns.take[at])
        name = PROCESSING if kind == PROCESS else kind
        count(name, node, columns.base_level[at], equilibrium.level[at])
    rows = empty_rows("quantities")
    for kind in base:
        for n in np.flatnonzero((base[kind] > 0.0) | (now[kind] > 0.0)).tolist():
            add_row(
                rows,
                material=material,
                stage=STAGES[network.nodes.stage[n]],
                country=network.countries[network.nodes.country[n]],
                kind=kind,
                base_t=float(base[kind][n]),
                t=float(now[kind][n]),
            )
    return rows


def _shortage(problem: Problem, solved: SolvedCase, material: str) -> Rows:
    equilibrium = solved.equilibria[material]
    base, wanted, used = shortage_by_country(equilibrium, material)
    rows = empty_rows("shortage")
    for c in np.flatnonzero((base > 0.0) | (wanted > 0.0)).tolist():
        short = max(float(wanted[c] - used[c]), 0.0)
        add_row(
            rows,
            material=material,
            country=equilibrium.network.countries[c],
            use_base_t=float(base[c]),
            wanted_t=float(wanted[c]),
            use_t=float(used[c]),
            shortage_t=short,
            shortage_share=short / float(wanted[c]) if wanted[c] > 0.0 else 0.0,
        )
    return rows


def _flows(problem: Problem, solved: SolvedCase, material: str) -> Rows:
    """Tonnes by route; several columns of one kind on one route are added up."""
    equilibrium, world = solved.equilibria[material], problem.worlds[material]
    network, rows = equilibrium.network, empty_rows("flows")
    columns, nodes, size = network.columns, network.nodes, len(network.countries)
    for stage in stages_of(network, material):
        for kind, label in ((TRADE, SHIPMENT), (LEAK, LEAK)):
            at = of_kind(columns, kind)
            at = at[nodes.stage[columns.take[at]] == STAGES.index(stage)]
            pair = nodes.country[columns.take[at]] * size + nodes.country[columns.give[at]]
            route, position = np.unique(pair, return_inverse=True)
            base = added_up(position, columns.base_level[at], len(route))
            now = added_up(position, equilibrium.level[at], len(route))
            least = SHARE_FLOOR * max(float(base.max(initial=0.0)), float(now.max(initial=0.0)))
            kept = np.flatnonzero(np.maximum(base, now) > least)
            origin, target = route[kept] // size, route[kept] % size
            status = world.flow_status[stage][origin, target]
            number = len(kept)
            rows["material"] += [material] * number
            rows["stage"] += [stage] * number
            rows["exporter"] += [network.countries[c] for c in origin.tolist()]
            rows["importer"] += [network.countries[c] for c in target.tolist()]
            rows["kind"] += [label] * number
            rows["base_t"] += base[kept].tolist()
            rows["t"] += now[kept].tolist()
            rows["base_status"] += [FLOW_STATUS[s] for s in status.tolist()]
    return rows


def _domestic(problem: Problem, solved: SolvedCase, material: str) -> Rows:
    """What a country takes up beyond its imports: from its own output, scrap or stock."""
    equilibrium = solved.equilibria[material]
    base_levels = equilibrium.network.columns.base_level
    rows = empty_rows("domestic")
    for stage in stages_of(equilibrium.network, material):
        before = _own_supply(equilibrium, material, stage, base_levels, base=True)
        now = _own_supply(equilibrium, material, stage, equilibrium.level, base=False)
        for c in np.flatnonzero((before > 0.0) | (now > 0.0)).tolist():
            add_row(
                rows,
                material=material,
                stage=stage,
                country=equilibrium.network.countries[c],
                base_t=float(before[c]),
                t=float(now[c]),
            )
    return rows


def _own_supply(
    equilibrium: Equilibrium, material: str, stage: str, level: FloatArray, *, base: bool
) -> FloatArray:
    network = equilibrium.network
    columns, size, market = network.columns, len(network.nodes.price), network.market_of()
    use = network.use.base_quantity if base else equilibrium.use_quantity
    taken = added_up(market[network.use.node], use, size)
    process = of_kind(columns, PROCESS)
    taken += added_up(market[columns.take[process]], columns.take_quantity[process] * level[process], size)
    trade = of_kind(columns, *SHIPMENTS)
    imported = added_up(market[columns.give[trade]], level[trade], size)
    node = network.nodes_at(material, stage)
    return np.where(node >= 0, np.maximum(taken - imported, 0.0)[node], 0.0)


MAKERS: Mapping[str, Callable[[Problem, SolvedCase, str], Rows]] = {
    "prices": _prices,
    "reference_prices": _reference_prices,
    "quantities": _quantities,
    "shortage": _shortage,
    "flows": _flows,
    "domestic": _domestic,
    "gap": gap,
    "levies": levies,
    "rents": rents,
    "payments": payments,
    "surplus": surplus,
    "other_equilibrium": other_equilibrium,
}
"""The maker of every table of a case but the headline numbers."""
