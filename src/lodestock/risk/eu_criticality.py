r"""Supply risk and economic importance by the method of the European Commission (Blengini et al. 2017).

Per material and stage (extraction, processing), with shares :math:`s_c` of supply as fractions,

.. math::
   W_c &= 2\,(2.5 - \bar w_c), \qquad H = \sum_c s_c^2 W_c t_c \\
   IR &= \max\Big(0,\ \frac{imports - exports}{production + imports - exports}\Big) \\
   SR &= \big[H_{GS}\, IR/2 + H_{EU}\,(1 - IR/2)\big]\,(1 - EoL)\, SI_{SR} \\
   EI &= \frac{10}{\max_s Q_s} \sum_s A_s Q_s \; SI_{EI}

:math:`\bar w` is the mean of the six governance estimates, t the trade parameter (0.8 free trade, 1, or 1.1
to 1.5 under export restrictions), GS the world's supply, EU the perspective's sourcing, EoL the end-of-life
recycling input rate, SI the substitution indices, A the share of use in a sector and Q its value added.
Without sourcing shares (basis ``GSonly``) :math:`SR = H_{GS} (1 - EoL) SI`; without imports (``EUonly``)
:math:`H_{EU}` alone. A material takes its riskier stage; a group the arithmetic mean of its members. It is
critical when SR >= 1.0 and EI >= 2.8 after rounding to one decimal: the only place where anything is rounded.

=========== ========================= =============================
equation    name in code              column of the result
=========== ========================= =============================
W           ``governance_weight``     (input)
H           ``weighted_hhi``          ``hhi_world``, ``hhi_sourcing``
IR          ``import_reliance``       ``import_reliance``
SR          ``supply_risk``           ``sr``
EI          ``economic_importance``   ``ei``
threshold   ``is_critical``           ``critical``
=========== ========================= =============================
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lodestock.errors import UnknownNameError, ValueOutOfRangeError
from lodestock.risk.tables import SHARES, USES, check_table

if TYPE_CHECKING:
    import polars as pl

FloatArray = NDArray[np.float64]

BOTH, WORLD_ONLY, SOURCING_ONLY = "GS+EU", "GSonly", "EUonly"
BASES = (BOTH, WORLD_ONLY, SOURCING_ONLY)
"""Which supply the risk rests on, in the study's own words."""

SR_THRESHOLD, EI_THRESHOLD = 1.0, 2.8
NEUTRAL_WEIGHT = 5.0
"""W of a supplier without governance estimates: the middle of the scale; results say how much rests on it."""

SHARE_TOLERANCE = 0.15
"""Published shares are rounded and cut off below some size: a sum this near one is taken as it is."""


def governance_weight(mean_of_six: ArrayLike) -> FloatArray:
    r"""Governance weight :math:`W = 2 (2.5 - \bar w)`, 0 (best) to 10 (worst)."""
    found: FloatArray = np.clip(2.0 * (2.5 - np.asarray(mean_of_six, dtype=float)), 0.0, 10.0)
    return found


def weighted_hhi(share: ArrayLike, weight: ArrayLike, trade_parameter: ArrayLike) -> float:
    r"""Concentration weighted by governance and trade, :math:`H = \sum_c s_c^2 W_c t_c`.

    Parameters
    ----------
    share : fractions (country,), >= 0; one row per country.
    weight, trade_parameter : W and t (country,).
    """
    s, W, t = (np.asarray(values, dtype=float) for values in (share, weight, trade_parameter))
    for name, values in (("share", s), ("governance weight", W), ("trade parameter", t)):
        if not np.all(np.isfinite(values)) or np.any(values < 0):
            raise ValueOutOfRangeError(f"a {name} is negative or not a number", where="weighted_hhi")
    return float((s**2 * W * t).sum())


