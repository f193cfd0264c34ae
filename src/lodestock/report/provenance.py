"""Tables behind the results: bands, sources, explained figures, assumptions, adjustments, certificate, "
"run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from lodestock.report.frames import EVERYBODY, case_title, stages_of
from lodestock.report.names import PARTIES, capital, country_name, material_name, short_name, stage_name
from lodestock.report.numbers import ABSENT, bare, mass, money, percent, price
from lodestock.report.sides import sides
from lodestock.report.table import Cell, Column, Table, table

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome

METRICS = {
    "price_change": "Price change",
    "price": "Price",
    "shortage": "Shortage",
    "shortage_share": "Shortage, share of use",
    "surplus_change": "Change of surplus",
    "levy_rate": "Levy",
    "levy_revenue": "Revenue of the levy",
    "shadow_price": "Shadow price of a mandate",
    "output_change": "Change of output",
}
TOP = 5
"""Producers per stage whose base figures are explained."""


def band_table(outcome: Outcome) -> Table | None:
    """Every headline number with its band; None without draws."""
    if outcome.bands.is_empty():
        return None
    label = {side.market: side.label for side in sides(outcome)}
    parties = {**PARTIES, EVERYBODY: "everybody"}
    rows = []
    shown = outcome.bands.filter(
        (pl.col("country") == "") & pl.col("market").is_in(["", *label]) & (pl.col("metric") != "price")
    )
    if len(outcome.materials) > 1:
        shown = shown.filter((pl.col("metric") != "surplus_change") | (pl.col("material") == ""))
    for row in shown.to_dicts():
        if max(abs(row["central"]), abs(row["p10"]), abs(row["p90"])) == 0.0:
            continue
        what = METRICS.get(row["metric"], row["metric"].replace("_", " "))
        detail = [capital(material_name(row["material"]))] if row["material"] else []
        detail += [stage_name(row["stage"])] if row["stage"] else []
        detail += [parties.get(row["party"], row["party"].replace("_", " "))] if row["party"] else []
        numbers = [
            _number(row[name], row["unit"], row["metric"]) for name in ("central", "p10", "p50", "p90")
        ]
        rows.append(
            [f"{what}: {', '.join(detail)}" if detail else what, label.get(row["market"], ""), *numbers]
        )
    columns = ("Number", "Where", Column("Central"), Column("p10"), Column("p50"), Column("p90"))
    note = (
        "One draw in ten lies below p10, one in ten above p90. Central: all inputs at their central value. "
        "The workbook holds all of them, by material."
    )
    return table("bands", "Headline numbers with their bands", columns, rows, note)


def _number(value: float, unit: str, metric: str) -> str:
    if unit == "1":
        return percent(value, sign="change" in metric)
    if unit == "USD/t":
        return price(value)
    if unit.startswith("USD"):
        return money(value, sign="change" in metric)
    return mass(value, sign="change" in metric)


def source_table(outcome: Outcome) -> Table:
    """Sources used, each with an anchor that figures and tables point to."""
    rows: list[list[str | Cell]] = []
    for row in outcome.sources.to_dicts():
        address = str(row["url_or_doi"] or "")
        href = address if address.startswith(("https://", "http://")) else ""
        if not href and address.startswith("10."):
            href = f"https://doi.org/{address}"
        rows.append(
            [
                Cell(row["source_id"]),
                str(row["publisher"] or ""),
                Cell(str(row["title"] or ""), href),
                str(row["vintage"] or ""),
                str(row["licence_id"] or ""),
                str(row["attribution"] or ""),
            ]
        )
    columns = ("Source", "Publisher", "Title", "Vintage", "Licence", "Attribution")
    return table("sources", "Sources used", columns, rows, "Data were selected, converted and reconciled.")


def explain_queries(outcome: Outcome) -> Iterator[str]:
    """Return the queries whose answers trace the base figures that matter most in this outcome."""
    case, year = outcome.cases["scenario"], outcome.base_year
    for material in outcome.materials:
        for stage in stages_of(case, material):
            made = (
                case.quantities.filter(
                    (pl.col("material") == material)
                    & (pl.col("stage") == stage)
                    & pl.col("kind").is_in(["production", "processing"])
                    & (pl.col("base_t") > 0)
                    & (pl.col("country") != "OTH")
                )
                .sort("base_t", descending=True)["country"]
                .unique(maintain_order=True)
            )
            yield from (f"production {material} {stage} {country} {year}" for country in made[:TOP])
            yield f"price {material} {stage} {year}"


def assumption_table(outcome: Outcome) -> Table:
    """Assumptions used, with range, unit, reason and source."""
    alone = len(outcome.materials) == 1
    rows = [
        [
            *([] if alone else [capital(short_name(row["material"]))]),
            _assumption_name(str(row["name"])),
            *(_plain(row[name]) for name in ("low", "central", "high")),
            "" if row["unit"] == "1" else str(row["unit"] or ""),
            str(row["reason"] or ""),
            str(row["source"] or ""),
        ]
        for row in outcome.assumptions.to_dicts()
    ]
    columns = (
        *(() if alone else ("Material",)),
        "Assumption",
        *(Column("Low"), Column("Central"), Column("High")),
        *("Unit", "Reason", "Source"),
    )
    return table("assumptions", "Assumptions used, with their ranges", columns, rows)


def adjustment_table(outcome: Outcome, at_most: int = 15) -> Table | None:
    """The largest changes made to published figures so that the base year adds up; None without any."""
    if outcome.adjustments.is_empty():
        return None
    gap = (pl.col("fitted") - pl.col("observed")).abs()
    rows = [
        [
            capital(material_name(row["material"])),
            f"{str(row['kind']).replace('_', ' ')}, {row['stage']}",
            " to ".join(country_name(row[name]) for name in ("country", "partner") if row[name]),
            *(f"{_plain(row[name])} {row['unit']}" for name in ("observed", "fitted")),
            str(row["reason"] or ""),
        ]
        for row in outcome.adjustments.sort(gap, descending=True).head(at_most).to_dicts()
    ]
    columns = ("Material", "What", "Where", Column("Published"), Column("Used"), "Reason")
    total = outcome.adjustments.height
    note = f"The {len(rows)} largest of {total} adjustments above 5 %; the workbook holds all."
    return table("adjustments", "Adjustments that make the base year add up", columns, rows, note)


def _second(certificate: Mapping[str, Any]) -> str:
    """Whether a second solution was found; a search that did not come to an end is not a no."""
    if certificate.get("multiple"):
        return "yes"
    return "no" if certificate.get("audited", True) else "not found, search incomplete"


def certificate_table(outcome: Outcome) -> Table:
    """Residuals and identities of every solved case."""
    rows = []
    for name, case in outcome.cases.items():
        found: Mapping[str, Any] = case.certificate
        solved = case.status == "solved"
        rows.append(
            [
                case_title(outcome, name),
                "solved" if solved else f"not solved: {case.reason}",
                *(_residual(found.get(key)) for key in ("worst", "mass", "money", "surplus")),
                str(found.get("worst_element") or ABSENT),
                _second(found),
            ]
        )
    columns = (
        "Case",
        "Status",
        *(Column("Worst residual"), Column("Mass"), Column("Money"), Column("Surplus")),
        *("Where", "Second solution found"),
    )
    note = (
        "Residuals are scaled: 1e-8 is one part in a hundred million of the market's own price or quantity. "
        "Mass, "
        "money and surplus are accounting identities over all nodes and parties."
    )
    return table("certificate", "Certificate of every solution", columns, rows, note)


def run_table(outcome: Outcome) -> Table:
    """What was run, when, with which versions and data."""
    rows: list[list[str]] = []
    for name, value in outcome.run.items():
        if isinstance(value, Mapping):
            rows += [[f"{name} {inner}".replace("_", " "), str(text)] for inner, text in value.items()]
        else:
            text = f"{value:.2f}" if isinstance(value, float) else str(value)
            rows.append([name.replace("_", " "), text])
    return table("run", "Run record", ("What", "Value"), rows)


def _assumption_name(name: str) -> str:
    """Return ``freight_fixed[refined]`` as ``freight fixed (refined)``."""
    return name.replace("_", " ").replace("[", " (").replace("]", ")")


def _plain(value: Any) -> str:
    return ABSENT if value is None else bare(float(value), 3)


def _residual(value: Any) -> str:
    return f"{float(value):.1e}" if isinstance(value, int | float) else ABSENT
