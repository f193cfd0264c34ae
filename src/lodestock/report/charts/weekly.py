"""Week by week: the two prices with their band, exports and the stock abroad."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from lodestock.report.figure import Figure, finish, inline_data
from lodestock.report.names import capital, country_name, material_name
from lodestock.report.theme import INK, MARKET_COLOUR, MUTED
from lodestock.report.weekly import description

if TYPE_CHECKING:
    import altair as alt

    from lodestock.disruption.from_scenario import Weekly

EVERY_WEEKS = 2
"""One point in a fortnight is enough for a drawing."""
SOURCE = "Lodestock, weekly model with the parameters of the back-test; data in the list of sources"
FLOW_LINES = ("licit exports", "leak", "stock abroad", "use abroad")
TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)


def weekly_chart(found: Weekly, *, width: int = 330) -> Figure:
    """Draw the fan of both prices beside exports, leak, use and stock."""
    prices, flows, marks = price_rows(found), flow_rows(found), mark_rows(found)
    name = capital(material_name(found.material))
    text = description(found)
    import altair as alt

    chart = alt.hconcat(_fan(prices, marks, width), _lines(flows, marks, width), spacing=28).resolve_scale(
        color="independent", strokeDash="independent"
    )
    data = prices.with_columns(panel=pl.lit("price over base")).vstack(
        flows.with_columns(panel=pl.lit("share of base")).select(*prices.columns, "panel")
    )
    return Figure(
        key=f"weekly-{found.material}",
        title=f"{name} week by week",
        reading=(
            "Left: price over that of the base year at home (the country that acts) and abroad, on a "
            "logarithmic scale; line: middle of the draws, area: eight in ten. Right: exports, leak, use and "
            "stock abroad, shares of their base (leak: of base exports). Upright lines: the first effect and "
            "the day on which the first country lacks a tenth of what it wants. Parameters come from past "
            "episodes, so the path need not end at the yearly result."
        ),
        unit="price over base; share of base",
        source=SOURCE,
        description=text,
        specification=finish(chart, text),
        data=data,
    )


def price_rows(found: Weekly) -> pl.DataFrame:
    """Date, line (home, abroad), central, p10 and p90 of the price over base."""
    path = found.path
    return _rows(
        found, {"abroad": path.price / path.base.price, "home": path.home_price / path.base.home_price}
    )


def flow_rows(found: Weekly) -> pl.DataFrame:
    """Date, line (exports, leak, use and stock abroad), central, p10 and p90 as share of base."""
    path = found.path
    exports = max(float(path.base.exports.sum()), 1e-300)
    stock = path.stock.sum(axis=2)
    return _rows(
        found,
        {
            "licit exports": path.licit / exports,
            "leak": path.leak / exports,
            "stock abroad": stock / np.maximum(stock[:, :1], 1e-300),
            "use abroad": path.use.sum(axis=2) / max(float(path.base.use.sum()), 1e-300),
        },
    )


def mark_rows(found: Weekly) -> list[dict[str, Any]]:
    """Days that are marked in both panels, with their words."""
    marks = [{"date": str(found.effect), "label": "in force"}]
    if found.line_stop_weeks is not None:
        days = found.line_stop_weeks * 7
        step = min(
            found.path.at(found.effect) + round(days / 365.25 / found.path.dt), len(found.path.dates) - 1
        )
        label = f"{country_name(found.line_stop_country)} short, day {days:.0f}"
        marks.append({"date": str(found.path.dates[step]), "label": label})
    return marks


def _rows(found: Weekly, lines: dict[str, Any]) -> pl.DataFrame:
    dates = found.path.dates
    rows = []
    for line, array in lines.items():
        low, middle, high = np.quantile(array, [0.1, 0.5, 0.9], axis=0)
        rows += [
            {"date": str(dates[k]), "line": line, "central": float(middle[k]),
             "p10": float(low[k]), "p90": float(high[k])}
            for k in range(0, len(dates), EVERY_WEEKS)
        ]  # fmt: skip
    return pl.DataFrame(rows)


def _fan(rows: pl.DataFrame, marks: list[dict[str, Any]], width: int) -> alt.LayerChart | alt.FacetChart:
    import altair as alt

    colour = alt.Color(
        "line:N",
        scale=alt.Scale(domain=["abroad", "home"], range=[MARKET_COLOUR["abroad"], MARKET_COLOUR["home"]]),
        legend=alt.Legend(orient="top", title=None),
    )
    lowest, highest = float(rows["p10"].to_numpy().min()), float(rows["p90"].to_numpy().max())
    ends = [min(lowest * 0.95, 0.9), max(highest * 1.05, 1.1)]
    ticks = [tick for tick in TICKS if ends[0] <= tick <= ends[1]]
    scale = alt.Scale(type="log", domain=ends, nice=False)
    axis = alt.Axis(values=ticks, format="~g") if len(ticks) > 1 else alt.Axis(format=".2~f", tickCount=5)
    base = alt.Chart(inline_data(rows.to_dicts())).encode(x=alt.X("date:T", title=None))
    area = base.mark_area(opacity=0.22).encode(
        y=alt.Y("p10:Q", title="Price, times the base year's", scale=scale, axis=axis),
        y2="p90:Q",
        color=colour,
    )
    line = base.mark_line(strokeWidth=2).encode(y="central:Q", color=colour)
    one = alt.Chart(inline_data([{"y": 1}])).mark_rule(color=MUTED, strokeDash=[3, 3]).encode(y="y:Q")
    return alt.layer(one, area, line, *_marks(marks, words=True)).properties(width=width, height=220)


def _lines(rows: pl.DataFrame, marks: list[dict[str, Any]], width: int) -> alt.LayerChart | alt.FacetChart:
    import altair as alt

    names = list(FLOW_LINES)
    colours = [MARKET_COLOUR["abroad"], MUTED, INK, MARKET_COLOUR["home"]]
    lines = (
        alt.Chart(inline_data(rows.to_dicts()))
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("date:T", title=None),
            y=alt.Y("central:Q", title="Share of base", axis=alt.Axis(format="%")),
            color=alt.Color(
                "line:N",
                scale=alt.Scale(domain=names, range=colours),
                legend=alt.Legend(orient="top", title=None, columns=4, symbolType="stroke", symbolSize=180),
            ),
            strokeDash=alt.StrokeDash(
                "line:N",
                scale=alt.Scale(domain=names, range=[[1, 0], [5, 3], [2, 2], [8, 3]]),
                legend=alt.Legend(orient="top", title=None, columns=4, symbolType="stroke", symbolSize=180),
            ),
        )
    )
    return alt.layer(lines, *_marks(marks, words=False)).properties(width=width, height=220)


def _marks(marks: list[dict[str, Any]], *, words: bool) -> list[alt.Chart]:
    import altair as alt

    base = alt.Chart(inline_data(marks)).encode(x=alt.X("date:T", title=None))
    rule = base.mark_rule(color=MUTED, strokeWidth=1)
    if not words:
        return [rule]
    text = base.mark_text(align="left", dx=4, dy=8, fontSize=10, color=INK).encode(
        y=alt.value(0), text="label:N"
    )
    return [rule, text]
