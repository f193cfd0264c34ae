"""A solve needs numpy and nothing heavier: the start-up budget."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("scipy", "numba", "polars", "pydantic", "pandas")


def test_a_solve_loads_nothing_heavy():
    code = (
        "import sys; from lodestock.market import *; "
        "curves = concatenate_curves([linear_supply(['s'], 0, 1.0, 1.0), linear_use(['d'], 1, 9.0, 1.0)]); "
        "floor = levy('f', charged=[0], reference={1: 1.0}, floor=6.0, cap=9.0); "
        "assert solve(assemble(('a', 'b'), trade(['t'], 0, 1, 1.0, 0.0), curves, floor)).is_solved; "
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]; assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
