from dataclasses import replace

import numpy as np
import pytest

from lodestock.errors import UnknownNameError, ValueOutOfRangeError
from lodestock.risk.market import RiskMarket
from lodestock.risk.uncertainty import DRIVERS, bands, draw_supply_risk, triangular

COUNTRIES = ("AUS", "BRA", "CHN", "DEU")


def market(material: str = "m", stage: str = "mine", **changes: object) -> RiskMarket:
    base = RiskMarket(
        material=material,
        stage=stage,
        countries=COUNTRIES,
        world_share=np.array([0.1, 0.1, 0.7, 0.1]),
        world_spread=np.zeros(4),
        spare_share=np.zeros(4),
        sourcing_share=np.array([0.3, 0.2, 0.5, 0.0]),
        sourcing_spread=np.zeros(4),
        weight=np.array([2.0, 5.0, 5.5, 2.0]),
        risk_factor=np.array([0.3, 0.5, 0.6, 0.4]),
        known_weight=np.ones(4, dtype=bool),
        trade_parameter=np.array([1.0, 1.0, 1.2, 0.8]),
        sourcing_parameter=np.array([1.0, 1.0, 1.2, 0.8]),
        import_reliance=0.8,
        recycling_rate=0.1,
        substitution=0.95,
        substitution_range=(0.9, 1.0),
        basis="GS+EU",
    )
    return replace(base, **changes)


def test_without_anything_to_vary_every_draw_is_the_central_value():
    drawn = draw_supply_risk([market()], 50, seed=1, vary=())
    assert drawn == pytest.approx(market().sr, rel=1e-6)


@pytest.mark.parametrize("basis", ["GS+EU", "GSonly", "EUonly"])
def test_the_median_is_near_the_central_value(basis):
    found = bands([market(basis=basis)], 4000, seed=2)[0]
    assert found.p10 < found.p50 < found.p90
    assert found.p50 == pytest.approx(found.sr, rel=0.05)


def test_the_same_seed_gives_the_same_draws_whatever_else_is_drawn():
    alone = draw_supply_risk([market()], 200, seed=7)
    beside = draw_supply_risk([market(), market("n")], 200, seed=7)
    assert np.array_equal(alone[0], beside[0])
    assert not np.array_equal(beside[0], beside[1])


def test_a_wider_interval_gives_a_wider_band_and_drives_it():
    narrow = bands([market()], 2000, seed=3)[0]
    withheld = bands([market(world_spread=np.full(4, 0.5))], 2000, seed=3)[0]
    assert withheld.p90 - withheld.p10 > narrow.p90 - narrow.p10
    assert withheld.drivers["intervals"] > 0.1 > 1e-9 > narrow.drivers["intervals"]


def test_driver_shares_add_to_one():
    found = bands([market()], 500, seed=4)[0]
    assert sum(found.drivers.values()) == pytest.approx(1.0)
    assert set(found.drivers) == set(DRIVERS)


def test_ranks_follow_risk_and_chances_add_up_to_k():
    many = [market(f"m{i}", recycling_rate=0.05 * i) for i in range(12)]
    found = bands(many, 500, seed=5, top=4)
    assert [band.material for band in found] == [f"m{i}" for i in range(12)]
    assert sum(band.in_top for band in found) == pytest.approx(4.0)
    assert found[0].in_top > found[-1].in_top


def test_a_material_takes_its_riskier_stage_in_each_draw():
    two = [market(stage="mine", recycling_rate=0.1), market(stage="refined", recycling_rate=0.11)]
    found = bands(two, 500, seed=6)[0]
    assert found.stage == "mine"
    assert 0.0 < found.other_stage < 1.0
    assert found.p50 > max(m.sr for m in two)


def test_triangular_draws_stay_in_range_and_keep_their_mean():
    u = (np.arange(20_000) + 0.5) / 20_000
    drawn = triangular(u, 0.7, 0.8, 1.0)
    assert drawn.min() >= 0.7
    assert drawn.max() <= 1.0
    assert drawn.mean() == pytest.approx((0.7 + 0.8 + 1.0) / 3, abs=1e-4)
    assert np.all(triangular(u, 0.9, 0.9, 0.9) == 0.9)


def test_bad_requests():
    with pytest.raises(ValueOutOfRangeError, match="0 draws"):
        draw_supply_risk([market()], 0, seed=1)
    with pytest.raises(UnknownNameError, match="governance"):
        draw_supply_risk([market()], 10, seed=1, vary=("goverance",))
