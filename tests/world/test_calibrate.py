"""Every shipped material calibrates, and the main markets look as a specialist knows them."""

from functools import cache

import numpy as np
import pytest
from tests.world import identities

from lodestock.errors import LodestockError, UnknownNameError
from lodestock.world.adjustments import SMALLEST_SHARE, THRESHOLD
from lodestock.world.calibrate import calibrate
from lodestock.world.draw import redraw, sample
from lodestock.world.model import World
from lodestock.world.read import materials, production
from lodestock.world.summary import summarise, summary_text

MATERIALS = tuple(materials())
EUROPE = ("AUT", "BEL", "DEU", "ESP", "FIN", "FRA", "ITA", "NLD", "POL", "SWE")


@cache
def world(material: str, base_year: int = 2024) -> World:
    return calibrate(material, base_year)


def flow(material: str, stage: str, exporter: str, importer: str) -> float:
    found = world(material)
    return float(found.flows[stage][found.index(exporter), found.index(importer)])


def use_share(material: str, *countries: str) -> float:
    found = world(material)
    quantity = found.use.quantity
    return float(sum(quantity[found.index(country)] for country in countries) / quantity.sum())


def test_at_least_forty_materials_and_twenty_five_with_two_stages():
    assert len(MATERIALS) >= 40
    assert sum(len(world(material).stages) == 2 for material in MATERIALS) >= 25


@pytest.mark.parametrize("material", MATERIALS)
def test_identities_of_every_material(material: str):
    identities.check(world(material))


@pytest.mark.parametrize("base_year", [2022, 2023, 2025])
def test_identities_of_other_base_years(base_year: int):
    for material in ("gallium", "cobalt", "copper", "tungsten", "barite"):
        identities.check(world(material, base_year))


@pytest.mark.parametrize("material", MATERIALS)
def test_production_is_the_anchor_and_nobody_vanishes(material: str):
    found = world(material)
    for stage in found.stages:
        side = found.supply[stage].quantity if stage == found.first_stage else found.available(stage)
        published = production(material, stage, 2024).tonnes
        total = sum(published.values())
        scale = {adjustment.country for adjustment in found.adjustments if adjustment.kind == "production"}
        for country, tonnes in published.items():
            if country not in found.countries or tonnes <= 1e-6 * total:
                continue
            here = side[found.index(country)]
            assert here > 0.2 * tonnes, f"{country} vanished"
            if stage == found.first_stage and country not in scale:
                assert here == pytest.approx(tonnes, rel=1e-9)


@pytest.mark.parametrize("material", MATERIALS)
def test_use_is_spread_and_plausible(material: str):
    found = world(material)
    share = found.use.quantity / found.use.quantity.sum()
    assert share[found.index("USA")] > 1e-3
    assert use_share(material, *EUROPE) > 5e-4
    assert np.all(share > 0), "every named country uses something"
    largest = found.countries[int(share.argmax())]
    assert largest in {"CHN", "USA", "IND"}, "the largest user of a mineral is one of the large economies"
    for position, status in enumerate(found.use.status):
        if status == "industry" and found.countries[position] not in {"CHN", "USA", "IND", "OTH"}:
            assert share[position] < 0.25, f"{found.countries[position]} has no published use"


@pytest.mark.parametrize("material", MATERIALS)
def test_every_adjustment_has_a_reason_and_is_a_real_change(material: str):
    for item in world(material).adjustments:
        assert item.reason
        assert item.unit in {"t", "USD/t"}
        assert abs(item.fitted - item.observed) > THRESHOLD * min(item.observed, item.fitted) * 0.99


@pytest.mark.parametrize("material", MATERIALS)
def test_every_large_move_of_an_observed_flow_is_listed(material: str):
    found = world(material)
    listed = {(item.stage, item.country, item.partner) for item in found.adjustments if item.kind == "flow"}
    for stage in found.stages:
        flows, observed = found.flows[stage], found.observed_flows[stage]
        moved = (observed > 0) & (np.abs(flows - observed) > 0.0501 * observed)
        moved &= np.abs(flows - observed) > SMALLEST_SHARE * flows.sum()
        for i, j in np.argwhere(moved).tolist():
            assert (stage, found.countries[i], found.countries[j]) in listed


def test_one_material_calibrates_into_the_same_world_twice():
    one, two = calibrate("cobalt"), calibrate("cobalt")
    assert np.array_equal(one.flows["mine"], two.flows["mine"])
    assert one.adjustments == two.adjustments


def test_a_draw_of_a_real_world_keeps_the_identities():
    rng = np.random.default_rng(11)
    for material in ("gallium", "antimony", "copper"):
        identities.check(redraw(world(material), sample(world(material), rng)))


