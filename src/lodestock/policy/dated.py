r"""A term as a period meets it: in force or not, how much of a phase-in, how long a corridor stays closed.

A term acts in the periods on whose first day it is in force. A closure acts in every period it reaches into:
nothing arrives from its first day for as long as the way round takes, or until it ends where that is sooner
or where there is no way round. Of the flow of a period of length h that begins at t it keeps out

.. math:: b_{ij} = \frac{\sigma}{h} \max\big(0, \min(t + h, t_0 + w_{ij}, t_1) - \max(t, t_0)\big)

with the share held up :math:`\sigma`, its first day :math:`t_0`, its end :math:`t_1` and the delay
:math:`w_{ij}` of the way round.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from lodestock.policy.terms import Closure, Floor, Instrument, Shock, Tariff, share_in_force

YEAR_DAYS = 365.25
WHOLE_YEAR = 1.0 - 1e-6
"""A route that loses this much of a year's flow has no way round."""


def in_period(term: Instrument | Shock, day: date, months: int) -> Instrument | Shock | None:
    """Return a term as it stands in the period of ``months`` from ``day``; None where it does not act.

    Shares of a closure are those of the period's flow in place of a year's.
    """
    if isinstance(term, Closure):
        return _closed(term, day, months_later(day, months))
    if not term.in_force(day):
        return None
    return (
        replace(term, reached=share_in_force(term.phases, day)) if isinstance(term, Floor | Tariff) else term
    )


def months_later(day: date, months: int) -> date:
    """The same day of the month, so many months later; ``day`` is the first of a month."""
    past = day.year * 12 + day.month - 1 + months
    return date(past // 12, past % 12 + 1, day.day)


def _closed(term: Closure, day: date, after: date) -> Closure | None:
    length = (after - day).days
    begin = (term.start - day).days
    end = length if term.end is None else (term.end - day).days
    blocked = []
    for exporter, importer, lost in term.blocked if term.share > 0.0 else ():
        delay = lost / term.share
        arrives = end if delay >= WHOLE_YEAR else min(end, begin + delay * YEAR_DAYS)
        without = min(arrives, length) - max(begin, 0)
        if without > 0.0:
            blocked.append((exporter, importer, term.share * without / length))
    return replace(term, blocked=tuple(blocked)) if blocked else None
