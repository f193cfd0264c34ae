"""The command ``lodestock``: one application out of one file per command group.

Nothing heavy is imported here or at the top of a command's file: ``lodestock --help`` loads neither numpy nor
polars nor pydantic. Exit codes: 0 done, 1 unexpected error, 2 input that cannot be used, 3 no
solution found.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from lodestock import __version__
from lodestock.cli import (
    backtest,
    catalogue,
    data,
    doctor,
    market,
    reserve,
    risk,
    run,
    scenario,
    stress,
    world,
)
from lodestock.cli.output import speak_utf8
from lodestock.errors import LodestockError
from lodestock.threads import pin_blas_threads

app = typer.Typer(
    name="lodestock",
    help="Open decision engine for critical-mineral security.",
    epilog="A scenario is a shipped name (lodestock list scenarios) or a YAML file of your own.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command("run")(run.run)
app.command("check")(scenario.check)
app.command("new")(scenario.new)
app.command("schema")(scenario.schema)
app.command("list")(catalogue.list_names)
app.command("sources")(catalogue.sources)
app.command("explain")(catalogue.explain)
app.command("world")(world.world)
app.command("backtest")(backtest.backtest)
app.command("stress")(stress.stress)
app.add_typer(risk.app, name="risk")
app.add_typer(reserve.app, name="reserve")
app.add_typer(market.app, name="market")
app.add_typer(data.app, name="data")
app.command("doctor")(doctor.doctor)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lodestock {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options before a command; ``--version`` acts in its callback."""


def main() -> None:
    """Entry point: pin threads before numpy loads, run, turn errors into one message and an exit code."""
    pin_blas_threads()
    speak_utf8()
    try:
        app(prog_name="lodestock")
    except LodestockError as error:
        _stop(f"error {error.code}: {error}", 2)
    except OSError as error:
        if os.environ.get("LODESTOCK_DEBUG"):
            raise
        _stop(f"error: {error.filename or 'input or output'}: {error.strerror or error}", 2)
    except Exception as error:
        if os.environ.get("LODESTOCK_DEBUG"):
            raise
        _stop(f"unexpected {type(error).__name__}: {error}\n  set LODESTOCK_DEBUG=1 to see where", 1)


def _stop(message: str, code: int) -> None:
    print(message, file=sys.stderr)
    raise SystemExit(code)
