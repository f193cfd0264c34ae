r"""State of every lot on a day, the rotation plan, and what each site holds.

.. math::
   age = today - in, \qquad expiry = in + life(form, container), \qquad
   due = inspected + interval(form)

Rotation is first in, first out within a material and form. A lot that expires within the horizon, or loses
more in a year than its swap costs, goes out:

.. math:: \delta\, p\, x + \kappa\, p\, x\, [\text{expiry within the horizon}] \; > \; s\, p\, x + f\, x

======== ============================ ============================================
symbol   name in code                 meaning
======== ============================ ============================================
delta    ``form.loss``                share of content lost in a year
p x      ``value_usd``                value of the lot
kappa    ``form.penalty``             share of value lost with the specification
s        ``swap_cost_share``          cost of a swap, share of value
f        ``handling_usd_per_t``       loading out and in, USD per t gross
======== ============================ ============================================

A lot is obsolete when its assay is below what its form is bought at, when its qualification is too old, or
when its life is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from lodestock.reserve.storage.lots import Lot


@dataclass(frozen=True)
class Terms:
    """Cost of a swap."""

    swap_cost_share: float
    handling_usd_per_t: float


@dataclass(frozen=True)
class LotState:
    """One lot on the day; dates None where there is no limit."""

    lot: Lot
    age_days: int
    expiry: date | None
    inspection_due: date
    overdue: bool
    """Inspection due today or earlier."""
    expired: bool
    expires_soon: bool
    """Within the horizon, today not counted as expired."""
    obsolete: tuple[str, ...]
    """Why it is obsolete; empty when it is not."""
    loss_usd: float
    """Content lost in a year, USD."""
    penalty_usd: float
    """Value lost with the specification within the horizon, USD."""
    swap_usd: float

    @property
    def rotate(self) -> bool:
        """Whether the swap costs less than it saves."""
        return self.loss_usd + self.penalty_usd > self.swap_usd

    @property
    def gain_usd(self) -> float:
        """What the swap saves less what it costs."""
        return self.loss_usd + self.penalty_usd - self.swap_usd


@dataclass(frozen=True)
class Rotation:
    """One step of the plan: out first, by when."""

    order: int
    state: LotState
    out_by: date


def lot_states(lots: Sequence[Lot], today: date, horizon_days: int, terms: Terms) -> tuple[LotState, ...]:
    """State of every lot, in the order given."""
    return tuple(_state(lot, today, horizon_days, terms) for lot in lots)


def rotation_plan(states: Sequence[LotState], today: date) -> tuple[Rotation, ...]:
    """Lots to swap: oldest first within material and form, the groups in order of their names.

    ``out_by`` is the expiry, or today for a lot that has expired or only loses content.
    """
    chosen = sorted(
        (state for state in states if state.rotate),
        key=lambda s: (s.lot.material, s.lot.form.form, s.lot.date_in, s.lot.lot),
    )
    return tuple(
        Rotation(number, state, max(today, state.expiry) if state.penalty_usd > 0 and state.expiry else today)
        for number, state in enumerate(chosen, start=1)
    )


def _state(lot: Lot, today: date, horizon_days: int, terms: Terms) -> LotState:
    life = lot.form.life_in(lot.container)
    expiry = None if life is None else lot.date_in + timedelta(days=int(life))
    expired = expiry is not None and expiry <= today
    soon = expiry is not None and not expired and expiry <= today + timedelta(days=horizon_days)
    due = lot.date_inspected + timedelta(days=lot.form.inspect)
    age = (today - lot.date_in).days
    return LotState(
        lot=lot,
        age_days=age,
        expiry=expiry,
        inspection_due=due,
        overdue=due <= today,
        expired=expired,
        expires_soon=soon,
        obsolete=_obsolete(lot, age, expired),
        loss_usd=lot.form.loss.central * lot.value_usd,
        penalty_usd=lot.form.penalty.central * lot.value_usd if expired or soon else 0.0,
        swap_usd=terms.swap_cost_share * lot.value_usd + terms.handling_usd_per_t * lot.tonnes,
    )


def _obsolete(lot: Lot, age: int, expired: bool) -> tuple[str, ...]:
    found = []
    if lot.assay < lot.form.minimum_assay:
        found.append(f"assay {lot.assay:g} below {lot.form.minimum_assay:g}")
    if lot.form.requalify is not None and age > lot.form.requalify:
        found.append(f"qualified {age} days ago, more than {lot.form.requalify}")
    if expired:
        found.append("life is over")
    return tuple(found)
