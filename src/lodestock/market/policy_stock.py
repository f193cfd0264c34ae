r"""Policy stock: bought at a price, released at a higher one, with its balance as a node in every period.

The node's price :math:`v_t` is the value of a tonne in stock. With buy price :math:`f_b`, release price
:math:`f_r > f_b` and patience :math:`\beta` the columns of period t have margins

.. math::
    \text{buy}\quad & v_t - p_t - (f_r - f_b) & \text{release}\quad & p_t - v_t \\
    \text{hold}\quad & w v_{t+1} + (1 - w) f_r - v_t & w &= \beta (1 - \delta), \text{ 0 at the end}

and the balance :math:`q_{t-1} (1 - \delta) + b_t - r_t - q_t \ge 0 \perp v_t \ge 0`. While something is
held with room to spare, :math:`v_t = f_r`: it buys at :math:`p = f_b` and releases at :math:`p = f_r`. When
it has run out, :math:`v_t = p_t > f_r`, and :math:`v_t - f_r` is what one more tonne would be worth beyond
its price. A full store lets :math:`v_t` fall, so that nothing more is bought.

:math:`\beta = 0` is the rule as written: release whenever the trigger is reached, without looking ahead.
:math:`\beta = 1/(1 + r)` holds back for dearer periods as an owner with foresight would, and buys dearer for
them.

A budget is a node too, in money: buying takes :math:`f_b` of it per tonne, and what is unspent goes on to
the next period. Its price :math:`\lambda_t \ge 1` is what a dollar more would be worth; the buyer then pays
up to :math:`f_b (2 - \lambda_t)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lodestock.errors import ValueOutOfRangeError
from lodestock.market.activities import Activities, columns
from lodestock.market.arrays import Float, Int
from lodestock.market.horizon import Horizon, Solved, add_node, inject, link


@dataclass(frozen=True, slots=True)
class PolicyStock:
    r"""Terms of a policy stock.

    Attributes
    ----------
    name : its columns are ``name bought``, ``name released`` and ``name held``, its node ``name``.
    node : name of the node where it buys and sells.
    buy_price, release_price : :math:`f_b < f_r`, price units.
    opening : quantity in stock before the first period.
    room : largest quantity held.
    buy_rate, release_rate : most that is bought or released, quantity per year.
    budget : money for purchases over the whole horizon, at the buy price; None for no limit.
    patience : :math:`\beta` in [0, 1], the weight of the next period's value.
    loss : share lost per year.
    friction : slope of its columns, price units per quantity. Zero keeps its prices exactly; a little of it
        keeps a large horizon on the faster method and moves prices by friction times quantity.
    """

    name: str
    node: str
    buy_price: float
    release_price: float
    opening: float = 0.0
    room: float = np.inf
    buy_rate: float = np.inf
    release_rate: float = np.inf
    budget: float | None = None
    patience: float = 0.0
    loss: float = 0.0
    friction: float = 0.0

    def __post_init__(self) -> None:
        checks = (
            ("buy price", self.buy_price, 0.0 <= self.buy_price < np.inf, "finite, at least 0"),
            (
                "release price",
                self.release_price,
                self.buy_price < self.release_price < np.inf,
                f"finite, above the buy price {self.buy_price:g}",
            ),
            ("opening", self.opening, 0.0 <= self.opening <= self.room, f"from 0 to the room {self.room:g}"),
            ("opening", self.opening, self.opening < np.inf, "finite"),
            ("buy rate", self.buy_rate, self.buy_rate >= 0.0, "at least 0"),
            ("release rate", self.release_rate, self.release_rate >= 0.0, "at least 0"),
            ("budget", self.budget or 0.0, 0.0 <= (self.budget or 0.0) < np.inf, "finite, at least 0"),
            (
                "buy price",
                self.buy_price,
                self.budget is None or self.buy_price > 0.0,
                "above 0 with a budget",
            ),
            ("patience", self.patience, 0.0 <= self.patience <= 1.0, "from 0 to 1"),
            ("loss", self.loss, 0.0 <= self.loss < 1.0, "at least 0, below 1"),
            ("friction", self.friction, 0.0 <= self.friction < np.inf, "finite, at least 0"),
        )
        for field, value, good, allowed in checks:
            if not good:
                raise ValueOutOfRangeError(
                    f"{field} is {value:g}", where=f"policy stock {self.name!r}", allowed=allowed
                )


@dataclass(frozen=True, slots=True)
class StockPath:
    """What a policy stock does, period by period, shape (T,) each.

    Attributes
    ----------
    bought, released, held : quantities; held at the end of the period.
    value : price of the stock node, value of a tonne in stock.
    scarcity : value beyond the release price: above zero when the stock has run out.
    spent, earned : money paid and taken at market prices.
    budget_left : money not yet spent, at the buy price; None without a budget.
    budget_value : what one more unit of money in the budget would be worth; None without a budget.
    """

    bought: Float
    released: Float
    held: Float
    value: Float
    scarcity: Float
    spent: Float
    earned: Float
    budget_left: Float | None
    budget_value: Float | None


def with_policy_stock(horizon: Horizon, stock: PolicyStock) -> Horizon:
    """Return the horizon with a policy stock: a node and three columns per period, more with a budget."""
    at = horizon.column(stock.node)
    market_node = horizon.node[:, at]
    scale = horizon.market.quantity_scale[market_node]
    made = add_node(horizon, stock.name, price_scale=stock.release_price, quantity_scale=scale)
    stock_node = made.node[:, -1]
    made = inject(made, stock_node[:1], stock.opening)
    money = None
    if stock.budget is not None:
        unit = max(stock.buy_price, 1e-12) * scale
        made = add_node(made, _budget(stock), price_scale=1.0, quantity_scale=unit)
        money = made.node[:, -1]
        made = inject(made, money[:1], stock.budget)
    names, parts = _columns(made, stock, market_node, stock_node, money)
    return link(made, names, parts)


def stock_path(horizon: Horizon, solution: Solved, stock: PolicyStock) -> StockPath:
    """Return what a policy stock does at a solution of the horizon, or on a rolling path."""
    price = horizon.price(solution, stock.node)
    bought = horizon.level(solution, f"{stock.name} bought")
    released = horizon.level(solution, f"{stock.name} released")
    value = horizon.price(solution, stock.name)
    has_budget = stock.budget is not None
    return StockPath(
        bought=bought,
        released=released,
        held=horizon.level(solution, f"{stock.name} held"),
        value=value,
        scarcity=np.maximum(value - stock.release_price, 0.0),
        spent=price * bought,
        earned=price * released,
        budget_left=horizon.level(solution, _budget(stock)) if has_budget else None,
        budget_value=horizon.price(solution, _budget(stock)) if has_budget else None,
    )


def _columns(
    horizon: Horizon, stock: PolicyStock, market_node: Int, stock_node: Int, money: Int | None
) -> tuple[Sequence[str], list[Activities]]:
    T = len(horizon.periods)
    names = [f"{stock.name} bought", f"{stock.name} released", f"{stock.name} held"]
    if money is not None:
        names.append(_budget(stock))
    kept = 1.0 - horizon.periods.lost(stock.loss)
    gap, beta = stock.release_price - stock.buy_price, stock.patience
    parts = []
    for t, (period, years) in enumerate(zip(horizon.periods.names, horizon.periods.years, strict=True)):
        last = t == T - 1
        here, inside = int(market_node[t]), int(stock_node[t])
        buy = [(here, -1.0, -1.0), (inside, 1.0, 1.0)]
        hold = [(inside, -1.0, -1.0)]
        worth = stock.release_price
        if not last:
            weight = float(beta * kept[t])
            hold.append((int(stock_node[t + 1]), float(kept[t]), weight))
            worth = (1.0 - weight) * stock.release_price
        entries = [buy, [(inside, -1.0, -1.0), (here, 1.0, 1.0)], hold]
        cost, capacity = [gap, 0.0, -worth], [stock.buy_rate * years, stock.release_rate * years, stock.room]
        if money is not None:
            purse = int(money[t])
            buy.append((purse, -stock.buy_price, -stock.buy_price))
            # a dollar in the purse is worth one at least: the buyer gets that back
            cost[0] = gap - stock.buy_price
            save = [(purse, -1.0, -1.0)]
            if not last:
                save.append((int(money[t + 1]), 1.0, beta))
            entries.append(save)
            cost.append(-1.0 if last else -(1.0 - beta))
            capacity.append(np.inf)
        # the purse is in money: its friction is that of the tonnes it buys
        slope = [stock.friction] * 3 + [stock.friction / stock.buy_price**2] * (len(entries) - 3)
        parts.append(columns([f"{name} @ {period}" for name in names], entries, cost, slope, capacity))
    return names, parts


def _budget(stock: PolicyStock) -> str:
    return f"{stock.name} budget"
