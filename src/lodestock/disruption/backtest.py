"""The back-test: replay, weigh, call, score.

Training episodes (those in the package) are judged leave-one-out: the draws of the shared parameters are
weighed by all other training episodes. Episodes from elsewhere are run with the shipped table, no refit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lodestock.disruption.episode import FOLDER, episode_names, read_episode
from lodestock.disruption.parameters import Parameter, class_of, parameters_of, read_parameters, sample
from lodestock.disruption.replay import Replay, replay
from lodestock.disruption.scores import Call, call, control_call, peak_timing, summary
from lodestock.disruption.weigh import draw_weights, error_scale, loss, weighted_quantile
from lodestock.errors import FileFormatError, UnknownNameError

FloatArray = NDArray[np.float64]
DRAWS = 240
SEED = 20230703
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Judged:
    """One episode with its calls."""

    replayed: Replay
    calls: tuple[Call, ...]
    control: dict[str, Any] | None
    effective_draws: float
    """1 / sum of squared weights: how many draws carry the call."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        episode = self.replayed.episode
        return {
            "episode": episode.name,
            "title": episode.title,
            "as_of": str(episode.as_of),
            "base_year": episode.base_year,
            "vintage": episode.vintage or "base year before the announcement",
            "home": list(episode.home),
            "dependence": [round(base.dependence, 4) for base in self.replayed.bases],
            "control": self.control,
            "scores": summary(self.calls, [self.control["ok"]] if self.control else []),
            "timing": peak_timing(self.calls),
            "points": [c.as_dict() for c in self.calls],
            "not_scored": list(self.replayed.unscored),
            "effective_draws": round(self.effective_draws, 1),
        }


@dataclass(frozen=True)
class Backtest:
    """All judged episodes and the headline over them."""

    judged: tuple[Judged, ...]
    method: str

    @property
    def headline(self) -> dict[str, Any]:
        """Scores over all points of all episodes."""
        calls = [c for one in self.judged for c in one.calls]
        controls = [bool(one.control["ok"]) for one in self.judged if one.control]
        return summary(calls, controls)

    def as_dict(self) -> dict[str, Any]:
        """The headline first, then one object per episode."""
        return {
            "headline": self.headline,
            "method": self.method,
            "episodes": [one.as_dict() for one in self.judged],
        }


def backtest(
    name: str = "all",
    *,
    folder: Path | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
    progress: Progress | None = None,
) -> Backtest:
    """Judge one episode or all; shipped ones leave-one-out, those of a folder with the shipped parameters.

    Raises
    ------
    UnknownNameError
        No such episode; the nearest name is given.
    FileFormatError
        The folder holds no episode.
    """
    names = episode_names(folder or FOLDER)
    if not names:
        raise FileFormatError("no episode (*.yaml) in the folder", where=str(folder))
    if name != "all" and name not in names:
        raise UnknownNameError("episode", name, (*names, "all"), where="backtest")
    if folder is None:
        return _leave_one_out(name, names, draws, seed, progress)
    weight = np.full(draws, 1.0 / draws)
    wanted = names if name == "all" else (name,)
    judged = []
    for count, one in enumerate(wanted):
        _tell(progress, count, len(wanted), one)
        episode = read_episode(one, folder)
        table = parameters_of(episode.products[0].material)
        values, scale = sample(table, draws, seed), table["error_scale"].central
        judged.append(_judge(replay(episode, values), weight, values, scale))
    return Backtest(tuple(judged), "shipped parameters, no refit")


def _leave_one_out(
    name: str, names: Sequence[str], draws: int, seed: int, progress: Progress | None
) -> Backtest:
    values = sample(prior(read_parameters()), draws, seed)
    replays = []
    for count, one in enumerate(names):
        _tell(progress, count, len(names), one)
        replays.append(replay(read_episode(one), values))
    losses = [loss(found.items, draws) for found in replays]
    classes = [_class(found) for found in replays]
    judged = []
    for position, found in enumerate(replays):
        if name not in ("all", names[position]):
            continue
        weight = draw_weights(losses, position, classes, classes[position])
        others = [other.items for k, other in enumerate(replays) if k != position]
        judged.append(_judge(found, weight, values, error_scale(others, weight, values)))
    return Backtest(tuple(judged), "leave one episode out")


def _judge(found: Replay, weight: FloatArray, values: Mapping[str, FloatArray], scale: float) -> Judged:
    calls = tuple(call(found, item, weight, values, scale) for item in found.items)
    return Judged(found, calls, control_call(found, weight), float(1.0 / np.sum(weight**2)))


def prior(parameters: Mapping[str, Parameter]) -> Mapping[str, Parameter]:
    """The table before any fit: the ranges under ``prior_*``."""
    return {name: row.before_fit() for name, row in parameters.items()}


def _class(found: Replay) -> str:
    return class_of(found.episode.products[0].material)


Ranges = dict[str, tuple[float, float, float]]


def fit(draws: int = DRAWS, seed: int = SEED) -> tuple[Ranges, dict[str, Ranges]]:
    """10th, 50th and 90th percentile of every parameter, weighed by all training episodes.

    Shared by all materials first, then by material class with training episodes.
    """
    values = sample(prior(read_parameters()), draws, seed)
    replays = [replay(read_episode(name), values) for name in episode_names()]
    groups = [found.items for found in replays]
    losses = [loss(items, draws) for items in groups]
    classes = [_class(found) for found in replays]

    def ranges(weight: FloatArray) -> Ranges:
        scale = error_scale(groups, weight, values)
        found = {
            name: (
                weighted_quantile(array, weight, 0.1),
                weighted_quantile(array, weight, 0.5),
                weighted_quantile(array, weight, 0.9),
            )
            for name, array in values.items()
        }
        return {**found, "error_scale": (scale, scale, scale)}

    by_class = {name: ranges(draw_weights(losses, None, classes, name)) for name in sorted(set(classes))}
    return ranges(draw_weights(losses)), by_class


def _tell(progress: Progress | None, done: int, total: int, what: str) -> None:
    if progress is not None:
        progress(done, total, what)
