"""Tables of money that instruments move: levies and contracts, limits and mandates, payments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from lodestock.report.frames import with_side
from lodestock.report.names import PARTIES, capital, country_name, material_name, stage_name
from lodestock.report.numbers import ABSENT, mass, money, percent, price
from lodestock.report.quotes import bracketed
from lodestock.report.sides import sides
from lodestock.report.table import Column, Table, table

if TYPE_CHECKING:
    from lodestock.scenario.outcome import CaseOutcome, Outcome

FLOOR_WORDS = {
    "slack": "idle: the price inside is above the floor without a levy",
    "enforced": "holds: the levy lifts the price inside to the floor",
    "capped": "at its cap: the price inside stays below the floor",
    "unenforceable": "cannot hold the floor: imports have stopped and the price inside stays below it",
}
LEVY_WORDS: Mapping[str, Mapping[str, str]] = {
    "floor": FLOOR_WORDS,
    "minimum_price": {
        "slack": "idle: the price at the border is above the minimum without it",
        "enforced": "holds: exporters ask the minimum and keep the gap",
        "capped": "not reached",
        "unenforceable": "shuts imports out: the price inside stays below the minimum",
    },
    "contract": {"slack": "pays nothing", "enforced": "pays the gap", "capped": "pays less than the gap"},
    "contract_return": {"slack": "nothing to return", "enforced": "returns part of the price"},
}
LEVY_TITLES = {
    "floor": "Does the floor hold?",
    "minimum_price": "Does the minimum price hold?",
    "contract": "What does the contract pay?",
    "contract_return": "What does the contract pay?",
}
LEVY_NOTES = {
    "floor": "A levy is charged only on imports from non-members and is the smallest that lifts the reference"
    " price of the zone to the floor. Revenue goes to the treasury of the importing member.",
    "minimum_price": "Under a minimum import price exporters keep the gap between their own price and the"
    " minimum; what stands as revenue is theirs.",
    "contract": "Treasuries pay producers the gap up to the strike (minus: they pay).",
    "contract_return": "",
}
LIMIT_WORDS = {
    "quota": "export quota",
    "licence": "export licences",
    "tariff_quota": "quota at the low duty",
    "stock": "stock that may be sold",
    "domestic_content": "imports from outside",
    "recycled_content": "recycled content",
    "country_cap": "imports from one country",
    "drawback": "exports with drawback",
}
KEPT_BY = {
    "treasury": "treasury",
    "licence_holders": "licence holders",
    "importers": "importers",
    "exporters": "exporters",
    "reserve": "reserve",
    "users": "users, paid by importers",
    "secondary": "recyclers, paid by users",
    "traders": "traders",
}
PAYMENT_WORDS = {
    "minimum_price": "gap kept by exporters",
    "derivative_levy": "derivative levy",
    "duty_within": "duty within the quota",
    "duty_beyond": "duty beyond the quota",
    "country_cap": "price of the cap",
    "domestic_content": "price of the mandate",
    "recycled_content": "price of the mandate",
}
LEAST = 1.0
"""Amounts below this many USD a year are left out."""


def levy_table(outcome: Outcome) -> Table | None:
    """Every levy, minimum price and contract in plain words; None where the scenario has none."""
    levies = outcome.cases["scenario"].levies
    if levies.is_empty():
        return None
    rows = [_levy_row(row) for row in levies.to_dicts()]
    kinds = list(dict.fromkeys(levies["kind"].to_list()))
    columns = (
        "On",
        "Does it hold?",
        *(Column("Price held", "USD"), Column("Price inside", "USD"), Column("Per tonne", "USD")),
        *(Column("As a duty", "% of price"), Column("Revenue", "USD a year")),
    )
    note = " ".join(dict.fromkeys(LEVY_NOTES[kind] for kind in kinds)).strip()
    return table("levies", LEVY_TITLES[kinds[0]], columns, rows, note)


def _levy_row(row: Mapping[str, Any]) -> list[str]:
    reference = float(row["reference_price"])
    words = capital(LEVY_WORDS[row["kind"]].get(row["status"], row["status"]))
    reason = str(row["reason"] or "").rstrip(".")
    told = reason and row["status"] not in ("slack", "enforced")
    share = row["ad_valorem"]
    return [
        f"{capital(material_name(row['material']))}, {stage_name(row['stage'])}",
        f"{words}. {capital(reason)}." if told else f"{words}.",
        price(float(row["floor"]), reference) + bracketed(float(row["floor"]), row["material"], row["stage"]),
        price(reference),
        price(float(row["rate_usd_per_t"]), reference),
        ABSENT if share is None else percent(float(share), sign=False),
        money(float(row["revenue_usd"])),
    ]


def limit_table(outcome: Outcome) -> Table | None:
    """Quotas, licences, stocks and mandates with what a tonne is worth; None where nothing is limited.

    Of caps on single countries only those that bind, or the fullest one, are shown.
    """
    rents = outcome.cases["scenario"].rents
    if rents.is_empty():
        return None
    shown = rents.filter(pl.col("kind") != "country_cap")
    caps = rents.filter(pl.col("kind") == "country_cap").sort(
        pl.col("used_t") / pl.col("limit_t"), descending=True
    )
    if not caps.is_empty():
        binding = caps.filter(pl.col("usd") > LEAST)
        shown = pl.concat([shown, binding if not binding.is_empty() else caps.head(1)])
    rows = [
        [
            row["name"],
            LIMIT_WORDS.get(row["kind"], row["kind"]),
            *_needed(row),
            price(float(row["rent_usd_per_t"])) if row["usd"] > LEAST else "0",
            money(float(row["usd"])) if row["usd"] > LEAST else "0",
            KEPT_BY.get(row["party"], row["party"]),
        ]
        for row in shown.to_dicts()
    ]
    columns = (
        *("Limit", "On"),
        *(Column("Allowed or needed", "t"), Column("Used", "t")),
        *(Column("Worth of a tonne", "USD"), Column("Together", "USD a year")),
        "Received by",
    )
    note = (
        "The worth of a tonne is the shadow price: what one tonne more within the limit, or one tonne less"
        " that a mandate asks for, would save. It is 0 where the limit does not bind."
    )
    return table("limits", "What the limits are worth", columns, rows, note)


def _needed(row: Mapping[str, Any]) -> tuple[str, str]:
    """Tonnes that a limit allows and that are used; of recycled content those needed and recovered."""
    limit, used = float(row["limit_t"]), float(row["used_t"])
    return (mass(used), mass(limit)) if row["kind"] == "recycled_content" else (mass(limit), mass(used))


def payment_table(outcome: Outcome) -> Table | None:
    """Money that instruments move: duties, subsidies, purchases, and rents of quotas; None without any."""
    case = outcome.cases["scenario"]
    moved = case.payments.filter((pl.col("usd").abs() > LEAST) & (pl.col("kind") != "leak_rent"))
    rows = [
        [
            row["name"],
            f"{capital(material_name(row['material']))}, {stage_name(row['stage'])}",
            PAYMENT_WORDS.get(row["kind"], str(row["kind"]).replace("_", " ")),
            capital(PARTIES.get(row["party"], row["party"])),
            country_name(row["country"]),
            money(float(row["usd"]), sign=True),
        ]
        for row in moved.to_dicts()
    ]
    rows += _leak_rents(outcome, case)
    if not rows:
        return None
    columns = ("Instrument", "On", "What", "Party", "Country", Column("Amount", "USD a year"))
    note = "Plus: the party receives; minus: it pays."
    return table("payments", "Money moved by each instrument", columns, rows, note)


def _leak_rents(outcome: Outcome, case: CaseOutcome) -> list[list[str]]:
    """Return what traders keep of the gap that a leak bridges, by side."""
    who = {side.market: side.who for side in sides(outcome)}
    table = with_side(outcome, case.payments.filter(pl.col("kind") == "leak_rent"))
    keys = ("name", "material", "stage", "side")
    found = table.group_by(keys, maintain_order=True).agg(pl.col("usd").sum())
    return [
        [
            row["name"],
            f"{capital(material_name(row['material']))}, {stage_name(row['stage'])}",
            "gap kept by whoever carries the leak",
            f"Traders {who.get(row['side'], '')}".strip(),
            "",
            money(float(row["usd"]), sign=True),
        ]
        for row in found.to_dicts()
    ]
