"""Bilateral trade as published: read, name, merge and drop the smallest flows.

Two nomenclatures: HS92 for every code it holds, HS17 (HS02 before 2017) for codes that HS92 lacks; no code is
taken from both. Flows that together make up less than ``SMALL_SHARE`` of a code-year in value *and* in tonnes
are left out; ``trade_coverage`` says what is kept.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from lodestock.data.build.common import curated
from lodestock.errors import DataCheckError

HS92_FILE = "trade_baci_hs92_2007_2024.csv.gz"
HS17_FILE = "trade_baci_hs17_2024_2022.csv.gz"
PANEL_FILE = "trade_baci_panel_2002_2024_top.csv.gz"

FIRST_YEAR, LAST_YEAR = 2007, 2024
FULL_MATRIX_YEARS = (2022, 2024)
PANEL_HS17_FROM = 2017
SMALL_SHARE = {"HS92": 0.002, "HS17": 0.002, "panel": 0.01}

SOURCE_OF_FILE = {"HS92": "cepii-baci-hs92", "HS17": "cepii-baci-hs17", "panel": "cepii-baci-panel"}
_RENAMED = {"S19": "TWN", "ANT": "CUW"}
_CODE_YEAR = ("hs_version", "hs6", "year")


def read_flows(source_dir: Path) -> pl.DataFrame:
    """All flows of the used codes.

    Returns
    -------
    columns file, hs_version, hs6, year, exporter, importer, value_usd (USD), tonnes (t gross, null when not
    published or zero).

    Raises
    ------
    DataCheckError
        A code of the source is neither in ``hs_codes.csv`` nor in ``hs_left_out.csv``.
    """
    thousand = pl.col("value_kusd") * 1000
    hs92 = _read(source_dir / HS92_FILE, thousand).with_columns(
        file=pl.lit("HS92"), hs_version=pl.lit("HS92")
    )
    hs17 = _read(source_dir / HS17_FILE, thousand).with_columns(
        file=pl.lit("HS17"), hs_version=pl.lit("HS17")
    )
    panel = (
        _read(source_dir / PANEL_FILE, pl.col("value_usd"))
        .filter(
            pl.col("year").is_between(FIRST_YEAR, LAST_YEAR)
            & ~pl.col("year").is_in(FULL_MATRIX_YEARS)
            & pl.col("hs6").is_in(hs17["hs6"].unique().to_list())
        )
        .with_columns(
            file=pl.lit("panel"),
            hs_version=pl.when(pl.col("year") < PANEL_HS17_FROM)
            .then(pl.lit("HS02"))
            .otherwise(pl.lit("HS17")),
        )
    )
    flows = pl.concat([hs92, hs17, panel], how="vertical").select(
        "file", "hs_version", "hs6", "year", "exporter", "importer", "value_usd", "tonnes"
    )
    _require_known_codes(flows)
    used = code_rows().select("hs_version", "hs6").unique()
    return _merge(flows.join(used, on=["hs_version", "hs6"], how="semi"))


def _read(path: Path, value: pl.Expr) -> pl.DataFrame:
    return pl.read_csv(path, schema_overrides={"hs6": pl.String, "qty_t": pl.Float64}).select(
        pl.col("hs6"),
        pl.col("year").cast(pl.Int64),
        pl.col("exporter").replace(_RENAMED),
        pl.col("importer").replace(_RENAMED),
        value_usd=value.cast(pl.Float64),
        tonnes=pl.when(pl.col("qty_t") > 0).then(pl.col("qty_t").round_sig_figs(10)),
    )


def code_rows() -> pl.DataFrame:
    """The curated code rows; codes of HS17 stand for the same codes of HS02 in the panel's first years."""
    rows = curated("hs_codes.csv").with_row_index("order")
    early = rows.filter(pl.col("hs_version") == "HS17").with_columns(hs_version=pl.lit("HS02"))
    return pl.concat([rows, early])


def _require_known_codes(flows: pl.DataFrame) -> None:
    known = pl.concat(
        [code_rows().select("hs_version", "hs6"), curated("hs_left_out.csv").select("hs_version", "hs6")]
    )
    full = flows.filter(pl.col("file") != "panel").select("hs_version", "hs6").unique()
    unknown = full.join(known, on=["hs_version", "hs6"], how="anti").sort("hs_version", "hs6")
    if unknown.height:
        listing = ", ".join(f"{version} {code}" for version, code in unknown.iter_rows())
        raise DataCheckError(
            f"codes without a row: {listing}",
            where="trade",
            hint="add them to curated/hs_codes.csv or, with a reason, to curated/hs_left_out.csv",
        )


def _merge(flows: pl.DataFrame) -> pl.DataFrame:
    """Add rows that fall together after renaming; the tonnes of a sum are known only if every part is."""
    keys = ["file", "hs_version", "hs6", "year", "exporter", "importer"]
    apart = flows.filter(pl.col("exporter") != pl.col("importer"))
    return (
        apart.group_by(keys)
        .agg(
            pl.col("value_usd").sum().round_sig_figs(10),
            tonnes=pl.when(pl.col("tonnes").is_null().any())
            .then(None)
            .otherwise(pl.col("tonnes").sum().round_sig_figs(10)),
        )
        .sort(keys)
    )


def drop_small(flows: pl.DataFrame) -> pl.DataFrame:
    """Leave out the smallest flows of every code-year, at most ``SMALL_SHARE`` of its value and tonnes."""
    share = pl.col("file").replace_strict(SMALL_SHARE, return_dtype=pl.Float64)
    ties = ["exporter", "importer"]
    by_value = flows.sort([*_CODE_YEAR, "value_usd", *ties]).with_columns(
        value_below=pl.col("value_usd").cum_sum().over(_CODE_YEAR)
        / pl.col("value_usd").sum().over(_CODE_YEAR)
    )
    weight = pl.col("tonnes").fill_null(0.0)
    ranked = by_value.with_columns(weight=weight).sort([*_CODE_YEAR, "weight", *ties])
    ranked = ranked.with_columns(
        weight_below=pl.col("weight").cum_sum().over(_CODE_YEAR) / pl.col("weight").sum().over(_CODE_YEAR)
    )
    kept = (pl.col("value_below") > share) | (
        (pl.col("weight_below") > share) & pl.col("weight_below").is_not_nan()
    )
    return ranked.filter(kept).select(flows.columns).sort([*_CODE_YEAR, *ties])


def coverage(flows: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """Per code and year: flows published and kept, and the shares of value and tonnes that are kept."""

    def totals(frame: pl.DataFrame, prefix: str) -> pl.DataFrame:
        return frame.group_by(_CODE_YEAR).agg(
            pl.len().cast(pl.Int64).alias(f"{prefix}flows"),
            pl.col("value_usd").sum().alias(f"{prefix}value"),
            pl.col("tonnes").sum().alias(f"{prefix}tonnes"),
        )

    joined = totals(flows, "all_").join(totals(kept, ""), on=_CODE_YEAR, how="left")
    return joined.select(
        *_CODE_YEAR,
        flows_published="all_flows",
        flows_kept=pl.col("flows").fill_null(0),
        value_share=(pl.col("value").fill_null(0.0) / pl.col("all_value")).round(5),
        tonnes_share=pl.when(pl.col("all_tonnes") > 0).then(
            (pl.col("tonnes").fill_null(0.0) / pl.col("all_tonnes")).round(5)
        ),
    ).sort(_CODE_YEAR)
