"""The country axis of a material: who is named, and who is pooled as other countries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from lodestock.world import read
from lodestock.world.distance import great_circle, with_pool
from lodestock.world.model import FloatArray

LARGEST_ECONOMIES = 60
"""So many countries are always named, whatever they do with the material."""
ALWAYS_NAMED_SETS = ("EU27", "G7", "G20")
TRADE_SHARE_NAMED = 0.005
"""A country with at least this share of the imports or exports of a stage is named."""
SMALLEST_INCOME_SHARE = 1e-5
"""Income of a country whose statistics publish none, share of the world's."""


@dataclass(frozen=True)
class Axis:
    """Countries in order, the pool last."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    distance: FloatArray
    """km, (country, country)."""

    @property
    def pool(self) -> int:
        """Position of the pseudo-country that gathers everybody not named."""
        return len(self.codes) - 1

    def position(self, code: str) -> int:
        """Position of a country, that of the pool for one that is not named."""
        return self.codes.index(code) if code in self.codes else self.pool

    def vector(self, values: Mapping[str, float]) -> FloatArray:
        """Add values by country up on the axis, (country,)."""
        out = np.zeros(len(self.codes))
        place = {code: i for i, code in enumerate(self.codes)}
        for code, value in values.items():
            out[place.get(code, self.pool)] += value
        return out

    def matrix(self, values: Mapping[tuple[str, str], float]) -> FloatArray:
        """Add values by pair up on the axis, (exporter, importer); the diagonal is left empty."""
        out = np.zeros((len(self.codes), len(self.codes)))
        place = {code: i for i, code in enumerate(self.codes)}
        for (exporter, importer), value in values.items():
            out[place.get(exporter, self.pool), place.get(importer, self.pool)] += value
        np.fill_diagonal(out, 0.0)
        return out

    def labels(self, values: Mapping[str, str], default: str) -> tuple[str, ...]:
        """Spread labels by country over the axis."""
        return tuple(values.get(code, default) for code in self.codes)


def choose(producers: Iterable[str], users: Iterable[str], flows: Iterable[read.Flows]) -> Axis:
    """Name the countries that matter for a material and pool the rest.

    Named are the members of the large sets, the largest economies, every producer, every country with a
    stated use and every country with a visible share of the trade.
    """
    known = read.countries()
    named = set(producers) | set(users)
    for set_name in ALWAYS_NAMED_SETS:
        named |= set(read.set_members(set_name))
    ranked = sorted(known.values(), key=lambda row: -_number(row["gdp_usd"]))
    named |= {str(row["country"]) for row in ranked[:LARGEST_ECONOMIES]}
    for flow in flows:
        named |= _visible_traders(flow.tonnes)
    placed = {code for code in named if code in known and isinstance(known[code]["latitude"], float)}
    codes = tuple(sorted(placed - {read.POOL, read.WORLD}))
    position = np.array([[_number(known[c]["latitude"]), _number(known[c]["longitude"])] for c in codes])
    distance = np.zeros((len(codes) + 1, len(codes) + 1))
    distance[:-1, :-1] = great_circle(position[:, 0], position[:, 1])
    return Axis(
        codes=(*codes, read.POOL),
        names=(*(str(known[code]["name"]) for code in codes), "Other countries"),
        distance=with_pool(distance, len(codes)),
    )


def _visible_traders(tonnes: Mapping[tuple[str, str], float]) -> set[str]:
    total = sum(tonnes.values())
    exports: dict[str, float] = {}
    imports: dict[str, float] = {}
    for (exporter, importer), value in tonnes.items():
        exports[exporter] = exports.get(exporter, 0.0) + value
        imports[importer] = imports.get(importer, 0.0) + value
    return {
        code
        for side in (exports, imports)
        for code, value in side.items()
        if value >= TRADE_SHARE_NAMED * total > 0
    }


def income_share(axis: Axis) -> FloatArray:
    """Share of world income by country, (country,), adds to one; a small share where none is published."""
    income = axis.vector({code: _number(row["gdp_usd"]) for code, row in read.countries().items()})
    floor = SMALLEST_INCOME_SHARE * income.sum()
    income = np.maximum(income, floor)
    return np.asarray(income / income.sum())


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
