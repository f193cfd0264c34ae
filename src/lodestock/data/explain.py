"""Where a number comes from: ``explain("production gallium refined CHN 2024")``.

The answer holds the number, the publisher's own text, every step from one to the other, how firm it is, its
source with licence and vintage, and the numbers of other publishers that the precedence rule did not choose.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from lodestock.data.catalog import country_names
from lodestock.data.explain_assumption import explain_assumption
from lodestock.data.explain_query import Question, matching_rows, read_question
from lodestock.data.explain_steps import NOTE_IN_STEPS, RULES, conversion_steps
from lodestock.data.explanation import Evidence, Explanation
from lodestock.data.schema import TABLES
from lodestock.data.snapshot import load_table


def explain(query: str) -> Explanation:
    """Explain a number.

    Parameters
    ----------
    query : kind of number and its keys, e.g. ``production gallium refined CHN 2024``, ``price cobalt refined
        2024``, ``trade cobalt mine COD CHN 2024``, ``assumption use_elasticity_short gallium``. The year may
        be left out (2024, else the latest), so may the stage of a material that has one.

    Raises
    ------
    UnknownNameError
        A word fits nothing, or no row fits; names the nearest name.
    """
    question = read_question(query)
    if question.kind.table == "assumptions":
        return explain_assumption(query, question)
    rows = matching_rows(question)
    if "preferred" in rows.columns:
        chosen, losers = rows.filter(pl.col("preferred")), rows.filter(~pl.col("preferred"))
        if chosen.is_empty():
            chosen, losers = losers, chosen
    else:
        chosen, losers = rows, rows.clear()
    evidence = tuple(_evidence(question, row) for row in chosen.iter_rows(named=True))
    value, unit = _total(question, evidence)
    reference = value if len(evidence) == 1 or question.kind.table == "trade" else None
    rivals = tuple(_evidence(question, row, reference) for row in losers.iter_rows(named=True))
    return Explanation(
        query=query,
        subject=subject(question),
        table=question.kind.table,
        value=value,
        unit=unit,
        basis=_material_basis(question, unit),
        evidence=evidence,
        rivals=rivals,
        rule=RULES.get(question.kind.table, "") if rivals else "",
    )


def subject(question: Question) -> str:
    """What the number is about, in words."""
    names = country_names()
    values = {
        key: names.get(str(value), str(value)) if key in ("country", "exporter", "importer") else str(value)
        for key, value in question.values.items()
    }
    text = question.kind.subject
    if "material" in values:
        text += f" of {values['material']}"
    if "stage" in values:
        text += f" ({values['stage']})"
    if "exporter" in values and "importer" in values:
        text += f" from {values['exporter']} to {values['importer']}"
    elif "exporter" in values:
        text += f" from {values['exporter']}"
    if "country" in values:
        text += f" in {values['country']}"
    known = ("material", "stage", "exporter", "importer", "country")
    rest = [value for key, value in values.items() if key not in known]
    return ", ".join([text, *rest])


def _total(question: Question, evidence: tuple[Evidence, ...]) -> tuple[float | None, str]:
    """The number itself; only trade of several codes is a sum of rows."""
    units = {row.unit for row in evidence}
    unit = units.pop() if len(units) == 1 else ""
    if len(evidence) == 1:
        return evidence[0].value, unit
    if question.kind.table == "trade" and "importer" in question.values:
        return sum(row.value or 0.0 for row in evidence), unit
    return None, unit


def _material_basis(question: Question, unit: str) -> str:
    if unit not in ("t", "USD/t") or "material" not in question.values:
        return ""
    wanted = pl.col("material") == question.values["material"]
    return str(load_table("materials").filter(wanted)["basis"][0])


def _evidence(question: Question, row: dict[str, Any], reference: float | None = None) -> Evidence:
    """One row of a table with its steps and its source."""
    value, low, high = (row.get(name) for name in ("value", "low", "high"))
    if value is None and "mean" in row:
        value = row["mean"]
    difference = None
    if reference and value is not None:
        difference = value / reference - 1
    source = load_table("sources").filter(pl.col("source_id") == row["source_id"]).row(0, named=True)
    licence = load_table("licences").filter(pl.col("licence_id") == row["licence_id"]).row(0, named=True)
    return Evidence(
        label=_label(question, row),
        value=value,
        low=low,
        high=high,
        unit=row.get("unit") or _schema_unit(question),
        status=row.get("status") or "",
        published=row.get("published_value"),
        published_unit=row.get("published_unit"),
        basis="" if question.kind.table == "trade" else row.get("basis") or "",
        steps=conversion_steps(question.kind.table, row),
        note="" if question.kind.table in NOTE_IN_STEPS else row.get("note") or "",
        source=f"{source['publisher']}, {source['title']}",
        licence=licence["name"],
        vintage=row["vintage"],
        link=source["url_or_doi"] or "",
        difference=difference,
    )


def _schema_unit(question: Question) -> str:
    table = TABLES[question.kind.table]
    return table.column("value").unit if "value" in table.column_names else ""


def _label(question: Question, row: dict[str, Any]) -> str:
    """What tells a row from the others of the same answer: the keys and form that were not given."""
    if question.kind.table == "trade":
        parts = [f"{row['hs_version']} {row['hs6']}", row["form"]]
        return ", ".join(parts if "importer" in question.values else [f"to {row['importer']}", *parts])
    names = country_names()
    table = TABLES[question.kind.table]
    parts = [
        names.get(row[key], str(row[key])) if key == "country" else str(row[key])
        for key in (*table.keys, "form")
        if key in row and key not in question.values and row[key] is not None
    ]
    return ", ".join(dict.fromkeys(parts))
