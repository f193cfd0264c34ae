r"""Grant of a share of the capital cost of new capacity.

New plants of :math:`K_c` tonnes a year stand beside the old ones and produce whenever the price (or a
refiner's margin) covers their operating cost. Per year and tonne of capacity

.. math:: A = k \, \frac{r}{1 - (1 + r)^{-n}}, \qquad \text{grant} = s A, \qquad \text{owner pays } (1 - s) A

Treasuries pay the grant; the capital cost is a resource cost of producers (processors at a refining stage),
so a plant that the market does not carry shows up as their loss.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lodestock.errors import LodestockError
from lodestock.policy.network import Network
from lodestock.policy.parts import (
    NONE,
    PROCESS,
    PRODUCTION,
    REFINED,
    SUPPLY_KINDS,
    FloatArray,
    IndexArray,
    Lump,
    append,
)
from lodestock.policy.single import add_columns
from lodestock.policy.terms import CapitalSubsidy
from lodestock.policy.wedges import treasuries

COST_BAND = 0.05
"""New plants of one country differ in operating cost by this share up and down."""


def apply_capital_subsidy(network: Network, term: CapitalSubsidy) -> Network:
    """Add the new plants and the yearly money of one grant; see the equation above.

    Raises
    ------
    LodestockError
        No capital cost is given and none is known, or none of the producers takes part in the market.
    """
    key = (term.material, term.stage)
    where = f"capital subsidy {term.name!r}"
    if term.capital_cost is not None:
        capital = term.capital_cost.at(network.reference_price[key])
    elif key in network.capital_cost:
        capital = network.capital_cost[key]
    else:
        raise LodestockError(
            f"no capital cost is known for {term.material} at the {term.stage} stage",
            where=where,
            hint="state capital_cost, in USD per t of yearly capacity",
        )
    countries = network.country_index(term.producers)
    countries = countries[network.nodes_at(*key)[countries] != NONE]
    if not countries.size:
        raise LodestockError("none of the producers takes part in this market", where=where)
    output = network.base_output(*key)[countries]
    share = output / output.sum() if output.sum() > 0.0 else np.full(len(countries), 1.0 / len(countries))
    countries, capacity = countries[share > 0.0], term.capacity_t * share[share > 0.0]
    operating = None
    if term.operating_cost is not None:
        operating = term.operating_cost.at(network.reference_price[key])
    node = network.nodes_at(*key)[countries]
    party = "producers"
    if term.stage == REFINED and network.refines(term.material):
        network = _new_refineries(network, term, node, capacity, operating)
        party = "processors"
    else:
        network = _new_mines(network, term, node, capacity, operating)
    return _yearly_money(network, term, party, countries, capacity * capital * term.annuity())


def _new_mines(
    network: Network, term: CapitalSubsidy, node: IndexArray, capacity: FloatArray, operating: float | None
) -> Network:
    """Supply rows that run at full capacity above their operating cost and stand idle below it."""
    price = network.nodes.price[node]
    rows = network.supply
    if operating is None:
        like = network.supply_rows(term.material, term.stage, network.countries)
        low, high = float(rows.shutdown_low[like].max()), float(rows.shutdown_high[like].max())
        shut_low, shut_high = np.full(len(node), low), np.full(len(node), high)
    else:
        shut_low, shut_high = (1 - COST_BAND) * operating / price, (1 + COST_BAND) * operating / price
    supply = append(
        rows,
        kind=SUPPLY_KINDS.index(PRODUCTION),
        node=node,
        quantity=capacity,
        price=price,
        elasticity=0.0,
        capacity=capacity,
        shutdown_low=shut_low,
        shutdown_high=shut_high,
        block_low=0.0,
        block_high=np.inf,
        shift=0.0,
        base_quantity=0.0,
    )
    return replace(network, supply=supply)


def _new_refineries(
    network: Network, term: CapitalSubsidy, node: IndexArray, capacity: FloatArray, operating: float | None
) -> Network:
    """Processing columns with the yield of the refiners there are, and their avoidable cost unless stated."""
    columns = network.columns
    like = network.process_columns(term.material, network.countries)
    country = network.nodes.country[node]
    feed_node = network.nodes_at(term.material, "mine")[country]
    per_output = float(np.median(columns.take_quantity[like]))
    here = {int(columns.give[k]): k for k in like[::-1]}
    low, high = np.zeros(len(node)), np.zeros(len(node))
    for position, n in enumerate(node.tolist()):
        if operating is not None:
            low[position], high[position] = (1 - COST_BAND) * operating, (1 + COST_BAND) * operating
            continue
        k = here.get(n, int(like[0]))
        low[position] = columns.cost[k]
        high[position] = columns.cost[k] + columns.slope[k] * columns.capacity[k]
    take = np.array([columns.take_quantity[here[n]] if n in here else per_output for n in node.tolist()])
    return add_columns(
        network,
        [f"{term.name} process {network.countries[c]}" for c in country],
        kind=PROCESS,
        take=feed_node,
        give=node,
        take_quantity=take,
        cost=low,
        slope=np.maximum(high - low, 1e-4 * np.abs(high)) / capacity,
        capacity=capacity,
    )


def _yearly_money(
    network: Network, term: CapitalSubsidy, party: str, countries: IndexArray, annual: FloatArray
) -> Network:
    """Capital cost as a resource cost of the owners, and the grant that treasuries pay them."""
    lumps = list(network.lumps)
    own, share = treasuries(network, term.material, term.producers, term.payers)
    nobody = np.zeros(0)
    for country, cost in zip(countries.tolist(), annual.tolist(), strict=True):
        payer = share
        if own:
            payer = np.zeros(len(network.countries))
            payer[country] = 1.0
        key = (term.name, term.material, term.stage, country, party)
        lumps.append(_lump(key, "capital_cost", -cost, nobody))
        lumps.append(_lump(key, "capital_grant", term.share * cost, payer))
    return replace(network, lumps=tuple(lumps))


def _lump(key: tuple[str, str, str, int, str], kind: str, amount: float, share: FloatArray) -> Lump:
    name, material, stage, country, party = key
    return Lump(
        name=name,
        kind=kind,
        material=material,
        stage=stage,
        country=country,
        party=party,
        amount=amount,
        share=share,
    )
