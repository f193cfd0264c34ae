"""The scenarios and templates that ship: inside the installed package, or in the repository's examples."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lodestock.errors import ConflictError, FileFormatError, UnknownNameError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class ShippedScenario:
    """A shipped scenario as a list shows it."""

    name: str
    title: str
    question: str
    materials: tuple[str, ...]
    path: Path


@lru_cache(maxsize=1)
def library_directory() -> Path:
    """Return the folder of shipped scenarios: ``library`` beside this file, else the clone's ``examples``."""
    here = Path(__file__).resolve()
    for folder in (here.parent / "library", here.parents[3] / "examples"):
        if folder.is_dir():
            return folder
    raise FileFormatError("the shipped scenarios are missing", hint="install the package again")


RESERVE = "reserve-"
"""How the names of shipped reserve cases begin; they lie beside the scenarios and are no scenarios."""


def library_names() -> tuple[str, ...]:
    """Return the names of the shipped scenarios, sorted."""
    names = (path.stem for path in library_directory().glob("*.yaml"))
    return tuple(sorted(name for name in names if not name.startswith(RESERVE)))


def reserve_names() -> tuple[str, ...]:
    """Return the names of the shipped reserve cases, sorted."""
    return tuple(sorted(path.stem for path in library_directory().glob(f"{RESERVE}*.yaml")))


def template_names() -> tuple[str, ...]:
    """Return the names of the templates that a new scenario can start from, sorted."""
    return tuple(sorted(path.stem for path in (library_directory() / "templates").glob("*.yaml")))


def shipped_scenarios() -> tuple[ShippedScenario, ...]:
    """Return the shipped scenarios with title, question and materials."""
    return tuple(_shipped(library_directory() / f"{name}.yaml") for name in library_names())


def _shipped(path: Path) -> ShippedScenario:
    from lodestock.scenario.document import read_document

    plain = read_document(path).root.plain()
    assert isinstance(plain, dict)
    materials = plain.get("materials", [])
    return ShippedScenario(
        name=path.stem,
        title=str(plain.get("title", "")),
        question=" ".join(str(plain.get("question", "")).split()),
        materials=tuple([materials] if isinstance(materials, str) else materials),
        path=path,
    )


def new_from_template(name: str, template: str = "minimal", directory: Path | None = None) -> Path:
    """Copy a template, a shipped scenario or reserve case to ``directory/name.yaml``; return that path.

    Raises
    ------
    FileFormatError
        ``name`` is no plain file name, or the folder cannot be written.
    UnknownNameError
        There is no such template.
    ConflictError
        The file exists already; nothing is overwritten.
    """
    stem = name.removesuffix(".yaml")
    if not _NAME.fullmatch(stem):
        raise FileFormatError(
            f"{name!r} cannot name a scenario", allowed="letters a to z, digits, hyphens and underscores"
        )
    return copy_template(template, (directory or Path.cwd()) / f"{stem}.yaml")


def copy_template(template: str, target: Path) -> Path:
    """Copy a template, a shipped scenario or reserve case to ``target``; see `new_from_template`."""
    templates = {known: library_directory() / "templates" / f"{known}.yaml" for known in template_names()}
    templates |= {
        known: library_directory() / f"{known}.yaml"
        for known in (*library_names(), *reserve_names())
        if known not in templates
    }
    if template not in templates:
        raise UnknownNameError("template", template, templates)
    data = templates[template].read_bytes()
    try:
        _write_new(target, data)
    except FileExistsError:
        raise ConflictError(
            "the file exists already", where=str(target), hint="choose another name"
        ) from None
    except OSError as error:
        raise FileFormatError(f"cannot be written ({error.strerror})", where=str(target)) from None
    return target


def _write_new(target: Path, data: bytes) -> None:
    """Write under a temporary name, then link it into place without ever replacing a file."""
    if target.exists():
        raise FileExistsError
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(temporary).chmod(0o644)
        try:
            os.link(temporary, target)
        except FileExistsError:
            raise
        except OSError:
            Path(temporary).rename(target)
    finally:
        Path(temporary).unlink(missing_ok=True)
