"""The base of an episode: the world before the first announcement, as far as the snapshot reaches.

Production reaches back to 2021, trade to 2007. Where the calibrated world is later than the year before an
episode, what home exported in that year, by destination, stands in its place; what the episode states as
facts goes before both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lodestock.disruption.base import REST, Base, base_of, pool
from lodestock.disruption.episode import Episode
from lodestock.disruption.reach import later_world
from lodestock.errors import ValueOutOfRangeError


def bases_of(episode: Episode) -> tuple[Base, ...]:
    """The base of every product: the calibrated world, the exports of the year before, the stated facts."""
    from lodestock.world.cache import load_world

    groups = [frozenset(event.destinations) for event in episode.events if event.destinations]
    found = []
    for product in episode.products:
        base = base_of(load_world(product.material, episode.base_year), episode.home, episode.stage)
        if later_world(episode, product):
            base = with_exports(base, exports_in(base, episode.as_of.year - 1))
        found.append(pool(with_facts(base, product.facts), groups))
    return tuple(found)


def exports_in(base: Base, year: int) -> dict[str, float]:
    """Published exports of home in a year by destination, t contained; none where the snapshot has none."""
    from lodestock.world import read

    flows = read.trade(base.material, base.stage, year)
    if flows.year != year:
        return {}
    found: dict[str, float] = {}
    for (exporter, importer), tonnes in flows.tonnes.items():
        if exporter in base.home and importer not in base.home:
            place = importer if importer in base.countries else REST
            found[place] = found.get(place, 0.0) + tonnes
    return found


def with_exports(base: Base, tonnes: Mapping[str, float]) -> Base:
    """Put exports by destination in place of the calibrated ones; unchanged where none are given.

    Home makes at least what it exports. A destination that is no country of the base counts as the pool of
    unnamed ones, or is spread over all where there is no such pool.
    """
    known = np.array([tonnes.get(country, 0.0) for country in base.countries])
    total = float(sum(tonnes.values()))
    if known.sum() <= 0:
        return base
    exports = known * (total / known.sum())
    return with_facts(
        replace(base, exports=exports), {"exports": total, "home_supply": max(base.home_supply, total)}
    )


def with_facts(base: Base, facts: Mapping[str, float]) -> Base:
    """Put stated facts in place of calibrated numbers, keeping the balance of both markets.

    Country shares stay; use abroad becomes supply + exports - imports, use at home the mirror image.
    """
    if not facts:
        return base

    def scaled(array: Any, total: float, fallback: Any) -> Any:
        weight = array if array.sum() > 0 else fallback
        return np.asarray(weight * (total / weight.sum()))

    exports = scaled(base.exports, facts.get("exports", float(base.exports.sum())), base.use + 1e-9)
    supply = scaled(base.supply, facts.get("supply_abroad", float(base.supply.sum())), base.use + 1e-9)
    imports = facts.get("imports", base.imports)
    home_supply = facts.get("home_supply", base.home_supply)
    use_total = float(supply.sum() + exports.sum()) - imports
    home_use = home_supply + imports - float(exports.sum())
    if use_total < 0 or home_use < 0:
        raise ValueOutOfRangeError(
            f"use abroad would be {use_total:.6g} t and at home {home_use:.6g} t",
            where=f"base facts {base.material}",
            hint="exports may not exceed supply at home, nor imports what is there abroad",
        )
    use = scaled(base.use, use_total, exports)
    old = float(base.use.sum())
    days = facts.get("stock_days")
    per_use = float(base.stock.sum()) / old if old > 0 else 0.0
    years = per_use if days is None else days / 365.0
    home_per_supply = base.home_stock / base.home_supply if base.home_supply > 0 else 30 / 365
    price = facts.get("price_abroad", base.price)
    return replace(
        base,
        exports=exports,
        supply=supply,
        imports=imports,
        home_supply=home_supply,
        home_use=home_use,
        use=use,
        stock=scaled(base.stock, years * use_total, use),
        home_stock=home_per_supply * home_supply,
        price=price,
        home_price=facts.get("price_home", base.home_price / base.price * price),
        capacity=(base.capacity[0], facts.get("capacity_abroad", base.capacity[1])),
    )
