"""Concentration of materials and stages of the EU study, 2016 to 2020: of world supply and of sourcing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lodestock.risk import inputs
from lodestock.risk.eu_criticality import concentrations, share_flag

if TYPE_CHECKING:
    import polars as pl

LEAST_SUM = 0.5
"""Sourcing shares that add to less than this leave out the main suppliers (see ``filled_up``)."""


@dataclass(frozen=True)
class Market:
    """Weighted concentration of one material at one stage: of world supply and of EU sourcing."""

    world: float | None
    sourcing: float | None
    flags: tuple[str, ...]


def study_markets() -> tuple[dict[tuple[str, str], Market], tuple[str, ...]]:
    """Weighted concentrations of every material and stage of the study, and the names of its materials."""
    weight = inputs.governance_weights(*inputs.STUDY_YEARS)
    printed = inputs.study_shares("eu")
    world = _by_key(concentrations(inputs.study_shares("world"), weight))
    listed = _by_key(concentrations(printed, weight))
    sourcing = _by_key(concentrations(filled_up(printed, inputs.study_shares("world")), weight))
    found = {}
    for key in {**world, **sourcing}:
        flags = []
        if key in world and (note := share_flag(world[key]["share_sum"])):
            flags.append(f"world {note}")
        if key in listed and (note := share_flag(listed[key]["share_sum"])):
            rest = ", the rest taken as the world's" if listed[key]["share_sum"] < LEAST_SUM else ""
            flags.append(f"EU sourcing {note}{rest}")
        found[key] = Market(
            world=world[key]["weighted_hhi"] if key in world else None,
            sourcing=sourcing[key]["weighted_hhi"] if key in sourcing else None,
            flags=tuple(flags),
        )
    return found, tuple(sorted({material for material, _ in found}))


def _by_key(table: pl.DataFrame) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["material"], row["stage"]): row for row in table.to_dicts()}


def filled_up(sourcing: pl.DataFrame, world: pl.DataFrame) -> pl.DataFrame:
    """Sourcing shares, with what a short list leaves out taken as the world's supply of the other countries.

    Only lists that add to less than ``LEAST_SUM`` are filled up: they leave out the main suppliers. The
    others stay as printed.
    """
    import polars as pl

    key = ["material", "stage"]
    total = sourcing.group_by(key).agg(listed=pl.col("share").sum())
    others = (
        world.join(total.filter(pl.col("listed") < LEAST_SUM), on=key)
        .join(sourcing.select(*key, "country"), on=[*key, "country"], how="anti")
        .with_columns(
            share=pl.col("share") / pl.col("share").sum().over(key) * (1.0 - pl.col("listed")),
        )
    )
    return pl.concat([sourcing, others.select(sourcing.columns)])
