"""The books that accounts are kept in: surplus by party, cash, and payments by instrument."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lodestock.policy.network import Network
from lodestock.policy.parts import FloatArray, IndexArray

PARTIES = (
    "users",
    "producers",
    "processors",
    "secondary",
    "traders",
    "stockholders",
    "treasury",
    "reserve",
    "licence_holders",
)


@dataclass(frozen=True)
class Payment:
    """Money that one instrument moves into (negative: out of) a country's treasury, reserve or the like."""

    name: str
    instrument: str
    kind: str
    material: str
    stage: str
    country: str
    party: str
    usd: float


class Book:
    """Running totals while the accounts are added up."""

    def __init__(self, network: Network) -> None:
        shape = (len(network.materials), len(network.countries), len(PARTIES))
        self.network = network
        self.surplus = np.zeros(shape)
        self.benefit = np.zeros(len(network.materials))
        self.cash = 0.0
        self.turnover = 0.0
        self.payments: list[Payment] = []

    def add(self, material: IndexArray, country: IndexArray, party: str, usd: FloatArray) -> None:
        """Book surplus."""
        np.add.at(self.surplus[:, :, PARTIES.index(party)], (material, country), usd)

    def pay(
        self,
        label: tuple[str, str, str, str, str],
        party: str,
        by_country: FloatArray,
    ) -> None:
        """Note money by country; ``label`` is (name, instrument, kind, material, stage)."""
        for country in np.flatnonzero(by_country).tolist():
            self.payments.append(
                Payment(*label, self.network.countries[country], party, float(by_country[country]))
            )

    def noted(self) -> tuple[Payment, ...]:
        """Payments in the order of their first note; those that differ in nothing but USD added up."""
        total: dict[Payment, float] = {}
        for item in self.payments:
            key = replace(item, usd=0.0)
            total[key] = total.get(key, 0.0) + item.usd
        return tuple(replace(item, usd=usd) for item, usd in total.items())
