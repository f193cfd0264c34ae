"""Building on another file: what is inherited, replaced and dropped, and the slips."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lodestock.errors import ConflictError, FileFormatError, LodestockError, UnknownNameError
from lodestock.scenario.document import document_of_bytes, read_document
from lodestock.scenario.names import Names
from lodestock.scenario.resolve import resolve
from lodestock.scenario.resolved import ResolvedScenario

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path, ban: str) -> Write:
    """Write a file beside parent.yaml, which holds a ban and an alternative."""
    (tmp_path / "parent.yaml").write_text(
        f"{ban}alternatives:\n  narrow:\n    title: Narrow\n    change: {{ban: {{importers: USA}}}}\n"
    )

    def write_one(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write_one


def _resolve(path: Path, names: Names) -> ResolvedScenario:
    return resolve(read_document(path), names)


def test_a_child_inherits_everything_it_does_not_say(write: Write, names: Names) -> None:
    child = _resolve(write("child.yaml", "extends: parent\ntitle: Child\n"), names)
    parent = _resolve(write("x.yaml", "extends: parent.yaml\n"), names)
    assert (child.name, child.title, child.extends) == ("child", "Child", ("parent",))
    assert child.case.instruments == parent.case.instruments
    assert [case.name for case in child.alternatives] == ["narrow"]


def test_entries_are_replaced_by_name_and_others_added(write: Write, names: Names) -> None:
    path = write(
        "child.yaml",
        "extends: parent\ninstruments:\n"
        "  - {name: ban, type: export_quota, stage: refined, exporters: CHN, limit: 9 %, start: 2025-01-01}\n"
        "  - {name: sale, type: release, stage: refined, countries: USA, quantity: 5 t, start: 2025-01-01}\n",
    )
    terms = _resolve(path, names).case.instruments
    assert [(type(term).__name__, term.name) for term in terms] == [
        ("ExportQuota", "ban"),
        ("Release", "sale"),
    ]


def test_drop_leaves_entries_and_alternatives_out(write: Write, names: Names) -> None:
    path = write(
        "child.yaml",
        "extends: parent\ndrop: [ban, narrow]\nshocks:\n"
        "  - {name: strike, type: outage, stage: mine, countries: CHN, loss: 10 %, start: 2025-01-01}\n",
    )
    resolved = _resolve(path, names)
    assert resolved.case.instruments == ()
    assert [shock.name for shock in resolved.case.shocks] == ["strike"]
    assert resolved.alternatives == ()


def test_chains_are_followed_and_named(write: Write, names: Names) -> None:
    write("middle.yaml", "extends: parent\ntitle: Middle\n")
    assert _resolve(write("child.yaml", "extends: middle\n"), names).extends == ("middle", "parent")


def test_an_error_names_the_file_it_is_in(write: Write, names: Names) -> None:
    write("middle.yaml", "extends: parent\nbase_year: 1900\n")
    with pytest.raises(LodestockError, match=r"middle\.yaml, line 2: base_year"):
        _resolve(write("child.yaml", "extends: middle\ntitle: Child\n"), names)


@pytest.mark.parametrize(
    ("text", "kind", "word"),
    [
        ("extends: child\n", ConflictError, "extends itself"),
        ("extends: parnt\n", UnknownNameError, "'parnt'"),
        ("extends: ../parent\n", FileFormatError, "leaves the folder"),
        ("extends: /etc/passwd\n", FileFormatError, "leaves the folder"),
        ("extends: [parent]\n", FileFormatError, "not the name"),
        ("extends: parent\ndrop: bann\n", UnknownNameError, "did you mean 'ban'"),
        ("extends: parent\ndrop: {ban: 1}\n", FileFormatError, "list of names"),
        ("extends: parent\ninstruments: {}\n", FileFormatError, "a list"),
        ("extends: parent\ninstruments: [{name: n}, {name: n}]\n", ConflictError, "stands twice"),
    ],
)
def test_slips_are_named(
    text: str, kind: type[LodestockError], word: str, write: Write, names: Names
) -> None:
    with pytest.raises(LodestockError) as caught:
        _resolve(write("child.yaml", text), names)
    assert type(caught.value) is kind, caught.value
    assert "child.yaml, line" in str(caught.value)
    assert word in str(caught.value)


def test_a_longer_circle_is_found(write: Write, names: Names) -> None:
    write("a.yaml", "extends: b\n")
    write("b.yaml", "extends: c\n")
    with pytest.raises(ConflictError, match="extends itself"):
        _resolve(write("c.yaml", "extends: a\n"), names)


def test_drop_without_extends_is_refused(ban: str, names: Names) -> None:
    with pytest.raises(ConflictError, match="drop needs extends"):
        resolve(document_of_bytes(f"drop: ban\n{ban}".encode()), names)


def test_text_that_is_no_file_extends_shipped_scenarios_only(names: Names) -> None:
    document = document_of_bytes(b"extends: antimony-ban-release\ntitle: Mine\n")
    assert document.extends == ("antimony-ban-release",)
    with pytest.raises(UnknownNameError, match="scenario to extend"):
        document_of_bytes(b"extends: parent\n")
