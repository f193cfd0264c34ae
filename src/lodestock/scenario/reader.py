"""Bytes -> tree of marked values: safe YAML with limits, for files nobody has checked.

The accepted language is the JSON-like core of YAML 1.2: mappings with text keys, sequences, text, numbers,
true/false and null. Words such as ``NO`` or ``on`` and dates stay text, tags are refused, a key may stand
only once, and anchors may be used as long as the expanded file stays small.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from lodestock.errors import ConflictError, FileFormatError, LodestockError, ValueOutOfRangeError
from lodestock.scenario.tree import MAX_SHOWN, Key, Mark, Node, Scalar, dotted

MAX_BYTES = 1_000_000
MAX_NODES = 20_000
MAX_DEPTH = 24
MAX_DIGITS = 30

_INTEGER = re.compile(r"[-+]?[0-9]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_CONSTANTS: dict[str, Scalar] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is called in messages, and where its author finds a start and what ships."""

    article: str
    keys: str
    start: str
    listing: str

    @property
    def noun(self) -> str:
        """The name without its article."""
        return self.article.split(" ", 1)[1]


SCENARIO = Kind(
    "a scenario",
    "title, question, materials",
    "lodestock new NAME --from minimal",
    "lodestock list scenarios",
)


def read_file(path: Path, kind: Kind = SCENARIO) -> Node:
    """Read one scenario file, or one of another ``kind``, at most ``MAX_BYTES`` long.

    Raises
    ------
    FileFormatError
        Not there, not a regular file, too large, not UTF-8, truncated or malformed, over-nested.
    ConflictError
        A key that stands twice.
    """
    name = str(path)
    try:
        if not path.is_file():
            problem = "is no regular file" if path.exists() else "there is no such file"
            if path.is_dir():
                problem = f"is a folder, not a {kind.noun} file"
            raise FileFormatError(problem, where=name, hint=f"{kind.listing} shows what ships")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise _too_large(name, size, kind)
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, LodestockError):
            raise
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise FileFormatError(f"the file cannot be read ({reason})", where=name) from None
    return read_bytes(data, name, kind)


def read_bytes(data: bytes, name: str = "scenario", kind: Kind = SCENARIO) -> Node:
    """Parse the bytes of a scenario file; ``name`` stands in the messages. See `read_file` for the errors."""
    if len(data) > MAX_BYTES:
        raise _too_large(name, len(data), kind)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileFormatError(
            f"byte {error.start} (0x{data[error.start]:02x}) is not UTF-8 text",
            where=f"{name}, line {line}",
            hint="save the file as UTF-8",
        ) from None
    root = _Builder(name).document(_events(text, name), kind)
    if not isinstance(root.value, dict):
        raise FileFormatError(
            f"{kind.article} is a mapping of keys such as {kind.keys}",
            where=str(root.mark),
            hint=f"start from a template: {kind.start}",
        )
    return root


def _too_large(name: str, size: int, kind: Kind) -> FileFormatError:
    return FileFormatError(
        f"the file has {size:,} bytes", where=name, allowed=f"at most {MAX_BYTES:,} bytes for {kind.article}"
    )


