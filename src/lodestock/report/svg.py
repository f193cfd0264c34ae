"""Vega-Lite specification to SVG text, the same on every machine and with no network.

The font is Liberation Sans, which the renderer carries with it and whose letters are exactly as wide as
those of Arial and Helvetica: labels fit wherever the page is opened. Locale and time zone are fixed.
"""

from __future__ import annotations

import importlib.util
import re
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from lodestock.errors import MissingExtraError

FONT = "Liberation Sans, Arial, Helvetica, Arimo, sans-serif"
LOCALE: Final = "en-US"

_NOISE = re.compile(
    r' (?:aria-[a-z]+|role|class|pointer-events)="[^"]*"|<path[^>]*display="none"[^>]*/>| opacity="1"'
)
_ROOT = re.compile(r"<svg [^>]*?width=\"([\d.]+)\" height=\"([\d.]+)\"[^>]*>")
_TAG = re.compile(r"<[^>]*>")
_LONG_NUMBER = re.compile(r"(\d+\.\d{2})\d+")
_REFERENCE = re.compile(r'(\bid="|url\(#|href="#)([A-Za-z_][\w-]*)')


def check_for_missing_parts() -> None:
    """Refuse to start a page of charts when a part that draws them is not installed.

    Raises
    ------
    MissingExtraError
        altair or vl-convert-python is not installed.
    """
    names = {"altair": "altair", "vl_convert": "vl-convert-python"}
    missing = [package for module, package in names.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise MissingExtraError(
            f"charts need {' and '.join(missing)}", hint="install them with: pip install 'lodestock[report]'"
        )


def render(specification: dict[str, Any]) -> str:
    """Render one specification with vl-convert and return SVG text as the renderer gives it."""
    import vl_convert

    return str(
        vl_convert.vegalite_to_svg(
            specification,
            allowed_base_urls=[],
            format_locale=LOCALE,
            time_format_locale=LOCALE,
        )
    )


def inline(svg: str, key: str, title: str, description: str) -> str:
    """Make SVG text fit for a page with several figures.

    The drawing becomes one image with a title and a description for readers who do not see it, identifiers
    get the prefix ``key`` so that clip paths of two figures never mix, attributes without effect and digits
    below a hundredth of a pixel are dropped; digits in texts stay.
    """
    found = _ROOT.search(svg)
    if found is None:
        raise ValueError("the renderer returned no svg element with a width and a height")
    width, height = found.groups()
    body = _NOISE.sub("", svg[found.end() :])
    body = _TAG.sub(lambda tag: _LONG_NUMBER.sub(r"\1", tag[0]), body)
    body = _REFERENCE.sub(rf"\1{key}-\2", body)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {height}" '
        f"width={quoteattr(width)} height={quoteattr(height)} "
        f'aria-labelledby="{key}-title {key}-desc">'
    )
    return (
        f'{head}<title id="{key}-title">{escape(title)}</title>'
        f'<desc id="{key}-desc">{escape(description)}</desc>{body}'
    )
