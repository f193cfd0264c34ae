"""Withheld is an interval, never zero: bounds from the world total, from shares or from an assumption.

For a block (material, stage, year) of one publication with world total T, sum R of the published countries
and withheld countries w:

.. math:: g = T - R, \\qquad q_w \\in [\\max(0, g - r),\\; g + r]

with r the rounding half-width of T. Several withheld countries share g by their shares of world supply
s_w, each with the interval from half to one and a half times its part. When the publisher says that T
leaves the country out, or when R alone reaches T, the bound is a row of ``withheld_bounds.csv``, else half to
twice s_w T, else, for a country without a share, what the rounding of T leaves room for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lodestock.data.build.common import curated, join_notes
from lodestock.data.build.observation import Observation
from lodestock.errors import DataCheckError

_EXCLUDES = ("excludes u.s.", "does not include production in the united states", "excludes united states")


def withheld_bounds() -> dict[tuple[str, str, str], tuple[float, float, str]]:
    """Curated bounds by (material, stage, country): low, high in t, and the reason."""
    return {
        (row["material"], row["stage"], row["country"]): (
            float(row["low"]),
            float(row["high"]),
            row["reason"],
        )
        for row in curated("withheld_bounds.csv").iter_rows(named=True)
    }


def says_it_leaves_out(total: Observation) -> bool:
    """True when the publisher's note on the world total says that it lacks the country."""
    return any(words in (total.note or "").casefold() for words in _EXCLUDES)


def leaves_out(total: Observation, known: float) -> bool:
    """True when the world total does not contain the withheld countries."""
    return says_it_leaves_out(total) or known >= (total.low if total.low is not None else total.central)


def fill_withheld(
    block: Sequence[Observation],
    shares: Mapping[str, float],
    bounds: Mapping[tuple[str, str, str], tuple[float, float, str]],
) -> list[Observation]:
    """Give every withheld country of one publisher's block an interval.

    Parameters
    ----------
    block : all rows of one (material, stage, year) of one source, WLD included when published.
    shares : fractions of world supply by country, used to split and as a last resort.

    Raises
    ------
    DataCheckError
        Nothing bounds a withheld figure from above: it would be zero, which is not what withheld means.
    """
    hidden = [item for item in block if item.value is None and item.status == "withheld"]
    if not hidden:
        return list(block)
    total = next((item for item in block if item.country == "WLD" and item.value is not None), None)
    known = sum(item.value for item in block if item.country != "WLD" and item.value is not None)
    excluded = total is None or leaves_out(total, known)
    filled: dict[str, Observation] = {}
    weight = {item.country: shares.get(item.country, 0.0) or 1e-3 for item in hidden}
    for item in hidden:
        curated_bound = bounds.get((item.material, item.stage, item.country))
        if total is not None and not excluded:
            gap = max(total.central - known, 0.0)
            slack = (total.high or total.central) - total.central
            if len(hidden) == 1:
                low, high = max(0.0, gap - slack), gap + slack
            else:
                part = gap * weight[item.country] / sum(weight.values())
                low, high = 0.5 * part, min(gap + slack, 1.5 * part)
            reason = "interval: world total minus the sum of the other countries"
        elif curated_bound is not None:
            low, high, reason = curated_bound
        elif total is not None and not shares.get(item.country) and not says_it_leaves_out(total):
            low, high = 0.0, (total.high or total.central) - known
            reason = "interval: what the rounding of the world total leaves room for"
        else:
            world = (total.central if total is not None else known) * shares.get(item.country, 0.0)
            low, high = 0.5 * world, 2.0 * world
            reason = "interval: half to twice the European Commission's share of world supply"
        if high <= 0.0:
            raise DataCheckError(
                f"{item.material} {item.stage} {item.country} {item.year} is withheld and nothing bounds it",
                where="production",
                hint="add a row to curated/withheld_bounds.csv",
            )
        filled[item.country] = replace(item, low=low, high=high, note=join_notes(item.note, reason))
    return [filled.get(item.country, item) if item in hidden else item for item in block]
