"""What floors and minimum prices charge in one period: mean rate of those who pay, status, revenue."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lodestock.policy.parts import BoolArray
from lodestock.policy.period_result import PeriodResult
from lodestock.scenario.money_tables import HELD, joint_status, of_importers, paying_tonnes, receipt_price

COLUMNS = ("levy_usd_per_t", "levy_status", "levy_usd")
NOTHING: Mapping[str, float | str | None] = dict.fromkeys(COLUMNS)


def levies_of(
    result: PeriodResult, material: str, stage: str, mask: BoolArray
) -> Mapping[str, float | str | None]:
    """Rate, USD/t, status and revenue, USD a year, of the levies on imports into a market.

    Parameters
    ----------
    mask : shape (country,), the market; levies that watch prices elsewhere are left out.

    Returns
    -------
    Empty values where there is no such levy. The rate is a mean over the tonnes that pay, less what a receipt
    for drawback is worth; where nothing is charged any more it is the smallest rate that keeps it so.
    """
    network = result.network
    found = [
        (levy, status)
        for levy, status in zip(network.levies, result.statuses, strict=True)
        if levy.kind in HELD
        and (levy.material, levy.stage) == (material, stage)
        and mask[network.nodes.country[levy.reference]].all()
    ]
    if not found:
        return NOTHING
    levies = [levy for levy, _ in found]
    tonnes = np.array([paying_tonnes(result.level, levy) for levy in levies])
    rate = np.array(
        [status.rate - receipt_price(network, result.price, levy.instrument) for levy, status in found]
    )
    revenue = sum(
        status.rate * float((levy.column_weight * result.level[levy.columns]).sum()) for levy, status in found
    )
    total = float(tonnes.sum())
    mean = float((rate * tonnes).sum() / total) if total > 0.0 else float(rate.mean())
    if any(levy.ad_valorem > 0.0 for levy in levies) and total > 0.0:
        mean = revenue / total
    said = [status.status for _, status in found]
    status = said[0] if len(said) == 1 else joint_status(of_importers(network, levies, said))
    return dict(zip(COLUMNS, (mean, status, revenue), strict=True))
