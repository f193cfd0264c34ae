"""The report's sections: which figures and tables stand where, and the sentences that open them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lodestock.errors import LodestockError
from lodestock.report import measure_tables, provenance, tables, weekly
from lodestock.report.charts.alternatives import alternatives_chart
from lodestock.report.charts.flows import flow_chart
from lodestock.report.charts.gap import gap_chart, gap_table
from lodestock.report.charts.maps import price_map, shortage_map
from lodestock.report.charts.parties import surplus_country_chart, surplus_party_chart
from lodestock.report.charts.price_band import price_band
from lodestock.report.charts.spread import spread_chart
from lodestock.report.charts.stages import stage_chart
from lodestock.report.charts.tornado import tornado
from lodestock.report.charts.waterfall import waterfall
from lodestock.report.charts.weekly import weekly_chart
from lodestock.report.figure import Figure
from lodestock.report.frames import MANY, headline_material
from lodestock.report.limits import LIMITS
from lodestock.report.names import capital, material_name
from lodestock.report.other_equilibrium import other_equilibrium_table
from lodestock.report.outlines import Outline
from lodestock.report.periods import period_table
from lodestock.report.second_model import second_model_sentences, second_model_table
from lodestock.report.table import Table

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome

Kind = Literal["heading", "figure", "pair", "table", "limits", "explain", "list", "files"]


@dataclass(frozen=True)
class Block:
    """One piece of a section; ``item`` is what ``kind`` says."""

    kind: Kind
    item: object
    level: str = "h3"
    wrap: bool = False
    total: bool = False
    row_prefix: str = ""


@dataclass(frozen=True)
class Section:
    """A heading with its anchor, opening sentences and blocks."""

    key: str
    title: str
    text: tuple[str, ...]
    blocks: tuple[Block, ...]


def first_page_figures(outcome: Outcome) -> list[list[Figure]]:
    """Return the figures of the first page in two columns: prices and what drives them; who pays."""
    drivers = tornado(outcome, headline_material(outcome), at_most=3, key="drivers")
    few = len(outcome.materials) < MANY
    left = [price_band(outcome), *([drivers] if few and drivers is not None else [])]
    return [left, [surplus_party_chart(outcome, first_only=True)]]


def solved_sections(outcome: Outcome, outlines: Sequence[Outline]) -> Iterator[Section]:
    """Yield the sections that show results."""
    many = len(outcome.materials) > 1
    level = "h4" if many else "h3"
    where: list[Block] = [_table(tables.price_table(outcome))]
    flows: list[Block] = []
    stages: list[Block] = []
    for material in outcome.materials:
        heading = [Block("heading", capital(material_name(material)))] if many else []
        where += [
            *heading,
            Block(
                "pair",
                [price_map(outcome, material, outlines), shortage_map(outcome, material, outlines)],
                level,
            ),
            _table(tables.country_price_table(outcome, material)),
        ]
        flows += [*heading, Block("figure", flow_chart(outcome, material), level)]
        stages += [
            *heading,
            Block("figure", stage_chart(outcome, material), level),
            *_gap_blocks(outcome, material, level),
            _table(tables.quantity_table(outcome, material)),
        ]
    yield Section("where", "Prices and shortage, country by country", (), tuple(where))
    yield Section("flows", "Who feeds whom, before and after", (), tuple(flows))
    yield Section("stages", "Price and quantity at every stage", (), tuple(stages))
    path = period_table(outcome)
    if path is not None:
        yield Section("periods", "Period by period", (), (_table(path),))
    yield from _weekly_section(outcome)
    yield _surplus_section(outcome)
    measures = [measure_tables.levy_table(outcome), measure_tables.limit_table(outcome)]
    found = [item for item in measures if item is not None]
    if found:
        yield Section("levies", found[0].title, (), tuple(_table(item) for item in found))
    yield from _other_equilibrium_section(outcome)
    yield _alternatives_section(outcome)
    yield _uncertainty_section(outcome)
    yield from _second_model_section(outcome)


def _other_equilibrium_section(outcome: Outcome) -> Iterator[Section]:
    """Both equilibria where two were found; no section otherwise."""
    found = other_equilibrium_table(outcome)
    if found is not None:
        text = (
            "With these levies the market has more than one equilibrium. All numbers above are those shown."
        )
        yield Section("other-equilibrium", "Could it come out otherwise?", (text,), (_table(found),))


def _weekly_section(outcome: Outcome) -> Iterator[Section]:
    """The path of every material that an export control or an outage hits; no section without one."""
    paths = weekly.paths_of(outcome)
    if not paths:
        return
    said = tuple(weekly.description(path) for path in paths)
    blocks: list[Block] = []
    for path in paths:
        blocks += [Block("figure", weekly_chart(path)), _table(weekly.destination_table(path))]
        for found in (weekly.sector_table(path), weekly.country_loss_table(path)):
            if found is not None:
                blocks.append(Block("table", found, total=True))
    yield Section("weekly", "Week by week", (weekly.WEEKLY, *said), tuple(blocks))


def _gap_blocks(outcome: Outcome, material: str, level: str) -> list[Block]:
    """What closes the gap where something was lost; else how use is met."""
    chart, found = gap_chart(outcome, material), gap_table(outcome, material)
    if chart is None or found is None:
        return [Block("figure", waterfall(outcome, material), level)]
    return [Block("figure", chart, level), _table(found)]


def _surplus_section(outcome: Outcome) -> Section:
    payments = measure_tables.payment_table(outcome)
    blocks = [
        Block("table", tables.surplus_table(outcome), total=True),
        Block("pair", [surplus_party_chart(outcome), surplus_country_chart(outcome)]),
        *([_table(payments)] if payments is not None else []),
    ]
    text = (
        "Surplus is what a party is better or worse off by in a year: for users what the material is worth "
        "to them less what they pay, for producers what they receive less the cost they could have "
        "avoided, for treasuries money. The parties add up to the whole change, without a residual.",
    )
    return Section("surplus", "Who gains and who pays", text, tuple(blocks))


def _alternatives_section(outcome: Outcome) -> Section:
    from lodestock.scenario.explain import explain_plan

    found = tables.alternatives_table(outcome)
    chart = alternatives_chart(outcome)
    plan = Block("list", explain_plan(outcome.resolved))
    heading = Block("heading", "The cases, in words")
    if found is None:
        text = "The scenario names no alternatives; doing nothing is described on the first page."
        return Section("alternatives", "Cases solved", (text,), (heading, plan))
    blocks = [*([Block("figure", chart)] if chart is not None else []), Block("table", found), heading, plan]
    return Section("alternatives", "Alternatives, and who pays under each", (), tuple(blocks))


def _uncertainty_section(outcome: Outcome) -> Section:
    blocks: list[Block] = []
    for material in outcome.materials:
        charts = (spread_chart(outcome, material), tornado(outcome, material))
        shown = [chart for chart in charts if chart is not None]
        if len(outcome.materials) > 1 and shown:
            blocks.append(Block("heading", capital(material_name(material))))
        if shown:
            blocks.append(Block("pair", shown, "h4" if len(outcome.materials) > 1 else "h3"))
    found = provenance.band_table(outcome)
    if found is None:
        text = "No draws were made. Run again with --draws to see how far the assumptions carry the results."
        return Section("uncertainty", "How sure are the numbers?", (text,), ())
    text = (
        f"{outcome.draws_asked - outcome.draws_failed} draws were solved, each with every assumption drawn "
        "from its range. Bands say how far the assumptions carry the results; they do not cover errors in "
        "the base-year data or what the model leaves out."
    )
    reasons = tuple(f"Left out, without a solution: {reason}" for reason in outcome.draw_failures)
    return Section("uncertainty", "How sure are the numbers?", (text, *reasons), (*blocks, _table(found)))


def _second_model_section(outcome: Outcome) -> Iterator[Section]:
    """The same shock under another law of trade; no section where nothing can be stated."""
    from lodestock.scenario.second_model import second_model

    found = second_model(outcome.resolved)
    if found.rows:
        text = "No draw covers the choice of model. This is the same shock, data and curves with another one."
        said = tuple(second_model_sentences(outcome, found))
        blocks = (_table(second_model_table(outcome, found)),)
        yield Section("second-model", "Would another model say the same?", (text, *said), blocks)


def record_sections(outcome: Outcome, files: Sequence[tuple[str, str]]) -> Iterator[Section]:
    """Yield the sections that stand in every report: sources, assumptions, certificate, limits, record."""
    explained = list(explanations(outcome))
    text = [
        "Figures of the base year are published claims. Each can be traced with "
        "lodestock explain, to the publisher's own text, its conversion and what rival publishers say."
    ]
    yield Section(
        "sources",
        "Sources",
        tuple(text),
        (
            Block("table", provenance.source_table(outcome), wrap=True, row_prefix="source-"),
            *([Block("heading", "The largest base-year figures, explained")] if explained else []),
            Block("explain", explained),
        ),
    )
    adjustments = provenance.adjustment_table(outcome)
    yield Section(
        "assumptions",
        "Assumptions",
        ("What no publication states is a range with a reason. Draws vary every one of them.",),
        (
            Block("table", provenance.assumption_table(outcome), wrap=True),
            *([Block("table", adjustments, wrap=True)] if adjustments is not None else []),
        ),
    )
    yield Section(
        "certificate",
        "Certificate",
        ("Every solution is checked apart from the solver: conditions of equilibrium and the accounts.",),
        (Block("table", provenance.certificate_table(outcome), wrap=True),),
    )
    yield Section("limits", "What is not modelled", (), (Block("limits", LIMITS),))
    yield Section(
        "record",
        "Run record and files",
        (),
        (
            Block("table", provenance.run_table(outcome), wrap=True),
            *([Block("files", files)] if files else []),
        ),
    )


def explanations(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Yield (command, answer) for the largest base figures; a figure without a claim is left out."""
    from lodestock.data.explain import explain

    for query in provenance.explain_queries(outcome):
        try:
            yield f'lodestock explain "{query}"', explain(query).text()
        except LodestockError:
            continue


def figures_in(sections: Sequence[Section]) -> Iterator[Figure]:
    """Yield the figures of sections in reading order."""
    for section in sections:
        for block in section.blocks:
            if isinstance(block.item, Figure):
                yield block.item
            elif block.kind == "pair" and isinstance(block.item, list):
                yield from block.item


def _table(item: Table) -> Block:
    return Block("table", item)
