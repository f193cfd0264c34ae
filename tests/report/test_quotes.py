"""Prices in the unit the market uses, from published quotes back to themselves."""

from __future__ import annotations

import re

import pytest

from lodestock.report.measure_tables import levy_table
from lodestock.report.quotes import bracketed, guaranteed_prices, in_market_unit, separated
from lodestock.report.summary import summary_text
from lodestock.report.tables import price_table
from lodestock.scenario.forms import QUOTED, QUOTES, market_quote
from lodestock.scenario.load import load_scenario
from lodestock.scenario.outcome import Outcome
from lodestock.scenario.run import run_scenario

PUBLISHED = {"dollars per metric ton": "t", "dollars per kilogram": "kg", "dollars per pound": "lb",
             "dollars per dry metric ton unit": "mtu"}  # fmt: skip


@pytest.fixture(scope="module")
def ndpr() -> Outcome:
    return run_scenario(load_scenario("ndpr-floor-110"), draws=0)


def published() -> list[tuple[str, str, float, str, float]]:
    """Quotes of 2024 as USGS prints them: material, stage, number, unit, USD/t contained."""
    import polars as pl

    from lodestock.data.snapshot import load_table

    rows = load_table("prices").filter(
        pl.col("preferred") & (pl.col("period") == "2024") & pl.col("material").is_in(list(QUOTES))
    )
    found = []
    for row in rows.iter_rows(named=True):
        number = str(row["published_value"] or "").replace(",", "")
        derived = "times the price" in str(row["note"])
        if re.fullmatch(r"[0-9.]+", number) and row["published_unit"] in PUBLISHED and not derived:
            found.append(
                (row["material"], row["stage"], float(number), row["published_unit"], float(row["value"]))
            )
    return found


def test_published_quotes_come_back() -> None:
    rows = published()
    checked = 0
    for material, stage, number, unit, usd_per_t in rows:
        quote = market_quote(material, stage)
        if quote is None or quote.unit != PUBLISHED[unit]:
            continue
        if material in ("alumina", "boron", "chromium", "titanium-minerals"):
            continue  # grades of ores and mixes: the price table knows them better
        assert usd_per_t * quote.factor == pytest.approx(number, rel=0.01), material
        checked += 1
    assert checked >= 10


def test_every_compound_market_has_a_quote() -> None:
    assert set(QUOTES) == set(QUOTED)
    assert market_quote("gallium", "refined") is None
    assert bracketed(4e5, "gallium", "refined") == ""


def test_by_hand() -> None:
    # 85 % of NdPr oxide is metal; 10 kg of WO3 hold 10 * 183.84 / 231.84 kg of tungsten
    assert in_market_unit(110e3 / 0.85, "neodymium-praseodymium", "refined") == "USD\u00a0110/kg oxide"
    assert in_market_unit(29_000.0 / (183.84 / 231.838), "tungsten", "mine") == "USD\u00a0290/mtu WO3"


def test_a_floor_is_told_in_both_units(ndpr: Outcome) -> None:
    (text,) = guaranteed_prices(ndpr)
    assert text == "The floor of 110 USD/kg oxide is USD\u00a0129/kg of contained metal."
    assert text in summary_text(ndpr)


def test_tables_carry_it_once_per_material_and_stage(ndpr: Outcome) -> None:
    cells = [[cell.text for cell in row] for row in price_table(ndpr).rows]
    refined = [row for row in cells if "refined" in row[0]]
    assert "/kg oxide)" in refined[0][3]
    assert all("oxide" not in row[3] for row in refined[1:])
    levies = levy_table(ndpr)
    assert levies is not None
    assert "USD\u00a0110/kg oxide" in levies.rows[0][2].text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("11800 USD/t carbonate", "11,800 USD/t carbonate"),
        ("110.12345 USD/kg oxide", "110.12345 USD/kg oxide"),
        ("1234567.5 USD/t", "1,234,567.5 USD/t"),
    ],
)
def test_thousands_are_separated_as_everywhere(written: str, shown: str) -> None:
    assert separated(written) == shown


def test_the_plan_says_both(ndpr: Outcome) -> None:
    from lodestock.scenario.explain import explain_plan

    assert any("129,412 USD/t contained (110 USD/kg oxide)" in line for line in explain_plan(ndpr.resolved))
