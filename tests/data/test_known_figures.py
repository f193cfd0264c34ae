"""Figures a specialist knows, as the publishers print them, in the shipped snapshot for 2024."""

import polars as pl
import pytest

from lodestock.data.snapshot import load_table


def output(material: str, stage: str, country: str) -> float:
    row = load_table("production").filter(
        material=material, stage=stage, country=country, year=2024, preferred=True
    )
    return float(row["value"].item())


@pytest.mark.parametrize(
    ("material", "stage", "country", "tonnes"),
    [
        ("gallium", "refined", "CHN", 839),
        ("gallium", "refined", "WLD", 848),
        ("antimony", "mine", "WLD", 119_000),
        ("cobalt", "mine", "COD", 226_000),
        ("cobalt", "refined", "FIN", 20_119.7),
        ("copper", "mine", "CHL", 5_510_000),
        ("nickel", "mine", "IDN", 2_310_000),
        ("nickel", "refined", "CHN", 1_091_077),
        ("lithium", "mine", "AUS", 89_969.5),
        ("lithium", "refined", "CHN", 169_677.6),
        ("tungsten", "mine", "CHN", 67_000),
        ("graphite", "mine", "CHN", 1_270_000),
        ("rare-earths", "mine", "CHN", 270_000),
        ("magnesium", "refined", "CHN", 953_000),
        ("indium", "refined", "KOR", 180),
        ("palladium", "refined", "RUS", 89),
        ("lead", "refined", "USA", 0),
        # 73.7567 kt magnet rare earths x 0.94
        ("neodymium-praseodymium", "refined", "CHN", 69_331.3),
        # 142 Mt of alumina x 0.52925
        ("alumina", "refined", "WLD", 75.155e6),
        # 49.6 Mt of chromite x 0.45 x 0.6842
        ("chromium", "mine", "WLD", 15.272e6),
    ],
)
def test_output(material: str, stage: str, country: str, tonnes: float):
    assert output(material, stage, country) == pytest.approx(tonnes, rel=2e-4)


@pytest.mark.parametrize(
    ("material", "stage", "usd_per_t"),
    [
        ("gallium", "refined", 439_000),  # 439 USD/kg
        ("germanium", "refined", 1_991_000),
        ("antimony", "refined", 22_575),  # 10.24 USD/lb
        ("cobalt", "refined", 26_103),  # 11.84 USD/lb, LME cash and not US spot
        ("copper", "refined", 9_142),
        ("nickel", "refined", 16_814),
        ("lithium", "refined", 62_816),  # 11,800 USD/t carbonate / 0.18785
        ("tungsten", "mine", 31_779),  # 252 USD per unit of WO3
        ("neodymium-praseodymium", "refined", 64_706),  # 55 USD/kg of oxide / 0.85
        ("vanadium", "refined", 21_410),  # 5.44 USD/lb V2O5 / 0.5602
        ("tantalum", "mine", 203_918),  # 167 USD/kg Ta2O5 / 0.81897
        ("platinum", "refined", 30.709e6),  # 955.17 USD/troy oz
        ("manganese", "mine", 553),  # 5.53 USD per unit
        ("iron", "mine", 176.4),  # 109.40 USD per dry tonne of 62 % ore
    ],
)
def test_reference_price(material: str, stage: str, usd_per_t: float):
    row = load_table("prices").filter(
        material=material, stage=stage, period="2024", frequency="annual", preferred=True
    )
    assert row["value"].item() == pytest.approx(usd_per_t, rel=5e-4)


def test_losers_are_kept_and_say_where_they_come_from():
    rivals = load_table("production").filter(
        material="cobalt", stage="mine", country="COD", year=2024, preferred=False
    )
    assert set(rivals["source_id"]) == {"iea-cmde2025", "usgs-mcs2025"}


def test_withheld_output_of_the_united_states_is_an_interval():
    lithium = load_table("production").filter(
        material="lithium", stage="mine", country="USA", year=2024, source_id="usgs-mcs2026"
    )
    assert lithium["value"].item() is None
    assert (lithium["low"].item(), lithium["high"].item()) == (600, 1500)
    assert lithium["published_value"].item() == "W"


def test_years_and_months_covered():
    production = load_table("production").filter("preferred")
    assert set(production["year"]) == {2021, 2022, 2023, 2024, 2025}
    monthly = load_table("prices").filter(frequency="monthly", preferred=True)
    assert set(monthly["material"]) == {
        "aluminium",
        "copper",
        "gold",
        "iron",
        "lead",
        "nickel",
        "phosphate-rock",
        "platinum",
        "potash",
        "silver",
        "tin",
        "zinc",
    }
    copper = monthly.filter(material="copper")["period"]
    assert (copper.min(), copper.max()) == ("1960-01", "2026-05")


def test_remainders_are_shared_out_without_losing_tonnes():
    nickel = load_table("production").filter(material="nickel", stage="mine", year=2024)
    published = nickel.filter(pl.col("country") == "OTH", ~pl.col("preferred"), source_id="usgs-mcs2026")
    placed = nickel.filter("preferred", source_id="own-work")
    assert placed["value"].sum() == pytest.approx(published["value"].item(), rel=1e-9)
    assert {"CUB", "FIN", "COL"} <= set(placed["country"])


def test_every_material_has_uses_and_a_recycling_rate():
    slugs = set(load_table("materials")["material"])
    assert set(load_table("end_uses")["material"]) == slugs
    assert set(load_table("recycling_rates")["material"]) == slugs
