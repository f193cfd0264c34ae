"""Several equilibria, folds, selection and levy statuses: the case CE1 and its relatives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lodestock.market import (
    assemble,
    certificate,
    concatenate_activities,
    concatenate_curves,
    levy,
    linear_supply,
    linear_use,
    process,
    solve,
    trade,
)

EXACT = {"rel": 1e-9, "abs": 1e-9}

# imports vanish at tau = 545/255: w = 22 - 2 tau, p_z = 42 - 2 tau, p_f = 41 - 3 tau
STOP = 545 / 255
FREE = (22.0, 42.0, 41.0)
CLOSED = (22 - 2 * STOP, 42 - 2 * STOP, 41 - 3 * STOP)


@pytest.mark.parametrize(
    ("tau", "price", "levels"),
    [
        (0.0, (22, 42, 41), (35, 643.333333, 545)),
        (1.0, (20, 40, 38), (310, 393.333333, 290)),
        (2.0, (18, 38, 35), (585, 143.333333, 35)),
        (STOP, CLOSED, (622.745098, 109.019608, 0)),
        (12.0, CLOSED, (622.745098, 109.019608, 0)),
    ],
)
def test_a_levy_held_fixed_lowers_the_protected_price(two_refiners, tau, price, levels):
    market = two_refiners(0.0)
    fixed = replace(market.levies, lower=np.array([tau]), cap=np.array([tau]))
    solution = solve(replace(market, levies=fixed))
    assert solution.price == pytest.approx(price, **EXACT)
    assert solution.level == pytest.approx(levels, rel=1e-8, abs=1e-6)


@pytest.mark.parametrize("floor", [36.0, 37.0])
def test_below_the_closed_price_only_free_trade(two_refiners, floor):
    solution = solve(two_refiners(floor))
    assert solution.price == pytest.approx(FREE, **EXACT)
    assert solution.certificate.levies[0].status == "slack"
    assert (solution.multiple, solution.audited) == (False, True)


@pytest.mark.parametrize("floor", [38.0, 39.0, 40.0, 41.0])
def test_between_the_two_prices_the_minimal_levy_is_zero_and_the_audit_finds_the_cap(two_refiners, floor):
    solution = solve(two_refiners(floor))
    assert solution.levy == pytest.approx([0.0])
    assert solution.price == pytest.approx(FREE, **EXACT)
    assert solution.certificate.levies[0].status == "slack"
    assert solution.multiple
    other = solution.alternative
    assert other.is_solved
    assert other.levy == pytest.approx([12.0])
    assert other.price == pytest.approx(CLOSED, **EXACT)
    assert other.certificate.levies[0].status == "unenforceable"
    assert other.certificate.levies[0].rate == pytest.approx(STOP, **EXACT)


@pytest.mark.parametrize("floor", [42.5, 43.0])
def test_above_free_trade_the_path_folds_at_once_and_ends_below_it(two_refiners, floor):
    solution = solve(two_refiners(floor))
    assert solution.levy == pytest.approx([12.0])
    assert solution.price == pytest.approx(CLOSED, **EXACT)
    assert solution.certificate.levies[0].status == "unenforceable"
    assert not solution.multiple
    assert any(step.rung == "fold" and "theta = 0.000" in step.note for step in solution.steps)


def test_selection_from_the_cap_swaps_the_two(two_refiners):
    solution = solve(two_refiners(40.0), select="from-cap")
    assert solution.price == pytest.approx(CLOSED, **EXACT)
    assert solution.multiple
    assert solution.alternative.price == pytest.approx(FREE, **EXACT)


@pytest.mark.parametrize("slope", [0.0, 1e-7])
@pytest.mark.parametrize("floor", [43.0, 45.0, 46.0])
def test_of_two_levies_that_hold_the_floor_the_smaller_is_chosen(two_refiners, floor, slope):
    # zone refining at 25 is idle at first: p_z = 1.5 w + 9 + tau with 76.25 w = 1695 - 15 tau rises with tau;
    # from tau = 5.42 on it runs, and p_z = 57 - 2 tau falls: every floor up to 46.16 is met twice
    tau = (floor - 9 - 1.5 * 1695 / 76.25) / (1 - 1.5 * 15 / 76.25)
    solution = solve(two_refiners(floor, zone_cost=25.0, cap=20.0, slope=slope))
    assert solution.price[1] == pytest.approx(floor, rel=1e-9)
    assert solution.levy == pytest.approx([tau], abs=1e-8 if slope == 0.0 else 2e-3)
    assert solution.certificate.levies[0].status == "enforced"
    assert solution.multiple  # the closed market, with a price below the floor, is another


def test_a_floor_above_the_hump_jumps_to_the_closed_market(two_refiners):
    solution = solve(two_refiners(47.0, zone_cost=25.0, cap=20.0))
    assert solution.certificate.levies[0].status == "unenforceable"
    assert any(step.rung == "fold" for step in solution.steps)


@pytest.mark.parametrize("seed", range(5))
def test_the_levy_is_the_first_rate_of_a_scan_that_meets_the_floor(seed):
    # two refiners with drawn yields, costs and curves; the protected price may rise and fall with the levy
    rng = np.random.default_rng(100 + seed)
    curves = concatenate_curves(
        [
            linear_supply(["ore"], 0, rng.uniform(1, 5), rng.uniform(0.01, 0.1)),
            linear_use(["zone", "abroad"], [1, 2], rng.uniform(60, 120, 2), rng.uniform(0.05, 0.6, 2)),
        ]
    )
    needs = [rng.uniform(1.0, 1.1), rng.uniform(1.4, 2.2)]
    slope = [0.0, 1e-3][seed % 2]
    activities = concatenate_activities(
        [
            process(["z", "f"], 0, [1, 2], rng.uniform([10, 2], [35, 15]), slope, yield_=1 / np.array(needs)),
            trade(["import"], 2, 1, 1.0, slope),
        ]
    )
    bare = assemble(("ore", "zone", "abroad"), activities, curves)

    def price(rate):
        held = levy("l", charged=[2], reference={1: 1.0}, floor=0.0, lower=rate, cap=rate)
        return solve(replace(bare, levies=held)).price[1]

    rates = np.linspace(0.0, 15.0, 41)
    prices = np.array([price(rate) for rate in rates])
    floor = float(rng.uniform(prices.min(), prices.max()))
    asked = levy("l", charged=[2], reference={1: 1.0}, floor=floor, cap=15.0)
    solution = solve(replace(bare, levies=asked))
    first = int(np.flatnonzero(prices >= floor)[0])
    assert solution.levy[0] <= rates[first] + 1e-9
    assert solution.levy[0] >= (rates[first - 1] if first else 0.0) - 1e-9
    crossings = int(((prices[1:] >= floor) != (prices[:-1] >= floor)).sum())
    equilibria = crossings + int(prices[0] >= floor) + int(prices[-1] < floor)
    assert solution.multiple == (equilibria > 1)


def test_the_levy_found_put_back_as_a_tariff_gives_the_same_prices(random_market):
    for seed in range(6):
        market = random_market(seed)
        solution = solve(market, audit=False)
        levies = replace(market.levies, lower=solution.levy, cap=solution.levy)
        again = solve(replace(market, levies=levies))
        assert again.is_solved
        assert again.price == pytest.approx(solution.price, rel=1e-7, abs=1e-8)
        tariff = market.cost + market.levies.charge(solution.levy, market.activities)
        as_cost = solve(
            replace(
                market, cost=tariff, levies=replace(levies, lower=0 * solution.levy, cap=0 * solution.levy)
            )
        )
        assert as_cost.price == pytest.approx(solution.price, rel=1e-7, abs=1e-8)


def two_importers(floor, cap):
    """One exporter p - 1, two importers 10 - p in a zone; the levy watches their mean price."""
    curves = concatenate_curves(
        [linear_supply(["supply"], 0, 1.0, 1.0), linear_use(["use a", "use b"], [1, 2], [10.0, 10.0], 1.0)]
    )
    arcs = trade(["to a", "to b"], 0, [1, 2], [1.0, 2.0], 0.0)
    hub = levy("hub", charged=[0, 1], reference={1: 0.5, 2: 0.5}, floor=floor, cap=cap)
    return assemble(("exporter", "a", "b"), arcs, curves, hub)


def test_hub_levy_holds_the_weighted_price():
    # q - 1 = (10 - q - 1 - t) + (10 - q - 2 - t): 3q = 18 - 2t; mean price q + 1.5 + t = f
    floor = 9.0
    t = 3 * (floor - 7.5)
    solution = solve(two_importers(floor, 20.0))
    assert solution.levy == pytest.approx([t], **EXACT)
    exporter = 6 - 2 * t / 3
    assert solution.price == pytest.approx([exporter, exporter + 1 + t, exporter + 2 + t], **EXACT)


def test_a_levy_at_its_cap_with_trade_left_is_capped():
    solution = solve(two_importers(9.0, 2.0))
    status = solution.certificate.levies[0]
    assert (status.status, status.rate) == ("capped", pytest.approx(2.0))
    assert status.charged_quantity > 0.0
    assert "cap" in status.reason


def test_a_levy_without_room_is_a_constant():
    market = two_importers(9.0, 2.0)
    fixed = replace(market.levies, lower=np.array([1.5]), cap=np.array([1.5]))
    solution = solve(replace(market, levies=fixed))
    assert solution.levy == pytest.approx([1.5])
    assert solution.price[0] == pytest.approx(6 - 2 * 1.5 / 3, **EXACT)


def test_hub_levy_moves_zone_prices_up_and_foreign_prices_down_without_exports_out_of_the_zone():
    # the notes' monotonicity result for one stage and one hub, on random networks
    rng = np.random.default_rng(5)
    for _ in range(10):
        inside, outside = 3, 3
        n = inside + outside
        curves = concatenate_curves(
            [
                linear_supply([f"s{i}" for i in range(n)], np.arange(n), 0.5, rng.uniform(0.5, 2.0, n)),
                linear_use([f"d{i}" for i in range(n)], np.arange(n), 10.0, rng.uniform(0.5, 2.0, n)),
            ]
        )
        i, j = np.nonzero(~np.eye(n, dtype=bool))
        keep = ~((i < inside) & (j >= inside))
        i, j = i[keep], j[keep]
        arcs = trade(
            [f"{a}-{b}" for a, b in zip(i, j, strict=True)], i, j, rng.uniform(0.1, 1.0, len(i)), 0.1
        )
        charged = np.flatnonzero((j < inside) & (i >= inside))

        def price(tau, curves=curves, arcs=arcs, charged=charged, n=n):
            held = levy("hub", charged=charged, reference={0: 1.0}, floor=0.0, lower=tau, cap=tau)
            return solve(assemble([f"n{k}" for k in range(n)], arcs, curves, held)).price

        change = price(0.5) - price(0.0)
        assert (change[:inside] >= -1e-9).all()
        assert (change[:inside] <= 0.5 + 1e-9).all()
        assert (change[inside:] <= 1e-9).all()


@pytest.mark.parametrize(
    ("value", "digits", "words"),
    [
        (27336.2, 3, "27,300"),
        (27336.2, 4, "27,340"),
        (999.6, 3, "1,000"),
        (1234567.0, 3, "1,230,000"),
        (50.0, 3, "50"),
        (27.6667, 3, "27.7"),
        (0.012345, 3, "0.0123"),
        (-0.00004, 3, "-0.00004"),
        (0.0, 3, "0"),
        (np.inf, 3, "inf"),
    ],
)
def test_reasons_round_to_what_a_reader_takes_in(value: float, digits: int, words: str):
    assert certificate._shown(value, digits) == words


def test_two_prices_that_differ_do_not_read_alike():
    assert certificate._digits_to_tell(27336.2, 20000.0) == 3
    assert certificate._digits_to_tell(27336.2, 27341.0) == 5
    assert certificate._digits_to_tell(20.0, 20.0) == 3
