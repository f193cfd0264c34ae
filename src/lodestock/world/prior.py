"""Trade priors of a stage: observations by origin, known flows, published sourcing shares."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lodestock.world import read
from lodestock.world.axis import Axis
from lodestock.world.hubs import attribute
from lodestock.world.model import FloatArray

ALL = "ALL"
"""Importer of a known flow that states a country's exports to everybody."""


def observed_trade(axis: Axis, flows: read.Flows, output: FloatArray) -> FloatArray:
    """Trade statistics on the axis, re-exports given back to their origin, t, (exporter, importer)."""
    trade = attribute(axis.matrix(flows.tonnes), output).flows
    np.fill_diagonal(trade, 0.0)
    return trade


def with_known_flows(
    axis: Axis,
    trade: FloatArray,
    known: Mapping[tuple[str, str], tuple[float, str]],
    need: FloatArray,
) -> FloatArray:
    """Put dated, sourced anchors in the place of what the codes say.

    A pair replaces the pair's observation; a country's exports to ALL rescale its row, spread by need where
    no pair is observed.

    Parameters
    ----------
    axis : countries.
    trade : t, (exporter, importer).
    known : (exporter, importer or ALL) -> (t, source).
    need : t, (country,).
    """
    out = trade.copy()
    for (exporter, importer), (tonnes, _) in known.items():
        if importer != ALL:
            out[axis.position(exporter), axis.position(importer)] = tonnes
    for (exporter, importer), (tonnes, _) in known.items():
        if importer != ALL:
            continue
        row = axis.position(exporter)
        pattern = out[row] if out[row].sum() > 0 else need.copy()
        pattern[row] = 0.0
        out[row] = tonnes * pattern / max(float(pattern.sum()), 1e-300)
    np.fill_diagonal(out, 0.0)
    return out


def with_sourcing_shares(
    axis: Axis,
    trade: FloatArray,
    available: FloatArray,
    need: FloatArray,
    shares: Mapping[str, Mapping[str, float]],
) -> FloatArray:
    """Fill importers without any observation from published sourcing shares.

    Parameters
    ----------
    axis : countries.
    trade : t, (exporter, importer).
    available, need : t, (country,).
    shares : importer -> origin -> share; the importer's own share is left out.

    Returns
    -------
    t, (exporter, importer): column j is share x (need less what the country can make itself).
    """
    out = trade.copy()
    for importer, origins in shares.items():
        if importer not in axis.codes:
            continue
        column = axis.position(importer)
        pattern = axis.vector({origin: share for origin, share in origins.items() if origin != importer})
        pattern = np.where(available > 0, pattern, 0.0)
        if out[:, column].sum() > 0 or pattern.sum() <= 0:
            continue
        imports = max(float(need[column] - min(available[column], need[column])), 0.0)
        out[:, column] = imports * pattern / pattern.sum()
    np.fill_diagonal(out, 0.0)
    return out


def sourcing_shares(material: str, stage: str, last_stage: str) -> Mapping[str, Mapping[str, float]]:
    """Published origins by importer: the United States at the last stage, every EU member at any stage."""
    shares: dict[str, Mapping[str, float]] = {}
    europe = read.eu_import_shares(material, stage)
    if europe:
        shares |= dict.fromkeys(read.set_members("EU27"), europe)
    america = read.us_import_shares(material)
    if america and stage == last_stage:
        shares["USA"] = america
    return shares
