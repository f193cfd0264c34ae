import csv
import io
import json
import re

import pytest
from python_calamine import CalamineWorkbook

HEADER = (
    "material,sr,ei,stage_used,stages,supply_used_E,sr_E,supply_used_P,sr_P,"
    "si_ei,si_sr,ir_E_pct,ir_P_pct,eol_rir_pct,fixed"
)


@pytest.fixture
def reference(tmp_path):
    path = tmp_path / "reference.csv"
    path.write_text(f"{HEADER}\nThulium,5.6,3.0,P,P,,,GSonly,5.6,1.0,1.0,,100,1,\n", encoding="utf-8")
    return path


def test_a_table_for_one_material(lodestock):
    done = lodestock("risk", "--material", "gallium", "--draws", "50")
    assert done.code == 0
    assert "gallium" in done.out
    assert "sr_p10" in done.out


def test_json_and_csv_say_the_same(lodestock):
    arguments = (
        "risk",
        "--material",
        "gallium",
        "--material",
        "cobalt",
        "--country",
        "Japan",
        "--draws",
        "0",
    )
    rows = json.loads(lodestock(*arguments, "--json").out)
    as_csv = list(csv.DictReader(io.StringIO(lodestock(*arguments, "--csv").out)))
    assert [row["material"] for row in rows] == [row["material"] for row in as_csv]
    assert float(as_csv[0]["sr"]) == rows[0]["sr"]


@pytest.mark.parametrize(
    "method", ["eu", "geopolrisk", "concentration", "reliance", "us2022", "expected-loss", "yale"]
)
def test_every_method_has_rows(method, lodestock):
    rows = json.loads(
        lodestock("risk", "--material", "gallium", "--method", method, "--draws", "0", "--json").out
    )
    assert rows[0]["material"] == "gallium"
    assert rows[0]["rank"] == 1


def test_a_later_year_is_the_published_outlook(lodestock):
    rows = json.loads(lodestock("risk", "--material", "cobalt", "--year", "2030", "--json").out)
    assert {row["year"] for row in rows} == {2030}
    assert {row["stage"] for row in rows} == {"mine", "refined"}


def test_what_if_says_what_a_dollar_buys(lodestock):
    rows = json.loads(lodestock("risk", "--material", "gallium", "--what-if", "measures", "--json").out)
    assert [row["case"] for row in rows] == ["floor", "refinery", "reserve", "recycling"]
    shipped = json.loads(lodestock("risk", "--what-if", "gallium-germanium-export-ban", "--json").out)
    assert {row["material"] for row in shipped} == {"gallium", "germanium"}


def test_page_and_workbook(lodestock, tmp_path):
    page, book = tmp_path / "risk.html", tmp_path / "risk.xlsx"
    arguments = [part for name in ("gallium", "cobalt", "copper") for part in ("--material", name)]
    done = lodestock("risk", *arguments, "--draws", "50", "--html", page, "--xlsx", book)
    assert done.code == 0
    text = page.read_text(encoding="utf-8")
    assert "Supply risk of the European Union" in text
    assert text.count("<figure") == 5
    assert "<script" not in text
    # Nothing is loaded from elsewhere: every link of an element is inside the page or carries its own data.
    assert not re.findall(r'(?:src|href)="(?!data:|#)', text)
    assert not re.findall(r"\bnan\b|\bNone\b", re.sub(r"data:[^\"]*", "", text))
    sheets = CalamineWorkbook.from_path(book)
    assert sheets.sheet_names[:3] == ["README", "all", "eu"]
    rows = sheets.get_sheet_by_name("all").to_python()
    assert rows[0][1] == "material"
    assert {row[1] for row in rows[2:]} == {"gallium", "cobalt", "copper"}


def test_own_trade(lodestock, tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("material,origin,t\ngallium,CHN,2\ngallium,DEU,2\n", encoding="utf-8")
    rows = json.loads(lodestock("risk", "--own-trade", path, "--country", "DEU", "--json").out)
    assert rows[0]["imports_t"] == 2.0
    assert rows[0]["home_t"] == 2.0


def test_validate_reports_its_headline(lodestock, reference):
    found = json.loads(lodestock("risk", "validate", "--reference", reference, "--json").out)
    assert found["headline"]["median_abs_sr_error"] < 0.15
    assert found["headline"]["listed_right"] == 1
    assert found["rows"][0]["material"] == "Thulium"
    assert "median |SR error|" in lodestock("risk", "validate", "--reference", reference).out
    assert json.loads(lodestock("risk", "validate", "--json").out)["headline"]["median_abs_sr_error"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--material", "galium"), "gallium"),
        (("--country", "Germny"), "Germany"),
        (("--method", "geopolrsk"), "geopolrisk"),
        (("--year", "1999"), "no production for 1999"),
        (("--year", "2031"), "published outlooks: 2030, 2035, 2040"),
        (("--json", "--csv"), "CSV and JSON are both asked for"),
        (("--what-if", "measures", "--html", "x.html"), "leave --html and --xlsx out"),
        (("--year", "2030", "--xlsx", "x.xlsx"), "leave --html and --xlsx out"),
        (("--what-if", "measures"), "--material"),
        (("--draws", "1000000000"), "20000"),
        (("--what-if", "nothing-like-it"), "unknown scenario"),
        (("--year", "2030", "--demand", "STEP", "--material", "cobalt"), "STEPS"),
        (("--year", "2030", "--material", "gallium"), "supply outlook"),
        (("--year", "2030", "--what-if", "measures"), "base year"),
        (("--own-trade", "no-such-file.csv"), "cannot be read"),
        (("validate", "--reference", "no-such-file.csv"), "cannot be read"),
    ],
)
def test_bad_input_ends_with_2_and_says_what_is_meant(arguments, words, lodestock):
    done = lodestock("risk", *arguments)
    assert done.code == 2
    assert words in done.err
    assert "Traceback" not in done.err
