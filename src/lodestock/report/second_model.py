"""The report's comparison of two laws of trade on the same shock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lodestock.report.frames import markets_of, stages_of
from lodestock.report.names import capital, material_name, stage_name
from lodestock.report.numbers import ABSENT, percent
from lodestock.report.sides import price_sides
from lodestock.report.table import Column, Table, table
from lodestock.scenario.second_model import SecondModel, SecondModelRow

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome

FACTOR = 1.5
"""Price levels further apart than this, as a ratio, are called a disagreement."""


def second_model_table(outcome: Outcome, found: SecondModel) -> Table:
    """Price change by market under both models, the second over its range of substitution."""
    label = {side.market: side.label for side in price_sides(outcome)}
    rows = []
    for row in found.rows:
        if row.market not in label:
            continue
        first = _first(outcome, row)
        low, central, high = row.price_change
        rows.append(
            [
                f"{capital(material_name(row.material))}, {stage_name(row.stage)}",
                label[row.market],
                _percent(first),
                percent(central),
                f"{percent(low)} to {percent(high)}",
                _percent(_first_shortage(outcome, row), sign=False),
                percent(row.shortage_share[1], sign=False),
            ]
        )
    values = found.rows[0].substitution if found.rows else (0.0, 0.0, 0.0)
    columns = (
        "Material and stage",
        "Where",
        Column("Price, one good", "%"),
        Column("Price, by origin", "%"),
        Column("Range", f"substitution {values[0]:g} to {values[2]:g}"),
        Column("Shortage, one good", "% of use"),
        Column("Shortage, by origin", "% of use"),
    )
    note = (
        "One good: the model of this report. By origin: buyers tell goods apart by where they were made, and "
        f"replace one origin by another with an elasticity of {values[1]:g} (range in the heading). There no "
        "route opens that carried nothing in the base year, and prices at other stages stand still."
    )
    return table("second-model", "The same shock under two laws of trade", columns, rows, note)


def second_model_sentences(outcome: Outcome, found: SecondModel) -> Iterator[str]:
    """Say where the two models part, and what the second could not state."""
    where = {side.market: side.where for side in price_sides(outcome)}
    for row in found.rows:
        first = _first(outcome, row)
        if first is None or row.market not in where:
            continue
        ratio = (1.0 + row.price_change[1]) / (1.0 + first)
        if max(ratio, 1.0 / ratio) > FACTOR:
            name, far = capital(material_name(row.material)), max(ratio, 1.0 / ratio)
            yield (
                f"{name} costs {far:.1f} times {'as much' if ratio > 1.0 else 'less'} "
                f"{where[row.market]} where buyers tell goods apart by origin and no new route opens."
            )
    for reason in found.left_out:
        yield f"Not stated in the second model: {reason}."


def _percent(value: float | None, *, sign: bool = True) -> str:
    return ABSENT if value is None else percent(value, sign=sign)


def _first(outcome: Outcome, row: SecondModelRow) -> float | None:
    case = outcome.cases["scenario"]
    if row.stage not in stages_of(case, row.material):
        return None
    for item in markets_of(outcome, case, row.material, row.stage).to_dicts():
        if item["market"] == row.market:
            return float(item["change"])
    return None


def _first_shortage(outcome: Outcome, row: SecondModelRow) -> float | None:
    metrics = outcome.cases["scenario"].metrics
    chosen = metrics.filter(
        (metrics["metric"] == "shortage_share")
        & (metrics["material"] == row.material)
        & (metrics["market"] == row.market)
        & (metrics["country"] == "")
    )
    return float(chosen["value"][0]) if chosen.height else None
