"""The comparison of measures as a page and as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lodestock.report.names import capital, material_name
from lodestock.report.reserve_parts import Content, Part, page, rows_table
from lodestock.report.rows_workbook import write_rows_workbook
from lodestock.report.sides import group_name
from lodestock.report.writing import write_text
from lodestock.reserve.compare_rows import UNITS, assumption_rows, cut_rows, rows

if TYPE_CHECKING:
    from lodestock.report.figure import Figure
    from lodestock.reserve.compare import Ranking

HEADINGS = {
    "title": "Measure",
    "size_t": "Size",
    "avoided_usd": "Loss avoided",
    "capital_usd": "Money at the start",
    "cost_usd": "Cost",
    "net_cost_usd": "Less gain in calm years",
    "lead_years": "Works after",
    "available_share": "Share of the horizon",
    "per_usd": "Per dollar",
    "low": "10 %",
    "high": "90 %",
    "best_share": "Best in",
    "note": "Note",
}
CUTS = {
    "stage": "Stage",
    "country": "Supplier",
    "share": "Share of output",
    "probability": "Probability",
    "loss_usd": "Loss",
    "shortage_share": "Shortage",
    "reason": "Note",
}
LIMITS = (
    "Expected loss is surplus of the members' users and of the public purse (of all members where that "
    "is asked) under a stop of exports by each large supplier, times an assumed probability; losses "
    "further down the chain are not in it, for any measure. What a reserve sells is booked at base "
    "prices, so that filling it again is paid for. Capital and lead times are assumptions with ranges. "
    "Measures are compared at a small size: a large one gives less per dollar."
)


def write_compare_page(rankings: Sequence[Ranking], path: Path) -> Path:
    """Write the page, whole or not at all.

    Raises
    ------
    LodestockError
        The file cannot be written.
    """
    return write_text(path, page(content(rankings)))


def write_compare_workbook(rankings: Sequence[Ranking], path: Path) -> Path:
    """Write the workbook, whole or not at all: measures, cuts, assumptions."""
    first = rankings[0]
    about = [
        ("members", ", ".join(first.members)),
        ("base year", str(first.base_year)),
        ("draws", f"{first.draws}, seed {first.seed}"),
        ("limits", LIMITS),
    ]
    sheets = {
        "measures": [row for one in rankings for row in rows(one)],
        "cuts": [row for one in rankings for row in cut_rows(one)],
        "assumptions": [
            {"material": one.material, **row} for one in rankings for row in assumption_rows(one)
        ],
    }
    return write_rows_workbook(path, about, sheets, UNITS)


def content(rankings: Sequence[Ranking]) -> Content:
    """The page before it is drawn."""
    first = rankings[0]
    whose = group_name(first.members)
    lead = []
    for one in rankings:
        best = one.measures[0]
        if best.per_usd is None or best.per_usd <= 0:
            lead.append(f"{capital(material_name(one.material))}: no measure lowers the expected loss.")
            continue
        band = (
            f" ({best.low:.1f} to {best.high:.1f})" if best.low is not None and best.high is not None else ""
        )
        lead.append(
            f"{capital(material_name(one.material))}: {best.title.lower()} avoids most, {best.per_usd:.1f} "
            f"USD of expected loss per USD{band}."
        )
    parts = []
    for one in rankings:
        name = capital(material_name(one.material))
        measures = [row for row in rows(one) if row["per_usd"] is not None]
        key = one.material
        parts.append(
            Part(
                f"{name}: measures",
                figures=(measure_chart(one),) if measures else (),
                tables=(
                    rows_table(
                        f"measures-{key}", f"Measures on {material_name(key)}", rows(one), HEADINGS, UNITS
                    ),
                    rows_table(f"cuts-{key}", "Cuts that are counted", cut_rows(one), CUTS, UNITS),
                ),
            )
        )
    terms = assumption_rows(first)
    headings = {name: name.capitalize() for name in terms[0]}
    named = [{**row, "name": capital(row["name"].replace("_", " "))} for row in terms]
    rests = (rows_table("terms", "Assumptions", named, headings, {}),)
    parts.append(Part("What it rests on", (LIMITS,), tables=rests, wrap=True))
    return Content(
        title=f"Security per dollar for {whose}",
        question="Reserve, capacity, recycling, substitution, mandates: what avoids most loss per dollar?",
        stamp=f"base year {first.base_year}",
        lead=tuple(lead),
        parts=tuple(parts),
    )


def measure_chart(ranking: Ranking) -> Figure:
    """Expected loss avoided per dollar by measure, with bands."""
    import altair as alt
    import polars as pl

    from lodestock.report.figure import MODEL_SOURCE, Figure, finish, inline_data
    from lodestock.report.theme import INK, MUTED, SCENARIO, WIDTH

    data = [
        {
            "measure": f"{item.title}, after {item.lead_years:g} year{'' if item.lead_years == 1 else 's'}",
            "per_usd": item.per_usd,
            "low": item.low if item.low is not None else item.per_usd,
            "high": item.high if item.high is not None else item.per_usd,
        }
        for item in ranking.measures
        if item.per_usd is not None
    ]
    order = [str(row["measure"]) for row in data]
    y = alt.Y("measure:N", title=None, sort=order)
    base = alt.Chart(inline_data(data), width=WIDTH - 260, height=38 * len(data) + 10)
    bars = base.mark_bar(color=SCENARIO, height=16).encode(
        x=alt.X("per_usd:Q", title="Expected loss avoided, USD per USD"), y=y
    )
    bands = base.mark_rule(color=INK, strokeWidth=2).encode(x="low:Q", x2="high:Q", y=y)
    even = alt.Chart(inline_data([{"v": 1.0}])).mark_rule(color=MUTED, strokeDash=[4, 3]).encode(x="v:Q")
    name = material_name(ranking.material)
    description = f"Bars: expected loss of {name} avoided per dollar by {len(data)} measures, with bands."
    return Figure(
        key=f"compare-{ranking.material}",
        title=f"{capital(name)}: expected loss avoided per dollar",
        reading=(
            "Bars: central values; black lines: 10 to 90 % of draws. Right of the dashed line a measure "
            "avoids more expected loss than it costs, gains of calm years not counted."
        ),
        unit="USD per USD",
        source=MODEL_SOURCE,
        description=description,
        specification=finish(bars + bands + even, description),
        data=pl.DataFrame(data),
    )
