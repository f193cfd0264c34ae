"""The page of supply risk: who is exposed to what, how sure that is, and where the numbers come from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lodestock.report.charts.risk import axes_chart, driver_chart, leader_map, ranking_chart, trend_chart
from lodestock.report.drawing import draw
from lodestock.report.html import render_page
from lodestock.report.names import capital, country_name, material_name
from lodestock.report.numbers import ABSENT, count, joined, money, percent
from lodestock.report.outlines import Outline, shipped_outlines
from lodestock.report.table import Column, Table, table
from lodestock.report.writing import write_text

if TYPE_CHECKING:
    from lodestock.risk.assess import Assessment, MaterialRow

SOURCES = (
    *("usgs-mcs2026", "usgs-mcs2025", "iea-cmde2025", "eu-crm2023", "worldbank-wgi2023"),
    *("cepii-baci-hs92", "cepii-baci-hs17", "own-work"),
)
METHODS = (
    (
        "Supply risk (SR), EU",
        "Governance-weighted concentration of world supply and of sourcing, blended by import reliance, less "
        "recycling, times substitution; the riskier stage.",
    ),
    (
        "GeoPolRisk",
        "Concentration of world output times the political risk of imports, per tonne that is available.",
    ),
    (
        "HHI, N-1",
        "Sum of squared shares of world output by country; output left without the largest supplier.",
    ),
    (
        "US 2022",
        "Cube root of disruption potential, trade exposure and economic vulnerability, with open indices in "
        "place of unpublished ones: an order, not the level of the published list.",
    ),
    (
        "Expected loss",
        "Every large supplier's stop of exports solved in the market model, times its assumed probability: "
        "loss of surplus of the members, USD a year.",
    ),
)


def write_risk_page(assessment: Assessment, path: Path) -> Path:
    """Write the page to ``path``, whole or not at all.

    Raises
    ------
    LodestockError
        The file cannot be written.
    """
    return write_text(path, risk_page(assessment, shipped_outlines()))


def risk_page(assessment: Assessment, outlines: Sequence[Outline]) -> str:
    """Return the page as self-contained HTML."""
    from lodestock.risk.assess import trend

    known = any(row.ei is not None for row in assessment.materials)
    in_order = (
        axes_chart(assessment) if known else None,
        ranking_chart(assessment),
        driver_chart(assessment),
        leader_map(assessment, outlines),
        trend_chart(assessment, trend([row.material for row in assessment.materials])),
    )
    drawn = draw([figure for figure in in_order if figure is not None])
    return render_page("risk.html.j2", _context(assessment, drawn))


def _context(assessment: Assessment, drawn: dict[str, Any]) -> dict[str, Any]:
    whose = _perspective(assessment)
    return {
        "title": f"Supply risk of {whose}",
        "year": assessment.year,
        "lead": lead(assessment),
        "axes": drawn.get("risk-axes"),
        "ranking": drawn["risk-ranking"],
        "map": drawn["risk-map"],
        "trend": drawn["risk-trend"],
        "drivers": drawn.get("risk-drivers"),
        "summary": _summary_table(assessment),
        "losses": _loss_table(assessment),
        "stages": _stage_table(assessment),
        "methods": table("methods", "Methods", ("Indicator", "What it says"), METHODS),
        "assumptions": _assumption_table(),
        "sources": _source_table(),
        "limits": (
            "Indicators describe who depends on whom; they forecast nothing. Governance is published to "
            "2022. Where no trade is observed, flows are those of the calibrated world and marked. "
            "Substitution indices come from this project's assumptions on end uses, recycling rates from "
            "the EU study where it has them, so that the list here is not the Commission's."
        ),
    }


def _perspective(assessment: Assessment) -> str:
    if assessment.perspective.upper() in ("EU27", "EU"):
        return "the European Union"
    if len(assessment.members) == 1:
        return country_name(assessment.members[0])
    return f"{assessment.perspective} ({count(len(assessment.members), 'country', 'countries')})"


def lead(assessment: Assessment) -> list[str]:
    """Return the sentences at the top."""
    rows = assessment.materials
    first = rows[:3]
    names = joined([f"{material_name(row.material)} ({row.sr:.1f})" for row in first])
    sentences = [
        f"Seen from {_perspective(assessment)} in {assessment.year}, supply risk is highest for {names}."
    ]
    critical = [row for row in rows if row.critical]
    if len(rows) > 3:
        rated = sum(row.ei is not None for row in rows)
        sentences.append(f"{len(critical)} of {rated} materials lie above both thresholds of the EU list.")
    single = [row for row in rows if row.n_minus_1 < 0.25]
    if single:
        leaders = joined([material_name(row.material) for row in single[:4]])
        more = f" and {len(single) - 4} more" if len(single) > 4 else ""
        sentences.append(
            f"For {leaders}{more}, less than a quarter of world output would be left without the largest "
            "supplier."
        )
    sure = [row for row in rows if row.band and row.band.in_top > 0.9]
    if sure and len(rows) > 10:
        shown = joined([material_name(row.material) for row in sure[:8]])
        sentences.append(f"Whatever the uncertain inputs, among the first ten are {shown}.")
    losses = sorted(
        (row for row in rows if row.expected_loss_usd is not None and row.expected_loss_usd > 0),
        key=lambda row: -(row.expected_loss_usd or 0.0),
    )
    if losses:
        shown = joined(
            [f"{material_name(row.material)} ({money(row.expected_loss_usd or 0.0)})" for row in losses[:3]]
        )
        sentences.append(
            f"In money the order differs: the largest expected losses a year are those of {shown}."
        )
    estimated = sum(row.estimated > 0.5 for row in assessment.stages)
    sentences.append(
        f"At {estimated} of {len(assessment.stages)} stages most imports are estimated, not observed; they "
        "are marked."
    )
    return sentences


def _summary_table(assessment: Assessment) -> Table:
    drawn = bool(assessment.draws)
    columns: list[Column | str] = ["Material", "Stage", Column("Supply risk")]
    columns += [Column("10 to 90 %"), Column("In first ten", "%")] if drawn else []
    columns += [
        *(Column("Importance"), "Critical", Column("GeoPolRisk"), Column("HHI"), "Largest supplier"),
        *(Column("Its share", "%"), Column("N-1", "%"), Column("Import reliance", "%"), Column("US 2022")),
    ]
    return table(
        "summary",
        "Every material, by supply risk",
        columns,
        [_summary_cells(row, drawn=drawn) for row in assessment.materials],
        "Stage: where supply risk is highest. Every other measure is taken at the stage where it is worst; "
        "for the largest supplier that stage is named. Importance is that for the European Union. "
        "Critical: above both thresholds after rounding.",
    )


def _summary_cells(row: MaterialRow, *, drawn: bool) -> list[str]:
    band = row.band
    spread = [f"{band.p10:.1f} to {band.p90:.1f}", _share(band.in_top)] if band else [ABSENT, ABSENT]
    return [
        capital(material_name(row.material)),
        row.stage,
        f"{row.sr:.2f}",
        *(spread if drawn else []),
        ABSENT if row.ei is None else f"{row.ei:.1f}",
        "not known" if row.critical is None else "yes" if row.critical else "no",
        f"{row.geopolrisk:.2f}",
        f"{row.hhi:.2f}",
        f"{country_name(row.top1_country)} ({row.hhi_stage})",
        _share(row.top1),
        _share(row.n_minus_1),
        _share(row.import_reliance),
        f"{row.us2022:.2f}",
    ]


def _loss_table(assessment: Assessment) -> Table | None:
    known = [row for row in assessment.materials if row.expected_loss_usd is not None]
    if not known:
        return None
    ordered = sorted(known, key=lambda row: -(row.expected_loss_usd or 0.0))[:20]
    rows = [
        [capital(material_name(row.material)), money(row.expected_loss_usd or 0.0), row.loss_stage or ABSENT]
        for row in ordered
    ]
    note = (
        "Sum over suppliers with at least 5 % of world output of the loss from a one-year stop of their "
        "exports, times its assumed probability. Negative: the members gain, as producers. Losses further "
        "down the chain are not counted."
    )
    if assessment.failures:
        note += (
            " Without a result: "
            + "; ".join(f"{name} ({why})" for name, why in assessment.failures.items())
            + "."
        )
    columns = ("Material", Column("Expected loss", "USD a year"), "Stage with most of it")
    return table("losses", "Expected loss: the twenty largest", columns, rows, note)


def _stage_table(assessment: Assessment) -> Table:
    rows = [
        [
            capital(material_name(row.material)),
            row.stage,
            f"{row.sr:.2f}",
            f"{row.hhi:.2f}",
            f"{country_name(row.top1_country)} {_share(row.top1)}",
            _share(row.import_reliance),
            f"{row.geopolrisk:.2f}",
            row.geopolrisk_basis,
            _share(row.estimated),
            "; ".join(row.flags) or ABSENT,
        ]
        for row in assessment.stages
    ]
    columns = (
        *("Material", "Stage", Column("Supply risk"), Column("HHI"), "Largest supplier"),
        *(
            Column("Import reliance", "%"),
            Column("GeoPolRisk"),
            "Flows",
            Column("Estimated", "% of imports"),
            "Notes",
        ),
    )
    return table("stages", "Every stage", columns, rows)


def _assumption_table() -> Table:
    from lodestock.risk.assumptions import book

    rows = [
        [
            row.name.replace("_", " "),
            f"{row.low:g}",
            f"{row.central:g}",
            f"{row.high:g}",
            row.unit,
            row.reason,
        ]
        for rows in book().rows.values()
        for row in rows
    ]
    columns = ("Assumption", Column("Low"), Column("Central"), Column("High"), "Unit", "Reason")
    return table("assumptions", "Assumptions", columns, rows)


def _source_table() -> Table:
    from lodestock.data.snapshot import load_table

    rows = [
        [row["source_id"], row["publisher"], row["title"], str(row["vintage"])]
        for row in load_table("sources").to_dicts()
        if row["source_id"] in SOURCES
    ]
    return table("sources", "Sources", ("Source", "Publisher", "Title", "Vintage"), rows)


def _share(value: float) -> str:
    return percent(value, sign=False)
