"""The one door: the name of a shipped scenario, or a path, to a resolved scenario."""

from __future__ import annotations

from pathlib import Path

from lodestock.errors import ConflictError, FileFormatError, UnknownNameError
from lodestock.scenario.catalog_names import load_names
from lodestock.scenario.document import document_of_bytes, find_scenario, read_document
from lodestock.scenario.library import library_names, reserve_names
from lodestock.scenario.resolve import resolve
from lodestock.scenario.resolved import ResolvedScenario


def load_scenario(reference: str | Path) -> ResolvedScenario:
    """Read, check and resolve a scenario.

    Parameters
    ----------
    reference : path of a file, or name of a shipped scenario such as ``gallium-germanium-export-ban``.

    Raises
    ------
    LodestockError
        Anything wrong with the file, with file, line and key path.
    """
    return resolve(read_document(scenario_path(reference)), load_names())


def load_scenario_bytes(data: bytes, name: str = "scenario") -> ResolvedScenario:
    """Resolve the text of a scenario that is not a file; it can extend shipped scenarios only."""
    return resolve(document_of_bytes(data, name), load_names())


def scenario_path(reference: str | Path) -> Path:
    """Return the file meant by a path or a shipped name."""
    text = str(reference)
    if "\0" in text:
        raise FileFormatError(f"{text!r} is not a path")
    path = Path(text)
    if path.exists() or path.suffix or len(path.parts) > 1:
        return path
    if text in reserve_names():
        raise ConflictError(f"{text!r} is a reserve case", hint=f"run: lodestock reserve plan {text}")
    try:
        return find_scenario(text, None)
    except UnknownNameError:
        raise UnknownNameError("scenario", text, library_names()) from None
