"""Every check fires: a broken copy of the shipped tables raises and names the offender."""

from collections.abc import Callable

import polars as pl
import pytest

from lodestock.data.checks import run_checks
from lodestock.data.offenders import Offender, offender_table
from lodestock.data.snapshot import load_table, table_names
from lodestock.errors import DataCheckError

Tables = dict[str, pl.DataFrame]


@pytest.fixture(scope="module")
def tables() -> Tables:
    shipped = {name: load_table(name) for name in table_names()}
    # one year of trade keeps the broken copies quick
    return shipped | {"trade": load_table("trade").filter(year=2024)}


def test_shipped_tables_pass_every_check():
    run_checks({name: load_table(name) for name in table_names()})


def changed(frame: pl.DataFrame, where: pl.Expr, **values: object) -> pl.DataFrame:
    """Copy of a frame with some cells of the first row that fits replaced."""
    first = frame.with_row_index("row").filter(where)["row"][0]
    return (
        frame.with_row_index("row")
        .with_columns(
            pl.when(pl.col("row") == first)
            .then(pl.lit(value, dtype=frame.schema[name]))
            .otherwise(pl.col(name))
            .alias(name)
            for name, value in values.items()
        )
        .drop("row")
    )


def cobalt(country: str) -> pl.Expr:
    return (
        (pl.col("material") == "cobalt")
        & (pl.col("stage") == "mine")
        & (pl.col("country") == country)
        & (pl.col("year") == 2024)
        & pl.col("preferred")
    )


def gallium_price() -> pl.Expr:
    return (pl.col("material") == "gallium") & (pl.col("period") == "2024") & pl.col("preferred")


BREAKS: dict[str, tuple[str, Callable[[pl.DataFrame], pl.DataFrame], str]] = {
    "missing column": ("reserves", lambda f: f.drop("note"), "schema"),
    "empty cell": ("production", lambda f: changed(f, cobalt("COD"), basis=None), "basis is empty"),
    "unknown status": ("production", lambda f: changed(f, cobalt("COD"), status="guessed"), "status not in"),
    "not a number": ("production", lambda f: changed(f, cobalt("COD"), value=float("nan")), "not finite"),
    "double key": ("countries", lambda f: pl.concat([f, f.head(1)]), "key occurs more than once"),
    "two winners": (
        "production",
        lambda f: pl.concat([f, f.filter(cobalt("COD")).with_columns(source_id=pl.lit("own-work"))]),
        "more than one preferred row",
    ),
    "no winner": ("prices", lambda f: changed(f, gallium_price(), preferred=False), "0 preferred rows"),
    "unknown country": ("production", lambda f: changed(f, cobalt("COD"), country="ZZZ"), "country 'ZZZ'"),
    "unknown material": ("reserves", lambda f: f.with_columns(material=pl.lit("unobtainium")), "unobtainium"),
    "unknown source": ("production", lambda f: changed(f, cobalt("COD"), source_id="rumour"), "rumour"),
    "wrong licence": ("production", lambda f: changed(f, cobalt("COD"), licence_id="mit"), "not that of its"),
    "licence forbids": (
        "licences",
        lambda f: changed(f, pl.col("licence_id") == "cc-by-4.0", shippable=False),
        "may not be shipped",
    ),
    "withheld without interval": (
        "production",
        lambda f: changed(f, pl.col("status") == "withheld", low=None),
        "withheld without an interval",
    ),
    "withheld as zero": (
        "production",
        lambda f: changed(f, pl.col("status") == "withheld", value=0.0),
        "withheld but has a value",
    ),
    "value outside interval": (
        "production",
        lambda f: changed(f, cobalt("COD"), low=1e6, high=2e6),
        "outside its interval",
    ),
    "negative": ("production", lambda f: changed(f, cobalt("COD"), value=-1.0, low=-1.0), "negative"),
    "country sum": (
        "production",
        lambda f: changed(f, cobalt("COD"), value=3e5, high=3e5),
        "cobalt mine 2024",
    ),
    "share sum": (
        "processing_shares",
        lambda f: changed(f, pl.col("value") > 0.8, value=1.8, high=1.8),
        "shares add to",
    ),
    "price band": ("prices", lambda f: changed(f, gallium_price(), value=4390.0, low=4390.0), "439"),
    "jump": (
        "production",
        lambda f: f.with_columns(
            pl.when((pl.col("material") == "tin") & (pl.col("year") == 2021))
            .then(pl.col(end) / 1000)
            .otherwise(pl.col(end))
            .alias(end)
            for end in ("value", "low", "high")
        ),
        "tin mine 2022",
    ),
    "chain": (
        "production",
        lambda f: f.filter(
            ~((pl.col("material") == "cobalt") & (pl.col("stage") == "mine") & pl.col("preferred"))
        ),
        "cobalt 2024",
    ),
    "price form": (
        "materials",
        lambda f: changed(f, pl.col("material") == "gallium", price_form="refined=wafer"),
        "gallium",
    ),
    "host": (
        "materials",
        lambda f: changed(f, pl.col("material") == "gallium", host_stage="scrap"),
        "host alumina scrap",
    ),
    "coverage": (
        "trade",
        lambda f: f.filter(pl.col("material") == "cobalt"),
        "materials with observed trade",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_copy_is_refused_by_name(name: str, tables: Tables):
    table, damage, word = BREAKS[name]
    with pytest.raises(DataCheckError) as caught:
        run_checks({**tables, table: damage(tables[table])})
    assert word in str(caught.value)


def test_offender_table_is_aligned_and_says_how_many_are_left_out():
    offenders = [Offender("sums", "production", f"key {number}", "too much") for number in range(50)]
    lines = offender_table(offenders).splitlines()
    assert lines[0].split() == ["check", "table", "key", "problem"]
    assert len({line.index("too much") for line in lines[1:-1]}) == 1
    assert lines[-1] == "... and 10 more"
