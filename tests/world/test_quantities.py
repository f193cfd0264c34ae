import csv
import io

import numpy as np
import pytest

from lodestock.errors import LodestockError
from lodestock.world import reference
from lodestock.world.assumptions import Ledger, read_book
from lodestock.world.axis import Axis
from lodestock.world.balance import Side
from lodestock.world.prior import TradePrior, trade_prior, with_known_flows, with_sourcing_shares
from lodestock.world.quantities import one_stage, scrap_in_refined, two_stage, with_old_scrap
from lodestock.world.read import Anchor, Flows

AXIS = Axis(("AAA", "BBB", "CCC", "OTH"), ("A", "B", "C", "Other countries"), np.zeros((4, 4)))
ROWS = """name,material,stage,end_use,country,low,central,high,unit,reason,source
process_yield,*,,,,0.7,0.8,0.9,1,test,assumption
process_yield,testium,,,BBB,1,1,1,1,leached metal,assumption
refined_secondary_share,*,,,,0,0,0,1,test,assumption
stock_change_limit,*,,,,0.1,0.15,0.2,1,test,assumption
mine_payable_share,*,,,,0.4,0.5,0.6,1,test,assumption
smallest_margin_share,*,,,,0.01,0.02,0.03,1,test,assumption
"""


def ledger() -> Ledger:
    return Ledger(read_book(csv.DictReader(io.StringIO(ROWS)), {"testium": "minor-metal"}), "testium")


def side(*tonnes: float) -> Side:
    quantity = np.array(tonnes)
    return Side(quantity, np.zeros(4), tuple("reported" if t > 0 else "none" for t in tonnes))


WEIGHT = np.array([0.5, 0.3, 0.2, 0.0])


def test_a_small_gap_is_stock_change_of_the_miners():
    # Feed 40 / 0.8 + 50 / 1 = 100 against 110 mined: 10 in stock, by output.
    chain = two_stage(AXIS, side(88, 22, 0, 0), side(40, 50, 0, 0), WEIGHT, ledger(), 2024)
    assert chain.feed == pytest.approx([50.0, 50.0, 0.0, 0.0])
    assert chain.feed_stock_change == pytest.approx([8.0, 2.0, 0.0, 0.0])
    assert chain.offered("mine").sum() == pytest.approx(chain.feed.sum())
    assert [item.kind for item in chain.adjustments] == ["balance"]


def test_a_large_gap_rescales_refined_output_and_says_so():
    # Feed 100 against 200 mined: the series differ in scope, refined output doubles.
    chain = two_stage(AXIS, side(200, 0, 0, 0), side(40, 50, 0, 0), WEIGHT, ledger(), 2024)
    assert chain.process is not None
    assert chain.process.quantity == pytest.approx([80.0, 100.0, 0.0, 0.0])
    assert chain.feed_stock_change == pytest.approx(np.zeros(4))
    assert [(item.country, item.observed, round(item.fitted, 9)) for item in chain.adjustments] == [
        ("AAA", 40.0, 80.0),
        ("BBB", 50.0, 100.0),
    ]


def test_a_stage_without_output_is_an_error_with_the_year():
    with pytest.raises(LodestockError, match="no refined output in 2024"):
        two_stage(AXIS, side(1, 0, 0, 0), side(0, 0, 0, 0), WEIGHT, ledger(), 2024)


def test_scrap_in_refined_output_lies_where_goods_are_made():
    refined = np.array([10.0, 100.0, 100.0, 50.0])
    scrap = scrap_in_refined(refined, WEIGHT, 0.25)
    assert scrap.sum() == pytest.approx(0.25 * 260)
    assert scrap[0] == pytest.approx(9.5)  # 95 per cent of output, the weight asks for more
    assert scrap[1] / scrap[2] == pytest.approx(1.5)
    assert scrap[3] < 1e-3
    assert scrap_in_refined(refined, WEIGHT, 0.0) == pytest.approx(np.zeros(4))


def test_old_scrap_is_a_share_of_supply_and_known_countries_keep_theirs():
    # 0.2 / 0.8 of 80 is 20 t; AAA is known to give 6, the rest goes 3 : 2.
    chain = with_old_scrap(one_stage("refined", side(80, 0, 0, 0)), 0.2, WEIGHT, {0: (6.0, "reported")})
    assert chain.secondary.quantity == pytest.approx([6.0, 8.4, 5.6, 0.0])
    assert chain.secondary.status == ("reported", "assumed", "assumed", "none")
    assert chain.secondary.quantity.sum() / chain.offered("refined").sum() == pytest.approx(0.2)


def trade(*flows: tuple[int, int, float]) -> np.ndarray:
    out = np.zeros((4, 4))
    for i, j, tonnes in flows:
        out[i, j] = tonnes
    return out


