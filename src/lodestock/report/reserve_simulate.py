"""Rules, releases, money and allies of a reserve case: page, workbook and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lodestock.report.charts.reserve_rules import release_chart, rule_chart
from lodestock.report.names import capital, material_name
from lodestock.report.numbers import joined, mass, money, percent
from lodestock.report.reserve_parts import Content, Part, page, rows_table
from lodestock.report.rows_workbook import write_rows_workbook
from lodestock.report.table import Table
from lodestock.report.writing import write_text
from lodestock.reserve.simulate import book_rows
from lodestock.reserve.simulate_rows import UNITS, holding_rows, release_path_rows, rule_rows

if TYPE_CHECKING:
    from lodestock.reserve.simulate import Simulated

RULE_HEADINGS = {
    "rule": "Rule",
    "saved_usd": "Saved against doing nothing",
    "standard_error_usd": "Standard error of the objective",
    "cost_usd": "Own cost",
    "objective_cvar95_usd": "Worst 5 % of the objective",
    "shortage_defence_t": "Short: defence",
    "shortage_essential_t": "essential",
    "shortage_other_t": "other",
    "shortage_usd": "Loss of users",
    "peak_price_effect": "Peak price rise by own buying",
    "money_at_risk_usd": "Money at risk",
    "support_usd": "Paid in by the sponsor",
    "missed_share": "Paths with a payment missed",
}
TRIGGER_HEADINGS = {
    "trigger": "Release when",
    "level": "reaches",
    "objective_usd": "Objective",
    "standard_error_usd": "Standard error",
    "shortage_usd": "Loss of users",
    "released_t": "Released",
    "sold_in_calm_t": "Sold in calm",
    "empty_share": "Short and empty",
}
RELEASE_HEADINGS = {
    "material": "Material",
    "regime": "Regime",
    "schedule": "Schedule",
    "released_t": "Released",
    "peak_price": "Highest price",
    "mean_price": "Mean price",
    "short_t": "Short",
}
SALE_HEADINGS = {
    "material": "Material",
    "regime": "Regime",
    "reached_share": "Reaches the members' shortage",
    "sold_share_low": "Sells of an offer: low",
    "sold_share_central": "central",
    "sold_share_high": "high",
    "loan_premium": "Premium of a loan in kind",
}
WAY_HEADINGS = {
    "material": "Material",
    "regime": "Regime",
    "way": "Way",
    "offered_t": "Offered",
    "sold_t": "Taken",
    "price": "Lowest price",
    "revenue_usd": "Revenue",
    "back_t": "Due back",
    "reached_t": "Reaches the members' shortage",
}
BAND_HEADINGS = {
    "material": "Material",
    "floor": "Floor",
    "ceiling": "Ceiling",
    "cash_usd": "Cash",
    "stock_t": "Stock",
    "volatility": "Volatility",
    "lost": "Lost",
    "standard_error": "Standard error",
    "cash_out": "by cash",
    "stock_out": "by stock",
    "floor_alone_lost": "Floor alone",
    "floor_alone_lost_ever": "for ever",
}
BOOK_HEADINGS = {
    "quarter": "Quarter",
    "purchases": "Purchases",
    "sales": "Sales",
    "carry": "Carry",
    "drawn": "Drawn",
    "supported": "Support",
    "fees_paid": "Fees",
    "interest_paid": "Interest",
    "principal_paid": "Principal",
    "distributed": "To equity",
    "cash": "Cash",
    "stock_at_cost": "Stock at cost",
    "loan": "Loan",
    "dues": "Dues",
    "paid_in": "Paid in",
    "support": "Support so far",
    "retained": "Retained",
    "difference": "Difference",
}
ALLIED_HEADINGS = {
    "filling": {
        "material": "Material",
        "stage": "Stage",
        "target_t": "Target of all",
        "alone_usd": "Cost as if alone",
        "rivals_usd": "as rivals",
        "together_usd": "together",
        "gain_usd": "Gain",
        "peak_alone": "Highest price as if alone",
        "peak_rivals": "as rivals",
        "peak_together": "together",
        "in_core": "No coalition better off apart",
    },
    "burden": {
        "ally": "Ally",
        "target_usd": "Value of the target",
        "alone_usd": "Cost as if alone",
        "rivals_usd": "as rival",
        "shapley_usd": "Shapley share",
        "nucleolus_usd": "Nucleolus",
        "by_use_usd": "Split by target",
        "free_rider_gain_usd": "Gain from staying out",
    },
    "pooling": {
        "material": "Material",
        "separate_t": "Stocks apart",
        "pooled_t": "One stock",
        "saved_t": "Saved",
    },
    "release": {
        "material": "Material",
        "regime": "Regime",
        "short_t": "Short a quarter",
        "alone_usd": "Each alone",
        "own_usd": "Each for its own",
        "together_usd": "Together",
        "same_tonnes_usd": "Together, same tonnes as alone",
    },
}
MONEY = frozenset(BOOK_HEADINGS) - {"quarter"}
"""Columns of the books: all money."""
PAGE_UNITS = {**UNITS, **dict.fromkeys(MONEY, "million USD")}
LIMITS = (
    "All rules release alike: what users lack, as fast as it can leave, the most valued first, and all of it "
    "reaches them; an open sale does not, see the table of sales. What loan and cash do not pay, a sponsor "
    "pays in. Rule levels, the band and the loss per tonne short are assumptions with ranges. Money at risk "
    "values the stock at a last price that has walked with the volatility of annual prices."
)


def write_simulation(found: Simulated, folder: Path) -> dict[str, Path]:
    """Write page, workbook and JSON into a folder; each file whole or not at all.

    Raises
    ------
    LodestockError
        A file cannot be written.
    """
    target = Path(folder)
    text = json.dumps(found.as_dict(), indent=2, ensure_ascii=False, allow_nan=False)
    return {
        "page": write_text(target / "simulate.html", page(content(found))),
        "workbook": write_simulation_workbook(found, target / "simulate.xlsx"),
        "json": write_text(target / "simulate.json", text + "\n"),
    }


def write_simulation_workbook(found: Simulated, path: Path) -> Path:
    """Write the workbook, whole or not at all: one sheet per table."""
    case = found.problem.case
    about = [
        ("case", f"{case.name}: {case.title}"),
        ("objective", case.objective),
        ("paths", f"{found.paths}, seed {found.seed}; the same for every rule"),
        ("books", f"rule {found.books_rule}, the path with middle purchases"),
        ("limits", LIMITS),
    ]
    plain = found.as_dict()
    sheets: dict[str, list[dict[str, Any]]] = {
        "rules": rule_rows(found),
        "holdings": holding_rows(found),
        "triggers": plain["triggers"],
        "prices": release_path_rows(found),
        "sales": plain["sales"],
        "ways": plain["ways"],
        "bands": plain["bands"],
        "buybacks": plain["buybacks"],
        "calls": plain["calls"],
        "books": book_rows(found.books),
    }
    if plain["allies"] is not None:
        sheets |= {f"allies {name}": plain["allies"][name] for name in ("filling", "burden", "pooling")}
        sheets["allies release"] = plain["allies"]["release"]
    units = {
        **UNITS,
        **{name: "USD" for name in book_rows(found.books)[0] if name not in ("quarter", "coverage")},
    }
    return write_rows_workbook(path, about, {name: rows for name, rows in sheets.items() if rows}, units)


def _millions(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return rows with money in million USD, for a page."""
    return [
        {
            name: value / 1e6
            if name in MONEY or (name.endswith("_usd") and isinstance(value, float))
            else value
            for name, value in row.items()
        }
        for row in rows
    ]


