"""What a table schema is made of: columns, tables, and the columns that every claim carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DataType = Literal["text", "float", "integer", "boolean"]

STATUSES = ("reported", "estimated", "withheld", "rounded", "less_than", "assumed")
STAGES = ("mine", "intermediate", "refined", "component", "scrap")

PSEUDO_COUNTRIES = {
    "OTH": "Other countries (published remainder)",
    "WLD": "World total as published",
    "EUU": "European Union (only where a source gives no members)",
}


@dataclass(frozen=True)
class ColumnSchema:
    """One column: name, type, unit (``1`` for fractions, empty for labels), meaning, may it be null."""

    name: str
    dtype: DataType
    unit: str
    description: str
    required: bool = True
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableSchema:
    """One table: what a row is, which columns identify it, and all its columns in order."""

    name: str
    description: str
    keys: tuple[str, ...]
    columns: tuple[ColumnSchema, ...]
    is_claim: bool = False

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns in file order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> ColumnSchema:
        """The column called ``name``; raises KeyError when the table has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def text(
    name: str, description: str, *, required: bool = True, allowed: tuple[str, ...] = ()
) -> ColumnSchema:
    """A label column."""
    return ColumnSchema(name, "text", "", description, required, allowed)


def number(name: str, unit: str, description: str, *, required: bool = True) -> ColumnSchema:
    """A column of floats in ``unit``."""
    return ColumnSchema(name, "float", unit, description, required)


def integer(name: str, description: str, *, required: bool = True) -> ColumnSchema:
    """A column of whole numbers (years, ranks)."""
    return ColumnSchema(name, "integer", "", description, required)


def flag(name: str, description: str) -> ColumnSchema:
    """A column of true and false."""
    return ColumnSchema(name, "boolean", "", description)


CLAIM_COLUMNS: tuple[ColumnSchema, ...] = (
    number("value", "see unit", "value in the canonical unit; empty when withheld", required=False),
    text("unit", "canonical unit of value, low and high"),
    number("low", "see unit", "lower end of the interval; equals value for a point", required=False),
    number("high", "see unit", "upper end of the interval; equals value for a point", required=False),
    text("status", "how firm the number is", allowed=STATUSES),
    text("published_value", "the publisher's own text", required=False),
    text("published_unit", "unit as published", required=False),
    text("basis", "what the published number measures: contained element, oxide, gross weight ..."),
    text("source_id", "row of the table sources"),
    text("licence_id", "row of the table licences"),
    text("vintage", "edition or date of the publication"),
    flag("preferred", "winner of the precedence rule for this key"),
    text("note", "conversions made and caveats", required=False),
)

MATERIAL = text("material", "slug of the material")
STAGE = text("stage", "step of the chain", allowed=STAGES)
COUNTRY = text("country", "ISO 3166 alpha-3 or a pseudo-code of the countries table")
YEAR = integer("year", "calendar year")
FORM = text("form", "form of the material, in the source's words")


def table(
    name: str,
    description: str,
    keys: tuple[str, ...],
    *columns: ColumnSchema,
    claim: bool = False,
) -> TableSchema:
    """A table; ``claim=True`` appends the columns that every claim carries."""
    return TableSchema(name, description, keys, columns + (CLAIM_COLUMNS if claim else ()), claim)
