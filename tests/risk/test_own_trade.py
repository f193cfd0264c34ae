import pytest

from lodestock.errors import FileFormatError, UnknownNameError, ValueOutOfRangeError
from lodestock.risk.own_trade import company_scores, read_own_trade


def write(folder, text):
    path = folder / "trade.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_company_is_a_perspective_of_its_own(tmp_path):
    path = write(
        tmp_path,
        "material,origin,t,usd\nGallium,China,2,1000000\ngallium,DEU,2,1200000\n",
    )
    trade, bad = read_own_trade(path, 2024)
    assert not bad
    assert trade["stage"].to_list() == ["refined", "refined"]
    row = company_scores(trade, ("DEU",)).row(0, named=True)
    assert (row["imports_t"], row["home_t"]) == (2.0, 2.0)
    assert row["usd_per_kg"] == pytest.approx(500.0)
    from_abroad = company_scores(trade, ("JPN",)).row(0, named=True)
    assert from_abroad["imports_t"] == 4.0
    assert from_abroad["score"] > row["score"]


def test_every_unit_converts_or_raises(tmp_path):
    path = write(
        tmp_path, "material,origin,t,unit\ngallium,CHN,2000,kg\ngallium,CHN,0.002,kt\ngallium,CHN,2,\n"
    )
    assert read_own_trade(path, 2024)[0]["t"].to_list() == pytest.approx([2.0, 2.0, 2.0])
    for unit in ("Mio m3", "mt", "tons"):
        _, (bad,) = read_own_trade(write(tmp_path, f"material,origin,t,unit\nhelium,QAT,2,{unit}\n"), 2024)
        assert (bad.line, "unknown unit" in bad.reason) == (2, True)


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("material,origin\ngallium,CHN\n", FileFormatError, "no column 't'"),
        ("material,origin,t,colour\ngallium,CHN,1,red\n", UnknownNameError, "colour"),
        ("material,origin,t\n", FileFormatError, "no rows"),
    ],
)
def test_bad_files_name_the_place(tmp_path, text, error, words):
    with pytest.raises(error) as caught:
        read_own_trade(write(tmp_path, text), 2024)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("galium,,CHN,1,", "did you mean 'gallium'"),
        ("gallium,,XYZ,1,", "unknown country"),
        ('gallium,,CHN,"1,000",', "column t"),
        ("gallium,,CHN,-1,", "column t"),
        ("gallium,,CHN,,", "column t"),
        ("gallium,,CHN,1,24", "year"),
        ("gallium,mine,CHN,1,", "stage of gallium"),
    ],
)
def test_good_rows_outlive_bad_ones(tmp_path, row, words):
    text = f"material,stage,origin,t,year\n{row}\ngermanium,,CHN,3,\n"
    trade, (bad,) = read_own_trade(write(tmp_path, text), 2024)
    assert trade["material"].to_list() == ["germanium"]
    assert bad.line == 2
    assert words in bad.reason


def test_a_year_without_production_is_named(tmp_path):
    trade, _ = read_own_trade(write(tmp_path, "material,origin,t,year\ngallium,CHN,1,1990\n"), 2024)
    with pytest.raises(ValueOutOfRangeError, match="no world production of gallium"):
        company_scores(trade, ("DEU",))
