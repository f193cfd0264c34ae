"""The case file: what is wrong is named with file, line and key, what is right comes in canonical units."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.reserve import small

from lodestock.errors import LodestockError
from lodestock.reserve.case import OBJECTIVES, TIERS
from lodestock.reserve.library import case_names, case_rows
from lodestock.reserve.prepare import prepare
from lodestock.reserve.reader import case_of_bytes, load_case
from lodestock.scenario.library import library_names, new_from_template


def read(tree: dict[str, Any]) -> Any:
    return case_of_bytes(yaml.safe_dump(tree, sort_keys=False).encode(), "own.yaml")


def changed(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    """Return the small case with one value replaced; None takes the key out."""
    tree = deepcopy(small.document())
    node: Any = tree
    for key in path[:-1]:
        node = node.setdefault(key, {}) if isinstance(node, dict) else node[key]
    if value is None:
        node.pop(path[-1])
    else:
        node[path[-1]] = value
    return tree


BAD = [
    (("objective",), None, ("objective is missing", *OBJECTIVES, "no default")),
    (("objective",), "emergency", ("objective", "emergency-cover")),
    (("holdings", 0, "form"), None, ("holdings[0]", "'form' is missing")),
    (("holdings", 0, "form"), "sponge cake", ("holdings[0].form", "form of gallium")),
    (("holdings", 0, "site"), "depo", ("holdings[0].site", "did you mean 'depot'")),
    (("sites", "depot", "capacity"), "-5 t", ("sites.depot.capacity", "negative")),
    (("holdings", 0, "lenght"), 1, ("holdings[0].lenght", "unknown key")),
    (("money", "budget_per_quarter"), "-5 M USD", ("money.budget_per_quarter", "negative")),
    (("money", "budget_per_quarter"), "5 M EUR", ("money.budget_per_quarter", "not an amount of money")),
    (("money", "loan"), {"amount": "1 bn USD"}, ("money.loan", "'rate' is missing")),
    (("money", "loan"), {"amount": "1 bn USD", "rate": -0.05}, ("money.loan.rate", "0 to 100 % a year")),
    (("money", "loan"), {"amount": "1 bn USD", "rate": 0.3}, ("money.loan", "further money costs 0.2")),
    (("training", "seconds"), 0, ("training.seconds", "> 0")),
    (("materials", "gallium", "price_blocks"), [], ("price_blocks", "no price block")),
    (
        ("money", "loan"),
        {"amount": "1 bn USD", "rate": 0.05, "tranches": [{"quarter": 0, "share": 0.4}]},
        ("tranches", "add to 0.4"),
    ),
    (
        ("materials", "gallium", "price_blocks"),
        [[0.1, 1.2], [0.1, 1.1]],
        ("materials.gallium.price_blocks[1]", "not convex", "1.1 follows 1.2"),
    ),
    (("materials", "gallium", "tiers"), {"defence": 0.7, "other": 0.7}, ("tiers", "add to 1.4")),
    (("materials", "gallium", "tiers"), {"defense": 0.7}, ("tiers.defense", "did you mean 'defence'")),
    (("materials", "gallium", "short"), {"war": 0.5}, ("materials.gallium.short.war", "regime")),
    (("materials", "germanium"), {}, ("germanium is described but not held",)),
    (
        ("groups", "control", "transition", "calm"),
        {"calm": 0.7, "ban": 0.2},
        ("groups.control.transition.calm", "adds to 0.9", "1 (100 %)"),
    ),
    (("groups", "control", "transition", "ban"), None, ("row of regime 'ban' is missing",)),
    (
        ("groups", "control", "transition", "ban"),
        {"ban": 1.5},
        ("groups.control.transition.ban.ban", "0 to 1"),
    ),
    (("groups", "control", "regimes"), {"ban": {"exporters": "CHN", "cut": 1}}, ("no regime is calm",)),
    (("groups", "control", "regimes", "ban"), {"cut": 1}, ("a cut needs exporters",)),
    (("groups", "control", "hidden"), True, ("hidden regimes need signals",)),
    (("members",), "Atlantis", ("members", "Atlantis")),
    (("quarters",), 0, ("quarters", "out of range")),
    (("noise", "outcomes"), 0, ("noise.outcomes", "out of range")),
    (("sites", "depot", "rent"), "60", ("sites.depot.rent", "no unit")),
]


@pytest.mark.parametrize(("path", "value", "said"), BAD, ids=[".".join(map(str, path)) for path, *_ in BAD])
def test_bad_input_is_named(path: tuple[str | int, ...], value: object, said: tuple[str, ...]) -> None:
    with pytest.raises(LodestockError) as caught:
        read(changed(path, value))
    message = str(caught.value)
    assert message.startswith("own.yaml, line ")
    for words in said:
        assert words in message


def test_quantities_come_in_canonical_units() -> None:
    tree = changed(("money",), {"budget_per_quarter": "2.5 bn USD", "private": {"amount": "450 million USD"}})
    tree["holdings"][0] |= {"start": "500 kg", "shelf_life": "18 months", "lag": 2}
    tree["materials"]["gallium"]["cover"] = "60 days"
    found = read(tree)
    assert found.money.budget == 2.5e9
    assert found.money.private.amount == 4.5e8
    assert found.holdings[0].start_t == 0.5
    assert found.holdings[0].shelf_life_quarters == 6
    assert found.materials["gallium"].cover_days == pytest.approx(60.0)
    assert found.weights == {
        "emergency-cover": 1.0,
        "market-stabilisation": 0.0,
        "supply-chain-bankability": 0.0,
    }


def test_shipped_cases_read_and_are_no_scenarios() -> None:
    assert set(case_names()) >= {
        "reserve-four-materials",
        "reserve-hybrid-vault",
        "reserve-gallium-hidden-regime",
    }
    assert not set(case_names()) & set(library_names())
    for name in case_names():
        found = load_case(name)
        assert found.objective in OBJECTIVES
        assert abs(sum(map(sum, found.groups[0].transition)) - len(found.groups[0].regimes)) < 1e-9


def test_shipped_cases_are_listed() -> None:
    rows = case_rows()
    assert [row["slug"] for row in rows] == list(case_names())
    assert all(row["title"] and row["question"] and row["materials"] for row in rows)


def test_every_term_of_the_loan_in_the_vault_has_a_source_or_is_marked() -> None:
    money = load_case("reserve-hybrid-vault").money
    for part in (money.loan, money.private, money.members):
        assert part is not None
        assert "assumption" in part.source


def test_an_unknown_case_names_the_nearest() -> None:
    with pytest.raises(LodestockError, match="reserve-four-materials"):
        load_case("reserve-four-material")


def test_the_market_says_what_a_ban_takes() -> None:
    problem = prepare(load_case("reserve-four-materials"))
    for data in problem.materials:
        calm, licensing, ban = (data.responses[name] for name in ("calm", "licensing", "ban"))
        assert calm.gap_t == 0.0
        assert calm.price_multiple == 1.0
        assert 0.0 < licensing.gap_t < ban.gap_t < data.need_t
        assert 1.0 < licensing.price_multiple < ban.price_multiple
        assert 0.0 <= ban.output_share < licensing.output_share < 1.0
        assert ban.damping > 0.0
        assert data.tier_share.sum() == pytest.approx(1.0)
        assert list(data.tier_value) == sorted(data.tier_value, reverse=True)
        assert (data.tier_value_low <= data.tier_value).all()
        assert (data.tier_value <= data.tier_value_high).all()
    assert len(TIERS) == 3


def test_more_at_a_site_than_it_holds_is_named() -> None:
    tree = changed(("sites", "depot", "capacity"), "5 t")
    tree["holdings"][0]["start"] = "6 t"
    with pytest.raises(LodestockError, match="6 t lie at 'depot' at the start, more than its 5 t"):
        read(tree)


def test_the_tail_is_not_weighed_while_regimes_are_hidden() -> None:
    tree = changed(("risk",), {"weight": 0.5, "tail": 0.1})
    tree["materials"]["gallium"]["short"] = {"stop": 0.5}
    tree["groups"]["control"] |= {
        "hidden": True,
        "regimes": {"calm": {}, "ban": {}},
        "signals": {
            "quiet": {"probability": {"calm": 0.9, "ban": 0.3}},
            "stop": {"exporters": "CHN", "cut": 1.0, "probability": {"calm": 0.1, "ban": 0.7}},
        },
    }
    with pytest.raises(LodestockError, match=r"risk\.weight.*tail is weighed while regimes are hidden"):
        read(tree)


def test_a_stage_that_a_material_does_not_have_is_named_with_its_line() -> None:
    tree = changed(("groups", "control", "regimes", "ban", "stage"), "mine")
    with pytest.raises(LodestockError, match="unknown stage of gallium 'mine'") as caught:
        read(tree)
    assert "own.yaml, line" in str(caught.value)
    assert "groups.control.regimes.ban.stage" in str(caught.value)


def many_groups(count: int, **changes: Any) -> dict[str, Any]:
    """Groups of three regimes, one material each."""
    names = ["gallium", "germanium", "antimony", "tungsten", "bismuth", "indium", "cobalt"][:count]
    tree = small.document(materials={}, **changes)
    tree["holdings"] = [{"material": name, "form": "metal", "site": "depot"} for name in names]
    regimes = {"calm": {}, "late": {"exporters": "CHN", "cut": 0.4}, "ban": {"exporters": "CHN", "cut": 1.0}}
    tree["groups"] = {
        f"group-{name}": {
            "materials": [name],
            "regimes": regimes,
            "transition": {z: {"calm": 0.8, "late": 0.1, "ban": 0.1} for z in regimes},
        }
        for name in names
    }
    return tree


def test_six_groups_make_hundreds_of_joint_regimes() -> None:
    case = read(many_groups(6))
    assert len(case.groups) == 6
    with pytest.raises(LodestockError, match="729 joint regimes"):
        read(many_groups(6, risk={"weight": 0.5, "tail": 0.1}))
    with pytest.raises(LodestockError, match=r"groups: there are too many entries\n  allowed: at most 6"):
        read(many_groups(7))


def test_a_shipped_case_is_copied_as_the_start_of_an_own_one(tmp_path: Path) -> None:
    path = new_from_template("mine", "reserve-gallium-hidden-regime", tmp_path)
    assert load_case(path).title == load_case("reserve-gallium-hidden-regime").title


@pytest.mark.parametrize("data", [b"", b"null", b"- a\n", b"hello"])
def test_a_file_that_is_no_case_says_where_to_start(data: bytes) -> None:
    with pytest.raises(LodestockError, match="lodestock new NAME --from reserve-four-materials"):
        case_of_bytes(data)