def _shown(key: str, title: str, rows: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Table:
    """Return a table of the page: money in million USD, other units as in the workbook."""
    units = {
        name: "million USD" if name in MONEY or name.endswith("_usd") else unit
        for name, unit in PAGE_UNITS.items()
    }
    return rows_table(key, title, _millions(rows), names, units)


def content(found: Simulated) -> Content:
    """Return the page before it is drawn."""
    case = found.problem.case
    parts = [
        Part(
            "Rules on the same paths",
            figures=(rule_chart(found),),
            tables=(_shown("rules", "Rules", rule_rows(found), RULE_HEADINGS),),
        ),
        _release_part(found),
        Part("Money", (_money_sentence(found),), tables=_money_tables(found)),
    ]
    if found.allies is not None:
        parts.append(_allied_part(found))
    parts.append(Part("Limits", (LIMITS,)))
    return Content(
        title=f"Rules for the reserve: {case.title}",
        question=case.question,
        stamp=f"{found.paths} paths, seed {found.seed}",
        lead=tuple(lead(found)),
        parts=tuple(parts),
    )


def lead(found: Simulated) -> list[str]:
    """Return the sentences at the top."""
    nothing = next(row for row in found.rules if row.rule == "none")
    rows = sorted((row for row in found.rules if row.rule != "none"), key=lambda row: -row.saved_usd)
    sentences = [
        f"Doing nothing costs {money(nothing.objective_usd)} on average over {found.problem.case.quarters} "
        f"quarters, of which users lose {money(nothing.shortage_usd)}."
    ]
    if rows:
        best = rows[0]
        words = (
            f"Best of the rules walked is {best.rule}: it saves {money(best.saved_usd)} for "
            f"{money(best.money_at_risk_usd)} of money at risk."
            if best.saved_usd > 0
            else "No rule saves anything against doing nothing."
        )
        sentences.append(words)
        close = [row.rule for row in rows[1:] if best.saved_usd - row.saved_usd < 2 * best.standard_error_usd]
        if close and best.saved_usd > 0:
            sentences.append(f"Within two standard errors of it: {joined(close)}.")
    if found.certificate is not None:
        low, high = (found.certificate[name] for name in ("lower_bound", "upper_bound"))
        sentences.append(f"The optimal plan is certified between {money(low)} and {money(high)}.")
    return sentences


def _release_part(found: Simulated) -> Part:
    plain = found.as_dict()
    reach = [
        f"{percent(sale.reached_share, sign=False)} of {material_name(sale.material)}" for sale in found.sales
    ]
    sentences = [
        f"Sold openly in its worst regime, {joined(reach)} lowers the members' own shortage; the rest goes "
        "to whoever pays."
    ]
    figures = (release_chart(found),) if found.releases else ()
    tables = [_shown("triggers", "Release triggers", plain["triggers"], TRIGGER_HEADINGS)]
    if found.releases:
        tables.append(_shown("releases", "Prices of releases", plain["releases"], RELEASE_HEADINGS))
        tables.append(_shown("sales", "Sales and loans", plain["sales"], SALE_HEADINGS))
        tables.append(_shown("ways", "The first quarter's release, four ways", plain["ways"], WAY_HEADINGS))
    return Part("Release", tuple(sentences) if reach else (), figures, tuple(tables))


def _money_sentence(found: Simulated) -> str:
    lost = [band.lost for band in found.bands]
    words = f"Books of the rule {found.books_rule}, on the path whose purchases are in the middle."
    if lost:
        low, high = percent(min(lost), sign=False), percent(max(lost), sign=False)
        words += (
            " A price band around the base price is lost within the plan with a probability of "
            f"{low if low == high else f'{low} to {high}'}; a fixed floor with "
            "finite cash is lost sooner or later."
        )
    return words


def _money_tables(found: Simulated) -> tuple[Any, ...]:
    plain = found.as_dict()
    books = book_rows(found.books)
    tables = [_shown("books", "Books, quarter by quarter", books, BOOK_HEADINGS)]
    if found.bands:
        tables.append(_shown("bands", "Price bands", plain["bands"], BAND_HEADINGS))
    for key, title in (("buybacks", "Promises to buy back"), ("calls", "Calls beyond the stock")):
        if plain[key]:
            names = {name: capital(name.replace("_usd", "").replace("_", " ")) for name in plain[key][0]}
            tables.append(_shown(key, title, plain[key], names))
    return tuple(tables)


def _allied_part(found: Simulated) -> Part:
    assert found.allies is not None
    plain = found.allies.as_dict()
    joint = sum(row.together_usd for row in found.allies.filling)
    saved = [f"{mass(row.saved_t)} of {material_name(row.material)}" for row in found.allies.pooling]
    sentences = (
        f"Filling together to {found.allies.days:g} days costs {money(joint)}, "
        f"{money(found.allies.gain_usd)} less than as rivals. Shares add up to the cent.",
        f"One stock for all that serves everybody at once in 95 % of plans saves {joined(saved)}.",
    )
    tables = [
        _shown(f"allies-{key}", title, plain[key], ALLIED_HEADINGS[key])
        for key, title in (
            ("filling", "Filling at the same time"),
            ("burden", "Who bears what of the joint cost"),
            ("pooling", "One stock or many"),
            ("release", "Loss avoided by releases"),
        )
    ]
    return Part("Allies", sentences, tables=tuple(tables))
