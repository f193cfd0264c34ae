"""``lodestock data``: build the snapshot from publications and check it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Build the snapshot from source tables, or check the one that ships.", no_args_is_help=True
)


@app.command("build")
def build(
    source: Annotated[
        Path, typer.Option("--from", help="Folder with the source tables.", exists=True, file_okay=False)
    ],
    target: Annotated[
        Path | None, typer.Option("--to", help="Folder to write; default: the package's own snapshot.")
    ] = None,
) -> None:
    """Build every table of the snapshot, check them all, and only then replace the old ones."""
    from lodestock.data.build import build_snapshot
    from lodestock.data.snapshot import SNAPSHOT_DIRECTORY

    manifest = build_snapshot(source, target or SNAPSHOT_DIRECTORY)
    typer.echo(f"{len(manifest['tables'])} tables in {target or SNAPSHOT_DIRECTORY}")


@app.command("check")
def check() -> None:
    """Check the shipped snapshot: hashes, sums, shares, price bands, names, mirrors, licences."""
    from lodestock.data.checks import check_snapshot

    for line in check_snapshot():
        typer.echo(line)
