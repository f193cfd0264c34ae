r"""What the market loses in each regime: the calibrated world solved with the export control or the outage.

Two solves per material and regime, over one year with short-run elasticities: without a reserve, and with a
quarter of what is short released among the members. Then, for a quarter,

.. math:: G = \tfrac14 \sum_{i \in members} (d_i - x_i), \qquad
   \gamma = \frac{\bar p(0) - \bar p(r)}{r / 4}

with d wanted at base prices, x used, :math:`\bar p` the members' price weighted by what they want and r the
release of the year. What the members' own commercial stocks give in that year is part of x.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from lodestock.errors import LodestockError, UnknownNameError
from lodestock.policy.parts import STOCK_DRAW, of_kind
from lodestock.policy.solve import SOLVED, Equilibrium
from lodestock.policy.terms import ExportBan, ExportQuota, Instrument, Outage, Release, Shock
from lodestock.reserve.case import QUARTERS_A_YEAR, Disruption
from lodestock.reserve.problem import Float, Response
from lodestock.risk.expected_loss import case_of
from lodestock.scenario.metrics import shortage_by_country
from lodestock.scenario.resolved import Case, Horizon, Options, ResolvedScenario
from lodestock.scenario.solve import Problem, SolvedCase, load_problem, solve_case
from lodestock.world.model import World

LoadWorld = Callable[[str, int], World]
PROBE = 0.25
"""Part of the shortage released to see how the price answers."""
STAGE_SHARE = 0.5
"""Part of the largest share of any stage that countries need at the stage held to be cut off there."""
SMALLEST_GAP = 1e-6
"""Share of need below which nothing is short."""
CALM_RESPONSE = Response(gap_t=0.0, price_multiple=1.0, output_share=1.0, private_t=0.0, damping=0.0)


@dataclass(frozen=True, eq=False)
class Seen:
    """Members' side of one equilibrium: t a year wanted, used and drawn from stock, price, world output."""

    wanted: float
    used: float
    drawn: float
    price: float
    output: float


def market_responses(
    world: World,
    stage: str,
    members: Sequence[str],
    disruptions: Mapping[str, Disruption],
    load: LoadWorld,
) -> dict[str, Response]:
    """Solve one material under every disruption.

    Parameters
    ----------
    stage : where stock is held; its price answers to a release.
    disruptions : name -> what is lost; calm ones are not solved.

    Raises
    ------
    LodestockError
        A regime without an equilibrium, with its reason.
    """
    terms = {name: _terms(world, stage, what) for name, what in disruptions.items() if not what.is_calm}
    terms = {name: parts for name, parts in terms.items() if parts}
    found = dict.fromkeys(disruptions, CALM_RESPONSE)
    if not terms:
        return found
    problem = load_problem(_question(world, [case_of(n, n, t) for n, t in terms.items()]), load)
    calm = _see(problem.base[world.material], world, stage, members)
    for name, parts in terms.items():
        cut = _see(_solved(problem, case_of(name, name, parts)), world, stage, members)
        gap = max(cut.wanted - cut.used, 0.0)
        damping = 0.0
        if gap > SMALLEST_GAP * cut.wanted:
            amount = PROBE * gap
            probe = case_of(name, name, (*parts, _release(world, stage, members, amount)))
            eased = _see(_solved(problem, probe), world, stage, members)
            damping = max(0.0, cut.price - eased.price) / (amount / QUARTERS_A_YEAR)
        else:
            gap = 0.0
        found[name] = Response(
            gap_t=gap / QUARTERS_A_YEAR,
            price_multiple=cut.price / calm.price,
            output_share=_reachable(world, problem.base[world.material], stage, disruptions[name], cut, calm),
            private_t=max(0.0, cut.drawn - calm.drawn) / QUARTERS_A_YEAR,
            damping=damping,
        )
    return found


