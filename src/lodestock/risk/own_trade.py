"""A company's own purchases as the trade of a perspective of its own.

The file is CSV with columns ``material``, ``origin`` and ``t`` (t of contained element); optional are
``stage`` (by default the last of the material), ``unit`` (of t), ``usd`` and ``year``. A row whose origin is
one of the home countries is supply at home.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING

from lodestock.errors import FileFormatError, UnknownNameError, ValueOutOfRangeError, nearest_name

if TYPE_CHECKING:
    import polars as pl

NAME = "own trade"
REQUIRED = ("material", "origin", "t")
OPTIONAL = ("stage", "unit", "usd", "year")
UNITS = {"t": 1.0, "kg": 1e-3, "kt": 1e3, "lb": 0.45359237e-3}
"""Units of the optional column ``unit``, in t. Gas volumes are refused, and so is ``mt``, which some read as
metric tonnes and some as millions of them."""
LARGEST_FILE = 20_000_000


def read_own_trade(path: Path, year: int) -> pl.DataFrame:
    """Read a company's purchases into columns of ``tables.TRADE``; the importer is ``NAME``.

    Raises
    ------
    FileFormatError
        The file is missing, too large, no UTF-8 CSV, without rows or without a needed column.
    UnknownNameError
        A material, stage or country that does not exist; names line and nearest name.
    ValueOutOfRangeError
        A quantity or value that is empty, negative or not a number, or a unit that is none.
    """
    import polars as pl

    from lodestock.data.catalog import materials, resolve_country, resolve_material

    stages = {item.slug: item.stages for item in materials()}
    rows = []
    for line, row in _lines(path):
        where = f"{path}, line {line}"
        material = resolve_material(row["material"], where=where)
        stage = row.get("stage") or stages[material][-1]
        if stage not in stages[material]:
            raise UnknownNameError(f"stage of {material}", stage, stages[material], where=where)
        rows.append(
            {
                "material": material,
                "stage": stage,
                "exporter": resolve_country(row["origin"], where=where),
                "importer": NAME,
                "year": _year(row.get("year", ""), year, where),
                "t": _number(row["t"], "t", where) * _unit(row.get("unit", ""), where),
                "usd": _number(row["usd"], "usd", where) if row.get("usd") else 0.0,
            }
        )
    if not rows:
        raise FileFormatError("the file has no rows", where=str(path))
    return pl.DataFrame(rows, schema_overrides={"t": pl.Float64, "usd": pl.Float64, "year": pl.Int64})


def _lines(path: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise FileFormatError("the file is larger than 20 MB", where=str(path))
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileFormatError(f"the file cannot be read ({error.strerror})", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise FileFormatError("the file is not UTF-8 text", where=str(path)) from error
    reader = csv.DictReader(text.splitlines())
    header = list(reader.fieldnames or [])
    allowed = (*REQUIRED, *OPTIONAL)
    for column in REQUIRED:
        if column not in header:
            near = nearest_name(column, header)
            raise FileFormatError(
                f"no column {column!r}",
                where=str(path),
                allowed=", ".join(allowed),
                hint=f"is it {near!r}?" if near else "",
            )
    for column in header:
        if column not in allowed:
            raise UnknownNameError("column", column, allowed, where=str(path))
    return [
        (reader.line_num, {key: (value or "").strip() for key, value in row.items() if key}) for row in reader
    ]


def _number(text: str, column: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise ValueOutOfRangeError(
            f"{text!r} in column {column}", where=where, allowed="a number of at least 0, without separators"
        )
    return value


def _unit(text: str, where: str) -> float:
    """Factor to t; t where no unit is given."""
    if text.lower() not in {"", *UNITS}:
        raise UnknownNameError("unit", text, UNITS, where=where)
    return UNITS[text.lower() or "t"]


def _year(text: str, default: int, where: str) -> int:
    if not text:
        return default
    if not text.isdigit() or len(text) != 4:
        raise ValueOutOfRangeError(f"{text!r} in column year", where=where, allowed="a year of four digits")
    return int(text)


def company_scores(trade: pl.DataFrame, home: tuple[str, ...]) -> pl.DataFrame:
    """GeoPolRisk of a company's purchases, by material, stage and year.

    Parameters
    ----------
    trade : as ``read_own_trade`` returns it.
    home : countries whose shipments count as supply at home.

    Raises
    ------
    ValueOutOfRangeError
        No production is known for a market and year of the file, so that it has no concentration.
    """
    import polars as pl

    from lodestock.risk import inputs
    from lodestock.risk.geopolrisk import geopolrisk
    from lodestock.risk.tables import CHAIN

    wanted = trade.select(CHAIN).unique()
    supply = inputs.supply().join(wanted, on=CHAIN, how="semi")
    missing = wanted.join(supply.filter(pl.col("t") > 0), on=CHAIN, how="anti").sort(CHAIN)
    if missing.height:
        material, stage, year = missing.row(0)
        raise ValueOutOfRangeError(f"no world production of {material} ({stage}) in {year}", where=NAME)
    # What the home country produces is not the company's: only what it bought there counts as home supply.
    bought = trade.select(*CHAIN, pl.col("importer").alias("perspective")).unique()
    found = geopolrisk(supply, trade, inputs.governance(), {NAME: home}, home_output=False)
    return found.join(bought, on=[*CHAIN, "perspective"], how="semi")
