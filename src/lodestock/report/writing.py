"""Files written whole or not at all: a draft beside the target, then a rename."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from lodestock.errors import LodestockError


def write_whole(path: Path, fill: Callable[[Path], None], what: str = "file") -> Path:
    """Let ``fill`` write a draft, then move it to ``path``.

    Raises
    ------
    LodestockError
        The file cannot be written.
    """
    target = Path(path).absolute()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix=f".{target.name}-", suffix=target.suffix, dir=target.parent)
        os.close(handle)
        try:
            fill(Path(draft))
            Path(draft).chmod(0o644)
            Path(draft).replace(target)
        finally:
            Path(draft).unlink(missing_ok=True)
    except OSError as error:
        raise LodestockError(f"the {what} cannot be written ({error.strerror})", where=str(target)) from error
    return target


def write_text(path: Path, text: str, what: str = "page") -> Path:
    """Write a text; see ``write_whole``."""
    return write_whole(path, lambda draft: _fill(draft, text), what)


def _fill(draft: Path, text: str) -> None:
    draft.write_text(text, encoding="utf-8")
