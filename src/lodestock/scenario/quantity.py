"""Quantities at the border: ``110 USD/kg oxide`` -> a number in a canonical unit, dimension and form.

Inside, everything is t, t per year, USD per t, fractions and years; only this file knows other units. The
form (oxide, carbonate, ...) is kept, because turning it into contained element needs the material: see
`contained_price` and `contained_tonnes`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lodestock.errors import ConflictError, LodestockError, UnitError, ValueOutOfRangeError, nearest_name

Dimension = Literal["price", "mass", "mass_per_year", "share", "multiple_of_base", "duration", "money"]

TONNES_PER: Mapping[str, float] = {
    "g": 1e-6,
    "kg": 1e-3,
    "t": 1.0,
    "kt": 1e3,
    "Mt": 1e6,
    "lb": 0.45359237e-3,
    "oz t": 31.1034768e-6,
    "short ton": 0.90718474,
    "long ton": 1.0160469088,
    "mtu": 1e-2,
    "stu": 9.0718474e-3,
}
"""Exact by definition (international pound 0.45359237 kg, troy ounce 31.1034768 g). A metric ton unit (mtu)
is 10 kg and a short ton unit (stu) 20 lb of the compound named with it, as in ``USD/mtu WO3``."""

_MASS_WORDS: Mapping[str, str] = {
    "gram": "g", "grams": "g", "kilogram": "kg", "kilograms": "kg", "kilo": "kg", "tonne": "t", "tonnes": "t",
    "metric ton": "t", "metric tons": "t", "metric tonne": "t", "metric tonnes": "t",
    "kilotonne": "kt", "kilotonnes": "kt", "megatonne": "Mt", "megatonnes": "Mt", "lbs": "lb", "pound": "lb",
    "pounds": "lb", "ozt": "oz t", "troy oz": "oz t", "troy ounce": "oz t", "troy ounces": "oz t",
    "toz": "oz t", "short tons": "short ton", "long tons": "long ton", "dmtu": "mtu",
}  # fmt: skip
_YEARS_PER: Mapping[str, float] = {
    "day": 1 / 365.25, "days": 1 / 365.25, "week": 7 / 365.25, "weeks": 7 / 365.25, "month": 1 / 12,
    "months": 1 / 12, "quarter": 1 / 4, "quarters": 1 / 4, "year": 1.0, "years": 1.0, "yr": 1.0, "a": 1.0,
}  # fmt: skip
_MONEY: Mapping[str, float] = {
    "usd": 1.0, "$": 1.0, "us$": 1.0, "dollar": 1.0, "dollars": 1.0, "kusd": 1e3,
    "cent": 0.01, "cents": 0.01, "us cent": 0.01, "us cents": 0.01, "usc": 0.01,
}  # fmt: skip
_MANY: Mapping[str, float] = {
    "thousand": 1e3, "million": 1e6, "mn": 1e6, "billion": 1e9, "bn": 1e9,
}  # fmt: skip
_PER_YEAR = re.compile(r"\s*(/\s*|\s+per\s+|\s+a\s+)year$")
_OTHER_MONEY = {"eur", "€", "gbp", "£", "cny", "rmb", "yuan", "jpy", "¥", "cad", "aud", "krw", "inr", "chf"}
_AMBIGUOUS: Mapping[str, str] = {
    "ton": "'ton' may be metric, short or long: write t, short ton or long ton",
    "tons": "'tons' may be metric, short or long: write t, short ton or long ton",
    "oz": "'oz' may be troy or avoirdupois: metals are traded in oz t",
    "mt": "'mt' may be a metric ton or a megatonne: write t or Mt",
    "kg/t": "a grade is not a quantity here",
}
_SHARE = {"%": 0.01, "percent": 0.01, "per cent": 0.01, "fraction": 1.0, "share": 1.0}
_OF_BASE = re.compile(r"\s+of\s+(the\s+)?base(\s+price|-year\s+price)?$")
_NUMBER = re.compile(r"\s*([-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)\s*(.*?)\s*", re.DOTALL)

_MONEY_FIRST = re.compile(r"^\s*(US\$|\$|USD)\s*([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*(/|\s+per\s)")

MAX_LENGTH = 100
"""Characters in a quantity."""

EXAMPLES: Mapping[Dimension, str] = {
    "price": "110 USD/kg (also USD/t, USD/lb, cents/lb, USD/oz t, USD/mtu WO3), with a form where needed",
    "mass": "5000 t (also kg, kt, Mt, lb, oz t, short ton)",
    "mass_per_year": "5000 t/year (also kg/month, kt/year)",
    "share": "30 %",
    "multiple_of_base": "110 % of base",
    "duration": "6 months (also days, weeks, quarters, years)",
    "money": "500 million USD (also USD, thousand, bn; a budget may add /year)",
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A parsed quantity.

    Parameters
    ----------
    value : in USD per t, t, t per year, a fraction, years or USD, by ``dimension``; per mass of ``form``.
    form : the compound named with it, as written, or None.
    text : as written, for messages.
    """

    value: float
    dimension: Dimension
    form: str | None
    text: str


