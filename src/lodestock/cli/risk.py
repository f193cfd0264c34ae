"""``lodestock risk``: supply-risk indicators of any perspective, and their check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
from lodestock.errors import ConflictError, ValueOutOfRangeError

if TYPE_CHECKING:
    from lodestock.risk.assess import Assessment

app = typer.Typer(help="Supply-risk indicators of a country, group or company.", no_args_is_help=False)

SHOWN = (
    *("rank", "material", "stage", "sr", "sr_p10", "sr_p90", "in_top", "ei", "critical", "geopolrisk"),
    *("hhi", "hhi_stage", "top1_country", "import_reliance", "us2022", "expected_loss_usd"),
)
"""Columns of the summary that fit a terminal; JSON, CSV and the workbook carry all."""
OUTLOOK_YEARS = (2030, 2035, 2040)
MEASURES = "measures"


@app.callback(invoke_without_command=True)
def risk(
    context: typer.Context,
    material: Annotated[
        list[str] | None, typer.Option("--material", help="Only this material; may be repeated.")
    ] = None,
    country: Annotated[
        str,
        typer.Option("--country", help="Perspective: a country, a set (EU27), or codes joined by commas."),
    ] = "EU27",
    method: Annotated[
        str,
        typer.Option(
            "--method", help="all, eu, geopolrisk, concentration, reliance, us2022, expected-loss, yale."
        ),
    ] = "all",
    year: Annotated[
        int, typer.Option("--year", help="Year of the data, or 2030, 2035, 2040 from published outlooks.")
    ] = 2024,
    scenario: Annotated[
        str, typer.Option("--demand", help="Demand outlook of a later year: STEPS, APS or NZE.")
    ] = "STEPS",
    draws: Annotated[
        int, typer.Option("--draws", min=0, max=20_000, help="Draws over the uncertain inputs; 0 for none.")
    ] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the draws.")] = 20240101,
    top: Annotated[int, typer.Option("--top", min=1, help="k of the probability of the first k.")] = 10,
    what_if: Annotated[
        str | None,
        typer.Option("--what-if", help="Shipped scenario, YAML file, or 'measures' for four standard ones."),
    ] = None,
    own_trade: Annotated[
        Path | None,
        typer.Option(
            "--own-trade", help="CSV of a company's purchases: material, origin, t.", dir_okay=False
        ),
    ] = None,
    json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write CSV.")] = False,
    xlsx: Annotated[
        Path | None, typer.Option("--xlsx", help="Also write a workbook.", dir_okay=False)
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Also draw the page.", dir_okay=False)] = None,
) -> None:
    """Score supply risk by every official method, with its uncertainty.

    One set of numbers, seen from any country, group or company. Without --method the headline of all methods
    is shown, riskiest first by the EU method; a material takes its riskier stage.

    Example: lodestock risk --country Germany --material gallium --material cobalt --html risk.html
    """
    if context.invoked_subcommand is not None:
        return
    form = form_of(Format.csv if as_csv else Format.table, json=json)
    check_for_place(xlsx, html)
    if what_if is not None and (own_trade is not None or year in OUTLOOK_YEARS):
        raise ConflictError(
            "--what-if works on a base year and a country, not with --own-trade or a later year"
        )
    if year not in OUTLOOK_YEARS and year > OUTLOOK_YEARS[0]:
        years = ", ".join(map(str, OUTLOOK_YEARS))
        raise ValueOutOfRangeError(
            f"nothing is known of {year}",
            where="--year",
            allowed=f"a year of data, or of the published outlooks: {years}",
        )
    other = own_trade is not None or what_if is not None or year in OUTLOOK_YEARS
    if other and (xlsx is not None or html is not None):
        raise ConflictError(
            "page and workbook show one year of data, without --what-if, --own-trade or a later year",
            hint="leave --html and --xlsx out; --csv and --json carry every number",
        )
    materials = _materials(material)
    if own_trade is not None:
        _own_trade(own_trade, country, year, materials, form)
    elif what_if is not None:
        _what_if(what_if, country, year, materials, form)
    elif year in OUTLOOK_YEARS:
        _outlook(country, year, scenario, materials, form)
    else:
        _assess(country, year, method, materials, draws, seed, top, form, xlsx, html)


@app.command("validate")
def validate(
    reference: Annotated[
        Path | None,
        typer.Option("--reference", help="Published results to compare with, as CSV.", dir_okay=False),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Compare EU supply risk with published results.

    Reports the median error of SR, how many materials stand on the right side of the list, and the reason of
    every larger gap. Published results do not ship with the package: without --reference there is nothing to
    compare with, and the headline is empty.
    """
    from lodestock.risk.rows import comparison_rows
    from lodestock.risk.validate import Comparison, compare_with, summary_lines

    comparison = compare_with(reference) if reference is not None else Comparison(())
    if json:
        echo_json({"headline": comparison.headline, "rows": comparison_rows(comparison)})
    else:
        typer.echo("\n".join(summary_lines(comparison)))


