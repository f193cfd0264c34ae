"""The answer in the terminal: a rich panel on a terminal, the same words as plain text when piped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lodestock.report.table import Table
from lodestock.report.tables import price_table, surplus_table
from lodestock.report.weekly import WEEKLY, description, paths_of, sector_table, weekly_dict
from lodestock.report.words import Answer, answer

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from lodestock.scenario.outcome import Outcome


def print_summary(outcome: Outcome, console: Console | None = None) -> None:
    """Print the answer, the price table and who pays; without colour or boxes when nobody watches."""
    from rich.console import Console

    target = console or Console(highlight=False)
    if target.is_terminal:
        for part in _renderables(outcome):
            target.print(part)
        return
    target.file.write(summary_text(outcome) + "\n")


def summary_text(outcome: Outcome) -> str:
    """Return the summary as plain text, one sentence a line."""
    scenario = outcome.cases["scenario"]
    lines = [outcome.title, outcome.question, ""]
    if scenario.status != "solved":
        return "\n".join([*lines, f"Not solved: {scenario.reason}"])
    found = answer(outcome)
    lines += [found.headline, *scenario.idle]
    if found.verdict is not None:
        lines += ["", f"{found.verdict.label}:", *(f"  {text}" for text in found.verdict.sentences)]
    for point in found.points:
        lines += ["", point.question, *(f"  {text}" for text in point.sentences)]
    for table in (price_table(outcome), surplus_table(outcome)):
        lines += ["", *_plain_table(table)]
    paths = paths_of(outcome)
    if paths:
        lines += ["", f"Week by week. {WEEKLY}"]
    for path in paths:
        lines += ["", description(path)]
        lost = sector_table(path)
        if lost is not None:
            lines += ["", *_plain_table(lost)]
    return "\n".join(lines)


def summary_dict(outcome: Outcome) -> dict[str, Any]:
    """Return the headline for machines: status, words, prices, shortage, surplus, bands, certificate."""
    scenario = outcome.cases["scenario"]
    head: dict[str, Any] = {
        "name": outcome.name,
        "title": outcome.title,
        "status": scenario.status,
        "reason": scenario.reason,
        "materials": list(outcome.materials),
        "base_year": outcome.base_year,
        "zone": list(outcome.zone),
        "home": list(outcome.home),
        "cases": {name: case.status for name, case in outcome.cases.items()},
        "certificate": dict(scenario.certificate),
        "run": dict(outcome.run),
    }
    if scenario.status != "solved":
        return head
    found = answer(outcome)
    return head | {
        "headline": found.headline,
        "idle": list(scenario.idle),
        "verdict": None if found.verdict is None else found.verdict.kind,
        "prices": scenario.reference_prices.to_dicts(),
        "metrics": scenario.metrics.to_dicts(),
        "bands": outcome.bands.to_dicts(),
        "levies": scenario.levies.to_dicts(),
        "shortage": scenario.shortage.sort("shortage_t", descending=True).head(20).to_dicts(),
        "weekly": weekly_dict(outcome),
    }


def _renderables(outcome: Outcome) -> list[RenderableType]:
    from rich.panel import Panel
    from rich.text import Text

    scenario = outcome.cases["scenario"]
    if scenario.status != "solved":
        return [Panel(Text(f"Not solved: {scenario.reason}"), title=outcome.title, border_style="red")]
    found = answer(outcome)
    body = _answer_text(found, scenario.idle)
    paths = paths_of(outcome)
    weekly: list[RenderableType] = [Text(f"Week by week. {WEEKLY}")] if paths else []
    for path in paths:
        lost = sector_table(path)
        weekly += [Text(description(path)), *([_rich_table(lost)] if lost else [])]
    return [
        Panel(body, title=Text(outcome.title, style="bold"), subtitle=outcome.question, border_style="blue"),
        _rich_table(price_table(outcome)),
        _rich_table(surplus_table(outcome)),
        *weekly,
    ]


def _answer_text(found: Answer, idle: Sequence[str]) -> Any:
    from rich.text import Text

    body = Text(found.headline, style="bold")
    for sentence in idle:
        body.append(f"\n{sentence}", style="not bold")
    if found.verdict is not None:
        body.append(f"\n\n{found.verdict.label}. ", style="bold magenta")
        body.append(" ".join(found.verdict.sentences), style="not bold")
    for point in found.points:
        body.append(f"\n\n{point.question}\n", style="bold cyan")
        body.append("\n".join(point.sentences), style="not bold")
    return body


def _rich_table(table: Table) -> RenderableType:
    from rich import box
    from rich.table import Table as RichTable

    shown = RichTable(title=table.title, box=box.SIMPLE_HEAD, title_justify="left")
    for column in table.columns:
        unit = f"\n{column.unit}" if column.unit else ""
        shown.add_column(column.name + unit, justify="right" if column.numeric else "left")
    for row in table.rows:
        shown.add_row(*(cell.text for cell in row))
    return shown


def _plain_table(table: Table) -> list[str]:
    rows = [[column.name for column in table.columns], *([cell.text for cell in row] for row in table.rows)]
    widths = [max(len(row[number]) for row in rows) for number in range(len(table.columns))]
    lines = [
        "  ".join(
            text.rjust(width) if column.numeric else text.ljust(width)
            for text, width, column in zip(row, widths, table.columns, strict=True)
        ).rstrip()
        for row in rows
    ]
    return [table.title, *lines]
