"""A scenario file with everything it extends merged in, before its words are understood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lodestock.errors import ConflictError, FileFormatError, UnknownNameError
from lodestock.scenario.library import library_directory, library_names
from lodestock.scenario.reader import read_bytes, read_file
from lodestock.scenario.tree import Mark, Node

MAX_EXTENDS = 8
SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Document:
    """A merged file. ``name`` is a slug, ``extends`` the names it builds on, nearest first."""

    name: str
    root: Node
    extends: tuple[str, ...] = ()


def read_document(path: Path) -> Document:
    """Read a file and the files it extends.

    Raises
    ------
    FileFormatError, ConflictError, UnknownNameError
        See `lodestock.scenario.reader`; also an unknown parent, a circle, a name to drop that is not there.
    """
    return _extended(_slug(path), read_file(path), path.parent, (path.resolve(),))


def document_of_bytes(data: bytes, name: str = "scenario") -> Document:
    """Read a scenario that is not a file; it can extend shipped scenarios only."""
    return _extended(name, read_bytes(data, name), None, ())


def find_scenario(reference: str, folder: Path | None) -> Path:
    """Return the file meant by ``reference``: in ``folder``, else among the shipped scenarios."""
    if folder is not None:
        for name in (reference, *(reference + suffix for suffix in SUFFIXES)):
            if (folder / name).is_file():
                return folder / name
    if reference in library_names():
        return library_directory() / f"{reference}.yaml"
    raise UnknownNameError("scenario", reference, library_names())


def _extended(name: str, root: Node, folder: Path | None, seen: tuple[Path, ...]) -> Document:
    node, drop = root.child("extends"), root.child("drop")
    if node is None or node.value is None:
        if drop is not None and drop.value is not None:
            raise ConflictError("drop needs extends", where=root.where(("drop",)))
        return Document(name, _without(root, ("extends", "drop")))
    where = root.where(("extends",))
    reference = node.value
    if not isinstance(reference, str) or not reference.strip() or "\0" in reference:
        raise FileFormatError(f"{str(reference)[:60]!r} is not the name of a scenario", where=where)
    if Path(reference).is_absolute() or ".." in Path(reference).parts:
        raise FileFormatError(
            f"{reference!r} leaves the folder",
            where=where,
            allowed="a file beside this one, or a shipped scenario",
        )
    try:
        path = find_scenario(reference, folder)
    except UnknownNameError as error:
        raise UnknownNameError("scenario to extend", reference, library_names(), where=where) from error
    if path.resolve() in seen:
        raise ConflictError(f"{reference!r} extends itself, directly or through others", where=where)
    if len(seen) >= MAX_EXTENDS:
        raise ConflictError(f"more than {MAX_EXTENDS} scenarios extend each other", where=where)
    parent = _extended(_slug(path), read_file(path), path.parent, (*seen, path.resolve()))
    return Document(name, _merged(_dropped(parent.root, drop, root), root), (parent.name, *parent.extends))


def _slug(path: Path) -> str:
    return path.name.removesuffix(path.suffix) if path.suffix in SUFFIXES else path.name


def _without(root: Node, keys: Sequence[str]) -> Node:
    value = root.value
    assert isinstance(value, Mapping)
    return root.with_children({k: v for k, v in value.items() if k not in keys}, root.key_marks)


def _entry_name(node: Node) -> str | None:
    name = node.child("name")
    return name.value if name is not None and isinstance(name.value, str) else None


def _dropped(parent: Node, drop: Node | None, child: Node) -> Node:
    """Leave the entries and alternatives named by ``drop`` out of the parent."""
    plain = drop.plain() if drop is not None else None
    names = [plain] if isinstance(plain, str) else plain or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise FileFormatError("drop is a list of names", where=child.where(("drop",)))
    children, known = dict(_mapping(parent)), set[str]()
    for key in ("instruments", "shocks"):
        if key in children and isinstance(children[key].value, list):
            entries = _sequence(children[key])
            known.update(name for entry in entries if (name := _entry_name(entry)))
            kept = [entry for entry in entries if _entry_name(entry) not in names]
            children[key] = Node(kept, children[key].mark)
    if "alternatives" in children:
        node = children["alternatives"]
        cases = _mapping(node)
        known.update(cases)
        children["alternatives"] = node.with_children(
            {name: case for name, case in cases.items() if name not in names}, node.key_marks
        )
    for name in names:
        if name not in known:
            raise UnknownNameError("entry to drop", name, known, where=child.where(("drop",)))
    return parent.with_children(children, parent.key_marks)


def _merged(parent: Node, child: Node) -> Node:
    """Lay ``child`` over ``parent``: entries by name, zones, options, alternatives by key, the rest whole."""
    below, above = _mapping(parent), _mapping(_without(child, ("extends", "drop")))
    children: dict[str, Node] = dict(below)
    for key, node in above.items():
        old = below.get(key)
        if old is None:
            children[key] = node
        elif key in ("instruments", "shocks") and _is_list(old) and _is_list(node):
            children[key] = _merged_entries(old, node)
        elif key in ("zones", "options", "alternatives") and _is_mapping(old) and _is_mapping(node):
            children[key] = node.with_children(
                {**_mapping(old), **_mapping(node)}, {**old.key_marks, **node.key_marks}
            )
        else:
            children[key] = node
    marks: dict[str, Mark] = {**parent.key_marks, **child.key_marks}
    return child.with_children(children, marks)


def _merged_entries(old: Node, new: Node) -> Node:
    replaced: dict[str, Node] = {}
    for entry in _sequence(new):
        name = _entry_name(entry)
        if name is not None and name in replaced:
            first = replaced[name].mark.line
            raise ConflictError(
                f"the name {name!r} stands twice", where=str(entry.mark), hint=f"first in line {first}"
            )
        if name is not None:
            replaced[name] = entry
    inherited = {_entry_name(entry) for entry in _sequence(old)} - {None}
    entries = [replaced.get(_entry_name(entry) or "", entry) for entry in _sequence(old)]
    entries += [entry for entry in _sequence(new) if _entry_name(entry) not in inherited]
    return Node(entries, new.mark)


def _is_list(node: Node) -> bool:
    return isinstance(node.value, list)


def _is_mapping(node: Node) -> bool:
    return isinstance(node.value, dict)


def _mapping(node: Node) -> Mapping[str, Node]:
    return node.value if isinstance(node.value, Mapping) else {}


def _sequence(node: Node) -> Sequence[Node]:
    return node.value if isinstance(node.value, list) else []
