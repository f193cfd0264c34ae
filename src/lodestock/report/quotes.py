"""Prices in the market's own unit, beside those per contained element."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lodestock.policy.terms import Amount, ContractForDifference, Floor
from lodestock.report.names import material_name
from lodestock.report.numbers import THIN, plain, price
from lodestock.scenario.forms import market_quote

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome


def in_market_unit(usd_per_t: float, material: str, stage: str) -> str:
    """Return a price as its market quotes it, such as ``USD 110/kg oxide``; empty for the element itself."""
    quote = market_quote(material, stage)
    if quote is None:
        return ""
    return f"USD{THIN}{plain(usd_per_t * quote.factor)}/{quote.unit} {quote.word}"


def bracketed(usd_per_t: float, material: str, stage: str) -> str:
    """Return the market's own quote in brackets with a blank before it, or nothing."""
    text = in_market_unit(usd_per_t, material, stage)
    return f" ({text})" if text else ""


def guaranteed_prices(outcome: Outcome) -> list[str]:
    """Say what a floor or strike is in the market's own unit, or as written, and per contained metal."""
    parts: list[str] = []
    for term in outcome.resolved.case.instruments:
        if isinstance(term, Floor):
            what, amount = "floor", term.floor
        elif isinstance(term, ContractForDifference):
            what, amount = "strike", term.strike
        else:
            continue
        other = _other_unit(amount, term.material, term.stage)
        if amount.usd_per_t is not None and other:
            name = "" if len(outcome.materials) == 1 else f"{material_name(term.material)} "
            contained = f"{price(amount.usd_per_t)} of contained metal"
            parts.append(f"the {name}{what} of {other} is {contained}")
    if not parts:
        return []
    text = "; ".join(dict.fromkeys(parts))
    return [f"{text[:1].upper()}{text[1:]}."]


def separated(written: str) -> str:
    """Return the text with thousands separators in its whole numbers."""
    return re.sub(r"(?<![\d.])\d{4,}", lambda found: f"{int(found[0]):,}", written)


def _other_unit(amount: Amount, material: str, stage: str) -> str:
    return separated(amount.written) or in_market_unit(amount.usd_per_t or 0.0, material, stage)
