"""Output by stage and country, made to agree between the stages."""

from __future__ import annotations

from collections.abc import Mapping
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
LARGEST_SCRAP_SHARE = 0.95
"""Most of a country's refined output that may come from scrap."""
DUST = 1e-9
"""Output or stock change below this share of the world total is rounding, not a quantity."""


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
    quantity[quantity < DUST * quantity.sum()] = 0.0
    status = axis.labels(output.status, "none")
    if quantity[axis.pool] > 0 and status[axis.pool] == "none":
        status = (*status[:-1], "estimated")
    capacity = axis.vector(read.published_capacity(material, stage, year))
    return Side(quantity, capacity, status), adjustments


def two_stage(
    axis: Axis, mine: Side, refined: Side, weight: FloatArray, ledger: Ledger, base_year: int
) -> Chain:
    r"""Make mine output and refined output agree.

    Feed needed is :math:`F = \sum_c R_c / y_c`. Mine output above or below it by no more than a stated limit
    is stock change, borne by the miners in proportion to their output. A larger gap means that the two series
    count different things; refined output is then rescaled to what the mines can feed and every country's
    rescaling is listed.

    Parameters
    ----------
    axis : countries.
    mine, refined : output as published; refined may hold metal from scrap.
    weight : share of the using industry, (country,): where the scrap in refined output arises.
    ledger : assumptions.
    base_year : for messages.

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
    yield_ = _yields(axis, ledger)
    scrap = scrap_in_refined(refined.quantity, weight, ledger.take("refined_secondary_share"))
    primary = refined.quantity - scrap
    feed = float((primary / yield_).sum())
    mined = float(mine.quantity.sum())
    adjustments: list[Adjustment] = []
    scale = 1.0
    if abs(mined - feed) > ledger.take("stock_change_limit") * mined:
        scale = mined / feed
        adjustments += _rescaled(axis, primary, scale)
    elif abs(mined - feed) <= DUST * mined:
        scale = mined / feed
    primary, scrap = scale * primary, scale * scrap
    change = mine.quantity * (0.0 if scale != 1.0 else (mined - feed) / mined)
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


def with_old_scrap(
    chain: Chain, rate: float, weight: FloatArray, known: Mapping[int, tuple[float, str]]
) -> Chain:
    r"""Add old scrap beside what refined output already holds.

    .. math:: S = \rho / (1 - \rho) \sum_c (R_c + s_c), \qquad S_c = w_c S

    with countries whose scrap output is known taking that and the others sharing the rest.

    Parameters
    ----------
    chain : sides so far; its own scrap s stays.
    rate : rho, share of supply from old scrap, 1.
    weight : w, where old scrap arises, (country,), adds to one.
    known : position -> (t, status); beyond S they add to it.
    """
    base = chain.process if chain.process is not None else chain.supply
    total = float((base.quantity + chain.secondary.quantity).sum()) * rate / (1 - rate)
    status = ["assumed" if share * total > 0 else "none" for share in weight]
    added = np.zeros_like(weight)
    free = weight.copy()
    for position, (tonnes, label) in known.items():
        added[position], free[position], status[position] = tonnes, 0.0, label
    left = max(0.0, total - float(added.sum()))
    added += left * free / max(float(free.sum()), 1e-300)
    quantity = chain.secondary.quantity + added
    labels = tuple(status[c] if added[c] > 0 else chain.secondary.status[c] for c in range(len(quantity)))
    return replace(chain, secondary=Side(quantity, np.zeros_like(quantity), labels))


def _yields(axis: Axis, ledger: Ledger) -> FloatArray:
    """Yield by country: the material's, or a country's own where it counts its mine output further on."""
    yield_ = np.full(len(axis.codes), ledger.take("process_yield"))
    for row in ledger.book.applies("process_yield", ledger.material):
        if row.country in axis.codes:
            yield_[axis.position(row.country)] = ledger.take("process_yield", country=row.country)
    return yield_


def scrap_in_refined(refined: FloatArray, weight: FloatArray, share: float) -> FloatArray:
    r"""Scrap-based part of refined output, where goods are made and discarded.

    .. math:: s_c = \min(0.95\, R_c, \theta w_c), \qquad \textstyle\sum_c s_c = \varsigma \sum_c R_c

    Parameters
    ----------
    refined : R, t, (country,).
    weight : w, (country,).
    share : scrap-based share of the world's refined output, 1.
    """
    most = LARGEST_SCRAP_SHARE * refined
    wanted = share * float(refined.sum())
    if wanted <= 0:
        return np.zeros_like(refined)
    reach = np.where(refined > 0, np.maximum(weight, 1e-6), 0.0)
    low, high = 0.0, wanted / float(reach[reach > 0].min())
    for _ in range(100):
        theta = 0.5 * (low + high)
        low, high = (theta, high) if np.minimum(most, theta * reach).sum() < wanted else (low, theta)
    return np.asarray(np.minimum(most, high * reach))


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
