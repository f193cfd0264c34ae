"""Cases in JSON: they round-trip, they say what does not fit, and they are what the page says they are."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lodestock.errors import ConflictError, FileFormatError, LodestockError, UnknownNameError
from lodestock.market import Market, assemble, concatenate_levies, levy, solve, stock_path
from lodestock.market.case import (
    case_from,
    case_text,
    document_of,
    json_schema,
    parse_case,
    read_case,
    result_of,
    write_case,
)
from lodestock.market.case.fields import ACTIVITIES, CONSTRAINTS, CURVES, LEVIES, is_by_kind
from lodestock.market.case.schema import reference
from lodestock.market.extend import activities_of

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples" / "market").glob("*.json"))

EVERY_KIND = {
    "format": "lodestock-market-case",
    "version": 1,
    "title": "One of each",
    "quantity_unit": "kt",
    "price_unit": "EUR/t",
    "nodes": [
        {"name": "ore", "price_scale": 3.0},
        {"name": "metal", "injection": 0.25},
        {"name": "slag"},
        {"name": "abroad", "quantity_scale": 7.5},
    ],
    "curves": [
        {
            "name": "c1",
            "node": "ore",
            "kind": "linear_supply",
            "intercept": 1.0,
            "slope": 0.5,
            "capacity": 40.0,
        },
        {
            "name": "c2",
            "node": "metal",
            "kind": "linear_use",
            "choke": 30.0,
            "slope": 1.0,
            "price_shift": -0.5,
        },
        {
            "name": "c3",
            "node": "abroad",
            "kind": "constant_elasticity_supply",
            "quantity": 5.0,
            "price": 8.0,
            "elasticity": 0.5,
            "capacity": None,
            "shutdown_low": 0.3,
            "shutdown_high": 0.6,
        },
        {
            "name": "c4",
            "node": "abroad",
            "kind": "constant_elasticity_use",
            "quantity": 4.0,
            "price": 8.0,
            "elasticity": 0.3,
            "backstops": [{"share": 0.3, "multiple_low": 1.5, "multiple_high": 3.0}],
            "choke_multiple": 6.0,
        },
        {"name": "c5", "node": "metal", "kind": "fixed_supply", "quantity": 0.1},
        {"name": "c6", "node": "abroad", "kind": "fixed_use", "quantity": 0.1},
        {
            "name": "c7",
            "node": "ore",
            "kind": "segments",
            "side": "supply",
            "segments": [{"from": 0.0}, {"from": 2.0, "a1": 1.0, "e1": 1.0, "a2": -2.0}],
        },
    ],
    "activities": [
        {
            "name": "a1",
            "kind": "trade",
            "from": "abroad",
            "to": "metal",
            "cost": 1.0,
            "slope": 0.1,
            "duty": 0.05,
        },
        {
            "name": "a2",
            "kind": "tariff_rate_quota",
            "from": "metal",
            "to": "abroad",
            "cost": 1.0,
            "slope": 0.1,
            "quota": 1.0,
            "tariff_beyond": 2.0,
        },
        {
            "name": "a3",
            "kind": "process",
            "from": "ore",
            "to": "metal",
            "cost": 2.0,
            "slope": 0.1,
            "yield": 0.8,
        },
        {
            "name": "a4",
            "kind": "joint_process",
            "from": "ore",
            "to": ["metal", "slag"],
            "yields": [0.5, 0.4],
            "cost": 1.0,
            "slope": 0.2,
        },
        {"name": "a5", "kind": "source", "node": "metal", "cost": 25.0, "slope": 0.1, "capacity": 2.0},
        {"name": "a6", "kind": "sink", "node": "metal", "cost": -4.0, "slope": 0.1},
        {
            "name": "a7",
            "kind": "storage",
            "from": "slag",
            "to": "abroad",
            "cost": 20.0,
            "slope": 0.1,
            "interest": 0.1,
            "loss": 0.02,
        },
        {
            "name": "a8",
            "kind": "columns",
            "entries": [
                {"node": "ore", "quantity": -1.0},
                {"node": "metal", "quantity": 0.3, "money": 0.2},
                {"node": "slag", "quantity": 0.3},
            ],
            "slope": 0.3,
        },
    ],
    "levies": [
        {
            "name": "l1",
            "kind": "floor",
            "floor": 9.0,
            "cap": 5.0,
            "reference": {"metal": 1.0},
            "charges": {"a1": 1.0},
        },
        {
            "name": "l2",
            "kind": "contract",
            "strike": 6.0,
            "reference": {"ore": 1.0},
            "pays_curves": {"c1": 1.0},
        },
        {
            "name": "l3",
            "kind": "minimum_import_price",
            "activity": "a2 within quota",
            "minimum": 4.0,
            "cost": 1.0,
        },
        {
            "name": "l4",
            "kind": "levy",
            "floor": 2.0,
            "cap": None,
            "lower": None,
            "self_response": 1.0,
            "reference": {"abroad": 0.5, "metal": 0.5},
            "charges": {"a3": -0.1},
            "curve_charges": {},
        },
        {"name": "l5", "kind": "cross_price", "curve": "c2", "node": "abroad", "share": 0.1},
    ],
    "constraints": [
        {
            "name": "content",
            "kind": "minimum_share",
            "counted": {"a3": 1.0},
            "base": {"a3": 1.0, "a1": 1.0},
            "share": 0.4,
        },
        {
            "name": "cap",
            "kind": "maximum_share",
            "counted": {"a1": 1.0},
            "base": {"a3": 1.0, "a1": 1.0},
            "share": 0.65,
        },
        {
            "name": "licences",
            "kind": "shared_quota",
            "activities": {"a2 within quota": 1.0, "a2 beyond quota": 1.0},
            "quota": 1.5,
        },
        {"name": "offtake", "kind": "minimum_level", "activities": {"a4": 1.0, "a8": 0.5}, "minimum": 0.3},
    ],
}


def horizon_document():
    return json.loads((ROOT / "examples" / "market" / "store-and-reserve.json").read_text(encoding="utf-8"))


def scrap_document():
    return json.loads((ROOT / "examples" / "market" / "scrap-and-ships.json").read_text(encoding="utf-8"))


def test_one_of_every_kind_is_there_and_solved():
    for key, tables in (
        ("curves", CURVES),
        ("activities", ACTIVITIES),
        ("levies", LEVIES),
        ("constraints", CONSTRAINTS),
    ):
        assert is_by_kind(tables)
        assert [element["kind"] for element in EVERY_KIND[key]] == list(tables)
    case = case_from(EVERY_KIND)
    solution = solve(case.market)
    assert solution.is_solved
    assert case.market.quantity_unit == "kt"
    assert "EUR/t" in " ".join(status.reason for status in solution.certificate.levies)
    level = dict(zip(case.market.activity_names, solution.level, strict=True))
    assert level["a4"] + 0.5 * level["a8"] >= 0.3 - 1e-7
    assert level["a3"] >= 0.4 * (level["a3"] + level["a1"]) - 1e-7


# ---- round trip ----


def same(one: Market, other: Market) -> None:
    """Assert that two markets are the same to the last bit; unused segments of curves have no meaning."""
    for field in (
        "entry_pointer",
        "entry_node",
        "entry_quantity",
        "entry_money",
        "cost",
        "slope",
        "capacity",
    ):
        assert np.array_equal(getattr(one, field), getattr(other, field)), field
    for field in ("injection", "price_scale", "quantity_scale"):
        assert np.array_equal(getattr(one, field), getattr(other, field)), field
    assert [*one.node_names] == [*other.node_names]
    assert [*one.activity_names] == [*other.activity_names]
    assert (one.quantity_unit, one.price_unit) == (other.quantity_unit, other.price_unit)
    first, second = one.curves, other.curves
    assert list(first.names) == list(second.names)
    for field in ("node", "sign", "price_weight", "price_shift"):
        assert np.array_equal(getattr(first, field), getattr(second, field)), field
    for j in range(len(first)):
        for field in ("breaks", "a1", "e1", "a2", "e2"):
            used = [np.isfinite(curves.breaks[j]) for curves in (first, second)]
            left, right = getattr(first, field)[j][used[0]], getattr(second, field)[j][used[1]]
            assert np.array_equal(left, right), field
    for field in ("floor", "cap", "lower", "self_response"):
        assert np.array_equal(getattr(one.levies, field), getattr(other.levies, field)), field
    price = np.linspace(1.0, 2.0, one.nodes)
    assert np.array_equal(one.levies.reference_price(price), other.levies.reference_price(price))
    rate = np.linspace(1.0, 2.0, len(one.levies))
    assert np.array_equal(one.levies.charge(rate, one.activities), other.levies.charge(rate, one.activities))
    count = len(first)
    assert np.array_equal(one.levies.curve_charge(rate, count), other.levies.curve_charge(rate, count))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10**6),
    countries=st.integers(2, 5),
    friction=st.floats(0.0, 1.0),
    levies=st.booleans(),
    wedges=st.booleans(),
    linear=st.booleans(),
    shift=st.floats(-0.3, 0.3),
    two_way=st.booleans(),
)
def test_any_market_round_trips_exactly(
    random_market, seed, countries, friction, levies, wedges, linear, shift, two_way
):
    market = random_market(
        seed, countries=countries, friction=friction, levies=levies, wedges=wedges, linear=linear
    )
    contract = levy(
        "contract",
        reference={0: 1.0},
        floor=1.0 + shift,
        lower=-np.inf if two_way else 0.0,
        self_response=1.0,
        charged_curves=[0],
        curve_weights=-1.0,
    )
    market = replace(
        market,
        curves=replace(market.curves, price_shift=np.full(len(market.curves), shift)),
        levies=concatenate_levies([market.levies, contract]),
        injection=np.linspace(0.0, abs(shift), market.nodes),
    )
    text = case_text(document_of(market, title="a market"))
    case = parse_case(text)
    same(case.market, market)
    # and the document is what it was
    assert case_text(case) == text
    assert document_of(case.market, title="a market") == case.document


def test_a_read_market_has_the_same_solution(random_market):
    market = random_market(3)
    again = case_from(document_of(market)).market
    one, two = solve(market), solve(again)
    assert np.array_equal(one.price, two.price)
    assert [s.status for s in one.certificate.levies] == [s.status for s in two.certificate.levies]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_shipped_cases_round_trip_and_solve(path: Path, tmp_path: Path):
    case = read_case(path)
    assert case_text(case) == case_text(json.loads(path.read_text(encoding="utf-8")))
    write_case(case, tmp_path / "again.json")
    again = read_case(tmp_path / "again.json")
    assert again.document == case.document
    same(again.market, case.market)
    same(case_from(document_of(case.market)).market, case.market)
    solution = solve(case.market)
    assert solution.is_solved
    json.dumps(result_of(case, solution), allow_nan=False)


# ---- the shipped cases say what their descriptions say ----


def test_zone_floor():
    case = read_case(ROOT / "examples" / "market" / "zone-floor.json")
    solution = solve(case.market)
    # tau = 1.6 f - 31
    assert solution.levy == pytest.approx([1.6 * 30 - 31])
    assert solution.price == pytest.approx([30.0, 12.0])


def test_use_may_have_a_limit():
    # supply p meets use min(10 - p, 4) at 4
    case = case_from(
        {
            "format": "lodestock-market-case",
            "version": 1,
            "nodes": [{"name": "metal"}],
            "curves": [
                {"name": "mines", "node": "metal", "kind": "linear_supply", "intercept": 0.0, "slope": 1.0},
                {
                    "name": "works",
                    "node": "metal",
                    "kind": "linear_use",
                    "choke": 10.0,
                    "slope": 1.0,
                    "capacity": 4.0,
                },
            ],
        }
    )
    assert solve(case.market).price == pytest.approx([4.0])


def test_two_refiners():
    case = read_case(ROOT / "examples" / "market" / "two-refiners.json")
    result = result_of(case, solve(case.market))
    assert [node["price"] for node in result["nodes"]] == pytest.approx([22.0, 42.0, 41.0])
    assert result["levies"][0]["status"] == "slack"
    assert result["certificate"]["multiple"]
    other = result["alternative"]
    assert other["levies"][0]["status"] == "unenforceable"
    assert other["nodes"][1]["price"] == pytest.approx(37.7254902)


def test_store_and_reserve():
    case = read_case(ROOT / "examples" / "market" / "store-and-reserve.json")
    assert case.horizon is not None
    solution = solve(case.market)
    # released at 6; the depot carries until 6 / 1.1 - 0.2; without both 10 - p = p / 2 in 2026
    first = 6 / 1.1 - 0.2
    assert case.horizon.price(solution, "metal") == pytest.approx([first, 6.0, 5.0])
    carried = 2 * first - 10
    assert case.horizon.level(solution, "depot") == pytest.approx([carried, 0.0, 0.0], abs=1e-9)
    path = stock_path(case.horizon, solution, case.stocks[0])
    assert path.released == pytest.approx([0.0, 3.0 + 6.0 - 10.0 + 2.0 - carried, 0.0], abs=1e-9)
    assert result_of(case, solution)["policy_stocks"][0]["held"] == pytest.approx(path.held.tolist())


def test_what_changes_in_a_period_changes_only_there():
    case = case_from(horizon_document())
    assert case.horizon is not None
    slopes = case.horizon.market.curves.a1[case.horizon.find("curve", "mines"), 1]
    assert slopes == pytest.approx([1.0, 0.5, 1.0])


# ---- errors ----


def broken(path, value, document=None):
    """Return a document with ``value`` at a path of keys and places; a function changes what is there."""
    made = copy.deepcopy(EVERY_KIND if document is None else document)
    at = made
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return made


ERRORS = [
    (("title",), 3, "case: title", "3 is a number"),
    (("nodes",), {}, "case: nodes", "holds an object"),
    (("nodes",), [], "case: nodes", "without nodes"),
    (("nodes", 0), "ore", "case: nodes[0]", "holds text"),
    (("nodes", 0, "injektion"), 1.0, "case: nodes[0]", "did you mean 'injection'?"),
    (("nodes", 0, "price_scale"), 0.0, "case: nodes[0].price_scale", "above 0"),
    (("nodes", 1, "name"), "ore", "case: nodes[1].name", "two elements are called 'ore'"),
    (("nodes", 1, "name"), "", "case: nodes[1].name", "empty"),
    (("version",), 2, "case: version", "at most 1"),
    (("version",), 1.5, "case: version", "value is 1.5"),
    (("format",), "other", "case: format", "lodestock-market-case"),
    (("curve",), [], "case", "did you mean 'curves'?"),
    (("curves", 0, "kind"), "linear_suply", "case: curves[0].kind", "did you mean 'linear_supply'?"),
    (("curves", 0, "node"), "orre", "case: curves[0].node", "did you mean 'ore'?"),
    (("curves", 0, "slope"), -1.0, "case: curves[0].slope", "value is -1"),
    (("curves", 0, "slope"), True, "case: curves[0].slope", "true or false"),
    (("curves", 0, "slope"), "1", "case: curves[0].slope", "'1' is text"),
    (("curves", 3, "backstops", 0, "share"), 1.5, "case: curves[3].backstops[0].share", "at most 1"),
    (("curves", 6, "segments", 1, "a1"), -1.0, "case", "c7"),
    (("curves", 6, "side"), "demand", "case: curves[6].side", "'demand'"),
    (("activities", 0, "from"), "metall", "case: activities[0].from", "did you mean 'metal'?"),
    (("curves", 0, "kind"), ["linear_use"], "case: curves[0].kind", "unknown kind"),
    (("curves", 0, "slope"), 1e-310, "case", "finite"),
    (("activities", 0, "to"), "abroad", "case: activities[0]", "from a node to itself"),
    (("activities", 0, "capacity"), -2.0, "case: activities[0].capacity", "at least 0"),
    (("activities", 2, "yield"), 1.1, "case: activities[2].yield", "at most 1"),
    (("activities", 3, "yields"), [0.5], "case: activities[3]", "2 products and 1 yields"),
    (("activities", 1, "tariff"), 3.0, "case: activities[1]", "tariff_beyond is 2"),
    (("activities", 7, "entries"), [], "case: activities[7].entries", "empty list"),
    (("activities", 7, "entries", 0, "money"), 1.0, "case", "a8"),
    (("levies", 0, "charges"), {"a9": 1.0}, "case: levies[0].charges", "unknown activity 'a9'"),
    (("levies", 0, "reference"), {}, "case: levies[0].reference", "at least one name"),
    (("levies", 0, "cap"), None, "case: levies[0].cap", "null"),
    (("levies", 2, "activity"), "a2", "case: levies[2].activity", "unknown activity 'a2'"),
    (("levies", 2, "activity"), "a5", "case: levies[2]", "takes from 0 nodes"),
    (("levies", 3, "self_response"), 0.0, "case", "cap"),
    (("levies", 4, "curve"), "c99", "case: levies[4].curve", "unknown curve 'c99'"),
    (("constraints", 0, "share"), 1.5, "case: constraints[0].share", "at most 1"),
    (("constraints", 0, "name"), "ore", "case: constraints[0]", "'ore'"),
    (("constraints", 3, "minimum"), -1.0, "case: constraints[3].minimum", "at least 0"),
    (("constraints", 3, "activities"), {"a4": -1.0}, "case: constraints[3]", "above 0"),
    (
        ("budgets",),
        [{"name": "b", "contracts": ["l9"], "amount": 1.0}],
        "case: budgets[0].contracts[0]",
        "'l9'",
    ),
    (("budgets",), [{"name": "b", "contracts": ["l1"], "amount": 1.0}], "case: budgets[0]", "no contract"),
    (("budgets",), [{"name": "b", "contracts": [], "amount": 1.0}], "case: budgets[0].contracts", "empty"),
    (("stores",), [{"name": "s", "node": "ore"}], "case: stores", "without periods"),
    (
        ("shipments",),
        [{"name": "s", "from": "ore", "to": "metal", "lag": 1}],
        "case: shipments",
        "without periods",
    ),
]


@pytest.mark.parametrize(("path", "value", "where", "words"), ERRORS, ids=lambda item: str(item)[:40])
def test_every_error_names_its_place(path, value, where, words):
    with pytest.raises(LodestockError) as caught:
        case_from(broken(path, value))
    assert str(caught.value).startswith(where)
    assert words in str(caught.value)


HORIZON_ERRORS = [
    (("periods", "first"), "25", "case: periods", "2025-Q1"),
    (("periods", "count"), 0, "case: periods.count", "at least 1"),
    (("changes", 0, "element"), "mine", "case: changes[0].element", "did you mean 'mines'?"),
    (("changes", 0, "periods"), ["2031"], "case: changes[0].periods", "unknown period '2031'"),
    (("changes", 0, "set"), {"slop": 1.0}, "case: changes[0].set", "did you mean 'slope'?"),
    (("changes", 0, "set"), {"slope": 0.0}, "case: changes[0].set.slope", "value is 0"),
    (("changes", 0, "set"), {"name": "x"}, "case: changes[0].set", "cannot rename"),
    (("stores", 0, "node"), "metals", "case: stores[0].node", "did you mean 'metal'?"),
    (("stores", 0, "loss"), 1.0, "case: stores[0]", "loss"),
    (("policy_stocks", 0, "buy_price"), 0.0, "case: policy_stocks[0].buy_price", "above 0"),
    (("shipments", 0, "lag"), 10**30, "case: shipments[0].lag", "a whole number up to 100,000"),
    (("stores", 0, "capacity"), 1e308, "case: stores[0].capacity", "at most 1e+100 in size"),
    (("policy_stocks", 0, "release_price"), 4.0, "case: policy_stocks[0]", "above the buy price 4.5"),
    (("recycling", 0, "uses"), ["mines"], "case: recycling[0].uses[0]", "unknown activity 'mines'"),
    (("recycling", 0, "lag"), 0, "case: recycling[0].lag", "at least 1"),
    (("recycling", 0, "decay"), 1.0, "case: recycling[0]", "below 1"),
    (("recycling", 0, "past_use"), [1.0, 2.0], "case: recycling[0]", "past_use has 2 numbers"),
    (("shipments", 0, "lag"), 1.5, "case: shipments[0].lag", "a whole number"),
    (("shipments", 0, "to"), "works", "case: shipments[0].to", "unknown node 'works'"),
    (("shipments", 0, "on_the_way"), [1.0, 2.0, 3.0], "case: shipments[0]", "on_the_way has 3 numbers"),
    (("shipments", 0, "name"), "use", "case: shipments[0]", "two elements are called 'use'"),
    (("policy_stocks", 0, "patience"), 2.0, "case: policy_stocks[0].patience", "at most 1"),
]


@pytest.mark.parametrize(("path", "value", "where", "words"), HORIZON_ERRORS, ids=lambda item: str(item)[:40])
def test_errors_in_a_horizon_name_their_place(path, value, where, words):
    document = scrap_document() if path[0] in ("recycling", "shipments") else horizon_document()
    with pytest.raises(LodestockError) as caught:
        case_from(broken(path, value, document))
    assert str(caught.value).startswith(where)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("{", FileFormatError, "line 1, column 2"),
        ("[]", FileFormatError, "holds a list"),
        ('{"format": NaN}', FileFormatError, "NaN is no JSON number"),
        ('{"format": Infinity}', FileFormatError, "Infinity"),
        ('{"title": "a", "title": "b"}', ConflictError, "'title' stands twice"),
        ("[" * 100_000, FileFormatError, "case"),
        ('{"nodes": [], "node": []}', UnknownNameError, "nodes"),
    ],
)
def test_text_that_is_no_case(text, error, words):
    with pytest.raises(error, match="case") as caught:
        parse_case(text)
    assert words in str(caught.value)


def test_files_that_are_no_cases(tmp_path: Path):
    with pytest.raises(FileFormatError, match="does not exist"):
        read_case(tmp_path / "none.json")
    with pytest.raises(FileFormatError, match="is not a file"):
        read_case(tmp_path)
    odd = tmp_path / "odd.json"
    odd.write_bytes(b'{"title": "\xff"}')
    with pytest.raises(FileFormatError, match="not UTF-8"):
        read_case(odd)
    (tmp_path / "bare.json").write_text("{}", encoding="utf-8")
    with pytest.raises(LodestockError, match=r"bare\.json: format is missing"):
        read_case(tmp_path / "bare.json")


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["nodes", "curves", "kind", "name", "periods", "node", "levies", "x"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_the_document_the_error_is_ours(value):
    document = {**EVERY_KIND, "nodes": value} if not isinstance(value, dict) else {**EVERY_KIND, **value}
    assert complaint(document) is None or complaint(document).startswith("case")


def complaint(document) -> str | None:
    """Return what is said against a document; anything but our own errors goes through."""
    try:
        case_from(document)
    except LodestockError as error:
        return str(error)
    return None


# ---- schema and page ----


def test_the_schema_accepts_the_cases_and_refuses_slips():
    jsonschema = pytest.importorskip("jsonschema")
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for path in EXAMPLES:
        assert validator.is_valid(json.loads(path.read_text(encoding="utf-8")))
    assert validator.is_valid(EVERY_KIND)
    assert validator.is_valid(document_of(case_from(EVERY_KIND).market))
    for path, value, _, _ in ERRORS[:1] + ERRORS[3:6]:
        assert not validator.is_valid(broken(path, value))
    assert not validator.is_valid(broken(("curves", 0, "kind"), "linear_suply"))
    assert not validator.is_valid(broken(("activities", 2, "yield"), 1.1))


def test_the_shipped_schema_is_current():
    shipped = json.loads((ROOT / "docs" / "market-case.schema.json").read_text(encoding="utf-8"))
    assert shipped == json_schema()


def test_the_reference_names_every_key():
    text = reference()
    for tables in (CURVES, ACTIVITIES, LEVIES, CONSTRAINTS):
        for kind, table in tables.items():
            assert f"`{kind}`" in text
            assert all(f"| `{key}` |" in text for key in table)


def test_the_example_of_the_page_runs():
    import re

    page = (ROOT / "docs" / "market-case.md").read_text(encoding="utf-8")
    example = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert example is not None
    case = parse_case(example[1])
    assert solve(case.market).is_solved
    assert json.loads(example[1]) == read_case(ROOT / "examples" / "market" / "zone-floor.json").document


def test_assembled_and_read_markets_are_validated_alike(random_market):
    market = random_market(1)
    assembled = assemble(
        market.node_names,
        activities_of(market),
        market.curves,
        market.levies,
        price_scale=market.price_scale,
        quantity_scale=market.quantity_scale,
    )
    same(case_from(document_of(assembled)).market, assembled)
