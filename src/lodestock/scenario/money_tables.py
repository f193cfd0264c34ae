"""The tables of a solved case that are about money: levies, rents, payments, surplus."""

from __future__ import annotations

from typing import Any

import numpy as np

from lodestock.policy.book import PARTIES
from lodestock.policy.network import Network
from lodestock.policy.parts import NONE, FloatArray, LevyTerm, Limit
from lodestock.policy.solve import Equilibrium
from lodestock.scenario.metrics import base_surplus
from lodestock.scenario.rows import Rows, add_row, empty_rows
from lodestock.scenario.solve import Problem, SolvedCase

FLOOR, MINIMUM_PRICE = "floor", "minimum_price"
HELD = (FLOOR, MINIMUM_PRICE)
"""Kinds that hold a price up; the others are payments of contracts."""
PAYS = 1e-9
"""A contract pays in a country when its payment is more than this share of the strike."""


NEXT_TO_NOTHING = 1e-6
"""Importers of less than this share of all charged imports are left out of what is said of them."""


def levies(problem: Problem, solved: SolvedCase, material: str) -> Rows:
    """One row per floor or minimum price, importers added up; one per side of a contract, over countries."""
    equilibrium = solved.equilibria[material]
    rows = empty_rows("levies")
    groups: dict[tuple[str, str, str], list[int]] = {}
    for index, levy in enumerate(equilibrium.network.levies):
        groups.setdefault((levy.instrument, levy.kind, levy.stage), []).append(index)
    for (instrument, kind, stage), indices in groups.items():
        make = _held if kind in HELD else _contract
        add_row(rows, **make(equilibrium, indices), instrument=instrument, kind=kind, stage=stage)
    return rows


def _held(equilibrium: Equilibrium, indices: list[int]) -> dict[str, Any]:
    """A floor or minimum price, over all importers that hold it, weighted by the tonnes that pay it."""
    network = equilibrium.network
    levies = [network.levies[index] for index in indices]
    known = {status.name: status for status in equilibrium.solution.certificate.levies}
    statuses = [known[levy.name] for levy in levies]
    tonnes = np.array([paying_tonnes(equilibrium.level, levy) for levy in levies])
    receipt = receipt_price(network, equilibrium.price, levies[0].instrument)
    rate = np.array([status.rate - receipt for status in statuses])
    price = np.array([_reference(equilibrium, levy) for levy in levies])
    total = float(tonnes.sum())
    weight = tonnes / total if total > 0.0 else np.full(len(levies), 1.0 / len(levies))
    first, mean, paid = levies[0], float((weight * price).sum()), float((weight * rate).sum())
    revenue = sum(
        status.rate * _charged(equilibrium, levy) for status, levy in zip(statuses, levies, strict=True)
    )
    if first.ad_valorem > 0.0:
        ad_valorem: float | None = paid / first.ad_valorem
        paid = revenue / total if total > 0.0 else paid
    else:
        ad_valorem = paid / (mean - paid) if mean > paid else None
    one = len(levies) == 1
    said = of_importers(network, levies, [status.status for status in statuses])
    return {
        "name": first.name if one else f"{first.instrument}: {first.material} {first.stage}",
        "material": first.material,
        "zone": first.zone,
        "status": statuses[0].status if one else joint_status(said),
        "reason": _single_reason(statuses[0].reason, receipt, paid) if one else _joint_reason(said),
        "rate_usd_per_t": paid,
        "ad_valorem": ad_valorem,
        "reference_price": mean,
        "floor": first.floor,
        "cap": first.cap,
        "charged_t": total,
        "revenue_usd": revenue,
    }


def receipt_price(network: Network, price: FloatArray, instrument: str) -> float:
    """Price of a receipt where an instrument has a drawback, USD/t: what importers get back of the levy."""
    found = [item for item in network.limits if item.kind == "drawback" and item.instrument == instrument]
    return float(price[found[0].permit]) if found else 0.0


def _single_reason(reason: str, receipt: float, paid: float) -> str:
    if receipt <= PAYS * (receipt + abs(paid)):
        return reason
    return (
        f"{reason}; exports draw back as much as imports pay, so that a receipt is worth {receipt:,.0f} USD/t"
        f" and imports bear {max(paid, 0.0):,.0f}"
    )


def of_importers(network: Network, levies: list[LevyTerm], statuses: list[str]) -> list[str]:
    """Statuses of the members that import in the base year; all of them where none does."""
    base = network.columns.base_level
    imports = [float(base[levy.columns].sum()) for levy in levies]
    least = NEXT_TO_NOTHING * sum(imports)
    return [status for status, flow in zip(statuses, imports, strict=True) if flow > least] or statuses


def joint_status(statuses: list[str]) -> str:
    """Status of many importers together: enforced where any holds the price, else the most telling one."""
    order = ("enforced", "capped", "unenforceable", "slack")
    return next(status for status in order if status in statuses)


def _joint_reason(statuses: list[str]) -> str:
    words = {
        "enforced": "is held in {} importing countries",
        "capped": "is not reached at the cap in {}",
        "unenforceable": "leaves no imports in {}",
        "slack": "lies below the price in {}",
    }
    said = [text.format(statuses.count(status)) for status, text in words.items() if statuses.count(status)]
    return f"the price {'; '.join(said)}"


def paying_tonnes(level: FloatArray, levy: LevyTerm) -> float:
    """Tonnes at the levy's own stage that pay it."""
    own = np.ones(len(levy.columns), dtype=np.bool_)
    for part in levy.parts:
        own[part.start : part.stop] = False
    return float(level[levy.columns[own]].sum())


