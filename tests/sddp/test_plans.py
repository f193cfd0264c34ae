"""Plans: the cost-to-go split by blocks of states, from above under every risk measure."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sddp.problems import goods

from lodestock.sddp import (
    AVaR,
    EAVaR,
    Expectation,
    Model,
    ModifiedChiSquared,
    WorstCase,
    build,
    extensive_form,
    load,
    markovian_graph,
    save,
    train,
)
from lodestock.sddp.blocks import find_blocks
from lodestock.sddp.engine import measured
from lodestock.sddp.plans import Planner, centres, lower_hull, plan_sweep, widest_on_line
from lodestock.sddp.training import EFFORT
from lodestock.sddp.upper import new_inner

MEASURES = [Expectation(), AVaR(0.4), EAVaR(0.5, 0.3), WorstCase(), ModifiedChiSquared(0.3)]


def planned(model: Model, risk, effort=(4, 8), iterations=40):
    """Return trained cuts with an upper side of plans alone, and how many plans each unit has."""
    engine = train(model, iterations=iterations, risk=risk).engine()
    engine.inner = new_inner(engine, None)
    planner = Planner(engine)

    def make(group, found, candidates, rounds):
        return [planner.plans(group, centre, candidates, rounds) for centre in found]

    plan_sweep(engine, np.random.default_rng(1), effort, 100, make, planner.use)
    return engine


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.booleans(), st.sampled_from(MEASURES))
def test_plans_are_above_the_exact_value_under_every_measure(seed, funded, risk):
    model = goods(seed, funded=funded, stages=3)
    engine = planned(model, risk, effort=(2, 3), iterations=15)
    if isinstance(risk, ModifiedChiSquared):
        exact = train(model, iterations=60, risk=risk).lower_bound
    else:
        exact = extensive_form(model, risk=risk).value
    assert engine.upper_bound() >= exact * (1 - 1e-7)


@pytest.mark.parametrize(
    ("funded", "risk"), [(False, Expectation()), (True, Expectation()), (True, EAVaR(0.5, 0.3))], ids=repr
)
def test_plans_alone_close_the_gap(funded, risk):
    engine = planned(goods(0, funded=funded), risk)
    assert engine.upper_bound() <= engine.lower_bound() * 1.002


def test_a_plan_is_exact_at_its_centre():
    risk = EAVaR(0.5, 0.3)
    engine = planned(goods(3, funded=True), risk, effort=(1, 0))
    assert engine.inner is not None
    centre = np.array([0.3, 0.9, 0.1, 1.2])
    plans = Planner(engine).plans([0], centre, np.stack([np.zeros(4), np.full(4, 2.0)]), 4)
    assert plans is not None
    heights = [np.interp(centre[m], plans[0].points[m][:, 0], plans[0].heights[m]) for m in range(4)]
    branches = engine.units.branches(0, None)
    values = np.array([engine.inner[b.unit].solve(centre, b.outcome) for b in branches])
    assert sum(heights) == pytest.approx(measured(risk, branches, values), rel=1e-6)


def test_blocks_are_found_from_the_rows():
    blocks = find_blocks(goods(0, funded=True).problems)
    assert blocks is not None
    assert blocks.count == 4
    problem = goods(0, funded=True).problems[0]
    assert [problem.row_names[row] for row in blocks.shared[0]] == ["funds", "room"]
    loan = problem.column_names.index("loan")
    assert blocks.of_column[0][loan] == 4


def test_states_that_meet_everywhere_are_no_blocks():
    def stage(p, key):
        x = p.states("x", 2, upper=5.0, initial=1.0)
        for i in range(2):
            p.constraint(x[i].outgoing == x[0].incoming + x[1].incoming - 1.0)
        p.maximise(x[0].outgoing)

    assert find_blocks(build(markovian_graph([[[1.0]]]), stage, bound=100.0).problems) is None


def test_plans_survive_their_file_and_helpers(tmp_path):
    model = goods(5, funded=False)
    number = min(EFFORT)
    policy = train(model, iterations=number, upper=True, workers=2)
    assert policy.points is not None
    assert any(table.plans for table in policy.points)
    save(policy, tmp_path / "policy.json")
    back = load(model, tmp_path / "policy.json")
    assert back.engine().upper_bound() == policy.engine().upper_bound()
    exact = extensive_form(model).value
    assert policy.lower_bound <= exact * (1 + 1e-7)
    assert exact <= policy.upper_bound * (1 + 1e-7)
    assert policy.gap < 0.005


def test_lower_hull_drops_what_a_convex_function_does_not_need():
    points = np.array([[0.0], [1.0], [2.0], [3.0], [2.0]])
    assert lower_hull(points, np.array([4.0, 3.0, 1.0, 0.5, 2.0])) == [0, 2, 3]


def test_centres_are_means_of_clusters():
    visited = np.array([[0.0, 0.0], [0.2, 0.0], [5.0, 1.0], [5.2, 1.0]])
    found = centres(visited, 2, np.ones(2), np.random.default_rng(0))
    assert sorted(found.tolist()) == [pytest.approx([0.1, 0.0]), pytest.approx([5.1, 1.0])]


def test_a_line_is_split_where_its_tangents_meet():
    # abs(x - 1) known at -1 and 4: tangents meet in the kink, where the chord is 2.4 and the function 0
    x, value, slope = np.array([4.0, -1.0]), np.array([3.0, 2.0]), np.array([1.0, -1.0])
    at, left = widest_on_line(x, value, slope, np.array([1.0, -1.0]))
    assert (at, left) == (pytest.approx(1.0), pytest.approx(1.2))
    at, left = widest_on_line(
        np.append(x, 1.0), np.append(value, 0.0), np.append(slope, 0.0), np.array([2.0])
    )
    assert left == pytest.approx(0.0, abs=1e-12)
    at, left = widest_on_line(x[:1], value[:1], slope[:1], np.array([2.0, 3.0]))
    assert at == 2.0
