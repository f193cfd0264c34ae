"""Numbers as a reader meets them, against values written by hand."""

from __future__ import annotations

import math

import pytest

from lodestock.report.numbers import (
    bare,
    count,
    joined,
    mass,
    money,
    one_part_in,
    percent,
    plain,
    price,
    price_scale,
    significant,
)

SPACE = "\N{NO-BREAK SPACE}"


def spaced(text: str) -> str:
    return text.replace(" ", SPACE)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1.23e9, "USD 1.2 bn"),
        (9.96e8, "USD 1.0 bn"),  # rounds up over the step: not 1,000 m
        (-4.5e6, "−USD 4.5 m"),
        (0.2, "USD 0"),
        (720.0, "USD 720"),
        (3.4e13, "USD 34 tn"),
    ],
)
def test_money_has_two_digits_and_a_word_for_its_size(value: float, shown: str) -> None:
    assert money(value) == spaced(shown)


def test_money_with_sign_marks_gains() -> None:
    assert money(2e6, sign=True) == spaced("+USD 2.0 m")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3_440.0, "3.4 kt"),
        (712.0, "710 t"),
        (0.61, "610 kg"),
        (0.0, "0 t"),
        (2.5e7, "25 Mt"),
        (999.6, "1.0 kt"),
    ],
)
def test_mass_scales(value: float, shown: str) -> None:
    assert mass(value) == spaced(shown)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.42, "+42 %"), (-0.068, "−6.8 %"), (0.0004, "0 %"), (0.005, "+0.5 %"), (12.4, "+1,200 %")],
)
def test_percent_of_fractions(value: float, shown: str) -> None:
    assert percent(value) == spaced(shown)


def test_prices_of_one_material_keep_the_unit_of_its_reference() -> None:
    assert price(439_000.0) == spaced("USD 439/kg")
    assert price(12_345.0) == spaced("USD 12,300/t")
    assert price(12_345.0, 40_000.0) == spaced("USD 12.3/kg")
    assert price_scale(29_999.0) == (1.0, "USD/t")


def test_plain_and_bare_differ_in_padding_zeros_only() -> None:
    assert plain(0.3, 2) == "0.30"
    assert bare(0.3, 2) == "0.3"
    assert bare(120.0, 2) == "120"


def test_numbers_that_do_not_exist_are_a_dash() -> None:
    for shown in (plain, money, mass, percent, price):
        assert shown(math.nan) == "–"


def test_significant_keeps_zero_and_infinity() -> None:
    assert significant(0.0) == 0.0
    assert significant(math.inf) == math.inf
    assert significant(0.04567, 2) == 0.046


@pytest.mark.parametrize(
    ("residual", "words"),
    [
        (3.1e-11, "better than one part in 10 billion"),
        (1e-9, "better than one part in a billion"),
        (0.0, "the last digit"),
        (2e-3, "0.2" + SPACE + "%"),
    ],
)
def test_residuals_in_words(residual: float, words: str) -> None:
    assert one_part_in(residual) == words


def test_nouns_agree_and_lists_are_sentences() -> None:
    assert count(1, "country", "countries") == "1 country"
    assert count(3, "country", "countries") == "3 countries"
    assert joined(["a"]) == "a"
    assert joined(["a", "b", "c"]) == "a, b and c"
