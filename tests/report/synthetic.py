"""A made-up outcome with round, plausible numbers: nothing here is solved, every table adds up.

``zone_outcome`` is a price floor in a zone for a one-stage and a two-stage material; ``ban_outcome`` an
export ban of one country on one material.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl
from lodestock.scenario.outcome import Case, Outcome

from lodestock.policy.terms import Amount, ExportBan, Floor
from lodestock.scenario.resolved import Case as ResolvedCase
from lodestock.scenario.resolved import Horizon, Options, ResolvedScenario, Zone

ZONE = ("AUS", "DEU", "FRA", "JPN", "KOR", "USA")
STAGES = {"gallium": ("refined",), "neodymium-praseodymium": ("mine", "refined")}
REFERENCE = {
    ("gallium", "refined"): 450_000.0,
    ("neodymium-praseodymium", "mine"): 38_000.0,
    ("neodymium-praseodymium", "refined"): 64_000.0,
}
SUPPLY: Mapping[tuple[str, str], Mapping[str, float]] = {
    ("gallium", "refined"): {"CHN": 750.0, "JPN": 3.0, "KOR": 3.0, "RUS": 6.0},
    ("neodymium-praseodymium", "mine"): {"CHN": 60_000.0, "USA": 8_000.0, "AUS": 6_000.0, "MMR": 4_000.0},
    ("neodymium-praseodymium", "refined"): {"CHN": 68_000.0, "MYS": 6_000.0, "USA": 1_500.0},
}
USE: Mapping[str, Mapping[str, float]] = {
    "gallium": {"CHN": 420.0, "JPN": 160.0, "USA": 80.0, "DEU": 60.0, "KOR": 30.0, "FRA": 12.0},
    "neodymium-praseodymium": {
        "CHN": 58_000.0,
        "JPN": 9_000.0,
        "DEU": 3_000.0,
        "VNM": 3_000.0,
        "USA": 2_500.0,
    },
}
BASE_SURPLUS = 50e6


def price_factor(country: str, kind: str) -> float:
    if kind == "ban":
        return 0.72 if country == "CHN" else 2.8
    return 1.38 if country in ZONE else 0.94


def use_factor(country: str, kind: str) -> float:
    if kind == "ban":
        return 1.06 if country == "CHN" else 0.71
    return 0.93 if country in ZONE else 1.01


def supply_factor(country: str, kind: str) -> float:
    if kind == "ban":
        return 0.67 if country == "CHN" else 1.45
    return 1.25 if country in ZONE else 0.97


def side(country: str, kind: str) -> str:
    if kind == "ban":
        return "home" if country == "CHN" else "abroad"
    return "inside" if country in ZONE else "outside"


def need(material: str, stage: str) -> Mapping[str, float]:
    """Who takes a stage: refiners the ore, users the refined form."""
    stages = STAGES[material]
    return USE[material] if stage == stages[-1] else SUPPLY[material, stages[-1]]


def trade(material: str, stage: str, kind: str | None) -> dict[tuple[str, str], float]:
    """Pro rata flows from producers to takers; the ban leaves only what stays at home."""
    out = {c: q * (supply_factor(c, kind) if kind else 1.0) for c, q in SUPPLY[material, stage].items()}
    take = {c: q * (use_factor(c, kind) if kind else 1.0) for c, q in need(material, stage).items()}
    flows: dict[tuple[str, str], float] = {}
    left = dict(take)
    if kind == "ban":
        flows["CHN", "CHN"] = take["CHN"]
        left.pop("CHN", None)
        out.pop("CHN", None)
    total = sum(left.values())
    for exporter, amount in out.items():
        for importer, wanted in left.items():
            flows[exporter, importer] = amount * wanted / total
    return flows


def case_of(name: str, title: str, kind: str | None, materials: tuple[str, ...]) -> Case:
    """Build the tables of one case; ``kind`` None is the undisturbed market."""
    label = kind or "none"
    prices, reference, quantities, shortage, flows, domestic, surplus = ([] for _ in range(7))
    for material in materials:
        for stage in STAGES[material]:
            base = REFERENCE[material, stage]
            countries = sorted({*SUPPLY[material, stage], *need(material, stage)})
            for country in countries:
                factor = price_factor(country, label) if kind else 1.0
                prices.append(
                    (
                        material,
                        stage,
                        country,
                        country in ZONE,
                        country == "CHN",
                        base,
                        base * factor,
                        factor - 1,
                    )
                )
            example = {"home": "CHN", "abroad": "JPN", "inside": "USA", "outside": "CHN", "world": "MYS"}
            for market, country in example.items():
                factor = price_factor(country, label) if kind else 1.0
                reference.append((material, stage, market, base, base * factor, factor - 1))
            what = "processing" if stage != STAGES[material][0] else "production"
            for country, amount in SUPPLY[material, stage].items():
                after = amount * (supply_factor(country, label) if kind else 1.0)
                quantities.append((material, stage, country, what, amount, after))
            before, now = trade(material, stage, None), trade(material, stage, kind)
            for pair in sorted({*before, *now}):
                row = (before.get(pair, 0.0), now.get(pair, 0.0))
                if pair[0] == pair[1]:
                    domestic.append((material, stage, pair[0], *row))
                else:
                    status = "estimated" if "MMR" in pair else "observed"
                    flows.append((material, stage, *pair, *row, status))
        last = STAGES[material][-1]
        for country, amount in USE[material].items():
            after = amount * (use_factor(country, label) if kind else 1.0)
            quantities.append((material, last, country, "use", amount, after))
            gap = max(0.0, amount - after)
            shortage.append((material, country, amount, after, gap, gap / amount))
            loss = (
                -amount * REFERENCE[material, last] * (price_factor(country, label) - 1) * 0.9
                if kind
                else 0.0
            )
            surplus.append((material, country, "users", BASE_SURPLUS, BASE_SURPLUS + loss, loss))
        for country, amount in SUPPLY[material, last].items():
            gain = (
                amount * REFERENCE[material, last] * (price_factor(country, label) - 1) * 0.8 if kind else 0.0
            )
            surplus.append((material, country, "producers", BASE_SURPLUS, BASE_SURPLUS + gain, gain))
        if kind == "floor":
            surplus.append((material, "USA", "treasury", 0.0, 21e6, 21e6))
            surplus.append((material, "JPN", "treasury", 0.0, 64e6, 64e6))
        if kind == "ban":
            surplus.append((material, "CHN", "traders", 2e6, 1e6, -1e6))
    key = ["material", "stage"]
    pair_schema = [*key, "exporter", "importer", "base_t", "t", "base_status"]
    return Case(
        name=name,
        title=title,
        note="",
        status="solved",
        reason="",
        instruments=(),
        shocks=(),
        prices=frame(
            prices, [*key, "country", "inside", "home", "base_usd_per_t", "usd_per_t", "change"]
        ).with_columns(
            pl.lit(None, dtype=pl.Boolean).alias("inside") if kind == "ban" else pl.col("inside"),
            pl.lit(None, dtype=pl.Boolean).alias("home") if kind == "floor" else pl.col("home"),
        ),
        reference_prices=frame(reference, [*key, "market", "base_usd_per_t", "usd_per_t", "change"]),
        quantities=frame(quantities, [*key, "country", "kind", "base_t", "t"]),
        shortage=frame(
            shortage, ["material", "country", "use_base_t", "use_t", "shortage_t", "shortage_share"]
        ),
        flows=frame(flows, pair_schema),
        domestic=frame(domestic, [*key, "country", "base_t", "t"]),
        levies=levies(materials) if kind == "floor" else levies(()),
        rents=empty(
            {"name": "", "instrument": "", "material": "", "stage": "", "country": "", "party": ""},
            {"usd": 0.0, "limit_t": 0.0, "used_t": 0.0, "rent_usd_per_t": 0.0},
        ),
        payments=empty(
            {"name": "", "instrument": "", "material": "", "stage": "", "kind": ""},
            {"payer": "", "payee_country": "", "payee_party": "", "usd": 0.0},
        ),
        surplus=frame(surplus, ["material", "country", "party", "base_usd", "usd", "change_usd"]),
        metrics=empty(dict.fromkeys(METRIC_LABELS, ""), {"value": 0.0}),
        certificate={
            "worst": 3.1e-11,
            "worst_name": "balance of gallium, refined, JPN",
            "blocks": {"activities": 2.2e-12, "balances": 3.1e-11, "levies": 0.0},
            "mass": 4.4e-13,
            "money": 1.0e-12,
            "surplus": 2.0e-12,
            "multiple": False,
        },
        steps=("newton 7",),
    )


METRIC_LABELS = ("metric", "material", "stage", "market", "country", "party", "unit")


def frame(rows: list[tuple[object, ...]], names: list[str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)


def empty(*parts: Mapping[str, object]) -> pl.DataFrame:
    row = {name: value for part in parts for name, value in part.items()}
    return pl.DataFrame([row]).clear()


def levies(materials: tuple[str, ...]) -> pl.DataFrame:
    names = [
        *("name", "instrument", "material", "stage", "zone", "status", "reason", "rate_usd_per_t"),
        *("ad_valorem", "reference_price", "floor", "cap", "revenue_usd"),
    ]
    rows: list[tuple[object, ...]] = []
    for material in materials:
        stage = STAGES[material][-1]
        base = REFERENCE[material, stage]
        if material == "gallium":
            rows.append(
                (
                    *("floor-gallium", "floor", material, stage, "allied zone", "enforced", ""),
                    *(base * 0.44, 0.47, base * 1.38, base * 1.38, base, 85e6),
                )
            )
        else:
            rows.append(
                (
                    *("floor-ndpr", "floor", material, stage, "allied zone", "slack"),
                    "the reference price stands above the floor without a levy",
                    *(0.0, 0.0, base * 1.38, base, base, 0.0),
                )
            )
    schema = dict.fromkeys(names[:7], pl.String) | dict.fromkeys(names[7:], pl.Float64)
    return pl.DataFrame(rows, schema=schema, orient="row")


def bands(kind: str, materials: tuple[str, ...]) -> pl.DataFrame:
    rows: list[tuple[object, ...]] = []
    markets = ("home", "abroad") if kind == "ban" else ("inside", "outside")
    for material in materials:
        last = STAGES[material][-1]
        for market in markets:
            country = {"home": "CHN", "outside": "CHN"}.get(market, "USA")
            factor = price_factor(country, kind)
            change = factor - 1
            spread = (0.6, 1.7) if change > 0 else (1.6, -0.4 if kind == "floor" else 0.5)
            low, high = sorted((change * spread[0], change * spread[1]))
            base = REFERENCE[material, last]
            rows += [
                ("price_change", material, stage, market, "", "", "1", change, low, change, high, 200)
                for stage in STAGES[material]
            ]
            price = [base * (1 + x) for x in (change, low, change, high)]
            rows.append(("price", material, last, market, "", "", "USD/t", *price, 200))
            takers = {c: q for c, q in USE[material].items() if side(c, kind) == market}
            short = sum(max(0.0, q * (1 - use_factor(c, kind))) for c, q in takers.items())
            rows.append(
                ("shortage", material, last, market, "", "", "t", short, short * 0.5, short, short * 1.5, 200)
            )
            share = short / sum(takers.values())
            rows.append(
                *[
                    (
                        "shortage_share",
                        material,
                        last,
                        market,
                        "",
                        "",
                        "1",
                        share,
                        share / 2,
                        share,
                        share * 1.5,
                        200,
                    )
                ]
            )
    table = case_of("scenario", "", kind, materials).surplus.to_dicts()
    for market in markets:
        for party in dict.fromkeys(row["party"] for row in table):
            found = [row for row in table if row["party"] == party and side(row["country"], kind) == market]
            value = sum(row["change_usd"] for row in found)
            ends = sorted((value * 0.5, value * 1.6))
            rows.append(
                ("surplus_change", "", "", market, "", party, "USD", value, ends[0], value, ends[1], 200)
            )
    names = [*METRIC_LABELS, "central", "p10", "p50", "p90", "draws"]
    return frame(rows, names)


INPUTS = (
    ("use_elasticity_short", "short-run elasticity of use", 0.1, 0.5, 1.45, 0.62),
    ("stock_days", "commercial stock (days of use)", 20.0, 90.0, 1.25, 0.80),
    ("byproduct_supply_elasticity_short", "short-run elasticity of by-product supply", 0.1, 0.6, 1.18, 0.85),
    ("backstop_share", "share of use that can substitute", 0.1, 0.5, 1.10, 0.92),
    ("secondary_elasticity", "elasticity of secondary supply", 0.1, 0.4, 1.03, 0.97),
)


def tornado(kind: str, materials: tuple[str, ...]) -> pl.DataFrame:
    rows: list[tuple[object, ...]] = []
    market = "abroad" if kind == "ban" else "inside"
    central = price_factor("USA", kind) - 1
    for material in materials:
        for rank, (name, label, low, high, at_low, at_high) in enumerate(INPUTS, start=1):
            ends = (central * at_low, central * at_high)
            key = ("price_change", material, STAGES[material][-1], market, "", "", "1", central)
            rows.append((*key, name, label, low, high, *ends, abs(ends[1] - ends[0]), rank))
    extra = [
        "central",
        "input",
        "input_label",
        "low",
        "high",
        "value_at_low",
        "value_at_high",
        "swing",
        "rank",
    ]
    return frame(rows, [*METRIC_LABELS, *extra])


def draws(kind: str, materials: tuple[str, ...]) -> pl.DataFrame:
    rows: list[tuple[object, ...]] = []
    for row in bands(kind, materials).iter_rows(named=True):
        labels = tuple(row[name] for name in METRIC_LABELS)
        for number in range(40):
            low, high = row["p10"], row["p90"]
            rows.append((number, *labels, low + (high - low) * (number * 7 % 40 - 4) / 32))
    return frame(rows, ["draw", *METRIC_LABELS, "value"])


def sources() -> pl.DataFrame:
    names = ["source_id", "publisher", "title", "licence_id", "vintage", "url_or_doi", "attribution"]
    rows: list[tuple[object, ...]] = [
        (
            *(
                "usgs-mcs-2026",
                "U.S. Geological Survey",
                "Mineral commodity summaries 2026",
                "us-public-domain",
            ),
            *("2026-02-06", "https://doi.org/10.3133/mcs2026", "USGS"),
        ),
        (
            *(
                "baci-hs17",
                "CEPII",
                "BACI: international trade database, HS 2017",
                "etalab-2.0",
                "2026-01-22",
            ),
            *(
                "https://www.cepii.fr/CEPII/en/bdd_modele/bdd_modele_item.asp?id=37",
                "Gaulier and Zignago (2010)",
            ),
        ),
    ]
    return frame(rows, names)


def assumptions(materials: tuple[str, ...]) -> pl.DataFrame:
    names = ["material", "name", "low", "central", "high", "value", "unit", "reason", "source"]
    rows: list[tuple[object, ...]] = [
        (
            material,
            name,
            low,
            (low + high) / 2,
            high,
            (low + high) / 2,
            "1",
            f"range for {label}",
            "assumption",
        )
        for material in materials
        for name, label, low, high, _, _ in INPUTS
    ]
    return frame(rows, names)


def outcome_of(kind: str, materials: tuple[str, ...], title: str, question: str) -> Outcome:
    zone = ZONE if kind == "floor" else ()
    start = date(2026, 1, 1)
    if kind == "floor":
        terms = tuple(
            Floor(
                name=f"floor-{material}",
                material=material,
                stage=STAGES[material][-1],
                start=start,
                zone="allied zone",
                members=ZONE,
                floor=Amount(multiple_of_base=1.38),
                cap=Amount(multiple_of_base=1.0),
                exempt_origins=(),
            )
            for material in materials
        )
    else:
        terms = tuple(
            ExportBan(
                name="ban",
                material=material,
                stage=STAGES[material][-1],
                start=start,
                exporters=("CHN",),
                importers=("DEU", "JPN", "USA"),
            )
            for material in materials
        )
    named_zone = Zone(name="allied zone", members=ZONE) if zone else None
    resolved = ResolvedScenario(
        name=f"synthetic-{kind}",
        title=title,
        question=question,
        base_year=2024,
        materials=materials,
        horizon=Horizon(years=1.0),
        evaluate_on=start,
        zone=named_zone,
        zones=(named_zone,) if named_zone else (),
        case=ResolvedCase(name="scenario", title=title, note="", instruments=terms, shocks=()),
        alternatives=(),
        options=Options(draws=200, seed=7),
    )
    cases = {
        "baseline": case_of("baseline", "Undisturbed market", None, materials),
        "scenario": case_of("scenario", title, kind, materials),
        "substitute": case_of("substitute", "Substitute and recycle", None, materials),
    }
    adjustments = frame(
        [
            (
                materials[0],
                "flow",
                "refined",
                "CHN",
                "JPN",
                120.0,
                160.0,
                "t",
                "importer's own report is larger",
            )
        ],
        ["material", "kind", "stage", "country", "partner", "observed", "fitted", "unit", "reason"],
    )
    return Outcome(
        title=title,
        question=question,
        name=f"synthetic-{kind}",
        resolved=resolved,
        materials=materials,
        zone=zone,
        zone_name="allied zone" if zone else None,
        home=("CHN",) if kind == "ban" else (),
        base_year=2024,
        cases=cases,
        draws=draws(kind, materials),
        draw_inputs=frame([(0, "use_elasticity_short", 0.3)], ["draw", "input", "value"]),
        bands=bands(kind, materials),
        tornado=tornado(kind, materials),
        draws_failed=0,
        draws_asked=200,
        sources=sources(),
        assumptions=assumptions(materials),
        adjustments=adjustments,
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
        ("gallium", "neodymium-praseodymium"),
        "Price floor for two materials in an allied zone",
        "What does a price floor with an adjustable levy do inside and outside the zone, and who pays?",
    )
