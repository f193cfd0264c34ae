"""``lodestock stress``: a set of plausible shocks to one material, ranked by expected loss."""

from __future__ import annotations

from typing import Annotated

import typer

from lodestock.cli.output import Format, FormatOption, JsonOption, echo_rows

SHOWN = (
    "rank",
    "shock",
    "expected_loss_usd",
    "yearly_probability",
    "loss_usd",
    "loss_p10_usd",
    "loss_p90_usd",
    "peak_abroad",
    "peak_home",
    "weeks_to_line_stop",
)


def stress(
    material: Annotated[str, typer.Option("--material", help="Material to test.")],
    stage: Annotated[str | None, typer.Option("--stage", help="Stage; the last one when absent.")] = None,
    base_year: Annotated[int, typer.Option("--base-year", help="Base year of the world.")] = 2024,
    top: Annotated[int, typer.Option("--top", min=1, max=8, help="Producers and exporters to test.")] = 4,
    weeks: Annotated[int, typer.Option("--weeks", min=4, max=104, help="Weeks a shock lasts.")] = 26,
    draws: Annotated[int, typer.Option("--draws", min=1, help="Draws of the shared parameters.")] = 40,
    form: FormatOption = Format.table,
    json: JsonOption = False,
) -> None:
    """Rank plausible shocks to one material by expected loss.

    Each top producer out, each top exporter closed by decree, half of its exports held up on the way, and
    the two largest producers out together.
    """
    from lodestock.disruption.stress import stress as rank

    rows = [
        row.as_dict(n) for n, row in enumerate(rank(material, stage, base_year, top, weeks, draws), start=1)
    ]
    echo_rows(rows, Format.json if json else form, shown=SHOWN)
