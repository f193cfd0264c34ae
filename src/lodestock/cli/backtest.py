"""``lodestock backtest``: how well past episodes would have been called."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lodestock.cli.output import Format, JsonOption, echo_json, echo_rows

if TYPE_CHECKING:
    from lodestock.disruption.backtest import Backtest

SHOWN = (
    "sign_right",
    "rank_correlation",
    "coverage80",
    "controls_ok",
    "error_vs_best_baseline",
    "median_log_error",
    "flow_error",
    "freeze_months_called",
    "recovery_error",
)


def backtest(
    episode: Annotated[str, typer.Argument(help="An episode, or all.", metavar="EPISODE")] = "all",
    episode_dir: Annotated[
        Path | None,
        typer.Option("--episode-dir", help="Folder of your own episodes (YAML and CSV).", file_okay=False),
    ] = None,
    draws: Annotated[int, typer.Option("--draws", min=20, help="Draws of the shared parameters.")] = 240,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the draws.")] = 20230703,
    json: JsonOption = False,
) -> None:
    """Replay past episodes and score the calls.

    Shipped episodes are judged leave-one-out; those of --episode-dir with the shipped parameters. An episode
    that cannot be run is named and left out; the exit code is then 2.
    """
    from lodestock.disruption.backtest import backtest as judge

    found = judge(episode, folder=episode_dir, draws=draws, seed=seed)
    if json:
        echo_json(found.as_dict())
    else:
        _tables(found)
    for name, error in found.failed:
        typer.echo(f"{name} was left out: {error}", err=True)
    if found.failed:
        raise typer.Exit(2)


def _tables(found: Backtest) -> None:
    """Points and scores of every episode, then the headline."""
    rows: list[dict[str, Any]] = []
    for one in found.judged:
        typer.echo(f"{one.replayed.episode.name}: {one.replayed.episode.title}")
        if one.replayed.episode.vintage:
            typer.echo(f"  vintage: {one.replayed.episode.vintage}")
        echo_rows(
            [c.as_dict() for c in one.calls],
            Format.table,
            shown=("series", "market", "kind", "from", "observed", "called", "p10", "p90", "in_band"),
        )
        typer.echo("")
        rows.append({"episode": one.replayed.episode.name, **_scores(one.as_dict()["scores"])})
    rows.append({"episode": f"all ({found.method})", **_scores(found.headline)})
    echo_rows(rows, Format.table)
    errors = found.headline["baseline_errors"]
    typer.echo("median log error of the baselines: " + ", ".join(f"{k} {v}" for k, v in errors.items()))


def _scores(scores: dict[str, Any]) -> dict[str, Any]:
    return {name: scores[name] for name in SHOWN}
