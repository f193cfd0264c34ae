from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from lodestock.scenario.document import document_of_bytes
from lodestock.scenario.forms import QUOTED, form_factors
from lodestock.scenario.names import MaterialName, Names
from lodestock.scenario.resolve import resolve
from lodestock.scenario.resolved import ResolvedScenario

COUNTRIES = {
    "AUS": "Australia", "CAN": "Canada", "CHL": "Chile", "CHN": "China", "COD": "DR Congo", "DEU": "Germany",
    "FRA": "France", "GBR": "United Kingdom", "ITA": "Italy", "JPN": "Japan", "KOR": "South Korea",
    "NOR": "Norway", "RUS": "Russia", "USA": "United States", "ZWE": "Zimbabwe", "OTH": "Other countries",
}  # fmt: skip
PRICES = {("gallium", "refined"): 439e3, ("antimony", "refined"): 22.6e3, ("antimony", "mine"): 12e3}


def _material(slug: str, symbol: str, *stages: str) -> MaterialName:
    return MaterialName(
        slug=slug,
        name=slug.capitalize(),
        symbol=symbol,
        stages=stages,
        price_form=dict.fromkeys(stages, "metal"),
        form_needed=frozenset(QUOTED.get(slug, ())),
        form_factors=form_factors(slug),
        choke_multiple=20.0,
    )


def _prices(base_year: int) -> Mapping[tuple[str, str], float]:
    return PRICES


@pytest.fixture(scope="session")
def names() -> Names:
    """Few materials and countries, so that every expected value can be read off."""
    materials = [
        _material("gallium", "Ga", "refined"),
        _material("germanium", "Ge", "refined"),
        _material("antimony", "Sb", "mine", "refined"),
        _material("lithium", "Li", "mine", "refined"),
        _material("tungsten", "W", "mine", "refined"),
        _material("neodymium-praseodymium", "NdPr", "mine", "refined"),
    ]
    return Names(
        materials={material.slug: material for material in materials},
        material_aliases={word: m.slug for m in materials for word in (m.symbol.casefold(), m.slug)},
        countries=COUNTRIES,
        country_aliases={
            word.casefold(): code
            for code, name in COUNTRIES.items()
            for word in (code, name, {"NOR": "NO", "DEU": "DE"}.get(code, code))
        },
        sets={"EU27": ("DEU", "FRA", "ITA"), "G7": ("CAN", "DEU", "FRA", "GBR", "ITA", "JPN", "USA")},
        prices=_prices,
    )


@pytest.fixture(scope="session")
def read(names: Names) -> Callable[[str], ResolvedScenario]:
    """Resolve the text of a scenario."""
    return lambda text: resolve(document_of_bytes(text.encode(), "case.yaml"), names)


BAN = """\
title: Ban
question: Who runs short?
materials: [antimony]
instruments:
  - name: ban
    type: export_ban
    stage: refined
    exporters: China
    start: 2025-01-01
"""

FLOOR = """\
title: Floor
question: Who pays?
materials: [antimony]
horizon: long
zones:
  allies:
    members: [USA, EU27, Japan]
    non_members: [CHN]
instruments:
  - name: floor
    type: floor
    stage: refined
    price: 26 USD/kg
    cap: 50 % of base
    start: 2027-01-01
"""


@pytest.fixture(scope="session")
def ban() -> str:
    """A scenario with one export ban; entries appended to it are further instruments."""
    return BAN


@pytest.fixture(scope="session")
def floor() -> str:
    """A scenario with a zone and one floor."""
    return FLOOR
