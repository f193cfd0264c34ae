"""Policy facts, outlooks, contents, governance, ports: the builders on small cases and the shipped rows."""

from pathlib import Path

import polars as pl
import pytest

from lodestock.data.build.geography import build_chokepoints, build_ports
from lodestock.data.build.governance import indicator_slug
from lodestock.data.build.intensities import batteries, technologies
from lodestock.data.build.measures import corrected, implementers, iso_date, slugs
from lodestock.data.build.outlook import DEMAND_FILE, demand_claims, material_of
from lodestock.data.snapshot import load_table

LOOKUP = {"china": "CHN", "korea": "KOR", "france": "FRA"}


@pytest.mark.parametrize(
    ("text", "date", "status"),
    [
        ("2025-02-04", "2025-02-04", "as published"),
        ("16-08-2023", "2023-08-16", "as published"),
        ("2020", "2020", "year only"),
    ],
)
def test_dates_of_the_tracker(text: str, date: str, status: str):
    assert iso_date(text) == (date, status)


def test_minerals_become_slugs_and_batteries_are_none():
    assert slugs("rare earths|cobalt|batteries|bauxite/aluminium|cobalt") == "rare-earths|cobalt|aluminium"
    assert slugs("batteries|coal") is None
    assert slugs(None) is None


def test_implementers_are_codes_and_all_members_are_the_union():
    assert implementers("Korea|China", LOOKUP) == "CHN|KOR"
    members = load_table("country_sets").filter(pl.col("set_name") == "EU27")["country"]
    assert implementers("|".join(members), {code.casefold(): code for code in members}) == "EUU"


def test_corrections_drop_and_change_with_their_reason():
    def row(identity: str) -> dict[str, str | None]:
        return {"measure_id": identity, "materials": "lithium", "direction": "tightens", "note": None}

    found = {one["measure_id"]: one for one in corrected([row("gta-129576"), row("gta-15740"), row("gta-1")])}
    assert set(found) == {"gta-15740", "gta-1"}
    assert found["gta-15740"]["materials"] == "neodymium-praseodymium"
    assert "concerns neodymium" in str(found["gta-15740"]["note"])
    assert found["gta-1"]["materials"] == "lithium"


def test_verified_measures_have_their_dates():
    rows = {row["measure_id"]: row for row in load_table("policy_measures").iter_rows(named=True)}
    gallium, antimony, cobalt = rows["cn-2023-23"], rows["cn-2024-33"], rows["cd-2025-001"]
    assert (gallium["date_effective"], gallium["materials"]) == ("2023-08-01", "gallium|germanium")
    assert (antimony["date_effective"], antimony["date_status"]) == ("2024-09-15", "verified")
    assert (cobalt["implementer"], cobalt["date_ended"]) == ("COD", "2025-10-15")
    assert rows["cn-2024-46"]["target"] == "USA"
    assert rows["gta-143978"]["direction"] == "eases"


def test_no_measure_carries_a_title_or_description():
    assert not {"title", "description"} & set(load_table("policy_measures").columns)


@pytest.mark.parametrize(
    ("mineral", "slug"),
    [
        ("Battery-grade graphite", "graphite-anode"),
        ("Praseodymium", "neodymium-praseodymium"),
        ("Total EV", None),
        ("PGMs", None),
        ("Cobalt", "cobalt"),
        ("Unobtainium", None),
    ],
)
def test_minerals_of_the_outlook(mineral: str, slug: str | None):
    known = {"graphite-anode", "neodymium-praseodymium", "cobalt"}
    assert material_of(mineral, known) == slug


def test_demand_adds_two_elements_and_prefers_the_first_table(tmp_path: Path):
    (tmp_path / DEMAND_FILE).write_text(
        "table,mineral,item,scenario,year,value\n"
        "by_technology,Neodymium,Wind,STEPS,2030,8\n"
        "by_technology,Praseodymium,Wind,STEPS,2030,2\n"
        "by_technology,Lithium,Electric vehicles,STEPS,2030,99\n"
        "total_demand_sector,Lithium,Electric vehicles,STEPS,2030,100\n"
        "total_demand,Lithium,cleanShare,STEPS,2030,0.8\n"
        "total_demand,Rare Earth Elements,totalDemand,STEPS,2030,100\n",
        encoding="utf-8",
    )
    claims = demand_claims(tmp_path, {"lithium", "neodymium-praseodymium"})
    found = {(claim.keys["material"], claim.keys["item"]): claim for claim in claims}
    assert set(found) == {
        ("lithium", "Electric vehicles"),
        ("neodymium-praseodymium", "Wind"),
        ("neodymium-praseodymium", "total"),
    }
    assert found[("lithium", "Electric vehicles")].value == 100_000
    assert found[("neodymium-praseodymium", "Wind")].value == 10_000
    # 94 % of the magnet rare earths, 92 to 96 %
    total = found[("neodymium-praseodymium", "total")]
    assert (total.low, total.value, total.high) == pytest.approx((92_000, 94_000, 96_000))


