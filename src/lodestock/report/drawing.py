"""Figures made ready for a page: numbered, drawn, with links that carry their data and specification."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass

from lodestock.report.figure import Figure
from lodestock.report.svg import check_for_missing_parts, inline, render


@dataclass(frozen=True)
class Drawn:
    """A figure with its number, its inline SVG and its downloads as text."""

    figure: Figure
    number: int
    svg: str
    csv: str
    specification: str

    @property
    def key(self) -> str:
        """Name of the figure in anchors and file names."""
        return self.figure.key

    @property
    def title(self) -> str:
        """What the figure shows."""
        return self.figure.title

    @property
    def reading(self) -> str:
        """How to read it."""
        return self.figure.reading

    @property
    def unit(self) -> str:
        """Unit of the values."""
        return self.figure.unit

    @property
    def source(self) -> str:
        """Where the values come from."""
        return self.figure.source

    @property
    def data_link(self) -> str:
        """The data as a link that needs no file and no network."""
        return data_link("text/csv", self.csv)

    @property
    def specification_link(self) -> str:
        """The specification as a link that needs no file and no network."""
        return data_link("application/json", self.specification)


def draw(figures: Iterable[Figure]) -> dict[str, Drawn]:
    """Draw figures in order and number them from one; the result is keyed by figure key."""
    check_for_missing_parts()
    drawn: dict[str, Drawn] = {}
    for number, figure in enumerate(figures, start=1):
        svg = inline(render(figure.specification), figure.key, figure.title, figure.description)
        specification = json.dumps(figure.specification, separators=(",", ":"), ensure_ascii=False)
        drawn[figure.key] = Drawn(figure, number, svg, figure.data.write_csv(), specification)
    return drawn


def data_link(media_type: str, text: str) -> str:
    """Return ``data:`` link that holds the text itself."""
    encoded = base64.b64encode(text.encode("utf-8")).decode("ascii")
    return f"data:{media_type};charset=utf-8;base64,{encoded}"
