"""Auctions, loans in kind, swaps, triggers, and release together or not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lodestock.errors import LodestockError, UnknownNameError, ValueOutOfRangeError
from lodestock.reserve.release.auction import Bid, auction, record, sold_share
from lodestock.reserve.release.in_kind import lend, swap
from lodestock.reserve.release.schedule import (
    Shock,
    release_alone,
    release_for_own,
    release_together,
    worth,
)
from lodestock.reserve.release.triggers import Trigger, check_trigger, fires, updated_belief

bids = st.lists(
    st.builds(Bid, bidder=st.sampled_from("abcd"), price=st.integers(1, 9).map(float), t=st.floats(0, 100)),
    max_size=8,
)


@settings(deadline=None)
@given(
    st.floats(0, 200),
    bids,
    st.sampled_from(["uniform", "discriminatory"]),
    st.floats(1, 300),
    st.floats(0, 9),
)
def test_an_auction_sells_no_more_than_offered_asked_or_allowed(offered, asked, pricing, cap, lowest):
    sale = auction(offered, asked, pricing=pricing, cap=cap, lowest=lowest)
    assert sale.total <= offered * (1 + 1e-12) + 1e-300
    for bidder in {bid.bidder for bid in asked}:
        got = sum(t for t, bid in zip(sale.sold, asked, strict=True) if bid.bidder == bidder)
        assert got <= cap * (1 + 1e-12) + 1e-300
    for t, paid, bid in zip(sale.sold, sale.paid, asked, strict=True):
        assert t <= bid.t * (1 + 1e-12) + 1e-300
        if t > 0:
            assert lowest <= paid <= bid.price
    # nothing is left over while a bid that may still take something waits
    if sale.total < offered * (1 - 1e-9) - 1e-9:
        for bidder in {bid.bidder for bid in asked}:
            wish = min(cap, sum(bid.t for bid in asked if bid.bidder == bidder and bid.price >= lowest))
            got = sum(t for t, bid in zip(sale.sold, asked, strict=True) if bid.bidder == bidder)
            assert got == pytest.approx(wish, rel=1e-9, abs=1e-9)


def test_both_ways_of_pricing_by_hand():
    asked = [Bid("a", 10.0, 50.0), Bid("b", 8.0, 100.0), Bid("c", 8.0, 100.0), Bid("d", 5.0, 100.0)]
    uniform = auction(150.0, asked)
    assert uniform.sold == (50.0, 50.0, 50.0, 0.0)
    assert (uniform.price, uniform.revenue) == (8.0, 1200.0)
    own = auction(150.0, asked, pricing="discriminatory")
    assert own.revenue == 50 * 10 + 100 * 8.0
    capped = auction(150.0, asked, cap=30.0)
    assert capped.sold == (30.0, 30.0, 30.0, 30.0)
    assert capped.sell_through == pytest.approx(0.8)
    assert auction(150.0, asked, lowest=9.0).sell_through == pytest.approx(1 / 3)


def test_the_published_auctions_sold_between_a_fifth_and_all():
    assert len(record()) == 9
    least = min(record(), key=lambda sale: sale.sell_through)
    assert least.sell_through == pytest.approx(0.188, abs=5e-4)
    low, central, high = sold_share()
    assert low == least.sell_through
    assert low < central < high == 1.0


def test_a_loan_in_kind_at_the_break_even_premium_is_worth_nothing():
    terms = {"quarters": 3, "price_now": 200.0, "price_then": 120.0, "discount": 0.98, "failure": 0.1}
    even = lend(10.0, premium=0.0, **terms).break_even_premium
    assert lend(10.0, premium=even, **terms).value_usd == pytest.approx(0.0, abs=1e-9)
    # without failure: 200 = 0.98^3 * 120 * (1 + premium)
    clean = {**terms, "failure": 0.0}
    assert lend(1.0, premium=0.0, **clean).break_even_premium == pytest.approx(200 / 0.98**3 / 120 - 1)
    assert lend(10.0, premium=0.25, **clean).due_t == 12.5


def test_a_loan_into_a_squeeze_earns_tonnes_and_one_before_a_rise_does_not():
    squeeze = lend(1.0, premium=0.0, quarters=4, price_now=200.0, price_then=100.0).break_even_premium
    rise = lend(1.0, premium=0.0, quarters=4, price_now=100.0, price_then=200.0).break_even_premium
    assert squeeze > 0 > rise


def test_a_swap_there_and_back_without_a_fee_changes_nothing():
    there = swap(10.0, price_given=100.0, price_taken=40.0, premium_given=0.2)
    assert there == pytest.approx(10 * 120 / 40)
    assert swap(there, price_given=40.0, price_taken=100.0, premium_taken=0.2) == pytest.approx(10.0)
    assert swap(10.0, price_given=1.0, price_taken=1.0, fee=0.05) == pytest.approx(9.5)


def test_triggers_fire_on_what_they_watch():
    seen = {"short_share": np.array([0.0, 0.2]), "price_multiple": np.array([1.6, 1.0]), "belief": 0.4}
    assert fires(Trigger("shortage", 0.1), **seen).tolist() == [False, True]
    assert fires(Trigger("shortage", 0.0), **seen).tolist() == [False, True]
    assert fires(Trigger("price", 1.5), **seen).tolist() == [True, False]
    assert fires(Trigger("belief", 0.5), **seen).tolist() == [False, False]
    assert fires(Trigger("belief", 0.3), **seen).tolist() == [True, True]


def test_belief_limits():
    chain = np.array([[0.9, 0.1], [0.3, 0.7]])
    prior = np.array([0.5, 0.5])
    # a signal alike under both regimes teaches nothing; one that gives itself away, everything
    np.testing.assert_allclose(updated_belief(prior, chain, np.array([0.4, 0.4])), prior @ chain)
    np.testing.assert_allclose(updated_belief(prior, chain, np.array([0.0, 1.0])), [0.0, 1.0])
    # by hand: prior (0.6, 0.4), likelihood (0.2, 0.8): 0.12 to 0.32
    np.testing.assert_allclose(updated_belief(prior, chain, np.array([0.2, 0.8])), [12 / 44, 32 / 44])
    with pytest.raises(LodestockError, match="no chance"):
        updated_belief(np.array([1.0, 0.0]), np.eye(2), np.array([0.0, 1.0]))


def shock(stock=(10.0, 10.0), delivery=(10.0, 10.0), share=(0.5, 0.5)) -> Shock:
    # the second period is short of more, and worth more
    return Shock(
        names=tuple(f"ally {n}" for n in range(len(stock))),
        stock=np.array(stock),
        delivery=np.array(delivery),
        share=np.array(share),
        width=np.array([[5.0, 5.0], [5.0, 10.0]]),
        value=np.array([[50.0, 10.0], [100.0, 60.0]]),
    )


def test_alone_all_meet_the_worst_period_together_they_spread():
    # alone each puts 10 on the second period: 20 on 15 t of blocks, 5 t wasted, 500 + 600
    alone = release_alone(shock())
    np.testing.assert_allclose(alone.by_period, [0.0, 20.0])
    assert alone.worth == 1100.0
    # together: 15 there, 5 on the first block of the first period
    joint = release_together(shock())
    np.testing.assert_allclose(joint.by_period, [5.0, 15.0])
    assert joint.worth == pytest.approx(1350.0)


@st.composite
def shocks(draw):
    n, periods, blocks = draw(st.integers(1, 3)), draw(st.integers(1, 4)), draw(st.integers(1, 3))
    listed = lambda size, most: np.array(  # noqa: E731
        draw(st.lists(st.floats(0, most), min_size=size, max_size=size))
    )
    value = np.sort(listed(periods * blocks, 100).reshape(periods, blocks), axis=1)[:, ::-1]
    return Shock(
        names=tuple(map(str, range(n))),
        stock=listed(n, 50),
        delivery=listed(n, 20),
        share=listed(n, 1.0) / n,
        width=listed(periods * blocks, 20).reshape(periods, blocks),
        value=value,
        discount=draw(st.floats(0.9, 1.0)),
    )


@settings(max_examples=80, deadline=None)
@given(shocks())
def test_together_is_never_worse_than_the_same_tonnes_uncoordinated(case):
    for other in (release_alone(case), release_for_own(case)):
        tonnes = other.t.sum(axis=1)
        assert np.all(tonnes <= case.stock * (1 + 1e-12))
        assert np.all(other.t <= case.delivery[:, None] * (1 + 1e-12))
        joint = release_together(case, tonnes)
        # the programme is solved to 1e-7 of the largest stock and value
        slack = 1e-6 * max(float(tonnes.max()), 1e-12) * max(float(case.value.max()), 1e-12) * case.value.size
        assert joint.worth >= other.worth - slack
        assert np.all(joint.t.sum(axis=1) <= tonnes + 1e-6 * max(tonnes.max(), 1e-9))
        assert release_together(case).worth >= joint.worth - slack * (
            1 + case.stock.max() / tonnes.max(initial=1e-12)
        )


@settings(max_examples=40, deadline=None)
@given(shocks())
def test_a_single_ally_does_as_well_alone_as_the_programme(case):
    one = Shock(
        names=("one",),
        stock=case.stock[:1],
        delivery=case.delivery[:1],
        share=np.ones(1),
        width=case.width,
        value=case.value,
        discount=case.discount,
    )
    # the programme is solved to 1e-7 of the stock and the largest value
    slack = 1e-6 * float(one.stock[0]) * float(one.value.max()) * one.value.size
    assert release_alone(one).worth == pytest.approx(release_together(one).worth, rel=1e-7, abs=slack + 1e-9)


def test_worth_fills_the_most_valuable_first():
    assert worth(shock(), np.array([7.0, 0.0])) == 5 * 50 + 2 * 10


def test_bad_input_is_named():
    with pytest.raises(UnknownNameError, match="uniform"):
        auction(1.0, [], pricing="unifrom")
    with pytest.raises(ValueOutOfRangeError, match="offered"):
        auction(-1.0, [])
    with pytest.raises(ValueOutOfRangeError, match="loan in kind"):
        lend(1.0, premium=-2.0, quarters=1, price_now=1.0, price_then=1.0)
    with pytest.raises(ValueOutOfRangeError, match="swap"):
        swap(1.0, price_given=0.0, price_taken=1.0)
    with pytest.raises(UnknownNameError, match="shortage"):
        check_trigger(Trigger("shortages", 1.0))
    with pytest.raises(ValueOutOfRangeError, match="stock"):
        release_alone(shock(stock=(-1.0, 0.0)))
    with pytest.raises(ValueOutOfRangeError, match="shares"):
        release_for_own(shock(share=(0.8, 0.8)))
