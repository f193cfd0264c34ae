"""A resolved scenario -> a file in the same format, with canonical units: what ran, and can run again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from lodestock.policy import terms as t
from lodestock.scenario.resolved import Case, ResolvedScenario, Zone

Term = t.Instrument | t.Shock
_TYPES: Mapping[type[Term], str] = {
    t.Floor: "floor",
    t.Tariff: "tariff",
    t.TariffRateQuota: "tariff_rate_quota",
    t.MinimumImportPrice: "minimum_import_price",
    t.DerivativeLevy: "derivative_levy",
    t.DomesticContent: "domestic_content",
    t.RecycledContent: "recycled_content",
    t.SingleCountryCap: "single_country_cap",
    t.ExportBan: "export_ban",
    t.ExportQuota: "export_quota",
    t.ExportLicence: "export_licence",
    t.ExportTax: "export_tax",
    t.ProductionSubsidy: "production_subsidy",
    t.CapitalSubsidy: "capital_subsidy",
    t.ContractForDifference: "contract_for_difference",
    t.PublicPurchase: "public_purchase",
    t.Release: "release",
    t.PolicyStock: "policy_stock",
    t.Outage: "outage",
    t.DemandShock: "demand_shock",
    t.SupplySurge: "supply_surge",
    t.Closure: "closure",
    t.Enforcement: "enforcement",
}
_KEYS = {
    "floor": "price",
    "price": "price",
    "buy_price": "buy_price",
    "release_price": "release_price",
    "amount": "amount",
    "strike": "strike",
    "upside_from": "upside_from",
    "cap": "cap",
    "price_max": "price_max",
    "price_min": "price_min",
    "capital_cost": "capital_cost",
    "operating_cost": "operating_cost",
    "specific": "rate",
}
_TONNES_PER_YEAR = {
    "limit_t": "limit",
    "volume_t": "volume",
    "capacity_t": "capacity",
    "quantity_t": "quantity",
    "lost_t": "loss",
    "change_t": "change",
    "added_t": "change",
}
_SHARES = {
    "ad_valorem": "rate",
    "share_of_base": "limit",
    "freeze_share": "freeze_share",
    "pull_forward_share": "pull_forward",
    "share": "share",
    "upside_share": "upside_share",
    "discount_rate": "discount_rate",
    "lost_share": "loss",
    "change_share": "change",
    "added_share": "change",
}
_COUNTRIES = (
    "exporters",
    "importers",
    "producers",
    "payers",
    "buyers",
    "countries",
    "exempt_origins",
    "users",
    "origins",
)
_DEFAULTS = {"levy_per": "hub", "reference": "absorption", "basis": "specific", "rules_of_origin": "none"}
"""Options that are written only where they differ from these."""
_AS_THEY_ARE = ("zone", "rent_to", "end_use", "corridor")


def type_of(term: Term) -> str:
    """Return the type of a term as a file writes it, such as ``export_ban``."""
    return _TYPES[type(term)]


def to_document(resolved: ResolvedScenario) -> dict[str, Any]:
    """Return the scenario as plain values in the input format; reading them gives ``resolved`` again.

    Entries on several materials come out as one entry per material, named ``name-material``.
    """
    document: dict[str, Any] = {
        "format": 1,
        "title": resolved.title,
        "question": resolved.question,
        "base_year": resolved.base_year,
        "materials": list(resolved.materials),
        "horizon": {"value": resolved.horizon.years, "unit": "years"},
        "evaluate_on": resolved.evaluate_on.isoformat(),
    }
    if resolved.zones:
        document["zones"] = {zone.name: _zone(zone) for zone in resolved.zones}
    if resolved.zone is not None:
        document["zone"] = resolved.zone.name
    shared = _shared_names(resolved)
    instruments, shocks = _entries(resolved.case, shared)
    document |= {"instruments": instruments, "shocks": shocks}
    names = [entry["name"] for entry in (*instruments, *shocks)]
    document["alternatives"] = {
        case.name: _alternative(case, names, shared) for case in resolved.alternatives
    }
    plan = resolved.periods
    if plan is not None:
        document["periods"] = {
            "first": plan.first,
            "count": plan.count,
            "foresight": plan.foresight,
            "interest": {"value": plan.interest, "unit": "fraction"},
        }
    options = resolved.options
    document["options"] = {"draws": options.draws, "seed": options.seed, "friction": options.friction}
    document["sources"] = list(resolved.sources)
    document["note"] = resolved.note
    return {key: value for key, value in document.items() if value not in ("", [], {})}


def to_yaml(resolved: ResolvedScenario) -> str:
    """Return `to_document` as YAML text."""
    import yaml

    return yaml.safe_dump(to_document(resolved), sort_keys=False, allow_unicode=True, width=100)


def _zone(zone: Zone) -> dict[str, Any]:
    section = {"members": list(zone.members), "source": zone.source, "note": zone.note}
    return {key: value for key, value in section.items() if value}


def _shared_names(resolved: ResolvedScenario) -> set[str]:
    """Return the names that stand for several materials in some case."""
    shared: set[str] = set()
    for case in (resolved.case, *resolved.alternatives):
        terms = (*case.instruments, *case.shocks, *case.not_in_force)
        names = [term.name for term in terms if not is_shared_quota(term)]
        shared |= {name for name in names if names.count(name) > 1}
    return shared


def _entries(case: Case, shared: set[str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    late_shocks = [term for term in case.not_in_force if isinstance(term, t.Shock)]
    late_instruments = [term for term in case.not_in_force if not isinstance(term, t.Shock)]
    return (
        _together([*case.instruments, *late_instruments], shared),
        [entry_of(term, shared) for term in (*case.shocks, *late_shocks)],
    )


def is_shared_quota(term: Term) -> bool:
    """Tell whether a term is one material's part of a quota that several materials share."""
    return isinstance(term, t.ExportQuota) and term.shared


