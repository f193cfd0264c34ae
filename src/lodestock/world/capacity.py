"""How much a country could produce within the horizon."""

from __future__ import annotations

import numpy as np

from lodestock.errors import ValueOutOfRangeError
from lodestock.world.model import FloatArray


def capacity(output: FloatArray, published: FloatArray, utilisation: float) -> FloatArray:
    r"""Capacity: the published one, else base output over a stated utilisation.

    .. math:: K_c = \max(q_c, K^{pub}_c) \text{ where published, else } q_c / u

    Parameters
    ----------
    output : q, t per year, (country,).
    published : published capacity, t per year, (country,); zero where none is.
    utilisation : u in (0, 1].

    Returns
    -------
    t per year, (country,); never below output.
    """
    if not 0 < utilisation <= 1:
        raise ValueOutOfRangeError(f"utilisation {utilisation:g}", allowed="above 0, at most 1")
    return np.where(published > 0, np.maximum(output, published), output / utilisation)
