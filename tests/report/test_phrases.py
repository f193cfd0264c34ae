"""What may be said of a number with a band: never more than the band holds."""

from __future__ import annotations

import pytest

from lodestock.report.numbers import mass, money
from lodestock.report.phrases import amount_phrase, loss_or_gain, price_verb, sign_is_sure


def band(p10: float, p90: float) -> dict[str, float]:
    return {"p10": p10, "p50": (p10 + p90) / 2, "p90": p90, "central": (p10 + p90) / 2}


def words(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_a_band_that_holds_both_signs_is_told_as_uncertain() -> None:
    found = words(price_verb(-0.06, band(-0.096, 0.024)))
    assert found == "may fall or rise: between −9.6 % and +2.4 %, −6.0 % on central assumptions"


def test_a_band_of_one_sign_is_told_as_rise_or_fall() -> None:
    assert words(price_verb(0.38, band(0.23, 0.65))) == "rises by 38 % (band +23 % to +65 %)"
    assert words(price_verb(-0.28, band(-0.45, -0.14))) == "falls by 28 % (band −45 % to −14 %)"


def test_large_rises_are_told_as_multiples() -> None:
    # +1,480 % is 15.8 times the level
    assert words(price_verb(14.8, band(9.9, 18.0))) == "rises to 16 times its level (band 11 to 19 times)"


def test_changes_below_half_a_percent_are_none() -> None:
    assert price_verb(0.001, band(-0.002, 0.004)) == "hardly changes"
    assert price_verb(0.001, None) == "hardly changes"


def test_without_draws_there_is_no_band_in_the_sentence() -> None:
    assert words(price_verb(0.5, None)) == "rises by 50 %"


def test_a_shortage_whose_band_starts_at_none_says_so() -> None:
    assert words(amount_phrase(12.0, band(0.0, 30.0), mass)) == "12 t (band none to 30 t)"
    assert words(amount_phrase(12.0, band(8.0, 30.0), mass)) == "12 t (band 8.0 t to 30 t)"


def test_money_that_may_go_either_way_is_not_called_a_gain() -> None:
    found = words(loss_or_gain(2e6, band(-3e6, 8e6), money))
    assert found == "may lose or gain: between −USD 3.0 m and +USD 8.0 m"
    assert (
        words(loss_or_gain(-2e6, band(-3e6, -1e6), money)) == "loses USD 2.0 m (band USD 1.0 m to USD 3.0 m)"
    )


@pytest.mark.parametrize(
    ("low", "high", "sure"), [(1, 2, True), (-2, -1, True), (-1, 1, False), (0, 1, False)]
)
def test_sign_is_sure_only_when_both_ends_agree(low: float, high: float, sure: bool) -> None:
    assert sign_is_sure(band(low, high)) is sure
    assert sign_is_sure(None) is False
