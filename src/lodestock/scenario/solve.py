"""Solve a scenario: the base year, its own case, doing nothing, and the alternatives.

Materials are solved one by one, hosts before their by-products; a host is brought in when a term acts on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from lodestock.errors import ConflictError, InfeasibleError, LodestockError, NotSolvedError
from lodestock.policy.accounts import Accounts, account
from lodestock.policy.byproduct import follow_host
from lodestock.policy.network import Network
from lodestock.policy.parts import FloatArray
from lodestock.policy.pool import pool_sizes, solve_together
from lodestock.policy.solve import SOLVED, Equilibrium, at_base, solve_network
from lodestock.policy.terms import ContractForDifference, Floor, MinimumImportPrice
from lodestock.scenario.build import build_network
from lodestock.scenario.markets import Markets, is_export_control, markets_of
from lodestock.scenario.pose import apply_terms, check_case_applies, groups_in_order, terms_on
from lodestock.scenario.resolved import Case, ResolvedScenario
from lodestock.world.model import World

BASELINE, DO_NOTHING = "baseline", "do-nothing"
CAPITAL_COST = "capex_per_t"
"""Name of the assumption that gives the capital cost of a plant."""

IDENTITY_TOLERANCE = 1e-9
"""Largest gap of the accounts of a solved case, relative to turnover."""

LoadWorld = Callable[[str, int], World]


@dataclass(frozen=True, eq=False)
class Problem:
    """A scenario with its worlds and base networks, ready to solve any of its cases."""

    resolved: ResolvedScenario
    markets: Markets
    materials: tuple[str, ...]
    """In solving order: hosts first."""
    worlds: Mapping[str, World]
    networks: Mapping[str, Network]
    base: Mapping[str, Equilibrium]
    base_accounts: Mapping[str, Accounts]


@dataclass(frozen=True, eq=False)
class SolvedCase:
    """One case, solved or not; an unsolved one carries the reason and no numbers."""

    case: Case
    status: str
    reason: str
    equilibria: Mapping[str, Equilibrium]
    accounts: Mapping[str, Accounts]


def load_problem(resolved: ResolvedScenario, load: LoadWorld | None = None) -> Problem:
    """Load the worlds a scenario needs and solve their base year.

    Parameters
    ----------
    resolved : the scenario.
    load : (material, base year) -> World; the calibrated snapshot by default.

    Raises
    ------
    LodestockError
        A floor above any feasible price, a term on a market that does not exist, or a base year that does not
        solve.
    """
    return prepare(resolved, *pose(resolved, load))


def pose(
    resolved: ResolvedScenario, load: LoadWorld | None = None
) -> tuple[dict[str, World], dict[str, Network]]:
    """Load worlds, build their networks and see that every term of every case applies; nothing is solved.

    Returns
    -------
    Worlds and base networks by material, in solving order. Errors are those of `load_problem`.
    """
    if load is None:
        from lodestock.world.cache import load_world

        load = load_world
    worlds = _needed_worlds(resolved, load)
    networks = _networks(resolved, worlds)
    for case in (resolved.case, *resolved.alternatives):
        check_case_applies(case, worlds, networks)
    return worlds, networks


def _networks(
    resolved: ResolvedScenario, worlds: Mapping[str, World], like: Problem | None = None
) -> dict[str, Network]:
    return {
        material: build_network(
            world,
            horizon=resolved.horizon,
            friction=resolved.options.friction,
            like=like.networks[material] if like is not None else None,
            capital_cost=_capital_costs(world),
        )
        for material, world in worlds.items()
    }


def prepare(
    resolved: ResolvedScenario,
    worlds: Mapping[str, World],
    networks: Mapping[str, Network] | None = None,
    *,
    like: Problem | None = None,
) -> Problem:
    """Solve the base year of ``worlds`` (in solving order), on their ``networks`` where these are built.

    ``like`` is a problem of the same scenario under another draw, whose names are reused.
    """
    networks = networks if networks is not None else _networks(resolved, worlds, like)
    base = {
        material: solve_network(
            network, start=at_base(like.base[material], network) if like is not None else None, audit=False
        )
        for material, network in networks.items()
    }
    for material, equilibrium in base.items():
        if equilibrium.solution.status != SOLVED:
            raise LodestockError(
                f"the base year of {material} does not solve: "
                f"{equilibrium.solution.certificate.worst_element} is off by "
                f"{equilibrium.solution.certificate.worst:.1e}",
                where=resolved.name,
            )
    return Problem(
        resolved=resolved,
        markets=markets_of(resolved),
        materials=tuple(worlds),
        worlds=worlds,
        networks=networks,
        base=base,
        base_accounts={material: account(equilibrium) for material, equilibrium in base.items()},
    )


def cases_of(resolved: ResolvedScenario) -> tuple[Case, ...]:
    """The cases to solve: the scenario's own, doing nothing, and the other alternatives.

    Doing nothing is the alternative of that name where the file has one. Otherwise it keeps shocks and other
    countries' export controls and drops every other instrument; it is left out when that changes nothing or
    leaves nothing.
    """
    own = resolved.case
    stated = tuple(case for case in resolved.alternatives if case.name == DO_NOTHING)
    others = tuple(case for case in resolved.alternatives if case.name != DO_NOTHING)
    left = tuple(term for term in own.instruments if is_export_control(term))
    if stated or len(left) == len(own.instruments) or not (left or own.shocks):
        return (own, *stated, *others)
    nothing = Case(
        name=DO_NOTHING,
        title="Doing nothing",
        note="Shocks and export controls as in the scenario, without any other instrument.",
        instruments=left,
        shocks=own.shocks,
        places=own.places,
    )
    return (own, nothing, *others)


def solve_case(
    problem: Problem, case: Case, *, start: SolvedCase | None = None, audit: bool = True
) -> SolvedCase:
    """Apply a case's terms to the base networks and solve them.

    Parameters
    ----------
    start : the same case solved under another draw, to begin from.
    audit : look for further equilibria where there are levies.

    Returns
    -------
    SolvedCase; ``status`` is not_solved, with the reason, when any material fails.
    """
    equilibria: dict[str, Equilibrium] = {}
    for group in groups_in_order(case, problem.worlds):
        try:
            found = _solve_group(problem, case, group, equilibria, start, audit)
        except (InfeasibleError, NotSolvedError) as error:
            return SolvedCase(case, "not_solved", str(error), {}, {})
        for material, equilibrium in found.items():
            if equilibrium.solution.status != SOLVED:
                certificate = equilibrium.solution.certificate
                reason = (
                    f"{material}: no equilibrium found; best residual {certificate.worst:.1e} at "
                    f"{certificate.worst_element}"
                )
                return SolvedCase(case, "not_solved", reason, {}, {})
        equilibria |= found
    equilibria = {material: equilibria[material] for material in problem.materials}
    accounts = {material: account(equilibrium) for material, equilibrium in equilibria.items()}
    for material, entry in accounts.items():
        gap = max(entry.money_residual, entry.surplus_residual)
        if gap > IDENTITY_TOLERANCE:
            return SolvedCase(case, "not_solved", f"{material}: accounts are open by {gap:.1e}", {}, {})
    return SolvedCase(case, SOLVED, "", equilibria, accounts)


def _solve_group(
    problem: Problem,
    case: Case,
    group: tuple[str, ...],
    solved: Mapping[str, Equilibrium],
    start: SolvedCase | None,
    audit: bool,
) -> dict[str, Equilibrium]:
    """Solve one material, or several that share a quota."""
    networks = {material: case_network(problem, case, material, solved) for material in group}
    begin = start.equilibria if start is not None else {}
    if len(group) > 1:
        sizes = pool_sizes(case.instruments, problem.networks)
        return solve_together(networks, sizes, start=begin or None, audit=audit)
    (material,) = group
    if _starts_at_base(case, material):
        begin = problem.base
    return {material: solve_network(networks[material], start=begin.get(material), audit=audit)}


def _starts_at_base(case: Case, material: str) -> bool:
    """Tell whether a market would stand at its base year but for levies: the path to them begins there."""
    return all(
        isinstance(term, Floor | MinimumImportPrice | ContractForDifference)
        for term in terms_on(case, material)
    )


def case_network(problem: Problem, case: Case, material: str, solved: Mapping[str, Equilibrium]) -> Network:
    """Network of one material under a case; ``solved`` holds its host where that is part of the problem."""
    network = problem.networks[material]
    world = problem.worlds[material]
    host = world.host
    if host is not None and host.material in solved:
        ratio = _output_ratio(solved[host.material], host.material, host.stage)
        network = follow_host(network, material, world.first_stage, ratio, host.tied_share)
    return apply_terms(network, case, terms_on(case, material))


def _output_ratio(host: Equilibrium, material: str, stage: str) -> dict[str, float]:
    """Host output over base output by country."""
    base = host.network.base_output(material, stage)
    now: FloatArray = host.output(material, stage)
    return {host.network.countries[c]: float(now[c] / base[c]) for c in np.flatnonzero(base > 0.0).tolist()}


def _needed_worlds(resolved: ResolvedScenario, load: LoadWorld) -> dict[str, World]:
    """Worlds of the scenario's materials and of hosts that a term acts on, hosts first."""
    touched = {
        term.material
        for case in (resolved.case, *resolved.alternatives)
        for term in (*case.instruments, *case.shocks)
    }
    ordered: dict[str, World] = {}
    pending: list[str] = []

    def visit(material: str) -> None:
        if material in ordered:
            return
        if material in pending:
            raise ConflictError(f"{material} is a by-product of itself", where=resolved.name)
        pending.append(material)
        world = load(material, resolved.base_year)
        if world.host is not None and world.host.material in {*touched, *resolved.materials}:
            visit(world.host.material)
        pending.remove(material)
        ordered[material] = world

    for material in (*resolved.materials, *sorted(touched)):
        visit(material)
    return ordered


def _capital_costs(world: World) -> dict[tuple[str, str], float]:
    """Capital cost of new capacity by (material, stage), USD per t a year, where the assumptions know one."""
    rows = {stage: world.assumptions.get(f"{CAPITAL_COST}[{stage}]") for stage in world.stages}
    return {(world.material, stage): row.value for stage, row in rows.items() if row is not None}
