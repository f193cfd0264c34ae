"""Checks on trade: codes, partners, unit values against prices, size against world output, coverage."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from lodestock.data.offenders import Offender, Tables, key_text, offending_rows
from lodestock.data.reference_prices import flow_of, reference_prices

FIRST_YEAR, LAST_YEAR = 2007, 2024

UNIT_VALUE_BANDS = {
    # USD per contained t over the reference price, per code, stage and year
    "mine": (0.08, 4.0),
    "intermediate": (0.3, 2.5),
    "refined": (0.3, 3.5),
    "component": (0.5, 8.0),
}
UNIT_VALUE_EXCEPTIONS = {
    # polishing powders and catalyst grades sell far above the oxide
    ("cerium", "refined"): (0.3, 15.0),
    # the reference price is the unit value of United States imports, a third of what China pays
    ("alumina", "mine"): (0.5, 7.0),
    # the reference price is that of celestite, the mined form
    ("strontium", "refined"): (1.0, 15.0),
    # a thin market after the Minamata Convention
    ("mercury", "refined"): (0.3, 6.0),
}
PRICED_SINCE = 2017

LARGEST_TRADE = {"mine": 1.5, "refined": 2.0}
"""Trade of one stage as a multiple of world output; above one the same tonne crosses several borders."""

ENTREPOT = {
    "platinum": 4.0,
    "palladium": 4.0,
    "rhodium": 4.0,
    "mercury": 4.0,
    "selenium": 3.0,
    "tellurium": 4.0,
}
"""Metals kept in vaults and traded over and over."""

LEAST_KEPT = 0.985


def check_trade_rows(tables: Tables) -> Iterator[Offender]:
    """Partners differ, years are covered, a used weight exists, values are positive."""
    trade = tables.get("trade")
    if trade is None:
        return
    yield from offending_rows(
        "trade rows", "trade", trade.filter(pl.col("exporter") == pl.col("importer")), "trades with itself"
    )
    outside = trade.filter(~pl.col("year").is_between(FIRST_YEAR, LAST_YEAR))
    yield from offending_rows("trade rows", "trade", outside, f"year outside {FIRST_YEAR} to {LAST_YEAR}")
    bare = trade.filter(pl.col("is_observed") & pl.col("tonnes_gross").is_null())
    yield from offending_rows("trade rows", "trade", bare, "observed without tonnes")
    empty = trade.filter(~(pl.col("value") > 0))
    yield from offending_rows("trade rows", "trade", empty, "no contained tonnes")
    pseudo = trade.filter(pl.col("exporter").is_in(_PSEUDO) | pl.col("importer").is_in(_PSEUDO))
    yield from offending_rows("trade rows", "trade", pseudo, "partner is a pseudo-country")
    more = trade.filter(pl.col("is_observed") & (pl.col("value") > pl.col("tonnes_gross") * (1 + 1e-5)))
    yield from offending_rows("trade rows", "trade", more, "more contained than gross")


_PSEUDO = ["WLD", "OTH", "EUU"]


def check_trade_codes(tables: Tables) -> Iterator[Offender]:
    """Every flow has its code row; factors are ordered and at most one; no code is used and left out."""
    codes = tables.get("hs_codes")
    if codes is None:
        return
    odd = codes.filter(~pl.col("hs6").str.contains(r"^\d{6}$"))
    yield from offending_rows("trade codes", "hs_codes", odd, "not a six-digit code")
    disorder = codes.filter(
        ~(
            (pl.col("factor_low") > 0)
            & (pl.col("factor_low") <= pl.col("contained_factor") * (1 + 1e-6))
            & (pl.col("contained_factor") <= pl.col("factor_high") * (1 + 1e-6))
            & (pl.col("factor_high") <= 1)
        )
    )
    yield from offending_rows("trade codes", "hs_codes", disorder, "factors not ordered within 0 to 1")
    if "hs_left_out" in tables:
        both = codes.join(tables["hs_left_out"], on=["hs_version", "hs6"], how="semi")
        yield from offending_rows("trade codes", "hs_codes", both, "used and left out")
    editions = (
        codes.filter(pl.col("hs_version") != "HS02")
        .group_by("hs6")
        .agg(pl.col("hs_version").n_unique().alias("editions"))
    )
    for code in editions.filter(pl.col("editions") > 1)["hs6"].sort():
        yield Offender("trade codes", "hs_codes", code, "taken from two editions: would be added twice")
    if "trade" in tables:
        keys = ["hs_version", "hs6", "material", "stage", "form"]
        lost = tables["trade"].join(codes, on=keys, how="anti")
        yield from offending_rows("trade codes", "trade", lost, "no row in hs_codes")


def check_trade_unit_values(tables: Tables) -> Iterator[Offender]:
    """The value of a code's contained tonnes lies in a band around the material's reference price.

    Only flows whose published weight was used count; weights taken from values would agree by construction.
    """
    if "trade" not in tables or "prices" not in tables:
        return
    prices = reference_prices(tables["prices"])
    keys = ("material", "stage", "hs6", "year")
    sums = (
        tables["trade"]
        .filter(pl.col("is_observed") & (pl.col("year") >= PRICED_SINCE))
        .filter(pl.col("note").fill_null("") != _TOLD_BY_VALUE)
        .group_by(keys)
        .agg(pl.col("value_usd").sum(), pl.col("value").sum())
        .with_columns(flow=flow_of(pl.col("stage")))
        .join(prices, on=["material", "flow", "year"], how="inner")
        .sort(keys)
    )
    for row in sums.iter_rows(named=True):
        ratio = row["value_usd"] / row["value"] / row["price"]
        band = UNIT_VALUE_EXCEPTIONS.get((row["material"], row["stage"])) or UNIT_VALUE_BANDS[row["stage"]]
        if not band[0] <= ratio <= band[1]:
            yield Offender(
                "trade unit values",
                "trade",
                key_text(row, keys),
                f"{ratio:.3g} times the reference price, outside {band[0]:g} to {band[1]:g}",
            )


_TOLD_BY_VALUE = "part of a mixed code, told by its unit value or exporter"


def check_trade_size(tables: Tables) -> Iterator[Offender]:
    """Trade of a stage is no larger than world output times what re-exports explain."""
    if "trade" not in tables or "production" not in tables:
        return
    output = (
        tables["production"]
        .filter(pl.col("preferred") & (pl.col("country") != "WLD") & (pl.col("year") == LAST_YEAR))
        .with_columns(central=pl.coalesce("value", (pl.col("low") + pl.col("high")) / 2))
        .group_by("material", "stage")
        .agg(output=pl.col("central").sum())
    )
    traded = (
        tables["trade"]
        .filter(pl.col("year") == LAST_YEAR)
        .group_by("material", "stage")
        .agg(traded=pl.col("value").sum())
        .join(output, on=["material", "stage"], how="inner")
        .sort("material", "stage")
    )
    for row in traded.iter_rows(named=True):
        limit = ENTREPOT.get(row["material"], LARGEST_TRADE[row["stage"]])
        if row["traded"] > limit * row["output"]:
            yield Offender(
                "trade size",
                "trade",
                f"{row['material']} {row['stage']} {LAST_YEAR}",
                f"{row['traded']:.6g} t traded, {row['output']:.6g} t produced",
            )


def check_trade_coverage(tables: Tables) -> Iterator[Offender]:
    """Leaving out the smallest flows keeps almost all value and tonnes of every code-year."""
    if "trade_coverage" not in tables:
        return
    thin = tables["trade_coverage"].filter(
        (pl.col("value_share") < LEAST_KEPT) | (pl.col("tonnes_share").fill_null(1.0) < LEAST_KEPT)
    )
    yield from offending_rows("trade coverage", "trade_coverage", thin, f"less than {LEAST_KEPT:.1%} kept")
