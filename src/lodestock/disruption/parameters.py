"""The few parameters of the dynamic model: a shared table of ranges, one by material class, and draws.

A class with training episodes has its own ranges, shrunk towards the shared ones: its episodes count
``weigh.OWN_CLASS`` times as much as the others in the fit. Every other class uses the shared ranges. What a
run draws keeps the parameters together, see `posterior.py`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import FileFormatError, UnknownNameError

FloatArray = NDArray[np.float64]
TABLE = Path(__file__).parent / "parameters.csv"
BY_CLASS = Path(__file__).parent / "parameters_by_class.csv"
WIDE_TAIL = 1.2816
"""Quantile of the standard normal at 90 %: ``low`` and ``high`` are read as the 10th and 90th percentile."""


@dataclass(frozen=True)
class Parameter:
    """One shared parameter: ``low``, ``central`` and ``high`` are its 10th, 50th and 90th percentile."""

    name: str
    template: str
    """Event template that it belongs to; ``*`` for all."""
    low: float
    central: float
    high: float
    unit: str
    status: str
    """``fitted`` on the training episodes, or ``assumed``."""
    reason: str
    prior: tuple[float, float, float]
    """The range before any fit."""

    def before_fit(self) -> Parameter:
        """The same parameter with the range before any fit."""
        low, central, high = self.prior
        return replace(self, low=low, central=central, high=high, status="assumed")

    def at(self, score: FloatArray) -> FloatArray:
        r"""Value at a standard normal score z, monotone, with the three percentiles of the row exact.

        .. math:: v(z) = c + (h - c)\, z / z_{90} \; (z \ge 0), \qquad c + (c - l)\, z / z_{90} \; (z < 0)

        cut at ``low - (central - low) / 2`` and ``high + (high - central) / 2`` and never below zero.
        """
        side = np.where(score >= 0, self.high - self.central, self.central - self.low)
        bound = np.clip(score / WIDE_TAIL, -1.5, 1.5)
        return np.maximum(self.central + side * bound, 0.0)


def parameters_of(material: str) -> Mapping[str, Parameter]:
    """Parameters of the class of a material; the shared ones where the class has no training episode."""
    return read_parameters(material_class=class_of(material))


def class_of(material: str) -> str:
    """Class of a material in the snapshot.

    Raises
    ------
    UnknownNameError
        No such material.
    """
    from lodestock.data.snapshot import load_table

    classes = dict(load_table("materials").select("material", "material_class").rows())
    if material not in classes:
        raise UnknownNameError("material", material, classes, where="parameters")
    return str(classes[material])


def read_parameters(
    path: Path = TABLE, *, material_class: str | None = None, by_class: Path = BY_CLASS
) -> Mapping[str, Parameter]:
    """Read the table of shared parameters, with the ranges of a material class in place where it has some.

    Raises
    ------
    FileFormatError
        A range is not ordered, or a status is neither ``fitted`` nor ``assumed``.
    """
    found = {}
    with path.open(encoding="utf-8", newline="") as stream:
        for line, row in enumerate(csv.DictReader(stream), start=2):
            low, central, high = (float(row[key]) for key in ("low", "central", "high"))
            where = f"{path.name} line {line}"
            if not low <= central <= high:
                raise FileFormatError(f"range {low}, {central}, {high} is not in order", where=where)
            if row["status"] not in ("fitted", "assumed"):
                raise FileFormatError(f"status {row['status']!r}", where=where, allowed="fitted, assumed")
            before = (float(row["prior_low"]), float(row["prior_central"]), float(row["prior_high"]))
            found[row["name"]] = Parameter(
                row["name"],
                row["template"],
                low,
                central,
                high,
                row["unit"],
                row["status"],
                row["reason"],
                before,
            )
    if material_class is not None:
        for name, (low, central, high) in _class_ranges(by_class, material_class).items():
            found[name] = replace(found[name], low=low, central=central, high=high)
    return found


def _class_ranges(path: Path, material_class: str) -> dict[str, tuple[float, float, float]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return {
            row["name"]: (float(row["low"]), float(row["central"]), float(row["high"]))
            for row in csv.DictReader(stream)
            if row["material_class"] == material_class
        }


def central(parameters: Mapping[str, Parameter]) -> dict[str, FloatArray]:
    """Return the central values as one draw, shape (1,) each."""
    return {name: np.array([row.central]) for name, row in parameters.items()}


def sample(parameters: Mapping[str, Parameter], draws: int, seed: int) -> dict[str, FloatArray]:
    """Draw independent values; the first draw is the central one. Shape (draws,) each."""
    rng = np.random.default_rng(seed)
    scores = rng.standard_normal((len(parameters), draws))
    scores[:, 0] = 0.0
    return {name: row.at(score) for (name, row), score in zip(parameters.items(), scores, strict=True)}
