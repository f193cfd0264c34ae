"""Errors that a user can act on.

Every error names what is wrong, where (file, line, key or row), the value seen, what is allowed and the
nearest valid name. The command line prints the message and exits with code 2.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

LISTED_BY = {
    "material": "lodestock list materials",
    "country": "lodestock list countries",
    "country, set or zone": "lodestock list countries",
}
"""Command that lists the names of a kind too many to stand in a message."""
MOST_LISTED = 20
"""Rows that a message names one by one."""


class LodestockError(ValueError):
    """Base of every error caused by input; carries a documented code such as ``L101``."""

    code = "L100"

    def __init__(self, problem: str, *, where: str = "", allowed: str = "", hint: str = "") -> None:
        self.problem = problem
        self.where = where
        self.allowed = allowed
        self.hint = hint
        super().__init__(self.message())

    def message(self) -> str:
        """One message of up to four short lines: place and problem, what is allowed, what to do."""
        head = f"{self.where}: {self.problem}" if self.where else self.problem
        lines = [head]
        if self.allowed:
            lines.append(f"  allowed: {self.allowed}")
        if self.hint:
            lines.append(f"  {self.hint}")
        return "\n".join(lines)


class UnknownNameError(LodestockError):
    """A material, country, stage, key or other name that does not exist; names the nearest one."""

    code = "L101"

    def __init__(self, kind: str, name: object, known: Iterable[str], *, where: str = "") -> None:
        candidates = sorted(set(known))
        near = nearest_name(str(name), candidates)
        listing = ", ".join(candidates) if len(candidates) <= 24 else f"{len(candidates)} names"
        if len(candidates) > 24 and kind in LISTED_BY:
            listing += f"; see: {LISTED_BY[kind]}"
        super().__init__(
            f"unknown {kind} {name!r}",
            where=where,
            allowed=listing,
            hint=f"did you mean {near!r}?" if near else "",
        )
        self.nearest = near


class ValueOutOfRangeError(LodestockError):
    """A number outside what is physically or legally possible (negative, NaN, infinite, too large)."""

    code = "L102"


class UnitError(LodestockError):
    """A quantity without a unit, or with one that does not fit."""

    code = "L103"


class FileFormatError(LodestockError):
    """A file that cannot be read: truncated, not UTF-8, too large, malformed or over-nested."""

    code = "L104"


class ConflictError(LodestockError):
    """Two parts of the input contradict each other (duplicate instruments, member listed as outsider)."""

    code = "L105"


class InfeasibleError(LodestockError):
    """No equilibrium exists; names the nodes that clash, in their units."""

    code = "L106"


class DataCheckError(LodestockError):
    """The snapshot builder found rows that fail a check; the message holds the table of offenders."""

    code = "L107"


class MissingExtraError(LodestockError):
    """An optional part is not installed; names the extra that brings it."""

    code = "L108"


class NotSolvedError(LodestockError):
    """The solver stopped short of its tolerance; carries the best certificate instead of numbers."""

    code = "L109"


class RejectedRowsError(LodestockError):
    """Rows of a file that were left out, each with line and reason; everything else was done."""

    code = "L110"

    def __init__(self, where: str, rejected: Sequence[tuple[int, str]], total: int) -> None:
        self.rejected = tuple(rejected)
        shown = [f"line {line}: {reason}" for line, reason in self.rejected[:MOST_LISTED]]
        more = len(self.rejected) - len(shown)
        super().__init__(
            f"{len(self.rejected)} of {total} rows left out",
            where=where,
            hint="\n  ".join([*shown, *([f"and {more} more"] if more else [])]),
        )


def relocated(error: LodestockError, where: str, hint: str | None = None) -> LodestockError:
    """Return the same error at another place; a subclass keeps its own fields."""
    copy = error.__class__.__new__(error.__class__)
    copy.__dict__.update(error.__dict__)
    copy.where = where
    copy.hint = error.hint if hint is None else hint
    copy.args = (copy.message(),)
    return copy


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that ``name`` may be a slip of, or None.

    A slip is at most n edits (a letter added, left out, replaced or two swapped), with n a quarter of the
    letters typed to the nearest whole number and at least one; or a name of four letters or more that is cut
    short or carried on.
    """
    folded = {candidate.casefold(): candidate for candidate in known}
    typed = name.casefold()
    for match in difflib.get_close_matches(typed, list(folded), n=5, cutoff=0.55):
        shorter, longer = sorted((typed, match), key=len)
        cut_short = len(shorter) >= 4 and longer.startswith(shorter)
        if cut_short or _edits(typed, match) <= max(1, (len(typed) + 2) // 4):
            return folded[match]
    return None


def _edits(one: str, other: str) -> int:
    """Letters to add, leave out, replace or swap with their neighbour to get from one word to the other."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        above, row = row, [i]
        for j, wanted in enumerate(other, start=1):
            best = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before = above
    return row[-1]
