"""Leaks as uncertain inputs: the range a scenario states for each, and a case under a draw of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lodestock.policy.terms import ExportBan, ExportLicence, ExportQuota, Floor, Instrument, Leak, Tariff
from lodestock.scenario.resolved import Case
from lodestock.world.assumptions import value_at
from lodestock.world.draw import Factor

LEAKING = ExportBan | ExportQuota | ExportLicence | Floor | Tariff


def leak_of(term: Instrument) -> Leak | None:
    """Leak of an export control, floor or tariff; None for one without, and for every other instrument."""
    return term.leak if isinstance(term, LEAKING) else None


def leak_factors(case: Case) -> tuple[Factor, ...]:
    """One factor per entry whose leak has a range, in the order of the case."""
    found: dict[str, Factor] = {}
    for term in case.instruments:
        leak = leak_of(term)
        if leak is not None and leak.low < leak.high:
            name = _name(term)
            factor = Factor(
                name,
                f"leak round {term.name}",
                leak.low,
                leak.share,
                leak.high,
                "share of that flow",
            )
            found.setdefault(name, factor)
    return tuple(found.values())


def with_leaks(case: Case, drawn: Mapping[str, float]) -> Case:
    """A case whose leaks stand at the drawn positions of their ranges; others stay as they are."""
    return replace(case, instruments=tuple(_drawn(term, drawn) for term in case.instruments))


def _drawn(term: Instrument, drawn: Mapping[str, float]) -> Instrument:
    leak = leak_of(term)
    if leak is None or _name(term) not in drawn:
        return term
    share = value_at(leak.low, leak.share, leak.high, drawn[_name(term)])
    assert isinstance(term, LEAKING)
    return replace(term, leak=replace(leak, share=share))


def _name(term: Instrument) -> str:
    return f"leak[{term.name}]"
