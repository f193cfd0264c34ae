r"""Mandates on users, held by permits that are traded.

A permit node collects permits from some columns and hands them to others; its price :math:`\rho` is the
shadow price of the mandate:

.. math:: 0 \le \rho \ \perp \ \sum_k g_k z_k - \sum_l a_l z_l \ge 0

==================  ===========================  =============================================================
mandate             permits given by             permits taken by
==================  ===========================  =============================================================
domestic content    uptake, 1 - share per t      imports from outside, 1 per t
single country cap  uptake, share per t          imports from that country, 1 per t
recycled content    old scrap recovered, 1 per   use, share per t
                    t
==================  ===========================  =============================================================

Uptake at the last stage is use, which stands behind the market so that it can be counted (`behind.py`); at a
mine stage it is the feed of refiners. Whoever imports pays :math:`\rho` per tonne, and users receive it back
in proportion to what they take up: :math:`p_{user} = p - \text{share}\,\rho`. Recovered scrap earns
:math:`p + \rho`, and users pay :math:`p + \text{share}\,\rho`. No money goes to a treasury.

What is imported counts where it enters, whether or not it is shipped on; what the users' own countries make
counts only where it stays.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lodestock.errors import LodestockError, ValueOutOfRangeError
from lodestock.policy.behind import add_permits, scrap_apart, users_apart
from lodestock.policy.network import Network
from lodestock.policy.parts import NONE, PROCESS, SECONDARY, SHIPMENTS, FloatArray, IndexArray, Limit, of_kind
from lodestock.policy.terms import DomesticContent, RecycledContent, SingleCountryCap

Mandate = DomesticContent | RecycledContent | SingleCountryCap


def apply_domestic_content(network: Network, term: DomesticContent) -> Network:
    """Hold imports from outside below one minus the share of uptake; see the table above."""
    _check_share(term)
    outside = [name for name in network.countries if name not in set(term.users)]
    network, uptake, weight = _uptake(network, term)
    imports = network.trade_columns(term.material, term.stage, outside, term.users, kinds=SHIPMENTS)
    if not imports.size:
        return network
    limit = _limit(term, "domestic_content", "", imports, paid_by="traders", rent_to="users")
    return _permits(network, term, limit, uptake, (1.0 - term.share) * weight, imports, 1.0)


def apply_single_country_cap(network: Network, term: SingleCountryCap) -> Network:
    """Hold imports from each origin below the share of uptake; see the table above.

    Origins that neither make nor ship the material in the base year get no cap of their own. What leaks round
    an export control carries another origin and is not counted.
    """
    _check_share(term)
    network, uptake, weight = _uptake(network, term)
    for origin in term.origins:
        imports = network.trade_columns(term.material, term.stage, (origin,), term.users)
        if not imports.size or not _ships(network, term, origin):
            continue
        limit = _limit(term, "country_cap", origin, imports, paid_by="traders", rent_to="users")
        network = _permits(network, term, limit, uptake, term.share * weight, imports, 1.0)
    return network


def apply_recycled_content(network: Network, term: RecycledContent) -> Network:
    """Hold old scrap recovered above the share of use; see the table above.

    Raises
    ------
    LodestockError
        No scrap is recovered in the countries of the users.
    """
    _check_share(term)
    scrap = network.supply_rows(term.material, term.stage, term.users, kind=SECONDARY)
    if not scrap.size:
        raise LodestockError(
            f"no old scrap of {term.material} is recovered by the users of the mandate",
            where=f"recycled content {term.name!r}",
            hint="a recycled content needs recycling in the base year",
        )
    network, uptake, weight = _uptake(network, term)
    network, recovered = scrap_apart(network, term.name, scrap)
    limit = _limit(term, "recycled_content", "", uptake, paid_by="users", rent_to="secondary")
    return _permits(network, term, limit, recovered, np.ones(len(recovered)), uptake, term.share * weight)


def _uptake(network: Network, term: Mandate) -> tuple[Network, IndexArray, FloatArray]:
    """Columns through which the users take the material up, and tonnes per unit of their level.

    Raises
    ------
    LodestockError
        None of the countries takes the material up at the stage.
    """
    use = network.use_rows(term.material, term.users)
    use = use[network.stage_mask(term.material, term.stage)[network.use.node[use]]]
    if use.size:
        network, passages = users_apart(network, term.name, use)
        return network, passages, np.ones(len(passages))
    process = of_kind(network.columns, PROCESS)
    process = process[
        network.stage_mask(term.material, term.stage, term.users)[network.columns.take[process]]
    ]
    if process.size:
        return network, process, network.columns.take_quantity[process]
    raise LodestockError(
        f"none of the countries takes up {term.material} at the {term.stage} stage",
        where=f"{type(term).__name__} {term.name!r}",
    )


def _permits(
    network: Network,
    term: Mandate,
    limit: Limit,
    givers: IndexArray,
    given: FloatArray,
    takers: IndexArray,
    taken: float | FloatArray,
) -> Network:
    level = network.columns.base_level
    taken = np.broadcast_to(np.asarray(taken, dtype=float), takers.shape)
    through = max(float((given * level[givers]).sum()), float((taken * level[takers]).sum()))
    # at a share of 0 or 1 one side of the table has no permits to give or to take
    sides = ((takers, taken), (givers, -given))
    takes = [(columns[each != 0.0], each[each != 0.0]) for columns, each in sides if each.any()]
    return add_permits(
        network,
        limit,
        price=network.reference_price[term.material, term.stage],
        throughput=max(through, 1e-6 * float(level[givers].sum())),
        takes=takes,
    )


def _limit(
    term: Mandate, kind: str, partner: str, columns: IndexArray, *, paid_by: str, rent_to: str
) -> Limit:
    about = f" {partner}" if partner else ""
    return Limit(
        name=f"{term.name}: {term.material} {term.stage}{about}",
        instrument=term.name,
        kind=kind,
        material=term.material,
        stage=term.stage,
        permit=NONE,
        columns=columns,
        quantity=0.0,
        rent_to=rent_to,
        paid_by=paid_by,
        partner=partner,
    )


def _ships(network: Network, term: Mandate, origin: str) -> bool:
    """Tell whether a country makes the material at the stage or ships it on in the base year."""
    everybody: Sequence[str] = network.countries
    columns = network.trade_columns(term.material, term.stage, (origin,), everybody)
    made = float(network.base_output(term.material, term.stage)[network.country_index((origin,))].sum())
    return made > 0.0 or float(network.columns.base_level[columns].sum()) > 0.0


def _check_share(term: Mandate) -> None:
    if not 0.0 <= term.share <= 1.0:
        raise ValueOutOfRangeError(
            f"share of {term.share:g}", where=f"{type(term).__name__} {term.name!r}", allowed="0 to 1"
        )
