r"""Monte Carlo over the inputs of supply risk: bands, rank stability and what drives both.

With standard normal draws z, per market and draw,

.. math::
   s'_c &\propto s_c \exp(\sigma_c z_c), \quad \sum_c s'_c = \sum_c s_c, \qquad
   \bar w'_c = \bar w_c + \sigma_w z_c \ \text{(one per country, in all markets)} \\
   IR' &= \mathrm{clip}(IR + \sigma_{IR} z,\ 0, 1), \quad EoL' = \mathrm{clip}(EoL\, e^{\sigma_r z},\ 0, 1),
   \quad SI' \sim \mathrm{triangular}(low,\ SI,\ high)

:math:`\sigma_c` joins the error of statistics with the published interval of the figure: withheld, rounded,
"less than". The driver shares are the variances with one input drawn and the others central, over their sum.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import UnknownNameError, ValueOutOfRangeError
from lodestock.risk import assumptions
from lodestock.risk.eu_criticality import BOTH, SOURCING_ONLY
from lodestock.risk.market import RiskMarket

FloatArray = NDArray[np.float64]

DRIVERS = ("shares", "intervals", "governance", "import reliance", "recycling", "substitution")
"""What can be drawn: errors of statistics; withheld, rounded and bounded figures; governance; units and
forms of trade; recycling rates; substitution."""
DRIVER_DRAWS = 1000
SMALL = 1e-4
"""Share of the sum of squares below which the smallest suppliers are not drawn."""
WEIGHT_PER_ESTIMATE = 2.0
"""W moves by this per unit of the governance estimate."""


@dataclass(frozen=True)
class Band:
    """Spread of one material's supply risk, and how stable its rank is."""

    material: str
    stage: str
    """The riskier stage at central inputs."""
    sr: float
    p10: float
    p50: float
    p90: float
    critical: float
    """Probability that SR, rounded, is at least 1.0."""
    rank: int
    rank_p10: int
    rank_p90: int
    in_top: float
    """Probability of being among the first k."""
    other_stage: float
    """Probability that the riskier stage is another one than at central inputs."""
    drivers: dict[str, float]
    """Share of the variance by driver, adding to one; empty when nothing varies."""


def draw_supply_risk(
    markets: Sequence[RiskMarket], draws: int, seed: int, vary: Collection[str] = DRIVERS
) -> FloatArray:
    """Supply risk of every market in every draw, (market, draw).

    The same seed gives the same draws; a country's governance error is shared by all markets of a draw.

    Raises
    ------
    UnknownNameError
        ``vary`` names something that cannot be drawn.
    """
    if draws < 1:
        raise ValueOutOfRangeError(f"{draws} draws", allowed="at least 1")
    for name in vary:
        if name not in DRIVERS:
            raise UnknownNameError("driver", name, DRIVERS)
    rng = np.random.default_rng(seed)
    codes = sorted({country for market in markets for country in market.countries})
    position = {country: i for i, country in enumerate(codes)}
    error = assumptions.value("governance_error") * WEIGHT_PER_ESTIMATE
    shift = rng.standard_normal((len(codes), draws), dtype=np.float32)
    shift *= np.float32(error if "governance" in vary else 0.0)
    found = np.empty((len(markets), draws))
    for number, market in enumerate(markets):
        local = np.random.default_rng((seed, number))
        rows = np.array([position[country] for country in market.countries], dtype=int)
        found[number] = _draw_market(market, shift, rows, draws, local, vary)
    return found


def _draw_market(
    market: RiskMarket,
    shift: NDArray[np.float32],
    rows: NDArray[np.int_],
    draws: int,
    rng: np.random.Generator,
    vary: Collection[str],
) -> FloatArray:
    world = sourcing = np.zeros(draws)
    if market.basis != SOURCING_ONLY:
        world = _draw_hhi(
            market.world_share,
            market.world_spread,
            market.weight,
            market.trade_parameter,
            shift,
            rows,
            rng,
            vary,
        )
    if market.basis != "GSonly":
        sourcing = _draw_hhi(
            *(market.sourcing_share, market.sourcing_spread, market.weight, market.sourcing_parameter),
            *(shift, rows, rng, vary),
        )
    IR: FloatArray = np.full(draws, market.import_reliance)
    z = rng.standard_normal((2, draws))
    u = rng.random(draws)
    if "import reliance" in vary and 0.0 < market.import_reliance < 1.0:
        IR = np.clip(IR + assumptions.value("import_reliance_error", market.material) * z[0], 0.0, 1.0)
    EoL = np.full(draws, market.recycling_rate)
    if "recycling" in vary:
        EoL = np.clip(EoL * np.exp(assumptions.value("recycling_error", market.material) * z[1]), 0.0, 1.0)
    SI = np.full(draws, market.substitution)
    if "substitution" in vary:
        SI = triangular(u, market.substitution_range[0], market.substitution, market.substitution_range[1])
    H = world * IR / 2.0 + sourcing * (1.0 - IR / 2.0) if market.basis == BOTH else world + sourcing
    return np.asarray(H * (1.0 - EoL) * SI, dtype=float)


