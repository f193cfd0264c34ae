"""An explained number as values: the answer, the rows behind it, and how both read as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from lodestock.data.explain_steps import STATUS_MEANING, number_text
from lodestock.data.precedence import RIVAL_THRESHOLD

LISTED_AT_MOST = 40
DETAILED_AT_MOST = 4


@dataclass(frozen=True)
class Evidence:
    """One row behind an answer.

    ``value``, ``low`` and ``high`` are in ``unit``; ``difference`` is relative to the number used (None for
    the number itself). ``steps`` lead from the published text to the value.
    """

    label: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    status: str
    published: str | None
    published_unit: str | None
    basis: str
    steps: tuple[str, ...]
    note: str
    source: str
    licence: str
    vintage: str
    link: str
    difference: float | None = None

    def number(self) -> str:
        """Value with its interval, or the interval alone when it is withheld."""
        unit = "" if self.unit in ("", "1") else f" {self.unit}"
        span = ""
        if self.low is not None and self.high is not None and self.low != self.high:
            span = f"{number_text(self.low)} to {number_text(self.high)}"
        if self.value is None:
            return f"withheld, between {span.replace(' to ', ' and ')}{unit}" if span else "withheld"
        return f"{number_text(self.value)}{unit}" + (f" ({span})" if span else "")


@dataclass(frozen=True)
class Explanation:
    """An answer: what it is about, the number, the rows it rests on, and the rivals that were not used."""

    query: str
    subject: str
    table: str
    value: float | None
    unit: str
    basis: str
    evidence: tuple[Evidence, ...]
    rivals: tuple[Evidence, ...]
    rule: str

    def lines(self) -> tuple[str, ...]:
        """The answer as plain text, line by line."""
        return tuple(self._lines())

    def text(self) -> str:
        """The answer as one text."""
        return "\n".join(self.lines())

    def as_dict(self) -> dict[str, Any]:
        """The answer as plain data."""
        return asdict(self)

    def _lines(self) -> Iterator[str]:
        yield self.subject
        several = len(self.evidence) > 1
        if not several:
            yield f"  {self.evidence[0].number()}"
        elif self.value is not None:
            unit = "" if self.unit in ("", "1") else f" {self.unit}"
            yield f"  {number_text(self.value)}{unit}, sum of {len(self.evidence)} rows"
        if self.basis:
            yield f"  measured in: {self.basis}"
        detailed = len(self.evidence) <= DETAILED_AT_MOST
        sources = {_source_line(row) for row in self.evidence}
        for row in self.evidence[:LISTED_AT_MOST]:
            if several:
                yield f"  - {row.label}: {row.number()}{_short_status(row)}"
            if detailed:
                yield from _detail_lines(row, indent="    " if several else "  ")
            if len(sources) > 1:
                yield f"    {_source_line(row)}"
        if len(self.evidence) > LISTED_AT_MOST:
            yield f"  ... and {len(self.evidence) - LISTED_AT_MOST} more rows in the table {self.table}"
        if len(sources) == 1:
            yield f"  {sources.pop()}"
        if self.rivals:
            yield "  Other numbers for the same thing, not used:"
            for rival in self.rivals:
                yield _rival_line(rival)
        if self.rule:
            yield f"  Rule: {self.rule}"


def _short_status(row: Evidence) -> str:
    published = f', published "{row.published}" {row.published_unit or ""}'.rstrip() if row.published else ""
    return (f", {row.status}" if row.status else "") + published


def _detail_lines(row: Evidence, *, indent: str) -> Iterator[str]:
    meaning = STATUS_MEANING.get(row.status)
    if meaning:
        yield f"{indent}status: {row.status} ({meaning})"
    if row.published is not None:
        unit = f" {row.published_unit}" if row.published_unit else ""
        yield f'{indent}published: "{row.published}"{unit}' + (f", {row.basis}" if row.basis else "")
    elif row.basis:
        yield f"{indent}basis: {row.basis}"
    for step in row.steps:
        yield f"{indent}step: {step}"
    if row.note:
        yield f"{indent}note: {row.note}"


def _source_line(row: Evidence) -> str:
    link = f"; {row.link}" if row.link else ""
    return f"source: {row.source}; edition {row.vintage}; licence: {row.licence}{link}"


def _rival_line(row: Evidence) -> str:
    apart = "" if row.difference is None else f" ({row.difference:+.1%})".replace("%", " %")
    flag = " (!)" if row.difference is not None and abs(row.difference) > RIVAL_THRESHOLD else ""
    label = f"{row.label}: " if row.label else ""
    return f"    {label}{row.number()}{apart}{flag}{_short_status(row)}; {row.source} ({row.vintage})"
