r"""Four standard measures of one size on one material: what lowers risk most per dollar?

=========== ================================================== ============================
measure     in the market model                                cost C, USD a year
=========== ================================================== ============================
floor       zone floor at 1.2 times the base price of the      surplus lost by the members
            last stage
refinery    grant of half the capital cost of new capacity     surplus lost by the members
reserve     stock, released among the members during a cut     stock times carrying cost
recycling   old scrap replaces primary use of the members      tonnes, price, premium
=========== ================================================== ============================

Supply risk SR sees the first, second and fourth; a reserve changes nobody's share, so only the expected loss
sees it. Both are reported. The size is the same for all: ``SIZE`` of the members' use.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from lodestock.errors import ConflictError, LodestockError
from lodestock.policy.terms import Amount, CapitalSubsidy, DemandShock, Floor, Instrument, Shock
from lodestock.risk import assumptions
from lodestock.risk.expected_loss import ExpectedLoss, case_of, material_loss
from lodestock.risk.market import world_markets
from lodestock.risk.what_if import Effect, effects
from lodestock.scenario.resolved import Case, Horizon, Options, ResolvedScenario, Zone
from lodestock.world.model import World

SIZE = 0.10
"""Size of every measure, as a share of the members' use."""
FLOOR_MULTIPLE = 1.2
GRANT_SHARE = 0.5
NAMES = ("floor", "refinery", "reserve", "recycling")


def compare_measures(material: str, members: tuple[str, ...], year: int = 2024) -> tuple[Effect, ...]:
    """Solve the four measures and the cuts under each.

    Raises
    ------
    ConflictError
        The members use none of the material, so that no measure has a size.
    """
    from lodestock.scenario.run import run_scenario
    from lodestock.world.cache import load_world

    world = load_world(material, year)
    use = float(world.use.quantity[np.isin(world.countries, members)].sum())
    if use <= 0:
        raise ConflictError(
            f"the members use no {material}, so no measure on it has a size", where="measures"
        )
    size = SIZE * use
    outcome = run_scenario(_scenario(world, members, size), draws=0)
    untouched = material_loss(material, members, year)
    found = {effect.case: effect for effect in effects(outcome, members)}
    base = next(iter(found.values()))
    result = []
    for name in NAMES:
        effect = found.get(name)
        if effect is None:
            if name != "reserve":
                continue
            effect = replace(
                base,
                case=name,
                title="Reserve",
                stage=base.stage_before,
                sr=base.sr_before,
                hhi=base.hhi_before,
                import_risk=base.import_risk_before,
                import_reliance=base.import_reliance_before,
                public_usd=0.0,
            )
        cost = _cost(name, world, size)
        if cost is not None:
            effect = replace(effect, cost_usd=cost, public_usd=cost if name == "reserve" else 0.0)
        if name == "recycling":
            effect = _with_recycling(effect, world, members)
        result.append(_with_losses(effect, name, world, members, size, untouched))
    return tuple(result)


def _with_recycling(effect: Effect, world: World, members: tuple[str, ...]) -> Effect:
    """Supply risk with the recycling rate raised by the size of the mandate; everything else as it is."""
    before = max(world_markets(world, members), key=lambda market: market.sr)
    raised = (
        replace(market, recycling_rate=min(1.0, market.recycling_rate + SIZE))
        for market in world_markets(world, members)
    )
    after = max(raised, key=lambda market: market.sr)
    return replace(effect, sr_before=before.sr, sr=after.sr, stage_before=before.stage, stage=after.stage)


def _cost(name: str, world: World, size: float) -> float | None:
    """Yearly cost where the market model does not give it, USD."""
    price = world.reference_price[world.last_stage]
    if name == "reserve":
        return size * price * assumptions.value("reserve_carrying_cost", world.material)
    if name == "recycling":
        return size * price * assumptions.value("recycling_premium", world.material)
    return None


def _with_losses(
    effect: Effect, name: str, world: World, members: tuple[str, ...], size: float, untouched: ExpectedLoss
) -> Effect:
    try:
        if name == "reserve":
            after = material_loss(world.material, members, world.base_year, reserve_t=size)
        else:
            after = material_loss(
                world.material, members, world.base_year, standing=_terms(name, world, members, size)
            )
    except LodestockError as error:
        return replace(effect, note=f"cuts not solved: {error.problem}")
    return replace(
        effect,
        expected_loss_before_usd=untouched.expected_loss_usd,
        expected_loss_usd=after.expected_loss_usd,
    )


def _terms(name: str, world: World, members: tuple[str, ...], size: float) -> tuple[Instrument | Shock, ...]:
    """Instruments and shocks of a measure."""
    start, material, stage = date(world.base_year + 1, 1, 1), world.material, world.last_stage
    producers = _producers(world, members)
    if name == "floor":
        return (
            Floor(
                name=name,
                material=material,
                stage=stage,
                start=start,
                zone="perspective",
                members=members,
                floor=Amount(multiple_of_base=FLOOR_MULTIPLE),
                cap=Amount(multiple_of_base=1.0),
            ),
        )
    if name == "refinery":
        return (
            CapitalSubsidy(
                name=name,
                material=material,
                stage=stage,
                start=start,
                producers=producers,
                payers=members,
                capacity_t=size,
                share=GRANT_SHARE,
            ),
        )
    users = tuple(
        c for c, t in zip(world.countries, world.use.quantity, strict=True) if c in members and t > 0
    )
    return (
        DemandShock(
            name=name, material=material, stage=stage, start=start, countries=users, change_share=-SIZE
        ),
    )


def _producers(world: World, members: tuple[str, ...]) -> tuple[str, ...]:
    """Members where a new plant would stand: where there is output already, else the largest user."""
    inside = np.isin(world.countries, members)
    output = world.available(world.last_stage) - world.secondary.quantity
    if float(output[inside].sum()) > 0:
        chosen = inside & (output > 0)
    else:
        chosen = inside & (world.use.quantity == world.use.quantity[inside].max())
    return tuple(c for c, kept in zip(world.countries, chosen, strict=True) if kept)


def _scenario(world: World, members: tuple[str, ...], size: float) -> ResolvedScenario:
    def case(name: str, title: str) -> Case:
        return case_of(name, title, _terms(name, world, members, size))

    zone = Zone(name="perspective", members=members)
    return ResolvedScenario(
        name=f"measures-{world.material}",
        title=f"Four measures on {world.material}",
        question="Which measure lowers supply risk most per dollar?",
        base_year=world.base_year,
        materials=(world.material,),
        horizon=Horizon(years=1.0),
        evaluate_on=date(world.base_year + 1, 1, 1),
        zone=zone,
        zones=(zone,),
        case=case("floor", "Price floor"),
        alternatives=(case("refinery", "New refinery"), case("recycling", "Recycling mandate")),
        options=Options(draws=0),
    )
