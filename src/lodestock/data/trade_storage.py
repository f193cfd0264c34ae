"""How the trade table is kept small: what can be computed again is not stored.

Stored per flow: the code row, year, partners, gross tonnes, value, the factor used with its ends, and the
contained tonnes only where they come from the value. Everything else of the claim (status, published text,
interval, source, licence, note) follows from these and is put back on loading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

VALUE_INTERVAL = (0.7, 1.4)
"""Interval of contained tonnes derived from the value, as multiples of the central number (assumption)."""

_TEXT = ("hs_version", "hs6", "material", "stage", "form", "source_id", "licence_id", "vintage")
_STORED = (
    "row", "year", "exporter", "importer", "tonnes", "value_usd", "theta", "theta_low", "theta_high",
    "contained", "reason",
)  # fmt: skip
_SEPARATOR = "|"

NOTE_OF_REASON: dict[str, str | None] = {
    "": None,
    "graded": "grade read from the unit value",
    "part of code": "part of a mixed code, told by its unit value or exporter",
    "value": "content read from the value; the weight says nothing about it",
    "no tonnes": "no tonnes published",
    "tonnes rejected": "published tonnes do not fit the value",
}
"""Why a contained tonnage is less than firm; the empty reason is a published weight times a known factor."""

_FROM_VALUE = ("value", "no tonnes", "tonnes rejected")


def claim_columns(bare: pl.DataFrame) -> pl.DataFrame:
    """Put back the columns of the claim that follow from the stored ones.

    Parameters
    ----------
    bare : columns of ``_TEXT`` and ``_STORED`` without ``row``.

    Returns
    -------
    the columns of the table ``trade`` in the order of its schema.
    """
    import polars as pl

    from lodestock.data.schema import TABLES

    believed = ~pl.col("reason").is_in(_FROM_VALUE)
    low_end, high_end = VALUE_INTERVAL
    frame = bare.with_columns(
        value=pl.when(believed)
        .then((pl.col("tonnes") * pl.col("theta")).round_sig_figs(6))
        .otherwise("contained")
    ).with_columns(
        unit=pl.lit("t"),
        low=pl.when(believed)
        .then(pl.col("tonnes") * pl.col("theta_low"))
        .otherwise(pl.col("value") * low_end)
        .round_sig_figs(6),
        high=pl.when(believed)
        .then(pl.col("tonnes") * pl.col("theta_high"))
        .otherwise(pl.col("value") * high_end)
        .round_sig_figs(6),
        status=pl.when(pl.col("reason") == "").then(pl.lit("reported")).otherwise(pl.lit("estimated")),
        published_value=pl.when(pl.col("tonnes").is_not_null())
        .then(pl.col("tonnes").round(3).cast(pl.String))
        .otherwise((pl.col("value_usd") / 1000).round(3).cast(pl.String)),
        published_unit=pl.when(pl.col("tonnes").is_not_null())
        .then(pl.lit("t gross"))
        .otherwise(pl.lit("thousand USD")),
        basis=pl.when(believed)
        .then(pl.lit("gross weight times the contained factor"))
        .otherwise(pl.lit("value over what a contained tonne fetches")),
        preferred=pl.lit(True),
        note=pl.col("reason").replace_strict(NOTE_OF_REASON, return_dtype=pl.String),
        tonnes_gross="tonnes",
        contained_factor="theta",
        is_observed=believed,
    )
    return frame.select(TABLES["trade"].column_names)


def pack(trade: pl.DataFrame) -> pl.DataFrame:
    """The stored columns of a full trade table; ``unpack`` gives the table back."""
    import polars as pl

    observed = pl.col("is_observed")
    reason_of_note = {note: reason for reason, note in NOTE_OF_REASON.items() if note}
    return trade.select(
        row=pl.concat_str(_TEXT, separator=_SEPARATOR).cast(pl.Categorical),
        year=pl.col("year").cast(pl.Int16),
        exporter=pl.col("exporter").cast(pl.Categorical),
        importer=pl.col("importer").cast(pl.Categorical),
        tonnes="tonnes_gross",
        value_usd=pl.col("value_usd").round().cast(pl.Int64),
        theta="contained_factor",
        theta_low=pl.when(observed).then((pl.col("low") / pl.col("tonnes_gross")).round_sig_figs(4)),
        theta_high=pl.when(observed).then((pl.col("high") / pl.col("tonnes_gross")).round_sig_figs(4)),
        contained=pl.when(~observed).then(pl.col("value")),
        reason=pl.col("note").replace_strict(reason_of_note, default="").cast(pl.Categorical),
    )


def unpack(stored: pl.DataFrame) -> pl.DataFrame:
    """The full trade table from its stored columns."""
    import polars as pl

    parts = pl.col("row").str.split_exact(_SEPARATOR, len(_TEXT) - 1)
    names = stored.select(pl.col("row").cast(pl.String).unique().sort()).select(
        "row", parts.struct.rename_fields(list(_TEXT)).alias("parts")
    )
    text = names.unnest("parts")
    bare = (
        stored.with_columns(
            pl.col("row", "exporter", "importer", "reason").cast(pl.String),
            pl.col("year").cast(pl.Int64),
            pl.col("value_usd").cast(pl.Float64),
        )
        .join(text, on="row", how="left", maintain_order="left")
        .drop("row")
    )
    return claim_columns(bare)
