"""What is published or stated about use, and the size of the using industry by country."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lodestock.world import read
from lodestock.world.assumptions import Ledger
from lodestock.world.axis import Axis, income_share
from lodestock.world.model import FloatArray
from lodestock.world.use import PUBLISHED_ERROR

AMERICA = "USA"
LARGEST_AMERICAN_SHARE = 0.6
"""A United States consumption above this share of world supply counts another form and is left aside."""
NAMED_SHARE = 0.005
"""A country with at least this share of the using industry is named, not pooled."""
SMALLEST_AMERICAN_SHARE = 0.002
"""One below this share counts only part of the forms and is left aside too."""


@dataclass(frozen=True)
class KnownUse:
    """Figures on use: position -> (t, relative error, status), and their sources."""

    figures: Mapping[int, tuple[float, float, str]]
    sources: frozenset[str]


def known_use(axis: Axis, material: str, stage: str, year: int, total: float) -> KnownUse:
    """Collect published United States consumption and stated use by country.

    A stated row beats the United States balance; a balance outside a plausible share of world supply is left
    aside, since it counts other forms (wafers, alloys, compounds) than the material's stage.
    """
    figures: dict[int, tuple[float, float, str]] = {}
    sources: set[str] = set()
    balance = read.us_balance(material, stage, year)
    for flow in ("apparent_consumption", "reported_consumption"):
        if flow not in balance or axis.position(AMERICA) in figures:
            continue
        tonnes, source = balance[flow]
        if SMALLEST_AMERICAN_SHARE * total <= tonnes <= LARGEST_AMERICAN_SHARE * total:
            figures[axis.position(AMERICA)] = (tonnes, PUBLISHED_ERROR, "published")
            sources.add(source)
    for country, (tonnes, error, source) in read.use_priors(material, year).items():
        if country in axis.codes:
            figures[axis.position(country)] = (tonnes, error, "prior")
            sources.add(source)
    return KnownUse(figures, frozenset(sources))


def known_scrap(axis: Axis, stage: str, year: int, ledger: Ledger) -> dict[int, tuple[float, str]]:
    """Scrap output of single countries: stated rows, and the published one of the United States.

    The United States figure counts where the material has old scrap as a part of supply at all.
    """
    material = ledger.material
    found: dict[int, tuple[float, str]] = {}
    balance = read.us_balance(material, stage, year)
    if "secondary" in balance and ledger.book.applies("recycling_input_rate", material):
        rate = ledger.take("recycling_input_rate")
        if rate > 0:
            found[axis.position(AMERICA)] = (balance["secondary"][0], "reported")
    for row in ledger.book.applies("secondary_output", material):
        if row.country in axis.codes:
            tonnes = ledger.take("secondary_output", country=row.country)
            found[axis.position(row.country)] = (tonnes, "assumed")
    return found


def large_users(ledger: Ledger) -> set[str]:
    """Countries whose stated share of the using industry is large enough to be named."""
    return {
        row.country
        for row in ledger.book.rows["use_weight"]
        if row.material == _weight_scope(ledger) and row.central >= NAMED_SHARE
    }


def industry_weight(axis: Axis, ledger: Ledger) -> FloatArray:
    """Share of the using industry by country, (country,), adds to one.

    Countries with a row of their own take it; what the rows leave goes to the others by income.
    """
    own = {
        row.country: row
        for row in ledger.book.rows["use_weight"]
        if row.material == _weight_scope(ledger) and row.country
    }
    weight = axis.vector(
        {code: ledger.take("use_weight", country=code) for code in own if code in axis.codes}
    )
    left = max(0.0, 1.0 - sum(row.central for row in own.values()))
    income = np.where(weight > 0, 0.0, income_share(axis))
    pooled = sum(row.central for code, row in own.items() if code not in axis.codes)
    weight[axis.pool] += pooled
    if income.sum() > 0:
        weight = weight + left * income / income.sum()
    return np.asarray(weight / weight.sum())


def _weight_scope(ledger: Ledger) -> str:
    """Which table of weights applies: the material's own, that of its class, or the general one."""
    written = {row.material for row in ledger.book.rows["use_weight"]}
    for scope in (ledger.material, ledger.book.material_class.get(ledger.material, "")):
        if scope in written:
            return scope
    return "*"
