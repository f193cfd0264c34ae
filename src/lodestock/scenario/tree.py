"""A parsed file whose every value remembers the file and line it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Key: TypeAlias = str | int
Path: TypeAlias = tuple[Key, ...]
Scalar: TypeAlias = str | int | float | bool | None
MAX_SHOWN = 60
"""Characters of a user's text that a message repeats."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file; lines count from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}"


@dataclass(frozen=True, slots=True)
class Node:
    """A scalar, a mapping of nodes or a sequence of nodes, with its mark and the marks of its keys."""

    value: Scalar | Mapping[str, Node] | Sequence[Node]
    mark: Mark
    key_marks: Mapping[str, Mark] = field(default_factory=dict)

    def plain(self) -> object:
        """Return the value with all nodes replaced by plain Python values."""
        if isinstance(self.value, Mapping):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, Sequence) and not isinstance(self.value, str):
            return [child.plain() for child in self.value]
        return self.value

    def child(self, key: Key) -> Node | None:
        """Return the node below ``key``, or None when there is none."""
        if isinstance(self.value, Mapping):
            return self.value.get(str(key))
        if isinstance(self.value, Sequence) and not isinstance(self.value, str) and isinstance(key, int):
            return self.value[key] if 0 <= key < len(self.value) else None
        return None

    def at(self, path: Path) -> Mark:
        """Return the mark of the key at ``path``, or of the deepest part of it that exists."""
        node, mark = self, self.mark
        for key in path:
            child = node.child(key)
            if child is None:
                return mark
            mark = node.key_marks.get(str(key), child.mark)
            node = child
        return mark

    def where(self, path: Path) -> str:
        """Return file, line and key path, as they stand in front of every message."""
        return f"{self.at(path)}: {dotted(path)}" if path else str(self.mark)

    def with_children(self, children: Mapping[str, Node], key_marks: Mapping[str, Mark]) -> Node:
        """Return a copy of this mapping that holds ``children``."""
        return Node(dict(children), self.mark, dict(key_marks))


def dotted(path: Path) -> str:
    """Write a key path as people do: ``instruments[0].price``."""
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else f".{key[:MAX_SHOWN]}" if text else key[:MAX_SHOWN]
    return text
