"""The wheel holds all a user needs: code, snapshot, scenarios, page templates, notices; no tests."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def files_below(folder: str) -> set[str]:
    top = ROOT / folder
    return {
        path.relative_to(top).as_posix()
        for path in top.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_the_whole_package(wheel_names):
    assert {f"lodestock/{name}" for name in files_below("src/lodestock")} <= wheel_names


def test_the_wheel_holds_every_shipped_scenario(wheel_names):
    assert {f"lodestock/scenario/library/{name}" for name in files_below("examples")} <= wheel_names


def test_the_wheel_carries_licence_and_attribution_and_no_tests(wheel_names):
    assert any(name.endswith("/licenses/NOTICE") for name in wheel_names)
    assert any(name.endswith("/licenses/LICENSE") for name in wheel_names)
    assert not any(name.startswith(("tests", "benchmarks", "docs")) for name in wheel_names)
