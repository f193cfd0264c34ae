"""The first page in plain English: each question a decision maker asks, answered in a few sentences.

Nothing is claimed beyond the band: where eight in ten draws do not agree on a sign, the sentence says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from lodestock.report.effects import comparable, has_response, has_response_in, reference_case, totals
from lodestock.report.frames import (
    band,
    case_title,
    largest,
    last_stage,
    markets_of,
    shortage_by_country,
    shortage_by_side,
    surplus_band,
    surplus_by_party,
)
from lodestock.report.names import PARTIES, capital, country_in_sentence, material_name
from lodestock.report.numbers import bare, count, joined, mass, money, one_part_in, percent, price
from lodestock.report.phrases import amount_phrase, loss_or_gain, price_verb
from lodestock.report.sides import Side, price_sides, sides
from lodestock.report.verdict import Verdict, verdict

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome

SHORT_FROM = 0.005
"""A side is short of a material from this share of its use on."""
MANY = 3
"""From this number of materials on, sentences give up detail that the tables hold."""
WORTH_SAYING = 0.02
"""Parties below this share of the largest change are left to the table."""


@dataclass(frozen=True)
class Point:
    """One question of the first page with its answer."""

    key: str
    question: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """The first page: a headline, a verdict on the measure where there is one, and six points."""

    headline: str
    verdict: Verdict | None
    points: tuple[Point, ...]


def answer(outcome: Outcome) -> Answer:
    """Write the first page of an outcome."""
    judged = verdict(outcome) if has_response(outcome) else None
    return Answer(
        headline(outcome),
        judged,
        (
            Point("prices", "What happens to prices?", tuple(price_sentences(outcome))),
            Point("short", "Who is short of how much?", tuple(shortage_sentences(outcome))),
            Point("pays", "Who pays and who gains?", tuple(payer_sentences(outcome))),
            Point("sure", "How sure is this?", tuple(certainty_sentences(outcome))),
            Point("drives", "What drives it?", tuple(driver_sentences(outcome))),
            Point("nothing", "What would doing nothing give?", tuple(nothing_sentences(outcome))),
        ),
    )


def headline(outcome: Outcome) -> str:
    """Say in one sentence what happens on the first side, to the material whose price moves most."""
    case = outcome.cases["scenario"]
    side = sides(outcome)[0]
    material = headline_material(outcome)
    stage = last_stage(case, material)
    change = _changes(outcome).get(material, 0.0)
    found = band(outcome, "price_change", material=material, stage=stage, market=side.market)
    text = f"{capital(side.where)}, the {material_name(material)} price {price_verb(change, found)}"
    gap, share = _gap(outcome, material, side)
    if share >= SHORT_FROM:
        text += f"; users there go short of {mass(gap)}, {percent(share, sign=False)} of their use"
    others = len(outcome.materials) - 1
    tail = f" Of {count(others + 1, 'material')} this one moves most." if others else ""
    return f"{text}.{tail}"


def headline_material(outcome: Outcome) -> str:
    """Return the material whose price moves most on the first side; the first one named where none moves."""
    changes = _changes(outcome)
    return max(outcome.materials, key=lambda material: abs(changes.get(material, 0.0)))


def _changes(outcome: Outcome) -> dict[str, float]:
    case, side = outcome.cases["scenario"], sides(outcome)[0]
    return {
        material: float(row["change"])
        for material in outcome.materials
        for row in markets_of(outcome, case, material, last_stage(case, material)).to_dicts()
        if row["market"] == side.market
    }


def price_sentences(outcome: Outcome) -> list[str]:
    """Say per material what the price does on each side, from what level to what level."""
    case = outcome.cases["scenario"]
    label = {side.market: side for side in price_sides(outcome)}
    brief = len(outcome.materials) >= MANY
    sentences = []
    for material in outcome.materials:
        stage = last_stage(case, material)
        parts = []
        for row in markets_of(outcome, case, material, stage).to_dicts():
            base, now = float(row["base_usd_per_t"]), float(row["usd_per_t"])
            found = band(outcome, "price_change", material=material, stage=stage, market=row["market"])
            verb = price_verb(float(row["change"]), found)
            levels = f", from {price(base)} to {price(now, base)}"
            if brief or verb == "hardly changes":
                levels = ""
            parts.append(f"{label[row['market']].where} it {verb}{levels}")
        sentences.append(f"{capital(material_name(material))}: {'; '.join(parts)}.")
    return sentences


def shortage_sentences(outcome: Outcome) -> list[str]:
    """Say per material who goes without how much, or that nobody does."""
    case = outcome.cases["scenario"]
    sentences = []
    for material in outcome.materials:
        parts = []
        for side in sides(outcome):
            gap, share = _gap(outcome, material, side)
            if share < SHORT_FROM:
                continue
            found = band(outcome, "shortage", material=material, market=side.market)
            amount = amount_phrase(gap, found, mass)
            parts.append(
                f"users {side.who} go short of {amount} a year, {percent(share, sign=False)} of their use"
            )
        name = capital(material_name(material))
        if not parts:
            sentences.append(f"{name}: nobody goes short of more than half a percent of use.")
            continue
        sentences.append(f"{name}: {'; '.join(parts)}.")
        worst = shortage_by_country(case, material).filter(pl.col("shortage_t") > 0).head(3)
        if len(worst) > 1 and len(outcome.materials) < MANY:
            listing = [
                f"{country_in_sentence(row['country'])} {mass(row['shortage_t'])} "
                f"({percent(row['shortage_share'], sign=False)})"
                for row in worst.to_dicts()
            ]
            sentences.append(f"The largest gaps: {joined(listing)}.")
    return sentences


def payer_sentences(outcome: Outcome) -> list[str]:
    """Name the parties that lose and gain most, then what is left for each side and the world."""
    table = surplus_by_party(outcome, outcome.cases["scenario"])
    who = {side.market: side.who for side in sides(outcome)}
    peak = largest(table["change_usd"])
    if peak < 1.0:
        return ["Nobody gains or pays: the measure changes nothing."]
    parts: dict[bool, list[str]] = {True: [], False: []}
    moving = table.filter(pl.col("change_usd").abs() >= WORTH_SAYING * peak)
    for row in moving.sort(pl.col("change_usd").abs(), descending=True).to_dicts():
        found = surplus_band(outcome, row["side"], row["party"])
        amount = _money_with_band(float(row["change_usd"]), found)
        party = PARTIES.get(row["party"], row["party"])
        parts[row["change_usd"] > 0].append(f"{party} {who[row['side']]} {amount}")
    sentences = []
    for gains, start in ((False, "Losers, a year"), (True, "Winners, a year")):
        if parts[gains]:
            sentences.append(f"{start}: {'; '.join(parts[gains][:4])}.")
    nets = []
    for side in sides(outcome):
        value = float(table.filter(pl.col("side") == side.market)["change_usd"].sum())
        nets.append(
            f"everybody {side.who} together {loss_or_gain(value, surplus_band(outcome, side.market), money)}"
        )
    sentences.append(capital("; ".join(nets)) + " a year.")
    return sentences


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
        sentences.append("More than one solution exists; the one with the smallest levies is shown.")
    return sentences


def _sign_sentences(outcome: Outcome) -> list[str]:
    case, side = outcome.cases["scenario"], sides(outcome)[0]
    parts = []
    for material in outcome.materials:
        values = outcome.draws.filter(
            (pl.col("metric") == "price_change")
            & (pl.col("material") == material)
            & (pl.col("stage") == last_stage(case, material))
            & (pl.col("market") == side.market)
        )["value"]
        if len(values):
            rises = int((values > 0).sum())
            falls = int((values < 0).sum())
            verb, times = ("rises", rises) if rises >= falls else ("falls", falls)
            share = "all" if times == len(values) else percent(times / len(values), sign=False)
            parts.append(f"the {material_name(material)} price {side.where} {verb} in {share} draws")
    return [f"{capital('; '.join(parts))}."] if parts else []


def driver_sentences(outcome: Outcome) -> list[str]:
    """Name the three inputs that move the price on the first side most, with both ends."""
    case, side = outcome.cases["scenario"], sides(outcome)[0]
    sentences = []
    many = len(outcome.materials) >= MANY
    for material in [headline_material(outcome)] if many else outcome.materials:
        rows = (
            outcome.tornado.filter(
                (pl.col("metric") == "price_change")
                & (pl.col("material") == material)
                & pl.col("stage").is_in([last_stage(case, material), ""])
                & (pl.col("market") == side.market)
                & (pl.col("swing") > 0)
            )
            .sort("rank")
            .head(3)
        )
        parts = [
            f"{row['input_label']} ({bare(row['low'])} gives {percent(row['value_at_low'])}, "
            f"{bare(row['high'])} gives {percent(row['value_at_high'])})"
            for row in rows.to_dicts()
        ]
        if parts:
            sentences.append(
                f"The {material_name(material)} price {side.where} hangs most on {'; '.join(parts)}."
            )
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
            f"{material_name(material)} at {price(base)}"
            for material in outcome.materials
            for base in _base_price(outcome, material, side)
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
        f"{material_name(material)} from {mass(now.shortage_t[material])} "
        f"to {mass(found[best].shortage_t[material])}"
        for material in outcome.materials
        if found[best].shortage_t[material] < 0.995 * now.shortage_t[material]
    ]
    if not gaps:
        return ["None of the alternatives that answer it shrinks the shortage."]
    where = sides(outcome)[0].where
    return [f"The alternative “{case_title(outcome, best)}” shrinks the shortage {where}: {joined(gaps)}."]


def _relative_gaps(gaps: dict[str, float], base: dict[str, float]) -> list[float]:
    return [gaps[material] / base[material] for material in gaps if base[material] > 0.0]


def _base_price(outcome: Outcome, material: str, side: Side) -> list[float]:
    case = outcome.cases["scenario"]
    table = markets_of(outcome, case, material, last_stage(case, material))
    return [float(row["base_usd_per_t"]) for row in table.to_dicts() if row["market"] == side.market]


def _gap(outcome: Outcome, material: str, side: Side) -> tuple[float, float]:
    """Return what a side goes without, t, and as a share of the use it wants at base prices."""
    table = shortage_by_side(outcome, outcome.cases["scenario"], material).filter(
        pl.col("side") == side.market
    )
    wanted, gap = float(table["wanted_t"].sum()), float(table["shortage_t"].sum())
    return gap, gap / wanted if wanted > 0 else 0.0


def _money_with_band(value: float, found: dict[str, float] | None) -> str:
    """Return the size of a gain or loss; where the band holds both signs, both ends with their signs."""
    shown = money(abs(value))
    if found is None or money(found["p10"]) == money(found["p90"]):
        return shown
    low, high = found["p10"], found["p90"]
    if low < 0 < high:
        return f"{shown} (uncertain: {money(low, sign=True)} to {money(high, sign=True)})"
    small, large = sorted((abs(low), abs(high)))
    return f"{shown} (band {money(small)} to {money(large)})"
