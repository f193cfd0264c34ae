r"""Event templates as multipliers over time: licence, outage, ban.

Times are years since the effect; every function is vectorised over draws (first axis) and time (second).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def licence(
    since_announced: FloatArray,
    since_effect: FloatArray,
    *,
    pull_forward: FloatArray,
    freeze: FloatArray,
    freeze_share: FloatArray,
    ramp: FloatArray,
    plateau: FloatArray,
) -> FloatArray:
    r"""Share of the base flow that a licence regime lets out.

    .. math::
        m = \pi \; (t_a \le t < t_0), \quad \epsilon \; (0 \le \tau < F), \quad
        \epsilon + (\alpha - \epsilon)(\tau - F)/R \; (F \le \tau < F + R), \quad \alpha \; (\tau \ge F + R)

    Parameters
    ----------
    since_announced, since_effect : years, (time,); negative before the date.
    pull_forward, freeze_share, plateau : :math:`\pi, \epsilon, \alpha`, shares of base flow, (draw,).
    freeze, ramp : F, R, years, (draw,).

    Returns
    -------
    (draw, time); one before the announcement. With F = 0 and pi = epsilon = alpha = 1 it is one throughout.
    """
    tau = since_effect[None, :]
    start, length = freeze[:, None], np.maximum(ramp[:, None], 1e-9)
    low, high = freeze_share[:, None], plateau[:, None]
    after = low + (high - low) * np.clip((tau - start) / length, 0.0, 1.0)
    before = np.where(since_announced[None, :] >= 0, pull_forward[:, None], 1.0)
    return np.where(tau >= 0, after, before)


def outage(since_effect: FloatArray, *, share: float, length: FloatArray, restart: FloatArray) -> FloatArray:
    r"""Share of base output that remains: ``1 - share`` for ``length`` years, then a linear restart.

    .. math:: o = 1 - s\,\bigl(1 - \mathrm{clip}((\tau - T)/R, 0, 1)\bigr) \; (\tau \ge 0)
    """
    tau = since_effect[None, :]
    back = np.clip((tau - length[:, None]) / np.maximum(restart[:, None], 1e-9), 0.0, 1.0)
    return np.where(tau >= 0, 1.0 - share * (1.0 - back), 1.0)
