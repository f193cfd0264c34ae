"""One review of a file of lots on a day: states, rotation, cover, hazards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lodestock.errors import ValueOutOfRangeError
from lodestock.reserve.storage.forms import storage_terms
from lodestock.reserve.storage.lots import LotFile, read_lots
from lodestock.reserve.storage.register import LotState, Rotation, Terms, lot_states, rotation_plan
from lodestock.reserve.storage.sites import (
    Hazard,
    Layer,
    SiteCover,
    check_layers,
    site_cover,
    site_hazards,
    standard_layers,
)
from lodestock.table_file import read_rows


@dataclass(frozen=True)
class Review:
    """Everything a file of lots says on a day."""

    today: date
    horizon_days: int
    file: LotFile
    terms: Terms
    layers: tuple[Layer, ...]
    states: tuple[LotState, ...]
    rotation: tuple[Rotation, ...]
    cover: tuple[SiteCover, ...]
    hazards: tuple[Hazard, ...]


def review(
    path: Path,
    today: date,
    *,
    horizon_days: int = 365,
    swap_cost_share: float | None = None,
    layers: Sequence[Layer] = (),
    caps: Mapping[str, float] | None = None,
) -> Review:
    """Review a file of lots.

    Parameters
    ----------
    horizon_days : expiries within so many days count for the rotation.
    swap_cost_share : in place of the shipped one; near zero for a loan and return.
    layers, caps : in place of the shipped ones.

    Raises
    ------
    FileFormatError
        The file cannot be used at all; rows that cannot be are in ``Review.file.rejected``.
    """
    if horizon_days < 0:
        raise ValueOutOfRangeError(f"horizon of {horizon_days} days", allowed="0 or more")
    shipped = storage_terms()
    terms = Terms(
        swap_cost_share=shipped["swap_cost_share"].central if swap_cost_share is None else swap_cost_share,
        handling_usd_per_t=shipped["handling_usd_per_t"].central,
    )
    file = read_lots(path, today)
    used = tuple(layers) or standard_layers()
    states = lot_states(file.lots, today, horizon_days, terms)
    return Review(
        today=today,
        horizon_days=horizon_days,
        file=file,
        terms=terms,
        layers=used,
        states=states,
        rotation=rotation_plan(states, today),
        cover=site_cover(file.lots, used, caps or {}),
        hazards=site_hazards(file.lots),
    )


def read_caps(path: Path) -> dict[str, float]:
    """Caps by site from a CSV of site, cap_usd.

    Raises
    ------
    FileFormatError, ValueOutOfRangeError
        The file cannot be read, lacks a column, or a cap is no number above zero.
    """
    return {row.needed("site"): row.number("cap_usd") for row in read_rows(path, ("site", "cap_usd"))}


def read_layers(path: Path) -> tuple[Layer, ...]:
    """Insurance layers from a CSV of layer, from_usd, to_usd, rate, lowest first.

    Raises
    ------
    FileFormatError, ValueOutOfRangeError, ConflictError
        The file cannot be read, or the layers do not join.
    """
    found = [
        Layer(row.text("layer"), row.number("from_usd"), row.number("to_usd"), row.number("rate"))
        for row in read_rows(path, ("layer", "from_usd", "to_usd", "rate"))
    ]
    check_layers(found)
    return tuple(found)
