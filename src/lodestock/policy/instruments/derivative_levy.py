r"""Derivative levy: the levy of a floor on an earlier stage, paid on what contains that stage's goods.

On imports of a downstream good with :math:`a` tonnes of the protected good per tonne,

.. math:: m_{ij} = p_j - p_i - c_{ij} - s_{ij} z_{ij} - a \tau

with the :math:`\tau` of the floor, so that a refiner outside who works on cheap feed does not escape it. The
routes, members and exempt origins are the floor's own; the same treasuries keep it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lodestock.errors import ConflictError, LodestockError, UnknownNameError
from lodestock.policy.network import Network
from lodestock.policy.parts import SHIPMENTS, STAGES, LevyPart
from lodestock.policy.terms import DerivativeLevy


def apply_derivative_levy(network: Network, term: DerivativeLevy) -> Network:
    """Bring downstream imports under the levy of a floor; see the equation above.

    Raises
    ------
    UnknownNameError
        No floor of that name acts on the material.
    ConflictError
        The floor stands at the same or a later stage, is ad valorem, or levies per importer.
    """
    where = f"derivative levy {term.name!r}"
    found = [
        index
        for index, levy in enumerate(network.levies)
        if levy.kind == "floor" and levy.instrument == term.of_floor and levy.material == term.material
    ]
    if not found:
        floors = {levy.instrument for levy in network.levies if levy.kind == "floor"}
        raise UnknownNameError(f"floor on {term.material}", term.of_floor, floors, where=where)
    levy = network.levies[found[0]]
    if len(found) > 1 or levy.ad_valorem > 0.0:
        raise ConflictError(
            f"the levy of {term.of_floor!r} is not one amount per tonne",
            where=where,
            allowed="a floor with one specific levy for the zone",
        )
    if STAGES.index(levy.stage) >= STAGES.index(term.stage):
        raise ConflictError(
            f"{term.of_floor!r} protects the {levy.stage} stage",
            where=where,
            allowed=f"a floor on a stage before {term.stage}",
        )
    charged = network.trade_columns(term.material, term.stage, levy.origins, levy.members, kinds=SHIPMENTS)
    content = term.content if term.content is not None else refiners_content(network, term, levy.members)
    part = LevyPart(
        name=f"{term.name}: {term.material} {term.stage}",
        instrument=term.name,
        kind="derivative_levy",
        stage=term.stage,
        start=len(levy.columns),
        stop=len(levy.columns) + len(charged),
    )
    wider = replace(
        levy,
        columns=np.concatenate([levy.columns, charged]),
        column_weight=np.concatenate([levy.column_weight, np.full(len(charged), content)]),
        country=np.concatenate([levy.country, network.nodes.country[network.columns.give[charged]]]),
        parts=(*levy.parts, part),
    )
    levies = list(network.levies)
    levies[found[0]] = wider
    return replace(network, levies=tuple(levies))


def refiners_content(network: Network, term: DerivativeLevy, members: tuple[str, ...]) -> float:
    """Feed per tonne of output, of the members' refiners weighted by output; of all where there are none."""
    for countries in (members, network.countries):
        process = network.process_columns(term.material, countries)
        made = network.columns.base_level[process]
        if made.sum() > 0.0:
            return float((network.columns.take_quantity[process] * made).sum() / made.sum())
    raise LodestockError(
        f"nobody refines {term.material}, so its content has to be stated",
        where=f"derivative levy {term.name!r}",
        hint="state content",
    )
