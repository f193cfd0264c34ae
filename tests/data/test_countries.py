"""Names as publishers write them, positions from outlines, and sets."""

import math

import polars as pl
import pytest

from lodestock.data.build.countries import build_country_sets, country_code, country_lookup, fold
from lodestock.data.build.outlines import centroids, decode_arcs, ring_points, spherical_moment
from lodestock.data.snapshot import load_table
from lodestock.errors import UnknownNameError


@pytest.fixture(scope="module")
def lookup() -> dict[str, str]:
    return country_lookup(load_table("country_aliases"))


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Burma", "MMR"),
        ("Congo (Kinshasa)", "COD"),
        ("Congo (Brazzaville)", "COG"),
        ("Congo, D.R.", "COD"),
        ("Korea, Republic of", "KOR"),
        ("Korea, Republic ofe", "KOR"),
        ("Korea, North", "PRK"),
        ("Turkey", "TUR"),
        ("Turkiye", "TUR"),
        ("Peru (exports)", "PER"),
        ("China6", "CHN"),
        ("Greecee", "GRC"),
        ("New Caledonia11", "NCL"),
        ("United\xa0States1", "USA"),
        ("cote d'ivoire", "CIV"),
        ("Côte d’Ivoire", "CIV"),
        ("Taiwan, China", "TWN"),
        ("S19", "TWN"),
        ("Other countries", "OTH"),
        ("United Republic of Tanzania", "TZA"),
    ],
)
def test_publishers_spellings(lookup: dict[str, str], written: str, code: str):
    assert country_code(written, lookup) == code


def test_an_unknown_country_names_the_nearest(lookup: dict[str, str]):
    with pytest.raises(UnknownNameError, match="kazakhstan"):
        country_code("Kazachstan", lookup)


def test_fold_ignores_case_blanks_and_apostrophes():
    assert fold("  Côte  d’Ivoire ") == fold("CÔTE D'IVOIRE")


def test_every_alias_leads_to_a_country():
    known = set(load_table("countries")["country"])
    assert set(load_table("country_aliases")["country"]) <= known


def test_namibia_keeps_its_code_and_codes_keep_leading_zeros():
    rows = {row["country"]: row for row in load_table("countries").iter_rows(named=True)}
    assert rows["NAM"]["iso2"] == "NA"
    assert rows["AFG"]["m49"] == "004"
    assert rows["XKX"]["m49"] is None
    assert {"OTH", "WLD", "EUU"} <= set(rows)


def test_moment_of_a_small_square_is_its_centre_and_area():
    # one degree around (10 E, 0 N): area (pi/180)^2 sr, centre on the equator at 10.5 E ... 0.5 N
    square = [(10.0, 0.0), (11.0, 0.0), (11.0, 1.0), (10.0, 1.0)]
    moment = spherical_moment(square)
    longitude = math.degrees(math.atan2(moment[1], moment[0]))
    latitude = math.degrees(math.asin(moment[2] / math.dist((0, 0, 0), moment)))
    assert (longitude, latitude) == pytest.approx((10.5, 0.5), abs=1e-3)
    assert math.dist((0, 0, 0), moment) == pytest.approx((math.pi / 180) ** 2, rel=1e-3)


def test_moment_does_not_mind_the_sense_of_rotation():
    square = [(179.0, 10.0), (-179.0, 10.0), (-179.0, 12.0), (179.0, 12.0)]
    assert spherical_moment(square) == pytest.approx(spherical_moment(square[::-1]))
    assert abs(math.degrees(math.atan2(spherical_moment(square)[1], spherical_moment(square)[0]))) > 179.9


def test_arcs_are_delta_coded_and_read_backwards_when_negative():
    topology = {
        "transform": {"scale": [0.5, 0.5], "translate": [-10, 20]},
        "arcs": [[[2, 2], [4, 0], [0, 4]]],
    }
    arcs = decode_arcs(topology)
    assert arcs[0] == [(-9.0, 21.0), (-7.0, 21.0), (-7.0, 23.0)]
    assert ring_points([~0], arcs) == arcs[0][::-1]


def test_far_islands_do_not_move_the_centre_but_near_ones_do():
    def box(west: float, south: float, side: float) -> list[list[float]]:
        return [[west, south], [side, 0], [0, side], [-side, 0], [0, -side]]

    topology = {
        "transform": {"scale": [1, 1], "translate": [0, 0]},
        "arcs": [box(0, 0, 10), box(20, 0, 10), box(150, 0, 8)],
        "objects": {
            "countries": {
                "geometries": [
                    {
                        "type": "MultiPolygon",
                        "id": "001",
                        "properties": {"name": "X"},
                        "arcs": [[[0]], [[1]], [[2]]],
                    }
                ]
            }
        },
    }
    latitude, longitude = centroids(topology, {"001": "XXX"})["XXX"]
    # the two equal boxes centred at 5 E and 25 E give 15 E; the one at 154 E is another land
    assert longitude == pytest.approx(15, abs=0.1)
    assert latitude == pytest.approx(5.0, abs=0.2)


def test_positions_are_plausible():
    rows = {row["country"]: row for row in load_table("countries").iter_rows(named=True)}
    for code, latitude, longitude in [
        ("USA", 39.9, -98.7),
        ("COD", -2.8, 23.6),
        ("CHL", -36, -71),
        ("FRA", 46.5, 2.4),
    ]:
        assert rows[code]["latitude"] == pytest.approx(latitude, abs=1.5)
        assert rows[code]["longitude"] == pytest.approx(longitude, abs=1.5)


def test_sets_have_their_members():
    members = load_table("country_sets")
    sizes = dict(members.group_by("set_name").len().iter_rows())
    assert {name: sizes[name] for name in ("EU27", "G7", "EFTA", "USMCA", "OECD")} == {
        "EU27": 27,
        "G7": 7,
        "EFTA": 4,
        "USMCA": 3,
        "OECD": 38,
    }
    assert "GBR" not in set(members.filter(pl.col("set_name") == "EU27")["country"])


def test_a_set_with_an_unknown_member_is_an_error():
    with pytest.raises(UnknownNameError, match=r"country_sets\.csv"):
        build_country_sets(["DEU", "FRA"])
