"""Forms in which materials are stored: life, hazards, inspection, loss, from the shipped sourced tables.

``storage_forms.csv`` has one row per form, ``storage_conflicts.csv`` one per pair of hazards that must not
share a site, ``storage_terms.csv`` the terms of swaps and insurance. A row names its source, or says
assumption and carries a range.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lodestock.reserve.requirements.forms import Interval

FOLDER = Path(__file__).parents[1]


@dataclass(frozen=True)
class StorageForm:
    """One form; lives in days, None without limit; losses and penalties as shares of value."""

    form: str
    name: str
    materials: tuple[str, ...]
    hazards: tuple[str, ...]
    protects: tuple[str, ...]
    """Containers that give the protected life; empty when any does."""
    air: Interval | None
    """Life in a container that does not protect."""
    life: Interval | None
    inspect: int
    """Days between inspections."""
    loss: Interval
    """Share of content lost per year."""
    penalty: Interval
    """Share of value lost when the life is over: specification no longer met."""
    minimum_assay: float
    requalify: int | None
    """Days after which users ask for a new qualification; None when they do not."""
    need: str
    reason: str
    source: str

    def life_in(self, container: str) -> float | None:
        """Central life in days in a container, or None without limit."""
        limit = self.life if not self.protects or container in self.protects else self.air or self.life
        return None if limit is None else limit.central


@dataclass(frozen=True)
class Conflict:
    """Two hazards that must not lie at one site."""

    one: str
    other: str
    reason: str
    source: str


@lru_cache(maxsize=1)
def storage_forms() -> dict[str, StorageForm]:
    """Every form by name."""
    return {row["form"]: _form(row) for row in _rows("storage_forms.csv")}


@lru_cache(maxsize=1)
def conflicts() -> tuple[Conflict, ...]:
    """Pairs of hazards that must be kept apart."""
    return tuple(Conflict(**row) for row in _rows("storage_conflicts.csv"))


@lru_cache(maxsize=1)
def storage_terms() -> dict[str, Interval]:
    """Terms of swaps and insurance by name."""
    return {
        row["name"]: Interval(float(row["low"]), float(row["central"]), float(row["high"]))
        for row in _rows("storage_terms.csv")
    }


def containers() -> tuple[str, ...]:
    """Containers that a lot may name."""
    named = {name for form in storage_forms().values() for name in form.protects}
    return tuple(sorted(named | {"bulk", "bundle", "none", "pallet"}))


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _form(row: dict[str, str]) -> StorageForm:
    def interval(name: str) -> Interval:
        return Interval(float(row[f"{name}_low"]), float(row[name]), float(row[f"{name}_high"]))

    def words(name: str) -> tuple[str, ...]:
        return tuple(part for part in row[name].split("|") if part)

    return StorageForm(
        form=row["form"],
        name=row["name"],
        materials=words("materials"),
        hazards=words("hazards"),
        protects=words("protects"),
        air=interval("air") if row["air"] else None,
        life=interval("life") if row["life"] else None,
        inspect=int(row["inspect"]),
        loss=interval("loss"),
        penalty=interval("penalty"),
        minimum_assay=float(row["minimum_assay"]),
        requalify=int(row["requalify"]) if row["requalify"] else None,
        need=row["need"],
        reason=row["reason"],
        source=row["source"],
    )
