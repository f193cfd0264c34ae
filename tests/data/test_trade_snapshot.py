"""What a specialist expects of the shipped trade table in 2024."""

import polars as pl
import pytest

from lodestock.data.snapshot import load_table


@pytest.fixture(scope="module")
def flows() -> pl.DataFrame:
    return load_table("trade").filter(pl.col("year") == 2024)


@pytest.fixture(scope="module")
def mined() -> dict[tuple[str, str], float]:
    table = load_table("production").filter(
        pl.col("preferred")
        & (pl.col("year") == 2024)
        & (pl.col("stage") == "mine")
        & pl.col("value").is_not_null()
    )
    return {(row["material"], row["country"]): row["value"] for row in table.iter_rows(named=True)}


def contained(
    flows: pl.DataFrame, material: str, stage: str, exporter: str, importer: str | None = None
) -> float:
    wanted = {"material": material, "stage": stage, "exporter": exporter}
    if importer:
        wanted["importer"] = importer
    return float(flows.filter(**wanted)["value"].sum())


@pytest.mark.parametrize(
    ("material", "stage", "exporter", "importer", "low", "high"),
    [
        ("cobalt", "mine", "COD", "CHN", 150e3, 225e3),  # crude hydroxide
        ("copper", "mine", "CHL", "CHN", 1.9e6, 3.0e6),  # concentrate; the declared weight is too low
        ("copper", "refined", "COD", "CHN", 1.2e6, 1.7e6),
        ("lithium", "refined", "CHL", "CHN", 30e3, 40e3),  # 186 kt of carbonate
        ("nickel", "mine", "PHL", "CHN", 180e3, 330e3),  # 35 Mt of wet laterite
        ("iron", "mine", "AUS", "CHN", 400e6, 500e6),
        ("alumina", "mine", "GIN", "CHN", 18e6, 26e6),
        ("antimony", "refined", "TJK", "FRA", 5e3, 7e3),
        ("rare-earths", "mine", "AUS", "MYS", 9e3, 15e3),  # Mount Weld concentrate
        ("rare-earths", "mine", "MMR", "CHN", 22e3, 40e3),
        ("niobium", "refined", "BRA", "CHN", 22e3, 32e3),
        ("graphite", "mine", "CHN", "JPN", 25e3, 50e3),
    ],
)
def test_large_flows(flows: pl.DataFrame, material, stage, exporter, importer, low, high):
    assert low < contained(flows, material, stage, exporter, importer) < high


@pytest.mark.parametrize(
    ("material", "country"),
    [
        ("cobalt", "COD"), ("copper", "CHL"), ("copper", "PER"), ("nickel", "PHL"), ("iron", "AUS"),
        ("iron", "BRA"), ("alumina", "GIN"), ("manganese", "ZAF"), ("manganese", "GAB"), ("chromium", "ZAF"),
        ("zirconium", "ZAF"), ("tungsten", "BOL"), ("tin", "COD"), ("zinc", "PER"), ("molybdenum", "PER"),
    ],
)  # fmt: skip
def test_a_miner_exports_no_more_than_it_mines(flows: pl.DataFrame, mined, material: str, country: str):
    # 20 % for stocks, moisture and grades
    assert contained(flows, material, "mine", country) < 1.2 * mined[(material, country)]


def test_hubs_are_left_as_published(flows: pl.DataFrame):
    # attributing them to origins is the work of the calibrated world
    assert contained(flows, "cobalt", "mine", "COD", "NAM") > 1e3
    assert contained(flows, "cobalt", "mine", "NAM", "CHN") > 1e3
    assert contained(flows, "chromium", "mine", "ZAF", "MOZ") > 1e6


def test_the_refiner_without_mines_ships_downstream_forms(flows: pl.DataFrame):
    assert contained(flows, "cobalt", "refined", "FIN") > 5e3
    assert contained(flows, "cobalt", "mine", "JPN") == 0


def test_spodumene_is_in_no_code(flows: pl.DataFrame):
    assert contained(flows, "lithium", "mine", "AUS") == 0
    notes = load_table("hs_codes").filter(material="lithium")["note"].drop_nulls()
    assert any("spodumene" in note for note in notes)


def test_elements_repeat_the_feed_they_are_part_of(flows: pl.DataFrame):
    whole = contained(flows, "rare-earths", "mine", "MMR", "CHN")
    parts = [
        contained(flows, material, "mine", "MMR", "CHN")
        for material in ("neodymium-praseodymium", "dysprosium", "terbium", "yttrium")
    ]
    assert all(part > 0 for part in parts)
    assert sum(parts) < whole


def test_at_least_thirty_materials_are_observed_by_pair(flows: pl.DataFrame):
    stages = {
        row["material"]: row["stages"].split("|") for row in load_table("materials").iter_rows(named=True)
    }
    pairs = (
        flows.filter("is_observed")
        .group_by("material", "stage")
        .agg(pl.struct("exporter", "importer").n_unique().alias("pairs"))
    )
    observed = {
        row["material"]
        for row in pairs.iter_rows(named=True)
        if row["stage"] in stages[row["material"]] and row["pairs"] >= 5
    }
    assert len(observed) >= 40
