r"""Where what a country buys was made: flows followed back through countries that pass them on.

Trade statistics name the last shipper. With what country c makes, :math:`S_c`, what it receives from k,
:math:`f_{kc}`, and one mixture of both for use and re-export (proportional mixing), the share of c's pool
that was made in o is

.. math:: O = (I - B)^{-1} \operatorname{diag}(S / V), \qquad B_{ck} = f_{kc} / V_c, \qquad
          V_c = S_c + \textstyle\sum_k f_{kc}

so that use of origin o in j is :math:`x_{oj} = O_{jo} D_j` with :math:`\sum_j x_{oj} = S_o`. A number
:math:`w_{kc}` that stands on the arcs of the way, such as a tariff, adds up along it to a mean

.. math:: M = (I - B)^{-1} (B \circ w) \, O, \qquad \bar w_{oj} = M_{jo} / O_{jo}

and the share of the goods that meets only open arcs (:math:`a_{kc} \in [0, 1]`) is
:math:`(I - B \circ a)^{-1} \operatorname{diag}(S/V)` over O.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lodestock.policy.parts import FloatArray


@dataclass(frozen=True, eq=False)
class Origins:
    """The mixture in every country's pool; countries x countries arrays are (where it is, other country)."""

    received: FloatArray
    """B, share of the pool of c that came from k."""
    reach: FloatArray
    """(I - B)^-1."""
    made: FloatArray
    """(country,) S / V."""
    share: FloatArray
    """O, share of the pool of c that was made in o."""

    def along(self, amount: FloatArray) -> FloatArray:
        """Mean sum of ``amount`` (k, c) over the way from origin to user, (origin, user); 0 without trade."""
        total = self.reach @ (self.received * amount.T) @ self.share
        return _ratio(total, self.share).T

    def passing(self, open_share: FloatArray) -> FloatArray:
        """Share of the goods that meets only open arcs; ``open_share`` is (k, c), result (origin, user)."""
        size = len(self.made)
        closed = np.eye(size) - self.received * open_share.T
        left = np.asarray(np.linalg.solve(closed, np.diag(self.made)), dtype=np.float64)
        return np.clip(_ratio(left, self.share).T, 0.0, 1.0)


def trace_origins(made: FloatArray, flow: FloatArray) -> Origins:
    """Follow flows back to where goods were made.

    Parameters
    ----------
    made : (country,) output, t; a country that ships more than it has is taken to have made the rest.
    flow : (from, to) trade between different countries, t.
    """
    pool = np.maximum(made + flow.sum(axis=0), flow.sum(axis=1))
    made = pool - flow.sum(axis=0)
    received = _ratio(flow.T, np.broadcast_to(pool[:, None], flow.shape))
    own = _ratio(made, pool)
    reach = np.asarray(np.linalg.inv(np.eye(len(made)) - received), dtype=np.float64)
    return Origins(received, reach, own, reach * own)


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    out: FloatArray = np.divide(above, below, out=np.zeros(above.shape), where=below > 0.0)
    return out