def test_published_anchors_are_observed_and_assumed_ones_are_stated():
    known = {
        ("AAA", "BBB"): Anchor(30.0, "reported", "customs"),
        ("BBB", "CCC"): Anchor(12.0, "assumed", "own-work"),
    }
    found = with_known_flows(AXIS, trade((0, 1, 5.0), (1, 2, 4.0)), known, np.ones(4))
    assert found.observed[0, 1] == 30.0
    assert (found.observed[1, 2], found.stated[1, 2]) == (4.0, 8.0)
    assert found.total.sum() == pytest.approx(42.0)


def test_a_known_total_spreads_what_the_codes_miss_and_cuts_what_they_overstate():
    total = {("AAA", "ALL"): Anchor(20.0, "reported", "customs")}
    pattern = np.array([50.0, 6.0, 3.0, 1.0])
    missing = with_known_flows(AXIS, trade((0, 1, 10.0)), total, pattern)
    assert missing.observed[0].sum() == 10.0
    assert missing.spread[0] == pytest.approx([0.0, 6.0, 3.0, 1.0])
    over = with_known_flows(AXIS, trade((0, 1, 30.0), (0, 2, 10.0)), total, pattern)
    assert over.observed[0] == pytest.approx([0.0, 15.0, 5.0, 0.0])
    assert not over.spread.any()
    assert over.firm_exports.tolist() == [1.0, 0.0, 0.0, 0.0]


def test_sourcing_shares_fill_a_column_from_countries_that_have_something():
    empty = TradePrior(np.zeros((4, 4)), np.zeros((4, 4)), np.zeros((4, 4)), np.zeros(4), np.zeros((4, 4)))
    found = with_sourcing_shares(
        AXIS,
        empty,
        np.array([50.0, 0.0, 10.0, 0.0]),
        np.array([0.0, 30.0, 16.0, 0.0]),
        {"BBB": {"AAA": 0.6, "CCC": 0.2, "OTH": 0.2}, "CCC": {"CCC": 0.5, "AAA": 0.5}},
    )
    # BBB needs 30: 3 to 1 from AAA and CCC, OTH has nothing. CCC makes 10 of its 16 itself.
    assert found[:, 1] == pytest.approx([22.5, 0.0, 7.5, 0.0])
    assert found[:, 2] == pytest.approx([6.0, 0.0, 0.0, 0.0])


def test_prices_are_taken_derived_or_replaced(monkeypatch: pytest.MonkeyPatch):
    published = {"refined": (100.0, "metal", "usgs", 2024)}
    monkeypatch.setattr(reference.read, "reference_prices", lambda *_: published)
    found = reference.references("testium", ("mine", "refined"), 2024, ledger())
    assert found.price == {"refined": 100.0, "mine": 50.0}
    assert found.form["mine"].startswith("payable share")
    # A published concentrate price that leaves no margin (0.8 x 100 x 0.98 = 78.4) gives way, and is listed.
    published["mine"] = (90.0, "concentrate", "usgs", 2023)
    found = reference.references("testium", ("mine", "refined"), 2024, ledger())
    assert found.price["mine"] == 50.0
    assert [(item.kind, item.stage) for item in found.adjustments] == [("price", "mine"), ("price", "mine")]
    published.clear()
    with pytest.raises(LodestockError, match="no price for testium"):
        reference.references("testium", ("mine", "refined"), 2024, ledger())


def test_only_what_is_published_for_the_pair_is_an_observation():
    # BBB makes nothing and sends CCC the 8 t that came from AAA; of AAA's 10 t to CCC only 4 carry tonnes.
    flows = Flows(
        {("AAA", "BBB"): 8.0, ("BBB", "CCC"): 8.0, ("AAA", "CCC"): 10.0},
        {("AAA", "BBB"): 8.0, ("BBB", "CCC"): 8.0, ("AAA", "CCC"): 4.0},
        2024,
        frozenset(),
    )
    found = trade_prior(AXIS, flows, {}, np.array([30.0, 0.0, 0.0, 0.0]), WEIGHT, 2024)
    assert found.observed[0, 2] > 10.0
    assert found.published[0, 2] == 4.0
    assert found.published[1, 2] == 8.0
    earlier = trade_prior(AXIS, flows, {}, np.array([30.0, 0.0, 0.0, 0.0]), WEIGHT, 2025)
    assert not earlier.published.any()


def test_a_known_total_spread_over_customers_observes_no_pair():
    total = {("AAA", "ALL"): Anchor(20.0, "reported", "customs")}
    found = with_known_flows(AXIS, np.zeros((4, 4)), total, np.array([50.0, 6.0, 3.0, 1.0]))
    assert found.spread.sum() == pytest.approx(20.0)
    assert not found.published.any()
