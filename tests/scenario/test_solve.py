"""Cases on the small world: the base year comes back, limits hold, signs are right, accounts close."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.scenario.cases import case, here, load_small, resolved
from tests.scenario.synthetic import COUNTRIES, world

from lodestock.errors import ValueOutOfRangeError
from lodestock.policy.book import PARTIES
from lodestock.policy.compile import to_market
from lodestock.policy.parts import COLUMN_KINDS, STAGES
from lodestock.policy.solve import Equilibrium
from lodestock.policy.terms import (
    Amount,
    ContractForDifference,
    DemandShock,
    ExportBan,
    ExportLicence,
    ExportQuota,
    Floor,
    Outage,
    ProductionSubsidy,
    PublicPurchase,
    Release,
    SupplySurge,
    Tariff,
)
from lodestock.scenario.build import build_network, elasticity
from lodestock.scenario.metrics import Label, headline
from lodestock.scenario.resolved import Horizon
from lodestock.scenario.solve import Problem, SolvedCase, cases_of, load_problem, solve_case

ELSEWHERE = ("BBB", "CCC")
TERMS = {
    "ban": ExportBan(**here(), exporters=("AAA",), importers=ELSEWHERE),
    "ban-mine": ExportBan(**here("mine"), exporters=("AAA",), importers=ELSEWHERE),
    "quota": ExportQuota(**here(), exporters=("AAA",), importers=ELSEWHERE, share_of_base=0.5),
    "licence": ExportLicence(**here(), exporters=("AAA",), importers=ELSEWHERE, plateau_share=(0.3, 0.6)),
    "tariff": Tariff(**here(), importers=("BBB",), exporters=("AAA", "CCC"), ad_valorem=0.3),
    "floor": Floor(**here(), zone="zone", members=("BBB",), floor=Amount(multiple_of_base=1.1)),
    "floor-mine": Floor(**here("mine"), zone="zone", members=("BBB",), floor=Amount(multiple_of_base=1.1)),
    "contract": ContractForDifference(
        **here(), producers=("BBB",), payers=("BBB",), strike=Amount(multiple_of_base=1.3), volume_t=20.0
    ),
    "contract-two-way": ContractForDifference(
        **here(), producers=("BBB",), payers=("BBB",), strike=Amount(multiple_of_base=1.1), upside_share=1.0
    ),
    "contract-mine": ContractForDifference(
        **here("mine"), producers=("BBB",), payers=("BBB", "CCC"), strike=Amount(multiple_of_base=1.5)
    ),
    "subsidy": ProductionSubsidy(
        **here(), producers=("BBB",), payers=("BBB", "CCC"), amount=Amount(usd_per_t=100.0), volume_t=10.0
    ),
    "purchase": PublicPurchase(**here(), buyers=("BBB",), quantity_t=5.0),
    "release": Release(**here(), countries=ELSEWHERE, quantity_t=5.0),
    "outage": Outage(**here("mine"), countries=("AAA",), lost_share=0.6),
    "outage-refined": Outage(**here(), countries=("BBB",), lost_share=1.0),
    "demand": DemandShock(**here(), countries=COUNTRIES, change_share=0.2),
    "surge": SupplySurge(**here("mine"), countries=("BBB",), added_share=1.0),
}


@pytest.fixture(scope="module")
def problem() -> Problem:
    return load_problem(resolved(case()), load_small)


def run(problem: Problem, *names: str) -> SolvedCase:
    shocks = ("outage", "outage-refined", "demand", "surge")
    terms = [TERMS[name] for name in names if name not in shocks]
    solved = solve_case(problem, case(*terms, shocks=tuple(TERMS[n] for n in names if n in shocks)))
    assert solved.status == "solved", solved.reason
    return solved


def check_identities(solved: SolvedCase) -> None:
    """Certificate, mass at every node, money over parties, surplus against net benefit."""
    for material, equilibrium in solved.equilibria.items():
        assert equilibrium.solution.certificate.worst <= 1e-8
        assert (equilibrium.price >= 0.0).all()
        accounts = solved.accounts[material]
        assert accounts.money_residual <= 1e-9
        assert accounts.surplus_residual <= 1e-9
        assert _worst_imbalance(equilibrium) <= 1e-9


def _worst_imbalance(equilibrium: Equilibrium) -> float:
    """Largest |A z + x + y - disposal| at a node over the throughput of its stage."""
    market, solution = equilibrium.market, equilibrium.solution
    curves = market.curves
    net = np.bincount(curves.node, curves.sign * solution.curve_quantity, market.nodes)
    left = market.net_delivery(solution.level) + net + market.injection - solution.disposal
    scale = np.array(
        [
            market.quantity_scale[equilibrium.network.nodes.stage == stage].max()
            for stage in equilibrium.network.nodes.stage
        ]
    )
    return float(np.abs(left / scale).max())


@pytest.mark.parametrize("material", ["testium", "onestage", "byproductium"])
@pytest.mark.parametrize(("years", "friction"), [(1.0, 1.0), (5.0, 1.0), (2.0, 0.3)])
def test_base_year_comes_back_from_a_perturbed_start(material: str, years: float, friction: float):
    base = world(stages=("mine", "refined") if material == "testium" else ("refined",), material=material)
    network = build_network(base, horizon=Horizon(years=years), friction=friction)
    market = to_market(network)
    from lodestock.market import solve

    push = np.linspace(0.7, 1.4, market.nodes)
    moved = replace(market, price_scale=network.nodes.price * push)
    solution = solve(moved)
    assert solution.status == "solved"
    assert solution.price == pytest.approx(network.nodes.price, rel=1e-6)
    assert solution.level == pytest.approx(network.columns.base_level, rel=1e-6, abs=1e-6 * 100.0)
    quantity = np.concatenate([network.supply.base_quantity, network.use.base_quantity])
    assert solution.curve_quantity == pytest.approx(quantity, rel=1e-6)


def test_elasticity_is_interpolated_geometrically():
    # halfway between 1 and 5 years: sqrt(0.1 * 0.4) = 0.2
    assert elasticity({"short": 0.1, "long": 0.4}, Horizon(years=3.0)) == pytest.approx(0.2)
    assert elasticity({"short": 0.0, "long": 0.4}, Horizon(years=3.0)) == pytest.approx(0.2)


@pytest.mark.parametrize("name", list(TERMS))
def test_every_term_solves_and_its_accounts_close(problem: Problem, name: str):
    check_identities(run(problem, name))


def test_many_terms_together_solve_and_close(problem: Problem):
    check_identities(
        run(problem, "outage", "demand", "quota", "tariff", "subsidy", "release", "contract-mine")
    )
    check_identities(run(problem, "licence", "floor", "floor-mine", "contract", "purchase"))


def prices(solved: SolvedCase, stage: str = "refined", material: str = "testium") -> dict[str, float]:
    equilibrium = solved.equilibria[material]
    nodes = equilibrium.network.nodes
    at = np.flatnonzero((nodes.stage == STAGES.index(stage)) & (nodes.material == 0))
    return {COUNTRIES[nodes.country[n]]: float(equilibrium.price[n]) for n in at}


def test_ban_lowers_the_price_at_home_and_raises_it_abroad(problem: Problem):
    base, ban = prices(run(problem)), prices(run(problem, "ban"))
    assert ban["AAA"] < base["AAA"]
    assert ban["BBB"] > base["BBB"]
    assert ban["CCC"] > base["CCC"]


def test_infinite_tariff_by_everybody_else_is_a_ban(problem: Problem):
    ban = run(problem, "ban")
    tariff = Tariff(
        **here(), importers=ELSEWHERE, exporters=("AAA",), specific=Amount(usd_per_t=float("inf"))
    )
    high = Tariff(**here(), importers=ELSEWHERE, exporters=("AAA",), specific=Amount(usd_per_t=1e7))
    for term in (tariff, high):
        solved = solve_case(problem, case(term))
        assert prices(solved) == pytest.approx(prices(ban), rel=1e-6)


def test_quota_at_base_flow_and_floor_below_price_are_nothing(problem: Problem):
    quota = ExportQuota(**here(), exporters=("AAA",), importers=ELSEWHERE, share_of_base=1.0)
    floor = Floor(**here(), zone="zone", members=ELSEWHERE, floor=Amount(multiple_of_base=0.5))
    base = prices(run(problem))
    for term in (quota, floor):
        assert prices(solve_case(problem, case(term))) == pytest.approx(base, rel=1e-6)


def test_tighter_quotas_raise_the_price_abroad(problem: Problem):
    abroad = []
    for share in (0.9, 0.6, 0.3, 0.05):
        term = ExportQuota(**here(), exporters=("AAA",), importers=ELSEWHERE, share_of_base=share)
        abroad.append(prices(solve_case(problem, case(term)))["CCC"])
    assert abroad == sorted(abroad)


def test_release_lowers_and_purchase_raises_the_price(problem: Problem):
    base = prices(run(problem))["BBB"]
    assert prices(run(problem, "release"))["BBB"] < base < prices(run(problem, "purchase"))["BBB"]


def test_a_stranded_miner_shuts_or_stocks(problem: Problem):
    # AAA may ship neither ore nor metal: its mine runs at what its own refinery and users take
    solved = run(problem, "ban", "ban-mine")
    check_identities(solved)
    equilibrium = solved.equilibria["testium"]
    mined = equilibrium.output("testium", "mine")[0]
    assert mined < 0.7 * 100.0
    assert prices(solved, "mine")["AAA"] > 0.0


def test_by_product_follows_its_host():
    shock = Outage(**here("refined"), countries=("AAA",), lost_share=0.5)
    problem = load_problem(resolved(case(shocks=(shock,)), materials=("byproductium",)), load_small)
    assert problem.materials == ("testium", "byproductium")
    solved = solve_case(problem, problem.resolved.case)
    check_identities(solved)
    host = solved.equilibria["testium"].output("testium", "refined")
    network = solved.equilibria["byproductium"].network
    ratio = host[0] / 54.0
    assert network.supply.capacity[0] == pytest.approx(1.2 * 54.0 * ratio)
    assert network.supply.quantity[0] == pytest.approx(54.0 * ratio)
    made = solved.equilibria["byproductium"].output("byproductium", "refined")[0]
    assert made <= 1.2 * 54.0 * ratio + 1e-6
    # Less of the host is less of the by-product even where its recovery plants have room to spare.
    assert made < 54.0
    before = prices(run(problem), material="byproductium")
    assert prices(solved, material="byproductium")["CCC"] > 1.01 * before["CCC"]


def test_host_is_left_out_when_nothing_acts_on_it():
    problem = load_problem(resolved(case(), materials=("byproductium",)), load_small)
    assert problem.materials == ("byproductium",)


def test_floor_above_any_feasible_price_is_refused_before_solving():
    # the last user of BBB leaves at 12 times 1010
    floor = Floor(**here(), zone="zone", members=("BBB",), floor=Amount(usd_per_t=12_500.0))
    with pytest.raises(ValueOutOfRangeError, match="above any feasible price") as caught:
        load_problem(resolved(case(floor), zone=("BBB",)), load_small)
    assert "12,120 USD/t" in str(caught.value)
    load_problem(resolved(case(replace(floor, floor=Amount(usd_per_t=12_000.0))), zone=("BBB",)), load_small)


def test_doing_nothing_keeps_shocks_and_controls():
    ban, release, outage = TERMS["ban"], TERMS["release"], TERMS["outage"]
    names = [item.name for item in cases_of(resolved(case(ban, release, shocks=(outage,))))]
    assert names == ["scenario", "do-nothing"]
    nothing = cases_of(resolved(case(ban, release, shocks=(outage,))))[1]
    assert nothing.instruments == (ban,)
    assert nothing.shocks == (outage,)
    assert [item.name for item in cases_of(resolved(case(ban)))] == ["scenario"]
    assert [item.name for item in cases_of(resolved(case(release)))] == ["scenario"]


def test_headline_adds_up_over_markets_and_parties(problem: Problem):
    zoned = load_problem(resolved(case(TERMS["ban"]), zone=("BBB",)), load_small)
    solved = solve_case(zoned, zoned.resolved.case)
    metrics = headline(zoned, solved, {})

    def change(market: str, party: str = "all") -> float:
        return metrics[Label("surplus_change", "testium", "", market, "", party, "USD/year")]

    assert change("inside") + change("outside") == pytest.approx(change("world"), rel=1e-9)
    assert change("home") + change("abroad") == pytest.approx(change("world"), rel=1e-9)
    assert sum(change("world", party) for party in PARTIES) == pytest.approx(change("world"), rel=1e-9)
    assert change("world") < 0.0  # a ban destroys surplus
    assert metrics[Label("price_change", "testium", "refined", "home")] < 0.0
    assert metrics[Label("price_change", "testium", "refined", "abroad")] > 0.0


def test_a_demand_shock_alone_is_no_gain_to_users(problem: Problem):
    solved = run(problem, "demand")
    metrics = headline(problem, solved, {})
    users = metrics[Label("surplus_change", "testium", "", "world", "", "users", "USD/year")]
    assert users < 0.0


def test_trade_columns_exist_for_every_pair(problem: Problem):
    network = problem.networks["testium"]
    trade = network.columns.kind == COLUMN_KINDS.index("trade")
    refined = network.nodes.stage[network.columns.give] == STAGES.index("refined")
    assert (trade & refined).sum() == 3 * 2
