"""Slips that people made with the command line, and what they were told."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lodestock.errors import ConflictError, FileFormatError, UnknownNameError, ValueOutOfRangeError
from lodestock.reserve.library import case_path
from lodestock.scenario.catalog_names import load_names
from lodestock.scenario.explain import explain_plan
from lodestock.scenario.load import load_scenario
from lodestock.scenario.reader import read_bytes
from lodestock.scenario.resolved import ResolvedScenario
from lodestock.scenario.run import run_scenario
from lodestock.world.cache import load_world

Read = Callable[[str], ResolvedScenario]


@pytest.mark.parametrize("value", [".nan", ".inf", "1e400"])
def test_a_number_that_is_none_is_named_with_its_key_path(value: str) -> None:
    text = f"title: T\ninstruments:\n  - name: a\n  - name: b\n    price: {{value: {value}, unit: USD/kg}}\n"
    with pytest.raises(ValueOutOfRangeError) as caught:
        read_bytes(text.encode(), "case.yaml")
    assert str(caught.value).startswith(
        f"case.yaml, line 5: instruments[1].price.value: {value} is not a finite number\n"
        "  allowed: a finite number"
    )


def test_a_control_character_is_found_in_its_line() -> None:
    with pytest.raises(FileFormatError, match=r"^case\.yaml, line 3: not valid YAML: "):
        read_bytes(b"title: \xc3\xa9\nquestion: Q\nnote: \x00\n", "case.yaml")


def test_an_absurd_price_is_not_written_out_in_full(floor: str, read: Read) -> None:
    with pytest.raises(ValueOutOfRangeError, match=r"is 4\.4e\+298 times the base price") as caught:
        read(floor.replace("26 USD/kg", "1e300 USD/kg"))
    assert len(str(caught.value)) < 300


def test_an_empty_list_key_is_called_empty(ban: str, read: Read) -> None:
    with pytest.raises(FileFormatError, match="materials: an empty value is not text"):
        read(ban.replace(" [antimony]", ""))


def test_an_alternative_that_differs_in_words_only_is_refused(ban: str, read: Read) -> None:
    other = (
        "alternatives:\n  same:\n    title: Same\n    change: {ban: {note: as announced, source: press}}\n"
    )
    with pytest.raises(ConflictError, match="'same' is the same as the scenario"):
        read(ban + other)


def test_a_name_among_many_comes_with_the_command_that_lists_them() -> None:
    with pytest.raises(UnknownNameError, match="see: lodestock list materials"):
        load_names().material("uranium")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"draws": 1_000_000_000}, "draws: 1000000000 is out of range"),
        ({"draws": -1}, "draws: -1"),
        ({"seed": 2**63}, "seed: "),
        ({"seed": -1}, "seed: -1"),
    ],
)
def test_draws_and_seed_are_bounded_before_anything_is_solved(
    options: dict[str, int], message: str, ban: str, read: Read
) -> None:
    with pytest.raises(ValueOutOfRangeError, match=message):
        run_scenario(read(ban), **options)  # type: ignore[arg-type]


def test_a_zone_is_told_by_who_is_left_out_when_that_is_shorter(floor: str, read: Read) -> None:
    names = {f"X{number:03d}": f"Country {number}" for number in range(200)}
    plan = read(floor.replace("[USA, EU27, Japan]", "[USA]").replace("    non_members: [CHN]\n", ""))
    assert "Zone 'allies' has 1 member: the United States." in explain_plan(plan, {"USA": "United States"})
    wide = _with_members(plan, tuple(sorted(names))[:-1])
    assert "Zone 'allies' has 199 members: all countries but Country 199." in explain_plan(wide, names)


def _with_members(plan: ResolvedScenario, members: tuple[str, ...]) -> ResolvedScenario:
    from dataclasses import replace

    zone = replace(plan.zones[0], members=members)
    return replace(plan, zones=(zone,), zone=zone)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("reserve-four-materials", "reserve plan reserve-four-materials"),
        ("lithium-glutt", "did you mean 'lithium-glut'"),
    ],
)
def test_a_reserve_case_is_sent_to_its_command(name: str, words: str) -> None:
    with pytest.raises((ConflictError, UnknownNameError), match=words):
        load_scenario(name)


def test_a_scenario_is_sent_to_its_command() -> None:
    with pytest.raises(ConflictError, match="lodestock run lithium-glut"):
        case_path("lithium-glut")


def test_what_is_no_regular_file_is_not_called_missing() -> None:
    with pytest.raises(FileFormatError, match=f"{os.devnull}: is no regular file"):
        load_scenario(os.devnull)


def test_the_end_uses_of_a_demand_shock_are_those_of_the_world() -> None:
    load = load_world("gallium", 2024)
    assert set(load_names().end_uses("gallium")) == {use.name for use in load.use.end_uses}


def test_a_file_that_may_not_be_read_says_why_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "case.yaml"
    path.write_text("title: T")

    def refuse(*arguments: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(FileFormatError, match=r"case\.yaml: the file cannot be read \(Permission denied\)$"):
        load_scenario(path)
