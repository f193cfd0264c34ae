"""Any market as a document: curves as segments, activities as entries, levies as their weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from lodestock.market.arrays import Float, Int
from lodestock.market.case.fields import FORMAT, VERSION
from lodestock.market.curves import Curves
from lodestock.market.levies import Levies
from lodestock.market.model import Market


def document_of(market: Market, *, title: str = "", description: str = "") -> dict[str, Any]:
    """Return a document that describes ``market`` element by element, every number as it is.

    Reading it gives the same market: same order, same numbers to the last bit. A horizon becomes its nodes,
    with the period in their names.
    """
    return {
        "format": FORMAT,
        "version": VERSION,
        "title": title,
        "description": description,
        "quantity_unit": market.quantity_unit,
        "price_unit": market.price_unit,
        "nodes": [
            {"name": str(name), "injection": y, "price_scale": p, "quantity_scale": q}
            for name, y, p, q in zip(
                market.node_names,
                market.injection.tolist(),
                market.price_scale.tolist(),
                market.quantity_scale.tolist(),
                strict=True,
            )
        ],
        "curves": [_curve(market, market.curves, j) for j in range(len(market.curves))],
        "activities": [_activity(market, k) for k in range(market.activities)],
        "levies": [_levy(market, market.levies, at) for at in range(len(market.levies))],
    }


def _curve(market: Market, curves: Curves, j: int) -> dict[str, Any]:
    used = int(np.isfinite(curves.breaks[j]).sum())
    rows = zip(
        *(getattr(curves, key)[j, :used].tolist() for key in ("breaks", "a1", "e1", "a2", "e2")), strict=True
    )
    return {
        "name": str(curves.names[j]),
        "node": str(market.node_names[int(curves.node[j])]),
        "kind": "segments",
        "side": "supply" if curves.sign[j] > 0.0 else "use",
        "price_weight": float(curves.price_weight[j]),
        "price_shift": float(curves.price_shift[j]),
        "segments": [dict(zip(("from", "a1", "e1", "a2", "e2"), row, strict=True)) for row in rows],
    }


def _activity(market: Market, k: int) -> dict[str, Any]:
    entries = range(int(market.entry_pointer[k]), int(market.entry_pointer[k + 1]))
    return {
        "name": str(market.activity_names[k]),
        "kind": "columns",
        "entries": [
            {
                "node": str(market.node_names[int(market.entry_node[at])]),
                "quantity": float(market.entry_quantity[at]),
                "money": float(market.entry_money[at]),
            }
            for at in entries
        ],
        "cost": float(market.cost[k]),
        "slope": float(market.slope[k]),
        "capacity": _finite(market.capacity[k]),
    }


def _levy(market: Market, levies: Levies, at: int) -> dict[str, Any]:
    def named(owner: Int, index: Int, weight: Float, names: Any) -> dict[str, float]:
        own = np.flatnonzero(owner == at)
        return {str(names[int(index[x])]): float(weight[x]) for x in own}

    return {
        "name": str(levies.names[at]),
        "kind": "levy",
        "floor": float(levies.floor[at]),
        "cap": _finite(levies.cap[at]),
        "lower": _finite(levies.lower[at]),
        "self_response": float(levies.self_response[at]),
        "reference": named(
            levies.reference_levy, levies.reference_node, levies.reference_weight, market.node_names
        ),
        "charges": named(
            levies.charge_levy, levies.charge_activity, levies.charge_weight, market.activity_names
        ),
        "curve_charges": named(
            levies.curve_levy, levies.curve_index, levies.curve_weight, market.curves.names
        ),
    }


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
