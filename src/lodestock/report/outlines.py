"""Country outlines for maps: the shipped set or a file of the user's own, keyed by ISO3.

A user's file is GeoJSON (a FeatureCollection) or TopoJSON (the first object is drawn). Its features carry
``iso3`` (or ``ISO_A3``, ``iso_a3``, ``ADM0_A3``, or the code as the feature's ``id``) and, for areas drawn as
disputed, ``"disputed": true``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from lodestock.errors import FileFormatError

DISCLAIMER = (
    "The boundaries, names and colours on this map imply no opinion on the legal status of any territory. "
    "Disputed areas are grey with a dashed edge; their figures, where they have any, stand in the table."
)
"""Printed under every map."""

ISO3_KEYS = ("iso3", "ISO_A3", "iso_a3", "ADM0_A3", "adm0_a3")
LARGEST_FILE = 20_000_000
"""Bytes; larger outlines make pages that no browser opens with pleasure."""
DECIMALS = 1
"""A tenth of a degree is a fifth of a pixel on a map as wide as a page."""

Position = tuple[float, float]
Ring = list[Position]


@dataclass(frozen=True)
class Outline:
    """One area of the map: polygons of rings in degrees, exterior rings clockwise as the renderer expects."""

    iso3: str
    name: str
    disputed: bool
    polygons: tuple[tuple[tuple[Position, ...], ...], ...]

    def geometry(self) -> dict[str, Any]:
        """Return the area as GeoJSON geometry."""
        return {"type": "MultiPolygon", "coordinates": self.polygons}


@lru_cache(maxsize=1)
def shipped_outlines() -> tuple[Outline, ...]:
    """Return the outlines of the snapshot (Natural Earth 1:110m)."""
    from lodestock.data.snapshot import snapshot_file

    return read_outlines(snapshot_file("outlines.json"))


def read_outlines(path: Path) -> tuple[Outline, ...]:
    """Read an outline file.

    Raises
    ------
    FileFormatError
        The file is missing, too large, no UTF-8 JSON, neither GeoJSON nor TopoJSON, or a feature has neither
        an ISO3 code nor the mark ``disputed``.
    """
    where = str(path)
    hint = "supply GeoJSON or TopoJSON whose features carry 'iso3'"
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise FileFormatError(
                "the outline file is larger than 20 MB", where=where, hint="simplify it, for example to 1:50m"
            )
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileFormatError(f"the outline file cannot be read ({error.strerror})", where=where) from error
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise FileFormatError("the outline file is not UTF-8 JSON", where=where, hint=hint) from error
    kind = content.get("type") if isinstance(content, dict) else None
    if kind not in ("FeatureCollection", "Topology"):
        raise FileFormatError("the outline file is neither GeoJSON nor TopoJSON", where=where, hint=hint)
    outlines = []
    try:
        features = _topology_features(content) if kind == "Topology" else _geojson_features(content)
        for number, (feature, polygons) in enumerate(features, start=1):
            outlines.append(_outline(feature, polygons, f"{where}: feature {number}"))
    except FileFormatError:
        raise
    except (TypeError, LookupError, AttributeError, ValueError) as error:
        raise FileFormatError(
            f"feature {len(outlines) + 1} has no usable area", where=where, allowed="Polygon or MultiPolygon"
        ) from error
    if not outlines:
        raise FileFormatError("the outline file holds no feature", where=where, hint=hint)
    return tuple(outlines)


def _geojson_features(content: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], list[list[Ring]]]]:
    for feature in content["features"]:
        geometry = feature["geometry"]
        polygons = {"Polygon": [geometry["coordinates"]], "MultiPolygon": geometry["coordinates"]}
        yield feature, polygons[geometry["type"]]


def _topology_features(content: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], list[list[Ring]]]]:
    arcs = _arcs(content)

    def ring(indices: list[int]) -> Ring:
        points: Ring = []
        for index in indices:
            arc = arcs[index] if index >= 0 else arcs[~index][::-1]
            points.extend(arc[1:] if points else arc)
        return points

    for geometry in next(iter(content["objects"].values()))["geometries"]:
        polygons = {"Polygon": [geometry["arcs"]], "MultiPolygon": geometry["arcs"]}[geometry["type"]]
        yield geometry, [[ring(indices) for indices in rings] for rings in polygons]


def _arcs(content: Mapping[str, Any]) -> list[Ring]:
    """Return the arcs in degrees; a topology with a transform holds them as quantised steps."""
    transform = content.get("transform")
    if transform is None:
        return [[(x, y) for x, y, *_ in arc] for arc in content["arcs"]]
    (scale_x, scale_y), (shift_x, shift_y) = transform["scale"], transform["translate"]
    arcs = []
    for arc in content["arcs"]:
        x = y = 0
        points = []
        for step_x, step_y, *_ in arc:
            x, y = x + step_x, y + step_y
            points.append((x * scale_x + shift_x, y * scale_y + shift_y))
        arcs.append(points)
    return arcs


def _outline(feature: Mapping[str, Any], polygons: list[list[Ring]], where: str) -> Outline:
    properties = feature.get("properties") or {}
    codes = [properties.get(key) for key in ISO3_KEYS] + [feature.get("id")]
    iso3 = next((code for code in codes if isinstance(code, str) and _is_iso3(code)), "")
    disputed = bool(properties.get("disputed", False))
    if not iso3 and not disputed:
        raise FileFormatError(
            "the feature has no ISO3 code",
            where=where,
            allowed=f'a three-letter code in one of {", ".join(ISO3_KEYS)} or id, or "disputed": true',
        )
    tidied = (tuple(_tidied(rings)) for rings in polygons)
    kept = tuple(rings for rings in tidied if rings)
    return Outline(iso3, str(properties.get("name") or iso3), disputed, kept)


def _is_iso3(code: str) -> bool:
    return len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()


def _tidied(rings: list[Ring]) -> Iterator[tuple[Position, ...]]:
    """Round positions, drop repeats and rings without area, and wind exterior rings clockwise, holes not.

    Files differ in winding, and on a sphere a ring with the other winding means the rest of the globe.
    """
    for number, ring in enumerate(rings):
        points: Ring = []
        for x, y, *_ in ring:
            point = (round(float(x), DECIMALS), round(float(y), DECIMALS))
            if not points or points[-1] != point:
                points.append(point)
        area = signed_area(points)
        if len(points) < 4 or area == 0.0:
            if number == 0:
                return
            continue
        yield tuple(points if (area < 0) == (number == 0) else points[::-1])


def signed_area(ring: Ring) -> float:
    """Return the planar area of a closed ring in square degrees, positive when counter-clockwise.

    Longitudes are unrolled first, so a ring over the antimeridian keeps its true sense.
    """
    total, turn = 0.0, 0.0
    for (x1, y1), (x2, y2) in pairwise(ring):
        step = x2 - x1
        step -= 360.0 * round(step / 360.0)
        a, b = x1 + turn, x1 + turn + step
        turn += step - (x2 - x1)
        total += a * y2 - b * y1
    return total / 2.0
