"""An episode of the back-test: what happened, what was known, and the points it is judged by.

One YAML file and one CSV per episode. The keys are those of ``KEYS``; docs/backtest.md explains them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from lodestock.disruption.base import Base, base_of, pool
from lodestock.disruption.events import Event, check_events, read_event
from lodestock.disruption.points import Point, read_points
from lodestock.errors import FileFormatError, LodestockError, UnknownNameError, ValueOutOfRangeError

FOLDER = Path(__file__).parent / "episodes"
KEYS = (
    "name",
    "title",
    "materials",
    "stage",
    "home",
    "as_of",
    "world",
    "events",
    "points",
    "series",
    "control",
    "step_weeks",
    "note",
)
CONTROLS = ("none", "no-split", "quiet")
BASE_KEYS = (
    "home_supply",
    "exports",
    "supply_abroad",
    "imports",
    "price_home",
    "price_abroad",
    "stock_days",
    "capacity_abroad",
    "source",
)
FIRST_WORLD = 2021
"""Earliest base year that the snapshot's production allows."""


@dataclass(frozen=True)
class Product:
    """One material of an episode, the series that show its price, and facts that replace calibrated ones."""

    material: str
    series: tuple[str, ...]
    facts: Mapping[str, float]
    source: str


@dataclass(frozen=True)
class Reference:
    """A base value of a series that its points do not hold, and the market it is read on."""

    market: str | None
    base: float | None
    scored: bool
    source: str


@dataclass(frozen=True)
class Episode:
    """What the back-test replays."""

    name: str
    title: str
    products: tuple[Product, ...]
    stage: str | None
    home: tuple[str, ...]
    as_of: date
    base_year: int
    vintage: str
    """Where a later vintage stands in for what was known."""
    events: tuple[Event, ...]
    points: tuple[Point, ...]
    series: Mapping[str, Reference]
    control: str
    step_weeks: float
    places: Mapping[str, str]
    """Destinations of events, by code and by name: the country that stands for their group when pooled."""


def episode_names(folder: Path = FOLDER) -> tuple[str, ...]:
    """Names of the episodes in a folder, in order."""
    return tuple(path.stem for path in sorted(folder.glob("*.yaml")))


def read_episode(name: str, folder: Path = FOLDER) -> Episode:
    """Read one episode; raises an error that names file and key."""
    path = folder / f"{name}.yaml"
    if not path.is_file():
        raise UnknownNameError("episode", name, episode_names(folder), where=folder.name)
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise FileFormatError(f"not YAML: {error}", where=path.name) from None
    if not isinstance(document, dict):
        raise FileFormatError("not a mapping", where=path.name, allowed=", ".join(KEYS))
    for key in document:
        if key not in KEYS:
            raise UnknownNameError("key", key, KEYS, where=path.name)
    for key in ("materials", "home", "as_of", "events", "points"):
        if key not in document:
            raise LodestockError(f"{key} is missing", where=path.name)
    names = _countries()
    home = _codes(_list(document["home"]), names, f"{path.name} home")
    as_of = document["as_of"]
    if not isinstance(as_of, date):
        raise LodestockError(f"as_of is {as_of!r}", where=path.name, allowed="YYYY-MM-DD")
    events = check_events(
        [
            replace(event, destinations=_codes(event.destinations, names, f"{path.name} destinations"))
            for event in (
                read_event(row, f"{path.name} events[{i}]") for i, row in enumerate(document["events"])
            )
        ],
        path.name,
    )
    control = str(document.get("control", "none"))
    if control not in CONTROLS:
        raise UnknownNameError("control", control, CONTROLS, where=path.name)
    world = document.get("world") or {}
    wanted = int(world.get("base_year", as_of.year - 1))
    base_year = max(wanted, FIRST_WORLD)
    vintage = str(world.get("note", ""))
    if base_year > as_of.year - 1 and not vintage:
        vintage = f"base year {base_year} stands in for {as_of.year - 1}, which the snapshot does not reach"
    named = str(document.get("name", name))
    return Episode(
        named,
        str(document.get("title", named)),
        tuple(_product(row, path.name) for row in _list(document["materials"])),
        document.get("stage"),
        home,
        as_of,
        base_year,
        vintage,
        events,
        read_points(folder / str(document["points"]), named, (*home, *(names[code] for code in home))),
        {
            key: _reference(row, f"{path.name} series {key}")
            for key, row in (document.get("series") or {}).items()
        },
        control,
        float(document.get("step_weeks", 1.0)),
        _places(events, names),
    )


def _places(events: Sequence[Event], names: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for event in events:
        for code in event.destinations:
            found.setdefault(code, min(event.destinations))
            found.setdefault(names[code], min(event.destinations))
    return found


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def _countries() -> dict[str, str]:
    """Names of the countries by ISO 3166 alpha-3."""
    from lodestock.data.snapshot import load_table

    return {str(code): str(name) for code, name in load_table("countries").select("country", "name").rows()}


def _codes(given: Sequence[Any], names: Mapping[str, str], where: str) -> tuple[str, ...]:
    """ISO 3166 alpha-3 of countries given by code or by name."""
    codes = {name.casefold(): code for code, name in names.items()}
    found = []
    for one in given:
        code = str(one) if str(one) in names else codes.get(str(one).casefold())
        if code is None:
            raise UnknownNameError("country", one, (*names, *names.values()), where=where)
        found.append(code)
    return tuple(found)


def _product(row: Any, where: str) -> Product:
    if isinstance(row, str):
        return Product(row, (), {}, "")
    base = dict(row.get("base") or {})
    for key in base:
        if key not in BASE_KEYS:
            raise UnknownNameError("key", key, BASE_KEYS, where=f"{where} base")
    source = str(base.pop("source", ""))
    if base and not source:
        raise LodestockError("base facts need a source", where=f"{where} {row.get('material')}")
    facts = {key: float(value) for key, value in base.items()}
    for key, value in facts.items():
        if not value >= 0:
            raise ValueOutOfRangeError(f"{key} is {value}", where=f"{where} base", allowed="0 or more")
    return Product(str(row["material"]), tuple(_list(row.get("series") or [])), facts, source)


def _reference(row: Any, where: str) -> Reference:
    known = ("market", "base", "scored", "source")
    for key in row:
        if key not in known:
            raise UnknownNameError("key", key, known, where=where)
    base = row.get("base")
    return Reference(
        row.get("market"),
        None if base is None else float(base),
        bool(row.get("scored", True)),
        str(row.get("source", "")),
    )


def bases_of(episode: Episode) -> tuple[Base, ...]:
    """The base of every product: the calibrated world of the base year, with the stated facts put in."""
    from lodestock.world.cache import load_world

    groups = [frozenset(event.destinations) for event in episode.events if event.destinations]
    found = []
    for product in episode.products:
        world = load_world(product.material, episode.base_year)
        found.append(pool(with_facts(base_of(world, episode.home, episode.stage), product.facts), groups))
    return tuple(found)


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
