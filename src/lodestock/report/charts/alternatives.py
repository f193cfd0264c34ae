"""Alternatives side by side: who pays under each."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

import polars as pl

from lodestock.report.charts.parties import money_axis
from lodestock.report.figure import MODEL_SOURCE, Figure, finish, inline_data
from lodestock.report.frames import case_title, largest, surplus_by_party
from lodestock.report.names import PARTIES, capital
from lodestock.report.numbers import money
from lodestock.report.sides import sides
from lodestock.report.theme import CATEGORIES, INK, MUTED

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome


def solved_cases(outcome: Outcome) -> list[str]:
    """Return the names of the solved cases apart from the baseline, the scenario first."""
    names = [name for name, case in outcome.cases.items() if name != "baseline" and case.status == "solved"]
    return sorted(names, key=lambda name: name != "scenario")


def alternatives_chart(outcome: Outcome, *, width: int = 380) -> Figure | None:
    """Draw one stacked bar per case: what each party gains or pays on the first side, and the net.

    Returns None when there is nothing to compare with.
    """
    import altair as alt

    cases = solved_cases(outcome)
    if len(cases) < 2:
        return None
    side = sides(outcome)[0]
    tables = [
        surplus_by_party(outcome, outcome.cases[name])
        .filter(pl.col("side") == side.market)
        .select("party", "change_usd", case=pl.lit(name))
        for name in cases
    ]
    data = pl.concat(tables)
    peak = largest(data["change_usd"])
    scale, unit = money_axis(peak)
    moving = set(data.filter(pl.col("change_usd").abs() > 0.002 * peak)["party"].to_list())
    parties = [party for party in PARTIES if party in moving]
    title = {name: "|".join(wrap(case_title(outcome, name).replace("|", "/"), 46)) for name in cases}
    rows = [
        {
            "case": title[row["case"]],
            "party": capital(PARTIES[row["party"]]),
            "value": row["change_usd"] / scale,
        }
        for row in data.filter(pl.col("party").is_in(parties)).to_dicts()
    ]
    net = {name: float(data.filter(pl.col("case") == name)["change_usd"].sum()) for name in cases}
    nets = [
        {"case": title[name], "value": value / scale, "shown": money(value, sign=True)}
        for name, value in net.items()
    ]
    y = alt.Y(
        "case:N",
        sort=[title[name] for name in cases],
        title=None,
        axis=alt.Axis(ticks=False, domain=False, labelLimit=310, labelExpr="split(datum.label, '|')"),
    )
    names = [capital(PARTIES[party]) for party in parties]
    bars = (
        alt.Chart(inline_data(rows))
        .mark_bar(height=17)
        .encode(
            y=y,
            x=alt.X(
                "value:Q", title=f"Change of surplus {side.where}, {unit} a year", axis=alt.Axis(tickCount=6)
            ),
            color=alt.Color(
                "party:N",
                scale=alt.Scale(domain=names, range=list(CATEGORIES[: len(names)])),
                legend=alt.Legend(title="Party", orient="bottom", symbolType="square", columns=5),
            ),
        )
    )
    marks = alt.Chart(inline_data(nets)).encode(y=y)
    chart = alt.layer(
        bars,
        marks.mark_tick(color=INK, thickness=3, height=22).encode(x="value:Q"),
        marks.mark_text(align="right", color=INK, fontWeight="bold").encode(
            x=alt.value(width + 92), text="shown:N"
        ),
        alt.Chart().mark_rule(color=MUTED).encode(x=alt.datum(0)),
    ).properties(width=width, height=alt.Step(38))
    description = f"Net change of surplus {side.where} by case: " + "; ".join(
        f"{row['case']} {row['shown']}".replace("|", " ") for row in nets
    )
    return Figure(
        key="alternatives",
        title=f"Who pays {side.where} under each alternative",
        reading="Bars: parties; upright mark and number on the right: the net of all parties.",
        unit="USD per year, 2024 prices",
        source=MODEL_SOURCE,
        description=description,
        specification=finish(chart, description),
        data=data,
    )
