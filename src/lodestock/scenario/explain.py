"""What a scenario will do, in sentences, before anything is solved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lodestock.policy import terms as t
from lodestock.scenario.resolved import Case, ResolvedScenario

Term = t.Instrument | t.Shock
MAX_COUNTRIES = 8
EVERYBODY = 200
"""More countries than this are written as everybody but the rest."""


def explain_plan(resolved: ResolvedScenario) -> list[str]:
    """Say in sentences what solving ``resolved`` will do: every zone, instrument, shock and alternative."""
    say = _Speaker(resolved)
    years = resolved.horizon.years
    lines = [
        f"{resolved.title}.",
        f"Question: {resolved.question}",
        f"Materials: {', '.join(resolved.materials)}; base year {resolved.base_year}; markets have"
        f" {years:g} {'year' if years == 1 else 'years'} to adapt ({resolved.horizon.name} run);"
        f" measures count as they stand on {resolved.evaluate_on}.",
    ]
    lines += [
        f"Zone {zone.name!r} has {len(zone.members)} members: {say.countries(zone.members)}."
        for zone in resolved.zones
    ]
    lines.append("First the base year is solved without any change (case 'baseline').")
    lines += say.case(resolved.case)
    for case in resolved.alternatives:
        lines.append(f"Alternative {case.name!r}: {case.title}.")
        lines += say.case(case, beside=resolved.case)
    draws = resolved.options.draws
    lines.append(
        f"Each case is solved again with {draws} draws over the ranges of the assumptions"
        f" (seed {resolved.options.seed})."
        if draws
        else "No draws over the ranges of the assumptions: the results carry no band."
    )
    return lines


class _Speaker:
    """Writes countries as zones or sets where they have a name in the scenario."""

    def __init__(self, resolved: ResolvedScenario) -> None:
        self.resolved = resolved
        self.zones = {zone.members: zone.name for zone in resolved.zones}

    def countries(self, codes: Sequence[str]) -> str:
        if len(codes) > EVERYBODY:
            return f"everybody else ({len(codes)} countries)"
        if len(codes) <= MAX_COUNTRIES:
            return ", ".join(codes)
        return f"{', '.join(codes[:MAX_COUNTRIES])} and {len(codes) - MAX_COUNTRIES} more"

    def who(self, codes: tuple[str, ...]) -> str:
        return f"zone {self.zones[codes]!r}" if codes in self.zones else self.countries(codes)

    def case(self, case: Case, beside: Case | None = None) -> list[str]:
        """Say every entry of the case, or of an alternative only what differs from ``beside``."""
        entries: tuple[Term, ...] = (*case.shocks, *case.instruments)
        kept: tuple[Term, ...] = () if beside is None else (*beside.shocks, *beside.instruments)
        lines = [f"{self.term(term)}" for term in entries if term not in kept]
        new = {(term.name, term.material, term.stage) for term in entries}
        lines += [
            f"{term.name!r} on {term.material} is left out."
            for term in kept
            if (term.name, term.material, term.stage) not in new
        ]
        lines += [
            f"{term.name!r} on {term.material} is not in force on {self.resolved.evaluate_on}"
            f" ({self.dates(term)}) and has no effect."
            for term in case.not_in_force
            if beside is None or term not in beside.not_in_force
        ]
        return lines

    def dates(self, term: Term) -> str:
        return f"from {term.start}" + (f" until {term.end}" if term.end else "")

    def term(self, term: Term) -> str:
        what = _SENTENCES[type(term)](term, self)
        stale = ""
        if term.start.year < self.resolved.base_year:
            stale = f" The base year {self.resolved.base_year} may already contain part of it."
        return f"{term.name!r}, {self.dates(term)}: {what}.{stale}"


def _price(amount: t.Amount) -> str:
    if amount.usd_per_t is not None:
        return f"{amount.usd_per_t:,.0f} USD/t contained"
    return f"{100 * (amount.multiple_of_base or 0.0):g} % of the base price"


def _market(term: Term) -> str:
    return f"{term.stage} {term.material}"


def _floor(term: t.Floor, say: _Speaker) -> str:
    cap = "without a cap" if term.cap is None else f"of at most {_price(term.cap)}"
    exempt = (
        f"; shipments from {say.countries(term.exempt_origins)} pay nothing" if term.exempt_origins else ""
    )
    return (
        f"zone {term.zone!r} holds its reference price of {_market(term)} at {_price(term.floor)} or more by"
        f" a levy {cap} on imports from non-members{exempt}"
    )


def _duty(term: t.Tariff | t.ExportTax) -> str:
    return _price(term.specific) if term.specific is not None else f"{100 * term.ad_valorem:g} % of the price"


def _tariff(term: t.Tariff, say: _Speaker) -> str:
    return f"{say.who(term.importers)} levies {_duty(term)} on {_market(term)} from {say.who(term.exporters)}"


def _ban(term: t.ExportBan, say: _Speaker) -> str:
    return f"{say.who(term.exporters)} ships no {_market(term)} to {say.who(term.importers)}"


def _rent(rent_to: str) -> str:
    kept = "the exporter's treasury" if rent_to == t.TREASURY else "whoever holds a licence"
    return f"the rent goes to {kept}"


def _quota(term: t.ExportQuota, say: _Speaker) -> str:
    limit = (
        f"{term.limit_t:,.0f} t contained per year"
        if term.limit_t is not None
        else f"{100 * (term.share_of_base or 0.0):g} % of the base-year flow"
    )
    return (
        f"{say.who(term.exporters)} ships at most {limit} of {_market(term)} to {say.who(term.importers)};"
        f" {_rent(term.rent_to)}"
    )


def _licence(term: t.ExportLicence, say: _Speaker) -> str:
    shares = sorted(set(term.plateau_share))
    groups = [
        f"{100 * share:g} % to"
        f" {say.who(tuple(c for c, s in zip(term.importers, term.plateau_share, strict=True) if s == share))}"
        for share in shares
    ]
    months = 12.0 * say.resolved.horizon.years
    mean = {term.mean_share(country, months) for country in term.importers}
    spread = (
        f"{100 * min(mean):.0f} %" if len(mean) == 1 else f"{100 * min(mean):.0f} to {100 * max(mean):.0f} %"
    )
    return (
        f"{say.who(term.exporters)} licenses exports of {_market(term)}: after {term.freeze_months:g} months"
        f" of freeze and {term.ramp_months:g} months of ramp the share of base flows that returns is"
        f" {'; '.join(groups)}; over the horizon the mean is {spread}; {_rent(term.rent_to)}"
    )


def _export_tax(term: t.ExportTax, say: _Speaker) -> str:
    route = f"exports of {_market(term)} to {say.who(term.importers)}"
    return f"{say.who(term.exporters)} taxes {route} at {_duty(term)}"


def _payers(term: t.ProductionSubsidy | t.CapitalSubsidy | t.ContractForDifference, say: _Speaker) -> str:
    own = term.payers == term.producers
    return "each treasury pays its own" if own else f"the treasuries of {say.who(term.payers)} pay"


def _volume(volume: float | None) -> str:
    return "all output" if volume is None else f"up to {volume:,.0f} t contained per year"


def _subsidy(term: t.ProductionSubsidy, say: _Speaker) -> str:
    return (
        f"producers of {_market(term)} in {say.who(term.producers)} receive {_price(term.amount)} on"
        f" {_volume(term.volume_t)}; {_payers(term, say)}"
    )


def _capital(term: t.CapitalSubsidy, say: _Speaker) -> str:
    return (
        f"{100 * term.share:g} % of the capital cost of {term.capacity_t:,.0f} t contained per year of new"
        f" capacity for {_market(term)} in {say.who(term.producers)} is granted; {_payers(term, say)}"
    )


def _contract(term: t.ContractForDifference, say: _Speaker) -> str:
    upside = ""
    if term.upside_share:
        above = _price(term.upside_from or term.strike)
        upside = f" and return {100 * term.upside_share:g} % of what they earn above {above}"
    producers = f"producers of {_market(term)} in {say.who(term.producers)}"
    return (
        f"{producers} are paid the gap up to {_price(term.strike)}"
        f" on {_volume(term.volume_t)}{upside}; {_payers(term, say)}"
    )


def _purchase(term: t.PublicPurchase, say: _Speaker) -> str:
    limit = "" if term.price_max is None else f" while the price is not above {_price(term.price_max)}"
    return f"{say.who(term.buyers)} buys up to {term.quantity_t:,.0f} t contained of {_market(term)}{limit}"


def _release(term: t.Release, say: _Speaker) -> str:
    limit = "" if term.price_min is None else f" while the price is not below {_price(term.price_min)}"
    stock = "" if term.stock_t is None else f" out of a stock of {term.stock_t:,.0f} t"
    return (
        f"{say.who(term.countries)} sells up to {term.quantity_t:,.0f} t contained of {_market(term)}{stock}"
        f" from its reserve{limit}"
    )


def _outage(term: t.Outage, say: _Speaker) -> str:
    if term.lost_share is not None:
        return f"{say.who(term.countries)} loses {100 * term.lost_share:g} % of capacity for {_market(term)}"
    return f"{say.who(term.countries)} loses {term.lost_t:,.0f} t contained per year of {_market(term)}"


def _demand(term: t.DemandShock, say: _Speaker) -> str:
    part = f" for {term.end_use}" if term.end_use else ""
    change = (
        f"{100 * term.change_share:+g} %"
        if term.change_share is not None
        else f"{term.change_t:+,.0f} t contained per year"
    )
    return f"use of {_market(term)}{part} in {say.who(term.countries)} shifts by {change} at unchanged price"


def _surge(term: t.SupplySurge, say: _Speaker) -> str:
    added = (
        f"{100 * term.added_share:g} %"
        if term.added_share is not None
        else f"{term.added_t:,.0f} t contained per year"
    )
    return f"{say.who(term.countries)} adds {added} to its supply of {_market(term)} at unchanged price"


_SENTENCES: Mapping[type[Term], Callable[[Any, _Speaker], str]] = {
    t.Floor: _floor,
    t.Tariff: _tariff,
    t.ExportBan: _ban,
    t.ExportQuota: _quota,
    t.ExportLicence: _licence,
    t.ExportTax: _export_tax,
    t.ProductionSubsidy: _subsidy,
    t.CapitalSubsidy: _capital,
    t.ContractForDifference: _contract,
    t.PublicPurchase: _purchase,
    t.Release: _release,
    t.Outage: _outage,
    t.DemandShock: _demand,
    t.SupplySurge: _surge,
}
