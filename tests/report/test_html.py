"""The report as a browser sees it: no request to elsewhere, links resolve, captions, headings, tables."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from lodestock.report.html import report_page
from lodestock.report.outlines import Outline
from lodestock.scenario.outcome import Outcome

FETCHING = {"img", "script", "link", "iframe", "object", "embed", "source", "video", "audio", "use", "image"}
VOID = {"meta", "link", "br", "img", "hr", "input"}


class Page(HTMLParser):
    """Collects what the tests ask about."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.identifiers: list[str] = []
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.headings: list[int] = []
        self.captions: list[str] = []
        self.tables: list[dict[str, int]] = []
        self.policy = ""
        self.language = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        if found.get("id"):
            self.identifiers.append(str(found["id"]))
        if tag == "a":
            self.links.append(str(found.get("href")))
        if tag in FETCHING:
            self.fetched += [str(found[key]) for key in ("src", "href", "xlink:href", "data") if key in found]
        if tag == "html":
            self.language = str(found.get("lang"))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "figcaption":
            self.captions.append("")
        if tag == "table":
            self.tables.append({"caption": 0, "scope": 0})
        if tag == "caption":
            self.tables[-1]["caption"] += 1
        if tag == "th" and found.get("scope"):
            self.tables[-1]["scope"] += 1
        if found.get("http-equiv") == "Content-Security-Policy":
            self.policy = str(found["content"])

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes the wrong element"

    def handle_data(self, data: str) -> None:
        if "figcaption" in self.open:
            self.captions[-1] += data


@pytest.fixture(scope="module")
def text(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_nothing_is_fetched_from_elsewhere(page: Page, text: str) -> None:
    assert all(address.startswith("data:") for address in page.fetched)
    assert "script" not in page.tags
    style = text[text.index("<style>") : text.index("</style>")]
    assert "@import" not in style
    assert "url(" not in style
    assert "@font-face" not in style
    assert "default-src 'none'" in page.policy


def test_outside_links_are_the_citations_of_the_sources(page: Page) -> None:
    outside = [link for link in page.links if not link.startswith(("#", "data:"))]
    files = [link for link in outside if "://" not in link]
    cited = {"https://doi.org/10.3133/mcs2026", "https://doi.org/10.2139/ssrn.1994500"}
    assert set(outside) - set(files) == cited
    assert all(not link.startswith("/") and ".." not in link for link in files)


def test_links_inside_the_page_and_to_its_files_resolve(page: Page, folder: Path) -> None:
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.identifiers
        elif "://" not in link and not link.startswith("data:"):
            assert (folder / link).exists(), link


def test_identifiers_are_unique_and_elements_closed(page: Page) -> None:
    assert len(page.identifiers) == len(set(page.identifiers))
    assert page.open == []


def test_every_figure_has_number_unit_source_and_downloads(page: Page) -> None:
    assert len(page.captions) == page.tags.count("figure") >= 12
    for number, caption in enumerate(page.captions, start=1):
        assert f"Figure {number}." in caption
        assert "Unit:" in caption
        assert "Source:" in caption
    links = [link for link in page.links if link.startswith("data:")]
    assert len(links) == 2 * len(page.captions)


def test_downloads_hold_the_data_and_the_specification(page: Page) -> None:
    links = [link for link in page.links if link.startswith("data:")]
    first, second = (base64.b64decode(link.split("base64,")[1]).decode("utf-8") for link in links[:2])
    assert first.startswith("material,market,central,p10,p90")
    assert "vega-lite" in json.loads(second)["$schema"]


def test_headings_step_down_one_level_at_a_time(page: Page) -> None:
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    for above, below in zip(page.headings, page.headings[1:], strict=False):
        assert below <= above + 1
    assert page.language == "en"


def test_tables_have_captions_and_scoped_headings(page: Page) -> None:
    assert len(page.tables) >= 10
    assert all(table["caption"] == 1 and table["scope"] >= 2 for table in page.tables)


def test_every_map_carries_the_disclaimer(page: Page) -> None:
    maps = [caption for caption in page.captions if "Natural Earth" in caption]
    assert len(maps) == 4
    assert all("imply no opinion" in caption for caption in maps)


def test_text_from_a_scenario_is_escaped(ban: Outcome, outlines: tuple[Outline, ...]) -> None:
    hostile = replace(ban, title="<script>alert(1)</script> & co", question='"><img src=x>')
    found = Page(report_page(hostile, outlines).html)
    assert "script" not in found.tags
    assert "img" not in found.tags


def test_an_unsolved_scenario_shows_its_reason_and_no_numbers(
    ban: Outcome, outlines: tuple[Outline, ...]
) -> None:
    scenario = replace(ban.cases["scenario"], status="not_solved", reason="gallium: no equilibrium found")
    page = report_page(replace(ban, cases={**ban.cases, "scenario": scenario}), outlines)
    assert "No solution was found" in page.html
    assert "gallium: no equilibrium found" in page.html
    assert not page.figures
    assert 'class="headline"' not in page.html


def test_figures_lie_beside_the_page_too(folder: Path) -> None:
    names = {path.name for path in (folder / "figures").iterdir()}
    assert {"price-band.svg", "price-band.csv", "price-band.vl.json"} <= names
