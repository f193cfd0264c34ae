"""The steps between what a publisher printed and the number used here, as sentences."""

from __future__ import annotations

import math
import re
from typing import Any

import polars as pl

from lodestock.data.snapshot import load_table
from lodestock.data.trade_storage import VALUE_INTERVAL

STATUS_MEANING = {
    "reported": "published as a figure",
    "estimated": "estimated by the publisher or derived here",
    "withheld": "the publisher has the figure and does not print it; an interval, never zero",
    "rounded": "published rounded; the interval is the rounding",
    "less_than": "published as an upper bound",
    "assumed": "assumption of this project",
}

RULES = {
    "production": "one publisher per material, stage and year. Refined: International Energy Agency, then "
    "USGS, then European Commission shares. Mine: newest USGS edition, then International Energy Agency. "
    "Both stages come from one publisher where refined output would exceed mine output.",
    "prices": "the reference form of the material; monthly World Bank averages before annual USGS figures.",
}

NOTE_IN_STEPS = frozenset({"production", "prices", "reserves", "capacity", "trade"})
"""Tables whose note says how the number was made; it is shown as steps."""

_PARTS = re.compile(r";(?![^(]*\))")
"""Semicolons that are not inside brackets."""
_PLAIN_FACTOR = re.compile(r"^x [\d.,e+-]+( to t contained)?$")
_NUMBER = re.compile(r"^[-+]?[\d,]*\.?\d+(?:[eE][-+]?\d+)?\s*%?$")


def number_text(value: float) -> str:
    """A number for people: up to six significant digits, thousands separated."""
    if value == 0:
        return "0"
    digits = max(0, 5 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{min(digits, 12)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def conversion_steps(table: str, row: dict[str, Any]) -> tuple[str, ...]:
    """Steps from the published text to the value of a row, in order; empty when they are the same."""
    if table == "trade":
        return trade_steps(row)
    value, published = row.get("value"), row.get("published_value")
    parts = [part.strip() for part in _PARTS.split(row.get("note") or "") if part.strip()]
    steps = [part for part in parts if not _PLAIN_FACTOR.match(part)] if table in NOTE_IN_STEPS else []
    if value is None or published is None:
        return tuple(steps)
    if published.strip() in ("-", "\u2014", "\u2013"):
        return ("the publisher prints a dash: nothing is produced",)
    printed = published_number(published)
    if printed is None or printed == 0:
        return tuple(steps)
    factor = value / printed
    if math.isclose(factor, 1.0, rel_tol=1e-9):
        return tuple(steps)
    arithmetic = (
        f"{number_text(printed)} {row.get('published_unit') or ''}".strip()
        + f" x {number_text(factor)} = {number_text(value)} {_unit(row)}".rstrip()
    )
    return (*steps, arithmetic)


def published_number(text: str) -> float | None:
    """The number in a publisher's text, None for letters, ranges and bounds."""
    stripped = text.strip()
    if not _NUMBER.match(stripped):
        return None
    return float(stripped.replace(",", "").rstrip("% "))


def trade_steps(row: dict[str, Any]) -> tuple[str, ...]:
    """How a flow became contained tonnes: by the factor of its code, or by its value."""
    code = f"{row['hs_version']} {row['hs6']}"
    wanted = [pl.col(key) == row[key] for key in ("hs_version", "hs6", "material", "stage", "form")]
    rows = load_table("hs_codes").filter(*wanted).to_dicts()
    about = rows[0] if rows else {}
    steps = [f"{code} carries {about.get('label', row['form'])}; counted here as {row['form']}"]
    if about.get("stage_rule") == "exporter":
        steps.append("the code mixes stages: this flow is assigned by what its exporter mines and refines")
    if row["tonnes_gross"] is not None and row["value_usd"]:
        unit_value = row["value_usd"] / row["tonnes_gross"]
        steps.append(
            f"{number_text(row['tonnes_gross'])} t gross worth {number_text(row['value_usd'])} USD: "
            f"{number_text(unit_value)} USD per t"
        )
    if row["is_observed"]:
        graded = " (graded by the unit value)" if about.get("grading") == "graded" else ""
        steps.append(
            f"{number_text(row['tonnes_gross'])} t gross x {number_text(row['contained_factor'])} "
            f"t contained per t{graded} = {number_text(row['value'])} t"
        )
    else:
        low, high = VALUE_INTERVAL
        fetched = row["value_usd"] / row["value"]
        steps.append(
            f"{row['note']}: {number_text(row['value_usd'])} USD / {number_text(fetched)} USD per contained "
            f"t = {number_text(row['value'])} t, taken as certain within {low:g} to {high:g} times"
        )
    if about.get("source"):
        steps.append(f"factor: {about['source']}")
    if about.get("note"):
        steps.append(about["note"])
    return tuple(steps)


def _unit(row: dict[str, Any]) -> str:
    unit = row.get("unit") or ""
    return "" if unit == "1" else unit