def parse_quantity(raw: object) -> Quantity:
    """Parse ``{value: 110, unit: USD/kg, form: oxide}`` or ``"110 USD/kg oxide"``.

    Raises
    ------
    UnitError
        No unit, an unknown or ambiguous one, money other than USD, or a form given twice differently.
    ValueOutOfRangeError
        NaN or infinite.
    """
    if isinstance(raw, Mapping):
        return _from_mapping(raw)
    if isinstance(raw, bool) or raw is None or not isinstance(raw, str | int | float):
        raise UnitError(f"{_short(raw)} is not a quantity", allowed=_all_examples())
    if not isinstance(raw, str):
        raise UnitError(f"{_short(raw)} has no unit", allowed=_all_examples())
    if len(raw) > MAX_LENGTH:
        raise UnitError(f"{_short(raw)} is too long for a quantity", allowed=_all_examples())
    match = _NUMBER.fullmatch(_MONEY_FIRST.sub(r"\2 USD\3", raw))
    if match is None:
        raise UnitError(f"{_short(raw)} does not begin with a number", allowed=_all_examples())
    number, unit = match.groups()
    if unit.startswith((",", "_", "'")) or re.match(r"[0-9]", unit):
        raise UnitError(
            f"{_short(raw)} has a separator inside its number",
            hint="write 11800 or 1.18e4, with a point for decimals",
        )
    if not unit:
        raise UnitError(f"{_short(raw)} has no unit", allowed=_all_examples())
    return _quantity(float(number), unit, None, raw.strip())


def _from_mapping(raw: Mapping[object, object]) -> Quantity:
    unknown = [key for key in raw if key not in ("value", "unit", "form")]
    if unknown:
        near = nearest_name(str(unknown[0]), ("value", "unit", "form"))
        raise UnitError(
            f"unknown key {unknown[0]!r} in a quantity",
            allowed="value, unit, form",
            hint=f"did you mean {near!r}?" if near else "",
        )
    value, unit, form = raw.get("value"), raw.get("unit"), raw.get("form")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnitError(f"value {_short(value)} is not a number", allowed="value: 110")
    if not isinstance(unit, str) or not unit.strip():
        raise UnitError(f"{value} has no unit", allowed=_all_examples())
    if form is not None and not (isinstance(form, str) and form.strip()):
        raise UnitError(f"form {_short(form)} is not a name", allowed="oxide, carbonate, contained, ...")
    number = _to_float(value)
    text = f"{value} {unit}" + (f" {form}" if form else "")
    if len(text) > MAX_LENGTH:
        raise UnitError(f"{_short(text)} is too long for a quantity", allowed=_all_examples())
    return _quantity(number, unit.strip(), form.strip() if form else None, text)


def _to_float(value: int | float) -> float:
    try:
        return float(value)
    except OverflowError:
        raise ValueOutOfRangeError("the value of a quantity is too large") from None


def _quantity(value: float, unit: str, form: str | None, text: str) -> Quantity:
    factor, dimension, form_in_unit = _parse_unit(" ".join(unit.split()), text)
    if form and form_in_unit and form.casefold() != form_in_unit.casefold():
        raise ConflictError(
            f"{_short(text)} names two forms, {form_in_unit!r} and {form!r}", hint="keep one of them"
        )
    form = form or form_in_unit
    canonical = value * factor
    if not math.isfinite(canonical):
        raise ValueOutOfRangeError(f"{_short(text)} is not a finite number")
    if form and dimension not in ("price", "mass", "mass_per_year"):
        raise UnitError(f"{_short(text)} takes no form", allowed=EXAMPLES[dimension])
    if unit.split("/")[-1].split()[0] in ("mtu", "dmtu", "stu") and not form:
        raise UnitError(f"{_short(text)}: a metric ton unit counts one compound", hint="name it: USD/mtu WO3")
    return Quantity(canonical, dimension, form, text)


