"""Entries of shocks on the way -> terms: which routes a closure holds up, and for how long."""

from __future__ import annotations

from lodestock.errors import ConflictError, UnknownNameError
from lodestock.policy import terms
from lodestock.scenario.entry_market import EntryMarket
from lodestock.scenario.event_entries import ClosureEntry, EnforcementEntry
from lodestock.scenario.sets import CountryList

EVERYBODY = CountryList(names=("all",))
YEAR_DAYS = 365.25
DIGITS = 9


def closure(entry: ClosureEntry, market: EntryMarket) -> terms.Closure:
    """Return the closure with the share of a year's flow that every route loses.

    Raises
    ------
    UnknownNameError
        No such corridor in the snapshot.
    ConflictError
        Neither a corridor nor exporters; nothing passes the corridor between the countries named.
    """
    if entry.corridor is None and entry.exporters is None:
        raise ConflictError(
            "a closure needs a corridor or exporters",
            where=market.where("corridor"),
            hint="name a strait or canal such as suez, or the countries whose shipments wait",
        )
    exporters = market.countries(entry.exporters or EVERYBODY, "exporters")
    importers = market.countries(entry.importers or EVERYBODY, "importers")
    share = 1.0 if entry.share is None else entry.share.value
    lasts = 1.0 if entry.end is None else min(1.0, (entry.end - entry.start).days / YEAR_DAYS)
    blocked = _blocked(entry, market, exporters, importers, share, lasts)
    if not blocked:
        raise ConflictError(
            f"nothing passes {entry.corridor!r} between these countries",
            where=market.where("corridor"),
            hint="leave exporters and importers out to mean everybody",
        )
    return terms.Closure(
        **market.base(),
        exporters=tuple(sorted({one for one, _, _ in blocked})),
        importers=tuple(sorted({one for _, one, _ in blocked})),
        share=share,
        corridor=entry.corridor or "",
        blocked=blocked,
    )


def _blocked(
    entry: ClosureEntry,
    market: EntryMarket,
    exporters: tuple[str, ...],
    importers: tuple[str, ...],
    share: float,
    lasts: float,
) -> tuple[tuple[str, str, float], ...]:
    """Routes and the share of a year's flow that does not arrive, in order."""
    if entry.corridor is None:
        return tuple(
            (one, other, round(share * lasts, DIGITS))
            for one in exporters
            for other in importers
            if one != other
        )
    from lodestock.world.seas import KM_PER_WEEK, load_seas, voyages

    known = load_seas().chokepoints
    if entry.corridor not in known:
        raise UnknownNameError("corridor", entry.corridor, known, where=market.where("corridor"))
    countries = tuple(sorted({*exporters, *importers}))
    way, row = voyages(countries), known.index(entry.corridor)
    found = []
    for one in exporters:
        for other in importers:
            i, j = countries.index(one), countries.index(other)
            if way.passes[row, i, j]:
                delay = min(lasts, float(way.detour_km[row, i, j]) / KM_PER_WEEK * 7 / YEAR_DAYS)
                found.append((one, other, round(share * delay, DIGITS)))
    return tuple(found)


def enforcement(entry: EnforcementEntry, market: EntryMarket) -> terms.Enforcement:
    """Return the drive against leaks."""
    exporters = market.countries(entry.exporters, "exporters")
    return terms.Enforcement(**market.base(), exporters=exporters, share=entry.share.value)
