"""Everything at once: random cases with any of the elements, instruments and links between periods.

No number is stored. A case must be solved to its certificate, its welfare must add up, it must read back the
same, the order of its elements must not matter, and a rolling horizon must hold the same certificate.
"""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lodestock.market import WithinBudget, welfare
from lodestock.market.case import (
    case_from,
    case_text,
    parse_case,
    result_of,
    solve_case,
    solve_case_rolling,
)

MARKETS = ("ore A", "ore B", "A", "B", "users")
"""Nodes whose price is pinned down; that of an obligation nobody feels is not."""


class Maker:
    """A random case of two countries, two stages and a slag, element by element."""

    def __init__(self, seed: int, slopes: float) -> None:
        self.rng = np.random.default_rng(seed)
        self.slopes = slopes

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def slope(self) -> float:
        return self.slopes * self.between(0.01, 0.3)

    def some(self, *elements: dict) -> list[dict]:
        return [element for element in elements if self.rng.random() < 0.5]

    def document(self) -> dict:
        ships, names = self.ships()
        made = {
            "format": "lodestock-market-case",
            "version": 1,
            "nodes": [{"name": name} for name in (*MARKETS, "slag")],
            "curves": self.curves(),
            "activities": [*self.activities(), ships],
            "levies": self.levies(names),
            "constraints": self.constraints(names),
        }
        count = int(self.rng.integers(1, 4))
        return {**made, **self.links(count)} if count > 1 else made

    def curves(self) -> list[dict]:
        u = self.between
        linear_supply, linear_use = {"kind": "linear_supply"}, {"kind": "linear_use"}
        return [
            {
                "name": "mine A",
                "node": "ore A",
                **linear_supply,
                "intercept": u(0.2, 1),
                "slope": u(0.05, 0.3),
            },
            {
                "name": "mine B",
                "node": "ore B",
                "kind": "constant_elasticity_supply",
                "quantity": u(2, 8),
                "price": 2.0,
                "elasticity": u(0.2, 2),
                "capacity": u(8, 20),
                "price_shift": -u(0, 0.5),
            },
            {
                "name": "use A",
                "node": "A",
                **linear_use,
                "choke": u(6, 12),
                "slope": u(0.3, 1),
                "price_shift": u(-0.5, 0.5),
            },
            {
                "name": "use B",
                "node": "users",
                "kind": "constant_elasticity_use",
                "quantity": u(2, 6),
                "price": 5.0,
                "elasticity": u(0.2, 1),
                "choke_multiple": 4.0,
            },
            {"name": "scrap", "node": "B", **linear_supply, "intercept": u(1, 6), "slope": u(0.5, 2)},
            {"name": "slag use", "node": "slag", **linear_use, "choke": u(0.1, 1), "slope": u(0.1, 1)},
        ]

    def activities(self) -> list[dict]:
        u, s = self.between, self.slope
        smelt = {"cost": u(0.5, 2), "slope": s()}
        trade = {"kind": "trade", "cost": u(0.1, 0.6), "slope": s()}
        buyer = {"name": "state", "kind": "sink", "node": "A", "cost": -u(2, 6), "capacity": u(0.1, 1)}
        return [
            {"name": "smelt A", "kind": "process", "from": "ore A", "to": "A", "yield": u(0.6, 1), **smelt},
            {
                "name": "smelt B",
                "kind": "joint_process",
                "from": "ore B",
                "to": ["B", "slag"],
                "yields": [u(0.6, 1), u(0.05, 0.3)],
                **smelt,
            },
            {"name": "ore ship", "from": "ore A", "to": "ore B", "export_tax": u(0, 0.2), **trade},
            {"name": "back", "from": "B", "to": "A", "duty": u(0, 0.2), **trade},
            {"name": "use", "kind": "trade", "from": "B", "to": "users"},
            *self.some(buyer),
        ]

    def ships(self) -> tuple[dict, list[str]]:
        """The way from A to B, with one duty or with two."""
        u = self.between
        way = {"name": "ship", "from": "A", "to": "B", "cost": u(0.1, 0.5), "slope": self.slope()}
        if self.rng.random() < 0.5:
            return {**way, "kind": "trade", "tariff": u(0, 0.5)}, ["ship"]
        quota = float(self.rng.choice([0.0, u(0, 3)]))
        rates = {"tariff": u(0, 0.3), "tariff_beyond": u(0.3, 2), "duty": 0.05, "duty_beyond": 0.1}
        two = {**way, "kind": "tariff_rate_quota", "quota": quota, **rates}
        return two, ["ship within quota", "ship beyond quota"]

    def levies(self, ships: list[str]) -> list[dict]:
        u = self.between
        contract = {
            "name": "contract",
            "kind": "contract",
            "strike": u(2, 8),
            "two_way": bool(self.rng.random() < 0.5),
            "reference": {"ore B": 1.0},
            "pays_curves": {"mine B": 1.0},
        }
        floor = {
            "name": "floor",
            "kind": "floor",
            "floor": u(3, 9),
            "cap": u(0, 4),
            "reference": {"B": 1.0},
            "charges": dict.fromkeys(ships, 1.0),
        }
        border = {
            "name": "border",
            "kind": "minimum_import_price",
            "activity": ships[0],
            "minimum": u(3, 8),
            "cost": 0.2,
        }
        return self.some(contract, floor if self.rng.random() < 0.5 else border)

    def constraints(self, ships: list[str]) -> list[dict]:
        u, one = self.between, dict.fromkeys(ships, 1.0)
        content = {"counted": {"smelt B": u(0.5, 1)}, "base": {"use": 1.0}, "share": u(0, 1)}
        cap = {"counted": one, "base": {"use": 1.0}, "share": u(0, 1)}
        licences = {"activities": {**one, "ore ship": u(0.5, 2)}, "quota": u(0, 4)}
        return self.some(
            {"name": "content", "kind": "minimum_share", **content},
            {"name": "cap", "kind": "maximum_share", **cap},
            {"name": "licences", "kind": "shared_quota", **licences},
            {
                "name": "offtake",
                "kind": "minimum_level",
                "activities": {"smelt A": 1.0},
                "minimum": u(0, 2),
            },
        )

    def links(self, count: int) -> dict:
        u = self.between
        first = str(self.rng.choice(["2025", "2025-Q1", "2025-01"]))
        store = {"holding_cost": u(0, 0.3), "interest": u(0, 0.1), "loss": u(0, 0.1), "opening": u(0, 1)}
        reserve = {
            "name": "reserve",
            "node": "B",
            "buy_price": u(2, 4),
            "release_price": u(4.5, 8),
            "opening": u(0, 2),
            "budget": u(0.1, 5) if self.rng.random() < 0.5 else None,
            "friction": 0.01,
            "patience": float(self.rng.choice([0.0, 0.9])),
        }
        sea = {"name": "sea", "from": "A", "to": "B", "lag": 1, "cost": u(0.1, 0.4), "slope": 0.05}
        yard = {
            "name": "yard",
            "node": "B",
            "uses": ["use"],
            "collectable": u(0, 0.5),
            "lag": 1,
            "past_use": [u(0, 4)],
            "cost": u(0.1, 2),
            "slope": 0.05,
            "yield": u(0.5, 1),
        }
        return {
            "periods": {"first": first, "count": count},
            "stores": self.some({"name": "store", "node": "A", "slope": 0.01, **store}),
            "policy_stocks": self.some(reserve),
            "shipments": self.some({**sea, "on_the_way": [u(0, 1)]}),
            "recycling": self.some(yard),
        }


