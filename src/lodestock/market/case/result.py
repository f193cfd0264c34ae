"""What a solved case says, as a document: prices, flows, levies with their reasons, certificate."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from lodestock.market.case.document import Case
from lodestock.market.model import Market
from lodestock.market.policy_stock import stock_path
from lodestock.market.solution import Solution
from lodestock.market.welfare import welfare

NOTHING = 1e-9
"""Levels below this share of the market's largest throughput are written as they are, but not listed."""


def result_of(case: Case, solution: Solution) -> dict[str, Any]:
    """Return the solution of a case as a document that JSON can hold, in the case's units."""
    market = case.market
    certificate = solution.certificate
    document: dict[str, Any] = {
        "title": case.title,
        "status": solution.status,
        "quantity_unit": market.quantity_unit,
        "price_unit": market.price_unit,
        "nodes": [
            {"name": str(name), "price": price, "disposal": thrown}
            for name, price, thrown in zip(
                market.node_names, solution.price.tolist(), solution.disposal.tolist(), strict=True
            )
        ],
        "curves": [
            {
                "name": str(name),
                "side": "supply" if sign > 0.0 else "use",
                "own_price": own,
                "quantity": quantity,
            }
            for name, sign, own, quantity in zip(
                market.curves.names,
                market.curves.sign.tolist(),
                solution.curve_price.tolist(),
                solution.curve_quantity.tolist(),
                strict=True,
            )
        ],
        "activities": [
            {"name": str(name), "level": level, "capacity_rent": rent}
            for name, level, rent in zip(
                market.activity_names, solution.level.tolist(), solution.capacity_rent.tolist(), strict=True
            )
        ],
        "levies": [asdict(status) for status in certificate.levies],
        "policy_stocks": _stocks(case, solution),
        "net_benefit": welfare(market, solution).net_benefit,
        "certificate": {
            "worst": certificate.worst,
            "worst_element": certificate.worst_element,
            "zero_profit": certificate.zero_profit,
            "market_clearing": certificate.market_clearing,
            "levy": certificate.levy,
            "money_identity": certificate.money_identity,
            "mass_identity": certificate.mass_identity,
            "audited": solution.audited,
            "multiple": solution.multiple,
        },
        "steps": [
            {"rung": step.rung, "iterations": step.iterations, "residual": step.residual, "note": step.note}
            for step in solution.steps
        ],
    }
    if solution.alternative is not None:
        document["alternative"] = result_of(case, solution.alternative)
    finished: dict[str, Any] = _finite(document)
    return finished


def flows(market: Market, solution: Solution) -> list[tuple[str, float, float]]:
    """Return (name, level, rent) of the activities that run."""
    least = NOTHING * float(market.quantity_scale.max(initial=0.0))
    return [
        (str(market.activity_names[k]), float(solution.level[k]), float(solution.capacity_rent[k]))
        for k in np.flatnonzero(solution.level > least).tolist()
    ]


def _stocks(case: Case, solution: Solution) -> list[dict[str, Any]]:
    if case.horizon is None:
        return []
    horizon = case.horizon
    found = []
    for stock in case.stocks:
        path = stock_path(horizon, solution, stock)
        rows = {key: value.tolist() for key, value in asdict(path).items() if value is not None}
        found.append({"name": stock.name, "periods": list(horizon.periods.names), **rows})
    return found


def _finite(value: Any) -> Any:
    """Return the document with null for numbers that are not finite."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
