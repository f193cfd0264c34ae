"""Results as rows of named columns, the same in the terminal, JSON, CSV, the workbook and the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from lodestock.errors import UnknownNameError

if TYPE_CHECKING:
    from lodestock.risk.assess import Assessment, MaterialRow, StageRow
    from lodestock.risk.outlook import Later
    from lodestock.risk.validate import Comparison
    from lodestock.risk.what_if import Effect

Row = dict[str, Any]

UNITS = {
    "rank": "",
    "material": "",
    "stage": "",
    "sr": "index",
    "sr_p10": "index",
    "sr_p90": "index",
    "in_top": "probability",
    "critical": "",
    "ei": "index",
    "hhi": "0 to 1",
    "top1_country": "",
    "top1": "share of output",
    "top3": "share of output",
    "n_minus_1": "share of output",
    "import_reliance": "share of use",
    "geopolrisk": "0 to 1",
    "cf": "kg Cu-eq per kg",
    "us2022": "0 to 1",
    "yale_sr": "0 to 100",
    "expected_loss_usd": "USD a year",
}
"""Unit of the columns that have one."""


def summary_rows(assessment: Assessment) -> list[Row]:
    """One row per material with the headline of every method."""
    return [_summary(number, row) for number, row in enumerate(assessment.materials, start=1)]


def _summary(number: int, row: MaterialRow) -> Row:
    found: Row = {"rank": number, "material": row.material, "stage": row.stage, "sr": row.sr}
    if row.band is not None:
        found |= {"sr_p10": row.band.p10, "sr_p90": row.band.p90, "in_top": row.band.in_top}
    found |= {
        "ei": row.ei,
        "critical": row.critical,
        "geopolrisk": row.geopolrisk,
        "geopolrisk_stage": row.geopolrisk_stage,
        "hhi": row.hhi,
        "hhi_stage": row.hhi_stage,
        "top1_country": row.top1_country,
        "top1": row.top1,
        "n_minus_1": row.n_minus_1,
        "import_reliance": row.import_reliance,
        "us2022": row.us2022,
        "yale_sr": row.yale_sr,
    }
    if row.expected_loss_usd is not None:
        found |= {"expected_loss_usd": row.expected_loss_usd, "loss_stage": row.loss_stage}
    return found | {"flags": "; ".join(row.flags)}


def _eu(assessment: Assessment) -> list[Row]:
    found = []
    for number, row in enumerate(assessment.materials, start=1):
        entry: Row = {"rank": number, "material": row.material, "stage": row.stage, "sr": row.sr}
        if row.band is not None:
            band = row.band
            driver = max(band.drivers, key=lambda name: band.drivers[name]) if band.drivers else ""
            entry |= {
                "sr_p10": band.p10,
                "sr_p50": band.p50,
                "sr_p90": band.p90,
                "sr_at_least_1": band.critical,
                "rank_p10": band.rank_p10,
                "rank_p90": band.rank_p90,
                "in_top": band.in_top,
                "other_stage": band.other_stage,
                "driver": driver,
            }
        market = next(m for m in assessment.markets if (m.material, m.stage) == (row.material, row.stage))
        found.append(
            entry
            | {
                "ei": row.ei,
                "critical": row.critical,
                "basis": market.basis,
                "hhi_world": market.hhi_world,
                "hhi_sourcing": market.hhi_sourcing,
                "import_reliance": market.import_reliance,
                "recycling_rate": market.recycling_rate,
                "substitution": market.substitution,
                "flags": "; ".join(row.flags),
            }
        )
    return found


def _stages(columns: Sequence[str], by: str) -> Callable[[Assessment], list[Row]]:
    def rows(assessment: Assessment) -> list[Row]:
        ordered: list[StageRow] = sorted(assessment.stages, key=lambda row: -float(getattr(row, by)))
        return [
            {"rank": number, **{name: getattr(row, name) for name in columns}, "flags": "; ".join(row.flags)}
            for number, row in enumerate(ordered, start=1)
        ]

    return rows


def _us2022(assessment: Assessment) -> list[Row]:
    ordered = sorted(assessment.materials, key=lambda row: -row.us2022)
    return [
        {
            "rank": number,
            "material": row.material,
            "us2022": row.us2022,
            "us2022_listed": row.us2022_listed,
            "import_reliance": row.import_reliance,
            "top1_country": row.top1_country,
            "top1": row.top1,
        }
        for number, row in enumerate(ordered, start=1)
    ]


def _yale(assessment: Assessment) -> list[Row]:
    ordered = sorted(assessment.materials, key=lambda row: -(row.yale_sr or 0.0))
    return [
        {
            "rank": number,
            "material": row.material,
            "yale_sr": row.yale_sr,
            "missing": ", ".join(row.yale_missing),
        }
        for number, row in enumerate(ordered, start=1)
    ]


def _losses(assessment: Assessment) -> list[Row]:
    known = [row for row in assessment.materials if row.expected_loss_usd is not None]
    ordered = sorted(known, key=lambda row: -(row.expected_loss_usd or 0.0))
    found: list[Row] = [
        {
            "rank": number,
            "material": row.material,
            "expected_loss_usd": row.expected_loss_usd,
            "stage": row.loss_stage,
            "note": "",
        }
        for number, row in enumerate(ordered, start=1)
    ]
    return found + [
        {"rank": None, "material": name, "expected_loss_usd": None, "stage": "", "note": why}
        for name, why in assessment.failures.items()
    ]


METHOD_ROWS: dict[str, Callable[[Assessment], list[Row]]] = {
    "all": summary_rows,
    "eu": _eu,
    "geopolrisk": _stages(
        (
            "material",
            "stage",
            "geopolrisk",
            "cf",
            "geopolrisk_basis",
            "hhi",
            "import_reliance",
            "unit_value_ratio",
        ),
        "geopolrisk",
    ),
    "concentration": _stages(
        (
            *("material", "stage", "hhi", "hhi_by_owner", "top1_country", "top1", "top3", "n_minus_1"),
            "hhi_sourcing",
        ),
        "hhi",
    ),
    "reliance": _stages(
        ("material", "stage", "import_reliance", "published_nir", "hhi_sourcing", "estimated"),
        "import_reliance",
    ),
    "us2022": _us2022,
    "expected-loss": _losses,
    "yale": _yale,
}
"""Rows of a method by its name on the command line."""


def method_rows(assessment: Assessment, method: str) -> list[Row]:
    """Rows of one method.

    Raises
    ------
    UnknownNameError
        No such method; names the nearest one.
    """
    if method not in METHOD_ROWS:
        raise UnknownNameError("method", method, METHOD_ROWS)
    return METHOD_ROWS[method](assessment)


def later_rows(later: Sequence[Later]) -> list[Row]:
    """Rows of the outlook."""
    names = (
        *("material", "stage", "year", "scenario", "sr_now", "sr", "hhi_now", "hhi", "top1_country", "top1"),
        *("import_reliance_now", "import_reliance", "supply_growth", "demand_growth", "demand_is_published"),
    )
    return [{name: getattr(row, name) for name in names} for row in later]


def effect_rows(effects: Sequence[Effect]) -> list[Row]:
    """Rows of a what-if, in the order given."""
    return [
        {
            "case": row.case,
            "material": row.material,
            "stage": row.stage,
            "sr_before": row.sr_before,
            "sr": row.sr,
            "hhi_before": row.hhi_before,
            "hhi": row.hhi,
            "import_risk_before": row.import_risk_before,
            "import_risk": row.import_risk,
            "cost_usd": row.cost_usd,
            "public_usd": row.public_usd,
            "sr_per_100m_usd": row.per_dollar,
            "expected_loss_before_usd": row.expected_loss_before_usd,
            "expected_loss_usd": row.expected_loss_usd,
            "loss_avoided_per_usd": row.loss_avoided_per_dollar,
            "note": row.note,
        }
        for row in effects
    ]


def comparison_rows(comparison: Comparison) -> list[Row]:
    """Rows of the comparison with published results."""
    return [
        {
            "material": row.material,
            "sr_published": row.sr_published,
            "sr": row.sr,
            "sr_error": row.sr_error,
            "stage_published": row.stage_published,
            "stage": row.stage,
            "basis": row.basis,
            "ei_published": row.ei_published,
            "ei": row.ei,
            "critical_published": row.critical_published,
            "critical": row.critical,
            "agrees": row.agrees,
            "assumed": ", ".join(row.assumed),
            "why": row.why,
        }
        for row in comparison.rows
    ]
