"""Country outlines: Natural Earth arcs re-keyed by ISO3, disputed areas as features of their own."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SOURCE_FILE = "world_110m_topojson.json"

_NO_NUMERIC_CODE = {
    "Kosovo": ("XKX", "Kosovo", "status disputed; recognised by about half of the UN members"),
    "N. Cyprus": ("", "Northern Cyprus", "de facto administration; recognised by Türkiye only"),
    "Somaliland": ("", "Somaliland", "de facto administration; part of Somalia for the UN"),
}
_DISPUTED = {
    "ESH": "non-self-governing territory; sovereignty disputed",
    "FLK": "sovereignty disputed between the United Kingdom and Argentina",
    "PSE": "status disputed; observer state of the UN",
    "TWN": "status disputed",
    "XKX": _NO_NUMERIC_CODE["Kosovo"][2],
}
# Natural Earth draws de facto control; this ring belongs to Ukraine for the UN General Assembly (68/262).
_CRIMEA_BOX = (32.0, 37.0, 44.0, 46.5)

_ANTARCTICA = "010"
_EARTH_RADIUS_KM = 6371.0
_SAME_LAND_KM = 3000.0

Point = tuple[float, float]


def decode_arcs(topology: Mapping[str, Any]) -> list[list[Point]]:
    """Return every arc as (longitude, latitude) points in degrees from the quantised delta code."""
    (scale_x, scale_y), (shift_x, shift_y) = (
        topology["transform"]["scale"],
        topology["transform"]["translate"],
    )
    decoded = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * scale_x + shift_x, y * scale_y + shift_y))
        decoded.append(points)
    return decoded


def ring_points(ring: Iterable[int], arcs: list[list[Point]]) -> list[Point]:
    """Join the arcs of one ring; a negative index ``i`` is arc ``~i`` read backwards."""
    points: list[Point] = []
    for index in ring:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        points.extend(arc if not points else arc[1:])
    return points


def spherical_moment(points: list[Point]) -> NDArray[np.float64]:
    r"""First moment of a region on the unit sphere.

    .. math:: \int_R \mathbf r\,dA = \tfrac12 \sum_e \theta_e \mathbf n_e

    over the great-circle edges e of its boundary, with arc length θ (rad) and unit normal n. Its direction is
    the centroid, its length is close to the area for a region of country size. Needs no cut at 180°.
    """
    longitude, latitude = (np.radians(axis) for axis in np.array(points).T)
    unit = np.stack(
        [
            np.cos(latitude) * np.cos(longitude),
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude),
        ],
        axis=1,
    )
    following = np.roll(unit, -1, axis=0)
    normal = np.cross(unit, following)
    sine = np.linalg.norm(normal, axis=1)
    edge = sine > 1e-12
    angle = np.arctan2(sine[edge], np.einsum("ek,ek->e", unit[edge], following[edge]))
    moment = 0.5 * np.einsum("e,ek->k", angle / sine[edge], normal[edge])
    # The ring's sense of rotation decides the sign; a country lies on the side of its own points.
    return np.asarray(moment if moment @ unit.mean(axis=0) >= 0 else -moment, dtype=np.float64)


def polygons_of(geometry: Mapping[str, Any]) -> list[list[list[int]]]:
    """Return the polygons (lists of rings) of a Polygon or MultiPolygon geometry."""
    return [geometry["arcs"]] if geometry["type"] == "Polygon" else list(geometry["arcs"])


def position_of(direction: NDArray[np.float64]) -> Point:
    """Return (latitude, longitude) in degrees of a direction from the centre of the sphere."""
    x, y, z = (float(part) for part in direction)
    return (
        round(math.degrees(math.atan2(z, math.hypot(x, y))), 2),
        round(math.degrees(math.atan2(y, x)), 2),
    )


def centroids(topology: Mapping[str, Any], iso3_of_m49: Mapping[str, str]) -> dict[str, Point]:
    """Return (latitude, longitude) in degrees of the main land of every coded country.

    The main land is the largest polygon with those whose centroid lies within ``_SAME_LAND_KM`` of its own:
    all of Indonesia, but neither Alaska nor French Guiana.
    """
    arcs = decode_arcs(topology)
    found: dict[str, Point] = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        code = _code_and_name(geometry, iso3_of_m49)[0]
        if not code:
            continue
        moments = np.array([spherical_moment(ring_points(rings[0], arcs)) for rings in polygons_of(geometry)])
        moments = moments[np.linalg.norm(moments, axis=1) > 0]  # drops slivers along the 180° meridian
        area = np.linalg.norm(moments, axis=1)
        direction = moments / area[:, None]
        distance = _EARTH_RADIUS_KM * np.arccos(np.clip(direction @ direction[area.argmax()], -1.0, 1.0))
        found[code] = position_of(moments[distance < _SAME_LAND_KM].sum(axis=0))
    return found


def _code_and_name(geometry: Mapping[str, Any], iso3_of_m49: Mapping[str, str]) -> tuple[str, str]:
    name = geometry["properties"]["name"]
    if "id" in geometry:
        return iso3_of_m49.get(geometry["id"], ""), name
    code, full_name, _ = _NO_NUMERIC_CODE[name]
    return code, full_name


def build_outlines(
    source_dir: Path, iso3_of_m49: Mapping[str, str], name_of: Mapping[str, str]
) -> dict[str, Any]:
    """Return the shipped outline file: one feature per country or disputed area, no Antarctica.

    Every feature has ``id`` (ISO3, or a slug where none exists) and the properties ``iso3``, ``name``,
    ``disputed`` and ``note``. Borders follow de facto control except where a feature stands apart.
    """
    topology = json.loads((source_dir / SOURCE_FILE).read_text(encoding="utf-8"))
    arcs = decode_arcs(topology)
    features: list[dict[str, Any]] = []
    for geometry in topology["objects"]["countries"]["geometries"]:
        if geometry.get("id") == _ANTARCTICA:
            continue
        code, name = _code_and_name(geometry, iso3_of_m49)
        kept = polygons_of(geometry)
        if code == "RUS":
            apart = [rings for rings in kept if _inside(ring_points(rings[0], arcs), _CRIMEA_BOX)]
            kept = [rings for rings in kept if rings not in apart]
            note = "occupied by Russia since 2014; part of Ukraine for the UN General Assembly"
            features.append(_feature("crimea", "", "Crimea", apart, note))
        note = _DISPUTED.get(code, "") if code else _NO_NUMERIC_CODE[geometry["properties"]["name"]][2]
        identity = code or name.casefold().replace(" ", "-")
        features.append(_feature(identity, code, name_of.get(code, name), kept, note))
    features.sort(key=lambda feature: str(feature["id"]))
    return _compact(topology, features)


def _inside(points: list[Point], box: tuple[float, float, float, float]) -> bool:
    west, east, south, north = box
    return all(west <= x <= east and south <= y <= north for x, y in points)


def _feature(
    identity: str, iso3: str, name: str, polygons: list[list[list[int]]], note: str
) -> dict[str, Any]:
    return {
        "type": "MultiPolygon",
        "id": identity,
        "properties": {"iso3": iso3 or None, "name": name, "disputed": bool(note), "note": note},
        "arcs": polygons,
    }


def _compact(topology: Mapping[str, Any], features: list[dict[str, Any]]) -> dict[str, Any]:
    """Keep only the arcs that the features use and renumber them in order of first use."""
    order: dict[int, int] = {}

    def renumber(index: int) -> int:
        arc = index if index >= 0 else ~index
        position = order.setdefault(arc, len(order))
        return position if index >= 0 else ~position

    for feature in features:
        feature["arcs"] = [
            [[renumber(index) for index in ring] for ring in rings] for rings in feature["arcs"]
        ]
    return {
        "type": "Topology",
        "attribution": "Natural Earth 1:110m, public domain; TopoJSON encoding from world-atlas (ISC)",
        "transform": topology["transform"],
        "objects": {"countries": {"type": "GeometryCollection", "geometries": features}},
        "arcs": [topology["arcs"][arc] for arc in order],
    }
