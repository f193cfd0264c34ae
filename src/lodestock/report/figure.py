"""A figure: a chart with everything a reader needs to trust it, before it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lodestock.report.theme import configuration

if TYPE_CHECKING:
    import altair as alt
    import polars as pl


MODEL_SOURCE = (
    "Lodestock, scenario solved against its undisturbed base year; data sources in the list of sources"
)
"""Source line of figures that show results; maps and flows add the source of outlines and base flows."""


@dataclass(frozen=True)
class Figure:
    """A Vega-Lite specification, its data and its words.

    ``title`` says what the figure shows, ``reading`` how to read it, ``description`` stands in for the
    drawing where it is not seen. ``data`` is the small table behind the drawing, offered for download beside
    the specification.
    """

    key: str
    title: str
    reading: str
    unit: str
    source: str
    description: str
    specification: dict[str, Any]
    data: pl.DataFrame


Rows = list[dict[str, Any]]


def inline_data(rows: Rows) -> alt.Data:
    """Return a few rows as data that stand inside the specification, so that it is complete on its own."""
    import altair as alt

    return alt.Data(values=rows)  # type: ignore[no-untyped-call]


def named_data(name: str) -> alt.NamedData:
    """Return a reference to rows handed to ``finish``: many rows, or rows that several layers share."""
    import altair as alt

    return alt.NamedData(name=name)


def finish(
    chart: alt.TopLevelMixin, description: str, datasets: Mapping[str, Rows] | None = None
) -> dict[str, Any]:
    """Turn an altair chart into the plain dictionary that is drawn, published and tested.

    The schema check is left to the tests: it takes longer than drawing. ``datasets`` are put in at the end,
    because altair looks at every value that passes through it.
    """
    specification: dict[str, Any] = chart.to_dict(validate=False)
    specification["config"] = configuration()
    specification["description"] = description
    specification.pop("usermeta", None)
    if datasets:
        specification["datasets"] = {**specification.get("datasets", {}), **datasets}
    return specification
