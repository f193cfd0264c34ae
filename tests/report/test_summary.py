"""The terminal summary: the same words piped and on a terminal, and numbers for machines."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from html import unescape

from rich.console import Console

from lodestock.report.html import report_page
from lodestock.report.outlines import shipped_outlines
from lodestock.report.summary import print_summary, summary_dict, summary_text
from lodestock.report.words import answer
from lodestock.scenario.outcome import Outcome


def shown(outcome: Outcome, *, terminal: bool) -> str:
    stream = io.StringIO()
    print_summary(outcome, Console(file=stream, force_terminal=terminal, width=110, highlight=False))
    return stream.getvalue()


def test_piped_output_is_plain_text(zone: Outcome) -> None:
    text = shown(zone, terminal=False)
    assert text == summary_text(zone) + "\n"
    assert "\x1b" not in text
    for point in answer(zone).points:
        assert all(sentence in text for sentence in point.sentences)


def test_a_terminal_shows_the_same_questions(zone: Outcome) -> None:
    text = shown(zone, terminal=True)
    assert "\x1b[" in text
    assert all(point.question in text for point in answer(zone).points)


def test_the_dictionary_is_json_with_prices_and_bands(zone: Outcome) -> None:
    found = json.loads(json.dumps(summary_dict(zone), allow_nan=False))
    assert found["status"] == "solved"
    assert found["verdict"] == "at-a-cost"
    assert {row["market"] for row in found["prices"]} >= {"inside", "outside"}
    assert found["certificate"]["worst"] == 3.1e-11


def test_an_unsolved_scenario_says_why(ban: Outcome) -> None:
    scenario = replace(ban.cases["scenario"], status="not_solved", reason="no equilibrium found")
    outcome = replace(ban, cases={**ban.cases, "scenario": scenario})
    assert "Not solved: no equilibrium found" in shown(outcome, terminal=False)
    assert "Not solved" in shown(outcome, terminal=True)
    assert summary_dict(outcome)["status"] == "not_solved"
    assert "headline" not in summary_dict(outcome)


def test_a_measure_that_changes_nothing_is_said_everywhere(ban: Outcome) -> None:
    said = "'duty' changes nothing because Liechtenstein has no part in the market."
    outcome = replace(ban, cases={**ban.cases, "scenario": replace(ban.cases["scenario"], idle=(said,))})
    assert said in shown(outcome, terminal=False).splitlines()
    assert said in shown(outcome, terminal=True)
    assert summary_dict(outcome)["idle"] == [said]
    assert said in unescape(report_page(outcome, shipped_outlines()).html)
