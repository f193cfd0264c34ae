"""Checks of substance: country sums, share sums, price bands, chains and coverage.

Limits that need a reason (structural misfits, price bands) are rows of curated tables.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from lodestock.data.observed_trade import observed_pairs
from lodestock.data.offenders import Offender, Tables, curated_limits, key_text
from lodestock.data.precedence import REFINED_INCLUDES_SCRAP
from lodestock.data.schema import TABLES

SUM_TOLERANCE = 0.03
SHARE_SUMS = {
    # published sums: EU supply shares 88.7 to 103.9 %, end uses 90 to 113 %, import sources 100 or 101 %
    "processing_shares": (("material", "stage", "period"), 0.88, 1.045),
    "end_uses": (("material",), 0.89, 1.135),
    "import_sources": (("material", "form"), 0.975, 1.025),
}
LARGEST_JUMP = 2.0
BANDS_SINCE = "2000"
MINIMUM_MATERIALS = 40
MINIMUM_CHAINS = 25
MINIMUM_TRADED = 30


def check_country_sums(tables: Tables) -> Iterator[Offender]:
    """Preferred countries add up to the published world total within 3 % of its interval.

    Withheld countries may be inside or outside the total: it must lie between the sum without them and the
    sum with their upper ends.
    """
    listed = _misfits()
    preferred = tables["production"].filter("preferred")
    for (material, stage, year), block in preferred.group_by(
        "material", "stage", "year", maintain_order=True
    ):
        world = block.filter(country="WLD")
        if world.is_empty() or ("production", material, stage, str(year)) in listed:
            continue
        rest = block.filter(pl.col("country") != "WLD")
        known = float(rest["value"].sum())
        most = known + float(rest.filter(pl.col("value").is_null())["high"].sum())
        low, high = float(world["low"][0]), float(world["high"][0])
        if known > high * (1 + SUM_TOLERANCE) or most < low * (1 - SUM_TOLERANCE):
            key = f"{material} {stage} {year}"
            yield Offender(
                "country sums",
                "production",
                key,
                f"{known:.6g} to {most:.6g} t, world {world['value'][0]:.6g} t",
            )


def _misfits() -> set[tuple[str, str, str, str]]:
    return set(
        curated_limits("structural_misfits.csv").select("table", "material", "stage", "year").iter_rows()
    )


def check_share_sums(tables: Tables) -> Iterator[Offender]:
    """Shares of one material and stage add to one within what the publisher's own sums reach."""
    for name, (group, low, high) in SHARE_SUMS.items():
        if name not in tables:
            continue
        sums = (
            tables[name]
            .filter("preferred")
            .group_by(list(group))
            .agg(pl.col("value").sum())
            .sort(list(group))
        )
        for row in sums.filter(~pl.col("value").is_between(low, high)).iter_rows(named=True):
            yield Offender("share sums", name, key_text(row, group), f"shares add to {row['value']:.3f}")


def check_price_bands(tables: Tables) -> Iterator[Offender]:
    """Every price since 2000 lies in the band of its material and stage; a missing band is an offender."""
    bands = {
        (material, stage): (float(low), float(high))
        for material, stage, low, high in curated_limits("price_bands.csv").iter_rows()
    }
    for row in tables["prices"].filter(pl.col("period") >= BANDS_SINCE).iter_rows(named=True):
        band = bands.get((row["material"], row["stage"]))
        key = key_text(row, TABLES["prices"].keys)
        if band is None:
            yield Offender("price bands", "prices", key, "no band for this material and stage")
        elif not band[0] <= row["value"] <= band[1]:
            yield Offender(
                "price bands",
                "prices",
                key,
                f"{row['value']:.6g} USD/t outside {band[0]:.6g} to {band[1]:.6g}",
            )


