r"""Draws of all parameters together, as often as the training episodes speak for them.

The fit weighs ``DRAWS`` draws from the ranges assumed before it (`weigh.py`); the weights are shipped, by
material class and shared. A run takes draw k with the expected frequency

.. math:: n\,W_k, \qquad \sum_k W_k = 1,

by systematic resampling (Kitagawa 1996), so that parameters which only fit together stay together and no
value leaves the range assumed. The ranges of the tables are the percentiles of the same draws, one by one.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lodestock.disruption.parameters import Parameter, class_of, parameters_of, read_parameters, sample
from lodestock.errors import FileFormatError

FloatArray = NDArray[np.float64]
TABLE = Path(__file__).parent / "draw_weights.csv"
SHARED = "shared"
DRAWS = 240
SEED = 20230703


def prior(parameters: Mapping[str, Parameter]) -> Mapping[str, Parameter]:
    """The table before any fit: the ranges under ``prior_*``."""
    return {name: row.before_fit() for name, row in parameters.items()}


def read_weights(path: Path = TABLE) -> dict[str, FloatArray]:
    """Weights of the draws by material class, and shared, (DRAWS,) each.

    Raises
    ------
    FileFormatError
        The weights are not one per draw, negative, or do not add to one.
    """
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    found = {name: np.array([float(row[name]) for row in rows]) for name in rows[0] if name != "draw"}
    for name, weight in found.items():
        if len(weight) != DRAWS or weight.min() < 0 or abs(weight.sum() - 1.0) > 1e-6:
            raise FileFormatError(f"weights of {name} add to {weight.sum():g}", where=path.name)
    return found


def draw(material: str, draws: int, seed: int) -> dict[str, FloatArray]:
    """Parameters of a material, (draws,) each; the first draw is the central value of each.

    Raises
    ------
    UnknownNameError
        No such material.
    """
    weights = read_weights()
    weight = weights.get(class_of(material), weights[SHARED])
    start = np.random.default_rng(seed).random()
    places = (start + np.arange(draws)) / draws
    rows = np.minimum(np.searchsorted(np.cumsum(weight), places), DRAWS - 1)
    values = {name: array[rows] for name, array in sample(prior(read_parameters()), DRAWS, SEED).items()}
    for name, row in parameters_of(material).items():
        values[name][0] = row.central
    return values
