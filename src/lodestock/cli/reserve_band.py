"""``lodestock reserve band``: how long a price band holds with finite cash and stock."""

from __future__ import annotations

from math import inf
from typing import Annotated, Any

import typer

from lodestock.cli.output import Format, JsonOption, echo_json, echo_rows


def band(
    material: Annotated[str, typer.Argument(help="Material whose price is held.")],
    floor: Annotated[float, typer.Option("--floor", help="Price at which all is bought, USD/t.")],
    cash: Annotated[float, typer.Option("--cash", min=0.0, help="Money to buy with, USD.")],
    ceiling: Annotated[
        float | None,
        typer.Option("--ceiling", help="Price at which all is sold, USD/t; a floor alone when left out."),
    ] = None,
    stock: Annotated[float, typer.Option("--stock", min=0.0, help="Stock to sell from, t.")] = 0.0,
    years: Annotated[
        float, typer.Option("--years", min=0.01, max=100.0, help="How long the band is to hold.")
    ] = 5.0,
    drift: Annotated[float, typer.Option("--drift", help="Drift of the log price a year.")] = 0.0,
    volatility: Annotated[
        float | None,
        typer.Option("--volatility", min=0.0, help="Volatility a year; that of annual prices if left out."),
    ] = None,
    reversion: Annotated[
        float, typer.Option("--reversion", min=0.0, help="Speed a year at which the price comes back.")
    ] = 0.0,
    depth: Annotated[
        float | None,
        typer.Option("--depth", help="t bought per unit of log price; from the world when left out."),
    ] = None,
    stage: Annotated[str | None, typer.Option("--stage", help="Stage; the last one when left out.")] = None,
    paths: Annotated[int, typer.Option("--paths", min=100, max=200_000, help="Paths to draw.")] = 10_000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the paths.")] = 1,
    json: JsonOption = False,
) -> None:
    """Say how likely a price band is to be lost.

    The reserve buys at the floor and sells at the ceiling whatever it takes, until it cannot pay or deliver.
    The price starts at base and would walk; a tonne bought or sold moves it for good. A floor alone has a
    closed form, printed beside the share of drawn paths.

    Example: lodestock reserve band antimony --floor 18000 --ceiling 30000 --cash 100000000 --stock 4000
    """
    from lodestock.reserve.band_study import study_band

    row: dict[str, Any] = study_band(
        material,
        stage,
        floor=floor,
        ceiling=inf if ceiling is None else ceiling,
        cash=cash,
        stock=stock,
        years=years,
        drift=drift,
        volatility=volatility,
        reversion=reversion,
        depth=depth,
        paths=paths,
        seed=seed,
    )
    if json:
        echo_json(row)
    else:
        echo_rows([{"name": name, "value": value} for name, value in row.items()], Format.table)
