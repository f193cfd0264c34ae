"""``lodestock reserve plan``: JSON, folder, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.reserve import small
from typer.testing import CliRunner

from lodestock.cli.app import app
from lodestock.errors import LodestockError


@pytest.fixture
def case_file(tmp_path: Path) -> Path:
    tree = small.document(
        quarters=3, noise={"outcomes": 2, "gap": 0.2, "price": 0.05}, training={"paths": 40}
    )
    tree["materials"]["gallium"] |= {"offtake": "4 t/year"}
    path = tmp_path / "reserve-small.yaml"
    path.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")
    return path


def test_json_page_workbook_and_words(case_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = CliRunner().invoke(app, ["reserve", "plan", str(case_file), "--json", "--out", str(out)])
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    proof = found["certificate"]
    assert proof["lower_bound"] <= proof["upper_bound"]
    assert proof["gap"] <= 0.01
    for table in ("composition", "calendar", "water_values", "shortages", "money", "frontier"):
        assert found[table]
    assert json.loads((out / "plan.json").read_text(encoding="utf-8"))["certificate"] == proof
    page = (out / "plan.html").read_text(encoding="utf-8")
    for words in ("What to hold", "What a tonne is worth", "Between the objectives", "Certificate"):
        assert words in page
    assert (out / "plan.xlsx").stat().st_size > 5_000


def test_the_terminal_gets_one_screen(case_file: Path) -> None:
    result = CliRunner().invoke(app, ["reserve", "plan", str(case_file), "--no-frontier"])
    assert result.exit_code == 0, result.output
    assert "The best plan costs between" in result.output
    assert len(result.output.splitlines()) <= 40


def test_bankability_without_promised_purchases_says_so(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    tree = small.document(objective="supply-chain-bankability")
    path.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")
    result = CliRunner().invoke(app, ["reserve", "plan", str(path), "--no-frontier"])
    assert "promises producers no purchases" in " ".join(result.output.split())


def test_bad_input_ends_with_exit_code_two(case_file: Path) -> None:
    text = (
        case_file.read_text(encoding="utf-8").replace("    form: metal\n", "").replace("  form: metal\n", "")
    )
    case_file.write_text(text, encoding="utf-8")
    with pytest.raises(LodestockError) as caught:
        CliRunner().invoke(app, ["reserve", "plan", str(case_file)], catch_exceptions=False)
    assert "'form' is missing" in str(caught.value)
    assert "line" in str(caught.value)
    script = Path(sys.executable).with_name("lodestock")
    run = subprocess.run(
        [script, "reserve", "plan", str(case_file)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert "'form' is missing" in run.stderr