def _contract(equilibrium: Equilibrium, indices: list[int]) -> dict[str, Any]:
    """One side of a contract over all countries it covers, weighted by contracted tonnes."""
    levies = [equilibrium.network.levies[index] for index in indices]
    tonnes = np.array([abs(_charged(equilibrium, levy)) for levy in levies])
    rate = np.array([float(equilibrium.solution.levy[index]) for index in indices])
    price = np.array([_reference(equilibrium, levy) for levy in levies])
    first = levies[0]
    strike, total = abs(first.floor), float(tonnes.sum())
    weight = tonnes / total if total > 0.0 else np.full(len(levies), 1.0 / len(levies))
    active = int((rate > PAYS * strike).sum())
    pays = first.kind == "contract"
    spent = pays and np.isfinite(first.cap) and bool((rate >= (1.0 - PAYS) * first.cap).any())
    side, verb = ("below the strike", "pay") if pays else ("above the return price", "keep")
    where = f"in {active} of {len(levies)} countries"
    reason = f"The price is nowhere {side}; nothing is paid."
    if spent:
        used_up = f"the budget is used up, so that nobody gets more than {first.cap:,.0f} USD/t"
        reason = f"The price is {side} {where}; {used_up}."
    elif active:
        reason = f"The price is {side} {where}; treasuries {verb} the difference."
    return {
        "name": f"{first.instrument}: {first.material} {first.stage}" + ("" if pays else " return"),
        "material": first.material,
        "zone": first.zone,
        "status": "capped" if spent else "enforced" if active else "slack",
        "reason": reason,
        "rate_usd_per_t": float((weight * rate).sum()),
        "ad_valorem": None,
        "reference_price": float((weight * price).sum()),
        "floor": strike,
        "cap": first.cap if spent else None,
        "charged_t": total,
        "revenue_usd": float((rate * tonnes).sum()) * (-1.0 if pays else 1.0),
    }


def _charged(equilibrium: Equilibrium, levy: LevyTerm) -> float:
    tonnes = float((levy.column_weight * equilibrium.level[levy.columns]).sum())
    return tonnes + float((levy.row_weight * equilibrium.supply_quantity[levy.rows]).sum())


def _reference(equilibrium: Equilibrium, levy: LevyTerm) -> float:
    return float((np.abs(levy.reference_weight) * equilibrium.price[levy.reference]).sum())


def rents(problem: Problem, solved: SolvedCase, material: str) -> Rows:
    """One row per quota, licence, stock or mandate: what it allows, what is used, what the gap is worth."""
    equilibrium = solved.equilibria[material]
    network, rows = equilibrium.network, empty_rows("rents")
    paid = solved.accounts[material].payments
    for limit in network.limits:
        if limit.paid_by:
            add_row(rows, **_transfer(equilibrium, limit))
            continue
        used = float((counted(network, limit) * equilibrium.level[limit.columns]).sum())
        usd = sum(item.usd for item in paid if item.name == limit.name and item.kind.endswith("_rent"))
        add_row(
            rows,
            name=limit.name,
            instrument=limit.instrument,
            kind=limit.kind,
            material=material,
            stage=limit.stage,
            country=limit.partner,
            party=limit.rent_to,
            shared=limit.shared,
            limit_t=limit.quantity,
            used_t=used,
            rent_usd_per_t=usd / used if used > 0.0 else 0.0,
            usd=usd,
        )
    return rows


def _transfer(equilibrium: Equilibrium, limit: Limit) -> dict[str, Any]:
    """A mandate or drawback: permits given and taken, and their price."""
    permits = equilibrium.network.permits
    at = permits.node == limit.permit
    moved = permits.quantity[at] * equilibrium.level[permits.column[at]]
    used, price = float(np.maximum(moved, 0.0).sum()), float(equilibrium.price[limit.permit])
    return {
        "name": limit.name,
        "instrument": limit.instrument,
        "kind": limit.kind,
        "material": limit.material,
        "stage": limit.stage,
        "country": limit.partner,
        "party": limit.rent_to,
        "shared": limit.shared,
        "limit_t": float(np.maximum(-moved, 0.0).sum()),
        "used_t": used,
        "rent_usd_per_t": price,
        "usd": price * used,
    }


def counted(network: Network, limit: Limit) -> FloatArray:
    """(columns,) tonnes that a limit counts per tonne shipped."""
    if limit.permit == NONE:
        return np.ones(len(limit.columns))
    return np.asarray(network.permits.quantity[network.permits.node == limit.permit])


def payments(problem: Problem, solved: SolvedCase, material: str) -> Rows:
    """Money that each instrument moves into (negative: out of) treasuries, reserves and the like."""
    rows = empty_rows("payments")
    for item in solved.accounts[material].payments:
        add_row(rows, **vars(item))
    return rows


def surplus(problem: Problem, solved: SolvedCase, material: str) -> Rows:
    """Surplus of every party in every country, at base prices and now."""
    network: Network = solved.equilibria[material].network
    base = base_surplus(problem, solved, material)
    now = solved.accounts[material].surplus[0]
    rows = empty_rows("surplus")
    for c, p in zip(*np.nonzero((base != 0.0) | (now != 0.0)), strict=True):
        add_row(
            rows,
            material=material,
            country=network.countries[c],
            party=PARTIES[p],
            base_usd=float(base[c, p]),
            usd=float(now[c, p]),
            change_usd=float(now[c, p] - base[c, p]),
        )
    return rows
