"""Field types of the scenario file: what people write -> checked values, with their JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator
from pydantic_core import PydanticCustomError, core_schema

from lodestock.errors import ConflictError, FileFormatError, UnitError, ValueOutOfRangeError, nearest_name
from lodestock.scenario.quantity import EXAMPLES, Dimension, Quantity, parse_quantity, require
from lodestock.scenario.sets import CountryList, parse_countries

UNKNOWN_KEY = "unknown_key"
FIRST_DAY = date(1950, 1, 1)
LAST_DAY = date(2150, 12, 31)
INFINITE = float("inf")
MAX_NAME = 100


class Section(BaseModel):
    """A mapping of the file. Unknown keys are errors that name the nearest valid key."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, defer_build=True
    )

    @model_validator(mode="before")
    @classmethod
    def _check_for_unknown_keys(cls, data: Any) -> Any:
        if isinstance(data, dict):
            for key in data:
                if key not in cls.model_fields:
                    known = {"key": key, "known": list(cls.model_fields)}
                    raise PydanticCustomError(UNKNOWN_KEY, "unknown key {key}", known)
        return data


@dataclass(frozen=True, slots=True, eq=False)
class FieldType:
    """A pydantic annotation: a parser that raises our errors, what it accepts in words and as JSON Schema."""

    words: str
    parse: Callable[[object], Any]
    json_schema: dict[str, Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        """Validate with ``parse`` alone."""
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        """Publish ``json_schema``."""
        return dict(self.json_schema)


_TEXT = {"type": "string"}
_QUANTITY = {
    "anyOf": [
        _TEXT,
        {
            "type": "object",
            "properties": {"value": {"type": "number"}, "unit": _TEXT, "form": _TEXT},
            "required": ["value", "unit"],
            "additionalProperties": False,
        },
    ]
}


def quantity_field(
    words: str, *dimensions: Dimension, low: float = 0.0, open_low: bool = False, share_max: float = INFINITE
) -> FieldType:
    """Build a field for a quantity of one of ``dimensions``, not below ``low`` (above it when ``open_low``).

    ``share_max`` limits shares only; prices and tonnages have no upper end here.
    """
    examples = "; or ".join(EXAMPLES[dimension] for dimension in dimensions)

    def parse(raw: object) -> Quantity:
        quantity = require(parse_quantity(raw), *dimensions)
        high = share_max if quantity.dimension == "share" else INFINITE
        if low <= quantity.value <= high and not (open_low and quantity.value == low):
            return quantity
        allowed = "" if low == -INFINITE else f"more than {low:g}" if open_low else f"{low:g} or more"
        if high < INFINITE:
            allowed += f"{' and ' if allowed else ''}at most {100 * high:g} %"
        negative = "negative: " if quantity.value < 0.0 <= low else ""
        raise ValueOutOfRangeError(f"{negative}{quantity.text!r} is out of range", allowed=allowed)

    return FieldType(words, parse, {**_QUANTITY, "$comment": examples})


Price = Annotated[Quantity, quantity_field("price", "price", "multiple_of_base", open_low=True)]
"""A price above zero: USD per mass of a form, or ``% of base``."""
PriceOrZero = Annotated[Quantity, quantity_field("price, may be zero", "price", "multiple_of_base")]
"""A price that may be zero."""
Rate = Annotated[Quantity, quantity_field("share, or price", "share", "price", share_max=1000.0)]
"""A duty: ``25 %`` of the price, or USD per mass."""
TaxRate = Annotated[Quantity, quantity_field("share below 100 %, or price", "share", "price", share_max=0.99)]
"""A tax on exports: below 100 % of the price, or USD per mass."""
Share = Annotated[Quantity, quantity_field("share, 0 to 100 %", "share", share_max=1.0)]
"""A share from 0 to 100 %."""
Multiple = Annotated[Quantity, quantity_field("share, may exceed 100 %", "share", share_max=1000.0)]
"""A share of a base quantity that may exceed 100 %."""
Loss = Annotated[
    Quantity,
    quantity_field(
        "share up to 100 %, or tonnage per year", "share", "mass_per_year", open_low=True, share_max=1.0
    ),
]
"""A loss: up to 100 %, or a tonnage per year."""
Change = Annotated[
    Quantity,
    quantity_field(
        "share or tonnage per year, may be negative",
        "share",
        "mass_per_year",
        low=-INFINITE,
        share_max=1000.0,
    ),
]
"""A change, up or down."""
Gain = Annotated[
    Quantity,
    quantity_field("share, or tonnage per year", "share", "mass_per_year", open_low=True, share_max=1000.0),
]
"""An increase: a share, or a tonnage per year."""
Limit = Annotated[
    Quantity, quantity_field("tonnage per year, or share", "mass_per_year", "share", share_max=1000.0)
]
"""A quota: a tonnage per year, or a share of the base flow."""
YearlyTonnage = Annotated[Quantity, quantity_field("tonnage per year", "mass_per_year", open_low=True)]
"""A tonnage per year, above zero."""
Tonnage = Annotated[
    Quantity, quantity_field("tonnage, or tonnage per year", "mass_per_year", "mass", open_low=True)
]
"""A tonnage moved within the year that is solved, above zero."""
Stock = Annotated[Quantity, quantity_field("tonnage", "mass")]
"""A tonnage held."""
Budget = Annotated[Quantity, quantity_field("amount of money", "money", open_low=True)]
"""An amount of USD a year, above zero."""
Duration = Annotated[Quantity, quantity_field("time span", "duration")]
"""A time span."""
Lifetime = Annotated[Quantity, quantity_field("time span", "duration", open_low=True)]
"""A time span above zero."""


@dataclass(frozen=True, slots=True)
class ShareRange:
    """A share with the range in which it lies; ``text`` as written."""

    low: float
    central: float
    high: float
    source: str
    text: str
    lag: float = 0.0
    """Years until it begins."""


_RANGE_KEYS = ("low", "central", "high")
_RANGE_OTHER = ("lag", "source")
_RANGE_EXAMPLE = "20 %, or {low: 5 %, central: 20 %, high: 35 %, lag: 2 months, source: ...}"


def _parse_share_range(raw: object) -> ShareRange:
    if not isinstance(raw, Mapping) or "value" in raw:
        share = _parse_share(raw)
        return ShareRange(share.value, share.value, share.value, "", share.text)
    for key in raw:
        if key not in (*_RANGE_KEYS, *_RANGE_OTHER):
            near = nearest_name(str(key), (*_RANGE_KEYS, *_RANGE_OTHER))
            raise FileFormatError(
                f"unknown key {key!r} in a range",
                allowed=_RANGE_EXAMPLE,
                hint=f"did you mean {near!r}?" if near else "",
            )
    missing = [key for key in _RANGE_KEYS if key not in raw]
    if missing:
        raise FileFormatError(f"{', '.join(missing)} is missing in a range", allowed=_RANGE_EXAMPLE)
    source = raw.get("source", "")
    if not isinstance(source, str):
        raise FileFormatError(f"source {str(source)[:40]!r} is not text", allowed=_RANGE_EXAMPLE)
    low, central, high = (_parse_share(raw[key]) for key in _RANGE_KEYS)
    if not low.value <= central.value <= high.value:
        raise ConflictError(
            f"low {low.text}, central {central.text} and high {high.text} are out of order",
            hint="low <= central <= high",
        )
    lag = require(parse_quantity(raw["lag"]), "duration") if "lag" in raw else None
    if lag is not None and lag.value < 0.0:
        raise ValueOutOfRangeError(f"negative: lag {lag.text}", allowed="0 or more")
    text = f"{central.text} ({low.text} to {high.text})"
    years = 0.0 if lag is None else lag.value
    return ShareRange(low.value, central.value, high.value, " ".join(source.split()), text, years)


_parse_share = quantity_field("share", "share", share_max=1.0).parse


def _parse_date(raw: object) -> date:
    if not isinstance(raw, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", raw.strip()):
        raise FileFormatError(
            f"{str(raw)[:40]!r} is not a date", allowed="year-month-day, such as 2024-12-03"
        )
    try:
        day = date.fromisoformat(raw.strip())
    except ValueError as error:
        raise FileFormatError(f"{raw!r} is not a date ({error})", allowed="such as 2024-12-03") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueOutOfRangeError(f"{raw} is out of range", allowed=f"{FIRST_DAY} to {LAST_DAY}")
    return day


def _parse_phases(raw: object) -> tuple[tuple[date, float], ...]:
    if not isinstance(raw, Mapping) or not raw:
        raise FileFormatError(
            "a phase-in is a mapping of day to share", allowed="{2026-01-01: 50 %, 2027-01-01: 100 %}"
        )
    steps = sorted((_parse_date(day), _parse_share(share).value) for day, share in raw.items())
    for (_, before), (day, after) in pairwise(steps):
        if after <= before:
            raise ConflictError(f"the phase-in does not rise on {day}", hint="each step has a larger share")
    return tuple(steps)


def _parse_period(raw: object) -> str:
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        raise FileFormatError(f"{str(raw)[:40]!r} is no period", allowed="2026, 2026-Q1 or 2026-01")
    return str(raw).strip()


def _parse_names(raw: object) -> tuple[str, ...]:
    names = _parse_texts(raw)
    for name in names:
        if len(name) > MAX_NAME:
            raise FileFormatError(
                f"{name[:40]!r}... is too long", allowed=f"names of at most {MAX_NAME} characters"
            )
    return names


def _parse_texts(raw: object) -> tuple[str, ...]:
    items = [raw] if isinstance(raw, str) else raw
    if not isinstance(items, Sequence):
        seen = "an empty value" if raw is None else f"{str(raw)[:40]!r}"
        raise FileFormatError(f"{seen} is not text", allowed="a text, or a list of texts")
    texts: list[str] = []
    for item in items:
        if not isinstance(item, str) or not item.strip():
            raise FileFormatError(f"{str(item)[:40]!r} is not text", allowed="a text, or a list of texts")
        if item.strip() in texts:
            raise ConflictError(f"{item.strip()[:60]!r} stands twice in one list", hint="keep one of them")
        texts.append(item.strip())
    if not texts:
        raise FileFormatError("the list is empty", allowed="at least one text, or leave the key out")
    return tuple(texts)


HORIZON_YEARS = {"short": 1.0, "long": 5.0}


def _parse_horizon(raw: object) -> Quantity:
    if isinstance(raw, str) and raw.strip() in HORIZON_YEARS:
        return Quantity(HORIZON_YEARS[raw.strip()], "duration", None, raw.strip())
    try:
        quantity = require(parse_quantity(raw), "duration")
    except UnitError as error:
        allowed = "short, long or a number of years, such as 3 years"
        raise UnitError(error.problem, allowed=allowed, hint=error.hint) from None
    if not 0.0 < quantity.value <= 50.0:
        raise ValueOutOfRangeError(f"{quantity.text!r} is out of range", allowed="above 0 and up to 50 years")
    return quantity


_TEXT_LIST = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]}
_ALL_BUT = {
    "type": "object",
    "properties": {"all-but": _TEXT_LIST},
    "required": ["all-but"],
    "additionalProperties": False,
}
_COUNTRY = {"anyOf": [_TEXT, _ALL_BUT]}

