r"""Expected loss from supply cuts, solved in the market model, in the spirit of the US method of 2025.

For each material and stage, every supplier c outside the perspective with at least ``smallest_share`` of
output stops all exports for a year; the market is solved again, and

.. math::
   L_c &= -\sum_{i \in members} \sum_{party} \Delta surplus_{i,party}(c), \qquad
   L = \sum_c \pi_c\, L_c \\
   \pi_c &= \min\big(1,\ 2 \pi\, g_c\, k_c\big), \qquad
   k_c = k \text{ where c already restricts exports, else } 1

:math:`\pi` is the assumption ``export_stop_probability`` (a supplier with g = 0.5), k
``export_control_multiple``. The loss is surplus of users, producers, refiners and everybody else of the
members, USD a year; it holds no output lost further down the chain, which the US method takes from an
input-output table. A cut without an equilibrium is reported with its reason and left out of the sum.

============== ================= ==========================
equation       name in code      column
============== ================= ==========================
pi_c           ``probability``   ``probability``
L_c            ``material_loss`` ``loss_usd``
L              ``expected_loss`` ``expected_loss_usd``
============== ================= ==========================
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from lodestock.errors import LodestockError, ValueOutOfRangeError
from lodestock.policy.terms import ExportBan, Instrument, Release, Shock
from lodestock.risk import assumptions
from lodestock.risk.controls import restrictions
from lodestock.scenario.resolved import Case, Horizon, Options, ResolvedScenario
from lodestock.world.model import World

SMALLEST_SHARE = 0.05
LARGEST_COUNT = 5
LoadWorld = Callable[[str, int], World]


@dataclass(frozen=True)
class Cut:
    """One supplier stops exports at one stage; losses are None, with ``reason``, without an equilibrium."""

    material: str
    stage: str
    country: str
    share: float
    probability: float
    loss_usd: float | None
    shortage_share: float | None
    price_rise: float | None
    """Rise of the members' mean price at the last stage, fraction."""
    reason: str = ""


@dataclass(frozen=True)
class ExpectedLoss:
    """Expected loss of one material and the cuts behind it, largest contribution first."""

    material: str
    expected_loss_usd: float
    worst_loss_usd: float
    cuts: tuple[Cut, ...]

    @property
    def bottleneck(self) -> str:
        """Stage whose cuts contribute most; empty without cuts."""
        total: dict[str, float] = {}
        for cut in self.cuts:
            total[cut.stage] = total.get(cut.stage, 0.0) + cut.probability * (cut.loss_usd or 0.0)
        return max(total, key=lambda stage: total[stage]) if total else ""


def probability(g: float, *, restricted: bool, base: float, multiple: float) -> float:
    r"""Probability of a stop within a year: :math:`\min(1, 2\pi g k)`.

    Parameters
    ----------
    g : risk factor of the supplier, 0 to 1.
    base, multiple : :math:`\pi` and k.
    """
    if not 0 <= g <= 1:
        raise ValueOutOfRangeError(f"a risk factor of {g}", allowed="0 to 1")
    return min(1.0, 2.0 * base * g * (multiple if restricted else 1.0))


def expected_loss(cuts: Sequence[Cut]) -> float:
    r"""Sum :math:`\sum_c \pi_c L_c`, USD a year; cuts that were not solved are left out."""
    return float(sum(cut.probability * cut.loss_usd for cut in cuts if cut.loss_usd is not None))


def material_loss(
    material: str,
    members: tuple[str, ...],
    year: int = 2024,
    *,
    reserve_t: float = 0.0,
    standing: tuple[Instrument | Shock, ...] = (),
    smallest_share: float = SMALLEST_SHARE,
    parties: tuple[str, ...] = (),
    load: LoadWorld | None = None,
) -> ExpectedLoss:
    """Solve every cut of one material.

    Parameters
    ----------
    members : countries whose loss is counted.
    reserve_t : stock released among the members during the cut, t contained at the last stage.
    standing : measures in force with and without the cut; the loss of a cut is then counted from the market
        with the measures and without the cut.
    smallest_share : share of world output from which a supplier's stop is a case.
    parties : parties of the members whose surplus is counted, such as ``users``; all of them when empty.
    load : (material, base year) -> World; the calibrated snapshot by default.
    """
    if load is None:
        from lodestock.world.cache import load_world

        load = load_world
    world = load(material, year)
    candidates = _candidates(world, members, smallest_share)
    if not candidates:
        return ExpectedLoss(material, 0.0, 0.0, ())
    cuts = _solve(world, members, candidates, reserve_t, standing, parties, load)
    ordered = tuple(sorted(cuts, key=lambda cut: -cut.probability * (cut.loss_usd or 0.0)))
    losses = [cut.loss_usd for cut in cuts if cut.loss_usd is not None]
    return ExpectedLoss(material, expected_loss(cuts), max(losses, default=0.0), ordered)


def surplus_of(change: np.ndarray[tuple[int, ...], np.dtype[np.float64]], parties: tuple[str, ...]) -> float:
    """Surplus of some parties together, USD a year; ``change`` is (country, party), no parties mean all."""
    from lodestock.policy.book import PARTIES

    columns = [PARTIES.index(party) for party in parties or PARTIES]
    return float(change[:, columns].sum())


