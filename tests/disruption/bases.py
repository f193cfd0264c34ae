"""Small synthetic bases and parameters for the tests of this room."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from lodestock.disruption.base import Base
from lodestock.disruption.parameters import central, read_parameters


def base(**changes: Any) -> Base:
    """Home makes 100 and uses 40; two countries abroad make 20 and 20, use 60 and 40."""
    made = Base(
        material="gallium",
        stage="refined",
        countries=("DEU", "USA"),
        home=("CHN",),
        home_supply=100.0,
        home_use=40.0,
        exports=np.array([40.0, 20.0]),
        imports=0.0,
        supply=np.array([20.0, 20.0]),
        use=np.array([60.0, 40.0]),
        home_stock=20.0,
        stock=np.array([12.0, 8.0]),
        lag_weeks=np.array([4.0, 6.0]),
        home_price=1000.0,
        price=1050.0,
        use_elasticity=(0.15, 0.5),
        supply_elasticity=(0.05, 0.4),
        shutdown=(0.5, 0.8),
        capacity=(1.2, 1.2),
        back_stops=(),
        choke=20.0,
    )
    return dataclasses.replace(made, **changes)


def values(**changes: float) -> dict[str, np.ndarray]:
    """Central parameters before any fit, so that the tests do not move with it, with some changed."""
    table = {name: row.before_fit() for name, row in read_parameters().items()}
    return {**central(table), **{name: np.array([value]) for name, value in changes.items()}}