LeakShare = Annotated[
    ShareRange,
    FieldType(
        "share, or range of shares",
        _parse_share_range,
        {
            "anyOf": [
                *_QUANTITY["anyOf"],
                {
                    "type": "object",
                    "properties": {**dict.fromkeys((*_RANGE_KEYS, "lag"), _QUANTITY), "source": _TEXT},
                    "required": list(_RANGE_KEYS),
                    "additionalProperties": False,
                },
            ],
            "$comment": _RANGE_EXAMPLE,
        },
    ),
]
"""A share from 0 to 100 %, alone or as low, central and high."""
Date = Annotated[date, FieldType("date", _parse_date, {"type": "string", "format": "date"})]
"""A day, ``2024-12-03``."""
PhaseIn = Annotated[
    tuple[tuple[date, float], ...],
    FieldType(
        "mapping of date to share",
        _parse_phases,
        {"type": "object", "additionalProperties": _QUANTITY, "minProperties": 1},
    ),
]
"""Day -> share of a measure in force from that day on, rising."""
Period = Annotated[
    str,
    FieldType(
        "year, quarter or month",
        _parse_period,
        {"anyOf": [_TEXT, {"type": "integer"}], "$comment": "2026, 2026-Q1 or 2026-01"},
    ),
]
"""A period by its name; whether there is such a one is seen when periods are counted from it."""
Horizon = Annotated[
    Quantity, FieldType("horizon", _parse_horizon, {**_QUANTITY, "$comment": "short, long, or 2 years"})
]
"""``short`` (1 year), ``long`` (5 years) or a number of years."""
Texts = Annotated[tuple[str, ...], FieldType("text, or list of texts", _parse_texts, _TEXT_LIST)]
"""One text or a list of different texts."""
Names = Annotated[tuple[str, ...], FieldType("name, or list of names", _parse_names, _TEXT_LIST)]
"""One name or a list of different names."""
Word = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME)]
"""A name to look up."""
Countries = Annotated[
    CountryList,
    FieldType(
        "countries",
        parse_countries,
        {"anyOf": [_TEXT, _ALL_BUT, {"type": "array", "items": _COUNTRY, "minItems": 1}]},
    ),
]
"""Names, sets, zones, ``all`` or ``all-but``."""
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,98}[a-z0-9])?$")]
"""Lower-case letters, digits and hyphens."""
ZoneName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9 _-]{0,62}[A-Za-z0-9])?$")]
"""Letters, digits, blanks and hyphens."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
"""A sentence or a paragraph."""
