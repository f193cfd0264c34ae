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
from lodestock.disruption.parameters import class_of, parameters_of, read_parameters, sample
from lodestock.disruption.posterior import DRAWS, SEED, SHARED, draw, prior
from lodestock.disruption.replay import Item, Replay, replay
from lodestock.disruption.scores import Call, call, control_call, peak_timing, summary
from lodestock.disruption.weigh import draw_weights, error_scale, loss, weighted_quantile
from lodestock.errors import FileFormatError, LodestockError, UnknownNameError

FloatArray = NDArray[np.float64]
SCORECARD = Path(__file__).parent / "scorecard.json"
"""What `backtest` said of all training episodes when the shipped parameters were fitted."""
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
    failed: tuple[tuple[str, LodestockError], ...] = ()
    """Episodes of a folder that could not be run, and why."""

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
            "failed": [{"episode": name, "error": str(error)} for name, error in self.failed],
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
    LodestockError
        The one episode of a folder that was asked for, or every one, cannot be run.
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
    failed: list[tuple[str, LodestockError]] = []
    for count, one in enumerate(wanted):
        _tell(progress, count, len(wanted), one)
        try:
            episode = read_episode(one, folder)
            material = episode.products[0].material
            values, scale = draw(material, draws, seed), parameters_of(material)["error_scale"].central
            judged.append(_judge(replay(episode, values), weight, values, scale))
        except LodestockError as error:
            failed.append((one, error))
    if not judged:
        raise failed[0][1]
    return Backtest(tuple(judged), "shipped parameters, no refit", tuple(failed))


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


def _class(found: Replay) -> str:
    return class_of(found.episode.products[0].material)


Ranges = dict[str, tuple[float, float, float]]


@dataclass(frozen=True)
class Fit:
    """What all training episodes say, by material class and shared."""

    ranges: Mapping[str, Ranges]
    """10th, 50th and 90th percentile of every parameter."""
    weights: Mapping[str, FloatArray]
    """Weight of every draw, adding to one."""


def fit() -> Fit:
    """Weigh the draws by all training episodes: shared by all materials, and by material class."""
    values = sample(prior(read_parameters()), DRAWS, SEED)
    replays = [replay(read_episode(name), values) for name in episode_names()]
    groups = [found.items for found in replays]
    losses = [loss(items, DRAWS) for items in groups]
    classes = [_class(found) for found in replays]
    weights = {SHARED: draw_weights(losses)}
    for name in sorted(set(classes)):
        weights[name] = draw_weights(losses, None, classes, name)
    return Fit({name: _ranges(groups, weight, values) for name, weight in weights.items()}, weights)


def _ranges(groups: Sequence[Sequence[Item]], weight: FloatArray, values: Mapping[str, FloatArray]) -> Ranges:
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


def _tell(progress: Progress | None, done: int, total: int, what: str) -> None:
    if progress is not None:
        progress(done, total, what)
