import pytest

from lodestock.data.build.usgs_world import corrected_unit, read_quantity, rounding_half_width


@pytest.mark.parametrize(
    ("text", "half"),
    [("302,000", 500), ("8,000", 500), ("1,090", 5), ("12.5", 0.05), ("183", 0.5), ("0", 0.5)],
)
def test_rounding_half_width(text: str, half: float):
    assert rounding_half_width(text) == pytest.approx(half)


@pytest.mark.parametrize("dash", ["-", "—", "–"])
def test_a_dash_is_zero(dash: str):
    quantity = read_quantity(dash, estimated=False)
    assert quantity is not None
    assert (quantity.value, quantity.status) == (0.0, "reported")


def test_withheld_has_no_value():
    quantity = read_quantity("W", estimated=False)
    assert quantity is not None
    assert quantity.value is None
    assert quantity.status == "withheld"


@pytest.mark.parametrize(
    "word", ["NA", "XX", "Large", "Moderate to large", "", None, "Included with ilmenite"]
)
def test_words_state_no_number(word: str | None):
    assert read_quantity(word, estimated=False) is None


def test_bounds_and_ranges_become_intervals():
    below = read_quantity("<200,000", estimated=False)
    above = read_quantity(">2,000,000", estimated=False)
    span = read_quantity("10,000 - 15,000", estimated=False)
    small = read_quantity("s", estimated=False)
    assert below is not None
    assert (below.value, below.low, below.high, below.status) == (1e5, 0, 2e5, "less_than")
    assert above is not None
    assert (above.value, above.low, above.high) == (2e6, 2e6, None)
    assert span is not None
    assert (span.value, span.low, span.high) == (12_500, 10_000, 15_000)
    assert small is not None
    assert (small.low, small.high, small.status) == (0, 0.5, "less_than")


def test_estimates_are_marked():
    plain, flagged = read_quantity("67,000", estimated=True), read_quantity("e6,600", estimated=False)
    assert plain is not None
    assert flagged is not None
    assert (plain.status, flagged.status, flagged.value) == ("estimated", "estimated", 6600)


def test_rounded_totals_carry_half_a_digit():
    total = read_quantity("82,000", estimated=True, rounded=True)
    assert total is not None
    assert (total.low, total.high, total.status) == (81_500, 82_500, "rounded")


def test_units_that_a_data_release_mislabels_are_corrected():
    # chromite of the 2023 edition: 18,600 in a column labelled tonnes is 18.6 Mt for South Africa
    assert corrected_unit("usgs-mcs2023", "chrom", "t") == "kt"
    assert corrected_unit("usgs-mcs2023", "cobal", "t") == "t"
    assert corrected_unit("usgs-mcs2025", "Titanium Mineral Concentrates", None) == "thousand metric tons"
