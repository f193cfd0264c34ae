"""Spread of the draws: every draw's price change as a tick, with the band marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl

from lodestock.report.charts.price_band import percent_axis
from lodestock.report.figure import MODEL_SOURCE, Figure, finish, inline_data
from lodestock.report.frames import band, last_stage
from lodestock.report.names import capital, material_name
from lodestock.report.numbers import percent
from lodestock.report.sides import sides
from lodestock.report.theme import BASE, INK, MUTED, SCENARIO

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome

BINS = 24
HELD = 0.01
"""Draws that differ by less than a percentage point are told in words; a histogram would show noise."""


def spread_chart(outcome: Outcome, material: str, *, width: int = 370) -> Figure | None:
    """Draw how many draws fall into each class of the price change on the first side; None without draws."""
    import altair as alt

    side = sides(outcome)[0]
    stage = last_stage(outcome.cases["scenario"], material)
    values = outcome.draws.filter(
        (pl.col("metric") == "price_change")
        & (pl.col("material") == material)
        & (pl.col("stage") == stage)
        & (pl.col("market") == side.market)
        & (pl.col("country") == "")
    )["value"]
    if len(values) < 2:
        return None
    found = band(outcome, "price_change", material=material, stage=stage, market=side.market)
    low, high = (float(values.quantile(q) or 0.0) for q in (0.0, 1.0))
    if found is None or high - low < HELD:
        return None
    p10, median, p90 = (found[name] for name in ("p10", "p50", "p90"))
    step = (high - low) / BINS
    counts = [0] * BINS
    for value in values.to_list():
        counts[min(BINS - 1, int((value - low) / step))] += 1
    rows = [
        {
            "start": low + n * step,
            "end": low + (n + 1) * step,
            "draws": number,
            "inside": p10 <= low + (n + 0.5) * step <= p90,
        }
        for n, number in enumerate(counts)
    ]
    aligns: tuple[Literal["right", "center", "left"], ...] = ("right", "center", "left")
    marks = [
        {"x": x, "text": f"{name} {percent(x)}", "y": y}
        for name, x, y in (("p10", p10, -4), ("median", median, -17), ("p90", p90, -4))
    ]
    bars = (
        alt.Chart(inline_data(rows))
        .mark_bar(stroke="white", strokeWidth=0.5)
        .encode(
            x=alt.X(
                "start:Q",
                bin="binned",
                title=f"Price change {side.where}",
                axis=percent_axis(),
                scale=alt.Scale(zero=False, nice=False),
            ),
            x2="end:Q",
            y=alt.Y("draws:Q", title="Draws", axis=alt.Axis(tickCount=4, tickMinStep=1)),
            color=alt.Color(
                "inside:N", scale=alt.Scale(domain=[True, False], range=[SCENARIO, BASE]), legend=None
            ),
        )
    )
    lines = alt.Chart(inline_data(marks)).encode(x="x:Q")
    chart = alt.layer(
        bars,
        lines.mark_rule(color=MUTED, strokeDash=[3, 2]),
        *(
            alt.Chart(inline_data([mark]))
            .mark_text(align=align, color=INK, fontSize=10)
            .encode(x="x:Q", y=alt.value(mark["y"]), text="text:N")
            for align, mark in zip(aligns, marks, strict=True)
        ),
    ).properties(width=width, height=130)
    name = material_name(material)
    description = (
        f"Histogram of the {name} price change {side.where} over {len(values)} draws: p10 {percent(p10)}, "
        f"median {percent(median)}, p90 {percent(p90)}."
    )
    return Figure(
        key=f"spread-{material}",
        title=f"Spread of the {name} price change {side.where}",
        reading="Dark: the eight in ten draws between p10 and p90. Light: the rest.",
        unit="number of draws; change of the reference price, %",
        source=MODEL_SOURCE,
        description=capital(description),
        specification=finish(chart, description),
        data=pl.DataFrame(rows),
    )
