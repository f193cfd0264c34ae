"""The scenario's shock in goods told apart by origin: signs, limits, and what it cannot state."""

from __future__ import annotations

import pytest
from tests.scenario.cases import case, here, load_small, resolved

from lodestock.policy.terms import (
    Amount,
    ContractForDifference,
    ExportBan,
    ExportQuota,
    Floor,
    Outage,
    Tariff,
)
from lodestock.scenario.second_model import SecondModelRow, second_model

ELSEWHERE = ("BBB", "CCC")


def rows(own, zone=()) -> dict[str, SecondModelRow]:
    found = second_model(resolved(own, zone=zone), load_small)
    assert found.left_out == ()
    return {row.market: row for row in found.rows}


def test_a_ban_splits_the_price():
    found = rows(case(ExportBan(**here(), exporters=("AAA",), importers=ELSEWHERE)))
    assert all(change < 0.0 for change in found["home"].price_change)
    assert all(change > 0.1 for change in found["abroad"].price_change)
    assert all(share > 0.0 for share in found["abroad"].shortage_share)


def test_the_more_alike_origins_are_the_less_a_ban_costs():
    found = rows(case(ExportBan(**here(), exporters=("AAA",), importers=ELSEWHERE)))
    low, central, high = found["abroad"].price_change
    assert low > central > high > 0.0


def test_a_quota_at_base_flow_changes_nothing_and_half_of_it_less_than_a_ban():
    full = rows(case(ExportQuota(**here(), exporters=("AAA",), importers=ELSEWHERE, share_of_base=1.0)))
    half = rows(case(ExportQuota(**here(), exporters=("AAA",), importers=ELSEWHERE, share_of_base=0.5)))
    ban = rows(case(ExportBan(**here(), exporters=("AAA",), importers=ELSEWHERE)))
    assert full["abroad"].price_change[1] == pytest.approx(0.0, abs=1e-6)
    assert 0.0 < half["abroad"].price_change[1] < ban["abroad"].price_change[1]


def test_a_floor_within_reach_is_held():
    floor = Floor(**here(), zone="zone", members=("BBB",), floor=Amount(multiple_of_base=1.1))
    found = rows(case(floor), zone=("BBB",))
    # Outside may rise a little: the zone's own goods are in more demand at home.
    assert found["inside"].price_change[1] > 10.0 * abs(found["outside"].price_change[1]) > 0.0


def test_a_tariff_raises_the_price_of_the_importer():
    found = rows(case(Tariff(**here(), importers=("BBB",), exporters=("AAA", "CCC"), ad_valorem=0.3)))
    assert 0.0 < found["inside"].price_change[1] < 0.3


def test_an_outage_raises_prices_everywhere():
    found = rows(case(shocks=(Outage(**here(), countries=("AAA",), lost_share=0.5),)))
    assert all(change > 0.0 for change in found["world"].price_change)


def test_what_it_cannot_state_is_named():
    contract = ContractForDifference(
        **here(), producers=("BBB",), payers=("BBB",), strike=Amount(multiple_of_base=1.3), volume_t=20.0
    )
    found = second_model(resolved(case(contract)), load_small)
    assert found.rows == ()
    assert "contract" in found.left_out[0] or "term" in found.left_out[0]
    ore = second_model(
        resolved(case(shocks=(Outage(**here("mine"), countries=("AAA",), lost_share=0.5),))), load_small
    )
    assert "refined" in ore.left_out[0]
