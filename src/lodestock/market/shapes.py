r"""Ready-made curves: constant elasticity, straight lines and fixed quantities.

Every argument broadcasts over the curves, so one call makes the curves of a whole stage.

===========================  ==================================================================
constructor                  quantity
===========================  ==================================================================
constant_elasticity_supply   :math:`q_0 (p/p_0)^\varepsilon`, capped at the capacity, shutting down in
between two prices constant_elasticity_use      :math:`q_0 (p/p_0)^{-\eta} r(p/p_0)`, with back-stops in
:math:`r` linear_supply                :math:`\mathrm{clip}((p - c)/s, 0, u)` linear_use
:math:`\max((\bar p - p)/s, 0)` fixed_supply, fixed_use      the same quantity at every price
===========================  ==================================================================
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from lodestock.errors import ValueOutOfRangeError
from lodestock.market.arrays import Float
from lodestock.market.curves import Curves

Names = Sequence[str]


def constant_elasticity_supply(
    names: Names,
    node: ArrayLike,
    quantity: ArrayLike,
    price: ArrayLike,
    elasticity: ArrayLike,
    capacity: ArrayLike = np.inf,
    shutdown_low: ArrayLike = 0.0,
    shutdown_high: ArrayLike = 0.0,
) -> Curves:
    r"""Supply :math:`\min(q_0 (p/p_0)^\varepsilon, u)` that shuts down along a straight line at low prices.

    Between ``shutdown_low`` and ``shutdown_high`` (multiples of ``price``) the quantity rises in a straight
    line from zero to the curve; below it is zero. A capacity under the base quantity is an outage: the
    curve is cut.

    Parameters
    ----------
    quantity, price : base point :math:`q_0 \ge 0`, :math:`p_0 > 0`.
    elasticity : :math:`\varepsilon \ge 0`.
    capacity : :math:`u \ge 0`, may be inf.
    shutdown_low, shutdown_high : multiples of the base price, low <= high; both 0 for a curve down to a
        zero price.
    """
    q0, p0, eps, u, low, high = _columns(
        names, quantity, price, elasticity, capacity, shutdown_low, shutdown_high
    )
    _require(names, "quantity", q0, q0 >= 0.0, "at least 0")
    _require(names, "price", p0, p0 > 0.0, "above 0")
    _require(names, "elasticity", eps, eps >= 0.0, "at least 0")
    _require(names, "capacity", u, u >= 0.0, "at least 0")
    _require(names, "shutdown_low", low, low >= 0.0, "at least 0")
    _require(names, "shutdown_high", high, high >= low, "at least shutdown_low")
    start, shut = low * p0, high * p0
    with np.errstate(divide="ignore", over="ignore"):
        full = np.where(
            eps > 0.0, p0 * (u / np.maximum(q0, 1e-300)) ** (1.0 / np.maximum(eps, 1e-300)), np.inf
        )
    full = np.where((eps == 0.0) & (q0 >= u), 0.0, np.where(q0 == 0.0, np.inf, full))
    at_shut = np.minimum(q0 * high**eps, u)
    at_shut = np.where((high == 0.0) & (eps == 0.0), np.minimum(q0, u), at_shut)
    width = np.where(shut > start, shut - start, 1.0)
    rise = np.where(shut > start, at_shut / width, 0.0)
    coefficient = np.where(full > shut, q0 * p0**-eps, 0.0)
    top = np.where(np.isfinite(full), u, 0.0)
    zero = np.zeros_like(q0)
    return _curves(
        names,
        node,
        1.0,
        edges=[zero, start, shut, np.maximum(full, shut)],
        terms=[
            (zero, zero, zero, zero),
            (rise, zero + 1.0, -rise * start, zero),
            (coefficient, eps, np.where(full > shut, 0.0, top), zero),
            (top, zero, zero, zero),
        ],
    )


def constant_elasticity_use(
    names: Names,
    node: ArrayLike,
    quantity: ArrayLike,
    price: ArrayLike,
    elasticity: ArrayLike,
    *,
    backstops: Sequence[tuple[ArrayLike, ArrayLike, ArrayLike]] = (),
    choke_multiple: ArrayLike = np.inf,
    choke_from: ArrayLike | None = None,
    low_multiple: ArrayLike = 0.05,
) -> Curves:
    r"""Use :math:`q_0 (p/p_0)^{-\eta} r(p/p_0)` with back-stops and a choke.

    Back-stop :math:`b` is a share of use that leaves in a straight line between two multiples of the base
    price; what remains leaves between ``choke_from`` and ``choke_multiple``:

    .. math:: r(x) = \sum_b \sigma_b (1 - \rho_b(x)) + (1 - \sum_b \sigma_b)(1 - \rho_{choke}(x)), \qquad
              \rho_b(x) = \mathrm{clip}\Big(\frac{x - l_b}{h_b - l_b}, 0, 1\Big)

    Below ``low_multiple`` times the base price the quantity stays constant, so that it is finite at a zero
    price.

    Parameters
    ----------
    quantity, price : base point :math:`q_0 \ge 0`, :math:`p_0 > 0`.
    elasticity : :math:`\eta \ge 0`.
    backstops : (share, multiple_low, multiple_high) each; 1 <= low < high <= choke_multiple; shares add to
        at most 1.
    choke_multiple : multiple of the base price at which use is zero; inf for none.
    choke_from : multiple at which the last users begin to leave; half of ``choke_multiple``, at least 1.
    low_multiple : in (0, 1].
    """
    q0, p0, eta, choke, low = _columns(names, quantity, price, elasticity, choke_multiple, low_multiple)
    _require(names, "quantity", q0, q0 >= 0.0, "at least 0")
    _require(names, "price", p0, p0 > 0.0, "above 0")
    _require(names, "elasticity", eta, eta >= 0.0, "at least 0")
    _require(names, "choke_multiple", choke, choke > 1.0, "above 1")
    _require(names, "low_multiple", low, (low > 0.0) & (low <= 1.0), "above 0, at most 1")
    choked = np.isfinite(choke)
    begin = np.maximum(choke / 2.0, 1.0) if choke_from is None else _columns(names, choke_from)[0]
    begin = np.where(choked, begin, np.inf)
    _require(
        names, "choke_from", begin, ~choked | ((begin >= 1.0) & (begin < choke)), "1 <= x < choke_multiple"
    )
    ramps: list[tuple[Float, Float, Float]] = []
    for share, ramp_low, ramp_high in backstops:
        s, lo, hi = _columns(names, share, ramp_low, ramp_high)
        _require(names, "back-stop share", s, (s >= 0.0) & (s <= 1.0), "between 0 and 1")
        _require(names, "back-stop multiple_low", lo, lo >= 1.0, "at least 1")
        _require(names, "back-stop multiple_high", hi, hi > lo, "above multiple_low")
        _require(names, "back-stop multiple_high", hi, hi <= choke, "at most choke_multiple")
        ramps.append((s, lo, hi))
    rest = 1.0 - sum((s for s, _, _ in ramps), np.zeros_like(q0))
    _require(names, "sum of back-stop shares", 1.0 - rest, rest >= -1e-12, "at most 1")
    ramps.append((np.maximum(rest, 0.0), begin, choke))

    zero = np.zeros_like(q0)
    edge = np.sort(np.stack([low, *(x for _, lo, hi in ramps for x in (lo, hi))]), axis=0)
    remaining = [_remaining(x, ramps) for x in edge]
    base = q0 * p0**eta
    with np.errstate(over="ignore"):
        flat = q0 * low**-eta
    edges, terms = [zero], [(flat, zero, zero, zero)]
    for i, x in enumerate(edge):
        # r = level + tilt * (p/p0) on this segment
        nxt = edge[i + 1] if i + 1 < len(edge) else x
        finite = np.isfinite(nxt) & (nxt > x)
        gap = np.where(finite, nxt - x, 1.0) if finite.any() else np.ones_like(x)
        tilt = np.where(finite, (remaining[min(i + 1, len(edge) - 1)] - remaining[i]) / gap, 0.0)
        level = np.where(np.isfinite(x), remaining[i] - tilt * np.where(np.isfinite(x), x, 0.0), 0.0)
        edges.append(np.where(np.isfinite(x), x * p0, np.inf))
        terms.append((base * level, -eta, base * tilt / p0, 1.0 - eta))
    return _curves(names, node, -1.0, edges=edges, terms=terms)


def linear_supply(
    names: Names, node: ArrayLike, intercept: ArrayLike, slope: ArrayLike, capacity: ArrayLike = np.inf
) -> Curves:
    r"""Supply :math:`\mathrm{clip}((p - c)/s, 0, u)`; a negative intercept supplies even at a zero price."""
    c, s, u = _columns(names, intercept, slope, capacity)
    _require(names, "intercept", c, np.isfinite(c), "finite")
    _require(names, "slope", s, s > 0.0, "above 0")
    _require(names, "capacity", u, u >= 0.0, "at least 0")
    zero = np.zeros_like(c)
    start = np.maximum(c, 0.0)
    full = np.maximum(c + s * u, start)
    top = np.where(np.isfinite(u), u, 0.0)
    return _curves(
        names,
        node,
        1.0,
        edges=[zero, start, full],
        terms=[(zero, zero, zero, zero), (1.0 / s, zero + 1.0, -c / s, zero), (top, zero, zero, zero)],
    )


def linear_use(
    names: Names, node: ArrayLike, choke: ArrayLike, slope: ArrayLike, capacity: ArrayLike = np.inf
) -> Curves:
    r"""Use :math:`\min(\max((\bar p - p)/s, 0), \bar q)`."""
    p, s, most = _columns(names, choke, slope, capacity)
    _require(names, "choke", p, (p >= 0.0) & np.isfinite(p), "finite and at least 0")
    _require(names, "slope", s, s > 0.0, "above 0")
    _require(names, "capacity", most, most >= 0.0, "at least 0")
    zero, falling = np.zeros_like(p), (-1.0 / s, np.ones_like(p), p / s, np.zeros_like(p))
    if np.isinf(most).all():
        return _curves(names, node, -1.0, edges=[zero, p], terms=[falling, (zero, zero, zero, zero)])
    full = np.minimum(most, p / s)
    return _curves(
        names,
        node,
        -1.0,
        edges=[zero, p - s * full, p],
        terms=[(full, zero, zero, zero), falling, (zero, zero, zero, zero)],
    )


def fixed_supply(names: Names, node: ArrayLike, quantity: ArrayLike) -> Curves:
    """Supply of the same quantity at every price."""
    return _fixed(names, node, quantity, 1.0)


def fixed_use(names: Names, node: ArrayLike, quantity: ArrayLike) -> Curves:
    """Use of the same quantity at every price; a market that cannot serve it has no equilibrium."""
    return _fixed(names, node, quantity, -1.0)


def no_curves() -> Curves:
    """Return an empty set of curves."""
    return fixed_supply([], np.zeros(0, dtype=np.int64), np.zeros(0))


def concatenate_curves(parts: Sequence[Curves]) -> Curves:
    """Return all curves of ``parts`` one after the other."""
    if not parts:
        return no_curves()
    width = max(part.breaks.shape[1] for part in parts)

    def joined(field: str, fill: float) -> Float:
        blocks = []
        for part in parts:
            block = getattr(part, field)
            pad = np.full((len(part), width - block.shape[1]), fill)
            blocks.append(np.concatenate([block, pad], axis=1))
        return np.concatenate(blocks)

    return Curves(
        names=[name for part in parts for name in part.names],
        node=np.concatenate([part.node for part in parts]),
        sign=np.concatenate([part.sign for part in parts]),
        breaks=joined("breaks", np.inf),
        a1=joined("a1", 0.0),
        e1=joined("e1", 0.0),
        a2=joined("a2", 0.0),
        e2=joined("e2", 0.0),
        price_weight=np.concatenate([part.price_weight for part in parts]),
        price_shift=np.concatenate([part.price_shift for part in parts]),
    )


def _fixed(names: Names, node: ArrayLike, quantity: ArrayLike, sign: float) -> Curves:
    (q,) = _columns(names, quantity)
    _require(names, "quantity", q, (q >= 0.0) & np.isfinite(q), "finite and at least 0")
    zero = np.zeros_like(q)
    return _curves(names, node, sign, edges=[zero], terms=[(q, zero, zero, zero)])


def _remaining(x: Float, ramps: Sequence[tuple[Float, Float, Float]]) -> Float:
    """Return the share of use that has not left at ``x`` times the base price."""
    left = np.zeros_like(x)
    for share, low, high in ramps:
        bounded = np.isfinite(high)
        span = np.where(bounded, high, 1.0) - np.where(bounded, low, 0.0)
        progress = np.where(
            bounded, (np.where(np.isfinite(x), x, 0.0) - np.where(bounded, low, 0.0)) / span, 0.0
        )
        left += share * (1.0 - np.clip(progress, 0.0, 1.0))
    return left


def _curves(
    names: Names,
    node: ArrayLike,
    sign: float,
    *,
    edges: Sequence[Float],
    terms: Sequence[tuple[Float, Float, Float, Float]],
) -> Curves:
    count = len(names)
    a1, e1, a2, e2 = (
        np.stack([np.broadcast_to(term[i], (count,)) for term in terms], axis=1) for i in range(4)
    )
    return Curves(
        names=list(names),
        node=np.array(np.broadcast_to(np.asarray(node, dtype=np.int64), (count,))),
        sign=np.full(count, sign),
        breaks=np.stack(list(edges), axis=1),
        a1=a1,
        e1=e1,
        a2=a2,
        e2=e2,
        price_weight=np.ones(count),
        price_shift=np.zeros(count),
    )


def _columns(names: Names, *values: ArrayLike) -> list[Float]:
    return [np.array(np.broadcast_to(np.asarray(value, dtype=float), (len(names),))) for value in values]


def _require(names: Names, field: str, value: Float, good: np.ndarray, allowed: str) -> None:
    """Raise for the first curve whose ``value`` is not ``good``; NaN never is."""
    if not good.all():
        j = int(np.flatnonzero(~good)[0])
        raise ValueOutOfRangeError(f"{field} is {value[j]:g}", where=f"curve {names[j]!r}", allowed=allowed)
