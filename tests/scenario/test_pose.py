"""What cannot be applied is refused before anything is solved, with the place of the entry in its file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.scenario.cases import case, here, load_small, resolved

from lodestock.errors import ConflictError, LodestockError, ValueOutOfRangeError
from lodestock.policy.terms import Amount, ExportBan, ExportQuota, Floor, Instrument, Outage, Release, Tariff
from lodestock.scenario import solve as solving
from lodestock.scenario.explain import explain_plan, idle_sentences
from lodestock.scenario.resolved import Case, ResolvedScenario
from lodestock.scenario.solve import load_problem, pose, solve_case

PLACE = {"term": "mine.yaml, line 8: instruments[0]"}
BY_BBB = Floor(**here(), zone="zone", members=("AAA", "BBB"), floor=Amount(multiple_of_base=1.1))


def placed(own: Case) -> Case:
    return replace(own, places=PLACE)


@pytest.mark.parametrize(
    ("own", "kind", "words"),
    [
        (
            case(Release(**here(), countries=("LIE",), quantity_t=3.0)),
            LodestockError,
            "Release 'term': LIE: no part in the market",
        ),
        (
            case(shocks=(Outage(**here("mine"), countries=("AAA",), lost_t=9e6),)),
            ValueOutOfRangeError,
            "up to 100 t contained a year",
        ),
        (
            case(replace(BY_BBB, members=("AAA",), exempt_origins=("BBB", "CCC"))),
            ConflictError,
            "nobody pays the levy",
        ),
        (
            case(replace(BY_BBB, floor=Amount(usd_per_t=1e6))),
            ValueOutOfRangeError,
            "above any feasible price",
        ),
    ],
    ids=["release", "outage", "floor-nobody-pays", "floor-too-high"],
)
@pytest.mark.parametrize("alternative", [False, True])
def test_a_term_that_cannot_be_applied_is_refused_unsolved(
    own: Case, kind: type[LodestockError], words: str, alternative: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(solving, "solve_network", lambda *a, **k: pytest.fail("solved"))
    fine = case(ExportBan(**here(name="ban"), exporters=("AAA",), importers=("BBB", "CCC")))
    own = placed(own)
    cases = (fine, replace(own, name="other")) if alternative else (own,)
    with pytest.raises(kind) as caught:
        load_problem(resolved(*cases, zone=("AAA",)), load_small)
    assert str(caught.value).startswith("mine.yaml, line 8: instruments[0]: ")
    assert words in str(caught.value)


def test_a_quota_shared_with_the_host_is_refused_where_it_stands():
    terms = [
        ExportQuota(
            **here(material=material), exporters=("AAA",), importers=("BBB",), share_of_base=0.5, shared=True
        )
        for material in ("testium", "byproductium")
    ]
    scenario = resolved(placed(case(*terms)), materials=("testium", "byproductium"))
    with pytest.raises(ConflictError, match="cannot share a quota") as caught:
        pose(scenario, load_small)
    assert caught.value.where.startswith("mine.yaml, line 8")


def test_a_case_that_was_not_read_from_a_file_names_the_entry_only():
    own = case(shocks=(Outage(**here("mine"), countries=("AAA",), lost_t=9e6),))
    with pytest.raises(ValueOutOfRangeError) as caught:
        pose(resolved(own), load_small)
    assert caught.value.where == "outage 'term'"


def test_every_entry_of_a_file_has_its_place(read: Callable[[str], ResolvedScenario], ban: str):
    text = ban + "alternatives:\n  half:\n    title: Half\n    change:\n      ban: {importers: [USA]}\n"
    found = read(text)
    assert found.case.places == {"ban": "case.yaml, line 5: instruments[0]"}
    assert found.alternatives[0].places["ban"].startswith("case.yaml, line ")


@pytest.mark.parametrize(
    ("term", "why"),
    [
        (ExportBan(**here(), exporters=("LIE",), importers=("AAA", "BBB")), "LIE has no part in the market"),
        (Tariff(**here(), importers=("LIE",), exporters=("AAA",), ad_valorem=0.1), "LIE has no part"),
        (
            ExportBan(**here(), exporters=("CCC",), importers=("AAA", "BBB")),
            "in the base year no testium (refined) is shipped from CCC to AAA and BBB",
        ),
    ],
)
def test_a_measure_that_meets_no_trade_is_said_to_change_nothing(term: Instrument, why: str):
    scenario = resolved(case(term))
    problem = load_problem(scenario, load_small)
    plan = "\n".join(explain_plan(scenario, {}, problem.networks))
    assert "It changes nothing" in plan
    assert why in plan
    solved = solve_case(problem, scenario.case)
    price = {name: equilibrium.price for name, equilibrium in solved.equilibria.items()}
    (said,) = idle_sentences(scenario.case, scenario, problem.networks, price, {})
    assert said.startswith("'term' changes nothing because ")
    assert why in said
    base = problem.base["testium"].price
    assert price["testium"] == pytest.approx(base, rel=1e-6)


def test_a_measure_that_meets_trade_is_not():
    term = ExportBan(**here(), exporters=("BBB",), importers=("AAA", "CCC"))
    scenario = resolved(case(term))
    problem = load_problem(scenario, load_small)
    assert "changes nothing" not in "\n".join(explain_plan(scenario, {}, problem.networks))
    price = {name: equilibrium.price for name, equilibrium in problem.base.items()}
    assert idle_sentences(scenario.case, scenario, problem.networks, price, {}) == ()


def test_a_closed_route_that_would_pay_is_not_idle():
    # CCC has nothing of its own; with its price far below, goods would flow back from it
    term = ExportBan(**here(), exporters=("CCC",), importers=("AAA", "BBB"))
    scenario = resolved(case(term))
    problem = load_problem(scenario, load_small)
    network = problem.networks["testium"]
    price = network.nodes.price.copy()
    price[network.nodes_at("testium", "refined")[network.country_index(("CCC",))]] = 1.0
    assert idle_sentences(scenario.case, scenario, problem.networks, {"testium": price}, {}) == ()
