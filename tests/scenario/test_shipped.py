"""Every shipped scenario and template: reads, explains itself, names sources, survives a round trip."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lodestock.errors import ConflictError, FileFormatError, UnknownNameError
from lodestock.scenario import library
from lodestock.scenario.catalog_names import load_names
from lodestock.scenario.document import document_of_bytes
from lodestock.scenario.explain import explain_plan
from lodestock.scenario.library import new_from_template, shipped_scenarios, template_names
from lodestock.scenario.listing import rows
from lodestock.scenario.load import load_scenario
from lodestock.scenario.resolve import resolve
from lodestock.scenario.resolved import Case, ResolvedScenario
from lodestock.scenario.writer import to_document, to_yaml

SHIPPED = [
    str(path)
    for path in sorted(library.library_directory().rglob("*.yaml"))
    if not path.name.startswith(library.RESERVE)
]
NAMES = [Path(path).stem for path in SHIPPED]


def _cases(resolved: ResolvedScenario) -> tuple[Case, ...]:
    return (resolved.case, *resolved.alternatives)


def test_the_six_questions_ship_with_three_templates() -> None:
    assert set(library.library_names()) >= {
        "antimony-ban-release",
        "drc-cobalt-export-stop",
        "four-material-zone-floor",
        "gallium-germanium-export-ban",
        "lithium-glut",
        "ndpr-floor-110",
    }
    assert set(template_names()) >= {"minimal", "export-ban", "zone-floor"}


@pytest.mark.parametrize("path", SHIPPED, ids=NAMES)
def test_a_round_trip_changes_nothing(path: str) -> None:
    resolved = load_scenario(path)
    again = resolve(document_of_bytes(to_yaml(resolved).encode(), resolved.name), load_names())
    assert to_document(again) == to_document(resolved)
    for before, after in zip(_cases(resolved), _cases(again), strict=True):
        for kind in ("instruments", "shocks", "not_in_force"):
            old = sorted(getattr(before, kind), key=lambda term: (term.start, term.name, term.material))
            new = sorted(getattr(after, kind), key=lambda term: (term.start, term.name, term.material))
            assert [replace(term, name="") for term in new] == [replace(term, name="") for term in old]
    assert replace(again, case=resolved.case, alternatives=resolved.alternatives) == resolved


@pytest.mark.parametrize("path", SHIPPED, ids=NAMES)
def test_the_plan_mentions_every_entry(path: str) -> None:
    resolved = load_scenario(path)
    plan = explain_plan(resolved)
    text = "\n".join(plan)
    for case in _cases(resolved):
        assert case.title in text
        for term in (*case.instruments, *case.shocks, *case.not_in_force):
            assert any(line.startswith(f"'{term.name}'") and term.material in line for line in plan), term
    for zone in resolved.zones:
        assert f"Zone {zone.name!r} has {len(zone.members)} members" in text
    assert all(line.endswith((".", "?")) for line in plan)


@pytest.mark.parametrize("path", SHIPPED, ids=NAMES)
def test_every_entry_says_where_its_figures_come_from(path: str) -> None:
    for case in _cases(load_scenario(path)):
        for term in (*case.instruments, *case.shocks):
            assert term.source, term


@pytest.mark.parametrize("shipped", shipped_scenarios(), ids=lambda shipped: shipped.name)
def test_shipped_questions_have_alternatives_and_doing_nothing(shipped: library.ShippedScenario) -> None:
    resolved = load_scenario(shipped.name)
    assert resolved.question.endswith("?")
    assert resolved.sources
    assert len(resolved.alternatives) >= 3
    names = {case.name for case in resolved.alternatives}
    nobody_answers = {type(term).__name__ for term in resolved.case.instruments} <= {
        "ExportBan",
        "ExportQuota",
    }
    assert "do-nothing" in names or nobody_answers


def test_listing_is_complete() -> None:
    listed = rows("scenarios")
    assert [row["slug"] for row in listed] == list(library.library_names())
    assert all(row["title"] and row["question"] and row["materials"] for row in listed)
    kinds = {row["kind"]: row for row in rows("instruments")}
    assert len(kinds) == 23
    assert kinds["floor"]["group"] == "instrument"
    assert kinds["outage"]["group"] == "shock"
    assert "price" in kinds["floor"]["keys"]


def test_a_new_scenario_starts_from_a_template_and_never_overwrites(tmp_path: Path) -> None:
    path = new_from_template("mine", "zone-floor", tmp_path)
    assert path == tmp_path / "mine.yaml"
    assert load_scenario(path).name == "mine"
    before = path.read_bytes()
    with pytest.raises(ConflictError, match="exists already"):
        new_from_template("mine", "minimal", tmp_path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["mine.yaml"]
    with pytest.raises(UnknownNameError, match="did you mean 'minimal'"):
        new_from_template("other", "minimall", tmp_path)
    for name in ("../evil", "", "a b", "x" * 200, ".hidden"):
        with pytest.raises(FileFormatError, match="cannot name"):
            new_from_template(name, "minimal", tmp_path)
    with pytest.raises(FileFormatError, match="cannot be written"):
        new_from_template("mine", "minimal", tmp_path / "missing")


def test_a_shipped_scenario_is_found_by_name_and_misspelt_ones_are_named() -> None:
    assert load_scenario("lithium-glut").name == "lithium-glut"
    with pytest.raises(UnknownNameError, match="did you mean 'lithium-glut'"):
        load_scenario("lithium-glutt")
    with pytest.raises(FileFormatError, match="no such file"):
        load_scenario("lithium-glut-2.yaml")


def test_reading_a_scenario_needs_no_table_library() -> None:
    code = (
        "import sys; from lodestock.scenario.load import load_scenario;"
        "load_scenario('gallium-germanium-export-ban');"
        "heavy = {'polars', 'numpy', 'scipy', 'pandas', 'numba'} & set(sys.modules);"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
