"""Rules of a reserve side by side, and the price after a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from lodestock.report.figure import MODEL_SOURCE, Figure, finish, inline_data
from lodestock.report.names import capital, material_name
from lodestock.report.numbers import money
from lodestock.report.theme import BASE, LOSS, SCENARIO, WIDTH
from lodestock.reserve.simulate_rows import release_path_rows

if TYPE_CHECKING:
    from lodestock.reserve.simulate import Simulated


def rule_chart(found: Simulated) -> Figure:
    """Own cost and loss of users of every rule, stacked."""
    import altair as alt

    rows = [
        {"rule": row.rule, "part": part, "musd": value / 1e6}
        for row in found.rules
        for part, value in (("own cost", row.cost_usd), ("loss of users", row.shortage_usd))
    ]
    chart = (
        alt.Chart(inline_data(rows), width=WIDTH - 220, height=alt.Step(24))
        .mark_bar(height=14)
        .encode(
            x=alt.X("musd:Q", title="Million USD over the plan, discounted"),
            y=alt.Y("rule:N", title=None, sort=[row.rule for row in found.rules]),
            color=alt.Color(
                "part:N",
                scale=alt.Scale(domain=["own cost", "loss of users"], range=[SCENARIO, LOSS]),
                title=None,
            ),
        )
    )
    description = "Own cost and loss of users: " + "; ".join(
        f"{row.rule} {money(row.cost_usd)} and {money(row.shortage_usd)}" for row in found.rules
    )
    return Figure(
        key="reserve-rules",
        title="What each rule costs and what it leaves",
        reading="Blue: own cost of the reserve less the worth of what is left. Orange: what users lose.",
        unit="million USD",
        source=MODEL_SOURCE,
        description=description,
        specification=finish(chart, description),
        data=pl.DataFrame(rows),
    )


def release_chart(found: Simulated) -> Figure:
    """Price over base by quarter of every schedule, one panel per material."""
    import altair as alt

    base = {data.material: data.price for data in found.problem.materials}
    order = list(dict.fromkeys(row.material for row in found.releases))
    rows = [
        {
            "material": capital(material_name(str(row["material"]))),
            "schedule": row["schedule"],
            "quarter": row["quarter"],
            "multiple": float(row["price"]) / base[str(row["material"])],
        }
        for row in release_path_rows(found)
    ]
    domain = ["none", "at-once", "evenly"]
    chart = (
        alt.Chart(inline_data(rows), width=300, height=130)
        .mark_line(point=True)
        .encode(
            x=alt.X("quarter:O", title="Quarter of the disruption", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("multiple:Q", title="Price over base", scale=alt.Scale(zero=False)),
            color=alt.Color(
                "schedule:N", scale=alt.Scale(domain=domain, range=[BASE, LOSS, SCENARIO]), title=None
            ),
            strokeDash=alt.StrokeDash("schedule:N", scale=alt.Scale(domain=domain), title=None),
            facet=alt.Facet(
                "material:N", columns=2, title=None, sort=[capital(material_name(name)) for name in order]
            ),
        )
        .resolve_scale(y="independent")
    )
    description = "Price over base by quarter. " + "; ".join(
        f"{material_name(row.material)} {row.schedule}: highest {row.peak_price / base[row.material]:.2f}"
        for row in found.releases
    )
    return Figure(
        key="reserve-release",
        title="The price after a release",
        reading="One panel per material in its worst regime. Evenly and at once release the same tonnes.",
        unit="multiple of the base price",
        source=MODEL_SOURCE,
        description=description,
        specification=finish(chart, description),
        data=pl.DataFrame(rows),
    )
