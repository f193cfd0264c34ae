import pytest

from lodestock.data.precedence import chain_winner, production_winner, winner

USGS26, USGS25, IEA, EU = "usgs-mcs2026", "usgs-mcs2025", "iea-cmde2025", "eu-crm2023"


def test_mine_output_prefers_the_newest_usgs_edition():
    assert production_winner("mine", [IEA, USGS25, USGS26]) == USGS26


def test_refined_output_prefers_the_iea_then_usgs_then_shares():
    assert production_winner("refined", [EU, USGS26, IEA]) == IEA
    assert production_winner("refined", [EU, USGS26]) == USGS26


def test_both_stages_from_one_publisher_when_refined_exceeds_mined():
    # lithium 2024: USGS mines 222 kt, IEA refines 242 kt and mines 255 kt
    assert chain_winner("lithium", {USGS26: 222e3, IEA: 255e3}, (IEA, 242e3)) == IEA


def test_mine_block_stays_when_the_other_publisher_does_not_cover_it_either():
    assert chain_winner("nickel", {USGS26: 3.4e6, IEA: 3.3e6}, (IEA, 3.5e6)) == USGS26


def test_copper_may_refine_more_than_it_mines_because_scrap_counts():
    assert chain_winner("copper", {USGS26: 23.0e6, IEA: 28e6}, (IEA, 26.9e6)) == USGS26


def test_a_publisher_without_a_rank_is_an_error():
    with pytest.raises(KeyError, match="new-survey"):
        winner(["new-survey", USGS26], (USGS26,))
