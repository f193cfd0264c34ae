"""What a mandate changes, in sentences: shares of supply before and after, and its shadow price."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from lodestock.policy.terms import DomesticContent, RecycledContent, SingleCountryCap
from lodestock.report.names import country_name, label_of, material_name
from lodestock.report.numbers import percent, price

if TYPE_CHECKING:
    from lodestock.scenario.outcome import CaseOutcome, Outcome

NAMES = {
    "domestic_content": "content rule",
    "recycled_content": "recycled content",
    "country_cap": "cap on single countries",
}
"""Kinds of mandates, in words."""
LEAST = 1.0
"""A mandate worth less than this, USD a year, does not bind."""


def mandate_sentences(outcome: Outcome) -> list[str]:
    """Say of every mandate of the scenario what it changes and what it is worth, or that it asks nothing."""
    case = outcome.cases["scenario"]
    rents = case.rents.filter(pl.col("kind").is_in(list(NAMES)))
    sentences = []
    for (material, instrument, kind), rows in rents.group_by(
        "material", "instrument", "kind", maintain_order=True
    ):
        binding = rows.filter(pl.col("usd") > LEAST).to_dicts()
        name = label_of(str(material), len(outcome.materials) == 1)
        if not binding:
            what = f"{material_name(str(material))} {NAMES[str(kind)]}"
            sentences.append(f"The {what} changes nothing: it is met without it.")
        sentences += [f"{name}{_said(case, row, str(instrument))}." for row in binding]
    return [text[:1].upper() + text[1:] for text in sentences]


def _said(case: CaseOutcome, row: Mapping[str, Any], instrument: str) -> str:
    """One binding mandate: shares before and after where they can be told, and its shadow price."""
    term = next(
        item
        for item in case.instruments
        if (item.name, item.material, item.stage) == (instrument, row["material"], row["stage"])
    )
    worth = price(float(row["rent_usd_per_t"]))
    if isinstance(term, SingleCountryCap):
        before = _share(case, term, (row["country"],))
        origin = country_name(row["country"])
        change = "" if before is None else f" instead of {percent(before, sign=False)}"
        return (
            f"{origin} supplies {percent(term.share, sign=False)} of what is taken up{change}; importers from"
            f" there pay {worth} for the permits that come with use, and users receive it"
        )
    if isinstance(term, DomesticContent):
        before = _share(case, term, None)
        change = "" if before is None else f" instead of {percent(1.0 - before, sign=False)}"
        return (
            f"{percent(term.share, sign=False)} of what is taken up is the users' own{change}; importers from"
            f" outside pay {worth} for it, and users receive it"
        )
    assert isinstance(term, RecycledContent)
    share = percent(term.share, sign=False)
    return f"{share} of use is recovered scrap, for which users pay {worth} on top of the market price"


def _share(
    case: CaseOutcome, term: SingleCountryCap | DomesticContent, origins: tuple[str, ...] | None
) -> float | None:
    """Base-year share of ``origins`` (all outsiders when None) in use; None where use is not at the stage."""
    users = list(term.users)
    mine = (pl.col("material") == term.material) & (pl.col("stage") == term.stage)
    use = case.quantities.filter(mine & (pl.col("kind") == "use") & pl.col("country").is_in(users))
    total = float(use["base_t"].sum())
    if total <= 0.0:
        return None
    outside = pl.col("exporter").is_in(list(origins)) if origins else ~pl.col("exporter").is_in(users)
    flows = case.flows.filter(mine & outside & pl.col("importer").is_in(users))
    return float(flows["base_t"].sum()) / total
