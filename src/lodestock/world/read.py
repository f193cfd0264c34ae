"""What the calibration takes from the snapshot, as plain dictionaries keyed by country code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from lodestock.data.observed_trade import observed_pairs
from lodestock.data.snapshot import load_table
from lodestock.errors import UnknownNameError

if TYPE_CHECKING:
    import polars as pl

WORLD = "WLD"
POOL = "OTH"


@dataclass(frozen=True)
class Output:
    """Production of one stage and year."""

    tonnes: Mapping[str, float]
    """Country -> t, withheld figures as the middle of their interval; OTH is the published remainder."""
    status: Mapping[str, str]
    world: float | None
    """Published world total, t; None where there is none."""
    sources: frozenset[str]


@dataclass(frozen=True)
class Flows:
    """Observed trade of one stage and year."""

    tonnes: Mapping[tuple[str, str], float]
    """(exporter, importer) -> t contained."""
    observed: Mapping[tuple[str, str], float]
    """The part of it that is published tonnes of this material for this pair."""
    year: int
    """Year of the statistics: the base year, or the nearest one that has any."""
    sources: frozenset[str]


@dataclass(frozen=True)
class Anchor:
    """A flow that is known or assumed where trade codes fail."""

    tonnes: float
    status: str
    """reported, estimated or assumed."""
    source: str


@lru_cache(maxsize=1)
def materials() -> Mapping[str, Mapping[str, object]]:
    """Rows of the materials table by slug."""
    return {str(row["material"]): row for row in load_table("materials").to_dicts()}


def material_row(material: str) -> Mapping[str, object]:
    """Row of one material; raises UnknownNameError naming the nearest one."""
    known = materials()
    if material not in known:
        raise UnknownNameError("material", material, known)
    return known[material]


@lru_cache(maxsize=1)
def countries() -> Mapping[str, Mapping[str, object]]:
    """Rows of the countries table by code."""
    return {str(row["country"]): row for row in load_table("countries").to_dicts()}


@lru_cache(maxsize=8)
def set_members(set_name: str) -> tuple[str, ...]:
    """Members of a named set of countries, sorted."""
    frame = load_table("country_sets")
    return tuple(sorted(frame.filter(frame["set_name"] == set_name)["country"].to_list()))


def _claims(table: str, **keys: object) -> pl.DataFrame:
    frame = load_table(table)
    for column, wanted in keys.items():
        frame = frame.filter(frame[column] == wanted)
    return frame.filter(frame["preferred"])


def years(table: str, material: str, stage: str) -> tuple[int, ...]:
    """Years for which a claim table has rows of a material and stage, sorted."""
    return tuple(sorted(_claims(table, material=material, stage=stage)["year"].unique().to_list()))


def production(material: str, stage: str, year: int) -> Output:
    """Production by country; a withheld figure is the middle of its interval, never zero."""
    tonnes: dict[str, float] = {}
    status: dict[str, str] = {}
    world: float | None = None
    frame = _claims("production", material=material, stage=stage, year=year)
    for row in frame.to_dicts():
        value = _point(row)
        if value is None:
            continue
        if row["country"] == WORLD:
            world = value
        else:
            tonnes[row["country"]] = tonnes.get(row["country"], 0.0) + value
            status[row["country"]] = row["status"]
    return Output(tonnes, status, world, frozenset(frame["source_id"].unique().to_list()))


def _point(row: Mapping[str, object]) -> float | None:
    if isinstance(row["value"], float):
        return row["value"]
    if isinstance(row["low"], float) and isinstance(row["high"], float):
        return 0.5 * (row["low"] + row["high"])
    return None


def published_capacity(material: str, stage: str, year: int) -> Mapping[str, float]:
    """Capacity by country, t, of the base year or the nearest year before or after it."""
    known = years("capacity", material, stage)
    if not known:
        return {}
    nearest = min(known, key=lambda other: (abs(other - year), other))
    found: dict[str, float] = {}
    for row in _claims("capacity", material=material, stage=stage, year=nearest).to_dicts():
        value = _point(row)
        if value is not None and row["country"] != WORLD:
            found[row["country"]] = value
    return found


def trade(material: str, stage: str, year: int) -> Flows:
    """Observed trade between two countries, codes and forms added up, of the nearest year that has any."""
    known = years("trade", material, stage)
    nearest = min(known, key=lambda other: (abs(other - year), other)) if known else year
    frame = _claims("trade", material=material, stage=stage, year=nearest)
    observed = observed_pairs(frame, load_table("hs_codes"))
    sources = frozenset(frame["source_id"].unique().to_list())
    return Flows(_by_pair(frame), _by_pair(observed), nearest, sources)


def _by_pair(frame: pl.DataFrame) -> dict[tuple[str, str], float]:
    """Tonnes by exporter and importer, trade of a country with itself left out."""
    tonnes: dict[tuple[str, str], float] = {}
    for exporter, importer, value in frame.select("exporter", "importer", "value").iter_rows():
        if value is not None and exporter != importer:
            tonnes[exporter, importer] = tonnes.get((exporter, importer), 0.0) + value
    return tonnes


def known_flows(material: str, stage: str, year: int) -> Mapping[tuple[str, str], Anchor]:
    """Anchors that trade codes miss, by (exporter, importer or ALL)."""
    frame = _claims("known_flows", material=material, stage=stage, year=year)
    return {
        (row["exporter"], row["importer"]): Anchor(row["value"], row["status"], row["source_id"])
        for row in frame.to_dicts()
        if row["value"] is not None
    }


def use_priors(material: str, year: int) -> Mapping[str, tuple[float, float, str]]:
    """Use by country where something is stated: country -> (t, relative error, source)."""
    frame = _claims("use_priors", material=material, year=year)
    found: dict[str, tuple[float, float, str]] = {}
    for row in frame.to_dicts():
        if row["value"]:
            spread = 0.25 * ((row["high"] or row["value"]) - (row["low"] or row["value"])) / row["value"]
            found[row["country"]] = (row["value"], max(spread, 0.02), row["source_id"])
    return found


def us_balance(material: str, stage: str, year: int) -> Mapping[str, tuple[float, str]]:
    """United States balance: flow -> (t, source).

    Of several forms of one flow the largest is taken, forms that add scrap to primary metal last.
    """
    frame = _claims("us_salient", material=material, stage=stage, year=year)
    found: dict[str, tuple[bool, float, str]] = {}
    for row in frame.to_dicts():
        if not row["value"]:
            continue
        primary_only = not any(word in row["form"].lower() for word in ("total", "secondary", "scrap"))
        rank = (primary_only, float(row["value"]), str(row["source_id"]))
        found[row["flow"]] = max(rank, found.get(row["flow"], (False, 0.0, "")))
    return {flow: (tonnes, source) for flow, (_, tonnes, source) in found.items()}


def reference_prices(material: str, year: int) -> Mapping[str, tuple[float, str, str, int]]:
    """Annual reference price per stage: stage -> (USD/t, form, source, year), nearest year where missing."""
    frame = load_table("prices")
    frame = frame.filter(
        (frame["material"] == material)
        & (frame["frequency"] == "annual")
        & frame["preferred"]
        & frame["value"].is_not_null()
    )
    found: dict[str, tuple[float, str, str, int]] = {}
    for row in frame.to_dicts():
        this = int(row["period"])
        best = found.get(row["stage"])
        if best is None or (abs(this - year), this) < (abs(best[3] - year), best[3]):
            found[row["stage"]] = (row["value"], row["form"], row["source_id"], this)
    return found


def end_uses(material: str) -> Mapping[str, tuple[float, str]]:
    """Applications and their published shares: end use -> (share, source)."""
    rows = _claims("end_uses", material=material).to_dicts()
    return {row["end_use"]: (row["value"], row["source_id"]) for row in rows if row["value"]}


def recycling_rate(material: str) -> tuple[float, str] | None:
    """Published end-of-life recycling input rate, share of supply, and its source."""
    rows = _claims("recycling_rates", material=material).to_dicts()
    for row in rows:
        if row["value"] is not None:
            return float(row["value"]), str(row["source_id"])
    return None


def us_import_shares(material: str) -> Mapping[str, float]:
    """Origins of United States imports, mean over forms: country -> share."""
    frame = _claims("import_sources", material=material)
    forms = max(frame["form"].n_unique(), 1)
    found: dict[str, float] = {}
    for row in frame.to_dicts():
        if row["value"] is not None:
            found[row["country"]] = found.get(row["country"], 0.0) + row["value"] / forms
    return found


def eu_import_shares(material: str, stage: str) -> Mapping[str, float]:
    """Origins of European Union sourcing: country -> share."""
    rows = _claims("eu_sourcing_shares", material=material, stage=stage).to_dicts()
    return {row["country"]: row["value"] for row in rows if row["value"] is not None}
