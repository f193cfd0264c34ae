"""What the pages of the reserve's tables share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lodestock.report.drawing import draw
from lodestock.report.figure import Figure
from lodestock.report.html import render_page
from lodestock.report.numbers import ABSENT
from lodestock.report.table import Column, Table, table

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """One section of a page: a heading, sentences, figures and tables."""

    title: str
    sentences: tuple[str, ...] = ()
    figures: tuple[Any, ...] = ()
    tables: tuple[Table, ...] = ()
    wrap: bool = False


@dataclass(frozen=True)
class Content:
    """A page before it is drawn."""

    title: str
    question: str
    stamp: str
    lead: tuple[str, ...]
    parts: tuple[Part, ...] = field(default_factory=tuple)


def page(content: Content) -> str:
    """Return the page as self-contained HTML."""
    figures: list[Figure] = [figure for part in content.parts for figure in part.figures]
    drawn = draw(figures)
    parts = tuple(
        replace(part, figures=tuple(drawn[figure.key] for figure in part.figures)) for part in content.parts
    )
    return render_page(
        "reserve_tables.html.j2",
        {
            "title": content.title,
            "question": content.question,
            "stamp": content.stamp,
            "lead": content.lead,
            "sections": parts,
        },
    )


def headings(row: Row) -> dict[str, str]:
    """Column to heading: words, without the unit that stands below."""
    plain = {name: name.removesuffix("_usd").removesuffix("_t").replace("_", " ") for name in row}
    return {name: (text or name)[:1].upper() + (text or name)[1:] for name, text in plain.items()}


def rows_table(
    key: str,
    title: str,
    rows: Sequence[Row],
    names: Mapping[str, str],
    units: Mapping[str, str],
    note: str = "",
) -> Table:
    """A table of some columns of rows: ``names`` maps a column to its heading."""
    columns = [
        Column(heading, units.get(name, ""), numeric=_numeric(rows, name)) for name, heading in names.items()
    ]
    cells = [[_text(row[name]) for name in names] for row in rows]
    return table(key, title, columns, cells, note)


def _numeric(rows: Sequence[Row], name: str) -> bool:
    known = [row[name] for row in rows if row[name] not in (None, "")]
    return bool(known) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in known)


def _text(value: object) -> str:
    if value is None or value == "":
        return ABSENT
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        rounded = float(f"{value:.3g}")
        return f"{rounded:,.0f}" if abs(rounded) >= 100 else f"{rounded:,.3g}"
    return str(value)
