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

FLOOR = "floor"
PAYS = 1e-9
"""A contract pays in a country when its payment is more than this share of the strike."""


def levies(problem: Problem, solved: SolvedCase, material: str) -> Rows:
    """One row per floor levy; payments of a contract, one per country, are added up to a row per side."""
    equilibrium = solved.equilibria[material]
    rows = empty_rows("levies")
    statuses = {status.name: status for status in equilibrium.solution.certificate.levies}
    contracts: dict[tuple[str, str, str], list[int]] = {}
    for index, levy in enumerate(equilibrium.network.levies):
        if levy.kind != FLOOR:
            contracts.setdefault((levy.instrument, levy.kind, levy.stage), []).append(index)
            continue
        status, price = statuses[levy.name], _reference(equilibrium, levy)
        rate = status.rate
        add_row(
            rows,
            name=levy.name,
            instrument=levy.instrument,
            kind=levy.kind,
            material=material,
            stage=levy.stage,
            zone=levy.zone,
            status=status.status,
            reason=status.reason,
            rate_usd_per_t=rate,
            ad_valorem=rate / (price - rate) if price > rate else None,
            reference_price=price,
            floor=levy.floor,
            cap=levy.cap,
            charged_t=_charged(equilibrium, levy),
            revenue_usd=rate * _charged(equilibrium, levy),
        )
    for (instrument, kind, stage), indices in contracts.items():
        add_row(rows, **_contract(equilibrium, indices), instrument=instrument, kind=kind, stage=stage)
    return rows


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
    side, verb = ("below the strike", "pay") if pays else ("above the return price", "keep")
    return {
        "name": f"{first.instrument}: {first.material} {first.stage}" + ("" if pays else " return"),
        "material": first.material,
        "zone": first.zone,
        "status": "enforced" if active else "slack",
        "reason": (
            f"The price is {side} in {active} of {len(levies)} countries; treasuries {verb} the difference."
            if active
            else f"The price is nowhere {side}; nothing is paid."
        ),
        "rate_usd_per_t": float((weight * rate).sum()),
        "ad_valorem": None,
        "reference_price": float((weight * price).sum()),
        "floor": strike,
        "cap": None,
        "charged_t": total,
        "revenue_usd": float((rate * tonnes).sum()) * (-1.0 if pays else 1.0),
    }


def _charged(equilibrium: Equilibrium, levy: LevyTerm) -> float:
    tonnes = float((levy.column_weight * equilibrium.level[levy.columns]).sum())
    return tonnes + float((levy.row_weight * equilibrium.supply_quantity[levy.rows]).sum())


def _reference(equilibrium: Equilibrium, levy: LevyTerm) -> float:
    return float((np.abs(levy.reference_weight) * equilibrium.price[levy.reference]).sum())


def rents(problem: Problem, solved: SolvedCase, material: str) -> Rows:
    """One row per quota or licence: what it allows, what is used, what the gap is worth."""
    equilibrium = solved.equilibria[material]
    network, rows = equilibrium.network, empty_rows("rents")
    paid = solved.accounts[material].payments
    for limit in network.limits:
        used = float((counted(network, limit) * equilibrium.level[limit.columns]).sum())
        usd = sum(item.usd for item in paid if item.name == limit.name and item.kind.endswith("_rent"))
        add_row(
            rows,
            name=limit.name,
            instrument=limit.instrument,
            kind=limit.kind,
            material=material,
            stage=limit.stage,
            party=limit.rent_to,
            shared=limit.shared,
            limit_t=limit.quantity,
            used_t=used,
            rent_usd_per_t=usd / used if used > 0.0 else 0.0,
            usd=usd,
        )
    return rows


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
