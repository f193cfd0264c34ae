"""Entries on imports, and mandates, -> terms of the policy room."""

from __future__ import annotations

from datetime import date
from typing import Any

from lodestock.errors import ConflictError, FileFormatError, UnknownNameError, ValueOutOfRangeError
from lodestock.policy import terms
from lodestock.scenario import entries as e
from lodestock.scenario.entry_market import EntryMarket
from lodestock.scenario.fields import ShareRange
from lodestock.scenario.quantity import Quantity


def leak_of_range(leak: ShareRange | None) -> terms.Leak | None:
    """A leak as the policy room reads it; None where nothing leaks."""
    if leak is None or leak.high == 0.0:
        return None
    return terms.Leak(
        share=leak.central,
        low=leak.low,
        high=leak.high,
        source=leak.source,
        lag_months=round(12.0 * leak.lag, 9),
    )


def duty(rate: Quantity, market: EntryMarket, key: str = "rate") -> dict[str, Any]:
    """A rate as specific amount or share."""
    if rate.dimension == "share":
        return {"ad_valorem": rate.value}
    return {"specific": market.amount(rate, key)}


def floor(entry: e.FloorEntry, market: EntryMarket) -> terms.Floor:
    """A floor and its options."""
    zone = entry.zone or market.setting.main_zone
    if zone is None:
        raise FileFormatError(
            "key 'zone' is missing", where=market.where(""), hint="define a zone under zones"
        )
    if zone not in market.setting.zones:
        raise UnknownNameError("zone", zone, market.setting.zones, where=market.where("zone"))
    _check_floor_options(entry, market)
    exempt = () if entry.exempt_origins is None else market.countries(entry.exempt_origins, "exempt_origins")
    return terms.Floor(
        **market.base(),
        zone=zone,
        members=market.setting.zones[zone],
        floor=market.amount(entry.price, "price"),
        cap=market.optional_amount(entry.cap, "cap"),
        exempt_origins=exempt,
        levy_per=entry.levy_per,
        reference=entry.reference,
        basis=entry.basis,
        phases=_phases(entry.phase_in),
        drawback=entry.drawback,
        rules_of_origin=entry.rules_of_origin,
        leak=leak_of_range(entry.leak),
    )


def _phases(steps: tuple[tuple[date, float], ...] | None) -> tuple[terms.Phase, ...]:
    return tuple(terms.Phase(start=day, share=share) for day, share in steps or ())


def _check_floor_options(entry: e.FloorEntry, market: EntryMarket) -> None:
    """Options that do not go together."""
    if entry.levy_per == "importer" and entry.reference == "imports":
        raise ConflictError(
            "a levy per importer watches each member's own price, so nothing weights a reference price",
            where=market.where("reference"),
            hint="leave one of them out",
        )
    if entry.drawback and (entry.levy_per == "importer" or entry.basis == "ad_valorem"):
        raise ConflictError(
            "a drawback repays one amount per tonne, the same for all members",
            where=market.where("drawback"),
            allowed="with levy_per: hub and basis: specific",
        )
    if entry.drawback and entry.cap is None:
        raise ConflictError(
            "a drawback needs a cap: where exports draw back all that imports pay, no levy holds the price",
            where=market.where("drawback"),
            hint="set cap, such as 100 % of base",
        )
    if entry.rules_of_origin != "none" and entry.exempt_origins is None:
        raise ConflictError(
            "rules of origin say what an exempt origin may pass on, but none is exempt",
            where=market.where("rules_of_origin"),
            hint="list exempt_origins, or leave rules_of_origin out",
        )


def tariff(entry: e.TariffEntry, market: EntryMarket) -> terms.Tariff:
    """A fixed duty."""
    route = market.route(entry.exporters, entry.importers)
    return terms.Tariff(
        **market.base(),
        **route,
        **duty(entry.rate, market),
        phases=_phases(entry.phase_in),
        leak=leak_of_range(entry.leak),
    )


def tariff_rate_quota(entry: e.TariffRateQuotaEntry, market: EntryMarket) -> terms.TariffRateQuota:
    """Two duties and a quota."""
    within, beyond = entry.within, entry.beyond
    if within.dimension == beyond.dimension and beyond.value < within.value:
        raise ConflictError(
            f"the duty beyond the quota, {beyond.text}, is lower than the one within it, {within.text}",
            where=market.where("beyond"),
        )
    share, limit = market.share_or_tonnes(entry.limit, "limit")
    return terms.TariffRateQuota(
        **market.base(),
        **market.route(entry.exporters, entry.importers),
        within=terms.Rate(**duty(within, market, "within")),
        beyond=terms.Rate(**duty(beyond, market, "beyond")),
        limit_t=limit,
        share_of_base=share,
        rent_to=entry.rent_to,
    )


def minimum_import_price(entry: e.MinimumImportPriceEntry, market: EntryMarket) -> terms.MinimumImportPrice:
    """A least price at the border."""
    return terms.MinimumImportPrice(
        **market.base(),
        **market.route(entry.exporters, entry.importers),
        price=market.amount(entry.price, "price"),
    )


def derivative_levy(entry: e.DerivativeLevyEntry, market: EntryMarket) -> terms.DerivativeLevy:
    """A levy by content; the floor it belongs to is looked for among the entries of the case."""
    content = None if entry.content is None else entry.content.value
    return terms.DerivativeLevy(**market.base(), of_floor=entry.of, content=content)


def _mandate(entry: e.DomesticContentEntry | e.RecycledContentEntry, market: EntryMarket) -> dict[str, Any]:
    return {
        **market.base(),
        "users": market.countries(entry.users, "users"),
        "share": entry.share.value,
    }


def domestic_content(entry: e.DomesticContentEntry, market: EntryMarket) -> terms.DomesticContent:
    """A least share of own material."""
    return terms.DomesticContent(**_mandate(entry, market))


def recycled_content(entry: e.RecycledContentEntry, market: EntryMarket) -> terms.RecycledContent:
    """A least share of recovered scrap, which comes in at the last stage."""
    if market.stage != market.material.stages[-1]:
        raise ConflictError(
            f"old scrap of {market.material.slug} comes in at its last stage, not at {market.stage!r}",
            where=market.where("stage"),
            allowed=market.material.stages[-1],
        )
    return terms.RecycledContent(**_mandate(entry, market))


def single_country_cap(entry: e.SingleCountryCapEntry, market: EntryMarket) -> terms.SingleCountryCap:
    """A largest share of any one origin."""
    users = market.countries(entry.users, "users")
    listed = market.countries(entry.origins, "origins")
    origins = tuple(name for name in listed if name not in users)
    if not origins:
        raise ConflictError(
            "every origin is also a user, so nothing is capped",
            where=market.where("origins"),
            hint="cap countries outside, or narrow the users",
        )
    if entry.share.value <= 0.0:
        raise ValueOutOfRangeError(
            "a cap of 0 is a ban on imports", where=market.where("share"), allowed="more than 0 %"
        )
    return terms.SingleCountryCap(**market.base(), users=users, origins=origins, share=entry.share.value)
