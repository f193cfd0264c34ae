import numpy as np
import pytest

from lodestock.errors import InfeasibleError
from lodestock.world.prior import TradePrior
from lodestock.world.use import apparent_consumption, estimate_use


def only_observed(trade: np.ndarray) -> TradePrior:
    return TradePrior(trade, np.zeros_like(trade), np.zeros_like(trade), np.zeros(len(trade)), trade)


def test_without_any_figure_use_follows_industry():
    found = estimate_use(200.0, np.array([0.75, 0.25]), {}, None, None)
    assert found.quantity == pytest.approx([150.0, 50.0])
    assert found.status == ("industry", "industry")


def test_a_published_figure_hardly_moves_and_the_rest_closes_the_sum():
    found = estimate_use(100.0, np.array([0.5, 0.3, 0.2]), {0: (20.0, 0.03, "published")}, None, None)
    assert found.quantity.sum() == pytest.approx(100.0)
    # exp(lambda) lifts the others from 50 to about 79 (lambda 0.47); the published one moves by 3 % of it.
    assert found.quantity[0] == pytest.approx(20.0 * np.exp(0.03 * 0.47), rel=1e-3)
    assert found.quantity[1] / found.quantity[2] == pytest.approx(1.5)


def test_a_hub_falls_back_on_its_industry_and_a_maker_keeps_its_apparent_consumption():
    # Country 0 makes 100 and trades little; 1 passes 60 through and seems to use -5; 2 is the customer.
    trade = np.array([[0.0, 10.0, 0.0], [0.0, 0.0, 65.0], [0.0, 0.0, 0.0]])
    output = np.array([100.0, 50.0, 0.0])
    apparent, error = apparent_consumption(output, only_observed(trade), trade_error=0.3, coverage=1.0)
    assert apparent == pytest.approx([90.0, -5.0, 65.0])
    found = estimate_use(150.0, np.array([0.4, 0.05, 0.55]), {}, apparent, error)
    assert found.status[0] == "apparent"
    assert found.status[1] == "industry"
    assert found.quantity[0] == pytest.approx(90.0, rel=0.08)
    assert 0 < found.quantity[1] < 15.0
    assert found.quantity.sum() == pytest.approx(150.0)


def test_use_is_never_negative_whatever_the_trade_says():
    rng = np.random.default_rng(1)
    for _ in range(20):
        trade = rng.uniform(0, 100, (5, 5))
        np.fill_diagonal(trade, 0.0)
        output = rng.uniform(0, 50, 5)
        apparent, error = apparent_consumption(output, only_observed(trade), trade_error=0.3, coverage=0.9)
        found = estimate_use(output.sum(), np.full(5, 0.2), {}, apparent, error)
        assert np.all(found.quantity > 0)
        assert found.quantity.sum() == pytest.approx(output.sum())


def test_output_without_a_single_user_is_refused():
    with pytest.raises(InfeasibleError, match="no country that uses any"):
        estimate_use(10.0, np.zeros(2), {}, None, None)


def test_known_exports_make_apparent_consumption_firm_and_spread_imports_say_nothing():
    # Country 0 makes 839 and is known to export 69; nobody knows where to.
    spread = np.array([[0.0, 40.0, 29.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    trade = TradePrior(
        np.zeros((3, 3)), np.zeros((3, 3)), spread, np.array([1.0, 0.0, 0.0]), np.zeros((3, 3))
    )
    output = np.array([839.0, 0.0, 0.0])
    apparent, error = apparent_consumption(output, trade, trade_error=0.1, coverage=0.0)
    assert apparent[0] == pytest.approx(770.0)
    assert error[0] < 0.03 * 770
    assert error[1] > apparent[1]
    found = estimate_use(839.0, np.array([0.8, 0.1, 0.1]), {}, apparent, error)
    assert found.quantity[0] == pytest.approx(770.0, rel=0.02)
    assert found.status == ("apparent", "industry", "industry")
