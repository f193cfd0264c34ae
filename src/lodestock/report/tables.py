"""Tables of results: prices, shortage, quantities, flows, surplus, levies, payments, alternatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from lodestock.report.effects import totals
from lodestock.report.frames import (
    band,
    base_price,
    case_title,
    last_stage,
    markets_of,
    shortage_by_country,
    stages_of,
    surplus_band,
    surplus_by_party,
    with_side,
)
from lodestock.report.names import KINDS, PARTIES, capital, country_name, label_of, material_name, stage_name
from lodestock.report.numbers import ABSENT, mass, money, percent, price
from lodestock.report.quotes import bracketed
from lodestock.report.sides import price_sides, sides
from lodestock.report.table import Column, Table, table

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome


def price_table(outcome: Outcome) -> Table:
    """Reference prices by material, stage and side, before and after, with the band of the change."""
    case = outcome.cases["scenario"]
    label = {side.market: side.label for side in price_sides(outcome)}
    rows = []
    for material in outcome.materials:
        for stage in stages_of(case, material):
            markets = markets_of(outcome, case, material, stage).to_dicts()
            unit = float(markets[0]["base_usd_per_t"]) if markets else 0.0
            for number, row in enumerate(markets):
                found = band(outcome, "price_change", material=material, stage=stage, market=row["market"])
                base, now = float(row["base_usd_per_t"]), float(row["usd_per_t"])
                own = [bracketed(value, material, stage) if number == 0 else "" for value in (base, now)]
                rows.append(
                    [
                        f"{capital(material_name(material))}, {stage_name(stage)}",
                        label[row["market"]],
                        price(base, unit) + own[0],
                        price(now, unit) + own[1],
                        percent(float(row["change"])),
                        _ends(found),
                    ]
                )
    columns = (
        "Material and stage",
        "Where",
        Column("Before", "USD"),
        Column("After", "USD"),
        Column("Change", "%"),
        Column("Band", "p10 to p90, %"),
    )
    note = (
        "Prices are per unit of contained element, 2024 US dollars; in brackets, once per material and "
        "stage, in the unit its market uses. Held: the change is the same over all draws, because a floor "
        "or a wide market holds the price."
    )
    return table("prices", "Reference prices before and after", columns, rows, note)


def _ends(found: dict[str, float] | None) -> str:
    if found is None:
        return ABSENT
    low, high = percent(found["p10"]), percent(found["p90"])
    return "held" if low == high else f"{low} to {high}"


def country_price_table(outcome: Outcome, material: str, at_most: int = 12) -> Table:
    """Prices in the largest using and producing countries, beside the map."""
    case = outcome.cases["scenario"]
    stage = last_stage(case, material)
    use = {row["country"]: row for row in shortage_by_country(case, material).to_dicts()}
    made = (
        case.quantities.filter(
            (pl.col("material") == material)
            & (pl.col("stage") == stage)
            & pl.col("kind").is_in(["production", "processing", "secondary"])
        )
        .group_by("country")
        .agg(pl.col("base_t").sum(), pl.col("t").sum())
    )
    output = {country: (base, now) for country, base, now in made.iter_rows()}
    prices = case.prices.filter((pl.col("material") == material) & (pl.col("stage") == stage)).to_dicts()

    def size(row: dict[str, object]) -> float:
        country = str(row["country"])
        used = use[country]["use_base_t"] if country in use else 0.0
        return float(used) + float(output.get(country, (0.0, 0.0))[0])

    unit = base_price(outcome, material)
    rows: list[list[str]] = []
    for row in sorted(prices, key=size, reverse=True)[:at_most]:
        country, base, now = row["country"], float(row["base_usd_per_t"]), float(row["usd_per_t"])
        own = [bracketed(value, material, stage) if not rows else "" for value in (base, now)]
        taken = use.get(country)
        before, after = output.get(country, (0.0, 0.0))
        rows.append(
            [
                country_name(country),
                price(base, unit) + own[0],
                price(now, unit) + own[1],
                percent(float(row["change"])),
                mass(before) if before else ABSENT,
                mass(after) if before or after else ABSENT,
                mass(taken["use_base_t"]) if taken else ABSENT,
                mass(taken["use_t"]) if taken else ABSENT,
                mass(taken["shortage_t"]) if taken else ABSENT,
                percent(taken["shortage_share"], sign=False) if taken else ABSENT,
            ]
        )
    columns = (
        "Country",
        *(Column("Price before", "USD"), Column("Price after", "USD"), Column("Change", "%")),
        *(Column("Output before", "t"), Column("Output after", "t")),
        *(Column("Use before", "t"), Column("Use after", "t")),
        *(Column("Shortage", "t"), Column("Shortage", "% of use")),
    )
    name = material_name(material)
    note = (
        f"The {len(rows)} largest users and producers of {name} at the stage of use, contained tonnes a "
        f"year; "
        "the workbook holds all countries."
    )
    return table(f"countries-{material}", f"{capital(name)} by country", columns, rows, note)


def quantity_table(outcome: Outcome, material: str) -> Table:
    """Quantities by stage, kind and side before and after."""
    case = outcome.cases["scenario"]
    found = (
        with_side(outcome, case.quantities.filter(pl.col("material") == material))
        .group_by("stage", "kind", "side")
        .agg(pl.col("base_t").sum(), pl.col("t").sum())
    )
    total = {(row["stage"], row["kind"], row["side"]): (row["base_t"], row["t"]) for row in found.to_dicts()}
    rows = []
    for stage in stages_of(case, material):
        for kind, word in KINDS.items():
            for side in sides(outcome):
                base, now = total.get((stage, kind, side.market), (0.0, 0.0))
                if abs(base) < 1e-6 and abs(now) < 1e-6:
                    continue
                rows.append(
                    [
                        f"{capital(word)} ({stage_name(stage)})",
                        side.label,
                        mass(base),
                        mass(now),
                        percent(now / base - 1.0) if base > 0 else ABSENT,
                    ]
                )
    columns = ("What", "Where", Column("Before", "t"), Column("After", "t"), Column("Change", "%"))
    name = material_name(material)
    return table(f"quantities-{material}", f"{capital(name)}: quantities", columns, rows)


def surplus_table(outcome: Outcome) -> Table:
    """Change of surplus by party (rows) and side (columns), with the band of the first side and the total."""
    data = surplus_by_party(outcome, outcome.cases["scenario"])
    order = sides(outcome)
    value = {(row["party"], row["side"]): float(row["change_usd"]) for row in data.to_dicts()}
    parties = [party for party in PARTIES if any(value.get((party, side.market)) for side in order)]
    rows = []
    for party in parties:
        found = surplus_band(outcome, order[0].market, party)
        cells = [money(value.get((party, side.market), 0.0), sign=True) for side in order]
        cells.insert(
            1, f"{money(found['p10'], sign=True)} to {money(found['p90'], sign=True)}" if found else ABSENT
        )
        if len(order) > 1:
            cells.append(money(sum(value.get((party, side.market), 0.0) for side in order), sign=True))
        rows.append([capital(PARTIES[party]), *cells])
    net = [money(sum(value.get((party, side.market), 0.0) for party in parties), sign=True) for side in order]
    net.insert(1, "")
    if len(order) > 1:
        net.append(money(sum(value.values()), sign=True))
    rows.append(["Everybody", *net])
    columns: list[Column | str] = [
        "Party",
        Column(order[0].label, "USD a year"),
        Column("Band", "p10 to p90"),
        *(Column(side.label, "USD a year") for side in order[1:]),
    ]
    if len(order) > 1:
        columns.append(Column("World", "USD a year"))
    note = (
        "Change of surplus against the undisturbed market. Users: what they would have paid less what they "
        "pay; "
        "producers and refiners: receipts less avoidable cost; traders: margins on routes; treasuries: "
        "duties, "
        "levies and subsidies; reserves: purchases and releases at market value."
    )
    return table("surplus", "Who gains and who pays", columns, rows, note)


def alternatives_table(outcome: Outcome) -> Table | None:
    """Every case in a column, what it does to the first side in rows; None where there is only one case."""
    names = sorted(
        (name for name in outcome.cases if name != "baseline"), key=lambda name: name != "scenario"
    )
    if len(names) < 2:
        return None
    first = sides(outcome)[0]
    columns = [_case_column(outcome, name) for name in names]
    labels = list(dict.fromkeys(label for column in columns for label in column))
    rows = [[label, *(column.get(label, ABSENT) for column in columns)] for label in labels]
    rows = [row for row in rows if set(row[1:]) - {money(0.0), ABSENT}]
    unsolved = [name for name in names if outcome.cases[name].status != "solved"]
    note = (
        f"All rows but the last show what happens {first.where}; changes of surplus are against the "
        "undisturbed market, on central assumptions."
    )
    for name in unsolved:
        note += f" Not solved: {case_title(outcome, name)} ({outcome.cases[name].reason})."
    heads = [Column(case_title(outcome, name)) for name in names]
    return table("alternatives", "The alternatives side by side", ["What", *heads], rows, note)


def _case_column(outcome: Outcome, name: str) -> dict[str, str]:
    """Return label -> number of one case on the first side; empty where it did not solve."""
    case, first = outcome.cases[name], sides(outcome)[0]
    if case.status != "solved":
        return {}
    found = totals(outcome, case)
    column: dict[str, str] = {}
    for material in outcome.materials:
        label = label_of(material, len(outcome.materials) == 1)
        column[capital(f"{label}price change")] = percent(found.price_change[material])
        column[capital(f"{label}shortage")] = mass(found.shortage_t[material])
        column[capital(f"{label}output")] = mass(found.output_t[material])
    data = surplus_by_party(outcome, case).to_dicts()
    value = {(row["side"], row["party"]): float(row["change_usd"]) for row in data}
    for party, word in PARTIES.items():
        column[f"{capital(word)}, USD a year"] = money(value.get((first.market, party), 0.0), sign=True)
    column["Everybody, USD a year"] = money(found.net_usd, sign=True)
    elsewhere = sum(usd for (side, _), usd in value.items() if side != first.market)
    column["Everybody elsewhere, USD a year"] = money(elsewhere, sign=True)
    return column
