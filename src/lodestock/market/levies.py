r"""Levies: charges that adjust until a reference price meets its floor.

Levy :math:`l` charges activities with weights :math:`E_{kl}` and curves with weights :math:`F_{jl}`,
watches the reference price :math:`(N p)_l` and satisfies

.. math:: \underline\tau_l \le \tau_l \le \bar\tau_l \quad\perp\quad (N p)_l + M_l \tau_l - f_l

``self_response`` :math:`M = 0` with weight +1 is the adjustable import levy that holds a floor up. With
:math:`M = 1` the rate is explicit, :math:`\tau = \mathrm{clip}(f - N p, \underline\tau, \bar\tau)`: charged
with weight -1 on a producer it is a contract for difference with strike :math:`f` (one-way for
:math:`\underline\tau = 0`, two-way for :math:`-\infty`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lodestock.market.arrays import Float, Int, scatter


@dataclass(frozen=True, slots=True)
class Levies:
    """Levies with their charges and references as coordinate lists.

    Attributes
    ----------
    names : one name per levy.
    charge_levy, charge_activity, charge_weight : shape (charges,), the non-zeros of :math:`E`.
    curve_levy, curve_index, curve_weight : shape (curve charges,), the non-zeros of :math:`F`.
    reference_levy, reference_node, reference_weight : shape (references,), the non-zeros of :math:`N`.
    floor, cap, lower, self_response : shape (L,), :math:`f`, :math:`\\bar\\tau`, :math:`\\underline\\tau`,
        :math:`M`.
    """

    names: Sequence[str]
    charge_levy: Int
    charge_activity: Int
    charge_weight: Float
    curve_levy: Int
    curve_index: Int
    curve_weight: Float
    reference_levy: Int
    reference_node: Int
    reference_weight: Float
    floor: Float
    cap: Float
    lower: Float
    self_response: Float

    def __len__(self) -> int:
        return len(self.names)

    def reference_price(self, price: Float) -> Float:
        """Return :math:`N p`, shape (L,)."""
        weighted = self.reference_weight * price[self.reference_node]
        return scatter(self.reference_levy, weighted, len(self))

    def charge(self, levy: Float, activities: int) -> Float:
        r"""Return :math:`E \tau`, shape (K,)."""
        return scatter(self.charge_activity, self.charge_weight * levy[self.charge_levy], activities)

    def curve_charge(self, levy: Float, curves: int) -> Float:
        r"""Return :math:`F \tau`, shape (J,)."""
        return scatter(self.curve_index, self.curve_weight * levy[self.curve_levy], curves)


def levy(
    name: str,
    *,
    reference: Mapping[int, float],
    floor: float,
    cap: float = np.inf,
    charged: ArrayLike = (),
    weights: ArrayLike = 1.0,
    charged_curves: ArrayLike = (),
    curve_weights: ArrayLike = 1.0,
    lower: float = 0.0,
    self_response: float = 0.0,
) -> Levies:
    """Return one levy.

    Parameters
    ----------
    reference : weight per node index; a single node with weight 1, or weights of a zone that add to one.
    floor : :math:`f`, price units.
    cap, lower : bounds of the rate; with ``self_response`` 0 both are finite.
    charged, weights : activity indices and their weights in :math:`E`.
    charged_curves, curve_weights : curve indices and their weights in :math:`F`.
    self_response : :math:`M`; 0 for a floor levy, 1 for a contract for difference.
    """
    activity = np.asarray(charged, dtype=np.int64).reshape(-1)
    curve = np.asarray(charged_curves, dtype=np.int64).reshape(-1)
    return Levies(
        names=[name],
        charge_levy=np.zeros(len(activity), dtype=np.int64),
        charge_activity=activity,
        charge_weight=np.array(np.broadcast_to(np.asarray(weights, dtype=float), activity.shape)),
        curve_levy=np.zeros(len(curve), dtype=np.int64),
        curve_index=curve,
        curve_weight=np.array(np.broadcast_to(np.asarray(curve_weights, dtype=float), curve.shape)),
        reference_levy=np.zeros(len(reference), dtype=np.int64),
        reference_node=np.array(list(reference), dtype=np.int64),
        reference_weight=np.array(list(reference.values()), dtype=float),
        floor=np.array([floor], dtype=float),
        cap=np.array([cap], dtype=float),
        lower=np.array([lower], dtype=float),
        self_response=np.array([self_response], dtype=float),
    )


def concatenate_levies(parts: Sequence[Levies]) -> Levies:
    """Return all levies of ``parts`` one after the other."""
    if not parts:
        return no_levies()
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts])[:-1]]).astype(np.int64)

    def shifted(field: str) -> Int:
        return np.concatenate([getattr(part, field) + at for part, at in zip(parts, offsets, strict=True)])

    def joined(field: str) -> Float:
        return np.concatenate([getattr(part, field) for part in parts])

    return Levies(
        names=[name for part in parts for name in part.names],
        charge_levy=shifted("charge_levy"),
        charge_activity=np.concatenate([part.charge_activity for part in parts]),
        charge_weight=joined("charge_weight"),
        curve_levy=shifted("curve_levy"),
        curve_index=np.concatenate([part.curve_index for part in parts]),
        curve_weight=joined("curve_weight"),
        reference_levy=shifted("reference_levy"),
        reference_node=np.concatenate([part.reference_node for part in parts]),
        reference_weight=joined("reference_weight"),
        floor=joined("floor"),
        cap=joined("cap"),
        lower=joined("lower"),
        self_response=joined("self_response"),
    )


def no_levies() -> Levies:
    """Return an empty set of levies."""
    none, index = np.zeros(0), np.zeros(0, dtype=np.int64)
    return Levies(
        names=[],
        charge_levy=index,
        charge_activity=index,
        charge_weight=none,
        curve_levy=index,
        curve_index=index,
        curve_weight=none,
        reference_levy=index,
        reference_node=index,
        reference_weight=none,
        floor=none,
        cap=none,
        lower=none,
        self_response=none,
    )
