"""The plan against what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from tests.reserve import small

from lodestock.reserve.plan import Plan, plan
from lodestock.reserve.prepare import prepare
from lodestock.reserve.problem import Problem
from lodestock.reserve.tables import as_dict, belief_after, composition, shortages, water_values

NEVER = {"calm": {"calm": 1.0}, "ban": {"ban": 1.0}}
SURE = {"calm": {"ban": 1.0}, "ban": {"ban": 1.0}}


def group(transition: dict[str, dict[str, float]]) -> dict[str, object]:
    tree = small.document()["groups"]
    tree["control"]["transition"] = transition
    return tree  # type: ignore[no-any-return]


def made(problem: Problem) -> Plan:
    return plan(problem, frontier=False)


def test_zero_risk_gives_zero_reserve() -> None:
    found = made(small.problem(groups=group(NEVER)))
    assert composition(found)[0]["planned_t"] == pytest.approx(0.0, abs=1e-9)
    assert found.certificate.upper_bound == pytest.approx(0.0, abs=1e-6)


def test_certain_disruption_gives_full_cover() -> None:
    found = made(small.problem(groups=group(SURE)))
    short_a_quarter = 0.5 * small.NEED / 4
    assert composition(found)[0]["planned_t"] == pytest.approx(2 * short_a_quarter)
    assert all(row["with_t_a_year"] == pytest.approx(0.0, abs=1e-9) for row in shortages(found))
    assert found.certificate.upper_bound == pytest.approx(2 * short_a_quarter * small.PRICE)


def newsvendor(value: float, rent: float = 0.0) -> float:
    r"""Return what is bought for one uncertain quarter.

    A t costs p + rent now; it saves v when it is needed and leaves s p when not, so that the least x with
    :math:`P(G \le x) \ge (v - p - rent) / (v - s p + rent)` is held (rent is paid once more on what is left).
    """
    found = made(
        small.problem(
            quarters=2,
            groups=group(SURE),
            noise={"outcomes": 5, "gap": 0.3, "price": 0.0},
            materials={"gallium": small.terms(value)},
            sites={"depot": {"country": "USA", "rent": f"{4 * rent} USD/t"}},
        )
    )
    return float(composition(found)[0]["planned_t"])


@pytest.mark.parametrize("value", [1.05, 1.2, 1.5, 2.0, 5.0, 0.9])
def test_one_period_equals_the_critical_ratio(value: float) -> None:
    problem = small.problem(quarters=2, noise={"outcomes": 5, "gap": 0.3, "price": 0.0})
    gaps = np.sort(problem.gap_noise[:, 0]) * 0.5 * small.NEED / 4
    p, v, s = small.PRICE, value * small.PRICE, 0.5
    ratio = (v - p) / (v - s * p)
    expected = 0.0 if ratio <= 0.0 else gaps[int(np.ceil(5 * ratio - 1e-9)) - 1]
    assert newsvendor(v) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_more_is_held_where_shortage_costs_more_and_less_where_carrying_does() -> None:
    by_value = [newsvendor(v * small.PRICE) for v in (0.9, 1.1, 1.4, 2.0, 6.0)]
    by_rent = [newsvendor(1.5 * small.PRICE, rent) for rent in (0.0, 10_000.0, 30_000.0, 60_000.0)]
    assert by_value == sorted(by_value)
    assert by_value[-1] > by_value[0]
    assert by_rent == sorted(by_rent, reverse=True)
    assert by_rent[0] > by_rent[-1]


def test_the_paths_cost_what_the_programme_says() -> None:
    found = made(small.problem(quarters=4, noise={"outcomes": 3, "price": 0.1}))
    from lodestock.reserve.replay import part_flows

    part = found.parts[0]
    flows = part_flows(found.problem, 0, part.problem, part.policy, found.states, found.outcomes)
    assert found.totals == pytest.approx(flows.cost, rel=1e-7, abs=1e-3)
    held = [[one.position.held()[0] for one in path] for path in found.paths]
    assert np.array(held) == pytest.approx(flows.held[:, :, 0], rel=1e-7, abs=1e-6)


def test_a_tonne_is_worth_what_it_saves() -> None:
    found = made(small.problem(groups=group({"calm": {"calm": 1.0}, "ban": {"ban": 1.0}})))
    values = {
        (row["regime"], row["held_share_of_plan"]): row["water_value_usd_per_t"]
        for row in water_values(found)
    }
    assert values["ban", 0.0] == pytest.approx(5 * small.PRICE)
    assert values["calm", 0.0] == pytest.approx(0.5 * small.PRICE)


def test_under_hidden_regimes_a_tonne_is_worth_more_the_worse_the_signal() -> None:
    tree = small.document(quarters=4, noise={"outcomes": 2, "gap": 0.3})
    tree["materials"]["gallium"]["short"] = {"late": 0.2, "none": 0.6}
    tree["groups"]["control"] |= {
        "hidden": True,
        "regimes": {"calm": {}, "ban": {}},
        "signals": {
            "usual": {"probability": {"calm": 0.9, "ban": 0.2}},
            "late": {"exporters": "CHN", "cut": 0.4, "probability": {"calm": 0.1, "ban": 0.4}},
            "none": {"exporters": "CHN", "cut": 1.0, "probability": {"calm": 0.0, "ban": 0.4}},
        },
    }
    found = made(prepare(small.case(tree)))
    problem = found.problem
    # second quarter: prior 0.7 calm; usual 0.63 against 0.06, none 0 against 0.12
    assert belief_after(problem, "usual", 2) == pytest.approx([0.63 / 0.69, 0.06 / 0.69])
    assert belief_after(problem, "none", 2) == pytest.approx([0.0, 1.0])
    worth = {
        row["regime"]: row["water_value_usd_per_t"]
        for row in water_values(found)
        if row["held_share_of_plan"] == 0.5
    }
    assert list(worth) == ["usual", "late", "none"]
    assert 0.5 * small.PRICE < worth["usual"] <= worth["late"] <= worth["none"] <= 5 * small.PRICE
    assert worth["usual"] < worth["none"]


def test_the_frontier_scores_every_plan_under_every_objective() -> None:
    tree = small.document(quarters=3, terminal=1.0)
    tree["materials"]["gallium"] |= {"offtake": "8 t/year"}
    found = plan(prepare(small.case(tree)))
    assert [score.name for score in found.frontier] == [
        "emergency-cover",
        "market-stabilisation",
        "supply-chain-bankability",
    ]
    chosen, _, bankable = found.frontier
    assert bankable.offtake < chosen.offtake
    assert chosen.shortage + chosen.own_cost <= bankable.shortage + bankable.own_cost + 1.0


def test_json_carries_the_certificate() -> None:
    found = as_dict(made(small.problem()))
    certificate = found["certificate"]
    assert certificate["lower_bound"] <= certificate["upper_bound"]
    assert certificate["gap"] == pytest.approx(
        (certificate["upper_bound"] - certificate["lower_bound"]) / certificate["upper_bound"], abs=1e-9
    )
    assert certificate["proved"] is True
