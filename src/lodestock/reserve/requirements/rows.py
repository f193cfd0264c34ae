"""Rows of the requirements as commands, workbook and page show them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from lodestock.reserve.requirements.assess import CALL, Plan, Sized
from lodestock.reserve.requirements.factors import TIERS
from lodestock.reserve.requirements.fit import GRID, Fit
from lodestock.reserve.requirements.mitigation import Mix
from lodestock.reserve.requirements.validate import Comparison

Row = dict[str, Any]
SUPPLIERS = 8
"""Suppliers listed for each form."""

UNITS = {
    **dict.fromkeys(
        (
            *(
                "use_t",
                "demand_t",
                "available_t",
                "central_t",
                "expected_t",
                "if_short_t",
                "p10_t",
                "p50_t",
                "p90_t",
            ),
            *(
                "imports_t",
                "output_t",
                "capacity_t",
                "low_t",
                "high_t",
                "inventory_t",
                "published_t",
                "predicted_t",
            ),
            *(f"expected_{tier}_t" for tier in TIERS),
        ),
        "t",
    ),
    **dict.fromkeys(("probability", *(f"probability_{tier}" for tier in TIERS)), "1"),
    **dict.fromkeys(("expected_musd", "published_musd", "predicted_musd"), "million USD"),
    "predicted_musd_published_price": "million USD",
    "price_usd_per_t": "USD/t",
}


def plan_headline(plan: Plan) -> Row:
    """Counts and sums over all forms counted once; what a comparison would add is empty."""
    once = plan.counted
    return {
        "rows_predicted": len(plan.sized),
        "forms_counted": len(once),
        "forms_short": sum(item.short for item in once),
        "expected_musd": sum(item.expected_usd for item in once) / 1e6,
        "median_abs_log_ratio": None,
        "hits": None,
        "spearman": None,
        "year": plan.year,
        "members": list(plan.members),
        "draws": plan.draws,
        "seed": plan.seed,
        "rules": asdict(plan.rules),
        "call": f"short when at least {CALL:.0%} of the draws are",
        "not_sized": dict(plan.failures),
    }


def plan_rows(plan: Plan, *, curves: bool = False) -> list[Row]:
    """One row per form, largest expected value first; ``curves`` adds stock against expected unmet need."""
    return [_row(item, curves) for item in plan.sized]


def _row(item: Sized, curves: bool) -> Row:
    chance, market = item.chance, item.market
    row: Row = {
        "form": item.form.form,
        "name": item.form.name,
        "material": market.material,
        "stage": market.stage,
        "base_year": market.base_year,
        "use_t": market.use,
        "demand_t": float(item.central.demand.sum()),
        "available_t": float(item.central.available.sum()),
        "inventory_t": item.central.inventory,
        "central_t": item.central.net,
        "expected_t": chance.expected,
        "if_short_t": chance.if_short,
        "p10_t": chance.p10,
        "p50_t": chance.p50,
        "p90_t": chance.p90,
        "low_t": chance.band_low,
        "high_t": chance.band_high,
        "expected_musd": item.expected_usd / 1e6,
        "price_usd_per_t": market.price.central,
        "short": item.short,
        "probability": chance.probability,
    }
    for tier, probability, expected in zip(TIERS, chance.by_tier, chance.expected_by_tier, strict=True):
        row[f"probability_{tier}"] = probability
        row[f"expected_{tier}_t"] = expected
    row["drivers"] = ", ".join(f"{one.name} {one.correlation:+.2f}" for one in item.drivers)
    row["note"] = "; ".join(market.notes)
    if curves:
        row["stock_t"] = [float(v) for v in chance.stock]
        row["unmet_t"] = [float(v) for v in chance.unmet]
        row["suppliers"] = supplier_rows(item)
    return row


def supplier_rows(item: Sized) -> list[Row]:
    """Suppliers abroad by what came from them, with the reliability that the plan gives them."""
    market = item.market
    order = sorted(range(len(market.countries)), key=lambda n: -float(market.imports[n]))
    return [
        {
            "country": market.countries[n],
            "imports_t": float(market.imports[n]),
            "output_t": float(market.output[n]),
            "capacity_t": float(market.capacity[n]),
            "reliability": float(item.central.reliability[n]),
        }
        for n in order[:SUPPLIERS]
        if market.imports[n] > 0
    ]


def mix_headline(mix: Mix) -> Row:
    """What a mix of options comes to."""
    return {
        "forms": len(mix.needs),
        "cover": mix.cover,
        "budget_musd": None if mix.budget_usd is None else mix.budget_usd / 1e6,
        "cost_musd": mix.usd / 1e6,
        "risk_covered": mix.risk_covered,
        "risk_usd_per_usd": mix.usd_per_risk,
    }


def mix_rows(mix: Mix) -> list[Row]:
    """One row per option chosen, dearest first."""
    need = {item.form: item.tonnes for item in mix.needs}
    return [
        {
            "form": item.option.form,
            "option": item.option.name,
            "tonnes": item.tonnes,
            "share_of_shortfall": item.tonnes / need[item.option.form],
            "usd_per_t": item.option.usd_per_t,
            "cost_musd": item.usd / 1e6,
        }
        for item in sorted(mix.chosen, key=lambda one: -one.usd)
    ]


def comparison_rows(comparison: Comparison) -> list[Row]:
    """One row per published row."""
    return [asdict(row) for row in comparison.rows]


def fit_rows(found: Fit) -> list[Row]:
    """One row per fitted row: published, predicted in the fit and predicted without the row."""
    return [
        {"form": form, "published_t": seen, "in_fit_t": inside, "left_out_t": outside}
        for form, seen, inside, outside in zip(
            found.forms, found.observed, found.inside, found.outside, strict=True
        )
    ]


def fit_headline(found: Fit) -> Row:
    """Factors found and the errors."""
    return {
        **{name: float(getattr(found.factors, name)) for name in GRID},
        "median_abs_log_ratio_in_fit": found.median_inside,
        "median_abs_log_ratio_left_out": found.median_outside,
        "rows": len(found.forms),
    }
