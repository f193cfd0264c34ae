"""Does the measure help? Judged against doing nothing, with the right to say no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from lodestock.report.effects import Totals, comparable, reference_case, totals
from lodestock.report.frames import MANY, base_price, case_title, surplus_band
from lodestock.report.mandates import mandate_sentences
from lodestock.report.names import label_of, material_name
from lodestock.report.numbers import joined, mass, money, percent, price
from lodestock.report.phrases import loss_or_gain, sign_is_sure
from lodestock.report.sides import sides

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome

Kind = Literal["helps", "at-a-cost", "uncertain", "no-effect", "no"]

NOTICEABLE = 0.002
"""Changes of output, shortage or price below this share count as none."""


@dataclass(frozen=True)
class Verdict:
    """``kind`` for the page's mark, and the sentences that justify it."""

    kind: Kind
    label: str
    sentences: tuple[str, ...]


HOLDING = {"floor": "floor", "minimum_price": "minimum import price"}
"""Kinds of measures that hold a price up, in words."""

LABELS: dict[Kind, str] = {
    "helps": "Helps",
    "at-a-cost": "Works, at a cost",
    "uncertain": "Uncertain",
    "no-effect": "No effect",
    "no": "Does not help",
}


def verdict(outcome: Outcome) -> Verdict:
    """Judge the scenario's measure.

    It *works* when output rises, a shortage shrinks, or a price spike is damped, on the first side. It
    *helps* when it works and that side as a whole gains; it works *at a cost* when the side pays net. It
    *does not help* when it does none of these, or leaves the side worse off for nothing. Where the band of
    the net holds both signs, the cost is called uncertain.
    """
    side = sides(outcome)[0]
    before = totals(outcome, outcome.cases[reference_case(outcome)])
    after = totals(outcome, outcome.cases["scenario"])
    gains = improvements(outcome, before, after)
    harms = deteriorations(outcome, before, after)
    net = after.net_usd - before.net_usd
    against_base = reference_case(outcome) == "baseline"
    found = surplus_band(outcome, side.market) if against_base else None
    kind = judge(
        net, bool(gains), moved=bool(gains or harms or _noticeable_net(net, before, after)), band=found
    )
    sentences = [_opening(kind, gains, side.who)]
    if kind != "no-effect":
        everybody = (
            f"Everybody {side.who} together {loss_or_gain(net, found, money)} a year against doing nothing"
            f"{'' if found or outcome.bands.is_empty() else ', on central assumptions'}"
        )
        sure = found is None or sign_is_sure(found)
        sentences.append(f"{everybody}{_cost_per_tonne(outcome, before, after, net) if sure else ''}.")
        if harms:
            sentences.append(f"The price of it: {'; '.join(harms)}.")
    sentences += mandate_sentences(outcome)
    sentences += levy_warnings(outcome)
    if net > 0:
        sentences += who_is_behind(outcome)
    sentences += best_alternative(outcome, before, after)
    label = "Moves money" if kind == "helps" and not gains else LABELS[kind]
    return Verdict(kind, label, tuple(sentences))


def judge(net: float, works: bool, *, moved: bool, band: dict[str, float] | None) -> Kind:
    """Return the kind of verdict from the net change (USD), whether the measure works, and the net's band."""
    if not moved:
        return "no-effect"
    if not works:
        return "no" if net <= 0 else "uncertain" if band is not None and not sign_is_sure(band) else "helps"
    if band is not None and not sign_is_sure(band):
        return "uncertain"
    return "helps" if net >= 0 else "at-a-cost"


def improvements(outcome: Outcome, before: Totals, after: Totals) -> list[str]:
    """Say what gets better on the first side: more output, less shortage, or a smaller price rise."""
    side = sides(outcome)[0]
    more, relieved, damped = [], [], []
    for material in outcome.materials:
        name = label_of(material, len(outcome.materials) == 1)
        made, now = before.output_t[material], after.output_t[material]
        if now - made > NOTICEABLE * max(made, 1e-9):
            more.append(f"{name}{mass(now - made, sign=True)}{_relative(now, made)}")
        short, less = before.shortage_t[material], after.shortage_t[material]
        if short - less > max(NOTICEABLE * short, 1e-6):
            relieved.append(f"{name}from {mass(short)} to {mass(less)}")
        rise, change = before.price_change[material], after.price_change[material]
        if rise - change > NOTICEABLE and rise > 0.01:
            damped.append(f"{name}from {percent(rise)} to {percent(change)}")
    found = [f"more is made {side.who}: {joined(more)}"] if more else []
    found += [f"the shortage shrinks: {joined(relieved)}"] if relieved else []
    return found + ([f"the price rise is damped: {joined(damped)}"] if damped else [])


