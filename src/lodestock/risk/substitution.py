r"""Substitution indices of the EU method, from candidates or from this project's own assumptions.

.. math::
   SI_{EI} &= \sum_i \sum_a SCP_{ia}\, b_{ia}\, A_a \\
   SI_{SR} &= \sum_i (SP_i\, SCr_i\, SCo_i)^{1/3} \sum_a b_{ia}\, A_a

with b the share of application a that candidate i could take and A the application's share of use; what no
candidate takes counts with 1. SCP is 0.7 for a candidate alike in cost and performance, 0.8 one step worse,
0.9 two steps, 1 else. SP is 0.8 if more of the candidate is produced, SCr 0.8 if it is not critical itself,
SCo 1 for a by-product, 0.9 for both, 0.8 for a main product; else 1. (Blengini et al. 2017; the scores
restated from secondary descriptions.)

Where no candidates are published, the share of use that leaves at higher prices in this project's own
assumptions stands for the substitutable share (``index_from_backstops``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lodestock.errors import UnknownNameError, ValueOutOfRangeError

COST_PERFORMANCE = {"alike": 0.7, "one step worse": 0.8, "two steps worse": 0.9, "worst": 1.0}
CO_PRODUCTION = {"by-product": 1.0, "both": 0.9, "main product": 0.8}
SCORE_OF_SUBSTITUTE = 0.8
"""Score of the substitutable share where no candidate is named: one step worse (range 0.7 to 0.9)."""


def score_of(kind: str, scores: dict[str, float]) -> float:
    """Score of a candidate by its description; raises UnknownNameError for one that is not in the method."""
    if kind not in scores:
        raise UnknownNameError("score", kind, scores)
    return scores[kind]


def supply_score(*, larger_production: bool, critical: bool, co_production: str) -> float:
    r"""Score :math:`(SP\, SCr\, SCo)^{1/3}` of one candidate."""
    SP = 0.8 if larger_production else 1.0
    SCr = 1.0 if critical else 0.8
    SCo = score_of(co_production, CO_PRODUCTION)
    return float((SP * SCr * SCo) ** (1.0 / 3.0))


def substitution_index(score: ArrayLike, sub_share: ArrayLike, use_share: ArrayLike) -> float:
    r"""Index :math:`\sum_i \sum_a score_{ia} b_{ia} A_a + \sum_a (1 - \sum_i b_{ia}) A_a`, in (0, 1].

    Parameters
    ----------
    score, sub_share : SCP or the supply score, and b, (candidate, application).
    use_share : A (application,), adding to one.

    Raises
    ------
    ValueOutOfRangeError
        Candidates take more than the whole of an application, or the shares of use do not add to one.
    """
    c, b, A = (np.asarray(values, dtype=float) for values in (score, sub_share, use_share))
    if abs(float(A.sum()) - 1.0) > 1e-9 or np.any(A < 0):
        raise ValueOutOfRangeError(f"shares of use add to {float(A.sum()):.6g}", allowed="1")
    taken = b.sum(axis=0)
    if np.any(b < 0) or np.any(taken > 1 + 1e-9):
        raise ValueOutOfRangeError(
            "candidates take more than the whole of an application", where="substitution"
        )
    return float((c * b * A).sum() + ((1.0 - taken) * A).sum())


def index_from_backstops(leaving_share: float, score: float = SCORE_OF_SUBSTITUTE) -> float:
    """Index :math:`1 - (1 - score)\\,\\sigma` when a share :math:`\\sigma` of use has a substitute."""
    if not 0 <= leaving_share <= 1:
        raise ValueOutOfRangeError(f"a share of {leaving_share}", allowed="a fraction, 0 to 1")
    return 1.0 - (1.0 - score) * leaving_share
