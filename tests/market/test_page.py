"""The example on the page of the model runs and says what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "model-market.md"


def test_the_example_runs():
    match = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert match is not None
    names: dict[str, Any] = {}
    exec(match.group(1), names)
    solution = names["solution"]
    assert solution.price == pytest.approx([20.0, 18.0])
    assert solution.levy == pytest.approx([1.0])
    assert solution.certificate.levies[0].reason in match.group(1)
