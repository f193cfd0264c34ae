r"""Refined output where no publisher gives tonnes by country.

World refined output of a material is its mine output times a yield, and countries get their shares of it:

.. math:: R_{ct} = y \, M_t \, \frac{s_c}{\sum_k s_k}

with M the sum of mine output over countries, y from ``refined_yields.csv`` (low, central, high) and s
either the European Commission's processing shares (mean of 2016-2020) or, for materials that the IEA covers
in 2024 only, the IEA's shares of 2024. Materials without any mine figure take the world total of
``world_totals.csv`` instead of y M.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from lodestock.data.build.common import OWN, curated, join_notes
from lodestock.data.build.observation import Observation


@dataclass(frozen=True)
class Total:
    """A world total with its range and the reason for it."""

    low: float
    central: float
    high: float
    reason: str


def yields() -> dict[str, Total]:
    """Refined output per mine output by material."""
    return {
        row["material"]: Total(float(row["low"]), float(row["central"]), float(row["high"]), row["reason"])
        for row in curated("refined_yields.csv").iter_rows(named=True)
    }


def world_totals() -> dict[str, Total]:
    """Assumed world refined output in t by material."""
    return {
        row["material"]: Total(float(row["low"]), float(row["central"]), float(row["high"]), row["reason"])
        for row in curated("world_totals.csv").iter_rows(named=True)
    }


def share_out(
    material: str,
    year: int,
    total: Total,
    shares: Mapping[str, float],
    source_id: str,
    basis: str,
    known: Sequence[Observation] = (),
) -> list[Observation]:
    """Country rows and the world row of one material and year.

    ``low`` and ``high`` of a country carry the range of the total and a tenth for the shares' age. Countries
    with published output (``known``) keep it; the others share what is left.
    """
    published = {item.country: item.central for item in known}
    shares = {country: share for country, share in shares.items() if country not in published}
    covered = sum(shares.values())
    left = 1.0 - sum(published.values()) / total.central
    reason = join_notes(total.reason, f"world refined output {total.central:.6g} t")
    rescaled = (
        "" if abs(covered - left) < 0.005 else f"; shares add to {covered:.1%} and are scaled to {left:.1%}"
    )
    rows = [
        Observation(
            material, "refined", country, year,
            total.central * left * share / covered,
            0.9 * total.low * left * share / covered,
            1.1 * total.high * left * share / covered,
            "estimated", f"{100 * share:.6g}", "percent of world output", basis, source_id,
            f"share times world refined output; {reason}{rescaled}",
        )
        for country, share in sorted(shares.items())
        if share > 0
    ]  # fmt: skip
    world = Observation(
        material, "refined", "WLD", year, total.central, total.low, total.high, "assumed",
        None, None, "world refined output", OWN, total.reason,
    )  # fmt: skip
    return [*known, *rows, world]


def known_output(us_salient: pl.DataFrame) -> dict[tuple[str, int], list[Observation]]:
    """Published refined output of single countries, by material and year (``refined_known.csv``)."""
    found: dict[tuple[str, int], list[Observation]] = {}
    for row in curated("refined_known.csv").iter_rows(named=True):
        rows = us_salient.filter(
            material=row["material"], stage="refined", flow=row["flow"], form=row["form"]
        ).drop_nulls("value")
        for item in rows.iter_rows(named=True):
            found.setdefault((row["material"], item["year"]), []).append(
                Observation(
                    row["material"], "refined", row["country"], item["year"],
                    item["value"], item["low"], item["high"], item["status"],
                    item["published_value"], item["published_unit"], item["form"], item["source_id"],
                    row["reason"],
                )
            )  # fmt: skip
    return found


def mine_sum(block: Sequence[Observation]) -> float:
    """Sum of mine output over countries, withheld ones at the middle of their interval."""
    return sum(item.central for item in block if item.country != "WLD")


def scaled(total: Total, quantity: float, what: str) -> Total:
    """A range of yields times a quantity."""
    return Total(
        total.low * quantity,
        total.central * quantity,
        total.high * quantity,
        f"{total.central:g} t refined per t mined of {what} ({total.reason})",
    )
