"""``lodestock reserve simulate``: buying rules, releases, money and allies of a case on the same paths."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lodestock.cli.output import Format, JsonOption, check_for_place, echo_json, echo_rows
from lodestock.cli.progress import progress_bar

if TYPE_CHECKING:
    from lodestock.reserve.simulate import Simulated

SHOWN = (
    *("rule", "saved_musd", "cost_musd", "cvar95_musd", "short_defence_t", "short_essential_t"),
    *("short_other_t", "peak_price_effect", "money_at_risk_musd", "support_musd", "missed_share"),
)
ALL = "all"
MOST_DAYS = 3650.0


def simulate(
    case: Annotated[str, typer.Argument(help="Shipped case, or a YAML file of your own.")],
    rule: Annotated[
        list[str] | None,
        typer.Option(
            "--rule",
            help="none, steady-money, steady-volume, price-trigger, counter-cyclical, days-of-cover, "
            "optimal, or all; may be repeated.",
        ),
    ] = None,
    ally: Annotated[
        list[str] | None,
        typer.Option(
            "--ally",
            help="A country or set that fills at the same time; two or more, in place of the case's allies.",
        ),
    ] = None,
    days: Annotated[
        float | None,
        typer.Option(
            "--days",
            min=0.0,
            max=MOST_DAYS,
            help="Target of the rules, days of need; the case's cover if absent.",
        ),
    ] = None,
    like_plan: Annotated[
        bool, typer.Option("--like-plan", help="Rules aim at what the optimal plan holds; asks for optimal.")
    ] = False,
    paths: Annotated[int, typer.Option("--paths", min=2, max=20_000, help="Paths to walk.")] = 200,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the paths.")] = 1,
    seconds: Annotated[
        float, typer.Option("--seconds", min=1.0, help="Time for the optimal plan, where it is asked for.")
    ] = 30.0,
    json: JsonOption = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Also write page, workbook and JSON into this folder.", file_okay=False),
    ] = None,
) -> None:
    """Compare buying rules, releases and money of a case.

    Every rule walks the same paths of regimes, shortages and prices, beside doing nothing: cost, shortage by
    tier, the mean of the worst 5 %, the price rise of own buying, money at risk. Then release triggers, the
    price after a release, how long a price band holds, promises to buy back. With --ally, or allies in the
    case: allies who fill alone or together, and who bears what.

    Example: lodestock reserve simulate reserve-four-materials --ally USA --ally EU27 --ally Japan
    """
    check_for_place(out)
    found = _simulated(case, rule, ally, days, paths, seed, seconds, like_plan=like_plan, quiet=json)
    written = None
    if out is not None:
        from lodestock.report.reserve_simulate import write_simulation

        written = write_simulation(found, out)
    if json:
        echo_json(found.as_dict())
        return
    from lodestock.reserve.simulate_rows import short_rows, spoken

    echo_rows(short_rows(found), Format.table, shown=SHOWN)
    for line in spoken(found):
        typer.echo(line)
    if written is not None:
        for what, path in written.items():
            typer.echo(f"{what}: {path}")


def _simulated(
    case: str,
    rule: list[str] | None,
    ally: list[str] | None,
    days: float | None,
    paths: int,
    seed: int,
    seconds: float,
    *,
    like_plan: bool,
    quiet: bool,
) -> Simulated:
    from lodestock.reserve.prepare import prepare
    from lodestock.reserve.reader import load_case
    from lodestock.reserve.rules.buying import OPTIMAL, RULES, check_rule
    from lodestock.reserve.simulate import simulate as put_to_test

    known = (*RULES, OPTIMAL)
    asked = rule or list(RULES)
    rules = known if ALL in asked else tuple(check_rule(name, (*known, ALL)) for name in asked)
    allies = _allies(ally)
    problem = prepare(load_case(case))
    with progress_bar(shown=not quiet) as progress:
        follow, certificate = None, None
        if OPTIMAL in rules:
            from lodestock.reserve.follow import follow_plan

            follow, certificate = follow_plan(problem, seconds=seconds, seed=seed, report=progress)
        return put_to_test(
            problem,
            rules=rules,
            paths=paths,
            seed=seed,
            days=days,
            allies=allies,
            optimal=follow,
            like_plan=like_plan,
            certificate=certificate,
            progress=progress,
        )


def _allies(names: list[str] | None) -> dict[str, tuple[str, ...]] | None:
    if not names:
        return None
    from lodestock.reserve.allied.members import check_allies
    from lodestock.risk.inputs import members_of

    allies = {name: tuple(members_of(name)) for name in names}
    check_allies(allies)
    return allies
