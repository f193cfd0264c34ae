"""``lodestock market``: solve a market given as a JSON case of nodes, activities and levies."""

from __future__ import annotations

import json as codec
from pathlib import Path
from typing import Annotated, Any

import typer

from lodestock.cli.output import Format, JsonOption, check_for_place, echo_json, echo_rows
from lodestock.errors import ConflictError

app = typer.Typer(help="Solve a market of your own: nodes, curves, activities, levies.", no_args_is_help=True)

NOT_SOLVED = 3
"""Exit code when no equilibrium was found to tolerance."""


@app.command("solve")
def solve_case(
    case: Annotated[Path, typer.Argument(help="Case in JSON.", metavar="CASE")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Also write the result as JSON into this file.", dir_okay=False),
    ] = None,
    window: Annotated[
        int | None,
        typer.Option(
            "--window",
            help="Decide on a rolling horizon with this many periods in view; without it all periods are "
            "solved together, with perfect foresight.",
            min=1,
        ),
    ] = None,
    step: Annotated[
        int | None,
        typer.Option("--step", help="Periods of each window that are kept (1).", min=1),
    ] = None,
    expect: Annotated[
        str | None,
        typer.Option(
            "--expect",
            help="Price expected after a window: last-price (the default), usual-price or mean-price.",
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Solve a case and print prices, flows, levies and the certificate.

    Exit code 3 when no equilibrium was found; what is wrong where is printed then, and no prices: JSON has
    the point reached under best_point.
    """
    from lodestock.market.case import read_case, result_of, solve_case, solve_case_rolling

    if window is None and (step is not None or expect is not None):
        given = "--step" if step is not None else "--expect"
        raise ConflictError(f"{given} without --window", where="options", allowed="give --window too")
    check_for_place(out)
    read = read_case(case)
    if window is None:
        result = result_of(read, solve_case(read))
    else:
        path = solve_case_rolling(read, window=window, step=step or 1, expect=expect or "last-price")
        result = result_of(read, path)
    if out is not None:
        from lodestock.report.writing import write_text

        write_text(out, codec.dumps(result, ensure_ascii=False, indent=2, allow_nan=False) + "\n", "result")
    if json:
        echo_json(result)
    else:
        _print(result)
        if out is not None:
            typer.echo(f"result: {out}")
    if result["status"] != "solved":
        raise typer.Exit(NOT_SOLVED)


@app.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of a case, for an editor that completes keys."""
    from lodestock.market.case import json_schema

    echo_json(json_schema())


def _print(result: dict[str, Any]) -> None:
    if result["title"]:
        typer.echo(result["title"])
    typer.echo(f"status: {result['status']}")
    if result["status"] == "solved":
        _print_elements(result)
    if "windows" in result:
        for window in result["windows"]:
            typer.echo(f"\nwindow {window['periods'][0]} to {window['periods'][-1]}, {window['kept']} kept")
            _print_certificate({**window, "levies": result["levies"]})
    else:
        _print_certificate(result)
    if "alternative" in result:
        typer.echo("\nThere is another equilibrium, found from the side of the caps:")
        _print({**result["alternative"], "title": ""})


def _print_elements(result: dict[str, Any]) -> None:
    price, quantity = result["price_unit"], result["quantity_unit"]
    _section(f"prices, {price}", [{"node": node["name"], "price": node["price"]} for node in result["nodes"]])
    running = [
        {"activity": one["name"], quantity: one["level"], f"rent, {price}": one["capacity_rent"] or None}
        for one in result["activities"]
        if one["level"] > 0.0
    ]
    _section("what runs", running)
    curves = [
        {"curve": one["name"], "side": one["side"], quantity: one["quantity"]} for one in result["curves"]
    ]
    _section("supply and use", curves)
    for levy in result["levies"]:
        typer.echo(f"\n{levy['name']}: {levy['status']}, {levy['rate']:.6g} {price}\n  {levy['reason']}")
    for budget in result["budgets"]:
        money = f"{budget['paid']:.6g} of {budget['amount']:.6g}"
        typer.echo(f"\n{budget['name']}: {money} paid, {budget['share']:.4%} of every difference")
    for stock in result["policy_stocks"]:
        shown = ("bought", "released", "held", "value")
        rows = [
            {"period": period, **{key: stock[key][t] for key in shown}}
            for t, period in enumerate(stock["periods"])
        ]
        _section(f"{stock['name']}, {quantity} and {price}", rows)


def _print_certificate(result: dict[str, Any]) -> None:
    found = result["certificate"]
    typer.echo(f"\ncertificate: largest residual {found['worst']:.2g} at {found['worst_element']}")
    typer.echo(f"  money {found['money_identity']:.2g}, mass {found['mass_identity']:.2g}")
    if result["levies"] and not found["audited"]:
        typer.echo("  the search for another equilibrium did not come to an end")
    if result["status"] != "solved":
        step = result["steps"][-1]
        typer.echo(f"  last tried: {step['rung']}" + (f", {step['note']}" if step["note"] else ""))


def _section(heading: str, rows: list[dict[str, Any]]) -> None:
    typer.echo(f"\n{heading}")
    echo_rows(rows, Format.table)
