"""The example on the page of the model runs and says what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "model-market.md"


def test_the_examples_run():
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)
    solution = names["solution"]
    assert solution.price == pytest.approx([20.0, 18.0])
    assert solution.levy == pytest.approx([1.0])
    assert solution.certificate.levies[0].reason in blocks[0]
    # with k of the zone's supply the levy holds 20 while imports 60 - 10 k stay below what free trade brings:
    # abroad 4 (q - 5) - (20 - q) = 60 - 10 k, so q = 20 - 2 k (for q <= 20) and the levy is 20 - 1 - q
    batch = names["batch"]
    assert batch.solved.all()
    expected = np.maximum(19.0 - (20.0 - 2.0 * names["share"]), 0.0)
    assert batch.levy[:, 0] == pytest.approx(expected, abs=1e-6)
