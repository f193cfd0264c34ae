r"""The bottleneck of a chain: the stage where an indicator is worst.

.. math:: B = \max_s R_s, \qquad s^* = \arg\max_s R_s

for an indicator R at the stages s with data. One bad stage makes a chain bad; an average over stages hides
it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from lodestock.errors import ValueOutOfRangeError


def bottleneck(risk: Mapping[str, float]) -> tuple[str, float]:
    """Worst stage and its value; of equal stages the first in the mapping's order.

    Raises
    ------
    ValueOutOfRangeError
        There is no stage, or a value is not a number.
    """
    if not risk:
        raise ValueOutOfRangeError("a chain without any stage", where="bottleneck")
    for stage, value in risk.items():
        if not math.isfinite(value):
            raise ValueOutOfRangeError(f"risk of stage {stage} is {value}", where="bottleneck")
    stage = max(risk, key=lambda name: risk[name])
    return stage, risk[stage]
