"""The page of one material, drawn from the shipped snapshot."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.report.test_html import Page

from lodestock.errors import LodestockError
from lodestock.report.charts.world import share_map, world_flow_chart
from lodestock.report.outlines import Outline
from lodestock.report.world_page import write_world_page
from lodestock.world.cache import load_world
from lodestock.world.model import World
from lodestock.world.summary import summarise


@pytest.fixture(scope="module")
def world() -> World:
    return load_world("gallium")


@pytest.fixture(scope="module")
def written(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_world_page(summarise(world), tmp_path_factory.mktemp("page") / "deep" / "gallium.html")


def test_the_page_is_self_contained_and_well_formed(written: Path) -> None:
    page = Page(written.read_text(encoding="utf-8"))
    assert all(address.startswith("data:") for address in page.fetched)
    assert "script" not in page.tags
    assert len(page.identifiers) == len(set(page.identifiers))
    assert all(link[1:] in page.identifiers for link in page.links if link.startswith("#"))
    assert all("Unit:" in caption and "Source:" in caption for caption in page.captions)
    assert len(page.captions) >= 3
    for above, below in zip(page.headings, page.headings[1:], strict=False):
        assert below <= above + 1


def test_the_page_says_who_leads_and_what_is_observed(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    assert "Primary output: " in text
    assert "led by China" in text
    assert "agree with trade statistics" in text
    assert "The ten largest adjustments" in text


def test_flow_chart_holds_every_flow(world: World) -> None:
    total = sum(float(table.sum()) for table in world.flows.values())
    assert float(world_flow_chart(world).data["t"].sum()) == pytest.approx(total)


def test_shares_on_a_map_add_to_one(world: World, outlines: tuple[Outline, ...]) -> None:
    figure = share_map(world, "use", world.use.quantity, outlines, "map-use")
    assert float(figure.data["value"].sum()) == pytest.approx(1.0)


def test_a_page_that_cannot_be_written_leaves_nothing(world: World, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(LodestockError, match="cannot be written"):
        write_world_page(summarise(world), tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