def released(
    world: World,
    stage: str,
    members: Sequence[str],
    disruption: Disruption,
    releases: Sequence[float],
    load: LoadWorld,
) -> tuple[Seen, ...]:
    """Solve one disruption with each of several releases among the members, t a year.

    Raises
    ------
    LodestockError
        No equilibrium, with its reason.
    """
    parts = _terms(world, stage, disruption)
    problem = load_problem(_question(world, [case_of("disrupted", "disrupted", parts)]), load)
    found = []
    for amount in releases:
        extra = (_release(world, stage, members, amount),) if amount > 0.0 else ()
        solved = _solved(problem, case_of("disrupted", "disrupted", (*parts, *extra)))
        found.append(_see(solved, world, stage, members))
    return tuple(found)


def shortage_by_ally(
    world: World,
    stage: str,
    allies: Sequence[Sequence[str]],
    disruptions: Mapping[str, Disruption],
    load: LoadWorld,
) -> dict[str, Float]:
    """Return what each ally lacks under every disruption, t a quarter, (ally,)."""
    found = {name: np.zeros(len(allies)) for name in disruptions}
    for name, what in disruptions.items():
        parts = () if what.is_calm else _terms(world, stage, what)
        if not parts:
            continue
        problem = load_problem(_question(world, [case_of(name, name, parts)]), load)
        solved = _solved(problem, case_of(name, name, parts))
        _, wanted, used = shortage_by_country(solved, world.material)
        lacking = np.maximum(wanted - used, 0.0)
        countries = solved.network.countries
        for k, members in enumerate(allies):
            inside = np.isin(countries, members)
            need = float(wanted[inside].sum())
            gap = float(lacking[inside].sum())
            found[name][k] = gap / QUARTERS_A_YEAR if gap > SMALLEST_GAP * need else 0.0
    return found


def cut_stage(world: World, held: str, what: Disruption) -> str:
    """Return the stage at which shipments are cut: as stated, or where the exporters matter to the importers.

    Left out, it is the stage that is held, unless the exporters' part of what the importers buy abroad there
    is less than `STAGE_SHARE` of their part at another stage: a country that refines nothing is cut off as a
    mine.

    Raises
    ------
    UnknownNameError
        A stage that the material does not have.
    """
    rows, columns = _places(world, what.exporters), _places(world, what.importers)

    def part(stage: str) -> float:
        flows = world.flows[stage][:, columns].copy()
        flows[columns, np.arange(len(columns))] = 0.0
        total = float(flows.sum())
        return float(flows[rows].sum()) / total if total > 0.0 else 0.0

    return _stage(world, held, what.stage, part)


def lost_stage(world: World, held: str, what: Disruption) -> str:
    """Return the stage at which output is lost: as stated, or by part of world output as in `cut_stage`.

    Raises
    ------
    UnknownNameError
        A stage that the material does not have.
    """
    rows = _places(world, what.out)

    def part(stage: str) -> float:
        output = _output(world, stage)
        total = float(output.sum())
        return float(output[rows].sum()) / total if total > 0.0 else 0.0

    return _stage(world, held, what.stage, part)


def _stage(world: World, held: str, stated: str, part: Callable[[str], float]) -> str:
    if stated and stated not in world.stages:
        raise UnknownNameError(f"stage of {world.material}", stated, world.stages)
    if stated:
        return stated
    parts = {stage: part(stage) for stage in world.stages}
    most = max(parts, key=lambda stage: parts[stage])
    return held if parts[held] >= STAGE_SHARE * parts[most] else most


def _places(world: World, countries: Sequence[str]) -> list[int]:
    return [world.index(country) for country in countries if country in world.countries]


