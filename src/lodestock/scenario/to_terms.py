"""Entries of the file -> terms of the policy room: names looked up, countries spelt out, units canonical."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lodestock.errors import ConflictError, FileFormatError, UnknownNameError, ValueOutOfRangeError
from lodestock.policy import terms
from lodestock.scenario import entries as e
from lodestock.scenario import to_event_terms as events
from lodestock.scenario import to_import_terms as imports
from lodestock.scenario import to_reserve_terms as reserves
from lodestock.scenario.cases import Placed
from lodestock.scenario.entry_market import EntryMarket, Setting
from lodestock.scenario.names import MaterialName
from lodestock.scenario.quantity import Quantity
from lodestock.scenario.sets import CountryList
from lodestock.scenario.to_import_terms import duty, leak_of_range

Term = terms.Instrument | terms.Shock


@dataclass(frozen=True, slots=True)
class PlacedTerm:
    """A term with its entry and a function that tells where the keys of the entry stand in the file."""

    term: Term
    entry: e.Entry
    where: Callable[[str], str]


def terms_of(placed: Placed, setting: Setting) -> tuple[PlacedTerm, ...]:
    """Return one term per material of the entry.

    Raises
    ------
    UnknownNameError
        Material, stage, country, set or zone that does not exist.
    ConflictError
        Dates out of order; a price in USD for several materials at once; nobody left to act on.
    UnitError
        A form that is missing or that the material does not have.
    """
    entry = placed.entry
    if entry.end is not None and entry.end <= entry.start:
        raise ConflictError(
            f"dates out of order: end {entry.end} is not after start {entry.start}", where=placed.where("end")
        )
    _check_for_dates(placed)
    markets = [
        EntryMarket(setting, material, _stage(placed, material, setting), placed)
        for material in _materials(placed, setting)
    ]
    if len(markets) > 1 and not getattr(entry, "shared", False):
        _check_for_shared_quantities(placed)
    convert = _CONVERTERS[type(entry)]
    return tuple(PlacedTerm(convert(entry, market), entry, placed.where) for market in markets)


def _check_for_dates(placed: Placed) -> None:
    """Rumour, announcement and start in that order."""
    entry = placed.entry
    if entry.announced is not None and entry.announced > entry.start:
        raise ConflictError(
            f"dates out of order: announced {entry.announced} is after start {entry.start}",
            where=placed.where("announced"),
            hint="a measure cannot bind before it is known; move one of the dates",
        )
    known = entry.announced or entry.start
    if entry.rumour is not None and entry.rumour > known:
        raise ConflictError(
            f"dates out of order: rumour {entry.rumour} is after the announcement {known}",
            where=placed.where("rumour"),
        )


def _materials(placed: Placed, setting: Setting) -> list[MaterialName]:
    listed = {material.slug for material in setting.materials}
    if placed.entry.material is None:
        if len(setting.materials) > 1:
            raise FileFormatError(
                "key 'material' is missing", where=placed.where(""), allowed=", ".join(sorted(listed))
            )
        return list(setting.materials)
    found: list[MaterialName] = []
    for name in placed.entry.material:
        material = setting.names.material(name, where=placed.where("material"))
        if material.slug not in listed:
            raise UnknownNameError("material of this scenario", name, listed, where=placed.where("material"))
        if material in found:
            raise ConflictError(f"{material.slug} stands twice", where=placed.where("material"))
        found.append(material)
    return found


def _stage(placed: Placed, material: MaterialName, setting: Setting) -> str:
    if placed.entry.stage is not None:
        return setting.names.stage(material, placed.entry.stage, where=placed.where("stage"))
    if len(material.stages) == 1:
        return material.stages[0]
    raise FileFormatError(
        f"key 'stage' is missing: {material.slug} has {len(material.stages)} stages",
        where=placed.where(""),
        allowed=", ".join(material.stages),
    )


def _check_for_shared_quantities(placed: Placed) -> None:
    for key in type(placed.entry).model_fields:
        value = getattr(placed.entry, key)
        if isinstance(value, Quantity) and value.dimension in ("price", "mass", "mass_per_year"):
            raise ConflictError(
                f"{value.text!r} cannot fit several materials at once",
                where=placed.where(key),
                hint="write one entry per material, or a share (%, % of base)",
            )


def _export_ban(entry: e.ExportBanEntry, market: EntryMarket) -> terms.ExportBan:
    route = market.route(entry.exporters, entry.importers)
    return terms.ExportBan(**market.base(), **route, leak=leak_of_range(entry.leak))


def _export_quota(entry: e.ExportQuotaEntry, market: EntryMarket) -> terms.ExportQuota:
    route = market.route(entry.exporters, entry.importers)
    share, limit = market.share_or_tonnes(entry.limit, "limit")
    shared: dict[str, Any] = {}
    if entry.shared:
        _check_for_lone_share(entry, market)
        shared = {"shared": True}
        if limit is not None:
            limit = entry.limit.value
            shared |= {
                "form": entry.limit.form or "",
                "counted": 1.0 / market.factor(entry.limit, "limit"),
            }
    return terms.ExportQuota(
        **market.base(),
        **route,
        limit_t=limit,
        share_of_base=share,
        rent_to=entry.rent_to,
        leak=leak_of_range(entry.leak),
        **shared,
    )


def _check_for_lone_share(entry: e.ExportQuotaEntry, market: EntryMarket) -> None:
    """A quota is shared by several materials, and what leaks round it has no share of its own."""
    materials = market.setting.materials if entry.material is None else entry.material
    if len(materials) < 2:
        raise ConflictError(
            "a quota on one material is not shared",
            where=market.where("shared"),
            hint="list the materials that share it, or leave 'shared' out",
        )
    if entry.leak is not None:
        raise ConflictError(
            "a shared quota has no leak: what it blocks of each material is known only once solved",
            where=market.where("leak"),
            hint="leave one of them out",
        )


def _export_licence(entry: e.ExportLicenceEntry, market: EntryMarket) -> terms.ExportLicence:
    route = market.route(entry.exporters, entry.importers)
    shares = dict.fromkeys(route["importers"], entry.plateau.value)
    for name, share in entry.plateau_by_destination.items():
        for country in market.countries(CountryList((name,)), "plateau_by_destination"):
            if country in shares:
                shares[country] = share.value
    months: dict[str, Any] = {
        f"{key}_months": round(12.0 * span.value, 9)
        for key, span in (("freeze", entry.freeze), ("ramp", entry.ramp))
        if span is not None
    }
    return terms.ExportLicence(
        **market.base(),
        **route,
        plateau_share=tuple(shares.values()),
        **months,
        freeze_share=0.0 if entry.freeze_share is None else entry.freeze_share.value,
        pull_forward_share=0.0 if entry.pull_forward is None else entry.pull_forward.value,
        rent_to=entry.rent_to,
        leak=leak_of_range(entry.leak),
    )


def _export_tax(entry: e.ExportTaxEntry, market: EntryMarket) -> terms.ExportTax:
    route = market.route(entry.exporters, entry.importers)
    return terms.ExportTax(**market.base(), **route, **duty(entry.rate, market))


def _support(entry: e.Support, market: EntryMarket) -> dict[str, Any]:
    producers = market.countries(entry.producers, "producers")
    payers = producers if entry.payers is None else market.countries(entry.payers, "payers")
    return {**market.base(), "producers": producers, "payers": payers}


def _production_subsidy(entry: e.ProductionSubsidyEntry, market: EntryMarket) -> terms.ProductionSubsidy:
    return terms.ProductionSubsidy(
        **_support(entry, market),
        amount=market.amount(entry.amount, "amount"),
        volume_t=market.optional_tonnes(entry.volume, "volume"),
    )


def _capital_subsidy(entry: e.CapitalSubsidyEntry, market: EntryMarket) -> terms.CapitalSubsidy:
    given: dict[str, Any] = {
        "life_years": None if entry.life is None else entry.life.value,
        "discount_rate": None if entry.discount_rate is None else entry.discount_rate.value,
    }
    return terms.CapitalSubsidy(
        **_support(entry, market),
        capacity_t=market.tonnes(entry.capacity, "capacity"),
        share=entry.share.value,
        capital_cost=market.optional_amount(entry.capital_cost, "capital_cost"),
        operating_cost=market.optional_amount(entry.operating_cost, "operating_cost"),
        **{key: value for key, value in given.items() if value is not None},
    )


def _contract_for_difference(
    entry: e.ContractForDifferenceEntry, market: EntryMarket
) -> terms.ContractForDifference:
    return terms.ContractForDifference(
        **_support(entry, market),
        strike=market.amount(entry.strike, "strike"),
        upside_share=0.0 if entry.upside_share is None else entry.upside_share.value,
        upside_from=market.optional_amount(entry.upside_from, "upside_from"),
        volume_t=market.optional_tonnes(entry.volume, "volume"),
        budget_usd=None if entry.budget is None else entry.budget.value,
    )


def _outage(entry: e.OutageEntry, market: EntryMarket) -> terms.Outage:
    share, lost = market.share_or_tonnes(entry.loss, "loss")
    countries = market.countries(entry.countries, "countries")
    return terms.Outage(**market.base(), countries=countries, lost_share=share, lost_t=lost)


def _demand_shock(entry: e.DemandShockEntry, market: EntryMarket) -> terms.DemandShock:
    share, change = market.share_or_tonnes(entry.change, "change")
    if share is not None and share < -1.0:
        raise ValueOutOfRangeError(
            f"use cannot fall by {-100 * share:g} %", where=market.where("change"), allowed="-100 % or more"
        )
    if market.stage != market.material.stages[-1]:
        raise ConflictError(
            f"{market.material.slug} is used at its last stage, not at {market.stage!r}",
            where=market.where("stage"),
            allowed=market.material.stages[-1],
        )
    known = market.setting.names.end_uses(market.material.slug) if entry.end_use is not None else ()
    if known and entry.end_use not in known:
        raise UnknownNameError(
            f"end use of {market.material.slug}", entry.end_use, known, where=market.where("end_use")
        )
    if entry.end_use is not None and share is None:
        raise ConflictError("end_use goes with a share, not with a tonnage", where=market.where("end_use"))
    countries = market.countries(entry.countries, "countries")
    return terms.DemandShock(
        **market.base(), countries=countries, change_share=share, change_t=change, end_use=entry.end_use
    )


def _supply_surge(entry: e.SupplySurgeEntry, market: EntryMarket) -> terms.SupplySurge:
    share, added = market.share_or_tonnes(entry.change, "change")
    countries = market.countries(entry.countries, "countries")
    return terms.SupplySurge(**market.base(), countries=countries, added_share=share, added_t=added)


_CONVERTERS: Mapping[type[e.Entry], Callable[[Any, EntryMarket], Term]] = {
    e.FloorEntry: imports.floor,
    e.TariffEntry: imports.tariff,
    e.TariffRateQuotaEntry: imports.tariff_rate_quota,
    e.MinimumImportPriceEntry: imports.minimum_import_price,
    e.DerivativeLevyEntry: imports.derivative_levy,
    e.DomesticContentEntry: imports.domestic_content,
    e.RecycledContentEntry: imports.recycled_content,
    e.SingleCountryCapEntry: imports.single_country_cap,
    e.ExportBanEntry: _export_ban,
    e.ExportQuotaEntry: _export_quota,
    e.ExportLicenceEntry: _export_licence,
    e.ExportTaxEntry: _export_tax,
    e.ProductionSubsidyEntry: _production_subsidy,
    e.CapitalSubsidyEntry: _capital_subsidy,
    e.ContractForDifferenceEntry: _contract_for_difference,
    e.PublicPurchaseEntry: reserves.public_purchase,
    e.ReleaseEntry: reserves.release,
    e.PolicyStockEntry: reserves.policy_stock,
    e.OutageEntry: _outage,
    e.ClosureEntry: events.closure,
    e.EnforcementEntry: events.enforcement,
    e.DemandShockEntry: _demand_shock,
    e.SupplySurgeEntry: _supply_surge,
}