def test_remainders_and_totals_of_the_supply_outlook_are_pseudo_countries():
    table = load_table("supply_outlook").filter(material="cobalt", stage="mine", year=2030)
    world = table.filter(pl.col("country") == "WLD")["value"][0]
    assert table.filter(pl.col("country") != "WLD")["value"].sum() == pytest.approx(world, rel=1e-6)
    assert "OTH" in set(table["country"])


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("ControlofCorruption", "control-of-corruption"),
        ("RuleofLaw", "rule-of-law"),
        ("VoiceandAccountability", "voice-and-accountability"),
        ("GovernmentEffectiveness", "government-effectiveness"),
    ],
)
def test_indicator_names(name: str, slug: str):
    assert indicator_slug(name) == slug


def test_governance_as_published():
    # World Bank, 2023 edition: political stability 2022, COD -1.98, CHN -0.44, AUS +0.93
    table = load_table("governance").filter(year=2022, indicator="political-stability-no-violence")
    values = dict(table.select("country", "value").iter_rows())
    assert [values[code] for code in ("COD", "CHN", "AUS")] == pytest.approx([-1.98, -0.44, 0.93], abs=0.005)


def test_contents_add_neodymium_and_praseodymium_and_leave_brass_out():
    published = pl.DataFrame(
        {
            "metal": ["Neodymium", "Praseodymium", "Brass"], "unit": ["kg metal/kg motor"] * 3,
            "year": ["2020.0"] * 3, "mean": ["0.01", "0.002", "1"], "median": ["0.01", "0.002", "1"],
            "min": ["0.005", "0.001", "1"], "max": ["0.02", "0.004", "1"], "technology": ["EV"] * 3,
        }
    )  # fmt: skip
    (row,) = technologies(published, ["neodymium-praseodymium"]).to_dicts()
    assert (row["unit"], row["year"]) == ("kg/kg motor", 2020)
    assert (row["low"], row["mean"], row["high"]) == pytest.approx((0.006, 0.012, 0.024))


def test_battery_rows_without_a_material_are_left_out():
    published = pl.DataFrame(
        {"mineral": ["Graphite", "Battery_MWh"], "chemistry": ["LFP"] * 2, "kg_per_kwh": ["0.98", "1"]}
    )
    (row,) = batteries(published, ["graphite-anode"]).to_dicts()
    assert (row["material"], row["value"]) == ("graphite-anode", 0.98)


def test_ports_keep_unknown_depths_empty_and_leave_places_without_a_country_out():
    published = pl.DataFrame(
        {
            "wpi": ["10.0", "11.0", "12.0"], "name": ["Deep", "Shallow", "Ice"],
            "unlocode": ["CN SHA", " ", " "], "country": ["China", "China", "Antarctica"],
            "harbor_size": ["Large", " ", " "],
            "harbor_type": [" "] * 3, "channel_depth_m": ["12.5", "0.0", "0.0"],
            "cargo_pier_depth_m": ["15.0", "0.0", "0.0"], "max_draft_m": ["0.0"] * 3,
            "lat": ["31.2"] * 3, "lon": ["121.5"] * 3,
        }
    )  # fmt: skip
    aliases = pl.DataFrame({"alias": ["China"], "country": ["CHN"]})
    deep, shallow = build_ports(published, aliases).to_dicts()
    assert (deep["port_id"], deep["unlocode"], deep["country"], deep["max_depth_m"]) == (
        "wpi-10",
        "CNSHA",
        "CHN",
        15,
    )
    assert (shallow["unlocode"], shallow["harbor_size"], shallow["max_depth_m"]) == (None, None, None)


def test_passages_are_where_they_should_be():
    rows = {row["chokepoint_id"]: row for row in build_chokepoints().iter_rows(named=True)}
    assert (rows["hormuz"]["latitude"], rows["hormuz"]["longitude"]) == pytest.approx((26.5, 56.5), abs=0.5)
    assert (rows["panama"]["latitude"], rows["panama"]["longitude"]) == pytest.approx((9.1, -79.7), abs=0.3)
    assert rows["suez"]["detour"] == "Cape of Good Hope"
