"""Flow tables: a prior from trade statistics, fitted to production and use."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lodestock.errors import InfeasibleError
from lodestock.world.biproportional import fit
from lodestock.world.model import FLOW_STATUS, CodeArray, FloatArray

GRAVITY_DISTANCE_KM = 3000.0
"""Distance at which an unobserved route has the weight epsilon."""
NEAREST_KM = 300.0
"""Neighbours count as this far apart, so that small countries do not dominate the prior."""
LEAST_OPEN = 0.02
"""Weight of a country that seems to export nothing, against one that exports as the world does."""
SMALLEST_SHARES = (2e-3, 2e-4, 0.0)
"""An estimated flow below this share of the smaller of supply and need is left out; the next, smaller share
is tried when the remaining routes cannot carry the totals."""
OBSERVED_WITHIN = 0.05
"""A fitted flow this near its observation keeps the status observed."""
LEAST_SEEN = 0.5
"""A flow of which less than this share was observed is an estimate."""


def domestic_prior(available: FloatArray, need: FloatArray, exports: FloatArray) -> FloatArray:
    """What a country is likely to take from its own output, t, (country,).

    Output less observed exports, at most the need, and at least a tenth of the smaller of output and need:
    export statistics that exceed output must not cut a country off from itself.
    """
    both = np.minimum(available, need)
    return np.clip(available - exports, 0.1 * both, both)


def openness(available: FloatArray, exports: FloatArray) -> FloatArray:
    r"""How readily a country exports a stage compared with the world, (country,), between 0.02 and 1.

    .. math:: o_i = \min\left(1, \max\left(0.02, \frac{E_i / r_i}{\sum E / \sum r}\right)\right)

    A large producer that statistics show exporting next to nothing is no likely source of what they miss.
    One for all where no trade is observed.
    """
    world = float(exports.sum()) / max(float(available.sum()), 1e-300)
    if world <= 0:
        return np.ones_like(available)
    share = np.divide(exports, available, out=np.zeros_like(available), where=available > 0)
    return np.asarray(np.clip(share / world, LEAST_OPEN, 1.0))


def gravity_prior(rows: FloatArray, columns: FloatArray, distance: FloatArray, epsilon: float) -> FloatArray:
    r"""Weak prior for routes without an observation.

    .. math:: \epsilon \; r_i c_j / \textstyle\sum c \cdot 3000 / \max(d_{ij}, 300), \qquad i \ne j

    Parameters
    ----------
    rows, columns : margins, t, (country,).
    distance : km, (country, country).
    epsilon : weight at 3000 km, 1.
    """
    weight = GRAVITY_DISTANCE_KM / np.maximum(distance, NEAREST_KM)
    np.fill_diagonal(weight, 0.0)
    return np.asarray(epsilon * rows[:, None] * columns[None, :] / max(float(columns.sum()), 1e-300) * weight)


def perturbed(prior: FloatArray, sigma: float, seed: int, stage_index: int) -> FloatArray:
    """Multiply every prior flow by a log-normal error with median one; seed 0 leaves it as it is."""
    if seed == 0:
        return prior
    noise = np.random.default_rng([seed, stage_index]).standard_normal(prior.shape)
    return np.asarray(prior * np.exp(sigma * noise))


def fit_flows(
    prior: FloatArray,
    available: FloatArray,
    need: FloatArray,
    distance: FloatArray,
    *,
    epsilon: float,
    reach: FloatArray,
    countries: Sequence[str],
    where: str,
) -> FloatArray:
    """Flow table whose rows add to what is offered and whose columns add to what is needed.

    The prior is the observed trade plus the domestic term on the diagonal plus the gravity term, weighted by
    how readily the exporter exports; small estimated flows are then left out and the rest is fitted again, so
    that most pairs stay without a flow.

    Parameters
    ----------
    prior : trade by origin and destination, t, (exporter, importer).
    available, need : t, (country,), equal totals.
    distance : km, (country, country).
    epsilon : weight of the gravity term, 1.
    reach : how far an exporter's unseen trade can go, (country,), 1 where nothing stands against it.
    countries : labels for messages.
    where : named in messages, for example ``cobalt mine``.

    Returns
    -------
    T, t, (exporter, importer).
    """
    trade = prior.copy()
    np.fill_diagonal(trade, 0.0)
    exports = trade.sum(1)
    unseen = gravity_prior(available, need, distance, epsilon)
    full = trade + (reach * openness(available, exports))[:, None] * unseen
    np.fill_diagonal(full, domestic_prior(available, need, exports))
    first = fit(full, available, need, row_names=countries, column_names=countries, where=where).table
    smaller = np.minimum(available[:, None], need[None, :])
    for share in SMALLEST_SHARES:
        keep = (trade > 0) | (first > share * smaller) | np.eye(len(countries), dtype=bool)
        try:
            table = fit(
                np.where(keep, full, 0.0),
                available,
                need,
                row_names=countries,
                column_names=countries,
                sweeps=4000,
                where=where,
            ).table
        except InfeasibleError:
            continue
        return without_dust(table)
    return first


def without_dust(table: FloatArray) -> FloatArray:
    """Set flows below 1e-12 of the total to zero: they are rounding of the fit, not trade."""
    return np.where(table > 1e-12 * table.sum(), table, 0.0)


def classify(flows: FloatArray, observed: FloatArray) -> CodeArray:
    """Status of every flow as an index into FLOW_STATUS, (exporter, importer)."""
    codes = np.zeros(flows.shape, dtype=np.int8)
    seen = (flows > 0) & (observed >= LEAST_SEEN * flows)
    near = seen & (np.abs(flows - observed) <= OBSERVED_WITHIN * observed)
    codes[flows > 0] = FLOW_STATUS.index("estimated")
    codes[seen] = FLOW_STATUS.index("adjusted")
    codes[near] = FLOW_STATUS.index("observed")
    diagonal = np.diag(flows) > 0
    np.fill_diagonal(codes, np.where(diagonal, FLOW_STATUS.index("domestic"), 0))
    return codes
