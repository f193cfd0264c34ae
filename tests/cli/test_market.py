"""``lodestock market``: a case of one's own, solved and printed."""

import json
from pathlib import Path

import pytest

from lodestock.market.case import json_schema

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "examples" / "market"


def test_solve_prints_prices_levies_with_their_reason_and_the_certificate(lodestock):
    done = lodestock("market", "solve", CASES / "zone-floor.json")
    assert done.code == 0, done.err
    assert "status: solved" in done.out
    assert "zone floor: enforced, 17 USD/t" in done.out
    assert "a levy of 17 USD/t on 20 t holds the price at the floor 30" in done.out
    assert "certificate: largest residual" in done.out


def test_solve_shows_both_equilibria(lodestock):
    done = lodestock("market", "solve", CASES / "two-refiners.json")
    assert "There is another equilibrium" in done.out
    assert "zone floor: slack" in done.out
    assert "zone floor: unenforceable" in done.out
    # the second was looked for and found: nothing says that the search broke off
    assert "did not come to an end" not in done.out


def test_solve_shows_stocks_by_period(lodestock):
    done = lodestock("market", "solve", CASES / "store-and-reserve.json")
    assert "released" in done.out
    assert "depot @ 2025" in done.out


def test_solve_on_a_rolling_horizon(lodestock):
    done = lodestock("market", "solve", CASES / "store-and-reserve.json", "--window", "1")
    assert done.code == 0, done.err
    assert "6.33333" in done.out
    assert "window 2026 to 2026, 1 kept" in done.out
    done = lodestock("market", "solve", CASES / "store-and-reserve.json", "--expect", "mean-price")
    assert done.code == 2
    assert "--expect without --window" in done.err


def test_solve_says_what_a_budget_pays(lodestock):
    done = lodestock("market", "solve", CASES / "scrap-and-ships.json")
    assert done.code == 0, done.err
    assert "fund: 10 of 10 paid" in done.out


def test_json_and_file_carry_the_same_result(lodestock, tmp_path: Path):
    out = tmp_path / "result.json"
    done = lodestock("market", "solve", CASES / "zone-floor.json", "--json", "--out", out)
    assert done.code == 0, done.err
    result = json.loads(done.out)
    assert result == json.loads(out.read_text(encoding="utf-8"))
    assert result["nodes"][0] == {"name": "zone", "price": pytest.approx(30.0), "disposal": 0.0}
    assert result["levies"][0]["revenue"] == pytest.approx(340.0)
    assert result["certificate"]["worst"] <= 1e-8


def test_a_case_that_does_not_fit_is_refused(lodestock, tmp_path: Path):
    text = (CASES / "zone-floor.json").read_text(encoding="utf-8")
    (tmp_path / "slip.json").write_text(text.replace('"linear_use"', '"linear_us"', 1), encoding="utf-8")
    done = lodestock("market", "solve", tmp_path / "slip.json")
    assert done.code == 2
    assert "slip.json: curves[0].kind: unknown kind 'linear_us'" in done.err
    assert "did you mean 'linear_use'?" in done.err


def test_what_cannot_be_served_is_named(lodestock, tmp_path: Path):
    case = json.loads((CASES / "zone-floor.json").read_text(encoding="utf-8"))
    case["curves"] = [{"name": "need", "node": "zone", "kind": "fixed_use", "quantity": 5.0}]
    case["curves"].append(
        {"name": "mine", "node": "abroad", "kind": "linear_supply", "intercept": 1.0, "slope": 1.0}
    )
    case["activities"][0]["capacity"] = 2.0
    (tmp_path / "short.json").write_text(json.dumps(case), encoding="utf-8")
    done = lodestock("market", "solve", tmp_path / "short.json")
    assert done.code == 2
    assert "zone 3 t" in done.err
    assert "raising the capacity of activity 'import' from 2 by 3 t would serve it" in done.err


def test_no_equilibrium_is_exit_code_three(lodestock, tmp_path: Path):
    # there and back earns 1 each time round, without limit
    case = json.loads((CASES / "zone-floor.json").read_text(encoding="utf-8"))
    case["levies"] = []
    case["activities"].append({"name": "back", "kind": "trade", "from": "zone", "to": "abroad", "cost": -2.0})
    (tmp_path / "loop.json").write_text(json.dumps(case), encoding="utf-8")
    done = lodestock("market", "solve", tmp_path / "loop.json")
    assert done.code == 3
    assert "status: not_solved" in done.out
    assert "'import', 'back'" in done.out
    assert "what runs" not in done.out
    result = json.loads(lodestock("market", "solve", tmp_path / "loop.json", "--json").out)
    assert result["nodes"] == result["curves"] == result["activities"] == []
    assert result["net_benefit"] is None
    assert [one["name"] for one in result["best_point"]["activities"]] == ["import", "back"]


def test_schema_is_printed(lodestock):
    done = lodestock("market", "schema")
    assert json.loads(done.out) == json_schema()
