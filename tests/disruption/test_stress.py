"""The set of shocks of a material, and the commands that print it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from lodestock.cli.app import app
from lodestock.disruption.base import base_of
from lodestock.disruption.events import Event
from lodestock.disruption.output_loss import lost_output, value_per_tonne
from lodestock.disruption.parameters import central, read_parameters
from lodestock.disruption.path import run
from lodestock.disruption.posterior import draw
from lodestock.disruption.shocks import shocks_of
from lodestock.disruption.stress import one_shock, stress
from lodestock.errors import LodestockError, UnknownNameError
from lodestock.world.cache import load_world


def test_the_largest_producer_leads_and_pairs_multiply() -> None:
    world = load_world("germanium")
    shocks = {shock.name: shock for shock in shocks_of(world, "refined", 2)}
    assert "CHN out" in shocks
    assert "CHN stops exports" in shocks
    pairs = [shock for shock in shocks.values() if shock.kind == "combination" and len(shock.countries) == 2]
    for pair in pairs:
        single = [shocks.get(f"{country} out") for country in pair.countries]
        if all(single):
            assert pair.probability == pytest.approx(np.prod([one.probability for one in single if one]))
    assert pairs
    assert all(0.01 <= shock.probability <= 0.10 for shock in shocks.values() if shock.kind != "combination")


def test_corridors_are_shocks_by_name() -> None:
    shocks = {shock.name: shock for shock in shocks_of(load_world("gallium"), "refined", 2)}
    suez = shocks["Suez Canal closed"]
    assert suez.kind == "corridor"
    assert {part.type for part in suez.parts} == {"closure"}
    both = next(shock for shock in shocks.values() if shock.name.startswith("CHN out and "))
    assert {part.type for part in both.parts} == {"outage", "closure"}
    assert both.probability < suez.probability


def test_shocks_are_ranked_by_expected_loss() -> None:
    found = stress("germanium", None, 2024, 1, 26, 3)
    expected = [one.expected for one in found]
    assert expected == sorted(expected, reverse=True)
    assert all(one.loss[0] <= one.loss[1] <= one.loss[2] for one in found)
    stop = next(one for one in found if one.shock.kind == "export stop")
    held = next(one for one in found if one.shock.name == "Suez Canal closed")
    assert stop.loss[1] > held.loss[1] > 0


def test_the_command_prints_the_ranking() -> None:
    result = CliRunner().invoke(
        app, ["stress", "--material", "germanium", "--top", "1", "--draws", "1", "--json"]
    )
    assert result.exit_code == 0, result.output
    rows = json.loads(result.output)
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))


def test_unknown_materials_are_named() -> None:
    with pytest.raises(UnknownNameError, match="germanium"):
        stress("germanum", None, 2024, 1, 26, 1)


BILL = (
    "product,output_per_week,margin,material,content,content_unit,supplier,country,share,stock,stock_unit,site\n"
    "chip,1000,50,gallium,2,g,One,CHN,0.6,6,kg,Dresden\n"
    "chip,1000,50,gallium,2,g,Two,DEU,0.4,6,kg,Dresden\n"
)


def test_the_command_reads_a_bill(tmp_path: Path) -> None:
    (tmp_path / "bill.csv").write_text(BILL, encoding="utf-8")
    call = ["stress", "--bill", str(tmp_path / "bill.csv"), "--weeks", "10", "--json"]
    rows = json.loads(CliRunner().invoke(app, call).output)
    # by hand in test_input: 5 weeks and 150,000 USD without China; without Germany 6 / 0.8 = 7.5 weeks
    assert [(row["country"], row["weeks_to_survive"]) for row in rows] == [
        ("CHN", pytest.approx(5.0)),
        ("DEU", pytest.approx(7.5)),
    ]
    assert rows[0]["margin_lost_usd"] == pytest.approx(150_000.0)
    with pytest.raises(LodestockError, match="one of --material and --bill"):
        CliRunner().invoke(app, ["stress"], catch_exceptions=False)


def test_lost_output_is_use_lost_times_what_rests_on_it() -> None:
    world = load_world("germanium")
    base = base_of(world, ["CHN"])
    day = date(2025, 1, 1)
    stop = [Event("export_stop", day, day)]
    path = run([base], stop, central(read_parameters()), start=day, weeks=26)[0]
    rows = lost_output(path, world)
    worth, sectors = value_per_tonne(world)
    missing = np.maximum(base.use - path.use[0], 0.0)
    adapted = path.adapted[0][:, None]
    assert 0.1 < adapted[-1, 0] < 0.6
    covered = adapted * sum(end.share * end.backstop_share for end in world.use.end_uses)
    hard = np.maximum(missing - covered * base.use, 0.0) / (1.0 - covered)
    assert 0 < hard.sum() < missing.sum()
    ends = [end for end in world.use.end_uses if end.name in worth]
    assert ends
    expected = []
    for tonnes in (hard, 0.5 * (missing + hard), missing):
        kept = [end.share * (tonnes * (1 - adapted * end.backstop_share)).sum() * path.dt for end in ends]
        expected.append(dict(zip([end.name for end in ends], kept, strict=True)))
    low, central_t, high = expected
    for name, cut in central_t.items():
        found = [row for row in rows if row.end_use == name]
        assert sum(row.lost_use_t for row in found) == pytest.approx(cut, rel=1e-6)
        assert sum(row.low_usd for row in found) == pytest.approx(0.001 * worth[name] * low[name])
        assert sum(row.central_usd for row in found) == pytest.approx(0.01 * worth[name] * cut, rel=1e-6)
        assert sum(row.high_usd for row in found) == pytest.approx(0.05 * worth[name] * high[name])
        assert {row.sector for row in found} == {sectors[name]}
    assert all(row.low_usd < row.central_usd < row.high_usd for row in rows)
    calm = run([base], [], central(read_parameters()), start=day, weeks=5)[0]
    assert sum(row.high_usd for row in lost_output(calm, world)) == 0


def test_ore_that_refiners_lack_is_lost_to_all_users() -> None:
    world = load_world("cobalt")
    base = base_of(world, ["COD"], "mine")
    day = date(2025, 1, 1)
    path = run([base], [Event("export_stop", day, day)], central(read_parameters()), start=day, weeks=40)[0]
    rows = lost_output(path, world)
    assert world.process is not None
    refined_per_feed = world.process.output.sum() / (world.process.output / world.process.yield_).sum()
    cut = np.maximum(base.use - path.use[0], 0.0).sum() * path.dt * refined_per_feed
    worth, _ = value_per_tonne(world)
    for end in world.use.end_uses:
        if end.name in worth:
            lost = sum(row.high_usd for row in rows if row.end_use == end.name) / (0.05 * worth[end.name])
            assert end.share * (1 - end.backstop_share) * cut <= lost <= end.share * cut
    largest = world.countries[int(np.argmax(world.use.quantity))]
    assert rows[0].country == largest


def test_two_producers_out_cost_more_than_one() -> None:
    # where the price nears the choke most use is gone, and must not count for less than what is still bought
    world = load_world("neodymium-praseodymium")
    values = draw("neodymium-praseodymium", 8, 1)
    shocks = {shock.name: shock for shock in shocks_of(world, world.last_stage, 2)}
    loss = {
        name: one_shock(world, world.last_stage, shocks[name], 26, values).loss[1]
        for name in ("CHN out", "MYS out", "CHN and MYS out")
    }
    assert loss["CHN and MYS out"] > loss["CHN out"] > loss["MYS out"]
