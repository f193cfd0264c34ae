r"""Which straits and canals a shipment passes, and how much longer the way is without one.

The seas are a graph: one point per sea (`seas.csv`), links over open water or through a chokepoint of the
snapshot (`sea_links.csv`); a length is the sum of great circles. Points and links are our own reading of a
map, an assumption: networks of real lanes differ by some per cent. A country's ports (large and medium, else
all) each reach the nearest point; those with a tenth of its ports count. With o the way from the ports to
the point and d the shortest way between points,

.. math::
    D_{ij} = \min_{a \in i,\, b \in j} (o_{ia} + d_{ab} + o_{jb}), \qquad
    i \to j \text{ passes } k \iff \min_{ab} (o_{ia} + d_{ak} + d_{kb} + o_{jb}) \le D_{ij} .

Countries closer than ``LAND_KM`` trade by land or along the coast, on the same continent with one of them
landlocked up to ``LANDLOCKED_KM``; they pass nothing. The way through the Arctic is no link: it is open for
part of the year only.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import UnknownNameError

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
FOLDER = Path(__file__).parent
EARTH_KM = 6371.0
KM_PER_WEEK = 620.0 * 7
"""Sea speed of 14 knots."""
LAND_KM = 1500.0
LANDLOCKED_KM = 4500.0
LEAST_SHARE_OF_PORTS = 0.1
SAME_WAY = 1.0 + 1e-9


@dataclass(frozen=True)
class Seas:
    """Points of the graph (seas, then chokepoints) and the shortest ways between them, km."""

    names: tuple[str, ...]
    chokepoints: tuple[str, ...]
    position: FloatArray
    """Latitude and longitude, degrees, (point, 2)."""
    edge: FloatArray
    """Length of direct links, infinite where there is none, (point, point)."""
    way: FloatArray

    def point(self, chokepoint: str) -> int:
        """Row of a chokepoint; raises UnknownNameError with the nearest name."""
        if chokepoint not in self.chokepoints:
            raise UnknownNameError("chokepoint", chokepoint, self.chokepoints, where="corridor")
        return self.names.index(chokepoint)

    def without(self, chokepoint: str) -> FloatArray:
        """Shortest ways once a chokepoint is closed, km; infinite where no way is left."""
        edge = self.edge.copy()
        k = self.point(chokepoint)
        edge[k, :] = edge[:, k] = np.inf
        edge[k, k] = 0.0
        return _shortest(edge)


@dataclass(frozen=True)
class Voyages:
    """Ways between countries: (country, country) unless stated."""

    countries: tuple[str, ...]
    passes: BoolArray
    """(chokepoint, country, country), aligned with ``Seas.chokepoints``."""
    detour_km: FloatArray
    """Extra way without each chokepoint, infinite where none is left, (chokepoint, country, country)."""


@lru_cache(maxsize=1)
def load_seas() -> Seas:
    """Build the graph of seas from the two tables and the chokepoints of the snapshot."""
    from lodestock.data.snapshot import load_table

    with (FOLDER / "seas.csv").open(encoding="utf-8", newline="") as stream:
        seas = {
            row["sea"]: (float(row["latitude"]), float(row["longitude"])) for row in csv.DictReader(stream)
        }
    straits = {
        str(name): (float(latitude), float(longitude))
        for name, latitude, longitude in load_table("chokepoints")
        .select("chokepoint_id", "latitude", "longitude")
        .rows()
    }
    names = (*seas, *straits)
    position = np.array([*seas.values(), *straits.values()])
    apart = great_circle(position, position)
    edge = np.full_like(apart, np.inf)
    np.fill_diagonal(edge, 0.0)
    with (FOLDER / "sea_links.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            stops = [row["from"], *([row["through"]] if row["through"] else []), row["to"]]
            rows = [names.index(stop) for stop in stops]
            for a, b in pairwise(rows):
                edge[a, b] = edge[b, a] = apart[a, b]
    return Seas(names, tuple(straits), position, edge, _shortest(edge))


def great_circle(a: FloatArray, b: FloatArray) -> FloatArray:
    """Great-circle distance between positions in degrees, km, (len a, len b)."""
    first, second = np.radians(a), np.radians(b)
    half = np.sin(0.5 * (first[:, None, :] - second[None, :, :])) ** 2
    cosine = np.cos(first[:, None, 0]) * np.cos(second[None, :, 0])
    chord = np.clip(half[:, :, 0] + cosine * half[:, :, 1], 0.0, 1.0)
    result: FloatArray = 2.0 * EARTH_KM * np.arcsin(np.sqrt(chord))
    return result


def _shortest(edge: FloatArray) -> FloatArray:
    """All shortest ways (Floyd and Warshall)."""
    way = edge.copy()
    for k in range(len(way)):
        way = np.minimum(way, way[:, k : k + 1] + way[k : k + 1, :])
    return way


@lru_cache(maxsize=4)
def voyages(countries: tuple[str, ...]) -> Voyages:
    """Chokepoints passed and detours between countries; unknown and pseudo-countries pass nothing."""
    seas = load_seas()
    ports = _ports(countries, seas)
    land = _by_land(countries)
    length = _between(ports, seas.way)
    passes = np.zeros((len(seas.chokepoints), len(countries), len(countries)), dtype=bool)
    detour = np.zeros(passes.shape)
    for row, name in enumerate(seas.chokepoints):
        k = seas.point(name)
        to = ports + seas.way[:, k][None, :]
        through = to.min(axis=1)[:, None] + to.min(axis=1)[None, :]
        passes[row] = (through <= length * SAME_WAY) & np.isfinite(through) & ~land
        if passes[row].any():
            longer = _between(ports, seas.without(name))
            detour[row] = np.where(passes[row], longer - np.where(passes[row], length, 0.0), 0.0)
    return Voyages(countries, passes, detour)


def _between(ports: FloatArray, way: FloatArray) -> FloatArray:
    """min over a, b of ports_ia + way_ab + ports_jb, km."""
    reach = np.full((len(ports), way.shape[1]), np.inf)
    for k in range(way.shape[0]):
        reach = np.minimum(reach, ports[:, k : k + 1] + way[k : k + 1, :])
    result = np.full((len(ports), len(ports)), np.inf)
    for k in range(way.shape[0]):
        result = np.minimum(result, reach[:, k : k + 1] + ports[:, k][None, :])
    return result


def _ports(countries: Sequence[str], seas: Seas) -> FloatArray:
    """Mean way from a country's ports to the points they are nearest to, km; infinite elsewhere."""
    import polars as pl

    from lodestock.data.snapshot import load_table

    table = (
        load_table("ports").select("country", "latitude", "longitude", "harbor_size").drop_nulls("country")
    )
    count = len(seas.names) - len(seas.chokepoints)
    result = np.full((len(countries), len(seas.names)), np.inf)
    every = table.filter(pl.col("harbor_size").is_in(["large", "medium"]))
    everywhere = every.select("latitude", "longitude").to_numpy()
    for row, country in enumerate(countries):
        own = table.filter(pl.col("country") == country)
        main = own.filter(pl.col("harbor_size").is_in(["large", "medium"]))
        chosen = (main if main.height else own).select("latitude", "longitude").to_numpy()
        inland = 0.0
        if not len(chosen):
            centre = _centre(country)
            if centre is None:
                continue
            apart = great_circle(np.array([centre]), everywhere)[0]
            chosen, inland = everywhere[[int(apart.argmin())]], float(apart.min())
        apart = great_circle(chosen, seas.position[:count])
        nearest = apart.argmin(axis=1)
        for point in np.unique(nearest):
            here = nearest == point
            if here.mean() >= LEAST_SHARE_OF_PORTS:
                result[row, point] = inland + float(apart[here, point].mean())
    return result


@lru_cache(maxsize=1)
def _places() -> dict[str, tuple[float, float, str]]:
    from lodestock.data.snapshot import load_table

    rows = load_table("countries").select("country", "latitude", "longitude", "region").rows()
    return {
        str(code): (float(latitude), float(longitude), str(region))
        for code, latitude, longitude, region in rows
        if latitude is not None and longitude is not None
    }


def _centre(country: str) -> tuple[float, float] | None:
    place = _places().get(country)
    return None if place is None else place[:2]


def _by_land(countries: Sequence[str]) -> BoolArray:
    """Pairs that need no sea: close ones, and neighbours of a landlocked country on its continent."""
    from lodestock.data.snapshot import load_table

    coastal = set(load_table("ports")["country"].to_list())
    known = [_places().get(country) for country in countries]
    centre = np.array([place[:2] if place else (np.nan, np.nan) for place in known])
    apart = np.nan_to_num(great_circle(centre, centre), nan=0.0)
    region = np.array([place[2] if place else "" for place in known])
    inland = np.array([country not in coastal for country in countries])
    near = (inland[:, None] | inland[None, :]) & (region[:, None] == region[None, :])
    result: BoolArray = (apart < LAND_KM) | (near & (apart < LANDLOCKED_KM))
    return result
