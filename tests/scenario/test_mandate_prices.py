"""What a price means where a mandate parts users from the market: users pay it, permits included."""

from __future__ import annotations

import polars as pl
import pytest
from tests.scenario.cases import case, here, load_small, resolved

from lodestock.policy.terms import SingleCountryCap
from lodestock.report.mandates import mandate_sentences
from lodestock.scenario.run import run_scenario


def test_prices_are_what_users_pay_and_the_market_price_stands_beside_them() -> None:
    cap = SingleCountryCap(**here(), users=("BBB", "CCC"), origins=("AAA",), share=0.3)
    outcome = run_scenario(resolved(case(cap), zone=("BBB", "CCC")), load=load_small)
    found = outcome.cases["scenario"]
    permit = found.rents["rent_usd_per_t"].item()
    assert permit > 1.0
    prices = found.prices.filter(pl.col("stage") == "refined")
    for row in prices.iter_rows(named=True):
        received = 0.3 * permit if row["country"] in ("BBB", "CCC") else 0.0
        assert row["market_usd_per_t"] - row["usd_per_t"] == pytest.approx(received, rel=1e-4, abs=1e-6)
        assert row["change"] == pytest.approx(row["usd_per_t"] / row["base_usd_per_t"] - 1.0)
    inside = found.reference_prices.filter((pl.col("stage") == "refined") & (pl.col("market") == "inside"))
    own = prices.filter(pl.col("country") != "AAA")["usd_per_t"]
    assert own.min() <= inside["usd_per_t"].item() <= own.max()  # type: ignore[operator]


def test_the_report_says_shares_before_and_after() -> None:
    cap = SingleCountryCap(**here(), users=("BBB", "CCC"), origins=("AAA",), share=0.3)
    outcome = run_scenario(resolved(case(cap), zone=("BBB", "CCC")), load=load_small)
    (said,) = mandate_sentences(outcome)
    # AAA ships 19 + 15 of the 75 t that BBB and CCC use: 45 %
    assert "supplies 30 % of what is taken up instead of 45 %" in said.replace("\u00a0", " ")
    loose = SingleCountryCap(**here(), users=("BBB", "CCC"), origins=("AAA",), share=0.9)
    outcome = run_scenario(resolved(case(loose), zone=("BBB", "CCC")), load=load_small)
    assert mandate_sentences(outcome) == [
        "The testium cap on single countries changes nothing: it is met without it."
    ]
