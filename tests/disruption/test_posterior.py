"""Draws of the parameters together: weights that belong to the tables, frequencies, ranges."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lodestock.disruption.parameters import parameters_of, read_parameters, sample
from lodestock.disruption.posterior import DRAWS, SEED, draw, prior, read_weights
from lodestock.disruption.weigh import weighted_quantile
from lodestock.errors import FileFormatError, UnknownNameError


@pytest.mark.parametrize(("material", "column"), [("gallium", "minor-metal"), ("potash", "shared")])
def test_the_tables_are_the_percentiles_of_the_weighed_draws(material: str, column: str) -> None:
    weight = read_weights()[column]
    values = sample(prior(read_parameters()), DRAWS, SEED)
    for name, row in parameters_of(material).items():
        if name != "error_scale":
            assert weighted_quantile(values[name], weight, 0.1) == pytest.approx(row.low, rel=1e-3, abs=1e-9)
            assert weighted_quantile(values[name], weight, 0.9) == pytest.approx(row.high, rel=1e-3)


def test_a_draw_comes_as_often_as_it_weighs() -> None:
    weight = read_weights()["minor-metal"]
    values = sample(prior(read_parameters()), DRAWS, SEED)["look_ahead"]
    found = draw("gallium", 1000, 7)["look_ahead"][1:]
    for k in np.argsort(-weight)[:5]:
        assert abs((found == values[k]).sum() - 1000 * weight[k]) <= 2


def test_draws_stay_in_the_range_assumed_and_together() -> None:
    rows = read_parameters()
    found = draw("gallium", 60, 1)
    all_of_them = sample(prior(rows), DRAWS, SEED)
    for name, row in rows.items():
        assert found[name].min() >= min(row.before_fit().at(np.array([-9.0]))[0], found[name][0])
    together = set(zip(all_of_them["look_ahead"], all_of_them["stock_scale"], strict=True))
    assert set(zip(found["look_ahead"][1:], found["stock_scale"][1:], strict=True)) <= together


def test_the_first_draw_is_central_and_seeds_repeat() -> None:
    first, second, other = draw("gallium", 8, 3), draw("gallium", 8, 3), draw("gallium", 8, 4)
    for name, row in parameters_of("gallium").items():
        assert first[name][0] == row.central
        assert np.array_equal(first[name], second[name])
    assert not np.array_equal(first["look_ahead"], other["look_ahead"])
    assert all(len(array) == 1 for array in draw("gallium", 1, 3).values())


def test_weights_that_add_to_something_else_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.csv"
    path.write_text("draw,shared\n" + "".join(f"{k},0.5\n" for k in range(DRAWS)), encoding="utf-8")
    with pytest.raises(FileFormatError, match="weights of shared add to 120"):
        read_weights(path)


def test_an_unknown_material_is_named() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'gallium'"):
        draw("galium", 4, 1)
