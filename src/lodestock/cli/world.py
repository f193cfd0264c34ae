"""``lodestock world``: the calibrated base year of one material."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lodestock.cli.output import JsonOption, check_for_place, echo_json


def world(
    material: Annotated[str, typer.Argument(help="Material, see: lodestock list materials.")],
    html: Annotated[
        Path | None, typer.Option("--html", help="Also draw the page into this file.", dir_okay=False)
    ] = None,
    json: JsonOption = False,
) -> None:
    """Show the calibrated base year of a material.

    Who mines, refines, feeds and uses it, at what price, what is observed and what is estimated.
    """
    from lodestock.world.cache import load_world
    from lodestock.world.summary import summarise, summary_text

    check_for_place(html)
    summary = summarise(load_world(material))
    if html is not None:
        from lodestock.report.world_page import write_world_page

        write_world_page(summary, html)
    if json:
        echo_json(summary.as_dict())
    else:
        typer.echo(summary_text(summary))
        if html is not None:
            typer.echo(f"page: {html}")
