r"""A by-product is recovered out of what its host puts through.

.. math:: q_c(p) \leftarrow r_c \, q_c(p), \qquad K_c \leftarrow r_c K_c, \qquad
    r_c = 1 - \theta + \theta \, \frac{h_c}{h^0_c}

with the host's output :math:`h_c` (solved first), its base output :math:`h^0_c` and the share :math:`\theta`
of supply that is tied to it. At an unchanged price the same share of what comes in is recovered, so output
moves with the host; the by-product's own price moves that share, up to capacity.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lodestock.policy.network import Network
from lodestock.policy.parts import FloatArray, change


def follow_host(
    network: Network, material: str, stage: str, ratio: dict[str, float], tied_share: float
) -> Network:
    """Scale output and capacity of a by-product's producers with their host's output.

    Parameters
    ----------
    material, stage : the by-product and the stage at which it is produced.
    ratio : host output over base output by country; a country that is not named stays as it is.
    tied_share : theta, 1.
    """
    rows = network.supply_rows(material, stage, network.countries)
    country = network.nodes.country[network.supply.node[rows]].tolist()
    factor: FloatArray = np.array(
        [1.0 - tied_share + tied_share * ratio.get(network.countries[c], 1.0) for c in country]
    )
    supply = change(
        network.supply,
        rows,
        quantity=network.supply.quantity[rows] * factor,
        capacity=network.supply.capacity[rows] * factor,
    )
    return replace(network, supply=supply)
