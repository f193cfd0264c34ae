r"""Tariff-rate quota: a low duty on the first tonnes imported, a high one beyond.

At the border of each importer j the goods pass in one of two ways,

.. math:: p_j = (1 + r_1) p^b_j + t_1 + \rho, \quad 0 \le \rho \ \perp \ Q - \sum_j z^{in}_j \ge 0; \qquad
          p_j \le (1 + r_2) p^b_j + t_2 \ \perp \ z^{out}_j \ge 0

with the landed price before duty :math:`p^b_j` (one node behind each importing market, reached by the routes
from all origins under the quota). While both ways are used the rent :math:`\rho` is the difference of the
duties; while imports stay below Q it is zero; while they stand at Q it lies in between. Duties go to the
importing treasury, the rent to whoever holds the quota.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lodestock.errors import ConflictError
from lodestock.policy.behind import add_behind, add_passages, add_permits
from lodestock.policy.network import Network
from lodestock.policy.parts import NONE, SHIPMENTS, FloatArray, IndexArray, Limit, added_up, change
from lodestock.policy.terms import Rate, TariffRateQuota
from lodestock.policy.wedges import add_column_wedge


def apply_tariff_rate_quota(network: Network, term: TariffRateQuota) -> Network:
    """Lead imports through a border with two duties; see the equations above.

    Raises
    ------
    ConflictError
        The duty beyond the quota is lower than the one within it.
    """
    base = network.reference_price[term.material, term.stage]
    within, beyond = (_at(rate, base) for rate in (term.within, term.beyond))
    if beyond[0] + beyond[1] * base < within[0] + within[1] * base:
        raise ConflictError(
            "the duty beyond the quota is lower than the one within it",
            where=f"tariff-rate quota {term.name!r}",
            allowed="beyond >= within",
        )
    columns = network.trade_columns(
        term.material, term.stage, term.exporters, term.importers, kinds=SHIPMENTS
    )
    if not columns.size:
        return network
    flow = network.columns.base_level[columns]
    limit = term.limit_t if term.limit_t is not None else (term.share_of_base or 0.0) * float(flow.sum())
    node, position = np.unique(network.columns.give[columns], return_inverse=True)
    arriving = added_up(position, flow, len(node))
    network, border = add_behind(network, node, arriving)
    network = replace(network, columns=change(network.columns, columns, give=border[position]))
    network, inside = add_passages(network, f"{term.name} within", border, node, arriving)
    network, outside = add_passages(network, f"{term.name} beyond", border, node, np.zeros(len(node)))
    network = _duty(network, term, "duty_within", inside, within)
    network = _duty(network, term, "duty_beyond", outside, beyond)
    if limit <= 0.0:
        return replace(network, columns=change(network.columns, inside, capacity=0.0))
    quota = Limit(
        name=f"{term.name}: {term.material} {term.stage}",
        instrument=term.name,
        kind="tariff_quota",
        material=term.material,
        stage=term.stage,
        permit=NONE,
        columns=inside,
        quantity=limit,
        rent_to=term.rent_to,
    )
    return add_permits(network, quota, price=base, throughput=limit, injection=limit, takes=[(inside, 1.0)])


def _at(rate: Rate, base: float) -> tuple[float, float]:
    """USD per t, and share of the landed price."""
    return (rate.specific.at(base) if rate.specific is not None else 0.0), rate.ad_valorem


def _duty(
    network: Network, term: TariffRateQuota, kind: str, columns: IndexArray, rate: tuple[float, float]
) -> Network:
    specific, share = rate
    taken: FloatArray = network.columns.take_quantity[columns]
    return add_column_wedge(
        network,
        term,
        kind,
        columns,
        cost=specific,
        take_money=share * taken,
        treasury=network.nodes.country[network.columns.give[columns]],
    )
