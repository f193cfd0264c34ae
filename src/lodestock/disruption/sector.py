r"""How long an end use lasts when a supplier stops, in a country or everywhere: the survival programme.

Two rules for who gets what is left, both linear programmes of `survive.py` with the end use's own demand d,
of which the back-stop serves the share b without the material:

* *pro rata*: the end use has the share s of stock and deliveries that it has of use;
* *first served*: it may take all stock and all deliveries, the others wait.

A back-stop counts at once, so the weeks are an upper bound; prices and learning are for the weekly model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lodestock.disruption.country import NEGLIGIBLE, SPARE, WEEKS_PER_YEAR
from lodestock.disruption.output_loss import RESTING_SHARE, value_per_tonne
from lodestock.disruption.stocks import held
from lodestock.disruption.survive import Chain, Step, Survival, time_to_recover, time_to_survive
from lodestock.errors import LodestockError, UnknownNameError
from lodestock.world.model import EndUse, World

FloatArray = NDArray[np.float64]
OTHERS = "other suppliers"


@dataclass(frozen=True)
class SectorLoss:
    """One end use without one supplier."""

    country: str
    """Whose users; empty for everybody but the supplier's own country."""
    end_use: str
    sector: str
    supplier: str
    share: float
    """Share of the users' need that the supplier meets in the base year."""
    survival: Survival
    """Pro rata."""
    first_served: Survival
    lost_t: float
    """Use lost in the outage, pro rata, t."""
    output_lost: tuple[float, float, float] | None
    """USD, low, central and high of the assumed share of the sector; None without a published sector."""


def sector_chain(
    world: World, users: FloatArray, supplier: str, end_use: str, *, first_served: bool = False
) -> Chain:
    """Chain of one end use: the supplier and all others to the material, it and a back-stop to the use.

    Parameters
    ----------
    users : countries whose users are followed, bool (country,).
    supplier : the one to lose, an activity of its own name; the others are pooled, t a week.

    Raises
    ------
    UnknownNameError
        The material has no such end use, the world no such country.
    LodestockError
        The countries do not use the material.
    """
    end = _end_use(world, end_use)
    stage, mine = world.last_stage, users.astype(bool)
    inflow = world.flows[stage][:, mine].sum(axis=1)
    need, sent = float(inflow.sum()), float(inflow[world.index(supplier)])
    if need <= 0:
        raise LodestockError(f"nobody here uses {world.material}", where="time to survive")
    part = 1.0 if first_served else end.share
    weekly = end.share * need / WEEKS_PER_YEAR
    steps = (
        Step(supplier, sent * SPARE * part / WEEKS_PER_YEAR, {world.material: 1.0}, {}),
        Step(OTHERS, (need - sent) * SPARE * part / WEEKS_PER_YEAR, {world.material: 1.0}, {}),
        Step(f"use in {end.name}", weekly, {end.name: 1.0}, {world.material: 1.0}),
        Step(f"back-stop in {end.name}", weekly * end.backstop_share, {end.name: 1.0}, {}),
    )
    stock = float(held(world, stage)[mine].sum()) * part
    return Chain({world.material: stock}, {end.name: weekly}, {world.material: 0.0, end.name: 1.0}, steps)


def sector_losses(
    world: World, weeks: float, *, country: str | None = None, end_use: str | None = None, top: int = 3
) -> tuple[SectorLoss, ...]:
    """Every end use without each of the largest suppliers for ``weeks``, the shortest survival first.

    Parameters
    ----------
    country : whose users; everybody outside the supplier's own country when None.
    end_use : one of them only.
    top : suppliers to lose, the largest first.

    Raises
    ------
    UnknownNameError
        Unknown country or end use.
    """
    ends = [_end_use(world, end_use)] if end_use else [end for end in world.use.end_uses if end.share > 0]
    worth, _ = value_per_tonne(world)
    sectors = _sectors(world)
    found = []
    for supplier, users in _cases(world, country, top):
        inflow = world.flows[world.last_stage][:, users].sum(axis=1)
        share = float(inflow[world.index(supplier)] / inflow.sum())
        if share < NEGLIGIBLE:
            continue
        for end in ends:
            chain = sector_chain(world, users, supplier, end.name)
            lost = time_to_recover(chain, [supplier], weeks).exposure
            usd = None
            if end.name in worth:
                low, central, high = (rho * worth[end.name] * lost for rho in RESTING_SHARE)
                usd = (low, central, high)
            found.append(
                SectorLoss(
                    country or "",
                    end.name,
                    sectors.get(end.name, ""),
                    supplier,
                    share,
                    time_to_survive(chain, [supplier]),
                    time_to_survive(
                        sector_chain(world, users, supplier, end.name, first_served=True), [supplier]
                    ),
                    lost,
                    usd,
                )
            )
    return tuple(sorted(found, key=lambda one: (one.survival.weeks, -one.lost_t)))


def _cases(world: World, country: str | None, top: int) -> Sequence[tuple[str, FloatArray]]:
    """Suppliers to lose, with the users who are followed."""
    flows = world.flows[world.last_stage]
    named = np.array([name != "OTH" for name in world.countries])
    if country is not None:
        users = np.zeros(len(world.countries), dtype=bool)
        users[world.index(country)] = True
        inflow = np.where(named, flows[:, users].sum(axis=1), 0.0)
        return [(world.countries[k], users) for k in np.argsort(-inflow)[:top] if inflow[k] > 0]
    sent = np.where(named, flows.sum(axis=1) - np.diag(flows), 0.0)
    cases = []
    for k in np.argsort(-sent)[:top]:
        users = np.ones(len(world.countries), dtype=bool)
        users[k] = False
        cases.append((world.countries[k], users))
    return cases


def _end_use(world: World, name: str) -> EndUse:
    known = {end.name: end for end in world.use.end_uses}
    if name not in known:
        raise UnknownNameError("end use", name, known, where=world.material)
    return known[name]


def _sectors(world: World) -> dict[str, str]:
    import polars as pl

    from lodestock.data.snapshot import load_table

    table = load_table("end_uses").filter(pl.col("material") == world.material)
    return {str(name): str(sector or "") for name, sector in table.select("end_use", "sector").rows()}
