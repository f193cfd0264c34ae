"""For whom a result is told: the zone, else who controls exports, else who acts, else the world."""

from __future__ import annotations

import pytest
from tests.scenario.cases import case, here, resolved
from tests.scenario.test_solve import TERMS

from lodestock.policy.terms import Amount, Outage, ProductionSubsidy, Release, Tariff
from lodestock.scenario.markets import MOST_ACTING, acting_countries, markets_of

TARIFF = Tariff(**here(), importers=("BBB",), exporters=("AAA", "CCC"), ad_valorem=0.5)
SUPPORT = ProductionSubsidy(
    **here(), producers=("CCC",), payers=("BBB",), amount=Amount(usd_per_t=1.0), volume_t=None
)
RELEASE = Release(**here(), countries=("CCC",), quantity_t=1.0)


@pytest.mark.parametrize(
    ("terms", "wanted"),
    [((TARIFF,), ("BBB",)), ((SUPPORT,), ("BBB", "CCC")), ((TARIFF, RELEASE), ("BBB", "CCC")), ((), ())],
)
def test_without_a_zone_those_who_act_take_its_place(terms, wanted):
    assert markets_of(resolved(case(*terms))).zone == wanted


def test_a_zone_or_an_export_control_comes_first():
    assert markets_of(resolved(case(TARIFF), zone=("CCC",))).zone == ("CCC",)
    controlled = markets_of(resolved(case(TARIFF, TERMS["ban"])))
    assert (controlled.zone, controlled.home) == ((), ("AAA",))


def test_a_shock_is_told_for_the_world():
    shock = Outage(**here(), countries=("AAA",), lost_share=0.5)
    assert markets_of(resolved(case(shocks=(shock,)))).zone == ()


def test_nearly_everybody_is_the_world():
    everybody = tuple(f"X{number}" for number in range(MOST_ACTING + 1))
    assert acting_countries([Tariff(**here(), importers=everybody, exporters=("AAA",), ad_valorem=0.1)]) == ()
