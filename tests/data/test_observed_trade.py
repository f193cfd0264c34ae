"""An observation is published tonnes of the material itself for the pair."""

import polars as pl

from lodestock.data.catalog import materials
from lodestock.data.observed_trade import observed_pairs
from lodestock.data.snapshot import load_table

PART = "part of a mixed code, told by its unit value or exporter"


def test_values_and_splits_of_shared_codes_are_not_observations():
    codes = pl.DataFrame(
        [("HS92", "1", "a"), ("HS92", "1", "b"), ("HS92", "2", "c"), ("HS92", "2", "c")],
        schema=["hs_version", "hs6", "material"],
        orient="row",
    )
    trade = pl.DataFrame(
        [
            ("whole weight", "HS92", "1", True, None),
            ("from the value", "HS92", "1", False, "no tonnes published"),
            ("split between materials", "HS92", "1", True, PART),
            ("one material in two forms", "HS92", "2", True, PART),
        ],
        schema=["what", "hs_version", "hs6", "is_observed", "note"],
        orient="row",
    )
    assert observed_pairs(trade, codes)["what"].to_list() == ["whole weight", "one material in two forms"]


def test_elements_split_out_of_mixed_rare_earths_have_no_observed_trade():
    known = {item.slug: item.has_observed_trade for item in materials()}
    assert not any(known[name] for name in ("dysprosium", "terbium", "samarium", "gallium", "germanium"))
    assert all(known[name] for name in ("cobalt", "lithium", "nickel", "copper", "rare-earths", "cerium"))
    assert sum(known.values()) >= 30


def test_no_row_of_an_element_from_mixed_compounds_is_an_observation():
    rows = observed_pairs(load_table("trade"), load_table("hs_codes"))
    assert rows.filter(pl.col("form") == "content of mixed compounds").is_empty()


def test_every_withheld_output_has_room_above_zero():
    withheld = load_table("production").filter(status="withheld")
    assert withheld.height > 20
    assert withheld["value"].null_count() == withheld.height
    assert withheld["high"].min() > 0.0
