r"""Outages, demand shocks and supply surges: quantities offered or wanted at an unchanged price.

Output and capacity of producers (or the tonnes of a refiner's cost curve) are scaled by :math:`1 - \lambda`
in an outage and :math:`1 + \lambda` in a surge, use by :math:`1 + \lambda`. A tonnage is shared in
proportion to the base year: :math:`\lambda = T / \sum q^0`. Nobody pays by decree; the market decides.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lodestock.errors import LodestockError, UnknownNameError, ValueOutOfRangeError
from lodestock.policy.network import Network
from lodestock.policy.parts import REFINED, EndUseShare, Profile, change
from lodestock.policy.presence import nobody_produces
from lodestock.policy.terms import DemandShock, Outage, SupplySurge


def apply_outage(network: Network, term: Outage) -> Network:
    """Scale the named producers by one minus the share lost."""
    base, lost = _base_output(network, term), term.lost_share
    if lost is None:
        lost = (term.lost_t or 0.0) / base
    if not 0.0 <= lost <= 1.0:
        raise ValueOutOfRangeError(
            f"loses {lost:.0%} of base output",
            where=f"outage {term.name!r}",
            allowed=f"0 % to 100 %, or up to {base:,.{0 if base >= 100.0 else 3}f} t contained a year",
        )
    return scale_output(network, term, 1.0 - lost)


def apply_supply_surge(network: Network, term: SupplySurge) -> Network:
    """Scale the named producers by one plus the share added."""
    base, added = _base_output(network, term), term.added_share
    if added is None:
        added = (term.added_t or 0.0) / base
    return scale_output(network, term, 1.0 + added)


def scale_output(network: Network, term: Outage | SupplySurge, factor: float) -> Network:
    """Scale supply rows and processing columns: at any price (or margin) ``factor`` times the tonnes."""
    rows = network.supply_rows(term.material, term.stage, term.countries)
    supply = change(
        network.supply,
        rows,
        quantity=network.supply.quantity[rows] * factor,
        capacity=network.supply.capacity[rows] * factor,
    )
    network = replace(network, supply=supply)
    if term.stage != REFINED or not network.refines(term.material):
        return network
    columns = network.process_columns(term.material, term.countries)
    slope = network.columns.slope[columns]
    table = change(
        network.columns,
        columns,
        capacity=network.columns.capacity[columns] * factor,
        slope=slope / factor if factor > 0.0 else slope,
    )
    return replace(network, columns=table)


def apply_demand_shock(network: Network, term: DemandShock) -> Network:
    """Scale the use of the named countries at unchanged prices, all of it or that of one end use."""
    rows = network.use_rows(term.material, term.countries)
    change_share = term.change_share
    if change_share is None:
        base = float(network.use.base_quantity[rows].sum())
        if base <= 0.0:
            raise LodestockError(
                f"none of the countries uses {term.material}", where=f"demand shock {term.name!r}"
            )
        change_share = (term.change_t or 0.0) / base
    if change_share < -1.0:
        raise ValueOutOfRangeError(
            f"takes away {-change_share:.0%} of use",
            where=f"demand shock {term.name!r}",
            allowed="at most 100 %",
        )
    if term.end_use is None:
        return _scale_use(network, rows, np.full(len(rows), 1.0 + change_share))
    profiles = list(network.profiles)
    profile_of = network.use.profile.copy()
    factor = np.ones(len(rows))
    for index in np.unique(profile_of[rows]):
        here = profile_of[rows] == index
        profile, total = _shifted(profiles[index], term, change_share)
        factor[here] = total
        profile_of[rows[here]] = len(profiles)
        profiles.append(profile)
    network = replace(network, profiles=tuple(profiles), use=replace(network.use, profile=profile_of))
    return _scale_use(network, rows, factor)


def _shifted(profile: Profile, term: DemandShock, change_share: float) -> tuple[Profile, float]:
    """Back-stops after one end use has changed, and the factor on total use."""
    known = {use.name: use.share for use in profile}
    if term.end_use not in known:
        raise UnknownNameError("end use", term.end_use, known, where=f"demand shock {term.name!r}")
    total = 1.0 + change_share * known[term.end_use]
    if total <= 0.0:
        return profile, 0.0
    return (
        tuple(
            EndUseShare(
                use.name,
                use.share * (1.0 + change_share if use.name == term.end_use else 1.0) / total,
                use.backstop_share,
                use.multiple_low,
                use.multiple_high,
            )
            for use in profile
        ),
        total,
    )


def _scale_use(network: Network, rows: np.ndarray, factor: np.ndarray) -> Network:
    return replace(network, use=change(network.use, rows, quantity=network.use.quantity[rows] * factor))


def _base_output(network: Network, term: Outage | SupplySurge) -> float:
    base = float(network.base_output(term.material, term.stage)[network.country_index(term.countries)].sum())
    if base <= 0.0:
        raise nobody_produces(
            network,
            term.material,
            term.stage,
            term.countries,
            where=f"{'outage' if isinstance(term, Outage) else 'supply surge'} {term.name!r}",
            hint="it changes nothing where nobody produces",
        )
    return base