def reordered(document: dict, seed: int) -> dict:
    made, rng = copy.deepcopy(document), np.random.default_rng(seed)
    for key in ("nodes", "curves", "activities", "levies", "constraints"):
        rng.shuffle(made[key])
    return made


def prices(case, solution) -> dict[str, float]:
    found = zip(map(str, case.market.node_names), solution.price.tolist(), strict=True)
    return {name: price for name, price in found if name.partition(" @ ")[0] in MARKETS}


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), slopes=st.sampled_from([0.0, 1.0]))
def test_any_case_is_solved_adds_up_and_reads_back(seed, slopes):
    document = Maker(seed, slopes).document()
    case = case_from(document)
    solution = solve_case(case)
    assert not isinstance(solution, WithinBudget)
    assert solution.is_solved
    assert solution.certificate.worst <= 1e-8
    assert solution.certificate.money_identity <= 1e-9
    assert solution.certificate.mass_identity <= 1e-9
    assert welfare(case.market, solution).residual <= 1e-9
    json.dumps(result_of(case, solution), allow_nan=False)
    assert parse_case(case_text(case)).document == document
    other = case_from(reordered(document, seed))
    again = solve_case(other)
    assert prices(other, again) == pytest.approx(prices(case, solution), rel=1e-6, abs=1e-6)
    if case.horizon is not None:
        path = solve_case_rolling(case)
        assert path.is_solved
        assert path.worst <= 1e-8
