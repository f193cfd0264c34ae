from pathlib import Path

import polars as pl
import pytest

from lodestock.data.build.assemble import canonical, write_snapshot
from lodestock.data.checks import LARGEST_SNAPSHOT, verify_files
from lodestock.data.schema import TABLES
from lodestock.data.snapshot import (
    SNAPSHOT_DIRECTORY,
    load_table,
    manifest,
    read_table,
    snapshot_hash,
    table_files,
    table_names,
)
from lodestock.errors import DataCheckError, FileFormatError, UnknownNameError

NEEDED = {
    "materials",
    "material_aliases",
    "countries",
    "country_aliases",
    "country_sets",
    "production",
    "reserves",
    "capacity",
    "trade",
    "hs_codes",
    "prices",
    "governance",
    "processing_shares",
    "eu_sourcing_shares",
    "end_uses",
    "recycling_rates",
    "import_sources",
    "import_reliance",
    "us_salient",
    "demand_outlook",
    "supply_outlook",
    "technology_intensities",
    "battery_intensities",
    "policy_measures",
    "chokepoints",
    "ports",
    "assumptions",
    "sources",
    "licences",
}


def test_every_needed_table_ships():
    assert set(table_names()) >= NEEDED


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_table_loads_with_the_types_of_its_schema(name: str):
    frame = load_table(name)
    assert tuple(frame.columns) == TABLES[name].column_names
    assert not frame.is_empty()


def test_files_are_as_the_manifest_says():
    verify_files(SNAPSHOT_DIRECTORY)


def test_snapshot_stays_small():
    size = sum(path.stat().st_size for path in SNAPSHOT_DIRECTORY.iterdir())
    assert size < LARGEST_SNAPSHOT


def test_manifest_counts_the_rows_of_every_table():
    counted: dict[str, int] = {}
    for entry in manifest()["files"].values():
        if "table" in entry:
            counted[entry["table"]] = counted.get(entry["table"], 0) + entry["rows"]
    assert counted == {name: load_table(name).height for name in table_names() if name != "trade"} | {
        "trade": counted["trade"]
    }
    assert len(snapshot_hash()) == 64


def test_sources_in_the_manifest_are_sources():
    known = set(load_table("sources")["source_id"])
    named = {source for entry in manifest()["files"].values() for source in entry.get("sources", [])}
    assert named <= known


def test_no_checks_only_publisher_is_shipped():
    publishers = " ".join(load_table("sources")["publisher"].drop_nulls()).casefold()
    for forbidden in ("british geological", "austrian", "comtrade", "imf", "monetary fund"):
        assert forbidden not in publishers


def test_round_trip_is_exact_and_two_writes_are_the_same_bytes(tmp_path: Path):
    tables = {name: load_table(name) for name in ("materials", "production", "reserves", "prices")}
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        write_snapshot(tables, {"outlines.json": b"{}"}, folder)
    verify_files(first)
    for name, frame in tables.items():
        assert read_table(name, first).equals(frame)
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()


def test_a_table_too_large_for_text_becomes_parquet(tmp_path: Path):
    write_snapshot({"production": load_table("production")}, {}, tmp_path)
    assert [path.suffix for path in table_files("production", tmp_path)] == [".parquet"]


def test_canonical_sorts_rounds_and_refuses_other_columns():
    frame = load_table("reserves")
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=7).with_columns(pl.col("value") * (1 + 1e-14))
    assert canonical("reserves", shuffled).equals(frame)
    with pytest.raises(DataCheckError, match="tonnage"):
        canonical("reserves", frame.with_columns(tonnage=pl.lit(1.0)))


def test_a_changed_file_is_noticed(tmp_path: Path):
    write_snapshot({"licences": load_table("licences")}, {}, tmp_path)
    (tmp_path / "licences.csv").write_text("licence_id\n", encoding="utf-8")
    (tmp_path / "stray.csv").write_text("a\n", encoding="utf-8")
    with pytest.raises(DataCheckError, match=r"stray\.csv[\s\S]*licences\.csv"):
        verify_files(tmp_path)


def test_unknown_and_missing_tables_say_so(tmp_path: Path):
    with pytest.raises(UnknownNameError, match="production"):
        read_table("productions", SNAPSHOT_DIRECTORY)
    with pytest.raises(FileFormatError, match="not in the snapshot"):
        read_table("production", tmp_path)


def test_a_table_with_other_columns_is_refused(tmp_path: Path):
    (tmp_path / "licences.csv").write_text("licence_id,name\nmit,MIT\n", encoding="utf-8")
    with pytest.raises(FileFormatError):
        read_table("licences", tmp_path)
