r"""Export ban: routes from the controlling countries to the destinations are closed.

.. math:: z_{ij} = 0, \qquad i \in \text{exporters}, \ j \in \text{importers}

Nobody collects a rent. Goods may still reach a destination through a third country that is not listed, at
that route's cost; what comes round the ban is a leak (`leak.py`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lodestock.policy.instruments.leak import add_leak
from lodestock.policy.network import Network
from lodestock.policy.parts import change
from lodestock.policy.terms import ExportBan


def apply_export_ban(network: Network, term: ExportBan) -> Network:
    """Close every route from ``exporters`` to ``importers``; the leak behind it stays."""
    columns = network.trade_columns(term.material, term.stage, term.exporters, term.importers)
    network = add_leak(network, term, columns, np.ones(len(columns)))
    return replace(network, columns=change(network.columns, columns, capacity=0.0))