def _together(terms: list[t.Instrument], shared: set[str]) -> list[dict[str, Any]]:
    """Write terms as entries; the parts of a shared quota become one entry again."""
    entries: list[dict[str, Any]] = []
    of_quota: dict[str, dict[str, Any]] = {}
    for term in terms:
        if is_shared_quota(term) and term.name in of_quota:
            of_quota[term.name]["material"].append(term.material)
            continue
        entry = entry_of(term, shared)
        if is_shared_quota(term):
            entry["material"] = [term.material]
            of_quota[term.name] = entry
        entries.append(entry)
    return entries


def _alternative(case: Case, names: list[str], shared: set[str]) -> dict[str, Any]:
    instruments, shocks = _entries(case, shared)
    section = {"title": case.title, "note": case.note, "remove": names, "add": [*shocks, *instruments]}
    return {key: value for key, value in section.items() if value}


def entry_of(term: Term, shared: set[str] | None = None) -> dict[str, Any]:
    """Return one term as an entry of a file."""
    name = f"{term.name}-{term.material}" if term.name in (shared or ()) else term.name
    entry: dict[str, Any] = {
        "name": name,
        "type": type_of(term),
        "material": term.material,
        "stage": term.stage,
    }
    entry |= {"start": term.start.isoformat(), "end": term.end.isoformat() if term.end else None}
    entry |= {
        key: day.isoformat()
        for key, day in (("announced", term.announced), ("rumour", term.rumour))
        if day is not None
    }
    for item in fields(term):
        entry |= _pairs(item.name, getattr(term, item.name), term)
    entry |= {"source": term.source, "note": term.note}
    return {key: value for key, value in entry.items() if value not in (None, "", [])}


def _pairs(name: str, value: Any, term: Term) -> dict[str, Any]:
    if value is None or (name == "ad_valorem" and getattr(term, "specific", None) is not None):
        return {}
    if name in _KEYS:
        return {_KEYS[name]: _amount(value)}
    if name == "limit_t" and isinstance(term, t.ExportQuota) and term.shared:
        return {"limit": {"value": value, "unit": "t/year", "form": term.form or "contained"}}
    if name == "leak":
        return {"leak": _leak(value)}
    if name in _TONNES_PER_YEAR:
        return {_TONNES_PER_YEAR[name]: {"value": value, "unit": "t/year", "form": "contained"}}
    if name in _SHARES:
        return {_SHARES[name]: {"value": value, "unit": "fraction"}}
    if name in _COUNTRIES:
        return {name: list(value)}
    if name == "stock_t":
        return {"stock": {"value": value, "unit": "t", "form": "contained"}}
    if name in ("freeze_months", "ramp_months"):
        return {name.removesuffix("_months"): {"value": value, "unit": "months"}}
    if name == "life_years":
        return {"life": {"value": value, "unit": "years"}}
    if name == "plateau_share":
        return _plateau(value, term)
    if name in ("shared", "drawback"):
        return {name: True} if value else {}
    if name == "budget_usd":
        return {"budget": {"value": value, "unit": "USD"}}
    if name == "of_floor":
        return {"of": value}
    if name == "content":
        return {"content": {"value": value, "unit": "fraction"}}
    if name in ("within", "beyond"):
        return {name: _rate(value)}
    if name == "phases":
        steps = {phase.start.isoformat(): {"value": phase.share, "unit": "fraction"} for phase in value}
        return {"phase_in": steps} if steps else {}
    if name in _DEFAULTS:
        return {} if value == _DEFAULTS[name] else {name: value}
    return {name: value} if name in _AS_THEY_ARE else {}


def _rate(rate: t.Rate) -> dict[str, Any]:
    if rate.specific is not None and rate.specific.usd_per_t is not None:
        return _amount(rate.specific)
    return {"value": rate.ad_valorem, "unit": "fraction"}


def _leak(leak: t.Leak) -> dict[str, Any]:
    if leak.low == leak.share == leak.high and not leak.source and not leak.lag_months:
        return {"value": leak.share, "unit": "fraction"}
    ends = {"low": leak.low, "central": leak.share, "high": leak.high}
    section: dict[str, Any] = {key: {"value": share, "unit": "fraction"} for key, share in ends.items()}
    if leak.lag_months:
        section["lag"] = {"value": leak.lag_months, "unit": "months"}
    return {**section, "source": leak.source} if leak.source else section


def _plateau(shares: tuple[float, ...], term: Term) -> dict[str, Any]:
    assert isinstance(term, t.ExportLicence)
    usual = max(set(shares), key=shares.count)
    return {
        "plateau": {"value": usual, "unit": "fraction"},
        "plateau_by_destination": {
            country: {"value": share, "unit": "fraction"}
            for country, share in zip(term.importers, shares, strict=True)
            if share != usual
        },
    }


def _amount(amount: t.Amount) -> dict[str, Any]:
    if amount.usd_per_t is not None:
        return {"value": amount.usd_per_t, "unit": "USD/t", "form": "contained"}
    return {"value": amount.multiple_of_base, "unit": "fraction of base"}