def _events(text: str, name: str) -> Iterator[Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        yield from yaml.parse(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise FileFormatError(
            f"not valid YAML: {error.problem or error.context}",
            where=f"{name}, line {mark.line + 1}" if mark else name,
            hint="the file may be truncated, or a quote, bracket or indent is missing",
        ) from None
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, LodestockError):
            raise
        problem = str(error).splitlines()[0] if str(error) else "unreadable characters"
        offset = getattr(error, "position", None)
        where = name
        if isinstance(offset, int):
            where = f"{name}, line {text.encode()[:offset].count(10) + 1}"
        raise FileFormatError(f"not valid YAML: {problem}", where=where) from None


@dataclass(slots=True)
class _Builder:
    """Turns parser events into nodes while counting what the file expands to."""

    file: str
    nodes: int = 0
    path: list[Key] = field(default_factory=list)
    """Keys and positions down to the node that is being built."""
    anchors: dict[str, tuple[Node, int, int] | None] = field(default_factory=dict)

    def document(self, events: Iterator[Any], kind: Kind) -> Node:
        """Return the one document of the stream."""
        root: Node | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise FileFormatError(
                        "a second document starts here",
                        where=self.where(event),
                        allowed=f"one {kind.noun} per file",
                    )
                root, _ = self.node(next(events), events, 1)
        if root is None:
            raise FileFormatError("the file is empty", where=self.file, hint=f"start from: {kind.start}")
        return root

    def where(self, event: Any) -> str:
        """File, line and, below the top, the key path."""
        return f"{self.mark(event)}: {dotted(tuple(self.path))}" if self.path else str(self.mark(event))

    def mark(self, event: Any) -> Mark:
        return Mark(self.file, event.start_mark.line + 1)

    def count(self, number: int, event: Any) -> None:
        self.nodes += number
        if self.nodes > MAX_NODES:
            raise FileFormatError(
                f"the file expands to more than {MAX_NODES:,} values",
                where=self.where(event),
                hint="anchors and aliases (& and *) are counted each time they are used",
            )

    def node(self, event: Any, events: Iterator[Any], depth: int) -> tuple[Node, int]:
        """Return the node that starts with ``event``, and its height (levels below and with it)."""
        if depth > MAX_DEPTH:
            raise FileFormatError(f"nested more than {MAX_DEPTH} levels deep", where=self.where(event))
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, depth)
        if event.tag is not None:
            raise FileFormatError(
                f"tag {event.tag[:MAX_SHOWN]!r} is not allowed",
                where=self.where(event),
                allowed="plain mappings, lists, text, numbers, true, false and null",
            )
        before = self.nodes
        self.count(1, event)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            node, height = Node(self.scalar(event), self.mark(event)), 1
        elif isinstance(event, yaml.SequenceStartEvent):
            node, height = self.sequence(event, events, depth)
        else:
            node, height = self.mapping(event, events, depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = (node, self.nodes - before, height)
        return node, height

    def alias(self, event: Any, depth: int) -> tuple[Node, int]:
        known = self.anchors.get(event.anchor, "missing")
        if known is None or isinstance(known, str):
            problem = "refers to itself" if known is None else "is not defined above"
            raise FileFormatError(f"alias *{event.anchor[:MAX_SHOWN]} {problem}", where=self.where(event))
        node, size, height = known
        if depth + height - 1 > MAX_DEPTH:
            raise FileFormatError(f"nested more than {MAX_DEPTH} levels deep", where=self.where(event))
        self.count(size, event)
        return node, height

    def sequence(self, start: Any, events: Iterator[Any], depth: int) -> tuple[Node, int]:
        items: list[Node] = []
        height = 0
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            self.path.append(len(items))
            child, below = self.node(event, events, depth + 1)
            self.path.pop()
            items.append(child)
            height = max(height, below)
        return Node(items, self.mark(start)), height + 1

    def mapping(self, start: Any, events: Iterator[Any], depth: int) -> tuple[Node, int]:
        children: dict[str, Node] = {}
        marks: dict[str, Mark] = {}
        height = 0
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent) or event.tag is not None:
                raise FileFormatError("a key must be plain text", where=self.where(event))
            key = event.value
            if key in children:
                raise ConflictError(
                    f"key {key[:MAX_SHOWN]!r} stands twice",
                    where=self.where(event),
                    hint=f"the first is in line {marks[key].line}; keep one of them",
                )
            if event.anchor is not None:
                self.anchors[event.anchor] = (Node(key, self.mark(event)), 1, 1)
            self.count(1, event)
            marks[key] = self.mark(event)
            self.path.append(key)
            children[key], below = self.node(next(events), events, depth + 1)
            self.path.pop()
            height = max(height, below)
        return Node(children, self.mark(start), marks), height + 1

    def scalar(self, event: Any) -> Scalar:
        """Return text, number, truth value or null; quoted scalars are always text."""
        text: str = event.value
        control = _CONTROL.search(text)
        if control:
            raise FileFormatError(
                f"a text holds the control character U+{ord(control[0]):04X}",
                where=self.where(event),
                allowed="text without control characters",
            )
        if event.style in ("'", '"', "|", ">"):
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if _NOT_FINITE.fullmatch(text):
            raise self.not_finite(text, event)
        if _INTEGER.fullmatch(text) and len(text) <= MAX_DIGITS:
            return int(text)
        if _FLOAT.fullmatch(text):
            number = float(text)
            if not math.isfinite(number):
                raise self.not_finite(text, event)
            return number
        return text

    def not_finite(self, text: str, event: Any) -> ValueOutOfRangeError:
        shown = text if len(text) <= MAX_DIGITS else f"{text[:MAX_DIGITS]}..."
        return ValueOutOfRangeError(
            f"{shown} is not a finite number", where=self.where(event), allowed="a finite number"
        )
