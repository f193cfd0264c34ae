"""Bad input is refused with the place and what to do; good input is read as it stands."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from tests.disruption.bases import base, values

from lodestock.disruption.bill import COLUMNS, exposures, read_bill
from lodestock.disruption.dates import read_span
from lodestock.disruption.episode import episode_names, read_episode
from lodestock.disruption.events import Event, check_events, read_event
from lodestock.disruption.parameters import read_parameters
from lodestock.disruption.path import run
from lodestock.disruption.points import market_of, read_points
from lodestock.errors import (
    ConflictError,
    FileFormatError,
    LodestockError,
    UnitError,
    UnknownNameError,
    ValueOutOfRangeError,
)

DAY = date(2024, 1, 1)
ROW = "chip,1000,50,gallium,2,g,One,CHN,0.6,6,kg,X"
POINTS = "date,series,place,low,high,unit,kind,source\n"
BILL = ",".join(COLUMNS) + "\n"


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024-03", date(2024, 3, 1), date(2024, 3, 31)),
        ("2025-Q4", date(2025, 10, 1), date(2025, 12, 31)),
        ("2010-H2", date(2010, 7, 1), date(2010, 12, 31)),
        ("2009", date(2009, 1, 1), date(2009, 12, 31)),
        ("2024-01/02", date(2024, 1, 1), date(2024, 2, 29)),
        ("2024-12/2025-04", date(2024, 12, 1), date(2025, 4, 30)),
        ("2023-07-05", date(2023, 7, 5), date(2023, 7, 5)),
    ],
)
def test_dates_as_published(text: str, first: date, last: date) -> None:
    span = read_span(text)
    assert (span.first, span.last) == (first, last)


@pytest.mark.parametrize("text", ["", "24-03", "2024-13", "2024-02-30", "2024-05/03", "March 2024"])
def test_other_dates_are_refused(text: str) -> None:
    with pytest.raises(FileFormatError, match="cannot be read"):
        read_span(text)


def test_effect_before_announcement_is_refused() -> None:
    row = {"type": "licence", "announced": date(2024, 2, 1), "effective": date(2024, 1, 1)}
    with pytest.raises(LodestockError, match="effect on 2024-01-01 is before the announcement"):
        read_event(row, "events[0]")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"type": "licnce"}, "did you mean 'licence'"),
        ({"type": ["licence"]}, "unknown event type"),
        ({"type": "ban", "announced": DAY, "effective": DAY, "shore": 1}, "unknown key 'shore'"),
        ({"type": "ban", "announced": DAY}, "effective is missing"),
        ({"type": "outage", "announced": DAY, "effective": DAY}, "needs a share"),
        ({"type": "outage", "announced": DAY, "effective": DAY, "share": 1.2}, "share 1.2"),
        ({"type": "quota", "announced": DAY, "effective": DAY}, "quota of None t"),
        ({"type": "ban", "announced": DAY, "effective": DAY, "ends": DAY}, "is not after the effect"),
        ({"type": "ban", "announced": "soon", "effective": DAY}, "not a date"),
    ],
)
def test_bad_events_are_refused(row: dict[str, object], message: str) -> None:
    with pytest.raises(LodestockError, match=message):
        read_event(row, "events[0]")


def test_overlapping_events_of_one_kind_are_refused() -> None:
    first = Event("ban", DAY, DAY, destinations=("USA", "DEU"))
    with pytest.raises(ConflictError, match="two events of type ban"):
        check_events([first, Event("ban", DAY, date(2024, 5, 1), destinations=("USA",))])
    other = Event("ban", DAY, date(2024, 5, 1), destinations=("JPN",))
    assert len(check_events([first, other])) == 2


def test_a_negative_stock_is_refused() -> None:
    with pytest.raises(ValueOutOfRangeError, match="home_stock is -1"):
        run([base(home_stock=-1.0)], [], values(), start=DAY, weeks=2)


def write(folder: Path, text: str, name: str = "points.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_points_know_their_market(tmp_path: Path) -> None:
    text = POINTS + (
        "2024-01,Metal,Rotterdam,1,2,USD/t,price,a\n"
        "2024-02,Metal,China domestic,1,1,CNY/t,price,b (above)\n"
        "2024-03,Metal,FOB China,1,1,USD/t,price,c\n"
    )
    found = read_points(write(tmp_path, text), "x", ("CHN", "China"))
    assert [point.market for point in found] == ["abroad", "home", "abroad"]
    assert [point.weight for point in found] == ["normal", "lower-bound", "normal"]


@pytest.mark.parametrize(
    ("place", "home", "market"),
    [
        ("COMEX", "MEX", "abroad"),
        ("LME copper", "PER", "abroad"),
        ("Vienna, Austria", "AUS", "abroad"),
        ("Nigeria", "Niger", "abroad"),
        ("Papua New Guinea", "Guinea", "abroad"),
        ("port of Conakry, Guinea", "Guinea", "home"),
        ("ex works china", "China", "home"),
        ("Domestic", "China", "home"),
        ("Shanghai", "CHN", "home"),
        ("Rotterdam du", "CHN", "abroad"),
        ("as quoted in Europe", "IN", "abroad"),
        ("IN domestic", "IN", "home"),
        ("FOB China", "China", "abroad"),
        ("", "China", "abroad"),
    ],
)
def test_a_place_is_home_by_whole_words(place: str, home: str, market: str) -> None:
    assert market_of(place, (home,)) == market


@pytest.mark.parametrize(
    ("row", "error", "message"),
    [
        ("2024-01,M,EU,x,2,USD/t,price,a", ValueOutOfRangeError, "line 2"),
        ("2024-01,M,EU,3,2,USD/t,price,a", ValueOutOfRangeError, "at least 3"),
        ("2024-01,M,EU,0,2,USD/t,price,a", ValueOutOfRangeError, "price of 0"),
        ("2024-01,M,EU,nan,2,USD/t,price,a", ValueOutOfRangeError, "'nan' in column low"),
        ("2024-01,M,EU,1,2,USD/t,prize,a", UnknownNameError, "did you mean 'price'"),
        (
            "2024-01,M,EU,1,2,USD/t,price,a\n2024-02,M,EU,1,2,USD/kg,price,a",
            UnitError,
            "mixes USD/t and USD/kg",
        ),
    ],
)
def test_bad_points_are_refused(tmp_path: Path, row: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        read_points(write(tmp_path, POINTS + row + "\n"), "x", ("CHN",))


def test_shipped_episodes_are_read_and_cited() -> None:
    for name in episode_names():
        episode = read_episode(name)
        assert episode.name == name
        assert all(event.source for event in episode.events)
        assert all(point.source for point in episode.points)
        assert min(event.known for event in episode.events) <= episode.as_of


def test_the_vintage_that_stands_in_is_named() -> None:
    for name in episode_names():
        episode = read_episode(name)
        assert (episode.base_year >= episode.as_of.year) == bool(episode.vintage)


def test_unknown_episode_keys_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "materials: gallium\nhome: CHN\nas_off: 2024-01-01\n", "mine.yaml")
    with pytest.raises(UnknownNameError, match="did you mean 'as_of'"):
        read_episode("mine", tmp_path)


def test_countries_may_be_named(tmp_path: Path) -> None:
    write(tmp_path, POINTS + "2024-01,M,Rotterdam,1,1,USD/t,price,a\n")
    text = (
        "materials: gallium\nhome: {home}\nas_of: 2024-01-01\npoints: points.csv\nevents:\n"
        "  - {{type: ban, announced: 2024-01-01, effective: 2024-01-01, destinations: [Japan, USA]}}\n"
    )
    write(tmp_path, text.format(home="China"), "mine.yaml")
    episode = read_episode("mine", tmp_path)
    assert episode.home == ("CHN",)
    assert episode.events[0].destinations == ("JPN", "USA")
    write(tmp_path, text.format(home="Chian"), "other.yaml")
    with pytest.raises(UnknownNameError, match="did you mean 'China'"):
        read_episode("other", tmp_path)


def test_parameters_have_ranges_and_reasons() -> None:
    for row in read_parameters().values():
        assert row.prior[0] <= row.prior[1] <= row.prior[2]
        assert row.status in ("fitted", "assumed")
        assert len(row.reason) > 10


def bill(folder: Path, *rows: str) -> Path:
    return write(folder, BILL + "".join(row + "\n" for row in rows), "bill.csv")


def test_exposure_of_a_bill_by_hand(tmp_path: Path) -> None:
    # 1000 units a week of 2 g each: 2 kg a week, 60 % from China, 6 kg in stock: 6 / 1.2 = 5 weeks;
    # ten weeks out cost (10 * 1.2 - 6) kg / 2 g = 3000 units of 50 USD
    path = bill(
        tmp_path,
        "chip,1000,50,gallium,2,g,One,CHN,0.6,6,kg,Dresden",
        "chip,1000,50,gallium,2,g,Two,DEU,0.4,6,kg,Dresden",
    )
    (found,) = exposures(read_bill(path).lines, "CHN", 10.0)
    assert found.survival.weeks == pytest.approx(5.0)
    assert found.recovery.exposure == pytest.approx(150_000.0)
    assert found.exposed(10.0)
    assert not found.exposed(4.0)
    assert exposures(read_bill(path).lines, "JPN", 10.0) == ()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("chip,1000,50,galium,2,g,One,CHN,0.6,6,kg,X", "did you mean 'gallium'"),
        ("chip,1000,50,gallium,2,g,One,Atlantis,0.6,6,kg,X", "unknown country"),
        ("chip,1000,50,gallium,2,oz,One,CHN,0.6,6,kg,X", "content_unit is 'oz'"),
        ("chip,1000,50,gallium,2,g,One,CHN,0.6,-6,kg,X", "'-6' in column stock"),
        ("chip,1000,50,gallium,2,g,One,CHN,1.6,6,kg,X", "from 0 to 1"),
        ("chip,1000,fifty,gallium,2,g,One,CHN,0.6,6,kg,X", "'fifty' in column margin"),
        ("chip,1000,50,gallium,2,g,One,CHN", "column share"),
        ("chip,1000,50,gallium,2,g,One,CHN,0.6,6,kg,X,Y", "more cells than columns"),
        (f"{ROW}\n{ROW.replace('6,kg', '6,g').replace('0.6', '0.4')}", "mixed"),
        (f"{ROW}\n{ROW}", "add to 1.2"),
        (f"{ROW}\n{ROW.replace('0.6', '0.4').replace('1000', '900')}", "output_per_week or margin differ"),
    ],
)
def test_a_bad_row_costs_its_product_and_no_other(tmp_path: Path, row: str, message: str) -> None:
    found = read_bill(bill(tmp_path, "lamp,10,5,gallium,1,g,One,CHN,1,6,g,X", *row.split("\n")))
    assert [line.product for line in found.lines] == ["lamp"]
    assert len(found.rejected) == 1 + row.count("\n")
    assert any(message in one.reason for one in found.rejected)


def test_a_bill_from_a_spreadsheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bill.csv"
    text = (
        BILL.replace(",", ";").title()
        + "chip;1000;50;Gallium;2;g;One;China;1;6;kg;Dresden\r\n;;;;;;;;;;;\r\n"
    )
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    (line,) = read_bill(path).lines
    assert (line.material, line.country, line.content) == ("gallium", "CHN", pytest.approx(2e-6))
