"""Countries in sentences: sets, zones, everybody but a few, articles."""

from __future__ import annotations

import pytest

from lodestock.scenario.country_words import CountryWords

UNION = tuple(f"U{number:02d}" for number in range(27))
FAR = tuple(f"F{number:03d}" for number in range(150))
NAMES = {code: f"Land {code}" for code in (*UNION, *FAR)} | {
    "CHN": "China", "KOR": "South Korea", "USA": "United States",
}  # fmt: skip
WORDS = CountryWords(NAMES, {("KOR", "USA"): "pacific"}, {"EU27": UNION, "PAIR": ("CHN", "KOR")})


@pytest.mark.parametrize(
    ("codes", "besides", "words"),
    [
        (("USA",), (), "the United States"),
        (("CHN", "USA"), (), "China and the United States"),
        (("CHN", "KOR", "USA"), (), "China, South Korea and the United States"),
        (("CHN", *UNION), (), "the EU27 and China"),
        (UNION[:10], (), "Land U00, Land U01, Land U02, Land U03, Land U04, Land U05, Land U06, Land U07"
                         " and 2 more"),
        (tuple(NAMES), (), "all countries"),
        (tuple(set(NAMES) - {"CHN"}), ("CHN",), "everybody else"),
        (tuple(set(NAMES) - {"CHN", "KOR"}), ("CHN",), "everybody else but South Korea"),
        (tuple(set(NAMES) - {"CHN", *UNION}), (), "all countries but the EU27 and China"),
    ],
)  # fmt: skip
def test_a_list_is_told_in_the_fewest_words(
    codes: tuple[str, ...], besides: tuple[str, ...], words: str
) -> None:
    assert WORDS.told(codes, besides) == words


def test_a_zone_goes_before_its_members_and_a_route_names_both_ends() -> None:
    assert WORDS.who(("KOR", "USA")) == "zone 'pacific'"
    assert WORDS.route(("CHN",), ("KOR", "USA")) == "from China to zone 'pacific'"
    others = tuple(code for code in NAMES if code not in {"CHN", "KOR"})
    assert WORDS.route(("CHN",), others) == "from China to everybody else but South Korea"
    assert WORDS.route(tuple(NAMES), others) == ""
