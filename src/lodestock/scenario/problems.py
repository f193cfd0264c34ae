"""What pydantic finds wrong -> our errors: file, line, key path, what is allowed, the nearest name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lodestock.errors import (
    ConflictError,
    FileFormatError,
    LodestockError,
    UnknownNameError,
    ValueOutOfRangeError,
    relocated,
)
from lodestock.scenario.entries import ENTRY_TYPES
from lodestock.scenario.fields import UNKNOWN_KEY
from lodestock.scenario.tree import MAX_SHOWN, Node, Path

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

Where = Callable[[Path], str]

_KINDS = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "dict": "a mapping of keys",
    "model": "a mapping of keys",
    "tuple": "a list",
    "list": "a list",
}
_BOUNDS = {
    "greater_than_equal": ("ge", ">="),
    "greater_than": ("gt", ">"),
    "less_than_equal": ("le", "<="),
    "less_than": ("lt", "<"),
}


def first_problem(
    error: ValidationError,
    root: Node,
    where: Where,
    needs: str = "every scenario needs title, question and materials",
) -> LodestockError:
    """Return the problem that stands first in the file; ``where`` writes a key path with file and line.

    ``needs`` is the hint when a key at the top is missing.
    """
    details = error.errors(include_url=False)
    paths = [_key_path(root, detail["loc"]) for detail in details]
    lines = [root.at(path).line for path in paths]
    first = min(range(len(details)), key=lambda index: lines[index])
    problem = _problem(details[first], paths[first], where, needs)
    more = len(details) - 1
    if more:
        count = "one more problem is" if more == 1 else f"{more} more problems are"
        problem = relocated(
            problem, problem.where, hint=f"{problem.hint}{'; ' * bool(problem.hint)}{count} in the file"
        )
    return problem


def _key_path(root: Node, location: tuple[int | str, ...]) -> Path:
    """Drop the union tags that pydantic puts into a location: keep what exists, and the last missing key."""
    path: list[int | str] = []
    node: Node | None = root
    for key in location:
        below = node.child(key) if node is not None else None
        if below is None and key in ENTRY_TYPES:
            continue
        if key == "[key]":
            continue
        path.append(key)
        node = below
    return tuple(path)


def _problem(detail: ErrorDetails, path: Path, where: Where, needs: str) -> LodestockError:
    kind, context = detail["type"], detail.get("ctx", {})
    own = context.get("error")
    if isinstance(own, LodestockError):
        return relocated(own, where(path))
    if kind == UNKNOWN_KEY:
        return UnknownNameError(
            "key", str(context["key"])[:MAX_SHOWN], context["known"], where=where((*path, context["key"]))
        )
    if kind == "missing":
        hint = needs if len(path) == 1 else ""
        return FileFormatError(f"key {path[-1]!r} is missing", where=where(path[:-1]), hint=hint)
    if kind == "union_tag_invalid":
        tags = [tag.strip().strip("'") for tag in context["expected_tags"].split(",")]
        tag = str(context["tag"])
        if tag in ENTRY_TYPES:
            here, there = ("shock", "shocks") if path[0] == "instruments" else ("instrument", "instruments")
            article = "a" if here == "shock" else "an"
            return ConflictError(
                f"{tag!r} is {article} {here}", where=where((*path, "type")), hint=f"write it under {there}"
            )
        return UnknownNameError("type", str(context["tag"])[:MAX_SHOWN], tags, where=where((*path, "type")))
    if kind == "union_tag_not_found":
        return FileFormatError("key 'type' is missing", where=where(path), allowed=", ".join(ENTRY_TYPES))
    return _builtin(kind, detail["input"], context, where(path), detail["msg"])


def _builtin(kind: str, value: object, context: dict[str, Any], where: str, message: str) -> LodestockError:
    seen = "an empty value" if value is None else f"{str(value)[:MAX_SHOWN]!r}"
    if kind == "string_pattern_mismatch":
        words = "letters, digits, blanks and hyphens"
        if "A-Z" not in context.get("pattern", ""):
            words = "lower-case letters, digits and hyphens"
        return FileFormatError(
            f"{seen} is not a valid name",
            where=where,
            allowed=f"{words}; a letter or digit at both ends",
        )
    if kind == "literal_error":
        known = [word.strip().strip("'") for word in context["expected"].replace(" or ", ", ").split(",")]
        return UnknownNameError("value", str(value)[:MAX_SHOWN], known, where=where)
    if kind in _BOUNDS:
        key, sign = _BOUNDS[kind]
        return ValueOutOfRangeError(f"{value} is out of range", where=where, allowed=f"{sign} {context[key]}")
    if kind in ("string_too_short", "string_too_long"):
        limit = context.get("max_length")
        allowed = f"at most {limit} characters" if limit else "some text"
        return FileFormatError(f"{seen} is too {kind.rsplit('_', 1)[-1]}", where=where, allowed=allowed)
    if kind == "too_long":
        limit = context["max_length"]
        what = "there are too many entries" if isinstance(value, dict) else "the list is too long"
        return ValueOutOfRangeError(what, where=where, allowed=f"at most {limit} of them")
    expected = _KINDS.get(kind.split("_")[0])
    if expected:
        return FileFormatError(f"{seen} is not {expected}", where=where, allowed=expected)
    return ConflictError(f"{seen}: {message}", where=where)
