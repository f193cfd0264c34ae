"""Quotas with two duties, minimum prices, mandates, stocks, budgets and the like: from file to tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from tests.scenario.cases import case, here, load_small, resolved

from lodestock.errors import ConflictError, FileFormatError, LodestockError, UnknownNameError
from lodestock.policy.terms import (
    Amount,
    ContractForDifference,
    DerivativeLevy,
    DomesticContent,
    Floor,
    Instrument,
    Leak,
    MinimumImportPrice,
    Phase,
    PolicyStock,
    PublicPurchase,
    Rate,
    RecycledContent,
    SingleCountryCap,
    Tariff,
    TariffRateQuota,
)
from lodestock.report.verdict import levy_warnings
from lodestock.scenario.document import document_of_bytes
from lodestock.scenario.explain import explain_plan
from lodestock.scenario.names import Names
from lodestock.scenario.outcome import CaseOutcome
from lodestock.scenario.resolve import resolve
from lodestock.scenario.resolved import ResolvedScenario
from lodestock.scenario.run import run_scenario
from lodestock.scenario.writer import to_yaml

Read = Callable[[str], ResolvedScenario]
FILE = """\
title: Measures
question: Who pays?
materials: [antimony]
evaluate_on: 2027-06-01
zones:
  allies:
    members: [USA, EU27, Japan]
instruments:
  - name: measure
    start: 2027-01-01
    stage: refined
"""
ORE_FLOOR = """\
  - {name: ore, type: floor, stage: mine, price: 120 % of base, start: 2027-01-01}
"""
STAGE_DATES = {"stage": "refined", "start": date(2027, 1, 1), "name": "measure", "material": "antimony"}
EU = ("DEU", "FRA", "ITA")
ALLIES = tuple(sorted((*EU, "JPN", "USA")))


def entry(text: str) -> str:
    """The file with one entry of the given keys."""
    return FILE + "".join(f"    {line}\n" for line in text.strip().splitlines())


READ: dict[str, tuple[str, Instrument, str]] = {
    "tariff_rate_quota": (
        """
type: tariff_rate_quota
importers: EU27
exporters: China
limit: 60 %
within: 0 %
beyond: 500 USD/t
rent_to: exporters
""",
        TariffRateQuota(
            **STAGE_DATES,
            importers=EU,
            exporters=("CHN",),
            within=Rate(),
            beyond=Rate(specific=Amount(usd_per_t=500.0)),
            share_of_base=0.6,
            rent_to="exporters",
        ),
        "pay 0 % of the price on the first 60 % of the base-year flow and 500 USD/t contained beyond",
    ),
    "minimum_import_price": (
        """
type: minimum_import_price
importers: EU27
exporters: China
price: 26 USD/kg
""",
        MinimumImportPrice(**STAGE_DATES, importers=EU, exporters=("CHN",), price=Amount(usd_per_t=26_000.0)),
        "cost at least 26,000 USD/t contained; exporters keep the gap",
    ),
    "domestic_content": (
        """
type: domestic_content
users: allies
share: 40 %
""",
        DomesticContent(**STAGE_DATES, users=ALLIES, share=0.4),
        "at least 40 % of the antimony (refined) taken up by zone 'allies' comes from among themselves",
    ),
    "recycled_content": (
        """
type: recycled_content
users: EU27
share: 16 %
""",
        RecycledContent(**STAGE_DATES, users=EU, share=0.16),
        "is at least 16 % of their use",
    ),
    "single_country_cap": (
        """
type: single_country_cap
users: EU27
origins: [China, Russia, France]
share: 65 %
""",
        SingleCountryCap(**STAGE_DATES, users=EU, origins=("CHN", "RUS"), share=0.65),
        "comes from any one country outside (China and Russia)",
    ),
    "policy_stock": (
        """
