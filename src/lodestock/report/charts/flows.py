"""Flow diagram before and after: who feeds whom, at the same scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from lodestock.report.figure import Figure, Rows, finish, inline_data, named_data
from lodestock.report.frames import stages_of
from lodestock.report.names import country_name, material_name, stage_name
from lodestock.report.numbers import mass, percent
from lodestock.report.sankey import (
    REST,
    Layout,
    Link,
    common_scale,
    grouped,
    largest,
    lay_out,
    ribbon_points,
    spread_labels,
    throughput,
)
from lodestock.report.theme import CATEGORIES, INK, MUTED, WIDTH
from lodestock.report.theme import REST as REST_COLOUR

if TYPE_CHECKING:
    import altair as alt

    from lodestock.scenario.outcome import CaseOutcome, Outcome

FLOW_SOURCE = (
    "Base flows: trade statistics reconciled with production, see the list of sources; after: Lodestock"
)
HEIGHT, GAP = 270.0, 7.0
AT_MOST, WORTH = 7, 0.015
"""Nodes of their own per layer, and the share of a layer that earns one."""
HAIRLINE = 0.002
"""Ribbons below this share of the fullest layer are not drawn; the table holds them."""
DOMINANT = 0.5
"""Share of a layer above which a country's supply of itself is told in words instead of drawn."""
MARGIN = 125.0
LABEL_STEP = 11.5
"""Least distance of two labels in px."""
NODE_WIDTH = 9.0


def flow_chart(outcome: Outcome, material: str) -> Figure:
    """Draw the chain of one material before and after: mines to refiners to users, or producers to users."""
    case = outcome.cases["scenario"]
    everything = links_of(case, material, "base_t"), links_of(case, material, "t")
    hidden = dominant(*everything)
    before, after = (
        [link for link in links if (link.layer, link.source) not in hidden or link.source != link.target]
        for links in everything
    )
    panels = (f"Before: {outcome.base_year}", f"After: {outcome.title}")
    name = material_name(material)
    last = stages_of(case, material)[-1]
    heads = ("Mines", "Refiners", "Users") if len(stages_of(case, material)) > 1 else ("Producers", "Users")
    top = sorted((link for link in after if link.source != link.target), key=lambda link: -link.quantity)[:3]
    description = (
        f"Flows of {name} before and after at the same scale. Largest international flows after: "
        + "; ".join(f"{country_name(k.source)} to {country_name(k.target)} {mass(k.quantity)}" for k in top)
        + "."
    )
    return Figure(
        key=f"flows-{material}",
        title=f"Who feeds whom with {name}, before and after",
        reading=(
            "Widths are tonnes of contained element at the same scale in both diagrams; colours follow the "
            f"country of origin. {_observed_words(case, material, outcome.base_year)}"
            f"{hidden_words(hidden, everything, stages_of(case, material))}"
        ),
        unit=f"t of contained {name} per year, by link at the {last} stage and before",
        source=FLOW_SOURCE,
        description=description,
        specification=diagram([before, after], panels, heads, description),
        data=_table(*everything),
    )


def dominant(*diagrams: Sequence[Link]) -> set[tuple[int, str]]:
    """Return (layer, country) whose supply of itself is more than half of everything that layer carries.

    Drawn, such a ribbon would press all trade into a corner; the caption gives its tonnes instead.
    """
    found = set()
    for links in diagrams:
        for link in links:
            total = sum(other.quantity for other in links if other.layer == link.layer)
            if link.source == link.target and link.quantity > DOMINANT * total:
                found.add((link.layer, link.source))
    return found


def hidden_words(
    hidden: set[tuple[int, str]], diagrams: Sequence[Sequence[Link]], stages: Sequence[str]
) -> str:
    """Return the sentences that tell what is not drawn, with its tonnes in every diagram."""
    text = ""
    for layer, country in sorted(hidden):
        amounts = [
            sum(k.quantity for k in links if (k.layer, k.source, k.target) == (layer, country, country))
            for links in diagrams
        ]
        changes = " before and ".join(mass(amount) for amount in amounts)
        after = " after" if len(amounts) > 1 else ""
        what = f"the {stage_name(stages[layer])} that" if len(stages) > 1 else "what"
        text += f" Not drawn: {what} {country_name(country)} supplies to itself ({changes}{after})."
    return text


