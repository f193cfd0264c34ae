r"""When to release: a rule written down before the shock.

===============  ==========================================================================================
trigger          releases in a quarter when
===============  ==========================================================================================
``shortage``     the share of need that is short reaches ``level`` (a price alone never releases)
``price``        the price over base reaches ``level``
``belief``       the belief that a disruption is on reaches ``level``; the belief of what was seen so far
===============  ==========================================================================================

Belief over regimes, with Markov chain P and the chance of what is seen w,

.. math:: b'_{z'} = \frac{\sum_z b_z P_{zz'} \Pr(w \mid z')}{\sum_{z''} \sum_z b_z P_{zz''} \Pr(w \mid z'')}

A price trigger sells before anybody is short and may stand empty when somebody is: its exhaustion is counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import LodestockError, UnknownNameError, ValueOutOfRangeError

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
KINDS = ("shortage", "price", "belief")


@dataclass(frozen=True)
class Trigger:
    """A release rule: ``kind`` of the table above and its ``level``."""

    kind: str
    level: float


def check_trigger(trigger: Trigger) -> Trigger:
    """Return the trigger, or raise for a kind that does not exist or a level below 0."""
    if trigger.kind not in KINDS:
        raise UnknownNameError("release trigger", trigger.kind, KINDS, where="release")
    if not trigger.level >= 0:
        raise ValueOutOfRangeError(f"level of {trigger.level}", where="release", allowed="0 or more")
    return trigger


def fires(
    trigger: Trigger, *, short_share: FloatArray, price_multiple: FloatArray, belief: float
) -> BoolArray:
    """Return True by material where the trigger releases in a quarter, (material,), as a mask."""
    if trigger.kind == "shortage":
        mask = (short_share > 0) & (short_share >= trigger.level)
    elif trigger.kind == "price":
        mask = price_multiple >= trigger.level
    else:
        mask = np.full(len(short_share), belief >= trigger.level)
    result: BoolArray = mask
    return result


def updated_belief(belief: FloatArray, transition: FloatArray, likelihood: FloatArray) -> FloatArray:
    """Return the belief after a step of the chain and an observation.

    Parameters
    ----------
    belief : b, (regime,), adds to one. ``transition`` : P, (regime, regime), rows add to one.
    likelihood : chance of what is seen under each regime, (regime,).

    Raises
    ------
    LodestockError
        What is seen cannot be under any regime that is possible.
    """
    prior = belief @ transition
    joint = prior * likelihood
    whole = float(joint.sum())
    if not whole > 0:
        raise LodestockError("what is seen has no chance under any regime", where="belief")
    posterior: FloatArray = joint / whole
    return posterior
