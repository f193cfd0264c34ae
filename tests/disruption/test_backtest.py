"""Scores by hand, and the back-test from outside the package."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from lodestock.disruption.backtest import backtest
from lodestock.disruption.dates import Span
from lodestock.disruption.parameters import class_of, parameters_of, read_parameters
from lodestock.disruption.replay import Item
from lodestock.disruption.scores import Call, rank_correlation, summary
from lodestock.disruption.weigh import draw_weights, weighted_quantile
from lodestock.errors import FileFormatError, UnknownNameError

EPISODE = """
title: A stop of exports that never was
materials: germanium
home: CHN
as_of: 2023-01-02
events:
  - {type: export_stop, announced: 2023-01-02, effective: 2023-01-02, source: made up for a test}
points: made-up.csv
"""
POINTS = """date,series,place,low,high,unit,kind,source
2022-12-20,Metal,Rotterdam,100,110,USD/kg,price,made up
2023-05,Metal,Rotterdam,150,160,USD/kg,price,made up
2022-11,Metal exports,China,10,10,t,quantity,made up
2023-05,Metal exports,China,0,0,t,quantity,made up
"""


def one_call(observed: float, called: float, **changes: object) -> Call:
    day = Span(date(2024, 1, 1), date(2024, 1, 1))
    item = Item("e", "s", "abroad", "price", day, None, (observed,) * 3, "normal", np.zeros(1), 0, "")
    rivals = {"no change": 0.0, "constant elasticity": 1.0, "one world price": 0.5}
    return Call(item, called, called - 0.1, called + 0.1, rivals)


def test_scores_by_hand() -> None:
    # errors .1, .0, .5 -> median .1; no change errs .4, .2, .3 -> .3; one of the two others .1, .3, .8 -> .3
    calls = [one_call(0.4, 0.3), one_call(0.2, 0.2), one_call(-0.3, 0.2)]
    found = summary(calls, [True, False])
    assert found["sign_right"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["coverage80"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["median_log_error"] == pytest.approx(0.1)
    assert found["error_vs_best_baseline"] == pytest.approx(0.1 / 0.3, abs=1e-4)
    assert found["controls_ok"] is False


def test_ranks_with_ties() -> None:
    assert rank_correlation([1, 2, 3], [10, 20, 30]) == pytest.approx(1.0)
    assert rank_correlation([1, 2, 3], [3, 2, 1]) == pytest.approx(-1.0)
    assert rank_correlation([1, 1, 1], [3, 2, 1]) is None


def test_the_episode_left_out_has_no_say() -> None:
    losses = [np.array([0.0, 5.0]), np.array([3.0, 0.0])]
    assert draw_weights(losses, without=0)[1] > 0.99
    assert draw_weights(losses, without=1)[0] > 0.99


def test_weighted_median() -> None:
    assert weighted_quantile(np.array([3.0, 1.0, 2.0]), np.array([1.0, 1.0, 1.0]), 0.5) == pytest.approx(2.0)
    assert weighted_quantile(np.array([1.0, 2.0]), np.array([1e-9, 1.0]), 0.5) == pytest.approx(2.0, abs=0.01)


def test_an_episode_from_outside(tmp_path: Path) -> None:
    (tmp_path / "made-up.yaml").write_text(EPISODE, encoding="utf-8")
    (tmp_path / "made-up.csv").write_text(POINTS, encoding="utf-8")
    first, second = (backtest(folder=tmp_path, draws=20).as_dict() for _ in range(2))
    assert first == second
    assert first["method"] == "shipped parameters, no refit"
    assert {"sign_right", "rank_correlation", "coverage80", "controls_ok", "error_vs_best_baseline"} <= set(
        first["headline"]
    )
    price, flow = first["episodes"][0]["points"]
    assert price["observed"] == pytest.approx(np.log(155 / 105), abs=1e-4)
    assert price["called"] > 0.05
    assert flow["called"] == pytest.approx(0.0, abs=1e-9)


def test_unknown_episodes_and_empty_folders(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'gallium-licences-2023'"):
        backtest("galium-licences-2023")
    with pytest.raises(FileFormatError, match="no episode"):
        backtest(folder=tmp_path)


def test_a_class_is_shrunk_towards_all_episodes() -> None:
    # two draws; the own class (once, counted double of 4/3) prefers the first, two others the second
    losses = [np.array([0.0, 1.0]), np.array([1.0, 0.0]), np.array([1.0, 0.0])]
    shared = draw_weights(losses)
    own = draw_weights(losses, None, ["metal", "salt", "salt"], "metal")
    other = draw_weights(losses, None, ["metal", "salt", "salt"], "gas")
    assert other == pytest.approx(shared)
    # exp(-3 (2 - 1)) against exp(-3 (0.75 * 2 - 1.5 * 1))
    assert shared[0] / shared[1] == pytest.approx(np.exp(-3.0))
    assert own[0] / own[1] == pytest.approx(1.0)


def test_classes_have_ranges_of_their_own() -> None:
    shared, own, none = (read_parameters(material_class=name) for name in (None, "minor-metal", "gas"))
    assert none == shared
    assert own["plateau"].central != shared["plateau"].central
    assert own["plateau"].prior == shared["plateau"].prior
    assert class_of("gallium") == "minor-metal"
    assert parameters_of("gallium") == own
    with pytest.raises(UnknownNameError, match="did you mean 'gallium'"):
        parameters_of("galium")


def test_a_place_that_a_measure_names_has_its_own_price(tmp_path: Path) -> None:
    text = EPISODE.replace("export_stop", "ban").replace("source: made", "destinations: [USA], source: made")
    (tmp_path / "made-up.yaml").write_text(text, encoding="utf-8")
    rows = POINTS + (
        "2022-12-20,Metal at home,United States,100,110,USD/kg,price,made up\n"
        "2023-05,Metal at home,United States,150,160,USD/kg,price,made up\n"
    )
    (tmp_path / "made-up.csv").write_text(rows, encoding="utf-8")
    points = backtest(folder=tmp_path, draws=20).as_dict()["episodes"][0]["points"]
    called = {point["series"]: point["called"] for point in points if point["kind"] == "price"}
    assert called["Metal at home"] > called["Metal"]
