"""The set of shocks of a material, and the commands that print it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from lodestock.cli.app import app
from lodestock.disruption.stress import shocks_of, stress
from lodestock.errors import UnknownNameError
from lodestock.world.cache import load_world


def test_the_largest_producer_leads_and_pairs_multiply() -> None:
    world = load_world("germanium")
    shocks = {shock.name: shock for shock in shocks_of(world, "refined", 2)}
    assert "CHN out" in shocks
    assert "CHN stops exports" in shocks
    pair = next(shock for shock in shocks.values() if len(shock.countries) == 2)
    single = [shocks[f"{country} out"].probability for country in pair.countries]
    assert pair.probability == pytest.approx(np.prod(single))
    assert all(0.01 <= p <= 0.10 for p in single)


def test_shocks_are_ranked_by_expected_loss() -> None:
    found = stress("germanium", None, 2024, 1, 26, 3)
    expected = [one.expected for one in found]
    assert expected == sorted(expected, reverse=True)
    assert all(one.loss[0] <= one.loss[1] <= one.loss[2] for one in found)
    stop = next(one for one in found if one.shock.type == "export_stop")
    held = next(one for one in found if one.shock.type == "closure")
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
