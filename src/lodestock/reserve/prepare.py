"""A case -> `Problem`: the calibrated world, one market solve per regime, tiers, price blocks, noise."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from lodestock.errors import ConflictError, LodestockError, relocated
from lodestock.reserve import assumptions
from lodestock.reserve.case import (
    DAYS_A_QUARTER,
    OBJECTIVES,
    QUARTERS_A_YEAR,
    Disruption,
    Group,
    Holding,
    MaterialTerms,
    ReserveCase,
)
from lodestock.reserve.noise import joint_noise
from lodestock.reserve.problem import Float, HoldingData, MaterialData, Problem, Response
from lodestock.reserve.responses import LoadWorld, market_responses
from lodestock.reserve.tiers import tier_data
from lodestock.world.model import World

LIMIT_QUARTERS = 12.0
"""Most that may be held without a stated limit, quarters of need."""
BLOCKS = 3
LONGEST_LIFE = 8
"""Age classes at most: longer shelf lives are told in wider classes."""


def prepare(case: ReserveCase, load: LoadWorld | None = None) -> Problem:
    """Return the numbers of a case.

    Parameters
    ----------
    load : (material, base year) -> World; the calibrated snapshot by default.

    Raises
    ------
    LodestockError
        A regime without an equilibrium; a material that the members do not use.
    """
    if load is None:
        from lodestock.world.cache import load_world

        load = load_world
    names = list(case.materials)
    worlds = {name: load(name, case.base_year) for name in names}
    materials = tuple(_material(case, case.materials[name], worlds[name], load) for name in names)
    sites = tuple(case.sites)
    holdings = tuple(
        _holding(case, holding, names.index(holding.material), materials, sites.index(holding.site))
        for holding in case.holdings
    )
    gap_noise, price_noise = joint_noise(case.noise, len(names))
    hidden = case.groups[0].hidden
    signals = len(case.groups[0].signals) if hidden else 1
    states = tuple(itertools.product(*(group.regimes for group in case.groups)))
    size = materials_value(materials)
    return Problem(
        case=case,
        materials=materials,
        holdings=holdings,
        sites=sites,
        site_capacity=np.array([case.sites[name].capacity_t for name in sites]),
        states=tuple("|".join(state) for state in states),
        regimes=states,
        transition=_joint([np.array(group.transition) for group in case.groups]),
        start=_joint([np.array([group.start]) for group in case.groups])[0],
        gap_noise=np.tile(gap_noise, (signals, 1)),
        price_noise=np.tile(price_noise, (signals, 1)),
        signal=np.repeat(np.arange(signals), len(gap_noise)),
        probability=_probability(case.groups[0], len(states), len(gap_noise)),
        discount=(1.0 + case.discount_rate) ** (-1.0 / QUARTERS_A_YEAR),
        limit=case.money.limit,
        budget=case.money.budget,
        weights=np.array([case.weights[objective] for objective in OBJECTIVES]),
        money_unit=10.0 ** math.floor(math.log10(size)),
    )


def materials_value(materials: Sequence[MaterialData]) -> float:
    """Return what a quarter of need is worth on (geometric) average over the materials, USD."""
    logs = [math.log(max(data.price * data.need_t, 1.0)) for data in materials]
    return math.exp(sum(logs) / len(logs))


def _material(case: ReserveCase, terms: MaterialTerms, world: World, load: LoadWorld) -> MaterialData:
    name, stage = terms.material, terms.stage
    place = case.places.get("materials", case.places.get("holdings", ""))
    inside = np.isin(world.countries, case.members)
    need = (
        float(world.use.quantity[inside].sum()) if terms.need_t is None else terms.need_t
    ) / QUARTERS_A_YEAR
    if not need > 0.0:
        raise ConflictError(
            f"the members use no {name}", where=place, hint="state its need under materials, or take it out"
        )
    weight = np.where(inside, np.maximum(world.use.quantity, 1e-12), 0.0)
    price = terms.price
    if price is None:
        price = float((weight * world.price[stage]).sum() / weight.sum())
    group = next(at for at, group in enumerate(case.groups) if name in group.materials)
    tiers = tier_data(name, world.use, price)
    given = terms.shortage_value
    value = tiers.value if given is None else np.array(given)
    supply, use = world.supply[world.first_stage].elasticity["short"], world.use.elasticity["short"]
    impact = min(1.0 / (supply + use), assumptions.value("impact_cap", name))
    world_t = float(world.available(stage).sum()) / QUARTERS_A_YEAR
    limit = sum(_limit(holding, need) for holding in case.holdings if holding.material == name)
    stock = float(world.stock[stage].held[inside].sum())
    return MaterialData(
        material=name,
        stage=stage,
        need_t=need,
        price=price,
        import_reliance=_import_reliance(world, stage, inside),
        tier_share=tiers.share if terms.tier_share is None else np.array(terms.tier_share),
        tier_value=value,
        tier_value_low=tiers.low if given is None else value,
        tier_value_high=tiers.high if given is None else value,
        world_t=world_t,
        impact=impact,
        own_use_share=use / (supply + use),
        crowding=assumptions.value("stock_turn", name)
        * min(case.crowding, stock / limit if limit > 0 else 0.0),
        cover_t=terms.cover_days / DAYS_A_QUARTER * need,
        cover_cost=case.cover_price * price / QUARTERS_A_YEAR,
        offtake_t=terms.offtake_t / QUARTERS_A_YEAR,
        offtake_value=_capital_charge(world, stage),
        blocks=_blocks(terms, impact * (1.0 - case.permanent_share), world_t),
        responses=_responses(case, terms, world, need, load, case.groups[group]),
        group=group,
        values_from_world=given is None,
    )


def _responses(
    case: ReserveCase, terms: MaterialTerms, world: World, need: float, load: LoadWorld, group: Group
) -> dict[str, Response]:
    """Stated shares where the case has them, else the market's answer; scaled where the need is stated."""
    losses: dict[str, Disruption] = (
        {signal.name: signal.disruption for signal in group.signals}
        if group.hidden
        else dict(zip(group.regimes, group.disruptions, strict=True))
    )
    if terms.gap_share is not None:
        return {
            name: Response(
                gap_t=terms.gap_share.get(name, 0.0) * need,
                price_multiple=1.0,
                output_share=1.0,
                private_t=0.0,
                damping=0.0,
            )
            for name in losses
        }
    try:
        found = market_responses(world, terms.stage, case.members, losses, load)
    except LodestockError as error:
        place = case.places.get("groups", "groups")
        raise relocated(error, f"{place}.{group.name}, {terms.material}") from error
    inside = np.isin(world.countries, case.members)
    scale = need * QUARTERS_A_YEAR / max(float(world.use.quantity[inside].sum()), 1e-300)
    if terms.need_t is None or abs(scale - 1.0) < 1e-9:
        return found
    return {
        name: Response(
            gap_t=one.gap_t * scale,
            price_multiple=one.price_multiple,
            output_share=one.output_share,
            private_t=one.private_t * scale,
            damping=one.damping / scale,
        )
        for name, one in found.items()
    }


