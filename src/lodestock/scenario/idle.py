r"""Export controls and duties that act on nobody, and the words for them.

A route measure that meets no trade of the base year is idle at once when there is no route. Where there are
routes, all unused, it still changes nothing as long as none of them would pay without it: with the solved
prices p and the route's own cost c at zero flow,

.. math:: p_j - p_i - c_{ij} \le 0 \quad \text{on every route}

which leaves the solved point an equilibrium when the measure is taken away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lodestock.policy import terms as t
from lodestock.policy.network import Network
from lodestock.policy.parts import FloatArray, IndexArray, of_kind

MEASURES = (
    t.ExportBan,
    t.ExportQuota,
    t.ExportLicence,
    t.ExportTax,
    t.Tariff,
    t.TariffRateQuota,
    t.MinimumImportPrice,
)
OnRoutes = t.ExportControl | t.ExportTax | t.Tariff | t.TariffRateQuota | t.MinimumImportPrice
UNUSED = 1e-9
"""Routes that carry less than this share of a stage's trade together count as unused."""
PAYS = 1e-6
"""A route would pay when its margin is above this share of the price at its destination."""

Who = Callable[[tuple[str, ...]], str]


def idle_reason(network: Network, term: t.Instrument | t.Shock, who: Who) -> str:
    """Say why a measure meets no trade of the base year; empty when it does, or when it is no such measure.

    Parameters
    ----------
    network : base network of the term's material.
    who : alpha-3 codes -> words.
    """
    if not isinstance(term, MEASURES) or getattr(term, "shared", False):
        return ""
    routes = _routes(network, term)
    market = f"{term.material} ({term.stage})"
    if not routes.size:
        absent = [side for side in (term.exporters, term.importers) if not _takes_part(network, term, side)]
        if absent:
            have = "has" if len(absent[0]) == 1 else "have"
            return f"{who(absent[0])} {have} no part in the market of {market}"
    elif _base_flow(network, routes) > UNUSED * _base_flow(network, of_kind(network.columns, "trade")):
        return ""
    return f"in the base year no {market} is shipped from {who(term.exporters)} to {who(term.importers)}"


def changes_nothing(network: Network, term: t.Instrument | t.Shock, price: FloatArray) -> bool:
    """Tell whether a measure that meets no trade of the base year is idle at solved prices, too.

    Parameters
    ----------
    network : base network of the term's material.
    price : solved prices, USD/t, shape (nodes,); nodes that terms have added come last.
    """
    if not isinstance(term, MEASURES):
        return False
    routes, columns = _routes(network, term), network.columns
    target = price[columns.give[routes]]
    margin = (
        columns.give_money[routes] * target
        - columns.take_money[routes] * price[columns.take[routes]]
        - columns.cost[routes]
    )
    return bool(np.all(margin <= PAYS * target))


def has_routes(network: Network, term: t.Instrument | t.Shock) -> bool:
    """Tell whether a measure stands on any route at all, used or not."""
    return isinstance(term, MEASURES) and bool(_routes(network, term).size)


def _routes(network: Network, term: OnRoutes) -> IndexArray:
    return network.trade_columns(term.material, term.stage, term.exporters, term.importers)


def _base_flow(network: Network, columns: IndexArray) -> float:
    return float(network.columns.base_level[columns].sum())


def _takes_part(network: Network, term: t.Term, countries: Sequence[str]) -> bool:
    return bool((network.nodes_at(term.material, term.stage)[network.country_index(countries)] >= 0).any())
