r"""Trade parameters t of the EU method for any perspective: agreements lower them, export restrictions raise
them.

.. math:: t_c = 0.8 \text{ (own member, free trade)}, \quad 1 \text{ (else)}, \quad
          1.1 \text{ (licence)},\ 1.2 \text{ (tax)},\ 1.3 \text{ (quota)},\ 1.5 \text{ (ban)}

The study publishes 0.8, 1 and 1.1 to 1.5 for 2016 to 2020, seen from the European Union. Restrictions are the
exporter's and hold for every perspective; the reduction holds for the perspective's own members and, seen
from the Union, for its published partners. Measures that the snapshot lists as in force later are added.
"""

from __future__ import annotations

from functools import lru_cache

PARTNER = 0.8
UNVERIFIED = 1.1
OF_MEASURE = {"ban": 1.5, "quota": 1.3, "tax": 1.2, "licen": 1.1, "restriction": 1.1, "non-tariff": 1.1}
"""Parameter by the first word found in the type; an assumption on where 1.1 to 1.5 applies."""


@lru_cache(maxsize=32)
def restrictions(year: int, members: tuple[str, ...]) -> dict[tuple[str, str], float]:
    """Export restrictions that hit the members at the end of a year: (material, implementer) -> t.

    A measure aimed at one country counts for a perspective that holds it. One whose date and scope are not
    verified counts as a licence, whatever its type: many published bans were never enforced.
    """
    import polars as pl

    from lodestock.data.snapshot import load_table

    last_day = f"{year}-12-31"
    rows = load_table("policy_measures").filter(
        pl.col("measure_type").str.contains("export")
        & (pl.col("direction").fill_null("tightens") == "tightens")
        & (pl.col("date_status") != "unverified")
        & (pl.coalesce("date_effective", "date_announced").fill_null("9999") <= last_day)
        & (pl.col("date_ended").fill_null("9999") > last_day)
        & (pl.col("target").is_null() | pl.col("target").is_in(list(members)))
    )
    found: dict[tuple[str, str], float] = {}
    for row in rows.iter_rows(named=True):
        t = UNVERIFIED
        if row["date_status"] == "verified":
            t = next((value for word, value in OF_MEASURE.items() if word in row["measure_type"]), UNVERIFIED)
        for material in (row["materials"] or "").split("|"):
            key = (material, row["implementer"])
            found[key] = max(found.get(key, 0.0), t)
    return found


@lru_cache(maxsize=1)
def published_parameters() -> dict[tuple[str, str, str], float]:
    """Published t of the study by (material, stage, country)."""
    from lodestock.data.snapshot import load_table

    rows = (
        load_table("processing_shares").select("material", "stage", "country", "trade_parameter").drop_nulls()
    )
    return {(material, stage, country): t for material, stage, country, t in rows.iter_rows()}


def is_european(members: tuple[str, ...]) -> bool:
    """Whether every member belongs to the European Union, whose partners the study's parameters describe."""
    from lodestock.data.catalog import country_sets

    return set(members) <= set(country_sets()["EU27"])


def trade_parameter(
    material: str, stage: str, country: str, members: tuple[str, ...], year: int, *, european: bool
) -> float:
    """Trade parameter t of a supplier, seen from a perspective in a year."""
    if country in members:
        return PARTNER
    published = published_parameters().get((material, stage, country), 1.0)
    if published < 1.0 and not european:
        published = 1.0
    measure = restrictions(year, members).get((material, country), 0.0)
    return max(published, measure) if measure else published
