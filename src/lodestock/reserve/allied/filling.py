r"""Several reserves fill at the same time and drive up the price for one another.

Ally k fills :math:`R_k` within T quarters. With :math:`Q_t = \sum_k q_{kt}`,

.. math::
    C_k = \sum_t d_t \Bigl(p_t + s_t Q_t\Bigr) q_{kt}
        + \omega_k \sum_t \Bigl(R_k - \sum_{\tau \le t} q_{k\tau}\Bigr),
    \qquad \sum_t q_{kt} = R_k, \quad q \ge 0

p price without them, s rise of the price per t bought in a quarter, :math:`\omega` cost of a tonne not yet
there for a quarter (insecurity), d discount. The rise is gone by the next quarter; what stays of it falls on
all plans alike, for all buy the same tonnes.

===============  =========================================================================================
conduct          every buyer minimises
===============  =========================================================================================
``alone``        its own cost as if nobody else bought
``rivals``       its own cost given what the others buy (Nash)
``together``     the sum of the costs of its coalition given what the others buy; all in one: the joint
optimum
===============  =========================================================================================

Linear rises make the game of coalitions a potential game,

.. math::
    \Phi = \sum_{k,t} c_{kt} q_{kt} + \tfrac12 \sum_t s_t d_t \Bigl(Q_t^2 + \sum_S Q_{St}^2\Bigr),
    \qquad c_{kt} = d_t p_t - \omega_k (T - t),

convex, whose minimum is the equilibrium (Monderer and Shapley 1996). Each ally's turn has a closed form
(`fill_one`), and so has the split of what a coalition buys: whoever is in the greater hurry first. Turns go
round until nothing moves. The price any coalition pays is unique, and so is each ally's cost unless allies of
one coalition are alike, who then share alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import NotSolvedError, ValueOutOfRangeError
from lodestock.reserve.allied.members import MOST_ALLIES

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
ROUNDS = 20_000
STILL = 1e-12
"""Largest move in a round, as a share of the largest target, that counts as none."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Filling:
    """What the allies want and what the market charges.

    Parameters
    ----------
    names : the allies.
    target : R, t, (ally,).
    price, slope : p in USD/t and s in USD/t per t, (quarter,).
    insecurity : omega, USD per t and quarter, (ally,).
    discount : d of a quarter, 0 to 1.
    """

    names: tuple[str, ...]
    target: FloatArray
    price: FloatArray
    slope: FloatArray
    insecurity: FloatArray
    discount: float = 1.0


@dataclass(frozen=True, eq=False)
class Filled:
    """Purchases (ally, quarter) in t, price by quarter, cost by ally in USD."""

    bought: FloatArray
    price: FloatArray
    cost: FloatArray

    @property
    def total(self) -> float:
        """Cost of all allies, USD."""
        return float(self.cost.sum())

    @property
    def peak(self) -> float:
        """Highest price, USD/t."""
        return float(self.price.max())


def check_filling(filling: Filling) -> None:
    """Raise for shapes that do not fit and for numbers that cannot be."""
    allies, quarters = len(filling.names), len(filling.price)
    if not 1 <= allies <= MOST_ALLIES:
        raise ValueOutOfRangeError(f"{allies} allies", where="allies", allowed=f"1 to {MOST_ALLIES}")
    if len(set(filling.names)) != allies:
        raise ValueOutOfRangeError("two allies share a name", where="allies")
    for name, values, shape in (
        ("target", filling.target, allies),
        ("insecurity", filling.insecurity, allies),
        ("price", filling.price, quarters),
        ("slope", filling.slope, quarters),
    ):
        if values.shape != (shape,) or not np.all(np.isfinite(values)) or np.any(values < 0):
            raise ValueOutOfRangeError(
                f"{name} is {values.tolist()}", where="allies", allowed=f"{shape} numbers of 0 or more"
            )
    if np.any(filling.slope <= 0) or quarters == 0 or not 0 < filling.discount <= 1:
        raise ValueOutOfRangeError(
            "a slope or discount of 0, or no quarter",
            where="allies",
            allowed="slopes above 0, a discount above 0 up to 1",
        )


def fill_alone(filling: Filling) -> Filled:
    """Everyone plans as if nobody else bought, and meets the price that all make."""
    check_filling(filling)
    linear, slope = _linear(filling)
    return _filled(filling, fill_one(linear, slope, filling.target))


def fill_as_rivals(filling: Filling) -> Filled:
    """Nash equilibrium: everyone plans against what the others buy."""
    check_filling(filling)
    return _filled(filling, settle(filling, np.eye(len(filling.names), dtype=bool)[None])[0])


def fill_together(filling: Filling) -> Filled:
    """Joint optimum of all allies."""
    check_filling(filling)
    size = len(filling.names)
    return _filled(filling, settle(filling, np.ones((1, size, size), dtype=bool))[0])


def coalition_costs(filling: Filling) -> tuple[FloatArray, FloatArray]:
    """Return what each coalition pays when it fills together and all others are rivals.

    Returns
    -------
    (cost of the coalition, (2^n,), cost of each ally, (2^n, n)), USD; bit k of the index is ally k.
    """
    check_filling(filling)
    size = len(filling.names)
    within = np.stack([_coalition(size, mask) for mask in range(2**size)])
    bought = settle(filling, within)
    costs = np.stack([_filled(filling, one).cost for one in bought])
    member = (np.arange(2**size)[:, None] >> np.arange(size)) & 1
    return (costs * member).sum(axis=1), costs


