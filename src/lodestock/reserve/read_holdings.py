"""The holdings and materials of a file -> `Holding` and `MaterialTerms`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

from lodestock.errors import ConflictError, UnknownNameError, ValueOutOfRangeError
from lodestock.reserve import assumptions
from lodestock.reserve.case import (
    DAYS_A_QUARTER,
    QUARTERS_A_YEAR,
    TIERS,
    Group,
    Holding,
    MaterialTerms,
    Site,
)
from lodestock.reserve.schema import CaseFile, HoldingSection, MaterialSection
from lodestock.scenario.names import MaterialName, Names
from lodestock.scenario.quantity import Quantity
from lodestock.scenario.tree import Node, Path


def read_materials(
    file: CaseFile, root: Node, names: Names, groups: tuple[Group, ...]
) -> dict[str, MaterialTerms]:
    """Return the terms of every material that a holding names, in the order of the holdings."""
    given: dict[str, tuple[str, MaterialSection]] = {}
    for key, section in file.materials.items():
        slug = names.material(key, where=root.where(("materials", key))).slug
        if slug in given:
            raise ConflictError(f"{slug} stands twice", where=root.where(("materials", key)))
        given[slug] = (key, section)
    found: dict[str, MaterialTerms] = {}
    for at, holding in enumerate(file.holdings):
        material = names.material(holding.material, where=root.where(("holdings", at, "material")))
        if material.slug not in found:
            key, section = given.get(material.slug, (material.slug, MaterialSection()))
            found[material.slug] = _terms(material, section, root, names, ("materials", key))
            if not any(material.slug in group.materials for group in groups):
                raise ConflictError(
                    f"{material.slug} is held but stands in no group",
                    where=root.where(("holdings", at, "material")),
                    hint="add it to the materials of a group, with the regimes that can hit it",
                )
    for slug, (key, _) in given.items():
        if slug not in found:
            raise ConflictError(
                f"{slug} is described but not held",
                where=root.where(("materials", key)),
                hint="add a holding with its form and site",
            )
    if not found:
        raise ConflictError("nothing may be held", where=root.where(("holdings",)))
    for group in groups:
        _check_short(found, group, given, root)
    return found


def read_holdings(
    file: CaseFile,
    root: Node,
    names: Names,
    sites: Mapping[str, Site],
    materials: Mapping[str, MaterialTerms],
) -> tuple[Holding, ...]:
    """Return the holdings of a case; each material, form and site stands once."""
    found: list[Holding] = []
    for at, section in enumerate(file.holdings):
        holding = _holding(section, root, names, sites, materials, ("holdings", at))
        if any(holding.name == other.name for other in found):
            raise ConflictError(
                f"{holding.name} stands twice", where=root.where(("holdings", at)), hint="keep one of them"
            )
        found.append(holding)
    for site in sites.values():
        there = sum(holding.start_t for holding in found if holding.site == site.name)
        if there > site.capacity_t:
            raise ConflictError(
                f"{there:g} t lie at {site.name!r} at the start, more than its {site.capacity_t:g} t",
                where=root.where(("sites", site.name, "capacity")),
            )
    return tuple(found)


def _holding(
    section: HoldingSection,
    root: Node,
    names: Names,
    sites: Mapping[str, Site],
    materials: Mapping[str, MaterialTerms],
    path: Path,
) -> Holding:
    material = names.material(section.material)
    stage = materials[material.slug].stage
    names.factor(material, stage, section.form, where=root.where((*path, "form")))
    if section.site not in sites:
        raise UnknownNameError("site", section.site, sites, where=root.where((*path, "site")))
    if section.usable <= 0.0:
        raise ValueOutOfRangeError(
            "nobody could use it", where=root.where((*path, "usable")), allowed="more than 0"
        )
    start = _tonnes(section.start, material, stage, names, root, (*path, "start")) or 0.0
    limit = _tonnes(section.limit, material, stage, names, root, (*path, "limit"))
    limit = math.inf if limit is None else limit
    if start > limit:
        raise ConflictError(
            f"{start:g} t are held at the start, more than the limit of {limit:g} t",
            where=root.where((*path, "start")),
        )
    life = section.shelf_life
    if life is not None and life.value * QUARTERS_A_YEAR < 1.0:
        raise ValueOutOfRangeError(
            f"a shelf life of {life.text} is shorter than a quarter",
            where=root.where((*path, "shelf_life")),
            allowed="3 months or more",
        )
    return Holding(
        material=material.slug,
        form=section.form,
        site=section.site,
        usable_share=section.usable,
        premium=section.premium,
        loss_share=section.loss,
        shelf_life_quarters=None if life is None else math.floor(life.value * QUARTERS_A_YEAR + 1e-9),
        rotation_cost=_or_assumed(section.rotation_cost, "rotation_cost", material.slug),
        insurance=_or_assumed(section.insurance, "insurance", material.slug),
        start_t=start,
        limit_t=limit,
        lag_quarters=section.lag,
        source="; ".join(section.source),
    )


def _terms(
    material: MaterialName, section: MaterialSection, root: Node, names: Names, path: Path
) -> MaterialTerms:
    stage = section.stage or material.stages[-1]
    names.stage(material, stage, where=root.where((*path, "stage")))
    need = _tonnes(section.need, material, stage, names, root, (*path, "need"))
    price = section.price
    if price is not None and price.dimension != "price":
        raise ConflictError("the price is not in USD per mass", where=root.where((*path, "price")))
    factor = 1.0 if price is None else names.factor(material, stage, price.form or "contained")
    return MaterialTerms(
        material=material.slug,
        stage=stage,
        tier_share=_tier_shares(section.tiers, root, (*path, "tiers")),
        shortage_value=_tier_values(section.shortage_value, root, (*path, "shortage_value")),
        need_t=need,
        price=None if price is None else price.value / factor,
        gap_share=section.short,
        cover_days=0.0 if section.cover is None else section.cover.value * 4 * DAYS_A_QUARTER,
        purchase_share=_or_assumed(section.purchase_share, "purchase_share", material.slug),
        blocks=_blocks(section, root, (*path, "price_blocks")),
        offtake_t=_tonnes(section.offtake, material, stage, names, root, (*path, "offtake")) or 0.0,
        resale_share=_or_assumed(section.resale, "resale_share", material.slug),
        stress=section.stress,
    )


def _tonnes(
    quantity: Quantity | None, material: MaterialName, stage: str, names: Names, root: Node, path: Path
) -> float | None:
    if quantity is None:
        return None
    form = quantity.form or "contained"
    return quantity.value * names.factor(material, stage, form, where=root.where(path))


def _tier_shares(given: Mapping[str, float] | None, root: Node, path: Path) -> tuple[float, ...] | None:
    if given is None:
        return None
    for tier in given:
        if tier not in TIERS:
            raise UnknownNameError("tier", tier, TIERS, where=root.where((*path, tier)))
    shares = {tier: given[tier] for tier in TIERS if tier in given}
    total = sum(shares.values())
    if "other" not in shares and total <= 1.0 + 1e-9:
        shares["other"] = max(0.0, 1.0 - total)
        total = sum(shares.values())
    if abs(total - 1.0) > 1e-6:
        raise ConflictError(f"the tiers add to {total:g}", where=root.where(path), allowed="1 (100 %)")
    return tuple(shares.get(tier, 0.0) for tier in TIERS)


def _tier_values(given: Mapping[str, Quantity] | None, root: Node, path: Path) -> tuple[float, ...] | None:
    if given is None:
        return None
    for tier in given:
        if tier not in TIERS:
            raise UnknownNameError("tier", tier, TIERS, where=root.where((*path, tier)))
    missing = [tier for tier in TIERS if tier not in given]
    if missing:
        raise ConflictError(
            f"{', '.join(missing)} is missing", where=root.where(path), allowed=", ".join(TIERS)
        )
    values = tuple(given[tier].value for tier in TIERS)
    if any(given[tier].dimension != "price" for tier in TIERS):
        raise ConflictError("a shortage value is not in USD per mass", where=root.where(path))
    if list(values) != sorted(values, reverse=True):
        raise ConflictError(
            "the shortage values are out of order",
            where=root.where(path),
            allowed="defence >= essential >= other",
        )
    return values


def _blocks(section: MaterialSection, root: Node, path: Path) -> tuple[tuple[float, float], ...]:
    blocks = section.price_blocks
    if blocks is None:
        return ()
    if not blocks:
        raise ConflictError("there is no price block", where=root.where(path), hint="leave the key out")
    for at, (share, multiple) in enumerate(blocks):
        if share <= 0.0 or not 0.0 < multiple < 1e6:
            raise ValueOutOfRangeError(
                f"a price block of {share:g} at {multiple:g} times the price",
                where=root.where((*path, at)),
                allowed="a share above 0 and a multiple above 0",
            )
    for at, (before, after) in enumerate(itertools.pairwise(blocks), start=1):
        if after[1] < before[1]:
            raise ConflictError(
                f"the price blocks are not convex: {after[1]:g} follows {before[1]:g}",
                where=root.where((*path, at)),
                allowed="multiples that do not fall, cheapest block first",
                hint="a block that gets cheaper with quantity has no certified optimum",
            )
    return tuple((share, float(multiple)) for share, multiple in blocks)


def _check_short(
    found: Mapping[str, MaterialTerms],
    group: Group,
    given: Mapping[str, tuple[str, MaterialSection]],
    root: Node,
) -> None:
    known = [signal.name for signal in group.signals] if group.hidden else list(group.regimes)
    for material in group.materials:
        terms = found.get(material)
        if terms is None or terms.gap_share is None:
            continue
        for regime in terms.gap_share:
            if regime not in known:
                path: Path = ("materials", given[material][0], "short", regime)
                raise UnknownNameError("regime", regime, known, where=root.where(path))


def _or_assumed(given: float | None, name: str, material: str) -> float:
    return assumptions.value(name, material) if given is None else given
