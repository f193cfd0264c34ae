r"""What moves a requirement most: rank correlation of each drawn input with the shortfall.

.. math:: \rho_j = \operatorname{corr}\big(\operatorname{rank} x_j, \operatorname{rank} SF\big)

Inputs are every drawn factor, use, and the reliability of the suppliers that ship most.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from lodestock.reserve.requirements.chance import Scenarios
from lodestock.reserve.requirements.factors import Factors, Float
from lodestock.reserve.requirements.market import FormMarket

SUPPLIERS = 3
SHOWN = 4


@dataclass(frozen=True)
class Driver:
    """One input and its rank correlation with the shortfall, -1 to 1."""

    name: str
    correlation: float


def drivers(market: FormMarket, drawn: Scenarios, shortfall: Float) -> tuple[Driver, ...]:
    """The inputs with the largest rank correlation, strongest first; none where the shortfall is one value.

    Parameters
    ----------
    shortfall : SF by draw, t, shape (draw,).
    """
    ranked = _ranks(shortfall)
    if ranked.std() == 0.0:
        return ()
    inputs = {
        "use": drawn.use,
        **{
            field.name.replace("_", " "): np.asarray(getattr(drawn.factors, field.name))
            for field in fields(Factors)
            if np.ndim(getattr(drawn.factors, field.name)) == 1
        },
    }
    for n in np.argsort(-market.imports, kind="stable")[:SUPPLIERS]:
        country = market.countries[n]
        if market.imports[n] > 0:
            inputs[f"reliability of {country}"] = drawn.shift[:, drawn.countries[country]]
    found = [
        Driver(name, float(np.corrcoef(_ranks(values), ranked)[0, 1]))
        for name, values in inputs.items()
        if values.std() > 0
    ]
    return tuple(sorted(found, key=lambda item: -abs(item.correlation))[:SHOWN])


def _ranks(values: Float) -> Float:
    """Ranks, equal values at their mean rank."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    mean = np.cumsum(count) - (count - 1) / 2.0
    return np.asarray(mean[place.reshape(-1)], dtype=float)