def _observed_words(case: CaseOutcome, material: str, base_year: int) -> str:
    """Return what share of the base flows over borders was observed, adjusted and estimated."""
    flows = case.flows.filter(pl.col("material") == material)
    total = float(flows["base_t"].sum())
    if total <= 0.0:
        return f"Nothing crossed a border in {base_year}."
    parts = dict(flows.group_by("base_status").agg(pl.col("base_t").sum() / total).iter_rows())
    seen, moved, guessed = (
        percent(parts.get(name, 0.0), sign=False) for name in ("observed", "adjusted", "estimated")
    )
    return (
        f"Of the tonnes over a border in {base_year} {seen} agree with trade statistics, {moved} were "
        f"adjusted so that all adds up, {guessed} are estimated (dashed edge)."
    )


def links_of(case: CaseOutcome, material: str, column: str) -> list[Link]:
    """Return international and domestic flows as links; layer 0 is the first stage."""
    links: list[Link] = []
    for layer, stage in enumerate(stages_of(case, material)):
        wanted = (pl.col("material") == material) & (pl.col("stage") == stage) & (pl.col(column) > 0)
        for row in case.flows.filter(wanted).iter_rows(named=True):
            estimated = row["base_status"] in ("estimated", "none")
            links.append(Link(layer, row["exporter"], row["importer"], float(row[column]), estimated))
        links += [
            Link(layer, row["country"], row["country"], float(row[column]))
            for row in case.domestic.filter(wanted).iter_rows(named=True)
        ]
    return links


def diagram(
    diagrams: Sequence[Sequence[Link]],
    panels: Sequence[str],
    heads: Sequence[str],
    description: str,
    *,
    height: float = HEIGHT,
) -> dict[str, Any]:
    """Return the specification of one or several flow diagrams with common nodes, order, colour and scale."""
    import altair as alt

    layers = len(heads)
    amounts = [throughput(links, layers) for links in diagrams]
    keep = [largest([amount[layer] for amount in amounts], AT_MOST, WORTH) for layer in range(layers)]
    order = [[*names, REST] for names in keep]
    fullest = max((sum(layer.values()) for amount in amounts for layer in amount), default=0.0)
    small = [
        [link for link in grouped(links, keep) if link.quantity >= HAIRLINE * fullest / 20]
        for links in diagrams
    ]
    scale = common_scale([throughput(links, layers) for links in small], height, GAP)
    colour = _colours(keep)
    charts = []
    datasets: dict[str, Rows] = {}
    for number, (links, panel) in enumerate(zip(small, panels, strict=True), start=1):
        needed = max((_needed(layer, scale) for layer in throughput(links, layers)), default=0.0)
        layout = lay_out(links, order, scale=scale, height=needed, gap=GAP)
        datasets[f"ribbons-{number}"] = _ribbons(layout, colour, layers, HAIRLINE * fullest)
        datasets[f"nodes-{number}"] = _nodes(layout, colour, layers, needed)
        charts.append(_panel(number, heads, needed).properties(title=panel))
    return finish(alt.vconcat(*charts, spacing=14), description, datasets)


def _needed(layer: dict[str, float], scale: float) -> float:
    """Return the px that a layer's nodes and labels take."""
    gaps = GAP * max(0, len(layer) - 1)
    return max(sum(layer.values()) * scale + gaps, LABEL_STEP * len(layer), 2 * LABEL_STEP)


def _step(layers: int) -> float:
    """Return the px from one layer's nodes to the next."""
    return (WIDTH - 2 * MARGIN) / (layers - 1)


def _ribbons(layout: Layout, colour: dict[str, str], layers: int, hairline: float) -> Rows:
    """Return the points of every ribbon worth drawing, in px."""
    step = _step(layers)
    rows: Rows = []
    for number, ribbon in enumerate(layout.ribbons):
        link = ribbon.link
        if link.quantity < hairline:
            continue
        edge = MARGIN + link.layer * step + NODE_WIDTH / 2
        rows += [
            {
                "x": round(edge + (step - NODE_WIDTH) * (at - link.layer), 1),
                "y": round(top, 2),
                "y2": round(bottom, 2),
                "link": number,
                "flow": f"{link.source} to {link.target}",
                "colour": colour.get(link.source, REST_COLOUR),
                "estimated": link.estimated,
            }
            for at, top, bottom in ribbon_points(ribbon)
        ]
    return rows


