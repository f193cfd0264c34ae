"""Waterfall: how one side's use is met, from the undisturbed market to the scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from lodestock.report.figure import MODEL_SOURCE, Figure, finish, inline_data
from lodestock.report.frames import balance
from lodestock.report.names import KINDS, capital, material_name
from lodestock.report.numbers import mass
from lodestock.report.sides import sides
from lodestock.report.theme import BASE, GAIN, INK, LOSS, MUTED, SCENARIO

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome

NEGLIGIBLE = 0.001
"""Steps below this share of use are added to ``other``."""
WORDS = {**KINDS, "net_imports": "net imports", "stock_change": "other stock change", "other": "other"}


def waterfall(outcome: Outcome, material: str, *, width: int = 520) -> Figure:
    """Draw use before, the change of each source of supply, and use after, on the first side."""
    import altair as alt

    side = sides(outcome)[0]
    data = waterfall_steps(outcome, material)
    peak = float(data.select(pl.max_horizontal("start", "end").max()).item())
    low = float(data.select(pl.min_horizontal("start", "end").min()).item())
    scale, unit = (1000.0, "kt") if peak >= 10_000 else (1.0, "t")
    rows = [
        {
            "label": row["label"],
            "start": row["start"] / scale,
            "end": row["end"] / scale,
            "right": max(row["start"], row["end"]) / scale,
            "kind": row["kind"],
            "shown": mass(row["end"])
            if row["kind"] == "total"
            else mass(row["end"] - row["start"], sign=True),
        }
        for row in data.to_dicts()
    ]
    rows[-1]["kind"] = "after"
    base = alt.Chart(inline_data(rows)).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=230))
    )
    domain = [min(0.0, low / scale * 1.05), 1.18 * peak / scale]
    name = material_name(material)
    colours = {"total": BASE, "more": GAIN, "less": LOSS, "after": SCENARIO}
    chart = alt.layer(
        base.mark_bar(height=15).encode(
            x=alt.X("start:Q", title=f"{unit} of contained {name} a year", scale=alt.Scale(domain=domain)),
            x2="end:Q",
            color=alt.Color(
                "kind:N", scale=alt.Scale(domain=list(colours), range=list(colours.values())), legend=None
            ),
        ),
        base.mark_text(align="left", dx=5, color=INK).encode(x="right:Q", text="shown:N"),
        alt.Chart().mark_rule(color=MUTED).encode(x=alt.datum(0)),
    ).properties(width=width, height=alt.Step(24))
    description = f"{capital(name)} use {side.where}: " + "; ".join(
        f"{r['label']} {r['shown']}" for r in rows
    )
    return Figure(
        key=f"waterfall-{material}",
        title=f"How {name} use {side.where} is met",
        reading=(
            "From use in the undisturbed market, the change of each source of supply (plus: more "
            "arrives, minus: less arrives), to use in the scenario. What is missing at the end is "
            "use that has to go."
        ),
        unit=f"t of contained {name} per year",
        source=MODEL_SOURCE,
        description=description,
        specification=finish(chart, description),
        data=data,
    )


def waterfall_steps(outcome: Outcome, material: str) -> pl.DataFrame:
    """Return label, start and end of each bar in t, and its kind (total, more, less).

    The steps run without a gap: each starts where the one before ended, and the last one ends at use after.
    """
    side = sides(outcome)[0]
    table = balance(outcome, outcome.cases["scenario"], material, side.market)
    *parts, (_, before, after) = table.iter_rows()
    steps, level, other = [("Use, undisturbed", 0.0, before, "total")], before, 0.0
    for kind, base, now in parts:
        change = now - base
        if abs(change) < NEGLIGIBLE * max(before, after):
            other += change
            continue
        steps.append((capital(WORDS[kind]), level, level + change, "more" if change > 0 else "less"))
        level += change
    if abs(other) > 1e-9 * max(before, after):
        steps.append(("Other changes", level, level + other, "more" if other > 0 else "less"))
    steps.append(("Use, scenario", 0.0, after, "total"))
    return pl.DataFrame(steps, schema=["label", "start", "end", "kind"], orient="row")
