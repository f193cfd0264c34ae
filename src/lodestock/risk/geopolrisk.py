r"""GeoPolRisk: risk that imports of a raw material fail for political reasons.

Gemechu et al. (2016), Santillán-Saldivar et al. (2022). For material :math:`A`, perspective :math:`c` (a
country, or any set of countries), partners :math:`i` and one year,

.. math::
   g_i &= \mathrm{clip}\big((2.5 - PS_i)/5,\ 0,\ 1\big) \\
   I_{Ac} &= \frac{\sum_i g_i f_{Aic}}{p_{Ac} + F_{Ac}}, \qquad F_{Ac} = \sum_i f_{Aic} \\
   S_{Ac} &= H_A\, I_{Ac}, \qquad CF_{Ac} = S_{Ac} P_{Ac} / CF_{ref}, \qquad M_{Ac} = CF_{Ac}\, m_A

:math:`PS` is the World Bank's estimate of political stability, f imports and p domestic output in t of
contained element (one basis), H the concentration of world output, P the unit value of the imports in
USD/kg, :math:`CF_{ref}` that of copper in the same unit, m the mass of A in a product. A partner inside the
set counts as home: its shipments are no imports. All sums run over the members of the set.

================== ================= ============================
equation           name in code      column of the result
================== ================= ============================
g                  ``risk_factor``   (input ``g``)
H                  ``concentration`` ``hhi``
F, p               flows, home       ``imports_t``, ``home_t``
I                  ``geopolrisk``    ``import_risk``
S                  ``geopolrisk``    ``score``
P                  ``geopolrisk``    ``usd_per_kg``
CF                 ``geopolrisk``    ``cf``
M                  ``midpoint``      (result)
================== ================= ============================
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lodestock.errors import ValueOutOfRangeError
from lodestock.risk.concentration import concentration
from lodestock.risk.tables import CHAIN, GOVERNANCE, SUPPLY, TRADE, check_codes, check_table

if TYPE_CHECKING:
    import polars as pl

COPPER_REFERENCE_CF = 0.409412948
"""Score times USD/kg of copper, mean of OECD countries over 2017-2021, as the public implementation of the
method fixes it; the method's text names copper of the same country and year instead, so pass your own where
that is meant."""

NEUTRAL_RISK = 0.5
"""g of a partner without a published estimate; results say which share of imports rests on it."""


def risk_factor(political_stability: ArrayLike) -> NDArray[np.float64]:
    r"""Risk factor :math:`g = \mathrm{clip}((2.5 - PS)/5, 0, 1)`; PS on the World Bank's scale."""
    found: NDArray[np.float64] = np.clip((2.5 - np.asarray(political_stability, dtype=float)) / 5.0, 0.0, 1.0)
    return found


