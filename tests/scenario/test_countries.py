"""Names, codes, sets, zones, all and all-but."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lodestock.errors import ConflictError, FileFormatError, LodestockError, UnknownNameError
from lodestock.policy.terms import ExportBan, Floor, Tariff
from lodestock.scenario.catalog_names import load_names
from lodestock.scenario.names import Names
from lodestock.scenario.resolved import ResolvedScenario
from lodestock.scenario.sets import expand, parse_countries

ZONES = {"allies": ("JPN", "USA")}


@pytest.mark.parametrize(
    ("raw", "members"),
    [
        ("China", ("CHN",)),
        ("chn", ("CHN",)),
        ("NO", ("NOR",)),
        ("EU27", ("DEU", "FRA", "ITA")),
        ("eu27", ("DEU", "FRA", "ITA")),
        (["USA", "EU27", "Germany"], ("DEU", "FRA", "ITA", "USA")),
        ("allies", ("JPN", "USA")),
        (["allies", "CHL"], ("CHL", "JPN", "USA")),
        ({"all-but": ["G7", "EU27", "CHN", "RUS", "OTH"]}, ("AUS", "CHL", "COD", "KOR", "NOR", "ZWE")),
        ([{"all-but": "all"}, "CHL"], ("CHL",)),
    ],
)
def test_lists_expand_to_sorted_codes(raw: object, members: tuple[str, ...], names: Names) -> None:
    assert expand(parse_countries(raw), names, ZONES) == members


def test_all_holds_everybody_and_the_pooled_rest(names: Names) -> None:
    everybody = expand(parse_countries("all"), names, {})
    assert set(everybody) == set(names.countries)
    assert "OTH" in everybody
    assert set(expand(parse_countries({"all-but": "CHN"}), names, {})) == set(everybody) - {"CHN"}


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (7, FileFormatError),
        (None, FileFormatError),
        ([], ConflictError),
        ([["USA"]], FileFormatError),
        ([""], FileFormatError),
        ({"all_but": ["CHN"]}, UnknownNameError),
        ({}, UnknownNameError),
        ({"all-but": []}, ConflictError),
        ({"all-but": {"all-but": "CHN"}}, ConflictError),
        ([{"all-but": "CHN"}, {"all-but": "USA"}], ConflictError),
    ],
)
def test_other_lists_are_refused(raw: object, kind: type[LodestockError]) -> None:
    with pytest.raises(LodestockError) as caught:
        parse_countries(raw)
    assert type(caught.value) is kind


def test_trade_among_those_who_act_stays_free(read: Callable[[str], ResolvedScenario], ban: str) -> None:
    both = read(ban.replace("exporters: China", "exporters: [CHN, RUS]")).case.instruments[0]
    assert isinstance(both, ExportBan)
    assert both.exporters == ("CHN", "RUS")
    assert not set(both.importers) & {"CHN", "RUS"}
    text = ban.replace("export_ban", "tariff").replace("exporters: China", "importers: EU27\n    rate: 10 %")
    tariff = read(text).case.instruments[0]
    assert isinstance(tariff, Tariff)
    assert tariff.importers == ("DEU", "FRA", "ITA")
    assert not set(tariff.importers) & set(tariff.exporters)
    assert (tariff.ad_valorem, tariff.specific) == (0.1, None)


def test_a_zone_is_a_name_for_countries(read: Callable[[str], ResolvedScenario], floor: str) -> None:
    resolved = read(floor)
    term = resolved.case.instruments[0]
    assert isinstance(term, Floor)
    assert resolved.zone is not None
    assert term.members == resolved.zone.members == ("DEU", "FRA", "ITA", "JPN", "USA")


def test_the_snapshot_knows_countries_sets_and_materials() -> None:
    names = load_names()
    assert len(names.sets["EU27"]) == 27
    assert set(names.sets["G7"]) == {"CAN", "DEU", "FRA", "GBR", "ITA", "JPN", "USA"}
    assert "EUU" not in names.countries
    assert "WLD" not in names.countries
    for word in ("China", "CHN", "cn", "DR Congo", "Türkiye"):
        assert names.country(word), word
    assert names.material("NdPr").slug == "neodymium-praseodymium"
    assert names.material("Ga").slug == "gallium"


def test_forms_belong_to_materials_and_stages_of_the_snapshot() -> None:
    from lodestock.scenario.forms import FORMS, QUOTED, form_factors

    names = load_names()
    for material in FORMS:
        assert all(0 < factor <= 1 for factor in form_factors(names.materials[material].slug).values())
    for material, stages in QUOTED.items():
        assert set(stages) <= set(names.materials[material].stages)


def test_a_floor_at_the_published_quote_is_the_base_price() -> None:
    # the same factor on both sides: 55 USD/kg of oxide, 11,800 USD/t of carbonate, 252 USD/mtu of WO3
    names = load_names()
    prices = names.prices(2024)
    for material, stage, form, quote in (
        ("neodymium-praseodymium", "refined", "oxide", 55e3),
        ("lithium", "refined", "carbonate", 11.8e3),
        ("tungsten", "mine", "WO3", 25.2e3),
        ("dysprosium", "refined", "oxide", 257e3),
    ):
        factor = names.factor(names.materials[material], stage, form)
        assert quote / factor == pytest.approx(prices[material, stage], rel=1e-9)
