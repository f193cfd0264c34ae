r"""Contract for difference with the producers of a zone.

Per contracted tonne the producer in country c gets, beside the price,

.. math:: \tau^{+}_c = \max(0, K - p_c), \qquad \text{and returns} \qquad \tau^{-}_c = a \max(0, p_c - U)

so that the first tonnes (up to the contracted volume, shared by base output) are supplied at
:math:`p + \tau^{+} - \tau^{-}`. As complementarity conditions with response to itself:

.. math:: 0 \le \tau^{+} \perp p + \tau^{+} - K \ge 0, \qquad 0 \le \tau^{-} \perp \tau^{-}/a - p + U \ge 0

Treasuries pay the difference and keep the return; users gain through the lower price. With a = 1 the contract
is two-way: the producer always sees K. Under a budget the payment per tonne is capped alike for all
producers, :math:`\tau^{+}_c \le \bar\tau`, by the largest :math:`\bar\tau` that the budget covers
(`lodestock.policy.adjust`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lodestock.errors import ConflictError, ValueOutOfRangeError
from lodestock.policy.network import Network
from lodestock.policy.parts import Budget, IndexArray, LevyTerm
from lodestock.policy.presence import nobody_produces
from lodestock.policy.split import first_tonnes
from lodestock.policy.terms import ContractForDifference
from lodestock.policy.wedges import treasuries


def apply_contract_for_difference(network: Network, term: ContractForDifference) -> Network:
    """Add the payments of one contract, one pair per producing country; see the equations above.

    Raises
    ------
    LodestockError
        None of the countries produces.
    ConflictError
        Another contract already covers one of the producers.
    ValueOutOfRangeError
        The return begins below the strike, or its share is outside 0 to 1.
    """
    base = network.reference_price[term.material, term.stage]
    strike = term.strike.at(base)
    upside_from = term.upside_from.at(base) if term.upside_from is not None else strike
    where = f"contract for difference {term.name!r}"
    if upside_from < strike:
        raise ValueOutOfRangeError(
            f"the return begins at {upside_from:g} USD/t", where=where, allowed=f">= {strike:g}"
        )
    if not 0.0 <= term.upside_share <= 1.0:
        raise ValueOutOfRangeError(f"upside share {term.upside_share:g}", where=where, allowed="0 to 1")
    covered = {
        row
        for levy in network.levies
        if levy.kind == "contract"
        for row in [*levy.columns, *(-1 - levy.rows)]
    }
    network, columns, rows = first_tonnes(network, term, term.volume_t)
    if not len(columns) + len(rows):
        raise nobody_produces(
            network,
            term.material,
            term.stage,
            term.producers,
            where=where,
            hint="nothing is paid where nobody produces; a capital_subsidy builds new plants",
        )
    if covered & {*columns, *(-1 - rows)}:
        raise ConflictError(
            "another contract covers the same producers", where=where, allowed="one per producer"
        )
    levies = list(network.levies)
    column_node, row_node = network.columns.give[columns], network.supply.node[rows]
    for node in sorted({*column_node.tolist(), *row_node.tolist()}):
        own = (term, node, columns[column_node == node], rows[row_node == node])
        levies.append(_payment(network, *own, "contract", sign=-1.0, bound=strike, response=1.0))
        if term.upside_share > 0.0:
            levies.append(
                _payment(
                    network,
                    *own,
                    "contract_return",
                    sign=1.0,
                    bound=-upside_from,
                    response=1.0 / term.upside_share,
                )
            )
    budgets = network.budgets
    if term.budget_usd is not None:
        paying = [
            index
            for index, levy in enumerate(levies)
            if levy.instrument == term.name and levy.kind == "contract" and levy.material == term.material
        ]
        limit = Budget(
            name=f"{term.name}: {term.material} {term.stage}",
            instrument=term.name,
            usd=term.budget_usd,
            levies=np.array(paying, dtype=np.int64),
            columns=np.zeros(0, dtype=np.int64),
        )
        budgets = (*budgets, limit)
    return replace(network, levies=tuple(levies), budgets=budgets)


def _payment(
    network: Network,
    term: ContractForDifference,
    node: int,
    columns: IndexArray,
    rows: IndexArray,
    kind: str,
    *,
    sign: float,
    bound: float,
    response: float,
) -> LevyTerm:
    """One side of the contract in one country: ``sign`` -1 pays the producer, +1 takes the return."""
    own, share = treasuries(network, term.material, term.producers, term.payers)
    country = int(network.nodes.country[node])
    entries = len(columns) + len(rows)
    return LevyTerm(
        name=f"{term.name}: {term.material} {term.stage} {network.countries[country]}"
        + (" return" if kind == "contract_return" else ""),
        instrument=term.name,
        kind=kind,
        material=term.material,
        stage=term.stage,
        zone="",
        columns=columns,
        column_weight=np.full(len(columns), sign),
        rows=rows,
        row_weight=np.full(len(rows), sign),
        reference=np.array([node]),
        reference_weight=np.array([-sign]),
        floor=bound,
        cap=np.inf,
        self_response=response,
        country=np.full(entries, country if own else -1),
        share=share,
    )
