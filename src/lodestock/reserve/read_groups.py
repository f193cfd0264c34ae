"""The groups of a file -> `Group`: regimes, what is lost in each, and the chain between them."""

from __future__ import annotations

from collections.abc import Mapping

from lodestock.errors import ConflictError, UnknownNameError, ValueOutOfRangeError
from lodestock.reserve.case import CALM, Disruption, Group, Signal
from lodestock.reserve.schema import CaseFile, GroupSection, RegimeSection
from lodestock.scenario.names import Names
from lodestock.scenario.sets import expand
from lodestock.scenario.tree import Node, Path

SUM_TOLERANCE = 1e-6
MOST_STATES = 1024
MOST_STATES_OF_TAIL = 64
"""Joint regimes where the tail is weighed: then all materials have to be planned together."""


def read_groups(file: CaseFile, root: Node, names: Names) -> tuple[Group, ...]:
    """Return the groups of a case.

    Raises
    ------
    ConflictError
        A row of a regime matrix does not add to one, a material stands in two groups, no regime is calm.
    UnknownNameError
        A regime that the group does not have.
    """
    groups = tuple(_group(name, section, root, names) for name, section in file.groups.items())
    seen: dict[str, str] = {}
    for group in groups:
        for at, material in enumerate(group.materials):
            if material in seen:
                raise ConflictError(
                    f"{material} stands in the groups {seen[material]!r} and {group.name!r}",
                    where=root.where(("groups", group.name, "materials", at)),
                    hint="a material is disrupted with one group",
                )
            seen[material] = group.name
    if any(group.hidden for group in groups) and len(groups) > 1:
        raise ConflictError(
            "hidden regimes work with one group only", where=root.where(("groups",)), hint="join the groups"
        )
    count = 1
    for group in groups:
        count *= len(group.regimes)
    most = MOST_STATES if file.risk.weight >= 1.0 else MOST_STATES_OF_TAIL
    if count > most:
        raise ValueOutOfRangeError(
            f"the groups have {count} joint regimes",
            where=root.where(("groups",)),
            allowed=f"at most {most}" + (" where the tail is weighed" if file.risk.weight < 1.0 else ""),
            hint="join groups or drop regimes",
        )
    return groups


def _group(name: str, section: GroupSection, root: Node, names: Names) -> Group:
    path: Path = ("groups", name)
    regimes = tuple(section.regimes)
    disruptions = tuple(
        _disruption(part, root, names, (*path, "regimes", regime)) for regime, part in section.regimes.items()
    )
    if CALM not in regimes or not disruptions[regimes.index(CALM)].is_calm:
        raise ConflictError(
            "no regime is calm",
            where=root.where((*path, "regimes")),
            hint=f"add {CALM!r} as a regime in which nothing is lost: calm: {{}}",
        )
    found = [
        names.material(material, where=root.where((*path, "materials", at)))
        for at, material in enumerate(section.materials)
    ]
    for part, entries in (("regimes", section.regimes), ("signals", section.signals)):
        for key, entry in entries.items():
            for material in found if entry.stage is not None else ():
                names.stage(material, str(entry.stage), where=root.where((*path, part, key, "stage")))
    materials = tuple(material.slug for material in found)
    signals = tuple(
        _signal(key, part, regimes, root, names, (*path, "signals", key))
        for key, part in section.signals.items()
    )
    _check_signals(section, signals, regimes, disruptions, root, path)
    return Group(
        name=name,
        materials=materials,
        regimes=regimes,
        disruptions=disruptions,
        transition=_transition(section.transition, regimes, root, (*path, "transition")),
        start=_start(section.start, regimes, root, (*path, "start")),
        hidden=section.hidden,
        signals=signals,
        source="; ".join(section.source),
    )


