"""What a scenario will do, in sentences, before anything is solved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lodestock.policy import terms as t
from lodestock.policy.network import Network
from lodestock.policy.parts import FloatArray
from lodestock.scenario.idle import changes_nothing, has_routes, idle_reason
from lodestock.scenario.resolved import Case, ResolvedScenario

Term = t.Instrument | t.Shock
MAX_COUNTRIES = 8
EVERYBODY = 120
"""A list of more countries than this is written as all countries, or as everybody else."""


def explain_plan(
    resolved: ResolvedScenario,
    countries: Mapping[str, str] | None = None,
    networks: Mapping[str, Network] | None = None,
) -> list[str]:
    """Say in sentences what solving ``resolved`` will do: every zone, instrument, shock and alternative.

    ``countries`` maps alpha-3 codes to names; those of the snapshot when left out. With the base ``networks``
    by material it also says which export controls and duties meet no trade.
    """
    say = _speaker(resolved, countries, networks)
    years = resolved.horizon.years
    lines = [f"{resolved.title}.", f"Question: {resolved.question}"]
    if resolved.extends:
        lines.append(f"It builds on {', '.join(resolved.extends)}.")
    lines.append(
        f"Materials: {', '.join(resolved.materials)}; base year {resolved.base_year}; markets have"
        f" {years:g} {'year' if years == 1 else 'years'} to adapt ({resolved.horizon.name} run);"
        f" measures count as they stand on {resolved.evaluate_on}."
    )
    lines += [f"Zone {zone.name!r} has {say.members(zone.members)}." for zone in resolved.zones]
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


def idle_sentences(
    case: Case,
    resolved: ResolvedScenario,
    networks: Mapping[str, Network],
    price: Mapping[str, FloatArray],
    countries: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Say which export controls and duties of a solved case change nothing, and why.

    ``networks`` are those of the base year and ``price`` the solved node prices, USD/t, by material.
    """
    found: list[str] = []
    say: _Speaker | None = None
    for term in case.instruments:
        network = networks[term.material]
        if not idle_reason(network, term, str) or not changes_nothing(network, term, price[term.material]):
            continue
        say = say or _speaker(resolved, countries, networks)
        why = idle_reason(network, term, say.who)
        unpaid = ", and none would pay" if has_routes(network, term) else ""
        found.append(f"{term.name!r} changes nothing because {why}{unpaid}.")
    return tuple(found)


def _speaker(
    resolved: ResolvedScenario,
    countries: Mapping[str, str] | None,
    networks: Mapping[str, Network] | None,
) -> _Speaker:
    if countries is None:
        from lodestock.scenario.catalog_names import load_names

        countries = load_names().countries
    return _Speaker(resolved, countries, networks or {})


class _Speaker:
    """Writes countries by name, and as the zone of the scenario where they are one."""

    def __init__(
        self, resolved: ResolvedScenario, names: Mapping[str, str], networks: Mapping[str, Network]
    ) -> None:
        self.resolved = resolved
        self.names = names
        self.networks = networks
        self.zones = {zone.members: zone.name for zone in resolved.zones}

    def countries(self, codes: Sequence[str]) -> str:
        if len(codes) > EVERYBODY:
            return "all countries" if len(codes) >= len(self.names) else "everybody else"
        shown = ", ".join(self.names.get(code, code) for code in codes[:MAX_COUNTRIES])
        return shown if len(codes) <= MAX_COUNTRIES else f"{shown} and {len(codes) - MAX_COUNTRIES} more"

    def members(self, codes: Sequence[str]) -> str:
        """Number and names of a zone's members; those left out where these are fewer."""
        number = "1 member" if len(codes) == 1 else f"{len(codes)} members"
        left = [code for code in self.names if code not in set(codes)]
        if len(codes) > EVERYBODY and len(left) <= MAX_COUNTRIES:
            return f"{number}: all countries" + (f" but {self.countries(left)}" if left else "")
        return f"{number}: {self.countries(codes)}"

    def who(self, codes: tuple[str, ...]) -> str:
        return f"zone {self.zones[codes]!r}" if codes in self.zones else self.countries(codes)

    def case(self, case: Case, beside: Case | None = None) -> list[str]:
        """Say every entry of the case, or of an alternative only what differs from ``beside``."""
        entries: tuple[Term, ...] = (*case.shocks, *case.instruments)
        kept: tuple[Term, ...] = () if beside is None else (*beside.shocks, *beside.instruments)
        new = {(term.name, term.material, term.stage) for term in entries}
        left_out = [term for term in kept if (term.name, term.material, term.stage) not in new]
        late = [term for term in case.not_in_force if beside is None or term not in beside.not_in_force]
        return [
            *(f"{term.name!r} on {term.material} is left out." for term in left_out),
            *(self.term(term) for term in entries if term not in kept),
            *(
                f"{term.name!r} on {term.material} is not in force on {self.resolved.evaluate_on}"
                f" ({self.dates(term)}) and has no effect."
                for term in late
            ),
        ]

    def dates(self, term: Term) -> str:
        return f"from {term.start}" + (f" until {term.end}" if term.end else "")

    def term(self, term: Term) -> str:
        stale = ""
        if term.start.year < self.resolved.base_year:
            stale = f" The base year {self.resolved.base_year} may already contain part of it."
        said = _SENTENCES[type(term)](term, self)
        return f"{term.name!r}, {self.dates(term)}: {said}.{stale}{self.idle(term)}"

    def idle(self, term: Term) -> str:
        """Say that a measure meets no trade of the base year, where it meets none."""
        network = self.networks.get(term.material)
        why = "" if network is None else idle_reason(network, term, self.who)
        if network is None or not why:
            return ""
        unless = ", unless such a route opens" if has_routes(network, term) else ""
        return f" It changes nothing{unless}: {why}."


