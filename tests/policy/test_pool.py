"""One quota for several materials: the fixture of a rare-earth quota, and what must hold around it.

Abroad users pay P = a - b x, at home the material costs k whatever is shipped. With the rent rho each product
ships x = (a - k - rho) / b while that is positive, so rho solves sum_m max(a - k - rho, 0) / b = Q.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.small import HERE, A, B, pair, with_supply_abroad

from lodestock.policy.accounts import account
from lodestock.policy.book import PARTIES
from lodestock.policy.compile import column_names
from lodestock.policy.instruments import apply
from lodestock.policy.network import Network
from lodestock.policy.parts import COLUMN_KINDS, NONE, RELEASE, TRADE, EndUseShare, added_up
from lodestock.policy.pool import pool_sizes, pooled, solve_together
from lodestock.policy.solve import Equilibrium
from lodestock.policy.terms import ExportQuota, Tariff

INTERCEPT, SLOPE, COST = (100.0, 90.0, 300.0), (0.004, 0.004, 0.02), (20.0, 22.0, 168.0)
NAMES = ("lanthanum", "cerium", "neodymium")


def product(name: str, a: float, b: float, k: float) -> Network:
    """Home node with a source at cost k, a free route abroad, use (a - P) / b abroad."""
    base = pair()
    columns = base.columns
    columns = replace(
        columns,
        kind=np.array([COLUMN_KINDS.index(TRADE), COLUMN_KINDS.index(RELEASE)]),
        take=np.array([0, NONE]),
        give=np.array([1, 0]),
        **{n: np.ones(2) for n in ("take_quantity", "give_quantity", "take_money", "give_money")},
        cost=np.array([0.0, k]),
        slope=np.zeros(2),
        capacity=np.full(2, np.inf),
        base_level=np.array([(a - k) / b, 0.0]),
        limit=np.full(2, NONE),
    )
    nodes = replace(base.nodes, price=np.full(2, k), throughput=np.full(2, (a - k) / b))
    quantity = np.array([(a - k) / b])
    use = replace(
        base.use,
        quantity=quantity,
        base_quantity=quantity,
        price=np.array([k]),
        elasticity=np.zeros(1),
        choke_multiple=np.array([a / k]),
    )
    nothing = np.zeros(0, dtype=np.int64)
    supply = replace(base.supply, **{key: value[nothing] for key, value in vars(base.supply).items()})
    return replace(
        base,
        materials=(name,),
        nodes=nodes,
        columns=columns,
        supply=supply,
        use=use,
        profiles=((EndUseShare("all", 1.0, 1.0, 1.0, a / k),),),
        reference_price={(name, "refined"): k},
        column_names=column_names(nodes, columns, (name,), base.countries),
    )


def quota(material: str, limit: float | None = None, **fields: object) -> ExportQuota:
    given_fields = {"limit_t": limit, "exporters": A, "importers": B, "shared": True, **fields}
    return ExportQuota(**{**HERE, "name": "quota", "material": material}, **given_fields)  # type: ignore[arg-type]


def shared(
    networks: dict[str, Network], terms: Sequence[ExportQuota]
) -> tuple[dict[str, Equilibrium], dict[str, float]]:
    applied = {name: apply(of, [t for t in terms if t.material == name]) for name, of in networks.items()}
    found = solve_together(applied, pool_sizes(terms, networks))
    for equilibrium in found.values():
        assert equilibrium.solution.status == "solved"
        entry = account(equilibrium)
        assert max(entry.money_residual, entry.surplus_residual) <= 1e-9
    return found, {name: float(item.price[-1]) for name, item in found.items()}


def rare_earths() -> dict[str, Network]:
    return {name: product(name, a, b, k) for name, a, b, k in zip(NAMES, INTERCEPT, SLOPE, COST, strict=True)}


def rent_by_hand(limit: float, names: Sequence[int] = (0, 1, 2)) -> float:
    """Bisection on sum max(a - k - rho, 0) / b = limit."""
    low, high = 0.0, 300.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        shipped = sum(max(INTERCEPT[m] - COST[m] - middle, 0.0) / SLOPE[m] for m in names)
        low, high = (middle, high) if shipped > limit else (low, middle)
    return 0.5 * (low + high)


@pytest.mark.parametrize(
    ("limit", "rent", "ratios"),
    [(10_000.0, 61.0909, (4.05, 3.78, 1.36)), (30_000.0, 24.7273, None), (60_000.0, 0.0, None)],
)
def test_rare_earth_quota(limit: float, rent: float, ratios: tuple[float, ...] | None) -> None:
    found, rents = shared(rare_earths(), [quota(name, limit) for name in NAMES])
    assert rent_by_hand(limit) == pytest.approx(rent, abs=1e-4)
    for value in rents.values():
        assert value == pytest.approx(rent, abs=1e-4)
    shipped = [float(item.level[0]) for item in found.values()]
    wanted = [
        max(a - k - rent_by_hand(limit), 0.0) / b for a, b, k in zip(INTERCEPT, SLOPE, COST, strict=True)
    ]
    assert shipped == pytest.approx(wanted, rel=1e-7)
    assert sum(shipped) == pytest.approx(min(limit, 43_600.0), rel=1e-7)
    if ratios is not None:
        assert shipped == pytest.approx([4727.27, 1727.27, 3545.45], abs=0.01)
        found_ratios = [float(item.price[1] / item.price[0]) for item in found.values()]
        assert found_ratios == pytest.approx(ratios, abs=0.01)


def test_a_product_that_cannot_pay_the_rent_ships_nothing() -> None:
    found, _ = shared(rare_earths(), [quota(name, 1_000.0) for name in NAMES])
    shipped = [float(item.level[0]) for item in found.values()]
    # 132 - rho = 0.02 * 1000 leaves rho = 112 above the 80 and 68 that the others could pay
    assert shipped == pytest.approx([0.0, 0.0, 1_000.0], abs=1e-4)
    entry = account(found["neodymium"])
    assert sum(item.usd for item in entry.payments) == pytest.approx(112.0 * 1_000.0, rel=1e-7)


@settings(max_examples=20, deadline=None)
@given(limit=st.floats(500.0, 60_000.0))
def test_rents_are_equal_wherever_something_ships(limit: float) -> None:
    found, rents = shared(rare_earths(), [quota(name, limit) for name in NAMES])
    rho = rent_by_hand(limit)
    for name, equilibrium in found.items():
        if equilibrium.level[0] > 1e-3:
            assert rents[name] == pytest.approx(rho, abs=1e-5)


@pytest.mark.parametrize(
    ("rent_to", "party"), [("treasury", "treasury"), ("licence_holders", "licence_holders")]
)
def test_rents_go_to_the_party_named(rent_to: str, party: str) -> None:
    found, rents = shared(rare_earths(), [quota(name, 10_000.0, rent_to=rent_to) for name in NAMES])
    for name, equilibrium in found.items():
        entry = account(equilibrium)
        paid = rents[name] * float(equilibrium.level[0])
        assert entry.surplus[0, :, PARTIES.index(party)].tolist() == pytest.approx([paid, 0.0], rel=1e-9)


def two() -> dict[str, Network]:
    """Twice the pair of small.py with supply abroad."""
    networks = {}
    for name in ("first", "second"):
        base = with_supply_abroad(pair(), 20.0)
        networks[name] = replace(
            base,
            materials=(name,),
            reference_price={(name, "refined"): 100.0},
            column_names=column_names(base.nodes, base.columns, (name,), base.countries),
        )
    return networks


def test_a_quota_at_the_base_flow_changes_nothing() -> None:
    networks = rare_earths()
    base = sum(float(network.columns.base_level[0]) for network in networks.values())
    for terms in (
        [quota(name, base) for name in NAMES],
        [quota(name, share_of_base=1.0) for name in NAMES],
    ):
        found, rents = shared(networks, terms)
        assert max(abs(rent) for rent in rents.values()) <= 1e-5
        for name, equilibrium in found.items():
            np.testing.assert_allclose(equilibrium.price[:2], networks[name].nodes.price, rtol=1e-6)


def test_a_compound_is_counted_by_its_own_weight() -> None:
    networks = two()
    terms = [quota("first", 150.0, counted=1.0), quota("second", 150.0, counted=2.0)]
    found, rents = shared(networks, terms)
    used = {name: float(item.level[0]) for name, item in found.items()}
    assert used["first"] + 2.0 * used["second"] == pytest.approx(150.0, rel=1e-8)
    assert rents["first"] == pytest.approx(rents["second"], rel=1e-6)
    gap = {name: float(item.price[1] - item.price[0]) for name, item in found.items()}
    margin = {name: gap[name] - 0.25 * (used[name] - 100.0) for name in gap}
    assert margin["first"] == pytest.approx(rents["first"], rel=1e-6)
    assert margin["second"] == pytest.approx(2.0 * rents["second"], rel=1e-6)


def test_starting_from_another_solution_gives_the_same() -> None:
    networks = two()
    terms = [quota(name, 120.0) for name in networks]
    found, _ = shared(networks, terms)
    applied = {name: apply(of, [t for t in terms if t.material == name]) for name, of in networks.items()}
    again = solve_together(applied, pool_sizes(terms, networks), start=found)
    for name, equilibrium in again.items():
        np.testing.assert_allclose(equilibrium.price, found[name].price, rtol=1e-7)


def test_other_terms_hold_beside_a_shared_quota() -> None:
    networks = two()
    duty = Tariff(**{**HERE, "name": "duty", "material": "first"}, importers=B, exporters=A, ad_valorem=0.1)
    terms = [*(quota(name, 120.0) for name in networks), duty]
    applied = {name: apply(of, [t for t in terms if t.material == name]) for name, of in networks.items()}
    found = solve_together(applied, pool_sizes(terms, networks))
    duties = [item.usd for item in account(found["first"]).payments if item.kind == "duty"]
    assert sum(duties) > 0.0
    columns = added_up(np.zeros(2, dtype=np.int64), np.array([f.level[0] for f in found.values()]), 1)
    assert columns[0] == pytest.approx(120.0, rel=1e-8)


def test_groups_of_materials() -> None:
    terms = [
        quota("a", 1.0),
        quota("b", 1.0),
        replace(quota("c", 1.0), name="other"),
        replace(quota("d", 1.0), name="other"),
        replace(quota("b", 1.0), name="third"),
        replace(quota("d", 1.0), name="third"),
        replace(quota("e", 1.0), name="alone", shared=False),
    ]
    assert [set(group) for group in pooled(terms)] == [{"a", "b", "c", "d"}]
    assert pooled(terms[:4]) == [("a", "b"), ("c", "d")]
