"""World maps in Equal Earth projection: price change and shortage by country, in classes with labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from lodestock.report.figure import MODEL_SOURCE, Figure, finish, named_data
from lodestock.report.frames import last_stage, shortage_by_country
from lodestock.report.names import country_name, country_positions, material_name
from lodestock.report.numbers import mass, percent
from lodestock.report.outlines import DISCLAIMER, Outline
from lodestock.report.projection import Frame, place_labels
from lodestock.report.theme import DISPUTED, FALL_TO_RISE, INK, LAND, MORE, MUTED, WATER

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome

MAP_SOURCE = f"{MODEL_SOURCE}; outlines: Natural Earth 1:110m (public domain) unless supplied by the user"


MAP_WIDTH = 452.0
"""Width of a map in px: two stand side by side."""


@dataclass(frozen=True)
class Classes:
    """Classes of a map: ascending inner breaks, one colour and one label more than breaks."""

    breaks: tuple[float, ...]
    colours: tuple[str, ...]
    labels: tuple[str, ...]

    def label_of(self, value: float) -> str:
        """Return the label of the class that holds ``value``; a break belongs to the class above it."""
        return self.labels[sum(value >= limit for limit in self.breaks)]


PRICE_CLASSES = Classes(
    (-0.25, -0.05, 0.05, 0.25, 1.0, 3.0),
    FALL_TO_RISE,
    (
        "falls by more than 25 %",
        "falls by 5 to 25 %",
        "within 5 %",
        "rises by 5 to 25 %",
        "rises by 25 to 100 %",
        "rises by 100 to 300 %",
        "rises by more than 300 %",
    ),
)
SHORTAGE_CLASSES = Classes(
    (0.02, 0.10, 0.25, 0.50),
    MORE,
    ("less than 2 % of use", "2 to 10 %", "10 to 25 %", "25 to 50 %", "more than 50 %"),
)


def price_map(outcome: Outcome, material: str, outlines: Sequence[Outline]) -> Figure:
    """Draw the change of the price at the stage of use, by country."""
    case = outcome.cases["scenario"]
    stage = last_stage(case, material)
    data = (
        case.prices.filter((pl.col("material") == material) & (pl.col("stage") == stage))
        .select("country", "base_usd_per_t", "usd_per_t", value="change")
        .with_columns(name=pl.col("country").map_elements(country_name, return_dtype=pl.String))
    )
    use = dict(shortage_by_country(case, material).select("country", "use_base_t").iter_rows())
    users = sorted((c for c in data["country"]), key=lambda c: -use.get(c, 0.0))[:5]
    labels = {
        row["country"]: percent(row["value"])
        for row in data.filter(pl.col("country").is_in(users)).to_dicts()
    }
    name = material_name(material)
    extremes = data.sort("value")
    description = (
        f"World map of the change of the {name} price. Largest rise: {_row(extremes, -1)}; "
        f"largest fall or smallest rise: {_row(extremes, 0)}."
    )
    return Figure(
        key=f"map-price-{material}",
        title=f"Change of the {name} price by country",
        reading=f"Numbers on the map: the five largest users. {DISCLAIMER}",
        unit=f"change of the price of contained {name} in the country, %",
        source=MAP_SOURCE,
        description=description,
        specification=choropleth(data, labels, PRICE_CLASSES, outlines, description),
        data=data,
    )


def shortage_map(outcome: Outcome, material: str, outlines: Sequence[Outline]) -> Figure:
    """Draw what each country goes without, as a share of its base use."""
    case = outcome.cases["scenario"]
    data = (
        shortage_by_country(case, material)
        .filter(pl.col("use_base_t") > 0)
        .select("country", "use_base_t", "use_t", "shortage_t", value="shortage_share")
        .with_columns(name=pl.col("country").map_elements(country_name, return_dtype=pl.String))
    )
    shown = data.filter(pl.col("value") >= SHORTAGE_CLASSES.breaks[0]).head(5)
    labels = {row["country"]: mass(row["shortage_t"]) for row in shown.to_dicts()}
    name = material_name(material)
    listing = "; ".join(f"{row['name']} {mass(row['shortage_t'])}" for row in shown.to_dicts())
    description = f"World map of {name} shortage. Largest: {listing or 'no country goes short'}."
    return Figure(
        key=f"map-shortage-{material}",
        title=f"Who goes short of {name}",
        reading=(
            "Shortage: use in the base year less use in the scenario, where positive. Numbers on the map: "
            f"the largest gaps in contained tonnes. {DISCLAIMER}"
        ),
        unit="shortage as a share of base use, %; labels in t contained per year",
        source=MAP_SOURCE,
        description=description,
        specification=choropleth(data, labels, SHORTAGE_CLASSES, outlines, description),
        data=data,
    )


def choropleth(
    data: pl.DataFrame,
    labels: dict[str, str],
    classes: Classes,
    outlines: Sequence[Outline],
    description: str,
    *,
    nothing: str = "not in this market",
    width: float = MAP_WIDTH,
) -> dict[str, Any]:
    """Return the specification of a map of ``data`` (columns country, value) with text at some countries."""
    import altair as alt

    value = {row["country"]: float(row["value"]) for row in data.to_dicts()}
    plain, coloured, disputed = [], [], []
    for outline in outlines:
        feature: dict[str, Any] = {"type": "Feature", "geometry": outline.geometry(), "name": outline.name}
        if outline.disputed:
            disputed.append(feature)
        elif outline.iso3 in value:
            coloured.append({**feature, "class": classes.label_of(value[outline.iso3])})
        else:
            plain.append(feature)
    frame = Frame(width)
    position = country_positions()
    texts = [(f"{c} {label}", *position[c]) for c, label in labels.items() if c in position]
    placed = place_labels(texts, frame)

    x = alt.X("x:Q", scale=alt.Scale(domain=[0, frame.width], nice=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[frame.height, 0], nice=False), axis=None)
    words = [{"text": label.text, "x": label.x, "y": label.y} for label in placed]
    leaders = [
        {"x": label.point_x, "y": label.point_y, "x2": label.x, "y2": label.y}
        for label in placed
        if label.moved
    ]
    halo = alt.Chart(named_data("labels")).encode(x=x, y=y, text="text:N")
    layers = [
        alt.Chart(alt.sphere()).mark_geoshape(fill=WATER, stroke=None, clip=True),
        alt.Chart(named_data("plain")).mark_geoshape(fill=LAND, stroke="white", strokeWidth=0.4),
        alt.Chart(named_data("coloured"))
        .mark_geoshape(stroke=MUTED, strokeWidth=0.35)
        .encode(
            color=alt.Color(
                "class:N",
                scale=alt.Scale(domain=[*classes.labels], range=[*classes.colours]),
                legend=alt.Legend(
                    title=f"Pale grey: {nothing}. Dashed edge: disputed.",
                    orient="bottom",
                    columns=3 if len(classes.labels) > 5 else 5,
                    symbolType="square",
                    symbolStrokeColor=MUTED,
                    symbolStrokeWidth=0.5,
                    titleLimit=400,
                ),
            )
        ),
        alt.Chart(named_data("disputed")).mark_geoshape(
            fill=DISPUTED, stroke=INK, strokeWidth=0.5, strokeDash=[2, 2]
        ),
        alt.Chart(named_data("leaders"))
        .mark_rule(color=INK, strokeWidth=0.7)
        .encode(x=x, y=y, x2="x2", y2="y2"),
        halo.mark_text(fontSize=10, fontWeight="bold", stroke="white", strokeWidth=3, strokeJoin="round"),
        halo.mark_text(fontSize=10, fontWeight="bold", color=INK),
    ]
    chart = (
        alt.layer(*layers)
        .project(
            type="equalEarth",
            rotate=[-frame.centre, 0, 0],
            scale=frame.scale,
            translate=list(frame.translate),
        )
        .properties(width=frame.width, height=frame.height)
    )
    datasets = {
        "plain": plain,
        "coloured": coloured,
        "disputed": disputed,
        "leaders": leaders,
        "labels": words,
    }
    return finish(chart, description, datasets)


def _row(table: pl.DataFrame, number: int) -> str:
    if table.is_empty():
        return "none"
    row = table.row(number, named=True)
    return f"{row['name']} {percent(row['value'])}"
