"""Suggestions are for slips of the pen, not for other words."""

from __future__ import annotations

import pytest

from lodestock.errors import nearest_name

MATERIALS = ("copper", "gallium", "germanium", "neodymium-praseodymium", "platinum", "tungsten")
PLACES = ("China", "Chile", "United States", "United Kingdom", "EU27", "AUS")


@pytest.mark.parametrize("word", ["uranium", "nope", "plutonium", "unobtainium", "x"])
def test_an_unlike_name_gets_no_suggestion(word: str):
    assert nearest_name(word, MATERIALS) is None


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("galium", "gallium"),
        ("cooper", "copper"),
        ("tungstan", "tungsten"),
        ("neodymium", "neodymium-praseodymium"),
        ("GERMANIUMM", "germanium"),
    ],
)
def test_a_misspelt_material_gets_its_name(word: str, meant: str):
    assert nearest_name(word, MATERIALS) == meant


@pytest.mark.parametrize(
    ("word", "meant"),
    [("Chnia", "China"), ("Untied States", "United States"), ("EU28", "EU27"), ("AUZ", "AUS")],
)
def test_a_misspelt_place_gets_its_name(word: str, meant: str):
    assert nearest_name(word, PLACES) == meant
