"""Checks of form: columns, keys, names, licences and intervals."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from lodestock.data.offenders import Offender, Tables, key_text, offending_rows
from lodestock.data.schema import TABLES

_MATERIAL_LISTS = {"policy_measures": "materials"}


def check_schema(tables: Tables) -> Iterator[Offender]:
    """Columns as in the schema; required cells filled; words from their list; numbers finite."""
    for name, frame in tables.items():
        table = TABLES[name]
        if tuple(frame.columns) != table.column_names:
            yield Offender("schema", name, "", "columns differ from the schema")
            continue
        for column in table.columns:
            cell = pl.col(column.name)
            if column.required:
                yield from offending_rows(
                    "schema", name, frame.filter(cell.is_null()), f"{column.name} is empty"
                )
            if column.allowed:
                odd = frame.filter(cell.is_not_null() & ~cell.is_in(column.allowed))
                yield from offending_rows("schema", name, odd, f"{column.name} not in {column.allowed}")
            if column.dtype == "float":
                odd = frame.filter(cell.is_nan() | cell.is_infinite())
                yield from offending_rows("schema", name, odd, f"{column.name} is not finite")


def check_keys(tables: Tables) -> Iterator[Offender]:
    """Keys are unique; in claim tables per publication and at most once preferred."""
    for name, frame in tables.items():
        table = TABLES[name]
        keys = list(table.keys)
        if not table.is_claim:
            twice = frame.filter(pl.struct(keys).is_duplicated())
            yield from offending_rows("keys", name, twice, "key occurs more than once")
            continue
        same_source = frame.filter(pl.struct([*keys, "source_id", "preferred"]).is_duplicated())
        yield from offending_rows("keys", name, same_source, "key occurs twice for one source")
        winners = frame.filter("preferred")
        twice = winners.filter(pl.struct(keys).is_duplicated())
        yield from offending_rows("keys", name, twice, "more than one preferred row")


def check_winners(tables: Tables) -> Iterator[Offender]:
    """Every production block and every price slot has a winner, a price slot exactly one."""
    slots = {
        "production": ["material", "stage", "year"],
        "prices": ["material", "stage", "period", "frequency"],
    }
    for name, slot in slots.items():
        if name not in tables:
            continue
        count = tables[name].group_by(slot).agg(pl.col("preferred").sum().alias("winners")).sort(slot)
        odd = count.filter(pl.col("winners") < 1 if name == "production" else pl.col("winners") != 1)
        for row in odd.iter_rows(named=True):
            yield Offender("winners", name, key_text(row, tuple(slot)), f"{row['winners']} preferred rows")


def check_names(tables: Tables) -> Iterator[Offender]:
    """No unknown material, country, source or licence; the licence is the source's and may ship."""
    materials = set(tables["materials"]["material"])
    countries = set(tables["countries"]["country"])
    licence = dict(tables["sources"].select("source_id", "licence_id").iter_rows())
    shippable = dict(tables["licences"].select("licence_id", "shippable").iter_rows())
    for name, frame in tables.items():
        table = TABLES[name]
        for column, known in (
            ("material", materials),
            ("country", countries),
            ("exporter", countries),
            ("importer", countries),
            ("source_id", set(licence)),
        ):
            if column not in frame.columns or name in {"assumptions"}:
                continue
            allowed = known | {"ALL"} if name == "known_flows" else known
            odd = frame.filter(pl.col(column).is_not_null() & ~pl.col(column).is_in(list(allowed)))
            for row in odd.unique(column).sort(column).iter_rows(named=True):
                yield Offender("names", name, key_text(row, table.keys), f"unknown {column} {row[column]!r}")
        if {"source_id", "licence_id"} <= set(frame.columns) and name != "sources":
            pairs = frame.select("source_id", "licence_id").unique().sort("source_id", "licence_id")
            for source, stated in pairs.drop_nulls().iter_rows():
                if licence.get(source, stated) != stated:
                    yield Offender("names", name, source, f"licence {stated!r} is not that of its source")
    for source, stated in licence.items():
        if not shippable.get(stated, False):
            yield Offender("licences", "sources", source, f"licence {stated!r} may not be shipped")
    for name, column in _MATERIAL_LISTS.items():
        if name in tables:
            for cell in tables[name][column].drop_nulls():
                for slug in cell.split("|"):
                    if slug not in materials:
                        yield Offender("names", name, cell, f"unknown material {slug!r}")


def check_intervals(tables: Tables) -> Iterator[Offender]:
    """Withheld is an interval without a value; every other claim has a value inside its interval."""
    for name, frame in tables.items():
        if not TABLES[name].is_claim:
            continue
        withheld = pl.col("status") == "withheld"
        if name != "us_salient":
            bare = frame.filter(withheld & (pl.col("low").is_null() | pl.col("high").is_null()))
            yield from offending_rows("intervals", name, bare, "withheld without an interval")
        filled = frame.filter(withheld & pl.col("value").is_not_null())
        yield from offending_rows("intervals", name, filled, "withheld but has a value")
        empty = frame.filter(~withheld & pl.col("value").is_null())
        yield from offending_rows("intervals", name, empty, "no value and not withheld")
        slack = 1e-9 * pl.col("value").abs()
        outside = frame.filter(
            (pl.col("low") > pl.col("value") + slack)
            | (pl.col("high") < pl.col("value") - slack)
            | (pl.col("low") > pl.col("high"))
        )
        yield from offending_rows("intervals", name, outside, "value outside its interval")
        if name not in {"import_reliance"}:
            negative = frame.filter((pl.col("value") < 0) | (pl.col("low") < 0))
            yield from offending_rows("intervals", name, negative, "negative")


def check_hosts(tables: Tables) -> Iterator[Offender]:
    """The host of a by-product exists and has the stage that is named."""
    stages = dict(tables["materials"].select("material", "stages").iter_rows())
    for row in tables["materials"].filter(pl.col("host_material").is_not_null()).iter_rows(named=True):
        if row["host_stage"] not in stages.get(row["host_material"], "").split("|"):
            host = f"{row['host_material']} {row['host_stage']}"
            yield Offender("hosts", "materials", row["material"], f"host {host} does not exist")
