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
    """Read a scenario and say in sentences what it will do, without solving it.

    With --json the resolved scenario is printed: sets expanded, units canonical.
    """
    from lodestock.scenario.explain import explain_plan
    from lodestock.scenario.load import load_scenario
    from lodestock.scenario.writer import to_document

    resolved = load_scenario(scenario)
    if json:
        echo_json(to_document(resolved))
    else:
        typer.echo("\n".join(explain_plan(resolved)))


def new(
    name: Annotated[str, typer.Argument(help="Name of the new file, NAME.yaml in this folder.")],
    template: Annotated[
        str, typer.Option("--from", help="Shipped scenario to start from.", metavar="TEMPLATE")
    ] = "gallium-germanium-export-ban",
) -> None:
    """Copy a shipped scenario, comments included, as the start of your own."""
    from lodestock.scenario.library import copy_template

    path = copy_template(template, Path(name).with_suffix(".yaml"))
    typer.echo(f"wrote {path}; next: lodestock check {path}")


def schema() -> None:
    """Print the JSON Schema of scenario files, for editors and other programs."""
    from lodestock.scenario.schema import json_schema

    echo_json(json_schema())
