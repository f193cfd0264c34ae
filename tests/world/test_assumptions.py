import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lodestock.errors import FileFormatError, UnknownNameError, ValueOutOfRangeError
from lodestock.world.assumptions import Ledger, load_book, lookup, read_book, value_at

HEADER = "name,material,stage,end_use,country,low,central,high,unit,reason,source\n"


def book(*lines: str):
    records = csv.DictReader(io.StringIO(HEADER + "\n".join(lines)))
    return read_book(records, {"cobalt": "battery-metal", "gold": "precious-metal"})


LINES = (
    "use_elasticity,*,,,,0.1,0.2,0.4,1,all,assumption",
    "use_elasticity,battery-metal,,,,0.2,0.3,0.5,1,class,assumption",
    "use_elasticity,cobalt,refined,,,0.3,0.4,0.6,1,stage,assumption",
    "use_elasticity,cobalt,,Magnets,,0.4,0.5,0.7,1,end use,assumption",
    "use_elasticity,cobalt,,,CHN,0.5,0.6,0.8,1,country,assumption",
)


@pytest.mark.parametrize(
    ("narrow", "reason"),
    [
        ({"material": "gold"}, "all"),
        ({"material": "cobalt"}, "class"),
        ({"material": "cobalt", "stage": "refined"}, "stage"),
        ({"material": "cobalt", "stage": "mine"}, "class"),
        ({"material": "cobalt", "stage": "refined", "end_use": "Magnets"}, "end use"),
        ({"material": "cobalt", "end_use": "Magnets", "country": "CHN"}, "country"),
    ],
)
def test_the_most_specific_row_wins(narrow: dict[str, str], reason: str):
    assert book(*LINES).lookup("use_elasticity", **narrow).reason == reason


def test_a_misspelt_name_gets_the_nearest_one():
    with pytest.raises(UnknownNameError, match="did you mean 'use_elasticity_short'"):
        lookup("use_elastisity_short", material="gallium")


def test_positions_give_low_central_and_high():
    assert [value_at(1.0, 2.0, 3.0, t) for t in (-1, 0, 1)] == [1.0, 2.0, 3.0]
    # A wide range is read in logarithms: half way from 10 to 1000 is 100.
    assert value_at(1.0, 10.0, 1000.0, 0.5) == pytest.approx(100.0)


@given(st.floats(-1, 1), st.floats(0, 5), st.floats(0, 5), st.floats(0, 5))
def test_a_value_stays_in_its_range(position: float, low: float, up: float, more: float):
    value = value_at(low, low + up, low + up + more, position)
    assert low * (1 - 1e-12) - 1e-12 <= value <= (low + up + more) * (1 + 1e-12) + 1e-12


def test_a_position_outside_the_range_is_refused():
    with pytest.raises(ValueOutOfRangeError, match=r"position 1\.5"):
        value_at(1.0, 2.0, 3.0, 1.5)


def test_an_unordered_range_is_refused_with_its_line():
    with pytest.raises(ValueOutOfRangeError, match=r"line 2.*0\.5, 0\.2, 0\.4"):
        book("use_elasticity,*,,,,0.5,0.2,0.4,1,all,assumption")


def test_words_for_numbers_are_refused_with_their_line():
    with pytest.raises(FileFormatError, match="line 2"):
        book("use_elasticity,*,,,,low,0.2,0.4,1,all,assumption")


def test_the_ledger_keeps_what_was_used_and_draws_move_it():
    ledger = Ledger(book(*LINES), "cobalt", {"use_elasticity": 1.0})
    assert ledger.take("use_elasticity", stage="refined") == pytest.approx(0.6)
    used = ledger.used["use_elasticity[refined]"]
    assert (used.low, used.central, used.high, used.value) == (0.3, 0.4, 0.6, pytest.approx(0.6))
    assert used.applies_to == "cobalt/refined"


def test_every_shipped_row_has_unit_reason_and_source_and_an_ordered_range():
    for name, rows in load_book().rows.items():
        for row in rows:
            assert row.low <= row.central <= row.high, name
            assert all((row.unit, row.reason, row.source)), (name, row)


def test_shut_down_ranges_and_back_stop_ranges_never_cross_whatever_is_drawn():
    shipped = load_book()
    materials = list(shipped.material_class)
    pairs = (
        ("variable_cost_share_last", "variable_cost_share_first"),
        ("byproduct_variable_cost_share_last", "byproduct_variable_cost_share_first"),
        ("scrap_variable_cost_share_last", "scrap_variable_cost_share_first"),
        ("backstop_price_multiple_start", "backstop_price_multiple_end"),
    )
    for material in materials:
        for lower, upper in pairs:
            ends = {row.end_use for row in shipped.rows[lower] if row.material in (material, "*")} | {""}
            for end_use in ends:
                small = shipped.lookup(lower, material=material, end_use=end_use)
                large = shipped.lookup(upper, material=material, end_use=end_use)
                assert small.high < large.low, (material, lower, end_use)
