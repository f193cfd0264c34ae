"""Rewrite the parts of docs/ that are generated from the code: between ``<!-- begin: x -->`` and its end.

The schema of a table, the help text of a command and the code of an error are each said once, in the code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"(<!-- begin: (?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def command_names() -> list[tuple[str, ...]]:
    """Return every command as its words, groups included: ("run",), ("data",), ("data", "build"), ..."""
    import typer.main

    from lodestock.cli.app import app

    found: list[tuple[str, ...]] = []

    def walk(command: object, words: tuple[str, ...]) -> None:
        for name, child in getattr(command, "commands", {}).items():
            found.append((*words, name))
            walk(child, (*words, name))

    walk(typer.main.get_command(app), ())
    return found


def help_text(words: tuple[str, ...]) -> str:
    """Return what ``lodestock WORDS --help`` prints at a width of 100."""
    from typer.testing import CliRunner

    from lodestock.cli.app import app

    result = CliRunner().invoke(app, [*words, "--help"], prog_name="lodestock", terminal_width=100)
    return "\n".join(line.rstrip() for line in result.output.strip().splitlines())


def commands() -> str:
    """Every command with its help text."""
    parts = []
    for words in command_names():
        name = " ".join(("lodestock", *words))
        parts.append(f"### `{name}`\n\n```text\n{help_text(words)}\n```\n")
    return "\n".join(parts)


def tables() -> str:
    """Every table of the snapshot with its keys and columns; the columns of claims once."""
    from lodestock.data.schema import CLAIM_COLUMNS, TABLES

    claim_names = {column.name for column in CLAIM_COLUMNS}
    parts = ["### Columns of every claim table\n", _column_table(CLAIM_COLUMNS)]
    for name, table in TABLES.items():
        own = [column for column in table.columns if not (table.is_claim and column.name in claim_names)]
        kind = " A claim table: the columns above follow." if table.is_claim else ""
        keys = ", ".join(f"`{key}`" for key in table.keys)
        parts.append(f"### `{name}`\n\n{table.description}{kind} One row per {keys}.\n")
        parts.append(_column_table(own))
    return "\n".join(parts)


def _column_table(columns: object) -> str:
    lines = ["| column | type | unit | meaning |", "|---|---|---|---|"]
    for column in columns:
        meaning = column.description
        if column.allowed:
            meaning += ": " + ", ".join(f"`{value}`" for value in column.allowed)
        if not column.required:
            meaning += " (may be empty)"
        lines.append(
            f"| `{column.name}` | {column.dtype} | {column.unit} | {meaning} |".replace("|  |", "| |")
        )
    return "\n".join(lines) + "\n"


def error_classes() -> list[type[Exception]]:
    """Return the error classes with a code, base first."""
    from lodestock import errors

    found = [
        thing
        for thing in vars(errors).values()
        if isinstance(thing, type) and issubclass(thing, errors.LodestockError)
    ]
    return sorted(found, key=lambda error: error.code)


def errors() -> str:
    """Every error code with its class and meaning."""
    lines = ["| code | class | meaning |", "|---|---|---|"]
    for error in error_classes():
        meaning = " ".join((error.__doc__ or "").split())
        lines.append(f"| `{error.code}` | `{error.__name__}` | {meaning} |")
    return "\n".join(lines) + "\n"


def market_case() -> str:
    """Every key of a market case with type, unit, default and meaning."""
    from lodestock.market.case.schema import reference

    return reference()


GENERATORS: dict[str, Callable[[], str]] = {
    "commands": commands,
    "tables": tables,
    "errors": errors,
    "market-case": market_case,
}


def generated() -> dict[Path, str]:
    """Return the text each page with generated parts should have, and that of the market case's schema."""
    from lodestock.market.case import json_schema

    schema = json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"
    pages = {ROOT / "docs" / "market-case.schema.json": schema}
    for path in sorted((ROOT / "docs").rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        if BLOCK.search(text):
            pages[path] = BLOCK.sub(
                lambda block: block[1] + "\n" + GENERATORS[block["name"]]() + "\n" + block[3], text
            )
    return pages


def main() -> None:
    """Write the pages that changed and name them."""
    for path, text in generated().items():
        if path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
