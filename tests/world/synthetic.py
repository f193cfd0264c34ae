"""A small two-stage balance that a reader can check by hand."""

from __future__ import annotations

import numpy as np

from lodestock.world.balance import Balance, Side
from lodestock.world.model import Host

COUNTRIES = ("AAA", "BBB", "CCC", "OTH")


def side(*tonnes: float) -> Side:
    quantity = np.array(tonnes)
    return Side(quantity, np.zeros(len(tonnes)), tuple("reported" if t > 0 else "none" for t in tonnes))


def balance(material: str = "cobalt", *, host: Host | None = None) -> Balance:
    """AAA mines 100; BBB refines 45 and AAA 36 at a yield of 0.9; CCC uses most of it.

    Feed is 81 / 0.9 = 90, so 10 of the 100 mined go into stock. Scrap adds 9: 90 are used.
    """
    distance = np.array(
        [[0, 2000, 9000, 6000], [2000, 0, 7000, 6000], [9000, 7000, 0, 6000], [6000, 6000, 6000, 0]], float
    )
    mine_trade, refined_trade = np.zeros((4, 4)), np.zeros((4, 4))
    mine_trade[0, 1] = 52.0
    refined_trade[1, 2], refined_trade[0, 2] = 40.0, 30.0
    return Balance(
        material=material,
        name="Testium",
        basis="t of testium",
        price_form={"mine": "concentrate", "refined": "metal"},
        base_year=2024,
        stages=("mine", "refined"),
        countries=COUNTRIES,
        country_names=("A", "B", "C", "Other countries"),
        distance=distance,
        supply=side(100.0, 0.0, 0.0, 0.0),
        secondary=side(0.0, 0.0, 9.0, 0.0),
        process=side(36.0, 45.0, 0.0, 0.0),
        yield_=np.full(4, 0.9),
        use=np.array([5.0, 10.0, 74.0, 1.0]),
        use_status=("industry",) * 4,
        end_use_share={"Magnets": 0.25, "Batteries": 0.75},
        stock_change={"mine": np.array([10.0, 0.0, 0.0, 0.0]), "refined": np.zeros(4)},
        observed={"mine": mine_trade, "refined": refined_trade},
        prior={"mine": mine_trade, "refined": refined_trade},
        reference_price={"mine": 500.0, "refined": 1000.0},
        host=host,
        adjustments=(),
        sources=("usgs-mcs2026",),
    )
