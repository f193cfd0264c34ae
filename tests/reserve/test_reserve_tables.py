"""The commands, pages and workbooks of requirements, storage and comparison."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from lodestock.cli.app import app
from lodestock.errors import LodestockError

LOTS = "lot,material,form,site,tonnes,assay,date_in,date_inspected,container,value_usd\n"
GOOD = "L1,gallium,gallium-metal,Hill,2,0.99995,2020-01-01,,plastic,1000000\n"


def run(*words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def self_contained(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r'(?:src|href)="https?://', text)
    assert "<svg" in text
    return text


def sheets(path: Path) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


@pytest.fixture
def lots(tmp_path: Path) -> Path:
    path = tmp_path / "lots.csv"
    path.write_text(LOTS + GOOD, encoding="utf-8")
    return path


def test_requirements_as_json_page_and_workbook(tmp_path: Path) -> None:
    page, book = tmp_path / "plan.html", tmp_path / "plan.xlsx"
    words = ("reserve", "requirements", "--material", "gallium", "--material", "Fused aluminum oxide")
    found = json.loads(run(*words, "--draws", "50", "--json", "--html", str(page), "--xlsx", str(book)))
    assert {row["form"] for row in found["rows"]} == {"gallium", "aluminium-oxide-fused"}
    assert found["headline"]["rows_predicted"] == 2
    gallium = next(row for row in found["rows"] if row["form"] == "gallium")
    assert len(gallium["stock_t"]) == len(gallium["unmet_t"])
    china = next(row for row in gallium["suppliers"] if row["country"] == "CHN")
    assert china["reliability"] == 0.0
    assert "Gallium" in self_contained(page)
    made = sheets(book)
    assert set(made) == {"README", "requirements", "suppliers", "curves", "factors"}
    heading, units, *rows = made["requirements"]
    column = heading.index("expected_t")
    assert units[column] == "t"
    by_form = {row[0]: row[column] for row in rows}
    assert by_form["gallium"] == pytest.approx(gallium["expected_t"])


def test_requirements_take_what_is_held_off(tmp_path: Path) -> None:
    held = tmp_path / "held.csv"
    held.write_text("material,unit,quantity\nGallium,kg,50\ngallium,t,0.1\n", encoding="utf-8")
    words = ("reserve", "requirements", "--material", "gallium", "--draws", "50", "--json")
    without = json.loads(run(*words))["rows"][0]
    with_stock = json.loads(run(*words, "--inventory", str(held)))["rows"][0]
    assert with_stock["inventory_t"] == pytest.approx(0.15)
    assert with_stock["central_t"] == pytest.approx(without["central_t"] - 0.15)


def test_requirements_name_what_is_unknown() -> None:
    with pytest.raises(LodestockError, match="gallium"):
        run("reserve", "requirements", "--material", "galium")
    with pytest.raises(LodestockError, match="carry"):
        run("reserve", "requirements", "--rule", "cary=on")
    with pytest.raises(LodestockError, match="name=value"):
        run("reserve", "requirements", "--rule", "carry")


def test_validation_prints_its_headline(tmp_path: Path) -> None:
    path = tmp_path / "published.csv"
    path.write_text("material,unit,quantity,musd\nGallium,kg,15000,9\nUnobtainium,kg,1,1\n", encoding="utf-8")
    found = json.loads(run("reserve", "requirements", "validate", "--reference", str(path), "--json"))
    assert {"median_abs_log_ratio", "hits", "spearman", "rows_predicted"} <= set(found["headline"])
    assert found["headline"]["rows_not_predicted"] == ["Unobtainium"]
    first = found["rows"][0]
    assert first["published_t"] == pytest.approx(15.0)
    assert first["low_t"] <= first["predicted_t"] <= first["high_t"]
    assert "Unobtainium" in run("reserve", "requirements", "validate", "--reference", str(path))


def test_mitigation_spends_no_more_than_its_budget() -> None:
    words = ("reserve", "requirements", "mitigate", "--material", "gallium", "--material", "silicon carbide")
    whole = json.loads(run(*words, "--draws", "50", "--json"))
    assert whole["headline"]["risk_covered"] == pytest.approx(1.0)
    half = json.loads(run(*words, "--draws", "50", "--budget", "10", "--json"))
    assert sum(row["cost_musd"] for row in half["rows"]) <= 10.0 * (1 + 1e-9)
    assert half["headline"]["risk_covered"] < 1.0
    assert "million USD close" in run(*words, "--draws", "50")


def test_storage_as_json_page_and_workbook(tmp_path: Path, lots: Path) -> None:
    page, book = tmp_path / "register.html", tmp_path / "register.xlsx"
    words = ("reserve", "storage", str(lots), "--date", "2026-11-22", "--json")
    found = json.loads(run(*words, "--html", str(page), "--xlsx", str(book)))
    # In on 1 January 2020, looked at every 1,826 days: due on 31 December 2024, 691 days ago.
    (due,) = found["inspections"]
    assert (due["due"], due["days_overdue"]) == ("2024-12-31", 691)
    assert "L1" in self_contained(page)
    made = sheets(book)
    assert {"lots", "inspections", "insurance", "rejected", "forms"} <= set(made)
    assert made["lots"][2][0] == "L1"
    table = run("reserve", "storage", str(lots), "--date", "2026-11-22")
    assert "1 inspections due" in table


def test_storage_lists_its_forms_and_writes_a_template(tmp_path: Path) -> None:
    listed = json.loads(run("reserve", "storage", "--forms", "--json"))
    assert all(row["source"] for row in listed)
    path = tmp_path / "mine.csv"
    run("reserve", "storage", "--template", str(path))
    assert path.read_text(encoding="utf-8").startswith("lot,material,form,site")
    with pytest.raises(LodestockError, match="no file of lots"):
        run("reserve", "storage")
    with pytest.raises(LodestockError, match="YYYY-MM-DD"):
        run("reserve", "storage", str(path), "--date", "22.11.2026")


def test_comparison_as_json_page_and_workbook(tmp_path: Path) -> None:
    page, book = tmp_path / "compare.html", tmp_path / "compare.xlsx"
    words = ("reserve", "compare", "--material", "gallium", "--country", "Germany", "--draws", "0")
    found = json.loads(run(*words, "--json", "--html", str(page), "--xlsx", str(book)))
    assert len(found["measures"]) == 5
    assert found["headline"][0]["material"] == "gallium"
    assert "Gallium" in self_contained(page)
    made = sheets(book)
    assert set(made) == {"README", "measures", "cuts", "assumptions"}
    assert len(made["measures"]) == 2 + 5
    assert "capacity" in run(*words)
