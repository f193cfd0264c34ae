"""The entries of each case: those of the scenario, and those of every alternative after its changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from lodestock.errors import ConflictError, FileFormatError, UnknownNameError
from lodestock.scenario.entries import ENTRY_TYPES, SHOCK_TYPES, Entry
from lodestock.scenario.problems import first_problem
from lodestock.scenario.schema import RESERVED_CASES, AlternativeSection, ScenarioFile
from lodestock.scenario.tree import Node, Path

Where = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry with its plain mapping and a function that tells where one of its keys stands."""

    entry: Entry
    plain: Mapping[str, Any]
    where: Where

    @property
    def is_shock(self) -> bool:
        """Tell whether the entry is something that happens, not something that is decided."""
        return type(self.entry) in SHOCK_TYPES.values()


@dataclass(frozen=True, slots=True)
class Draft:
    """A case before its words are resolved."""

    name: str
    title: str
    note: str
    entries: tuple[Placed, ...]
    where: str


def draft_cases(file: ScenarioFile, root: Node) -> tuple[Draft, tuple[Draft, ...]]:
    """Return the scenario's own case and its alternatives, in file order.

    Raises
    ------
    ConflictError
        A name that stands twice, a reserved alternative name, an alternative without changes.
    UnknownNameError
        A change to an entry that is not there, or of an unknown key.
    """
    entries = [
        *_placed(root, file.instruments, ("instruments",)),
        *_placed(root, file.shocks, ("shocks",)),
    ]
    _check_for_duplicate_names(entries)
    scenario = Draft("scenario", file.title, file.note, tuple(entries), str(root.mark))
    alternatives = tuple(
        _alternative(name, section, entries, root) for name, section in file.alternatives.items()
    )
    return scenario, alternatives


def _placed(root: Node, entries: Sequence[Entry], path: Path) -> list[Placed]:
    placed = []
    for index, entry in enumerate(entries):
        node = root
        for key in (*path, index):
            child = node.child(key)
            assert child is not None
            node = child
        plain = node.plain()
        assert isinstance(plain, dict)
        placed.append(Placed(entry, plain, _locator(root, (*path, index))))
    return placed


def _locator(root: Node, path: Path) -> Where:
    return lambda key: root.where((*path, key) if key else path)


def _check_for_duplicate_names(entries: Sequence[Placed]) -> None:
    first: dict[str, Placed] = {}
    for placed in entries:
        name = placed.entry.name
        if name in first:
            raise ConflictError(
                f"the name {name!r} stands twice",
                where=placed.where("name"),
                hint=f"the first is at {first[name].where('name')}; give each entry its own name",
            )
        first[name] = placed


def _alternative(name: str, section: AlternativeSection, base: Sequence[Placed], root: Node) -> Draft:
    path: Path = ("alternatives", name)
    if name in RESERVED_CASES:
        raise ConflictError(f"{name!r} is the name of a case of its own", where=root.where(path))
    entries = {placed.entry.name: placed for placed in base}
    touched: set[str] = set()

    def take(entry: str, key: str) -> Placed:
        where = root.where((*path, key, entry) if key == "change" else (*path, key))
        if entry not in entries:
            raise UnknownNameError("entry", entry, entries, where=where)
        if entry in touched:
            raise ConflictError(f"{entry!r} is changed twice in one alternative", where=where)
        touched.add(entry)
        return entries[entry]

    for entry_name in section.remove:
        take(entry_name, "remove")
        del entries[entry_name]
    for placed in _placed(root, section.replace, (*path, "replace")):
        take(placed.entry.name, "replace")
        entries[placed.entry.name] = placed
    for entry_name, values in section.change.items():
        entries[entry_name] = _changed(
            take(entry_name, "change"), values, root, (*path, "change", entry_name)
        )
    added = _placed(root, section.add, (*path, "add"))
    _check_for_duplicate_names([*entries.values(), *added])
    if not touched and not added:
        raise ConflictError(
            "the alternative changes nothing",
            where=root.where(path),
            allowed="remove, replace, change or add",
        )
    return Draft(name, section.title, section.note, (*entries.values(), *added), root.where(path))


def _changed(placed: Placed, values: Mapping[str, Any], root: Node, path: Path) -> Placed:
    for fixed in ("name", "type"):
        if fixed in values:
            raise ConflictError(
                f"the {fixed} of an entry cannot be changed",
                where=root.where((*path, fixed)),
                hint="use replace",
            )
    if not values:
        raise FileFormatError("no key is changed", where=root.where(path))

    def where(key: str) -> str:
        return root.where((*path, key)) if key in values else placed.where(key)

    plain = {**placed.plain, **values}
    try:
        entry = ENTRY_TYPES[str(plain["type"])].model_validate(plain)
    except ValidationError as error:
        raise first_problem(
            error, _as_node(plain, root), lambda key: where(str(key[0]) if key else "")
        ) from None
    return Placed(entry, plain, where)


def _as_node(plain: Mapping[str, Any], root: Node) -> Node:
    return Node({str(key): Node(None, root.mark) for key in plain}, root.mark)
