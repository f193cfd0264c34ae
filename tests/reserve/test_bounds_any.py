"""Both bounds around the exact optimum of the tree, on cases drawn at random: everything at once."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from tests.reserve import small

from lodestock.reserve.bounds import certify
from lodestock.reserve.prepare import prepare
from lodestock.reserve.stages import reserve_model
from lodestock.reserve.training import Effort, measure
from lodestock.sddp import extensive_form


def drawn(seed: int) -> dict[str, Any]:
    """Return a small case: one or two materials, seen or hidden regimes, any money and objective."""
    r = Random(seed)
    several = r.random() < 0.6
    tree = small.two_materials(quarters=r.choice([2, 3])) if several else small.document(quarters=3)
    tree |= {
        "objective": r.choice(["emergency-cover", "market-stabilisation", "supply-chain-bankability"]),
        "discount_rate": r.choice([0.0, 0.03, 0.2]),
        "noise": {"outcomes": r.choice([1, 2]), "gap": r.choice([0.0, 0.3]), "price": r.choice([0.0, 0.2])},
        "crowding": r.choice([0.0, 0.3]),
        "permanent_impact": r.choice([0.0, 0.3]),
        "terminal": r.choice([0.0, 0.5, 0.9, 1.0]),
        "protection": r.choice([0.0, 0.5, 1.0]),
        "sell_in_calm": r.random() < 0.4,
        "money": money(r),
    }
    site = {"country": "USA", "rent": f"{r.choice([0, 2000, 30000])} USD/t", "delivery": r.choice([0.3, 1.0])}
    tree["sites"] = {"depot": site | ({"capacity": "6 t"} if r.random() < 0.3 else {})}
    for holding in tree["holdings"]:
        holding |= {
            "lag": r.choice([0, 1, 1, 2]),
            "usable": r.choice([0.7, 1.0]),
            "loss": r.choice([0.0, 0.1]),
        }
        holding |= {"premium": 0.2, "shelf_life": "6 months"} if r.random() < 0.25 else {}
        holding["start"] = f"{0 if 'capacity' in tree['sites']['depot'] else r.choice([0, 2, 5])} t"
    for terms in tree["materials"].values():
        value = r.choice([0.5, 1.2, 3.0, 10.0]) * small.PRICE
        terms["tiers"] = {"defence": 0.1, "essential": 0.3, "other": 0.6}
        terms["shortage_value"] = {
            name: f"{times * value} USD/t" for name, times in (("defence", 4), ("essential", 2), ("other", 1))
        }
        terms |= {"cover": "40 days"} if r.random() < 0.5 else {}
        terms |= {"offtake": "5 t/year"} if r.random() < 0.5 else {}
        terms["short"] = {"ban": r.choice([0.1, 0.5, 1.0])}
    group = tree["groups"]["control"]
    stay, end = r.random(), r.random()
    group["transition"] = {"calm": {"calm": stay, "ban": 1 - stay}, "ban": {"calm": end, "ban": 1 - end}}
    if r.random() < 0.35:
        for terms in tree["materials"].values():
            terms["short"] = {"stop": terms["short"]["ban"]}
        group |= {
            "hidden": True,
            "regimes": {"calm": {}, "ban": {}},
            "signals": {
                "quiet": {"probability": {"calm": 0.8, "ban": 0.3}},
                "stop": {"exporters": "CHN", "cut": 1.0, "probability": {"calm": 0.2, "ban": 0.7}},
            },
        }
    elif r.random() < 0.5:
        tree["risk"] = {"weight": r.choice([0.0, 0.5]), "tail": r.choice([0.0, 0.1, 0.4])}
    return tree


def money(r: Random) -> dict[str, Any]:
    """Return a budget, private money and a loan, each or none."""
    found: dict[str, Any] = {}
    if r.random() < 0.4:
        found["budget_per_quarter"] = f"{r.choice([0.1, 0.5, 2])} M USD"
    if r.random() < 0.5:
        found["private"] = {"amount": f"{r.choice([0.2, 0.6, 3])} M USD"}
        if r.random() < 0.6:
            found["loan"] = {"amount": f"{r.choice([0.3, 2])} M USD", "rate": r.choice([0.02, 0.15])}
            found["loan"] |= {"advance_rate": r.choice([0.5, 0.9]), "price_stress": r.choice([0.0, 0.3])}
    return found


@pytest.mark.parametrize("seed", range(24))
def test_the_exact_optimum_lies_between_the_bounds_of_any_case(seed: int) -> None:
    problem = prepare(small.case(drawn(seed)))
    found = certify(problem, Effort(gap=1e-3, seconds=15.0, iterations=60, seed=1))
    proof = found.certificate
    optimum = extensive_form(reserve_model(problem), risk=measure(problem)).value * problem.money_unit
    slack = 1e-6 * abs(optimum) + 2.0
    assert proof.is_proved
    assert proof.lower_bound <= optimum + slack
    assert optimum <= proof.upper_bound + slack
