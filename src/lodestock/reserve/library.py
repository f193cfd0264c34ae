"""The reserve cases that ship, beside the scenarios."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lodestock.errors import ConflictError, UnknownNameError
from lodestock.scenario.library import library_directory, library_names, reserve_names
from lodestock.scenario.reader import Kind, read_file

CASE = Kind(
    "a reserve case",
    "kind, title, objective, holdings, groups",
    "lodestock new NAME --from reserve-four-materials",
    "lodestock list reserves",
)


def case_names() -> tuple[str, ...]:
    """Return the names of the shipped cases, sorted."""
    return reserve_names()


def case_rows() -> list[dict[str, Any]]:
    """Return the shipped cases as flat objects: slug, title, objective, materials (list), question."""
    rows = []
    for name in case_names():
        plain = read_file(library_directory() / f"{name}.yaml", CASE).plain()
        assert isinstance(plain, dict)
        rows.append(
            {
                "slug": name,
                "title": plain["title"],
                "objective": plain["objective"],
                "materials": list(dict.fromkeys(holding["material"] for holding in plain["holdings"])),
                "question": " ".join(plain["question"].split()),
            }
        )
    return rows


def case_path(reference: str | Path) -> Path:
    """Return the file meant by a path or a shipped name.

    Raises
    ------
    UnknownNameError
        Neither; names the nearest shipped case.
    """
    text = str(reference)
    path = Path(text)
    if path.exists() or path.suffix or len(path.parts) > 1:
        return path
    if text in library_names():
        raise ConflictError(f"{text!r} is a scenario", hint=f"run: lodestock run {text}")
    if text not in case_names():
        raise UnknownNameError("reserve case", text, case_names())
    return library_directory() / f"{text}.yaml"
