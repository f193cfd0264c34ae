"""Mandates on users: content of the zone's own or of recycled material, a cap on any one origin."""

from __future__ import annotations

from dataclasses import dataclass

from lodestock.policy.term import Term


@dataclass(frozen=True, slots=True, kw_only=True)
class DomesticContent(Term):
    """At least ``share`` of what ``users`` take up at the stage comes from among themselves.

    Counted as everything taken up less what is imported from outside, whether or not that is shipped on.
    """

    users: tuple[str, ...]
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RecycledContent(Term):
    """Old scrap recovered by ``users`` is at least ``share`` of what they use."""

    users: tuple[str, ...]
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleCountryCap(Term):
    """At most ``share`` of what ``users`` take up at the stage comes from any one of ``origins``.

    ``origins`` are capped one by one and contain no user.
    """

    users: tuple[str, ...]
    origins: tuple[str, ...]
    share: float