def _price(amount: t.Amount) -> str:
    if amount.usd_per_t is not None:
        as_written = f" ({amount.written})" if amount.written else ""
        return f"{amount.usd_per_t:,.0f} USD/t contained{as_written}"
    return f"{100 * (amount.multiple_of_base or 0.0):g} % of the base price"


def _market(term: Term) -> str:
    return f"{term.material} ({term.stage})"


def _tonnes(quantity: float) -> str:
    return f"{quantity:,.0f} t contained" if quantity >= 10.0 else f"{quantity:,.3g} t contained"


def _money(usd: float) -> str:
    return f"{usd / 1e6:,.4g} million USD" if usd < 1e9 else f"{usd / 1e9:,.4g} billion USD"


def _percent(share: float | None) -> str:
    return f"{100 * (share or 0.0):g} %"


def _floor(term: t.Floor, say: _Speaker) -> str:
    cap = "without a cap" if term.cap is None else f"of at most {_price(term.cap)}"
    exempt = ""
    if term.exempt_origins:
        exempt = f"; shipments from {say.countries(term.exempt_origins)} pay nothing"
    return (
        f"zone {term.zone!r} holds its reference price of {_market(term)} at {_price(term.floor)} or more by"
        f" a levy {cap} on imports from non-members{exempt}"
    )


def _duty(term: t.Tariff | t.ExportTax) -> str:
    return _price(term.specific) if term.specific is not None else f"{_percent(term.ad_valorem)} of the price"


def _tariff(term: t.Tariff, say: _Speaker) -> str:
    route = f"{_market(term)} from {say.who(term.exporters)} to {say.who(term.importers)}"
    return f"imports of {route} pay {_duty(term)}"


def _leak(term: t.ExportControl) -> str:
    leak = term.leak
    if leak is None:
        return ""
    span = "" if leak.low == leak.high else f" ({_percent(leak.low)} to {_percent(leak.high)})"
    return (
        f"; up to {_percent(leak.share)}{span} of the base flow it blocks leaks round it, at an extra cost,"
        " and whoever carries it keeps the gap"
    )


def _ban(term: t.ExportBan, say: _Speaker) -> str:
    route = f"{_market(term)} is shipped from {say.who(term.exporters)} to {say.who(term.importers)}"
    return f"no {route}{_leak(term)}"


def _rent(rent_to: str) -> str:
    kept = "the exporter's treasury" if rent_to == t.TREASURY else "whoever holds a licence"
    return f"the rent goes to {kept}"


def _quota(term: t.ExportQuota, say: _Speaker) -> str:
    limit = f"{_percent(term.share_of_base)} of the base-year flow"
    if term.limit_t is not None:
        limit = f"{_tonnes(term.limit_t)} per year"
    if term.shared:
        return _shared_quota(term, say)
    return (
        f"at most {limit} of {_market(term)} is shipped from {say.who(term.exporters)} to"
        f" {say.who(term.importers)}; {_rent(term.rent_to)}{_leak(term)}"
    )


def _shared_quota(term: t.ExportQuota, say: _Speaker) -> str:
    limit = f"{_percent(term.share_of_base)} of their base-year flow"
    if term.limit_t is not None:
        limit = f"{_tonnes(term.limit_t).removesuffix(' contained')} {term.form or 'contained'} per year"
    others = [
        other.material
        for case in (say.resolved.case, *say.resolved.alternatives)
        for other in case.instruments
        if other.name == term.name and other.material != term.material
    ]
    return (
        f"{_market(term)} shipped from {say.who(term.exporters)} to {say.who(term.importers)} counts against"
        f" one limit of {limit} that it shares with {', '.join(dict.fromkeys(others))}; {_rent(term.rent_to)}"
    )


