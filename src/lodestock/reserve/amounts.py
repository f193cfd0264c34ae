"""Money and probabilities at the border: ``10 bn USD`` -> 1e10, ``94 %`` or 0.94 -> 0.94."""

from __future__ import annotations

import re
from typing import Annotated

from lodestock.errors import UnitError, ValueOutOfRangeError
from lodestock.scenario.fields import FieldType
from lodestock.scenario.quantity import parse_quantity, require

_SCALE = {
    "": 1.0, "k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6,
    "bn": 1e9, "b": 1e9, "billion": 1e9,
}  # fmt: skip
_MONEY = re.compile(
    r"(?:usd|us\$|\$)?\s*([-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[-+]?[0-9]+)?)\s*([a-z]*)\s*(?:usd|us\$|\$)?"
)
_EXAMPLE = "10 bn USD, 450 M USD, 2.5e9 USD"


def parse_money(raw: object) -> float:
    """Return USD; an amount below zero is refused."""
    text = raw.strip() if isinstance(raw, str) else ""
    folded = text.casefold()
    match = _MONEY.fullmatch(folded)
    if match is None or ("usd" not in folded and "$" not in folded):
        seen = "an empty value" if raw is None else f"{str(raw)[:40]!r}"
        raise UnitError(f"{seen} is not an amount of money", allowed=_EXAMPLE)
    number, word = match.groups()
    word = word.removesuffix("usd")
    if word not in _SCALE:
        raise UnitError(f"{text[:40]!r}: unknown scale {word!r}", allowed=_EXAMPLE)
    amount = float(number) * _SCALE[word]
    if not 0.0 <= amount < 1e15:
        problem = "is negative" if amount < 0.0 else "is out of range"
        raise ValueOutOfRangeError(f"{text[:40]!r} {problem}", allowed="0 USD or more")
    return amount


def parse_fraction(raw: object) -> float:
    """Return a fraction from 0 to 1, written ``0.94`` or ``94 %``."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise UnitError(f"{str(raw)[:40]!r} is not a share", allowed="0.94 or 94 %")
    number = float(raw) if not isinstance(raw, str) else require(parse_quantity(raw), "share").value
    if not 0.0 <= number <= 1.0:
        raise ValueOutOfRangeError(f"{raw} is out of range", allowed="0 to 1 (0 % to 100 %)")
    return number


def parse_rate(raw: object) -> float:
    """Return a yearly rate from -20 % to 100 %, written ``5.3 %`` or 0.053."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise UnitError(f"{str(raw)[:40]!r} is not a rate", allowed="5.3 % or 0.053")
    number = float(raw) if not isinstance(raw, str) else require(parse_quantity(raw), "share").value
    if not -0.2 <= number <= 1.0:
        raise ValueOutOfRangeError(f"{raw} is out of range", allowed="-20 % to 100 % a year")
    return number


def parse_charge(raw: object) -> float:
    """Return a yearly rate that somebody is paid, 0 to 100 %."""
    number = parse_rate(raw)
    if number < 0.0:
        raise ValueOutOfRangeError(f"{raw} is out of range", allowed="0 to 100 % a year")
    return number


_NUMBER_OR_TEXT = {"anyOf": [{"type": "string"}, {"type": "number"}]}
Dollars = Annotated[
    float, FieldType("amount of money", parse_money, {"type": "string", "$comment": _EXAMPLE})
]
"""An amount of USD, 0 or more."""
Fraction = Annotated[float, FieldType("share, 0 to 1", parse_fraction, _NUMBER_OR_TEXT)]
"""A share or probability."""
Rate = Annotated[float, FieldType("rate a year", parse_rate, _NUMBER_OR_TEXT)]
"""A yearly rate."""
Charge = Annotated[float, FieldType("rate a year, 0 or more", parse_charge, _NUMBER_OR_TEXT)]
"""A yearly rate that somebody is paid."""