def _candidates(
    world: World, members: tuple[str, ...], smallest_share: float
) -> list[tuple[str, str, float]]:
    """(stage, country, share) of every supplier outside the members that is large enough."""
    found = []
    for stage in world.stages:
        output = world.supply[stage].quantity if stage == world.first_stage else _refined(world)
        total = float(output.sum())
        ranked = [
            (stage, world.countries[c], float(output[c]) / total)
            for c in np.argsort(-output, kind="stable")[:LARGEST_COUNT]
            if total > 0 and output[c] / total >= smallest_share
        ]
        found += [item for item in ranked if item[1] not in members and item[1] != "OTH"]
    return found


def _refined(world: World) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    if world.process is None:
        raise LodestockError(f"{world.material} has no refining stage", where="expected loss")
    return np.asarray(world.process.output, dtype=float)


def _solve(
    world: World,
    members: tuple[str, ...],
    candidates: Sequence[tuple[str, str, float]],
    reserve_t: float,
    standing: tuple[Instrument | Shock, ...],
    parties: tuple[str, ...],
    load: LoadWorld,
) -> list[Cut]:
    from lodestock.policy.solve import SOLVED
    from lodestock.scenario.metrics import shortage_by_country, surplus_change
    from lodestock.scenario.solve import load_problem, solve_case

    cases = [_case(world, members, stage, country, reserve_t, standing) for stage, country, _ in candidates]
    problem = load_problem(question_of(world, cases), load)
    undisturbed = 0.0
    if standing:
        calm = solve_case(problem, case_of("undisturbed", "Without a cut", standing), audit=False)
        if calm.status != SOLVED:
            raise LodestockError(f"without a cut: {calm.reason}", where=world.material)
        here = np.isin(calm.equilibria[world.material].network.countries, members)
        undisturbed = surplus_of(surplus_change(problem, calm, world.material)[here], parties)
    g = _risk_factors(world)
    base = assumptions.value("export_stop_probability", world.material)
    multiple = assumptions.value("export_control_multiple", world.material)
    restricted = restrictions(world.base_year, members)
    found = []
    for (stage, country, share), case in zip(candidates, cases, strict=True):
        chance = probability(
            g.get(country, 0.5),
            restricted=(world.material, country) in restricted,
            base=base,
            multiple=multiple,
        )
        solved = solve_case(problem, case, audit=False)
        if solved.status != SOLVED:
            found.append(Cut(world.material, stage, country, share, chance, None, None, None, solved.reason))
            continue
        equilibrium = solved.equilibria[world.material]
        countries = equilibrium.network.countries
        inside = np.isin(countries, members)
        loss = undisturbed - surplus_of(surplus_change(problem, solved, world.material)[inside], parties)
        _, wanted, used = (values[inside] for values in shortage_by_country(equilibrium, world.material))
        short = float(np.maximum(wanted - used, 0.0).sum())
        node = equilibrium.network.nodes_at(world.material, world.last_stage)[inside]
        node, weight = node[node >= 0], wanted[node >= 0]
        total = float(weight.sum())
        rise = (
            float((weight * (equilibrium.price[node] / equilibrium.network.nodes.price[node] - 1.0)).sum())
            / total
            if total > 0
            else 0.0
        )
        share_short = short / float(wanted.sum()) if wanted.sum() > 0 else 0.0
        found.append(Cut(world.material, stage, country, share, chance, loss, share_short, rise))
    return found


def case_of(name: str, title: str, terms: tuple[Instrument | Shock, ...]) -> Case:
    """Case of a mixed list of instruments and shocks."""
    shocks = tuple(term for term in terms if isinstance(term, Shock))
    others = tuple(term for term in terms if not isinstance(term, Shock))
    return Case(name=name, title=title, note="", instruments=others, shocks=shocks)


def _case(
    world: World,
    members: tuple[str, ...],
    stage: str,
    country: str,
    reserve_t: float,
    standing: tuple[Instrument | Shock, ...],
) -> Case:
    start = date(world.base_year + 1, 1, 1)
    others = tuple(sorted(set(world.countries) - {country}))
    ban = ExportBan(
        name=f"{country}-stops",
        material=world.material,
        stage=stage,
        start=start,
        exporters=(country,),
        importers=others,
    )
    users = tuple(
        c for c, used in zip(world.countries, world.use.quantity, strict=True) if c in members and used > 0
    )
    release: tuple[Release, ...] = ()
    if reserve_t > 0 and users:
        release = (
            Release(
                name="reserve",
                material=world.material,
                stage=world.last_stage,
                start=start,
                countries=users,
                quantity_t=reserve_t,
                stock_t=reserve_t,
            ),
        )
    title = f"{country} stops exports of {world.material} ({stage})"
    return case_of(f"{stage}-{country.lower()}", title, (*standing, ban, *release))


def question_of(world: World, cases: Sequence[Case]) -> ResolvedScenario:
    """Scenario that asks what each of ``cases`` costs, one year after the base year."""
    return ResolvedScenario(
        name=f"supply-cuts-{world.material}",
        title=f"Supply cuts of {world.material}",
        question="What does each supplier's stop of exports cost?",
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


def _risk_factors(world: World) -> dict[str, float]:
    from lodestock.risk import inputs
    from lodestock.risk.geopolrisk import risk_by_year

    table = risk_by_year(inputs.governance(), [world.base_year])
    return dict(table.select("country", "g").iter_rows())
