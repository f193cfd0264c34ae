r"""Trade in contained tonnes: stage by exporter, grade by unit value, tonnes checked against the value.

For a flow of gross tonnes Q and value V under a code with central factor :math:`\theta_0`, range
:math:`[\theta_-, \theta_+]` and value share :math:`\sigma` (what one contained tonne in this form fetches,
as a share of the reference price p of material, stage and year, see ``reference_prices``):

.. math::

    v^* = \sigma p, \qquad g = \frac{V/Q}{v^*}, \qquad t = \theta Q, \qquad
    \theta = \begin{cases}\theta_0 & \text{fixed}\\
    \min(\theta_+, \max(\theta_-, g)) & \text{graded}\end{cases}

The tonnes are believed when the value bears them out: :math:`g \ge \theta_0/b_-` (fixed) or
:math:`\theta_-/b_- \le g \le \theta_+ b_+` (graded), bands b of the code; an empty band believes all.
Tonnes too large for their value are scrap, ash or slips; too small only where a concentrate cannot be worth
that much. Otherwise, and where no tonnes are published, :math:`t = V / v^*` and the status is ``estimated``.
Years without a reference price take
:math:`v^*` of the first priced year moved by the median unit value of the code.

Mixed codes (stage rule ``exporter``): an exporter that mines and does not refine ships upstream forms, unless
the unit value is that of metal (90 % of the reference price); one that refines and does not mine ships
downstream forms; otherwise the unit value decides, upstream below 60 % of the reference price. Feed of rare
earths is told by exporter (``hs_grades.csv``) and split into elements by the exporter's output. Every factor
with its source stands in the table ``hs_codes``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from lodestock.data.build.common import curated
from lodestock.data.build.trade_flows import code_rows, coverage, drop_small, read_flows
from lodestock.data.build.trade_rows import hs_codes_table, left_out_table, trade_table
from lodestock.data.reference_prices import flow_of, reference_prices
from lodestock.data.units import evaluate_factor

UPSTREAM_BELOW = 0.60
METAL_FROM = 0.90
ROLE_SHARE = 0.005
LARGER_FLOW = 0.001
COMPOSITION_OF = {"LAO": "MMR"}
"""Exporters of rare-earth feed without published output, and the country whose deposits are like theirs."""

RARE_EARTHS = (
    "neodymium-praseodymium", "cerium", "lanthanum", "samarium", "gadolinium",
    "dysprosium", "terbium", "yttrium",
)  # fmt: skip

_NUMBERS = ("value_share", "window_low", "window_high", "band_low", "band_high")
_FACTORS = ("factor", "factor_low", "factor_high")
_PAIR = ("hs_version", "hs6", "exporter", "importer")


def build(source_dir: Path, built: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables ``trade``, ``trade_coverage``, ``hs_codes`` and ``hs_left_out``."""
    published = read_flows(source_dir)
    kept = drop_small(published)
    rows = typed_code_rows()
    contained = contained_flows(
        kept, rows, reference_prices(built["prices"]), exporter_roles(built), typed_grades()
    )
    contained = pl.concat([contained, split_rare_earths(contained, built["production"])], how="vertical")
    return {
        "trade": trade_table(contained),
        "trade_coverage": coverage(published, kept),
        "hs_codes": hs_codes_table(rows, kept, contained),
        "hs_left_out": left_out_table(),
    }


def typed_code_rows() -> pl.DataFrame:
    """Code rows with factors computed and numbers typed."""
    return code_rows().with_columns(
        *(pl.col(name).map_elements(evaluate_factor, return_dtype=pl.Float64) for name in _FACTORS),
        *(pl.col(name).cast(pl.Float64) for name in _NUMBERS),
    )


def typed_grades() -> pl.DataFrame:
    """Factors that hold for one exporter, or one pair, of a code."""
    return curated("hs_grades.csv").with_columns(
        *(pl.col(name).map_elements(evaluate_factor, return_dtype=pl.Float64) for name in _FACTORS)
    )