def test_an_unknown_material_and_an_empty_year_say_what_there_is():
    with pytest.raises(UnknownNameError, match="did you mean 'cobalt'"):
        calibrate("cobald")
    with pytest.raises(LodestockError, match=r"no refined production of gallium in 1999[\s\S]*2024"):
        calibrate("gallium", 1999)


# What a specialist checks first. Figures: USGS MCS 2026, IEA 2025, Chinese customs, as shipped.


def test_gallium_china_makes_nearly_all_and_exports_what_customs_say():
    found = world("gallium")
    china = found.index("CHN")
    assert found.supply["refined"].quantity[china] == pytest.approx(839, rel=0.02)
    exports = found.flows["refined"][china].sum() - found.flows["refined"][china, china]
    assert exports == pytest.approx(69.4, rel=0.15)
    assert found.host is not None
    assert (found.host.material, found.host.tied_share) == ("alumina", 1.0)
    assert found.price["refined"][china] < 0.9 * found.reference_price["refined"]


def test_germanium_and_antimony_exports_of_china_follow_customs():
    for material, tonnes in (("germanium", 29.4), ("antimony", 32_800)):
        found = world(material)
        china = found.index("CHN")
        exports = found.flows["refined"][china].sum() - found.flows["refined"][china, china]
        assert exports == pytest.approx(tonnes, rel=0.35), material


def test_cobalt_feed_of_china_comes_from_congo_and_cuba_feeds_canada():
    assert 160e3 < flow("cobalt", "mine", "COD", "CHN") < 205e3
    assert flow("cobalt", "mine", "IDN", "CHN") > 20e3
    assert flow("cobalt", "mine", "CUB", "CAN") > 0.4 * 3_450
    assert world("cobalt").process.output[world("cobalt").index("FIN")] > 15e3


def test_lithium_flows_from_chile_and_australia_to_china():
    assert flow("lithium", "refined", "CHL", "CHN") == pytest.approx(35e3, rel=0.15)
    assert flow("lithium", "mine", "AUS", "CHN") > 75e3
    assert use_share("lithium", "CHN") > 0.6


def test_nickel_of_indonesia_is_refined_at_home_and_in_china():
    found = world("nickel")
    row = found.flows["mine"][found.index("IDN")]
    assert (row[found.index("IDN")] + row[found.index("CHN")]) / row.sum() > 0.85
    assert use_share("nickel", "CHN") > 0.5
    assert use_share("nickel", "IDN") < 0.2


def test_copper_concentrate_of_chile_and_peru_goes_to_china():
    assert flow("copper", "mine", "CHL", "CHN") == pytest.approx(2.45e6, rel=0.15)
    assert flow("copper", "mine", "PER", "CHN") == pytest.approx(1.85e6, rel=0.15)
    assert 0.5 < use_share("copper", "CHN") < 0.62


def test_concentrate_of_mount_weld_is_separated_in_malaysia():
    found = world("neodymium-praseodymium")
    assert flow("neodymium-praseodymium", "mine", "AUS", "MYS") > flow(
        "neodymium-praseodymium", "mine", "AUS", "CHN"
    )
    assert use_share("neodymium-praseodymium", "CHN") > 0.75
    assert use_share("neodymium-praseodymium", "JPN") > 0.03
    assert found.supply["mine"].quantity[found.index("CHN")] / found.supply["mine"].quantity.sum() > 0.6


def test_published_use_of_the_united_states_is_kept():
    for material, tonnes in (("copper", 1.86e6), ("gallium", 18.7), ("graphite", 65_200), ("tin", 34_600)):
        found = world(material)
        assert found.use.status[found.index("USA")] == "published"
        assert found.use.quantity[found.index("USA")] == pytest.approx(tonnes, rel=0.06), material


def test_the_page_names_producers_users_prices_and_what_is_estimated():
    for material in ("cobalt", "gallium", "barite"):
        summary = summarise(world(material))
        text = summary_text(summary)
        for word in ("Primary producers", "Users", "USD/t", "Ten largest adjustments", "estimated"):
            assert word in text
        assert len(summary.adjustments) <= 10
        assert max(len(line) for line in text.splitlines()) < 200
        as_dict = summary.as_dict()
        assert as_dict["users"][0]["country"] == summary.users[0]["country"]
        observed = summary.observation[0]
        assert 0 <= observed["against_gradient"] < 0.5
        total = sum(observed[name] for name in ("domestic", "observed", "adjusted", "estimated"))
        assert total == pytest.approx(1.0)
