"""The page a specialist reads in a minute: who mines, refines and uses, at what price, and how sure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lodestock.world.model import FLOW_STATUS, Adjustment, FloatArray, World

LISTED_COUNTRIES = 12
LISTED_FLOWS = 15
LISTED_ADJUSTMENTS = 10

Row = Mapping[str, str | float]


@dataclass(frozen=True)
class WorldSummary:
    """Tables of one calibrated world; rows of a table have the same keys, which name the units."""

    material: str
    name: str
    basis: str
    base_year: int
    stages: tuple[str, ...]
    balance: tuple[Row, ...]
    """Per stage: output, scrap, stock change and what is taken, t."""
    producers: tuple[Row, ...]
    refiners: tuple[Row, ...]
    users: tuple[Row, ...]
    flows: tuple[Row, ...]
    """Largest flows between countries per stage, with the observation and the status."""
    observation: tuple[Row, ...]
    """Per stage: share of the tonnes that is domestic, observed, adjusted and estimated, and that flows from
    the dearer to the cheaper node."""
    prices: tuple[Row, ...]
    end_uses: tuple[Row, ...]
    stocks: tuple[Row, ...]
    behaviour: tuple[Row, ...]
    adjustments: tuple[Row, ...]
    """The ten largest, by change against the world total of their stage."""
    sources: tuple[str, ...]
    host: str

    def as_dict(self) -> dict[str, Any]:
        """The same as plain lists and dictionaries, for JSON."""
        return {
            name: [dict(row) for row in value]
            if isinstance(value, tuple) and value and isinstance(value[0], Mapping)
            else (list(value) if isinstance(value, tuple) else value)
            for name, value in self.__dict__.items()
        }


def summarise(world: World) -> WorldSummary:
    """Condense a world into the tables of its page."""
    first = world.first_stage
    process = world.process
    refiners: tuple[Row, ...] = ()
    if process is not None:
        refiners = _ranked(world, process.output, process.status, process.capacity)
    return WorldSummary(
        material=world.material,
        name=world.name,
        basis=world.basis,
        base_year=world.base_year,
        stages=world.stages,
        balance=tuple(_balance(world, stage) for stage in world.stages),
        producers=_ranked(
            world, world.supply[first].quantity, world.supply[first].status, world.supply[first].capacity
        ),
        refiners=refiners,
        users=_ranked(world, world.use.quantity, world.use.status, None),
        flows=tuple(row for stage in world.stages for row in _flows(world, stage)),
        observation=tuple(_observation(world, stage) for stage in world.stages),
        prices=tuple(_prices(world, stage) for stage in world.stages),
        end_uses=tuple(
            {
                "end_use": use.name,
                "share": use.share,
                "leaves_share": use.backstop_share,
                "from_price_multiple": use.multiple_low,
                "to_price_multiple": use.multiple_high,
                "reason": use.reason,
            }
            for use in sorted(world.use.end_uses, key=lambda use: -use.share)
        ),
        stocks=tuple(
            {
                "stage": stage,
                "held_t": float(world.stock[stage].held.sum()),
                "drawable_t": float(world.stock[stage].draw_capacity.sum()),
                "room_t": float(world.stock[stage].build_capacity.sum()),
            }
            for stage in world.stages
        ),
        behaviour=_behaviour(world),
        adjustments=largest_adjustments(world),
        sources=world.sources,
        host=""
        if world.host is None
        else f"{world.host.tied_share:.0%} tied to {world.host.material} ({world.host.stage})",
    )


def largest_adjustments(world: World, count: int = LISTED_ADJUSTMENTS) -> tuple[Row, ...]:
    """Adjustments with the largest change against the world total of their stage, or against the price."""
    totals = {stage: float(world.need(stage).sum()) for stage in world.stages}

    def weight(item: Adjustment) -> float:
        if item.unit != "t":
            return abs(item.fitted - item.observed) / max(item.observed, item.fitted, 1e-300)
        return abs(item.fitted - item.observed) / max(totals.get(item.stage, 0.0), 1e-300)

    ranked = sorted(world.adjustments, key=weight, reverse=True)[:count]
    return tuple({**item.__dict__, "share_of_world": weight(item)} for item in ranked)


def _balance(world: World, stage: str) -> Row:
    secondary = float(world.secondary.quantity.sum()) if stage == world.last_stage else 0.0
    return {
        "stage": stage,
        "primary_t": float(world.available(stage).sum()) - secondary,
        "secondary_t": secondary,
        "stock_change_t": float(world.stock_change[stage].sum()),
        "taken_t": float(world.need(stage).sum()),
    }


def _ranked(
    world: World, quantity: FloatArray, status: tuple[str, ...], capacity: FloatArray | None
) -> tuple[Row, ...]:
    total = max(float(quantity.sum()), 1e-300)
    order = [c for c in np.argsort(-quantity).tolist() if quantity[c] > 0][:LISTED_COUNTRIES]
    rows: list[Row] = []
    for c in order:
        row: dict[str, str | float] = {
            "country": world.countries[c],
            "name": world.country_names[c],
            "t": float(quantity[c]),
            "share": float(quantity[c]) / total,
            "status": status[c],
        }
        if capacity is not None:
            row["capacity_t"] = float(capacity[c])
        rows.append(row)
    return tuple(rows)


def _flows(world: World, stage: str) -> list[Row]:
    table = world.flows[stage].copy()
    np.fill_diagonal(table, 0.0)
    observed = world.observed_flows[stage]
    order = np.argsort(-table, axis=None)[:LISTED_FLOWS].tolist()
    n = len(world.countries)
    pairs = [(index // n, index % n) for index in order]
    return [
        {
            "stage": stage,
            "exporter": world.countries[i],
            "importer": world.countries[j],
            "t": float(table[i, j]),
            "observed_t": float(observed[i, j]),
            "status": FLOW_STATUS[world.flow_status[stage][i, j]],
        }
        for i, j in pairs
        if table[i, j] > 0
    ]


def _observation(world: World, stage: str) -> Row:
    table, codes = world.flows[stage], world.flow_status[stage]
    total = max(float(table.sum()), 1e-300)
    row: dict[str, str | float] = {"stage": stage}
    for code, name in enumerate(FLOW_STATUS):
        if name != "none":
            row[name] = float(table[codes == code].sum()) / total
    row["against_gradient"] = float(table[against_gradient(world, stage)].sum()) / total
    row["observed_trade_t"] = float(world.observed_flows[stage].sum())
    row["fitted_trade_t"] = float(table.sum() - np.trace(table))
    return row


def against_gradient(world: World, stage: str) -> NDArray[np.bool_]:
    """Flags routes in use whose importer has the lower base price, (exporter, importer).

    Their marginal cost at the base flow is negative: a contract, a quality or an owner explains the trade,
    not the price; a report that shows such a cost shows this flag with it.
    """
    price, flows = world.price[stage], world.flows[stage]
    return np.asarray((flows > 0) & (price[None, :] < price[:, None]))


def _prices(world: World, stage: str) -> Row:
    price = world.price[stage]
    active = np.flatnonzero((world.available(stage) > 0) | (world.need(stage) > 0))
    low, high = active[np.argmin(price[active])], active[np.argmax(price[active])]
    return {
        "stage": stage,
        "form": world.price_form[stage],
        "usd_per_t": world.reference_price[stage],
        "lowest_usd_per_t": float(price[low]),
        "lowest_country": world.countries[low],
        "highest_usd_per_t": float(price[high]),
        "highest_country": world.countries[high],
    }


def _behaviour(world: World) -> tuple[Row, ...]:
    keep = (
        "supply_elasticity",
        "byproduct_supply_elasticity",
        "refining_elasticity",
        "use_elasticity",
        "final_choke_multiple",
        "route_stiffness",
        "process_yield",
        "mine_payable_share",
    )
    return tuple(
        {
            "assumption": key,
            "low": row.low,
            "central": row.central,
            "high": row.high,
            "unit": row.unit,
            "reason": row.reason,
            "source": row.source,
        }
        for key, row in world.assumptions.items()
        if row.name.startswith(keep)
    )


def summary_text(summary: WorldSummary) -> str:
    """The page as plain text; see page.py."""
    from lodestock.world.page import page_text

    return page_text(summary)
