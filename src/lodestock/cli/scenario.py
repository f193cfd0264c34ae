"""``lodestock check``, ``new`` and ``schema``: scenario files before they are solved."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lodestock.cli.output import JsonOption, echo_json


def check(
    scenario: Annotated[str, typer.Argument(help="Shipped scenario or YAML file.", metavar="SCENARIO")],
    json: JsonOption = False,
) -> None:
    """Say in sentences what a scenario will do, before solving.

    With --json the resolved scenario is printed: sets expanded, units canonical.
    """
    from lodestock.scenario.explain import explain_plan
    from lodestock.scenario.load import load_scenario
    from lodestock.scenario.solve import pose
    from lodestock.scenario.writer import to_document

    resolved = load_scenario(scenario)
    _, networks = pose(resolved)
    if json:
        echo_json(to_document(resolved))
    else:
        typer.echo("\n".join(explain_plan(resolved, networks=networks)))


def new(
    name: Annotated[str, typer.Argument(help="Name of the new file, NAME.yaml in this folder.")],
    template: Annotated[
        str, typer.Option("--from", help="Template, shipped scenario or reserve case.", metavar="TEMPLATE")
    ] = "minimal",
    json: JsonOption = False,
) -> None:
    """Copy a template or a shipped scenario as the start of your own.

    Nothing is overwritten. Templates: minimal, and one per kind of question; see: lodestock list scenarios,
    lodestock list reserves.
    """
    from lodestock.scenario.library import new_from_template, reserve_names

    path = new_from_template(name, template).relative_to(Path.cwd())
    if json:
        echo_json({"path": path})
    else:
        command = "reserve plan" if template in reserve_names() else "check"
        typer.echo(f"wrote {path}; next: lodestock {command} {path}")


def schema() -> None:
    """Print the JSON Schema of scenario files."""
    from lodestock.scenario.json_schema import json_schema

    echo_json(json_schema())