def _blocks(terms: MaterialTerms, slope: float, world_t: float) -> tuple[tuple[float, float], ...]:
    r"""Return (t, multiple) of each block: chords of the cost :math:`q (1 + \sigma q / Q)` of buying q."""
    if terms.blocks:
        return tuple((share * world_t, multiple) for share, multiple in terms.blocks)
    edges = np.linspace(0.0, terms.purchase_share, BLOCKS + 1)
    return tuple(
        ((high - low) * world_t, 1.0 + slope * (low + high))
        for low, high in itertools.pairwise(edges.tolist())
        if high > low
    )


def _holding(
    case: ReserveCase, holding: Holding, material: int, materials: Sequence[MaterialData], site: int
) -> HoldingData:
    data, terms, place = materials[material], case.materials[holding.material], case.sites[holding.site]
    price = data.price * (1.0 + holding.premium)
    life = holding.shelf_life_quarters
    ages = 1 if life is None or life >= case.quarters else min(life, LONGEST_LIFE)
    return HoldingData(
        name=holding.name,
        material=material,
        site=site,
        start_t=holding.start_t,
        limit_t=_limit(holding, data.need_t),
        usable_share=holding.usable_share,
        keep=(1.0 - holding.loss_share) ** (1.0 / QUARTERS_A_YEAR),
        storage=(place.rent + holding.insurance * price) / QUARTERS_A_YEAR,
        delivery_share=place.delivery_share,
        premium=holding.premium,
        ages=ages,
        ageing=1.0 if life is None else ages / life,
        rotation_cost=holding.rotation_cost * price,
        lag=holding.lag_quarters,
        resale_share=terms.resale_share,
        terminal=case.terminal_share * price,
    )


def _limit(holding: Holding, need: float) -> float:
    return min(holding.limit_t, max(LIMIT_QUARTERS * need, holding.start_t))


def _import_reliance(
    world: World, stage: str, inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
) -> float:
    need = float(world.need(stage)[inside].sum())
    own = float(world.available(stage)[inside].sum())
    return min(max(1.0 - own / need, 0.0), 1.0) if need > 0.0 else 0.0


def _capital_charge(world: World, stage: str) -> float:
    r"""Capital cost of a t of yearly capacity as a charge per t: :math:`K r / (1 - (1 + r)^{-n})`, USD."""
    row = world.assumptions.get(f"capex_per_t[{stage}]")
    if row is None:
        return 0.0
    life = assumptions.value("new_plant_life", world.material)
    wanted = assumptions.value("new_plant_return", world.material)
    return float(row.value * wanted / (1.0 - (1.0 + wanted) ** -life))


def _joint(parts: Sequence[Float]) -> Float:
    joint: Float = np.ones((1, 1))
    for part in parts:
        joint = np.asarray(np.kron(joint, part), dtype=np.float64)
    return joint


def _probability(group: Group, states: int, outcomes: int) -> Float:
    """(states, outcomes) probability of every joint outcome; signals vary slowest."""
    if not group.hidden:
        return np.full((states, outcomes), 1.0 / outcomes)
    by_signal = np.array([signal.probability for signal in group.signals]).T
    return np.repeat(by_signal / outcomes, outcomes, axis=1)
