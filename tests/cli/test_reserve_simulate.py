"""``lodestock reserve simulate``: table, JSON, files, errors."""

import json

import pytest
from python_calamine import CalamineWorkbook
from tests.reserve.test_rules import CASE

MEMBERS = "members: {count: 4, upfront_fee: 1 %, default_rate: 3 %, wrong_way: 60 %, buyback: true}"


@pytest.fixture
def case(tmp_path):
    path = tmp_path / "gallium.yaml"
    text = CASE.format(stay=0.8, leave=0.2, price="15 %")
    text = text.replace("    price: 400000 USD/t\n    need: 20 t/year\n    short: {ban: 50 %}\n", "")
    text = text.replace("  private:", f"  {MEMBERS}\n  private:")
    path.write_text(text, encoding="utf-8")
    return path


def test_the_table_names_every_rule_and_the_tests_beside_it(lodestock, case):
    done = lodestock("reserve", "simulate", case, "--paths", "5")
    assert done.code == 0, done.err
    for word in ("steady-money", "days-of-cover", "release on price", "price band of gallium", "buy-back"):
        assert word in done.out


def test_json_carries_rules_books_and_allies(lodestock, case):
    done = lodestock(
        *("reserve", "simulate", case, "--paths", "5", "--rule", "days-of-cover", "--json"),
        *("--ally", "USA", "--ally", "Japan"),
    )
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert [row["rule"] for row in found["rules"]] == ["none", "days-of-cover"]
    assert all(row["difference"] == 0 for row in found["books"]["quarters"])
    assert len(found["books"]["quarters"]) == 8
    joint = sum(row["together_usd"] for row in found["allies"]["filling"])
    assert sum(row["shapley_usd"] for row in found["allies"]["burden"]) == pytest.approx(joint, abs=0.006)
    wrong, right = found["buybacks"][1], found["buybacks"][0]
    assert right["correlation"] == 0.0
    assert wrong["tail_usd"] > right["tail_usd"]
    assert found["sales"][0]["reached_share"] > 0
    assert {row["rule"] for row in found["calls"]} >= {"pro_rata", "first_come", "auction", "tier"}
    assert found["bands"][0]["floor_alone_lost_ever"] == 1.0


def test_a_folder_gets_page_workbook_and_json(lodestock, case, tmp_path):
    done = lodestock("reserve", "simulate", case, "--paths", "4", "--out", tmp_path / "out")
    assert done.code == 0, done.err
    page = (tmp_path / "out" / "simulate.html").read_text(encoding="utf-8")
    assert "Rules on the same paths" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    book = CalamineWorkbook.from_path(tmp_path / "out" / "simulate.xlsx")
    assert {"README", "rules", "books", "triggers", "prices", "bands"} <= set(book.sheet_names)
    rows = book.get_sheet_by_name("rules").to_python()
    head = rows[0]
    written = json.loads((tmp_path / "out" / "simulate.json").read_text(encoding="utf-8"))
    assert [row[head.index("rule")] for row in rows[2:]] == [row["rule"] for row in written["rules"]]


def test_the_optimal_rule_brings_its_certificate(lodestock, case):
    done = lodestock(
        *("reserve", "simulate", case, "--paths", "4", "--rule", "optimal", "--seconds", "5", "--json")
    )
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["certificate"]["lower_bound"] <= found["certificate"]["upper_bound"]
    assert [row["rule"] for row in found["rules"]] == ["none", "optimal"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--rule", "steady-mony"], "steady-money"),
        (["--ally", "USA"], "1 allies"),
        (["--days", "inf"], "less than or equal to 3650"),
        (["--ally", "USA", "--ally", "USA,JPN"], "USA is in USA and in USA,JPN"),
    ],
)
def test_a_slip_is_named(lodestock, case, arguments, named):
    done = lodestock("reserve", "simulate", case, *arguments)
    assert done.code == 2
    assert named in done.err


def test_a_floor_alone_shows_the_closed_form_beside_the_drawn_share(lodestock):
    done = lodestock(
        *("reserve", "band", "gallium", "--floor", "400000", "--cash", "1e7", "--years", "2", "--json")
    )
    assert done.code == 0, done.err
    row = json.loads(done.out)
    assert row["lost"] == pytest.approx(row["closed_form"], abs=4 * row["standard_error"])
    assert row["closed_form_ever"] == 1.0
    assert row["ceiling_usd_per_t"] is None


def test_a_band_away_from_the_price_is_named(lodestock):
    done = lodestock("reserve", "band", "gallium", "--floor", "900000", "--cash", "1e7")
    assert done.code == 2
    assert "outside the band" in done.err
    done = lodestock("reserve", "band", "galium", "--floor", "9", "--cash", "1")
    assert done.code == 2
    assert "gallium" in done.err


@pytest.mark.parametrize(
    ("option", "value", "named"),
    [
        ("--drift", "nan", "drift is nan a year"),
        ("--drift", "-1e9", "allowed: -20 to 20"),
        ("--volatility", "1e308", "volatility is 1e+308 a year"),
        ("--ceiling", "1e9", "allowed: 900,000 to 1e+09"),
    ],
)
def test_a_walk_that_cannot_be_is_named(lodestock, option, value, named):
    floor = "900000" if option == "--ceiling" else "400000"
    done = lodestock("reserve", "band", "gallium", "--floor", floor, "--cash", "1e7", option, value)
    assert done.code == 2
    assert named in done.err
