"""Splitting producers by tonnage, so that an instrument can cover the first tonnes only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from lodestock.policy.network import Network
from lodestock.policy.parts import REFINED, Columns, FloatArray, IndexArray, LevyTerm, SupplyRows, Wedge
from lodestock.policy.terms import ContractForDifference, ProductionSubsidy

Table = TypeVar("Table", Columns, SupplyRows)
Money = TypeVar("Money", Wedge, LevyTerm)


def first_tonnes(
    network: Network, term: ProductionSubsidy | ContractForDifference, volume: float | None
) -> tuple[Network, IndexArray, IndexArray]:
    """Columns and supply rows that stand for the first ``volume`` tonnes of the term's producers.

    The volume is shared over the producers by base output (equally when none produced); None covers
    everything and splits nothing.

    Returns
    -------
    The network, split where needed; processing columns; supply rows.
    """
    rows = network.supply_rows(term.material, term.stage, term.producers)
    columns = np.zeros(0, dtype=np.int64)
    if term.stage == REFINED:
        columns = network.process_columns(term.material, term.producers)
    if volume is None:
        return network, columns, rows
    output = network.base_output(term.material, term.stage)
    output = np.where(network.country_mask(term.producers), output, 0.0)
    if output.sum() <= 0.0:
        output = network.country_mask(term.producers).astype(float)
    quota = volume * output / output.sum()
    network, rows = _split_rows(network, rows, quota)
    network, columns = _split_columns(network, columns, quota)
    return network, columns, rows


def _split_rows(network: Network, rows: IndexArray, quota: FloatArray) -> tuple[Network, IndexArray]:
    """Cut each country's rows at its quota; returns the rows below it."""
    table = network.supply
    left = quota.copy()
    covered: list[int] = []
    for row in rows.tolist():
        country = int(network.nodes.country[table.node[row]])
        low, high = float(table.block_low[row]), float(table.block_high[row])
        room = min(high, max(float(table.capacity[row]), low)) - low
        if left[country] <= 0.0:
            continue
        covered.append(row)
        if left[country] < room:
            cut = low + left[country]
            rest = len(table.node)
            below = min(float(table.base_quantity[row]), float(left[country]))
            table = _appended(table, row, block_low=cut, base_quantity=table.base_quantity[row] - below)
            table.block_high[row] = cut
            table.base_quantity[row] = below
            network = _cover(replace(network, supply=table), "rows", row, rest)
            left[country] = 0.0
        else:
            left[country] -= room
    return replace(network, supply=table), np.array(covered, dtype=np.int64)


def _split_columns(network: Network, columns: IndexArray, quota: FloatArray) -> tuple[Network, IndexArray]:
    """Cut each country's processing columns at its quota, cheapest first; returns the columns below it."""
    left = quota.copy()
    covered: list[int] = []
    names = list(network.column_names)
    for column in columns[np.argsort(network.columns.cost[columns], kind="stable")].tolist():
        table = network.columns
        country = int(network.nodes.country[table.give[column]])
        room = float(table.capacity[column])
        if left[country] <= 0.0:
            continue
        covered.append(column)
        if left[country] < room:
            cut = float(left[country])
            rest = len(table.give)
            base = float(table.base_level[column])
            table = _appended(
                table,
                column,
                cost=table.cost[column] + table.slope[column] * cut,
                capacity=room - cut,
                base_level=max(base - cut, 0.0),
            )
            table.capacity[column] = cut
            table.base_level[column] = min(base, cut)
            names.append(f"{names[column]} beyond {cut:g} t")
            network = _cover(replace(network, columns=table), "columns", column, rest)
            left[country] = 0.0
        else:
            left[country] -= room
    return replace(network, column_names=tuple(names)), np.array(covered, dtype=np.int64)


def _appended(table: Table, row: int, **values: float) -> Table:
    """Copy of a table with a copy of one row at its end, some values replaced."""
    return replace(
        table,
        **{
            name: np.append(column, np.asarray(values.get(name, column[row]), dtype=column.dtype))
            for name, column in vars(table).items()
        },
    )


def _cover(network: Network, axis: str, old: int, new: int) -> Network:
    """Make every wedge and levy that covers the column or row ``old`` cover ``new`` alike."""
    return replace(
        network,
        wedges=tuple(_covering(wedge, axis, old, new) for wedge in network.wedges),
        levies=tuple(_covering(levy, axis, old, new) for levy in network.levies),
    )


def _covering(term: Money, axis: str, old: int, new: int) -> Money:
    at = np.flatnonzero(getattr(term, axis) == old)
    if not at.size:
        return term
    position = int(at[0])
    along: tuple[str, ...]
    if axis == "columns":
        along = ("cost", "take_money", "give_money") if isinstance(term, Wedge) else ("column_weight",)
        place, insert = position, len(term.columns)
    else:
        along = ("rate",) if isinstance(term, Wedge) else ("row_weight",)
        place, insert = len(term.columns) + position, len(term.country)
    changed: dict[str, Any] = {
        name: np.append(getattr(term, name), getattr(term, name)[position]) for name in along
    }
    changed[axis] = np.append(getattr(term, axis), new)
    changed["country"] = np.insert(term.country, insert, term.country[place])
    return replace(term, **changed)
