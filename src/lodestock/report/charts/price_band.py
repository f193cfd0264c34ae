"""Price change on each side, with the band over the assumption ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from lodestock.report.figure import MODEL_SOURCE, Figure, finish, inline_data
from lodestock.report.frames import band, last_stage, markets_of
from lodestock.report.names import capital, short_name
from lodestock.report.numbers import percent
from lodestock.report.sides import price_sides
from lodestock.report.theme import INK, MARKET_COLOUR, MUTED

if TYPE_CHECKING:
    import altair as alt

    from lodestock.scenario.outcome import Outcome

SHAPE = {"inside": "circle", "abroad": "circle", "world": "circle", "outside": "diamond", "home": "square"}


def price_band(outcome: Outcome, *, width: int = 320) -> Figure:
    """Draw one bar per material and side from p10 to p90 with a point at the central result."""
    import altair as alt

    data = price_band_data(outcome)
    base = alt.Chart(inline_data(data.to_dicts())).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=190, ticks=False, domain=False))
    )
    markets = data["market"].unique(maintain_order=True).to_list()
    colour = alt.Color(
        "market:N",
        scale=alt.Scale(domain=markets, range=[MARKET_COLOUR[market] for market in markets]),
        legend=None,
    )
    reach = [float(x) for x in (*data["p10"], *data["p90"], *data["central"], 0.0)]
    margin = 0.1 * (max(reach) - min(reach) or 1.0)
    scale = alt.Scale(domain=[min(reach) - margin, max(reach) + margin], nice=False)
    bars = base.mark_rule(strokeWidth=7, opacity=0.35, strokeCap="round").encode(
        x=alt.X(
            "p10:Q", title="Price change against the undisturbed market", axis=percent_axis(), scale=scale
        ),
        x2="p90:Q",
        color=colour,
    )
    points = base.mark_point(filled=True, size=95, opacity=1).encode(
        x="central:Q",
        color=colour,
        shape=alt.Shape(
            "market:N",
            scale=alt.Scale(domain=markets, range=[SHAPE[market] for market in markets]),
            legend=None,
        ),
    )
    text = base.mark_text(dy=-11, color=INK, fontWeight="bold").encode(x="central:Q", text="shown:N")
    zero = alt.Chart(inline_data([{"x": 0}])).mark_rule(color=MUTED, strokeDash=[3, 3]).encode(x=alt.X("x:Q"))
    description = "; ".join(
        f"{row['label']}: {row['shown']}"
        + (f", band {percent(row['p10'])} to {percent(row['p90'])}" if row["p90"] > row["p10"] else "")
        for row in data.to_dicts()
    )
    chart = alt.layer(zero, bars, points, text).properties(
        width=width, height=alt.Step(34 if data.height < 4 else 28)
    )
    return Figure(
        key="price-band",
        title="What happens to prices",
        reading=(
            "Point: central result. Bar: eight in ten draws over the assumption ranges (p10 to p90)."
            if (data["p90"] > data["p10"]).any()
            else "Point: central result. No draws were made, so there is no band."
        ),
        unit="change of the reference price, %",
        source=MODEL_SOURCE,
        description=f"Price change by side. {description}.",
        specification=finish(chart, f"Price change by side. {description}."),
        data=data.select("material", "market", "central", "p10", "p90"),
    )


def percent_axis(ticks: int = 5) -> alt.Axis:
    """Return an axis of fractions labelled as ``+50 %``, with a plain zero."""
    import altair as alt

    return alt.Axis(
        tickCount=ticks, labelExpr="datum.value === 0 ? '0' : format(datum.value * 100, '+,.3~r') + ' %'"
    )


def price_band_data(outcome: Outcome) -> pl.DataFrame:
    """Return material, market, label, central, p10, p90 (fractions) and the number as shown."""
    case = outcome.cases["scenario"]
    rows = []
    for material in outcome.materials:
        stage = last_stage(case, material)
        changes = {
            row["market"]: row["change"] for row in markets_of(outcome, case, material, stage).to_dicts()
        }
        for side in price_sides(outcome):
            if side.market not in changes:
                continue
            central = float(changes[side.market])
            found = band(outcome, "price_change", material=material, stage=stage, market=side.market)
            name = capital(short_name(material))
            rows.append(
                {
                    "material": material,
                    "market": side.market,
                    "label": side.label if len(outcome.materials) == 1 else f"{name}, {side.market}",
                    "central": central,
                    "p10": found["p10"] if found else central,
                    "p90": found["p90"] if found else central,
                    "shown": percent(central),
                }
            )
    return pl.DataFrame(rows)
