"""`shared: true`: one quota over several materials, from the file to the tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest
from tests.scenario.cases import case, here, load_small, resolved

from lodestock.errors import ConflictError, UnitError
from lodestock.policy.terms import ExportQuota
from lodestock.scenario.document import document_of_bytes
from lodestock.scenario.explain import explain_plan
from lodestock.scenario.names import Names
from lodestock.scenario.outcome import CaseOutcome
from lodestock.scenario.resolve import resolve
from lodestock.scenario.resolved import ResolvedScenario
from lodestock.scenario.run import run_scenario
from lodestock.scenario.writer import to_yaml

Read = Callable[[str], ResolvedScenario]
MATERIALS = ("testium", "onestage")
TEXT = """\
title: Quota
question: Who pays?
materials: [gallium, germanium, tungsten]
instruments:
  - name: quota
    type: export_quota
    material: [gallium, germanium]
    stage: refined
    exporters: China
    limit: 300 t/year oxide
    shared: true
    start: 2025-01-01
"""


def test_a_shared_quota_counts_its_form(read: Read, names: Names) -> None:
    scenario = read(TEXT)
    first, second = scenario.case.instruments
    assert isinstance(first, ExportQuota)
    assert isinstance(second, ExportQuota)
    assert (first.limit_t, second.limit_t, first.shared) == (300.0, 300.0, True)
    # Ga2O3 holds 2 * 69.723 of 187.444, GeO2 72.63 of 104.63
    assert first.counted == pytest.approx(187.444 / 139.446, rel=1e-4)
    assert second.counted == pytest.approx(104.628 / 72.630, rel=1e-4)
    again = resolve(document_of_bytes(to_yaml(scenario).encode(), "again.yaml"), names)
    assert again.case.instruments == scenario.case.instruments
    plan = "\n".join(explain_plan(scenario))
    assert "counts against one limit of 300 t oxide per year that it shares with germanium" in plan


def test_shares_of_base_need_no_form(read: Read) -> None:
    scenario = read(TEXT.replace("300 t/year oxide", "50 %"))
    assert [term.share_of_base for term in scenario.case.instruments] == [0.5, 0.5]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("old", "new", "error", "match"),
    [
        ("[gallium, germanium]", "gallium", ConflictError, "on one material is not shared"),
        ("    shared: true\n", "    shared: true\n    leak: 10 %\n", ConflictError, "no leak"),
        ("    shared: true\n", "", ConflictError, "several materials at once"),
        ("[gallium, germanium]", "[gallium, tungsten]\n    note: x", UnitError, "form"),
    ],
)
def test_bad_shared_quotas(old: str, new: str, error: type[Exception], match: str, read: Read) -> None:
    text = TEXT.replace(old, new)
    if error is UnitError:
        text = text.replace("t/year oxide", "t/year")
    with pytest.raises(error, match=match):
        read(text)


def quotas(share: float) -> tuple[ExportQuota, ...]:
    return tuple(
        ExportQuota(
            **here(name="quota", material=material),
            exporters=("AAA",),
            importers=("BBB", "CCC"),
            share_of_base=share,
            shared=True,
        )
        for material in MATERIALS
    )


def solved(share: float) -> CaseOutcome:
    outcome = run_scenario(resolved(case(*quotas(share)), materials=MATERIALS), load=load_small)
    found = outcome.cases["scenario"]
    assert found.status == "solved", found.reason
    return found


def test_rents_are_equal_and_the_limit_is_one() -> None:
    rents = solved(0.5).rents
    # 19 t and 15 t leave AAA in either material
    assert rents["limit_t"].to_list() == pytest.approx([34.0, 34.0])
    assert rents["used_t"].sum() == pytest.approx(34.0, rel=1e-7)
    first, second = rents["rent_usd_per_t"].to_list()
    assert first == pytest.approx(second, rel=1e-6)
    assert rents["shared"].to_list() == [True, True]


def test_a_quota_at_the_base_flow_changes_nothing() -> None:
    found = solved(1.0)
    assert all(abs(change) < 1e-6 for change in found.prices["change"])
    assert all(abs(rent) < 1e-3 for rent in found.rents["rent_usd_per_t"])


def test_draws_solve_it_too() -> None:
    outcome = run_scenario(
        resolved(case(*quotas(0.5)), materials=MATERIALS), load=load_small, draws=3, workers=1
    )
    assert outcome.draws_failed == 0
    assert outcome.bands.height > 0


def test_a_host_and_its_by_product_cannot_share() -> None:
    terms = [replace(quotas(0.5)[0], material=name) for name in ("testium", "byproductium")]
    own = resolved(case(*terms), materials=("testium", "byproductium"))
    with pytest.raises(ConflictError, match="by-product"):
        run_scenario(own, load=load_small)


def test_the_gap_and_the_payments_stand_per_material() -> None:
    found = solved(0.5)
    rents = dict(zip(found.rents["material"], found.rents["usd"], strict=True))
    paid = found.payments.filter(pl.col("kind") == "quota_rent").group_by("material").agg(pl.col("usd").sum())
    assert dict(paid.iter_rows()) == pytest.approx(rents, rel=1e-9)
    assert set(found.gap["material"]) == set(MATERIALS)
