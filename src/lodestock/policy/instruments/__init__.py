"""Instruments and shocks: how each one changes a market, one file each.

Every rule is a pure function of a network and a typed term that returns a new network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from lodestock.policy.instruments.capital_subsidy import apply_capital_subsidy
from lodestock.policy.instruments.closure import apply_closure, apply_enforcement
from lodestock.policy.instruments.contract_for_difference import apply_contract_for_difference
from lodestock.policy.instruments.derivative_levy import apply_derivative_levy
from lodestock.policy.instruments.export_ban import apply_export_ban
from lodestock.policy.instruments.export_licence import apply_export_licence
from lodestock.policy.instruments.export_quota import apply_export_quota
from lodestock.policy.instruments.export_tax import apply_export_tax
from lodestock.policy.instruments.floor import apply_floor
from lodestock.policy.instruments.mandates import (
    apply_domestic_content,
    apply_recycled_content,
    apply_single_country_cap,
)
from lodestock.policy.instruments.minimum_price import apply_minimum_import_price
from lodestock.policy.instruments.policy_stock import apply_policy_stock
from lodestock.policy.instruments.production_subsidy import apply_production_subsidy
from lodestock.policy.instruments.public_purchase import apply_public_purchase
from lodestock.policy.instruments.release import apply_release
from lodestock.policy.instruments.shocks import apply_demand_shock, apply_outage, apply_supply_surge
from lodestock.policy.instruments.tariff import apply_tariff
from lodestock.policy.instruments.tariff_rate_quota import apply_tariff_rate_quota
from lodestock.policy.network import Network
from lodestock.policy.terms import (
    CapitalSubsidy,
    Closure,
    ContractForDifference,
    DemandShock,
    DerivativeLevy,
    DomesticContent,
    Enforcement,
    ExportBan,
    ExportLicence,
    ExportQuota,
    ExportTax,
    Floor,
    Instrument,
    MinimumImportPrice,
    Outage,
    PolicyStock,
    ProductionSubsidy,
    PublicPurchase,
    RecycledContent,
    Release,
    Shock,
    SingleCountryCap,
    SupplySurge,
    Tariff,
    TariffRateQuota,
)

RULES: dict[type, Callable[[Network, Any], Network]] = {
    Floor: apply_floor,
    Tariff: apply_tariff,
    TariffRateQuota: apply_tariff_rate_quota,
    MinimumImportPrice: apply_minimum_import_price,
    DerivativeLevy: apply_derivative_levy,
    DomesticContent: apply_domestic_content,
    RecycledContent: apply_recycled_content,
    SingleCountryCap: apply_single_country_cap,
    ExportBan: apply_export_ban,
    ExportQuota: apply_export_quota,
    ExportLicence: apply_export_licence,
    ExportTax: apply_export_tax,
    ProductionSubsidy: apply_production_subsidy,
    CapitalSubsidy: apply_capital_subsidy,
    ContractForDifference: apply_contract_for_difference,
    PublicPurchase: apply_public_purchase,
    Release: apply_release,
    PolicyStock: apply_policy_stock,
    Outage: apply_outage,
    DemandShock: apply_demand_shock,
    SupplySurge: apply_supply_surge,
    Closure: apply_closure,
    Enforcement: apply_enforcement,
}
"""The rule of every kind of term."""


def apply(network: Network, terms: Iterable[Instrument | Shock]) -> Network:
    """Apply terms in order; shocks come first, so that contracts and quotas act on what is left.

    Export controls that leak go before all others, so that duties reach what leaks; duties that leak come
    after all others, since what goes round one goes round all; derivative levies follow their floors, and a
    drive against leaks follows the leaks.
    """
    for term in in_order(terms):
        network = RULES[type(term)](network, term)
    return network


def in_order(terms: Iterable[Instrument | Shock]) -> list[Instrument | Shock]:
    """Terms in the order in which they are applied."""
    return sorted(terms, key=_turn)


def _turn(term: Instrument | Shock) -> int:
    leaks = getattr(term, "leak", None) is not None
    if isinstance(term, DerivativeLevy | Enforcement):
        return 3
    if isinstance(term, Floor | Tariff):
        return 2 if leaks else 1
    return 0 if leaks else 1
