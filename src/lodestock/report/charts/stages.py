"""Price and quantity at every stage, before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from lodestock.report.figure import MODEL_SOURCE, Figure, finish, inline_data
from lodestock.report.frames import largest, markets_of, stages_of, with_side
from lodestock.report.names import KINDS, capital, material_name, stage_name
from lodestock.report.numbers import mass, percent, plain, price_scale
from lodestock.report.sides import price_sides, sides
from lodestock.report.theme import BASE, INK, MUTED, SCENARIO

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome

SHOWN_KINDS = ("production", "processing", "secondary", "use")


def stage_chart(outcome: Outcome, material: str, *, width: int = 265) -> Figure:
    """Draw prices (left) and quantities (right) by stage and side: hollow before, filled after."""
    import altair as alt

    prices, unit = stage_prices(outcome, material)
    quantities, mass_unit = stage_quantities(outcome, material)
    panels = []
    for table, title in ((prices, f"Price, {unit}"), (quantities, f"Quantity, {mass_unit} a year")):
        order = table["label"].to_list()
        data = inline_data(table.select("label", "before", "after", "shown", "up").to_dicts())
        base = alt.Chart(data).encode(
            y=alt.Y(
                "label:N",
                sort=order,
                title=None,
                axis=alt.Axis(ticks=False, domain=False, labelLimit=165, labelPadding=9),
            )
        )
        peak = max(largest(table["before"]), largest(table["after"])) or 1.0
        x = alt.X("after:Q", title=title, scale=alt.Scale(domain=[0, 1.6 * peak]), axis=alt.Axis(tickCount=4))
        panels.append(
            alt.layer(
                base.mark_rule(strokeWidth=2, color=MUTED).encode(x="before:Q", x2="after:Q"),
                base.mark_point(size=60, filled=False, color=BASE, strokeWidth=2, opacity=1).encode(
                    x="before:Q"
                ),
                base.mark_point(size=70, filled=True, color=SCENARIO, opacity=1).encode(x=x),
                base.transform_calculate(at="max(datum.before, datum.after)")
                .mark_text(align="left", dx=9, color=INK, fontSize=10)
                .encode(x="at:Q", text="shown:N"),
            ).properties(width=width, height=alt.Step(24))
        )
    name = material_name(material)
    described = [*prices.to_dicts(), *quantities.to_dicts()]
    description = f"{capital(name)} by stage: " + "; ".join(
        f"{row['label']} {row['shown']}" for row in described
    )
    return Figure(
        key=f"stages-{material}",
        title=f"{capital(name)}: price and quantity at every stage",
        reading="Open circle: undisturbed market; filled: scenario; text: scenario value and change.",
        unit=f"{unit} and {mass_unit} of contained {name} per year",
        source=MODEL_SOURCE,
        description=description,
        specification=finish(alt.hconcat(*panels, spacing=18), description),
        data=pl.concat(
            [
                prices.select("label", "before", "after", unit=pl.lit(unit)),
                quantities.select("label", "before", "after", unit=pl.lit(mass_unit)),
            ]
        ),
    )


def stage_prices(outcome: Outcome, material: str) -> tuple[pl.DataFrame, str]:
    """Return reference prices by stage and side in the unit of trade, and that unit."""
    case = outcome.cases["scenario"]
    stages = stages_of(case, material)
    found = [(stage, markets_of(outcome, case, material, stage)) for stage in stages]
    top = max((float(base) for _, table in found for base in table["base_usd_per_t"]), default=0.0)
    scale, unit = price_scale(top)
    label = {side.market: side.label for side in price_sides(outcome)}
    rows = [
        {
            "label": _label(stage_name(stage), label[row["market"]], len(stages) > 1),
            "before": row["base_usd_per_t"] / scale,
            "after": row["usd_per_t"] / scale,
            "shown": f"{plain(row['usd_per_t'] / scale)}, {percent(row['change'])}",
            "up": row["change"] >= 0,
        }
        for stage, table in found
        for row in table.to_dicts()
    ]
    return pl.DataFrame(rows), unit


def stage_quantities(outcome: Outcome, material: str) -> tuple[pl.DataFrame, str]:
    """Return production, refining, secondary supply and use by side, in t or kt, and that unit."""
    case = outcome.cases["scenario"]
    table = with_side(
        outcome, case.quantities.filter((pl.col("material") == material) & pl.col("kind").is_in(SHOWN_KINDS))
    )
    total = {
        (kind, side): (base, now)
        for kind, side, base, now in table.group_by("kind", "side")
        .agg(pl.col("base_t").sum(), pl.col("t").sum())
        .iter_rows()
    }
    largest = max((max(pair) for pair in total.values()), default=0.0)
    scale, unit = (1000.0, "kt") if largest >= 10_000 else (1.0, "t")
    rows = []
    for kind in SHOWN_KINDS:
        for side in sides(outcome):
            base, now = total.get((kind, side.market), (0.0, 0.0))
            if max(base, now) <= 0.001 * largest:
                continue
            change = f"{mass(now)}, {percent(now / base - 1.0)}" if base > 0 else f"from 0 to {mass(now)}"
            rows.append(
                {
                    "label": _label(capital(KINDS[kind]), side.label, True),
                    "before": base / scale,
                    "after": now / scale,
                    "shown": change,
                    "up": now >= base,
                }
            )
    schema = {
        "label": pl.String,
        "before": pl.Float64,
        "after": pl.Float64,
        "shown": pl.String,
        "up": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=schema), unit


def _label(what: str, side: str, both: bool) -> str:
    where = side.split(" (")[0]
    return f"{capital(what)}, {where.lower()}" if both else side