type: policy_stock
countries: USA
buy_price: 80 % of base
release_price: 150 % of base
budget: 200 million USD/year
stock: 1100 t
""",
        PolicyStock(
            **STAGE_DATES,
            countries=("USA",),
            buy_price=Amount(multiple_of_base=0.8),
            release_price=Amount(multiple_of_base=1.5),
            budget_usd=2e8,
            stock_t=1100.0,
        ),
        "for at most 200 million USD a year, and sells at 150 % of the base price or more",
    ),
    "purchase with a budget": (
        """
type: public_purchase
buyers: USA
budget: 0.5 bn USD
""",
        PublicPurchase(**STAGE_DATES, buyers=("USA",), budget_usd=5e8),
        "as much as 500 million USD a year buys",
    ),
    "contract with a budget": (
        """
type: contract_for_difference
producers: USA
strike: 120 % of base
upside_share: 100 %
budget: 30000000 USD
""",
        ContractForDifference(
            **STAGE_DATES,
            producers=("USA",),
            payers=("USA",),
            strike=Amount(multiple_of_base=1.2),
            upside_share=1.0,
            budget_usd=3e7,
        ),
        "at most 30 million USD a year, less per tonne where the gap costs more",
    ),
    "floor with its options": (
        """
type: floor
price: 26 USD/kg
cap: 100 % of base
exempt_origins: [Norway]
reference: imports
drawback: true
rules_of_origin: last_transformation
phase_in: {2027-01-01: 40 %, 2028-01-01: 100 %}
leak: {low: 0 %, central: 10 %, high: 20 %, lag: 3 months}
""",
        Floor(
            **STAGE_DATES,
            zone="allies",
            members=ALLIES,
            floor=Amount(usd_per_t=26_000.0),
            cap=Amount(multiple_of_base=1.0),
            exempt_origins=("NOR",),
            reference="imports",
            drawback=True,
            rules_of_origin="last_transformation",
            phases=(Phase(start=date(2027, 1, 1), share=0.4), Phase(start=date(2028, 1, 1), share=1.0)),
            reached=0.4,
            leak=Leak(share=0.1, low=0.0, high=0.2, lag_months=3.0),
        ),
        "base price 40 % from 2027-01-01, 100 % from 2028-01-01 is in force; the levy is repaid",
    ),
    "floor per importer": (
        """
type: floor
price: 150 % of base
levy_per: importer
basis: ad_valorem
""",
        Floor(
            **STAGE_DATES,
            zone="allies",
            members=ALLIES,
            floor=Amount(multiple_of_base=1.5),
            levy_per="importer",
            basis="ad_valorem",
        ),
        "one levy per member on its own price",
    ),
    "tariff with a phase-in": (
        """
