"""What `simulate` found, as rows for a table and sentences for a terminal."""

from __future__ import annotations

from typing import Any

from lodestock.reserve.simulate import Simulated

UNITS = {
    "cost_usd": "USD",
    "objective_usd": "USD",
    "standard_error_usd": "USD",
    "objective_cvar95_usd": "USD",
    "saved_usd": "USD",
    "shortage_defence_t": "t",
    "shortage_essential_t": "t",
    "shortage_other_t": "t",
    "shortage_usd": "USD",
    "shortage_cvar95_usd": "USD",
    "peak_price_effect": "share of base price",
    "money_at_risk_usd": "USD",
    "support_usd": "USD",
    "peak_debt_usd": "USD",
    "least_coverage": "ratio",
    "missed_share": "share of paths",
    "bought_usd": "USD",
    "empty_share": "share of short quarters",
    "released_t": "t",
    "sold_in_calm_t": "t",
    "peak_price": "USD/t",
    "mean_price": "USD/t",
    "short_t": "t",
    "price": "USD/t",
    "reached_share": "share",
    "offered_t": "t",
    "sold_t": "t",
    "revenue_usd": "USD",
    "back_t": "t",
    "reached_t": "t",
    "sold_share_low": "share",
    "sold_share_central": "share",
    "sold_share_high": "share",
    "loan_premium": "share in kind",
    "floor": "USD/t",
    "ceiling": "USD/t",
    "cash_usd": "USD",
    "stock_t": "t",
    "volatility": "a year",
    "lost": "probability",
    "standard_error": "probability",
    "cash_out": "probability",
    "stock_out": "probability",
    "floor_alone_lost": "probability",
    "floor_alone_lost_ever": "probability",
    "promised_usd": "USD",
    "mean_usd": "USD",
    "tail_usd": "USD",
    "gain_from_asking_more": "share of need",
    "target_t": "t",
    "alone_usd": "USD",
    "rivals_usd": "USD",
    "together_usd": "USD",
    "gain_usd": "USD",
    "peak_alone": "multiple of price",
    "peak_rivals": "multiple of price",
    "peak_together": "multiple of price",
    "target_usd": "USD",
    "shapley_usd": "USD",
    "nucleolus_usd": "USD",
    "by_use_usd": "USD",
    "free_rider_gain_usd": "USD",
    "separate_t": "t",
    "pooled_t": "t",
    "saved_t": "t",
    "own_usd": "USD",
    "same_tonnes_usd": "USD",
}


def short_rows(found: Simulated) -> list[dict[str, Any]]:
    """Return the rules with money in million USD and three significant digits, for a terminal."""
    rows = []
    for row in found.rules:
        values = {
            "saved_musd": row.saved_usd / 1e6,
            "cost_musd": row.cost_usd / 1e6,
            "cvar95_musd": row.objective_cvar95_usd / 1e6,
            "short_defence_t": row.shortage_defence_t,
            "short_essential_t": row.shortage_essential_t,
            "short_other_t": row.shortage_other_t,
            "peak_price_effect": row.peak_price_effect,
            "money_at_risk_musd": row.money_at_risk_usd / 1e6,
            "support_musd": row.support_usd / 1e6,
            "missed_share": row.missed_share,
        }
        rows.append({"rule": row.rule, **{name: float(f"{value:.3g}") for name, value in values.items()}})
    return rows


def rule_rows(found: Simulated) -> list[dict[str, Any]]:
    """Return the rules without the lists by holding."""
    rows = []
    for row in found.rules:
        plain = row.as_dict()
        del plain["bought_t"], plain["stock_end_t"]
        rows.append(plain)
    return rows


def holding_rows(found: Simulated) -> list[dict[str, Any]]:
    """Return what each rule buys and holds at the end, by holding, t."""
    return [
        {
            "rule": row.rule,
            "holding": name,
            "target_t": float(target),
            "bought_t": bought,
            "stock_end_t": left,
        }
        for row in found.rules
        for name, target, bought, left in zip(
            found.holding_names, found.target, row.bought_t, row.stock_end_t, strict=True
        )
    ]


def release_path_rows(found: Simulated) -> list[dict[str, Any]]:
    """Return the price path of every schedule, one row a quarter."""
    return [
        {
            "material": row.material,
            "regime": row.regime,
            "schedule": row.schedule,
            "quarter": n,
            "released_t": t,
            "price": price,
        }
        for row in found.releases
        for n, (t, price) in enumerate(zip(row.release_path, row.price_path, strict=True), start=1)
    ]


def spoken(found: Simulated) -> list[str]:
    """Return one sentence for each thing beside the rules."""
    lines = []
    if found.certificate is not None:
        low, high = (found.certificate[name] / 1e6 for name in ("lower_bound", "upper_bound"))
        lines.append(f"optimal plan: objective at least {low:,.1f} million USD, at most {high:,.1f}")
    lines += [
        f"release on {trigger.trigger} from {trigger.level:g}: loss of users "
        f"{trigger.shortage_usd / 1e6:,.1f} million USD, {trigger.released_t:,.3g} t released, "
        f"{trigger.sold_in_calm_t:,.3g} t sold in calm"
        for trigger in found.triggers
    ]
    lines += [
        f"open sale of {sale.material} in {sale.regime}: {sale.reached_share:.0%} reaches the members' "
        f"shortage; a loan in kind for a year asks {sale.loan_premium:+.0%}"
        for sale in found.sales
    ]
    lines += [
        f"price band of {band.material}, {band.floor:,.0f} to {band.ceiling:,.0f} USD/t: lost with "
        f"{band.lost:.1%} (standard error {band.standard_error:.1%}); floor alone "
        f"{band.floor_alone_lost:.1%}, for ever {band.floor_alone_lost_ever:.0%}"
        for band in found.bands
    ]
    lines += [
        f"buy-back with correlation {row.correlation:g}: expected loss {row.mean_usd / 1e6:,.2f}, worst 5 % "
        f"{row.tail_usd / 1e6:,.2f} million USD"
        for row in found.buybacks
    ]
    if found.allies is not None:
        lines += _allied(found)
    return lines


def _allied(found: Simulated) -> list[str]:
    assert found.allies is not None
    study = found.allies
    joint = sum(row.together_usd for row in study.filling)
    lines = [
        f"allies at {study.days:g} days: together {joint / 1e6:,.2f} million USD, "
        f"{study.gain_usd / 1e6:,.2f} less than as rivals"
    ]
    lines += [
        f"  {row.ally}: bears {row.shapley_usd / 1e6:,.2f} (as rival {row.rivals_usd / 1e6:,.2f}), "
        f"would gain {row.free_rider_gain_usd / 1e6:,.2f} by staying out"
        for row in study.burden
    ]
    lines += [
        f"  one stock of {row.material}: {row.pooled_t:,.3g} t for {row.separate_t:,.3g} t apart"
        for row in study.pooling
    ]
    return lines
