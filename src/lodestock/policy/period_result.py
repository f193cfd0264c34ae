"""A solved period of a path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lodestock.market import LevyStatus
from lodestock.policy.network import Network
from lodestock.policy.parts import FloatArray


@dataclass(frozen=True, eq=False)
class PeriodResult:
    """One period of a solved horizon; quantities are rates per year.

    ``levy`` has the rates of the network's levies, ``statuses`` what the certificate says of each; ``held``
    is t at the end, (store,); ``reserves`` has per policy stock and site the tonnes bought and sold in the
    period, those held at its end and the worth of a tonne in stock, USD/t, (4, site).
    """

    name: str
    network: Network
    price: FloatArray
    level: FloatArray
    supply_quantity: FloatArray
    use_quantity: FloatArray
    levy: FloatArray
    statuses: tuple[LevyStatus, ...]
    held: FloatArray
    reserves: Mapping[str, FloatArray]
