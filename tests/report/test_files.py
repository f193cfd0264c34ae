"""Workbook, IAMC, Parquet and the record: what was written is what was solved."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
import yaml
from polars.testing import assert_frame_equal
from python_calamine import CalamineWorkbook

from lodestock.report.dataset import dataset
from lodestock.report.excel import LEFT_OUT
from lodestock.report.iamc import COLUMNS, iamc_table
from lodestock.scenario.outcome import Outcome


def test_the_workbook_reads_back_as_it_was_written(zone: Outcome, folder: Path) -> None:
    workbook = CalamineWorkbook.from_path(folder / "outcome.xlsx")
    for table in dataset(zone):
        if table.name in {*LEFT_OUT, "flows"}:
            continue
        rows = workbook.get_sheet_by_name(table.name).to_python(skip_empty_area=False)
        assert rows[0] == table.frame.columns
        assert rows[1] == list(table.units)
        assert len(rows) == 2 + table.frame.height
        for read, written in zip(rows[2:], table.frame.iter_rows(), strict=True):
            for value, expected in zip(read, written, strict=True):
                if expected is None:
                    assert value == ""
                elif isinstance(expected, float):
                    assert value == pytest.approx(expected, rel=1e-15)
                else:
                    assert value == expected


def test_flows_in_the_workbook_are_those_that_can_be_seen(zone: Outcome, folder: Path) -> None:
    rows = CalamineWorkbook.from_path(folder / "outcome.xlsx").get_sheet_by_name("flows").to_python()[2:]
    assert {row[0] for row in rows} == {"scenario", "substitute"}
    total = sum(row[7] for row in rows if row[0] == "scenario")
    assert total == pytest.approx(float(zone.cases["scenario"].flows["t"].sum()), rel=0.01)


def test_codes_are_text_and_the_readme_names_every_sheet(folder: Path) -> None:
    workbook = CalamineWorkbook.from_path(folder / "outcome.xlsx")
    assert workbook.sheet_names[:2] == ["README", "answer"]
    readme = dict(row[:2] for row in workbook.get_sheet_by_name("README").to_python())
    missing = [name for name in workbook.sheet_names[2:] if f"sheet {name}" not in readme]
    assert missing == []
    certificate = workbook.get_sheet_by_name("certificate").to_python(skip_empty_area=False)
    assert certificate[:2] == [["case", "what", "value"], ["", "", "1"]]
    assert len({tuple(row[:2]) for row in certificate}) == len(certificate)
    country = workbook.get_sheet_by_name("prices").to_python()[2][3]
    assert isinstance(country, str)
    assert len(country) == 3


def test_every_numeric_column_has_a_unit(zone: Outcome) -> None:
    for table in dataset(zone):
        for (name, kind), unit in zip(table.frame.schema.items(), table.units, strict=True):
            if kind.is_numeric():
                assert unit, f"{table.name}.{name} has no unit"


def test_iamc_has_the_seven_columns_and_no_gaps(zone: Outcome, folder: Path) -> None:
    table = pl.read_csv(folder / "iamc" / "outcome.csv")
    assert tuple(table.columns) == COLUMNS
    assert table.null_count().sum_horizontal().item() == 0
    key = ["model", "scenario", "region", "variable", "year"]
    assert table.select(key).is_duplicated().sum() == 0
    assert set(table["scenario"]) == {
        "synthetic-floor",
        "synthetic-floor (baseline)",
        "synthetic-floor (substitute)",
    }


def test_iamc_variables_and_regions_stand_in_the_code_lists(folder: Path) -> None:
    table = pl.read_csv(folder / "iamc" / "outcome.csv")
    variables = yaml.safe_load((folder / "iamc" / "variables.yaml").read_text(encoding="utf-8"))
    listed = {name: entry["unit"] for item in variables for name, entry in item.items()}
    assert dict(table.select("variable", "unit").unique().iter_rows()) == listed
    regions = yaml.safe_load((folder / "iamc" / "regions.yaml").read_text(encoding="utf-8"))
    names = {next(iter(entry)) for entry in regions[0]["country"]} | set(regions[1]["group"])
    assert {region for region in table["region"] if ">" not in region} <= names


def test_iamc_world_use_is_the_sum_over_countries(zone: Outcome) -> None:
    table = iamc_table(zone).filter(
        (pl.col("variable") == "Use|Gallium|Refined") & (pl.col("scenario") == "synthetic-floor (baseline)")
    )
    world = table.filter(pl.col("region") == "World")["value"].item()
    # 420 + 160 + 80 + 60 + 30 + 12 t
    assert world == pytest.approx(762.0)
    assert table.filter(pl.col("region") != "World")["value"].sum() == pytest.approx(world)


def test_parquet_holds_every_table_unchanged(zone: Outcome, folder: Path) -> None:
    package = json.loads((folder / "parquet" / "datapackage.json").read_text(encoding="utf-8"))
    described = {resource["name"]: resource for resource in package["resources"]}
    for table in dataset(zone):
        read = pl.read_parquet(folder / "parquet" / f"{table.name}.parquet")
        assert_frame_equal(read, table.frame)
        fields = [field["name"] for field in described[table.name]["schema"]["fields"]]
        assert fields == table.frame.columns


def test_the_record_says_what_was_run(zone: Outcome, folder: Path) -> None:
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert record["seed"] == 7
    assert record["snapshot_hash"] == zone.run["snapshot_hash"]
    certificate = json.loads((folder / "certificate.json").read_text(encoding="utf-8"))
    assert set(certificate) == set(zone.cases)
    assert certificate["scenario"]["certificate"]["worst"] == 3.1e-11
    resolved = yaml.safe_load((folder / "resolved-scenario.yaml").read_text(encoding="utf-8"))
    assert resolved["title"] == zone.title
