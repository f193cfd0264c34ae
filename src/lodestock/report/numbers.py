"""Numbers as a reader meets them: rounded to what is known, always with a unit.

One rule for each kind of number, used by sentences, tables, captions and the terminal, so that a figure
reads the same wherever it stands.
"""

from __future__ import annotations

import math

MINUS = "\N{MINUS SIGN}"
THIN = "\N{NO-BREAK SPACE}"
ABSENT = "\N{EN DASH}"

PER_KG_FROM = 30_000.0
"""Prices from here on (USD/t) are quoted in USD/kg, as the trade does for minor metals."""


def significant(value: float, digits: int = 2) -> float:
    """Round to ``digits`` significant digits; zero, NaN and infinities are returned as they are."""
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def plain(value: float, digits: int = 3) -> str:
    """Return a number with thousands separators and ``digits`` significant digits, without exponent."""
    if not math.isfinite(value):
        return ABSENT
    rounded = significant(value, digits)
    if rounded == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    text = f"{abs(rounded):,.{decimals}f}"
    return (MINUS if rounded < 0 else "") + text


def _scaled(value: float, steps: tuple[tuple[float, str], ...], digits: int) -> tuple[str, str]:
    rounded = significant(value, digits)
    for scale, name in steps:
        if abs(rounded) >= scale:
            return plain(value / scale, digits), name
    scale, name = steps[-1]
    return plain(value / scale, digits), name


MONEY_STEPS = ((1e12, "tn"), (1e9, "bn"), (1e6, "m"), (1e3, "k"), (1.0, ""))
MASS_STEPS = ((1e9, "Gt"), (1e6, "Mt"), (1e3, "kt"), (1.0, "t"), (1e-3, "kg"))


def money(value: float, *, sign: bool = False, digits: int = 2) -> str:
    """Return US dollars in words, for example ``USD 1.2 bn``; with ``sign``, gains carry a plus."""
    if not math.isfinite(value):
        return ABSENT
    if abs(value) < 0.5:
        return f"USD{THIN}0"
    text, name = _scaled(abs(value), MONEY_STEPS, digits)
    unit = f"{THIN}{name}" if name else ""
    return f"{_sign(value, sign)}USD{THIN}{text}{unit}"


def mass(value: float, *, sign: bool = False, digits: int = 2) -> str:
    """Return tonnes of contained element, for example ``3.4 kt`` or ``710 t``."""
    if not math.isfinite(value):
        return ABSENT
    if abs(value) < 5e-4:
        return f"0{THIN}t"
    text, name = _scaled(abs(value), MASS_STEPS, digits)
    return f"{_sign(value, sign)}{text}{THIN}{name}"


def percent(value: float, *, sign: bool = True, digits: int = 2) -> str:
    """Return a fraction as a percentage, for example 0.42 -> ``+42 %``; below 0.05 % reads ``0 %``."""
    if not math.isfinite(value):
        return ABSENT
    hundredfold = 100.0 * value
    if abs(hundredfold) < 0.05:
        return f"0{THIN}%"
    text = plain(abs(hundredfold), 1 if abs(hundredfold) < 1 else digits)
    return f"{_sign(value, sign)}{text}{THIN}%"


def price_scale(reference: float) -> tuple[float, str]:
    """Return (USD/t per shown unit, unit) for prices around ``reference`` USD/t.

    Minor metals are quoted per kilogram and bulk metals per tonne; all prices of one material use the unit
    chosen for its reference price.
    """
    return (1000.0, "USD/kg") if reference >= PER_KG_FROM else (1.0, "USD/t")


def price(value: float, reference: float | None = None, *, digits: int = 3) -> str:
    """Return a price per contained unit, for example ``USD 577/kg`` or ``USD 12,300/t``."""
    if not math.isfinite(value):
        return ABSENT
    scale, unit = price_scale(value if reference is None else reference)
    sign = MINUS if value < 0 else ""
    return f"{sign}USD{THIN}{plain(abs(value) / scale, digits)}{unit.removeprefix('USD')}"


def bare(value: float, digits: int = 2) -> str:
    """Return a number without padding zeros, for example 0.3 and not 0.30; small ones keep their digits."""
    text = plain(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def count(value: int, noun: str, plural: str = "") -> str:
    """Return ``1 country``, ``3 countries``: the noun agrees with the number."""
    return f"{value:,} {noun if value == 1 else plural or noun + 's'}"


def one_part_in(residual: float) -> str:
    """Return a small share in words: 3.1e-11 -> ``better than one part in 10 billion``."""
    if residual <= 0.0:
        return "the last digit"
    power = math.floor(-math.log10(residual) + 1e-9)
    for size, name in ((12, "trillion"), (9, "billion"), (6, "million"), (3, "thousand")):
        if power >= size:
            return f"better than one part in {10 ** (power - size):,} {name}".replace(" 1 ", " a ")
    return f"{100.0 * residual:.2g}{THIN}%"


def joined(names: list[str]) -> str:
    """Return names as a sentence part: ``a``, ``a and b``, ``a, b and c``."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _sign(value: float, wanted: bool) -> str:
    if value < 0:
        return MINUS
    return "+" if wanted else ""
