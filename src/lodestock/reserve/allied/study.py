r"""The allies of a case: filling, burden, one stock or many, and release, material by material.

Every ally aims at the same days of its own use. The price rises by :math:`p \sigma q / Q` for q t bought in a
quarter (the case's slope :math:`\sigma` of a purchase, Q world output of a quarter). A tonne that is not
there yet costs

.. math:: \omega = v_{other} \cdot \frac1T \sum_t P(\text{short in } t)

a quarter: the loss of the least valued users times the chance that a quarter of the plan is one of shortage.
Needs for the pooled stock are each ally's own shortage in the market, along drawn paths of the regimes that
all allies share, with noise of each ally's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import ConflictError
from lodestock.reserve import assumptions
from lodestock.reserve.allied.filling import (
    Filling,
    coalition_costs,
    fill_alone,
    fill_as_rivals,
    fill_together,
)
from lodestock.reserve.allied.members import check_allies
from lodestock.reserve.allied.nucleolus import nucleolus
from lodestock.reserve.allied.pooling import pool_for_all_served
from lodestock.reserve.allied.sharing import core_excess, free_rider_gain, in_cents, shapley
from lodestock.reserve.case import DAYS_A_QUARTER, QUARTERS_A_YEAR, Disruption
from lodestock.reserve.dynamics import sample_paths
from lodestock.reserve.problem import Problem
from lodestock.reserve.release.schedule import (
    Shock,
    release_alone,
    release_for_own,
    release_together,
)
from lodestock.reserve.responses import LoadWorld, shortage_by_ally

FloatArray = NDArray[np.float64]
SERVICE = 0.95


@dataclass(frozen=True)
class FillingRow:
    """One material filled by all allies at once; USD over the plan, insecurity included, and USD/t."""

    material: str
    stage: str
    target_t: float
    alone_usd: float
    rivals_usd: float
    together_usd: float
    gain_usd: float
    """Rivals less together."""
    peak_alone: float
    peak_rivals: float
    peak_together: float
    """Highest price over the price without the allies."""
    in_core: bool


@dataclass(frozen=True)
class BurdenRow:
    """One ally over all materials; USD. Shares add up to the joint cost to the cent."""

    ally: str
    target_usd: float
    alone_usd: float
    rivals_usd: float
    shapley_usd: float
    nucleolus_usd: float
    """The split that leaves the least satisfied coalition as well off as can be."""
    by_use_usd: float
    """The joint cost split by the value of the targets."""
    free_rider_gain_usd: float
    """What the ally would save by staying out while all others fill together; negative: it would lose."""


@dataclass(frozen=True)
class PoolRow:
    """Stock that serves all allies at once in 95 % of plans, t."""

    material: str
    separate_t: float
    pooled_t: float
    saved_t: float


@dataclass(frozen=True)
class JointReleaseRow:
    """Stocks filled to their targets and released during a disruption; USD of loss avoided."""

    material: str
    regime: str
    short_t: float
    alone_usd: float
    own_usd: float
    together_usd: float
    same_tonnes_usd: float
    """Together, held to the tonnes that were released alone."""


@dataclass(frozen=True)
class AlliedStudy:
    """Everything about the allies."""

    allies: tuple[str, ...]
    days: float
    filling: tuple[FillingRow, ...]
    burden: tuple[BurdenRow, ...]
    pooling: tuple[PoolRow, ...]
    release: tuple[JointReleaseRow, ...]

    @property
    def gain_usd(self) -> float:
        """Gain from coordination over all materials, USD."""
        return sum(row.gain_usd for row in self.filling)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {**asdict(self), "gain_usd": self.gain_usd}


def study_allies(
    problem: Problem,
    allies: Mapping[str, Sequence[str]],
    *,
    days: float | None = None,
    paths: int = 500,
    seed: int = 1,
    load: LoadWorld | None = None,
) -> AlliedStudy:
    """Solve filling, burden, pooling and release for the allies.

    Parameters
    ----------
    allies : name -> countries. ``days`` : target of each; the assumption ``target_days`` when left out.

    Raises
    ------
    ConflictError
        An ally uses none of the case's materials.
    """
    check_allies(allies, where=_where(problem, allies))
    if load is None:
        from lodestock.world.cache import load_world

        load = load_world
    target_days = assumptions.value("target_days") if days is None else days
    chance = chance_short(problem)
    fill_rows, pool_rows, release_rows = [], [], []
    value, alone, rivals = (np.zeros(len(allies)) for _ in range(3))
    joint, cost = np.zeros(len(allies)), np.zeros(2 ** len(allies))
    by_ally = np.zeros((2 ** len(allies), len(allies)))
    for m, data in enumerate(problem.materials):
        use = _use(problem, m, allies, load)
        filling = Filling(
            names=tuple(allies),
            target=use * target_days / DAYS_A_QUARTER,
            price=np.full(problem.case.quarters, data.price),
            slope=np.full(problem.case.quarters, data.impact * data.price / data.world_t),
            insecurity=np.full(len(allies), data.tier_value[2] * chance[m]),
            discount=problem.discount,
        )
        one, two, three = fill_alone(filling), fill_as_rivals(filling), fill_together(filling)
        of_coalition, of_ally = coalition_costs(filling)
        excess, _ = core_excess(of_coalition, shapley(of_coalition))
        fill_rows.append(
            FillingRow(
                material=data.material,
                stage=data.stage,
                target_t=float(filling.target.sum()),
                alone_usd=one.total,
                rivals_usd=two.total,
                together_usd=three.total,
                gain_usd=two.total - three.total,
                peak_alone=one.peak / data.price,
                peak_rivals=two.peak / data.price,
                peak_together=three.peak / data.price,
                in_core=excess <= 1e-9 * max(abs(three.total), 1.0),
            )
        )
        value += filling.target * data.price
        alone, rivals, joint = alone + one.cost, rivals + two.cost, joint + three.cost
        cost, by_ally = cost + of_coalition, by_ally + of_ally
        gaps = _gaps(problem, m, allies, load)
        pool_rows.append(_pooled(problem, m, gaps, paths, seed))
        release_rows.append(_joint_release(problem, m, gaps, filling))
    if np.any(value <= 0):
        idle = [name for name, used in zip(allies, value, strict=True) if used <= 0]
        raise ConflictError(
            f"{', '.join(idle)} uses none of the case's materials", where=_where(problem, allies)
        )
    cost[0] = 0.0
    shares = shapley(cost)
    gains = free_rider_gain(by_ally, shares)
    cents = in_cents(shares)
    kernel = nucleolus(cost)
    burden = tuple(
        BurdenRow(
            ally=name,
            target_usd=float(value[k]),
            alone_usd=float(alone[k]),
            rivals_usd=float(rivals[k]),
            shapley_usd=cents[k] / 100,
            nucleolus_usd=float(kernel[k]),
            by_use_usd=float(joint.sum() * value[k] / value.sum()),
            free_rider_gain_usd=gains[k],
        )
        for k, name in enumerate(allies)
    )
    return AlliedStudy(
        tuple(allies), target_days, tuple(fill_rows), burden, tuple(pool_rows), tuple(release_rows)
    )


def _where(problem: Problem, allies: Mapping[str, Sequence[str]]) -> str:
    """Place of the list of allies: in the case, or on the command line."""
    return problem.case.places.get("allies", "--ally") if allies == problem.case.allies else "--ally"


def _use(problem: Problem, m: int, allies: Mapping[str, Sequence[str]], load: LoadWorld) -> FloatArray:
    """(ally,) use of a material, t a quarter."""
    world = load(problem.materials[m].material, problem.case.base_year)
    inside = np.array([np.isin(world.countries, members) for members in allies.values()])
    use: FloatArray = inside @ world.use.quantity / QUARTERS_A_YEAR
    return use


def _disruptions(problem: Problem, m: int) -> dict[str, Disruption]:
    group = problem.case.groups[problem.materials[m].group]
    if group.hidden:
        return {signal.name: signal.disruption for signal in group.signals}
    return dict(zip(group.regimes, group.disruptions, strict=True))


def _gaps(
    problem: Problem, m: int, allies: Mapping[str, Sequence[str]], load: LoadWorld
) -> dict[str, FloatArray]:
    """Regime or signal -> (ally,) t short a quarter; stated shares of need where the case has them."""
    data = problem.materials[m]
    terms = problem.case.materials[data.material]
    if terms.gap_share is not None:
        use = _use(problem, m, allies, load)
        return {name: terms.gap_share.get(name, 0.0) * use for name in _disruptions(problem, m)}
    world = load(data.material, problem.case.base_year)
    return shortage_by_ally(world, data.stage, tuple(allies.values()), _disruptions(problem, m), load)


def _key(problem: Problem, m: int, state: int, outcome: int) -> str:
    """Regime or signal that rules a material in a quarter."""
    if problem.hidden:
        return problem.case.groups[0].signals[int(problem.signal[outcome])].name
    return problem.regimes[state][problem.materials[m].group]


def chance_short(problem: Problem) -> FloatArray:
    """Return the mean chance over the plan that a quarter is one of shortage, (material,)."""
    chance, row = np.zeros(len(problem.materials)), problem.start
    short = np.array([
        [
            float(problem.probability[z] @ [problem.gap(m, z, w) > 0.0 for w in
            range(problem.probability.shape[1])]) for z in range(len(problem.states))
        ]
        for m in range(len(problem.materials))
    ])  # fmt: skip
    for _ in range(problem.case.quarters):
        chance += short @ row
        row = row @ problem.transition
    return chance / problem.case.quarters


def _pooled(problem: Problem, m: int, gaps: Mapping[str, FloatArray], paths: int, seed: int) -> PoolRow:
    """Stocks for all that is short over a plan, along paths of the regimes, with own noise of each ally."""
    states, outcomes = sample_paths(problem, paths, seed)
    rng = np.random.default_rng([seed, 95, m])
    spread = np.sqrt(np.log1p(problem.case.noise.gap**2))
    allies = len(next(iter(gaps.values())))
    noise = np.exp(spread * rng.standard_normal((paths, states.shape[1], allies)) - 0.5 * spread**2)
    table = np.array([
        [gaps[_key(problem, m, int(z), int(w))] for z, w in zip(row, out, strict=True)]
        for row, out in zip(states, outcomes, strict=True)
    ])  # fmt: skip
    needs = (table * noise).sum(axis=1).T
    found = pool_for_all_served(needs, SERVICE)
    return PoolRow(
        problem.materials[m].material, float(found.separate.sum()), found.pooled, max(found.saved, 0.0)
    )


def _joint_release(
    problem: Problem, m: int, gaps: Mapping[str, FloatArray], filling: Filling
) -> JointReleaseRow:
    """Release against the worst regime, which begins at once, eases by its chain and is seen to the end."""
    data = problem.materials[m]
    regime = max(gaps, key=lambda name: float(gaps[name].sum()))
    total = float(gaps[regime].sum())
    left = _lasting(problem, m, regime)
    tiers = np.argsort(-data.tier_value)
    width = total * left[:, None] * data.tier_share[tiers]
    value = np.tile(data.tier_value[tiers], (len(left), 1))
    mine = [holding for holding in problem.holdings if holding.material == m]
    delivery = max((holding.delivery_share for holding in mine), default=1.0)
    share = gaps[regime] / total if total > 0 else np.zeros(len(filling.names))
    shock = Shock(
        names=filling.names,
        stock=filling.target,
        delivery=delivery * filling.target,
        share=share,
        width=width,
        value=value,
        discount=problem.discount,
    )
    alone, own, together = release_alone(shock), release_for_own(shock), release_together(shock)
    same = release_together(shock, alone.t.sum(axis=1))
    return JointReleaseRow(data.material, regime, total, alone.worth, own.worth, together.worth, same.worth)


def _lasting(problem: Problem, m: int, regime: str) -> FloatArray:
    """(quarter,) chance that the material is still in its regime, which began in the first."""
    group = problem.case.groups[problem.materials[m].group]
    if regime not in group.regimes:
        return np.ones(problem.case.quarters)
    at = group.regimes.index(regime)
    chain = np.array(group.transition)
    row, found = np.eye(len(chain))[at], []
    for _ in range(problem.case.quarters):
        found.append(float(row[at]))
        row = row @ chain
    return np.array(found)
