"""Trade priors of a stage: observations by origin, known flows, published sourcing shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from lodestock.world import read
from lodestock.world.axis import Axis
from lodestock.world.hubs import attribute
from lodestock.world.model import FloatArray

ALL = "ALL"
"""Importer of a known flow that states a country's exports to everybody."""


@dataclass(frozen=True)
class TradePrior:
    """What is known about the trade of a stage before it is fitted; t, (exporter, importer)."""

    observed: FloatArray
    """Statistics by origin and destination, re-exports given back, and sourced anchors by pair."""
    stated: FloatArray
    """Assumed flows between two countries, beyond what is observed."""
    spread: FloatArray
    """Known exports of a country to everybody, beyond what is observed, spread over its customers."""
    firm_exports: FloatArray
    """1 where a country's exports to everybody are known, (country,)."""
    published: FloatArray
    """What publishers report for the pair and this very material: an observation, not derived from others."""

    @property
    def total(self) -> FloatArray:
        """Observed, stated and spread together."""
        return np.asarray(self.observed + self.stated + self.spread)


def trade_prior(
    axis: Axis,
    flows: read.Flows,
    known: Mapping[tuple[str, str], read.Anchor],
    output: FloatArray,
    pattern: FloatArray,
    year: int,
) -> TradePrior:
    """Trade statistics by origin with known flows beside them.

    Statistics of another year than the base year are stated, not observed.

    Parameters
    ----------
    axis : countries.
    flows : trade statistics.
    known : anchors by (exporter, importer or ALL).
    output : own output of the stage, t, (country,), for re-exports.
    pattern : t, (country,): what importers are likely to need.
    year : base year.
    """
    trade = attribute(axis.matrix(flows.tonnes), output).flows
    np.fill_diagonal(trade, 0.0)
    if flows.year == year:
        found = with_known_flows(axis, trade, known, pattern)
        published = with_known_flows(axis, axis.matrix(flows.observed), known, pattern).published
        return replace(found, published=published)
    elsewhere = with_known_flows(axis, np.zeros_like(trade), known, pattern)
    return replace(elsewhere, stated=np.maximum(elsewhere.stated, trade))


def with_known_flows(
    axis: Axis, trade: FloatArray, known: Mapping[tuple[str, str], read.Anchor], pattern: FloatArray
) -> TradePrior:
    """Put dated, sourced anchors beside what the codes say.

    A published pair replaces the pair's observation, an assumed one is stated. A country's exports to ALL
    scale its observed row down where that is larger; where it is smaller the rest is spread over the
    countries in proportion to ``pattern``, because the codes miss a form.

    Parameters
    ----------
    axis : countries.
    trade : t, (exporter, importer); taken as published as it is.
    known : (exporter, importer or ALL) -> anchor.
    pattern : t, (country,): what importers are likely to need.
    """
    observed, stated, spread = trade.copy(), np.zeros_like(trade), np.zeros_like(trade)
    published = trade.copy()
    firm = np.zeros(len(axis.codes))
    for (exporter, importer), anchor in known.items():
        if importer == ALL:
            continue
        i, j = axis.position(exporter), axis.position(importer)
        if anchor.status == "assumed":
            stated[i, j] = max(0.0, anchor.tonnes - observed[i, j])
        else:
            observed[i, j], stated[i, j] = anchor.tonnes, 0.0
            published[i, j] = anchor.tonnes
    for (exporter, importer), anchor in known.items():
        if importer != ALL:
            continue
        i = axis.position(exporter)
        firm[i] = 1.0
        row = float(observed[i].sum() + stated[i].sum())
        if row > anchor.tonnes:
            observed[i] *= anchor.tonnes / row
            stated[i] *= anchor.tonnes / row
            continue
        others = pattern.copy()
        others[i] = 0.0
        spread[i] = (anchor.tonnes - row) * others / max(float(others.sum()), 1e-300)
    np.fill_diagonal(observed, 0.0)
    np.fill_diagonal(stated, 0.0)
    np.fill_diagonal(published, 0.0)
    return TradePrior(observed, stated, spread, firm, published)


def with_sourcing_shares(
    axis: Axis,
    trade: TradePrior,
    available: FloatArray,
    need: FloatArray,
    shares: Mapping[str, Mapping[str, float]],
) -> FloatArray:
    """Fill importers without any stated flow from published sourcing shares.

    Parameters
    ----------
    axis : countries.
    trade : what is known; spread totals give way to published shares.
    available, need : t, (country,).
    shares : importer -> origin -> share; the importer's own share is left out.

    Returns
    -------
    t, (exporter, importer): column j is share x (need less what the country can make itself).
    """
    out = trade.total
    for importer, origins in shares.items():
        if importer not in axis.codes:
            continue
        column = axis.position(importer)
        pattern = axis.vector({origin: share for origin, share in origins.items() if origin != importer})
        pattern = np.where(available > 0, pattern, 0.0)
        pattern[column] = 0.0
        if trade.stated[:, column].sum() > 0 or pattern.sum() <= 0:
            continue
        imports = max(float(need[column] - min(available[column], need[column])), 0.0)
        out[:, column] = imports * pattern / pattern.sum()
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
