"""Who gains and who pays: change of surplus by party and by country, as diverging bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from lodestock.report.figure import MODEL_SOURCE, Figure, finish, inline_data
from lodestock.report.frames import largest, surplus_by_country, surplus_by_party
from lodestock.report.names import PARTIES, capital, country_name
from lodestock.report.numbers import money
from lodestock.report.sides import sides
from lodestock.report.theme import CATEGORIES, GAIN, INK, LOSS, MUTED

if TYPE_CHECKING:
    import altair as alt

    from lodestock.scenario.outcome import Outcome

NEGLIGIBLE = 0.002
"""Parties below this share of the largest change are left out of the drawing, not of the table."""


def surplus_party_chart(outcome: Outcome, *, first_only: bool = False, width: int = 340) -> Figure:
    """Draw one bar per side and party: to the right what it gains, to the left what it loses.

    With ``first_only`` the first side alone is drawn, for the first page.
    """
    import altair as alt

    chosen = sides(outcome)[: 1 if first_only else None]
    data = surplus_by_party(outcome, outcome.cases["scenario"]).filter(
        pl.col("side").is_in([side.market for side in chosen])
    )
    peak = largest(data["change_usd"])
    shown = data.filter(pl.col("change_usd").abs() > NEGLIGIBLE * peak)
    scale, unit = money_axis(peak)
    order = [side.market for side in chosen]
    label = {side.market: side.label for side in chosen}
    rows = [
        {
            "side": label[row["side"]],
            "party": capital(PARTIES.get(row["party"], row["party"])),
            "value": row["change_usd"] / scale,
            "shown": money(row["change_usd"], sign=True).replace("USD\N{NO-BREAK SPACE}", ""),
            "gains": row["change_usd"] >= 0,
        }
        for side in order
        for row in shown.filter(pl.col("side") == side).to_dicts()
    ]
    reach = 1.45 * peak / scale if peak else 1.0
    base = alt.Chart().encode(
        y=alt.Y("party:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False)),
        x=alt.X(
            "value:Q",
            title=f"Change of surplus, {unit} a year",
            scale=alt.Scale(domain=[-reach, reach]),
            axis=alt.Axis(tickCount=5),
        ),
    )
    layers = alt.layer(
        base.mark_bar(height=14).encode(
            color=alt.Color("gains:N", scale=alt.Scale(domain=[True, False], range=[GAIN, LOSS]), legend=None)
        ),
        *_ends(base),
        alt.Chart().mark_rule(color=MUTED).encode(x=alt.datum(0)),
        data=inline_data(rows),
    ).properties(width=width, height=alt.Step(22))
    chart = layers.facet(
        row=alt.Row(
            "side:N",
            sort=[label[side] for side in order],
            title=None,
            header=alt.Header(labelAngle=0, labelOrient="top", labelAnchor="start", labelPadding=3),
        ),
        spacing=8,
    ).resolve_scale(y="independent")
    description = "Change of surplus a year. " + "; ".join(
        f"{row['party']}, {row['side']}: {row['shown']}" for row in rows
    )
    return Figure(
        key="payers" if first_only else "surplus-party",
        title=f"Who gains and who pays {chosen[0].where}"
        if first_only
        else "Who gains and who pays, by party",
        reading="Right: gains; left: losses, against the undisturbed market.",
        unit="USD per year, 2024 prices",
        source=MODEL_SOURCE,
        description=description,
        specification=finish(chart, description),
        data=data,
    )


def surplus_country_chart(outcome: Outcome, *, width: int = 270) -> Figure:
    """Draw the countries whose parties move most: stacked bars by party and a mark at the country's net."""
    import altair as alt

    data = surplus_by_country(outcome.cases["scenario"])
    net = data.group_by("country").agg(pl.col("change_usd").sum().alias("net")).sort("net", "country")
    peak = largest(data["change_usd"])
    scale, unit = money_axis(peak)
    ordered = [c for c in net["country"].to_list()[::-1] if c != "REST"]
    ordered += ["REST"] if "REST" in net["country"] else []
    title = {c: "All other countries" if c == "REST" else country_name(c) for c in ordered}
    parties = [p for p in PARTIES if p in set(data.filter(pl.col("change_usd").abs() > 0)["party"].to_list())]
    names = [capital(PARTIES[p]) for p in parties]
    rows = [
        {
            "country": title[row["country"]],
            "party": capital(PARTIES.get(row["party"], row["party"])),
            "value": row["change_usd"] / scale,
        }
        for row in data.to_dicts()
        if row["change_usd"] != 0
    ]
    nets = [
        {
            "country": title[row["country"]],
            "value": row["net"] / scale,
            "shown": money(row["net"], sign=True).replace("USD\N{NO-BREAK SPACE}", ""),
        }
        for row in net.to_dicts()
    ]
    y = alt.Y(
        "country:N",
        sort=[title[c] for c in ordered],
        title=None,
        axis=alt.Axis(ticks=False, domain=False),
    )
    bars = (
        alt.Chart(inline_data(rows))
        .mark_bar(height=13)
        .encode(
            y=y,
            x=alt.X("value:Q", title=f"Change of surplus, {unit} a year", axis=alt.Axis(tickCount=6)),
            color=alt.Color(
                "party:N",
                scale=alt.Scale(domain=names, range=list(CATEGORIES[: len(names)])),
                legend=alt.Legend(title="Party", orient="bottom", columns=4, symbolType="square"),
            ),
        )
    )
    marks = alt.Chart(inline_data(nets)).encode(y=y, x="value:Q")
    chart = alt.layer(
        bars,
        marks.mark_tick(color=INK, thickness=3, height=20),
        alt.Chart(inline_data(nets))
        .mark_text(align="right", color=INK)
        .encode(y=y, x=alt.value(width + 62), text="shown:N"),
        alt.Chart().mark_rule(color=MUTED).encode(x=alt.datum(0)),
    ).properties(width=width, height=alt.Step(24))
    description = "Net change of surplus a year by country: " + "; ".join(
        f"{row['country']} {row['shown']}" for row in reversed(nets)
    )
    return Figure(
        key="surplus-country",
        title="Which countries gain and which pay",
        reading="Bars: parties in the country. Upright mark and number on the right: the country's net.",
        unit="USD per year, 2024 prices",
        source=MODEL_SOURCE,
        description=description,
        specification=finish(chart, description),
        data=data,
    )


def money_axis(peak: float) -> tuple[float, str]:
    """Return (USD per shown unit, unit) for an axis that reaches ``peak`` USD."""
    for scale, unit in ((1e9, "USD bn"), (1e6, "USD m"), (1e3, "USD k")):
        if peak >= scale:
            return scale, unit
    return 1.0, "USD"


def _ends(base: alt.Chart) -> list[alt.Chart]:
    """Write the number at the far end of each bar."""
    right = (
        base.transform_filter("datum.gains").mark_text(align="left", dx=4, color=INK).encode(text="shown:N")
    )
    left = (
        base.transform_filter("!datum.gains")
        .mark_text(align="right", dx=-4, color=INK)
        .encode(text="shown:N")
    )
    return [right, left]
