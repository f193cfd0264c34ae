"""The lot register as a page and as a workbook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lodestock.report.numbers import count, money
from lodestock.report.reserve_parts import Content, Part, headings, page, rows_table
from lodestock.report.rows_workbook import write_rows_workbook
from lodestock.report.writing import write_text
from lodestock.reserve.storage.rows import UNITS, form_rows, headline, tables

if TYPE_CHECKING:
    from lodestock.report.figure import Figure
    from lodestock.reserve.storage.review import Review

TITLES = {
    "inspections": "Inspections due",
    "expiries": "Expired and expiring",
    "rotation": "Rotation plan, first in first out",
    "obsolete": "Obsolete lots",
    "insurance": "Sites and insurance layers",
    "hazards": "Hazards to keep apart",
    "rejected": "Rows left out",
}
MOST_ROWS = 200
"""Rows of a table on the page; the workbook carries all."""
LIMITS = (
    "Lives, losses and hazards are those of the shipped table of storage forms: a source, or an assumption "
    "with a range, on every row. The central life is applied to the day. Hazards are kinds that should not "
    "share a site; the layout inside a site, quantity limits and local rules are not modelled."
)


def write_storage_page(found: Review, path: Path) -> Path:
    """Write the page, whole or not at all.

    Raises
    ------
    LodestockError
        The file cannot be written.
    """
    return write_text(path, page(content(found)))


def write_storage_workbook(found: Review, path: Path) -> Path:
    """Write the workbook, whole or not at all: one sheet per table, and the forms with their sources."""
    about = [(name, str(value)) for name, value in headline(found).items()]
    about.append(("limits", LIMITS))
    sheets = {**tables(found), "forms": form_rows()}
    return write_rows_workbook(path, about, sheets, UNITS)


def content(found: Review) -> Content:
    """The page before it is drawn."""
    head = headline(found)
    made = tables(found)
    worth = f" worth {money(head['value_usd'])}"
    lead = (
        f"{_are(head['lots'], 'lot', 'lies', 'lie', worth)} at "
        f"{count(head['sites'], 'site')}. {_are(head['inspections_due'], 'inspection', 'is', 'are')} due, "
        f"{_are(head['expired'], 'lot', 'has', 'have')} expired and {head['expiring']} will within "
        f"{count(head['horizon_days'], 'day')}.",
        f"Rotating {count(head['rotations'], 'lot')} saves {money(head['rotation_gain_usd'])}; "
        f"{_are(head['obsolete'], 'lot', 'is', 'are')} obsolete. Insurance costs "
        f"{money(head['premium_usd'])} a year and leaves {money(head['uninsured_usd'])} uncovered.",
    )
    parts = [Part("What lies where", figures=(value_chart(found),) if found.cover else ())]
    for name, title in TITLES.items():
        rows = made[name]
        if not rows:
            continue
        named = headings(rows[0])
        note = (
            f"The first {MOST_ROWS} of {len(rows)}; the workbook carries all."
            if len(rows) > MOST_ROWS
            else ""
        )
        parts.append(
            Part(title, tables=(rows_table(name, title, rows[:MOST_ROWS], named, UNITS, note),), wrap=True)
        )
    forms = [{k: row[k] for k in ("form", "life_days", "need", "reason", "source")} for row in form_rows()]
    named = headings(forms[0])
    parts.append(
        Part(
            "Sources and limits",
            (LIMITS,),
            tables=(rows_table("forms", "Storage forms", forms, named, {}),),
            wrap=True,
        )
    )
    return Content(
        title="The lot register",
        question="What lies where, what is due, what goes out first, and what must not lie together?",
        stamp=f"on {head['date']}",
        lead=lead,
        parts=tuple(parts),
    )


def _are(number: int, noun: str, one: str, many: str, between: str = "") -> str:
    """Return ``1 lot has``, ``3 lots have``."""
    return f"{count(number, noun)}{between} {one if number == 1 else many}"


def value_chart(found: Review) -> Figure:
    """Value by site, split by insurance layer, with what is not covered."""
    import altair as alt
    import polars as pl

    from lodestock.report.figure import Figure, finish, inline_data
    from lodestock.report.theme import WIDTH

    rows = []
    for site in found.cover:
        parts = {layer.name: part for layer, part in zip(found.layers, site.by_layer, strict=True)}
        parts["not covered"] = site.uninsured_usd
        rows += [
            {"site": site.site, "layer": name, "value": part / 1e6, "order": number}
            for number, (name, part) in enumerate(parts.items())
        ]
    names = [*(layer.name for layer in found.layers), "not covered"]
    chart = (
        alt.Chart(inline_data(rows), width=WIDTH - 160, height=26 * len(found.cover) + 20)
        .mark_bar()
        .encode(
            x=alt.X("value:Q", title="Value, million USD", stack="zero"),
            y=alt.Y("site:N", title=None, sort="-x"),
            color=alt.Color("layer:N", scale=alt.Scale(domain=names, scheme="blues"), title=None),
            order=alt.Order("order:Q"),
        )
    )
    description = f"Bars: value at {len(found.cover)} sites by insurance layer."
    return Figure(
        key="storage-value",
        title="Value by site and insurance layer",
        reading="Each bar is a site; the last shade stands above the top layer and is not insured.",
        unit="million USD",
        source="The file of lots; layers as given or of the shipped terms",
        description=description,
        specification=finish(chart, description),
        data=pl.DataFrame(rows),
    )
