"""``lodestock run``: one folder, written whole or not at all, with what was asked for."""

import json
from pathlib import Path

import pytest

from lodestock.cli.progress import progress_bar

SCENARIO = """
title: Germanium duty
question: What does a duty of a tenth cost whom?
materials: [germanium]
instruments:
  - name: duty
    type: tariff
    importers: USA
    rate: 10 %
    start: 2025-01-01
options: {draws: 2, seed: 3}
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "duty.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def test_a_run_prints_the_summary_and_the_path_of_the_report(lodestock, scenario, tmp_path):
    done = lodestock("run", scenario, "--out", tmp_path / "out", "--format", "html")
    assert done.code == 0, done.err
    assert done.err == ""
    assert "Germanium duty" in done.out
    report = Path(done.out.splitlines()[-1].removeprefix("report: "))
    assert report.is_file()
    assert "\x1b" not in done.out


def test_json_carries_the_headline_and_every_file_it_names_exists(lodestock, scenario, tmp_path):
    done = lodestock("run", scenario, "--out", tmp_path / "out", "--json", "--draws", "0")
    result = json.loads(done.out)
    assert result["status"] == "solved"
    assert set(result["files"]) == {"html", "xlsx", "iamc", "parquet", "certificate", "scenario", "run"}
    assert all(Path(path).exists() for path in result["files"].values())


def test_the_folder_defaults_to_the_scenarios_name(lodestock, scenario, monkeypatch):
    monkeypatch.chdir(scenario.parent)
    done = lodestock("run", "duty.yaml", "--draws", "0", "--format", "none", "--quiet")
    assert done.out == "outcomes/duty\n"
    assert {path.name for path in Path("outcomes/duty").iterdir()} == {
        "certificate.json",
        "resolved-scenario.yaml",
        "run.json",
    }


def test_the_same_seed_gives_the_same_numbers_and_another_one_does_not(lodestock, scenario, tmp_path):
    def bands(seed: int) -> object:
        done = lodestock(
            "run", scenario, "--out", tmp_path / "x", "--format", "none", "--json", "--seed", seed
        )
        return json.loads(done.out)["bands"]

    assert bands(1) == bands(1)
    assert bands(1) != bands(2)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--format", "htlm"), "html"),
        (("--format", ""), "unknown format"),
        (("--format", "none,html"), "'none,html' names none beside others"),
        (("--draws", "-1"), "--draws"),
        (("--draws", "1000000000"), "draws: 1000000000 is out of range"),
        (("--seed", "x"), "--seed"),
        (("--outlines", "no-such-outlines.json"), "no-such-outlines.json"),
    ],
)
def test_a_bad_option_ends_with_2_before_anything_is_solved(arguments, named, lodestock, scenario, tmp_path):
    done = lodestock("run", scenario, "--out", tmp_path / "out", *arguments)
    assert (done.code, done.out) == (2, "")
    assert named in done.err
    assert not (tmp_path / "out").exists()


def test_a_bad_scenario_leaves_no_folder(lodestock, tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(SCENARIO.replace("germanium", "germanum"), encoding="utf-8")
    done = lodestock("run", path, "--out", tmp_path / "out")
    assert (done.code, done.out) == (2, "")
    assert "germanium" in done.err
    assert "Traceback" not in done.err
    assert [entry.name for entry in tmp_path.iterdir()] == ["bad.yaml"]


def test_a_folder_with_other_content_is_refused_before_solving(lodestock, scenario, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work", encoding="utf-8")
    done = lodestock("run", scenario, "--out", tmp_path / "mine")
    assert done.code == 2
    assert [entry.name for entry in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_a_case_without_solution_ends_with_3_and_says_so(lodestock, scenario, tmp_path, monkeypatch):
    import dataclasses

    from lodestock.scenario import run as scenario_run

    solve = scenario_run.run_scenario

    def unsolved(*args: object, **kwargs: object):
        outcome = solve(*args, **kwargs)
        case = dataclasses.replace(outcome.cases["scenario"], status="not_solved", reason="residual 1e-3")
        return dataclasses.replace(outcome, cases={**outcome.cases, "scenario": case})

    monkeypatch.setattr(scenario_run, "run_scenario", unsolved)
    done = lodestock("run", scenario, "--out", tmp_path / "out", "--draws", "0", "--format", "none")
    assert done.code == 3
    assert "Not solved: residual 1e-3" in done.out


@pytest.mark.parametrize(("terminal", "wanted"), [(True, True), (False, False)])
def test_progress_is_shown_on_a_terminal_and_silent_when_piped(terminal, wanted, monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    with progress_bar(shown=True) as progress:
        assert (progress is not None) is wanted
        if progress is not None:
            progress(1, 2, "drawing")
    assert capsys.readouterr().out == ""
