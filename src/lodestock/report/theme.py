"""Colours, sizes and the Vega-Lite configuration shared by every chart.

Colours are from the palette of Okabe and Ito (2008), chosen to stay apart for readers with colour-vision
deficiency; every chart also says by label, shape or position what it says by colour.
"""

from __future__ import annotations

from typing import Any

from lodestock.report.svg import FONT

INK = "#1b2733"
MUTED = "#5b6875"
RULE = "#d5dbe1"
LAND = "#e3e6ea"
WATER = "#f7f9fb"
DISPUTED = "#c3c9cf"

BASE = "#8b97a3"
"""The undisturbed market (doing nothing)."""
SCENARIO = "#0b4f83"
GAIN = "#0072b2"
LOSS = "#c8500a"
HOME = "#c8500a"
ABROAD = "#0072b2"
INSIDE = "#0072b2"
OUTSIDE = "#c8500a"

CATEGORIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f6bb3", "#8a6d3b")
REST = "#a7b0b9"

FALL_TO_RISE = ("#4575b4", "#abd0e6", "#fff7d1", "#fdd49e", "#fc8d59", "#d7301f", "#7f0000")
"""Seven classes from fall (blue) over none (pale yellow) to rise (red), after ColorBrewer RdYlBu and OrRd."""
MORE = ("#fff7d1", "#fdd49e", "#fc8d59", "#d7301f", "#7f0000")
"""Five classes from none to much, after ColorBrewer OrRd; both sets are colour-blind safe."""

WIDTH = 780
"""Width of a full chart in px; the page scales it to the column."""

MARKET_COLOUR = {"home": HOME, "abroad": ABROAD, "inside": INSIDE, "outside": OUTSIDE, "world": SCENARIO}


def configuration() -> dict[str, Any]:
    """Return the ``config`` block put into every specification."""
    return {
        "font": FONT,
        "background": "white",
        "padding": 4,
        "view": {"stroke": None},
        "axis": {
            "labelColor": INK,
            "labelFontSize": 11,
            "labelLimit": 240,
            "labelPadding": 6,
            "titleColor": MUTED,
            "titleFontSize": 11,
            "titleFontWeight": "normal",
            "titlePadding": 8,
            "gridColor": RULE,
            "domainColor": MUTED,
            "tickColor": RULE,
        },
        "legend": {
            "labelColor": INK,
            "labelFontSize": 11,
            "labelLimit": 260,
            "titleColor": MUTED,
            "titleFontSize": 11,
            "titleFontWeight": "normal",
        },
        "header": {
            "labelColor": INK,
            "labelFontSize": 12,
            "labelFontWeight": "bold",
            "titleColor": MUTED,
            "titleFontSize": 11,
            "titleFontWeight": "normal",
        },
        "title": {
            "color": INK,
            "fontSize": 12,
            "fontWeight": "bold",
            "anchor": "start",
            "offset": 6,
        },
        "text": {"color": INK, "fontSize": 11},
        "locale": {"number": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["$", ""]}},
    }