def _licence(term: t.ExportLicence, say: _Speaker) -> str:
    by_share: dict[float, list[str]] = {}
    for country, share in zip(term.importers, term.plateau_share, strict=True):
        by_share.setdefault(share, []).append(country)
    groups = [f"{_percent(share)} to {say.who(tuple(to))}" for share, to in sorted(by_share.items())]
    mean = sorted({term.mean_share(to[0], 12.0 * say.resolved.horizon.years) for to in by_share.values()})
    spread = " to ".join(f"{100 * share:.0f} %" for share in {mean[0]: 0, mean[-1]: 0})
    months = f"{term.freeze_months:g} months of freeze and {term.ramp_months:g} months of ramp"
    return (
        f"exports of {_market(term)} from {say.who(term.exporters)} need a licence: after {months} the share"
        f" of base flows that returns is {'; '.join(groups)}; the mean over the horizon is {spread};"
        f" {_rent(term.rent_to)}{_leak(term)}"
    )


def _export_tax(term: t.ExportTax, say: _Speaker) -> str:
    route = f"{_market(term)} from {say.who(term.exporters)} to {say.who(term.importers)}"
    return f"exports of {route} pay {_duty(term)}"


def _payers(term: t.ProductionSubsidy | t.CapitalSubsidy | t.ContractForDifference, say: _Speaker) -> str:
    own = term.payers == term.producers
    return "each treasury pays its own" if own else f"the treasuries of {say.who(term.payers)} pay"


def _producers(term: t.ProductionSubsidy | t.CapitalSubsidy | t.ContractForDifference, say: _Speaker) -> str:
    return f"producers of {_market(term)} in {say.who(term.producers)}"


def _volume(volume: float | None) -> str:
    return "all output" if volume is None else f"up to {_tonnes(volume)} per year"


def _subsidy(term: t.ProductionSubsidy, say: _Speaker) -> str:
    amount = f"{_price(term.amount)} on {_volume(term.volume_t)}"
    return f"{_producers(term, say)} receive {amount}; {_payers(term, say)}"


def _capital(term: t.CapitalSubsidy, say: _Speaker) -> str:
    return (
        f"{_producers(term, say)} are granted {_percent(term.share)} of the capital cost of"
        f" {_tonnes(term.capacity_t)} per year of new capacity; {_payers(term, say)}"
    )


def _contract(term: t.ContractForDifference, say: _Speaker) -> str:
    upside = ""
    if term.upside_share:
        above = _price(term.upside_from or term.strike)
        upside = f" and return {_percent(term.upside_share)} of what they earn above {above}"
    return (
        f"{_producers(term, say)} are paid the gap up to {_price(term.strike)} on"
        f" {_volume(term.volume_t)}{upside}; {_payers(term, say)}"
    )


def _purchase(term: t.PublicPurchase, say: _Speaker) -> str:
    limit = "" if term.price_max is None else f" while the price is not above {_price(term.price_max)}"
    buyers = say.who(term.buyers)
    within = ""
    if term.quantity_t is None:
        amount = f"as much as {_money(term.budget_usd or 0.0)} a year buys"
    else:
        amount = f"up to {_tonnes(term.quantity_t)}"
        within = "" if term.budget_usd is None else f", within a budget of {_money(term.budget_usd)} a year"
    return f"{amount} of {_market(term)} is bought for reserves in {buyers}{limit}{within}"


def _release(term: t.Release, say: _Speaker) -> str:
    limit = "" if term.price_min is None else f" while the price is not below {_price(term.price_min)}"
    stock = "" if term.stock_t is None else f", which hold {_tonnes(term.stock_t)},"
    return (
        f"up to {_tonnes(term.quantity_t)} of {_market(term)} is sold from reserves in"
        f" {say.who(term.countries)}{stock}{limit}".removesuffix(",")
    )


def _outage(term: t.Outage, say: _Speaker) -> str:
    if term.lost_t is not None:
        return f"{_tonnes(term.lost_t)} per year of {_market(term)} is lost in {say.who(term.countries)}"
    return f"{_percent(term.lost_share)} of capacity for {_market(term)} is lost in {say.who(term.countries)}"


def _demand(term: t.DemandShock, say: _Speaker) -> str:
    part = f" for {term.end_use}" if term.end_use else ""
    change = f"{100 * (term.change_share or 0.0):+g} %"
    if term.change_t is not None:
        change = f"{term.change_t:+,.0f} t contained per year"
    return f"use of {_market(term)}{part} by {say.who(term.countries)} shifts by {change} at unchanged price"


def _surge(term: t.SupplySurge, say: _Speaker) -> str:
    added = _percent(term.added_share)
    if term.added_t is not None:
        added = f"{_tonnes(term.added_t)} per year"
    return f"supply of {_market(term)} in {say.who(term.countries)} grows by {added} at unchanged price"


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
