"""The documentation is complete and current: the checks of scripts/check_docs.py, one test each."""

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture(scope="module")
def check_docs():
    patch = pytest.MonkeyPatch()
    patch.syspath_prepend(str(SCRIPTS))
    spec = importlib.util.spec_from_file_location("check_docs", SCRIPTS / "check_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.modules.pop("write_docs", None)
    patch.undo()


@pytest.mark.parametrize(
    "check", ["broken_links", "undocumented", "wrong_examples", "unknown_names", "outdated", "forbidden"]
)
def test_documentation_has_no(check: str, check_docs):
    assert list(getattr(check_docs, check)()) == []


def test_a_broken_link_is_found(check_docs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("# A\n[x](docs/none.md) [y](#b) [z](#a)\n", encoding="utf-8")
    monkeypatch.setattr(check_docs, "ROOT", tmp_path)
    assert list(check_docs.broken_links()) == [
        "README.md: link to docs/none.md, which does not exist",
        "README.md: no heading #b in README.md",
    ]


def test_a_name_that_the_code_does_not_have_is_found(check_docs, tmp_path, monkeypatch):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "cost.py").write_text("def rent(): pass\n", encoding="utf-8")
    table = "| equation | in the code |\n|---|---|\n| `x` | `cost.rent` |\n| y | `cost.rant`, `rent` |\n"
    (tmp_path / "README.md").write_text(table, encoding="utf-8")
    monkeypatch.setattr(check_docs, "ROOT", tmp_path)
    assert list(check_docs.unknown_names()) == ["README.md:4: no cost.rant in the code"]


def test_an_example_with_an_option_that_does_not_exist_is_found(check_docs, tmp_path, monkeypatch):
    text = "```sh\nlodestock run x --drwas 3   # slip\nlodestock rnu x\n```\nTry `lodestock run x --dry 1`.\n"
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    monkeypatch.setattr(check_docs, "ROOT", tmp_path)
    assert list(check_docs.wrong_examples()) == [
        "README.md: lodestock run x --drwas 3: no option --drwas",
        "README.md: lodestock rnu x: no such command",
        "README.md: lodestock run x --dry 1: no option --dry",
    ]
