"""Names of countries, materials, stages and parties as a reader knows them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from lodestock.report.numbers import joined
from lodestock.scenario.country_words import with_article

NAMED_COUNTRIES = 3
"""Most countries that a sentence names one by one."""

SHORT = {
    "BOL": "Bolivia",
    "COD": "DR Congo",
    "COG": "Congo",
    "GBR": "United Kingdom",
    "IRN": "Iran",
    "KOR": "South Korea",
    "LAO": "Laos",
    "MDA": "Moldova",
    "OTH": "Other countries",
    "PRK": "North Korea",
    "RUS": "Russia",
    "SYR": "Syria",
    "TWN": "Taiwan",
    "TZA": "Tanzania",
    "USA": "United States",
    "VEN": "Venezuela",
    "VNM": "Vietnam",
    "WLD": "World",
}
"""Short forms for charts and sentences where the official name is long."""

PARTIES = {
    "users": "users",
    "producers": "producers",
    "processors": "refiners",
    "secondary": "recyclers",
    "traders": "traders",
    "stockholders": "stockholders",
    "treasury": "treasuries",
    "reserve": "reserves",
    "licence_holders": "licence holders",
}
"""Party as in the surplus table -> plural noun for sentences; the order is that of tables."""

STAGES = {"mine": "mine output", "intermediate": "intermediate", "refined": "refined product"}

KINDS = {
    "production": "production",
    "processing": "refining",
    "secondary": "secondary supply",
    "stock_draw": "drawn from commercial stocks",
    "release": "released from reserves",
    "use": "use",
    "stock_build": "added to commercial stocks",
    "purchase": "bought for reserves",
    "stock_change": "change of stocks in the base year",
}


@lru_cache(maxsize=1)
def _country_table() -> dict[str, str]:
    from lodestock.data.snapshot import load_table

    table = load_table("countries")
    return dict(zip(table["country"].to_list(), table["name"].to_list(), strict=True)) | SHORT


@lru_cache(maxsize=1)
def country_positions() -> dict[str, tuple[float, float]]:
    """Return (latitude, longitude) in degrees for labels on maps, by ISO3."""
    from lodestock.data.snapshot import load_table

    table = load_table("countries").select("country", "latitude", "longitude").drop_nulls()
    return {
        country: (float(latitude), float(longitude)) for country, latitude, longitude in table.iter_rows()
    }


@lru_cache(maxsize=1)
def _material_table() -> dict[str, tuple[str, str]]:
    from lodestock.data.snapshot import load_table

    table = load_table("materials").select("material", "name", "symbol")
    return {material: (name, symbol or "") for material, name, symbol in table.iter_rows()}


def country_name(iso3: str) -> str:
    """Return the country's short name; an unknown code is returned as it is."""
    return _country_table().get(iso3, iso3)


def country_in_sentence(iso3: str) -> str:
    """Return the name as it stands inside a sentence: ``the United States``, ``Japan``."""
    return with_article(iso3, country_name(iso3))


def members_in_sentence(codes: Sequence[str]) -> str:
    """Return a set's name, up to three countries by name, or how many there are."""
    from lodestock.data.catalog import country_sets

    if len(codes) > 1:
        same = [name for name, members in country_sets().items() if set(codes) == set(members)]
        if same:
            return min(same, key=len)
    if len(codes) <= NAMED_COUNTRIES:
        return joined([country_in_sentence(code) for code in codes])
    return f"{len(codes)} countries"


def material_name(material: str) -> str:
    """Return the material's name in lower case, as inside a sentence, for example ``gallium``."""
    name = _material_table().get(material, (material.replace("-", " "), ""))[0].split(" (")[0]
    return name.lower() if name[1:] == name[1:].lower() else name


def short_name(material: str) -> str:
    """Return a name for tight places: the symbol where the name is long."""
    name = material_name(material)
    symbol = _material_table().get(material, ("", ""))[1]
    return symbol if len(name) > 16 and symbol else name


def label_of(material: str, alone: bool) -> str:
    """Return the name in front of a number in a list; nothing where there is one material only."""
    return "" if alone else f"{short_name(material)} "


def capital(text: str) -> str:
    """Return the text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def stage_name(stage: str) -> str:
    """Return the stage as a noun phrase for tables and axes."""
    return STAGES.get(stage, stage)