def _parse_unit(unit: str, text: str) -> tuple[float, Dimension, str | None]:
    """Return (factor to the canonical unit, dimension, form named inside the unit)."""
    lower = unit.casefold()
    if _OF_BASE.search(lower):
        share = _OF_BASE.sub("", lower)
        if share in _SHARE:
            return _SHARE[share], "multiple_of_base", None
    if lower in _SHARE:
        return _SHARE[lower], "share", None
    if lower in _YEARS_PER:
        return _YEARS_PER[lower], "duration", None
    money = _money(lower)
    if money is not None:
        return money, "money", None
    head, _, rest = re.sub(r"\s+per\s+|\s*/\s*", "/", unit).partition("/")
    if head.casefold() in _OTHER_MONEY:
        raise UnitError(
            f"{_short(text)} is not in USD", hint="convert it and put the exchange rate into 'note'"
        )
    if head.casefold() in _MONEY:
        mass, form = _mass(rest, text)
        return _MONEY[head.casefold()] / mass, "price", form
    mass, form = _mass(head, text)
    if not rest:
        return mass, "mass", form
    period, _, late_form = rest.partition(" ")
    if period.casefold() not in _YEARS_PER:
        raise _unknown_unit(rest, text, list(_YEARS_PER))
    return mass / _YEARS_PER[period.casefold()], "mass_per_year", form or late_form or None


def _money(unit: str) -> float | None:
    """USD per unit of a plain amount such as ``million USD``; None for anything else."""
    words = _PER_YEAR.sub("", unit).split()
    coins = [word for word in words if word in _MONEY]
    others = [word for word in words if word not in _MONEY]
    if len(coins) != 1 or len(others) > 1 or any(word not in _MANY for word in others):
        return None
    return _MONEY[coins[0]] * (_MANY[others[0]] if others else 1.0)


def _mass(unit: str, text: str) -> tuple[float, str | None]:
    """Split ``kg oxide`` into tonnes per unit and form; the longest unit name wins."""
    words = unit.split(" ")
    for size in range(min(2, len(words)), 0, -1):
        name = " ".join(words[:size])
        name = name if name in TONNES_PER else _MASS_WORDS.get(name.casefold(), name)
        if name in TONNES_PER:
            return TONNES_PER[name], " ".join(words[size:]) or None
    raise _unknown_unit(words[0], text, [*TONNES_PER, *_MASS_WORDS, "USD/kg", "USD/t", "USD/lb", "%"])


def _unknown_unit(unit: str, text: str, known: list[str]) -> LodestockError:
    if unit.casefold() in _AMBIGUOUS and unit != "Mt":
        return UnitError(f"{_short(text)}: unit {unit!r} is ambiguous", hint=_AMBIGUOUS[unit.casefold()])
    near = nearest_name(unit, known)
    return UnitError(
        f"{_short(text)}: unknown unit {unit[:40]!r}",
        allowed=_all_examples(),
        hint=f"did you mean {near!r}?" if near else "",
    )


def require(quantity: Quantity, *allowed: Dimension) -> Quantity:
    """Return ``quantity`` when its dimension is among ``allowed``; raise UnitError otherwise."""
    if quantity.dimension in allowed:
        return quantity
    words = {
        "mass": "a tonnage",
        "mass_per_year": "a tonnage per year",
        "multiple_of_base": "a price in % of base",
        "money": "an amount of money",
    }
    seen = words.get(quantity.dimension, f"a {quantity.dimension}")
    raise UnitError(
        f"{_short(quantity.text)} is {seen}, which does not fit here",
        allowed="; or ".join(EXAMPLES[dimension] for dimension in allowed),
    )


def contained_price(quantity: Quantity, factor: float) -> float:
    """Turn a price per t of form into USD per t contained: P / f, with f = t contained per t of form."""
    return quantity.value / factor


def contained_tonnes(quantity: Quantity, factor: float) -> float:
    """Turn t of form into t contained: Q f, with f = t contained per t of form."""
    return quantity.value * factor


def _short(raw: object) -> str:
    text = repr(raw) if isinstance(raw, str) else str(raw)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _all_examples() -> str:
    return "a number with its unit, such as 110 USD/kg, 5000 t/year, 30 %, 6 months"