def import_reliance(imports: float, exports: float, production: float) -> float:
    r"""Import reliance :math:`IR = \max(0, (m - x)/(q + m - x))`; m, x, q in t of one basis.

    Raises
    ------
    ValueOutOfRangeError
        A quantity is negative or not finite, or nothing is used: production + imports - exports is not
        positive.
    """
    for name, value in (("imports", imports), ("exports", exports), ("production", production)):
        if not (math.isfinite(value) and value >= 0):
            raise ValueOutOfRangeError(f"{name} of {value} t", allowed="a number of at least 0")
    net = imports - exports
    if net <= 0:
        return 0.0
    return net / (production + net)


def supply_risk(
    hhi_world: ArrayLike,
    hhi_sourcing: ArrayLike,
    import_reliance: ArrayLike,
    recycling_rate: ArrayLike,
    substitution: ArrayLike,
    basis: str = BOTH,
) -> FloatArray:
    """Supply risk SR of the module's equation; arguments broadcast, so that draws are one more axis.

    Parameters
    ----------
    hhi_world, hhi_sourcing : weighted concentration H of world supply and of the perspective's sourcing.
    import_reliance, recycling_rate, substitution : IR, EoL and SI, fractions in [0, 1].
    basis : ``GS+EU``, ``GSonly`` or ``EUonly``; what a basis does not use is not read.
    """
    if basis not in BASES:
        raise UnknownNameError("basis", basis, BASES)
    IR, EoL, SI = (
        _fractions(name, values)
        for name, values in (
            ("import reliance", import_reliance if basis == BOTH else 0.0),
            ("recycling rate", recycling_rate),
            ("substitution index", substitution),
        )
    )
    world = np.asarray(hhi_world if basis != SOURCING_ONLY else 0.0, dtype=float)
    sourcing = np.asarray(hhi_sourcing if basis != WORLD_ONLY else 0.0, dtype=float)
    for name, H in (("world", world), ("sourcing", sourcing)):
        if not np.all(np.isfinite(H)) or np.any(H < 0):
            raise ValueOutOfRangeError(f"concentration of {name} supply is negative or not a number")
    if basis == BOTH:
        H = world * IR / 2.0 + sourcing * (1.0 - IR / 2.0)
    else:
        H = world if basis == WORLD_ONLY else sourcing
    found: FloatArray = np.asarray(H * (1.0 - EoL) * SI, dtype=float)
    return found


def _fractions(name: str, values: ArrayLike) -> FloatArray:
    found = np.asarray(values, dtype=float)
    if not np.all(np.isfinite(found)) or np.any(found < 0) or np.any(found > 1):
        raise ValueOutOfRangeError(f"a {name} is outside its range", allowed="a fraction, 0 to 1")
    return found


def economic_importance(
    use_share: ArrayLike, value_added: ArrayLike, substitution: ArrayLike, largest_value_added: float
) -> FloatArray:
    r"""Economic importance :math:`EI = 10\, SI_{EI} \sum_s A_s Q_s / \max_s Q_s`.

    Parameters
    ----------
    use_share, value_added : A (application,), fractions, and Q (application,) of its sector, EUR m.
    substitution : SI_EI, a number or an array of draws.
    largest_value_added : the largest value added of any manufacturing sector, EUR m.
    """
    A, Q = np.asarray(use_share, dtype=float), np.asarray(value_added, dtype=float)
    if not (np.all(np.isfinite(A)) and np.all(np.isfinite(Q)) and np.all(A >= 0) and np.all(Q >= 0)):
        raise ValueOutOfRangeError("a share of use or a value added is negative or not a number", where="EI")
    if not largest_value_added > 0:
        raise ValueOutOfRangeError(f"largest value added {largest_value_added}", allowed="above 0")
    found: FloatArray = (
        10.0 * float((A * Q).sum()) / largest_value_added * _fractions("substitution index", substitution)
    )
    return found


def rounded(value: float) -> float:
    """One decimal, halves up: how the study rounds before it compares with a threshold."""
    return math.floor(value * 10.0 + 0.5 + 1e-9) / 10.0


def is_critical(sr: float, ei: float) -> bool:
    """SR >= 1.0 and EI >= 2.8, both rounded to one decimal first."""
    return rounded(sr) >= SR_THRESHOLD and rounded(ei) >= EI_THRESHOLD


