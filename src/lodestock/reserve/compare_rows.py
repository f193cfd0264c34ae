"""Rows of the comparison of measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from lodestock.reserve.compare import Ranking
from lodestock.reserve.compare_terms import term_assumptions

Row = dict[str, Any]

UNITS = {
    "size_t": "t a year",
    "avoided_usd": "USD a year",
    "capital_usd": "USD",
    **dict.fromkeys(
        ("fixed_usd", "running_usd", "calm_gain_usd", "cost_usd", "net_cost_usd", "loss_usd"), "USD a year"
    ),
    "lead_years": "years",
    **dict.fromkeys(("available_share", "best_share", "share", "probability", "shortage_share"), "1"),
    **dict.fromkeys(("per_usd", "low", "high"), "USD per USD"),
}


def rows(ranking: Ranking) -> list[Row]:
    """One row per measure, most security per dollar first."""
    found = []
    for item in ranking.measures:
        made = asdict(item)
        note = made.pop("note")
        found.append({"material": ranking.material, **made, "net_cost_usd": item.net_cost_usd, "note": note})
    return found


def cut_rows(ranking: Ranking) -> list[Row]:
    """One row per supplier whose stop is counted."""
    return [asdict(cut) for cut in ranking.cuts]


def assumption_rows(ranking: Ranking) -> list[Row]:
    """Assumptions that the comparison rests on, besides those of the world."""
    return [
        {"name": name}
        | {key: getattr(row, key) for key in ("low", "central", "high", "unit", "reason", "source")}
        for name, row in term_assumptions(ranking.material).items()
    ]


def document(rankings: Sequence[Ranking]) -> Row:
    """Everything, for JSON."""
    return {
        "headline": [
            {
                "material": one.material,
                "best": one.measures[0].measure,
                "per_usd": one.measures[0].per_usd,
                "expected_loss_usd": one.expected_loss_usd,
                "loss_of": one.counted,
                "members": list(one.members),
                "base_year": one.base_year,
                "draws": one.draws,
                "failed_draws": one.failed_draws,
                "seed": one.seed,
            }
            for one in rankings
        ],
        "measures": [row for one in rankings for row in rows(one)],
        "cuts": [row for one in rankings for row in cut_rows(one)],
        "assumptions": [
            {"material": one.material, **row} for one in rankings for row in assumption_rows(one)
        ],
    }
