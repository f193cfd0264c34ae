"""Re-exports: trade through countries without the stage is given back to its origin, mass kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lodestock.world.model import FloatArray

LARGEST_PASS_THROUGH = 0.98
"""Of what arrives at a hub at least 2 % stays, so that two hubs trading with each other end somewhere."""


@dataclass(frozen=True)
class Attribution:
    """Trade by origin and final destination, and what passed through each hub."""

    flows: FloatArray
    """t, (origin, destination); the diagonal holds what came back to its origin."""
    passed_on: FloatArray
    """Share of arrivals that each country sends on, (country,)."""
    unexplained: FloatArray
    """Exports beyond output and imports, dropped, t, (country,)."""


def attribute(trade: FloatArray, output: FloatArray) -> Attribution:
    r"""Replace exporters by origins where a country ships more than it makes.

    With exports :math:`E_h = \sum_j X_{hj}`, imports :math:`M_h` and own output :math:`O_h`, the re-exported
    tonnes are :math:`R_h = \min(M_h, \max(0, E_h - O_h))`, the share of arrivals passed on
    :math:`\rho_h = R_h / M_h`, own exports :math:`G_{ij} = X_{ij} (E_i - R_i - U_i) / E_i`, where
    :math:`U_h = \max(0, E_h - O_h - M_h)` has no origin and is dropped, and :math:`A_{hj} = X_{hj} / E_h`.
    Arrivals by origin, over chains of hubs of any length, and what stays:

    .. math:: N = G (I - \hat\rho A)^{-1}, \qquad F = N (I - \hat\rho)

    Every row of F adds to the same row of G: no tonne is lost or doubled, because :math:`A 1 = 1`.

    Parameters
    ----------
    trade : observed X, t, shape (exporter, importer), zero diagonal.
    output : own output of the stage O, t, shape (country,).

    Returns
    -------
    Attribution.
    """
    n = len(output)
    exports, imports = trade.sum(1), trade.sum(0)
    excess = np.maximum(0.0, exports - output)
    passed = np.minimum(LARGEST_PASS_THROUGH * imports, excess)
    unexplained = excess - passed
    safe = np.where(exports > 0, exports, 1.0)
    own = trade * ((exports - excess) / safe)[:, None]
    onward = trade / safe[:, None]
    rho = np.divide(passed, imports, out=np.zeros(n), where=imports > 0)
    arrivals = np.linalg.solve((np.eye(n) - rho[:, None] * onward).T, own.T).T
    flows = np.maximum(arrivals * (1.0 - rho)[None, :], 0.0)
    return Attribution(flows, rho, unexplained)
