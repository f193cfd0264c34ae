"""A merged file -> a `ResolvedScenario`: every name looked up, every contradiction found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from pydantic import ValidationError

from lodestock.errors import ConflictError, UnknownNameError, ValueOutOfRangeError
from lodestock.policy.terms import CapitalSubsidy, Floor, Tariff, share_in_force
from lodestock.scenario.cases import Draft, draft_cases
from lodestock.scenario.checks import check_case
from lodestock.scenario.document import Document
from lodestock.scenario.entry_market import Setting
from lodestock.scenario.names import MaterialName, Names
from lodestock.scenario.period_plan import period_plan
from lodestock.scenario.problems import first_problem
from lodestock.scenario.resolved import Case, Horizon, Options, ResolvedScenario, Zone
from lodestock.scenario.schema import ScenarioFile, ZoneSection
from lodestock.scenario.sets import expand
from lodestock.scenario.to_terms import PlacedTerm, Term, terms_of
from lodestock.scenario.tree import Node, Path


def resolve(document: Document, names: Names) -> ResolvedScenario:
    """Check a document against the schema, the names and itself.

    Parameters
    ----------
    document : a file with what it extends.
    names : the names of the snapshot.

    Returns
    -------
    Plain frozen values in canonical units; the same document and names always give the same value.

    Raises
    ------
    LodestockError
        One of its subclasses, with file, line and key path.
    """
    root = document.root
    file = _validated(root)
    if file.base_year not in names.base_years:
        raise ValueOutOfRangeError(
            f"base year {file.base_year} is not calibrated",
            where=root.where(("base_year",)),
            allowed=", ".join(str(year) for year in names.base_years),
        )
    zones = _zones(file, root, names)
    main = _main_zone(file, root, zones)
    setting = Setting(
        names=names,
        materials=_materials(file, root, names),
        zones={zone.name: zone.members for zone in zones},
        main_zone=main.name if main else None,
    )
    scenario, alternatives = draft_cases(file, root)
    drafts = (scenario, *alternatives)
    placed = [[term for entry in draft.entries for term in terms_of(entry, setting)] for draft in drafts]
    if not placed[0]:
        raise ConflictError(
            "nothing happens: there is neither an instrument nor a shock",
            where=str(root.mark),
            hint="add entries under instruments or shocks",
        )
    day = file.evaluate_on or max(item.term.start for items in placed for item in items)
    cases = [
        _case(draft, items, day, names, file.base_year) for draft, items in zip(drafts, placed, strict=True)
    ]
    _check_in_force(cases, placed, day, root)
    _check_horizon(placed, file, root)
    return ResolvedScenario(
        name=document.name,
        title=file.title,
        question=" ".join(file.question.split()),
        base_year=file.base_year,
        materials=tuple(material.slug for material in setting.materials),
        horizon=Horizon(years=file.horizon.value),
        evaluate_on=day,
        zone=main,
        zones=zones,
        case=cases[0],
        alternatives=tuple(cases[1:]),
        options=Options(
            draws=file.options.draws, seed=file.options.seed, friction=float(file.options.friction)
        ),
        periods=period_plan(file.periods, placed, root),
        extends=document.extends,
        sources=file.sources,
        note=file.note,
    )


def _validated(root: Node) -> ScenarioFile:
    try:
        return ScenarioFile.model_validate(root.plain())
    except ValidationError as error:
        raise first_problem(error, root, root.where) from None


def _materials(file: ScenarioFile, root: Node, names: Names) -> tuple[MaterialName, ...]:
    found: list[MaterialName] = []
    for index, name in enumerate(file.materials):
        path: Path = ("materials", index) if root.child("materials") else ("materials",)
        material = names.material(name, where=root.where(path))
        if material in found:
            raise ConflictError(
                f"{material.slug} stands twice", where=root.where(path), hint="keep one of them"
            )
        found.append(material)
    return tuple(found)


def _zones(file: ScenarioFile, root: Node, names: Names) -> tuple[Zone, ...]:
    return tuple(_zone(name, section, root, names) for name, section in file.zones.items())


def _zone(name: str, section: ZoneSection, root: Node, names: Names) -> Zone:
    path: Path = ("zones", name)
    if names.set_members(name) is not None or names.country(name) is not None or name.casefold() == "all":
        raise ConflictError(
            f"{name!r} is already the name of a country or set",
            where=root.where(path),
            hint="choose another name",
        )
    members = expand(section.members, names, {}, where=root.where((*path, "members")))
    if section.non_members is not None:
        outside = expand(section.non_members, names, {}, where=root.where((*path, "non_members")))
        both = sorted(set(members) & set(outside))
        if both:
            raise ConflictError(
                f"{', '.join(both[:6])} is listed as member and as non-member of {name!r}",
                where=root.where((*path, "non_members")),
                hint="a country is either inside or outside",
            )
    return Zone(name=name, members=members, source="; ".join(section.source), note=section.note)


def _main_zone(file: ScenarioFile, root: Node, zones: Sequence[Zone]) -> Zone | None:
    by_name = {zone.name: zone for zone in zones}
    if file.zone is not None:
        if file.zone not in by_name:
            raise UnknownNameError("zone", file.zone, by_name, where=root.where(("zone",)))
        return by_name[file.zone]
    return zones[0] if len(zones) == 1 else None


def _case(draft: Draft, placed: Sequence[PlacedTerm], day: date, names: Names, base_year: int) -> Case:
    check_case(placed, names, base_year)
    ordered = sorted((item.term for item in placed), key=lambda term: (term.start, term.name, term.material))
    shocks = {placed_entry.entry.name for placed_entry in draft.entries if placed_entry.is_shock}
    active = [_phased(term, day) for term in ordered if term.in_force(day)]
    return Case(
        name=draft.name,
        title=draft.title,
        note=draft.note,
        instruments=tuple(term for term in active if term.name not in shocks),  # type: ignore[misc]
        shocks=tuple(term for term in active if term.name in shocks),  # type: ignore[misc]
        not_in_force=tuple(term for term in ordered if not term.in_force(day)),
        places={entry.entry.name: entry.where("") for entry in draft.entries},
    )


def _phased(term: Term, day: date) -> Term:
    """A term with the share of its phase-in that is in force on a day."""
    if isinstance(term, Floor | Tariff) and term.phases:
        return replace(term, reached=share_in_force(term.phases, day))
    return term


def _check_in_force(
    cases: Sequence[Case], placed: Sequence[Sequence[PlacedTerm]], day: date, root: Node
) -> None:
    main = cases[0]
    if not main.instruments and not main.shocks:
        item = max(placed[0], key=lambda item: item.term.end or date.max)
        raise ConflictError(
            f"nothing is in force on {day}, the day the scenario is evaluated",
            where=root.where(("evaluate_on",)) if root.child("evaluate_on") else item.where("end"),
            allowed=f"a day such as {item.term.start}",
            hint="set evaluate_on, or change the dates",
        )
    for case in cases[1:]:
        if _acts(case) == _acts(main):
            raise ConflictError(
                f"on {day} the alternative {case.name!r} is the same as the scenario",
                where=root.where(("alternatives", case.name)),
                hint="set evaluate_on to a day on which they differ, or change the dates",
            )


def _acts(case: Case) -> tuple[Term, ...]:
    """What the case does, without what is only said about it."""
    return tuple(replace(term, source="", note="") for term in (*case.instruments, *case.shocks))


def _check_horizon(placed: Sequence[Sequence[PlacedTerm]], file: ScenarioFile, root: Node) -> None:
    for items in placed:
        for item in items:
            if isinstance(item.term, CapitalSubsidy) and file.horizon.value <= 1.0:
                raise ConflictError(
                    f"{item.term.name!r} builds capacity, which takes longer than the horizon of"
                    f" {file.horizon.text}",
                    where=item.where("type"),
                    hint="set horizon to long or to a number of years above 1",
                )
