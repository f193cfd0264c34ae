"""Both bounds: against the exact tree, under risk, with shared money, after a kill, on fuzzed cases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.reserve import small

from lodestock.errors import ConflictError
from lodestock.reserve.bounds import certify
from lodestock.reserve.plan import plan
from lodestock.reserve.prepare import prepare
from lodestock.reserve.problem import Problem
from lodestock.reserve.stages import reserve_model
from lodestock.reserve.training import Effort, measure
from lodestock.sddp import extensive_form


def exact(problem: Problem) -> float:
    """Optimum of the whole tree, USD."""
    return extensive_form(reserve_model(problem), risk=measure(problem)).value * problem.money_unit


def effort(gap: float = 1e-6, folder: Path | None = None) -> Effort:
    return Effort(gap=gap, seconds=60.0, iterations=300, seed=3, folder=folder)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"noise": {"outcomes": 2, "gap": 0.3, "price": 0.1}},
        {"risk": {"weight": 0.5, "tail": 0.3}},
        {"sell_in_calm": True, "noise": {"outcomes": 2, "price": 0.2}},
        {"objective": "market-stabilisation"},
    ],
)
def test_the_exact_optimum_lies_between_the_bounds_of_one_material(changes: dict[str, Any]) -> None:
    problem = small.problem(**changes)
    proof = certify(problem, effort(1e-5)).certificate
    optimum = exact(problem)
    assert proof.lower_bound <= optimum * (1 + 1e-7) + 1.0
    assert optimum <= proof.upper_bound * (1 + 1e-7) + 1.0
    assert proof.gap < 1e-3


@pytest.mark.parametrize(
    "money",
    [
        {"private": {"amount": "3 M USD"}},
        {"private": {"amount": "0.6 M USD"}},
        {"budget_per_quarter": "0.5 M USD"},
        {
            "private": {"amount": "0.4 M USD"},
            "loan": {"amount": "2 M USD", "rate": 0.08, "advance_rate": 0.8},
        },
    ],
)
def test_the_exact_optimum_lies_between_the_bounds_of_materials_that_share_money(
    money: dict[str, Any],
) -> None:
    problem = prepare(small.case(small.two_materials(money=money, quarters=3)))
    found = certify(problem, effort(1e-4))
    proof, optimum = found.certificate, exact(problem)
    assert proof.lower_bound <= optimum * (1 + 1e-7) + 1.0
    assert optimum <= proof.upper_bound * (1 + 1e-7) + 1.0
    assert sum(part.share for part in found.parts) == pytest.approx(1.0)


def test_money_that_does_not_bind_costs_no_gap() -> None:
    problem = prepare(small.case(small.two_materials(money={"private": {"amount": "50 M USD"}})))
    assert certify(problem, effort(1e-4)).certificate.gap < 2e-4


def test_under_risk_the_lower_side_is_that_of_all_materials_together() -> None:
    tree = small.two_materials(
        money={"private": {"amount": "3 M USD"}}, risk={"weight": 0.5, "tail": 0.2}, quarters=3
    )
    problem = prepare(small.case(tree))
    proof, optimum = certify(problem, effort(1e-3)).certificate, exact(problem)
    assert proof.lower_kind == "joint"
    assert proof.lower_bound - 1.0 <= optimum <= proof.upper_bound + 1.0


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_under_risk_materials_that_share_nothing_are_still_weighed_together(weight: float) -> None:
    tree = small.two_materials(risk={"weight": weight, "tail": 0.3}, quarters=3)
    tree["groups"]["other"] = tree["groups"]["control"] | {"materials": ["germanium"]}
    tree["groups"]["control"] = tree["groups"]["control"] | {"materials": ["gallium"]}
    problem = prepare(small.case(tree))
    proof, optimum = certify(problem, effort(1e-4)).certificate, exact(problem)
    assert proof.lower_kind == "joint"
    assert proof.lower_bound <= optimum * (1 + 1e-7) + 1.0
    assert optimum <= proof.upper_bound * (1 + 1e-7) + 1.0
    assert proof.gap < 1e-3


def test_a_case_in_which_nothing_can_be_lost_costs_nothing_and_is_proved() -> None:
    transition = {"calm": {"calm": 0.3, "ban": 0.7}, "ban": {"calm": 0.54, "ban": 0.46}}
    groups = small.document()["groups"]
    groups["control"]["transition"] = transition
    holding = small.document()["holdings"][0] | {"lag": 0}
    found = certify(
        small.problem(
            objective="market-stabilisation",
            quarters=2,
            discount_rate=0.2,
            terminal=1.0,
            groups=groups,
            holdings=[holding],
            sites={"depot": {"country": "USA", "rent": "30000 USD/t"}},
            money={
                "budget_per_quarter": "0.1 M USD",
                "private": {"amount": "0.2 M USD"},
                "loan": {"amount": "2 M USD", "rate": 0.02, "advance_rate": 0.9},
            },
        ),
        effort(1e-3),
    )
    assert found.certificate.lower_bound == pytest.approx(0.0, abs=0.01)
    assert found.certificate.upper_bound == pytest.approx(0.0, abs=0.01)
    assert found.certificate.gap < 0.01


def test_lots_that_age_and_arrive_late_are_planned_with_both_bounds() -> None:
    holdings = [
        {
            "material": "gallium",
            "form": "metal",
            "site": "depot",
            "insurance": 0.0,
            "shelf_life": "6 months",
            "lag": 2,
        }
    ]
    problem = small.problem(quarters=4, holdings=holdings)
    proof, optimum = certify(problem, effort(1e-3)).certificate, exact(problem)
    assert proof.lower_bound - 1.0 <= optimum <= proof.upper_bound + 1.0
    assert proof.gap < 0.02


def test_materials_with_orders_on_the_way_that_share_money_are_planned_together() -> None:
    tree = small.two_materials(money={"private": {"amount": "0.6 M USD"}}, quarters=4)
    for holding in tree["holdings"]:
        holding["lag"] = 2
    problem = prepare(small.case(tree))
    found = certify(problem, effort(1e-3))
    optimum = exact(problem)
    assert [part.material for part in found.parts] == ["all together"]
    assert found.certificate.lower_bound - 1.0 <= optimum <= found.certificate.upper_bound + 1.0
    assert found.certificate.gap < 2e-3


@pytest.mark.parametrize(
    ("when", "missing"),
    [("with shares of money:", "shared"), ("at prices of money, closer", "priced-narrow-0")],
)
def test_a_killed_run_goes_on_to_the_same_cuts(when: str, missing: str, tmp_path: Path) -> None:
    tree = small.two_materials(
        money={"private": {"amount": "3 M USD"}},
        quarters=5,
        noise={"outcomes": 3, "gap": 0.3, "price": 0.1},
    )
    problem = prepare(small.case(tree))
    whole = certify(problem, effort(1e-3, tmp_path / "whole"))

    class KilledError(RuntimeError):
        pass

    def kill(done: int, of: int, what: str) -> None:
        if what.startswith(when):
            raise KilledError

    with pytest.raises(KilledError):
        certify(problem, effort(1e-3, tmp_path / "cut"), kill)
    assert sorted(tmp_path.glob("cut/free-*"))
    assert not sorted(tmp_path.glob(f"cut/{missing}-0*"))
    resumed = certify(problem, effort(1e-3, tmp_path / "cut"))
    assert resumed.certificate == whole.certificate
    for one, other in zip(whole.parts, resumed.parts, strict=True):
        assert one.share == other.share
        for cut, same in zip(one.policy.cuts, other.policy.cuts, strict=True):
            for table, again in zip(cut, same, strict=True):
                assert np.array_equal(table.slope, again.slope)
                assert np.array_equal(table.height, again.height)


def hidden(quarters: int = 3, **changes: Any) -> Problem:
    """Gallium and, if wanted, germanium under a control that is only seen by its signals."""
    tree = small.document(quarters=quarters, **changes)
    for terms in tree["materials"].values():
        terms["short"] = {"stop": 0.5}
    tree["groups"]["control"] |= {
        "hidden": True,
        "materials": list(tree["materials"]),
        "regimes": {"calm": {}, "ban": {}},
        "signals": {
            "quiet": {"probability": {"calm": 0.9, "ban": 0.3}},
            "stop": {"exporters": "CHN", "cut": 1.0, "probability": {"calm": 0.1, "ban": 0.7}},
        },
    }
    return prepare(small.case(tree))


def test_finished_parts_are_taken_further_where_a_smaller_gap_is_asked_for(tmp_path: Path) -> None:
    problem = small.problem(quarters=4, noise={"outcomes": 3, "gap": 0.3, "price": 0.1})
    wide = certify(problem, effort(0.2, tmp_path)).certificate
    narrow = certify(problem, effort(1e-4, tmp_path)).certificate
    again = certify(problem, effort(0.2, tmp_path)).certificate
    assert narrow.gap <= 1e-4 < wide.gap
    assert (again.lower_bound, again.upper_bound) == (narrow.lower_bound, narrow.upper_bound)


@pytest.mark.parametrize(("seed", "weight"), [(4, 1.0), (3, 0.5)])
def test_parts_of_another_seed_or_risk_are_not_taken_over(tmp_path: Path, seed: int, weight: float) -> None:
    certify(small.problem(), effort(1e-3, tmp_path))
    other = small.problem(risk={"weight": weight, "tail": 0.3})
    with pytest.raises(ConflictError):
        certify(other, replace(effort(1e-3, tmp_path), seed=seed))


HIDDEN = [
    {},
    {"noise": {"outcomes": 2, "gap": 0.3, "price": 0.1}},
    {"objective": "market-stabilisation", "quarters": 2},
    {"sites": {"depot": {"country": "USA", "rent": "4000 USD/t"}}, "discount_rate": 0.05},
    {key: small.two_materials()[key] for key in ("holdings", "materials")}
    | {"money": {"private": {"amount": "0.6 M USD"}}},
]


@pytest.mark.parametrize("changes", HIDDEN)
def test_hidden_regimes_have_both_bounds_around_the_exact_optimum(changes: dict[str, Any]) -> None:
    problem = hidden(**changes)
    proof, optimum = certify(problem, effort(1e-3)).certificate, exact(problem)
    assert proof.is_proved
    assert (proof.lower_kind, proof.upper_kind) == ("joint", "joint")
    assert proof.lower_bound <= optimum * (1 + 1e-7) + 1.0
    assert optimum <= proof.upper_bound * (1 + 1e-7) + 1.0
    assert proof.gap < 2e-3


def test_paths_under_hidden_regimes_cost_what_the_bounds_say() -> None:
    found = plan(hidden(noise={"outcomes": 2, "gap": 0.3}), frontier=False, gap=1e-4, paths=600)
    totals, proof = found.totals, found.certificate
    error = 4.0 * totals.std(ddof=1) / np.sqrt(len(totals))
    assert proof.lower_bound - error <= totals.mean() <= proof.upper_bound + error


def test_hidden_regimes_killed_in_the_middle_go_on_to_the_same_cuts(tmp_path: Path) -> None:
    problem = hidden(noise={"outcomes": 3, "gap": 0.3, "price": 0.1}, quarters=4)
    whole = certify(problem, effort(1e-3, tmp_path / "whole"))

    class KilledError(RuntimeError):
        pass

    told = []

    def kill(done: int, of: int, what: str) -> None:
        told.append(what)
        if len(told) == 6:
            raise KilledError

    with pytest.raises(KilledError):
        certify(problem, effort(1e-3, tmp_path / "cut"), kill)
    resumed = certify(problem, effort(1e-3, tmp_path / "cut"))
    assert len(whole.parts[0].policy.log) > 6
    assert resumed.certificate == whole.certificate
    for cut, same in zip(whole.parts[0].policy.cuts, resumed.parts[0].policy.cuts, strict=True):
        for table, again in zip(cut, same, strict=True):
            assert np.array_equal(table.slope, again.slope)
            assert np.array_equal(table.height, again.height)


def test_materials_planned_together_narrow_what_planning_apart_leaves() -> None:
    tree = small.two_materials(money={"private": {"amount": "0.6 M USD"}}, quarters=3)
    problem = prepare(small.case(tree))
    found = certify(problem, effort(1e-4))
    assert found.certificate.upper_kind == "joint"
    assert [part.material for part in found.parts] == ["all together"]
    assert found.certificate.gap < 1e-3
    one = plan(problem, frontier=False, gap=1e-4, paths=200)
    error = 4.0 * one.totals.std(ddof=1) / np.sqrt(200)
    assert found.certificate.lower_bound - error <= one.totals.mean() <= found.certificate.upper_bound + error


chance = st.floats(0.0, 1.0)


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(
    calm=chance,
    ban=chance,
    short=st.floats(0.0, 1.0),
    value=st.floats(0.5, 30.0),
    rent=st.floats(0.0, 20_000.0),
    outcomes=st.integers(1, 3),
    quarters=st.integers(1, 4),
    objective=st.sampled_from(("emergency-cover", "market-stabilisation", "supply-chain-bankability")),
    start=st.floats(0.0, 10.0),
    weight=st.sampled_from((1.0, 0.6)),
)
def test_no_case_gets_an_answer_without_a_proof(
    calm: float,
    ban: float,
    short: float,
    value: float,
    rent: float,
    outcomes: int,
    quarters: int,
    objective: str,
    start: float,
    weight: float,
) -> None:
    tree = small.document(
        quarters=quarters,
        objective=objective,
        sites={"depot": {"country": "USA", "rent": f"{rent} USD/t"}},
        noise={"outcomes": outcomes, "gap": 0.3, "price": 0.15},
        risk={"weight": weight, "tail": 0.2},
        permanent_impact=0.2,
    )
    tree["holdings"][0]["start"] = f"{start} t"
    tree["materials"]["gallium"] = small.terms(
        value * small.PRICE, short={"ban": short}, offtake="6 t/year", cover="30 days"
    )
    tree["groups"]["control"]["transition"] = {
        "calm": {"calm": calm, "ban": 1.0 - calm},
        "ban": {"calm": 1.0 - ban, "ban": ban},
    }
    found = plan(prepare(small.case(tree)), frontier=False, gap=1e-3, paths=60)
    proof = found.certificate
    assert proof.is_proved
    assert np.isfinite([proof.lower_bound, proof.upper_bound]).all()
    assert proof.lower_bound <= proof.upper_bound
    assert proof.upper_bound - proof.lower_bound <= 1e-3 * max(abs(proof.upper_bound), small.PRICE)
    for part in found.parts:
        lows = [one.lower_bound for one in part.policy.log]
        highs = [one.upper_bound for one in part.policy.log]
        assert lows == sorted(lows)
        assert highs == sorted(highs, reverse=True)
    if weight == 1.0:
        totals = found.totals
        error = 4.5 * totals.std(ddof=1) / np.sqrt(len(totals)) + 1.0
        assert proof.lower_bound - error <= totals.mean() <= proof.upper_bound + error
