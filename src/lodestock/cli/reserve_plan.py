"""``lodestock reserve plan``: what to hold, when to buy and release, with both bounds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lodestock.cli.output import JsonOption, check_for_place, echo_json
from lodestock.cli.progress import progress_bar


def plan(
    case: Annotated[str, typer.Argument(help="Shipped case, or a YAML file of your own.")],
    gap: Annotated[
        float | None, typer.Option("--gap", min=1e-6, max=1.0, help="Certified gap to reach, such as 0.01.")
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option("--seconds", min=1.0, help="Time limit of the search; the case's if absent."),
    ] = None,
    iterations: Annotated[
        int | None,
        typer.Option("--iterations", min=1, help="Limit of iterations where a programme is sampled."),
    ] = None,
    paths: Annotated[
        int | None, typer.Option("--paths", min=2, max=20_000, help="Paths to walk with the plan.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Seed of search and paths.")] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            "--resume",
            help="Folder that keeps finished parts; a killed run goes on from it.",
            file_okay=False,
        ),
    ] = None,
    frontier: Annotated[
        bool, typer.Option("--frontier/--no-frontier", help="Also plan for the other objectives.")
    ] = True,
    json: JsonOption = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Also write page, workbook and JSON into this folder.", file_okay=False),
    ] = None,
) -> None:
    """Plan a reserve: composition, calendar, worth of a tonne, money, proof.

    The market model says what is short in each regime, a programme under uncertainty when to buy and release
    what. The answer carries a lower and an upper bound of what the best plan costs.

    Example: lodestock reserve plan reserve-four-materials --out plan
    """
    from lodestock.reserve.plan import plan as make_plan
    from lodestock.reserve.prepare import prepare
    from lodestock.reserve.reader import load_case

    check_for_place(out, resume)
    problem = prepare(load_case(case))
    with progress_bar(shown=not json) as progress:
        found = make_plan(
            problem,
            gap=gap,
            seconds=seconds,
            iterations=iterations,
            seed=seed,
            paths=paths,
            frontier=frontier,
            checkpoint=resume,
            progress=progress,
        )
    written = None
    if out is not None:
        from lodestock.report.reserve_plan import write_plan

        written = write_plan(found, out)
    if json:
        from lodestock.reserve.tables import as_dict

        echo_json(as_dict(found))
        return
    from lodestock.report.reserve_plan import summary_text

    typer.echo(summary_text(found))
    if written is not None:
        for what, path in written.items():
            typer.echo(f"{what}: {path}")
