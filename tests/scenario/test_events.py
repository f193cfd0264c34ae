"""Dates of rumour and announcement, closures and drives against leaks: from file to terms and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from lodestock.errors import ConflictError, LodestockError, UnknownNameError
from lodestock.policy.terms import Closure, Enforcement
from lodestock.scenario.document import document_of_bytes
from lodestock.scenario.explain import explain_plan
from lodestock.scenario.names import Names
from lodestock.scenario.resolve import resolve
from lodestock.scenario.resolved import ResolvedScenario
from lodestock.scenario.writer import to_yaml
from lodestock.world.seas import KM_PER_WEEK, load_seas, voyages

Read = Callable[[str], ResolvedScenario]
FILE = """\
title: Events
question: Who runs short?
materials: [gallium]
evaluate_on: 2025-02-01
instruments:
  - name: ban
    type: export_ban
    exporters: China
    start: 2024-12-03
    announced: 2024-11-15
    rumour: 2024-11-01
    leak: 20 %
"""


@pytest.fixture
def read(names: Names) -> Read:
    return lambda text: resolve(document_of_bytes(text.encode(), "case.yaml"), names)


def test_dates_are_kept_said_and_written(read: Read) -> None:
    found = read(FILE)
    (ban,) = found.case.instruments
    assert (ban.rumour, ban.announced, ban.start) == (
        date(2024, 11, 1),
        date(2024, 11, 15),
        date(2024, 12, 3),
    )
    assert any("from 2024-12-03 (announced 2024-11-15)" in line for line in explain_plan(found))
    assert read(to_yaml(found)).case == found.case


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("announced: 2024-11-15", "announced: 2024-12-04"), "announced 2024-12-04 is after start"),
        (("rumour: 2024-11-01", "rumour: 2024-11-16"), "rumour 2024-11-16 is after the announcement"),
    ],
)
def test_dates_out_of_order_are_refused(read: Read, change: tuple[str, str], words: str) -> None:
    with pytest.raises(ConflictError, match=words) as caught:
        read(FILE.replace(*change))
    assert str(caught.value).startswith("case.yaml, line ")


def test_a_corridor_holds_up_what_passes_it(read: Read) -> None:
    text = FILE + "shocks:\n  - {name: suez, type: closure, corridor: suez, start: 2025-01-01}\n"
    found = read(text)
    (term,) = found.case.shocks
    assert isinstance(term, Closure)
    held = {(one, other): share for one, other, share in term.blocked}
    # the way round the Cape takes a few weeks of the year; the Atlantic is not concerned
    countries = ("CHN", "DEU")
    row = load_seas().chokepoints.index("suez")
    weeks = float(voyages(countries).detour_km[row, 0, 1]) / KM_PER_WEEK
    assert held["CHN", "DEU"] == pytest.approx(weeks * 7 / 365.25, rel=1e-6)
    assert ("USA", "DEU") not in held
    assert read(to_yaml(found)).case == found.case
    assert any("through suez" in line for line in explain_plan(found))


def test_half_of_the_shipments_for_half_a_year(read: Read) -> None:
    text = FILE + (
        "shocks:\n  - {name: port, type: closure, exporters: CHN, importers: [USA, JPN], share: 50 %,"
        " start: 2025-01-01, end: 2025-07-02}\n"
    )
    found = read(text)
    (term,) = found.case.shocks
    assert isinstance(term, Closure)
    assert term.blocked == (
        ("CHN", "JPN", pytest.approx(0.25, abs=0.002)),
        ("CHN", "USA", term.blocked[0][2]),
    )
    assert read(to_yaml(found)).case == found.case


def test_a_drive_against_leaks(read: Read) -> None:
    text = FILE + (
        "shocks:\n  - {name: drive, type: enforcement, exporters: CHN, share: 90 %, start: 2025-01-01}\n"
    )
    found = read(text)
    (term,) = found.case.shocks
    assert term == Enforcement(
        name="drive", material="gallium", stage="refined", start=date(2025, 1, 1), exporters=("CHN",),
        share=0.9,
    )  # fmt: skip
    assert read(to_yaml(found)).case == found.case


@pytest.mark.parametrize(
    ("entry", "kind", "words"),
    [
        ("corridor: sues", UnknownNameError, "did you mean 'suez'"),
        ("share: 50 %", ConflictError, "a closure needs a corridor or exporters"),
        ("corridor: hormuz, exporters: CHN, importers: DEU", ConflictError, "nothing passes 'hormuz'"),
        ("corridor: suez, share: 120 %", LodestockError, "120 %"),
    ],
)
def test_slips_in_a_closure(read: Read, entry: str, kind: type[LodestockError], words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        read(FILE + f"shocks:\n  - {{name: c, type: closure, {entry}, start: 2025-01-01}}\n")
    assert str(caught.value).startswith("case.yaml, line ")
