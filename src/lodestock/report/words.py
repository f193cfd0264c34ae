"""The first page in plain English: each question a decision maker asks, answered in a few sentences.

Nothing is claimed beyond the band: where eight in ten draws do not agree on a sign, the sentence says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from lodestock.report.background import (
    certainty_sentences,
    driver_sentences,
    nothing_sentences,
)
from lodestock.report.effects import has_response, reference_case, totals
from lodestock.report.frames import (
    MANY,
    band,
    base_price,
    largest,
    last_stage,
    markets_of,
    price_changes,
    shortage_by_country,
    shortage_by_side,
    surplus_band,
    surplus_by_party,
)
from lodestock.report.gap import gap_sentences
from lodestock.report.names import PARTIES, capital, country_in_sentence, material_name
from lodestock.report.numbers import count, joined, mass, money, percent, price
from lodestock.report.phrases import NEGLIGIBLE, amount_phrase, loss_or_gain, price_verb
from lodestock.report.quotes import bracketed, guaranteed_prices
from lodestock.report.sides import Side, price_sides, sides
from lodestock.report.verdict import Verdict, verdict

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome

SHORT_FROM = 0.005
"""A side is short of a material from this share of its use on."""
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
            Point(
                "short",
                "Who is short of how much?",
                (*shortage_sentences(outcome), *gap_sentences(outcome)),
            ),
            Point("pays", "Who pays and who gains?", tuple(payer_sentences(outcome))),
            Point("sure", "How sure is this?", tuple(certainty_sentences(outcome))),
            Point("drives", "What drives it?", tuple(driver_sentences(outcome))),
            Point("nothing", "What would doing nothing give?", tuple(nothing_sentences(outcome))),
        ),
    )


def headline(outcome: Outcome) -> str:
    """Say in one sentence what happens on the first side: one or two materials by name, more as a range."""
    side = sides(outcome)[0]
    changes = price_changes(outcome)
    known = [material for material in outcome.materials if material in changes]
    if not known:
        return f"The scenario has no price {side.where}."
    if len(known) >= MANY:
        return _headline_of_many(outcome, known, changes)
    case = outcome.cases["scenario"]
    prices, gaps = [], []
    for material in known:
        stage = last_stage(case, material)
        found = band(outcome, "price_change", material=material, stage=stage, market=side.market)
        verb = price_verb(changes[material], found)
        prices.append(f"the {material_name(material)} price {verb}{_without(outcome, material)}")
        gap, share = _gap(outcome, material, side)
        if share >= SHORT_FROM:
            part = percent(share, sign=False)
            one = f"{mass(gap)}, {part} of their use"
            gaps.append(one if len(known) == 1 else f"{mass(gap)} of {material_name(material)} ({part})")
    told = ", and ".join(prices) if any("," in part for part in prices) else joined(prices)
    text = f"{capital(side.where)}, {told}"
    return f"{text}; users there {_lose(outcome)} {' and '.join(gaps)}." if gaps else f"{text}."


def _headline_of_many(outcome: Outcome, materials: list[str], changes: dict[str, float]) -> str:
    side = sides(outcome)[0]
    low, high = min(changes[m] for m in materials), max(changes[m] for m in materials)
    shares = [_gap(outcome, material, side)[1] for material in materials]
    if low * high > 0:
        ends = sorted((abs(low), abs(high)))
        verb = "rise" if low > 0 else "fall"
        span = _range(ends[0], ends[1])
        text = f"{capital(side.where)}, the prices of {count(len(materials), 'material')} {verb} by {span}"
    else:
        text = (
            f"{capital(side.where)}, the prices of {count(len(materials), 'material')} change by between "
            f"{percent(low)} and {percent(high)}"
        )
    if max(shares) >= SHORT_FROM:
        text += f"; users there {_lose(outcome)} {_range(min(shares), max(shares))} of their use"
    return f"{text}."


def _range(low: float, high: float) -> str:
    ends = (percent(low, sign=False), percent(high, sign=False))
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def _without(outcome: Outcome, material: str) -> str:
    """Say what the price would do without the measure, where a shock or control moves it on its own."""
    name = reference_case(outcome)
    if name == "baseline" or not has_response(outcome):
        return ""
    change = totals(outcome, outcome.cases[name]).price_change[material]
    if max(abs(change), abs(price_changes(outcome)[material])) < NEGLIGIBLE:
        return ""
    return f", against {percent(change)} without the measure"


def price_sentences(outcome: Outcome) -> list[str]:
    """Say per material what the price does on each side, from what level to what level."""
    case = outcome.cases["scenario"]
    label = {side.market: side for side in price_sides(outcome)}
    brief = len(outcome.materials) >= MANY
    sentences = []
    for material in outcome.materials:
        stage = last_stage(case, material)
        parts: list[str] = []
        unit = base_price(outcome, material)
        for row in markets_of(outcome, case, material, stage).to_dicts():
            base, now = float(row["base_usd_per_t"]), float(row["usd_per_t"])
            found = band(outcome, "price_change", material=material, stage=stage, market=row["market"])
            verb = price_verb(float(row["change"]), found)
            own = bracketed(now, material, stage) if not parts else ""
            levels = f", from {price(base, unit)} to {price(now, unit)}{own}"
            if brief or verb == "hardly changes":
                levels = ""
            parts.append(f"{label[row['market']].where} it {verb}{levels}")
        sentences.append(f"{capital(material_name(material))}: {'; '.join(parts)}.")
    return sentences + guaranteed_prices(outcome)


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
            part = percent(share, sign=False)
            parts.append(f"users {side.who} {_lose(outcome)} {amount} a year, {part} of their use")
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
    for gains, start in (
        (False, "Losers, a year, against the undisturbed market"),
        (True, "Winners"),
    ):
        if parts[gains]:
            sentences.append(
                f"{start}: {'; '.join(parts[gains][: 4 if len(outcome.materials) < MANY else 3])}."
            )
    nets = []
    for side in sides(outcome):
        value = float(table.filter(pl.col("side") == side.market)["change_usd"].sum())
        nets.append(
            f"everybody {side.who} together {loss_or_gain(value, surplus_band(outcome, side.market), money)}"
        )
    sentences.append(capital("; ".join(nets)) + " a year.")
    return sentences + _measure_sentence(outcome, table)


def _measure_sentence(outcome: Outcome, table: pl.DataFrame) -> list[str]:
    """Say who pays for the measure itself, where a shock or control moves money apart from it."""
    name = reference_case(outcome)
    if name == "baseline" or not has_response(outcome):
        return []
    side = sides(outcome)[0]
    without = surplus_by_party(outcome, outcome.cases[name]).rename({"change_usd": "without_usd"})
    own = (
        table.join(without, on=["side", "party"], how="full", coalesce=True)
        .filter(pl.col("side") == side.market)
        .select("party", usd=pl.col("change_usd").fill_null(0.0) - pl.col("without_usd").fill_null(0.0))
        .sort(pl.col("usd").abs(), descending=True)
    )
    peak = largest(own["usd"])
    parts = [
        f"{PARTIES.get(party, party)} {money(usd, sign=True)}"
        for party, usd in own.head(4).iter_rows()
        if peak > 1.0 and abs(usd) >= WORTH_SAYING * peak
    ]
    return [f"Of this the measure itself moves, {side.who}: {', '.join(parts)} a year."] if parts else []


def _lose(outcome: Outcome) -> str:
    """Return the verb for use that ends: choice under a dearer price, shortage under a control."""
    return "do without" if outcome.zone and not outcome.home else "go short of"


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
