"""Factors of the plan, with their ranges, and the switches that choose among its rules."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import UnknownNameError, ValueOutOfRangeError
from lodestock.reserve.requirements.forms import Interval

Float = NDArray[np.float64]
Number = float | Float
FOLDER = Path(__file__).parent
SHARES = ("peacetime", "non_adversary", "all")
TIERS = ("defence", "industrial", "essential")
YEARS = 4


@dataclass(frozen=True, eq=False)
class Factors:
    """Numbers of the plan; units, ranges and reasons stand in ``factors.csv`` under the same names.

    A field may be an array over draws, shape (draw,); what is computed from it then has that axis in front.
    """

    growth: Number
    conflict_surge: Number
    investment_share: Number
    austerity_first: Number
    austerity_later: Number
    substitution_last: Number
    essential_scale: Number
    reliability_low: Number
    reliability_high: Number
    reliability_adversary: Number
    extra_buying: Number
    ramp_first: Number
    ramp_second: Number
    start_delay: Number
    war_first: Number
    war_later: Number
    shipping_first: Number
    shipping_later: Number
    scrap_reliability: Number
    eligible_from: Number
    bloc_correlation: Number
    reliability_spread: Number
    use_error: Number
    model_error: Number


@dataclass(frozen=True)
class Switches:
    """Rules that can be put either way.

    Parameters
    ----------
    share : what share of a foreign supplier the buyer gets: ``peacetime`` the share of its output that came
    in the base year, ``non_adversary`` the buyer's share of use outside the adversaries, ``all`` everything.
    carry : a surplus of one year pays for a later one.
    eligibility : suppliers of low reliability serve the essential civilian tier only.
    ramp : idle capacity starts up.
    feed : plants at home are held back by the ore they can rely on.
    scrap : old scrap at home counts as supply.
    war, shipping, adversary, austerity, substitution, investment : each rule on or off.
    inventory : what is held is taken off.
    balance : a draw of use moves imports with it: what is used in the base year was made or bought.
    """

    share: str = "peacetime"
    carry: bool = False
    eligibility: bool = True
    ramp: bool = True
    feed: bool = True
    scrap: bool = True
    war: bool = True
    shipping: bool = True
    adversary: bool = True
    austerity: bool = True
    substitution: bool = True
    investment: bool = True
    inventory: bool = True
    balance: bool = True

    def __post_init__(self) -> None:
        if self.share not in SHARES:
            raise UnknownNameError("share rule", self.share, SHARES, where="share")


def switches(settings: Mapping[str, str]) -> Switches:
    """Switches from words, as a command line gives them.

    Raises
    ------
    UnknownNameError
        No switch of that name, or no rule of that name.
    ValueOutOfRangeError
        A switch that is neither on nor off.
    """
    known = {item.name: item.type for item in fields(Switches)}
    made: dict[str, bool | str] = {}
    for name, text in settings.items():
        if name not in known:
            raise UnknownNameError("rule", name, known, where="--rule")
        if name == "share":
            made[name] = text
        elif text in ("on", "off"):
            made[name] = text == "on"
        else:
            raise ValueOutOfRangeError(f"rule {name}={text}", where="--rule", allowed="on or off")
    return replace(Switches(), **made)  # type: ignore[arg-type]


def with_factors(settings: Mapping[str, float]) -> Factors:
    """Central factors with some replaced.

    Raises
    ------
    UnknownNameError
        No factor of that name.
    ValueOutOfRangeError
        A value outside the factor's range.
    """
    known = ranges()
    for name, value in settings.items():
        if name not in known:
            raise UnknownNameError("factor", name, known, where="--factor")
        if not known[name].low <= value <= known[name].high:
            raise ValueOutOfRangeError(
                f"factor {name}={value:g}",
                where="--factor",
                allowed=f"{known[name].low:g} to {known[name].high:g}",
            )
    return replace(central_factors(), **settings)


@lru_cache(maxsize=1)
def ranges() -> dict[str, Interval]:
    """Low, central and high of every factor."""
    return {
        row["factor"]: Interval(float(row["low"]), float(row["central"]), float(row["high"]))
        for row in factor_rows()
    }


@lru_cache(maxsize=1)
def factor_rows() -> tuple[dict[str, str], ...]:
    """Rows of ``factors.csv`` as text."""
    with (FOLDER / "factors.csv").open(encoding="utf-8", newline="") as handle:
        return tuple(csv.DictReader(handle))


def central_factors() -> Factors:
    """Every factor at its central value."""
    return Factors(**{name: item.central for name, item in ranges().items()})


def fitted_names() -> tuple[str, ...]:
    """Factors that were fitted inside their range; the rest are assumptions."""
    return tuple(row["factor"] for row in factor_rows() if row["fitted"] == "yes")


@dataclass(frozen=True)
class Sector:
    """Share of a sector's use that is defence in peace, and the part of the rest that is essential."""

    defence: Interval
    essential: Interval


@lru_cache(maxsize=1)
def sectors() -> dict[str, Sector]:
    """Sectors by NACE division; ``*`` where none is published, ``B`` for mining.

    The defence share is the room's assumption ``defence_share`` of the division.
    """
    from lodestock.reserve.assumptions import assumption

    with (FOLDER / "sectors.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    found = {}
    for row in rows:
        defence = assumption("defence_share", division=row["sector"])
        essential = (float(row[name]) for name in ("essential_low", "essential", "essential_high"))
        found[row["sector"]] = Sector(
            Interval(defence.low, defence.central, defence.high), Interval(*essential)
        )
    return found


@dataclass(frozen=True)
class Standing:
    """Role of a country in the plan and the bloc its reliability moves with."""

    role: str
    """adversary, unreliable or theatre."""
    bloc: str


@lru_cache(maxsize=1)
def standings() -> dict[str, Standing]:
    """Countries with a role of their own; all others are judged by their governance alone."""
    with (FOLDER / "countries.csv").open(encoding="utf-8", newline="") as handle:
        return {row["country"]: Standing(row["role"], row["bloc"]) for row in csv.DictReader(handle)}
