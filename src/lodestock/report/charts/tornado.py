"""Tornado: which assumption moves a headline number most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from lodestock.report.charts.price_band import percent_axis
from lodestock.report.figure import MODEL_SOURCE, Figure, finish, inline_data
from lodestock.report.frames import last_stage
from lodestock.report.names import capital, material_name
from lodestock.report.numbers import bare, percent
from lodestock.report.sides import sides
from lodestock.report.theme import BASE, INK, MUTED, SCENARIO

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome


def tornado(
    outcome: Outcome, material: str, *, at_most: int = 8, width: int = 185, key: str = ""
) -> Figure | None:
    """Draw how far the price change moves with each input alone at the ends of its range.

    Returns None when the outcome holds no draws.
    """
    import altair as alt

    data = tornado_data(outcome, material, at_most)
    if data.is_empty():
        return None
    side = sides(outcome)[0]
    ends = pl.concat(
        [
            data.select("label", "central", value=f"value_at_{end}", end=pl.lit(end), shown=f"shown_{end}")
            for end in ("low", "high")
        ]
    )
    rows = ends.with_columns(right=pl.col("value") >= pl.col("central")).to_dicts()
    base = alt.Chart(inline_data(rows)).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=250, ticks=False, domain=False))
    )
    title = f"Price change {side.where}"
    reach = [*data["value_at_low"].to_list(), *data["value_at_high"].to_list()]
    margin = 0.14 * (max(reach) - min(reach))
    scale = alt.Scale(domain=[min(reach) - margin, max(reach) + margin], nice=False, zero=False)
    bars = base.mark_bar(height=13).encode(
        x=alt.X("value:Q", title=title, axis=percent_axis(), scale=scale),
        x2="central:Q",
        color=alt.Color(
            "end:N",
            scale=alt.Scale(domain=["low", "high"], range=[BASE, SCENARIO]),
            legend=alt.Legend(title="input at", orient="bottom", symbolType="square", titleOrient="left"),
        ),
    )
    text = base.mark_text(fontSize=10, color=INK).encode(x="value:Q", text="shown:N")
    left = text.transform_filter("!datum.right").mark_text(align="right", dx=-4, fontSize=10, color=INK)
    right = text.transform_filter("datum.right").mark_text(align="left", dx=4, fontSize=10, color=INK)
    centre = alt.Chart(inline_data([{"x": data["central"][0]}])).mark_rule(color=MUTED).encode(x=alt.X("x:Q"))
    chart = alt.layer(bars, centre, left, right).properties(width=width, height=alt.Step(26))
    name = material_name(material)
    first = data.row(0, named=True)
    description = (
        f"Inputs by their effect on the {name} price {side.where}, largest first: "
        + "; ".join(f"{row['label']}" for row in data.to_dicts())
        + f". The largest moves the change from {percent(first['value_at_low'])} "
        + f"to {percent(first['value_at_high'])}."
    )
    return Figure(
        key=key or f"tornado-{material}",
        title=f"What drives the {name} price {side.where}",
        reading=(
            "Each bar moves one input from the low to the high end of its range (numbers at the bar's ends) "
            "and leaves the others at their central value, marked by the line."
        ),
        unit="change of the reference price, %; inputs in their own unit",
        source=MODEL_SOURCE,
        description=description,
        specification=finish(chart, description),
        data=data.drop("label", "shown_low", "shown_high"),
    )


def tornado_data(outcome: Outcome, material: str, at_most: int) -> pl.DataFrame:
    """Return the inputs of one material's headline price change, by falling swing."""
    case = outcome.cases["scenario"]
    side = sides(outcome)[0]
    rows = (
        outcome.tornado.filter(
            (pl.col("metric") == "price_change")
            & (pl.col("material") == material)
            & (pl.col("stage").is_in([last_stage(case, material), ""]))
            & (pl.col("market") == side.market)
            & (pl.col("country") == "")
            & (pl.col("swing") > 0)
        )
        .sort("rank")
        .head(at_most)
    )
    return rows.select(
        *("input", "input_label", "low", "high", "central", "value_at_low", "value_at_high"),
        label=pl.col("input_label").map_elements(capital, return_dtype=pl.String),
        shown_low=pl.col("low").map_elements(lambda x: bare(x), return_dtype=pl.String),
        shown_high=pl.col("high").map_elements(lambda x: bare(x), return_dtype=pl.String),
    )
