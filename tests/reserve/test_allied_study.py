"""The allies of a case on the shipped world: gains, burdens, pooled stocks, releases."""

import pytest
from tests.reserve.small import case, document

from lodestock.errors import ConflictError, LodestockError
from lodestock.reserve.allied.study import study_allies
from lodestock.reserve.prepare import prepare
from lodestock.reserve.reader import load_case
from lodestock.reserve.simulate import simulate

ALLIES = {"USA": ("USA",), "JPN": ("JPN",), "KOR": ("KOR",)}


def load(changes):
    return case(document(**changes))


@pytest.fixture(scope="module")
def problem():
    return prepare(load_case("reserve-four-materials"))


@pytest.fixture(scope="module")
def study(problem):
    return study_allies(problem, ALLIES, paths=60, seed=1)


def test_together_is_never_worse(study):
    for row in study.filling:
        slack = 1e-9 * abs(row.rivals_usd)
        assert row.together_usd <= row.rivals_usd + slack
        assert row.together_usd <= row.alone_usd + slack
        assert row.peak_together <= row.peak_alone * (1 + 1e-9)
    assert study.gain_usd > 0


def test_burdens_add_up_to_the_cent(study):
    joint = sum(row.together_usd for row in study.filling)
    assert sum(round(row.shapley_usd * 100) for row in study.burden) == round(joint * 100)
    assert sum(row.by_use_usd for row in study.burden) == pytest.approx(joint)
    assert sum(row.rivals_usd for row in study.burden) - joint == pytest.approx(study.gain_usd, rel=1e-6)


def test_one_stock_is_never_above_the_sum(study):
    for row in study.pooling:
        assert 0 <= row.pooled_t <= row.separate_t * (1 + 1e-12)


def test_releases_together_avoid_at_least_the_loss(study):
    for row in study.release:
        assert row.same_tonnes_usd >= row.alone_usd * (1 - 1e-6)
        assert row.together_usd >= max(row.alone_usd, row.own_usd) * (1 - 1e-6)


def test_allies_that_cannot_be_are_named(problem):
    with pytest.raises(LodestockError, match="1 allies"):
        study_allies(problem, {"USA": ("USA",)})
    with pytest.raises(ConflictError, match="JPN is in A and in B"):
        study_allies(problem, {"A": ("USA", "JPN"), "B": ("JPN",)})
    with pytest.raises(ConflictError, match="TUV uses none"):
        study_allies(problem, {"USA": ("USA",), "TUV": ("TUV",)}, paths=5)


def test_allies_may_stand_in_the_case():
    stated = load({"allies": {"America": "USA", "Europe": "EU27", "East": ["JPN", "KOR"]}})
    assert stated.allies["America"] == ("USA",)
    assert stated.allies["East"] == ("JPN", "KOR")
    assert len(stated.allies["Europe"]) == 27
    assert load({"allies": ["USA", "EU27"]}).allies.keys() == {"USA", "EU27"}
    assert load({}).allies == {}


@pytest.mark.parametrize(
    ("allies", "named"),
    [
        ({"USA": "USA"}, "1 allies"),
        ({"A": ["USA", "JPN"], "B": "JPN"}, "JPN is in A and in B"),
        ({"A": "USA", "B": "Atlantis"}, "Atlantis"),
    ],
)
def test_allies_of_a_case_are_checked_where_they_stand(allies, named):
    with pytest.raises(LodestockError, match=named) as found:
        load({"allies": allies})
    assert "allies" in found.value.where


def test_an_ally_of_the_case_without_use_is_named_where_it_stands():
    problem = prepare(load({"allies": {"USA": "USA", "Far": "TUV"}}))
    with pytest.raises(ConflictError, match="Far uses none") as found:
        study_allies(problem, problem.case.allies, paths=5)
    assert "line" in found.value.where
    assert found.value.where != "--ally"


def test_allies_of_the_case_are_studied_unless_others_are_given():
    problem = prepare(load({"allies": {"A": "USA", "B": "JPN"}}))
    kept = {"rules": ("none",), "paths": 4}
    assert simulate(problem, **kept).allies.allies == ("A", "B")
    assert simulate(problem, allies={"X": ("USA",), "Y": ("DEU",)}, **kept).allies.allies == ("X", "Y")


def test_every_figure_of_the_allies_has_a_heading(study):
    from lodestock.report.reserve_simulate import ALLIED_HEADINGS

    plain = study.as_dict()
    for key, headings in ALLIED_HEADINGS.items():
        assert list(headings) == list(plain[key][0])
        assert all(heading == heading.strip() and heading for heading in headings.values())
