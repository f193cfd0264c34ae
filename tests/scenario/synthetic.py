"""A small world with round numbers: AAA mines and refines, BBB refines and uses, CCC only uses.

Two-stage balance, t (yield 0.9 everywhere):
    mine     AAA 100 + BBB 10; stock built in AAA 10; feed AAA 60 (own), BBB 40 = 10 own + 30 from AAA
    refined  AAA 54, BBB 36, scrap BBB 5;  use AAA 20, BBB 55, CCC 20
             AAA 54 = 20 own + 19 to BBB + 15 to CCC;  BBB 41 = 36 own + 5 to CCC
One-stage: the refined row alone, with AAA 54 and BBB 36 as primary supply.
"""

from __future__ import annotations

import numpy as np

from lodestock.world.model import (
    Assumption,
    EndUse,
    Host,
    Process,
    RouteCost,
    Stock,
    SupplySide,
    Use,
    World,
)
from lodestock.world.routes import route_costs

COUNTRIES = ("AAA", "BBB", "CCC")
STATUS = ("reported",) * 3
MINE_PRICE, REFINED_PRICE = 500.0, 1000.0
YIELD = 0.9


def world(
    *, stages: tuple[str, ...] = ("mine", "refined"), material: str = "testium", host: Host | None = None
) -> World:
    """The world of the table above."""
    price = {
        "mine": np.array([490.0, 510.0, 505.0]),
        "refined": np.array([980.0, 1010.0, 1020.0]),
    }
    flows = {
        "mine": np.array([[60.0, 30.0, 0.0], [0.0, 10.0, 0.0], [0.0, 0.0, 0.0]]),
        "refined": np.array([[20.0, 19.0, 15.0], [0.0, 36.0, 5.0], [0.0, 0.0, 0.0]]),
    }
    mined = np.array([100.0, 10.0, 0.0])
    refined = np.array([54.0, 36.0, 0.0])
    scrap = np.array([0.0, 5.0, 0.0])
    two = len(stages) == 2
    available = {"mine": mined, "refined": refined + scrap}
    need = {"mine": refined / YIELD, "refined": np.array([20.0, 55.0, 20.0])}
    reference = {"mine": MINE_PRICE, "refined": REFINED_PRICE}
    distance = np.array([[0.0, 3000.0, 8000.0], [3000.0, 0.0, 6000.0], [8000.0, 6000.0, 0.0]])
    first = mined if two else refined
    return World(
        material=material,
        name=material.title(),
        basis="Tm contained",
        price_form={stage: stage for stage in stages},
        base_year=2024,
        stages=stages,
        countries=COUNTRIES,
        country_names=COUNTRIES,
        supply={stages[0]: _side(first, 1.2, {"short": 0.1, "long": 0.4}, 0.4, 0.7)},
        secondary=_side(scrap, 1.3, {"short": 0.2, "long": 0.5}, 0.2, 0.5),
        process=_process(refined, price) if two else None,
        use=Use(
            quantity=need["refined"],
            status=STATUS,
            elasticity={"short": 0.2, "long": 0.6},
            end_uses=(
                EndUse("alloys", 0.6, 0.5, 2.0, 4.0, "test"),
                EndUse("magnets", 0.4, 0.2, 3.0, 6.0, "test"),
            ),
            choke_multiple=12.0,
        ),
        price={stage: price[stage] for stage in stages},
        reference_price={stage: reference[stage] for stage in stages},
        flows={stage: flows[stage] for stage in stages},
        observed_flows={stage: flows[stage] for stage in stages},
        prior_flows={stage: flows[stage] for stage in stages},
        distance=distance,
        flow_status={stage: (flows[stage] > 0).astype(np.int8) for stage in stages},
        route={
            stage: _route(
                flows[stage], price[stage], distance, available[stage], need[stage], reference[stage]
            )
            for stage in stages
        },
        stock_change={
            stage: np.array([10.0, 0.0, 0.0]) if stage == "mine" else np.zeros(3) for stage in stages
        },
        stock={
            stage: Stock(0.1 * need[stage], 0.05 * need[stage], 0.5, 0.05 * available[stage], 0.3)
            for stage in stages
        },
        host=host,
        adjustments=(),
        assumptions={
            "use_elasticity_short": Assumption(
                name="use_elasticity_short",
                low=0.1,
                central=0.2,
                high=0.4,
                unit="1",
                reason="test",
                source="assumption",
                value=0.2,
            )
        },
        sources=("test",),
    )


def _side(
    quantity: np.ndarray, room: float, elasticity: dict[str, float], low: float, high: float
) -> SupplySide:
    return SupplySide(
        quantity=quantity,
        capacity=room * quantity,
        published_capacity=np.zeros(3),
        status=STATUS,
        elasticity=elasticity,  # type: ignore[arg-type]
        shutdown_low=low,
        shutdown_high=high,
    )


def _process(refined: np.ndarray, price: dict[str, np.ndarray]) -> Process:
    return Process(
        output=refined,
        capacity=1.25 * refined,
        published_capacity=np.zeros(3),
        yield_=np.full(3, YIELD),
        status=STATUS,
        base_margin=price["refined"] - price["mine"] / YIELD,
        avoidable_share=0.6,
        elasticity={"short": 0.3, "long": 0.8},
    )


def _route(
    flows: np.ndarray,
    price: np.ndarray,
    distance: np.ndarray,
    available: np.ndarray,
    need: np.ndarray,
    reference: float,
) -> RouteCost:
    return route_costs(
        flows,
        price,
        0.002 * distance,
        available,
        need,
        reference_price=reference,
        stiffness=0.2,
        entry_share=0.07,
        new_route_share=0.2,
    )
