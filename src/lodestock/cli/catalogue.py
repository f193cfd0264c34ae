"""``lodestock list``, ``sources`` and ``explain``: what is known, and where it comes from."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from lodestock.cli.output import Format, FormatOption, JsonOption, echo_json, echo_rows, form_of

TABLE_COLUMNS = {
    "materials": ("slug", "name", "stages", "price_usd_per_t", "has_observed_trade", "host", "basis"),
    "countries": ("country", "name", "region", "sets"),
    "scenarios": ("slug", "title", "materials"),
    "reserves": ("slug", "title", "objective", "materials"),
    "instruments": ("kind", "group", "what"),
    "stages": ("stage", "meaning", "materials"),
    "sources": ("source_id", "publisher", "title", "licence", "vintage", "rows"),
}
"""Columns that fit a terminal; CSV and JSON carry all of them."""


class Kind(StrEnum):
    """What can be listed."""

    materials = "materials"
    countries = "countries"
    scenarios = "scenarios"
    reserves = "reserves"
    instruments = "instruments"
    stages = "stages"
    sources = "sources"


def list_names(
    kind: Annotated[Kind, typer.Argument(help="What to list.", show_default=False)],
    form: FormatOption = Format.table,
    json: JsonOption = False,
) -> None:
    """List materials, countries, scenarios and so on.

    A table shows the columns that fit; CSV and JSON carry all of them.
    """
    if kind in (Kind.scenarios, Kind.instruments):
        from lodestock.scenario.listing import rows as scenario_rows

        found = scenario_rows("scenarios" if kind is Kind.scenarios else "instruments")
    elif kind is Kind.reserves:
        from lodestock.reserve.library import case_rows

        found = case_rows()
    else:
        from lodestock.data.listing import rows as data_rows

        found = data_rows(kind.value)
    echo_rows(found, form_of(form, json=json), shown=TABLE_COLUMNS[kind.value])


def sources(
    material: Annotated[str | None, typer.Argument(help="Only sources used for this material.")] = None,
    form: FormatOption = Format.table,
    json: JsonOption = False,
) -> None:
    """List the sources of the snapshot, licence and vintage."""
    from lodestock.data.listing import source_rows

    shown = TABLE_COLUMNS["sources"] if material else TABLE_COLUMNS["sources"][:-1]
    echo_rows(source_rows(material), form_of(form, json=json), shown=shown)


def explain(
    query: Annotated[list[str], typer.Argument(help="Table and keys, in any order.", metavar="QUERY")],
    json: JsonOption = False,
) -> None:
    """Trace a number to its publisher.

    Prints value, the publisher's own text, conversions, source, licence and rival figures.

    Example: lodestock explain "production gallium refined CHN 2024"
    """
    from lodestock.data.explain import explain as explain_number

    explanation = explain_number(" ".join(query))
    if json:
        echo_json(explanation.as_dict())
    else:
        typer.echo(explanation.text())
