"""The page of one material: what a specialist checks in a minute before believing any scenario on it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lodestock.errors import LodestockError
from lodestock.report.charts.world import share_map, world_flow_chart
from lodestock.report.drawing import Drawn, draw
from lodestock.report.figure import Figure
from lodestock.report.html import render_page
from lodestock.report.names import capital, country_name, stage_name
from lodestock.report.numbers import ABSENT, bare, joined, mass, percent, price
from lodestock.report.outlines import Outline, shipped_outlines
from lodestock.report.svg import check_for_missing_parts
from lodestock.report.table import Column, Table, table

if TYPE_CHECKING:
    from lodestock.world.model import World
    from lodestock.world.summary import WorldSummary


def write_world_page(summary: WorldSummary, path: Path) -> Path:
    """Write the page of the summary's material and base year to ``path``, whole or not at all.

    Raises
    ------
    MissingExtraError
        What draws the charts is not installed.
    LodestockError
        The file cannot be written.
    """
    from lodestock.world.cache import load_world

    check_for_missing_parts()
    world = load_world(summary.material, summary.base_year)
    text = world_page(world, summary, shipped_outlines())
    target = Path(path).absolute()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
            Path(draft).chmod(0o644)
            Path(draft).replace(target)
        finally:
            Path(draft).unlink(missing_ok=True)
    except OSError as error:
        raise LodestockError(f"the page cannot be written ({error.strerror})", where=str(target)) from error
    return target


def world_page(world: World, summary: WorldSummary, outlines: Sequence[Outline]) -> str:
    """Return the page as self-contained HTML."""
    flows = world_flow_chart(world)
    maps = list(_maps(world, outlines))
    drawn = draw([flows, *maps])
    return render_page("world.html.j2", _context(summary, drawn, maps, flows))


def _context(
    summary: WorldSummary, drawn: dict[str, Drawn], maps: Sequence[Figure], flows: Figure
) -> dict[str, Any]:
    return {
        "summary": summary,
        "title": capital(summary.name),
        "lead": lead(summary),
        "flow_figure": drawn[flows.key],
        "map_figures": [drawn[figure.key] for figure in maps],
        "countries": [item for item in _country_tables(summary) if item.rows],
        "prices": _price_table(summary),
        "observation": _observation_table(summary),
        "flow_table": _flow_table(summary),
        "end_uses": _end_use_table(summary),
        "adjustments": _adjustment_table(summary),
        "behaviour": _behaviour_table(summary),
        "sources": _source_table(summary),
    }


def _maps(world: World, outlines: Sequence[Outline]) -> Iterator[Figure]:
    first = world.first_stage
    what = "mine output" if first == "mine" else "primary output"
    yield share_map(world, what, world.supply[first].quantity, outlines, "map-supply")
    if world.process is not None:
        yield share_map(world, "refining", world.process.output, outlines, "map-refining")
    yield share_map(world, "use", world.use.quantity, outlines, "map-use")


def lead(summary: WorldSummary) -> list[str]:
    """Return the sentences at the top: how much, who leads, what it costs, how much is observed."""
    sentences = [f"Quantities are {summary.basis}, in {summary.base_year}."]
    for title, rows in (
        ("Primary output", summary.producers),
        ("Refining", summary.refiners),
        ("Use", summary.users),
    ):
        if rows:
            shares = [f"{country_name(str(r['country']))} {_share(r['share'])}" for r in rows[:3]]
            total = float(rows[0]["t"]) / float(rows[0]["share"])
            sentences.append(f"{title}: {mass(total, digits=3)}, led by {joined(shares)}.")
    sentences += [
        f"Old scrap adds {mass(float(row['secondary_t']))} at the {row['stage']} stage."
        for row in summary.balance
        if float(row["secondary_t"]) > 0.0
    ]
    for row in summary.observation:
        abroad = 1.0 - float(row["domestic"])
        if abroad > 0.0:
            seen, moved, guessed = (
                _share(float(row[key]) / abroad) for key in ("observed", "adjusted", "estimated")
            )
            sentences.append(
                f"Of the {row['stage']} tonnes that cross a border {seen} agree with trade statistics within "
                f"5 %, {moved} were moved further so that all adds up, {guessed} are estimated."
            )
    if summary.host:
        sentences.append(f"Supply is a by-product: {summary.host}.")
    return sentences


def _country_tables(summary: WorldSummary) -> Iterator[Table]:
    groups = (
        ("producers", "Who mines" if summary.stages[0] == "mine" else "Who produces", summary.producers),
        ("refiners", "Who refines", summary.refiners),
        ("users", "Who uses", summary.users),
    )
    for key, title, rows in groups:
        has_capacity = any("capacity_t" in row for row in rows)
        columns: list[Column | str] = ["Country", Column("Tonnes", "t"), Column("Share", "%")]
        columns += [Column("Capacity", "t")] if has_capacity else []
        body = [
            [
                country_name(str(row["country"])),
                mass(float(row["t"])),
                _share(row["share"]),
                *([mass(float(row["capacity_t"]))] if has_capacity else []),
                str(row["status"]),
            ]
            for row in rows
        ]
        yield table(key, title, [*columns, "Status"], body)


def _price_table(summary: WorldSummary) -> Table:
    rows = []
    for row in summary.prices:
        reference = float(row["usd_per_t"])
        rows.append(
            [
                stage_name(str(row["stage"])),
                str(row["form"]),
                price(reference),
                *(
                    f"{price(float(row[f'{end}_usd_per_t']), reference)} "
                    f"({country_name(str(row[f'{end}_country']))})"
                    for end in ("lowest", "highest")
                ),
            ]
        )
    columns = (
        "Stage",
        "Price of",
        Column("Reference", "USD"),
        Column("Lowest", "USD"),
        Column("Highest", "USD"),
    )
    return table("prices", "Prices per unit of contained element", columns, rows)


def _observation_table(summary: WorldSummary) -> Table:
    rows = [
        [
            stage_name(str(row["stage"])),
            *(_share(row[key]) for key in ("domestic", "observed", "adjusted", "estimated")),
            mass(float(row["observed_trade_t"])),
            mass(float(row["fitted_trade_t"])),
        ]
        for row in summary.observation
    ]
    columns = (
        "Stage",
        *(Column("Domestic", "% of tonnes"), Column("Observed", "% of tonnes")),
        *(Column("Adjusted", "% of tonnes"), Column("Estimated", "% of tonnes")),
        *(Column("Trade observed", "t"), Column("Trade in the world", "t")),
    )
    note = (
        "Observed: within 5 % of the trade statistics. Adjusted: moved by more, so that the tonnes add up. "
        "Estimated: no observation. Domestic: what a country takes from itself."
    )
    return table("observation", "What is observed and what is estimated", columns, rows, note)


def _flow_table(summary: WorldSummary) -> Table:
    rows = [
        [
            f"{country_name(str(row['exporter']))} to {country_name(str(row['importer']))}",
            stage_name(str(row["stage"])),
            mass(float(row["t"])),
            mass(float(row["observed_t"])) if float(row["observed_t"]) > 0 else ABSENT,
            str(row["status"]),
        ]
        for row in summary.flows
    ]
    columns = ("From, to", "Stage", Column("In the world", "t"), Column("Observed", "t"), "Status")
    return table("flows", "The largest flows between countries", columns, rows)


def _end_use_table(summary: WorldSummary) -> Table:
    rows = [
        [
            capital(str(row["end_use"])),
            _share(row["share"]),
            _share(row["leaves_share"]),
            f"{bare(float(row['from_price_multiple']), 2)} to {bare(float(row['to_price_multiple']), 2)}",
            str(row["reason"]),
        ]
        for row in summary.end_uses
    ]
    columns = (
        "End use",
        *(Column("Share of use", "%"), Column("Can leave", "% of it")),
        Column("Between prices of", "times base"),
        "Reason",
    )
    return table("end-uses", "What it is used for, and what can substitute", columns, rows)


def _adjustment_table(summary: WorldSummary) -> Table:
    rows = [
        [
            f"{capital(str(row['kind']))}, {row['stage']}",
            " to ".join(country_name(str(row[key])) for key in ("country", "partner") if row[key]),
            *(f"{bare(float(row[key]), 3)} {row['unit']}" for key in ("observed", "fitted")),
            str(row["reason"]),
        ]
        for row in summary.adjustments
    ]
    columns = ("What", "Where", Column("Published"), Column("Used"), "Reason")
    note = "Every figure moved by more than 5 % is recorded; these are the ten that move most tonnes."
    return table("adjustments", "The ten largest adjustments", columns, rows, note)


def _behaviour_table(summary: WorldSummary) -> Table:
    rows = [
        [
            str(row["assumption"]).replace("_", " "),
            *(bare(float(row[key]), 3) for key in ("low", "central", "high")),
            *(str(row[key]) for key in ("unit", "reason", "source")),
        ]
        for row in summary.behaviour
    ]
    columns = ("Assumption", Column("Low"), Column("Central"), Column("High"), "Unit", "Reason", "Source")
    return table("behaviour", "How supply, refining, use and trade respond", columns, rows)


def _source_table(summary: WorldSummary) -> Table:
    from lodestock.data.snapshot import load_table

    known = {row["source_id"]: row for row in load_table("sources").to_dicts()}
    rows = [
        [
            identity,
            *(str(known.get(identity, {}).get(key) or "") for key in ("publisher", "title", "vintage")),
        ]
        for identity in summary.sources
    ]
    return table("sources", "Sources", ("Source", "Publisher", "Title", "Vintage"), rows)


def _share(value: float | str) -> str:
    return percent(float(value), sign=False)
