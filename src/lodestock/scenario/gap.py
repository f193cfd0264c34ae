r"""What was lost to a market, and what closes the gap: a balance in tonnes that adds up.

For the countries of a market, over the stages at which something was lost (the last stage alone where
nothing was lost before it), in t contained per year against the base year:

.. math:: \underbrace{blocked + kept\ out + outage + wanted}_{lost} =
          \underbrace{producers + refiners + recycling + imports + stocks + release + leak - purchase
          - unsold}_{supply} + \underbrace{thrift + substitution + stopped}_{use}

==============  ==========================================================================================
item            tonnes
==============  ==========================================================================================
blocked         base flow less open shipments over routes under an export control or closure, into the market
                less out of it
kept_out        the same of routes under an import duty, levy, minimum price, cap or content rule
outage          base output less output at base prices under the shocks (negative: a surge)
wanted          use at base prices under demand shocks less base use
producers       change of primary output beyond that
refiners        the same of refining; over a whole chain what refining loses less of
recycling       old scrap
imports         change of net imports over all other routes
stocks          change of commercial stocks drawn less built
release,        sales from, and purchases for, reserves
purchase
leak            what comes round a control, into the market less out of it
unsold          left without a taker at a price of zero
thrift,         see `lodestock.policy.thrift`; substitution by end use
substitution,
stopped
==============  ==========================================================================================

``last_t`` is what an item gives over the last tenth of the price change, where it depends on its own node
price alone: the largest of them is what keeps the price from going further.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType

import numpy as np

from lodestock.policy.network import Network
from lodestock.policy.parts import (
    LEAK,
    MINE,
    NONE,
    PROCESS,
    PRODUCTION,
    PURCHASE,
    RELEASE,
    SECONDARY,
    STAGES,
    STOCK_BUILD,
    STOCK_DRAW,
    SUPPLY_KINDS,
    TRADE,
    BoolArray,
    FloatArray,
    IndexArray,
    of_kind,
)
from lodestock.policy.solve import Equilibrium
from lodestock.policy.terms import (
    Closure,
    DerivativeLevy,
    DomesticContent,
    ExportBan,
    ExportLicence,
    ExportQuota,
    ExportTax,
    Floor,
    Instrument,
    MinimumImportPrice,
    SingleCountryCap,
    Tariff,
    TariffRateQuota,
)
from lodestock.policy.thrift import UseLost, use_lost
from lodestock.scenario.metrics import stages_of
from lodestock.scenario.resolved import Case
from lodestock.scenario.rows import Rows, add_row, empty_rows
from lodestock.scenario.solve import Problem, SolvedCase

LOST = ("blocked", "kept_out", "outage", "wanted")
SUPPLY = (
    "producers",
    "refiners",
    "recycling",
    "imports",
    "stocks",
    "release",
    "purchase",
    "leak",
    "unsold",
)
USE = ("thrift", "substitution", "stopped")
ITEMS = (*LOST, *SUPPLY, *USE)
CONTROLS = ExportBan | ExportQuota | ExportLicence | ExportTax | Closure
ON_IMPORTS = Tariff | TariffRateQuota | MinimumImportPrice
DUTIES = Floor | DerivativeLevy | DomesticContent | SingleCountryCap | ON_IMPORTS
LAST = 0.1
"""Share of the price change that ``last_t`` looks at."""
NOTHING = 1e-9
"""Output lost below this share of all output counts as none."""
LOSSES = "losses"
"""Detail of the item refiners where the balance covers the whole chain: what refining loses less of."""
CRUMB = 1e-13
"""Items below this share of base use are rounding and left out."""


def gap(problem: Problem, solved: SolvedCase, material: str) -> Rows:
    """One row per market, item and (for substitution) end use."""
    equilibrium = solved.equilibria[material]
    view = _View(equilibrium, solved.case, material)
    rows = empty_rows("gap")
    least = CRUMB * float(equilibrium.network.use.base_quantity.sum())
    for market, mask in problem.markets.masks(equilibrium.network).items():
        nodes = view.nodes(mask)
        for item, detail, tonnes, last in view.items(nodes):
            if abs(tonnes) > least:
                add_row(
                    rows, material=material, market=market, item=item, detail=detail, t=tonnes, last_t=last
                )
    return rows


class _View:
    """A solved network with what moved in it, ready to be added up over any set of nodes."""

    def __init__(self, equilibrium: Equilibrium, case: Case, material: str) -> None:
        self.equilibrium = equilibrium
        self.network = network = equilibrium.network
        self.material = material
        self.moved = equilibrium.level - network.columns.base_level
        nodes = network.nodes
        base, now = nodes.price, equilibrium.price
        self.before = np.where(nodes.material == NONE, now, now - LAST * (now - base))
        self.controlled = _routes(network, case, material, CONTROLS)
        charged = _routes(network, case, material, DUTIES)
        self.charged = np.setdiff1d(charged, self.controlled)
        self.supply_base, self.process_base = _at_base_prices(equilibrium)
        self.stages = self._stages()
        self.lost_now, self.lost_before = (use_lost(network, price) for price in (now, self.before))

    def _stages(self) -> tuple[str, ...]:
        """All stages when something was lost at the mine stage, else the last one."""
        stages = stages_of(self.network, self.material)
        if len(stages) == 1:
            return stages
        nodes = self.network.nodes
        mine = nodes.stage == STAGES.index(MINE)
        columns = np.concatenate([self.controlled, self.charged])
        routes = bool(mine[self.network.columns.take[columns]].any())
        supply = self.network.supply
        lost = np.abs(supply.base_quantity - self.supply_base) > NOTHING * supply.base_quantity.sum()
        output = bool((mine[supply.node] & lost).any())
        return stages if routes or output else stages[-1:]

    def nodes(self, mask: BoolArray) -> BoolArray:
        """(node + 1,) nodes of a market at the stages looked at; the last entry stands for no node."""
        nodes = self.network.nodes
        stage = np.isin(nodes.stage, [STAGES.index(stage) for stage in self.stages])
        inside = (nodes.material != NONE) & stage & mask[nodes.country]
        return np.append(inside, False)

    def items(self, inside: BoolArray) -> Iterator[tuple[str, str, float, float]]:
        """Yield (item, detail, tonnes, tonnes over the last part of the price change)."""
        network, columns = self.network, self.network.columns
        enters = inside[columns.give] * columns.give_quantity - inside[columns.take] * columns.take_quantity
        into = enters * self.moved
        yield "blocked", "", -float(into[self.controlled].sum()), 0.0
        yield "kept_out", "", -float(into[self.charged].sum()), 0.0
        at = inside[network.supply.node]
        lost = float((network.supply.base_quantity - self.supply_base)[at].sum())
        process = of_kind(columns, PROCESS)
        shocked = self.process_base - columns.base_level[process]
        lost -= float((enters[process] * shocked).sum())
        yield "outage", "", lost, 0.0
        use_at = inside[network.use.node]
        yield "wanted", "", float((network.use.quantity - network.use.base_quantity)[use_at].sum()), 0.0
        yield from self._output(inside)
        chain = LOSSES if len(self.stages) > 1 else ""
        yield "refiners", chain, float((enters[process] * (self.moved[process] - shocked)).sum()), 0.0
        others = np.setdiff1d(of_kind(columns, TRADE), np.concatenate([self.controlled, self.charged]))
        yield "imports", "", float(into[others].sum()), 0.0
        for item, kinds in (
            ("stocks", (STOCK_DRAW, STOCK_BUILD)),
            ("release", (RELEASE,)),
            ("purchase", (PURCHASE,)),
            ("leak", (LEAK,)),
        ):
            at_kind = of_kind(columns, *kinds)
            last = self._reacting(at_kind, enters) if item in ("stocks", "release") else 0.0
            yield item, "", float(into[at_kind].sum()), last
        thrown = self.equilibrium.solution.disposal
        yield "unsold", "", -float(thrown[inside[:-1]].sum()), 0.0
        yield from _users(self.lost_now, self.lost_before, use_at)

    def _output(self, inside: BoolArray) -> Iterator[tuple[str, str, float, float]]:
        """Producers and recyclers: output beyond what they would give at base prices."""
        supply, equilibrium = self.network.supply, self.equilibrium
        more = equilibrium.supply_quantity - self.supply_base
        seen, rows = equilibrium.solution.curve_price.copy(), len(supply.node)
        seen[:rows] -= (equilibrium.price - self.before)[supply.node]
        last = equilibrium.supply_quantity - equilibrium.market.curves.quantity(seen)[:rows]
        for item, kind in (("producers", PRODUCTION), ("recycling", SECONDARY)):
            at = inside[supply.node] & (supply.kind == SUPPLY_KINDS.index(kind))
            yield item, "", float(more[at].sum()), float(last[at].sum())

    def _reacting(self, at: IndexArray, enters: FloatArray) -> float:
        """What one-ended columns add over the last part of the price change."""
        columns, equilibrium = self.network.columns, self.equilibrium
        end = np.maximum(columns.give[at], columns.take[at])
        worth = np.sign(columns.give[at] - columns.take[at]) * self.before[end] - columns.cost[at]
        slope = columns.slope[at]
        wide = np.where(slope > 0.0, worth / np.where(slope > 0.0, slope, 1.0), np.inf * np.sign(worth))
        before = np.clip(np.nan_to_num(wide, posinf=np.inf, neginf=0.0), 0.0, columns.capacity[at])
        before = np.where(np.isfinite(before), before, equilibrium.level[at])
        return float((enters[at] * (equilibrium.level[at] - before)).sum())


def _users(now: UseLost, before: UseLost, at: BoolArray) -> Iterator[tuple[str, str, float, float]]:
    """Thrift, substitution by end use, and users who stop."""
    yield "thrift", "", float(now.thrift[at].sum()), float((now.thrift - before.thrift)[at].sum())
    for name, tonnes in now.substitution.items():
        last = float((tonnes - before.substitution[name])[at].sum())
        yield "substitution", name, float(tonnes[at].sum()), last
    yield "stopped", "", float(now.stopped[at].sum()), float((now.stopped - before.stopped)[at].sum())


def _routes(network: Network, case: Case, material: str, kinds: UnionType) -> IndexArray:
    """Trade columns that terms of the given kinds act on."""
    found = [np.zeros(0, dtype=np.int64)]
    for term in case.instruments:
        if term.material == material and isinstance(term, kinds):
            exporters, importers = _ends(network, case, term)
            found.append(network.trade_columns(material, term.stage, exporters, importers))
    return np.unique(np.concatenate(found))


def _ends(network: Network, case: Case, term: Instrument) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Exporters and importers of the routes that a term acts on."""
    if isinstance(term, CONTROLS | ON_IMPORTS):
        return term.exporters, term.importers
    if isinstance(term, SingleCountryCap):
        return term.origins, term.users
    if isinstance(term, DomesticContent):
        return _others(network, term.users), term.users
    if isinstance(term, DerivativeLevy):
        floors = (item for item in case.instruments if isinstance(item, Floor))
        floor = next(item for item in floors if (item.name, item.material) == (term.of_floor, term.material))
        return _others(network, (*floor.members, *floor.exempt_origins)), floor.members
    assert isinstance(term, Floor)
    return _others(network, (*term.members, *term.exempt_origins)), term.members


def _others(network: Network, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in network.countries if name not in set(names))


def _at_base_prices(equilibrium: Equilibrium) -> tuple[FloatArray, FloatArray]:
    """(supply row,), (processing column,) tonnes at base prices under the case's shocks.

    What an instrument adds (new plants, a subsidy on top of the price) is a response, not a shock.
    """
    network = equilibrium.network
    supply, columns = network.supply, network.columns
    seen = equilibrium.solution.curve_price.copy()
    seen[: len(supply.node)] = network.nodes.price[supply.node]
    quantity = equilibrium.market.curves.quantity(seen)[: len(supply.node)]
    process = of_kind(columns, PROCESS)
    made = np.minimum(columns.base_level[process], columns.capacity[process])
    return np.where(supply.base_quantity > 0.0, quantity, 0.0), made
