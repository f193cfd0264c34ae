r"""Several periods of one market, joined by commercial stocks.

Every period has its own network, with the measures in force in it; quantities are rates per year. A stock
goes from each period to the next. Held at the end of a period, it earns

.. math:: m = \frac{p_{t+1}}{1 + r} - p_t - h - s H_t, \qquad
          s = \frac{\kappa p^0}{H^0}, \quad h = \frac{p^0}{1 + r} - p^0 - s H^0

with the stock :math:`H^0` that the trade can part with and the price rise :math:`\kappa` at which it parts
with all of it (both as in the one-year model), and the interest r of a period. At base prices holding
:math:`H^0` pays exactly, so that without measures every period is the base year; what is left after the last
period is worth the base price.

A policy stock goes over the periods too, by its rule: it buys at its buy price and sells at its release
price, within one stock and one budget for all periods (`lodestock.market.policy_stock`).

With perfect foresight all periods are one market; without it each is solved in turn, and holders expect the
last price to stay (`lodestock.market.rolling`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lodestock.errors import NotSolvedError
from lodestock.market import (
    Horizon,
    LevyStatus,
    Market,
    Periods,
    PolicyStock,
    Rolling,
    Solution,
    StockPath,
    carry,
    solve,
    solve_rolling,
    stack,
    stock_path,
    with_policy_stock,
)
from lodestock.policy.adjust import needs_adjusting
from lodestock.policy.behind import EVEN
from lodestock.policy.compile import node_names, to_market
from lodestock.policy.network import Network
from lodestock.policy.parts import STOCK_BUILD, STOCK_DRAW, FloatArray, IndexArray, change, of_kind
from lodestock.policy.period_adjust import adjusted_path
from lodestock.policy.period_result import PeriodResult as PeriodResult
from lodestock.policy.solve import TOLERANCE

PERFECT, ROLLING = "perfect", "rolling"


@dataclass(frozen=True, eq=False)
class Stores:
    """Commercial stocks of the base network. Arrays have shape (store,)."""

    node: IndexArray
    opening: FloatArray
    """What can be drawn, t."""
    room: FloatArray
    """What may be added to it, t."""
    price_rise: FloatArray
    """Price rise over base, a fraction, at which all of it is drawn."""
    interest: float
    """Per year."""


@dataclass(frozen=True, eq=False)
class Reserve:
    """A policy stock at nodes of the base network, each with its own part. Arrays have shape (site,)."""

    name: str
    node: IndexArray
    stock: FloatArray
    """t at the start."""
    budget: FloatArray
    """USD over all periods, at the buy price."""
    buy_price: float
    release_price: float


def solve_periods(
    networks: Sequence[Network],
    over: Periods,
    stores: Stores,
    foresight: str,
    reserves: Sequence[Reserve] = (),
) -> tuple[PeriodResult, ...]:
    """Solve the periods of one material.

    Parameters
    ----------
    networks : one per period, from the same base network, whose nodes come first in each.
    stores, reserves : commercial and policy stocks at nodes of the base network.
    foresight : ``perfect`` or ``rolling``.

    Raises
    ------
    NotSolvedError
        No equilibrium to tolerance, or an ad-valorem levy or a budget that does not settle.
    """

    def solve_path(networks: Sequence[Network]) -> tuple[PeriodResult, ...]:
        return _path(networks, over, stores, foresight, reserves)

    freed = [_without_stocks(network) for network in networks]
    if any(needs_adjusting(network) for network in networks):
        return adjusted_path(freed, solve_path)
    return solve_path(freed)


def _path(
    freed: Sequence[Network], over: Periods, stores: Stores, foresight: str, reserves: Sequence[Reserve]
) -> tuple[PeriodResult, ...]:
    """Solve the periods of networks as they stand, without the stock columns of the one-year model."""
    markets = _alike([to_market(network) for network in freed])
    names = markets[0].node_names
    horizon = stack(markets, over)
    if stores.node.size:
        horizon = _carried(horizon, [names[n] for n in stores.node.tolist()], freed[0], stores)
    stocks = {
        reserve.name: [_policy_stock(reserve, site, names, freed[0]) for site in range(len(reserve.node))]
        for reserve in reserves
    }
    for stock in (stock for own in stocks.values() for stock in own):
        horizon = with_policy_stock(horizon, stock)
    found = _solved(horizon, foresight)
    paths = {name: [stock_path(horizon, found, stock) for stock in own] for name, own in stocks.items()}
    return _parts(horizon, freed, markets, stores, found, paths)


def _solved(horizon: Horizon, foresight: str) -> Solution | Rolling:
    found: Solution | Rolling
    if foresight == ROLLING:
        found = solve_rolling(horizon, tolerance=TOLERANCE, audit=False)
        worst = found.worst
    else:
        found = solve(horizon.market, tolerance=TOLERANCE, audit=False)
        worst = found.certificate.worst
    if not found.is_solved:
        raise NotSolvedError(f"no equilibrium over the periods; best residual {worst:.1e}", where="periods")
    return found


def _policy_stock(reserve: Reserve, site: int, names: Sequence[str], base: Network) -> PolicyStock:
    """One site of a reserve; a hair of friction keeps the solution unique."""
    node = int(reserve.node[site])
    through = max(float(base.nodes.throughput[node]), float(reserve.stock[site]))
    return PolicyStock(
        name=f"{reserve.name} at {names[node]}",
        node=names[node],
        buy_price=reserve.buy_price,
        release_price=reserve.release_price,
        opening=float(reserve.stock[site]),
        budget=float(reserve.budget[site]),
        friction=EVEN * reserve.release_price / through,
    )


def _without_stocks(network: Network) -> Network:
    """A network without the stock columns of the one-year model; the base-year change of stocks stays."""
    columns = of_kind(network.columns, STOCK_DRAW, STOCK_BUILD)
    yearly = columns[network.columns.base_level[columns] == 0.0]
    return replace(network, columns=change(network.columns, yearly, capacity=0.0))


def _carried(horizon: Horizon, nodes: Sequence[str], base: Network, stores: Stores) -> Horizon:
    """The horizon with the stores of the equation above."""
    price = base.nodes.price[stores.node]
    years = horizon.periods.years[:, None]
    kept = 1.0 / (1.0 + stores.interest) ** years
    slope = stores.price_rise * price / stores.opening
    holding = (kept - 1.0) * price - slope * stores.opening
    return carry(
        horizon,
        [f"{name} store" for name in nodes],
        nodes,
        holding_cost=holding / years,
        slope=slope,
        capacity=stores.opening + stores.room,
        interest=stores.interest,
        opening=stores.opening,
        closing_value=price,
    )


def _alike(markets: Sequence[Market]) -> list[Market]:
    """Markets with the nodes of all of them, in one order; nodes a period lacks stand idle in it."""
    order: dict[str, int] = {}
    scale: dict[str, tuple[float, float]] = {}
    for market in markets:
        for n, name in enumerate(market.node_names):
            order.setdefault(name, len(order))
            scale.setdefault(name, (float(market.price_scale[n]), float(market.quantity_scale[n])))
    names = tuple(order)
    price = np.array([scale[name][0] for name in names])
    quantity = np.array([scale[name][1] for name in names])
    same = []
    for market in markets:
        place = np.array([order[name] for name in market.node_names], dtype=np.int64)
        injection, prices, quantities = np.zeros(len(names)), price.copy(), quantity.copy()
        injection[place] = market.injection
        prices[place], quantities[place] = market.price_scale, market.quantity_scale
        same.append(
            replace(
                market,
                node_names=names,
                entry_node=place[market.entry_node],
                curves=replace(market.curves, node=place[market.curves.node]),
                levies=replace(market.levies, reference_node=place[market.levies.reference_node]),
                injection=injection,
                price_scale=prices,
                quantity_scale=quantities,
            )
        )
    return same


def _statuses(found: Solution | Rolling) -> dict[str, LevyStatus]:
    """What the certificate says of every levy; of a rolling path that of the window that kept its period."""
    solutions = [window.solution for window in found.windows] if isinstance(found, Rolling) else [found]
    # windows move on, so that the last one to know a period is the one that kept it
    return {status.name: status for solution in solutions for status in solution.certificate.levies}


def _parts(
    horizon: Horizon,
    networks: Sequence[Network],
    markets: Sequence[Market],
    stores: Stores,
    found: Solution | Rolling,
    paths: Mapping[str, Sequence[StockPath]],
) -> tuple[PeriodResult, ...]:
    """Cut the path into periods; columns and curves of one period stand together."""
    price, level, quantity = found.price, found.level, found.curve_quantity
    order = {name: n for n, name in enumerate(markets[0].node_names)}
    column = curve = levy = 0
    held = level[sum(market.activities for market in markets) :]
    known = _statuses(found)
    results = []
    for t, (network, market) in enumerate(zip(networks, markets, strict=True)):
        years = float(horizon.periods.years[t])
        names = node_names(network)
        supplies = len(network.supply.node)
        rate = quantity[curve : curve + len(market.curves)] / years
        size = len(stores.node)
        results.append(
            PeriodResult(
                name=horizon.periods.names[t],
                network=network,
                price=price[horizon.node[t, [order[name] for name in names]]],
                level=level[column : column + market.activities] / years,
                supply_quantity=rate[:supplies],
                use_quantity=rate[supplies:],
                levy=found.levy[levy : levy + len(market.levies)],
                statuses=tuple(
                    known[name] for name in horizon.market.levies.names[levy : levy + len(market.levies)]
                ),
                held=held[t * size : (t + 1) * size],
                reserves={
                    name: np.array(
                        [[own.bought[t], own.released[t], own.held[t], own.value[t]] for own in sites]
                    ).T
                    for name, sites in paths.items()
                },
            )
        )
        column += market.activities
        curve += len(market.curves)
        levy += len(market.levies)
    return tuple(results)
