"""Every check of a market fires, and names the element."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lodestock.errors import ConflictError, LodestockError, ValueOutOfRangeError
from lodestock.market import (
    assemble,
    columns,
    concatenate_curves,
    levy,
    linear_supply,
    linear_use,
    solve,
    trade,
)

NODES = ("mine", "plant")


def good_market():
    curves = concatenate_curves([linear_supply(["supply"], 0, 1.0, 1.0), linear_use(["use"], 1, 10.0, 1.0)])
    floor = levy("floor", charged=[0], reference={1: 1.0}, floor=7.0, cap=5.0)
    return assemble(NODES, trade(["arc"], 0, 1, 1.0, 0.1), curves, floor)


def changed(field, value):
    return lambda market: replace(market, **{field: np.asarray(value)})


def changed_curve(field, value):
    def change(market):
        block = getattr(market.curves, field).copy()
        block[value[0]] = value[1]
        return replace(market, curves=replace(market.curves, **{field: block}))

    return change


def changed_levy(field, value):
    return lambda market: replace(market, levies=replace(market.levies, **{field: np.asarray(value)}))


CASES = [
    (changed("cost", [np.nan]), "arc", "cost"),
    (changed("cost", [np.inf]), "arc", "cost"),
    (changed("slope", [-0.1]), "arc", "slope"),
    (changed("slope", [np.nan]), "arc", "slope"),
    (changed("capacity", [-1.0]), "arc", "capacity"),
    (changed("capacity", [np.nan]), "arc", "capacity"),
    (changed("cost", [1.0, 2.0]), "market", "cost has shape"),
    (changed("entry_node", [0, 7]), "arc", "unknown node index 7"),
    (changed("entry_node", [-1, 1]), "arc", "unknown node index -1"),
    (changed("entry_quantity", [-1.0, np.nan]), "arc", "plant"),
    (changed("entry_quantity", [-1.0, 0.0]), "arc", "plant"),
    (changed("entry_money", [-1.0, -1.0]), "arc", "plant"),
    (changed("entry_pointer", [0, 3]), "market", "entry_pointer"),
    (changed("entry_pointer", [0, 2, 2]), "market", "entry_pointer"),
    (changed("injection", [np.nan, 0.0]), "mine", "injection"),
    (changed("price_scale", [1.0, 0.0]), "plant", "price_scale"),
    (changed("quantity_scale", [-1.0, 1.0]), "mine", "quantity_scale"),
    (changed_curve("node", (0, 9)), "supply", "unknown node index 9"),
    (changed_curve("sign", (0, 2.0)), "supply", "sign"),
    (changed_curve("price_weight", (0, -1.0)), "supply", "price_weight"),
    (changed_curve("price_shift", (0, np.nan)), "supply", "price_shift"),
    (changed_curve("breaks", ((0, 0), 0.5)), "supply", "first break"),
    (changed_curve("breaks", ((0, 1), np.nan)), "supply", "breaks"),
    (changed_curve("a1", ((0, 1), np.inf)), "supply", "a1"),
    (changed_curve("a1", ((0, 1), -1.0)), "supply", "quantity"),
    (changed_curve("a2", ((0, 1), 3.0)), "supply", "continuous"),
    (changed_curve("e1", ((1, 0), -1.0)), "use", "first exponent"),
    (changed_levy("floor", [np.nan]), "floor", "floor"),
    (changed_levy("cap", [np.inf]), "floor", "cap"),
    (changed_levy("cap", [-1.0]), "floor", "cap"),
    (changed_levy("lower", [-np.inf]), "floor", "cap"),
    (changed_levy("self_response", [-1.0]), "floor", "self_response"),
    (changed_levy("charge_activity", [4]), "floor", "unknown charged activity index 4"),
    (changed_levy("charge_weight", [np.nan]), "floor", "weight of charged activity"),
    (changed_levy("charge_levy", [3]), "levy charge", "unknown levy index 3"),
    (changed_levy("reference_node", [5]), "floor", "unknown reference node index 5"),
    (changed_levy("reference_weight", [0.0]), "floor", "reference weights"),
]


@pytest.mark.parametrize(("change", "element", "words"), CASES)
def test_each_problem_is_named(change, element, words):
    with pytest.raises(LodestockError) as caught:
        solve(change(good_market()))
    assert element in str(caught.value)
    assert words in str(caught.value)


def test_a_supply_that_falls_with_the_price_is_refused():
    curves = concatenate_curves([linear_use(["use"], 0, 10.0, 1.0)])
    with pytest.raises(ValueOutOfRangeError, match="supply that does not fall"):
        assemble(("m",), columns([], [], 0.0, 0.0), replace(curves, sign=np.array([1.0])))


def test_a_column_without_entries_is_refused():
    with pytest.raises(ValueOutOfRangeError, match="number of entries"):
        assemble(("m",), columns(["empty"], [[]], 0.0, 0.0), linear_use(["use"], 0, 10.0, 1.0))


@pytest.mark.parametrize(
    ("nodes", "names", "kind"), [(("a", "a"), ["x", "y"], "node"), (("a", "b"), ["x", "x"], "activity")]
)
def test_names_are_unique(nodes, names, kind):
    with pytest.raises(ConflictError, match=kind):
        assemble(nodes, trade(names, 0, 1, 1.0, 0.1), linear_use(["use"], 0, 10.0, 1.0))


def test_a_market_without_nodes_is_refused():
    with pytest.raises(ConflictError, match="without nodes"):
        assemble((), columns([], [], 0.0, 0.0), concatenate_curves([]))


def test_unknown_selection_and_foreign_start_are_refused():
    market = good_market()
    with pytest.raises(ValueOutOfRangeError, match="minimal-levy"):
        solve(market, select="maximal")
    solution = solve(market)
    with pytest.raises(ConflictError, match="prices"):
        solve(market, start=replace(solution, price=np.ones(7)))
