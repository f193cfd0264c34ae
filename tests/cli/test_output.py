"""Rows as table, CSV and JSON say the same; streams carry any name."""

import csv
import datetime
import io
import json
from pathlib import Path

import numpy as np
import pytest

from lodestock.cli.output import Format, check_for_place, echo_json, echo_rows, form_of, readable, speak_utf8
from lodestock.errors import ConflictError, LodestockError

ROWS = [
    {
        "slug": "gallium",
        "stages": ("refined",),
        "price_usd_per_t": 520_000.0,
        "observed": False,
        "host": "alumina",
    },
    {
        "slug": "rare-earths",
        "stages": ("mine", "refined"),
        "price_usd_per_t": None,
        "observed": True,
        "host": None,
    },
]


def test_json_is_a_list_of_objects_with_null_for_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    echo_rows(ROWS, Format.json)
    rows = json.loads(capsys.readouterr().out)
    assert rows[0]["stages"] == ["refined"]
    assert rows[1]["price_usd_per_t"] is None
    assert [row["observed"] for row in rows] == [False, True]


def test_csv_reads_back_with_every_digit_and_lists_joined(capsys: pytest.CaptureFixture[str]) -> None:
    echo_rows([{"slug": 'a "b", c', "value": 0.1 + 0.2, "stages": ["mine", "refined"]}], Format.csv)
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row["slug"] == 'a "b", c'
    assert float(row["value"]) == 0.1 + 0.2
    assert row["stages"] == "mine|refined"


def test_table_aligns_numbers_right_and_text_left(capsys: pytest.CaptureFixture[str]) -> None:
    echo_rows([{"name": "a", "t": 0.5}, {"name": "long", "t": 1_234_567.8}], Format.table)
    assert capsys.readouterr().out.splitlines() == [
        "name          t",
        "----  ---------",
        "a           0.5",
        "long  1,234,568",
    ]


def test_a_table_cuts_long_text_and_csv_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    text = "x" * 100
    echo_rows([{"note": text}], Format.table)
    assert capsys.readouterr().out.splitlines()[-1] == "x" * 71 + "\N{HORIZONTAL ELLIPSIS}"
    echo_rows([{"note": text}], Format.csv)
    assert text in capsys.readouterr().out


def test_no_rows_is_said_in_a_table_and_empty_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    echo_rows([], Format.table)
    assert capsys.readouterr().out == "(no rows)\n"
    echo_rows([], Format.json)
    assert json.loads(capsys.readouterr().out) == []


def test_json_takes_numpy_and_dates_and_refuses_nan(capsys: pytest.CaptureFixture[str]) -> None:
    echo_json({"x": np.float64(0.5), "flows": np.eye(2), "day": datetime.date(2024, 7, 3)})
    assert json.loads(capsys.readouterr().out) == {"x": 0.5, "flows": [[1, 0], [0, 1]], "day": "2024-07-03"}
    with pytest.raises(ValueError, match="JSON compliant"):
        echo_json({"x": float("nan")})


def test_a_pipe_that_claims_ascii_still_carries_every_name(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding="ascii"))
    speak_utf8()
    echo_rows([{"name": "Côte d'Ivoire, Türkiye"}], Format.csv)
    assert "Côte d'Ivoire, Türkiye" in raw.getvalue().decode("utf-8")


def test_json_and_csv_at_once_are_a_contradiction() -> None:
    assert form_of(Format.table, json=True) is Format.json
    assert form_of(Format.csv, json=False) is Format.csv
    with pytest.raises(ConflictError, match="CSV and JSON are both asked for"):
        form_of(Format.csv, json=True)


def test_a_place_that_cannot_be_written_is_refused_beforehand(tmp_path: Path) -> None:
    check_for_place(None, tmp_path / "new" / "folder" / "page.html")
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").write_text("x")
    with pytest.raises(LodestockError, match="file is a file"):
        check_for_place(tmp_path / "file" / "page.html")


def test_a_folder_that_is_read_only_is_refused_beforehand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(LodestockError, match="is read-only for you"):
        check_for_place(tmp_path / "page.html")


def test_a_terminal_shows_three_digits_and_no_negative_zero() -> None:
    rows = [{"a": 123456.0, "b": -0.0, "c": "x", "d": 0.123456, "e": 7}]
    assert str(readable(rows, Format.table)) == "[{'a': 123000.0, 'b': 0.0, 'c': 'x', 'd': 0.123, 'e': 7}]"
    assert readable(rows, Format.json) == rows
