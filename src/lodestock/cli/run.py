"""``lodestock run``: solve a scenario and write its outcome."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lodestock.cli.output import JsonOption, check_for_place, echo_json
from lodestock.cli.progress import progress_bar
from lodestock.errors import ConflictError, UnknownNameError

NOT_SOLVED = 3
"""Exit code when no equilibrium was found to tolerance; the folder says so and holds the certificate."""


def run(
    scenario: Annotated[str, typer.Argument(help="Shipped scenario or YAML file.", metavar="SCENARIO")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write; default outcomes/NAME.", file_okay=False)
    ] = None,
    draws: Annotated[
        int | None,
        typer.Option("--draws", min=0, help="Draws over the assumption ranges; default from file."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Seed of the draws; default from file.")
    ] = None,
    form: Annotated[
        str, typer.Option("--format", help="all, none, or some of html,xlsx,iamc,parquet.", metavar="LIST")
    ] = "all",
    outlines: Annotated[
        Path | None,
        typer.Option("--outlines", help="Country outlines for the maps, instead of ours.", dir_okay=False),
    ] = None,
    json: JsonOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the path of the outcome.")] = False,
) -> None:
    """Solve a scenario and write its outcome.

    Baseline, scenario, alternatives and draws are solved; report, workbook and tables go into one folder.
    """
    from lodestock.report.folder import check_for_other_content, write_outcome
    from lodestock.report.outlines import read_outlines
    from lodestock.scenario.load import load_scenario

    formats = _formats(form)
    resolved = load_scenario(scenario)
    folder = out or Path("outcomes") / resolved.name
    check_for_other_content(folder)
    check_for_place(folder)
    if outlines is not None:
        read_outlines(outlines)

    from lodestock.scenario.run import run_scenario

    with progress_bar(shown=not quiet and not json) as progress:
        outcome = run_scenario(resolved, draws=draws, seed=seed, progress=progress)
        written = write_outcome(outcome, folder, formats=formats, outlines=outlines)
    if json:
        from lodestock.report.summary import summary_dict

        files = {name: str(path) for name, path in written.items()}
        echo_json({**summary_dict(outcome), "folder": str(folder), "files": files})
    elif quiet:
        typer.echo(str(folder))
    else:
        from lodestock.report.summary import print_summary

        print_summary(outcome)
        typer.echo(f"report: {written['html']}" if "html" in written else f"outcome: {folder}")
    if outcome.cases["scenario"].status != "solved":
        raise typer.Exit(NOT_SOLVED)


def _formats(text: str) -> tuple[str, ...]:
    """Split the list of formats; ``all`` means every one, ``none`` only the record of the run."""
    from lodestock.report.folder import FORMATS

    if text in ("all", "none"):
        return FORMATS if text == "all" else ()
    wanted = tuple(part.strip() for part in text.split(","))
    if {"all", "none"} & set(wanted):
        raise ConflictError(
            f"{text!r} names {'all' if 'all' in wanted else 'none'} beside others",
            where="--format",
            allowed="all, none, or some of " + ", ".join(FORMATS),
        )
    for name in wanted:
        if name not in FORMATS:
            raise UnknownNameError("format", name, (*FORMATS, "all", "none"), where="--format")
    return wanted
