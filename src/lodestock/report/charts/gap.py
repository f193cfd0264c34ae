"""Waterfall of a gap: what was lost on the first side, and what closes it down to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from lodestock.report.figure import MODEL_SOURCE, Figure, finish, inline_data
from lodestock.report.gap import INVISIBLE, USE, items, lost, shown
from lodestock.report.names import capital, material_name
from lodestock.report.numbers import mass, percent
from lodestock.report.sides import sides
from lodestock.report.table import Column, Table, table
from lodestock.report.theme import BASE, CATEGORIES, INK, LOSS, MUTED

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome

FROM_SUPPLY, FROM_USE, OPENED = "closed by supply", "closed by users", "lost"


def gap_chart(outcome: Outcome, material: str, *, width: int = 520) -> Figure | None:
    """Draw what was lost and what closes the gap, item by item; None where nothing to speak of was lost."""
    import altair as alt

    steps = gap_steps(outcome, material)
    if steps.is_empty():
        return None
    side, name = sides(outcome)[0], material_name(material)
    peak = float(steps.select(pl.max_horizontal("start", "end").max()).item())
    scale, unit = (1000.0, "kt") if peak >= 10_000 else (1.0, "t")
    rows = [
        {
            "label": row["label"],
            "start": row["start"] / scale,
            "end": row["end"] / scale,
            "right": max(row["start"], row["end"]) / scale,
            "kind": row["kind"],
            "shown": mass(abs(row["end"] - row["start"]) if row["closes"] >= 0 else row["closes"]),
        }
        for row in steps.to_dicts()
    ]
    base = alt.Chart(inline_data(rows)).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=260))
    )
    colours = {OPENED: LOSS, FROM_SUPPLY: CATEGORIES[0], FROM_USE: BASE}
    low = float(steps.select(pl.min_horizontal("start", "end").min()).item())
    below = 1.05 * low / scale if low < -INVISIBLE * peak else 0.0
    domain = [below, 1.18 * peak / scale]
    chart = alt.layer(
        base.mark_bar(height=15).encode(
            x=alt.X("start:Q", title=f"{unit} of contained {name} a year", scale=alt.Scale(domain=domain)),
            x2="end:Q",
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=list(colours), range=list(colours.values())),
                legend=alt.Legend(orient="top", title=None),
            ),
        ),
        base.mark_text(align="left", dx=5, color=INK).encode(x="right:Q", text="shown:N"),
        alt.Chart().mark_rule(color=MUTED).encode(x=alt.datum(0)),
    ).properties(width=width, height=alt.Step(22))
    description = f"{capital(name)} {side.where}: " + "; ".join(f"{r['label']} {r['shown']}" for r in rows)
    return Figure(
        key=f"gap-{material}",
        title=f"What was lost of {name} {side.where}, and what closes the gap",
        reading=(
            "The top bar is what the base year had and the scenario takes away. Each bar below takes over "
            "where the one above ends, first what other supply brings, then what users give up, until "
            "nothing is left."
        ),
        unit=f"t of contained {name} per year",
        source=MODEL_SOURCE,
        description=description,
        specification=finish(chart, description),
        data=steps,
    )


def gap_steps(outcome: Outcome, material: str) -> pl.DataFrame:
    """Return label, start and end of each bar in t, its kind, and what it closes (negative: opens further).

    Losses stack up from zero; every closing bar starts where the one before ended, and the last ends at zero.
    """
    steps, level = [], 0.0
    for item in shown(items(outcome, material)):
        change = item.tonnes if item.lost else -item.tonnes
        kind = OPENED if item.lost else FROM_USE if item.key in USE else FROM_SUPPLY
        steps.append((item.label, level, level + change, kind, item.tonnes))
        level += change
    schema = {
        "label": pl.String,
        "start": pl.Float64,
        "end": pl.Float64,
        "kind": pl.String,
        "closes": pl.Float64,
    }
    return pl.DataFrame(steps, schema=schema, orient="row")


def gap_table(outcome: Outcome, material: str) -> Table | None:
    """Return every item in tonnes, as a share of the loss, and over the last tenth of the price change."""
    found = items(outcome, material)
    if not found:
        return None
    total, name = lost(found), material_name(material)
    least = 1e-6 * total
    rows = [
        [
            item.label,
            mass(item.tonnes),
            percent(item.tonnes / total, sign=False),
            mass(item.last, sign=True) if abs(item.last) > least else "",
        ]
        for item in found
        if abs(item.tonnes) > least
    ]
    columns = (
        "What",
        Column(f"{capital(name)}", "t a year"),
        Column("Share of the loss", "%"),
        Column("Over the last tenth of the price rise", "t a year"),
    )
    note = (
        "What closes the gap adds up to what was lost, exactly. The last column says what still gave way "
        "at the end: the largest number there is what stops the price. Items that hang on more than one "
        "price have none."
    )
    return table(f"gap-{material}", f"What closes the gap of {name}", columns, rows, note)