def _materials(names: list[str] | None) -> list[str] | None:
    if not names:
        return None
    from lodestock.data.catalog import resolve_material

    return list(dict.fromkeys(resolve_material(name, where="--material") for name in names))


def _assess(
    country: str,
    year: int,
    method: str,
    materials: list[str] | None,
    draws: int,
    seed: int,
    top: int,
    form: Format,
    xlsx: Path | None,
    html: Path | None,
) -> None:
    from lodestock.risk.assess import assess
    from lodestock.risk.rows import METHOD_ROWS, method_rows

    if method not in METHOD_ROWS:
        from lodestock.errors import UnknownNameError

        raise UnknownNameError("method", method, METHOD_ROWS, where="--method")
    with progress_bar(shown=form is Format.table) as progress:
        found = assess(
            *(country, year, materials),
            draws=draws,
            seed=seed,
            top=top,
            loss=method == "expected-loss" or html is not None or xlsx is not None,
            progress=progress,
        )
    _write(found, xlsx, html)
    shown = SHOWN if method == "all" else ()
    echo_rows(readable(method_rows(found, method), form), form, shown=shown)
    if form is Format.table:
        say_written(xlsx, html)


def _write(found: Assessment, xlsx: Path | None, html: Path | None) -> None:
    if xlsx is not None:
        from lodestock.report.risk_workbook import write_risk_workbook

        write_risk_workbook(found, xlsx)
    if html is not None:
        from lodestock.report.risk_page import write_risk_page

        write_risk_page(found, html)


def _outlook(country: str, year: int, scenario: str, materials: list[str] | None, form: Format) -> None:
    from lodestock.data.catalog import materials as catalog
    from lodestock.risk.inputs import members_of
    from lodestock.risk.market import snapshot_markets
    from lodestock.risk.outlook import outlook, with_outlook
    from lodestock.risk.rows import later_rows

    members = members_of(country)
    wanted = with_outlook(materials or [item.slug for item in catalog()], asked=materials is not None)
    markets = snapshot_markets(members, 2024, wanted)
    echo_rows(readable(later_rows(outlook(markets, members, (year,), scenario)), form), form)


def _what_if(name: str, country: str, year: int, materials: list[str] | None, form: Format) -> None:
    from lodestock.risk.inputs import members_of
    from lodestock.risk.rows import effect_rows

    members = members_of(country)
    if name == MEASURES:
        from lodestock.risk.measures import compare_measures

        if not materials:
            raise ConflictError("--what-if measures needs at least one --material", where="--what-if")
        found = [effect for item in materials for effect in compare_measures(item, members, year)]
    else:
        from lodestock.risk.what_if import effects
        from lodestock.scenario.load import load_scenario
        from lodestock.scenario.run import run_scenario

        outcome = run_scenario(load_scenario(name), draws=0)
        found = [
            effect for effect in effects(outcome, members) if not materials or effect.material in materials
        ]
        if not found:
            raise ConflictError(
                "the scenario holds none of the materials asked for",
                where="--material",
                allowed=", ".join(outcome.materials),
            )
    rows: list[dict[str, Any]] = effect_rows(found)
    echo_rows(readable(rows, form), form, shown=_with_values(rows))


def _with_values(rows: list[dict[str, Any]]) -> tuple[str, ...]:
    """Columns that hold anything, for the terminal."""
    return tuple(name for name in rows[0] if any(row[name] not in (None, "") for row in rows))


def _own_trade(path: Path, country: str, year: int, materials: list[str] | None, form: Format) -> None:
    from lodestock.risk.inputs import members_of
    from lodestock.risk.own_trade import company_scores, read_own_trade
    from lodestock.table_file import name_rejected

    trade, bad = read_own_trade(path, year)
    if trade.height:
        rows = company_scores(trade, members_of(country)).to_dicts()
        kept = [row for row in rows if not materials or row["material"] in materials]
        echo_rows(readable(kept, form), form)
    name_rejected(path, bad, trade.height + len(bad))
