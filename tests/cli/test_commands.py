"""Every command does what its help says; bad names end with 2 and name the nearest one."""

import csv
import io
import json
from pathlib import Path

import pytest

import lodestock as package


def test_version(lodestock):
    done = lodestock("--version")
    assert (done.code, done.out) == (0, f"lodestock {package.__version__}\n")


def test_a_misspelt_command_names_the_right_one(lodestock):
    done = lodestock("chekc", "x")
    assert done.code == 2
    assert "check" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("kind", ["materials", "countries", "scenarios", "instruments", "stages", "sources"])
def test_lists_say_the_same_in_every_format(kind, lodestock):
    rows = json.loads(lodestock("list", kind, "--format", "json").out)
    assert rows
    assert json.loads(lodestock("list", kind, "--json").out) == rows
    as_csv = list(csv.DictReader(io.StringIO(lodestock("list", kind, "--format", "csv").out)))
    assert len(as_csv) == len(rows)
    assert list(as_csv[0]) == list(rows[0])
    table = lodestock("list", kind).out.splitlines()
    assert len(table) == len(rows) + 2


def test_a_material_has_what_programs_rely_on(lodestock):
    rows = {row["slug"]: row for row in json.loads(lodestock("list", "materials", "--format", "json").out)}
    assert len(rows) >= 40
    gallium = rows["gallium"]
    assert gallium["stages"] == ["refined"]
    assert gallium["price_usd_per_t"] > 1e5
    assert isinstance(gallium["has_observed_trade"], bool)
    assert gallium["basis"]
    assert rows["copper"]["name"] == "Copper"
    assert rows["copper"]["stages"] == ["mine", "refined"]


def test_an_unknown_list_is_refused_with_the_ones_there_are(lodestock):
    done = lodestock("list", "metals")
    assert done.code == 2
    assert "materials" in done.err


def test_sources_of_a_material_are_some_of_all_sources(lodestock):
    everything = {row["source_id"] for row in json.loads(lodestock("sources", "--json").out)}
    gallium = json.loads(lodestock("sources", "gallium", "--json").out)
    assert {row["source_id"] for row in gallium} < everything
    assert all(row["licence"] and row["vintage"] for row in gallium)


def test_sources_of_an_unknown_material_name_the_nearest(lodestock):
    done = lodestock("sources", "galium")
    assert (done.code, done.out) == (2, "")
    assert "gallium" in done.err


def test_explain_prints_the_number_and_the_publishers_text(lodestock):
    done = lodestock("explain", "production gallium refined CHN 2024")
    assert done.code == 0
    assert "published" in done.out
    unquoted = lodestock("explain", "production", "gallium", "refined", "CHN", "2024")
    assert unquoted.out == done.out
    assert json.loads(lodestock("explain", "production gallium refined CHN 2024", "--json").out)


def test_explain_of_nothing_known_ends_with_2(lodestock):
    done = lodestock("explain", "production unobtainium refined CHN 2024")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error L")


def test_check_explains_a_shipped_scenario_in_sentences(lodestock):
    done = lodestock("check", "gallium-germanium-export-ban")
    assert done.code == 0
    assert "no gallium (refined) is shipped from China" in done.out
    resolved = json.loads(lodestock("check", "gallium-germanium-export-ban", "--json").out)
    assert resolved["materials"] == ["gallium", "germanium"]


def test_check_refuses_what_run_would_refuse_and_says_where(lodestock, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "title: T\nquestion: Q\nmaterials: [gallium]\ninstruments:\n  - name: sale\n    type: release\n"
        "    start: 2025-01-01\n    countries: LIE\n    quantity: 3 t\n",
        encoding="utf-8",
    )
    done = lodestock("check", str(path))
    assert done.code == 2
    assert f"{path}, line 5: instruments[0]: " in done.err.replace("\n", "")
    assert "no part in the market of gallium" in " ".join(done.err.split())


def test_check_says_which_measure_changes_nothing(lodestock, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "title: T\nquestion: Q\nmaterials: [gallium]\ninstruments:\n  - name: ban\n    type: export_ban\n"
        "    start: 2025-01-01\n    exporters: LIE\n",
        encoding="utf-8",
    )
    done = lodestock("check", str(path))
    assert done.code == 0
    assert "It changes nothing: Liechtenstein has no part in the market of gallium (refined)." in done.out


def test_new_copies_a_template_that_checks_and_never_overwrites(lodestock, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert lodestock("new", "my-floor", "--from", "zone-floor").code == 0
    assert lodestock("check", "my-floor.yaml").code == 0
    before = Path("my-floor.yaml").read_bytes()
    again = lodestock("new", "my-floor")
    assert again.code == 2
    assert "exists" in again.err
    assert Path("my-floor.yaml").read_bytes() == before


def test_schema_is_the_published_one(lodestock):
    published = Path(__file__).resolve().parents[2] / "docs" / "scenario.schema.json"
    assert json.loads(lodestock("schema").out) == json.loads(published.read_text(encoding="utf-8"))


def test_world_prints_the_page_and_draws_it(lodestock, tmp_path):
    page = tmp_path / "gallium.html"
    done = lodestock("world", "gallium", "--html", page)
    assert done.code == 0
    assert "CHN" in done.out
    assert page.read_text(encoding="utf-8").lower().startswith("<!doctype html>")
    summary = json.loads(lodestock("world", "gallium", "--json").out)
    assert summary["material"] == "gallium"
    assert len(summary["adjustments"]) <= 10


def test_world_of_an_unknown_material_ends_with_2_and_writes_nothing(lodestock, tmp_path):
    done = lodestock("world", "galium", "--html", tmp_path / "page.html")
    assert (done.code, done.out) == (2, "")
    assert "gallium" in done.err
    assert list(tmp_path.iterdir()) == []


def test_data_check_passes_on_the_shipped_snapshot(lodestock):
    done = lodestock("data", "check", "--json")
    assert done.code == 0
    assert json.loads(done.out)["problems"] == []


def test_data_build_without_source_tables_leaves_the_target_alone(lodestock, tmp_path):
    empty, target = tmp_path / "empty", tmp_path / "snapshot"
    empty.mkdir()
    done = lodestock("data", "build", "--from", empty, "--to", target)
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err
    assert not target.exists()


def test_doctor_finds_nothing_missing_and_names_the_snapshot(lodestock):
    report = json.loads(lodestock("doctor", "--json").out)
    assert report["problems"] == []
    assert all(pool["threads"] == 1 for pool in report["threads"])
    assert len(report["snapshot"]["hash"]) >= 16
    assert {part["name"] for part in report["optional"]} >= {"altair", "vl-convert-python"}
    assert all(part["gives"] for part in report["optional"])


def test_doctor_says_what_a_missing_part_would_give(lodestock, monkeypatch):
    monkeypatch.setattr("lodestock.cli.doctor.find_spec", lambda module: None)
    done = lodestock("doctor")
    assert done.code == 0
    assert "pip install lodestock[report]): charts of the HTML report" in done.out
