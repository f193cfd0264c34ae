"""Contradictions between the terms of one case, found before anything is solved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations

from lodestock.errors import ConflictError, UnknownNameError, ValueOutOfRangeError
from lodestock.policy import terms
from lodestock.scenario.names import Names
from lodestock.scenario.to_terms import PlacedTerm, Term

_FOREVER = date.max


def check_case(placed: Sequence[PlacedTerm], names: Names, base_year: int) -> None:
    """Raise on the first contradiction.

    Raises
    ------
    ConflictError, ValueOutOfRangeError
        See the ``check_for_*`` functions of this file; each names the place, the values and a way out.
    """
    for item in placed:
        check_for_impossible_floor(item, names, base_year)
        check_for_upside_below_strike(item, names, base_year)
        check_for_floor_of_a_derivative(item, placed)
        if isinstance(item.term, terms.MinimumImportPrice):
            _check_for_price_nobody_pays(item, item.term.price, "price", names, base_year)
    markets: dict[tuple[str, str], list[PlacedTerm]] = {}
    for item in placed:
        markets.setdefault((item.term.material, item.term.stage), []).append(item)
    for pair in (pair for together in markets.values() for pair in combinations(together, 2)):
        if _overlap(*pair):
            check_for_equal_terms(*pair)
            check_for_two_floors(*pair)
            for first, second in (pair, pair[::-1]):
                check_for_ban_beside_limit(first, second)
                check_for_support_behind_a_ban(first, second)
                check_for_release_beside_purchase(first, second)
    check_for_losses_above_all(placed)


def _same_market(first: PlacedTerm, second: PlacedTerm) -> bool:
    a, b = first.term, second.term
    return (a.material, a.stage) == (b.material, b.stage)


def _overlap(first: PlacedTerm, second: PlacedTerm) -> bool:
    a, b = first.term, second.term
    return a.start < (b.end or _FOREVER) and b.start < (a.end or _FOREVER)


def _some(countries: Sequence[str]) -> str:
    shown = ", ".join(countries[:6])
    return shown if len(countries) <= 6 else f"{shown} and {len(countries) - 6} more"


def check_for_impossible_floor(placed: PlacedTerm, names: Names, base_year: int) -> None:
    """A floor nobody could pay, one without a levy or without payers of it, or an exempt member."""
    floor = placed.term
    if not isinstance(floor, terms.Floor):
        return
    both = sorted(set(floor.members) & set(floor.exempt_origins))
    if both:
        raise ConflictError(
            f"{_some(both)} cannot be a member of {floor.zone!r} and an exempt origin",
            where=placed.where("exempt_origins"),
            hint="members pay no levy anyway; list non-members only",
        )
    if not set(names.countries) - set(floor.members) - set(floor.exempt_origins):
        raise ConflictError(
            f"every country is a member of {floor.zone!r} or exempt, so nobody pays the levy",
            where=placed.where("exempt_origins" if floor.exempt_origins else "zone"),
            hint="a floor needs imports from non-members",
        )
    if floor.cap is not None and floor.cap.at(1.0) == 0.0:
        raise ConflictError(
            "a floor with a cap of 0 has no levy to hold it",
            where=placed.where("cap"),
            hint="raise or drop the cap",
        )
    _check_for_price_nobody_pays(placed, floor.floor, "price", names, base_year)


def _check_for_price_nobody_pays(
    placed: PlacedTerm, amount: terms.Amount, key: str, names: Names, base_year: int
) -> None:
    material = names.materials[placed.term.material]
    multiple, base = amount.multiple_of_base, ""
    if amount.usd_per_t is not None:
        reference = names.prices(base_year).get((placed.term.material, placed.term.stage))
        if reference is None:
            return
        multiple, base = amount.usd_per_t / reference, f" ({reference:,.0f} USD/t contained)"
    if material.choke_multiple is not None and multiple is not None and multiple > material.choke_multiple:
        written = getattr(placed.entry, key).text
        raise ValueOutOfRangeError(
            f"{written!r} is {_times(multiple)} times the base price of {material.slug}{base}:"
            " no one would buy",
            where=placed.where(key),
            allowed=f"below {material.choke_multiple:g} times the base price",
            hint="check the unit and the form",
        )


def _times(multiple: float) -> str:
    return f"{multiple:.1f}" if multiple < 1e6 else f"{multiple:.1e}"


def check_for_upside_below_strike(placed: PlacedTerm, names: Names, base_year: int) -> None:
    """A contract that returns money below the price at which it pays, or that guarantees the impossible."""
    contract = placed.term
    if not isinstance(contract, terms.ContractForDifference):
        return
    _check_for_price_nobody_pays(placed, contract.strike, "strike", names, base_year)
    if contract.upside_from is None:
        return
    base = 1.0
    if (contract.strike.usd_per_t is None) != (contract.upside_from.usd_per_t is None):
        reference = names.prices(base_year).get((contract.material, contract.stage))
        if reference is None:
            return
        base = reference
    if contract.upside_from.at(base) < contract.strike.at(base) * (1.0 - 1e-12):
        raise ConflictError(
            "upside_from lies below the strike",
            where=placed.where("upside_from"),
            allowed="the strike or more",
        )


def check_for_equal_terms(first: PlacedTerm, second: PlacedTerm) -> None:
    """Two entries that say the same on overlapping days."""
    a, b = first.term, second.term
    if type(a) is not type(b):
        return
    if replace(a, name=b.name, start=b.start, end=b.end, source=b.source, note=b.note) == b:
        raise ConflictError(
            f"{b.name!r} says the same as {a.name!r} on overlapping days",
            where=second.where("name"),
            hint="remove one of them, or let one end where the other starts",
        )


def check_for_two_floors(first: PlacedTerm, second: PlacedTerm) -> None:
    """Two floors or minimum prices for one market that share a member: which gap would it charge?"""
    a, b = first.term, second.term
    kinds = terms.Floor | terms.MinimumImportPrice
    if isinstance(a, kinds) and isinstance(b, kinds):
        shared = sorted(set(_held(a)) & set(_held(b)))
        if shared:
            raise ConflictError(
                f"{b.name!r} and {a.name!r} set two floors for {a.material} {a.stage} in {_some(shared)}",
                where=second.where("price"),
                hint="keep one floor per market and member, or let one end where the other starts",
            )


def _held(term: terms.Floor | terms.MinimumImportPrice) -> tuple[str, ...]:
    return term.members if isinstance(term, terms.Floor) else term.importers


def check_for_floor_of_a_derivative(item: PlacedTerm, placed: Sequence[PlacedTerm]) -> None:
    """A derivative levy whose floor is not there, or not on an earlier stage."""
    levy = item.term
    if not isinstance(levy, terms.DerivativeLevy):
        return
    floors = [
        other.term
        for other in placed
        if isinstance(other.term, terms.Floor) and other.term.material == levy.material
    ]
    named = [floor for floor in floors if floor.name == levy.of_floor]
    if not named:
        raise UnknownNameError(
            f"floor on {levy.material}",
            levy.of_floor,
            [floor.name for floor in floors],
            where=item.where("of"),
        )
    if all(floor.stage == levy.stage for floor in named):
        raise ConflictError(
            f"{levy.of_floor!r} protects the {levy.stage} stage itself",
            where=item.where("stage"),
            allowed="a floor on an earlier stage",
        )


def check_for_ban_beside_limit(first: PlacedTerm, second: PlacedTerm) -> None:
    """A quota, licence or tax on shipments that are banned altogether."""
    ban, other = first.term, second.term
    if isinstance(ban, terms.ExportBan) and isinstance(
        other, terms.ExportQuota | terms.ExportLicence | terms.ExportTax
    ):
        banned = set(other.exporters) <= set(ban.exporters) and set(other.importers) <= set(ban.importers)
        if banned:
            raise ConflictError(
                f"{other.name!r} limits shipments that {ban.name!r} bans altogether",
                where=second.where("importers"),
                hint="remove one of them, narrow the ban, or separate their dates",
            )


def check_for_support_behind_a_ban(first: PlacedTerm, second: PlacedTerm) -> None:
    """Payers who support producers whose exports to them are all banned."""
    ban, support = first.term, second.term
    if isinstance(ban, terms.ExportBan) and isinstance(
        support, terms.ProductionSubsidy | terms.CapitalSubsidy | terms.ContractForDifference
    ):
        barred = set(support.producers) <= set(ban.exporters) and set(support.payers) <= set(ban.importers)
        if barred:
            raise ConflictError(
                f"{support.name!r} pays producers in {_some(support.producers)} whose exports to the payers"
                f" {ban.name!r} bans",
                where=second.where("producers"),
                hint="support other producers, or exempt the payers from the ban",
            )


def check_for_release_beside_purchase(first: PlacedTerm, second: PlacedTerm) -> None:
    """One country that buys and sells the same market at the same price."""
    sale, purchase = first.term, second.term
    if isinstance(sale, terms.Release) and isinstance(purchase, terms.PublicPurchase):
        both = sorted(set(sale.countries) & set(purchase.buyers))
        apart = sale.price_min is not None and purchase.price_max is not None
        if both and not apart:
            raise ConflictError(
                f"{_some(both)} would sell under {sale.name!r} and buy under {purchase.name!r} at once",
                where=second.where("buyers"),
                hint="separate their dates, or give price_min to the release and price_max to the purchase",
            )


def check_for_losses_above_all(placed: Sequence[PlacedTerm]) -> None:
    """Outages, or falls of use, that together take more than everything on one day."""
    for item in placed:
        term = item.term
        if not isinstance(term, terms.Outage | terms.DemandShock):
            continue
        together = [
            other.term
            for other in placed
            if type(other.term) is type(term)
            and _same_market(item, other)
            and other.term.in_force(term.start)
        ]
        for country in term.countries:
            lost = sum(_lost_share(other, country) for other in together)
            if lost > 1.0 + 1e-12:
                what = "capacity" if isinstance(term, terms.Outage) else "use"
                raise ConflictError(
                    f"on {term.start} {country} would lose {100 * lost:g} % of its {what} of {term.material}",
                    where=item.where("loss" if isinstance(term, terms.Outage) else "change"),
                    allowed="100 % over all entries in force on one day",
                )


def _lost_share(term: Term, country: str) -> float:
    if isinstance(term, terms.Outage) and country in term.countries:
        return term.lost_share or 0.0
    if isinstance(term, terms.DemandShock) and country in term.countries and term.end_use is None:
        return max(-(term.change_share or 0.0), 0.0)
    return 0.0
