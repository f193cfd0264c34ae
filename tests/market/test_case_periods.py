"""What joins the periods of a case, and its budgets: worked answers, on paper beside each test."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lodestock.errors import ConflictError, LodestockError
from lodestock.market import WithinBudget, solve
from lodestock.market.case import (
    case_from,
    case_text,
    parse_case,
    read_case,
    result_of,
    solve_case,
    solve_case_rolling,
)

CASES = Path(__file__).resolve().parents[2] / "examples" / "market"
CLOSE = {"rel": 1e-7, "abs": 1e-7}
TWO_YEARS = {"first": "2025", "count": 2}


def linear(name: str, node: str, kind: str, start: float) -> dict:
    field = "intercept" if kind == "linear_supply" else "choke"
    return {"name": name, "node": node, "kind": kind, field: start, "slope": 1.0}


def document(**parts) -> dict:
    """Supply p, use 10 - p behind a column, over two years: alone p = 5 and 5 are used."""
    return {
        "format": "lodestock-market-case",
        "version": 1,
        "periods": TWO_YEARS,
        "nodes": [
            {"name": "metal", "price_scale": 5.0, "quantity_scale": 5.0},
            {"name": "works", "price_scale": 5.0, "quantity_scale": 5.0},
        ],
        "curves": [
            linear("mine", "metal", "linear_supply", 0.0),
            linear("users", "works", "linear_use", 10.0),
        ],
        "activities": [{"name": "use", "kind": "trade", "from": "metal", "to": "works"}],
        **parts,
    }


def prices(case, found, node: str) -> np.ndarray:
    return case.horizon.price(found, node)


def test_shipments_arrive_later_at_a_price_with_interest():
    # as in test_transit: p - 1 = 10 - 1.1 (p + 1)
    sea = document(
        nodes=[{"name": name, "price_scale": 5.0, "quantity_scale": 5.0} for name in ("port", "home")],
        curves=[
            linear("mine", "port", "linear_supply", 1.0),
            linear("works", "home", "linear_use", 10.0),
        ],
        activities=[],
        shipments=[{"name": "ship", "from": "port", "to": "home", "lag": 1, "cost": 1.0, "interest": 0.1}],
    )
    case = case_from(sea)
    solution = solve(case.market)
    p = 9.9 / 2.1
    assert prices(case, solution, "port")[0] == pytest.approx(p, **CLOSE)
    assert prices(case, solution, "home")[1] == pytest.approx(1.1 * (p + 1), **CLOSE)
    # three on the way are used in the first year at 10 - 3
    sea["shipments"][0]["on_the_way"] = [3.0]
    case = case_from(sea)
    assert prices(case, solve(case.market), "home")[0] == pytest.approx(7.0, **CLOSE)


@pytest.mark.parametrize(("past", "first"), [([], 5.0), ([5.0], 4.5)])
def test_scrap_follows_use_of_the_case(past, first):
    # 2 p + s = 10 with s = 0.4 * 0.5 of the use a year before
    terms = {"collectable": 0.4, "lag": 1, "yield": 0.5, "past_use": past}
    case = case_from(document(recycling=[{"name": "yard", "node": "metal", "uses": ["use"], **terms}]))
    second = (10.0 - 0.2 * (10.0 - first)) / 2.0
    assert prices(case, solve(case.market), "metal") == pytest.approx([first, second], **CLOSE)


def test_one_number_of_past_use_stands_for_every_period_of_the_lag():
    terms = {"name": "yard", "node": "metal", "uses": ["use"], "collectable": 0.4, "lag": 2}
    one, two = (case_from(document(recycling=[{**terms, "past_use": past}])) for past in ([5.0], [5.0, 5.0]))
    assert np.array_equal(one.market.injection, two.market.injection)


def budget_document(amount: float, count: int = 1) -> dict:
    """As in test_budget: two producers p - 1, one of them under a contract at 8, use 10 - p."""
    return document(
        periods={"first": "2025", "count": count} if count > 1 else None,
        nodes=[{"name": "metal", "price_scale": 3.0, "quantity_scale": 5.0}],
        curves=[
            linear("held", "metal", "linear_supply", 1.0),
            linear("other", "metal", "linear_supply", 1.0),
            linear("users", "metal", "linear_use", 10.0),
        ],
        activities=[],
        levies=[
            {
                "name": "contract",
                "kind": "contract",
                "strike": 8.0,
                "reference": {"metal": 1.0},
                "pays_curves": {"held": 1.0},
            }
        ],
        budgets=[{"name": "fund", "contracts": ["contract"], "amount": amount}],
    )


@pytest.mark.parametrize("years", [1, 2])
def test_a_budget_pays_a_share_of_every_difference(years):
    # 15 a year: p = 3, own price 6, a share of 3/5; over two years 30 does the same
    case = case_from(budget_document(15.0 * years, years))
    found = solve_case(case)
    assert isinstance(found, WithinBudget)
    result = result_of(case, found)
    (budget,) = result["budgets"]
    assert (budget["share"], budget["paid"]) == (pytest.approx(0.6), pytest.approx(15.0 * years))
    assert budget["is_binding"]
    assert [node["price"] for node in result["nodes"]] == pytest.approx([3.0] * years, **CLOSE)
    paid = -sum(levy["revenue"] for levy in result["levies"])
    assert paid == pytest.approx(15.0 * years)
    json.dumps(result, allow_nan=False)


def test_two_budgets_for_one_contract_are_refused():
    twice = budget_document(15.0)
    twice["budgets"].append({"name": "other fund", "contracts": ["contract"], "amount": 1.0})
    with pytest.raises(ConflictError, match=r"budgets\[1\].*two budgets"):
        case_from(twice)


def test_the_shipped_case_of_scrap_and_ships():
    case = read_case(CASES / "scrap-and-ships.json")
    found = solve_case(case)
    assert isinstance(found, WithinBudget)
    (use,) = found.budgets
    assert use.paid == pytest.approx(10.0)
    p, s = case.horizon.price(found.solution, "home"), use.share
    own = p + s * (8.0 - p)
    # 2025: 5 arrive and 1 comes back; 2026: what left, and half of what was used
    left = case.horizon.level(found.solution, "ships")[0]
    assert own[0] - 1 + 5 + 1 == pytest.approx(10 - p[0])
    assert own[1] - 1 + left + (10 - p[0]) / 2 == pytest.approx(10 - p[1])
    # ships: p' / 1.1 = (1 + left) + 1; the fund: both payments together
    assert p[1] / 1.1 == pytest.approx(2 + left)
    assert ((own - p) * (own - 1)).sum() == pytest.approx(10.0)
    assert case_text(parse_case(case_text(case))) == case_text(case)


# ---- a rolling horizon ----


def test_rolling_knows_nothing_of_the_outage():
    case = read_case(CASES / "store-and-reserve.json")
    found = solve_case_rolling(case)
    # nobody stores at 5 for 5; then 0.5 are released: p / 2 + 0.5 = 10 - p; then 5 again
    result = result_of(case, found)
    shown = {node["name"]: node["price"] for node in result["nodes"]}
    expected = {"metal @ 2025": 5.0, "metal @ 2026": 9.5 / 1.5, "metal @ 2027": 5.0}
    assert {name: shown[name] for name in expected} == pytest.approx(expected)
    assert result["status"] == "solved"
    assert [window["periods"] for window in result["windows"]] == [["2025"], ["2026"], ["2027"]]
    assert all(window["certificate"]["worst"] <= 1e-8 for window in result["windows"])
    (stock,) = result["policy_stocks"]
    assert stock["released"] == pytest.approx([0.0, 0.5, 0.0], abs=1e-9)
    json.dumps(result, allow_nan=False)


def test_a_window_over_all_periods_is_foresight():
    case = read_case(CASES / "store-and-reserve.json")
    one = result_of(case, solve_case(case))
    other = result_of(case, solve_case_rolling(case, window=3, step=2))
    for key, field in (("nodes", "price"), ("activities", "level"), ("curves", "quantity")):
        first, second = ({row["name"]: row[field] for row in result[key]} for result in (one, other))
        assert first == pytest.approx(second, **CLOSE)


def test_every_element_of_a_rolling_path_is_listed_once():
    case = read_case(CASES / "store-and-reserve.json")
    result = result_of(case, solve_case_rolling(case, window=2, step=1))
    for key, names in (
        ("nodes", case.market.node_names),
        ("activities", case.market.activity_names),
        ("curves", case.market.curves.names),
    ):
        assert sorted(row["name"] for row in result[key]) == sorted(map(str, names))


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("zone-floor.json", {}, "without periods"),
        ("scrap-and-ships.json", {}, "budgets on a rolling horizon"),
        ("store-and-reserve.json", {"window": 1, "step": 2}, "step 2 with a window of 1"),
        ("store-and-reserve.json", {"expect": "last-prise"}, "did you mean 'last-price'"),
    ],
)
def test_what_cannot_roll_is_said(name, options, words):
    with pytest.raises(LodestockError) as caught:
        solve_case_rolling(read_case(CASES / name), **options)
    assert words in str(caught.value)
