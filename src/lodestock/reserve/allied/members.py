"""Who the allies are: two to ten, no country in two of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lodestock.errors import ConflictError, ValueOutOfRangeError

MOST_ALLIES = 10


def check_allies(allies: Mapping[str, Sequence[str]], *, where: str = "--ally") -> None:
    """Raise for fewer than two allies, too many, or a country in two of them.

    Parameters
    ----------
    where : place of the list, for the message.

    Raises
    ------
    ValueOutOfRangeError, ConflictError
        See above.
    """
    if not 2 <= len(allies) <= MOST_ALLIES:
        raise ValueOutOfRangeError(f"{len(allies)} allies", where=where, allowed=f"2 to {MOST_ALLIES}")
    seen: dict[str, str] = {}
    for name, members in allies.items():
        for country in members:
            if country in seen:
                raise ConflictError(f"{country} is in {seen[country]} and in {name}", where=where)
            seen[country] = name
