"""The gap in words, chart and table, on solved scenarios."""

from __future__ import annotations

from itertools import pairwise

import pytest

from lodestock.report.charts.gap import gap_chart, gap_steps, gap_table
from lodestock.report.gap import LOST, Item, _closing, end_use, gap_sentences, items, lost
from lodestock.report.numbers import mass
from lodestock.report.words import answer
from lodestock.scenario.load import load_scenario
from lodestock.scenario.outcome import Outcome
from lodestock.scenario.run import run_scenario


@pytest.fixture(scope="module")
def antimony() -> Outcome:
    return run_scenario(load_scenario("antimony-ban-release"), draws=0)


@pytest.fixture(scope="module")
def cobalt() -> Outcome:
    return run_scenario(load_scenario("drc-cobalt-export-stop"), draws=0)


def test_items_add_up(antimony: Outcome, cobalt: Outcome) -> None:
    for outcome in (antimony, cobalt):
        found = items(outcome, outcome.materials[0])
        closed = sum(item.tonnes for item in found if not item.lost)
        assert closed == pytest.approx(lost(found), rel=1e-9)


def test_bars_run_from_zero_over_the_loss_back_to_zero(antimony: Outcome) -> None:
    steps = gap_steps(antimony, "antimony").to_dicts()
    assert steps[0]["start"] == 0.0
    for before, after in pairwise(steps):
        assert after["start"] == before["end"]
    total = lost(items(antimony, "antimony"))
    assert abs(steps[-1]["end"]) < 0.004 * total
    assert {step["kind"] for step in steps} == {"lost", "closed by supply", "closed by users"}


def test_the_first_page_names_the_leak_and_what_users_do(antimony: Outcome) -> None:
    (text,) = gap_sentences(antimony)
    leak = next(item for item in items(antimony, "antimony") if item.key == "leak")
    blocked = next(item for item in items(antimony, "antimony") if item.key in LOST)
    # the shipped scenario states a leak of 20 %
    assert leak.tonnes == pytest.approx(0.2 * blocked.tonnes, rel=1e-9)
    assert f"leaks round the control {mass(leak.tonnes)}" in text
    assert "users do without" in text
    short = next(point for point in answer(antimony).points if point.key == "short")
    assert text in short.sentences


def test_a_price_that_more_than_triples_is_explained(antimony: Outcome, cobalt: Outcome) -> None:
    assert not any("stops rising" in text for text in gap_sentences(antimony))
    stop = gap_sentences(cobalt)[-1]
    best = max(items(cobalt, "cobalt"), key=lambda item: item.last)
    assert (best.key, best.detail) == ("substitution", "Batteries")
    assert "stops rising at 3.7 times its level because users switch to substitutes in batteries" in stop


def test_a_loss_at_the_mine_names_refining_losses(cobalt: Outcome) -> None:
    assert "smaller losses in refining" in gap_sentences(cobalt)[0]


def test_table_and_chart_are_complete(antimony: Outcome) -> None:
    table, chart = gap_table(antimony, "antimony"), gap_chart(antimony, "antimony")
    assert table is not None
    assert chart is not None
    labels = [row[0].text for row in table.rows]
    assert labels[0] == "Kept back by export controls"
    assert "Leaks round the control" in labels
    assert "Leaks round the control" in chart.description


def test_nothing_lost_shows_nothing(zone: Outcome) -> None:
    assert zone.cases["scenario"].gap.is_empty()
    assert gap_sentences(zone) == []
    assert gap_chart(zone, zone.materials[0]) is None
    assert gap_table(zone, zone.materials[0]) is None


@pytest.mark.parametrize(
    ("name", "inside"),
    [("Lead-acid batteries", "lead-acid batteries"), ("CIGS solar cells", "CIGS solar cells"),
     ("Plastics (catalysts and stabilisers)", "plastics")],
)  # fmt: skip
def test_end_uses_inside_a_sentence(name: str, inside: str) -> None:
    assert end_use(name) == inside


def test_what_goes_elsewhere_is_told_beside_what_closes_the_gap(antimony: Outcome) -> None:
    # 10 t are lost; imports bring 8 t and users give 4 t, so 2 t go elsewhere
    parts = [("blocked", "", 10.0, True), ("imports", "", 8.0, False), ("thrift", "", 4.0, False)]
    found = [Item(key, "", detail, tonnes, is_lost, 0.0) for key, detail, tonnes, is_lost in parts]
    told = _closing(antimony, "antimony", found).replace("\N{NO-BREAK SPACE}", " ")
    assert "gives 8.0 t, while 2.0 t goes elsewhere; users do without 4.0 t" in told, told


def test_what_reserves_buy_is_told_as_theirs(antimony: Outcome) -> None:
    # 10 t are lost; imports bring 8 t, users give 4 t and reserves take 2 t
    parts = [
        ("blocked", 10.0, True),
        ("imports", 8.0, False),
        ("thrift", 4.0, False),
        ("purchase", -2.0, False),
    ]
    found = [Item(key, "", key, tonnes, is_lost, 0.0) for key, tonnes, is_lost in parts]
    told = _closing(antimony, "antimony", found).replace("\N{NO-BREAK SPACE}", " ")
    assert "gives 8.0 t, while reserves take 2.0 t; users do without 4.0 t" in told, told


def test_one_way_of_doing_without_is_told_once(antimony: Outcome) -> None:
    parts = [("blocked", 10.0, True), ("imports", 6.0, False), ("thrift", 4.0, False)]
    found = [Item(key, "", key, tonnes, is_lost, 0.0) for key, tonnes, is_lost in parts]
    told = _closing(antimony, "antimony", found).replace("\N{NO-BREAK SPACE}", " ")
    assert told.endswith("users do without 4.0 t, all by saving."), told