def settle(filling: Filling, within: BoolArray) -> FloatArray:
    """Equilibrium purchases of several partitions at once, (partition, ally, quarter), t.

    Parameters
    ----------
    within : (partition, ally, ally) True where two allies fill together; True on the diagonal.

    Raises
    ------
    NotSolvedError
        The turns did not come to rest.
    """
    linear, slope = _linear(filling)
    together = within.astype(float)
    bought = np.broadcast_to(fill_one(linear, slope, filling.target), (len(within), *linear.shape)).copy()
    scale = float(filling.target.max(initial=0.0))
    for _ in range(ROUNDS):
        moved = 0.0
        bought = _by_hurry(filling, within, bought)
        for k in range(len(filling.names)):
            others = bought.sum(axis=1) + np.einsum("bj,bjt->bt", together[:, k], bought) - 2 * bought[:, k]
            turn = fill_one(linear[k] + slope * others, slope, filling.target[k])
            moved = max(moved, float(np.abs(turn - bought[:, k]).max(initial=0.0)))
            bought[:, k] = turn
        if moved <= STILL * scale:
            return _alike(filling, within, bought)
    raise NotSolvedError(
        f"the allies' purchases still move by {moved:.3g} t after {ROUNDS} rounds", where="allies"
    )


def fill_one(linear: FloatArray, slope: FloatArray, target: FloatArray | float) -> FloatArray:
    r"""Cheapest way of one buyer: :math:`\min \sum c_t q_t + s_t q_t^2`, sum given, q at least 0.

    .. math:: q_t = (\nu - c_t)^+ / (2 s_t), \qquad \sum_t q_t = R

    Quarters are taken in the order of c until the next one costs more than the level :math:`\nu`.

    Parameters
    ----------
    linear : c, (..., quarter). ``slope`` : s, (quarter,). ``target`` : R, broadcast over the leading axes.
    """
    order = np.argsort(linear, axis=-1, kind="stable")
    cost = np.take_along_axis(linear, order, axis=-1)
    room = np.broadcast_to(0.5 / slope, linear.shape)
    width = np.cumsum(np.take_along_axis(room, order, axis=-1), axis=-1)
    weighted = np.cumsum(np.take_along_axis(room, order, axis=-1) * cost, axis=-1)
    goal = np.broadcast_to(np.asarray(target, dtype=float)[..., None], (*linear.shape[:-1], 1))
    level = (goal + weighted) / width
    # the first level that stays below the cost of the next quarter is the one
    following = np.concatenate([cost[..., 1:], np.full((*cost.shape[:-1], 1), np.inf)], axis=-1)
    first = np.argmax(level <= following, axis=-1)[..., None]
    nu = np.take_along_axis(level, first, axis=-1)
    bought = np.maximum(nu - linear, 0.0) * room
    total = bought.sum(axis=-1, keepdims=True)
    result: FloatArray = bought * np.divide(goal, total, out=np.zeros_like(total), where=total > 0)
    return result


def _linear(filling: Filling) -> tuple[FloatArray, FloatArray]:
    quarters = np.arange(len(filling.price))
    discount = filling.discount**quarters
    waiting = filling.insecurity[:, None] * (len(quarters) - quarters)
    return discount * filling.price - waiting, discount * filling.slope


def _filled(filling: Filling, bought: FloatArray) -> Filled:
    price = filling.price + filling.slope * bought.sum(axis=0)
    discount = filling.discount ** np.arange(len(price))
    missing = np.maximum(filling.target[:, None] - np.cumsum(bought, axis=1), 0.0)
    cost = bought @ (discount * price) + filling.insecurity * missing.sum(axis=1)
    return Filled(bought, price, cost)


def _coalition(size: int, mask: int) -> BoolArray:
    inside = (mask >> np.arange(size)) & 1 == 1
    result: BoolArray = np.outer(inside, inside) | np.eye(size, dtype=bool)
    return result


def _by_hurry(filling: Filling, within: BoolArray, bought: FloatArray) -> FloatArray:
    r"""Split what each coalition buys by hurry: the best split for given purchases, as c is linear in omega.

    .. math::
        q_{kt} = F_k(X_t) - F_k(X_{t-1}), \qquad
        F_k(X) = \min(R_k, (X - \sum_{j \text{ before } k} R_j)^+)

    with X what the coalition has bought so far. Without this step turns crawl where hurries are nearly alike.
    """
    hurry, place = filling.insecurity, np.arange(len(filling.names))
    first = (hurry[None, :] > hurry[:, None]) | (
        (hurry[None, :] == hurry[:, None]) & (place[None, :] < place[:, None])
    )
    before = (within & first) @ filling.target
    together = np.cumsum(np.einsum("bkj,bjt->bkt", within.astype(float), bought), axis=-1)
    filled = np.clip(together - before[..., None], 0.0, filling.target[:, None])
    split: FloatArray = np.diff(filled, axis=-1, prepend=0.0)
    return split


def _alike(filling: Filling, within: BoolArray, bought: FloatArray) -> FloatArray:
    """Let allies of one coalition who value waiting alike share what they buy by their targets."""
    alike = (within & (filling.insecurity[:, None] == filling.insecurity)).astype(float)
    weight = alike @ filling.target
    share = np.divide(filling.target, weight, out=np.zeros_like(weight), where=weight > 0)
    shared: FloatArray = share[..., None] * np.einsum("bkj,bjt->bkt", alike, bought)
    return shared
