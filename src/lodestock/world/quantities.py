"""Output by stage and country, made to agree between the stages."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lodestock.errors import LodestockError
from lodestock.world import read
from lodestock.world.assumptions import Ledger
from lodestock.world.axis import Axis
from lodestock.world.balance import Side
from lodestock.world.model import Adjustment, FloatArray

WORLD_TOTAL_TOLERANCE = 0.03
"""Countries may fall this short of the published world total before the rest is put to other countries."""


@dataclass(frozen=True)
class Chain:
    """Sides of a material after the stages agree."""

    stages: tuple[str, ...]
    supply: Side
    process: Side | None
    secondary: Side
    yield_: FloatArray
    feed_stock_change: FloatArray
    """Mine output that fed no refiner in the base year, t, (country,); zeros for a one-stage material."""
    adjustments: tuple[Adjustment, ...]

    @property
    def feed(self) -> FloatArray:
        """What refiners take, t contained at the mine stage, (country,); zeros for a one-stage material."""
        if self.process is None:
            return np.zeros_like(self.supply.quantity)
        return np.asarray(self.process.quantity / self.yield_)

    def offered(self, stage: str) -> FloatArray:
        """Output of a stage less stock change, t, (country,)."""
        if len(self.stages) == 2 and stage == self.stages[0]:
            return np.asarray(self.supply.quantity - self.feed_stock_change)
        primary = self.supply if self.process is None else self.process
        return np.asarray(primary.quantity + self.secondary.quantity)


def side(
    axis: Axis, output: read.Output, material: str, stage: str, year: int
) -> tuple[Side, list[Adjustment]]:
    """Output, published capacity and status of one stage; a gap to the world total goes to the pool."""
    quantity = axis.vector(output.tonnes)
    adjustments: list[Adjustment] = []
    gap = (output.world or 0.0) - float(quantity.sum())
    if output.world and gap > WORLD_TOTAL_TOLERANCE * output.world:
        before = float(quantity[axis.pool])
        quantity[axis.pool] += gap
        adjustments.append(
            Adjustment(
                "production",
                stage,
                read.POOL,
                "",
                before,
                before + gap,
                "t",
                "countries fall short of the published world total; the rest is put to other countries",
            )
        )
    status = axis.labels(output.status, "none")
    if quantity[axis.pool] > 0 and status[axis.pool] == "none":
        status = (*status[:-1], "estimated")
    capacity = axis.vector(read.published_capacity(material, stage, year))
    return Side(quantity, capacity, status), adjustments


def two_stage(axis: Axis, mine: Side, refined: Side, ledger: Ledger, base_year: int) -> Chain:
    r"""Make mine output and refined output agree.

    Feed needed is :math:`F = \sum_c R_c / y`. Mine output above or below it by no more than a stated limit is
    stock change, borne by the miners in proportion to their output. A larger gap means that the two series
    count different things; refined output is then rescaled to what the mines can feed and every country's
    rescaling is listed.

    Raises
    ------
    LodestockError
        One of the stages has no output at all.
    """
    if mine.quantity.sum() <= 0 or refined.quantity.sum() <= 0:
        raise LodestockError(
            f"no {'mine' if mine.quantity.sum() <= 0 else 'refined'} output in {base_year}",
            where=f"world {ledger.material}",
            hint="choose another base year",
        )
    yield_ = np.full(len(axis.codes), ledger.take("process_yield"))
    scrap = _scrap_in_refined(mine.quantity, refined.quantity, ledger.take("refined_secondary_share"))
    primary = refined.quantity - scrap
    feed = float((primary / yield_).sum())
    mined = float(mine.quantity.sum())
    adjustments: list[Adjustment] = []
    scale = 1.0
    if abs(mined - feed) > ledger.take("stock_change_limit") * mined:
        scale = mined / feed
        adjustments += _rescaled(axis, primary, scale)
    primary, scrap = scale * primary, scale * scrap
    change = mine.quantity * (mined - scale * feed) / mined
    if scale == 1.0 and abs(mined - feed) > 0.05 * mined:
        adjustments.append(
            Adjustment(
                "balance",
                "mine",
                read.WORLD,
                "",
                mined,
                feed,
                "t",
                "mine output and the feed of refiners differ; the difference is stock change, in proportion "
                "to mine output",
            )
        )
    capacity = refined.published_capacity * np.where(refined.quantity > 0, scale, 1.0)
    return Chain(
        stages=("mine", "refined"),
        supply=mine,
        process=Side(primary, capacity, refined.status),
        secondary=Side(scrap, np.zeros_like(scrap), _labels(scrap, "estimated")),
        yield_=yield_,
        feed_stock_change=change,
        adjustments=tuple(adjustments),
    )


def one_stage(stage: str, only: Side) -> Chain:
    """A material with one stage: nothing to reconcile."""
    zeros = np.zeros_like(only.quantity)
    none = Side(zeros, zeros, _labels(zeros, "none"))
    return Chain((stage,), only, None, none, np.ones_like(zeros), zeros, ())


def with_old_scrap(chain: Chain, rate: float, weight: FloatArray) -> Chain:
    r"""Add old scrap beside what refined output already holds.

    .. math:: S = \rho / (1 - \rho) \sum_c (R_c + s_c), \qquad S_c = w_c S

    Parameters
    ----------
    chain : sides so far; its own scrap s stays.
    rate : rho, share of supply from old scrap, 1.
    weight : w, where old scrap arises, (country,), adds to one.
    """
    base = chain.process if chain.process is not None else chain.supply
    total = float((base.quantity + chain.secondary.quantity).sum())
    quantity = chain.secondary.quantity + weight * total * rate / (1 - rate)
    secondary = Side(quantity, np.zeros_like(quantity), _labels(quantity, "assumed"))
    return replace(chain, secondary=secondary)


def _scrap_in_refined(mine: FloatArray, refined: FloatArray, share: float) -> FloatArray:
    """Scrap-based part of refined output: where refining exceeds mining, at most half of a country's."""
    excess = np.maximum(refined - mine, 0.0)
    if share == 0.0 or excess.sum() == 0.0:
        return np.zeros_like(refined)
    return np.asarray(np.minimum(0.5 * refined, share * refined.sum() * excess / excess.sum()))


def _rescaled(axis: Axis, primary: FloatArray, scale: float) -> list[Adjustment]:
    reason = (
        "mine and refined output come from series of different scope; refined output is rescaled to what the "
        "mines can feed"
    )
    return [
        Adjustment("production", "refined", code, "", before, scale * before, "t", reason)
        for code, before in zip(axis.codes, primary.tolist(), strict=True)
        if before > 0
    ]


def _labels(quantity: FloatArray, label: str) -> tuple[str, ...]:
    return tuple(label if value > 0 else "none" for value in quantity)
