"""``lodestock data``: build the snapshot from publications and check it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lodestock.cli.output import JsonOption, echo_json

app = typer.Typer(help="Build or check the snapshot of data.", no_args_is_help=True)


@app.command("build")
def build(
    source: Annotated[
        Path, typer.Option("--from", help="Folder with the source tables.", exists=True, file_okay=False)
    ],
    target: Annotated[
        Path | None, typer.Option("--to", help="Folder to write; default: the package's own snapshot.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Build the snapshot from source tables.

    Every table is checked before the old ones are replaced; a check that fails prints the offending rows.
    """
    from lodestock.data.build import build_snapshot
    from lodestock.data.snapshot import SNAPSHOT_DIRECTORY

    rows = build_snapshot(source, target or SNAPSHOT_DIRECTORY)
    if json:
        echo_json({"directory": target or SNAPSHOT_DIRECTORY, "rows": rows})
        return
    typer.echo(f"{len(rows)} tables, {sum(rows.values())} rows in {target or SNAPSHOT_DIRECTORY}")


@app.command("check")
def check(json: JsonOption = False) -> None:
    """Check the shipped snapshot.

    Hashes, sums against published totals, shares, price bands, names, intervals and coverage.
    """
    from lodestock.data.checks import run_checks, verify_files
    from lodestock.data.snapshot import SNAPSHOT_DIRECTORY, load_table, table_names

    verify_files(SNAPSHOT_DIRECTORY)
    run_checks({name: load_table(name) for name in table_names()})
    if json:
        echo_json({"tables": list(table_names()), "problems": []})
    else:
        typer.echo(f"{len(table_names())} tables, every check passes")
