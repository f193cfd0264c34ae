"""What a solved case says, as a document: prices, flows, levies with their reasons, certificate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from lodestock.market.budget import BudgetUse, WithinBudget
from lodestock.market.case.document import Case
from lodestock.market.model import Market
from lodestock.market.policy_stock import stock_path
from lodestock.market.rolling import Rolling
from lodestock.market.solution import Solution
from lodestock.market.welfare import welfare


def result_of(case: Case, found: Solution | WithinBudget | Rolling) -> dict[str, Any]:
    """Return what was found for a case as a document that JSON can hold, in the case's units.

    Where no equilibrium was found the lists of elements are empty, so that nothing poses as a solution; the
    point the solver stopped at stands apart under ``best_point``.
    """
    if isinstance(found, Rolling):
        document = _path(case, found)
    elif isinstance(found, WithinBudget):
        document = _solved(case, found.market, found.solution, found.budgets)
    else:
        document = _solved(case, case.market, found, ())
    finished: dict[str, Any] = _finite(document)
    return finished


def _solved(case: Case, market: Market, solution: Solution, budgets: Sequence[BudgetUse]) -> dict[str, Any]:
    document = {
        **_heading(case, solution.status),
        **_unless_missed(
            {
                **_elements(market, solution),
                "budgets": [{**asdict(use), "is_binding": use.is_binding} for use in budgets],
                "policy_stocks": _stocks(case, solution),
            },
            solution.is_solved,
        ),
        "net_benefit": welfare(market, solution).net_benefit if solution.is_solved else None,
        "certificate": _certificate(solution),
        "steps": _steps(solution),
    }
    if solution.alternative is not None:
        document["alternative"] = _solved(case, market, solution.alternative, budgets)
    return document


def _path(case: Case, path: Rolling) -> dict[str, Any]:
    """Return a rolling path: of every window the periods that were kept, and its certificate."""
    assert case.horizon is not None
    names = case.horizon.periods.names
    elements: dict[str, list[dict[str, Any]]] = {
        "nodes": [],
        "curves": [],
        "activities": [],
        "levies": [],
    }
    windows = []
    for window in path.windows:
        kept = frozenset(names[window.first : window.first + window.taken])
        for key, rows in _elements(window.market, window.solution).items():
            elements[key] += [row for row in rows if row["name"].rpartition(" @ ")[2] in kept]
        windows.append(
            {
                "periods": list(names[window.first : window.last]),
                "kept": window.taken,
                "status": window.solution.status,
                "certificate": _certificate(window.solution),
                "steps": _steps(window.solution),
            }
        )
    return {
        **_heading(case, "solved" if path.is_solved else "not_solved"),
        **_unless_missed({**elements, "budgets": [], "policy_stocks": _stocks(case, path)}, path.is_solved),
        "windows": windows,
    }


def _unless_missed(found: dict[str, list[Any]], is_solved: bool) -> dict[str, Any]:
    """Return what was found, or empty lists and the point reached where it is no equilibrium."""
    return dict(found) if is_solved else {**{key: [] for key in found}, "best_point": found}


def _heading(case: Case, status: str) -> dict[str, Any]:
    return {
        "title": case.title,
        "status": status,
        "quantity_unit": case.market.quantity_unit,
        "price_unit": case.market.price_unit,
    }


def _elements(market: Market, solution: Solution) -> dict[str, list[dict[str, Any]]]:
    return {
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
        "levies": [asdict(status) for status in solution.certificate.levies],
    }


def _certificate(solution: Solution) -> dict[str, Any]:
    certificate = solution.certificate
    return {
        "worst": certificate.worst,
        "worst_element": certificate.worst_element,
        "zero_profit": certificate.zero_profit,
        "market_clearing": certificate.market_clearing,
        "levy": certificate.levy,
        "money_identity": certificate.money_identity,
        "mass_identity": certificate.mass_identity,
        "audited": solution.audited,
        "multiple": solution.multiple,
    }


def _steps(solution: Solution) -> list[dict[str, Any]]:
    return [
        {"rung": step.rung, "iterations": step.iterations, "residual": step.residual, "note": step.note}
        for step in solution.steps
    ]


def _stocks(case: Case, solution: Solution | Rolling) -> list[dict[str, Any]]:
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
