"""Phrases about a number and its band: what may be said, and no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lodestock.report.numbers import MINUS, bare, percent

NEGLIGIBLE = 0.005
"""A price change below half a percent is called none."""

MANIFOLD = 2.0
"""From three times the level on, a rise is told as a multiple: nobody reads +1,500 % at once."""

Band = Mapping[str, float]


def sign_is_sure(band: Band | None) -> bool:
    """Whether eight in ten draws agree on the sign; without draws nothing is sure."""
    return band is not None and (band["p10"] > 0) == (band["p90"] > 0) and band["p10"] * band["p90"] != 0


def span(band: Band | None, shown: Callable[[float], str]) -> str:
    """Return `` (band +95 % to +340 %)``, or nothing without a band or when it has no width."""
    if band is None or shown(band["p10"]) == shown(band["p90"]):
        return ""
    return f" (band {shown(band['p10'])} to {shown(band['p90'])})"


def multiple(change: float) -> str:
    """Return a change as a multiple of the base, for example 14.8 -> ``16``."""
    return bare(1.0 + change, 2)


def price_verb(change: float, band: Band | None) -> str:
    """Return what the price does, claiming no more than the band.

    Both ends within half a percent: it hardly changes. The band holds both signs: the direction is uncertain.
    Otherwise it rises or falls by the central number.
    """
    ends = [change] if band is None else [band["p10"], band["p90"], change]
    amount = percent(abs(change), sign=False)
    if max(abs(end) for end in ends) < NEGLIGIBLE:
        return "hardly changes"
    if band is not None and min(ends) < 0 < max(ends) and max(abs(min(ends)), max(ends)) >= NEGLIGIBLE:
        low, high = percent(band["p10"]), percent(band["p90"])
        return f"may fall or rise: between {low} and {high}, {percent(change)} on central assumptions"
    if abs(change) < NEGLIGIBLE:
        return f"hardly changes{span(band, percent)}"
    if change >= MANIFOLD:
        ends_text = (
            "" if band is None else f" (band {multiple(band['p10'])} to {multiple(band['p90'])} times)"
        )
        return f"rises to {multiple(change)} times its level{ends_text}"
    verb = "rises" if change > 0 else "falls"
    return f"{verb} by {amount}{span(band, percent)}"


def amount_phrase(value: float, band: Band | None, shown: Callable[[float], str]) -> str:
    """Return a positive amount with its band; a band that starts at zero reads ``up to``."""
    if band is not None and band["p10"] <= 0.01 * abs(band["p90"]) and band["p90"] > value:
        return f"{shown(value)} (band none to {shown(band['p90'])})"
    return f"{shown(value)}{span(band, shown)}"


def loss_or_gain(value: float, band: Band | None, shown: Callable[[float], str]) -> str:
    """Return ``gains USD 1 m``, ``loses USD 1 m``, or that either is possible."""
    if band is not None and not sign_is_sure(band) and shown(band["p10"]) != shown(band["p90"]):
        low, high = _signed(band["p10"], shown), _signed(band["p90"], shown)
        return f"may lose or gain: between {low} and {high}"
    verb = "gains" if value >= 0 else "loses"
    ends = None if band is None else _magnitudes(band)
    return f"{verb} {shown(abs(value))}{span(ends, shown)}"


def _signed(value: float, shown: Callable[[float], str]) -> str:
    return ("+" if value > 0 else MINUS if value < 0 else "") + shown(abs(value))


def _magnitudes(band: Band) -> dict[str, float]:
    low, high = sorted((abs(band["p10"]), abs(band["p90"])))
    return {**band, "p10": low, "p90": high}
