"""Tornado: which assumption moves a headline number most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from lodestock.report.charts.parties import money_axis
from lodestock.report.charts.price_band import percent_axis
from lodestock.report.drivers import Drivers, drivers, input_value
from lodestock.report.figure import MODEL_SOURCE, Figure, finish, inline_data
from lodestock.report.frames import largest
from lodestock.report.names import capital
from lodestock.report.sides import sides
from lodestock.report.theme import BASE, INK, MUTED, SCENARIO

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome

LETTER = 5.2
"""Width of a letter of the numbers at the bars' ends, in pixels, so that they find room inside the chart."""
MINIMUM_BARS = 60
"""Pixels that the bars keep, however long the numbers."""


def tornado(
    outcome: Outcome, material: str, *, at_most: int = 8, width: int = 185, key: str = ""
) -> Figure | None:
    """Draw how far the headline number moves with each input alone at the ends of its range.

    Returns None when the outcome holds no draws.
    """
    import altair as alt

    found = drivers(outcome, material)
    if found is None:
        return None
    data = tornado_data(found, at_most)
    scale_by, money_unit = (1.0, "") if found.is_price else money_axis(largest(data["value_at_low"]))
    values = [*data["value_at_low"].to_list(), *data["value_at_high"].to_list()]
    side = sides(outcome)[0]
    ends = pl.concat(
        [
            data.select(
                "label",
                central=pl.col("central") / scale_by,
                value=pl.col(f"value_at_{end}") / scale_by,
                end=pl.lit(end),
                shown=f"shown_{end}",
            )
            for end in ("low", "high")
        ]
    )
    rows = ends.with_columns(right=pl.col("value") >= pl.col("central")).to_dicts()
    base = alt.Chart(inline_data(rows)).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=250, ticks=False, domain=False))
    )
    title = f"Price change {side.where}" if found.is_price else f"Change of surplus, {money_unit} a year"
    low, high = min(values) / scale_by, max(values) / scale_by
    room = {
        is_right: LETTER * max((len(row["shown"]) for row in rows if row["right"] is is_right), default=0) + 8
        for is_right in (False, True)
    }
    per_pixel = (high - low) / max(width - sum(room.values()), MINIMUM_BARS)
    domain = [low - room[False] * per_pixel, high + room[True] * per_pixel]
    scale = alt.Scale(domain=domain, nice=False, zero=False)
    axis = percent_axis(ticks=3) if found.is_price else alt.Axis(tickCount=3)
    bars = base.mark_bar(height=12).encode(
        x=alt.X("value:Q", title=title, axis=axis, scale=scale),
        x2="central:Q",
        color=alt.Color(
            "end:N",
            scale=alt.Scale(domain=["low", "high"], range=[BASE, SCENARIO]),
            legend=alt.Legend(
                title="input at", orient="top", symbolType="square", titleOrient="left", offset=2, padding=0
            ),
        ),
    )
    text = base.mark_text(fontSize=10, color=INK).encode(x="value:Q", text="shown:N")
    left = text.transform_filter("!datum.right").mark_text(align="right", dx=-4, fontSize=10, color=INK)
    right = text.transform_filter("datum.right").mark_text(align="left", dx=4, fontSize=10, color=INK)
    centre = (
        alt.Chart(inline_data([{"x": data["central"][0] / scale_by}]))
        .mark_rule(color=MUTED)
        .encode(x=alt.X("x:Q"))
    )
    chart = alt.layer(bars, centre, left, right).properties(width=width, height=alt.Step(21))
    first = data.row(0, named=True)
    description = (
        f"Inputs by their effect on {found.subject}, largest first: "
        + "; ".join(f"{row['label']}" for row in data.to_dicts())
        + f". The largest moves it from {found.shown(first['value_at_low'])} "
        + f"to {found.shown(first['value_at_high'])}."
    )
    what = "change of the reference price, %" if found.is_price else "change of surplus, USD a year"
    return Figure(
        key=key or f"tornado-{material}",
        title=found.title,
        reading=(
            "Each bar moves one input from the low to the high end of its range (numbers at the bar's ends) "
            "and leaves the others at their central value, marked by the line."
        ),
        unit=f"{what}; inputs in their own unit",
        source=MODEL_SOURCE,
        description=description,
        specification=finish(chart, description),
        data=data.drop("label", "shown_low", "shown_high"),
    )


def tornado_data(found: Drivers, at_most: int) -> pl.DataFrame:
    """Return the inputs with the ends of their range, and the number at both ends."""
    return found.rows.head(at_most).select(
        *("input", "input_label", "input_unit", "low", "high", "central", "value_at_low", "value_at_high"),
        label=pl.col("input_label").map_elements(capital, return_dtype=pl.String),
        shown_low=_shown("low"),
        shown_high=_shown("high"),
    )


def _shown(end: str) -> pl.Expr:
    return pl.struct("input", "input_label", end, "input_unit").map_elements(
        lambda row: input_value(row, end, short=True), return_dtype=pl.String
    )