def exporter_roles(built: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Who mines and who refines: at least ``ROLE_SHARE`` of a published total, or of published world shares.

    Returns
    -------
    columns material, exporter, mines, refines.
    """
    production = built["production"].filter(
        pl.col("preferred") & (pl.col("value") > 0) & ~pl.col("country").is_in(["WLD", "OTH"])
    )
    share = pl.col("value") / pl.col("value").sum().over("material", "stage", "year")
    made = production.with_columns(share=share).select("material", "stage", "country", "share")
    shares = built["processing_shares"].select("material", "stage", "country", share="value")
    both = pl.concat([made, shares]).filter(pl.col("share") >= ROLE_SHARE)
    return both.group_by("material", exporter="country").agg(
        mines=(pl.col("stage") == "mine").any(), refines=(pl.col("stage") == "refined").any()
    )


def contained_flows(
    flows: pl.DataFrame,
    rows: pl.DataFrame,
    prices: pl.DataFrame,
    roles: pl.DataFrame,
    grades: pl.DataFrame,
) -> pl.DataFrame:
    """Assign every flow to a code row and compute its contained tonnes (equations above).

    Parameters
    ----------
    flows : output of ``read_flows``.
    rows, grades : typed code rows and exporter grades.
    prices : output of ``reference_prices.reference_prices``.
    roles : output of ``exporter_roles``.

    Returns
    -------
    the flows with order (code row), material, stage, form, theta with its ends theta_low and theta_high (t
    contained per t), contained (t) and reason (``trade_storage.NOTE_OF_REASON``); theta is null when the
    tonnes were not used.
    """
    matched = assign_rows(flows, rows, prices, roles, grades)
    implied = pl.col("value_usd") / pl.col("tonnes") / pl.col("v_star")
    graded = pl.col("grading") == "graded"
    lowest = pl.when(graded).then(pl.col("factor_low")).otherwise(pl.col("factor"))
    believed = (
        pl.col("tonnes").is_not_null()
        & (pl.col("grading") != "value")
        & (implied >= lowest / pl.col("band_low")).fill_null(True)
        & (implied <= pl.col("factor_high") * pl.col("band_high")).fill_null(True)
    )
    own_grade = graded & ~pl.col("has_grade") & implied.is_not_null()
    theta = (
        pl.when(own_grade)
        .then(implied.clip(pl.col("factor_low"), pl.col("factor_high")))
        .otherwise(pl.col("factor"))
    ).round_sig_figs(4)
    return (
        matched.with_columns(believed=believed, theta=theta)
        .with_columns(
            contained=pl.when("believed")
            .then(pl.col("tonnes") * pl.col("theta"))
            .otherwise(pl.col("value_usd") / pl.col("v_star"))
            .round_sig_figs(6),
            reason=pl.when(pl.col("grading") == "value")
            .then(pl.lit("value"))
            .when(pl.col("tonnes").is_null())
            .then(pl.lit("no tonnes"))
            .when(~pl.col("believed"))
            .then(pl.lit("tonnes rejected"))
            .when(pl.col("windowed"))
            .then(pl.lit("part of code"))
            .when(own_grade)
            .then(pl.lit("graded"))
            .otherwise(pl.lit("")),
            theta_low=pl.when("believed").then(pl.min_horizontal("factor_low", "theta").round_sig_figs(4)),
            theta_high=pl.when("believed").then(pl.max_horizontal("factor_high", "theta").round_sig_figs(4)),
            theta=pl.when("believed").then("theta"),
        )
        .filter(pl.col("contained") > 0)
        .select(*_FLOW_COLUMNS)
    )


_FLOW_COLUMNS = (
    "file", "order", "hs_version", "hs6", "material", "stage", "form", "year", "exporter", "importer",
    "value_usd", "tonnes", "theta", "theta_low", "theta_high", "contained", "reason",
)  # fmt: skip


def assign_rows(
    flows: pl.DataFrame,
    rows: pl.DataFrame,
    prices: pl.DataFrame,
    roles: pl.DataFrame,
    grades: pl.DataFrame,
) -> pl.DataFrame:
    """Join each flow to the one code row it belongs to, with its reference value and grade."""
    joined = (
        flows.join(rows, on=["hs_version", "hs6"], how="inner")
        .join(contained_values(flows, rows, prices), on=["hs_version", "order", "year"], how="left")
        .join(roles, on=["material", "exporter"], how="left")
        .with_columns(
            pl.col("mines").fill_null(False),
            pl.col("refines").fill_null(False),
            ratio=pl.col("value_usd") / pl.col("tonnes") / pl.col("price"),
            strict=pl.col("value_usd") / pl.col("tonnes") / pl.col("published_price"),
        )
    )
    joined = with_grades(joined, grades)
    upstream = _is_upstream(joined)
    by_exporter = pl.when(pl.col("stage") == "mine").then(upstream).otherwise(~upstream)
    in_window = (pl.col("strict") >= pl.col("window_low")).fill_null(pl.col("window_low").is_null()) & (
        pl.col("ratio") < pl.col("window_high")
    ).fill_null(pl.col("window_high").is_null())
    belongs = (
        pl.when(pl.col("has_grade"))
        .then(True)
        .when(pl.col("pair_graded") | (pl.col("stage_rule") == "grades"))
        .then(False)
        .when(pl.col("stage_rule") == "exporter")
        .then(by_exporter)
        .otherwise(in_window)
    )
    return joined.filter(belongs).with_columns(
        windowed=pl.col("window_low").is_not_null() | pl.col("window_high").is_not_null()
    )


def _is_upstream(joined: pl.DataFrame) -> pl.Expr:
    """The stage rule of mixed codes; the metal's factor of the same code scales the unit value."""
    metal = pl.col("factor").filter(pl.col("stage") == "refined").first().over("hs_version", "hs6")
    relative = pl.col("ratio") / metal
    return (
        pl.when(pl.col("mines") & ~pl.col("refines"))
        .then((relative < METAL_FROM).fill_null(True))
        .when(pl.col("refines") & ~pl.col("mines"))
        .then(False)
        .otherwise((relative < UPSTREAM_BELOW).fill_null(~pl.col("refines")))
    )


def with_grades(joined: pl.DataFrame, grades: pl.DataFrame) -> pl.DataFrame:
    """Replace the factors of pairs named in the grade table; a grade for a pair beats one for an exporter.

    Adds ``has_grade`` (this row's factors come from the table) and ``pair_graded`` (some row of the code has
    a grade for this pair, so that the other rows do not apply).
    """
    keys = ["hs_version", "hs6", "material", "stage", "exporter"]
    names = [f"grade_{name}" for name in _FACTORS]
    table = grades.rename({name: f"grade_{name}" for name in _FACTORS}).select(*keys, "importer", *names)
    pair = table.filter(pl.col("importer").is_not_null())
    exporter = table.filter(pl.col("importer").is_null()).drop("importer")
    wide = joined.join(pair, on=[*keys, "importer"], how="left").join(
        exporter, on=keys, how="left", suffix="_any"
    )
    chosen = [pl.coalesce(f"grade_{name}", f"grade_{name}_any", name).alias(name) for name in _FACTORS]
    has_grade = pl.coalesce("grade_factor", "grade_factor_any").is_not_null()
    return (
        wide.with_columns(*chosen, has_grade=has_grade)
        .with_columns(pair_graded=pl.col("has_grade").any().over(*_PAIR, "year"))
        .drop([*names, *(f"{name}_any" for name in names)])
    )


def contained_values(flows: pl.DataFrame, rows: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    """What a contained tonne fetches in each form and year: v_star and price by hs_version, order and year.

    The reference price times the value share; before the first priced year, moved by the code's median unit
    value; without a value share or any price, the median unit value over the central factor (of the last year
    with tonnes where the year has none).
    """
    median = median_unit_values(flows)
    years = flows.select("hs_version", "hs6", "year").unique()
    grid = (
        rows.select(
            "hs_version", "hs6", "order", "material", "factor", "value_share", flow=flow_of(pl.col("stage"))
        )
        .join(years, on=["hs_version", "hs6"], how="inner")
        .join(median, on=["hs_version", "hs6", "year"], how="left")
        .join(prices, on=["material", "flow", "year"], how="left")
        .sort("order", "hs_version", "year")
    )
    over = ("order",)
    first_price = pl.col("price").drop_nulls().first().over(over)
    median_then = pl.col("median").filter(pl.col("price").is_not_null()).first().over(over)
    moved = pl.coalesce("price", first_price * pl.col("median") / median_then, first_price)
    by_share = pl.col("value_share") * pl.col("moved")
    last_median = pl.col("median").drop_nulls().last().over(over)
    return (
        grid.with_columns(moved=moved)
        .with_columns(
            v_star=pl.coalesce(by_share, pl.coalesce("median", last_median) / pl.col("factor")),
            price=pl.col("moved"),
            published_price=pl.col("price"),
        )
        .select("hs_version", "order", "year", "v_star", "price", "published_price")
    )


def median_unit_values(flows: pl.DataFrame) -> pl.DataFrame:
    """Median unit value (USD/t) of the larger flows: columns hs_version, hs6, year, median.

    Every flow of at least ``LARGER_FLOW`` of the code-year's value counts once, so that no single slip in
    tonnes or value moves the median.
    """
    code_year = ("hs_version", "hs6", "year")
    larger = flows.filter(
        pl.col("tonnes").is_not_null()
        & (pl.col("value_usd") >= LARGER_FLOW * pl.col("value_usd").sum().over(code_year))
    )
    return larger.group_by(code_year).agg(median=(pl.col("value_usd") / pl.col("tonnes")).median())


def split_rare_earths(contained: pl.DataFrame, production: pl.DataFrame) -> pl.DataFrame:
    """Flows of rare-earth feed as flows of single elements, by the exporter's mine output of the same year.

    The ratio element (t) per REO (t) of the exporter, mean over the years, stands for the composition of its
    deposits; ``COMPOSITION_OF`` names stand-ins.
    """
    mined = production.filter(
        pl.col("preferred") & (pl.col("stage") == "mine") & (pl.col("value") > 0)
    ).select("material", exporter="country", year="year", value="value")
    total = mined.filter(pl.col("material") == "rare-earths").select("exporter", "year", total="value")
    content = (
        mined.filter(pl.col("material").is_in(RARE_EARTHS))
        .join(total, on=["exporter", "year"])
        .group_by("material", "exporter")
        .agg(content=(pl.col("value") / pl.col("total")).mean())
        .sort("material", "exporter")
    )
    feed = contained.filter(pl.col("material") == "rare-earths").drop("material")
    alike = content.with_columns(
        exporter=pl.col("exporter").replace_strict(
            {model: exporter for exporter, model in COMPOSITION_OF.items()}, default=None
        )
    ).drop_nulls("exporter")
    content = pl.concat([content, alike.join(content, on=["material", "exporter"], how="anti")])
    thetas = ("theta", "theta_low", "theta_high")
    return (
        feed.join(content, on="exporter", how="inner")
        .with_columns(
            *((pl.col(name) * pl.col("content")).round_sig_figs(4) for name in thetas),
            form=pl.lit("content of mixed compounds"),
            reason=pl.when(pl.col("reason") == "").then(pl.lit("part of code")).otherwise("reason"),
        )
        .with_columns(
            contained=pl.when(pl.col("theta").is_not_null())
            .then(pl.col("tonnes") * pl.col("theta"))
            .otherwise(pl.col("contained") * pl.col("content"))
            .round_sig_figs(6)
        )
        .select(contained.columns)
    )
