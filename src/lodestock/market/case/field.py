"""One key of an object of a case: what it holds, its unit, its bounds, its default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

REQUIRED: Any = object()
"""Marks a field without a default."""


@dataclass(frozen=True, slots=True)
class Field:
    """One key of an object.

    Attributes
    ----------
    kind : ``text``, ``number``, ``limit`` (a number, or null for none), ``integer``, ``flag``,
        ``choice``, a ``node``, ``activity`` or ``curve``, or a compound: ``nodes``, ``activities``,
        ``levies``, ``numbers``, ``texts``, ``weights`` (name to number), ``entries``, ``segments``,
        ``backstops``, ``settings``.
    unit : of a number; Q and P stand for the case's quantity and price unit.
    default : REQUIRED, or the value taken when the key is left out.
    low, high : bounds of a number; ``above`` excludes the lower one.
    choices : allowed texts of a choice.
    of : what the names in ``weights`` or ``texts`` name: ``node``, ``activity``, ``curve``.
    """

    kind: str
    description: str
    unit: str = ""
    default: Any = REQUIRED
    low: float | None = None
    high: float | None = None
    above: bool = False
    choices: tuple[str, ...] = ()
    of: str = ""

    @property
    def required(self) -> bool:
        """Whether the key must be there."""
        return self.default is REQUIRED


Table = Mapping[str, Field]

NAME = Field("text", "Unique name.")
NODE = Field("node", "Node where it stands.")
FROM, TO = Field("node", "Node it takes from."), Field("node", "Node it delivers to.")
COST = Field("number", "Cost at level zero.", "P", 0.0)
SLOPE = Field("number", "Rise of the cost per unit of level.", "P/Q", 0.0, low=0.0)
CAPACITY = Field("limit", "Largest level; null or left out: no limit; 0: a ban.", "Q", None, low=0.0)
