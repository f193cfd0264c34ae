"""Lists for people and machines."""

import json

import pytest

from lodestock.data import listing
from lodestock.data.snapshot import load_table
from lodestock.errors import UnknownNameError


@pytest.mark.parametrize("kind", ["materials", "countries", "stages", "sources"])
def test_every_list_is_plain_rows_with_the_same_keys(kind: str):
    rows = listing.rows(kind)
    assert rows
    assert len({tuple(row) for row in rows}) == 1
    json.dumps(rows)


def test_a_material_has_what_the_command_promises():
    rows = {row["slug"]: row for row in listing.rows("materials")}
    gallium = rows["gallium"]
    assert gallium["stages"] == ["refined"]
    assert gallium["price_usd_per_t"] == pytest.approx(439_000)
    assert not gallium["has_observed_trade"]
    assert gallium["host"] == "alumina/refined"
    assert rows["cobalt"]["has_observed_trade"]
    assert sum(row["has_observed_trade"] for row in rows.values()) >= 30


def test_observed_trade_counts_only_stages_of_the_chain():
    # metal and scrap of tantalum are traded under a code, but its only stage here is the mine
    rows = {row["slug"]: row for row in listing.rows("materials")}
    assert not rows["tantalum"]["has_observed_trade"]


def test_countries_say_which_sets_they_are_in():
    rows = {row["country"]: row for row in listing.rows("countries")}
    assert {"EU27", "G7", "OECD"} <= set(rows["DEU"]["sets"])
    assert rows["WLD"]["sets"] == []


def test_all_sources_have_licence_vintage_and_at_least_one_table():
    for row in listing.source_rows():
        assert row["licence"]
        assert row["vintage"]
        assert row["tables"], row["source_id"]


def test_sources_of_a_material_are_those_of_its_rows():
    rows = {row["source_id"]: row for row in listing.source_rows("gallium")}
    assert "usgs-mcs2026" in rows
    assert "cepii-baci-hs92" not in rows
    assert "official-notices" in rows
    assert "cepii-baci-hs92" in {row["source_id"] for row in listing.source_rows("Cobalt")}


def test_unknown_lists_and_materials_name_the_nearest():
    with pytest.raises(UnknownNameError, match="materials"):
        listing.rows("material")
    with pytest.raises(UnknownNameError, match="gallium"):
        listing.source_rows("galium")


def test_every_shipped_source_is_listed():
    used = set(load_table("trade")["source_id"].unique()) | set(
        load_table("production")["source_id"].unique()
    )
    assert used <= {row["source_id"] for row in listing.source_rows()}
