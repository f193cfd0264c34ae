r"""A price band of a material of the world: base price, depth and volatility looked up, ruin drawn.

Depth as a purchase moves the price for good in a reserve case, :math:`b = Q / (\rho \sigma)` with Q world
output a year, :math:`\sigma = 1/(\varepsilon_s + \varepsilon_d)` (no more than ``impact_cap``) and
:math:`\rho` the assumption ``permanent_impact``.
"""

from __future__ import annotations

from math import inf, isfinite
from typing import Any

import numpy as np

from lodestock.data.catalog import resolve_material
from lodestock.errors import UnknownNameError
from lodestock.reserve import assumptions
from lodestock.reserve.price_band import PriceBand, Walk, floor_lost, ruin
from lodestock.reserve.responses import LoadWorld
from lodestock.reserve.rules.volatility import volatility as yearly_volatility
from lodestock.world.model import World


def study_band(
    material: str,
    stage: str | None,
    *,
    floor: float,
    ceiling: float,
    cash: float,
    stock: float,
    years: float,
    drift: float = 0.0,
    volatility: float | None = None,
    reversion: float = 0.0,
    depth: float | None = None,
    paths: int = 10_000,
    seed: int = 1,
    load: LoadWorld | None = None,
) -> dict[str, Any]:
    """Return the band, what it rests on, and how likely it is to be lost.

    Parameters
    ----------
    floor, ceiling : USD/t; an infinite ceiling is a floor alone. ``cash`` USD, ``stock`` t.
    volatility, depth : looked up when None. Other parameters as in `price_band.Walk` and `price_band.ruin`.

    Raises
    ------
    UnknownNameError
        A material or stage that does not exist.
    ConflictError, ValueOutOfRangeError
        A band that cannot be; the base price outside it.
    """
    if load is None:
        from lodestock.world.cache import load_world

        load = load_world
    slug = resolve_material(material, where="band")
    world = load(slug, 2024)
    at = world.last_stage if stage is None else stage
    if at not in world.stages:
        raise UnknownNameError(f"stage of {slug}", at, world.stages, where="--stage")
    b = _depth(world, at) if depth is None else depth
    sigma = yearly_volatility(slug, at) if volatility is None else volatility
    walk = Walk(price=world.reference_price[at], drift=drift, volatility=sigma, reversion=reversion)
    band = PriceBand(floor=floor, ceiling=ceiling, cash=cash, stock=stock, depth=b)
    found = ruin(band, walk, years=years, paths=paths, rng=np.random.default_rng([seed, 7]))
    alone = not isfinite(ceiling) and reversion == 0.0
    held = float(np.median(found.at[found.lost])) if found.lost.any() else None
    return {
        "material": slug,
        "stage": at,
        "price_usd_per_t": walk.price,
        "floor_usd_per_t": floor,
        "ceiling_usd_per_t": ceiling if isfinite(ceiling) else None,
        "cash_usd": cash,
        "stock_t": stock,
        "depth_t": b,
        "volatility": sigma,
        "years": years,
        "lost": found.probability,
        "standard_error": found.standard_error,
        "cash_out": found.cash_out,
        "stock_out": found.stock_out,
        "median_years_where_lost": held,
        "closed_form": floor_lost(band, walk, years) if alone else None,
        "closed_form_ever": floor_lost(band, walk, inf) if alone else None,
    }


def _depth(world: World, stage: str) -> float:
    supply = world.supply[world.first_stage].elasticity["short"]
    impact = min(
        1.0 / (supply + world.use.elasticity["short"]), assumptions.value("impact_cap", world.material)
    )
    push = assumptions.value("permanent_impact", world.material) * impact
    return float(world.available(stage).sum()) / push
