"""Geometry of flow diagrams: tonnes are conserved as px, ribbons fit their nodes, labels keep apart."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lodestock.report.charts.flows import dominant
from lodestock.report.sankey import (
    REST,
    Link,
    common_scale,
    grouped,
    largest,
    lay_out,
    ribbon_points,
    spread_labels,
    throughput,
)

LINKS = [Link(0, "A", "X", 60.0), Link(0, "A", "Y", 20.0), Link(0, "B", "Y", 20.0), Link(1, "X", "U", 55.0)]


def test_nodes_carry_the_larger_of_what_arrives_and_leaves() -> None:
    # X takes 60 and gives 55: five are lost on the way, the box is 60 high
    assert throughput(LINKS, 3) == [{"A": 80.0, "B": 20.0}, {"X": 60.0, "Y": 40.0}, {"U": 55.0}]


def test_ribbons_fill_their_nodes_without_gap_or_overlap() -> None:
    layout = lay_out(LINKS, [["A", "B"], ["X", "Y"], ["U"]], scale=2.0, height=300.0, gap=10.0)
    boxes = {(box.layer, box.name): box for box in layout.boxes}
    leaving = sorted((r for r in layout.ribbons if r.link.source == "A"), key=lambda r: r.from_top)
    assert leaving[0].from_top == pytest.approx(boxes[0, "A"].top)
    assert leaving[0].from_bottom == pytest.approx(leaving[1].from_top)
    assert leaving[1].from_bottom == pytest.approx(boxes[0, "A"].bottom)
    arriving = sorted((r for r in layout.ribbons if r.link.target == "Y"), key=lambda r: r.to_top)
    assert arriving[-1].to_bottom - arriving[0].to_top == pytest.approx(40.0 * 2.0)


def test_a_ribbon_keeps_its_width_and_ends_level() -> None:
    layout = lay_out(LINKS, [["A", "B"], ["X", "Y"], ["U"]], scale=2.0, height=300.0, gap=10.0)
    ribbon = layout.ribbons[0]
    points = ribbon_points(ribbon)
    assert all(bottom - top == pytest.approx(ribbon.link.quantity * 2.0) for _, top, bottom in points)
    assert points[0][1] == pytest.approx(ribbon.from_top)
    assert points[-1][1] == pytest.approx(ribbon.to_top)


def test_grouping_keeps_the_tonnes_and_marks_what_is_mostly_estimated() -> None:
    links = [Link(0, "A", "X", 3.0, True), Link(0, "B", "X", 2.0), Link(0, "C", "X", 5.0)]
    found = grouped(links, [["C"], ["X"]])
    assert sorted((k.source, k.quantity, k.estimated) for k in found) == [
        ("C", 5.0, False),
        (REST, 5.0, True),
    ]


def test_largest_names_are_the_same_for_all_diagrams() -> None:
    assert largest([{"A": 90.0, "B": 10.0}, {"A": 1.0, "B": 99.0}], 5, 0.05) == ["B", "A"]
    assert largest([{"A": 99.9, "B": 0.1}], 5, 0.05) == ["A"]


def test_one_scale_fits_the_fullest_layer() -> None:
    # 100 t and one gap of 10 px in 210 px: 2 px per t
    assert common_scale([[{"A": 80.0, "B": 20.0}, {"X": 100.0}]], 210.0, 10.0) == pytest.approx(2.0)


def test_self_supply_of_more_than_half_is_left_to_the_caption() -> None:
    links = [Link(0, "A", "A", 60.0), Link(0, "A", "B", 30.0), Link(0, "B", "B", 10.0)]
    assert dominant(links) == {(0, "A")}
    assert dominant([Link(0, "A", "A", 40.0), Link(0, "A", "B", 60.0)]) == set()


@given(st.lists(st.floats(0.0, 200.0), max_size=12).map(sorted))
def test_labels_keep_their_order_and_distance(wanted: list[float]) -> None:
    placed = spread_labels(wanted, 11.0, 400.0)
    assert len(placed) == len(wanted)
    assert all(b - a >= 11.0 - 1e-9 for a, b in pairwise(placed))
    assert all(position >= 0.0 for position in placed)
