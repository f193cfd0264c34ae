"""The comparison with published results, on a small file made by hand from the study's printed shares."""

from pathlib import Path

import pytest
from tests.risk.tables import shares_table

from lodestock.errors import ConflictError, FileFormatError, UnknownNameError, ValueOutOfRangeError
from lodestock.risk.names import GROUPS, group_name, study_name
from lodestock.risk.reference import read_reference
from lodestock.risk.study_markets import filled_up, study_markets
from lodestock.risk.validate import compare_with, summary_lines

HEADER = (
    "material,sr,ei,stage_used,stages,supply_used_E,sr_E,supply_used_P,sr_P,"
    "si_ei,si_sr,ir_E_pct,ir_P_pct,eol_rir_pct,fixed"
)


def write(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "reference.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def markets():
    return study_markets()[0]


def test_a_row_is_the_formula_on_our_shares(tmp_path, markets):
    gallium = markets["Gallium", "P"]
    # IR 98 %, EoL 0, SI 0.9: [W 0.49 + S 0.51] * 0.9
    expected = (gallium.world * 0.49 + gallium.sourcing * 0.51) * 0.9
    row = f"Gallium,{expected:.1f},4.0,P,P,,,GS+EU,{expected:.1f},0.9,0.9,,98,0,"
    found = compare_with(write(tmp_path, row))
    assert found.rows[0].sr == pytest.approx(expected, rel=1e-12)
    assert found.headline["median_abs_sr_error"] <= 0.05
    assert found.headline["listed_right"] == 1
    assert found.rows[0].stage == "P"


def test_a_wholly_chinese_rare_earth_gives_the_printed_figure(tmp_path):
    # The notes' check of the formula: one supplier, t = 1, EoL 1 %, SI 1, published 5.6.
    found = compare_with(write(tmp_path, "Thulium,5.6,3.0,P,P,,,GSonly,5.6,1.0,1.0,,100,1,"))
    assert found.rows[0].sr == pytest.approx(5.6, abs=0.1)


def test_both_bases_are_blended_and_not_the_world_alone(tmp_path, markets):
    cadmium = markets["Cadmium", "P"]
    found = compare_with(write(tmp_path, "Cadmium,0.2,4.0,P,P,,,GS+EU,0.2,0.9,1.0,,8,0,"))
    assert found.rows[0].sr == pytest.approx(cadmium.world * 0.04 + cadmium.sourcing * 0.96, rel=1e-12)
    assert found.rows[0].sr < cadmium.world / 2, "the global term alone overstates more than twofold"


def test_the_riskier_stage_counts_and_is_named(tmp_path, markets):
    row = "Antimony,1.8,5.0,E,E+P,GS+EU,1.8,GS+EU,0.7,0.9,0.9,100,50,28,"
    found = compare_with(write(tmp_path, row)).rows[0]
    by_stage = {
        stage: (m.world * ir / 2 + m.sourcing * (1 - ir / 2)) * 0.72 * 0.9
        for stage, ir in (("E", 1.0), ("P", 0.5))
        for m in [markets["Antimony", stage]]
    }
    assert found.sr == pytest.approx(max(by_stage.values()), rel=1e-12)
    assert found.stage == max(by_stage, key=lambda stage: by_stage[stage]) == "E"


def test_a_group_is_the_mean_of_its_members_with_stand_ins_for_the_others(tmp_path, markets):
    rows = [
        "PGM,2.7,7.1,P,P,,,GSonly,2.7,,,,100,12,",
        "Palladium,1.5,8.1,P,P,,,GSonly,1.5,0.9,1.0,,100,12,",
        "Platinum,2.1,6.9,P,P,,,GSonly,2.1,0.9,0.9,,100,12,",
    ]
    found = {row.material: row for row in compare_with(write(tmp_path, *rows)).rows}
    si = {"Palladium": 1.0, "Platinum": 0.9}
    expected = sum(markets[name, "P"].world * 0.88 * si.get(name, 0.95) for name in GROUPS["PGM"]) / 5
    assert found["PGM"].sr == pytest.approx(expected, rel=1e-12)


def test_a_wrong_basis_is_explained(tmp_path, markets):
    world = markets["Gallium", "P"].world
    row = f"Gallium,{world * 0.9:.2f},4.0,P,P,,,EUonly,9.9,0.9,0.9,,98,0,"
    found = compare_with(write(tmp_path, row))
    assert found.rows[0].sr_error > 0.15
    assert "basis GSonly at stage P" in found.rows[0].why
    assert any("Gallium" in line for line in summary_lines(found))


def test_missing_inputs_are_assumed_and_named(tmp_path):
    found = compare_with(write(tmp_path, "Gallium,3.9,3.9,P,P,,,GSonly,3.9,,,,,,")).rows[0]
    assert set(found.assumed) == {"recycling rate", "substitution index SI_SR", "substitution index SI_EI"}


def test_a_basis_without_its_shares_falls_back_and_says_so(tmp_path, markets):
    assert markets["Europium", "P"].sourcing is None
    found = compare_with(write(tmp_path, "Europium,5.6,3.3,P,P,,,GS+EU,5.6,1,1,,100,1,")).rows[0]
    assert found.sr is not None
    assert "EU sourcing shares are not published" in found.why or found.sr_error <= 0.15


def test_a_material_outside_the_study_has_no_number_and_a_reason(tmp_path):
    found = compare_with(write(tmp_path, "Unobtainium,3.0,3.0,P,P,,,GSonly,3.0,0.9,0.9,,98,0,"))
    assert found.rows[0].sr is None
    assert "no shares" in found.rows[0].why
    assert found.headline["median_abs_sr_error"] is None
    assert found.headline["listed_right"] == 0, "what cannot be computed is not right by chance"


@pytest.mark.parametrize(
    ("name", "study"),
    [
        ("Baryte", "Barytes"),
        ("Boron", "Borate"),
        ("lime", "Limestone"),
        ("phosphate rock", "Phosphate Rock"),
        ("Phosphorus", "Phosphorous"),
        ("Natural graphite", "Natural Graphite"),
        ("Bauxite", "Aluminium"),
    ],
)
def test_names_of_both_tables_are_joined(name, study):
    names = study_markets()[1]
    assert study_name(name, names) == study
    assert group_name("Heavy rare earths") == "HREE"
    with pytest.raises(UnknownNameError, match="Gallium"):
        study_name("Galium", names)


def test_every_material_of_the_study_has_a_concentration():
    markets, names = study_markets()
    assert len(names) == 87
    assert all((m.world or 0) > 0 or (m.sourcing or 0) > 0 for m in markets.values())
    assert {name for group in GROUPS.values() for name in group} <= set(names)


@pytest.mark.parametrize(
    ("row", "error", "words"),
    [
        ("Gallium,abc,4.0,P,P,,,GSonly,,,,,,,", ValueOutOfRangeError, "'abc' in column sr"),
        ("Gallium,nan,4.0,P,P,,,GSonly,,,,,,,", ValueOutOfRangeError, "column sr"),
        ("Gallium,1.0,,P,P,,,GSonly,,,,,,,", FileFormatError, "sr and ei"),
        ("Gallium,1.0,4.0,P,P,,,Global,,,,,,,", UnknownNameError, "supply_used_P"),
        ("Gallium,1.0,4.0,P,P,,,GSonly,,1.2,,,,,", ValueOutOfRangeError, "si_ei"),
        ("Gallium,1.0,4.0,P,P,,,GSonly,,,,,140,,", ValueOutOfRangeError, "ir_P_pct"),
        (",1.0,4.0,P,P,,,GSonly,,,,,,,", FileFormatError, "no material"),
    ],
)
def test_bad_rows_name_line_and_column(tmp_path, row, error, words):
    with pytest.raises(error, match="line 2") as caught:
        read_reference(write(tmp_path, row))
    assert words in str(caught.value)


def test_bad_files(tmp_path):
    with pytest.raises(FileFormatError, match="cannot be read"):
        read_reference(tmp_path / "none.csv")
    with pytest.raises(FileFormatError, match="no column 'ei'"):
        read_reference(write(tmp_path, "Gallium,1", header="material,sr"))
    with pytest.raises(FileFormatError, match="no rows"):
        read_reference(write(tmp_path))
    with pytest.raises(ConflictError, match="lines 2 and 3"):
        read_reference(write(tmp_path, *["Gallium,1.0,4.0,P,P,,,GSonly,,,,,,,"] * 2))
    path = tmp_path / "bytes.csv"
    path.write_bytes(b"material,sr,ei\n\xff\xfe,1,1\n")
    with pytest.raises(FileFormatError, match="UTF-8"):
        read_reference(path)


def test_a_short_list_of_sources_is_filled_up_with_the_worlds_supply(markets):
    # Listed: A 0.2. The other 0.8 in the proportions of the world without A: B 0.6 / 0.8, C 0.2 / 0.8.
    world = shares_table(
        [("m", "E", "AUS", 0.2, 1.0), ("m", "E", "BRA", 0.6, 1.0), ("m", "E", "CHN", 0.2, 1.2)]
    )
    short = shares_table([("m", "E", "AUS", 0.2, 0.8)])
    filled = dict(filled_up(short, world).select("country", "share").iter_rows())
    assert filled == pytest.approx({"AUS": 0.2, "BRA": 0.6, "CHN": 0.2}, rel=1e-12)
    whole = shares_table([("m", "E", "AUS", 0.7, 0.8)])
    assert filled_up(whole, world).equals(whole), "a list with the main suppliers stays as printed"
    # Published sourcing of chromium ore adds to 9 %.
    assert any("0.09, the rest taken as the world's" in flag for flag in markets["Chromium", "E"].flags)
