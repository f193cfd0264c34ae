r"""A by-product can be made only as far as its host is.

.. math:: K_c \leftarrow K_c \Big( 1 - \theta + \theta \, \frac{h_c}{h^0_c} \Big)

with the host's output :math:`h_c` (solved first), its base output :math:`h^0_c` and the share :math:`\theta`
of supply that is tied to it. The by-product's own price moves recovery below that capacity.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lodestock.policy.network import Network
from lodestock.policy.parts import FloatArray, change


def follow_host(
    network: Network, material: str, stage: str, ratio: dict[str, float], tied_share: float
) -> Network:
    """Scale the capacity of a by-product's producers with their host's output.

    Parameters
    ----------
    material, stage : the by-product and the stage at which it is produced.
    ratio : host output over base output by country; a country that is not named keeps its capacity.
    tied_share : theta, 1.
    """
    rows = network.supply_rows(material, stage, network.countries)
    country = network.nodes.country[network.supply.node[rows]].tolist()
    factor: FloatArray = np.array(
        [1.0 - tied_share + tied_share * ratio.get(network.countries[c], 1.0) for c in country]
    )
    capacity = network.supply.capacity[rows] * factor
    return replace(network, supply=change(network.supply, rows, capacity=capacity))