def concentrations(shares: pl.DataFrame, weight: pl.DataFrame) -> pl.DataFrame:
    """Weighted concentration H of every market of a table of shares.

    Parameters
    ----------
    shares : columns of ``tables.SHARES``; rows of one country are added up, so that splitting changes
    nothing.
    weight : ``country`` and ``weight`` (W); a supplier that is not in it takes ``NEUTRAL_WEIGHT``.

    Returns
    -------
    One row per (material, stage): ``hhi`` (unweighted), ``weighted_hhi``, ``share_sum``, ``assumed_weight``
    (share of supply without a governance estimate), ``top_country``, ``top_share``.

    Raises
    ------
    ValueOutOfRangeError
        The shares of a market add to zero, or one supplier has two trade parameters.
    """
    import polars as pl

    s = (
        check_table(shares, SHARES, "shares")
        .group_by("material", "stage", "country")
        .agg(
            pl.col("share").sum(),
            pl.col("trade_parameter").first(),
            parameters=pl.col("trade_parameter").n_unique(),
        )
    )
    doubled = s.filter(pl.col("parameters") > 1)
    if doubled.height:
        raise ValueOutOfRangeError(
            f"{' '.join(map(str, doubled.row(0)[:3]))} has two trade parameters",
            where="shares",
            allowed="one",
        )
    found = (
        s.join(weight.select("country", W=pl.col("weight")), on="country", how="left")
        .with_columns(known=pl.col("W").is_not_null(), W=pl.col("W").fill_null(NEUTRAL_WEIGHT))
        .sort("material", "stage", "share", "country", descending=[False, False, True, False])
        .group_by("material", "stage", maintain_order=True)
        .agg(
            hhi=pl.col("share").pow(2).sum(),
            weighted_hhi=(pl.col("share").pow(2) * pl.col("W") * pl.col("trade_parameter")).sum(),
            share_sum=pl.col("share").sum(),
            assumed_weight=pl.col("share").filter(~pl.col("known")).sum(),
            top_country=pl.col("country").first(),
            top_share=pl.col("share").first(),
        )
    )
    nothing = found.filter(pl.col("share_sum") <= 0)
    if nothing.height:
        raise ValueOutOfRangeError(
            f"shares of {nothing['material'][0]} at stage {nothing['stage'][0]} add to zero", where="shares"
        )
    return found


def share_flag(share_sum: float, tolerance: float = SHARE_TOLERANCE) -> str:
    """Say when shares do not add up; empty when they do within the tolerance."""
    if abs(share_sum - 1.0) <= tolerance + 1e-12:
        return ""
    return f"shares add to {share_sum:.2f}"


def importance(uses: pl.DataFrame, largest_value_added: float) -> pl.DataFrame:
    """Economic importance before substitution, :math:`10 \\sum_s A_s Q_s / \\max_s Q_s`, of every material.

    Parameters
    ----------
    uses : columns of ``tables.USES``; an application without a sector has ``value_added`` 0 and counts as
    such.

    Returns
    -------
    One row per material: ``ei_before_substitution``, ``without_value`` (share of use without a value added),
    ``use_sum``.
    """
    import polars as pl

    u = check_table(uses, USES, "uses")
    return (
        u.group_by("material")
        .agg(
            ei_before_substitution=10.0
            * (pl.col("share") * pl.col("value_added")).sum()
            / largest_value_added,
            without_value=pl.col("share").filter(pl.col("value_added") == 0).sum(),
            use_sum=pl.col("share").sum(),
        )
        .sort("material")
    )


def group_mean(values: ArrayLike) -> float:
    """Indicator of a group: the arithmetic mean of its members' (material,)."""
    found = np.asarray(values, dtype=float)
    if found.size == 0 or not np.all(np.isfinite(found)):
        raise ValueOutOfRangeError("a group needs at least one member, and a number for each", where="group")
    return float(found.mean())
