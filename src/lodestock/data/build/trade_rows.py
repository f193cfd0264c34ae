"""Rows of the tables ``trade``, ``hs_codes`` and ``hs_left_out`` from computed flows."""

from __future__ import annotations

import polars as pl

from lodestock.data.build.common import curated, licence_of_source, vintage_of_source
from lodestock.data.build.trade_flows import LAST_YEAR, SOURCE_OF_FILE
from lodestock.data.trade_storage import claim_columns

_KEYS = ("hs_version", "hs6", "material", "stage", "form")


def trade_table(contained: pl.DataFrame) -> pl.DataFrame:
    """The claim table ``trade`` from the output of ``contained_flows``."""
    source = pl.col("file").replace_strict(SOURCE_OF_FILE)
    bare = contained.with_columns(source_id=source).with_columns(
        licence_id=pl.col("source_id").replace_strict(licence_of_source()),
        vintage=pl.col("source_id").replace_strict(vintage_of_source()),
    )
    return claim_columns(bare)


def hs_codes_table(rows: pl.DataFrame, flows: pl.DataFrame, contained: pl.DataFrame) -> pl.DataFrame:
    """What each code carries, with the share of its tonnes that was assigned to the row in the last year."""
    pair = ["hs_version", "hs6"]
    gross = flows.filter(pl.col("year") == LAST_YEAR).group_by(pair).agg(all_tonnes=pl.col("tonnes").sum())
    assigned = (
        contained.filter(pl.col("year") == LAST_YEAR).group_by(_KEYS).agg(tonnes=pl.col("tonnes").sum())
    )
    split = (
        contained.filter(pl.col("form") == "content of mixed compounds")
        .select(*_KEYS)
        .unique()
        .join(rows.drop("material", "form"), on=["hs_version", "hs6", "stage"], how="inner")
        .filter(pl.col("stage_rule") == "grades")
        .with_columns(
            source=pl.lit("that of the mixed compound times the exporter's content of the element"),
            note=pl.lit("same tonnes as the row rare-earths; never add both"),
            factor=pl.lit(None, dtype=pl.Float64),
            factor_low=pl.lit(None, dtype=pl.Float64),
            factor_high=pl.lit(None, dtype=pl.Float64),
        )
    )
    table = pl.concat([rows, split.select(rows.columns)], how="vertical")
    return (
        table.join(gross, on=pair, how="left")
        .join(assigned, on=list(_KEYS), how="left")
        .with_columns(
            allocation_share=pl.when(pl.col("all_tonnes") > 0)
            .then((pl.col("tonnes").fill_null(0.0) / pl.col("all_tonnes")).round(4)),
            contained_factor=pl.col("factor").round_sig_figs(6),
            factor_low=pl.col("factor_low").round_sig_figs(6),
            factor_high=pl.col("factor_high").round_sig_figs(6),
        )
        .select(
            "hs_version", "hs6", "label", "material", "stage", "form", "contained_factor", "factor_low",
            "factor_high", "allocation_share", "stage_rule", "grading", "value_share", "window_low",
            "window_high", "band_low", "band_high", "source", "note",
        )
        .sort(_KEYS)
    )  # fmt: skip


def left_out_table() -> pl.DataFrame:
    """Codes of the source files that no row uses, each with the reason."""
    return curated("hs_left_out.csv").select("hs_version", "hs6", "label", "reason").sort("hs_version", "hs6")
