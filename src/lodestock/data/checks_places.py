"""Checks on countries, sets, positions, governance, policy measures, outlooks and material contents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import polars as pl

from lodestock.data.columns import PSEUDO_COUNTRIES
from lodestock.data.offenders import Offender, Tables, key_text, offending_rows

SET_SIZES = {"EU27": 27, "G7": 7, "EFTA": 4, "USMCA": 3, "ASEAN": 11, "OECD": 38}
GOVERNANCE_RANGE = 4.0
_DATE = re.compile(r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$")


def check_positions(tables: Tables) -> Iterator[Offender]:
    """Latitudes and longitudes are on the globe; every real country has a position."""
    for name in ("countries", "ports", "chokepoints"):
        if name not in tables:
            continue
        off = tables[name].filter(
            ~(pl.col("latitude").is_between(-90, 90) & pl.col("longitude").is_between(-180, 180))
        )
        yield from offending_rows("positions", name, off, "not on the globe")
    nowhere = tables["countries"].filter(
        pl.col("latitude").is_null() & ~pl.col("country").is_in(list(PSEUDO_COUNTRIES))
    )
    yield from offending_rows("positions", "countries", nowhere, "no position")


def check_sets(tables: Tables) -> Iterator[Offender]:
    """Sets of fixed size have that size and hold no pseudo-country."""
    if "country_sets" not in tables:
        return
    members = tables["country_sets"]
    counts = dict(members.group_by("set_name").len().iter_rows())
    for name, size in SET_SIZES.items():
        if counts.get(name) != size:
            yield Offender("sets", "country_sets", name, f"{counts.get(name, 0)} members, not {size}")
    pseudo = members.filter(pl.col("country").is_in(list(PSEUDO_COUNTRIES)))
    yield from offending_rows("sets", "country_sets", pseudo, "a pseudo-country is no member")


def check_governance(tables: Tables) -> Iterator[Offender]:
    """Estimates and ranks lie in their ranges; the last year covers every member of the EU and the G7."""
    if "governance" not in tables:
        return
    table = tables["governance"]
    limit = GOVERNANCE_RANGE
    odd = table.filter(~pl.col("value").is_between(-limit, limit) | ~pl.col("rank").is_between(0, 100))
    yield from offending_rows("governance", "governance", odd, "outside -4 to 4 or rank outside 0 to 100")
    if "country_sets" not in tables:
        return
    wanted = set(tables["country_sets"].filter(pl.col("set_name").is_in(["EU27", "G7"]))["country"])
    last = table.filter(pl.col("year") == pl.col("year").max())
    for (indicator,), group in last.group_by("indicator", maintain_order=True):
        for code in sorted(wanted - set(group["country"])):
            yield Offender("governance", "governance", f"{code} {indicator}", "no value in the last year")


def check_measures(tables: Tables) -> Iterator[Offender]:
    """Dates are ISO and in order; implementers and targets are countries; links are web addresses."""
    if "policy_measures" not in tables:
        return
    countries = set(tables["countries"]["country"])
    for row in tables["policy_measures"].iter_rows(named=True):
        key = row["measure_id"]
        dates = [row[name] for name in ("date_announced", "date_effective", "date_ended") if row[name]]
        if not dates:
            yield Offender("measures", "policy_measures", key, "no date")
        for date in dates:
            if not _DATE.match(date):
                yield Offender("measures", "policy_measures", key, f"{date!r} is not an ISO date")
        if any(
            earlier[:7] > later[:7]
            for earlier, later in pairwise(dates)
            if min(len(earlier), len(later)) >= len("2024-01")
        ):
            yield Offender("measures", "policy_measures", key, "dates out of order")
        for code in [*row["implementer"].split("|"), *([row["target"]] if row["target"] else [])]:
            if code not in countries:
                yield Offender("measures", "policy_measures", key, f"unknown country {code!r}")
        if row["link"] and not row["link"].startswith(("https://", "http://")):
            yield Offender("measures", "policy_measures", key, "link is not a web address")


def check_outlook(tables: Tables) -> Iterator[Offender]:
    """Clean technologies and other uses add to the total of a scenario and year within 1 %."""
    if "demand_outlook" not in tables:
        return
    keys = ("material", "scenario", "year")
    parts = ["total", "clean technologies", "other uses"]
    wide = (
        tables["demand_outlook"]
        .filter(pl.col("item").is_in(parts))
        .pivot(on="item", index=list(keys), values="value")
        .sort(keys)
    )
    if not set(parts) <= set(wide.columns):
        return
    for row in wide.drop_nulls().iter_rows(named=True):
        added = row["clean technologies"] + row["other uses"]
        if abs(added - row["total"]) > 0.01 * row["total"]:
            yield Offender(
                "outlook",
                "demand_outlook",
                key_text(row, keys),
                f"parts {added:.6g}, total {row['total']:.6g}",
            )


def check_contents(tables: Tables) -> Iterator[Offender]:
    """Material contents are not negative and means lie inside their range."""
    if "technology_intensities" in tables:
        slack = 1e-6
        odd = tables["technology_intensities"].filter(
            (pl.col("mean") < pl.col("low") * (1 - slack)) | (pl.col("mean") > pl.col("high") * (1 + slack))
        )
        yield from offending_rows("contents", "technology_intensities", odd, "mean outside its range")
    if "battery_intensities" in tables:
        negative = tables["battery_intensities"].filter(pl.col("value") < 0)
        yield from offending_rows("contents", "battery_intensities", negative, "negative content")
