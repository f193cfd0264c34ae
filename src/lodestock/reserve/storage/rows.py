"""Rows of a review of lots, as commands, workbook and page show them."""

from __future__ import annotations

from typing import Any

from lodestock.reserve.storage.forms import storage_forms
from lodestock.reserve.storage.register import LotState
from lodestock.reserve.storage.review import Review

Row = dict[str, Any]

UNITS = {
    **dict.fromkeys(("tonnes", "contained_t"), "t"),
    **dict.fromkeys(
        (
            *("value_usd", "loss_usd", "penalty_usd", "swap_usd", "gain_usd", "cap_usd", "over_cap_usd"),
            *("uninsured_usd", "obsolete_usd", "expired_usd"),
        ),
        "USD",
    ),
    "premium_usd": "USD a year",
    **dict.fromkeys(("age_days", "days_left", "days_overdue", "inspect"), "days"),
    "assay": "1",
}


def headline(found: Review) -> Row:
    """Counts and sums over the lots that can be used."""
    states = found.states
    return {
        "date": found.today.isoformat(),
        "horizon_days": found.horizon_days,
        "lots": len(states),
        "rejected": len(found.file.rejected),
        "sites": len(found.cover),
        "tonnes": sum(s.lot.tonnes for s in states),
        "value_usd": sum(s.lot.value_usd for s in states),
        "inspections_due": sum(s.overdue for s in states),
        "expired": sum(s.expired for s in states),
        "expiring": sum(s.expires_soon for s in states),
        "expired_usd": sum(s.lot.value_usd for s in states if s.expired),
        "obsolete": sum(bool(s.obsolete) for s in states),
        "obsolete_usd": sum(s.lot.value_usd for s in states if s.obsolete),
        "rotations": len(found.rotation),
        "rotation_gain_usd": sum(step.state.gain_usd for step in found.rotation),
        "premium_usd": sum(site.premium_usd for site in found.cover),
        "uninsured_usd": sum(site.uninsured_usd for site in found.cover),
        "sites_over_cap": sum(site.over_cap_usd > 0 for site in found.cover),
        "hazards": len(found.hazards),
    }


def document(found: Review) -> Row:
    """Everything, for JSON."""
    return {"headline": headline(found), **tables(found)}


def tables(found: Review) -> dict[str, list[Row]]:
    """Every table of the review by name."""
    return {
        "lots": [_lot(state) for state in found.states],
        "inspections": [_inspection(s, found) for s in _due(found)],
        "expiries": [_expiry(s, found) for s in _ending(found)],
        "rotation": [_rotation(found, number) for number in range(len(found.rotation))],
        "obsolete": [
            {**_head(s), "age_days": s.age_days, "reason": "; ".join(s.obsolete)}
            for s in found.states
            if s.obsolete
        ],
        "insurance": [_site(found, number) for number in range(len(found.cover))],
        "hazards": [
            {
                "site": hazard.site,
                "hazards": f"{hazard.conflict.one} with {hazard.conflict.other}",
                "lots_one": list(hazard.lots_one),
                "lots_other": list(hazard.lots_other),
                "reason": hazard.conflict.reason,
            }
            for hazard in found.hazards
        ],
        "rejected": [
            {"file": found.file.path, "line": row.line, "lot": row.row.text("lot"), "reason": row.reason}
            for row in found.file.rejected
        ],
    }


def form_rows() -> list[Row]:
    """The table of storage forms."""
    return [
        {
            "form": form.form,
            "materials": list(form.materials),
            "hazards": list(form.hazards),
            "protects": list(form.protects),
            "life_days": None if form.life is None else form.life.central,
            "life_low": None if form.life is None else form.life.low,
            "life_high": None if form.life is None else form.life.high,
            "air_days": None if form.air is None else form.air.central,
            "inspect": form.inspect,
            "loss_per_year": form.loss.central,
            "minimum_assay": form.minimum_assay,
            "need": form.need,
            "reason": form.reason,
            "source": form.source,
        }
        for form in storage_forms().values()
    ]


def _head(state: LotState) -> Row:
    lot = state.lot
    return {
        "lot": lot.lot,
        "material": lot.material,
        "form": lot.form.form,
        "site": lot.site,
        "tonnes": lot.tonnes,
        "value_usd": lot.value_usd,
    }


def _lot(state: LotState) -> Row:
    return {
        **_head(state),
        "assay": state.lot.assay,
        "contained_t": state.lot.contained_t,
        "container": state.lot.container,
        "date_in": state.lot.date_in.isoformat(),
        "age_days": state.age_days,
        "inspection_due": state.inspection_due.isoformat(),
        "expiry": state.expiry.isoformat() if state.expiry else None,
        "expired": state.expired,
        "rotate": state.rotate,
        "obsolete": bool(state.obsolete),
        "loss_usd": state.loss_usd,
    }


def _due(found: Review) -> list[LotState]:
    return sorted((s for s in found.states if s.overdue), key=lambda s: (s.inspection_due, s.lot.lot))


def _inspection(state: LotState, found: Review) -> Row:
    return {
        **_head(state),
        "last": state.lot.date_inspected.isoformat(),
        "due": state.inspection_due.isoformat(),
        "days_overdue": (found.today - state.inspection_due).days,
    }


def _ending(found: Review) -> list[LotState]:
    ending = [s for s in found.states if s.expired or s.expires_soon]
    return sorted(ending, key=lambda s: (str(s.expiry), s.lot.lot))


def _expiry(state: LotState, found: Review) -> Row:
    expiry = state.expiry or found.today
    return {
        **_head(state),
        "expiry": expiry.isoformat(),
        "days_left": (expiry - found.today).days,
        "expired": state.expired,
        "need": state.lot.form.need,
    }


def _rotation(found: Review, number: int) -> Row:
    step = found.rotation[number]
    return {
        "order": step.order,
        **_head(step.state),
        "date_in": step.state.lot.date_in.isoformat(),
        "out_by": step.out_by.isoformat(),
        "loss_usd": step.state.loss_usd,
        "penalty_usd": step.state.penalty_usd,
        "swap_usd": step.state.swap_usd,
        "gain_usd": step.state.gain_usd,
    }


def _site(found: Review, number: int) -> Row:
    site = found.cover[number]
    return {
        "site": site.site,
        "lots": site.lots,
        "tonnes": site.tonnes,
        "value_usd": site.value_usd,
        "cap_usd": site.cap_usd,
        "over_cap_usd": site.over_cap_usd,
        **{f"{layer.name}_usd": part for layer, part in zip(found.layers, site.by_layer, strict=True)},
        "uninsured_usd": site.uninsured_usd,
        "premium_usd": site.premium_usd,
    }
