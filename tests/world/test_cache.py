import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lodestock.errors import UnknownNameError
from lodestock.world import cache
from lodestock.world.cache import cache_path, load_world, read, write
from lodestock.world.calibrate import calibrate


def same(one: object, two: object) -> bool:
    if isinstance(one, np.ndarray):
        return isinstance(two, np.ndarray) and np.array_equal(one, two)
    if dataclasses.is_dataclass(one):
        return all(
            same(getattr(one, field.name), getattr(two, field.name)) for field in dataclasses.fields(one)
        )
    if isinstance(one, dict):
        return isinstance(two, dict) and list(one) == list(two) and all(same(one[k], two[k]) for k in one)
    if isinstance(one, tuple):
        return isinstance(two, tuple) and len(one) == len(two) and all(map(same, one, two))
    return one == two


def test_a_stored_world_comes_back_identical_and_read_only(tmp_path: Path):
    world = calibrate("gallium")
    path = tmp_path / "folder" / "gallium.npz"
    write(world, path)
    again = read(path)
    assert again is not None
    assert same(world, again)
    with pytest.raises(ValueError, match="read-only"):
        again.flows["refined"][0, 0] = 1.0
    assert [file.name for file in path.parent.iterdir()] == ["gallium.npz"]


@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\x03\x04 cut off"])
def test_a_broken_file_is_made_again(tmp_path: Path, content: bytes):
    path = tmp_path / "gallium.npz"
    path.write_bytes(content)
    assert read(path) is None
    assert read(tmp_path / "missing.npz") is None


def test_loading_stores_and_then_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path))
    cache._central.cache_clear()
    first = load_world("germanium")
    assert cache_path("germanium", 2024).exists()
    cache._central.cache_clear()
    assert same(first, load_world("germanium"))
    cache._central.cache_clear()


def test_a_material_nobody_knows_gets_the_nearest_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path))
    with pytest.raises(UnknownNameError, match="did you mean 'gallium'"):
        load_world("galium")


def test_a_name_with_a_path_in_it_stays_in_the_cache_folder():
    assert cache_path("../../etc/passwd", 2024).parent == cache_path("gallium", 2024).parent


def test_a_cached_world_loads_without_polars(tmp_path: Path):
    script = (
        "import sys; from lodestock.world.cache import load_world; load_world('gallium');"
        "print('polars' in sys.modules, 'pydantic' in sys.modules, 'scipy' in sys.modules)"
    )
    environment = {**os.environ, cache.CACHE_VARIABLE: str(tmp_path)}
    loaded = [
        subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(2)
    ]
    assert loaded[0][0] == "True"
    assert loaded[1] == ["False", "False", "False"]


def test_worlds_of_older_versions_are_forgotten(tmp_path: Path):
    for age, name in enumerate(("world-c", "world-b", "world-a")):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (1e9 - age, 1e9 - age))
    (tmp_path / "other").mkdir()
    cache.forget_older_states(tmp_path, keep=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "world-b", "world-c"]
