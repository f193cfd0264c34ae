"""Requirements of many forms at once, with their chances: what the command and the page show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lodestock.errors import LodestockError
from lodestock.reserve.requirements.chance import Chance, chance, scenarios
from lodestock.reserve.requirements.drivers import Driver, drivers
from lodestock.reserve.requirements.factors import Factors, Switches, central_factors
from lodestock.reserve.requirements.forms import Form, forms
from lodestock.reserve.requirements.market import FormMarket, base_year_for, form_market
from lodestock.reserve.requirements.sizing import Requirement, requirement

SEED = 20130201
CALL = 0.5
"""A form is called short when at least this share of the draws is."""
REPEATS = {
    "bauxite": "alumina",
    "beryl-ore": "beryllium",
    "beryllium-metal": "beryllium",
    "chromite": "chromium",
    "fluorspar": "fluorspar-acid",
    "graphite-anode": "graphite",
    "manganese-ore": "manganese",
    "neodymium": "neodymium-praseodymium",
    "praseodymium": "neodymium-praseodymium",
    "rare-earths": "cerium",
    "rutile": "titanium-minerals",
}
"""Forms that repeat another one, which shares their tonnes; where both are there only that one counts."""


@dataclass(frozen=True, eq=False)
class Sized:
    """One form: its market, the requirement with central factors, and the chances."""

    form: Form
    market: FormMarket
    central: Requirement
    chance: Chance
    drivers: tuple[Driver, ...]

    @property
    def expected_usd(self) -> float:
        """Expected net shortfall at the price of the form."""
        return self.chance.expected * self.market.price.central

    @property
    def short(self) -> bool:
        """Whether the form is called short."""
        return self.chance.probability >= CALL


@dataclass(frozen=True, eq=False)
class Plan:
    """Requirements of one user in one year, largest expected value first."""

    members: tuple[str, ...]
    year: int
    rules: Switches
    factors: Factors
    draws: int
    seed: int
    sized: tuple[Sized, ...]
    failures: Mapping[str, str]
    """Forms that cannot be sized for this user, with the reason."""

    @property
    def counted(self) -> tuple[Sized, ...]:
        """Forms without those that repeat another one of the plan."""
        there = {item.form.form for item in self.sized}
        return tuple(item for item in self.sized if REPEATS.get(item.form.form) not in there)


def size(
    members: tuple[str, ...],
    year: int,
    *,
    wanted: Sequence[str] | None = None,
    rules: Switches | None = None,
    factors: Factors | None = None,
    draws: int = 400,
    seed: int = SEED,
    inventory: Mapping[str, float] | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Plan:
    """Size the wanted forms, or all, for the countries ``members`` together.

    Parameters
    ----------
    year : year of the plan: governance of that year, quantities of the nearest year of the snapshot.
    inventory : t held by form; none by default.
    """
    rules, factors = rules or Switches(), factors or central_factors()
    drawn = scenarios(factors, draws, seed)
    known = forms()
    names = list(wanted) if wanted is not None else list(known)
    sized: list[Sized] = []
    failures: dict[str, str] = {}
    for number, name in enumerate(names):
        if progress is not None:
            progress(number, len(names), name)
        held = (inventory or {}).get(name, 0.0)
        try:
            market = form_market(known[name], members, base_year_for(year), trade_year=year)
        except LodestockError as error:
            if wanted is not None:
                raise
            failures[name] = error.problem
            continue
        found = requirement(market, factors, rules, year=year, inventory=held)
        spread = chance(market, drawn, rules, year=year, inventory=held)
        moved = drivers(market, drawn, spread.net)
        sized.append(Sized(known[name], market, found, spread, moved))
    ordered = tuple(sorted(sized, key=lambda item: (-item.expected_usd, item.form.form)))
    return Plan(members, year, rules, factors, draws, seed, ordered, failures)


def studied(members: tuple[str, ...], year: int) -> tuple[FormMarket, ...]:
    """Markets of every form counted once, where they can be had."""
    found = []
    for name, form in forms().items():
        if name in REPEATS:
            continue
        try:
            found.append(form_market(form, members, base_year_for(year), trade_year=year))
        except LodestockError:
            continue
    return tuple(found)
