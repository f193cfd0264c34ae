"""The one rule that says which publisher's number is used when several speak about the same thing.

Production is decided per *block* (material, stage, year), not per country, because a country list only
adds up to its own world total:

1. Refined: International Energy Agency, then USGS, then the European Commission's processing shares.
2. Mine and one-stage materials: USGS, newest edition first, then the International Energy Agency.
3. Chain clause: when the refined output that rule 1 chose exceeds the mine output that rule 2 chose, and
   the publisher of the refined block has a mine block that covers it, both stages come from that publisher
   (lithium 2024). Copper, whose refined output includes scrap, is exempt.

Prices: the form named in ``materials.price_form``; monthly World Bank averages before annual USGS figures.
The losers stay in the tables with ``preferred`` false.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

USGS_NEWEST_FIRST = ("usgs-mcs2026", "usgs-mcs2025", "usgs-mcs2024", "usgs-mcs2023", "usgs-mcs2022")

REFINED_ORDER = ("iea-cmde2025", *USGS_NEWEST_FIRST, "eu-crm2023", "own-work")
MINE_ORDER = (*USGS_NEWEST_FIRST, "iea-cmde2025", "eu-crm2023", "own-work")
PRICE_ORDER = ("worldbank-pinksheet", *USGS_NEWEST_FIRST, "own-work")

REFINED_INCLUDES_SCRAP = frozenset({"copper"})
"""Materials whose published refined output counts scrap, so that it may exceed mine output."""

RIVAL_THRESHOLD = 0.10
"""Relative difference above which a losing number is shown beside the winner."""


def winner(sources: Collection[str], order: tuple[str, ...]) -> str:
    """The source of a block that comes first in an order.

    Raises
    ------
    KeyError
        A source has no place in the order: a new publisher must be ranked here first.
    """
    unranked = sorted(set(sources) - set(order))
    if unranked:
        raise KeyError(f"sources without a place in the precedence order: {', '.join(unranked)}")
    return min(sources, key=order.index)


def production_winner(stage: str, sources: Collection[str]) -> str:
    """The source whose block is used for one (material, stage, year), rules 1 and 2."""
    return winner(sources, REFINED_ORDER if stage == "refined" else MINE_ORDER)


def chain_winner(material: str, mine_totals: Mapping[str, float], refined: tuple[str, float]) -> str:
    """The source of the mine block after rule 3.

    Parameters
    ----------
    mine_totals : world mine output in t by source.
    refined : source and world refined output in t that rule 1 chose.
    """
    chosen = production_winner("mine", mine_totals)
    source, output = refined
    if material in REFINED_INCLUDES_SCRAP or mine_totals[chosen] >= output:
        return chosen
    return source if mine_totals.get(source, 0.0) >= output else chosen
