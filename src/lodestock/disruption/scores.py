"""How well the moves were called: sign, rank, band, error, flow shape, timing, controls."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lodestock.disruption.baselines import NAMES, forecast
from lodestock.disruption.points import WEIGHTS
from lodestock.disruption.replay import Item, Replay, log_level
from lodestock.disruption.weigh import weighted_quantile

FloatArray = NDArray[np.float64]
DEAD_BAND = 0.05
"""Smaller observed moves, in log, have no sign to call."""
NO_CALL = 0.01
"""A call smaller than this, in log, calls no sign and is wrong where one was seen."""
SPIKE = math.log(1.2)
"""A control is called as such when the abroad price (quiet) or the ratio (no split) stays below this."""
FLOW_NOISE = 0.6
"""Standard deviation of the log of a month's licensed flow around its template (licences come in lumps)."""
FREEZE_DEPTH = 0.1
"""A month below a tenth of the base flow is a freeze."""


@dataclass(frozen=True)
class Call:
    """One scored point: observed, called, band, and what each baseline says."""

    item: Item
    called: float
    low: float
    high: float
    baselines: Mapping[str, float]

    @property
    def error(self) -> float:
        """Absolute error; zero above a lower bound."""
        miss = self.called - self.item.observed[1]
        return max(-miss, 0.0) if self.item.weight == "lower-bound" else abs(miss)

    @property
    def hit(self) -> bool:
        """Whether the band overlaps the observed range."""
        if self.item.weight == "lower-bound":
            return self.high >= self.item.observed[0]
        return self.low <= self.item.observed[2] + 1e-9 and self.high >= self.item.observed[0] - 1e-9

    @property
    def scored_sign(self) -> bool:
        """Whether the observed move is large enough to have a sign."""
        return self.item.kind == "price" and abs(self.item.observed[1]) > DEAD_BAND

    @property
    def sign_right(self) -> bool:
        """Whether the call is on the same side."""
        return abs(self.called) > NO_CALL and (self.called > 0) == (self.item.observed[1] > 0)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        item = self.item
        return {
            "series": item.series,
            "market": item.market,
            "kind": item.kind,
            "from": str(item.span.first),
            "to": str(item.span.last),
            "observed": round(item.observed[1], 4),
            "called": round(self.called, 4),
            "p10": round(self.low, 4),
            "p90": round(self.high, 4),
            "in_band": self.hit,
            "weight": item.weight,
            "baselines": {name: round(value, 4) for name, value in self.baselines.items()},
            "source": item.source,
        }


def call(
    replayed: Replay, item: Item, weight: FloatArray, values: Mapping[str, FloatArray], error_scale: float
) -> Call:
    """The call of one point: weighted median and 80 % band of the draws, model error included."""
    called = weighted_quantile(item.predicted, weight, 0.5)
    label = f"{item.episode} {item.series} {item.span.first}"
    rng = np.random.default_rng(zlib.crc32(label.encode()))
    shock = rng.standard_normal(len(weight))
    if item.kind == "flow":
        spread = item.predicted * np.exp(FLOW_NOISE * shock / math.sqrt(max(item.span.days / 30.4, 1.0)))
    else:
        error = error_scale * (values["model_error"] + values["model_error_share"] * np.abs(item.predicted))
        spread = item.predicted + error * shock
    base = replayed.bases[item.product]
    shared = sum(float(one.exports.sum()) for one in replayed.bases)
    simple = {}
    if item.kind == "price":
        simple = {name: forecast(name, replayed.episode, base, item, shared) for name in NAMES}
    return Call(
        item, called, weighted_quantile(spread, weight, 0.1), weighted_quantile(spread, weight, 0.9), simple
    )


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Spearman's rank correlation, mean ranks for ties; None below three pairs or without variation."""
    if len(first) < 3:
        return None
    ranks = [_ranks(np.asarray(values)) for values in (first, second)]
    if min(float(np.std(r)) for r in ranks) == 0.0:
        return None
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _ranks(values: FloatArray) -> FloatArray:
    return np.array([(values < v).sum() + 0.5 * ((values == v).sum() - 1) for v in values], dtype=float)


