"""Refusing terms that act on nobody: a loss, a gain or support where nothing is produced changes nothing."""

from __future__ import annotations

import numpy as np

from lodestock.errors import LodestockError
from lodestock.policy.network import Network

LISTED = 12


def largest_producers(network: Network, material: str, stage: str) -> str:
    """Names of the countries that produce in the base year, largest first, for a message."""
    output = network.base_output(material, stage)
    order = [c for c in np.argsort(-output).tolist() if output[c] > 0.0]
    shown = ", ".join(network.countries[c] for c in order[:LISTED])
    return f"{shown} and {len(order) - LISTED} more" if len(order) > LISTED else shown


def nobody_produces(
    network: Network, material: str, stage: str, countries: tuple[str, ...], *, where: str, hint: str
) -> LodestockError:
    """Return the error of a term none of whose countries produces."""
    named = ", ".join(countries[:LISTED]) + (" ..." if len(countries) > LISTED else "")
    return LodestockError(
        f"{named}: no output of {material} ({stage}) in the base year",
        where=where,
        allowed=largest_producers(network, material, stage),
        hint=hint,
    )
