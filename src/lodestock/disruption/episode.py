"""An episode of the back-test: what happened, what was known, and the points it is judged by.

One YAML file and one CSV per episode. The keys are those of ``KEYS``; docs/backtest.md explains them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from lodestock.disruption.events import Event, check_events, read_event
from lodestock.disruption.given import countries, day, known_keys, mapping, number, sequence, spellings, whole
from lodestock.disruption.points import Point, read_points
from lodestock.errors import FileFormatError, LodestockError, UnknownNameError

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
READ_AS = ("home", "abroad", "product", "exports", "arrivals", "leak")
"""What a series may be read as: a price of one of two markets or of the product, or a flow."""
FIRST_WORLD, LAST_WORLD = 2021, 2025
"""Base years that the snapshot's production allows."""


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
    of_product: bool = False
    """Prices abroad are those of what is made from the material of the stage."""


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
    except (yaml.YAMLError, ValueError) as error:
        raise FileFormatError(f"not YAML: {error}", where=path.name) from None
    if not isinstance(document, dict):
        raise FileFormatError("not a mapping", where=path.name, allowed=", ".join(KEYS))
    known_keys(document, KEYS, path.name)
    for key in ("materials", "home", "as_of", "events"):
        if not document.get(key):
            raise LodestockError(f"{key} is missing", where=path.name)
    home = countries(document["home"], f"{path.name} home")
    as_of = day(document["as_of"], f"{path.name} as_of")
    read = [read_event(row, f"{path.name} events[{i}]") for i, row in enumerate(sequence(document["events"]))]
    placed = [
        replace(event, destinations=countries(event.destinations, f"{path.name} destinations"))
        for event in read
    ]
    events = check_events(placed, path.name)
    control = document.get("control") or "none"
    control = "quiet" if control is True else str(control)
    if control not in CONTROLS:
        raise UnknownNameError("control", control, CONTROLS, where=path.name)
    base_year, vintage = _vintage(mapping(document.get("world"), f"{path.name} world"), as_of, path.name)
    series = mapping(document.get("series"), f"{path.name} series")
    named = str(document.get("name") or name)
    stage = document.get("stage")
    return Episode(
        named,
        str(document.get("title") or named),
        tuple(_product(row, path.name) for row in sequence(document["materials"])),
        None if stage is None else str(stage),
        home,
        as_of,
        base_year,
        vintage,
        events,
        read_points(
            folder / str(document.get("points") or f"{name}.csv"),
            named,
            tuple(text for code in home for text in spellings(code)),
        ),
        {key: _reference(row, f"{path.name} series {key}") for key, row in series.items()},
        control,
        number(document.get("step_weeks") or 1.0, f"{path.name} step_weeks", low=0.25, high=8.0),
    )


def _vintage(world: Mapping[str, Any], as_of: date, where: str) -> tuple[int, str]:
    """Base year of the world, and what stands in where that is not the year before."""
    known_keys(world, ("base_year", "note"), f"{where} world")
    wanted = as_of.year - 1
    if world.get("base_year") is not None:
        wanted = whole(world["base_year"], f"{where} world base_year", low=1900, high=2100)
    base_year = min(max(wanted, FIRST_WORLD), LAST_WORLD)
    note = str(world.get("note") or "")
    if base_year != as_of.year - 1 and not note:
        note = f"base year {base_year} stands in for {as_of.year - 1}, which the snapshot does not reach"
    return base_year, note


def _product(row: Any, where: str) -> Product:
    from lodestock.data.catalog import resolve_material

    if isinstance(row, str):
        return Product(resolve_material(row, where=where), (), {}, "")
    row = mapping(row, f"{where} materials")
    known_keys(row, ("material", "series", "base"), f"{where} materials")
    if not row.get("material"):
        raise LodestockError("material is missing", where=f"{where} materials")
    base = dict(mapping(row.get("base"), f"{where} base"))
    known_keys(base, BASE_KEYS, f"{where} base")
    source = str(base.pop("source", None) or "")
    if base and not source:
        raise LodestockError("base facts need a source", where=f"{where} {row['material']}")
    facts = {key: number(value, f"{where} base {key}", low=0.0) for key, value in base.items()}
    named = tuple(str(one) for one in sequence(row.get("series")))
    return Product(resolve_material(str(row["material"]), where=where), named, facts, source)


def _reference(row: Any, where: str) -> Reference:
    row = mapping(row, where)
    known_keys(row, ("market", "base", "scored", "source"), where)
    market, base = row.get("market"), row.get("base")
    if market is not None and market not in READ_AS:
        raise UnknownNameError("market", market, READ_AS, where=where)
    return Reference(
        market,
        None if base is None else number(base, f"{where} base", low=1e-300),
        bool(row.get("scored", True)),
        str(row.get("source") or ""),
    )
