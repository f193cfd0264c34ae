"""The build as a whole. The full rebuild runs where LODESTOCK_SOURCES names the folder of source tables."""

import os
from pathlib import Path

import polars as pl
import pytest

import lodestock.data.build as build_package
from lodestock.data.build import assemble, build_snapshot
from lodestock.data.snapshot import SNAPSHOT_DIRECTORY, load_table, table_names
from lodestock.errors import ConflictError, DataCheckError, FileFormatError

SOURCES = os.environ.get("LODESTOCK_SOURCES")

# Files that may be used for checks only (licence), never read by a builder.
CHECKS_ONLY = (
    "bgs_production",
    "wmd_production",
    "wmd_hs_map",
    "wgi_political_stability",
    "trade_china_exports",
    "hs6_material_map_atlas",
    "hs6_ore_refined_crosswalk",
    "hs6_descriptions_minerals",
    "imf_pcps",
    "jacks_real",
    "backtests_train",
    "eu_crm_2023_results",
    "nds2013",
    "validation_usgs",
)


def test_no_builder_reads_a_file_that_may_not_ship():
    folder = Path(str(build_package.__file__)).parent
    for module in sorted(folder.glob("*.py")):
        text = module.read_text(encoding="utf-8")
        for name in CHECKS_ONLY:
            assert name not in text, f"{module.name} mentions {name}"


def test_missing_sources_are_named(tmp_path: Path):
    with pytest.raises(FileFormatError) as caught:
        build_snapshot(tmp_path / "nowhere", tmp_path / "snapshot")
    assert "nowhere" in str(caught.value)
    assert not (tmp_path / "snapshot").exists()


def small_tables() -> dict[str, pl.DataFrame]:
    shipped = {name: load_table(name) for name in table_names()}
    return shipped | {"trade": load_table("trade").filter(year=2024)}


def test_a_failing_check_leaves_the_old_snapshot_untouched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    broken = small_tables() | {
        "recycling_rates": load_table("recycling_rates").with_columns(value=pl.lit(-1.0))
    }
    monkeypatch.setattr(assemble, "build_tables", lambda source: (broken, {}))
    target = tmp_path / "snapshot"
    target.mkdir()
    (target / "manifest.json").write_text("old", encoding="utf-8")
    with pytest.raises(DataCheckError, match="recycling_rates"):
        build_snapshot(tmp_path, target)
    assert [path.name for path in tmp_path.iterdir()] == ["snapshot"]
    assert (target / "manifest.json").read_text(encoding="utf-8") == "old"


def test_a_passing_build_replaces_the_snapshot_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    tables = small_tables()
    monkeypatch.setattr(assemble, "build_tables", lambda source: (tables, {"outlines.json": b"{}"}))
    target = tmp_path / "snapshot"
    target.mkdir()
    (target / "manifest.json").write_text("old", encoding="utf-8")
    (target / "stale.csv").write_text("a\n", encoding="utf-8")
    rows = build_snapshot(tmp_path, target)
    assert rows["materials"] == load_table("materials").height
    assert not (target / "stale.csv").exists()
    assert (target / "outlines.json").read_bytes() == b"{}"
    assert [path.name for path in tmp_path.iterdir()] == ["snapshot"]


def test_a_folder_with_other_things_is_never_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(assemble, "build_tables", lambda source: pytest.fail("must refuse before building"))
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "to-mother.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(ConflictError, match="not a snapshot"):
        build_snapshot(tmp_path, tmp_path / "letters")
    assert (tmp_path / "letters" / "to-mother.txt").exists()


@pytest.mark.slow
@pytest.mark.skipif(SOURCES is None, reason="LODESTOCK_SOURCES does not name the folder of source tables")
def test_rebuilding_gives_the_shipped_bytes(tmp_path: Path):
    build_snapshot(Path(str(SOURCES)), tmp_path / "snapshot")
    fresh = {path.name: path.read_bytes() for path in (tmp_path / "snapshot").iterdir()}
    shipped = {path.name: path.read_bytes() for path in SNAPSHOT_DIRECTORY.iterdir()}
    assert sorted(fresh) == sorted(shipped)
    assert [name for name in sorted(fresh) if fresh[name] != shipped[name]] == []
