"""The outcome folder is whole or absent, and nothing but an outcome is ever replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from lodestock.errors import (
    ConflictError,
    FileFormatError,
    LodestockError,
    MissingExtraError,
    UnknownNameError,
)
from lodestock.report import iamc
from lodestock.report.folder import write_outcome
from lodestock.scenario.outcome import Outcome

RECORD = {"certificate.json", "resolved-scenario.yaml", "run.json"}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def fail(*_: object) -> Path:
    raise OSError(28, "No space left on device")


def test_without_formats_only_the_record_is_written(ban: Outcome, tmp_path: Path) -> None:
    written = write_outcome(ban, tmp_path / "out", formats=())
    assert names(tmp_path / "out") == RECORD
    assert set(written) == {"certificate", "scenario", "run"}
    assert all(path.is_file() for path in written.values())


def test_a_failing_writer_leaves_nothing(
    ban: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(iamc, "write_iamc", fail)
    with pytest.raises(LodestockError, match="No space left"):
        write_outcome(ban, tmp_path / "out", formats=("iamc",))
    assert names(tmp_path) == set()


def test_a_failing_writer_leaves_the_old_outcome(
    ban: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_outcome(ban, tmp_path / "out", formats=())
    before = (tmp_path / "out" / "run.json").read_bytes()
    monkeypatch.setattr(iamc, "write_iamc", fail)
    with pytest.raises(LodestockError):
        write_outcome(ban, tmp_path / "out", formats=("iamc",))
    assert names(tmp_path) == {"out"}
    assert (tmp_path / "out" / "run.json").read_bytes() == before


def test_an_outcome_is_replaced_as_a_whole(ban: Outcome, tmp_path: Path) -> None:
    write_outcome(ban, tmp_path / "out", formats=("iamc",))
    assert "iamc" in names(tmp_path / "out")
    write_outcome(ban, tmp_path / "out", formats=())
    assert names(tmp_path / "out") == RECORD
    assert names(tmp_path) == {"out"}


def test_other_content_is_never_replaced(ban: Outcome, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(ConflictError, match="not an outcome"):
        write_outcome(ban, tmp_path / "thesis", formats=())
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ConflictError, match="a file stands"):
        write_outcome(ban, tmp_path / "file", formats=())
    assert (tmp_path / "thesis" / "chapter.txt").read_text(encoding="utf-8") == "years of work"


def test_a_missing_renderer_names_the_extra(
    ban: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="altair and vl-convert-python"):
        write_outcome(ban, tmp_path / "out", formats=("html",))
    assert names(tmp_path) == set()


def test_an_unknown_format_names_the_nearest(ban: Outcome, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'html'"):
        write_outcome(ban, tmp_path / "out", formats=("htm",))
    assert names(tmp_path) == set()


def test_a_bad_outline_file_leaves_nothing(ban: Outcome, tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text("{}", encoding="utf-8")
    with pytest.raises(FileFormatError):
        write_outcome(ban, tmp_path / "out", formats=("html",), outlines=tmp_path / "own.json")
    assert names(tmp_path) == {"own.json"}


def test_a_users_outlines_replace_the_shipped_ones(ban: Outcome, tmp_path: Path) -> None:
    own = """{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"iso3": "JPN"},
        "geometry": {"type": "Polygon", "coordinates": [[[130,30],[145,30],[145,45],[130,45],[130,30]]]}}]}"""
    (tmp_path / "own.json").write_text(own, encoding="utf-8")
    write_outcome(ban, tmp_path / "out", formats=("html",), outlines=tmp_path / "own.json")
    drawn = (tmp_path / "out" / "figures" / "map-price-gallium.vl.json").read_text(encoding="utf-8")
    assert drawn.count('"MultiPolygon"') == 1
