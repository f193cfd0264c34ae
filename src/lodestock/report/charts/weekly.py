"""Week by week: the two prices with their band, exports and the stock abroad."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from lodestock.report.figure import Figure, finish, inline_data
from lodestock.report.names import capital, country_name, material_name
from lodestock.report.theme import INK, MARKET_COLOUR, MUTED

if TYPE_CHECKING:
    import altair as alt

    from lodestock.disruption.from_scenario import Weekly
    from lodestock.scenario.outcome import Outcome

DRAWS = 40
EVERY_WEEKS = 2
"""One point in a fortnight is enough for a drawing."""
SOURCE = "Lodestock, weekly model with the shared parameters of the back-test; data in the list of sources"


def weekly_chart(outcome: Outcome, material: str, *, width: int = 330) -> Figure | None:
    """Draw the fan of both prices beside exports and stock; None without an event that has a path."""
    from lodestock.disruption.from_scenario import weekly
    from lodestock.errors import LodestockError

    draws = DRAWS if outcome.draws_asked else 1
    try:
        found = weekly(outcome.resolved, material, draws=draws, seed=outcome.resolved.options.seed)
    except LodestockError:
        return None
    if found is None:
        return None
    prices, flows = price_rows(found), flow_rows(found)
    name = capital(material_name(material))
    description = _description(found, name)
    import altair as alt

    chart = alt.hconcat(_fan(prices, width), _lines(flows, width), spacing=28).resolve_scale(
        color="independent", strokeDash="independent"
    )
    data = prices.with_columns(panel=pl.lit("price over base")).vstack(
        flows.with_columns(
            p10=pl.col("central"), p90=pl.col("central"), panel=pl.lit("share of base")
        ).select(*prices.columns, "panel")
    )
    left_out = f" Not in this path: {', '.join(found.left_out)}." if found.left_out else ""
    return Figure(
        key=f"weekly-{material}",
        title=f"{name} week by week",
        reading=(
            "Left: price over base at home (the country that acts) and abroad; line: middle of the draws, "
            "area: eight in ten. Right: licit exports and stock abroad as shares of their base. Parameters "
            f"come from past episodes, so the path need not end at the yearly result.{left_out}"
        ),
        unit="price over base; share of base",
        source=SOURCE,
        description=description,
        specification=finish(chart, description),
        data=data,
    )


def price_rows(found: Weekly) -> pl.DataFrame:
    """Date, line (home, abroad), central, p10 and p90 of the price over base."""
    path = found.path
    rows = []
    for line, array in (
        ("abroad", path.price / path.base.price),
        ("home", path.home_price / path.base.home_price),
    ):
        low, middle, high = np.quantile(array, [0.1, 0.5, 0.9], axis=0)
        rows += [
            {"date": str(path.dates[k]), "line": line, "central": float(middle[k]),
             "p10": float(low[k]), "p90": float(high[k])}
            for k in range(0, len(path.dates), EVERY_WEEKS)
        ]  # fmt: skip
    return pl.DataFrame(rows)


def flow_rows(found: Weekly) -> pl.DataFrame:
    """Date, line (exports, leak, stock abroad) and the middle of the draws as share of base."""
    path = found.path
    exports = max(float(path.base.exports.sum()), 1e-300)
    stock = path.stock.sum(axis=2)
    lines = {
        "licit exports": path.licit / exports,
        "leak": path.leak / exports,
        "stock abroad": stock / np.maximum(stock[:, :1], 1e-300),
    }
    rows = []
    for line, array in lines.items():
        middle = np.median(array, axis=0)
        rows += [
            {"date": str(path.dates[k]), "line": line, "central": float(middle[k])}
            for k in range(0, len(path.dates), EVERY_WEEKS)
        ]
    return pl.DataFrame(rows)


def _fan(rows: pl.DataFrame, width: int) -> alt.LayerChart | alt.FacetChart:
    import altair as alt

    colour = alt.Color(
        "line:N",
        scale=alt.Scale(domain=["abroad", "home"], range=[MARKET_COLOUR["abroad"], MARKET_COLOUR["home"]]),
        legend=alt.Legend(orient="top", title=None),
    )
    base = alt.Chart(inline_data(rows.to_dicts())).encode(x=alt.X("date:T", title=None))
    area = base.mark_area(opacity=0.22).encode(
        y=alt.Y("p10:Q", title="Price over base", scale=alt.Scale(zero=False)), y2="p90:Q", color=colour
    )
    line = base.mark_line(strokeWidth=2).encode(y="central:Q", color=colour)
    one = alt.Chart(inline_data([{"y": 1}])).mark_rule(color=MUTED, strokeDash=[3, 3]).encode(y="y:Q")
    return alt.layer(one, area, line).properties(width=width, height=200)


def _lines(rows: pl.DataFrame, width: int) -> alt.Chart:
    import altair as alt

    names = ["licit exports", "leak", "stock abroad"]
    chart: alt.Chart = (
        alt.Chart(inline_data(rows.to_dicts()))
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("date:T", title=None),
            y=alt.Y("central:Q", title="Share of base"),
            color=alt.Color(
                "line:N",
                scale=alt.Scale(domain=names, range=[MARKET_COLOUR["abroad"], MUTED, INK]),
                legend=alt.Legend(orient="top", title=None),
            ),
            strokeDash=alt.StrokeDash("line:N", sort=names, legend=None),
        )
        .properties(width=width, height=200)
    )
    return chart


def _description(found: Weekly, name: str) -> str:
    path = found.path
    abroad = np.median(path.price / path.base.price, axis=0)
    home = np.median(path.home_price / path.base.home_price, axis=0)
    peak = int(abroad.argmax())
    stop = (
        "no country abroad goes without a tenth of what it wants"
        if found.line_stop_weeks is None
        else f"{country_name(found.line_stop_country)} is the first to go without a tenth of what it wants, "
        f"{found.line_stop_weeks * 7:.0f} days after the start"
    )
    return (
        f"{name}: the price abroad peaks at {abroad[peak]:.2f} times base in the week of {path.dates[peak]}, "
        f"when it is {home[peak]:.2f} times base at home; {stop}."
    )
