"""Episodes written by others: read as they come, or refused by name; one that fails stops no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from tests.disruption.bases import base, values
from typer.testing import CliRunner

from lodestock.cli.app import app
from lodestock.disruption.backtest import backtest
from lodestock.disruption.base import pool
from lodestock.disruption.baselines import forecast
from lodestock.disruption.dates import Span
from lodestock.disruption.episode import Episode, read_episode
from lodestock.disruption.events import Event
from lodestock.disruption.past import bases_of, with_exports
from lodestock.disruption.reach import in_reach, with_corridors
from lodestock.disruption.replay import Item
from lodestock.disruption.schedule import regimes
from lodestock.errors import LodestockError

DAY = date(2024, 1, 1)
POINTS = """date,series,market,low,high,unit,kind,source
2023-12,Metal,abroad,100,110,USD/kg,price,made up
2024-05,Metal,abroad,150,160,USD/kg,price,made up
"""
GOOD = {
    "materials": "gallium",
    "home": "China",
    "as_of": "2024-01-01",
    "events": "[{type: ban, announced: 2024-01-01, effective: 2024-01-01}]",
    "points": "points.csv",
}


def write(folder: Path, name: str = "mine", rows: str = POINTS, **changes: str) -> Path:
    text = "".join(f"{key}: {value}\n" for key, value in {**GOOD, **changes}.items() if value != "absent")
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    (folder / "points.csv").write_text(rows, encoding="utf-8")
    return folder


def read(folder: Path, **changes: str) -> Episode:
    return read_episode("mine", write(folder, **changes))


def test_dates_names_sets_and_types_in_other_spellings(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        materials="Natural graphite",
        home="[DRC, Burma]",
        as_of="'2024-01-01'",
        events="{type: export_ban, announced: '2024-01-01', effective: 2024-02-01 00:00:00, "
        "destinations: EU27}",
    )
    assert found.products[0].material == "graphite"
    assert found.home == ("COD", "MMR")
    assert found.as_of == DAY
    (event,) = found.events
    assert (event.type, event.effective) == ("ban", date(2024, 2, 1))
    assert {"DEU", "FRA"} < set(event.destinations)


def test_the_points_file_has_the_name_of_the_episode_unless_named(tmp_path: Path) -> None:
    write(tmp_path, points="absent")
    (tmp_path / "points.csv").rename(tmp_path / "mine.csv")
    assert len(read_episode("mine", tmp_path).points) == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"materials": "gallum"}, "did you mean 'gallium'"),
        ({"materials": "[{series: M}]"}, "material is missing"),
        ({"materials": "{material: gallium, base: {exports: many, source: x}}"}, "'many' is not a number"),
        ({"materials": "{material: gallium, base: {exports: -1, source: x}}"}, "base exports"),
        ({"materials": "{material: gallium, base: 5}"}, "not a mapping"),
        ({"materials": "{material: gallium, facts: {}}"}, "unknown key 'facts'"),
        ({"home": "Chian"}, "did you mean 'China'"),
        ({"home": "absent"}, "home is missing"),
        ({"as_of": "last year"}, "as_of: 'last year' is not a date"),
        ({"events": "[]"}, "events is missing"),
        ({"events": "nothing"}, "not a mapping"),
        (
            {"events": "[{type: ban, announced: 2024-01-01, effective: 2024-01-01, share: 40 %}]"},
            "not a number",
        ),
        ({"events": "[{type: ban, announced: 2024-01-01, effective: 2024-13-01}]"}, "month must be"),
        ({"events": "[{type: closure, announced: 2024-01-01, effective: 2024-01-01}]"}, "needs a share"),
        (
            {"events": "[{type: closure, announced: 2024-01-01, effective: 2024-01-01, corridor: suz}]"},
            "did you mean 'suez'",
        ),
        (
            {"events": "[{type: ban, announced: 2024-01-01, effective: 2024-01-01, corridor: suez}]"},
            "a ban has no corridor",
        ),
        ({"world": "2022"}, "not a mapping"),
        ({"world": "{base_year: soon}"}, "not a number"),
        ({"series": "{Metal: {market: aboard}}"}, "did you mean 'abroad'"),
        ({"series": "{Metal: {base: 0}}"}, "base"),
        ({"series": "{Metal: 100}"}, "not a mapping"),
        ({"control": "silent"}, "unknown control"),
        ({"step_weeks": "0.001"}, "step_weeks"),
        ({"stage": "smelted"}, "smelted"),
        ({"points": "other.csv"}, "other.csv"),
    ],
)
def test_every_slip_is_named_with_its_file(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    write(tmp_path, **changes)
    with pytest.raises(LodestockError, match=message):
        backtest("mine", folder=tmp_path, draws=20)


def test_a_file_that_is_no_yaml(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_bytes(b"\xff\xfe\x00bad: [")
    with pytest.raises(LodestockError, match="not YAML"):
        read_episode("mine", tmp_path)


def test_one_bad_episode_stops_no_other(tmp_path: Path) -> None:
    write(write(tmp_path, "bad", home="Chian"), "good")
    found = backtest(folder=tmp_path, draws=20)
    assert [one.replayed.episode.name for one in found.judged] == ["good"]
    assert found.as_dict()["failed"][0]["episode"] == "bad"
    done = CliRunner().invoke(app, ["backtest", "--episode-dir", str(tmp_path), "--draws", "20", "--json"])
    assert done.exit_code == 2
    assert '"headline"' in done.stdout
    assert "bad was left out" in done.stderr


def test_years_that_the_snapshot_does_not_reach_are_named(tmp_path: Path) -> None:
    for as_of, year in (("1978-05-13", 2021), ("2031-01-01", 2025)):
        found = read(tmp_path, as_of=as_of)
        assert found.base_year == year
        assert "stands in" in found.vintage


def test_exports_of_the_year_before_stand_in_for_those_of_a_later_world(tmp_path: Path) -> None:
    # Indonesia shipped 319 kt of nickel in ore in 2013 by the trade statistics, and next to none in 2021
    found = read(
        tmp_path,
        materials="nickel",
        stage="mine",
        home="IDN",
        as_of="2014-01-12",
        events="[{type: export_stop, announced: 2014-01-12, effective: 2014-01-12}]",
    )
    (made,) = bases_of(found)
    assert 250e3 < made.exports.sum() < 400e3
    assert made.supply.sum() + made.exports.sum() == pytest.approx(made.use.sum() + made.imports)
    stated = replace(found, products=(replace(found.products[0], facts={"exports": 5000.0}),))
    assert bases_of(stated)[0].exports.sum() == pytest.approx(5000.0)


def test_a_year_without_production_gives_way_to_the_nearest(tmp_path: Path) -> None:
    # the snapshot has production of graphite anodes for 2024 only
    found = in_reach(read(tmp_path, materials="graphite-anode", as_of="2023-10-20"))
    assert found.base_year == 2024
    assert "2024 stands in for 2022" in found.vintage


def test_exports_go_to_where_they_went() -> None:
    made = with_exports(base(), {"USA": 30.0, "DEU": 10.0})
    assert made.exports == pytest.approx([10.0, 30.0])
    assert made.supply.sum() + 40.0 == pytest.approx(made.use.sum())
    assert made.home_use == pytest.approx(60.0)
    assert with_exports(base(), {}).exports == pytest.approx(base().exports)


def test_home_makes_what_it_exported() -> None:
    made = with_exports(base(), {"USA": 150.0})
    assert made.home_supply == pytest.approx(150.0)
    assert made.home_use == pytest.approx(0.0)


def test_pools_follow_the_groups_that_events_name() -> None:
    wide = base(
        countries=("DEU", "FRA", "JPN", "USA"),
        exports=np.array([1.0, 2.0, 3.0, 4.0]),
        supply=np.ones(4),
        use=np.full(4, 5.0),
        stock=np.ones(4),
        lag_weeks=np.full(4, 4.0),
    )
    found = pool(wide, [frozenset({"DEU"}), frozenset({"DEU", "FRA"}), frozenset({"FRA", "JPN"})])
    assert found.countries == ("DEU", "FRA", "JPN", "OTH")
    assert found.exports == pytest.approx([1.0, 2.0, 3.0, 4.0])
    assert pool(wide, [frozenset({"JPN", "USA"})]).exports == pytest.approx([7.0, 3.0])


def fear(event: Event) -> float:
    given = values(look_ahead=0.5)
    views = regimes([event], base(), given, start=DAY, steps=20, ahead=30, dt=7 / 365.25, shared=60.0)
    view = views[1]
    return float(view.fear[0, 0])


def test_a_measure_known_to_be_short_frightens_less() -> None:
    # three weeks of half a year ahead: 21 / (0.5 * 365.25) of the fear of an outage without an end
    long = Event("outage", DAY, DAY, share=0.5)
    short = replace(long, ends=date(2024, 1, 22), ends_announced=DAY)
    assert fear(short) / fear(long) == pytest.approx(21 / (0.5 * 365.25))
    assert fear(replace(long, ends=date(2026, 1, 1))) == pytest.approx(fear(long))
    assert fear(replace(short, ends_announced=date(2024, 6, 1))) == pytest.approx(fear(long))


def test_a_closed_corridor_delays_and_no_more(tmp_path: Path) -> None:
    points = POINTS.replace("150,160", "100,115")
    write(
        tmp_path,
        rows=points,
        materials="aluminium",
        home="[CHN, IND, ARE, BHR, MYS]",
        events="[{type: closure, corridor: bab-el-mandeb, announced: 2024-01-01, effective: 2024-01-01}]",
        control="quiet",
    )
    told = with_corridors(read_episode("mine", tmp_path)).events
    assert told
    assert all(event.ends and (event.ends - DAY).days < 60 for event in told)
    assert "DEU" in {country for event in told for country in event.destinations}
    found = backtest(folder=tmp_path, draws=20).judged[0]
    assert found.control is not None
    assert found.control["ok"]


def item(day: date, market: str = "abroad") -> Item:
    span = Span(day, day)
    return Item("e", "s", market, "price", span, None, (0.0,) * 3, "normal", np.zeros(1), 0, "")


def test_baselines_by_hand(tmp_path: Path) -> None:
    # 60 of 100 t abroad come from home, elasticity of use .15: a ban leaves .4, -ln(.4) / .15 > 3, cut at 3;
    # a quota of 90 t over base exports of 120 t of all products blocks a quarter: -ln(1 - .25 * .6) / .15
    episode = read(tmp_path)
    after, name = date(2024, 6, 1), "constant elasticity"
    assert forecast(name, episode, base(), item(after), 60.0) == pytest.approx(3.0)
    quota = replace(episode, events=(Event("quota", DAY, DAY, tonnes=90.0),))
    assert forecast(name, quota, base(), item(after), 120.0) == pytest.approx(-np.log(0.85) / 0.15)
    ended = replace(episode, events=(Event("ban", DAY, DAY, ends=date(2024, 5, 1)),))
    assert forecast(name, ended, base(), item(after), 60.0) == 0.0
    assert forecast("no change", episode, base(), item(after), 60.0) == 0.0


def test_series_of_several_materials_are_told_by_name_or_symbol(tmp_path: Path) -> None:
    rows = POINTS.replace("Metal", "Ga abroad") + POINTS.split("\n", 1)[1].replace("Metal", "germanium metal")
    rows += POINTS.split("\n", 1)[1].replace("Metal", "Gallic wine")
    write(tmp_path, rows=rows, materials="[gallium, germanium]")
    found = backtest(folder=tmp_path, draws=20).judged[0].replayed
    assert {item.series: item.product for item in found.items} == {"Ga abroad": 0, "germanium metal": 1}
    assert any("Gallic wine" in reason for reason in found.unscored)


def test_points_far_beyond_the_run_are_not_scored(tmp_path: Path) -> None:
    write(tmp_path, rows=POINTS + "2044-05,Metal,abroad,150,160,USD/kg,price,made up\n", step_weeks="4")
    found = backtest(folder=tmp_path, draws=20).judged[0].replayed
    assert [item.span.first.year for item in found.items] == [2024]
    assert any("not scored" in reason for reason in found.unscored)


def test_a_control_of_two_materials_looks_at_both(tmp_path: Path) -> None:
    # a ban on gallium is a spike, one on helium from China is not: the control fails whichever comes first
    rows = POINTS.replace("Metal", "Ga") + POINTS.split("\n", 1)[1].replace("Metal", "He")
    for order in ("[gallium, helium]", "[helium, gallium]"):
        write(tmp_path, rows=rows, materials=order, control="quiet")
        control = backtest(folder=tmp_path, draws=20).judged[0].control
        assert control is not None
        assert not control["ok"]


def test_without_a_stage_the_one_where_home_counts_is_taken(tmp_path: Path) -> None:
    # the DRC mines three quarters of all cobalt and refines next to none
    write(tmp_path, materials="cobalt", home="COD", series="{Metal: {base: 100}}")
    found = backtest(folder=tmp_path, draws=20).judged[0]
    assert found.replayed.bases[0].stage == "mine"
    assert {item.market for item in found.replayed.items} == {"product"}
    assert "stage mine" in found.as_dict()["vintage"]
    assert in_reach(read(tmp_path, materials="antimony")).stage is None
    assert in_reach(read(tmp_path, materials="cobalt", home="COD", stage="refined")).stage == "refined"


def test_a_home_that_makes_nothing_is_named(tmp_path: Path) -> None:
    write(tmp_path, home="Malta")
    (reason,) = backtest(folder=tmp_path, draws=20).judged[0].replayed.unscored
    assert "gallium: home hardly makes or ships any" in reason


def test_imports_from_home_are_arrivals(tmp_path: Path) -> None:
    flow = "2023-11,{},abroad,10,10,t,quantity,made up\n2024-09,{},abroad,1,1,t,quantity,made up\n"
    names = ("Ga imports from China", "Ga imports from Japan", "Ga imports total")
    write(tmp_path, rows=POINTS + "".join(flow.format(name, name) for name in names))
    found = backtest(folder=tmp_path, draws=20).judged[0].replayed
    flows = {item.series: item.market for item in found.items if item.kind == "flow"}
    assert flows == {"Ga imports from China": "arrivals"}


def test_a_mean_over_a_year_that_the_run_begins_in_counts_the_base_before(tmp_path: Path) -> None:
    # no exports from 1 July on; the run begins in June: the year has half the flow of its base
    flow = "2023,Ga exports,home,12,12,t,quantity,made up\n2024,Ga exports,home,6,6,t,quantity,made up\n"
    event = "[{type: export_stop, announced: 2024-07-01, effective: 2024-07-01}]"
    write(tmp_path, rows=POINTS + flow, as_of="2024-07-01", events=event)
    found = backtest(folder=tmp_path, draws=20).judged[0]
    (called,) = [one.called for one in found.calls if one.item.kind == "flow"]
    assert called == pytest.approx(0.5, abs=0.02)


def test_single_quotes_of_one_name_are_one_series(tmp_path: Path) -> None:
    head = "date,series,place,low,high,unit,kind,source\n"
    rows = "2023-12,APT,Europe,300,300,{a},price,s\n2024-06,APT,Rotterdam,400,400,{b},price,s\n"
    write(tmp_path, rows=head + rows.format(a="USD/mtu", b="USD/mtu"))
    (item,) = backtest(folder=tmp_path, draws=20).judged[0].replayed.items
    assert item.observed[1] == pytest.approx(np.log(4 / 3))
    write(tmp_path, rows=head + rows.format(a="USD/mtu", b="CNY/t"))
    assert backtest(folder=tmp_path, draws=20).judged[0].replayed.items == ()
