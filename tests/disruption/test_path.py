"""Truths about the dynamic run."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.disruption.bases import base, values

from lodestock.disruption.events import SIZED, TYPES, Event
from lodestock.disruption.parameters import read_parameters, sample
from lodestock.disruption.path import WEEK, Path, run
from lodestock.disruption.stress import line_stop

START = date(2024, 1, 1)
EFFECT = date(2024, 3, 1)


def go(*events: Event, weeks: float = 60, **changes: float) -> Path:
    return run([base()], events, values(**changes), start=START, weeks=weeks)[0]


def licence(**changes: object) -> Event:
    return Event("licence", date(2024, 2, 1), EFFECT, **changes)  # type: ignore[arg-type]


def mass_gap(path: Path) -> float:
    """Largest relative error of stocks and goods under way against flows, over all steps."""
    total = path.home_stock + path.stock.sum(axis=2) + path.under_way
    added = path.home_output + path.output - path.home_use - path.use.sum(axis=2)
    change = np.diff(total, axis=1)
    return float(np.abs(change - path.dt * added[:, 1:]).max() / total.max())


def test_no_event_gives_a_flat_path() -> None:
    path = go()
    assert path.price == pytest.approx(np.full_like(path.price, 1050.0), rel=1e-9)
    assert path.home_price == pytest.approx(np.full_like(path.price, 1000.0), rel=1e-9)
    assert path.stock.sum(axis=2) == pytest.approx(np.full_like(path.price, 0.8 * 20.0), rel=1e-9)
    assert path.licit == pytest.approx(np.full_like(path.price, 60.0), rel=1e-9)


def test_a_licence_of_no_severity_is_the_base_year() -> None:
    # pi = alpha = 1, F = 0: the multiplier is one throughout
    path = go(licence(), pull_forward=1.0, freeze_months=0.0, freeze_share=1.0, ramp_months=0.0, plateau=1.0)
    assert path.price == pytest.approx(np.full_like(path.price, 1050.0), rel=1e-9)
    assert path.rent.max() == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    "event",
    [
        licence(),
        Event("export_stop", EFFECT, EFFECT),
        Event("ban", EFFECT, EFFECT, destinations=("USA",)),
        Event("outage", EFFECT, EFFECT, share=0.9),
        Event("surge", EFFECT, EFFECT, share=0.5, market="abroad"),
        Event("closure", EFFECT, EFFECT, share=0.7, ends=date(2024, 6, 1)),
        Event("quota", EFFECT, EFFECT, tonnes=20.0),
        Event("retaliation", EFFECT, EFFECT),
        Event("export_tax", EFFECT, EFFECT, rate=0.3),
    ],
    ids=lambda event: event.type,
)
def test_mass_is_conserved_every_step(event: Event) -> None:
    path = run(
        [base(imports=5.0, home_use=45.0, use=np.array([56.0, 39.0]))],
        [event],
        values(),
        start=START,
        weeks=16,
    )[0]
    assert mass_gap(path) < 1e-12
    assert path.stock.min() >= 0
    assert path.home_stock.min() >= 0


def test_an_export_shock_splits_the_prices_and_an_outage_raises_both() -> None:
    split = go(Event("export_stop", EFFECT, EFFECT), home_reservation=0.0)
    assert split.price[0, -1] > 1.3 * 1050
    assert split.home_price[0, -1] < 1000
    out = go(Event("outage", EFFECT, EFFECT, share=0.6, ends=date(2025, 6, 1)))
    assert out.price[0, -1] > 1.1 * 1050
    assert out.home_price[0, -1] > 1.1 * 1000


def test_the_gap_is_cost_plus_rent() -> None:
    path = go(licence())
    assert path.rent == pytest.approx(path.price - path.home_price - 50.0, abs=1e-6)
    assert path.rent.max() > 100


def test_a_leak_narrows_the_gap() -> None:
    stop = Event("export_stop", EFFECT, EFFECT)
    tight, leaky = go(stop, leak_share=0.0), go(stop, leak_share=0.4)
    assert leaky.rent[0, -1] < 0.8 * tight.rent[0, -1]
    closed = Event("enforcement", EFFECT, EFFECT, share=1.0)
    assert go(stop, closed, leak_share=0.4).rent == pytest.approx(tight.rent, rel=1e-9)


def test_removal_at_zero_elasticity_ends_with_the_stock() -> None:
    # Abroad makes nothing, uses 100 t/yr and holds 20 t; a voyage takes one week. Without any response one
    # week of arrivals and then 20/100 yr = 10.4 weeks of stock are left: use is met for 11 whole weeks.
    rigid = base(
        supply=np.array([0.0, 0.0]),
        exports=np.array([60.0, 40.0]),
        home_use=0.0,
        lag_weeks=np.array([1.0, 1.0]),
        use_elasticity=(0.0, 0.0),
        choke=1e6,
    )
    stop = Event("export_stop", START, START)
    still = values(leak_share=0.0, stock_elasticity=0.0, price_speed=0.0, use_scale=0.0, stock_scale=1.0)
    path = run([rigid], [stop], still, start=START, weeks=30)[0]
    met = path.use.sum(axis=2)[0] >= 100.0 - 1e-9
    weeks = int(met.sum())
    assert met[:weeks].all()
    assert weeks == int(20.0 / 100.0 / WEEK + 1.0)
    assert path.stock[0, -1].sum() == pytest.approx(0.0, abs=1e-12)


def test_nothing_moves_before_it_is_known() -> None:
    path = go(licence())
    before = path.at(date(2024, 1, 31)) - 1
    assert path.price[0, :before] == pytest.approx(np.full(before, 1050.0), rel=1e-9)
    rumoured = go(licence(rumour=date(2024, 1, 15)))
    assert rumoured.price[0, before] > 1050.0 * 1.0001


def test_a_later_event_leaves_the_past_alone() -> None:
    later = Event("ban", date(2024, 9, 1), date(2024, 9, 1), destinations=("USA",))
    alone, both = go(licence()), go(licence(), later)
    step = alone.at(date(2024, 8, 25))
    assert (alone.price[:, :step] == both.price[:, :step]).all()


def test_harder_measures_raise_the_price_abroad_more() -> None:
    peaks = [go(licence(plateau=share)).price.max() for share in (1.0, 0.6, 0.2, 0.0)]
    assert peaks == sorted(peaks)


def test_halving_the_step_converges() -> None:
    # nine and 35 whole weeks after the start, so that no step moves a date
    event = Event("outage", date(2024, 3, 4), date(2024, 3, 4), share=0.5, ends=date(2024, 9, 2))
    means = []
    for parts in (1, 2, 4):
        path = run([base()], [event], values(), start=START, weeks=30, dt=WEEK / parts)[0]
        means.append(float(np.log(path.price[0]).mean()))
    first, second = (abs(means[k] - means[k + 1]) for k in range(2))
    assert second < 0.75 * first
    assert second < 0.006


def test_the_seed_decides_the_draws() -> None:
    table = read_parameters()
    runs = [
        run([base()], [licence()], sample(table, 5, seed), start=START, weeks=30)[0].price
        for seed in (7, 7, 8)
    ]
    assert (runs[0] == runs[1]).all()
    assert (runs[0][1:] != runs[2][1:]).any()


def test_a_shared_quota_has_one_rent() -> None:
    cheap, dear = base(), base(home_price=20000.0, price=20050.0)
    quota = Event("quota", EFFECT, EFFECT, tonnes=60.0)
    steady = values(price_speed=1e4)
    first, second = run([cheap, dear], [quota], steady, start=START, weeks=28, dt=2 * WEEK)
    assert first.rent[0, -1] > 50
    assert first.rent[0, 6:] == pytest.approx(second.rent[0, 6:], rel=1e-4)
    assert first.price[0, -1] / 1050 > second.price[0, -1] / 20050


def test_a_quota_that_does_not_bind_costs_nothing() -> None:
    path = go(Event("quota", EFFECT, EFFECT, tonnes=100.0))
    assert path.rent.max() == pytest.approx(0.0, abs=1e-6)
    assert path.price == pytest.approx(np.full_like(path.price, 1050.0), rel=1e-9)


def test_taxes_are_part_of_the_gap() -> None:
    # rate of the price abroad, refund lost of the price at home: P_h (1 + v) + c + rent = (1 - tau) P_a
    tax = Event("export_tax", EFFECT, EFFECT, rate=0.2, refund_lost=0.05)
    path = go(tax, home_reservation=0.0)
    wedge = 0.2 * path.price + 0.05 * path.home_price
    after = path.at(EFFECT) + 1
    assert path.duty[:, after:] == pytest.approx(wedge[:, after:])
    assert path.price[0, -1] > 1.01 * 1050
    assert path.home_price[0, -1] < 0.99 * 1000
    assert path.rent[0, -1] == pytest.approx(0.0, abs=2.0)
    assert path.duty[0, -1] == pytest.approx(path.price[0, -1] - path.home_price[0, -1] - 50.0, abs=2.0)
    both = go(tax, licence(), home_reservation=0.0)
    assert both.rent == pytest.approx(
        np.maximum(both.price - both.home_price - 50.0 - both.duty, 0.0), abs=1e-6
    )
    assert both.rent.max() > 100


def test_a_barred_country_pays_more_and_gets_less_than_an_ally() -> None:
    # same need, output and stock; only one of the two is barred
    twins = base(exports=np.array([30.0, 30.0]), use=np.array([50.0, 50.0]), stock=np.array([10.0, 10.0]),
                 lag_weeks=np.array([5.0, 5.0]))  # fmt: skip
    bar = Event("ban", EFFECT, EFFECT, destinations=("USA",))
    path = run([twins], [bar], values(leak_share=0.0), start=START, weeks=60)[0]
    ally, barred = 0, 1
    late = slice(path.at(date(2024, 6, 1)), path.at(date(2024, 12, 1)))
    assert (path.local_price[0, late, barred] > 1.02 * path.local_price[0, late, ally]).all()
    assert path.arrivals[0, late, barred].max() == pytest.approx(0.0, abs=1e-9)
    assert path.arrivals[0, late, ally].min() > 30.0
    assert path.use[0, late, barred].sum() < path.use[0, late, ally].sum()
    assert path.stock[0, late, barred].min() < path.stock[0, late, ally].min()
    # the mean over use is the price abroad
    mean = path.local_price[0] @ np.array([0.5, 0.5])
    assert mean == pytest.approx(path.price[0], rel=1e-9)
    assert mass_gap(path) < 1e-12


def test_licences_recover_by_destination() -> None:
    day = date(2024, 2, 1)
    friend = Event("licence", day, EFFECT, destinations=("DEU",), plateau=0.9)
    other = Event("licence", day, EFFECT, destinations=("USA",), plateau=0.1)
    path = go(friend, other, pull_forward=1.0, leak_share=0.0)
    late = slice(path.at(date(2024, 12, 1)), None)
    assert path.arrivals[0, late, 0].mean() == pytest.approx(0.9 * 40.0, rel=0.05)
    assert path.arrivals[0, late, 1].mean() == pytest.approx(0.1 * 20.0, rel=0.05)
    assert (path.local_price[0, late, 1] > path.local_price[0, late, 0]).all()


def test_routes_without_friction_have_one_price_abroad() -> None:
    path = go(Event("ban", EFFECT, EFFECT, destinations=("USA",)), route_stiffness=0.0)
    spread = path.local_price / path.price[:, :, None]
    assert spread == pytest.approx(np.ones_like(spread))


def test_scrap_answers_the_price_up_to_what_arises() -> None:
    # all supply abroad from scrap of elasticity 0.5, at most 1.1 of base
    tight = base(scrap=(0.0, 1.0), scrap_elasticity=(0.5, 0.5), scrap_capacity=1.1)
    path = run([tight], [Event("export_stop", EFFECT, EFFECT)], values(), start=START, weeks=40)[0]
    by_hand = 40.0 * np.minimum(1.1, (path.price / 1050.0) ** 0.5)
    assert path.output == pytest.approx(by_hand, rel=1e-9)
    assert path.output.max() == pytest.approx(44.0)


def test_a_monthly_run_tells_the_same_story() -> None:
    event = Event("export_stop", date(2024, 3, 1), date(2024, 3, 1))
    weekly = go(event, weeks=60)
    (monthly,) = run([base()], [event], values(), start=START, weeks=60, dt=1.0 / 12.0)
    assert len(monthly.dates) == 14
    for path in (weekly, monthly):
        assert mass_gap(path) < 1e-12
    late = [float(np.log(path.price[0, path.at(date(2024, 12, 1))] / 1050.0)) for path in (weekly, monthly)]
    assert late[1] == pytest.approx(late[0], rel=0.1)


def test_more_stock_never_brings_the_line_stop_forward() -> None:
    stop = Event("export_stop", EFFECT, EFFECT)
    weeks = []
    for scale in (0.2, 0.5, 1.0, 2.0, 4.0):
        found, _ = line_stop(go(stop, stock_scale=scale, leak_share=0.0, weeks=80))
        weeks.append(np.inf if found is None else found)
    assert weeks == sorted(weeks)
    assert np.isfinite(weeks[0])


EVENTS = st.builds(
    lambda kind, week, share, tonnes, rest: Event(
        kind,
        START + timedelta(weeks=week),
        START + timedelta(weeks=week + 2),
        share=share if kind in (*SIZED, "licence", "retaliation") else None,
        tonnes=tonnes if kind == "quota" else None,
        rate=share * 0.9 if kind == "export_tax" else None,
        destinations=rest if kind in ("ban", "closure", "licence") else (),
    ),
    st.sampled_from(sorted(TYPES)),
    st.integers(0, 10),
    st.floats(0.0, 1.0),
    st.floats(0.0, 100.0),
    st.sampled_from([(), ("DEU",), ("USA",)]),
)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    events=st.lists(EVENTS, min_size=1, max_size=4, unique_by=lambda event: event.type),
    scale=st.floats(0.1, 3.0),
)
def test_mass_and_prices_stay_whole_under_any_events(events: list[Event], scale: float) -> None:
    start = base(imports=5.0, home_use=45.0, use=np.array([56.0, 39.0]), scrap=(0.1, 0.3))
    (path,) = run([start], events, values(stock_scale=scale), start=START, weeks=24)
    assert mass_gap(path) < 1e-11
    assert min(path.stock.min(), path.home_stock.min(), path.leak.min(), path.licit.min()) >= 0
    for price in (path.price, path.home_price, path.local_price):
        assert np.isfinite(price).all()
        assert price.min() > 0
    mean = (path.local_price * start.use).sum(axis=2) / start.use.sum()
    assert mean == pytest.approx(path.price, rel=1e-9)
