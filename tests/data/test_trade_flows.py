"""Reading published flows, leaving out the smallest, and packing what is kept."""

import gzip
from pathlib import Path

import polars as pl
import pytest

from lodestock.data import trade_storage
from lodestock.data.build.trade_flows import (
    HS17_FILE,
    HS92_FILE,
    PANEL_FILE,
    coverage,
    drop_small,
    read_flows,
)
from lodestock.data.snapshot import load_table
from lodestock.errors import DataCheckError

HS92_HEAD = "year,exporter,importer,hs6,value_kusd,qty_t"
HS17_HEAD = "year,exporter,importer,hs6,material,value_kusd,qty_t"
PANEL_HEAD = "year,exporter,importer,material,value_usd,qty_t,hs6"


def write(folder: Path, name: str, head: str, *lines: str) -> None:
    with gzip.open(folder / name, "wt", encoding="utf-8") as file:
        file.write("\n".join([head, *lines, ""]))


def sources(folder: Path, *hs92: str) -> Path:
    write(folder, HS92_FILE, HS92_HEAD, *hs92)
    write(
        folder, HS17_FILE, HS17_HEAD, "2024,CHL,USA,740311,copper,9000,1000", "2022,CHL,USA,740311,copper,8,"
    )
    write(
        folder,
        PANEL_FILE,
        PANEL_HEAD,
        "2010,CHL,USA,copper,7000000,,740311",
        "2020,CHL,USA,copper,6000000,,740311",
        "2024,CHL,USA,copper,9000000,1000,740311",
        "2003,CHL,USA,copper,5000000,,740311",
        "2020,COD,CHN,cobalt,5000000,,282200",
    )
    return folder


def test_editions_do_not_overlap(tmp_path: Path):
    flows = read_flows(sources(tmp_path, "2024,COD,CHN,810510,3000,600", "2024,COD,CHN,282200,10,1"))
    found = {(row["hs_version"], row["hs6"], row["year"]): row["file"] for row in flows.to_dicts()}
    assert found == {
        ("HS92", "810510", 2024): "HS92",
        ("HS92", "282200", 2024): "HS92",
        ("HS17", "740311", 2022): "HS17",
        ("HS17", "740311", 2024): "HS17",
        ("HS02", "740311", 2010): "panel",
        ("HS17", "740311", 2020): "panel",
    }


def test_values_are_usd_and_a_zero_weight_is_no_weight(tmp_path: Path):
    flows = read_flows(sources(tmp_path, "2024,COD,CHN,810510,3000.5,600.25", "2024,COD,KOR,810510,1,0"))
    cobalt = {row["importer"]: row for row in flows.filter(pl.col("hs6") == "810510").to_dicts()}
    assert (cobalt["CHN"]["value_usd"], cobalt["CHN"]["tonnes"]) == (3_000_500, 600.25)
    assert cobalt["KOR"]["tonnes"] is None


def test_taiwan_is_put_together_and_a_part_without_weight_leaves_the_sum_unknown(tmp_path: Path):
    flows = read_flows(
        sources(
            tmp_path,
            "2024,AUS,S19,810510,100,10",
            "2024,AUS,TWN,810510,200,20",
            "2024,CAN,S19,810510,100,10",
            "2024,CAN,TWN,810510,200,",
            "2024,S19,TWN,810510,9,9",
        )
    )
    found = {row["exporter"]: row for row in flows.filter(pl.col("hs6") == "810510").to_dicts()}
    assert set(found) == {"AUS", "CAN"}
    assert (found["AUS"]["importer"], found["AUS"]["value_usd"], found["AUS"]["tonnes"]) == ("TWN", 3e5, 30)
    assert found["CAN"]["tonnes"] is None


def test_a_code_nobody_decided_about_stops_the_build(tmp_path: Path):
    with pytest.raises(DataCheckError, match="HS92 123456"):
        read_flows(sources(tmp_path, "2024,AAA,BBB,123456,1,1"))


def small_flows() -> pl.DataFrame:
    values = [1_000_000.0, 500_000.0, 1_000.0, 900.0, 800.0]
    tonnes = [100.0, 50.0, None, 40.0, 0.01]
    return pl.DataFrame(
        {
            "file": ["HS92"] * 5, "hs_version": ["HS92"] * 5, "hs6": ["810510"] * 5, "year": [2024] * 5,
            "exporter": list("ABCDE"), "importer": ["Z"] * 5, "value_usd": values, "tonnes": tonnes,
        }
    )  # fmt: skip


def test_small_in_value_and_in_weight_goes():
    # from below: E 800, D 1,700, C 2,700 of 1,502,700 USD are each less than 0.2 %; D stays for its weight
    kept = drop_small(small_flows())
    assert set(kept["exporter"]) == {"A", "B", "D"}


def test_coverage_says_what_is_kept():
    row = coverage(small_flows(), drop_small(small_flows())).row(0, named=True)
    assert (row["flows_published"], row["flows_kept"]) == (5, 3)
    assert row["value_share"] == pytest.approx(1_500_900 / 1_502_700, abs=1e-5)
    assert row["tonnes_share"] == pytest.approx(190 / 190.01, abs=1e-5)


def test_the_shipped_table_keeps_almost_everything():
    table = load_table("trade_coverage")
    assert table["value_share"].min() >= 0.985
    assert table["tonnes_share"].drop_nulls().min() >= 0.985
    full = table.filter((pl.col("year") == 2024) & (pl.col("hs_version") == "HS92"))
    assert full["value_share"].min() >= 0.995


def test_packing_loses_nothing():
    trade = load_table("trade")
    assert trade_storage.unpack(trade_storage.pack(trade)).equals(trade)


def test_packed_rows_hold_no_text_that_can_be_computed():
    packed = trade_storage.pack(load_table("trade").head(10))
    assert not {"note", "status", "licence_id", "published_value"} & set(packed.columns)
