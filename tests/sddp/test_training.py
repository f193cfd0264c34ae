"""Stopping, seeds, cut kinds, workers, files, and resumption after a kill."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from tests.sddp.problems import goods, hydrothermal, multistock, random_model, stock, valley

from lodestock.errors import ConflictError, FileFormatError, UnknownNameError, ValueOutOfRangeError
from lodestock.sddp import AVaR, EAVaR, Policy, Progress, load, progress_bar, save, train
from lodestock.sddp.bar import nearness

ROOT = Path(__file__).resolve().parents[2]


def same(one: Policy, two: Policy) -> bool:
    return all(
        np.array_equal(a.slope, b.slope) and np.array_equal(a.height, b.height)
        for left, right in zip(one.cuts, two.cuts, strict=True)
        for a, b in zip(left, right, strict=True)
    )


def test_a_seed_gives_one_policy():
    assert same(train(stock(), iterations=15, seed=3), train(stock(), iterations=15, seed=3))
    assert not same(train(stock(), iterations=15, seed=3), train(stock(), iterations=15, seed=4))


@pytest.mark.parametrize("selection", ["level-one", "dominance", "none"])
def test_selection_changes_the_programme_and_not_the_limit(selection):
    policy = train(hydrothermal(), iterations=80, selection=selection)
    assert policy.bound == pytest.approx(119.16667, abs=0.5)
    outer = policy.engine().outer[0]
    cuts = outer.pools[0].count
    assert len(outer.in_programme) == cuts if selection == "none" else len(outer.in_programme) < cuts / 2


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ({"iterations": 3}, "iterations"),
        ({"seconds": 1e-6}, "seconds"),
        ({"gap": 0.05, "iterations": 300}, "gap"),
        ({"stall": (5, 1e-9), "iterations": 300}, "stalled"),
    ],
)
def test_stopping_rules(rule, status):
    assert train(valley(False), **rule).status == status


def test_progress_is_told_and_may_stop():
    told = []
    policy = train(
        stock(), iterations=50, progress=lambda record: told.append(record) or record.iteration == 4
    )
    assert policy.status == "callback"
    assert [record.iteration for record in told] == [1, 2, 3, 4]
    assert told == list(policy.log)


@pytest.mark.parametrize("cuts", ["single", "multi"])
def test_a_policy_survives_its_file(tmp_path, cuts):
    model = random_model(2)
    policy = train(model, iterations=12, cuts=cuts, risk=EAVaR(0.5, 0.3), upper=cuts == "single")
    save(policy, tmp_path / "policy.json")
    back = load(model, tmp_path / "policy.json")
    assert same(policy, back)
    assert back.risk == policy.risk
    assert back.certificate == policy.certificate
    assert back.engine().lower_bound() == policy.engine().lower_bound()
    assert [path.name for path in tmp_path.iterdir()] == ["policy.json"]


@pytest.mark.parametrize(
    ("maker", "settings"),
    [
        (stock, {}),
        (lambda: random_model(2), {"risk": AVaR(0.3), "upper": True}),
        (lambda: random_model(2), {"cuts": "multi"}),
        (hydrothermal, {"upper": True}),
    ],
    ids=["stock", "upper", "multi", "cycle"],
)
def test_resumed_training_ends_with_the_same_policy(tmp_path, maker, settings):
    whole, parts = tmp_path / "whole.json", tmp_path / "parts.json"
    one = train(maker(), iterations=20, checkpoint=whole, checkpoint_every=5, **settings)
    train(maker(), iterations=10, checkpoint=parts, checkpoint_every=5, **settings)
    two = train(maker(), iterations=20, checkpoint=parts, checkpoint_every=5, **settings)
    assert same(one, two)
    assert one.certificate == two.certificate
    assert [r.lower_bound for r in one.log] == [r.lower_bound for r in two.log]


SCRIPT = """
import sys
from lodestock.sddp import train
from tests.sddp import problems
train(getattr(problems, sys.argv[2])(), checkpoint=sys.argv[1], **eval(sys.argv[3]))
"""


@pytest.mark.parametrize(
    ("maker", "settings"),
    [
        (multistock, {"iterations": 40, "checkpoint_every": 5}),
        (goods, {"iterations": 45, "checkpoint_every": 3, "upper": True, "workers": 2}),
    ],
    ids=["one", "two processes, plans"],
)
def test_a_killed_training_continues(tmp_path, maker, settings):
    path = tmp_path / "killed.json"
    command = [sys.executable, "-c", SCRIPT, str(path), maker.__name__, repr(settings)]
    process = subprocess.Popen(command, cwd=ROOT)
    for _ in range(6000):
        if path.exists() or process.poll() is not None:
            break
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert load(maker(), path).iterations >= settings["checkpoint_every"]
    resumed = train(maker(), checkpoint=path, **settings)
    whole = train(maker(), checkpoint=tmp_path / "whole.json", **settings)
    assert same(resumed, whole)
    assert resumed.certificate == whole.certificate


def test_a_bar_tells_bounds_and_gap():
    drawn = io.StringIO()
    console = Console(file=drawn, force_terminal=True, width=120)
    with progress_bar(iterations=4, gap=0.001, console=console) as tell:
        train(random_model(1), iterations=4, upper=True, progress=tell)
    assert "iteration 4" in drawn.getvalue()
    assert "gap" in drawn.getvalue()
    record = Progress(50, 98.0, 100.0, 10.0, 1, 1)
    assert nearness(record, 100, None, None, 0.5) == 0.5
    assert nearness(record, 100, 12.5, None, 0.5) == 0.8
    # from 0.5 to 0.02 of the way from 0.5 to 0.0008: two factors of five out of four
    assert nearness(record, None, None, 0.0008, 0.5) == pytest.approx(0.5)


def test_two_processes_agree_with_one_and_with_themselves():
    model = random_model(4)
    one = train(model, iterations=25, upper=True)
    two = train(model, iterations=25, upper=True, workers=2)
    again = train(model, iterations=25, upper=True, workers=2)
    assert same(two, again)
    assert two.certificate == again.certificate
    assert two.lower_bound <= one.upper_bound * (1 + 1e-7)
    assert one.lower_bound <= two.upper_bound * (1 + 1e-7)
    assert two.log[-1].cuts > one.log[-1].cuts


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({}, ConflictError, "no stopping rule"),
        ({"iterations": 0}, ValueOutOfRangeError, "iterations is 0"),
        ({"seconds": -1.0}, ValueOutOfRangeError, "seconds is -1"),
        ({"gap": -0.1}, ValueOutOfRangeError, "gap is -0.1"),
        ({"iterations": 1, "workers": 0}, ValueOutOfRangeError, "workers is 0"),
        ({"iterations": 1, "cuts": "multy"}, UnknownNameError, "did you mean 'multi'"),
        ({"iterations": 1, "selection": "level"}, UnknownNameError, "cut selection 'level'"),
        ({"iterations": 1, "risk": {9: AVaR(0.1)}}, UnknownNameError, "node 9"),
    ],
)
def test_settings_that_make_no_sense_are_named(settings, error, words):
    with pytest.raises(error, match=words):
        train(stock(), **settings)


def test_files_that_do_not_fit_are_named(tmp_path):
    path = tmp_path / "policy.json"
    save(train(stock(), iterations=2), path)
    with pytest.raises(ConflictError, match="another model"):
        load(stock(4), path)
    with pytest.raises(ConflictError, match="other settings"):
        train(stock(), iterations=4, seed=9, checkpoint=path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: len(text) // 2], encoding="utf-8")
    with pytest.raises(FileFormatError, match="not a policy"):
        load(stock(), path)
    content = json.loads(text)
    del content["cuts"]
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(FileFormatError, match="incomplete policy: KeyError"):
        load(stock(), path)
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(FileFormatError, match="lodestock-sddp-1"):
        load(stock(), path)


def test_a_risk_measure_of_ones_own_works_but_is_not_written(tmp_path):
    class Mean:
        def adjust(self, p, z):
            return p

    policy = train(stock(), iterations=20, risk=Mean())
    assert policy.bound == train(stock(), iterations=20).bound
    with pytest.raises(ConflictError, match="risk measure Mean"):
        save(policy, tmp_path / "x.json")
    assert list(tmp_path.iterdir()) == []
