import pytest

from lodestock.data.catalog import (
    country_sets,
    material,
    materials,
    resolve_country,
    resolve_material,
)
from lodestock.errors import UnknownNameError


def test_every_material_has_what_the_list_command_shows():
    assert len(materials()) >= 40
    for item in materials():
        assert item.slug == resolve_material(item.slug)
        assert item.stages in {("mine",), ("refined",), ("mine", "refined")}
        assert item.basis.startswith("t of")
        assert item.price_usd_per_t > 0
    assert sum(item.has_observed_trade for item in materials()) >= 30


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Gallium", "gallium"),
        ("Ga", "gallium"),
        ("NdPr", "neodymium-praseodymium"),
        ("Graphite (Natural)", "graphite"),
        ("bauxite", "alumina"),
        ("rare earths", "rare-earths"),
        ("PHOSPHATE_ROCK", "phosphate-rock"),
    ],
)
def test_materials_are_found_by_any_published_name(text: str, slug: str):
    assert resolve_material(text) == slug


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("CHN", "CHN"),
        ("cn", "CHN"),
        ("Burma", "MMR"),
        ("Congo (Kinshasa)", "COD"),
        ("Korea, Republic of", "KOR"),
        ("Turkey", "TUR"),
        ("NA", "NAM"),
        ("Côte d’Ivoire", "CIV"),
    ],
)
def test_countries_are_found_by_any_published_name(text: str, code: str):
    assert resolve_country(text) == code


def test_misspelt_names_get_the_nearest_one():
    with pytest.raises(UnknownNameError, match="did you mean 'gallium'"):
        resolve_material("galium")
    with pytest.raises(UnknownNameError, match="did you mean 'Germany'"):
        resolve_country("Germny")


def test_by_products_name_their_host():
    assert material("gallium").host == ("alumina", "refined")
    assert material("indium").host == ("zinc", "refined")
    assert material("copper").host is None


def test_sets_of_countries():
    assert len(country_sets()["EU27"]) == 27
    assert set(country_sets()["G7"]) == {"CAN", "DEU", "FRA", "GBR", "ITA", "JPN", "USA"}
