"""Shocks on the way and on leaks: a corridor that closes, an enforcement drive."""

from __future__ import annotations

from dataclasses import dataclass

from lodestock.policy.term import Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure(Term):
    """Shipments from ``exporters`` to ``importers``, or those that pass a corridor, are held up.

    Parameters
    ----------
    share : share of the shipments that cannot pass while it lasts, fraction.
    corridor : chokepoint of the snapshot; empty where exporters and importers say it all.
    blocked : (exporter, importer, share of a year's base flow that does not arrive): ``share`` times the time
        closed, or times the delay of the way round where there is one, over a year.
    """

    exporters: tuple[str, ...]
    importers: tuple[str, ...]
    share: float
    corridor: str = ""
    blocked: tuple[tuple[str, str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Enforcement(Term):
    """A share of what leaks round the export controls of ``exporters`` is stopped."""

    exporters: tuple[str, ...]
    share: float
