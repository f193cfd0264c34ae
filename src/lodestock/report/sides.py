"""The sides of a scenario: inside and outside a zone, home and abroad of an export control."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lodestock.report.names import capital, country_name
from lodestock.report.numbers import count, joined
from lodestock.scenario.country_words import CountryWords

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome


@dataclass(frozen=True)
class Side:
    """A group of countries with a word for it.

    ``market`` is its key in reference prices and bands; ``members`` None stands for everybody else.
    ``where`` completes 'the price ...', ``who`` completes 'users ...'.
    """

    market: str
    label: str
    where: str
    who: str
    members: frozenset[str] | None


def sides(outcome: Outcome) -> tuple[Side, ...]:
    """Return the sides that matter in this outcome, the one the reader asks about first.

    A zone gives inside and outside; an export control gives abroad and home; with both the zone comes first,
    and prices are told for home as well (``price_sides``). Without either, the countries that act stand for
    the zone, and where nobody does there is the world.
    """
    home, zone = frozenset(outcome.home), frozenset(outcome.zone)
    if zone:
        if outcome.zone_name is None:
            return _acting(outcome, zone)
        name = outcome.zone_name
        inside = Side("inside", f"Inside ({name})", "inside the zone", "inside the zone", zone)
        return inside, Side("outside", "Outside", "outside the zone", "outside the zone", None)
    if home:
        return Side("abroad", "Abroad", "abroad", f"outside {group_name(outcome.home)}", None), _home(
            outcome, home
        )
    return (Side("world", "World", "on the world market", "worldwide", None),)


def price_sides(outcome: Outcome) -> tuple[Side, ...]:
    """Return the sides for which prices are told: those of the accounts, and home beside a zone."""
    found = sides(outcome)
    if outcome.zone and outcome.home:
        return (*found, _home(outcome, None))
    return found


def _acting(outcome: Outcome, members: frozenset[str]) -> tuple[Side, Side]:
    """The countries that act where there is no zone, and everybody else."""
    group = group_name(outcome.zone)
    label = country_name(outcome.zone[0]) if len(outcome.zone) == 1 else capital(group.removeprefix("the "))
    return (
        Side("inside", label, f"in {group}", f"in {group}", members),
        Side("outside", "Elsewhere", "elsewhere", f"outside {group}", None),
    )


def _home(outcome: Outcome, members: frozenset[str] | None) -> Side:
    name = group_name(outcome.home)
    plain = country_name(outcome.home[0]) if len(outcome.home) == 1 else name.removeprefix("the ")
    return Side("home", f"Home ({plain})", f"at home ({plain})", f"in {name}", members)


def side_of(outcome: Outcome) -> dict[str, str]:
    """Return market by country for the countries that belong to a named side."""
    return {
        country: side.market
        for side in sides(outcome)
        if side.members is not None
        for country in side.members
    }


def remainder(outcome: Outcome) -> str:
    """Return the market of the side that takes every country not named: outside, abroad or world."""
    return next(side.market for side in sides(outcome) if side.members is None)


def group_name(countries: tuple[str, ...]) -> str:
    """Return the countries for a sentence: names and sets, their number where that is more than three."""
    from lodestock.scenario.catalog_names import load_names

    words = CountryWords({code: country_name(code) for code in countries}, {}, load_names().sets).words(
        countries
    )
    return count(len(countries), "country", "countries") if len(words) > 3 else joined(words)
