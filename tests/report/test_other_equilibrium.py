"""The report shows both equilibria where the outcome holds two."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.report.synthetic import table_of

from lodestock.report.other_equilibrium import other_equilibrium_table
from lodestock.report.provenance import certificate_table
from lodestock.report.sections import solved_sections
from lodestock.scenario.outcome import Outcome


@pytest.fixture
def several(zone: Outcome) -> Outcome:
    rows = [
        ("gallium", "refined", "reference price", "inside", 610_000.0, 480_000.0, "", ""),
        ("gallium", "refined", "reference price", "unheard of", 1.0, 2.0, "", ""),
        ("gallium", "refined", "levy", "floor-gallium", 0.0, 190_000.0, "slack", "unenforceable"),
    ]
    case = replace(zone.cases["scenario"], other_equilibrium=table_of("other_equilibrium", rows))
    return replace(zone, cases={**zone.cases, "scenario": case})


def test_one_equilibrium_needs_no_section(zone: Outcome, outlines):
    assert other_equilibrium_table(zone) is None
    assert "other-equilibrium" not in [section.key for section in solved_sections(zone, outlines)]


def test_both_are_shown_in_one_unit(several: Outcome, outlines):
    found = other_equilibrium_table(several)
    assert found is not None
    cells = [[cell.text for cell in row] for row in found.rows]
    assert [row[2].split(",")[0] for row in cells] == ["price", "levy"]
    assert "610/kg" in cells[0][3]
    assert "480/kg" in cells[0][4]
    assert "0/kg (slack)" in cells[1][3]
    assert "190/kg (unenforceable)" in cells[1][4]
    keys = [section.key for section in solved_sections(several, outlines)]
    assert keys.index("other-equilibrium") == keys.index("levies") + 1


@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        ({"multiple": True, "audited": True}, "yes"),
        ({"multiple": False, "audited": True}, "no"),
        ({"multiple": False, "audited": False}, "not found, search incomplete"),
    ],
)
def test_a_search_that_did_not_end_is_not_a_no(zone: Outcome, certificate, words):
    case = zone.cases["scenario"]
    changed = replace(case, certificate={**case.certificate, **certificate})
    found = certificate_table(replace(zone, cases={**zone.cases, "scenario": changed}))
    (row,) = (row for row in found.rows if row[0].text == zone.title)
    assert row[-1].text == words
