"""One sentence per instrument and shock: what it does, to whom, who pays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lodestock.policy import terms as t
from lodestock.scenario import import_sentences as imports
from lodestock.scenario.country_words import joined
from lodestock.scenario.import_sentences import duty, leak
from lodestock.scenario.plain_words import Speaker, Term, market, money, percent, price, tonnes


def _ban(term: t.ExportBan, say: Speaker) -> str:
    return f"no {market(term)} is shipped {say.route(term)}{leak(term)}"


def _rent(rent_to: str) -> str:
    kept = {t.TREASURY: "the exporter's treasury", t.IMPORTERS: "the importers"}.get(
        rent_to, "whoever holds a licence"
    )
    return f"the rent goes to {kept}"


def _quota(term: t.ExportQuota, say: Speaker) -> str:
    limit = f"{percent(term.share_of_base)} of the base-year flow"
    if term.limit_t is not None:
        limit = f"{tonnes(term.limit_t)} per year"
    if term.shared:
        return _shared_quota(term, say)
    return (
        f"at most {limit} of {market(term)} is shipped {say.route(term)}; {_rent(term.rent_to)}{leak(term)}"
    )


def _shared_quota(term: t.ExportQuota, say: Speaker) -> str:
    limit = f"{percent(term.share_of_base)} of their base-year flow"
    if term.limit_t is not None:
        limit = f"{tonnes(term.limit_t).removesuffix(' contained')} {term.form or 'contained'} per year"
    others = [
        other.material
        for case in (say.resolved.case, *say.resolved.alternatives)
        for other in case.instruments
        if other.name == term.name and other.material != term.material
    ]
    return (
        f"{market(term)} shipped {say.route(term)} counts against one limit of {limit} that it shares with"
        f" {joined(list(dict.fromkeys(others)))}; {_rent(term.rent_to)}"
    )


def _licence(term: t.ExportLicence, say: Speaker) -> str:
    by_share: dict[float, list[str]] = {}
    for country, share in zip(term.importers, term.plateau_share, strict=True):
        by_share.setdefault(share, []).append(country)
    groups = [
        f"{percent(share)} to"
        f" {say.who(tuple(to), besides=(*term.exporters, *(set(term.importers) - set(to))))}"
        for share, to in sorted(by_share.items())
    ]
    mean = sorted({term.mean_share(to[0], 12.0 * say.resolved.horizon.years) for to in by_share.values()})
    spread = " to ".join(f"{100 * share:.0f} %" for share in {mean[0]: 0, mean[-1]: 0})
    return (
        f"exports of {market(term)} from {say.who(term.exporters)} need a licence: {_delay(term)}the share"
        f" of base flows that returns is {'; '.join(groups)}; the mean over the horizon is {spread};"
        f" {_rent(term.rent_to)}{leak(term)}"
    )


def _delay(term: t.ExportLicence) -> str:
    spans = ((term.freeze_months, "freeze"), (term.ramp_months, "ramp"))
    said = [f"{months:g} month{'' if months == 1 else 's'} of {what}" for months, what in spans if months]
    return f"after {' and '.join(said)} " if said else ""


def _export_tax(term: t.ExportTax, say: Speaker) -> str:
    return f"exports of {market(term)} {say.route(term)} pay {duty(term)}"


def _payers(term: t.ProductionSubsidy | t.CapitalSubsidy | t.ContractForDifference, say: Speaker) -> str:
    own = term.payers == term.producers
    return "each treasury pays its own" if own else f"the treasuries of {say.who(term.payers)} pay"


def _producers(term: t.ProductionSubsidy | t.CapitalSubsidy | t.ContractForDifference, say: Speaker) -> str:
    return f"producers of {market(term)} in {say.who(term.producers)}"


def _volume(volume: float | None) -> str:
    return "all output" if volume is None else f"up to {tonnes(volume)} per year"


def _subsidy(term: t.ProductionSubsidy, say: Speaker) -> str:
    amount = f"{price(term.amount)} on {_volume(term.volume_t)}"
    return f"{_producers(term, say)} receive {amount}; {_payers(term, say)}"


def _capital(term: t.CapitalSubsidy, say: Speaker) -> str:
    return (
        f"{_producers(term, say)} are granted {percent(term.share)} of the capital cost of"
        f" {tonnes(term.capacity_t)} per year of new capacity; {_payers(term, say)}"
    )


def _contract(term: t.ContractForDifference, say: Speaker) -> str:
    upside = ""
    if term.upside_share:
        above = price(term.upside_from or term.strike)
        upside = f" and return {percent(term.upside_share)} of what they earn above {above}"
    return (
        f"{_producers(term, say)} are paid the gap up to {price(term.strike)} on"
        f" {_volume(term.volume_t)}{upside}; {_payers(term, say)}{_budget(term)}"
    )


def _budget(term: t.ContractForDifference) -> str:
    if term.budget_usd is None:
        return ""
    return f", at most {money(term.budget_usd)} a year, less per tonne where the gap costs more"


def _purchase(term: t.PublicPurchase, say: Speaker) -> str:
    limit = "" if term.price_max is None else f" while the price is not above {price(term.price_max)}"
    buyers = say.who(term.buyers)
    within = ""
    if term.quantity_t is None:
        amount = f"as much as {money(term.budget_usd or 0.0)} a year buys"
    else:
        amount = f"up to {tonnes(term.quantity_t)}"
        within = "" if term.budget_usd is None else f", within a budget of {money(term.budget_usd)} a year"
    return f"{amount} of {market(term)} is bought for reserves in {buyers}{limit}{within}"


def _release(term: t.Release, say: Speaker) -> str:
    limit = "" if term.price_min is None else f" while the price is not below {price(term.price_min)}"
    stock = "" if term.stock_t is None else f", which hold {tonnes(term.stock_t)},"
    return (
        f"up to {tonnes(term.quantity_t)} of {market(term)} is sold from reserves in"
        f" {say.who(term.countries)}{stock}{limit}".removesuffix(",")
    )


def _policy_stock(term: t.PolicyStock, say: Speaker) -> str:
    return (
        f"a reserve in {say.who(term.countries)} that holds {tonnes(term.stock_t)} of {market(term)} buys at"
        f" {price(term.buy_price)} or less, for at most {money(term.budget_usd)} a year, and sells at"
        f" {price(term.release_price)} or more"
    )


def _outage(term: t.Outage, say: Speaker) -> str:
    if term.lost_t is not None:
        return f"{tonnes(term.lost_t)} per year of {market(term)} is lost in {say.who(term.countries)}"
    return f"{percent(term.lost_share)} of capacity for {market(term)} is lost in {say.who(term.countries)}"


def _demand(term: t.DemandShock, say: Speaker) -> str:
    part = f" for {term.end_use}" if term.end_use else ""
    change = f"{100 * (term.change_share or 0.0):+g} %"
    if term.change_t is not None:
        change = f"{term.change_t:+,.0f} t contained per year"
    return f"use of {market(term)}{part} by {say.who(term.countries)} shifts by {change} at unchanged price"


def _surge(term: t.SupplySurge, say: Speaker) -> str:
    added = percent(term.added_share)
    if term.added_t is not None:
        added = f"{tonnes(term.added_t)} per year"
    return f"supply of {market(term)} in {say.who(term.countries)} grows by {added} at unchanged price"


def _closure(term: t.Closure, say: Speaker) -> str:
    part = "" if term.share == 1.0 else f"{percent(term.share)} of "
    route = say.route(term)
    if not term.corridor:
        return f"{part}shipments of {market(term)} {route} are held up"
    route = f", {route}," if route else ""
    return f"{part}shipments of {market(term)} through {term.corridor}{route} wait or go round"


def _enforcement(term: t.Enforcement, say: Speaker) -> str:
    return (
        f"{percent(term.share)} of what leaks of {market(term)} out of {say.who(term.exporters)} is stopped"
    )


SENTENCES: Mapping[type[Term], Callable[[Any, Speaker], str]] = {
    t.Floor: imports.floor,
    t.Tariff: imports.tariff,
    t.TariffRateQuota: imports.tariff_rate_quota,
    t.MinimumImportPrice: imports.minimum_import_price,
    t.DerivativeLevy: imports.derivative_levy,
    t.DomesticContent: imports.domestic_content,
    t.RecycledContent: imports.recycled_content,
    t.SingleCountryCap: imports.single_country_cap,
    t.ExportBan: _ban,
    t.ExportQuota: _quota,
    t.ExportLicence: _licence,
    t.ExportTax: _export_tax,
    t.ProductionSubsidy: _subsidy,
    t.CapitalSubsidy: _capital,
    t.ContractForDifference: _contract,
    t.PublicPurchase: _purchase,
    t.Release: _release,
    t.PolicyStock: _policy_stock,
    t.Outage: _outage,
    t.DemandShock: _demand,
    t.SupplySurge: _surge,
    t.Closure: _closure,
    t.Enforcement: _enforcement,
}