def control_call(replayed: Replay, weight: FloatArray) -> dict[str, Any] | None:
    """What the model says of an episode that serves as a control; None for the others."""
    kind = replayed.episode.control
    if kind == "none":
        return None
    spans = [item.span for item in replayed.items]
    market = "product" if any(item.market == "product" for item in replayed.items) else "abroad"
    reading = "ratio" if kind == "no-split" else "price"
    moves = [
        weighted_quantile(log_level(path, market, span, reading), weight, 0.5)
        for path in replayed.paths
        for span in spans
    ]
    largest = max(moves, default=0.0)
    return {
        "control": kind,
        "largest_move_called": round(largest, 4),
        "threshold": round(SPIKE, 4),
        "ok": bool(largest < SPIKE),
    }


def summary(calls: Sequence[Call], controls: Sequence[bool]) -> dict[str, Any]:
    """The scorecard of a set of calls, of one episode or of all."""
    prices = [c for c in calls if c.item.kind == "price"]
    moves = [c for c in calls if c.item.kind in ("price", "ratio")]
    flows = [c for c in calls if c.item.kind == "flow"]
    level = [c for c in prices if WEIGHTS[c.item.weight] > 0]
    signed = [c for c in prices if c.scored_sign]
    error = _median([c.error for c in level])
    rivals = {name: _median([_baseline_error(c, name) for c in level]) for name in NAMES}
    best = min((v for v in rivals.values() if v is not None), default=None)
    return {
        "points": len(calls),
        "sign_right": _share([c.sign_right for c in signed]),
        "signed_moves": len(signed),
        "rank_correlation": _rounded(
            rank_correlation([c.called for c in moves], [c.item.observed[1] for c in moves])
        ),
        "coverage80": _share([c.hit for c in calls]),
        "coverage80_price": _share([c.hit for c in moves]),
        "coverage80_flow": _share([c.hit for c in flows]),
        "band_width": _rounded(_median([c.high - c.low for c in moves])),
        "controls_ok": (all(controls) if controls else None),
        "controls_right": sum(controls),
        "controls": len(controls),
        "median_log_error": _rounded(error),
        "baseline_errors": {name: _rounded(value) for name, value in rivals.items()},
        "error_vs_best_baseline": None if error is None or not best else round(error / best, 4),
        "flow_error": _rounded(_median([c.error for c in flows])),
        "flow_error_no_change": _rounded(_median([abs(1.0 - c.item.observed[1]) for c in flows])),
        **_shape(flows),
    }


def _shape(flows: Sequence[Call]) -> dict[str, Any]:
    """Freeze called where seen, and the error of the recovered share (last three flows of each series)."""
    frozen = [c for c in flows if c.item.observed[1] < FREEZE_DEPTH]
    series: dict[tuple[str, str], list[Call]] = {}
    for c in flows:
        series.setdefault((c.item.episode, c.item.series), []).append(c)
    late = []
    for found in series.values():
        last = sorted(found, key=lambda c: c.item.span.middle)[-3:]
        late.append(
            abs(float(np.mean([c.called for c in last])) - float(np.mean([c.item.observed[1] for c in last])))
        )
    return {
        "freeze_months_called": _share([c.called < 2 * FREEZE_DEPTH for c in frozen]),
        "recovery_error": _rounded(_median(late)),
    }


def peak_timing(calls: Sequence[Call]) -> list[dict[str, Any]]:
    """Date of the highest observed and called point of every price series with three points or more."""
    found = []
    for name in dict.fromkeys((c.item.series, c.item.market) for c in calls if c.item.kind == "price"):
        series = [c for c in calls if (c.item.series, c.item.market) == name and c.item.kind == "price"]
        if len(series) < 3:
            continue
        seen = max(series, key=lambda c: c.item.observed[1]).item.span.middle
        said = max(series, key=lambda c: c.called).item.span.middle
        found.append(
            {
                "series": name[0],
                "market": name[1],
                "peak_observed": str(seen),
                "peak_called": str(said),
                "days_late": (said - seen).days,
            }
        )
    return found


def _baseline_error(c: Call, name: str) -> float:
    miss = c.baselines[name] - c.item.observed[1]
    return max(-miss, 0.0) if c.item.weight == "lower-bound" else abs(miss)


def _median(values: Sequence[float]) -> float | None:
    return float(np.median(values)) if values else None


def _share(values: Sequence[bool]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
