"""``lodestock reserve storage``: the lot register, what is due, what goes out first."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lodestock.cli.output import Format, JsonOption, check_for_place, echo_json, echo_rows
from lodestock.errors import ValueOutOfRangeError

if TYPE_CHECKING:
    from lodestock.reserve.storage.review import Review

SHOWN = {
    "inspections": ("lot", "material", "form", "site", "due", "days_overdue"),
    "expiries": ("lot", "material", "form", "site", "expiry", "days_left", "value_usd", "need"),
    "rotation": ("order", "lot", "material", "form", "tonnes", "out_by", "gain_usd"),
    "obsolete": ("lot", "material", "form", "site", "value_usd", "reason"),
    "insurance": ("site", "lots", "value_usd", "over_cap_usd", "uninsured_usd", "premium_usd"),
    "hazards": ("site", "hazards", "lots_one", "lots_other", "reason"),
}
MOST_ROWS = 12
"""Rows of each table in a terminal; files carry all."""


def storage(
    lots: Annotated[Path | None, typer.Argument(help="CSV of lots; see --template.", dir_okay=False)] = None,
    day: Annotated[
        str | None, typer.Option("--date", help="Day of the review, YYYY-MM-DD; today by default.")
    ] = None,
    horizon: Annotated[int, typer.Option("--horizon", min=0, help="Days ahead for expiries.")] = 365,
    swap_cost: Annotated[
        float | None,
        typer.Option("--swap-cost", min=0.0, max=1.0, help="Cost of a swap as a share of value."),
    ] = None,
    caps: Annotated[Path | None, typer.Option("--caps", help="CSV of site, cap_usd.", dir_okay=False)] = None,
    layers: Annotated[
        Path | None,
        typer.Option("--layers", help="CSV of layer, from_usd, to_usd, rate, lowest first.", dir_okay=False),
    ] = None,
    template: Annotated[
        Path | None, typer.Option("--template", help="Write a file of lots to start from.", dir_okay=False)
    ] = None,
    forms: Annotated[bool, typer.Option("--forms", help="List the storage forms and their sources.")] = False,
    json: JsonOption = False,
    xlsx: Annotated[
        Path | None, typer.Option("--xlsx", help="Also write a workbook.", dir_okay=False)
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Also draw the page.", dir_okay=False)] = None,
) -> None:
    """Review a lot register: inspections, expiries, rotation, insurance, obsolete lots, hazards.

    Lives, hazards and losses come from a sourced table by form. A row that cannot be used is named with its
    line and reason and left out; the other rows are reviewed, and the exit code is 2.

    Example: lodestock reserve storage lots.csv --date 2026-11-22 --xlsx register.xlsx
    """
    from lodestock.reserve.storage.review import read_caps, read_layers, review
    from lodestock.reserve.storage.rows import document, form_rows
    from lodestock.reserve.storage.template import write_template
    from lodestock.table_file import name_rejected

    check_for_place(xlsx, html, template)
    if template is not None:
        typer.echo(f"template: {write_template(template)}")
        return
    if forms:
        echo_rows(
            form_rows(),
            Format.json if json else Format.table,
            shown=("form", "life_days", "hazards", "source"),
        )
        return
    if lots is None:
        raise ValueOutOfRangeError("no file of lots", allowed="a CSV, --template FILE or --forms")
    found = review(
        lots,
        _day(day),
        horizon_days=horizon,
        swap_cost_share=swap_cost,
        caps=read_caps(caps) if caps else {},
        layers=read_layers(layers) if layers else (),
    )
    _write(found, xlsx, html)
    if json:
        echo_json(document(found))
    else:
        _show(found)
    name_rejected(lots, found.file.rejected, len(found.states) + len(found.file.rejected))


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now().astimezone().date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueOutOfRangeError(f"{text!r}", where="--date", allowed="YYYY-MM-DD") from error


def _show(found: Review) -> None:
    from lodestock.reserve.storage.rows import headline, tables

    head = headline(found)
    typer.echo(
        f"{head['lots']} lots at {head['sites']} sites on {head['date']}: "
        f"{head['inspections_due']} inspections due, {head['expired']} expired, "
        f"{head['expiring']} expiring in {head['horizon_days']} days, "
        f"{head['obsolete']} obsolete, {head['rotations']} to rotate, {head['hazards']} hazards"
    )
    made = tables(found)
    for name, shown in SHOWN.items():
        if made[name]:
            typer.echo(f"\n{name}")
            echo_rows(made[name][:MOST_ROWS], Format.table, shown=shown)
            if len(made[name]) > MOST_ROWS:
                typer.echo(f"... {len(made[name]) - MOST_ROWS} more; --json or --xlsx carry all")


def _write(found: Review, xlsx: Path | None, html: Path | None) -> None:
    if xlsx is not None:
        from lodestock.report.reserve_storage import write_storage_workbook

        write_storage_workbook(found, xlsx)
    if html is not None:
        from lodestock.report.reserve_storage import write_storage_page

        write_storage_page(found, html)
