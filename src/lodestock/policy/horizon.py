r"""Several periods of one market, joined by commercial stocks.

Every period has its own network, with the measures in force in it; quantities are rates per year. A stock
goes from each period to the next. Held at the end of a period, it earns

.. math:: m = \frac{p_{t+1}}{1 + r} - p_t - h - s H_t, \qquad
          s = \frac{\kappa p^0}{H^0}, \quad h = \frac{p^0}{1 + r} - p^0 - s H^0

with the stock :math:`H^0` that the trade can part with and the price rise :math:`\kappa` at which it parts
with all of it (both as in the one-year model), and the interest r of a period. At base prices holding
:math:`H^0` pays exactly, so that without measures every period is the base year; what is left after the last
period is worth the base price.

With perfect foresight all periods are one market; without it each is solved in turn, and holders expect the
last price to stay (`lodestock.market.rolling`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lodestock.errors import ConflictError, NotSolvedError
from lodestock.market import Horizon, Market, Periods, carry, solve, solve_rolling, stack
from lodestock.policy.adjust import needs_adjusting
from lodestock.policy.compile import node_names, to_market
from lodestock.policy.network import Network
from lodestock.policy.parts import STOCK_BUILD, STOCK_DRAW, FloatArray, IndexArray, change, of_kind
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
class PeriodResult:
    """One period of a solved horizon; quantities are rates per year, ``held`` is t at the end, (store,)."""

    name: str
    network: Network
    price: FloatArray
    level: FloatArray
    supply_quantity: FloatArray
    use_quantity: FloatArray
    held: FloatArray


def solve_periods(
    networks: Sequence[Network], over: Periods, stores: Stores, foresight: str
) -> tuple[PeriodResult, ...]:
    """Solve the periods of one material.

    Parameters
    ----------
    networks : one per period, from the same base network, whose nodes come first in each.
    stores : stocks at nodes of the base network.
    foresight : ``perfect`` or ``rolling``.

    Raises
    ------
    ConflictError
        A budget or an ad-valorem levy, which are found by solving again and again.
    NotSolvedError
        No equilibrium to tolerance.
    """
    for network in networks:
        if needs_adjusting(network):
            raise ConflictError(
                "a budget or an ad-valorem levy cannot be solved over several periods",
                where="periods",
                hint="leave the budget or the basis out, or leave periods out",
            )
    freed = [_without_stocks(network) for network in networks]
    markets = _alike([to_market(network) for network in freed])
    names = markets[0].node_names
    horizon = stack(markets, over)
    if stores.node.size:
        horizon = _carried(horizon, [names[n] for n in stores.node.tolist()], networks[0], stores)
    if foresight == ROLLING:
        path = solve_rolling(horizon, tolerance=TOLERANCE, audit=False)
        is_solved, worst = path.is_solved, path.worst
        values = (path.price, path.level, path.curve_quantity)
    else:
        whole = solve(horizon.market, tolerance=TOLERANCE, audit=False)
        is_solved, worst = whole.is_solved, whole.certificate.worst
        values = (whole.price, whole.level, whole.curve_quantity)
    if not is_solved:
        raise NotSolvedError(f"no equilibrium over the periods; best residual {worst:.1e}", where="periods")
    return _parts(horizon, freed, markets, stores, values)


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


def _parts(
    horizon: Horizon,
    networks: Sequence[Network],
    markets: Sequence[Market],
    stores: Stores,
    values: tuple[FloatArray, FloatArray, FloatArray],
) -> tuple[PeriodResult, ...]:
    """Cut the path into periods; columns and curves of one period stand together."""
    price, level, quantity = values
    order = {name: n for n, name in enumerate(markets[0].node_names)}
    column = curve = 0
    held = level[sum(market.activities for market in markets) :]
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
                held=held[t * size : (t + 1) * size],
            )
        )
        column += market.activities
        curve += len(market.curves)
    return tuple(results)
