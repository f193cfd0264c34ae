"""Words for amounts, tonnes and markets in the sentences about a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lodestock.policy import terms as t
from lodestock.scenario.resolved import ResolvedScenario

Term = t.Instrument | t.Shock


class Route(Protocol):
    """Whatever stands on trade between countries."""

    @property
    def exporters(self) -> tuple[str, ...]:
        """Origins."""

    @property
    def importers(self) -> tuple[str, ...]:
        """Destinations."""


class Speaker(Protocol):
    """Whoever writes countries as words, knowing the scenario."""

    resolved: ResolvedScenario

    def countries(self, codes: Sequence[str]) -> str:
        """Names of countries."""

    def who(self, codes: tuple[str, ...], besides: Sequence[str] = ()) -> str:
        """Names of countries, or of the zone that they are; ``besides`` are named elsewhere."""

    def route(self, term: Route) -> str:
        """``from A to B`` of a measure on trade; nothing where it is anybody to anybody."""


def price(amount: t.Amount) -> str:
    """A price or rate, as written too."""
    if amount.usd_per_t is not None:
        as_written = f" ({amount.written})" if amount.written else ""
        return f"{amount.usd_per_t:,.0f} USD/t contained{as_written}"
    return f"{100 * (amount.multiple_of_base or 0.0):g} % of the base price"


def market(term: Term) -> str:
    """Material and stage."""
    return f"{term.material} ({term.stage})"


def tonnes(quantity: float) -> str:
    """A tonnage."""
    return f"{quantity:,.0f} t contained" if quantity >= 10.0 else f"{quantity:,.3g} t contained"


def money(usd: float) -> str:
    """An amount of money."""
    return f"{usd / 1e6:,.4g} million USD" if usd < 1e9 else f"{usd / 1e9:,.4g} billion USD"


def percent(share: float | None) -> str:
    """A share."""
    return f"{100 * (share or 0.0):g} %"
