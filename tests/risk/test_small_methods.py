"""Substitution, import reliance, the US and Yale methods, the bottleneck: worked by hand."""

import math

import pytest

from lodestock.errors import UnknownNameError, ValueOutOfRangeError
from lodestock.risk.bottleneck import bottleneck
from lodestock.risk.disruption_potential import (
    ability,
    disruption_potential,
    disruption_risk,
    economic_vulnerability,
    is_listed,
    vulnerability_ratio,
)
from lodestock.risk.net_import_reliance import Interval, net_import_reliance, point
from lodestock.risk.substitution import index_from_backstops, substitution_index, supply_score
from lodestock.risk.yale import (
    concentration_score,
    criticality,
    depletion_score,
    stability_score,
    supply_risk_axis,
)


def test_substitution_by_hand():
    # One application, half of it can go to a candidate alike in cost and performance: 0.7 * 0.5 + 0.5 = 0.85
    assert substitution_index([[0.7]], [[0.5]], [1.0]) == pytest.approx(0.85, rel=1e-12)
    # (0.8 * 0.8 * 0.8)^(1/3) = 0.8
    good = supply_score(larger_production=True, critical=False, co_production="main product")
    assert good == pytest.approx(0.8, rel=1e-12)
    assert supply_score(larger_production=False, critical=True, co_production="by-product") == 1.0
    assert index_from_backstops(0.25) == pytest.approx(0.95, rel=1e-12)
    with pytest.raises(UnknownNameError, match="main product"):
        supply_score(larger_production=True, critical=True, co_production="main")
    with pytest.raises(ValueOutOfRangeError, match="more than the whole"):
        substitution_index([[0.7], [0.8]], [[0.6], [0.6]], [1.0])


def test_net_import_reliance_by_hand():
    # (60 - 10 + 5) / (30 + 15 + 60 - 10 + 5) = 55 / 100
    found = net_import_reliance(point(30.0), point(15.0), point(60.0), point(10.0), point(5.0))
    assert found.nir == pytest.approx(0.55, rel=1e-12)
    assert (found.consumption_t, found.shown) == (100.0, "55%")


def test_a_net_exporter_is_shown_as_one():
    found = net_import_reliance(point(100.0), point(0.0), point(5.0), point(60.0))
    assert (found.nir, found.shown) == (0.0, "E")


def test_withheld_stays_an_interval():
    # Production between 0 and 40, imports 60: reliance between 60 % and all.
    found = net_import_reliance(Interval(0.0, 40.0), point(0.0), point(60.0), point(0.0))
    assert (found.low, found.high) == pytest.approx((0.6, 1.0))
    assert found.nir == pytest.approx(0.75)
    assert found.shown == "60% to 100%"


def test_figures_of_two_bases_are_noticed():
    with pytest.raises(ValueOutOfRangeError, match="apparent consumption"):
        net_import_reliance(point(1.0), point(0.0), point(1.0), point(30.0))


def test_us_method_by_hand():
    # 0.64 * 0.5 * 0.8 + 0.04 * 0.2 * 0.3 = 0.2584
    assert disruption_potential([0.8, 0.2], [0.5, 0.2], [0.8, 0.3]) == pytest.approx(0.2584, rel=1e-12)
    assert ability([2.5, 0.0, -2.5]).tolist() == [0.0, 0.5, 1.0]
    # 100/1000 * 5/20 + 50/1000 * 1/10 = 0.03
    ratio = vulnerability_ratio([100.0, 50.0], [5.0, 1.0], [20.0, 10.0], 1000.0)
    assert ratio == pytest.approx(0.03, rel=1e-12)
    assert disruption_risk(0.5, 0.4, 0.625) == pytest.approx(0.5, rel=1e-12)
    scaled = economic_vulnerability([0.0, 0.01, 0.07])
    assert scaled.tolist() == pytest.approx([0.0, math.log(2) / math.log(8), 1.0], rel=1e-12)
    assert is_listed(0.4, 0.1)
    assert is_listed(0.1, 0.97), "a single point of failure is listed whatever the score"
    assert not is_listed(0.39, 0.5)


def test_home_supply_has_no_disruption_potential():
    assert disruption_potential([1.0], [0.5], [0.0]) == 0.0


def test_yale_by_hand():
    # 17.5 ln(10000) - 61.18 = 100.0..; 17.5 ln(5000) - 61.18 = 87.87
    assert concentration_score(1.0) == pytest.approx(100.0, abs=0.01)
    assert concentration_score(0.5) == pytest.approx(17.5 * math.log(5000.0) - 61.18, rel=1e-12)
    assert stability_score(0.0) == 50.0
    assert depletion_score(50.0, 1.0) == 50.0
    assert depletion_score(500.0, 1.0) == 0.0
    # Means of (40, 60), (20) and (80): (50 + 20 + 80) / 3
    scores = {
        "depletion time": 40.0,
        "companion fraction": 60.0,
        "human development": 20.0,
        "concentration": 80.0,
    }
    axis = supply_risk_axis(scores)
    assert axis.score == pytest.approx(50.0, rel=1e-12)
    assert axis.missing == ("policy potential", "political stability")
    assert criticality(30.0, 40.0, 0.0) == pytest.approx(math.sqrt(2500 / 3), rel=1e-12)


def test_a_missing_axis_is_no_zero():
    assert criticality(30.0, None, 20.0) is None
    assert supply_risk_axis({}).score is None
    with pytest.raises(ValueOutOfRangeError, match="concentration scores 120"):
        supply_risk_axis({"concentration": 120.0})


def test_the_worst_stage_is_named():
    assert bottleneck({"mine": 0.4, "refined": 2.0}) == ("refined", 2.0)
    with pytest.raises(ValueOutOfRangeError):
        bottleneck({})
    with pytest.raises(ValueOutOfRangeError, match="refined"):
        bottleneck({"mine": 0.4, "refined": float("nan")})
