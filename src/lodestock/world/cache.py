"""Calibrated worlds on disk, so that a scenario starts without reading the tables.

One compressed NumPy archive per material and base year, named by the hash of the snapshot, the package
version and the state of this room's code, in the user's cache folder. A missing, unreadable or foreign file
is made again; nothing in it is executed when read.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from lodestock import __version__
from lodestock.data.snapshot import snapshot_hash
from lodestock.world import model
from lodestock.world.draw import redraw
from lodestock.world.model import World

CACHE_VARIABLE = "LODESTOCK_CACHE"
"""Environment variable that names another cache folder."""

STATES_KEPT = 2
"""Folders of worlds, by snapshot and version, that stay beside a new one."""

_RECORDS = {
    kind.__name__: kind
    for kind in (
        model.Adjustment,
        model.Assumption,
        model.EndUse,
        model.Host,
        model.Process,
        model.RouteCost,
        model.Stock,
        model.SupplySide,
        model.Use,
        model.World,
    )
}


def load_world(material: str, base_year: int = 2024, draw: Mapping[str, float] | None = None) -> World:
    """Calibrated world from the cache, calibrated and stored first where it is not there yet.

    Parameters
    ----------
    material : slug.
    base_year : calendar year.
    draw : positions of assumptions (see draw.py); None or empty for the central world.

    Raises
    ------
    UnknownNameError
        No such material; names the nearest one.
    """
    world = _central(material, base_year)
    return redraw(world, draw) if draw else world


@lru_cache(maxsize=64)
def _central(material: str, base_year: int) -> World:
    path = cache_path(material, base_year)
    stored = read(path)
    if stored is not None and stored.material == material and stored.base_year == base_year:
        return stored
    from lodestock.world.calibrate import calibrate

    world = calibrate(material, base_year)
    with contextlib.suppress(OSError):  # a read-only home only costs time
        write(world, path)
    return world


def cache_directory() -> Path:
    """The user's cache folder for this package, by platform; not created."""
    if named := os.environ.get(CACHE_VARIABLE):
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "lodestock" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "lodestock"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "lodestock"


def cache_path(material: str, base_year: int) -> Path:
    """File of a world: changes with the snapshot, the package version and this room's code."""
    safe = "".join(letter if letter.isalnum() or letter == "-" else "_" for letter in material)
    return cache_directory() / f"world-{_state()}" / f"{safe}-{base_year}.npz"


@lru_cache(maxsize=1)
def _state() -> str:
    digest = hashlib.sha256(f"{__version__} {snapshot_hash()}".encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def write(world: World, path: Path) -> None:
    """Store a world: arrays as they are, everything else as one JSON text; written aside, then renamed."""
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    text = json.dumps(_plain(world, arrays), ensure_ascii=False, allow_nan=False)
    if not path.parent.exists():
        forget_older_states(path.parent.parent)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            np.savez_compressed(stream, allow_pickle=False, text=np.array(text), **arrays)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def forget_older_states(directory: Path, keep: int = STATES_KEPT) -> None:
    """Remove worlds of earlier snapshots and versions, all but the ``keep`` folders changed last."""
    folders = [folder for folder in directory.glob("world-*") if folder.is_dir()]
    for folder in sorted(folders, key=lambda folder: folder.stat().st_mtime, reverse=True)[keep:]:
        shutil.rmtree(folder, ignore_errors=True)


def read(path: Path) -> World | None:
    """Read a stored world; None where the file is missing, truncated or not one of ours."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        world = _record(json.loads(str(arrays["text"])), arrays)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None
    return world if isinstance(world, World) else None


def _plain(value: object, arrays: dict[str, np.ndarray[Any, Any]]) -> object:
    if isinstance(value, np.ndarray):
        key = f"array{len(arrays)}"
        arrays[key] = value
        return {"array": key}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            field.name: _plain(getattr(value, field.name), arrays) for field in dataclasses.fields(value)
        }
        return {"record": type(value).__name__, "fields": fields}
    if isinstance(value, Mapping):
        return {"map": {str(key): _plain(item, arrays) for key, item in value.items()}}
    if isinstance(value, tuple):
        return [_plain(item, arrays) for item in value]
    return value


def _record(value: Any, arrays: Mapping[str, np.ndarray[Any, Any]]) -> Any:
    if isinstance(value, list):
        return tuple(_record(item, arrays) for item in value)
    if not isinstance(value, dict):
        return value
    if "array" in value:
        array = arrays[value["array"]]
        array.flags.writeable = False
        return array
    if "map" in value:
        return {key: _record(item, arrays) for key, item in value["map"].items()}
    kind = _RECORDS[value["record"]]
    return kind(**{key: _record(item, arrays) for key, item in value["fields"].items()})
