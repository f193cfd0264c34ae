r"""Payment per tonne produced.

A mine or one-stage producer sees :math:`p + \sigma`, a refiner's margin rises by :math:`\sigma`:

.. math:: q = S(p + \sigma), \qquad m = p_{refined} - p_{mine}/y - c - s z + \sigma

With a volume V the first tonnes are paid, shared over producers by base output: tonnes up to v are supplied
at :math:`p + \sigma`, those above at p. Treasuries pay: each its own producers, or all payers together by
use.
"""

from __future__ import annotations

from lodestock.policy.network import Network
from lodestock.policy.presence import nobody_produces
from lodestock.policy.split import first_tonnes
from lodestock.policy.terms import ProductionSubsidy
from lodestock.policy.wedges import add_producer_wedge


def apply_production_subsidy(network: Network, term: ProductionSubsidy) -> Network:
    """Pay producers; see the equations above.

    Raises
    ------
    LodestockError
        None of the countries produces.
    """
    amount = term.amount.at(network.reference_price[term.material, term.stage])
    network, columns, rows = first_tonnes(network, term, term.volume_t)
    if not len(columns) + len(rows):
        raise nobody_produces(
            network,
            term.material,
            term.stage,
            term.producers,
            where=f"production subsidy {term.name!r}",
            hint="nothing is paid where nobody produces; a capital_subsidy builds new plants",
        )
    return add_producer_wedge(network, term, "subsidy", columns, rows, -amount)
