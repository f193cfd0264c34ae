"""Which rows of the trade table are observations of their own material between two countries."""

from __future__ import annotations

import polars as pl

from lodestock.data.trade_storage import NOTE_OF_REASON


def observed_pairs(trade: pl.DataFrame, hs_codes: pl.DataFrame) -> pl.DataFrame:
    """Rows whose published tonnes are those of the material itself.

    Left out are tonnes computed from the value, and parts of a code that carries several materials: the
    split (by unit value, or by the composition of the exporter's deposits) is an estimate for every pair.

    Parameters
    ----------
    trade, hs_codes : tables of the snapshot, or rows of them.
    """
    code = ("hs_version", "hs6")
    mixed = hs_codes.group_by(code).agg(mixed=pl.col("material").n_unique() > 1)
    split = pl.col("note").eq_missing(pl.lit(NOTE_OF_REASON["part of code"])) & pl.col("mixed")
    return (
        trade.join(mixed, on=list(code), how="left")
        .with_columns(pl.col("mixed").fill_null(value=False))
        .filter(pl.col("is_observed") & ~split)
        .drop("mixed")
    )
