"""Explaining an assumption: the row that applies, its range and reason, and the rows it overrides."""

from __future__ import annotations

from typing import Any

import polars as pl

from lodestock.data.explain_query import Question
from lodestock.data.explanation import Evidence, Explanation
from lodestock.data.snapshot import load_table
from lodestock.errors import UnknownNameError

RULE = (
    "the most specific row applies: a material beats its class, which beats all (*); among these a row that "
    "names the country wins, then the end use, then the stage."
)


def explain_assumption(query: str, question: Question) -> Explanation:
    """The assumption that applies to a material, stage, end use and country; less specific rows are rivals.

    Raises
    ------
    UnknownNameError
        No row of that name applies.
    """
    values = question.values
    name, material = str(values["name"]), str(values["material"])
    rows = load_table("assumptions").filter(pl.col("name") == name)
    ranked = sorted(
        ((rank, row) for row in rows.iter_rows(named=True) if (rank := _rank(row, material, values))),
        key=lambda pair: pair[0],
        reverse=True,
    )
    if not ranked:
        scopes = sorted({str(scope) for scope in rows["material"]})
        raise UnknownNameError(f"material for the assumption {name}", material, scopes)
    used, *rest = (row for _, row in ranked)
    evidence = _evidence(used)
    place = ", ".join(
        str(values[key]) for key in ("material", "stage", "end_use", "country") if key in values
    )
    return Explanation(
        query=query,
        subject=f"Assumption {name} for {'all materials' if place == '*' else place}",
        table="assumptions",
        value=evidence.value,
        unit=evidence.unit,
        basis="",
        evidence=(evidence,),
        rivals=tuple(_evidence(row) for row in rest),
        rule=RULE if rest else "",
    )


def _rank(row: dict[str, Any], material: str, values: dict[str, str | int]) -> tuple[int, ...] | None:
    """How specific an applicable row is; None when it does not apply."""
    classes = dict(load_table("materials").select("material", "material_class").iter_rows())
    scope = {material: 3, classes.get(material, ""): 2, "*": 1}
    if row["material"] not in scope:
        return None
    for key in ("stage", "end_use", "country"):
        if row[key] and row[key] != values.get(key):
            return None
    return (scope[row["material"]], *(int(bool(row[key])) for key in ("country", "end_use", "stage")))


def _evidence(row: dict[str, Any]) -> Evidence:
    scope = "/".join(row[key] for key in ("material", "stage", "end_use", "country") if row[key])
    is_assumption = "assumption" in row["source"].casefold()
    return Evidence(
        label=f"row for {'all materials' if scope == '*' else scope}",
        value=row["central"],
        low=row["low"],
        high=row["high"],
        unit=row["unit"],
        status="assumed" if is_assumption else "estimated",
        published=None,
        published_unit=None,
        basis="central value of the range",
        steps=(f"reason: {row['reason']}",),
        note="",
        source=row["source"],
        licence="facts and assumptions of this project (Apache-2.0)",
        vintage="this snapshot",
        link="",
    )
