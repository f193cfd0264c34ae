import dataclasses

import numpy as np
import pytest
from tests.world import identities, synthetic

from lodestock.errors import InfeasibleError, ValueOutOfRangeError
from lodestock.world.assemble import TRADE_SEED, assemble
from lodestock.world.assumptions import load_book
from lodestock.world.capacity import capacity
from lodestock.world.draw import balance_of, factors, redraw, sample
from lodestock.world.flows import classify, domestic_prior, gravity_prior, openness
from lodestock.world.model import FLOW_STATUS, Host


@pytest.fixture(scope="module")
def world():
    return assemble(synthetic.balance(), load_book())


def test_identities_hold(world):
    identities.check(world)


def test_the_flow_table_is_the_one_a_reader_expects(world):
    # AAA feeds itself with 36 / 0.9 = 40 and sends the other 50 of its 90 to BBB, which needs 45 / 0.9 = 50.
    assert world.flows["mine"][0] == pytest.approx([40.0, 50.0, 0.0, 0.0])
    # CCC needs 74 and has 9 of scrap: at least 65 come from the two refiners.
    assert world.flows["refined"][:2, 2].sum() >= 65.0 - 1e-9


def test_what_is_seen_says_how_far_the_fit_moved_it(world):
    # 52 observed, 50 fitted: within 5 per cent.
    assert world.flow_status["mine"][0, 1] == 1


def test_a_by_product_answers_its_host_and_not_its_price():
    tied = assemble(synthetic.balance(host=Host("copper", "mine", 1.0)), load_book())
    free = assemble(synthetic.balance(), load_book())
    row = load_book().lookup("byproduct_supply_elasticity_short", material="cobalt")
    assert tied.supply["mine"].elasticity["short"] == pytest.approx(row.central)
    assert tied.supply["mine"].elasticity["short"] < free.supply["mine"].elasticity["short"]
    half = assemble(synthetic.balance(host=Host("copper", "mine", 0.5)), load_book())
    mean = (tied.supply["mine"].elasticity["short"] + free.supply["mine"].elasticity["short"]) / 2
    assert half.supply["mine"].elasticity["short"] == pytest.approx(mean)


def test_a_central_draw_changes_nothing(world):
    again = redraw(world, {factor.name: 0.0 for factor in factors(world)})
    for stage in world.stages:
        assert np.array_equal(again.flows[stage], world.flows[stage])
        assert np.array_equal(again.route[stage].slope, world.route[stage].slope)
    assert again.use == dataclasses.replace(
        world.use, quantity=again.use.quantity
    ) or again.use.elasticity == pytest.approx(world.use.elasticity)


def test_ends_of_a_factor_are_the_ends_of_its_row(world):
    row = world.assumptions["use_elasticity_short"]
    low = redraw(world, {"use_elasticity_short": -1.0})
    high = redraw(world, {"use_elasticity_short": 1.0})
    assert low.use.elasticity["short"] == pytest.approx(row.low)
    assert high.use.elasticity["short"] == pytest.approx(row.high)
    assert high.use.elasticity["long"] == pytest.approx(world.use.elasticity["long"])


@pytest.mark.parametrize(("position", "end"), [(-1.0, "low"), (0.0, "central"), (1.0, "high")])
def test_the_range_of_a_back_stop_is_its_mean_over_the_end_uses(world, position, end):
    # shares of use add to one, so the mean of what can be substituted is the share of all use that can be
    shown = {factor.name: factor for factor in factors(world)}["backstop_share"]
    drawn = redraw(world, {"backstop_share": position})
    mean = sum(use.share * use.backstop_share for use in drawn.use.end_uses)
    assert getattr(shown, end) == pytest.approx(mean)


def test_a_drawn_world_keeps_every_quantity_and_every_identity(world):
    rng = np.random.default_rng(7)
    for _ in range(20):
        drawn = redraw(world, sample(world, rng))
        identities.check(drawn)
        assert np.array_equal(drawn.use.quantity, world.use.quantity)
        assert np.array_equal(drawn.supply["mine"].quantity, world.supply["mine"].quantity)
        assert not np.array_equal(drawn.flows["refined"], world.flows["refined"])


def test_the_same_draw_gives_the_same_world(world):
    draw = sample(world, np.random.default_rng(3))
    one, two = redraw(world, draw), redraw(world, draw)
    assert np.array_equal(one.flows["refined"], two.flows["refined"])


