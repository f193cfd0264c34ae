"""Every number that the calibration moved by more than 5 %, with the reason."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lodestock.world.model import FLOW_STATUS, Adjustment, World
from lodestock.world.use import UseEstimate

THRESHOLD = 0.05
SMALLEST_SHARE = 1e-4
"""Changes below this share of the world total are left out of the list."""


def use_adjustments(countries: Sequence[str], stage: str, use: UseEstimate) -> tuple[Adjustment, ...]:
    """Uses that closing the sum moved by more than 5 %."""
    total = float(use.quantity.sum())
    reasons = {
        "published": "world use is closed on output; the published figure gives way last",
        "prior": "world use is closed on output; the stated figure gives way with its range",
        "apparent": "apparent consumption is closed on world output",
        "industry": "share of the using industry is closed on world output",
    }
    return tuple(
        Adjustment("use", stage, country, "", before, after, "t", reasons[status])
        for country, status, before, after in zip(
            countries, use.status, use.before_closing.tolist(), use.quantity.tolist(), strict=True
        )
        if status in reasons
        and abs(after - before) > THRESHOLD * before
        and abs(after - before) > SMALLEST_SHARE * total
    )


def flow_adjustments(world: World) -> tuple[Adjustment, ...]:
    """Observed flows that the fit moved by more than 5 %, largest change first."""
    kept = FLOW_STATUS.index("observed")
    found: list[Adjustment] = []
    for stage in world.stages:
        flows, observed = world.flows[stage], world.observed_flows[stage]
        by_origin = world.prior_flows[stage] > (1 + THRESHOLD) * observed
        total = float(flows.sum())
        pairs = (observed > 0) & ~np.eye(len(flows), dtype=bool)
        moved = pairs & (world.flow_status[stage] != kept)
        sold = world.available(stage) - world.stock_change[stage]
        need = world.need(stage)
        for i, j in np.argwhere(moved).tolist():
            if abs(flows[i, j] - observed[i, j]) > SMALLEST_SHARE * total:
                found.append(
                    Adjustment(
                        "flow",
                        stage,
                        world.countries[i],
                        world.countries[j],
                        float(observed[i, j]),
                        float(flows[i, j]),
                        "t",
                        _flow_reason(
                            observed[i].sum(),
                            sold[i],
                            observed[:, j].sum(),
                            need[j],
                            flows[i, j] > observed[i, j],
                            bool(by_origin[i, j]),
                        ),
                    )
                )
    return tuple(sorted(found, key=lambda item: -abs(item.fitted - item.observed)))


def _flow_reason(
    exports: float, sold: float, imports: float, need: float, raised: bool, by_origin: bool
) -> str:
    if sold <= 0:
        return "exporter has no output of this stage"
    if need <= 0:
        return "importer has no need at this stage"
    if not raised and exports > sold:
        return "observed exports exceed the exporter's output"
    if not raised and imports > need:
        return "observed imports exceed the importer's need"
    if raised and by_origin:
        return "re-exports by third countries and known flows are added to what was published"
    if raised:
        return "codes miss part of what the exporter sells or the importer needs"
    return "fitted to the output of the exporter and the need of the importer"