def _disruption(section: RegimeSection, root: Node, names: Names, path: Path) -> Disruption:
    if section.exporters is None and (section.cut > 0.0 or section.importers is not None):
        raise ConflictError("a cut needs exporters", where=root.where(path), hint="exporters: CHN")
    if section.out is None and section.lost > 0.0:
        raise ConflictError("lost output needs countries", where=root.where(path), hint="out: CHN")
    exporters = (
        expand(section.exporters, names, {}, where=root.where((*path, "exporters")))
        if section.exporters is not None
        else ()
    )
    importers = (
        expand(section.importers, names, {}, where=root.where((*path, "importers")))
        if section.importers is not None
        else tuple(sorted(set(names.countries) - set(exporters)))
    )
    return Disruption(
        exporters=exporters,
        importers=tuple(c for c in importers if c not in exporters) if exporters else (),
        cut=section.cut,
        out=expand(section.out, names, {}, where=root.where((*path, "out"))) if section.out else (),
        lost_share=section.lost,
        stage=section.stage or "",
    )


def _signal(
    name: str, section: RegimeSection, regimes: tuple[str, ...], root: Node, names: Names, path: Path
) -> Signal:
    given = section.probability
    if given is None:
        raise ConflictError(
            "a signal needs its probability in each regime",
            where=root.where(path),
            hint="probability: {calm: 0.9, ...}",
        )
    _check_regimes(given, regimes, root, (*path, "probability"))
    return Signal(
        name=name,
        disruption=_disruption(section, root, names, path),
        probability=tuple(given.get(regime, 0.0) for regime in regimes),
    )


def _check_signals(
    section: GroupSection,
    signals: tuple[Signal, ...],
    regimes: tuple[str, ...],
    disruptions: tuple[Disruption, ...],
    root: Node,
    path: Path,
) -> None:
    if not section.hidden:
        if signals:
            raise ConflictError(
                "signals need hidden regimes", where=root.where((*path, "signals")), hint="hidden: true"
            )
        return
    if not signals:
        raise ConflictError("hidden regimes need signals", where=root.where((*path, "hidden")))
    for at, regime in enumerate(regimes):
        if not disruptions[at].is_calm:
            raise ConflictError(
                f"{regime!r} states what is lost, but the regimes are hidden",
                where=root.where((*path, "regimes", regime)),
                hint="state it under signals, which are what can be seen",
            )
        total = sum(signal.probability[at] for signal in signals)
        if abs(total - 1.0) > SUM_TOLERANCE:
            raise ConflictError(
                f"the probabilities of the signals in regime {regime!r} add to {total:.6g}",
                where=root.where((*path, "signals")),
                allowed="1",
            )


def _check_regimes(given: Mapping[str, float], regimes: tuple[str, ...], root: Node, path: Path) -> None:
    for regime in given:
        if regime not in regimes:
            raise UnknownNameError("regime", regime, regimes, where=root.where((*path, regime)))


def _transition(
    rows: Mapping[str, Mapping[str, float]], regimes: tuple[str, ...], root: Node, path: Path
) -> tuple[tuple[float, ...], ...]:
    _check_regimes(dict.fromkeys(rows, 1.0), regimes, root, path)
    matrix = []
    for regime in regimes:
        if regime not in rows:
            raise ConflictError(
                f"the row of regime {regime!r} is missing",
                where=root.where(path),
                hint=f"{regime}: {{{regime}: 1}}",
            )
        _check_regimes(rows[regime], regimes, root, (*path, regime))
        row = tuple(rows[regime].get(other, 0.0) for other in regimes)
        _check_sum(row, f"the row of regime {regime!r} adds to", root.where((*path, regime)))
        matrix.append(_normal(row))
    return tuple(matrix)


def _start(
    given: str | Mapping[str, float], regimes: tuple[str, ...], root: Node, path: Path
) -> tuple[float, ...]:
    if isinstance(given, str):
        if given not in regimes:
            raise UnknownNameError("regime", given, regimes, where=root.where(path))
        return tuple(float(regime == given) for regime in regimes)
    _check_regimes(given, regimes, root, path)
    row = tuple(given.get(regime, 0.0) for regime in regimes)
    _check_sum(row, "the probabilities of the first quarter add to", root.where(path))
    return _normal(row)


def _check_sum(row: tuple[float, ...], what: str, where: str) -> None:
    if abs(sum(row) - 1.0) > SUM_TOLERANCE:
        raise ConflictError(f"{what} {sum(row):.6g}", where=where, allowed="1 (100 %)")


def _normal(row: tuple[float, ...]) -> tuple[float, ...]:
    total = sum(row)
    return tuple(value / total for value in row)
