"""Which inputs matter most: the tornado rows of the headline number that moves.

Where the price moves with the assumptions, inputs are ranked by their effect on it. Where a floor or a wide
market holds the price, they are ranked by their effect on what the first side gains or loses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from lodestock.report.frames import EVERYBODY, last_stage
from lodestock.report.names import material_name
from lodestock.report.numbers import bare, money, percent
from lodestock.report.sides import sides

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome

PRICE_MOVES = 0.01
"""A price change that moves by less than a percentage point, or ``RELATIVE`` of itself, is held."""
RELATIVE = 0.10


@dataclass(frozen=True)
class Drivers:
    """Tornado rows, by falling swing, of one number; ``subject`` completes '... hangs most on'."""

    metric: str
    subject: str
    title: str
    rows: pl.DataFrame

    @property
    def is_price(self) -> bool:
        """Whether the number is a price change (a fraction) rather than money."""
        return self.metric == "price_change"

    def shown(self, value: float) -> str:
        """Return a value of the number as text."""
        return percent(value) if self.is_price else money(value, sign=True)


def input_value(row: Mapping[str, Any], end: str, *, short: bool = False) -> str:
    """Return one end of an input's range as a reader says it: ``8 %``, ``60 days``, ``elasticity 0.15``.

    With ``short``, for the ends of a bar beside its label, an elasticity is the bare number.
    """
    value, kind = float(row[end]), str(row["input_unit"]).split(" ")[0]
    if short and "elasticity" in str(row["input"]):
        return bare(value)
    if "elasticity" in str(row["input"]) and "elasticity" not in str(row["input_label"]):
        return f"elasticity {bare(value)}"
    if kind == "share":
        return percent(value, sign=False)
    if kind in ("days", "years"):
        return f"{bare(value)} {kind}"
    if kind == "multiple":
        return f"{bare(value)} times the price"
    return bare(value)


def drivers(outcome: Outcome, material: str) -> Drivers | None:
    """Return the inputs that move the material's headline number, or None when no draws were made."""
    side = sides(outcome)[0]
    name = material_name(material)
    price = _rows(outcome, material, "price_change", stage=last_stage(outcome.cases["scenario"], material))
    subject = f"the {name} price {side.where}"
    on_price = Drivers("price_change", subject, f"What drives {subject}", price)
    if not price.is_empty():
        swing, central = float(price["swing"][0]), abs(float(price["central"][0]))
        if swing >= max(PRICE_MOVES, RELATIVE * central):
            return on_price
    money_rows = _rows(outcome, material, "surplus_change", party=EVERYBODY)
    if not money_rows.is_empty():
        over = "" if len(outcome.materials) == 1 else f" over {name}"
        subject = f"the net gain or loss of everybody {side.who}{over}"
        return Drivers(
            "surplus_change", subject, f"What drives the net gain or loss {side.where}{over}", money_rows
        )
    return None if price.is_empty() else on_price


def _rows(outcome: Outcome, material: str, metric: str, *, stage: str = "", party: str = "") -> pl.DataFrame:
    return outcome.tornado.filter(
        (pl.col("metric") == metric)
        & (pl.col("material") == material)
        & (pl.col("stage") == stage)
        & (pl.col("market") == sides(outcome)[0].market)
        & (pl.col("country") == "")
        & (pl.col("party") == party)
        & (pl.col("swing") > 0)
    ).sort("swing", descending=True)
