r"""Minimum import price: nothing comes in below it, and the exporter keeps the gap.

At each importer j the exporters' price rises until the goods arrive at the minimum m,

.. math:: p_j - p_i - c_{ij} - s_{ij} z_{ij} - \tau_j = 0, \qquad
          0 \le \tau_j \le \bar\tau \ \perp \ p_j - m \ge 0

so that imports under it are as many as the market takes at m. The gap :math:`\tau_j z_{ij}` is the
exporter's: traders of the country of origin. Were it a levy of the same size, it would be the importer's
treasury's; that is the whole difference between the two. Where even without imports the price stays below m,
none come in.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lodestock.errors import ConflictError
from lodestock.policy.instruments.floor import highest_price
from lodestock.policy.network import Network
from lodestock.policy.parts import SHIPMENTS, LevyTerm
from lodestock.policy.terms import MinimumImportPrice


def apply_minimum_import_price(network: Network, term: MinimumImportPrice) -> Network:
    """Add the gap of each importer; see the equations above.

    Raises
    ------
    ConflictError
        A floor or another minimum price acts on the same imports.
    """
    columns = network.trade_columns(
        term.material, term.stage, term.exporters, term.importers, kinds=SHIPMENTS
    )
    for levy in network.levies:
        if levy.kind in ("floor", "minimum_price") and np.intersect1d(columns, levy.columns).size:
            raise ConflictError(
                f"{levy.instrument!r} already holds the price of some of the same imports",
                where=f"minimum import price {term.name!r}",
                allowed="one floor or minimum price per route, material and stage",
            )
    market = network.market_of()[network.columns.give[columns]]
    base = network.reference_price[term.material, term.stage]
    gaps = []
    for node in np.unique(market).tolist():
        own = columns[market == node]
        gaps.append(
            LevyTerm(
                name=f"{term.name}: {term.material} {term.stage} "
                f"{network.countries[network.nodes.country[node]]}",
                instrument=term.name,
                kind="minimum_price",
                material=term.material,
                stage=term.stage,
                zone="",
                columns=own,
                column_weight=np.ones(len(own)),
                rows=np.zeros(0, dtype=np.int64),
                row_weight=np.zeros(0),
                reference=np.array([node]),
                reference_weight=np.ones(1),
                floor=term.price.at(base),
                cap=highest_price(network, term.material),
                self_response=0.0,
                country=network.nodes.country[network.columns.take[own]],
                share=np.zeros(len(network.countries)),
                party="traders",
            )
        )
    return replace(network, levies=(*network.levies, *gaps))
