"""``lodestock stress``: a set of plausible shocks to one material, ranked by expected loss."""

from __future__ import annotations

from collections.abc import Sequence
from math import isinf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lodestock.cli.output import Format, FormatOption, JsonOption, echo_rows, form_of, readable
from lodestock.errors import LodestockError, UnknownNameError

if TYPE_CHECKING:
    from lodestock.disruption.bill import Line

SHOWN = (
    "rank",
    "shock",
    "kind",
    "expected_loss_usd",
    "yearly_probability",
    "loss_usd",
    "loss_p10_usd",
    "loss_p90_usd",
    "peak_abroad",
    "peak_home",
    "weeks_to_line_stop",
)


SECTORS_SHOWN = (
    "supplier_lost",
    "end_use",
    "share_of_need",
    "weeks_to_survive",
    "weeks_if_first_served",
    "use_lost_t",
    "output_lost_usd",
    "bottleneck",
    "next_bottleneck",
)


def stress(
    material: Annotated[str | None, typer.Option("--material", help="Material to test.")] = None,
    bill: Annotated[
        Path | None, typer.Option("--bill", help="Your bill of materials (CSV), instead.", dir_okay=False)
    ] = None,
    country: Annotated[
        str | None,
        typer.Option("--country", help="Whose users to follow; with --bill: whose suppliers stop."),
    ] = None,
    sectors: Annotated[
        bool,
        typer.Option("--sectors", help="How long each end use lasts, in --country or outside the supplier."),
    ] = False,
    end_use: Annotated[
        str | None, typer.Option("--end-use", help="Only this end use; implies --sectors.")
    ] = None,
    stage: Annotated[str | None, typer.Option("--stage", help="Stage; the last one when absent.")] = None,
    base_year: Annotated[int, typer.Option("--base-year", help="Base year of the world.")] = 2024,
    top: Annotated[int, typer.Option("--top", min=1, max=8, help="Producers and exporters to test.")] = 4,
    weeks: Annotated[int, typer.Option("--weeks", min=4, max=104, help="Weeks a shock lasts.")] = 26,
    draws: Annotated[int, typer.Option("--draws", min=1, help="Draws of the shared parameters.")] = 40,
    form: FormatOption = Format.table,
    json: JsonOption = False,
) -> None:
    """Rank plausible shocks to one material by expected loss.

    Each top producer out, each top exporter closed by decree, each strait or canal on the way closed, and
    combinations. With --country: how long its users last when each supplier stops. With --sectors: the same
    by end use, there or everywhere. With --bill: how long each of your products lasts, and what it loses.
    """
    form = form_of(form, json=json)
    if (material is None) == (bill is None):
        raise LodestockError("name one of --material and --bill", where="stress")
    if bill is not None:
        _bill(bill, country, float(weeks), form)
        return
    assert material is not None
    if sectors or end_use is not None:
        rows = _sectors(material, country, end_use, base_year, float(weeks), top)
        echo_rows(readable(rows, form), form, shown=SECTORS_SHOWN)
        return
    if country is not None:
        echo_rows(readable(_suppliers(material, country, base_year, float(weeks)), form), form)
        return
    from lodestock.disruption.stress import stress as rank

    found = rank(material, stage, base_year, top, weeks, draws)
    rows = [row.as_dict(n) for n, row in enumerate(found, start=1)]
    echo_rows(readable(rows, form), form, shown=SHOWN)


def _suppliers(material: str, country: str, base_year: int, weeks: float) -> list[dict[str, Any]]:
    """A country's suppliers, each lost in turn, the shortest survival first."""
    from lodestock.disruption.country import supplier_losses
    from lodestock.world.cache import load_world

    return [
        {
            "country": country,
            "supplier_lost": one.supplier,
            "share_of_need": one.share,
            "weeks_to_survive": _weeks(one.survival.weeks),
            "exposed": one.survival.weeks < weeks,
            "use_lost_usd": one.recovery.exposure,
            "bottleneck": one.survival.bottleneck,
            "next_bottleneck": one.survival.next_bottleneck,
        }
        for one in supplier_losses(load_world(material, base_year), country, weeks)
    ]


def _sectors(
    material: str, country: str | None, end_use: str | None, base_year: int, weeks: float, top: int
) -> list[dict[str, Any]]:
    """End uses by supplier lost, the shortest survival first."""
    from lodestock.disruption.sector import sector_losses
    from lodestock.world.cache import load_world

    world = load_world(material, base_year)
    return [
        {
            "users": one.country or f"all but {one.supplier}",
            "supplier_lost": one.supplier,
            "end_use": one.end_use,
            "sector": one.sector,
            "share_of_need": one.share,
            "weeks_to_survive": _weeks(one.survival.weeks),
            "weeks_if_first_served": _weeks(one.first_served.weeks),
            "exposed": one.survival.weeks < weeks,
            "use_lost_t": one.lost_t,
            "output_lost_usd": None if one.output_lost is None else one.output_lost[1],
            "output_lost_low_usd": None if one.output_lost is None else one.output_lost[0],
            "output_lost_high_usd": None if one.output_lost is None else one.output_lost[2],
            "bottleneck": one.survival.bottleneck,
            "next_bottleneck": one.survival.next_bottleneck,
        }
        for one in sector_losses(world, weeks, country=country, end_use=end_use, top=top)
    ]


def _weeks(weeks: float) -> float | None:
    """Weeks for a table; nothing where there is no limit."""
    return None if isinf(weeks) else weeks


def _bill(path: Path, country: str | None, weeks: float, form: Format) -> None:
    """Print what can be said of a bill of materials, then name the rows that were left out."""
    from lodestock.disruption.bill import read_bill
    from lodestock.table_file import name_rejected

    bill = read_bill(path)
    if bill.lines:
        echo_rows(_exposures(path, bill.lines, country, weeks), form)
    name_rejected(path, bill.rejected, len(bill.lines) + len(bill.rejected))


def _exposures(path: Path, lines: Sequence[Line], country: str | None, weeks: float) -> list[dict[str, Any]]:
    """Products of a bill of materials by country that stops, worst first."""
    from lodestock.data.catalog import resolve_country
    from lodestock.disruption.bill import exposures

    countries = sorted({line.country for line in lines})
    if country is not None:
        country = resolve_country(country, where="--country")
        if country not in countries:
            raise UnknownNameError("country", country, countries, where=str(path))
    rows = [
        {
            "country": place,
            "product": one.product,
            "site": one.site,
            "weeks_to_survive": _weeks(one.survival.weeks),
            "exposed": one.exposed(weeks),
            "margin_lost_usd": one.recovery.exposure,
            "bottleneck": one.survival.bottleneck,
            "next_bottleneck": one.survival.next_bottleneck,
        }
        for place in ([country] if country else countries)
        for one in exposures(lines, place, weeks)
    ]
    return sorted(rows, key=lambda row: -float(row["margin_lost_usd"]))
