"""Users' tables: separators, encodings, columns, rows set aside."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lodestock.errors import FileFormatError, RejectedRowsError, UnknownNameError, ValueOutOfRangeError
from lodestock.table_file import keep_good, make_all, name_rejected, read_rows


def write(folder: Path, data: str | bytes) -> Path:
    path = folder / "table.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_separators_encodings_and_line_ends(tmp_path, sign, encoding, end):
    lines = [
        ["Site", "T", "note"],
        ["D\u00fcsseldorf", " 2.5 ", '"a, b; c"'],
        ["", "", ""],
        ["K\u00f6ln", "3"],
    ]
    text = end.join(sign.join(cells) for cells in lines)
    rows = read_rows(write(tmp_path, text.encode(encoding)), ("site", "t"), ("note",))
    assert [(row.line, row.text("site"), row.number("t")) for row in rows] == [
        (2, "D\u00fcsseldorf", 2.5),
        (4, "K\u00f6ln", 3.0),
    ]
    assert rows[0].text("note") == "a, b; c"
    assert rows[1].text("note") == ""


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        ("site\nx\n", FileFormatError, "no column 't'"),
        ("site,tt\nx,1\n", UnknownNameError, "column 'tt'"),
        ("site,t,T\nx,1,1\n", FileFormatError, "stands twice"),
        ("site,t\n", FileFormatError, "no rows"),
        ("", FileFormatError, "no column 'site'"),
        ('site,t\n"x,1\n', FileFormatError, "no CSV"),
        (b"site,t\n\xfc,1\n", FileFormatError, "not UTF-8"),
        (b"site,t\nx\0,1\n", FileFormatError, "not text"),
        (b"site,t\n" + b"x,1\n" * 30, FileFormatError, "larger than"),
    ],
)
def test_files_that_cannot_be_used(tmp_path, data, error, words):
    with pytest.raises(error, match=words):
        read_rows(write(tmp_path, data), ("site", "t"), largest=100)


def test_a_missing_file_and_a_folder(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(FileFormatError, match="cannot be read"):
            read_rows(path, ("site",))


def test_good_rows_are_kept_and_the_others_named(tmp_path):
    path = write(tmp_path, "site,t\na,1\nb,x\nc,2,3\n,4\nd,inf\ne,5\n")
    rows = read_rows(path, ("site", "t"))
    good, bad = keep_good(rows, lambda row: (row.needed("site"), row.number("t")))
    assert good == (("a", 1.0), ("e", 5.0))
    assert [one.line for one in bad] == [3, 4, 5, 6]
    with pytest.raises(RejectedRowsError, match="4 of 6 rows left out") as caught:
        name_rejected(path, bad, len(rows))
    for words in ("line 3: 'x' in column t", "line 4: 1 more cells", "line 5: no site", "line 6: 'inf'"):
        assert words in str(caught.value)
    name_rejected(path, (), 2)


def test_a_long_list_of_rows_is_cut(tmp_path):
    rows = read_rows(write(tmp_path, "t\n" + "x\n" * 30), ("t",))
    _, bad = keep_good(rows, lambda row: row.number("t"))
    with pytest.raises(RejectedRowsError, match="and 10 more") as caught:
        name_rejected(tmp_path, bad, len(rows))
    assert len(caught.value.rejected) == 30


def test_the_first_wrong_row_raises_where_all_are_needed(tmp_path):
    rows = read_rows(write(tmp_path, "t\n1\n-1\n"), ("t",))
    with pytest.raises(ValueOutOfRangeError, match="line 3: '-1' in column t"):
        make_all(rows, lambda row: row.number("t"))


def test_other_columns_may_be_passed_over(tmp_path):
    (row,) = read_rows(write(tmp_path, "t,colour\n1,red\n"), ("t",), others=True)
    assert dict(row.cells) == {"t": "1"}


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(tmp_path_factory, data):
    path = write(tmp_path_factory.getbasetemp(), b"site,t\n" + data)
    try:
        rows = read_rows(path, ("site", "t"))
    except FileFormatError:
        return
    assert all(set(row.cells) <= {"site", "t"} for row in rows)
