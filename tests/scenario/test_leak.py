"""The key `leak`: what people write, what is solved, and how its range enters draws and tornado."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.scenario.cases import case, here, load_small, resolved

from lodestock.errors import ConflictError, FileFormatError, LodestockError
from lodestock.policy.terms import ExportBan, ExportLicence, ExportQuota, Leak
from lodestock.scenario.document import document_of_bytes
from lodestock.scenario.draws import inputs
from lodestock.scenario.explain import explain_plan
from lodestock.scenario.leaks import leak_of
from lodestock.scenario.names import Names
from lodestock.scenario.resolve import resolve
from lodestock.scenario.resolved import ResolvedScenario
from lodestock.scenario.run import run_scenario
from lodestock.scenario.solve import load_problem
from lodestock.scenario.writer import to_yaml
from lodestock.world.model import Assumption, World

Read = Callable[[str], ResolvedScenario]
RANGE = "    leak: {low: 5 %, central: 20 %, high: 35 %, source: customs}\n"
COST = Assumption(
    name="leak_cost_share",
    low=0.1,
    central=0.2,
    high=0.4,
    unit="share of reference price",
    reason="test",
    source="assumption",
    value=0.2,
)


def load(material: str, base_year: int) -> World:
    world = load_small(material, base_year)
    return replace(world, assumptions={**world.assumptions, "leak_cost_share": COST})


def own_ban(leak: Leak | None) -> ExportBan:
    return ExportBan(**here(), exporters=("AAA",), importers=("BBB", "CCC"), leak=leak)


@pytest.mark.parametrize(
    ("text", "leak"),
    [
        ("    leak: 20 %\n", Leak(share=0.2, low=0.2, high=0.2)),
        ("    leak: {value: 0.2, unit: fraction}\n", Leak(share=0.2, low=0.2, high=0.2)),
        (RANGE, Leak(share=0.2, low=0.05, high=35 * 0.01, source="customs")),
        ("    leak: 0 %\n", None),
        ("", None),
    ],
)
def test_what_people_write(text: str, leak: Leak | None, ban: str, read: Read, names: Names) -> None:
    scenario = read(ban + text)
    term = scenario.case.instruments[0]
    assert leak_of(term) == leak
    again = resolve(document_of_bytes(to_yaml(scenario).encode(), "again.yaml"), names)
    assert leak_of(again.case.instruments[0]) == leak


@pytest.mark.parametrize(
    ("text", "error", "match"),
    [
        ("    leak: 120 %\n", LodestockError, "at most 100 %"),
        ("    leak: 5 t\n", LodestockError, "does not fit"),
        ("    leak: {low: 30 %, central: 20 %, high: 35 %}\n", ConflictError, "out of order"),
        ("    leak: {low: 5 %, high: 35 %}\n", FileFormatError, "central is missing"),
        ("    leak: {low: 5 %, centre: 20 %, high: 35 %}\n", FileFormatError, "did you mean 'central'"),
    ],
)
def test_bad_leaks(text: str, error: type[LodestockError], match: str, ban: str, read: Read) -> None:
    with pytest.raises(error, match=match) as caught:
        read(ban + text)
    assert "case.yaml" in str(caught.value)
    assert "leak" in str(caught.value)


def test_licences_and_quotas_take_it_too(ban: str, read: Read) -> None:
    quota = ban.replace("export_ban", "export_quota") + "    limit: 50 %\n" + RANGE
    licence = ban.replace("export_ban", "export_licence") + "    plateau: 50 %\n" + RANGE
    for text, kind in ((quota, ExportQuota), (licence, ExportLicence)):
        term = read(text).case.instruments[0]
        assert isinstance(term, kind)
        assert term.leak is not None
        assert term.leak.high == pytest.approx(0.35)
        assert "20 % (5 % to 35 %) of the base flow it blocks leaks round it" in "\n".join(
            explain_plan(read(text))
        )


def test_a_leak_is_a_flow_of_its_own_kind() -> None:
    outcome = run_scenario(resolved(case(own_ban(Leak(share=0.2, low=0.2, high=0.2)))), load=load)
    flows = outcome.cases["scenario"].flows.filter(outcome.cases["scenario"].flows["kind"] == "leak")
    # base flows of the small world: 19 t to BBB, 15 t to CCC
    assert dict(zip(flows["importer"], flows["t"], strict=True)) == pytest.approx({"BBB": 3.8, "CCC": 3.0})
    assert flows["base_t"].to_list() == [0.0, 0.0]
    paid = outcome.cases["scenario"].payments
    assert set(paid.filter(paid["kind"] == "leak_rent")["country"]) == {"AAA", "BBB", "CCC"}


def test_its_range_is_an_input_and_its_cost_only_where_something_leaks() -> None:
    tight = load_problem(resolved(case(own_ban(None))), load)
    assert {factor.name for factor in inputs(tight)} == {"use_elasticity_short"}
    loose = load_problem(resolved(case(own_ban(Leak(share=0.2, low=0.05, high=0.35)))), load)
    assert [factor.name for factor in inputs(loose)] == [
        "leak[term]",
        "use_elasticity_short",
        "leak_cost_share",
    ]
    fixed = load_problem(resolved(case(own_ban(Leak(share=0.2, low=0.2, high=0.2)))), load)
    assert "leak[term]" not in {factor.name for factor in inputs(fixed)}


def test_the_price_abroad_falls_with_the_leak() -> None:
    changes = []
    for share in (None, 0.1, 0.3, 0.6, 0.9):
        leak = None if share is None else Leak(share=share, low=share, high=share)
        case_ = run_scenario(resolved(case(own_ban(leak))), load=load).cases["scenario"]
        prices = case_.reference_prices
        row = prices.filter((prices["market"] == "abroad") & (prices["stage"] == "refined"))
        changes.append(float(row["change"][0]))
    assert changes == sorted(changes, reverse=True)
    assert len(set(changes)) == len(changes)
