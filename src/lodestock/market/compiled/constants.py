"""Numbers that kernels take from the methods they follow; a change of one renews the translations."""

from lodestock.market.curves import SMALLEST_PRICE
from lodestock.market.homotopy import ALIVE, FREE_MOVE, HARDLY, LARGEST_SLOPE, NEGLIGIBLE
from lodestock.market.interior import FLOOR as INTERIOR_FLOOR
from lodestock.market.interior_point import REGULARISATION as DIAGONAL_REGULARISATION
from lodestock.market.interior_point import SLOPE_REGULARISATION
from lodestock.market.newton import (
    CENTRE_SLOPES,
    COLD_SMOOTHING,
    GOOD_STEP,
    GUESSES,
    LAST_SMOOTHING,
    LEVY_PROXIMAL,
    LONG_ENOUGH,
    LONGEST_STEP,
    MOST_HALVINGS,
    MOST_TRIALS,
    PATIENCE,
    REGULARISATION,
    ROUGH,
    SHORT_STEP,
)
from lodestock.market.settle import NOTHING

__all__ = [
    "ALIVE",
    "CENTRE_SLOPES",
    "COLD_SMOOTHING",
    "DIAGONAL_REGULARISATION",
    "FREE_MOVE",
    "GOOD_STEP",
    "GUESSES",
    "HARDLY",
    "INTERIOR_FLOOR",
    "LARGEST_SLOPE",
    "LAST_SMOOTHING",
    "LEVY_PROXIMAL",
    "LONGEST_STEP",
    "LONG_ENOUGH",
    "MOST_HALVINGS",
    "MOST_TRIALS",
    "NEGLIGIBLE",
    "NOTHING",
    "PATIENCE",
    "REGULARISATION",
    "ROUGH",
    "SHORT_STEP",
    "SLOPE_REGULARISATION",
    "SMALLEST_PRICE",
]
