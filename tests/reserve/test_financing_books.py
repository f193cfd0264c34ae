"""The books balance to the cent in every quarter, whatever happens; every line adds up on its own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lodestock.errors import LodestockError, ValueOutOfRangeError
from lodestock.reserve.financing.books import Quarter
from lodestock.reserve.financing.borrowing_base import affordable_share, borrowing_base
from lodestock.reserve.financing.cents import split, to_cents
from lodestock.reserve.financing.ledger import keep_books, keep_quarter, open_books
from lodestock.reserve.financing.measures import least_coverage, loss, money_at_risk
from lodestock.reserve.financing.terms import BorrowingBase, Equity, Loan, Members, Terms
from lodestock.reserve.financing.waterfall import pay_in_order

MATERIALS, MEMBERS = 2, 3


def terms(**changes) -> Terms:
    values = {
        "loan": Loan(
            facility_usd=1e6,
            tranche_usd=0.0,
            availability_quarters=4,
            term_quarters=8,
            rate=0.08,
            commitment_fee=0.01,
        ),
        "base": BorrowingBase(advance=0.8, stress=(0.5, 0.25)),
        "members": Members(commitment_usd=(2e5, 1e5, 1e5)),
        "equity": Equity(paid_in_usd=2e5, return_cap=0.06),
    }
    return Terms(**{**values, **changes})


def quarter(price=(100.0, 10.0), **changes) -> Quarter:
    price = np.asarray(price, dtype=float)
    values = {
        "price": price,
        "buy_t": np.zeros(len(price)),
        "buy_price": price,
        "sell_t": np.zeros(len(price)),
        "sell_price": price,
    }
    return Quarter(**{**values, **changes})


amount = st.floats(0, 5e4)
rate = st.floats(0, 0.3)
share = st.floats(0, 1)
price = st.lists(st.floats(0.01, 1e4), min_size=MATERIALS, max_size=MATERIALS).map(np.array)
tonnes = st.lists(st.floats(0, 1e4), min_size=MATERIALS, max_size=MATERIALS).map(np.array)
calls = st.lists(
    st.lists(st.floats(0, 500), min_size=MATERIALS, max_size=MATERIALS), min_size=MEMBERS, max_size=MEMBERS
).map(np.array)

any_terms = st.builds(
    Terms,
    loan=st.builds(
        Loan,
        facility_usd=st.floats(0, 5e6),
        tranche_usd=st.sampled_from([0.0, 1e4, 1e5]),
        availability_quarters=st.integers(0, 6),
        term_quarters=st.integers(7, 12),
        rate=rate,
        commitment_fee=rate,
        upfront_fee=share,
        parts=st.sampled_from([((0, 1.0),), ((0, 0.5), (3, 0.5))]),
        capitalised=st.booleans(),
    ),
    base=st.builds(BorrowingBase, advance=share, stress=st.tuples(share, share)),
    members=st.builds(
        Members,
        commitment_usd=st.tuples(amount, amount, amount),
        upfront_fee=share,
        carried_share=share,
        carry_markup=rate,
        notice_quarters=st.integers(0, 2),
        replenish_quarters=st.integers(0, 3),
        penalty=rate,
    ),
    equity=st.builds(Equity, paid_in_usd=st.floats(0, 1e6), return_cap=rate),
    reserve_quarters=st.floats(0, 4),
    cash_floor_usd=amount,
    sweep=share,
    supported=st.booleans(),
)
any_quarter = st.builds(
    Quarter,
    price=price,
    buy_t=tonnes,
    buy_price=price,
    sell_t=tonnes,
    sell_price=price,
    storage_usd=amount,
    loss_share=st.none() | st.lists(share, min_size=MATERIALS, max_size=MATERIALS).map(np.array),
    call_t=st.none() | calls,
    return_share=st.none() | st.lists(share, min_size=MEMBERS, max_size=MEMBERS).map(np.array),
    in_default=st.none() | st.lists(st.booleans(), min_size=MEMBERS, max_size=MEMBERS).map(np.array),
)


@settings(max_examples=150, deadline=None)
@given(any_terms, st.lists(any_quarter, min_size=1, max_size=14), tonnes)
def test_books_balance_to_the_cent_on_any_path(contract, quarters, start):
    books = open_books(contract, start, start * 7.0)
    before = books.balance
    tonnes_before = np.array(books.stock_t)
    limit = to_cents(contract.loan.facility_usd)
    for number, (asked, one) in enumerate(zip(quarters, keep_books(contract, books, quarters), strict=True)):
        now = one.balance
        assert now.difference == 0
        # cash by its own flows; integers, so no tolerance
        inflow = one.upfront_fees + one.carry + one.sales + one.settled + one.drawn + one.supported
        outflow = one.purchases + one.fees_paid + one.interest_paid + one.principal_paid + one.swept
        change = now.cash + now.reserve_account - before.cash - before.reserve_account
        assert change == inflow - outflow - one.distributed
        assert now.support == before.support + one.supported
        assert now.loan == before.loan + one.drawn + one.capitalised - one.principal_paid - one.swept
        assert now.fees_due == before.fees_due + one.fees - one.fees_paid
        assert now.interest_due == before.interest_due + one.interest - one.capitalised - one.interest_paid
        income = one.upfront_fees + one.carry + one.sales + one.settled
        expense = one.fees + one.interest + one.cost_of_sales + one.written_off + one.settled_cost
        assert now.retained == before.retained + income - expense - one.distributed
        # limits: nothing below zero, loan within facility, draws only while available and within the base
        held = (now.cash, now.reserve_account, *now.stock, now.owed_by_members, now.loan)
        assert min((*held, now.fees_due, now.interest_due)) >= 0
        if not contract.loan.capitalised:
            assert now.loan <= limit
        else:
            assert one.capitalised == one.interest
        if number >= contract.loan.availability_quarters:
            assert one.drawn == 0
        if one.drawn > 0:
            assert before.loan + one.capitalised + one.drawn <= one.base
            assert before.loan + one.drawn <= to_cents(contract.loan.drawable_usd(number))
        if not contract.supported:
            assert one.supported == 0
        else:
            assert (now.fees_due, now.interest_due) == (0, 0)
            np.testing.assert_allclose(one.bought_t, asked.buy_t)
        assert one.distributed <= max(0, before.retained + income - expense)
        if one.distributed > 0:
            assert one.paid_on_time
            assert one.base_holds
        # tonnes
        after = np.array(one.stock_t)
        flows = np.array(one.bought_t) + one.returned_t - one.sold_t - np.array(one.lent_t) - one.lost_t
        np.testing.assert_allclose(after, tonnes_before + flows, rtol=1e-9, atol=1e-6)
        assert np.all(np.array(one.bought_t) <= asked.buy_t * (1 + 1e-12))
        before, tonnes_before = now, after


def test_a_quarter_by_hand():
    # 200,000 paid in. Buy 3,000 t at 100 = 300,000: 200,000 cash and a draw of 100,000.
    # base = 0.8 * 0.5 * 100 * 3,000 = 120,000 holds it. Next quarter: interest 8 % / 4 of 100,000 = 2,000,
    # commitment fee 1 % / 4 of 900,000 = 2,250; members carry both.
    buy = quarter(buy_t=np.array([3000.0, 0.0]))
    first, second = keep_books(terms(), open_books(terms(), [0, 0], [0, 0]), [buy, quarter()])
    # the commitment fee of the first quarter, 1 % / 4 of 1,000,000, is carried at once
    assert (first.drawn, first.purchases, first.fees, first.carry) == (
        *(100_000_00, 300_000_00, 2_500_00),
        2_500_00,
    )
    assert first.base == 120_000_00
    assert (second.interest, second.fees, second.carry) == (2_000_00, 2_250_00, 4_250_00)
    assert second.interest_paid == 2_000_00
    assert second.balance.stock == (300_000_00, 0)
    assert second.coverage == pytest.approx((4_250_00 - 2_250_00) / 2_000_00)


def test_the_base_limits_a_purchase():
    # 200,000 cash; each t costs 100 and supports 0.8 * 0.5 * 100 = 40 of loan: t = 200,000 / 60
    buy = quarter(buy_t=np.array([9000.0, 0.0]))
    free = terms(loan=Loan(facility_usd=1e6, availability_quarters=4, term_quarters=8))
    (one,) = keep_books(free, open_books(free, [0, 0], [0, 0]), [buy])
    assert one.bought_t[0] == pytest.approx(200_000 / 60, rel=1e-9)
    assert one.balance.loan == pytest.approx(one.base, abs=2)
    assert one.balance.loan <= one.base


def test_draws_are_whole_tranches():
    loan = Loan(facility_usd=1e6, tranche_usd=50_000.0, availability_quarters=4, term_quarters=8)
    free = terms(loan=loan)
    buy = quarter(buy_t=np.array([2600.0, 0.0]))  # 260,000: 60,000 beyond cash, two tranches
    (one,) = keep_books(free, open_books(free, [0, 0], [0, 0]), [buy])
    assert one.drawn == 100_000_00
    assert one.balance.cash == 40_000_00


def test_the_loan_is_repaid_in_equal_parts_by_the_end_of_the_term():
    # drawn 100,000; four quarters of availability, term of eight: 25,000 a quarter
    contract = terms(
        loan=Loan(facility_usd=1e6, availability_quarters=4, term_quarters=8),
        equity=Equity(paid_in_usd=2e5, return_cap=0.0),
    )
    buy = quarter(buy_t=np.array([3000.0, 0.0]))
    sell = quarter(sell_t=np.array([400.0, 0.0]))
    made = keep_books(contract, open_books(contract, [0, 0], [0, 0]), [buy, *[quarter()] * 3, *[sell] * 4])
    assert [one.principal_paid for one in made] == [0, 0, 0, 0, *[25_000_00] * 4]
    assert made[-1].balance.loan == 0


def test_a_price_fall_asks_for_principal_per_material():
    # 100,000 on a base of 120,000; a fall of the first material by 62 % leaves 45,600: 54,400 fall due,
    # a fall of the second, which is not held, leaves all as it was
    buy = quarter(buy_t=np.array([3000.0, 0.0]))
    crash, other = quarter(price=(38.0, 10.0)), quarter(price=(100.0, 3.8))
    start = open_books(terms(), [0, 0], [0, 0])
    fallen = keep_books(terms(), start, [buy, crash])[1]
    assert fallen.principal_due == 54_400_00
    assert not fallen.base_holds
    assert keep_books(terms(), start, [buy, other])[1].principal_due == 0


def test_lent_material_comes_back_or_is_paid_for():
    members = Members(
        commitment_usd=(1.0, 1.0, 1.0),
        notice_quarters=1,
        replenish_quarters=2,
        penalty=0.5,
        carried_share=0.0,
    )
    contract = terms(members=members, loan=Loan(facility_usd=0.0))
    start = open_books(contract, [100.0, 0.0], [5_000.0, 0.0])  # mean cost 50 USD/t
    call = quarter(call_t=np.array([[10.0, 0], [20.0, 0], [30.0, 0]]))
    back = quarter(return_share=np.array([1.0, 0.0, 1.0]), in_default=np.array([False, False, True]))
    made = keep_books(contract, start, [call, quarter(), quarter(), back])
    assert made[0].lent_t[0] == 0.0  # notice
    assert made[1].lent_t[0] == 60.0
    assert made[1].balance.owed_by_members == 3_000_00
    # due in the fourth quarter: ten back at cost, twenty paid 100 * 1.5, thirty written off at cost
    assert made[3].returned_t[0] == 10.0
    assert made[3].settled == 3_000_00
    assert made[3].written_off == 1_500_00
    assert made[3].balance.owed_by_members == 0
    assert made[3].stock_t[0] == 50.0


def test_equity_never_gets_more_than_its_cap():
    # 5 % a year on 200,000 = 2,500 a quarter, however much is earned
    contract = terms(equity=Equity(paid_in_usd=2e5, return_cap=0.05), loan=Loan(facility_usd=0.0))
    start = open_books(contract, [1e4, 0], [1e5, 0])
    made = keep_books(contract, start, [quarter(sell_t=np.array([1000.0, 0.0]))] * 4)
    assert [one.distributed for one in made] == [2_500_00] * 4


def test_the_waterfall_pays_in_order():
    dues = {"fees": 30, "interest": 50, "principal": 40}
    assert pay_in_order(100, dues) == ({"fees": 30, "interest": 50, "principal": 20}, 0)
    assert pay_in_order(-5, dues) == ({"fees": 0, "interest": 0, "principal": 0}, -5)


@given(st.integers(-(10**15), 10**15), st.lists(st.floats(0, 1e6), min_size=1, max_size=12))
def test_a_split_adds_up(total, weights):
    if sum(weights) <= 0:
        with pytest.raises(ValueOutOfRangeError, match="weights"):
            split(total, weights)
        return
    parts = split(total, weights)
    assert sum(parts) == total
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


def test_cash_alone_buys_when_the_loan_is_above_its_base():
    base = BorrowingBase(advance=0.5, stress=(0.5,))
    price, wanted = np.array([100.0]), np.array([10.0])
    share = affordable_share(
        base, price, np.array([4.0]), wanted, 1000.0, cash=300.0, loan=900.0, undrawn=500.0
    )
    assert share == pytest.approx(0.3)
    assert borrowing_base(base, price, np.array([4.0])) == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"base": BorrowingBase(advance=1.2, stress=(0.5, 0.5))}, "advance"),
        ({"base": BorrowingBase(advance=0.5, stress=(0.5,))}, "stress"),
        ({"equity": Equity(paid_in_usd=-1.0, return_cap=0.1)}, "paid_in"),
        ({"loan": Loan(facility_usd=1.0, availability_quarters=9, term_quarters=9)}, "term_quarters"),
        ({"members": Members(commitment_usd=(float("nan"),))}, "commitment"),
        ({"sweep": 1.5}, "sweep"),
    ],
)
def test_terms_no_contract_can_say_are_named(changes, named):
    with pytest.raises(LodestockError, match=named):
        open_books(terms(**changes), [0, 0], [0, 0])


def test_a_negative_purchase_is_named():
    with pytest.raises(ValueOutOfRangeError, match="buy_t"):
        keep_books(terms(), open_books(terms(), [0, 0], [0, 0]), [quarter(buy_t=np.array([-1.0, 0.0]))])


def test_a_sponsor_pays_what_loan_and_cash_do_not():
    # 200,000 cash, base 40 a t: of 9,000 t at 100 the loan pays 360,000 and the sponsor 340,000
    contract = terms(supported=True, loan=Loan(facility_usd=1e6, availability_quarters=4, term_quarters=8))
    (one,) = keep_books(
        contract, open_books(contract, [0, 0], [0, 0]), [quarter(buy_t=np.array([9000.0, 0.0]))]
    )
    assert (one.drawn, one.supported) == (360_000_00, 340_000_00)
    assert loss([one], np.array([100.0, 10.0])) == pytest.approx(0.0, abs=0.01)
    # at half the price 450,000 of the 540,000 put in are gone
    assert loss([one], np.array([50.0, 10.0])) == pytest.approx(450_000, abs=0.01)


def test_the_purchase_a_mean_cost_and_the_loss_of_a_sale():
    # 10 t at 100 and 10 t at 200 stand at 150; 5 t sold at 120 lose 150
    contract = terms(loan=Loan(facility_usd=0.0), equity=Equity(paid_in_usd=1e4, return_cap=0.0))
    dear = quarter(price=(200.0, 10.0), buy_t=np.array([10.0, 0.0]))
    sale = quarter(price=(120.0, 10.0), sell_t=np.array([5.0, 0.0]))
    made = keep_books(
        contract,
        open_books(contract, [0, 0], [0, 0]),
        [quarter(buy_t=np.array([10.0, 0.0])), dear, sale],
    )
    assert made[2].balance.stock == (2_250_00, 0)
    assert made[2].balance.retained == -150_00


def test_few_numbers_about_many_paths():
    start = open_books(terms(), [0, 0], [0, 0])
    buy = quarter(buy_t=np.array([3000.0, 0.0]))
    made = keep_books(terms(), start, [buy, quarter(), quarter(price=(60.0, 10.0))])
    # third quarter: base 72,000 < 100,000, 28,000 due; income is the carry, fees are paid from it
    last = made[2]
    assert least_coverage(made) == last.coverage
    assert last.coverage == pytest.approx((last.carry - last.fees_paid) / (last.interest + 28_000_00))
    losses = np.array([loss(made, np.array([p, 10.0])) for p in (100.0, 60.0, 20.0, 100.0)])
    assert money_at_risk(losses, 0.25) == losses[2]


def test_a_loan_in_parts_and_interest_that_joins_it():
    # half of 1,000,000 from the start, the rest from the third quarter; 8 % a year joins the loan
    loan = Loan(
        facility_usd=1e6,
        parts=((0, 0.5), (2, 0.5)),
        availability_quarters=4,
        term_quarters=8,
        rate=0.08,
        capitalised=True,
    )
    contract = terms(
        loan=loan,
        base=BorrowingBase(advance=1.0, stress=(0.0, 0.0)),
        equity=Equity(paid_in_usd=0.0, return_cap=0.0),
    )
    buy = quarter(buy_t=np.array([9000.0, 0.0]))
    made = keep_books(contract, open_books(contract, [1000, 0], [0, 0]), [buy, buy, buy])
    # a stock brought in carries the interest. 500,000, then 2 % of it joins; in the third 2 % of 510,000,
    # and what is left of the million is drawn
    assert [one.drawn for one in made] == [500_000_00, 0, 479_800_00]
    assert [one.capitalised for one in made] == [0, 10_000_00, 10_200_00]
    assert made[2].balance.loan == 1_000_000_00
    assert all(one.interest_paid == 0 for one in made)


def test_calls_are_capped_and_shared_by_the_members_rule():
    # entitlements half, quarter, quarter of 100 t; at most 60 % of it a quarter: 30, 15, 15
    members = Members(commitment_usd=(2.0, 1.0, 1.0), call_cap=0.6, carried_share=0.0)
    contract = terms(members=members, loan=Loan(facility_usd=0.0))
    start = open_books(contract, [100.0, 0.0], [5_000.0, 0.0])
    ask = np.array([[50.0, 0], [50.0, 0], [10.0, 0]])
    (one,) = keep_books(contract, start, [quarter(call_t=ask)])
    assert one.lent_t[0] == 30 + 15 + 10
    # notice of a quarter, stock sold down meanwhile to 20 t: shared 2:1:1, or by tier, or as they came
    for rule, expected in (
        ("pro_rata", (10.0, 5.0, 5.0)),
        ("tier", (5.0, 0.0, 15.0)),
        ("first_come", (20.0, 0, 0)),
    ):
        members = Members(
            commitment_usd=(2.0, 1.0, 1.0),
            notice_quarters=1,
            carried_share=0.0,
            allotment=rule,
            tier=(2, 3, 1),
        )
        contract = terms(members=members, loan=Loan(facility_usd=0.0))
        books = open_books(contract, [100.0, 0.0], [5_000.0, 0.0])
        ask = np.array([[50.0, 0], [25.0, 0], [15.0, 0]])
        books, _ = keep_quarter(contract, books, quarter(call_t=ask, sell_t=np.array([0.0, 0.0])))
        books, _ = keep_quarter(contract, books, quarter(sell_t=np.array([80.0, 0.0])))
        got = [sum(o.t for o in books.owed if o.member == member) for member in range(3)]
        assert got == pytest.approx(expected), rule


def test_calls_of_nobody_are_named():
    with pytest.raises(ValueOutOfRangeError, match="3 members by 2 materials"):
        keep_books(terms(), open_books(terms(), [1, 0], [0, 0]), [quarter(call_t=np.array([[1.0, 0.0]]))])
