"""The plain tables that the methods take, and the checks at the door.

Every method takes polars frames with documented columns, so that anyone can feed their own numbers. Further
columns are allowed and ignored. Nothing is filled in: a gap raises, naming table, row and column.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lodestock.errors import FileFormatError, UnknownNameError, ValueOutOfRangeError, nearest_name

if TYPE_CHECKING:
    import polars as pl

TEXT, YEAR, AMOUNT, FRACTION, NUMBER = "text", "year", "amount", "fraction", "number"
"""Kinds of column: labels, years, numbers >= 0, numbers in [0, 1], any finite number."""

CHAIN = ("material", "stage", "year")
"""What one result is about: a market in a year."""


@dataclass(frozen=True)
class Needed:
    """A column that a method reads: its kind, unit and meaning."""

    kind: str
    unit: str
    meaning: str


SUPPLY: Mapping[str, Needed] = {
    "material": Needed(TEXT, "", "material"),
    "stage": Needed(TEXT, "", "step of the chain, mine or refined"),
    "country": Needed(TEXT, "", "ISO 3166 alpha-3 of the producing country"),
    "year": Needed(YEAR, "", "calendar year"),
    "t": Needed(AMOUNT, "t", "output, t of contained element"),
}
TRADE: Mapping[str, Needed] = {
    "material": Needed(TEXT, "", "material"),
    "stage": Needed(TEXT, "", "step of the chain of what is shipped"),
    "exporter": Needed(TEXT, "", "ISO 3166 alpha-3"),
    "importer": Needed(TEXT, "", "ISO 3166 alpha-3, or the name of a company"),
    "year": Needed(YEAR, "", "calendar year"),
    "t": Needed(AMOUNT, "t", "quantity, t of contained element: the basis of SUPPLY"),
    "usd": Needed(AMOUNT, "USD", "value of the shipment; 0 when unknown"),
}
GOVERNANCE: Mapping[str, Needed] = {
    "country": Needed(TEXT, "", "ISO 3166 alpha-3"),
    "year": Needed(YEAR, "", "calendar year"),
    "political_stability": Needed(NUMBER, "1", "WGI estimate of political stability, about -2.5 to 2.5"),
    "mean_of_six": Needed(NUMBER, "1", "mean of the six WGI estimates, about -2.5 to 2.5"),
}
SHARES: Mapping[str, Needed] = {
    "material": Needed(TEXT, "", "material"),
    "stage": Needed(TEXT, "", "stage"),
    "country": Needed(TEXT, "", "ISO 3166 alpha-3 of the supplier"),
    "share": Needed(FRACTION, "1", "share of supply"),
    "trade_parameter": Needed(AMOUNT, "1", "t of the EU method: 0.8 free trade, 1, or 1.1 to 1.5"),
}
USES: Mapping[str, Needed] = {
    "material": Needed(TEXT, "", "material"),
    "end_use": Needed(TEXT, "", "application"),
    "share": Needed(FRACTION, "1", "share of use"),
    "value_added": Needed(AMOUNT, "EUR m", "value added of the application's sector"),
}


def check_table(frame: pl.DataFrame, columns: Mapping[str, Needed], name: str) -> pl.DataFrame:
    """Return the columns a method reads, in their order and types.

    Raises
    ------
    FileFormatError
        A column is missing or holds something else than numbers.
    ValueOutOfRangeError
        A cell is empty, not a number, infinite or out of its range; the message names row and column.
    """
    import polars as pl

    missing = [column for column in columns if column not in frame.columns]
    if missing:
        near = nearest_name(missing[0], frame.columns)
        raise FileFormatError(
            f"no column {missing[0]!r}",
            where=name,
            allowed=", ".join(columns),
            hint=f"is it {near!r}?" if near else "",
        )
    types: dict[str, Any] = {TEXT: pl.String, YEAR: pl.Int64}
    try:
        typed = frame.select(
            pl.col(column).cast(types.get(needed.kind, pl.Float64)) for column, needed in columns.items()
        )
    except pl.exceptions.PolarsError as error:
        raise FileFormatError(f"a cell does not fit its column: {error}", where=name) from error
    for column, needed in columns.items():
        _check_column(typed[column], needed, name)
    return typed


def _check_column(values: pl.Series, needed: Needed, name: str) -> None:
    import polars as pl

    bad = values.is_null()
    allowed = f"a value ({needed.meaning})"
    if needed.kind in (AMOUNT, FRACTION, NUMBER):
        bad = bad | ~values.is_finite().fill_null(value=False)
        allowed = "a finite number"
    if needed.kind in (AMOUNT, FRACTION):
        bad, allowed = bad | (values < 0).fill_null(value=False), "a number of at least 0"
    if needed.kind == FRACTION:
        bad, allowed = bad | (values > 1).fill_null(value=False), "a fraction, 0 to 1"
    if bad.any():
        row = int(bad.arg_true()[0])
        seen = "an empty cell" if values[row] is None else repr(values[row])
        raise ValueOutOfRangeError(
            f"{seen} in column {values.name!r}",
            where=f"{name}, row {row + 1}",
            allowed=allowed,
            hint="leave the row out if the figure is not known; an empty cell is never read as zero",
        )
    if needed.kind == TEXT and (values.cast(pl.String).str.strip_chars() == "").any():
        raise ValueOutOfRangeError(f"an empty name in column {values.name!r}", where=name)


def check_codes(codes: Collection[str], known: Collection[str], name: str) -> None:
    """Check that every country is a known code.

    Raises
    ------
    UnknownNameError
        Names the first unknown code and the nearest known one.
    """
    for code in sorted(set(codes) - set(known)):
        raise UnknownNameError("country code", code, known, where=name)