type: tariff
importers: USA
exporters: China
rate: 25 %
phase_in: {2027-01-01: 50 %, 2028-01-01: 100 %}
leak: 10 %
""",
        Tariff(
            **STAGE_DATES,
            importers=("USA",),
            exporters=("CHN",),
            ad_valorem=0.25,
            phases=(Phase(start=date(2027, 1, 1), share=0.5), Phase(start=date(2028, 1, 1), share=1.0)),
            reached=0.5,
            leak=Leak(share=0.1, low=0.1, high=0.1),
        ),
        "of it 50 % from 2027-01-01, 100 % from 2028-01-01 is in force",
    ),
}


@pytest.mark.parametrize("name", READ)
def test_a_measure_is_read_said_and_written_again(name: str, read: Read, names: Names) -> None:
    text, term, said = READ[name]
    scenario = read(entry(text))
    assert scenario.case.instruments == (term,)
    assert said in "\n".join(explain_plan(scenario, names.countries))
    again = resolve(document_of_bytes(to_yaml(scenario).encode(), "again.yaml"), names)
    assert again.case.instruments == scenario.case.instruments


def test_a_derivative_levy_names_its_floor(read: Read, names: Names) -> None:
    scenario = read(entry("type: derivative_levy\nof: ore\ncontent: 110 %") + ORE_FLOOR)
    levy = next(term for term in scenario.case.instruments if isinstance(term, DerivativeLevy))
    assert (levy.of_floor, levy.content) == ("ore", 1.1)
    assert "pay the levy of 'ore' on 1.1 t of it per tonne" in "\n".join(
        explain_plan(scenario, names.countries)
    )
    again = resolve(document_of_bytes(to_yaml(scenario).encode(), "again.yaml"), names)
    assert set(again.case.instruments) == set(scenario.case.instruments)


SLIPS: dict[str, tuple[str, type[LodestockError], str]] = {
    "beyond below within": (
        "type: tariff_rate_quota\nimporters: EU27\nlimit: 60 %\nwithin: 10 %\nbeyond: 5 %",
        ConflictError,
        "lower than the one within",
    ),
    "a floor that is not there": (
        "type: derivative_levy\nof: ora",
        UnknownNameError,
        "did you mean 'ore'",
    ),
    "origins are users": (
        "type: single_country_cap\nusers: EU27\norigins: [France]\nshare: 65 %",
        ConflictError,
        "nothing is capped",
    ),
    "a cap of nothing": (
        "type: single_country_cap\nusers: EU27\norigins: [China]\nshare: 0 %",
        LodestockError,
        "ban on imports",
    ),
    "a stock that sells below": (
        "type: policy_stock\ncountries: USA\nbuy_price: 90 % of base\nrelease_price: 80 % of base\n"
        "budget: 1 million USD\nstock: 10 t",
        ConflictError,
        "above the buy price",
    ),
    "a purchase without limit": (
        "type: public_purchase\nbuyers: USA",
        FileFormatError,
        "neither 'quantity' nor 'budget'",
    ),
    "money where tonnes are meant": (
        "type: public_purchase\nbuyers: USA\nquantity: 10 million USD",
        LodestockError,
        "an amount of money",
    ),
    "tonnes where money is meant": (
        "type: public_purchase\nbuyers: USA\nbudget: 10 t",
        LodestockError,
        "500 million USD",
    ),
    "a phase-in that falls": (
        "type: tariff\nimporters: USA\nrate: 25 %\nphase_in: {2027-01-01: 50 %, 2028-01-01: 40 %}",
        ConflictError,
        "does not rise",
    ),
    "a drawback without cap": (
        "type: floor\nprice: 115 % of base\ndrawback: true",
        ConflictError,
        "needs a cap",
    ),
    "a drawback per importer": (
        "type: floor\nprice: 115 % of base\ncap: 100 % of base\ndrawback: true\nlevy_per: importer",
        ConflictError,
        "same for all members",
    ),
    "rules without an exempt origin": (
        "type: floor\nprice: 115 % of base\nrules_of_origin: last_transformation",
        ConflictError,
        "none is exempt",
    ),
    "weights without a hub": (
        "type: floor\nprice: 115 % of base\nlevy_per: importer\nreference: imports",
        ConflictError,
        "nothing weights",
    ),
    "a minimum price nobody pays": (
        "type: minimum_import_price\nimporters: EU27\nprice: 26000 USD/kg",
        LodestockError,
        "no one would buy",
    ),
    "scrap before it is recovered": (
        "type: recycled_content\nusers: EU27\nshare: 10 %",
        ConflictError,
        "comes in at its last stage",
    ),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_named(name: str, read: Read) -> None:
    text, kind, words = SLIPS[name]
    file = entry(text) + ORE_FLOOR
    if "scrap" in name:
        file = file.replace("    stage: refined\n", "    stage: mine\n", 1)
    with pytest.raises(kind, match=words) as caught:
        read(file)
    assert "case.yaml" in str(caught.value)


def test_a_floor_beside_a_minimum_price_is_refused(read: Read) -> None:
    both = entry("type: floor\nprice: 115 % of base") + (
        "  - {name: least, type: minimum_import_price, stage: refined, importers: EU27,"
        " price: 110 % of base, start: 2027-01-01}\n"
    )
    with pytest.raises(ConflictError, match="two floors"):
        read(both)


def solved(*terms: Instrument, zone: tuple[str, ...] = ("BBB", "CCC")) -> CaseOutcome:
    outcome = run_scenario(resolved(case(*terms), zone=zone), load=load_small)
    found = outcome.cases["scenario"]
    assert found.status == "solved", found.reason
    assert found.certificate["surplus"] <= 1e-9
    assert found.certificate["money"] <= 1e-9
    return found


def test_tables_of_a_tariff_rate_quota() -> None:
    quota = TariffRateQuota(
        **here(),
        importers=("BBB", "CCC"),
        exporters=("AAA",),
        within=Rate(),
        beyond=Rate(ad_valorem=0.1),
        limit_t=20.0,
    )
    found = solved(quota)
    rent = found.rents.row(0, named=True)
    assert (rent["kind"], rent["party"], rent["limit_t"]) == ("tariff_quota", "licence_holders", 20.0)
    assert rent["used_t"] == pytest.approx(20.0, rel=1e-5)
    flows = found.flows.filter((pl.col("stage") == "refined") & (pl.col("exporter") == "AAA"))
    assert flows["t"].sum() > 20.0
    duty = found.payments.filter(pl.col("kind") == "duty_beyond")["usd"].sum()
    landed = rent["rent_usd_per_t"] / 0.1
    assert duty == pytest.approx(0.1 * landed * (flows["t"].sum() - 20.0), rel=1e-2)
    prices = found.prices.filter(pl.col("stage") == "refined")
    assert prices["country"].to_list() == ["AAA", "BBB", "CCC"]
    assert set(found.quantities["kind"]) <= {
        *("production", "processing", "secondary", "use"),
        *("stock_draw", "stock_build"),
    }


def test_a_gap_is_closed_whatever_stands_behind_a_market() -> None:
    cap = SingleCountryCap(**here(), users=("BBB", "CCC"), origins=("AAA",), share=0.3)
    found = solved(cap)
    gap = found.gap.filter(pl.col("market") == "inside")
    items = dict(gap.group_by("item").agg(pl.col("t").sum()).iter_rows())
    lost = {"blocked", "kept_out", "outage", "wanted"}
    signed = [tonnes if item in lost else -tonnes for item, tonnes in items.items()]
    signed = [
        -value if item in ("purchase", "unsold") else value for item, value in zip(items, signed, strict=True)
    ]
    assert sum(signed) == pytest.approx(0.0, abs=1e-6)
    assert items["kept_out"] > 0.0
    row = found.rents.row(0, named=True)
    assert (row["kind"], row["party"]) == ("country_cap", "users")
    assert row["used_t"] == pytest.approx(row["limit_t"], rel=1e-6)
    use = found.quantities.filter((pl.col("kind") == "use") & pl.col("country").is_in(["BBB", "CCC"]))
    assert row["limit_t"] == pytest.approx(0.3 * use["t"].sum(), rel=1e-6)
    shadow = found.metrics.filter(pl.col("metric") == "shadow_price").row(0, named=True)
    assert shadow["value"] == pytest.approx(row["rent_usd_per_t"])
    assert shadow["party"] == "country_cap"


def test_levies_per_importer_are_one_row() -> None:
    floor = Floor(
        **here(),
        zone="zone",
        members=("BBB", "CCC"),
        floor=Amount(multiple_of_base=1.1),
        levy_per="importer",
    )
    found = solved(floor)
    assert len(found.levies) == 1
    row = found.levies.row(0, named=True)
    assert row["status"] == "enforced"
    assert "held in 2 importing countries" in row["reason"]
    metric = found.metrics.filter(pl.col("metric") == "levy_revenue")["value"].item()
    assert metric == pytest.approx(row["revenue_usd"])
    assert row["rate_usd_per_t"] * row["charged_t"] == pytest.approx(row["revenue_usd"])


def test_a_minimum_price_has_its_row_and_its_gap() -> None:
    least = MinimumImportPrice(
        **here(), importers=("BBB", "CCC"), exporters=("AAA",), price=Amount(multiple_of_base=1.1)
    )
    found = solved(least)
    row = found.levies.row(0, named=True)
    assert row["kind"] == "minimum_price"
    traders = found.payments.filter(pl.col("kind") == "minimum_price")
    assert traders["country"].to_list() == ["AAA"]
    assert traders["usd"].sum() == pytest.approx(row["revenue_usd"])
    (said,) = levy_warnings(run_scenario(resolved(case(least), zone=("BBB", "CCC")), load=load_small))
    assert said.startswith("Exporters keep the gap that the minimum import price opens")
    treasury = found.surplus.filter(pl.col("party") == "treasury")
    assert treasury["change_usd"].abs().sum() == pytest.approx(0.0, abs=1e-6)


def test_a_spent_contract_says_so() -> None:
    contract = ContractForDifference(
        **here(),
        producers=("BBB",),
        payers=("BBB",),
        strike=Amount(multiple_of_base=1.3),
        budget_usd=3000.0,
    )
    row = solved(contract).levies.row(0, named=True)
    assert row["status"] == "capped"
    assert "budget is used up" in row["reason"]
    assert row["revenue_usd"] == pytest.approx(-3000.0)


def test_a_leak_round_a_floor_is_drawn_over_its_range() -> None:
    floor = Floor(
        **here(),
        zone="zone",
        members=("BBB", "CCC"),
        floor=Amount(multiple_of_base=1.1),
        leak=Leak(share=0.2, low=0.0, high=0.4),
    )
    outcome = run_scenario(resolved(case(floor), zone=("BBB", "CCC"), draws=3), load=load_small, workers=1)
    assert outcome.draws_failed == 0
    assert "leak[term]" in set(outcome.draw_inputs["input"])
    leaks = outcome.cases["scenario"].flows.filter(pl.col("kind") == "leak")
    assert leaks["t"].sum() > 0.0
    swing = outcome.tornado.filter((pl.col("input") == "leak[term]") & (pl.col("metric") == "levy_rate"))
    assert swing["value_at_high"].item() > swing["value_at_low"].item()


def test_a_content_rule_does_some_of_a_floors_work() -> None:
    floor = Floor(**here(), zone="zone", members=("BBB", "CCC"), floor=Amount(multiple_of_base=1.1))
    content = DomesticContent(**here(name="content"), users=("BBB", "CCC"), share=0.6)
    alone, both = solved(floor), solved(floor, content)
    assert both.levies["reference_price"].item() >= alone.levies["reference_price"].item() - 1e-6
    assert both.levies["rate_usd_per_t"].item() < alone.levies["rate_usd_per_t"].item()


def test_an_alternative_with_a_phase_on_another_day_differs() -> None:
    floor = Floor(
        **here(),
        zone="zone",
        members=("BBB", "CCC"),
        floor=Amount(multiple_of_base=1.2),
        phases=(Phase(start=date(2026, 1, 1), share=0.5),),
        reached=0.5,
    )
    found = solved(floor)
    assert found.levies["floor"].item() == pytest.approx(1100.0)
    full = solved(replace(floor, phases=(), reached=1.0))
    assert full.levies["floor"].item() == pytest.approx(1200.0)


def test_a_phase_in_that_has_not_begun_is_said_so(read: Read, names: Names) -> None:
    tariff = "type: tariff\nimporters: USA\nexporters: China\nrate: 25 %\nphase_in: {2027-06-01: 50 %}"
    scenario = read(entry(tariff).replace("evaluate_on: 2027-06-01", "evaluate_on: 2027-02-01"))
    said = "\n".join(explain_plan(scenario, names.countries))
    assert "of it 50 % from 2027-06-01 is in force, nothing of it yet on the day evaluated" in said
