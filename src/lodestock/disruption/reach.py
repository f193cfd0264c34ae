"""What of an episode the snapshot reaches: base year, stage, corridors; what stands in is named."""

from __future__ import annotations

from dataclasses import replace

from lodestock.disruption.base import base_of
from lodestock.disruption.closures import by_destination
from lodestock.disruption.episode import Episode, Product
from lodestock.disruption.events import Event, check_events
from lodestock.errors import LodestockError

LEAST_WEIGHT = 0.05
"""Share of output or supply below which home hardly counts at a stage."""


def in_reach(episode: Episode) -> Episode:
    """The episode with the nearest base year that has production of every product; the vintage says so.

    Raises
    ------
    LodestockError
        The materials have no base year in common.
    """
    from lodestock.world import read

    years: set[int] | None = None
    for product in episode.products:
        for stage in _stages(product):
            known = set(read.years("production", product.material, stage))
            years = known if years is None else years & known
    if not years:
        raise LodestockError("no base year with production of all materials", where=episode.name)
    wanted = episode.base_year
    nearest = min(years, key=lambda year: (abs(year - wanted), year))
    notes = [episode.vintage] if episode.vintage else []
    if nearest != wanted:
        notes.append(f"base year {nearest} stands in for {wanted}, for which there is no production")
    moved = _at_stage(replace(episode, base_year=nearest))
    if moved.stage != episode.stage:
        notes.append(
            f"stage {moved.stage}, where home weighs more; prices abroad are read as those of the product"
        )
    before = episode.as_of.year - 1
    if any(
        later_world(moved, product)
        and read.trade(product.material, moved.stage or _stages(product)[-1], before).year == before
        for product in episode.products
    ):
        notes.append(f"exports of home are those published for {before}")
    return replace(moved, vintage="; ".join(notes))


def _at_stage(episode: Episode) -> Episode:
    """The episode at the stage it states; else the last one, or an earlier one where home counts for more."""
    shared = _stages(episode.products[0])[:-1]
    if episode.stage or not all(set(shared) <= set(_stages(one)[:-1]) for one in episode.products):
        return episode
    last = _weight(episode, None)
    better = [stage for stage in shared if last < LEAST_WEIGHT < _weight(episode, stage)]
    return replace(episode, stage=better[-1], of_product=True) if better else episode


def _weight(episode: Episode, stage: str | None) -> float:
    """What home weighs at a stage: share of output or of supply abroad, the largest of all products."""
    from lodestock.world.cache import load_world

    bases = [
        base_of(load_world(p.material, episode.base_year), episode.home, stage) for p in episode.products
    ]
    return max(
        max(base.dependence, base.home_supply / max(base.home_supply + float(base.supply.sum()), 1e-300))
        for base in bases
    )


def _stages(product: Product) -> list[str]:
    from lodestock.world import read

    return str(read.material_row(product.material)["stages"]).split("|")


def later_world(episode: Episode, product: Product) -> bool:
    """Whether the world is later than the year before the episode, and no fact says what home exported."""
    return "exports" not in product.facts and episode.base_year >= episode.as_of.year


def with_corridors(episode: Episode) -> Episode:
    """The episode with corridors that are closed told by destination, as the first product is shipped."""
    from lodestock.world.cache import load_world

    if not any(event.corridor for event in episode.events):
        return episode
    world = load_world(episode.products[0].material, episode.base_year)
    stage = episode.stage or world.last_stage
    events: list[Event] = []
    for event in episode.events:
        if event.corridor:
            closed = by_destination(event, world, stage, episode.home, episode.name)
            events += closed or [replace(event, corridor="", share=0.0)]
        else:
            events.append(event)
    return replace(episode, events=check_events(events, episode.name))
