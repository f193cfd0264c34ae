"""Split "other countries" over the countries that a publisher does not name.

A remainder has no place on a map and cannot belong to a zone. It is shared out by the shares of world
supply of countries that the block does not list, each at most ``CAP`` times its share of the world total:

.. math:: q_c = \\min\\Big(O \\frac{s_c}{\\sum_k s_k},\\; CAP \\cdot s_c T\\Big)

What is left stays with the pseudo-country OTH. The published remainder is kept, not preferred.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lodestock.data.build.common import join_notes
from lodestock.data.build.observation import Observation

CAP = 1.5
SMALLEST_SHARE = 0.0005


def split_remainder(
    block: Sequence[Observation], weights: Mapping[str, float], weight_name: str
) -> list[Observation]:
    """Rows of one preferred block with its OTH row shared out; unchanged when there is nothing to do.

    Parameters
    ----------
    block : preferred rows of one (material, stage, year).
    weights : fraction of world supply by country, any publisher.
    weight_name : where the weights come from, for the note.
    """
    other = next((item for item in block if item.country == "OTH" and (item.value or 0.0) > 0), None)
    if other is None or other.value is None:
        return list(block)
    listed = {item.country for item in block}
    free = {
        country: share
        for country, share in weights.items()
        if country not in listed and share >= SMALLEST_SHARE
    }
    if not free:
        return list(block)
    total = next((item.central for item in block if item.country == "WLD"), None)
    if total is None:
        total = sum(item.central for item in block)
    parts = {
        country: min(other.value * share / sum(free.values()), CAP * share * total)
        for country, share in sorted(free.items())
    }
    left = max(other.value - sum(parts.values()), 0.0)
    published = replace(
        other, preferred=False, note=join_notes(other.note, "shared out over countries not listed")
    )
    rest = replace(
        other,
        value=left,
        low=0.0,
        high=other.value,
        status="estimated",
        source_id="own-work",
        note=f"what is left of the published remainder after sharing it out by {weight_name}",
    )
    split = [
        replace(
            other,
            country=country,
            value=part,
            low=0.5 * part,
            high=min(2.0 * part, other.value),
            status="estimated",
            source_id="own-work",
            note=f"part of the published remainder {other.published_value} {other.published_unit}, "
            f"shared out by {weight_name}",
        )
        for country, part in parts.items()
    ]
    return [item for item in block if item is not other] + [published, rest, *split]
