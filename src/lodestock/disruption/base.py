"""The base year of one material seen from a control: home, abroad, stocks and routes.

Rates are t contained per year, stocks t, prices USD per t contained. The countries abroad keep their own
stocks and voyages; prices are those of two markets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lodestock.disruption.stocks import held
from lodestock.errors import ValueOutOfRangeError
from lodestock.world.model import World
from lodestock.world.seas import KM_PER_WEEK

FloatArray = NDArray[np.float64]

PRODUCER_STOCK_YEARS = 30 / 365
"""Least stock at home, in years of output, where home uses little (finished metal at works and ports)."""
HANDLING_WEEKS = 2.0
"""Loading, customs and inland legs on both sides."""
REST = "OTH"
DETOUR = 1.4
"""Sea way over great circle, a common allowance."""


@dataclass(frozen=True)
class BackStop:
    """Share of use that leaves, evenly, while the price multiple rises from ``low`` to ``high``."""

    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Base:
    """One material at one stage, split into the country that acts (home) and everybody else (abroad)."""

    material: str
    stage: str
    countries: tuple[str, ...]
    """Countries abroad, aligned with the arrays below."""
    home: tuple[str, ...]
    home_supply: float
    home_use: float
    exports: FloatArray
    """Home to each country abroad, t/yr."""
    imports: float
    """Abroad to home, t/yr."""
    supply: FloatArray
    """Output abroad by country, t/yr."""
    use: FloatArray
    home_stock: float
    stock: FloatArray
    lag_weeks: FloatArray
    """Home to each country abroad, weeks under way."""
    home_price: float
    price: float
    use_elasticity: tuple[float, float]
    """Short and long run."""
    supply_elasticity: tuple[float, float]
    shutdown: tuple[float, float]
    """Price multiples between which output falls from all to nothing."""
    capacity: tuple[float, float]
    """Largest primary output over base, home and abroad."""
    back_stops: tuple[BackStop, ...]
    choke: float
    cost_share: float = 1.0
    """Share of this stage in the price of what users buy."""
    scrap: tuple[float, float] = (0.0, 0.0)
    """Share of output from scrap, home and abroad."""
    scrap_elasticity: tuple[float, float] = (0.0, 0.0)
    scrap_capacity: float = 1.0
    """Largest output from scrap over base."""

    @property
    def dependence(self) -> float:
        """Share of supply abroad that comes from home."""
        return float(self.exports.sum() / max(self.supply.sum() + self.exports.sum(), 1e-300))


def base_of(world: World, home: Iterable[str], stage: str | None = None) -> Base:
    """Split a calibrated world into home and abroad at one stage; the last stage when none is named.

    Output is what left the works (deliveries), so that the start is a steady state: supply + exports
    = use + imports abroad, and the mirror image at home.

    Raises
    ------
    UnknownNameError
        A country or stage that the world does not have.
    """
    stage = stage or world.last_stage
    need = world.need(stage)
    inside = np.zeros(len(world.countries), dtype=bool)
    for country in home:
        inside[world.index(country)] = True
    outside = ~inside
    flows = world.flows[stage]
    exports = flows[np.ix_(inside, outside)].sum(axis=0)
    imports = float(flows[np.ix_(outside, inside)].sum())
    output = flows.sum(axis=1)
    home_supply = float(output[inside].sum())
    home_use = home_supply + imports - float(exports.sum())
    supply = output[outside]
    inflow = flows[:, outside].sum(axis=0)
    stock = _stock_for(world, stage)
    side = world.supply[stage] if stage == world.first_stage else None
    capacity = side.capacity if side is not None else _process_capacity(world)
    first = world.supply[world.first_stage]
    distance = world.distance[np.ix_(inside, outside)]
    price = world.price[stage]
    weight_home, weight_abroad = output[inside] + 1e-9, need[outside] + 1e-9
    share, scrap = 1.0, world.secondary.quantity
    if stage != world.last_stage:
        scrap = np.zeros_like(scrap)
        share = min(1.0, world.reference_price[stage] / world.reference_price[world.last_stage])
    return Base(
        material=world.material,
        stage=stage,
        countries=tuple(c for c, out in zip(world.countries, outside, strict=True) if out),
        home=tuple(c for c, here in zip(world.countries, inside, strict=True) if here),
        home_supply=home_supply,
        home_use=max(home_use, 0.0),
        exports=exports,
        imports=imports,
        supply=supply,
        use=np.maximum(inflow, 0.0),
        home_stock=max(float(stock[inside].sum()), PRODUCER_STOCK_YEARS * home_supply),
        stock=stock[outside],
        lag_weeks=HANDLING_WEEKS + DETOUR * distance.mean(axis=0) / KM_PER_WEEK,
        home_price=float(np.average(price[inside], weights=weight_home)),
        price=float(np.average(price[outside], weights=weight_abroad)),
        use_elasticity=(world.use.elasticity["short"], world.use.elasticity["long"]),
        supply_elasticity=(first.elasticity["short"], first.elasticity["long"]),
        shutdown=(first.shutdown_low, first.shutdown_high),
        capacity=(
            _ratio(capacity[inside].sum(), home_supply - float(scrap[inside].sum())),
            _ratio(capacity[outside].sum(), float(supply.sum() - scrap[outside].sum())),
        ),
        back_stops=tuple(
            BackStop(end.share * end.backstop_share, end.multiple_low, end.multiple_high)
            for end in world.use.end_uses
        ),
        choke=world.use.choke_multiple,
        cost_share=share,
        scrap=(_share(scrap[inside].sum(), home_supply), _share(scrap[outside].sum(), supply.sum())),
        scrap_elasticity=(world.secondary.elasticity["short"], world.secondary.elasticity["long"]),
        scrap_capacity=_ratio(world.secondary.capacity.sum(), float(world.secondary.quantity.sum())),
    )


def _stock_for(world: World, stage: str) -> FloatArray:
    """Commercial stock that can stand in for the flow at a stage: held there or further down the chain.

    While refiners lack feed, users live on refined stock, counted by what it took to make.
    """
    here = held(world, stage)
    if stage == world.last_stage or world.process is None:
        return here
    made = float(world.process.output.sum())
    feed = float((world.process.output / world.process.yield_).sum())
    return np.asarray(here + held(world, world.last_stage) * (feed / made if made > 0 else 1.0))


def _process_capacity(world: World) -> FloatArray:
    assert world.process is not None
    return np.maximum(world.process.capacity, world.process.output)


def _ratio(capacity: float, output: float) -> float:
    return max(1.0, float(capacity) / output) if output > 0 else 1.0


def _share(part: float, whole: float) -> float:
    return min(float(part / whole), 0.95) if whole > 0 else 0.0


def pool(base: Base, groups: Sequence[frozenset[str]]) -> Base:
    """The same base with the countries abroad pooled by the groups of events that they belong to.

    Two countries share a pool when every group names both or neither, so that an event hits whole pools;
    those that no group names are one pool. Prices need only the sums, so a fit runs on a pooled base; a pool
    has the name of its first country.
    """
    signature = [frozenset(k for k, group in enumerate(groups) if c in group) for c in base.countries]
    kinds = sorted({one for one in signature if one}, key=sorted)
    members = [np.array([one == kind for one in signature]) for kind in kinds]
    names = [
        min(c for c, one in zip(base.countries, signature, strict=True) if one == kind) for kind in kinds
    ]
    rest = np.array([not one for one in signature])
    if rest.any():
        names.append(REST)
        members.append(rest)
    weight = base.exports + 1e-9 * (base.use + 1e-9)
    return replace(
        base,
        countries=tuple(names),
        exports=np.array([base.exports[m].sum() for m in members]),
        supply=np.array([base.supply[m].sum() for m in members]),
        use=np.array([base.use[m].sum() for m in members]),
        stock=np.array([base.stock[m].sum() for m in members]),
        lag_weeks=np.array([np.average(base.lag_weeks[m], weights=weight[m]) for m in members]),
    )


def check_base(base: Base) -> Base:
    """Return the base when stocks and flows are possible; raise naming the first that is not."""
    for name in ("home_supply", "home_use", "imports", "home_stock"):
        if not getattr(base, name) >= 0:
            raise ValueOutOfRangeError(f"{name} is {getattr(base, name)} t", where=f"base {base.material}")
    for name in ("exports", "supply", "use", "stock"):
        array = getattr(base, name)
        if not np.all(array >= 0):
            worst = base.countries[int(np.argmin(array))]
            raise ValueOutOfRangeError(
                f"{name} of {worst} is {float(array.min())} t",
                where=f"base {base.material}",
                allowed="0 or more",
            )
    return base
