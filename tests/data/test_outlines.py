"""The shipped outline file: keyed by ISO3, disputed areas apart, arcs complete."""

import json
from typing import Any

import pytest

from lodestock.data.snapshot import load_table, snapshot_file


@pytest.fixture(scope="module")
def outlines() -> dict[str, Any]:
    return json.loads(snapshot_file("outlines.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def features(outlines: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {feature["id"]: feature for feature in outlines["objects"]["countries"]["geometries"]}


def test_features_are_keyed_by_country(features: dict[str, dict[str, Any]]):
    known = set(load_table("countries")["country"])
    coded = {feature["properties"]["iso3"] for feature in features.values()} - {None}
    assert coded <= known
    assert len(coded) > 170
    assert "ATA" not in coded


@pytest.mark.parametrize("identity", ["crimea", "northern-cyprus", "somaliland", "XKX", "ESH", "TWN", "PSE"])
def test_disputed_areas_stand_apart_with_a_note(features: dict[str, dict[str, Any]], identity: str):
    properties = features[identity]["properties"]
    assert properties["disputed"]
    assert properties["note"]


def test_crimea_has_one_polygon_and_is_no_part_of_russia(features: dict[str, dict[str, Any]]):
    def arcs_of(identity: str) -> set[int]:
        return {
            index if index >= 0 else ~index
            for polygon in features[identity]["arcs"]
            for ring in polygon
            for index in ring
        }

    coast = arcs_of("crimea") - arcs_of("UKR")
    assert len(features["crimea"]["arcs"]) == 1
    assert coast
    assert not coast & arcs_of("RUS")


def test_every_arc_is_used_and_every_index_exists(
    outlines: dict[str, Any], features: dict[str, dict[str, Any]]
):
    used = {
        index if index >= 0 else ~index
        for feature in features.values()
        for polygon in feature["arcs"]
        for ring in polygon
        for index in ring
    }
    assert used == set(range(len(outlines["arcs"])))


def test_the_notice_travels_with_the_file(outlines: dict[str, Any]):
    assert "Natural Earth" in outlines["attribution"]
    assert "ISC" in outlines["attribution"]
