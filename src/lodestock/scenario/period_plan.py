"""The periods block of a file -> the periods to solve."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from lodestock.errors import ConflictError, FileFormatError, ValueOutOfRangeError
from lodestock.policy.terms import ExportQuota, PolicyStock
from lodestock.scenario.fields import FIRST_DAY, LAST_DAY
from lodestock.scenario.resolved import PeriodPlan
from lodestock.scenario.schema import PeriodsSection
from lodestock.scenario.to_terms import PlacedTerm
from lodestock.scenario.tree import Node

FORMS = (
    (re.compile(r"([0-9]{4})"), 12),
    (re.compile(r"([0-9]{4})-Q([1-4])"), 3),
    (re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])"), 1),
)
"""How a year, a quarter and a month are written, and how many months each has."""


def period_plan(
    section: PeriodsSection | None, placed: Sequence[Sequence[PlacedTerm]], root: Node
) -> PeriodPlan | None:
    """Return the periods of a file; None where it asks for none.

    Raises
    ------
    FileFormatError, ValueOutOfRangeError
        A first period that is none, or days out of the calendar of scenario files.
    ConflictError
        A quota shared among materials; a policy stock that comes or goes.
    """
    if section is None:
        return None
    days = _days(section, root.where(("periods", "first")))
    for item in (item for items in placed for item in items):
        if isinstance(item.term, PolicyStock) and not all(item.term.in_force(day) for day in days):
            raise ConflictError(
                f"{item.term.name!r} is not in force in every period",
                where=item.where("start"),
                allowed=f"a policy stock from {days[0]} or before, without an end before {days[-1]}",
                hint="its stock and budget are for all periods together",
            )
        if isinstance(item.term, ExportQuota) and item.term.shared:
            raise ConflictError(
                f"{item.term.name!r} shares a quota among materials, which cannot be solved over periods",
                where=item.where(""),
                hint="leave one of them out, or leave periods out",
            )
    return PeriodPlan(
        first=section.first,
        count=section.count,
        days=days,
        foresight=section.foresight,
        interest=0.08 if section.interest is None else section.interest.value,
    )


def _days(section: PeriodsSection, where: str) -> tuple[date, ...]:
    for pattern, months in FORMS:
        match = pattern.fullmatch(section.first)
        if match is None:
            continue
        year, part = int(match[1]), int(match[2]) - 1 if months < 12 else 0
        starts = [year * 12 + months * (part + step) for step in range(section.count)]
        last = starts[-1] // 12
        if not FIRST_DAY.year <= year <= last <= LAST_DAY.year:
            raise ValueOutOfRangeError(
                f"periods from {section.first} to {last}", where=where, allowed=f"{FIRST_DAY} to {LAST_DAY}"
            )
        return tuple(date(start // 12, start % 12 + 1, 1) for start in starts)
    raise FileFormatError(
        f"{section.first[:40]!r} is no period", where=where, allowed="a year 2026, 2026-Q1 or 2026-01"
    )
