"""Applying the terms of a case to networks, before anything is solved: what cannot be applied is refused.

The rules of the policy room know a term by its name only; here their errors get file, line and key path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from lodestock.errors import ConflictError, LodestockError, relocated
from lodestock.policy.instruments import apply, in_order
from lodestock.policy.network import Network
from lodestock.policy.pool import pooled
from lodestock.policy.terms import ExportQuota, Floor, Instrument, Shock
from lodestock.scenario.limits import check_for_floor_above_any_price, check_for_floor_nobody_pays
from lodestock.scenario.resolved import Case
from lodestock.world.model import World


@contextmanager
def placed(case: Case, name: str) -> Iterator[None]:
    """Put the place of the entry called ``name`` in front of what an error says."""
    try:
        yield
    except LodestockError as error:
        place = case.places.get(name)
        if place is None or error.where.startswith(place):
            raise
        raise relocated(error, f"{place}: {error.where}" if error.where else place) from None


def apply_terms(network: Network, case: Case, terms: Iterable[Instrument | Shock]) -> Network:
    """Apply terms of a case in order.

    Raises
    ------
    LodestockError
        A term that does not fit its market, with the place of its entry where the case knows it.
    """
    for term in in_order(terms):
        with placed(case, term.name):
            network = apply(network, [term])
    return network


def check_case_applies(case: Case, worlds: Mapping[str, World], networks: Mapping[str, Network]) -> None:
    """Apply every term of a case to the base networks.

    Raises
    ------
    LodestockError
        A term that does not fit its market, a floor above any feasible price or that nobody pays, a quota
        shared by a by-product and its host.
    """
    groups_in_order(case, worlds)
    for term in case.instruments:
        if isinstance(term, Floor):
            with placed(case, term.name):
                check_for_floor_nobody_pays(networks[term.material], term)
                check_for_floor_above_any_price(networks[term.material], term)
    for material, network in networks.items():
        apply_terms(network, case, terms_on(case, material))


def terms_on(case: Case, material: str) -> list[Instrument | Shock]:
    """Terms of a case on one material, shocks first."""
    return [term for term in (*case.shocks, *case.instruments) if term.material == material]


def groups_in_order(case: Case, worlds: Mapping[str, World]) -> list[tuple[str, ...]]:
    """Groups of materials to solve together, hosts before their by-products.

    Raises
    ------
    ConflictError
        A by-product shares a quota with its host, directly or through others.
    """
    materials = tuple(worlds)
    together = pooled(case.instruments)
    shared = {material for group in together for material in group}
    waiting = [*together, *((material,) for material in materials if material not in shared)]
    waiting.sort(key=lambda group: min(materials.index(material) for material in group))
    hosts = {m: world.host.material for m, world in worlds.items() if world.host is not None}
    ordered: list[tuple[str, ...]] = []
    done: set[str] = set()
    while waiting:
        for group in waiting:
            if all(hosts.get(m) in done or hosts.get(m) not in materials for m in group):
                break
        else:
            with placed(case, _quota_of(case, waiting[0])):
                raise ConflictError(
                    f"{' and '.join(waiting[0])} cannot share a quota: one is a by-product of the other,"
                    " and a host is solved first",
                    where=case.name,
                    hint="give each its own quota",
                )
        ordered.append(group)
        done |= set(group)
        waiting.remove(group)
    return ordered


def _quota_of(case: Case, group: tuple[str, ...]) -> str:
    """Name of the first shared quota on a material of the group."""
    quotas = (term for term in case.instruments if isinstance(term, ExportQuota) and term.shared)
    return next((term.name for term in quotas if term.material in group), "")
