"""A made-up outcome with round, plausible numbers: nothing here is solved, every table adds up.

``zone_outcome`` is a price floor in a zone for a one-stage and a two-stage material; ``ban_outcome`` an
export ban of one country on one material.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from lodestock.policy.terms import Amount, ExportBan, Floor
from lodestock.scenario.outcome import CASE_TABLES, OUTCOME_TABLES, CaseOutcome, Outcome, frame
from lodestock.scenario.resolved import Case as ResolvedCase
from lodestock.scenario.resolved import Horizon, Options, ResolvedScenario, Zone

Row = tuple[Any, ...]
ZONE = ("AUS", "DEU", "FRA", "JPN", "KOR", "USA")
NDPR = "neodymium-praseodymium"
STAGES = {"gallium": ("refined",), NDPR: ("mine", "refined")}
REFERENCE = {("gallium", "refined"): 450_000.0, (NDPR, "mine"): 38_000.0, (NDPR, "refined"): 64_000.0}
SUPPLY: Mapping[tuple[str, str], Mapping[str, float]] = {
    ("gallium", "refined"): {"CHN": 750.0, "JPN": 3.0, "KOR": 3.0, "RUS": 6.0},
    (NDPR, "mine"): {"CHN": 60_000.0, "USA": 8_000.0, "AUS": 6_000.0, "MMR": 4_000.0},
    (NDPR, "refined"): {"CHN": 68_000.0, "MYS": 6_000.0, "USA": 1_500.0},
}
USE: Mapping[str, Mapping[str, float]] = {
    "gallium": {"CHN": 420.0, "JPN": 160.0, "USA": 80.0, "DEU": 60.0, "KOR": 30.0, "FRA": 12.0},
    NDPR: {"CHN": 58_000.0, "JPN": 9_000.0, "DEU": 3_000.0, "VNM": 3_000.0, "USA": 2_500.0},
}
BASE_SURPLUS = 50e6
INPUTS = (
    ("use_elasticity_short", "short-run elasticity of use", 0.1, 0.5, 1.45, 0.62),
    ("stock_days", "commercial stock (days of use)", 20.0, 90.0, 1.25, 0.80),
    ("byproduct_supply_elasticity_short", "short-run elasticity of by-product supply", 0.1, 0.6, 1.18, 0.85),
    ("backstop_share", "share of use that can substitute", 0.1, 0.5, 1.10, 0.92),
    ("secondary_elasticity", "elasticity of secondary supply", 0.1, 0.4, 1.03, 0.97),
)
"""Name, label, low, high, and the price change at each end as a multiple of the central one."""

PRICE = {"ban": (0.72, 2.8), "floor": (1.38, 0.94), "none": (1.0, 1.0)}
USED = {"ban": (1.06, 0.71), "floor": (0.93, 1.01), "none": (1.0, 1.0)}
MADE = {"ban": (0.67, 1.45), "floor": (1.25, 0.97), "none": (1.0, 1.0)}
"""Factors on base-year values: (at home or inside, abroad or outside)."""


def side(country: str, kind: str) -> str:
    if kind == "ban":
        return "home" if country == "CHN" else "abroad"
    return "inside" if country in ZONE else "outside"


def factor(values: Mapping[str, tuple[float, float]], country: str, kind: str) -> float:
    return values[kind][0] if side(country, kind) in ("home", "inside") else values[kind][1]


def need(material: str, stage: str) -> Mapping[str, float]:
    """Who takes a stage: refiners the ore, users the refined form."""
    stages = STAGES[material]
    return USE[material] if stage == stages[-1] else SUPPLY[material, stages[-1]]


def trade(material: str, stage: str, kind: str) -> dict[tuple[str, str], float]:
    """Pro rata flows from producers to takers; the ban leaves only what stays at home."""
    out = {c: q * factor(MADE, c, kind) for c, q in SUPPLY[material, stage].items()}
    left = {c: q * factor(USED, c, kind) for c, q in need(material, stage).items()}
    flows: dict[tuple[str, str], float] = {}
    if kind == "ban":
        flows["CHN", "CHN"] = left.pop("CHN")
        out.pop("CHN")
    total = sum(left.values())
    for exporter, amount in out.items():
        for importer, wanted in left.items():
            flows[exporter, importer] = amount * wanted / total
    return flows


def case_of(name: str, title: str, kind: str, materials: tuple[str, ...]) -> CaseOutcome:
    """Build the tables of one case; ``kind`` is ban, floor or none (the undisturbed market)."""
    rows: dict[str, list[Row]] = {table: [] for table in CASE_TABLES}
    for material in materials:
        for stage in STAGES[material]:
            _stage_rows(rows, material, stage, kind)
        _use_rows(rows, material, kind)
    if kind == "floor":
        rows["levies"] += levies(materials)
    return CaseOutcome(
        name=name,
        title=title,
        note="",
        status="solved",
        reason="",
        instruments=(),
        shocks=(),
        **{table: table_of(table, found) for table, found in rows.items()},
        certificate={
            "worst": 3.1e-11,
            "worst_element": "balance of gallium, refined, JPN",
            "blocks": {"activities": 2.2e-12, "balances": 3.1e-11, "levies": 0.0},
            "mass": 4.4e-13,
            "money": 1.0e-12,
            "surplus": 2.0e-12,
            "multiple": False,
        },
        steps=("newton 7",),
    )


def _stage_rows(rows: dict[str, list[Row]], material: str, stage: str, kind: str) -> None:
    base = REFERENCE[material, stage]
    for country in sorted({*SUPPLY[material, stage], *need(material, stage)}):
        change = factor(PRICE, country, kind)
        inside = country in ZONE if kind == "floor" else None
        home = country == "CHN" if kind == "ban" else None
        rows["prices"].append(
            (material, stage, country, inside, home, base, base * change, change - 1, base * change)
        )
    example = {"home": "CHN", "abroad": "MYS", "inside": "USA", "outside": "CHN", "world": "MYS"}
    for market, country in example.items():
        change = factor(PRICE, country, kind)
        rows["reference_prices"].append((material, stage, market, base, base * change, change - 1))
    what = "processing" if stage != STAGES[material][0] else "production"
    for country, amount in SUPPLY[material, stage].items():
        after = amount * factor(MADE, country, kind)
        rows["quantities"].append((material, stage, country, what, amount, after))
    before, now = trade(material, stage, "none"), trade(material, stage, kind)
    for pair in sorted({*before, *now}):
        amounts = (before.get(pair, 0.0), now.get(pair, 0.0))
        if pair[0] == pair[1]:
            rows["domestic"].append((material, stage, pair[0], *amounts))
        else:
            status = "estimated" if "MMR" in pair else "observed"
            rows["flows"].append((material, stage, *pair, "shipment", *amounts, status))


def _use_rows(rows: dict[str, list[Row]], material: str, kind: str) -> None:
    last = STAGES[material][-1]
    base = REFERENCE[material, last]
    for country, amount in USE[material].items():
        after = amount * factor(USED, country, kind)
        gap = max(0.0, amount - after)
        loss = -0.9 * amount * base * (factor(PRICE, country, kind) - 1)
        rows["quantities"].append((material, last, country, "use", amount, after))
        rows["shortage"].append((material, country, amount, amount, after, gap, gap / amount))
        rows["surplus"].append((material, country, "users", BASE_SURPLUS, BASE_SURPLUS + loss, loss))
    for country, amount in SUPPLY[material, last].items():
        gain = 0.8 * amount * base * (factor(PRICE, country, kind) - 1)
        rows["surplus"].append((material, country, "producers", BASE_SURPLUS, BASE_SURPLUS + gain, gain))
    if kind == "floor" and material == "gallium":
        for country, usd in (("USA", 21e6), ("JPN", 64e6)):
            rows["surplus"].append((material, country, "treasury", 0.0, usd, usd))
            rows["payments"].append(
                (f"floor-{material}", "floor", "levy", material, last, country, "treasury", usd)
            )
    if kind == "ban":
        rows["surplus"].append((material, "CHN", "traders", 2e6, 1e6, -1e6))


def levies(materials: tuple[str, ...]) -> list[Row]:
    """The gallium floor holds at a levy of 44 % of the base price; any other stands idle."""
    rows: list[Row] = []
    for material in materials:
        base = REFERENCE[material, STAGES[material][-1]]
        held = material == "gallium"
        rate = 0.44 * base if held else 0.0
        reason = "" if held else "the reference price stands above the floor without a levy"
        rows.append(
            (
                *(f"floor-{material}", "floor", "floor", material, STAGES[material][-1], "allied zone"),
                *("enforced" if held else "slack", reason, rate, rate / base, 1.38 * base),
                *((1.38 if held else 1.2) * base, base, 430.0, 430.0 * rate),
            )
        )
    return rows


def bands(kind: str, materials: tuple[str, ...]) -> pl.DataFrame:
    """Bands around the central numbers; the price outside the zone may go either way."""
    rows: list[Row] = []
    markets = {"home": "CHN", "abroad": "USA"} if kind == "ban" else {"inside": "USA", "outside": "CHN"}
    for material in materials:
        last = STAGES[material][-1]
        for market, country in markets.items():
            change = factor(PRICE, country, kind) - 1
            spread = (0.6, 1.7) if change > 0 else (1.6, -0.4 if kind == "floor" else 0.5)
            low, high = sorted((change * spread[0], change * spread[1]))
            for stage in STAGES[material]:
                label = ("price_change", material, stage, market, "", "", "1")
                rows.append((*label, change, low, change, high, 200))
            price = [REFERENCE[material, last] * (1 + x) for x in (change, low, change, high)]
            rows.append(("price", material, last, market, "", "", "USD/t", *price, 200))
            takers = {c: q for c, q in USE[material].items() if side(c, kind) == market}
            short = sum(max(0.0, q * (1 - factor(USED, c, kind))) for c, q in takers.items())
            tonnes = (short, short * 0.5, short, short * 1.5, 200)
            rows.append(("shortage", material, "", market, "", "", "t", *tonnes))
            shares = (x / sum(takers.values()) for x in tonnes[:4])
            rows.append(("shortage_share", material, "", market, "", "", "1", *shares, 200))
    changes = case_of("scenario", "", kind, materials).surplus.to_dicts()
    material = materials[0] if len(materials) == 1 else ""
    for market in markets:
        here = [row for row in changes if side(row["country"], kind) == market]
        for party in (*dict.fromkeys(row["party"] for row in changes), "all"):
            value = sum(row["change_usd"] for row in here if party in (row["party"], "all"))
            ends = sorted((value * 0.5, value * 1.6))
            label = ("surplus_change", material, "", market, "", party, "USD/year")
            rows.append((*label, value, ends[0], value, ends[1], 200))
    return table_of("bands", rows)


def tornado(kind: str, materials: tuple[str, ...]) -> pl.DataFrame:
    rows: list[Row] = []
    market = "abroad" if kind == "ban" else "inside"
    central = factor(PRICE, "USA", kind) - 1
    for material in materials:
        key = ("price_change", material, STAGES[material][-1], market, "", "", "1", central)
        for rank, (name, label, low, high, at_low, at_high) in enumerate(INPUTS, start=1):
            ends = (central * at_low, central * at_high)
            rows.append((*key, name, label, "1", low, high, *ends, abs(ends[1] - ends[0]), rank))
    return table_of("tornado", rows)


def draws(kind: str, materials: tuple[str, ...]) -> pl.DataFrame:
    rows: list[Row] = []
    labels = [name for name in OUTCOME_TABLES["draws"] if name not in ("draw", "value")]
    for row in bands(kind, materials).iter_rows(named=True):
        low, high = row["p10"], row["p90"]
        for number in range(40):
            value = low + (high - low) * (number * 7 % 40 - 4) / 32
            rows.append((number, *(row[name] for name in labels), value))
    return table_of("draws", rows)


def sources() -> pl.DataFrame:
    rows: list[Row] = [
        (
            *(
                "usgs-mcs-2026",
                "U.S. Geological Survey",
                "Mineral commodity summaries 2026",
                "us-public-domain",
            ),
            *("2026-02-06", "https://doi.org/10.3133/mcs2026", "USGS", "gallium"),
        ),
        (
            *(
                "baci-hs17",
                "CEPII",
                "BACI: international trade database, HS 2017",
                "etalab-2.0",
                "2026-01-22",
            ),
            *("10.2139/ssrn.1994500", "Gaulier and Zignago (2010)", "gallium"),
        ),
    ]
    return table_of("sources", rows)


def assumptions(materials: tuple[str, ...]) -> pl.DataFrame:
    rows = [
        (material, name, material, low, mean, high, mean, "1", f"range for {label}", "assumption")
        for material in materials
        for name, label, low, high, _, _ in INPUTS
        for mean in [(low + high) / 2]
    ]
    return table_of("assumptions", rows)


def table_of(name: str, rows: Sequence[Row]) -> pl.DataFrame:
    """A table of the outcome from rows whose values stand in the order of its columns."""
    columns = {**OUTCOME_TABLES, **CASE_TABLES}[name]
    values = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in columns]
    return frame(columns, dict(zip(columns, values, strict=True)))


def resolved_scenario(kind: str, materials: tuple[str, ...], title: str, question: str) -> ResolvedScenario:
    start = date(2026, 1, 1)
    common = [
        {"name": f"{kind}-{material}", "material": material, "stage": STAGES[material][-1], "start": start}
        for material in materials
    ]
    floors = [
        Floor(
            **label,
            zone="allied zone",
            members=ZONE,
            floor=Amount(multiple_of_base=1.38),
            cap=Amount(multiple_of_base=1.0),
        )
        for label in common
    ]
    bans = [ExportBan(**label, exporters=("CHN",), importers=("DEU", "JPN", "USA")) for label in common]
    zone = Zone(name="allied zone", members=ZONE) if kind == "floor" else None
    return ResolvedScenario(
        name=f"synthetic-{kind}",
        title=title,
        question=question,
        base_year=2024,
        materials=materials,
        horizon=Horizon(years=1.0),
        evaluate_on=start,
        zone=zone,
        zones=(zone,) if zone else (),
        case=ResolvedCase(
            name="scenario",
            title=title,
            note="",
            instruments=tuple(floors if kind == "floor" else bans),
            shocks=(),
        ),
        alternatives=(),
        options=Options(draws=200, seed=7),
    )


def outcome_of(kind: str, materials: tuple[str, ...], title: str, question: str) -> Outcome:
    adjustment = (
        materials[0],
        "flow",
        "refined",
        "CHN",
        "JPN",
        120.0,
        160.0,
        "t",
        "the importer reports more",
    )
    return Outcome(
        name=f"synthetic-{kind}",
        title=title,
        question=question,
        resolved=resolved_scenario(kind, materials, title, question),
        base_year=2024,
        materials=materials,
        zone=ZONE if kind == "floor" else (),
        zone_name="allied zone" if kind == "floor" else None,
        home=("CHN",) if kind == "ban" else (),
        cases={
            "baseline": case_of("baseline", "Undisturbed market", "none", materials),
            "scenario": case_of("scenario", title, kind, materials),
            "substitute": case_of("substitute", "Substitute and recycle", "none", materials),
        },
        draws=draws(kind, materials),
        draw_inputs=table_of("draw_inputs", [(0, "use_elasticity_short", 0.3)]),
        draws_asked=200,
        draws_failed=0,
        draw_failures=(),
        bands=bands(kind, materials),
        tornado=tornado(kind, materials),
        sources=sources(),
        assumptions=assumptions(materials),
        adjustments=table_of("adjustments", [adjustment]),
        run={
            "versions": {"lodestock": "0.1.0", "python": "3.11"},
            "snapshot_hash": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
            "seed": 7,
            "draws": 200,
            "draws_failed": 0,
            "seconds": 1.4,
            "date": "2026-11-22",
        },
    )


def ban_outcome() -> Outcome:
    return outcome_of(
        "ban",
        ("gallium",),
        "Gallium export ban",
        "Who runs short if China stops exporting gallium, and who pays?",
    )


def zone_outcome() -> Outcome:
    return outcome_of(
        "floor",
        ("gallium", NDPR),
        "Price floor for two materials in an allied zone",
        "What does a price floor with an adjustable levy do inside and outside the zone, and who pays?",
    )
