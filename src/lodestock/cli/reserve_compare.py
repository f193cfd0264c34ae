"""``lodestock reserve compare``: what buys the most security per dollar."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lodestock.cli.output import (
    Format,
    JsonOption,
    check_for_place,
    echo_json,
    echo_rows,
    form_of,
    readable,
    say_written,
)
from lodestock.cli.progress import progress_bar

if TYPE_CHECKING:
    from lodestock.reserve.compare import Ranking

SHOWN = (
    *("material", "measure", "size_t", "avoided_usd", "cost_usd", "lead_years", "per_usd", "low", "high"),
    *("best_share", "note"),
)


def compare(
    material: Annotated[list[str], typer.Option("--material", help="Material; may be repeated.")],
    country: Annotated[
        str, typer.Option("--country", help="Whose loss: a country, a set (EU27), or codes joined by commas.")
    ] = "EU27",
    year: Annotated[int, typer.Option("--year", help="Base year.")] = 2024,
    size: Annotated[
        float, typer.Option("--size", help="Size of every measure, as a share of the members' use.")
    ] = 0.01,
    loss: Annotated[
        str,
        typer.Option(
            "--loss",
            help="Whose loss: users, with the public purse, or members, whose producers gain from a stop "
            "abroad.",
        ),
    ] = "users",
    draws: Annotated[
        int, typer.Option("--draws", min=0, max=5_000, help="Drawn worlds, each solved; 0 for none.")
    ] = 24,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the draws.")] = 20260101,
    json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write CSV.")] = False,
    xlsx: Annotated[
        Path | None, typer.Option("--xlsx", help="Also write a workbook.", dir_okay=False)
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Also draw the page.", dir_okay=False)] = None,
) -> None:
    """Compare a reserve with new capacity, recycling, substitution and stock mandates, per dollar.

    All measures have the same size, in the same world and under the same supply cuts; per_usd is the expected
    loss avoided per dollar over the horizon, with the time each measure takes counted.

    Example: lodestock reserve compare --material gallium --country EU27 --html compare.html
    """
    from lodestock.data.catalog import resolve_material
    from lodestock.reserve.compare import rank_measures
    from lodestock.reserve.compare_rows import document, rows
    from lodestock.risk.inputs import members_of

    form = form_of(Format.csv if as_csv else Format.table, json=json)
    check_for_place(xlsx, html)
    members = members_of(country)
    names = list(dict.fromkeys(resolve_material(name, where="--material") for name in material))
    with progress_bar(shown=not json) as progress:
        found = [
            rank_measures(
                name, members, year, size=size, counted=loss, draws=draws, seed=seed, progress=progress
            )
            for name in names
        ]
    _write(found, xlsx, html)
    if json:
        echo_json(document(found))
        return
    echo_rows(readable([row for one in found for row in rows(one)], form), form, shown=SHOWN)
    if form is Format.table:
        say_written(xlsx, html)


def _write(found: list[Ranking], xlsx: Path | None, html: Path | None) -> None:
    if xlsx is not None:
        from lodestock.report.reserve_compare import write_compare_workbook

        write_compare_workbook(found, xlsx)
    if html is not None:
        from lodestock.report.reserve_compare import write_compare_page

        write_compare_page(found, html)
