"""The repository itself: pinned without addresses, small, and with every command the README names."""

import ast
import csv
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import lodestock
from lodestock.cli.doctor import OPTIONAL

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pinned() -> dict[str, set[str]]:
    versions: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", LOCK, re.MULTILINE):
        versions.setdefault(name, set()).add(version)
    return versions


def tracked() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listing.decode().split("\0") if name and (ROOT / name).is_file()]


def test_the_lock_records_hashes_and_no_address():
    assert "://" not in LOCK
    assert "index" not in LOCK
    blocks = re.split(r"^(?=[a-z0-9._-]+==)", LOCK, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_lock_covers_every_declared_dependency():
    declared = [
        *PROJECT["build-system"]["requires"],
        *PROJECT["project"]["dependencies"],
        *(line for extra in PROJECT["project"]["optional-dependencies"].values() for line in extra),
    ]
    versions = pinned()
    for line in declared:
        requirement = Requirement(line)
        found = versions.get(canonicalize_name(requirement.name), set())
        assert found, f"{line} is not pinned: make lock"
        assert all(version in requirement.specifier for version in found), line


MODULE_OF = {"pyyaml": "yaml", "python-calamine": "python_calamine", "vl-convert-python": "vl_convert"}


def test_what_the_package_imports_is_installed_with_it_or_named_by_doctor():
    required = {Requirement(line).name for line in PROJECT["project"]["dependencies"]}
    known = {MODULE_OF.get(name, name) for name in (*required, *OPTIONAL)} | {"lodestock", "pydantic_core"}
    imported = {
        node.module.split(".")[0] if isinstance(node, ast.ImportFrom) else node.names[0].name.split(".")[0]
        for path in (ROOT / "src").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import)
        or (isinstance(node, ast.ImportFrom) and node.module and not node.level)
    }
    assert imported - set(sys.stdlib_module_names) - known == set()


def test_data_in_the_repository_stays_small():
    snapshot = ROOT / "src" / "lodestock" / "data" / "snapshot"
    assert sum(path.stat().st_size for path in snapshot.rglob("*") if path.is_file()) <= 8e6
    assert [str(path) for path in tracked() if path.stat().st_size > 3e6] == []


def test_the_picture_in_the_readme_is_small():
    assert (ROOT / "docs" / "img" / "report-first-page.png").stat().st_size < 300_000


def test_scripts_can_be_executed():
    listing = subprocess.run(
        ["git", "ls-files", "-s"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    modes = {line.split("\t")[1]: line.split()[0] for line in listing.splitlines()}
    for script in (".ci/run", "scripts/setup.sh", "scripts/lock.sh", "scripts/picture.sh"):
        assert modes[script] == "100755"


def test_readme_starts_with_the_two_commands_and_they_exist():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first_block = re.search(r"^```sh\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    assert first_block is not None
    commands = [line.split("#")[0].strip() for line in first_block[1].splitlines()]
    assert commands == ["make run", "make test"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?:^|`)make ([a-z]+)", readme, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"


def test_the_notice_names_the_publisher_of_every_source():
    notice = " ".join((ROOT / "NOTICE").read_text(encoding="utf-8").split()).casefold()
    with (ROOT / "src" / "lodestock" / "data" / "snapshot" / "sources.csv").open(encoding="utf-8") as lines:
        publishers = {row["publisher"] for row in csv.DictReader(lines)}
    assert [name for name in sorted(publishers) if name.casefold() not in notice] == []


def test_citation_names_the_version_of_the_package():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == lodestock.__version__
    assert citation["license"] == PROJECT["project"]["license"]


@pytest.mark.parametrize("path", ["README.md", "NOTICE", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_words_that_have_no_place_in_a_finished_page(path: str):
    text = (ROOT / path).read_text(encoding="utf-8").casefold()
    for word in ("todo", "fixme", "lorem", "coming soon", "tbd"):
        assert word not in text
