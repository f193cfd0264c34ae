r"""Concentration of supply by country: how much rests on how few.

With shares :math:`s_c = q_c / \sum_c q_c` of the output :math:`q_c` of country :math:`c`,

.. math:: H = \sum_c s_c^2, \qquad T_k = \sum_{i \le k} s_{(i)}, \qquad
   N_1 = \min\Big(1,\ 1 - s_{(1)} + \frac{\sum_{c \ne (1)} (u_c - q_c)^+}{\sum_c q_c}\Big)

:math:`H` is the index of Hirschman (1964) and Herfindahl (1950), in :math:`[1/n, 1]`; :math:`s_{(i)}` the
i-th largest share; :math:`N_1` the share of today's output that remains when the largest supplier stops,
spare capacity :math:`u_c - q_c` of the others included where capacities :math:`u_c` are known.

=========== ====================================== ====================
equation    name in code                           column of the result
=========== ====================================== ====================
H           ``herfindahl``                         ``hhi``
T_1, T_3    ``top_share``                          ``top1``, ``top3``
N_1         ``without_largest``                    ``n_minus_1``
=========== ====================================== ====================
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lodestock.errors import ValueOutOfRangeError
from lodestock.risk.tables import CHAIN, FRACTION, SUPPLY, TEXT, Needed, check_codes, check_table

if TYPE_CHECKING:
    import polars as pl

SUM_TOLERANCE = 1e-9
"""Largest gap between the sum of shares and one."""

OWNERSHIP = {
    "material": Needed(TEXT, "", "material"),
    "stage": Needed(TEXT, "", "step of the chain"),
    "country": Needed(TEXT, "", "ISO 3166 alpha-3 of the country where output is"),
    "owner": Needed(TEXT, "", "ISO 3166 alpha-3 of the country of the owners"),
    "share": Needed(FRACTION, "1", "share of the country's output that these owners control"),
}


def shares_of(quantity: ArrayLike) -> NDArray[np.float64]:
    """Shares (country,) of quantities (country,), t.

    Raises
    ------
    ValueOutOfRangeError
        A quantity is negative or not finite, or all are zero: nothing is produced, so nothing has a share.
    """
    amount = np.asarray(quantity, dtype=float)
    if not np.all(np.isfinite(amount)) or np.any(amount < 0):
        raise ValueOutOfRangeError("a quantity is negative or not a number", where="shares")
    total = float(amount.sum())
    if total <= 0:
        raise ValueOutOfRangeError("total output is zero, so there are no shares", where="shares")
    found: NDArray[np.float64] = amount / total
    return found


def herfindahl(share: ArrayLike, *, tolerance: float = SUM_TOLERANCE) -> float:
    r"""Concentration :math:`H = \sum_c s_c^2` of shares (country,), unit 1, in [1/n, 1].

    Raises
    ------
    ValueOutOfRangeError
        A share is negative or not finite, or the shares do not add to one within ``tolerance``.
    """
    s = np.asarray(share, dtype=float)
    if not np.all(np.isfinite(s)) or np.any(s < 0):
        raise ValueOutOfRangeError("a share is negative or not a number", where="shares")
    total = float(s.sum())
    if abs(total - 1.0) > tolerance:
        raise ValueOutOfRangeError(
            f"shares add to {total:.6g}", where="shares", allowed=f"1 within {tolerance:g}"
        )
    return float(np.square(s).sum())


def top_share(share: ArrayLike, count: int) -> float:
    r"""Sum :math:`T_k` of the ``count`` largest shares."""
    return float(np.sort(np.asarray(share, dtype=float))[::-1][:count].sum())


def without_largest(quantity: ArrayLike, spare: ArrayLike | None = None) -> float:
    r"""Share :math:`N_1` of output left when the largest supplier stops.

    Parameters
    ----------
    quantity : output (country,), t.
    spare : unused capacity (country,), t; none by default.
    """
    q = np.asarray(quantity, dtype=float)
    share = shares_of(q)
    rest = np.arange(q.size) != int(np.argmax(q))
    extra = 0.0 if spare is None else float(np.maximum(np.asarray(spare, dtype=float)[rest], 0.0).sum())
    return min(1.0, float(share[rest].sum()) + extra / float(q.sum()))


def concentration(
    supply: pl.DataFrame, capacity: pl.DataFrame | None = None, *, known: Collection[str] | None = None
) -> pl.DataFrame:
    """Concentration of every market and year of a supply table.

    Parameters
    ----------
    supply : columns of ``tables.SUPPLY``; several rows of one country are added up.
    capacity : the same columns with capacity in ``t``, where known.
    known : codes that countries may have; any text by default.

    Returns
    -------
    One row per (material, stage, year): ``hhi``, ``top1_country``, ``top1``, ``top3``, ``n_minus_1``,
    ``suppliers`` (countries with output), ``t`` (total output).

    Raises
    ------
    ValueOutOfRangeError
        A market has no output at all in some year; the message names it.
    UnknownNameError
        A country is not among the ``known`` ones.
    """
    import polars as pl

    q = check_table(supply, SUPPLY, "supply").group_by(*CHAIN, "country").agg(pl.col("t").sum())
    if known is not None:
        check_codes(q["country"].unique().to_list(), known, "supply")
    empty = q.group_by(CHAIN).agg(pl.col("t").sum()).filter(pl.col("t") <= 0).sort(CHAIN)
    if empty.height:
        market = " ".join(str(part) for part in empty.row(0)[:3])
        raise ValueOutOfRangeError(
            f"output of {market} is zero in every country",
            where="supply",
            hint="leave the market out; a concentration of nothing does not exist",
        )
    if capacity is None:
        q = q.with_columns(spare=pl.lit(0.0))
    else:
        u = check_table(capacity, SUPPLY, "capacity").group_by(*CHAIN, "country").agg(u=pl.col("t").sum())
        q = q.join(u, on=[*CHAIN, "country"], how="left").with_columns(
            spare=(pl.col("u") - pl.col("t")).clip(lower_bound=0.0).fill_null(0.0)
        )
    total = pl.col("t").sum()
    return (
        q.sort([*CHAIN, "t", "country"], descending=[False, False, False, True, False])
        .group_by(CHAIN, maintain_order=True)
        .agg(
            hhi=(pl.col("t") / total).pow(2).sum(),
            top1_country=pl.col("country").first(),
            top1=pl.col("t").first() / total,
            top3=pl.col("t").head(3).sum() / total,
            n_minus_1=(pl.col("t").slice(1).sum() + pl.col("spare").slice(1).sum()) / total,
            suppliers=(pl.col("t") > 0).sum().cast(pl.Int64),
            t=total,
        )
        .with_columns(pl.col("n_minus_1").clip(upper_bound=1.0))
    )


def by_owner(supply: pl.DataFrame, ownership: pl.DataFrame) -> pl.DataFrame:
    r"""Supply moved from where it is made to who controls it: :math:`q_o = \sum_c w_{co} q_c`.

    Output of a country that no row mentions, and the rest where rows add to less than one, stays with the
    country itself.

    Parameters
    ----------
    supply : columns of ``tables.SUPPLY``.
    ownership : columns of ``OWNERSHIP``; shares :math:`w_{co}` of one country's output add to at most one.

    Raises
    ------
    ValueOutOfRangeError
        The shares of one country's output add to more than one.
    """
    import polars as pl

    q = check_table(supply, SUPPLY, "supply")
    w = check_table(ownership, OWNERSHIP, "ownership")
    place = ["material", "stage", "country"]
    total = w.group_by(place).agg(pl.col("share").sum())
    over = total.filter(pl.col("share") > 1 + SUM_TOLERANCE)
    if over.height:
        raise ValueOutOfRangeError(
            f"owners' shares of {' '.join(map(str, over.row(0)[:3]))} add to {over['share'][0]:g}",
            where="ownership",
            allowed="at most 1",
        )
    held = q.join(w, on=place).with_columns(t=pl.col("t") * pl.col("share"), country=pl.col("owner"))
    rest = q.join(total, on=place, how="left").with_columns(
        t=pl.col("t") * (1.0 - pl.col("share").fill_null(0.0))
    )
    columns = list(SUPPLY)
    return (
        pl.concat([held.select(columns), rest.select(columns)])
        .group_by(*CHAIN, "country")
        .agg(pl.col("t").sum())
        .select(columns)
        .sort(columns[:4])
    )
