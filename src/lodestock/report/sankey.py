"""Layout of flow diagrams: nodes in layers, links as smooth ribbons, in plain numbers.

Vega-Lite has no such mark, so the geometry is computed here and drawn as areas and rectangles. Widths are
proportional to tonnes; two layouts made with the same ``scale`` can be compared with a ruler.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

REST = "Others"
SAMPLES = 13
"""Points along a ribbon; the renderer draws a monotone curve through them."""


@dataclass(frozen=True)
class Link:
    """A flow between neighbouring layers; ``quantity`` in t, ``estimated`` where no trade was observed."""

    layer: int
    source: str
    target: str
    quantity: float
    estimated: bool = False


@dataclass(frozen=True)
class NodeBox:
    """A node's rectangle: y grows downwards, in px; x is the layer number; ``quantity`` in t."""

    layer: int
    name: str
    quantity: float
    top: float
    bottom: float


@dataclass(frozen=True)
class Ribbon:
    """A link's two ends in px: the source side (``from_*``) and the target side (``to_*``)."""

    link: Link
    from_top: float
    from_bottom: float
    to_top: float
    to_bottom: float


@dataclass(frozen=True)
class Layout:
    """Boxes and ribbons of one diagram."""

    boxes: tuple[NodeBox, ...]
    ribbons: tuple[Ribbon, ...]


def grouped(links: Iterable[Link], keep: Sequence[Sequence[str]]) -> list[Link]:
    """Add up links whose ends are not in ``keep`` (one list of names per layer) under ``Others``.

    A grouped link counts as estimated when more than half of its tonnes are.
    """
    totals: dict[tuple[int, str, str], list[float]] = {}
    kept = [set(names) for names in keep]
    for link in links:
        source = link.source if link.source in kept[link.layer] else REST
        target = link.target if link.target in kept[link.layer + 1] else REST
        total = totals.setdefault((link.layer, source, target), [0.0, 0.0])
        total[0] += link.quantity
        total[1] += link.quantity if link.estimated else 0.0
    return [
        Link(layer, source, target, total, estimated > total / 2)
        for (layer, source, target), (total, estimated) in totals.items()
    ]


def throughput(links: Iterable[Link], layers: int) -> list[dict[str, float]]:
    """Return tonnes per node and layer: the larger of what arrives and what leaves."""
    arrives: list[dict[str, float]] = [{} for _ in range(layers)]
    leaves: list[dict[str, float]] = [{} for _ in range(layers)]
    for link in links:
        leaves[link.layer][link.source] = leaves[link.layer].get(link.source, 0.0) + link.quantity
        arrives[link.layer + 1][link.target] = arrives[link.layer + 1].get(link.target, 0.0) + link.quantity
    return [
        {
            name: max(arrives[layer].get(name, 0.0), leaves[layer].get(name, 0.0))
            for name in (arrives[layer] | leaves[layer])
        }
        for layer in range(layers)
    ]


def largest(amounts: Iterable[dict[str, float]], at_most: int, share: float) -> list[str]:
    """Return the names worth their own node in at least one of several diagrams, largest first.

    A name is worth it with at least ``share`` of one diagram's total; ``Others`` is never one.
    """
    peak: dict[str, float] = {}
    for amount in amounts:
        total = sum(amount.values()) or 1.0
        for name, quantity in amount.items():
            peak[name] = max(peak.get(name, 0.0), quantity / total)
    names = [name for name in sorted(peak, key=lambda name: (-peak[name], name)) if name != REST]
    return [name for name in names[:at_most] if peak[name] >= share]


def common_scale(amounts: Iterable[list[dict[str, float]]], height: float, gap: float) -> float:
    """Return px per tonne at which the fullest layer of all diagrams fits ``height`` with its gaps."""
    scales = [
        (height - gap * max(0, len(layer) - 1)) / sum(layer.values())
        for diagram in amounts
        for layer in diagram
        if sum(layer.values()) > 0
    ]
    return min(scales, default=1.0)


def lay_out(
    links: Sequence[Link], order: Sequence[Sequence[str]], *, scale: float, height: float, gap: float
) -> Layout:
    """Place nodes top-down in ``order`` (one list per layer) and ribbons without crossings at a node.

    Parameters
    ----------
    links : flows in t; both ends must stand in ``order``.
    order : names per layer, from the top; ``Others`` belongs at the end.
    scale : px per t.
    height, gap : px; a layer is centred on ``height``, ``gap`` separates its nodes.
    """
    rank = [{name: number for number, name in enumerate(names)} for names in order]
    amounts = throughput(links, len(order))
    boxes: dict[tuple[int, str], NodeBox] = {}
    for layer, names in enumerate(order):
        shown = [name for name in names if amounts[layer].get(name, 0.0) > 0]
        filled = sum(amounts[layer][name] for name in shown) * scale + gap * max(0, len(shown) - 1)
        top = (height - filled) / 2
        for name in shown:
            quantity = amounts[layer][name]
            boxes[layer, name] = NodeBox(layer, name, quantity, top, top + quantity * scale)
            top += quantity * scale + gap
    leaving = {key: box.top for key, box in boxes.items()}
    arriving = dict(leaving)
    drawn = [link for link in links if link.quantity > 0]
    starts: dict[Link, float] = {}
    for link in sorted(drawn, key=lambda link: (link.layer, rank[link.layer + 1][link.target])):
        starts[link] = leaving[link.layer, link.source]
        leaving[link.layer, link.source] += link.quantity * scale
    ribbons = []
    for link in sorted(drawn, key=lambda link: (link.layer, rank[link.layer][link.source])):
        key = (link.layer + 1, link.target)
        start, end, width = starts[link], arriving[key], link.quantity * scale
        arriving[key] = end + width
        ribbons.append(Ribbon(link, start, start + width, end, end + width))
    return Layout(tuple(boxes.values()), tuple(ribbons))


def ribbon_points(ribbon: Ribbon) -> list[tuple[float, float, float]]:
    """Return (x, y, y2) along a ribbon; x runs from the source layer to the next, y in px.

    The centre follows the smooth step 3t^2 - 2t^3, so ribbons leave and arrive level.
    """
    points = []
    for number in range(SAMPLES):
        t = number / (SAMPLES - 1)
        s = t * t * (3.0 - 2.0 * t)
        top = ribbon.from_top + (ribbon.to_top - ribbon.from_top) * s
        bottom = ribbon.from_bottom + (ribbon.to_bottom - ribbon.from_bottom) * s
        points.append((ribbon.link.layer + t, top, bottom))
    return points


def spread_labels(wanted: Sequence[float], spacing: float, height: float) -> list[float]:
    """Move label positions (ascending px) apart to ``spacing`` with the least shift, within 0 and ``height``.

    Runs of labels that would overlap stand centred on their own mean, as in isotonic regression.
    """
    runs: list[tuple[float, int]] = []
    for number, position in enumerate(wanted):
        runs.append((position - number * spacing, 1))
        while len(runs) > 1 and runs[-2][0] > runs[-1][0]:
            (first, m), (second, n) = runs[-2], runs[-1]
            runs[-2:] = [((first * m + second * n) / (m + n), m + n)]
    placed = [start + number * spacing for number, start in enumerate(s for s, n in runs for _ in range(n))]
    if not placed:
        return placed
    shift = min(0.0, height - placed[-1])
    return [max(position + shift, number * spacing) for number, position in enumerate(placed)]