def deteriorations(outcome: Outcome, before: Totals, after: Totals) -> list[str]:
    """Say what gets worse on the first side: dearer material, less use, less output."""
    side = sides(outcome)[0]
    dearer, unused, less = [], [], []
    many = len(outcome.materials) >= MANY
    for material in outcome.materials:
        name = label_of(material, len(outcome.materials) == 1)
        rise = (1.0 + after.price_change[material]) / (1.0 + before.price_change[material]) - 1.0
        if rise > NOTICEABLE:
            dearer.append(f"{name}{percent(rise)}")
        short, more = before.shortage_t[material], after.shortage_t[material]
        if not many and more - short > max(NOTICEABLE * max(short, more), 1e-6):
            unused.append(f"{name}{mass(short - more)}")
        made, now = before.output_t[material], after.output_t[material]
        if made - now > NOTICEABLE * max(made, 1e-9):
            share = f", {percent(now / made - 1.0)}" if len(outcome.materials) == 1 else ""
            less.append(f"{name}{mass(now - made)}{share}")
    found = [f"material is dearer {side.where} ({joined(dearer)})"] if dearer else []
    found += [f"use {side.where} falls ({joined(unused)})"] if unused else []
    return found + ([f"less is made {side.who} ({joined(less)})"] if less else [])


def _relative(now: float, before: float) -> str:
    return f" ({percent(now / before - 1.0)})" if before > 0 else ""


def levy_warnings(outcome: Outcome) -> list[str]:
    """Say which floors stand idle or are not held, and which contracts pay nothing or run dry."""
    sentences = []
    for row in outcome.cases["scenario"].levies.to_dicts():
        sentences += _levy_warning(row, material_name(row["material"]))
    return sentences


def _levy_warning(row: Mapping[str, Any], name: str) -> list[str]:
    kind, status = row["kind"], row["status"]
    if kind == "contract":
        if status == "slack":
            return [f"The {name} contract pays nothing: the price is nowhere below the strike."]
        if status == "capped":
            return [f"The {name} contract runs out of money: {_lower(row['reason'])}"]
    elif kind in HOLDING:
        what = HOLDING[kind]
        if status == "slack":
            without = "anyway" if kind == "minimum_price" else "without a levy"
            return [f"The {name} {what} stands idle: the price inside is above it {without}."]
        if status in ("unenforceable", "capped"):
            return [f"The {name} {what} is not held: {row['reason'] or 'the levy is at its cap'}."]
        if kind == "minimum_price":
            kept = money(float(row["revenue_usd"]))
            return [
                f"Exporters keep the gap that the {what} opens, {kept} a year; a levy would bring it home."
            ]
    return []


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def who_is_behind(outcome: Outcome) -> list[str]:
    """Say that a zone's net gain under a levy comes from sellers outside, who may answer."""
    levies = outcome.cases["scenario"].levies
    if levies.is_empty() or float(levies["revenue_usd"].sum()) <= 0.0:
        return []
    return ["The gain comes from sellers outside, who receive less; it holds as long as nobody answers."]


def best_alternative(outcome: Outcome, before: Totals, after: Totals) -> list[str]:
    """Name the alternative that does better on the first side, if there is one, on central assumptions.

    One that brings at least as much output (within 5 %) and leaves the side better off comes first; else the
    one that leaves it best off, with the output it brings.
    """
    side = sides(outcome)[0]
    found = {name: totals(outcome, outcome.cases[name]) for name in comparable(outcome)}
    better = {
        name: value
        for name, value in found.items()
        if value.net_usd > after.net_usd + NOTICEABLE * max(abs(after.net_usd), 1.0)
    }
    if not found:
        return []
    if not better:
        return [f"None of the alternatives solved leaves everybody {side.who} better off."]
    more = [name for name, value in better.items() if _brings_as_much(value, before, after)]
    best = max(more or better, key=lambda name: better[name].net_usd)
    gain = money(better[best].net_usd - after.net_usd)
    text = (
        f"The alternative “{case_title(outcome, best)}” leaves everybody {side.who} {gain} a year better off"
    )
    if more:
        return [f"{text} and brings at least as much output."]
    extra = {name: better[best].output_t[name] - made for name, made in before.output_t.items()}
    alone = len(extra) == 1
    output = [f"{label_of(name, alone)}{mass(tonnes, sign=True)}" for name, tonnes in extra.items()]
    return [f"{text}, with less extra output ({joined(output)})."]


def _brings_as_much(alternative: Totals, before: Totals, after: Totals) -> bool:
    return all(
        alternative.output_t[material] - made >= 0.95 * (after.output_t[material] - made)
        for material, made in before.output_t.items()
    )


def _noticeable_net(net: float, before: Totals, after: Totals) -> bool:
    return abs(net) > max(1.0, NOTICEABLE * max(abs(before.net_usd), abs(after.net_usd)))


def _opening(kind: Kind, gains: list[str], who: str) -> str:
    if kind == "no-effect":
        return "No: the measure changes nothing noticeable."
    if kind == "no":
        return f"No: it adds no output {who}, relieves no shortage and damps no price rise."
    if not gains:
        return f"It brings no more output {who} and relieves no shortage; it moves money."
    return f"It works: {'; '.join(gains)}."


def _cost_per_tonne(outcome: Outcome, before: Totals, after: Totals, net: float) -> str:
    """Return what an extra tonne of output costs the side, where one material's output is what is bought."""
    if net >= 0 or len(outcome.materials) != 1:
        return ""
    material = outcome.materials[0]
    extra = after.output_t[material] - before.output_t[material]
    if extra <= NOTICEABLE * max(before.output_t[material], 1e-9):
        return ""
    unit_cost = price(-net / extra, base_price(outcome, material))
    return f", or {unit_cost} of extra output"
