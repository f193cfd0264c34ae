"""A company's own purchases as the trade of a perspective of its own.

The file is CSV with columns ``material``, ``origin`` and ``t`` (t of contained element); optional are
``stage`` (by default the last of the material), ``unit`` (of t), ``usd`` and ``year``. A row whose origin is
one of the home countries is supply at home.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lodestock.errors import UnknownNameError, ValueOutOfRangeError
from lodestock.risk import tables
from lodestock.table_file import Rejected, Row, keep_good, read_rows

if TYPE_CHECKING:
    import polars as pl

NAME = "own trade"
REQUIRED = ("material", "origin", "t")
OPTIONAL = ("stage", "unit", "usd", "year")
UNITS = {"t": 1.0, "kg": 1e-3, "kt": 1e3, "lb": 0.45359237e-3}
"""Units of the optional column ``unit``, in t. Gas volumes are refused, and so is ``mt``, which some read as
metric tonnes and some as millions of them."""


def read_own_trade(path: Path, year: int) -> tuple[pl.DataFrame, tuple[Rejected, ...]]:
    """Read a company's purchases into columns of ``tables.TRADE``, and the rows that cannot be used.

    The importer is ``NAME``. A row is set aside where its material, stage or country does not exist, a
    quantity or value is empty, negative or no number, or its unit is none.

    Raises
    ------
    FileFormatError, UnknownNameError
        The file as a whole cannot be used; see `lodestock.table_file.read_rows`.
    """
    import polars as pl

    from lodestock.data.catalog import materials

    stages = {item.slug: item.stages for item in materials()}
    good, bad = keep_good(read_rows(path, REQUIRED, OPTIONAL), lambda row: _purchase(row, stages, year))
    types = {"t": pl.Float64, "usd": pl.Float64, "year": pl.Int64}
    return pl.DataFrame(good, schema=list(tables.TRADE), schema_overrides=types, orient="row"), bad


def _purchase(
    row: Row, stages: dict[str, tuple[str, ...]], year: int
) -> tuple[str, str, str, str, int, float, float]:
    from lodestock.data.catalog import resolve_country, resolve_material

    material = resolve_material(row.needed("material"), where=row.where)
    stage = row.text("stage") or stages[material][-1]
    if stage not in stages[material]:
        raise UnknownNameError(f"stage of {material}", stage, stages[material], where=row.where)
    return (
        material,
        stage,
        resolve_country(row.needed("origin"), where=row.where),
        NAME,
        _year(row.text("year"), year, row.where),
        row.number("t") * _unit(row.text("unit"), row.where),
        row.optional_number("usd") or 0.0,
    )


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