def test_positions_are_sampled_around_the_centre_and_within_the_range(world):
    rng = np.random.default_rng(0)
    draws = np.array([sample(world, rng)["route_stiffness"] for _ in range(2000)])
    assert np.all(np.abs(draws) <= 1)
    assert draws.mean() == pytest.approx(0.0, abs=0.03)
    assert draws.var() == pytest.approx(1 / 6, abs=0.02)  # triangular on [-1, 1] with mode 0


def test_a_world_gives_its_balance_back(world):
    again = balance_of(world)
    assert again.available("mine") == pytest.approx(synthetic.balance().available("mine"))
    assert again.need("refined") == pytest.approx(synthetic.balance().need("refined"))


def test_published_capacity_is_used_and_never_below_output():
    found = capacity(np.array([10.0, 10.0, 10.0]), np.array([0.0, 30.0, 5.0]), 0.8)
    assert found == pytest.approx([12.5, 30.0, 10.0])
    with pytest.raises(ValueOutOfRangeError, match="utilisation 0"):
        capacity(np.ones(1), np.zeros(1), 0.0)


def test_export_statistics_never_cut_a_country_off_from_itself():
    found = domestic_prior(np.array([100.0, 100.0]), np.array([80.0, 80.0]), np.array([40.0, 300.0]))
    assert found == pytest.approx([60.0, 8.0])


def test_gravity_halves_when_the_distance_doubles():
    distance = np.array([[0.0, 3000.0, 6000.0], [3000.0, 0.0, 1.0], [6000.0, 1.0, 0.0]])
    found = gravity_prior(np.array([10.0, 0.0, 0.0]), np.array([0.0, 5.0, 5.0]), distance, 0.02)
    # 0.02 * 10 * 5 / 10 = 0.1 at 3000 km
    assert found[0] == pytest.approx([0.0, 0.1, 0.05])


def test_a_producer_that_exports_nothing_is_no_likely_source():
    # World exports a tenth of its output; A none of it, B a twentieth, C a half.
    found = openness(np.array([100.0, 100.0, 100.0]), np.array([0.0, 5.0, 50.0]) * 30 / 55)
    assert found == pytest.approx([0.02, (5 * 30 / 55 / 100) / 0.1, 1.0])
    assert openness(np.ones(3), np.zeros(3)) == pytest.approx(np.ones(3))


def test_new_capacity_has_a_cost_of_its_own_or_years_of_revenue(world):
    own = load_book().lookup("capex_per_t", material="cobalt", stage="refined")
    assert world.assumptions["capex_per_t[refined]"].value == own.central
    years = load_book().lookup("capex_price_multiple", material="cobalt", stage="mine")
    assert world.assumptions["capex_per_t[mine]"].value == pytest.approx(500.0 * years.central)


def test_unequal_totals_name_the_material_and_stage():
    broken = dataclasses.replace(synthetic.balance(), use=np.array([5.0, 10.0, 70.0, 1.0]))
    with pytest.raises(ValueOutOfRangeError, match="cobalt refined: row sums add to 90 t"):
        assemble(broken, load_book())


def test_an_importer_that_nobody_can_reach_is_named():
    from lodestock.world.biproportional import fit

    with pytest.raises(InfeasibleError, match="CCC"):
        fit(
            np.zeros((3, 3)) + np.diag([1.0, 1.0, 0.0]),
            rows=np.array([1.0, 1.0, 0.0]),
            columns=np.array([1.0, 0.5, 0.5]),
            column_names=("AAA", "BBB", "CCC"),
        )


def test_a_flow_mostly_not_published_is_an_estimate():
    flows = np.array([[9.0, 10.0, 10.0, 10.0]] + [[0.0] * 4] * 3)
    observed = np.array([[0.0, 9.6, 6.0, 1.0]] + [[0.0] * 4] * 3)
    names = [FLOW_STATUS[code] for code in classify(flows, observed)[0]]
    assert names == ["domestic", "observed", "adjusted", "estimated"]


def test_a_draw_that_leaves_trade_alone_keeps_the_flows(world):
    positions = {"use_elasticity_short": 1.0, "route_stiffness": -1.0}
    kept = redraw(world, positions)
    fitted = assemble(balance_of(world), load_book(), positions)
    for stage in world.stages:
        assert kept.flows[stage] is world.flows[stage]
        np.testing.assert_allclose(kept.flows[stage], fitted.flows[stage], rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(kept.price[stage], fitted.price[stage], rtol=1e-9)
    assert set(kept.assumptions) == set(fitted.assumptions)
    moved = redraw(world, {TRADE_SEED: 5.0})
    assert not np.allclose(moved.flows["refined"], world.flows["refined"])
