"""Charts of supply risk: two axes, ranking with bands, concentration on a map, trend over the years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from lodestock.report.charts.maps import Classes, choropleth
from lodestock.report.figure import Figure, finish, inline_data
from lodestock.report.names import capital, country_name, material_name
from lodestock.report.numbers import joined
from lodestock.report.outlines import DISCLAIMER, Outline
from lodestock.report.theme import BASE, INK, LOSS, MORE, MUTED, SCENARIO, WIDTH

if TYPE_CHECKING:
    from lodestock.risk.assess import Assessment

SOURCE = "Lodestock, indicators computed from the snapshot; data sources in the list of sources"
SR_LINE, EI_LINE = 1.0, 2.8
RANKED = 25
LABELLED = 40
AXES_WIDTH, AXES_HEIGHT = WIDTH - 60, 420
LETTER, LINE = 5.3, 11.0
"""Width of a letter and height of a line of labels, px."""
TRENDS = 8
TREND_YEARS = 3
"""A line needs at least this many years."""
SHORT_LABELS = {
    "neodymium-praseodymium": "NdPr",
    "graphite-anode": "battery graphite",
    "titanium-minerals": "titanium ores",
}
MAP_CLASSES = Classes(
    (1.0, 5.0, 10.0, 20.0),
    MORE,
    ("leads in none", "1 to 4 materials", "5 to 9", "10 to 19", "20 or more"),
)


def label(material: str) -> str:
    """Name of a material on a chart: short, never a bare symbol."""
    return SHORT_LABELS.get(material, material.replace("-", " "))


def axes_chart(assessment: Assessment) -> Figure:
    """Draw supply risk over economic importance, one point per material, with the thresholds of the list."""
    import altair as alt

    rows: list[dict[str, object]] = [
        {
            "material": row.material,
            "label": label(row.material),
            "sr": row.sr,
            "ei": row.ei,
            "stage": row.stage,
            "on": "critical by the rule" if row.critical else "below a threshold",
        }
        for row in assessment.materials
        if row.ei is not None
    ]
    data = pl.DataFrame(rows)
    # Axes start at zero and end above the highest value: the thresholds split the plane where they are.
    top_sr = max(2.0, float(data["sr"].max()) * 1.08)  # type: ignore[arg-type]
    top_ei = max(4.0, float(data["ei"].max()) * 1.06)  # type: ignore[arg-type]
    labelled = _spread_labels(rows, top_ei, top_sr)
    x = alt.X(
        "ei:Q", title="Economic importance, index 0 to 10", scale=alt.Scale(domain=[0, top_ei], nice=False)
    )
    y = alt.Y("sr:Q", title="Supply risk, index", scale=alt.Scale(domain=[0, top_sr], nice=False))
    shape = alt.Shape(
        "on:N",
        scale=alt.Scale(domain=["critical by the rule", "below a threshold"], range=["circle", "square"]),
        legend=alt.Legend(title=None, orient="top"),
    )
    colour = alt.Color(
        "on:N",
        scale=alt.Scale(domain=["critical by the rule", "below a threshold"], range=[LOSS, BASE]),
        legend=alt.Legend(title=None, orient="top"),
    )
    points = (
        alt.Chart(inline_data(rows))
        .mark_point(filled=True, size=46, opacity=0.9)
        .encode(x=x, y=y, color=colour, shape=shape)
    )
    lines = [
        alt.Chart(inline_data([{"v": EI_LINE}])).mark_rule(color=MUTED, strokeDash=[4, 3]).encode(x="v:Q"),
        alt.Chart(inline_data([{"v": SR_LINE}])).mark_rule(color=MUTED, strokeDash=[4, 3]).encode(y="v:Q"),
    ]
    names = (
        alt.Chart(inline_data(labelled))
        .mark_text(align="left", fontSize=10, color=INK)
        .encode(x="ei:Q", y="at:Q", text="label:N")
    )
    critical = [row for row in rows if row["on"] == "critical by the rule"]
    description = (
        f"Scatter of {len(rows)} materials by economic importance and supply risk; {len(critical)} lie above "
        "both thresholds."
    )
    return Figure(
        key="risk-axes",
        title=f"{len(critical)} of {len(rows)} materials lie above both thresholds",
        reading=(
            "Upper right: high supply risk and high importance. Dashed lines: the thresholds of the EU list, "
            "1.0 and 2.8, applied after rounding. Importance is that for the European Union, whose value "
            "added by sector is published; supply risk is seen from the perspective of this page. Materials "
            "whose uses have no published sector are not drawn."
        ),
        unit="indices of the EU method",
        source=SOURCE,
        description=description,
        specification=finish(
            alt.layer(*lines, points, names).properties(width=AXES_WIDTH, height=AXES_HEIGHT), description
        ),
        data=data,
    )


def _spread_labels(
    rows: Sequence[Mapping[str, object]], top_ei: float, top_sr: float
) -> list[dict[str, object]]:
    """Labels of the riskiest materials beside their points, left out where they would cover something."""
    points = [
        (float(str(row["ei"])) / top_ei * AXES_WIDTH, float(str(row["sr"])) / top_sr * AXES_HEIGHT)
        for row in rows
    ]
    boxes: list[tuple[float, float, float]] = []
    placed: list[dict[str, object]] = []
    for row, (x, y) in sorted(zip(rows, points, strict=True), key=lambda pair: -pair[1][1]):
        width = LETTER * len(str(row["label"]))
        for left, step in ((x + 7, 0.0), (x + 7, 9.0), (x + 7, -9.0), (x - 7 - width, 0.0)):
            at = y + step
            covers = any(abs(at - b) < LINE and left < c + w and c < left + width for c, b, w in boxes)
            hits = any(
                abs(at - v) < LINE / 2 and left - 3 < u < left + width for u, v in points if (u, v) != (x, y)
            )
            if not covers and not hits and left > 0:
                boxes.append((left, at, width))
                placed.append(
                    {"label": row["label"], "ei": left / AXES_WIDTH * top_ei, "at": at / AXES_HEIGHT * top_sr}
                )
                break
        if len(placed) == LABELLED:
            break
    return placed


def ranking_chart(assessment: Assessment) -> Figure:
    """Draw the riskiest materials with the band of their draws and the chance of being among the first."""
    import altair as alt

    kept = assessment.materials[:RANKED]
    rows = [
        {
            "material": row.material,
            "label": f"{capital(label(row.material))}, {'mine' if row.stage == 'mine' else 'refined'}",
            "sr": row.sr,
            "p10": row.band.p10 if row.band else row.sr,
            "p90": row.band.p90 if row.band else row.sr,
            "in_top": row.band.in_top if row.band else None,
            "chance": f"{row.band.in_top:.0%}" if row.band else "",
        }
        for row in kept
    ]
    data = pl.DataFrame(rows)
    base = alt.Chart(inline_data(rows)).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=190))
    )
    highest = float(data["p90"].max())  # type: ignore[arg-type]
    x = alt.X("p10:Q", title="Supply risk, index", scale=alt.Scale(domain=[0, highest * 1.08], nice=False))
    line = alt.Chart(inline_data([{"v": SR_LINE}])).mark_rule(color=MUTED, strokeDash=[4, 3]).encode(x="v:Q")
    bands = base.mark_bar(height=9, color="#b8d3e6").encode(x=x, x2="p90:Q")
    points = base.mark_point(filled=True, size=44, color=SCENARIO).encode(x="sr:Q")
    chance = base.mark_text(align="left", dx=6, fontSize=10, color=MUTED).encode(x="p90:Q", text="chance:N")
    drawn = bool(assessment.draws)
    first = joined([material_name(row.material) for row in kept[:3]])
    sure = [row for row in kept if row.band and row.band.in_top > 0.9]
    description = f"Ranking of {len(rows)} materials by supply risk; the first are {first}."
    return Figure(
        key="risk-ranking",
        title=(
            f"{len(sure)} materials are among the first ten in more than nine of ten draws"
            if drawn and len(assessment.materials) > 10
            else f"Riskiest: {first}"
        ),
        reading=(
            "Point: central inputs, at the riskier stage. Bar: 10 to 90 % of the draws. Number: how often "
            "the material is among the first ten. Dashed line: threshold 1.0."
            if drawn
            else "Point: central inputs, at the riskier stage. Dashed line: threshold 1.0. No draws."
        ),
        unit="index of the EU method",
        source=SOURCE,
        description=description,
        specification=finish(
            alt.layer(bands, line, points, *([chance] if drawn else [])).properties(
                width=WIDTH - 250, height=alt.Step(19)
            ),
            description,
        ),
        data=data,
    )


def driver_chart(assessment: Assessment) -> Figure | None:
    """Draw what the spread of each score comes from; None without draws."""
    import altair as alt

    from lodestock.risk.uncertainty import DRIVERS

    kept = [row for row in assessment.materials[:15] if row.band and row.band.drivers]
    if not kept:
        return None
    rows = [
        {
            "label": capital(label(row.material)),
            "driver": name,
            "share": row.band.drivers[name],
            "order": i,
        }
        for row in kept
        for i, name in enumerate(DRIVERS)
        if row.band
    ]
    mean = {name: float(np.mean([r["share"] for r in rows if r["driver"] == name])) for name in DRIVERS}
    first = max(mean, key=lambda name: mean[name])
    colours = ["#0072b2", "#56b4e9", "#d55e00", "#009e73", "#cc79a7", "#e69f00"]
    description = f"Stacked bars of what drives the spread; on average mostly {first}, {mean[first]:.0%}."
    chart = (
        alt.Chart(inline_data(rows))
        .mark_bar(height=13, stroke="white", strokeWidth=0.6)
        .encode(
            x=alt.X(
                "share:Q",
                stack="zero",
                title="Share of the variance",
                axis=alt.Axis(format="%"),
                scale=alt.Scale(domain=[0, 1], nice=False),
            ),
            y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False)),
            color=alt.Color(
                "driver:N",
                scale=alt.Scale(domain=list(DRIVERS), range=colours),
                legend=alt.Legend(title=None, orient="bottom", columns=6),
            ),
            order="order:Q",
        )
        .properties(width=WIDTH - 210, height=alt.Step(18))
    )
    return Figure(
        key="risk-drivers",
        title=f"What the spread comes from: mostly {first}",
        reading=(
            "Variance of the score with one input drawn and the others central, over the sum of these. "
            "Intervals: figures that are withheld, rounded or given as a bound."
        ),
        unit="share of the variance",
        source=SOURCE,
        description=description,
        specification=finish(chart, description),
        data=pl.DataFrame(rows).drop("order"),
    )


def leader_map(assessment: Assessment, outlines: Sequence[Outline]) -> Figure:
    """Draw in how many materials a country is the largest supplier at some stage."""
    leads: dict[str, list[str]] = {}
    for row in assessment.stages:
        materials = leads.setdefault(row.top1_country, [])
        if row.material not in materials:
            materials.append(row.material)
    rows = [
        {
            "country": country,
            "name": country_name(country),
            "value": float(len(materials)),
            "materials": ", ".join(material_name(item) for item in materials),
        }
        for country, materials in leads.items()
        if country != "OTH"
    ]
    data = pl.DataFrame(rows).sort("value", "country", descending=[True, False])
    labels = {row["country"]: f"{row['value']:.0f}" for row in data.head(8).to_dicts()}
    first = data.row(0, named=True)
    total = len({row.material for row in assessment.stages})
    description = (
        f"World map: largest suppliers. {first['name']} leads in {first['value']:.0f} of {total} materials."
    )
    return Figure(
        key="risk-map",
        title=f"{first['name']} is the largest supplier of {first['value']:.0f} of {total} materials",
        reading=f"Materials in which a country has the largest output at some stage. {DISCLAIMER}",
        unit="number of materials",
        source=f"{SOURCE}; outlines: Natural Earth 1:110m (public domain)",
        description=description,
        specification=choropleth(
            data, labels, MAP_CLASSES, outlines, description, nothing="leads in none", width=float(WIDTH - 60)
        ),
        data=data,
    )


def trend_chart(assessment: Assessment, rows: Sequence[dict[str, object]]) -> Figure:
    """Draw concentration of the riskiest materials at their riskier stage over the years."""
    import altair as alt

    chosen = [(row.material, row.hhi_stage) for row in assessment.materials[: 4 * TRENDS]]
    table = pl.DataFrame(rows).filter(
        pl.concat_list("material", "stage").is_in([list(pair) for pair in chosen])
    )
    long = table.filter(pl.len().over("material") >= TREND_YEARS)
    spans = (
        (long if long.height else table)
        .group_by("material")
        .agg(move=pl.col("hhi").max() - pl.col("hhi").min())
    )
    movers = spans.sort("move", descending=True).head(TRENDS)["material"].to_list()
    kept = table.filter(pl.col("material").is_in(movers)).sort("material", "year")
    shown = [
        {"year": row["year"], "hhi": row["hhi"], "label": capital(label(row["material"]))}
        for row in kept.to_dicts()
    ]
    last = kept.group_by("material").agg(pl.col("year").max(), pl.col("hhi").last())
    years = kept["year"].unique().sort().to_list()
    first_year, last_year = (years[0], years[-1]) if years else (0, 0)
    ends = _label_ends(
        [
            {"year": row["year"], "hhi": row["hhi"], "label": capital(label(row["material"]))}
            for row in last.to_dicts()
        ]
    )
    x = alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0), scale=alt.Scale(padding=0.2))
    y = alt.Y("hhi:Q", title="Concentration of output, HHI", scale=alt.Scale(domain=[0, 1]))
    line = (
        alt.Chart(inline_data(shown))
        .mark_line(point=True, strokeWidth=1.8)
        .encode(x=x, y=y, color=alt.Color("label:N", legend=None, scale=alt.Scale(range=_COLOURS)))
    )
    text = (
        alt.Chart(inline_data(ends))
        .mark_text(align="left", dx=10, fontSize=11)
        .encode(
            x=x,
            y="at:Q",
            text="label:N",
            color=alt.Color("label:N", legend=None, scale=alt.Scale(range=_COLOURS)),
        )
    )
    description = f"Lines of concentration from {first_year} to {last_year} of {len(ends)} materials."
    return Figure(
        key="risk-trend",
        title=f"Concentration from {first_year} to {last_year}: the risky materials that moved most",
        reading=(
            "Among the materials of highest risk, those whose concentration moved most, at the stage where it"
            " is higher. 1: one country makes everything."
        ),
        unit="HHI, 0 to 1",
        source=SOURCE,
        description=description,
        specification=finish(alt.layer(line, text).properties(width=WIDTH - 190, height=290), description),
        data=kept,
    )


_COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#9a6b00", "#2a8fc4", "#7f6bb3", "#6b4f2a"]


def _label_ends(ends: list[dict[str, object]]) -> list[dict[str, object]]:
    """Move labels at the right end apart so that none covers another."""
    at = -1.0
    placed = []
    for row in sorted(ends, key=lambda item: float(str(item["hhi"]))):
        at = max(float(str(row["hhi"])), at + 0.05)
        placed.append({**row, "at": min(at, 1.0)})
    for number in range(len(placed) - 2, -1, -1):
        above, here = float(str(placed[number + 1]["at"])), float(str(placed[number]["at"]))
        if above - here < 0.05:
            placed[number]["at"] = above - 0.05
    return placed
