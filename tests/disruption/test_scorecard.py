"""What the documentation says of the back-test is what it scores."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lodestock.disruption.backtest import SCORECARD, backtest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "backtest.md").read_text(encoding="utf-8")
SHORT = {
    "gallium 2023": "gallium-licences-2023",
    "germanium 2023": "germanium-licences-2023",
    "antimony 2024": "antimony-licences-2024",
    "magnesium 2021": "magnesium-power-cuts-2021",
    "nickel ore 2020": "nickel-ore-ban-2020",
    "rare earths 2010": "rare-earth-quota-2010",
    "tungsten 2025": "tungsten-licences-2025",
}


def card() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SCORECARD.read_text(encoding="utf-8"))
    return found


def cells(first: str) -> list[str]:
    """Cells of the first table row that begins with a word, without marks."""
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| {first} |"))
    return [cell.strip().replace("*", "") for cell in row.strip("|").split("|")]


def test_the_page_prints_the_headline() -> None:
    block = re.search(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)
    assert block is not None
    printed = json.loads(block.group(1))
    headline = card()["headline"]
    assert {"sign_right", "rank_correlation", "coverage80", "controls_ok", "error_vs_best_baseline"} <= set(
        printed
    )
    assert printed == {name: headline[name] for name in printed}


def test_the_page_rounds_the_headline() -> None:
    found = card()["headline"]
    assert cells("sign right")[1] == f"{found['sign_right']:.0%}".replace("%", " %")
    assert cells("rank correlation")[1] == f"{found['rank_correlation']:.2f}"
    assert cells("80 % band covers")[1].startswith(f"{100 * found['coverage80']:.0f} %")
    error = cells("median absolute log error")[1]
    assert error.startswith(f"{found['median_log_error']:.2f};")
    assert error.endswith(f"ratio {found['error_vs_best_baseline']:.2f}")
    for name, value in found["baseline_errors"].items():
        assert f"{name} {value:.2f}" in error
    assert (found["error_vs_best_baseline"] <= 0.7) == (cells("median absolute log error")[3] == "met")


@pytest.mark.parametrize("name", SHORT)
def test_the_page_lists_every_episode(name: str) -> None:
    scores = card()["episodes"][SHORT[name]]
    row = cells(name)
    wanted = [scores["median_log_error"], *scores["baseline_errors"].values(), scores["flow_error"]]
    assert row[1] == str(scores["points"])
    assert row[2:7] == ["" if value is None else f"{value:.2f}" for value in wanted]


def test_the_readme_says_the_same() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = card()["headline"]
    assert f"{100 * found['sign_right']:.0f} % of price moves" in text
    assert f"{found['error_vs_best_baseline']:.2f} of the best baseline" in text


@pytest.mark.slow
def test_the_scorecard_is_what_the_back_test_scores() -> None:
    found = backtest()
    kept, scored = dict(card()["headline"]), dict(found.headline)
    assert scored.pop("baseline_errors") == pytest.approx(kept.pop("baseline_errors"), abs=2e-3)
    assert scored == pytest.approx(kept, abs=2e-3)
    assert {one.replayed.episode.name for one in found.judged} == set(card()["episodes"])