def _draw_hhi(
    share: FloatArray,
    spread: FloatArray,
    weight: FloatArray,
    parameter: FloatArray,
    shift: NDArray[np.float32],
    rows: NDArray[np.int_],
    rng: np.random.Generator,
    vary: Collection[str],
) -> FloatArray:
    r"""Weighted concentration :math:`\sum_c s_c'^2 W'_c t_c` in every draw, (draw,)."""
    contribution = share**2
    # Suppliers that together add less than SMALL of the sum of squares stay central.
    order = np.argsort(contribution, kind="stable")
    small = np.cumsum(contribution[order]) < SMALL * contribution.sum()
    held, still = np.sort(order[~small]), order[small]
    rest = float((contribution * weight * parameter)[still].sum())
    s = share[held].astype(np.float32)
    statistical = assumptions.value("share_error") if "shares" in vary else 0.0
    interval = spread[held] if "intervals" in vary else np.zeros(held.size)
    sigma = np.sqrt(statistical**2 + interval**2).astype(np.float32)
    if np.any(sigma > 0):
        drawn = rng.standard_normal((held.size, shift.shape[1]), dtype=np.float32)
        drawn *= sigma[:, None]
        np.exp(drawn, out=drawn)
        drawn *= s[:, None]
        drawn *= s.sum() / drawn.sum(axis=0)
    else:
        drawn = np.repeat(s[:, None], shift.shape[1], axis=1)
    np.square(drawn, out=drawn)
    W = shift[rows[held]] + weight[held].astype(np.float32)[:, None]
    np.clip(W, 0.0, 10.0, out=W)
    drawn *= W
    return np.asarray(parameter[held].astype(np.float32) @ drawn, dtype=float) + rest


def triangular(u: FloatArray, low: float, mode: float, high: float) -> FloatArray:
    """Triangular draws from uniform ones; a range of width zero gives its only value."""
    if high <= low:
        return np.full_like(u, mode)
    split = (mode - low) / (high - low)
    left = low + np.sqrt(u * (high - low) * (mode - low))
    right = high - np.sqrt((1.0 - u) * (high - low) * (high - mode))
    return np.where(u < split, left, right)


def bands(markets: Sequence[RiskMarket], draws: int, seed: int, top: int = 10) -> tuple[Band, ...]:
    """Bands and rank stability of every material, riskiest first; a material takes its riskier stage per
    draw.

    Parameters
    ----------
    top : k of the probability of being among the first k.
    """
    sr = draw_supply_risk(markets, draws, seed)
    materials = list(dict.fromkeys(market.material for market in markets))
    of = {name: [i for i, market in enumerate(markets) if market.material == name] for name in materials}
    by_material = np.array([sr[of[name]].max(axis=0) for name in materials])
    ranks = 1 + np.argsort(np.argsort(-by_material, axis=0, kind="stable"), axis=0, kind="stable")
    drivers = _driver_shares(markets, of, min(draws, DRIVER_DRAWS), seed)
    central = {name: max(of[name], key=lambda i: markets[i].sr) for name in materials}
    order = sorted(materials, key=lambda name: -markets[central[name]].sr)
    found = []
    for number, name in enumerate(order, start=1):
        row = materials.index(name)
        values, rank = by_material[row], ranks[row]
        p10, p50, p90 = np.quantile(values, (0.1, 0.5, 0.9)).tolist()
        rank10, rank90 = np.quantile(rank, (0.1, 0.9), method="nearest").tolist()
        highest = np.array(of[name])[sr[of[name]].argmax(axis=0)]
        found.append(
            Band(
                material=name,
                stage=markets[central[name]].stage,
                sr=markets[central[name]].sr,
                p10=p10,
                p50=p50,
                p90=p90,
                critical=float((values >= 0.95).mean()),
                rank=number,
                rank_p10=int(rank10),
                rank_p90=int(rank90),
                in_top=float((rank <= top).mean()),
                other_stage=float((highest != central[name]).mean()),
                drivers=drivers[name],
            )
        )
    return tuple(found)


def _driver_shares(
    markets: Sequence[RiskMarket], of: dict[str, list[int]], draws: int, seed: int
) -> dict[str, dict[str, float]]:
    """Variance of each material's SR with one driver drawn, over the sum of these variances."""
    variance = {}
    for driver in DRIVERS:
        sr = draw_supply_risk(markets, draws, seed, (driver,))
        variance[driver] = {name: float(sr[rows].max(axis=0).var()) for name, rows in of.items()}
    found: dict[str, dict[str, float]] = {}
    for name in of:
        total = sum(variance[driver][name] for driver in DRIVERS)
        found[name] = {driver: variance[driver][name] / total for driver in DRIVERS} if total > 1e-15 else {}
    return found
