"""Charts of a calibrated world: who supplies, who uses, who feeds whom in the base year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from lodestock.report.charts.flows import diagram, dominant, hidden_words
from lodestock.report.charts.maps import Classes, choropleth
from lodestock.report.figure import Figure
from lodestock.report.names import country_name, material_name
from lodestock.report.numbers import mass, percent
from lodestock.report.outlines import DISCLAIMER, Outline
from lodestock.report.sankey import Link
from lodestock.report.theme import MORE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lodestock.world.model import World

SHARE_CLASSES = Classes(
    (0.01, 0.05, 0.20, 0.50),
    MORE,
    ("less than 1 % of the world", "1 to 5 %", "5 to 20 %", "20 to 50 %", "more than 50 %"),
)
SOURCE = "Base year of Lodestock, reconciled from the sources listed"
LABELLED = 5


def share_map(
    world: World, what: str, quantity: NDArray[np.float64], outlines: Sequence[Outline], key: str
) -> Figure:
    """Draw each country's share of a quantity of the base year, t a year."""
    total = float(quantity.sum())
    rows = [
        {"country": country, "name": country_name(country), "t": float(t), "value": float(t) / total}
        for country, t in zip(world.countries, quantity.tolist(), strict=True)
        if t > 0.0 and total > 0.0
    ]
    schema = {"country": pl.String, "name": pl.String, "t": pl.Float64, "value": pl.Float64}
    data = pl.DataFrame(rows, schema=schema).sort("t", descending=True)
    top = data.head(LABELLED).to_dicts()
    labels = {row["country"]: percent(row["value"], sign=False) for row in top if row["value"] >= 0.01}
    listing = ", ".join(f"{row['name']} {percent(row['value'], sign=False)}" for row in top)
    name = material_name(world.material)
    description = f"World map: {what} of {name}, {mass(total)} in {world.base_year}. Largest: {listing}."
    return Figure(
        key=key,
        title=f"{what[:1].upper()}{what[1:]}: {mass(total, digits=3)}",
        reading=f"Share of the world; numbers at the {len(labels)} largest. {DISCLAIMER}",
        unit="% of world tonnes of contained element",
        source=f"{SOURCE}; outlines: Natural Earth 1:110m (public domain) unless supplied by the user",
        description=description,
        specification=choropleth(data, labels, SHARE_CLASSES, outlines, description, nothing="none"),
        data=data,
    )


def world_flow_chart(world: World) -> Figure:
    """Draw the chain of the base year from mines over refiners to users, or from producers to users."""
    from lodestock.world.model import FLOW_STATUS

    links = [
        Link(
            layer,
            world.countries[i],
            world.countries[j],
            float(world.flows[stage][i, j]),
            FLOW_STATUS[world.flow_status[stage][i, j]] == "estimated",
        )
        for layer, stage in enumerate(world.stages)
        for i, j in np.argwhere(world.flows[stage] > 0.0).tolist()
    ]
    hidden = dominant(links)
    drawn = [link for link in links if (link.layer, link.source) not in hidden or link.source != link.target]
    heads = ("Mines", "Refiners", "Users") if len(world.stages) > 1 else ("Producers", "Users")
    name = material_name(world.material)
    abroad = sorted((link for link in links if link.source != link.target), key=lambda link: -link.quantity)
    listing = "; ".join(
        f"{country_name(link.source)} to {country_name(link.target)} {mass(link.quantity)}"
        for link in abroad[:5]
    )
    description = f"Flows of {name} in {world.base_year}. Largest between countries: {listing}."
    data = pl.DataFrame(
        [
            (world.stages[link.layer], link.source, link.target, link.quantity, link.estimated)
            for link in links
        ],
        schema=["stage", "from", "to", "t", "estimated"],
        orient="row",
    ).sort("t", descending=True)
    return Figure(
        key="world-flows",
        title=f"Who feeds whom with {name}",
        reading=(
            "Widths are tonnes of contained element; colours follow the country of origin. Dashed edge: "
            "estimated, no trade was observed. Scrap enters at the last stage."
            + hidden_words(hidden, [links], world.stages)
        ),
        unit=f"t of contained {name} in {world.base_year}",
        source=SOURCE,
        description=description,
        specification=diagram([drawn], [str(world.base_year)], heads, description, height=330.0),
        data=data,
    )
