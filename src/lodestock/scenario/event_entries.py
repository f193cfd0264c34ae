"""Shocks on the way and on leaks, as they stand in a file."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lodestock.scenario.entry import Entry
from lodestock.scenario.fields import Countries, Share, Word


class ClosureEntry(Entry):
    """A strait, canal or border that closes: what passes it waits or goes round.

    Name a corridor of the snapshot, or exporters, or both to mean only what they ship through it. A
    retaliation is an `export_ban` of the other side.
    """

    type: Literal["closure"]
    corridor: Word | None = Field(
        default=None, description="Strait or canal (table chokepoints of the snapshot).", examples=["suez"]
    )
    exporters: Countries | None = Field(
        default=None,
        description="Countries whose shipments are held up; all when left out.",
        examples=["CHN"],
    )
    importers: Countries | None = Field(
        default=None, description="Destinations held up; all when left out.", examples=["EU27"]
    )
    share: Share | None = Field(
        default=None, description="Share that cannot pass; 100 % when left out.", examples=["50 %"]
    )


class EnforcementEntry(Entry):
    """A drive against leaks: a share of what goes round the export controls of a country is stopped."""

    type: Literal["enforcement"]
    exporters: Countries = Field(description="Countries that enforce their controls.", examples=["CHN"])
    share: Share = Field(description="Share of the leak that is stopped.", examples=["90 %"])
