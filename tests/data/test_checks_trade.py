"""Every check on trade and places fires on a broken copy of the shipped tables."""

from collections.abc import Callable, Iterator

import polars as pl
import pytest

from lodestock.data import checks
from lodestock.data import checks_places as places
from lodestock.data import checks_trade as trade
from lodestock.data.offenders import Offender, Tables
from lodestock.data.snapshot import load_table

NAMES = (
    "trade", "trade_coverage", "hs_codes", "hs_left_out", "production", "prices", "countries", "country_sets",
    "governance", "ports", "chokepoints", "policy_measures", "demand_outlook", "technology_intensities",
    "battery_intensities",
)  # fmt: skip
Check = Callable[[Tables], Iterator[Offender]]
Break = Callable[[pl.DataFrame], pl.DataFrame]


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    shipped = {name: load_table(name) for name in NAMES}
    return shipped | {"trade": shipped["trade"].filter(pl.col("year") == 2024)}


def first(column: str, value: object) -> Break:
    """Replace one cell of the first row."""
    return lambda frame: frame.with_columns(
        pl.when(pl.int_range(pl.len()) == 0)
        .then(pl.lit(value, dtype=frame.schema[column]))
        .otherwise(pl.col(column))
        .alias(column)
    )


def where(condition: pl.Expr, **changes: pl.Expr) -> Break:
    """Replace cells of all rows that fit."""
    return lambda frame: frame.with_columns(
        pl.when(condition).then(value).otherwise(pl.col(name)).alias(name) for name, value in changes.items()
    )


def chained(*breaks: Break) -> Break:
    def apply(frame: pl.DataFrame) -> pl.DataFrame:
        for one in breaks:
            frame = one(frame)
        return frame

    return apply


MAGNESIUM = (pl.col("material") == "magnesium") & (pl.col("year") == 2024)
CHINESE_NOTICE = pl.col("measure_id") == "cn-2023-23"

CASES: dict[str, tuple[Check, str, Break, str]] = {
    "trades with itself": (
        trade.check_trade_rows,
        "trade",
        where(pl.lit(True), importer=pl.col("exporter")),
        "trades with itself",
    ),
    "year of another time": (trade.check_trade_rows, "trade", first("year", 1990), "year outside"),
    "observed without weight": (
        trade.check_trade_rows,
        "trade",
        where(pl.col("is_observed"), tonnes_gross=pl.lit(None, dtype=pl.Float64)),
        "observed without tonnes",
    ),
    "no contained tonnes": (trade.check_trade_rows, "trade", first("value", 0.0), "no contained tonnes"),
    "partner is a total": (trade.check_trade_rows, "trade", first("importer", "WLD"), "pseudo-country"),
    "more contained than gross": (
        trade.check_trade_rows,
        "trade",
        where(pl.col("is_observed"), value=pl.col("tonnes_gross") * 1.1),
        "more contained than gross",
    ),
    "code that lost its zero": (trade.check_trade_codes, "hs_codes", first("hs6", "81051"), "six-digit"),
    "factor above one": (
        trade.check_trade_codes,
        "hs_codes",
        first("factor_high", 1.2),
        "factors not ordered",
    ),
    "factor below its range": (
        trade.check_trade_codes,
        "hs_codes",
        first("contained_factor", 1e-6),
        "factors not ordered",
    ),
    "used and left out": (
        trade.check_trade_codes,
        "hs_left_out",
        chained(first("hs_version", "HS92"), first("hs6", "810510")),
        "used and left out",
    ),
    "code of two editions": (
        trade.check_trade_codes,
        "hs_codes",
        lambda f: pl.concat([f, f.filter(hs6="810510").with_columns(hs_version=pl.lit("HS17"))]),
        "two editions",
    ),
    "flow without a code row": (
        trade.check_trade_codes,
        "trade",
        first("form", "moon rock"),
        "no row in hs_codes",
    ),
    "kilograms taken for tonnes": (
        trade.check_trade_unit_values,
        "trade",
        where(MAGNESIUM, value=pl.col("value") * 1000),
        "times the reference price",
    ),
    "more traded than there is": (
        trade.check_trade_size,
        "trade",
        where(MAGNESIUM, value=pl.col("value") * 10),
        "t produced",
    ),
    "too much left out": (trade.check_trade_coverage, "trade_coverage", first("value_share", 0.9), "kept"),
    "off the globe": (places.check_positions, "ports", first("latitude", 91.0), "not on the globe"),
    "swapped axes": (places.check_positions, "countries", first("longitude", -190.0), "not on the globe"),
    "country without a place": (places.check_positions, "countries", first("latitude", None), "no position"),
    "a member too few": (
        places.check_sets,
        "country_sets",
        lambda f: f.filter(pl.col("country") != "MLT"),
        "26 members",
    ),
    "a total as member": (places.check_sets, "country_sets", first("country", "WLD"), "pseudo-country"),
    "indicator in per cent": (places.check_governance, "governance", first("value", 55.0), "outside -4 to 4"),
    "rank above a hundred": (places.check_governance, "governance", first("rank", 101.0), "outside -4 to 4"),
    "member without governance": (
        places.check_governance,
        "governance",
        lambda f: f.filter(pl.col("country") != "FRA"),
        "no value",
    ),
    "date of another calendar": (
        places.check_measures,
        "policy_measures",
        first("date_announced", "03/07/2023"),
        "not an ISO date",
    ),
    "effect before announcement": (
        places.check_measures,
        "policy_measures",
        where(CHINESE_NOTICE, date_effective=pl.lit("2021-01-01")),
        "out of order",
    ),
    "measure without a date": (
        places.check_measures,
        "policy_measures",
        where(
            CHINESE_NOTICE,
            date_announced=pl.lit(None, dtype=pl.String),
            date_effective=pl.lit(None, dtype=pl.String),
        ),
        "no date",
    ),
    "unknown implementer": (
        places.check_measures,
        "policy_measures",
        first("implementer", "China"),
        "unknown country 'China'",
    ),
    "link that is none": (
        places.check_measures,
        "policy_measures",
        first("link", "see gazette"),
        "web address",
    ),
    "parts that miss the total": (
        places.check_outlook,
        "demand_outlook",
        where((pl.col("item") == "total") & (pl.col("material") == "lithium"), value=pl.col("value") * 1.1),
        "total",
    ),
    "mean outside its range": (
        places.check_contents,
        "technology_intensities",
        first("mean", 1e9),
        "mean outside its range",
    ),
    "negative content": (
        places.check_contents,
        "battery_intensities",
        first("value", -0.1),
        "negative content",
    ),
}

CHECKS = tuple(dict.fromkeys(check for check, *_ in CASES.values()))


@pytest.mark.parametrize("name", CASES)
def test_the_check_fires(tables: dict[str, pl.DataFrame], name: str):
    check, table, broken, problem = CASES[name]
    found = list(check(tables | {table: broken(tables[table])}))
    assert any(problem in offender.problem for offender in found), found[:3]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_shipped_tables_pass(tables: dict[str, pl.DataFrame], check: Check):
    assert list(check(tables)) == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_missing_table_is_no_offence(tables: dict[str, pl.DataFrame], check: Check):
    assert list(check({"countries": tables["countries"]})) == []


def test_every_check_of_the_two_modules_runs_in_the_build():
    own = {
        getattr(module, name)
        for module in (trade, places)
        for name in dir(module)
        if name.startswith("check_")
    }
    assert own <= set(checks.CHECKS)
    assert own == set(CHECKS)
