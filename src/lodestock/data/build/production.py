"""The production table: every publisher's block, the winner of each, intervals and remainders.

Order of work: USGS editions and the IEA as published; withheld intervals; single rare earths from total
rare-earth output; the preferred mine block of each (material, year); refined output that nobody publishes in
tonnes; the preferred refined block; remainders shared out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from lodestock.data.build import iea_supply, rare_earths, refined
from lodestock.data.build.common import OWN, claims_frame, curated
from lodestock.data.build.countries import country_lookup
from lodestock.data.build.observation import Observation
from lodestock.data.build.remainder import split_remainder
from lodestock.data.build.shares import estimation_shares, is_assumed
from lodestock.data.build.usgs_world import read_editions
from lodestock.data.build.withheld import fill_withheld, withheld_bounds
from lodestock.data.precedence import chain_winner, production_winner

BASES = {
    "iea-cmde2025": "IEA shares of 2024",
    "eu-crm2023": "processing share, mean of 2016-2020",
    OWN: "assumed share of world output",
}
"""What a country's estimated output is a share of, by source of the shares."""

YEARS = (2021, 2022, 2023, 2024, 2025)

Block = tuple[str, str, int]
Blocks = dict[Block, dict[str, list[Observation]]]


def build(source_dir: Path, built: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The production table."""
    found = production(source_dir, built["country_aliases"], built["us_salient"])
    return {"production": claims_frame("production", [item.claim() for item in found])}


def production(
    source_dir: Path, country_aliases: pl.DataFrame, us_salient: pl.DataFrame
) -> list[Observation]:
    """All observations, winners marked."""
    shares = estimation_shares(source_dir)
    blocks = _published(source_dir, country_aliases, shares)
    _add_single_rare_earths(blocks)
    _add_refined(blocks, shares, refined.known_output(us_salient))
    done: list[Observation] = []
    for block, by_source in sorted(blocks.items()):
        chosen = _winner(blocks, block)
        for source, rows in sorted(by_source.items()):
            if source != chosen:
                done += rows
                continue
            winners = [replace(row, preferred=True) for row in rows]
            weights, name = _split_weights(blocks, block, chosen, shares)
            done += split_remainder(winners, weights, name)
    return done


def _published(
    source_dir: Path, country_aliases: pl.DataFrame, shares: Mapping[tuple[str, str], Mapping[str, float]]
) -> Blocks:
    observed = read_editions(source_dir, "production", country_lookup(country_aliases))
    blocks = _group([*observed, *iea_supply.observations(source_dir)])
    bounds = withheld_bounds()
    for (material, stage, _), by_source in blocks.items():
        for source, rows in by_source.items():
            by_source[source] = fill_withheld(rows, shares.get((material, stage), {}), bounds)
    return blocks


def _group(observations: Iterable[Observation]) -> Blocks:
    blocks: Blocks = defaultdict(lambda: defaultdict(list))
    for item in observations:
        blocks[item.block][item.source_id].append(item)
    return blocks


def _add_single_rare_earths(blocks: Blocks) -> None:
    for year in YEARS:
        total = blocks[("rare-earths", "mine", year)]
        source = production_winner("mine", total)
        for item in rare_earths.single_elements(total[source]):
            blocks[item.block][source].append(item)


def _winner(blocks: Blocks, block: Block) -> str:
    material, stage, year = block
    if stage != "mine":
        return production_winner(stage, blocks[block])
    totals = {source: refined.mine_sum(rows) for source, rows in blocks[block].items()}
    if len(totals) == 1:
        return next(iter(totals))
    published = blocks.get((material, "refined", year), {})
    if not published:
        return production_winner(stage, totals)
    source = production_winner("refined", published)
    return chain_winner(material, totals, (source, refined.mine_sum(published[source])))


def _add_refined(
    blocks: Blocks,
    shares: Mapping[tuple[str, str], Mapping[str, float]],
    known: Mapping[tuple[str, int], Sequence[Observation]],
) -> None:
    recovery = refined.yields()
    chains = [row["material"] for row in curated("materials.csv").to_dicts() if "|" in row["stages"]]
    for material in chains:
        base = blocks.get((material, "refined", iea_supply.BASE_YEAR), {}).get("iea-cmde2025")
        for year in YEARS:
            block = (material, "refined", year)
            mine_block = blocks.get((material, "mine", year))
            if not mine_block or block in blocks:
                continue
            mined = refined.mine_sum(mine_block[_winner(blocks, (material, "mine", year))])
            if base is not None:
                _like_base_year(blocks, block, mined, base)
            elif (material, "refined") in shares:
                total = refined.scaled(recovery[material], mined, "mine output")
                _put(blocks, block, _share_source(material), total, shares[(material, "refined")], known)
    for material, total in refined.world_totals().items():
        for year in YEARS:
            block = (material, "refined", year)
            _put(blocks, block, _share_source(material), total, shares[(material, "refined")], known)


def _share_source(material: str) -> str:
    return OWN if is_assumed(material, "refined") else "eu-crm2023"


def _like_base_year(blocks: Blocks, block: Block, mined: float, base: Sequence[Observation]) -> None:
    material, _, _ = block
    base_mine = blocks[(material, "mine", iea_supply.BASE_YEAR)]
    base_mined = refined.mine_sum(base_mine[_winner(blocks, (material, "mine", iea_supply.BASE_YEAR))])
    ratio = refined.mine_sum(base) / base_mined
    spread = refined.Total(0.9 * ratio, ratio, 1.1 * ratio, "ratio of 2024, IEA refined over mine output")
    total = refined.scaled(spread, mined, "mine output")
    parts = {item.country: item.central for item in base if item.country != "WLD"}
    _put(
        blocks,
        block,
        "iea-cmde2025",
        total,
        {country: part / sum(parts.values()) for country, part in parts.items()},
        {},
    )


def _put(
    blocks: Blocks,
    block: Block,
    source: str,
    total: refined.Total,
    shares: Mapping[str, float],
    known: Mapping[tuple[str, int], Sequence[Observation]],
) -> None:
    basis = BASES[source]
    material, _, year = block
    # the world row is this project's own but belongs to the block of its countries
    published = known.get((material, year), ())
    blocks[block][source] += refined.share_out(material, year, total, shares, source, basis, published)


def _split_weights(
    blocks: Blocks, block: Block, chosen: str, shares: Mapping[tuple[str, str], Mapping[str, float]]
) -> tuple[Mapping[str, float], str]:
    """Weights for the remainder: another publisher's countries of the same block, else EU shares."""
    material, stage, _ = block
    rivals = [source for source in blocks[block] if source != chosen and source.startswith("usgs")]
    if chosen == "iea-cmde2025" and rivals:
        source = production_winner(stage, rivals)
        rival = [replace(row, preferred=True) for row in blocks[block][source]]
        placed = split_remainder(rival, shares.get((material, stage), {}), "shares")
        rows = [row for row in placed if row.preferred and row.country not in {"WLD", "OTH"}]
        total = refined.mine_sum(rows)
        return {row.country: row.central / total for row in rows}, f"the output by country of {source}"
    return shares.get((material, stage), {}), "European Commission shares of 2016-2020"