def _nodes(layout: Layout, colour: dict[str, str], layers: int, height: float) -> Rows:
    """Return the rectangle and the label of every node, in px."""
    label_y = _label_positions(layout, layers, height)
    rows: Rows = []
    for box in layout.boxes:
        x = MARGIN + box.layer * _step(layers)
        name = "Others" if box.name == REST else country_name(box.name)
        rows.append(
            {
                "x": round(x - NODE_WIDTH / 2, 2),
                "x2": round(x + NODE_WIDTH / 2, 2),
                "y": round(box.top, 2),
                "y2": round(max(box.bottom, box.top + 0.8), 2),
                "colour": colour.get(box.name, REST_COLOUR),
                "text": f"{name} {mass(box.quantity)}",
                "left": box.layer == 0,
                "label_x": round(x + (-8.0 if box.layer == 0 else 8.0), 2),
                "label_y": round(label_y[box.layer, box.name], 2),
            }
        )
    return rows


def _panel(number: int, heads: Sequence[str], height: float) -> alt.LayerChart | alt.FacetChart:
    """Draw one diagram from its data sets: ribbons, nodes, labels and the heads of the layers."""
    import altair as alt

    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, WIDTH], nice=False, zero=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[height + 2, -16], nice=False, zero=False))
    colour = alt.Color("colour:N", scale=None)
    ribbons = alt.Chart(named_data(f"ribbons-{number}")).encode(
        x=x, y=y, y2="y2:Q", detail="link:N", color=colour
    )
    nodes = alt.Chart(named_data(f"nodes-{number}"))
    labels = nodes.encode(x=alt.X("label_x:Q", axis=None), y=alt.Y("label_y:Q", axis=None), text="text:N")
    dashed = {"strokeDash": [3, 2], "strokeWidth": 0.8, "opacity": 0.9}
    layers = [
        ribbons.transform_filter("!datum.estimated").mark_area(opacity=0.5, interpolate="monotone"),
        ribbons.transform_filter("datum.estimated").mark_area(
            opacity=0.3, interpolate="monotone", line=dashed
        ),
        nodes.mark_rect().encode(x=x, x2="x2:Q", y=y, y2="y2:Q", color=colour),
    ]
    aligns: tuple[Literal["left", "right"], ...] = ("right", "left")
    for align in aligns:
        chosen = labels.transform_filter("datum.left" if align == "right" else "!datum.left")
        layers += [
            chosen.mark_text(align=align, fontSize=10, stroke="white", strokeWidth=3, strokeJoin="round"),
            chosen.mark_text(align=align, fontSize=10, color=INK),
        ]
    rows = [
        {"x": MARGIN + layer * _step(len(heads)), "y": -10.0, "text": head}
        for layer, head in enumerate(heads)
    ]
    layers.append(
        alt.Chart(inline_data(rows)).mark_text(fontSize=10, color=MUTED).encode(x=x, y=y, text="text:N")
    )
    return alt.layer(*layers).properties(width=WIDTH, height=height)


def _label_positions(layout: Layout, layers: int, height: float) -> dict[tuple[int, str], float]:
    """Return the y of every node's label: the middle of the node, moved where labels would overlap."""
    positions: dict[tuple[int, str], float] = {}
    for layer in range(layers):
        boxes = [box for box in layout.boxes if box.layer == layer]
        middles = spread_labels([(box.top + box.bottom) / 2 for box in boxes], LABEL_STEP, height)
        positions |= {(layer, box.name): y for box, y in zip(boxes, middles, strict=True)}
    return positions


def _colours(keep: Sequence[Sequence[str]]) -> dict[str, str]:
    """Give the largest countries of all layers, suppliers first, a colour of their own."""
    ordered: list[str] = []
    for names in keep:
        ordered += [name for name in names if name not in ordered]
    return dict(zip(ordered, CATEGORIES, strict=False))


def _table(before: Sequence[Link], after: Sequence[Link]) -> pl.DataFrame:
    """Return the links of both diagrams side by side, largest first."""
    now = {(link.layer, link.source, link.target): link.quantity for link in after}
    base = {(link.layer, link.source, link.target): link for link in before}
    rows = [
        {
            "layer": key[0],
            "from": key[1],
            "to": key[2],
            "base_t": base[key].quantity if key in base else 0.0,
            "t": now.get(key, 0.0),
            "estimated": base[key].estimated if key in base else True,
        }
        for key in {*now, *base}
    ]
    schema = {
        "layer": pl.Int64,
        "from": pl.String,
        "to": pl.String,
        "base_t": pl.Float64,
        "t": pl.Float64,
        "estimated": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=schema).sort(
        [pl.max_horizontal("base_t", "t"), "layer", "from", "to"], descending=[True, False, False, False]
    )
