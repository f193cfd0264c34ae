"""Rows for ``lodestock list scenarios`` and ``lodestock list instruments``."""

from __future__ import annotations

from typing import Any, Literal

from lodestock.scenario.library import shipped_scenarios, template_names


def rows(what: Literal["scenarios", "instruments"]) -> list[dict[str, Any]]:
    """Return what ships as a list of flat objects.

    scenarios: slug, title, materials (list), question; instruments: kind, group, what, keys (list).
    """
    if what == "scenarios":
        return [
            {
                "slug": shipped.name,
                "title": shipped.title,
                "materials": list(shipped.materials),
                "question": shipped.question,
            }
            for shipped in shipped_scenarios()
        ]
    return _instruments()


def templates() -> list[str]:
    """Return the names of the templates for ``lodestock new``."""
    return list(template_names())


def _instruments() -> list[dict[str, Any]]:
    from lodestock.scenario.entries import INSTRUMENT_TYPES, SHOCK_TYPES, Entry

    common = set(Entry.model_fields)
    listed = []
    for group, types in (("instrument", INSTRUMENT_TYPES), ("shock", SHOCK_TYPES)):
        for kind, entry in types.items():
            keys = [key for key in entry.model_fields if key not in common and key != "type"]
            what = " ".join((entry.__doc__ or "").split())
            listed.append({"kind": kind, "group": group, "what": what, "keys": keys})
    return listed
