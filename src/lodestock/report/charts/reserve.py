"""Charts of a reserve plan: how stock builds up, what a tonne is worth, what objectives cost each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from lodestock.report.figure import Figure, finish, inline_data
from lodestock.report.names import capital, material_name
from lodestock.report.theme import BASE, CATEGORIES, SCENARIO, WIDTH
from lodestock.reserve.case import CALM, DAYS_A_QUARTER
from lodestock.reserve.tables import calendar, frontier, water_values

if TYPE_CHECKING:
    from lodestock.reserve.plan import Plan

SOURCE = "Lodestock, reserve plan of the case; data sources and assumptions in the list of assumptions"
HARM = ("shortage", "price harm", "missed promises", "own cost")
MOST_LINES = 8
"""Materials drawn in the chart of stocks: those worth most."""


def stock_chart(plan: Plan) -> Figure:
    """Draw the mean stock of each material while its group is calm, in days of need, quarter by quarter."""
    import altair as alt

    need = {data.material: data.need_t for data in plan.problem.materials}
    worth = {data.material: data.price for data in plan.problem.materials}
    sums: dict[tuple[str, int], float] = {}
    for row in calendar(plan):
        if row["regime"] == CALM:
            key = (row["material"], row["quarter"])
            sums[key] = sums.get(key, 0.0) + row["held_t"]
    largest = sorted(
        need, key=lambda m: -max((t * worth[m] for (n, _), t in sums.items() if n == m), default=0.0)
    )
    shown = largest[:MOST_LINES]
    rows: list[dict[str, Any]] = [
        {
            "material": capital(material_name(material)),
            "quarter": quarter,
            "days": tonnes / need[material] * DAYS_A_QUARTER,
            "held_t": tonnes,
        }
        for (material, quarter), tonnes in sorted(sums.items())
        if material in shown
    ]
    description = f"Lines: mean stock in days of need while calm, by quarter, {len(shown)} materials."
    chart = (
        alt.Chart(inline_data(rows))
        .mark_line(point=True)
        .encode(
            x=alt.X("quarter:O", title="Quarter"),
            y=alt.Y("days:Q", title="Days of need held"),
            color=alt.Color(
                "material:N",
                scale=alt.Scale(range=list(CATEGORIES)),
                legend=alt.Legend(title=None, orient="right"),
            ),
            strokeDash=alt.StrokeDash("material:N", legend=None),
        )
        .properties(width=WIDTH - 180, height=260)
    )
    return Figure(
        key="reserve-stock",
        title="What is held while nothing is short",
        reading="Mean over the paths that are calm in that quarter, refills after a release included.",
        unit="days of the members' need",
        source=SOURCE,
        description=description,
        specification=finish(chart, description),
        data=pl.DataFrame(rows),
    )


def calendar_chart(plan: Plan) -> Figure:
    """Draw what is bought (up), released and sold (down) by quarter and regime, worth at base prices."""
    import altair as alt

    worth = {data.material: data.price for data in plan.problem.materials}
    sums: dict[tuple[str, int, str], float] = {}
    for row in calendar(plan):
        moved = (("bought", row["buy_t"]), ("released", -row["release_t"]), ("sold", -row["sell_t"]))
        for kind, tonnes in moved:
            key = (row["regime"], row["quarter"], kind)
            sums[key] = sums.get(key, 0.0) + tonnes * worth[row["material"]] / 1e6
    rows: list[dict[str, Any]] = [
        {"regime": regime, "quarter": quarter, "what": kind, "usd_m": value}
        for (regime, quarter, kind), value in sums.items()
    ]
    regimes = list(dict.fromkeys(row["regime"] for row in rows))
    description = f"Bars: bought above, released and sold below zero, by quarter, {len(regimes)} regimes."
    chart = (
        alt.Chart(inline_data(rows))
        .mark_bar()
        .encode(
            x=alt.X("quarter:O", title="Quarter"),
            y=alt.Y("usd_m:Q", title="USD million"),
            color=alt.Color(
                "what:N",
                scale=alt.Scale(domain=["bought", "released", "sold"], range=[SCENARIO, CATEGORIES[1], BASE]),
                legend=alt.Legend(title=None, orient="top"),
            ),
            row=alt.Row("regime:N", title=None, sort=regimes),
        )
        .properties(width=WIDTH - 180, height=90)
    )
    return Figure(
        key="reserve-calendar",
        title="When to buy and when to release",
        reading=(
            "Mean of the paths in the regime in that quarter: bought above zero, released and sold below."
        ),
        unit="USD million at base prices",
        source=SOURCE,
        description=description,
        specification=finish(chart, description),
        data=pl.DataFrame(rows),
    )


def water_chart(plan: Plan) -> Figure | None:
    """Draw the worth of the next tonne by regime, over its base price, with half of the plan in stock."""
    import altair as alt

    rows: list[dict[str, Any]] = [
        {
            "material": capital(material_name(row["material"])),
            "regime": row["regime"],
            "multiple": row["multiple_of_price"],
            "usd_per_t": row["water_value_usd_per_t"],
        }
        for row in water_values(plan)
        if row["held_share_of_plan"] == 0.5
    ]
    if not rows:
        return None
    description = (
        f"Dots: worth of one more tonne over its base price, {len(rows)} pairs of material and regime."
    )
    chart = (
        alt.Chart(inline_data(rows))
        .mark_point(filled=True, size=70)
        .encode(
            x=alt.X("multiple:Q", title="Worth of one more tonne, multiple of the base price"),
            y=alt.Y("material:N", title=None, sort=None),
            color=alt.Color(
                "regime:N",
                scale=alt.Scale(range=list(CATEGORIES)),
                legend=alt.Legend(title=None, orient="top"),
            ),
            shape=alt.Shape("regime:N", legend=alt.Legend(title=None, orient="top")),
        )
        .properties(width=WIDTH - 180)
    )
    return Figure(
        key="reserve-water",
        title="What the next tonne in stock is worth",
        reading="In the middle of the plan, with half of the planned stock there. Below 1 there is enough.",
        unit="multiple of the base price",
        source=SOURCE,
        description=description,
        specification=finish(chart, description),
        data=pl.DataFrame(rows),
    )


def frontier_chart(plan: Plan) -> Figure:
    """Draw each objective's plan scored under all three objectives and by its own cost."""
    import altair as alt

    rows: list[dict[str, Any]] = []
    for row in frontier(plan):
        values = (row["shortage_usd"], row["price_harm_usd"], row["missed_promises_usd"], row["own_cost_usd"])
        rows += [
            {
                "plan": row["plan_for"],
                "counted": kind,
                "usd_m": value / 1e6,
                "chosen": "this plan" if row["chosen"] else "other objective",
            }
            for kind, value in zip(HARM, values, strict=True)
        ]
    description = f"Bars: expected discounted cost by kind under {len(rows) // 4} plans."
    bars = (
        alt.Chart(inline_data(rows))
        .mark_bar()
        .encode(
            y=alt.Y("plan:N", title=None, sort=None),
            x=alt.X("usd_m:Q", title="USD million"),
            color=alt.Color(
                "chosen:N",
                scale=alt.Scale(domain=["this plan", "other objective"], range=[SCENARIO, BASE]),
                legend=alt.Legend(title=None, orient="top"),
            ),
            row=alt.Row("counted:N", title=None, sort=list(HARM)),
        )
        .properties(width=WIDTH - 240, height=60)
        .resolve_scale(x="independent")
    )
    return Figure(
        key="reserve-frontier",
        title="The three objectives pull apart",
        reading=(
            "Each group of bars is one thing that counts, each bar the plan for one objective. A plan for an "
            "objective is best at its own harm plus own cost, and pays for it elsewhere."
        ),
        unit="USD million, expected, discounted",
        source=SOURCE,
        description=description,
        specification=finish(bars, description),
        data=pl.DataFrame(rows),
    )
