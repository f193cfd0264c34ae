"""``lodestock reserve requirements``: what a plan of four years needs to hold, and its check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lodestock.cli.output import (
    Format,
    JsonOption,
    check_for_place,
    echo_json,
    echo_rows,
    form_of,
    readable,
    say_written,
)
from lodestock.cli.progress import progress_bar

if TYPE_CHECKING:
    from lodestock.reserve.requirements.assess import Plan
    from lodestock.reserve.requirements.factors import Factors, Switches

app = typer.Typer(
    help="Size a reserve as practised: tiers, reliable supply, four years.", no_args_is_help=False
)

SHOWN = (
    *("form", "use_t", "demand_t", "available_t", "expected_t", "p10_t", "p90_t", "expected_musd"),
    *("short", "probability", "probability_defence"),
)
COMPARED = (
    *("material", "form", "published_t", "predicted_t", "low_t", "high_t", "published_musd"),
    *("predicted_musd", "short", "why"),
)
RuleOption = Annotated[
    list[str] | None,
    typer.Option(
        "--rule",
        help="A rule and its setting, for example share=non_adversary or carry=on; may be repeated.",
    ),
]
FactorOption = Annotated[
    list[str] | None,
    typer.Option("--factor", help="A factor and its value, for example extra_buying=1.5; may be repeated."),
]
ReferenceOption = Annotated[
    Path,
    typer.Option("--reference", help="Published shortfalls: material, unit, quantity, musd.", dir_okay=False),
]


@app.callback(invoke_without_command=True)
def requirements(
    context: typer.Context,
    material: Annotated[
        list[str] | None,
        typer.Option("--material", help="Only this material or form; may be repeated."),
    ] = None,
    country: Annotated[
        str, typer.Option("--country", help="Whose plan: a country, a set (EU27), or codes joined by commas.")
    ] = "USA",
    year: Annotated[
        int, typer.Option("--year", min=1996, max=2100, help="Year of the plan; data of the nearest year.")
    ] = 2024,
    rule: RuleOption = None,
    factor: FactorOption = None,
    draws: Annotated[int, typer.Option("--draws", min=1, max=20_000, help="Draws over the factors.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the draws.")] = 20130201,
    inventory: Annotated[
        Path | None,
        typer.Option("--inventory", help="What is held, as CSV: material, unit, quantity.", dir_okay=False),
    ] = None,
    json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write CSV.")] = False,
    xlsx: Annotated[
        Path | None, typer.Option("--xlsx", help="Also write a workbook.", dir_okay=False)
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Also draw the page.", dir_okay=False)] = None,
) -> None:
    """Size what to hold: demand by tier less reliable supply over four years, less what is held.

    Every material of the snapshot and the forms bought in their own right get a shortfall, its probability by
    tier and a band. Rules: share (peacetime, non_adversary, all), and on or off for carry, eligibility, ramp,
    feed, scrap, war, shipping, adversary, austerity, substitution, investment, inventory, balance.

    Example: lodestock reserve requirements --material gallium --material tungsten --rule share=all
    """
    if context.invoked_subcommand is not None:
        return
    from lodestock.reserve.requirements.assess import size
    from lodestock.reserve.requirements.forms import resolve_form
    from lodestock.reserve.requirements.rows import plan_headline, plan_rows
    from lodestock.risk.inputs import members_of

    form = form_of(Format.csv if as_csv else Format.table, json=json)
    check_for_place(xlsx, html)
    wanted = None
    if material:
        wanted = list(dict.fromkeys(resolve_form(name, where="--material") for name in material))
    held = _inventory(inventory)
    with progress_bar(shown=not json) as progress:
        plan = size(
            members_of(country),
            year,
            wanted=wanted,
            rules=_rules(rule),
            factors=_factors(factor),
            draws=draws,
            seed=seed,
            inventory=held,
            progress=progress,
        )
    _write(plan, xlsx, html)
    if json:
        echo_json({"headline": plan_headline(plan), "rows": plan_rows(plan, curves=True)})
        return
    echo_rows(readable(plan_rows(plan), form), form, shown=SHOWN)
    if form is Format.table:
        for name, why in plan.failures.items():
            typer.echo(f"not sized: {name}: {why}")
        say_written(xlsx, html)


@app.command("validate")
def validate(
    reference: ReferenceOption,
    rule: RuleOption = None,
    factor: FactorOption = None,
    draws: Annotated[int, typer.Option("--draws", min=1, max=20_000, help="Draws over the factors.")] = 1000,
    json: JsonOption = False,
) -> None:
    """Compare with published shortfalls of the United States plan of 2013.

    Reports the median error of the quantities, how many materials are rightly called short or not, and rank
    correlations. A name or unit that is not known is reported, not dropped. Published results do not ship
    with the package.
    """
    from lodestock.reserve.requirements.rows import comparison_rows
    from lodestock.reserve.requirements.validate import compare_with

    found = compare_with(reference, rules=_rules(rule), factors=_factors(factor), draws=draws)
    if json:
        echo_json({"headline": found.headline, "rows": comparison_rows(found)})
        return
    head = found.headline
    median = head["median_abs_log_ratio"]
    error = (
        "no error"
        if median is None
        else f"median |ln ratio| {median:.3f} (factor {head['median_factor']:.2f})"
    )
    typer.echo(f"{error} over {head['rows_predicted']} of {head['rows']} rows; called right: {head['hits']}")
    echo_rows(readable(comparison_rows(found), Format.table), Format.table, shown=COMPARED)


@app.command("mitigate")
def mitigate(
    material: Annotated[
        list[str] | None, typer.Option("--material", help="Only this material or form; may be repeated.")
    ] = None,
    country: Annotated[str, typer.Option("--country", help="Whose plan.")] = "USA",
    year: Annotated[int, typer.Option("--year", min=1996, max=2100, help="Year of the plan.")] = 2024,
    cover: Annotated[
        float, typer.Option("--cover", help="Share of every expected shortfall to close.")
    ] = 1.0,
    budget: Annotated[
        float | None, typer.Option("--budget", help="Million USD; closes the most risk within it.")
    ] = None,
    rule: RuleOption = None,
    factor: FactorOption = None,
    draws: Annotated[int, typer.Option("--draws", min=1, max=20_000, help="Draws.")] = 400,
    json: JsonOption = False,
) -> None:
    """Choose how to close the shortfalls: buy, buy away from others, recycle, substitute.

    Without a budget the cheapest mix that closes --cover of every shortfall; with one the mix that closes
    most, weighted by probability and price.

    Example: lodestock reserve requirements mitigate --budget 500
    """
    from lodestock.reserve.requirements.assess import size
    from lodestock.reserve.requirements.forms import resolve_form
    from lodestock.reserve.requirements.mitigation import mitigate as choose
    from lodestock.reserve.requirements.rows import mix_headline, mix_rows
    from lodestock.risk.inputs import members_of

    wanted = None
    if material:
        wanted = list(dict.fromkeys(resolve_form(name, where="--material") for name in material))
    plan = size(
        members_of(country),
        year,
        wanted=wanted,
        rules=_rules(rule),
        factors=_factors(factor),
        draws=draws,
    )
    mix = choose(plan, cover=cover, budget_usd=None if budget is None else budget * 1e6)
    head = mix_headline(mix)
    if json:
        echo_json({"headline": head, "rows": mix_rows(mix)})
        return
    typer.echo(f"{head['cost_musd']:,.1f} million USD close {head['risk_covered']:.0%} of the risk")
    echo_rows(readable(mix_rows(mix), Format.table), Format.table)


@app.command("fit")
def fit(reference: ReferenceOption, rule: RuleOption = None, json: JsonOption = False) -> None:
    """Fit the bounded factors on published shortfalls and report the error outside the rows fitted.

    Prints the factors found, beside those that ship, and each row predicted with and without itself in the
    fit. Takes about half a minute. Nothing is written: factors ship in the package.
    """
    from lodestock.reserve.requirements.rows import fit_headline, fit_rows
    from lodestock.reserve.requirements.validate import factor_lines, fit_to

    found = fit_to(reference, rules=_rules(rule))
    if json:
        echo_json({"headline": fit_headline(found), "rows": fit_rows(found)})
        return
    typer.echo("\n".join(factor_lines(found)))
    echo_rows(readable(fit_rows(found), Format.table), Format.table)


def _rules(words: list[str] | None) -> Switches:
    from lodestock.reserve.requirements.factors import switches

    return switches(_settings(words, "--rule"))


def _factors(words: list[str] | None) -> Factors:
    from lodestock.errors import ValueOutOfRangeError
    from lodestock.reserve.requirements.factors import with_factors

    numbers: dict[str, float] = {}
    for name, text in _settings(words, "--factor").items():
        try:
            numbers[name] = float(text)
        except ValueError as error:
            raise ValueOutOfRangeError(
                f"factor {name}={text}", where="--factor", allowed="a number"
            ) from error
    return with_factors(numbers)


def _settings(words: list[str] | None, option: str) -> dict[str, str]:
    from lodestock.errors import ValueOutOfRangeError

    settings: dict[str, str] = {}
    for word in words or []:
        name, sign, value = word.partition("=")
        if not sign or not value:
            raise ValueOutOfRangeError(f"{option} {word!r}", where=option, allowed="name=value")
        settings[name.strip()] = value.strip()
    return settings


def _inventory(path: Path | None) -> dict[str, float]:
    if path is None:
        return {}
    from lodestock.reserve.requirements.forms import forms, resolve_form
    from lodestock.reserve.requirements.reference import read_published
    from lodestock.reserve.requirements.units import tonnes

    held: dict[str, float] = {}
    for row in read_published(path):
        form = resolve_form(row.material, where=f"{path}, line {row.line}")
        held[form] = held.get(form, 0.0) + tonnes(row.quantity, row.unit, forms()[form])
    return held


def _write(plan: Plan, xlsx: Path | None, html: Path | None) -> None:
    if xlsx is not None:
        from lodestock.report.reserve_requirements import write_requirements_workbook

        write_requirements_workbook(plan, xlsx)
    if html is not None:
        from lodestock.report.reserve_requirements import write_requirements_page

        write_requirements_page(plan, html)
