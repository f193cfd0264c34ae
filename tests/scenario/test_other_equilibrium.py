"""Where two equilibria were found the outcome says so and holds both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.scenario.cases import case, load_small, resolved
from tests.scenario.test_solve import TERMS

from lodestock.market import solve
from lodestock.scenario.solve import Problem, SolvedCase, load_problem, solve_case
from lodestock.scenario.tables import case_outcome


@pytest.fixture(scope="module")
def problem() -> Problem:
    return load_problem(resolved(case(TERMS["floor"]), zone=("BBB",)), load_small)


@pytest.fixture(scope="module")
def solved(problem: Problem) -> SolvedCase:
    found = solve_case(problem, problem.resolved.case)
    assert found.status == "solved"
    return found


def with_another(solved: SolvedCase) -> SolvedCase:
    """The same case with a second equilibrium beside it: for the test, that of a levy which may not act."""
    equilibrium = solved.equilibria["testium"]
    levies = equilibrium.market.levies
    other = solve(replace(equilibrium.market, levies=replace(levies, cap=np.zeros(len(levies)))))
    solution = replace(equilibrium.solution, multiple=True, alternative=other)
    return replace(solved, equilibria={"testium": replace(equilibrium, solution=solution)})


def test_one_equilibrium_has_no_rows(problem: Problem, solved: SolvedCase):
    found = case_outcome(problem, solved)
    assert found.other_equilibrium.height == 0
    assert found.certificate["multiple"] is False
    assert found.certificate["audited"] is True
    assert found.reason == ""


def test_both_are_there_with_prices_and_levies(problem: Problem, solved: SolvedCase):
    several = with_another(solved)
    found = case_outcome(problem, several)
    assert found.certificate["multiple"] is True
    assert "More than one equilibrium exists for testium" in found.reason
    table = found.other_equilibrium
    prices = {
        (row["stage"], row["name"]): (row["usd_per_t"], row["other_usd_per_t"])
        for row in table.iter_rows(named=True)
        if row["item"] == "reference price"
    }
    shown = {
        (row["stage"], row["market"]): row["usd_per_t"]
        for row in found.reference_prices.iter_rows(named=True)
    }
    assert {key: pair[0] for key, pair in prices.items()} == pytest.approx(shown)
    # without the levy the zone's price is that of the undisturbed market
    base = {
        (row["stage"], row["market"]): row["base_usd_per_t"]
        for row in found.reference_prices.iter_rows(named=True)
    }
    assert prices["refined", "inside"][0] > prices["refined", "inside"][1]
    assert prices["refined", "inside"][1] == pytest.approx(base["refined", "inside"])
    (levy,) = (row for row in table.iter_rows(named=True) if row["item"] == "levy")
    assert levy["usd_per_t"] == pytest.approx(found.levies["rate_usd_per_t"][0])
    assert levy["status"] == found.levies["status"][0] == "enforced"
    assert levy["other_usd_per_t"] == 0.0
    assert levy["other_status"] == "capped"
