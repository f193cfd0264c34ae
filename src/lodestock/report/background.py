"""The first page's background: how sure the numbers are, what drives them, what doing nothing gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from lodestock.report.drivers import drivers, input_value
from lodestock.report.effects import comparable, has_response, has_response_in, reference_case, totals
from lodestock.report.frames import MANY, base_price, case_title, headline_material, largest, last_stage
from lodestock.report.names import capital, material_name
from lodestock.report.numbers import count, joined, mass, money, one_part_in, percent, price
from lodestock.report.phrases import NEGLIGIBLE, loss_or_gain
from lodestock.report.sides import sides

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome


def certainty_sentences(outcome: Outcome) -> list[str]:
    """Say what the band is made of, how often the sign holds, and that the accounts close."""
    sentences = []
    asked, failed = outcome.draws_asked, outcome.draws_failed
    if outcome.bands.is_empty() or asked == 0:
        sentences.append(
            "No draws were made, so the numbers carry no band: read them as orders of magnitude."
        )
    else:
        varied = outcome.assumptions.filter(pl.col("low") < pl.col("high")).height
        sentences.append(
            f"Bands hold eight in ten of {count(asked - failed, 'draw')} over the ranges of "
            f"{count(varied, 'assumption')}; the base-year data are taken as given."
        )
        if failed:
            verb = "is" if failed == 1 else "are"
            sentences.append(
                f"{count(failed, 'draw')} of {asked} found no solution and {verb} left out of the bands."
            )
        sentences += _sign_sentences(outcome)
    certificate = outcome.cases["scenario"].certificate
    worst = certificate.get("worst")
    if isinstance(worst, float):
        sentences.append(f"Markets clear and accounts close to {one_part_in(worst)}.")
    if certificate.get("multiple"):
        sentences.append(
            "More than one solution exists; the one with the smallest levies is shown, the other beside it."
        )
    return sentences


def _sign_sentences(outcome: Outcome) -> list[str]:
    case, side = outcome.cases["scenario"], sides(outcome)[0]
    found: dict[tuple[str, str], list[str]] = {}
    for material in outcome.materials:
        values = outcome.draws.filter(
            (pl.col("metric") == "price_change")
            & (pl.col("material") == material)
            & (pl.col("stage") == last_stage(case, material))
            & (pl.col("market") == side.market)
        )["value"]
        if largest(values) >= NEGLIGIBLE:
            rises = int((values > 0).sum())
            falls = int((values < 0).sum())
            verb, times = ("rise", rises) if rises >= falls else ("fall", falls)
            share = "all" if times == len(values) else f"{percent(times / len(values), sign=False)} of the"
            found.setdefault((verb, share), []).append(material_name(material))
    parts = []
    for (verb, share), names in found.items():
        prices = f"the {names[0]} price {side.where} {verb}s"
        if len(names) > 1:
            prices = f"the prices of {joined(names)} {side.where} {verb}"
        parts.append(f"{prices} in {share} draws")
    return [f"{capital('; '.join(parts))}."] if parts else []


def driver_sentences(outcome: Outcome) -> list[str]:
    """Name the three inputs that move the headline number most, with both ends."""
    sentences = []
    many = len(outcome.materials) >= MANY
    for material in [headline_material(outcome)] if many else outcome.materials:
        found = drivers(outcome, material)
        if found is None:
            continue
        parts = [
            f"{row['input_label']} ({input_value(row, 'low')} gives {found.shown(row['value_at_low'])}, "
            f"{input_value(row, 'high')} gives "
            f"{found.shown(row['value_at_high'])})"
            for row in found.rows.head(3).to_dicts()
        ]
        held = "" if found.is_price else "The price hardly depends on the assumptions. "
        sentences.append(f"{held}{capital(found.subject)} hangs most on {'; '.join(parts)}.")
    if many and sentences:
        sentences.append("The other materials follow in the section on uncertainty.")
    return sentences or ["Without draws the inputs cannot be ranked."]


def nothing_sentences(outcome: Outcome) -> list[str]:
    """Describe the case without the measure, or say that the scenario itself is that case."""
    side = sides(outcome)[0]
    if not has_response(outcome):
        text = "The scenario holds no response, so the numbers above are what doing nothing gives."
        return [text, *_best_answer(outcome)]
    name = reference_case(outcome)
    if name == "baseline":
        prices = [
            f"{material_name(material)} at {price(base_price(outcome, material))}"
            for material in outcome.materials
        ]
        return [
            f"Without the measure the market stays as in {outcome.base_year}: {joined(prices)} {side.where}, "
            "no shortage, and nobody gains or pays."
        ]
    case = outcome.cases[name]
    found = totals(outcome, case)
    parts = [
        f"{material_name(material)} price {percent(found.price_change[material])}, "
        f"shortage {mass(found.shortage_t[material])}"
        for material in outcome.materials
    ]
    return [
        f"Without the measure, with everything else as it is: {'; '.join(parts)} {side.where}; "
        f"everybody {side.who} together {loss_or_gain(found.net_usd, None, money)} a year."
    ]


def _best_answer(outcome: Outcome) -> list[str]:
    """Name the alternative that answers the same shocks and controls and leaves the least shortage."""
    names = [name for name in comparable(outcome) if has_response_in(outcome.cases[name].instruments)]
    if not names:
        return []
    now = totals(outcome, outcome.cases["scenario"])
    found = {name: totals(outcome, outcome.cases[name]) for name in names}
    best = min(names, key=lambda name: sum(_relative_gaps(found[name].shortage_t, now.shortage_t)))
    gaps = [
        f"{material_name(material)} from {mass(now.shortage_t[material], digits=3)} "
        f"to {mass(found[best].shortage_t[material], digits=3)}"
        for material in outcome.materials
        if found[best].shortage_t[material] < 0.99 * now.shortage_t[material]
    ]
    if not gaps:
        return ["None of the alternatives that answer it shrinks the shortage."]
    where = sides(outcome)[0].where
    return [f"The alternative “{case_title(outcome, best)}” shrinks the shortage {where}: {joined(gaps)}."]


def _relative_gaps(gaps: dict[str, float], base: dict[str, float]) -> list[float]:
    return [gaps[material] / base[material] for material in gaps if base[material] > 0.0]
