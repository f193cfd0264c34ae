"""The report as one self-contained HTML page: no network, no JavaScript, made to be read and printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lodestock.report.drawing import Drawn, draw
from lodestock.report.frames import MANY
from lodestock.report.names import capital, country_name, material_name
from lodestock.report.numbers import count, joined
from lodestock.report.outlines import Outline
from lodestock.report.sections import (
    Block,
    Section,
    figures_in,
    first_page_figures,
    record_sections,
    solved_sections,
)
from lodestock.report.sides import group_name
from lodestock.report.words import answer

if TYPE_CHECKING:
    from jinja2 import Environment

    from lodestock.scenario.outcome import Outcome

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Page:
    """The page's text and the figures drawn on it."""

    html: str
    figures: Mapping[str, Drawn]


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the template environment: everything is escaped unless marked safe, unknown names raise."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


def report_page(outcome: Outcome, outlines: Sequence[Outline], files: Sequence[tuple[str, str]] = ()) -> Page:
    """Write the report of an outcome.

    Parameters
    ----------
    outlines : areas of the maps.
    files : (relative name, what it is) of files beside the page, listed at its end.
    """
    scenario = outcome.cases["scenario"]
    solved = scenario.status == "solved"
    first = first_page_figures(outcome) if solved else []
    sections = [*(solved_sections(outcome, outlines) if solved else ()), *record_sections(outcome, files)]
    drawn = draw([*(figure for column in first for figure in column), *figures_in(sections)])
    context: dict[str, Any] = {
        "outcome": outcome,
        "solved": solved,
        "reason": scenario.reason,
        "idle": scenario.idle,
        "answer": answer(outcome) if solved else None,
        "first_page": [[drawn[figure.key] for figure in column] for column in first],
        "sections": [_with_drawings(section, drawn) for section in sections],
        "one_page": len(outcome.materials) < MANY,
        "meta": meta(outcome),
        "stamp": f"Solved {str(outcome.run.get('date', ''))[:10]}".strip(),
    }
    return Page(render_page("report.html.j2", context), drawn)


def render_page(template: str, context: Mapping[str, Any]) -> str:
    """Fill a template of the shared page frame."""
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    return environment().get_template(template).render(version=version("lodestock"), style=style, **context)


def meta(outcome: Outcome) -> list[tuple[str, str]]:
    """Return what was solved, in a line under the title."""
    names = joined([capital(material_name(material)) for material in outcome.materials])
    found = [("Materials" if len(outcome.materials) > 1 else "Material", names)]
    found.append(("Base year", str(outcome.base_year)))
    if outcome.zone and outcome.zone_name is None:
        found.append(("Measures by", group_name(outcome.zone)))
    elif outcome.zone:
        size = count(len(outcome.zone), "member")
        names = ", ".join(country_name(country) for country in outcome.zone) if len(outcome.zone) <= 8 else ""
        called = f"{outcome.zone_name}, " if outcome.zone_name not in (None, "zone") else ""
        found.append(("Zone", f"{called}{size}" + (f": {names}" if names else "")))
    if outcome.home:
        found.append(("Export control by", joined([country_name(country) for country in outcome.home[:4]])))
    horizon = outcome.resolved.horizon
    years = f"{horizon.years:g}"
    found.append(("Time to adapt", f"{years} year{'' if years == '1' else 's'} ({horizon.name} run)"))
    found.append(("Draws", str(outcome.draws_asked - outcome.draws_failed)))
    found.append(("Data", f"snapshot {str(outcome.run.get('snapshot_hash', ''))[:10]}"))
    return found


def _with_drawings(section: Section, drawn: Mapping[str, Drawn]) -> Section:
    def filled(block: Block) -> Block:
        if block.kind == "figure":
            return replace(block, item=drawn[block.item.key])  # type: ignore[attr-defined]
        if block.kind == "pair":
            return replace(block, item=[drawn[figure.key] for figure in block.item])  # type: ignore[attr-defined]
        return block

    return replace(section, blocks=tuple(filled(block) for block in section.blocks))
