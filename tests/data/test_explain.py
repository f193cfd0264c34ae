"""Any number of the snapshot can be explained in words that a stranger understands."""

import json

import pytest

from lodestock.data.explain import explain
from lodestock.data.explain_query import KINDS, read_question
from lodestock.data.explain_steps import conversion_steps, number_text, published_number
from lodestock.data.schema import TABLES
from lodestock.data.snapshot import load_table
from lodestock.errors import LodestockError, UnknownNameError


def test_production_shows_text_steps_source_and_rivals():
    found = explain("production gallium refined CHN 2024")
    text = found.text()
    assert found.value == 839
    assert text.splitlines()[:2] == ["Production of gallium (refined) in China, 2024", "  839 t"]
    assert 'published: "839,000" kilograms' in text
    assert "839,000 kilograms x 0.001 = 839 t" in text
    assert "Mineral Commodity Summaries 2026" in text
    assert "licence: United States public domain" in text
    assert "edition 2026-02" in text
    # the older edition said 750,000 kg: 750 / 839 - 1 = -10.6 %, more than 10 %
    assert "750 t (-10.6 %) (!)" in text
    assert "Rule: one publisher per material, stage and year" in text


def test_a_remark_in_brackets_is_one_step():
    steps = conversion_steps(
        "production",
        {
            "value": None,
            "published_value": None,
            "note": "share of output; 0.96 t per t (assumption: smelter; new)",
        },
    )
    assert steps == ("share of output", "0.96 t per t (assumption: smelter; new)")


def test_price_shows_the_other_quotation():
    found = explain("price cobalt refined 2024")
    assert found.unit == "USD/t"
    # 11.84 USD/lb x 2,204.6226 lb/t
    assert found.value == pytest.approx(11.84 * 2204.6226, rel=1e-6)
    assert "cathode US spot" in found.rivals[0].label
    assert found.rivals[0].difference == pytest.approx(16.77 / 11.84 - 1, rel=1e-6)


def test_trade_shows_code_weight_grade_and_interval():
    found = explain("trade cobalt mine COD CHN 2024")
    (row,) = found.evidence
    assert row.low < found.value < row.high
    assert "HS92 810510" in row.steps[0]
    assert any("t gross x" in step for step in row.steps)
    assert any("mixes stages" in step for step in row.steps)


def test_trade_of_several_codes_is_a_sum():
    found = explain("trade cobalt refined FIN JPN 2024")
    assert len(found.evidence) > 1
    assert found.value == pytest.approx(sum(row.value for row in found.evidence))
    assert "sum of" in found.text()


def test_rejected_weight_is_said_in_words():
    text = explain("trade copper mine Chile China 2024").text()
    assert "published tonnes do not fit the value" in text
    assert "status: estimated" in text


def test_withheld_is_an_interval_and_not_a_number():
    withheld = load_table("production").filter(status="withheld", preferred=True).row(0, named=True)
    found = explain(
        f"production {withheld['material']} {withheld['stage']} {withheld['country']} {withheld['year']}"
    )
    assert found.value is None
    assert "withheld, between" in found.text()


def test_assumption_shows_range_reason_and_what_it_overrides():
    found = explain("assumption use_elasticity_short gallium")
    (row,) = found.evidence
    assert row.low < row.value < row.high
    assert row.steps[0].startswith("reason: ")
    assert {rival.label for rival in found.rivals} >= {"row for minor-metal", "row for all materials"}
    assert "most specific" in found.rule


def test_assumption_name_alone_is_enough_and_the_end_use_narrows():
    assert (
        explain("use_elasticity_short gallium").value
        == explain("assumption use_elasticity_short gallium").value
    )
    row = load_table("assumptions").filter(name="backstop_share").drop_nulls("end_use").row(0, named=True)
    found = explain(f"assumption backstop_share {row['material']} {row['end_use']}")
    assert found.value == row["central"]


@pytest.mark.parametrize(
    "query",
    [
        "production rare earths mine Myanmar 2024",
        "production COBALT mine DR Congo 2024",
        "production gallium China",
        "reserves lithium",
        "share germanium refined CHN",
        "sourcing gallium refined China",
        "end-use gallium",
        "recycling cobalt",
        "imports cobalt",
        "governance DR Congo political stability 2022",
        "demand lithium total STEPS 2030",
        "supply lithium mine Australia 2030",
        "battery LFP lithium",
        "capacity aluminium",
        "price gallium",
        "price cobalt",
        "price copper refined 2024-03",
        "trade lithium refined Chile",
    ],
)
def test_questions_that_have_an_answer(query: str):
    found = explain(query)
    assert found.evidence
    assert all(line.strip() for line in found.lines())
    json.dumps(found.as_dict())


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("production galium CHN", "did you mean 'gallium'"),
        ("prodution gallium", "did you mean 'production'"),
        ("production gallium refined Chian", "did you mean 'China'"),
        ("assumption use_elasticity_shrt gallium", "use_elasticity_short"),
        ("governance COD rule-of-lw", "rule-of-law"),
        ("production gallium refined CHN 1890", "2024"),
        ("trade cobalt refined FIN JPN 2031", "2024"),
        ("production gallium refined CHL 2024", "CHN"),
        ("demand lithium totl STEPS 2030", "total"),
    ],
)
def test_unknown_words_name_the_nearest(query: str, said: str):
    with pytest.raises(UnknownNameError, match=said):
        explain(query)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "empty question"),
        ("   ", "empty question"),
        ("production cobalt CHN", "several stages"),
        ("production gallium refined CHN 2024 please", "please"),
        ("trade lithium mine AUS CHN", "spodumene"),
        ("trade gallium refined CHN JPN", "no code of the trade files"),
    ],
)
def test_other_bad_questions_say_what_to_do(query: str, said: str):
    with pytest.raises(LodestockError, match=said):
        explain(query)


def test_every_kind_of_question_names_a_table_and_its_columns():
    for kind in KINDS.values():
        assert set(kind.keys) <= set(TABLES[kind.table].column_names)


def test_words_are_read_longest_name_first():
    question = read_question("production rare earths mine DR Congo 2024")
    assert question.values == {"material": "rare-earths", "stage": "mine", "country": "COD", "year": 2024}


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (839, "839"), (192_792.4, "192,792"), (0.000123456, "0.000123456"), (26_102.7318, "26,102.7")],
)
def test_numbers_for_people(value: float, text: str):
    assert number_text(value) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [("839,000", 839_000), ("83.1%", 83.1), ("W", None), (">50", None), ("10 - 15", None), ("-", None)],
)
def test_numbers_of_publishers(text: str, value: float | None):
    assert published_number(text) == value


def test_a_dash_is_explained():
    row = {"value": 0.0, "published_value": "-", "published_unit": "kilograms", "unit": "t", "note": None}
    assert conversion_steps("production", row) == ("the publisher prints a dash: nothing is produced",)
