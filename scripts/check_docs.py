"""Check the documentation: links resolve, nothing is undocumented, examples are real, all is current.

Prints one line per problem and exits with 1 when there is one.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import write_docs

ROOT = write_docs.ROOT
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
SHELL = re.compile(r"^```(?:sh|console)\n(?P<lines>.*?)^```", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`(lodestock [^`\n]+)`")
CODE_COLUMN = re.compile(
    r"(name|function|in the|name in) ?code|function( in .*)?$|code$|name$", re.IGNORECASE
)
FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.:/*~-])/(?:work|tmp|root|home|farm)/[A-Za-z]"),
    "a package registry's address": re.compile(
        r"https?://[^\s\"'<>)]+(?:\.whl|\.tar\.gz|\.tgz|/simple/)|index-url ?="
    ),
}
BINARY = {".png", ".parquet", ".xlsx", ".npz", ".gz"}


def pages() -> list[Path]:
    """Return every Markdown page of the repository."""
    top = list(ROOT.glob("*.md"))
    return sorted([*top, *(ROOT / "docs").rglob("*.md")])


def tracked() -> list[Path]:
    """Return the text files under version control."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    paths = [ROOT / name for name in listing.decode().split("\0") if name]
    return [path for path in paths if path.is_file() and path.suffix not in BINARY]


def anchors(text: str) -> set[str]:
    """Return the anchors that headings get: lower case, spaces to hyphens, other signs dropped."""
    headings = re.findall(r"^#+ +(.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def broken_links() -> Iterator[str]:
    """Yield links between files that lead nowhere, headings included."""
    for page in pages():
        text = page.read_text(encoding="utf-8")
        for match in LINK.finditer(FENCE.sub("", text)):
            target, _, anchor = match["target"].partition("#")
            if ":" in target:
                continue
            path = (page.parent / target).resolve() if target else page
            if not path.exists():
                yield f"{page.relative_to(ROOT)}: link to {target}, which does not exist"
            elif anchor and path.suffix == ".md" and anchor not in anchors(path.read_text(encoding="utf-8")):
                yield f"{page.relative_to(ROOT)}: no heading #{anchor} in {path.relative_to(ROOT)}"


def undocumented() -> Iterator[str]:
    """Yield instruments, shocks and make targets that no page names."""
    from lodestock.scenario.listing import rows

    scenarios = (ROOT / "docs" / "scenario-reference.md").read_text(encoding="utf-8")
    for row in rows("instruments"):
        if f"`{row['kind']}`" not in scenarios:
            yield f"docs/scenario-reference.md: {row['kind']} is not described"
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for target in re.findall(
        r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    ):
        if f"make {target}" not in contributing:
            yield f"CONTRIBUTING.md: make {target} is not described"


def command_lines(text: str) -> Iterator[list[str]]:
    """Yield the words of every command of ours, in a block of its own or inside a sentence."""
    lines = [line for block in SHELL.finditer(text) for line in block["lines"].splitlines()]
    for line in [*lines, *INLINE.findall(FENCE.sub("", text))]:
        words = line.removeprefix("$ ").split("#")[0].split()
        if words[:1] == ["lodestock"]:
            yield words


def wrong_examples() -> Iterator[str]:
    """Yield command lines in the pages that name a command or option that does not exist."""
    known = {words: write_docs.help_text(words) for words in [(), *write_docs.command_names()]}
    for page in pages():
        for words in command_lines(page.read_text(encoding="utf-8")):
            plain = tuple(word for word in words[1:] if not word.startswith("-"))
            command = next((plain[:n] for n in (3, 2, 1, 0) if plain[:n] in known), ())
            for option in (word.split("=")[0] for word in words if word.startswith("--")):
                if option not in known[command]:
                    yield f"{page.relative_to(ROOT)}: {' '.join(words)}: no option {option}"
            if plain and not command:
                yield f"{page.relative_to(ROOT)}: {' '.join(words)}: no such command"


def unknown_names() -> Iterator[str]:
    """Yield names in the equation tables that the code no longer has."""
    sources = {path: path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py")}
    words = {word for text in sources.values() for word in re.findall(r"\w+", text)}
    by_module: dict[str, set[str]] = {}
    for path, text in sources.items():
        by_module.setdefault(path.stem, set()).update(re.findall(r"\w+", text))
    for page in pages():
        for number, name in names_in_tables(page.read_text(encoding="utf-8")):
            parts = name.removesuffix(".py").split(".")
            known = all(part in words for part in parts)
            if len(parts) > 1 and parts[-2] in by_module:
                known = parts[-1] in by_module[parts[-2]] or parts[-1] in by_module
            if not known:
                yield f"{page.relative_to(ROOT)}:{number}: no {name} in the code"


def names_in_tables(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and name of the dotted or plain names in columns that say that they name code."""
    columns: list[int] = []
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            columns = []
        elif not columns:
            columns = [at for at, cell in enumerate(cells) if CODE_COLUMN.match(cell)] or [-1]
        elif columns != [-1]:
            found = " ".join(cells[at] for at in columns if at < len(cells))
            yield from ((number, name) for name in re.findall(r"`([A-Za-z_][\w.]*[A-Za-z_\d])`", found))


def outdated() -> Iterator[str]:
    """Yield pages whose generated parts differ from the code."""
    for path, text in write_docs.generated().items():
        if path.read_text(encoding="utf-8") != text:
            yield f"{path.relative_to(ROOT)}: not current, run make docs"


def forbidden() -> Iterator[str]:
    """Yield tracked lines that name one machine's folders or a package registry."""
    for path in tracked():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for what, pattern in FORBIDDEN.items():
                if pattern.search(line):
                    yield f"{path.relative_to(ROOT)}:{number}: {what}"


CHECKS = (broken_links, undocumented, wrong_examples, unknown_names, outdated, forbidden)


def problems() -> list[str]:
    """Return every problem found by every check."""
    return [problem for check in CHECKS for problem in check()]


if __name__ == "__main__":
    found = problems()
    print("\n".join(found) if found else "documentation: no problems")
    sys.exit(bool(found))
