"""Dates as publications write them: a day, a month, a quarter, a half, a year, a span.

``2024-03`` is a month, ``2025-Q4`` a quarter, ``2010-H2`` a half, ``2009`` a year; ``2024-01/02`` and
``2024-12/2025-04`` run from the first to the last month named. A price on a span is its mean (or, where the
day is not known, some day of it); a quantity is its sum.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

from lodestock.errors import FileFormatError

SHAPE = re.compile(
    r"^(?P<year>\d{4})(?:-(?:(?P<month>\d{2})(?:-(?P<day>\d{2}))?|Q(?P<quarter>[1-4])|H(?P<half>[12])))?"
    r"(?:/(?:(?P<to_year>\d{4})-)?(?P<to_month>\d{2}))?$"
)


@dataclass(frozen=True)
class Span:
    """First and last day, both inside."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.last - self.first).days + 1

    @property
    def middle(self) -> date:
        """The day in the middle."""
        return date.fromordinal((self.first.toordinal() + self.last.toordinal()) // 2)


def read_span(text: str, where: str = "") -> Span:
    """Read a date of the grammar above; raises FileFormatError naming the text."""
    found = SHAPE.match(text.strip())
    problem = FileFormatError(
        f"date {text!r} cannot be read",
        where=where,
        allowed="YYYY, YYYY-MM, YYYY-MM-DD, YYYY-Qn, YYYY-Hn, YYYY-MM/MM, YYYY-MM/YYYY-MM",
    )
    if not found:
        raise problem
    part = found.groupdict()
    year = int(part["year"])
    first_month, last_month = 1, 12
    if part["month"]:
        first_month = last_month = int(part["month"])
    elif part["quarter"]:
        first_month, last_month = 3 * int(part["quarter"]) - 2, 3 * int(part["quarter"])
    elif part["half"]:
        first_month, last_month = 6 * int(part["half"]) - 5, 6 * int(part["half"])
    try:
        if part["day"]:
            day = date(year, first_month, int(part["day"]))
            return Span(day, day)
        last_year = int(part["to_year"]) if part["to_year"] else year
        last_month = int(part["to_month"]) if part["to_month"] else last_month
        last = date(last_year, last_month, calendar.monthrange(last_year, last_month)[1])
        span = Span(date(year, first_month, 1), last)
    except (ValueError, IndexError):
        raise problem from None
    if span.last < span.first:
        raise problem
    return span
