"""Policies as JSON files, written whole or not at all; also the checkpoint of a training."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lodestock.errors import ConflictError, FileFormatError
from lodestock.sddp.inner import Plan
from lodestock.sddp.model import Model
from lodestock.sddp.policy import CutTable, PointTable, Policy, Progress
from lodestock.sddp.risk import AVaR, EAVaR, Expectation, ModifiedChiSquared, RiskMeasure, WorstCase

FORMAT = "lodestock-sddp-1"
MEASURES: Mapping[str, type[Any]] = {
    measure.__name__: measure for measure in (Expectation, WorstCase, AVaR, EAVaR, ModifiedChiSquared)
}


def save(policy: Policy, path: str | Path) -> None:
    """Write a policy to a JSON file; the file appears complete or not at all.

    Raises
    ------
    ConflictError
        A risk measure of the user's own, which a file cannot hold.
    """
    target, content = Path(path), json.dumps(_to_json(policy))
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    with partial.open("w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(target)


def load(model: Model, path: str | Path) -> Policy:
    """Read a policy for ``model``.

    Raises
    ------
    FileFormatError
        The file is not a policy, or cut short.
    ConflictError
        The file belongs to another model.
    """
    where = str(path)
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise FileFormatError(
            f"not a policy: {error}", where=where, allowed="a file that save() wrote"
        ) from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise FileFormatError("not a policy", where=where, allowed=f"format {FORMAT}")
    if content.get("model") != model.fingerprint():
        raise ConflictError(
            "the policy belongs to another model",
            where=where,
            hint="build the model with the same data, or train anew",
        )
    try:
        return _from_json(model, content)
    except (KeyError, TypeError, ValueError) as error:
        raise FileFormatError(f"incomplete policy: {error!r}", where=where) from None


def _to_json(policy: Policy) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "model": policy.model.fingerprint(),
        "risk": [_measure(risk) for risk in policy.risk],
        "root_risk": _measure(policy.root_risk),
        "cut_kind": policy.kind,
        "selection": policy.selection,
        "seed": policy.seed,
        "nodes": [str(key) for key in policy.model.graph.keys],
        "states": list(policy.model.problems[0].state_names),
        "cuts": [[_arrays(table) for table in tables] for tables in policy.cuts],
        "weights": [[weight.tolist() for weight in weights] for weights in policy.weights],
        "points": None if policy.points is None else [_arrays(table) for table in policy.points],
        "lower_bound": policy.lower_bound,
        "upper_bound": policy.upper_bound,
        "status": policy.status,
        "log": [asdict(record) for record in policy.log],
    }


def _from_json(model: Model, content: Mapping[str, Any]) -> Policy:
    n = model.states
    return Policy(
        model=model,
        risk=tuple(_parse_measure(risk) for risk in content["risk"]),
        root_risk=_parse_measure(content["root_risk"]),
        kind=content["cut_kind"],
        selection=content["selection"],
        seed=content["seed"],
        cuts=tuple(tuple(_cuts(table, n) for table in tables) for tables in content["cuts"]),
        weights=tuple(tuple(np.array(w) for w in weights) for weights in content["weights"]),
        points=None if content["points"] is None else tuple(_points(table, n) for table in content["points"]),
        lower_bound=content["lower_bound"],
        upper_bound=content["upper_bound"],
        status=content["status"],
        log=tuple(Progress(**record) for record in content["log"]),
    )


def _arrays(table: CutTable | PointTable) -> dict[str, Any]:
    values = {field.name: getattr(table, field.name) for field in fields(table) if field.name != "plans"}
    if isinstance(table, PointTable):
        values["plans"] = [
            [
                [points.tolist(), heights.tolist()]
                for points, heights in zip(plan.points, plan.heights, strict=True)
            ]
            for plan in table.plans
        ]
    return {
        name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in values.items()
    }


def _cuts(table: Mapping[str, Any], n: int) -> CutTable:
    count = len(table["height"])
    return CutTable(
        np.array(table["slope"], dtype=np.float64).reshape(count, n),
        np.array(table["height"], dtype=np.float64),
        np.array(table["context"], dtype=np.float64).reshape(count, -1 if count else 0),
        np.array(table["point"], dtype=np.float64).reshape(count, n),
    )


def _points(table: Mapping[str, Any], n: int) -> PointTable:
    count = len(table["height"])
    return PointTable(
        np.array(table["point"], dtype=np.float64).reshape(count, n),
        np.array(table["height"], dtype=np.float64),
        np.array(table["slope"], dtype=np.float64).reshape(2, n),
        float(table["worst"]),
        tuple(
            Plan(
                tuple(np.array(points, dtype=np.float64) for points, _ in blocks),
                tuple(np.array(heights, dtype=np.float64) for _, heights in blocks),
            )
            for blocks in table["plans"]
        ),
    )


def _measure(risk: RiskMeasure) -> dict[str, Any]:
    name = type(risk).__name__
    if MEASURES.get(name) is not type(risk) or not is_dataclass(risk):
        raise ConflictError(
            f"risk measure {name} cannot be written to a file", where="policy", allowed=", ".join(MEASURES)
        )
    return {"name": name, **asdict(risk)}


def _parse_measure(content: Mapping[str, Any]) -> RiskMeasure:
    arguments = {key: value for key, value in content.items() if key != "name"}
    measure: RiskMeasure = MEASURES[content["name"]](**arguments)
    return measure
