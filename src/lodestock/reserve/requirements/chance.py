r"""Distributions on the factors: probability of shortfall by tier, and stock against expected unmet need.

.. math::
   rel_{c}^{(n)} &= \operatorname{clip}\big(rel_c + \sigma (\sqrt{\rho}\, z_{b(c)}^{(n)} +
   \sqrt{1 - \rho}\, z_c^{(n)})\big), \qquad
   U^{(n)} = U \exp(\tau z_u^{(n)} + \tau_m z_m^{(n)}) \\
   P_k &= \frac1N \#\{n : SF_k^{(n)} > 0\}, \qquad
   S = E[SF \mid SF > 0], \qquad
   L(x) = \frac1N \sum_n \max(0, SF^{(n)} - x)

b(c) is the bloc of a supplier: its own in ``countries.csv``, else its region; z are standard normal. War
damage, shipping losses, austerity, substitution, surge and ramp are triangular between low, central and high
of ``factors.csv``, one position per scenario. Stock x serves the tiers in order, so that L(x) is convex and
falls with slope between -1 and 0.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import ValueOutOfRangeError
from lodestock.reserve.requirements.factors import (
    Factors,
    Switches,
    fitted_names,
    ranges,
    standings,
)
from lodestock.reserve.requirements.market import FormMarket
from lodestock.reserve.requirements.sizing import shortfall

Float = NDArray[np.float64]
NOT_DRAWN = (
    *("bloc_correlation", "reliability_spread", "use_error", "model_error"),
    *("reliability_adversary", "eligible_from", "extra_buying"),
)
"""Factors that shape the draws, are rules or are chosen by the planner; they keep their central value."""
CURVE_POINTS = 21


@dataclass(frozen=True, eq=False)
class Scenarios:
    """One set of draws, shared by every form: factors, and normal deviates by bloc and country."""

    factors: Factors
    """Fields are arrays over the draws where they vary."""
    countries: dict[str, int]
    shift: Float
    """Shift of reliability, shape (draw, country)."""
    use: Float
    """Deviates of use common to all forms, shape (draw,)."""
    own: Float
    """Deviates of a form's own use, shape (draw,)."""
    error: Float
    """Deviates of the model's own error, shape (draw,)."""

    def __len__(self) -> int:
        return len(self.use)


@dataclass(frozen=True, eq=False)
class Chance:
    """Spread of the requirement of one form over the draws, t."""

    expected: float
    if_short: float
    """Mean over the draws with a shortfall; zero where no draw has one."""
    p10: float
    p50: float
    p90: float
    band_low: float
    band_high: float
    """10 % and 90 % with the model's own error on top: what a published figure should fall between."""
    probability: float
    """Share of draws with a shortfall in any tier."""
    by_tier: tuple[float, ...]
    """The same for each tier."""
    expected_by_tier: tuple[float, ...]
    stock: Float
    """Stocks, t, shape (21,)."""
    unmet: Float
    """Expected unmet need with each stock, t, shape (21,)."""
    net: Float
    """Net shortfall by draw, t, shape (draw,)."""


def scenarios(factors: Factors, count: int, seed: int) -> Scenarios:
    """Draw scenarios around ``factors``; the fitted factors keep their value.

    Raises
    ------
    ValueOutOfRangeError
        Fewer than one draw.
    """
    if count < 1:
        raise ValueOutOfRangeError(f"{count} draws", where="requirements", allowed="1 or more")
    rng = np.random.default_rng(seed)
    known = ranges()
    varied = [f.name for f in fields(Factors) if f.name not in (*NOT_DRAWN, *fitted_names())]
    drawn = {
        name: _triangular(rng.random(count), known[name].low, float(getattr(factors, name)), known[name].high)
        for name in varied
    }
    blocs = _blocs()
    names = sorted(set(blocs.values()))
    z_bloc = rng.standard_normal((count, len(names)))
    z_own = rng.standard_normal((count, len(blocs)))
    place = {name: n for n, name in enumerate(names)}
    of = np.array([place[bloc] for bloc in blocs.values()])
    rho = factors.bloc_correlation
    shift = factors.reliability_spread * (np.sqrt(rho) * z_bloc[:, of] + np.sqrt(1.0 - rho) * z_own)
    return Scenarios(
        factors=replace(factors, **drawn),
        countries={country: n for n, country in enumerate(blocs)},
        shift=shift,
        use=rng.standard_normal(count),
        own=rng.standard_normal(count),
        error=rng.standard_normal(count),
    )


def chance(
    market: FormMarket, drawn: Scenarios, rules: Switches, *, year: int, inventory: float = 0.0
) -> Chance:
    """Requirement of a form in every scenario, and what it says together."""
    index = np.array([drawn.countries[country] for country in market.countries], dtype=int)
    factors = drawn.factors
    deviate = np.asarray(factors.use_error) * drawn.use + market.scale_error * drawn.own
    use = market.use * np.exp(deviate)
    _, _, short = shortfall(market, factors, rules, year=year, use=use, shift=drawn.shift[:, index])
    tiers = short.sum(axis=-1)
    net = np.maximum(0.0, tiers.sum(axis=-1) - (inventory if rules.inventory else 0.0))
    stock = np.linspace(0.0, float(net.max()), CURVE_POINTS)
    p10, p50, p90 = (float(v) for v in np.percentile(net, (10, 50, 90)))
    with_error = net * np.exp(np.asarray(factors.model_error) * drawn.error)
    band_low, band_high = (float(v) for v in np.percentile(with_error, (10, 90)))
    return Chance(
        expected=float(net.mean()),
        if_short=float(net[net > 0].mean()) if (net > 0).any() else 0.0,
        p10=p10,
        p50=p50,
        p90=p90,
        band_low=band_low,
        band_high=band_high,
        probability=float((net > 0).mean()),
        by_tier=tuple(float(v) for v in (tiers > 0).mean(axis=0)),
        expected_by_tier=tuple(float(v) for v in tiers.mean(axis=0)),
        stock=stock,
        unmet=np.maximum(net[None, :] - stock[:, None], 0.0).mean(axis=1),
        net=net,
    )


def _triangular(u: Float, low: float, mode: float, high: float) -> Float:
    """Quantiles u of the triangular distribution; the mode is kept inside the range."""
    if high <= low:
        return np.full_like(u, low)
    mode = min(max(mode, low), high)
    rising = low + np.sqrt(u * (high - low) * (mode - low))
    falling = high - np.sqrt((1.0 - u) * (high - low) * (high - mode))
    return np.where(u < (mode - low) / (high - low), rising, falling)


@lru_cache(maxsize=1)
def _blocs() -> dict[str, str]:
    """Bloc of every country and pseudo-country."""
    from lodestock.data.snapshot import load_table

    own = standings()
    rows = load_table("countries").select("country", "subregion").sort("country").iter_rows()
    return {c: own[c].bloc if c in own else (subregion or "other") for c, subregion in rows}
