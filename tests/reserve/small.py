"""A small case in text, with everything stated, so that answers can be worked out by hand."""

from __future__ import annotations

from typing import Any

import yaml

from lodestock.reserve.case import ReserveCase
from lodestock.reserve.prepare import prepare
from lodestock.reserve.problem import Problem
from lodestock.reserve.reader import case_of_bytes

PRICE, NEED = 100_000.0, 40.0


def document(**changes: Any) -> dict[str, Any]:
    """Return the case as a tree; ``changes`` replace keys at the top."""
    tree: dict[str, Any] = {
        "kind": "reserve",
        "title": "Small",
        "question": "How much?",
        "objective": "emergency-cover",
        "members": "USA",
        "start": "2026-01-01",
        "quarters": 3,
        "discount_rate": 0.0,
        "sites": {"depot": {"country": "USA", "rent": "0 USD/t"}},
        "holdings": [{"material": "gallium", "form": "metal", "site": "depot", "insurance": 0.0}],
        "materials": {"gallium": terms()},
        "groups": {
            "control": {
                "materials": ["gallium"],
                "regimes": {"calm": {}, "ban": {"exporters": "CHN", "cut": 1.0}},
                "transition": {"calm": {"calm": 0.7, "ban": 0.3}, "ban": {"calm": 0.4, "ban": 0.6}},
            }
        },
        "noise": {"outcomes": 1},
        "crowding": 0.0,
        "permanent_impact": 0.0,
        "terminal": 0.5,
        "training": {"gap": 1e-6, "seconds": 30, "paths": 50},
    }
    return tree | changes


def terms(value: float = 5 * PRICE, **changes: Any) -> dict[str, Any]:
    """Terms of gallium: 40 t a year, 100,000 USD per t, half of it short in a ban, one flat price block."""
    return {
        "need": f"{NEED} t/year",
        "price": f"{PRICE} USD/t",
        "tiers": {"other": 1.0},
        "shortage_value": dict.fromkeys(("defence", "essential", "other"), f"{value} USD/t"),
        "short": {"ban": 0.5},
        "price_blocks": [[1.0, 1.0]],
    } | changes


def case(tree: dict[str, Any]) -> ReserveCase:
    """Read the tree as the file it would be."""
    return case_of_bytes(yaml.safe_dump(tree, sort_keys=False).encode())


def problem(**changes: Any) -> Problem:
    """Return the numbers of the small case."""
    return prepare(case(document(**changes)))


def two_materials(**changes: Any) -> dict[str, Any]:
    """Gallium and germanium alike, in one group, on one loan."""
    tree = document(
        holdings=[
            {"material": name, "form": "metal", "site": "depot", "insurance": 0.0}
            for name in ("gallium", "germanium")
        ],
        materials={"gallium": terms(), "germanium": terms(4 * PRICE, need="30 t/year")},
    )
    tree["groups"]["control"]["materials"] = ["gallium", "germanium"]
    return tree | changes
