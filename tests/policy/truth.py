"""What closed-form tests of instruments share: solving, reading prices and money, closing the accounts."""

from __future__ import annotations

from tests.policy.small import SLOPE, pair, positive_root

from lodestock.policy.accounts import Accounts, account
from lodestock.policy.book import PARTIES
from lodestock.policy.instruments import apply
from lodestock.policy.network import Network
from lodestock.policy.solve import Equilibrium, solve_network
from lodestock.policy.terms import Amount, Instrument, Shock

CLOSE = {"rel": 1e-7}


def usd(amount: float) -> Amount:
    return Amount(usd_per_t=amount)


def solved(*terms: Instrument | Shock, network: Network | None = None) -> Equilibrium:
    equilibrium = solve_network(apply(network or pair(), terms))
    assert equilibrium.solution.status == "solved"
    assert equilibrium.solution.certificate.worst <= 1e-8
    return equilibrium


def flow(equilibrium: Equilibrium) -> float:
    return float(equilibrium.level[0])


def prices(equilibrium: Equilibrium) -> tuple[float, float]:
    return float(equilibrium.price[0]), float(equilibrium.price[1])


def root(wedge: float = 0.0, supply: float = 1.0) -> float:
    """Flow when p_B - p_A = s (z - 100) + wedge and z = supply * p_A."""
    return positive_root(1.0 / supply + SLOPE, wedge - 100.0 * SLOPE, -1e4)


def money(accounts: Accounts, country: int, party: str) -> float:
    return float(accounts.surplus[0, country, PARTIES.index(party)])


def paid(accounts: Accounts, kind: str) -> dict[tuple[str, str], float]:
    """Payments of one kind by country and party."""
    return {
        (item.country, item.party): item.usd
        for item in accounts.payments
        if item.kind == kind and abs(item.usd) > 1e-9
    }


def closes(equilibrium: Equilibrium) -> Accounts:
    accounts = account(equilibrium)
    assert accounts.surplus_residual <= 1e-9
    assert accounts.money_residual <= 1e-9
    return accounts
