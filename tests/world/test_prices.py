import numpy as np
import pytest

from lodestock.world.prices import FreightRate, freight, node_prices, with_positive_margin

RATE = FreightRate(fixed=50.0, per_1000_km=10.0, grade=0.5, insurance_share=0.01)


def test_freight_of_a_tonne_contained_counts_the_rock_around_it():
    # (50 + 10 * 4) / 0.5 + 0.01 * 1000 = 190
    cost = freight(np.array([[0.0, 4000.0], [4000.0, 0.0]]), RATE, 1000.0)
    assert cost == pytest.approx(np.array([[0.0, 190.0], [190.0, 0.0]]))


def test_freight_is_cut_at_a_quarter_of_the_price():
    assert freight(np.array([[0.0, 9e4], [9e4, 0.0]]), RATE, 100.0)[0, 1] == pytest.approx(25.0)


def test_exporter_sits_below_importer_by_about_the_freight():
    flows = np.array([[5.0, 95.0], [0.0, 10.0]])
    cost = np.array([[0.0, 40.0], [40.0, 0.0]])
    price = node_prices(flows, cost, 1000.0, 0.2, {})
    assert price[1] == pytest.approx(1000.0)
    assert 30.0 < price[1] - price[0] <= 40.0


def test_without_trade_every_node_has_the_reference_price():
    assert node_prices(np.diag([1.0, 2.0]), np.ones((2, 2)), 700.0, 0.1, {}) == pytest.approx([700.0, 700.0])


def test_prices_keep_to_the_band_except_for_a_known_home_price():
    flows = np.array([[0.0, 100.0, 0.0], [0.0, 0.0, 100.0], [0.0, 0.0, 0.0]])
    cost = np.full((3, 3), 250.0)
    price = node_prices(flows, cost, 1000.0, 0.1, {0: 0.6})
    assert price[0] == pytest.approx(600.0)
    assert np.all(price[1:] >= 900.0)
    assert np.all(price[1:] <= 1100.0)


def test_no_refiner_loses_money_in_the_base_year():
    mine = np.array([95.0, 60.0])
    refined, yield_ = np.array([100.0, 100.0]), np.array([0.9, 0.9])
    lowered = with_positive_margin(mine, refined, yield_, 0.02)
    assert lowered == pytest.approx([0.98 * 90.0, 60.0])
    assert np.all(refined - lowered / yield_ >= 0.02 * refined - 1e-12)