def check_jumps(tables: Tables) -> Iterator[Offender]:
    """World output changes by less than a factor of two from one year to the next: a unit gone wrong."""
    central = pl.coalesce("value", (pl.col("low") + pl.col("high")) / 2)
    years = (
        tables["production"]
        .filter(pl.col("preferred") & (pl.col("country") != "WLD"))
        .group_by("material", "stage", "year")
        .agg(central.sum().alias("output"))
        .sort("material", "stage", "year")
        .with_columns(before=pl.col("output").shift(1).over("material", "stage"))
        .drop_nulls("before")
    )
    ratio = pl.col("output") / pl.col("before")
    listed = _misfits()
    for row in years.filter((ratio > LARGEST_JUMP) | (ratio < 1 / LARGEST_JUMP)).iter_rows(named=True):
        if ("production", row["material"], row["stage"], str(row["year"])) not in listed:
            key = key_text(row, ("material", "stage", "year"))
            yield Offender("jumps", "production", key, f"{row['output']:.6g} t after {row['before']:.6g} t")


def check_chains(tables: Tables) -> Iterator[Offender]:
    """A two-stage material refines no more than it mines, unless scrap is counted as refined output."""
    stages = dict(tables["materials"].select("material", "stages").iter_rows())
    central = pl.coalesce("value", (pl.col("low") + pl.col("high")) / 2)
    sums = (
        tables["production"]
        .filter(pl.col("preferred") & (pl.col("country") != "WLD"))
        .group_by("material", "year")
        .agg(
            central.filter(pl.col("stage") == "mine").sum().alias("mine"),
            central.filter(pl.col("stage") == "refined").sum().alias("refined"),
        )
        .sort("material", "year")
    )
    for row in sums.iter_rows(named=True):
        if "|" not in stages.get(row["material"], "") or row["material"] in REFINED_INCLUDES_SCRAP:
            continue
        if row["refined"] > row["mine"]:
            key = f"{row['material']} {row['year']}"
            yield Offender(
                "chains", "production", key, f"refined {row['refined']:.6g} t, mined {row['mine']:.6g} t"
            )


def check_price_forms(tables: Tables) -> Iterator[Offender]:
    """The reference forms stated with each material are the forms preferred in its latest full year."""
    preferred = tables["prices"].filter(preferred=True, frequency="annual", period="2024")
    forms = {(row["material"], row["stage"]): row["form"] for row in preferred.iter_rows(named=True)}
    for row in tables["materials"].iter_rows(named=True):
        stated = dict(part.split("=", 1) for part in row["price_form"].split("|"))
        found = {
            s: forms[(row["material"], s)] for s in row["stages"].split("|") if (row["material"], s) in forms
        }
        if stated != found:
            yield Offender("price forms", "materials", row["material"], f"stated {stated}, preferred {found}")
        if row["stages"].split("|")[-1] not in found:
            yield Offender("price forms", "materials", row["material"], "last stage has no price")


def check_coverage(tables: Tables) -> Iterator[Offender]:
    """At least so many materials with output, price, two stages and observed trade."""
    output = tables["production"].filter(
        pl.col("preferred") & (pl.col("year") == 2024) & ~pl.col("country").is_in(["WLD", "OTH"])
    )
    priced = set(tables["prices"].filter(preferred=True, frequency="annual", period="2024")["material"])
    by_country = set(output["material"]) & priced
    chains = output.group_by("material").agg(pl.col("stage").unique())
    two_stages = chains.filter(
        pl.col("stage").list.contains("mine") & pl.col("stage").list.contains("refined")
    )
    counts = [
        ("materials with output by country and a price", len(by_country), MINIMUM_MATERIALS),
        ("materials with two stages by country", two_stages.height, MINIMUM_CHAINS),
    ]
    if "trade" in tables and "hs_codes" in tables:
        traded = observed_pairs(tables["trade"], tables["hs_codes"])["material"].n_unique()
        counts.append(("materials with observed trade", traded, MINIMUM_TRADED))
    for what, found, wanted in counts:
        if found < wanted:
            yield Offender("coverage", "", what, f"{found}, wanted {wanted}")
