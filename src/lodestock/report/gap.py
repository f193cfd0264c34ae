"""What was lost on the first side and what closes the gap, in rows and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from lodestock.report.frames import MANY, price_changes
from lodestock.report.names import material_name
from lodestock.report.numbers import bare, joined, mass
from lodestock.report.sides import sides

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome

LOST = {
    "blocked": "Kept back by export controls",
    "kept_out": "Kept out by measures on imports",
    "outage": "Output lost",
    "wanted": "More wanted",
}
"""Item of the gap table -> label, for what opens the gap; in the order of charts and tables."""
CLOSED = {
    "leak": "Leaks round the control",
    "imports": "Other trade, rerouted",
    "producers": "Other producers",
    "refiners": "Other refiners",
    "recycling": "Recyclers",
    "stocks": "Commercial stocks",
    "release": "Reserves released",
    "purchase": "Reserves bought",
    "unsold": "Left unsold",
    "thrift": "Users save",
    "substitution": "Users substitute",
    "stopped": "Users stop",
}
"""The same for what closes it."""
USE = ("thrift", "substitution", "stopped")
WORTH = 0.005
"""Share of use from which on a loss is told."""
SMALL = 0.02
"""Share of the loss below which an item is told under 'other'."""
INVISIBLE = 0.002
"""Share of the loss below which a rest is not drawn."""
HIGH = 3.0
"""Multiple of the base price from which on the report says what stops it."""


@dataclass(frozen=True)
class Item:
    """One bar or row: tonnes that open (``lost``) or close the gap."""

    key: str
    detail: str
    label: str
    tonnes: float
    lost: bool
    last: float


def items(outcome: Outcome, material: str) -> list[Item]:
    """Return what opens and what closes the gap on the first side; empty where little was lost."""
    market = sides(outcome)[0].market
    case = outcome.cases["scenario"]
    table = case.gap.filter((pl.col("material") == material) & (pl.col("market") == market))
    use = float(case.shortage.filter(pl.col("material") == material)["use_base_t"].sum())
    found = []
    for key, label in (*LOST.items(), *CLOSED.items()):
        rows = table.filter(pl.col("item") == key).sort("t", descending=True).to_dicts()
        for row in rows:
            text = f"{label}: {row['detail']}" if key == "substitution" else label
            if row["detail"] == "losses":
                text = "Lost less in refining"
            found.append(
                Item(key, row["detail"], text, float(row["t"]), key in LOST, float(row["last_t"] or 0.0))
            )
    if lost(found) < WORTH * use:
        return []
    return found


def lost(found: list[Item]) -> float:
    """Return the tonnes that open the gap."""
    return sum(item.tonnes for item in found if item.lost)


def shown(found: list[Item]) -> list[Item]:
    """Return items worth a bar of their own, and the rest of each kind as one."""
    least = SMALL * lost(found)
    kept = [item for item in found if abs(item.tonnes) >= least]
    rest = {use: [i for i in found if i not in kept and (i.key in USE) == use] for use in (False, True)}
    for in_use, label in ((False, "Other supply"), (True, "Other use")):
        tonnes = sum(-item.tonnes if item.lost else item.tonnes for item in rest[in_use])
        if abs(tonnes) > INVISIBLE * lost(found):
            key = USE[0] if in_use else "other"
            kept.append(Item(key, "", label, tonnes, False, 0.0))
    return sorted(kept, key=lambda item: (not item.lost, item.key in USE))


def gap_sentences(outcome: Outcome) -> list[str]:
    """Say per material what closes the gap, and what stops a price that has more than tripled.

    With many materials only the latter is said; charts and tables hold the rest.
    """
    sentences = []
    for material in outcome.materials:
        found = items(outcome, material)
        if found:
            sentences += [_closing(outcome, material, found)] if len(outcome.materials) < MANY else []
            sentences += _stop(outcome, material, found)
    return sentences


def _closing(outcome: Outcome, material: str, found: list[Item]) -> str:
    """Return ``Of the 72 t lost, stocks give 13 t, ...; users do without 37 t: they save 9.5 t, ...``."""
    total = lost(found)
    by_key = {key: sum(item.tonnes for item in found if item.key == key) for key in CLOSED}
    least = SMALL * total
    chain = any(item.detail == "losses" for item in found)
    words = {**_SUPPLY, "refiners": "smaller losses in refining"} if chain else _SUPPLY
    told = {words[key]: by_key[key] for key in words if by_key[key] >= least}
    used = sum(by_key[key] for key in USE)
    bought = max(-by_key["purchase"], 0.0)
    bought = bought if bought >= least else 0.0
    other = total + bought - sum(told.values()) - used
    ordered = sorted(told.items(), key=lambda pair: -pair[1])
    if other >= least:
        ordered.append(("other supply", other))
    parts = [f"{who} {_verb(who) if n == 0 else ''}{mass(tonnes)}" for n, (who, tonnes) in enumerate(ordered)]
    elsewhere = [f"reserves take {mass(bought)}"] if bought else []
    elsewhere += [f"{mass(-other)} goes elsewhere"] if other <= -least else []
    clauses = [", while ".join(joined(words) for words in (parts, elsewhere) if words)]
    clauses = [clause for clause in clauses if clause]
    if used >= least:
        clauses.append(f"users do without {mass(used)}{_how(found, by_key, least)}")
    return f"Of the {mass(total)}{_opened(outcome, material, found)}, {'; '.join(clauses)}."


def _verb(who: str) -> str:
    return "gives " if who.startswith("other trade") or who == "other supply" else "give "


def _opened(outcome: Outcome, material: str, found: list[Item]) -> str:
    """Return what the tonnes are that the gap begins with."""
    side = sides(outcome)[0]
    name = f" of {material_name(material)}" if len(outcome.materials) > 1 else ""
    kept_out = sum(item.tonnes for item in found if item.key == "kept_out")
    if kept_out > 0.5 * lost(found):
        place = f"out of {side.where.removeprefix('inside ').removeprefix('in ')}" if outcome.zone else "away"
        return f"{name} a year that measures on imports keep {place}"
    return f"{name} a year lost {side.where}"


_SUPPLY = {
    "leak": "leaks round the control",
    "imports": "other trade, rerouted,",
    "producers": "other producers",
    "refiners": "other refiners",
    "recycling": "recyclers",
    "stocks": "commercial stocks",
    "release": "released reserves",
}


def _how(found: list[Item], by_key: dict[str, float], least: float) -> str:
    """Return how users do without: the part of each way, with the largest end uses that switch."""
    parts = []
    if by_key["thrift"] >= least:
        parts.append(f"save {mass(by_key['thrift'])}")
    if by_key["substitution"] >= least:
        largest = [item for item in found if item.key == "substitution" and item.tonnes >= least][:2]
        where = joined([f"{end_use(item.detail)} {mass(item.tonnes)}" for item in largest])
        parts.append(f"substitute {mass(by_key['substitution'])}{f' ({where})' if where else ''}")
    if by_key["stopped"] >= least:
        parts.append(f"stop using {mass(by_key['stopped'])}")
    if len(parts) == 1 and by_key["thrift"] >= least:
        return ", all by saving"
    return f": they {joined(parts)}" if parts else ""


def _stop(outcome: Outcome, material: str, found: list[Item]) -> list[str]:
    """Say what stops the price where it has more than tripled: what the last part of its rise brought."""
    multiple = 1.0 + price_changes(outcome).get(material, 0.0)
    closers = [item for item in found if not item.lost and item.last > 0.0]
    if multiple <= HIGH or not closers:
        return []
    best = max(closers, key=lambda item: item.last)
    reason = _REASONS[best.key].format(detail=end_use(best.detail))
    share = best.last / sum(item.last for item in closers)
    part = "nearly all" if share > 0.9 else "most" if share > 0.5 else "the largest part"
    subject = f"The {material_name(material)} price" if len(outcome.materials) > 1 else "The price"
    return [
        f"{subject} stops rising at {bare(multiple)} times its level because {reason}:"
        f" this is {part} of what the last tenth of the rise brings."
    ]


_REASONS = {
    "producers": "other producers still add output",
    "recycling": "recyclers still add output",
    "stocks": "stocks are still drawn",
    "release": "reserves still sell",
    "thrift": "all users save a little more",
    "substitution": "users switch to substitutes in {detail}",
    "stopped": "users stop altogether",
}


def end_use(name: str) -> str:
    """Return an end use inside a sentence: without its brackets, with a small first letter."""
    text = name.split(" (")[0]
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
