"""Unwillingness to supply, index B of the disruption potential, from agreements and export controls."""

from __future__ import annotations

from functools import lru_cache

from lodestock.risk import assumptions, controls

PARTNERSHIP = "MSP"
"""Set of countries in the Minerals Security Partnership."""


def unwillingness(material: str, country: str, members: tuple[str, ...], year: int) -> float:
    """Index B of one supplier: 0 at home, else by whether it restricts exports or is a partner."""
    if country in members:
        return 0.0
    if (material, country) in controls.restrictions(year, members):
        return assumptions.value("willingness_restricted", material)
    if country in _partners() and not _partners().isdisjoint(members):
        return assumptions.value("willingness_partner", material)
    return assumptions.value("willingness_other", material)


@lru_cache(maxsize=1)
def _partners() -> frozenset[str]:
    from lodestock.data.catalog import country_sets

    sets = country_sets()
    return frozenset({*sets[PARTNERSHIP], *sets["EU27"]})