def _terms(world: World, held: str, what: Disruption) -> tuple[Instrument | Shock, ...]:
    start = date(world.base_year + 1, 1, 1)
    exporters = tuple(c for c in what.exporters if c in world.countries)
    importers = tuple(c for c in what.importers if c in world.countries)
    out = tuple(c for c in what.out if c in world.countries)
    stage = cut_stage(world, held, what)
    terms: list[Instrument | Shock] = []
    if exporters and importers and what.cut >= 1.0:
        terms.append(
            ExportBan(
                name="ban",
                material=world.material,
                stage=stage,
                start=start,
                exporters=exporters,
                importers=importers,
            )
        )
    elif exporters and importers and what.cut > 0.0 and _flow(world, stage, exporters, importers) > 0.0:
        terms.append(
            ExportQuota(
                name="quota",
                material=world.material,
                stage=stage,
                start=start,
                exporters=exporters,
                importers=importers,
                share_of_base=1.0 - what.cut,
            )
        )
    stage = lost_stage(world, held, what)
    made = tuple(c for c in out if _output(world, stage)[world.index(c)] > 0.0)
    if made and what.lost_share > 0.0:
        terms.append(
            Outage(
                name="outage",
                material=world.material,
                stage=stage,
                start=start,
                countries=made,
                lost_share=what.lost_share,
            )
        )
    return tuple(terms)


def _flow(world: World, stage: str, exporters: Sequence[str], importers: Sequence[str]) -> float:
    rows, columns = [world.index(c) for c in exporters], [world.index(c) for c in importers]
    return float(world.flows[stage][np.ix_(rows, columns)].sum())


def _output(world: World, stage: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    if stage == world.first_stage:
        return world.supply[stage].quantity
    assert world.process is not None
    return world.process.output


def _release(world: World, stage: str, members: Sequence[str], amount: float) -> Release:
    need = world.need(stage)
    users = tuple(c for c in members if c in world.countries and need[world.index(c)] > 0.0)
    return Release(
        name="probe",
        material=world.material,
        stage=stage,
        start=date(world.base_year + 1, 1, 1),
        countries=users,
        quantity_t=amount,
        stock_t=amount,
    )


def _solved(problem: Problem, case: Case) -> Equilibrium:
    solved: SolvedCase = solve_case(problem, case, audit=False)
    material = problem.resolved.materials[0]
    if solved.status != SOLVED:
        raise LodestockError(f"{material}: {solved.reason}", where=f"regime {case.name}")
    return solved.equilibria[material]


def _see(equilibrium: Equilibrium, world: World, stage: str, members: Sequence[str]) -> Seen:
    network = equilibrium.network
    _, wanted, used = shortage_by_country(equilibrium, world.material)
    inside = np.isin(network.countries, members)
    nodes = network.nodes_at(world.material, stage)
    weight = np.where(inside & (nodes >= 0), np.maximum(wanted, 1e-12), 0.0)
    price = float((weight * equilibrium.price[np.maximum(nodes, 0)]).sum() / weight.sum())
    draws = of_kind(network.columns, STOCK_DRAW)
    drawn = float(equilibrium.level[draws][inside[network.nodes.country[network.columns.give[draws]]]].sum())
    return Seen(
        wanted=float(wanted[inside].sum()),
        used=float(used[inside].sum()),
        drawn=drawn,
        price=price,
        output=float(equilibrium.output(world.material, stage).sum()),
    )


def _reachable(world: World, base: Equilibrium, stage: str, what: Disruption, cut: Seen, calm: Seen) -> float:
    """World output that a buyer outside the exporters can reach, over that of the base year."""
    if not calm.output > 0.0:
        return 1.0
    output = base.output(base.network.materials[0], stage)
    held_back = 0.0
    if cut_stage(world, stage, what) == stage:
        held_back = what.cut * float(output[np.isin(base.network.countries, what.exporters)].sum())
    return max(0.0, cut.output - held_back) / calm.output


def _question(world: World, cases: Sequence[Case]) -> ResolvedScenario:
    return ResolvedScenario(
        name=f"reserve-{world.material}",
        title=f"Regimes of {world.material}",
        question="What is short in each regime?",
        base_year=world.base_year,
        materials=(world.material,),
        horizon=Horizon(years=1.0),
        evaluate_on=date(world.base_year + 1, 1, 1),
        zone=None,
        zones=(),
        case=cases[0],
        alternatives=tuple(cases[1:]),
        options=Options(draws=0),
    )