def geopolrisk(
    supply: pl.DataFrame,
    trade: pl.DataFrame,
    governance: pl.DataFrame,
    perspectives: Mapping[str, tuple[str, ...]] | None = None,
    *,
    reference_cf: float = COPPER_REFERENCE_CF,
    neutral_risk: float = NEUTRAL_RISK,
    home_output: bool = True,
    known: Collection[str] | None = None,
) -> pl.DataFrame:
    """Score and characterisation factor of every perspective, market and year at once.

    Parameters
    ----------
    supply, trade, governance : columns of ``tables.SUPPLY``, ``TRADE``, ``GOVERNANCE``; t contained
    throughout.
        Governance of a later year than any published is that of the last published year.
    perspectives : name -> members. By default every importer and every producer on its own. A company is a
        perspective whose name stands as importer; its members are the countries where it is at home.
    reference_cf : score times price of the reference material, USD/kg.
    neutral_risk : g of partners without an estimate.
    home_output : whether output of the members is at the perspective's disposal; False for a company, whose
        own purchases in its home countries are its home supply.
    known : codes that producers and exporters may have; any text by default.

    Returns
    -------
    One row per (material, stage, year, perspective) with imports or output: ``hhi``, ``imports_t``,
    ``home_t``, ``import_risk``, ``score``, ``usd_per_kg`` and ``cf`` (null without values),
    ``assumed_governance`` (share of imports whose partner has no estimate), ``governance_year``. Markets
    without any output in a year are left out: they have no concentration.
    """
    import polars as pl

    if not (np.isfinite(reference_cf) and reference_cf > 0):
        raise ValueOutOfRangeError(f"reference factor {reference_cf}", allowed="a number above 0")
    q = check_table(supply, SUPPLY, "supply")
    f = check_table(trade, TRADE, "trade")
    if known is not None:
        for table, column, name in ((q, "country", "supply"), (f, "exporter", "trade")):
            check_codes(table[column].unique().to_list(), known, name)
    g = risk_by_year(check_table(governance, GOVERNANCE, "governance"), f["year"].unique().to_list())
    q = q.filter(pl.col("t").sum().over(CHAIN) > 0)
    world = concentration(q).select(*CHAIN, "hhi")
    members = _members(perspectives, q, f)
    key = [*CHAIN, "perspective"]
    mine = q.join(members, on="country") if home_output else q.join(members, on="country").head(0)
    home = mine.group_by(key).agg(home_t=pl.col("t").sum())
    own = members.with_columns(is_member=pl.lit(value=True))
    flows = (
        f.join(_importers(members, perspectives), on="importer")
        .join(own.rename({"country": "exporter"}), on=["perspective", "exporter"], how="left")
        .join(g, left_on=["exporter", "year"], right_on=["country", "year"], how="left")
        .with_columns(inside=pl.col("is_member").fill_null(value=False))
    )
    abroad = ~pl.col("inside")
    imports = flows.group_by(key).agg(
        imports_t=pl.col("t").filter(abroad).sum(),
        risky_t=(pl.col("t") * pl.col("g").fill_null(neutral_risk)).filter(abroad).sum(),
        unknown_t=pl.col("t").filter(abroad & pl.col("g").is_null()).sum(),
        usd=pl.col("usd").filter(abroad).sum(),
        valued_t=pl.col("t").filter(abroad & (pl.col("usd") > 0)).sum(),
        bought_at_home_t=pl.col("t")
        .filter(pl.col("inside") & ~pl.col("importer").is_in(own["country"]))
        .sum(),
        governance_year=pl.col("governance_year").max(),
    )
    return (
        imports.join(home, on=key, how="full", coalesce=True)
        .with_columns(
            pl.col("imports_t", "risky_t", "unknown_t", "home_t", "bought_at_home_t").fill_null(0.0)
        )
        .with_columns(home_t=pl.col("home_t") + pl.col("bought_at_home_t"))
        .filter(pl.col("imports_t") + pl.col("home_t") > 0)
        .join(world, on=CHAIN)
        .with_columns(import_risk=pl.col("risky_t") / (pl.col("imports_t") + pl.col("home_t")))
        .with_columns(
            score=pl.col("hhi") * pl.col("import_risk"),
            usd_per_kg=pl.when(pl.col("valued_t") > 0).then(pl.col("usd") / pl.col("valued_t") / 1000.0),
            assumed_governance=pl.when(pl.col("imports_t") > 0)
            .then(pl.col("unknown_t") / pl.col("imports_t"))
            .otherwise(0.0),
        )
        .with_columns(cf=pl.col("score") * pl.col("usd_per_kg") / reference_cf)
        .select(
            *key,
            *("hhi", "imports_t", "home_t", "import_risk", "score", "usd_per_kg", "cf"),
            *("assumed_governance", "governance_year"),
        )
        .sort(key)
    )


def midpoint(cf: float, mass_kg: float) -> float:
    """Supply risk of a product's content of one material, kg copper equivalent: :math:`M = CF\\, m`."""
    if not (np.isfinite(mass_kg) and mass_kg >= 0):
        raise ValueOutOfRangeError(f"a mass of {mass_kg} kg", allowed="a number of at least 0")
    return cf * mass_kg


def risk_by_year(governance: pl.DataFrame, years: list[int]) -> pl.DataFrame:
    """Risk factor ``g`` by country and year; ``governance_year`` is the year of the estimate behind it.

    A year without an estimate takes the latest earlier one of the country, else its first.
    """
    import polars as pl

    known = governance.select(
        "country", "year", g=((2.5 - pl.col("political_stability")) / 5.0).clip(0.0, 1.0)
    )
    wanted = (
        known.select("country")
        .unique()
        .join(pl.DataFrame({"year": sorted(years)}, {"year": pl.Int64}), how="cross")
    )
    dated = known.with_columns(governance_year=pl.col("year")).sort("year")
    back = wanted.sort("year").join_asof(dated, on="year", by="country", check_sortedness=False)
    first = dated.group_by("country").agg(
        first_g=pl.col("g").first(), first_year=pl.col("governance_year").first()
    )
    return back.join(first, on="country", how="left").select(
        "country",
        "year",
        g=pl.col("g").fill_null(pl.col("first_g")),
        governance_year=pl.col("governance_year").fill_null(pl.col("first_year")),
    )


def _members(
    perspectives: Mapping[str, tuple[str, ...]] | None, q: pl.DataFrame, f: pl.DataFrame
) -> pl.DataFrame:
    """Rows (perspective, country); every country on its own when no perspective is named."""
    import polars as pl

    schema = {"perspective": pl.String, "country": pl.String}
    if perspectives is None:
        codes = sorted({*q["country"].to_list(), *f["importer"].to_list()})
        return pl.DataFrame({"perspective": codes, "country": codes}, schema)
    rows = [(name, country) for name, members in perspectives.items() for country in members]
    return pl.DataFrame(rows, schema, orient="row")


def _importers(members: pl.DataFrame, perspectives: Mapping[str, tuple[str, ...]] | None) -> pl.DataFrame:
    """Rows (perspective, importer): the members, and the perspective where it buys under its own name."""
    import polars as pl

    rows = members.rename({"country": "importer"})
    if perspectives is None:
        return rows
    own = pl.DataFrame({"perspective": list(perspectives), "importer": list(perspectives)}, rows.schema)
    return pl.concat([rows, own]).unique()
