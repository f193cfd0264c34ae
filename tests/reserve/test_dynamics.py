"""One quarter: stock, shortage and money add up whatever is wished for."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.reserve import small

from lodestock.reserve.case import Noise
from lodestock.reserve.costs import own_funds
from lodestock.reserve.dynamics import sample_paths, start_position, step, tier_needs
from lodestock.reserve.position import Decision
from lodestock.reserve.prepare import joint_noise, prepare
from lodestock.reserve.problem import Problem

TOLERANCE = 1e-9


@lru_cache(maxsize=1)
def problem() -> Problem:
    """Two materials, lots that age, lots that arrive late, losses, a loan, a budget and a small site."""
    tree = small.two_materials(
        quarters=6,
        crowding=0.2,
        permanent_impact=0.2,
        sell_in_calm=True,
        discount_rate=0.03,
        noise={"outcomes": 3, "gap": 0.3, "price": 0.2},
        money={
            "budget_per_quarter": "0.9 M USD",
            "private": {"amount": "0.4 M USD"},
            "loan": {"amount": "1.5 M USD", "rate": 0.06, "advance_rate": 0.8, "price_stress": 0.2},
        },
        sites={"depot": {"country": "USA", "rent": "100 USD/t", "capacity": "25 t", "delivery": 0.7}},
    )
    tree["holdings"][0] |= {"shelf_life": "9 months", "loss": 0.04, "start": "3 t"}
    tree["holdings"][1] |= {"lag": 3, "usable": 0.8, "premium": 0.1}
    tree["holdings"].append({"material": "germanium", "form": "contained", "site": "depot", "lag": 0})
    return prepare(small.case(tree))


wishes = st.lists(st.tuples(*[st.floats(0.0, 30.0)] * 3, *[st.floats(0.0, 12.0)] * 6), min_size=6, max_size=6)


@settings(max_examples=60, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
@given(wishes=wishes, seed=st.integers(0, 200))
def test_stock_shortage_and_money_add_up_every_quarter(wishes: list[tuple[float, ...]], seed: int) -> None:
    it = problem()
    states, outcomes = sample_paths(it, 1, seed)
    position = start_position(it)
    for t, wish in enumerate(wishes):
        z, w = int(states[0, t]), int(outcomes[0, t])
        wished = Decision(np.array(wish[:3]), np.array(wish[3:6]), np.array(wish[6:]))
        done = step(it, t, z, w, position, wished)
        _stock_adds_up(it, position, done)
        _users_add_up(it, z, w, done)
        _money_adds_up(it, position, done)
        position = done.position


def _stock_adds_up(it: Problem, before, done) -> None:  # type: ignore[no-untyped-def]
    decision = done.decision
    for h, holding in enumerate(it.holdings):
        out = decision.release_t[h] + decision.sell_t[h]
        at_once = decision.buy_t[h] if holding.lag == 0 else 0.0
        came = decision.buy_t[h] if holding.lag == 1 else before.orders[h][0] if holding.lag > 1 else 0.0
        there = before.stock[h].sum() + at_once
        expected = holding.keep * (there - out) + came
        assert done.position.stock[h].sum() == pytest.approx(expected, abs=TOLERANCE)
        assert out <= holding.delivery_share * there + TOLERANCE
        assert (done.position.stock[h] >= -TOLERANCE).all()
        assert done.position.stock[h].sum() <= holding.limit_t + TOLERANCE
        if holding.lag > 1:
            on_order = before.orders[h].sum() - came + decision.buy_t[h]
            assert done.position.orders[h].sum() == pytest.approx(on_order, abs=TOLERANCE)
    lying = sum(ages.sum() for ages in done.position.stock) + sum(q.sum() for q in done.position.orders)
    assert lying <= it.site_capacity[0] + 1e-6


def _users_add_up(it: Problem, z: int, w: int, done) -> None:  # type: ignore[no-untyped-def]
    for m, data in enumerate(it.materials):
        mine = [h for h, holding in enumerate(it.holdings) if holding.material == m]
        usable = sum(it.holdings[h].usable_share * done.decision.release_t[h] for h in mine)
        assert done.served_t[m].sum() == pytest.approx(usable, abs=TOLERANCE)
        gap = it.gap(m, z, w)
        if gap == 0.0:
            assert done.short_t[m].sum() == 0.0
            continue
        bought = sum(done.decision.buy_t[h] for h in mine)
        held = sum(done.position.stock[h].sum() for h in mine)
        whole = gap + data.own_use_share * bought + data.crowding * held
        assert done.short_t[m] + done.served_t[m] == pytest.approx(whole * tier_needs(it, m), abs=TOLERANCE)
        assert (done.short_t[m] >= -TOLERANCE).all()
        assert sum(done.decision.sell_t[h] for h in mine) == 0.0


def _money_adds_up(it: Problem, before, done) -> None:  # type: ignore[no-untyped-def]
    flows = done.money
    funds = before.funds + flows.purchases - flows.sales - flows.payments - flows.paid_in
    assert flows.funds == pytest.approx(funds, abs=1e-3 * TOLERANCE * 1e6)
    assert flows.debt == pytest.approx(before.debt + flows.draw - flows.repay, abs=1e-3 * TOLERANCE * 1e6)
    own = own_funds(it)
    assert flows.funds + flows.cash == pytest.approx(own + flows.debt + flows.cure, abs=1e-6)
    assert flows.purchases <= it.budget * (1 + 1e-12)
    assert flows.funds <= it.limit + own - 0.4e6 + 1e-6
    assert it.case.money.loan is not None
    assert flows.debt <= it.case.money.loan.amount + 1e-6
    assert min(flows.debt, flows.cash, flows.cure, flows.draw, flows.repay) >= 0.0


def test_noise_has_mean_one_and_the_spread_asked_for() -> None:
    gap, price = joint_noise(Noise(outcomes=32, gap=0.3, price=0.1, shared=0.5, seed=4), 3)
    assert gap.mean(axis=0) == pytest.approx(1.0)
    assert price.mean(axis=0) == pytest.approx(1.0)
    assert gap.std(axis=0) == pytest.approx(0.3, rel=0.1)
    assert price.std(axis=0) == pytest.approx(0.1, rel=0.25)
    assert np.corrcoef(price.T)[0, 1] > 0.1


def test_the_most_valued_are_served_first() -> None:
    tree = small.document(quarters=2, protection=0.5)
    tree["materials"]["gallium"] |= {"tiers": {"defence": 0.2, "essential": 0.3, "other": 0.5}}
    tree["holdings"][0]["start"] = "10 t"
    it = prepare(small.case(tree))
    gap = 0.5 * small.NEED / 4
    needs = tier_needs(it, 0) * gap
    assert needs == pytest.approx([0.1 * gap, 0.15 * gap, 0.75 * gap])
    nothing = np.zeros(1)
    done = step(it, 0, 1, 0, start_position(it), Decision(nothing, np.array([0.2 * gap]), nothing))
    assert done.served_t[0] == pytest.approx([0.1 * gap, 0.1 * gap, 0.0])
