r"""Three axes of criticality after Graedel et al. (2012, 2015): supply risk, environment, vulnerability.

.. math::
   SR &= \tfrac13\Big[\tfrac12(DT + CF) + \tfrac12(PPI + HDI) + \tfrac12(WGI + HHI)\Big], \qquad
   C = \sqrt{\tfrac13 (SR^2 + EI^2 + VSR^2)} \\
   HHI &= \mathrm{clip}(17.5 \ln H_{10000} - 61.18,\ 0, 100), \qquad
   WGI = \mathrm{clip}(20\,(2.5 - PV),\ 0, 100)

All scores run from 0 to 100. Components that are not known are left out of their mean and named; an axis
without any component is unknown, and so is the length of the vector then: nothing counts as zero because it
is missing. The snapshot holds reserves, companions, governance and concentration, but neither policy
potential, human development nor environmental burdens: with it the first axis is partial and the length
stays open. (Formulas from secondary sources.)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from lodestock.errors import ValueOutOfRangeError

PARTS = {
    "geology": ("depletion time", "companion fraction"),
    "society": ("policy potential", "human development"),
    "geopolitics": ("political stability", "concentration"),
}
LONGEST_DEPLETION = 100.0
"""Years of reserves at which the score of depletion time reaches zero."""


@dataclass(frozen=True)
class Axis:
    """A score of 0 to 100, or None, and the components it lacks."""

    score: float | None
    missing: tuple[str, ...]


def concentration_score(hhi: float) -> float:
    """Score of concentration; ``hhi`` on the scale 0 to 1."""
    if not 0 < hhi <= 1:
        raise ValueOutOfRangeError(f"a concentration of {hhi}", allowed="above 0, at most 1")
    return min(100.0, max(0.0, 17.5 * math.log(10_000.0 * hhi) - 61.18))


def stability_score(political_stability: float) -> float:
    """Score of political stability, from the World Bank's estimate."""
    return min(100.0, max(0.0, 20.0 * (2.5 - political_stability)))


def depletion_score(reserves_t: float, output_t: float) -> float:
    """Score of depletion time: 100 with nothing left, 0 from ``LONGEST_DEPLETION`` years on, linear."""
    if not (reserves_t >= 0 and output_t > 0):
        raise ValueOutOfRangeError(
            f"reserves of {reserves_t} t at {output_t} t a year", allowed="output above 0"
        )
    return 100.0 * max(0.0, 1.0 - reserves_t / output_t / LONGEST_DEPLETION)


def supply_risk_axis(scores: Mapping[str, float]) -> Axis:
    """Supply risk from component scores named as in ``PARTS``: mean of the means of what is known.

    Raises
    ------
    ValueOutOfRangeError
        A score is outside 0 to 100 or not a component.
    """
    known = {name for names in PARTS.values() for name in names}
    for name, score in scores.items():
        if name not in known or not 0 <= score <= 100:
            raise ValueOutOfRangeError(
                f"{name} scores {score}", allowed=f"0 to 100 for {', '.join(sorted(known))}"
            )
    means = [
        sum(given) / len(given)
        for names in PARTS.values()
        if (given := [scores[name] for name in names if name in scores])
    ]
    missing = tuple(name for names in PARTS.values() for name in names if name not in scores)
    return Axis(sum(means) / len(means) if means else None, missing)


def criticality(
    supply_risk: float | None, environment: float | None, vulnerability: float | None
) -> float | None:
    """Length of the criticality vector, 0 to 100; None when an axis is unknown."""
    axes = (supply_risk, environment, vulnerability)
    if any(axis is None for axis in axes):
        return None
    return math.sqrt(sum(float(axis or 0.0) ** 2 for axis in axes) / 3.0)
