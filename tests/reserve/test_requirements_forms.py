"""Names, units and markets of what is sized, and the comparison with published rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lodestock.errors import ConflictError, FileFormatError, UnitError, ValueOutOfRangeError
from lodestock.reserve.requirements.assess import size, studied
from lodestock.reserve.requirements.factors import Switches, central_factors
from lodestock.reserve.requirements.fit import GRID, SCALE, Observed, fit, mean_factors
from lodestock.reserve.requirements.forms import find_form, forms
from lodestock.reserve.requirements.market import form_market
from lodestock.reserve.requirements.reference import read_published
from lodestock.reserve.requirements.units import tonnes
from lodestock.reserve.requirements.validate import compare_with, spearman


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Aluminum oxide fused crude", "aluminium-oxide-fused"),
        ("Aluminum Oxide, Fused Crude", "aluminium-oxide-fused"),
        ("Manganese metal electrolytic", "manganese-metal"),
        ("Manganese Metal (Electrolytic)", "manganese-metal"),
        ("Chromium metal", "chromium-metal"),
        ("Tungsten ores and concentrates", "tungsten"),
        ("Yttrium oxide", "yttrium"),
        ("Columbium", "niobium"),
        ("Rare earths, europium oxide", "europium"),
        ("Rare earth oxides (total)", "rare-earths"),
        ("Fluorspar, acid grade", "fluorspar-acid"),
        ("Erbium", "erbium"),
        ("Titanium sponge", "titanium-metal"),
        ("Graphite, natural", "graphite"),
        ("Bauxite, metal grade, Jamaica type", "bauxite"),
        ("Natural rubber", None),
        ("Quartz crystals", None),
    ],
)
def test_published_names_find_their_form(name: str, form: str | None) -> None:
    assert find_form(name) == form


@pytest.mark.parametrize(
    ("quantity", "unit", "form", "expected"),
    [
        (1.0, "short ton", "silicon-carbide", 0.90718474),
        (1000.0, "kg", "gallium", 1.0),
        # Tb4O7: 4 * 158.93 of 747.713; Sc2O3: 2 * 44.956 of 137.909; Er2O3: 334.52 of 382.517.
        (1.0, "t oxide", "terbium", 635.72 / 747.713),
        (1000.0, "kg oxide", "scandium", 89.912 / 137.909),
        (1.0, "t oxide", "erbium", 334.52 / 382.517),
        (1.0, "flask", "mercury", 76 * 0.45359237e-3),
        (1.0, "lb", "cobalt", 0.45359237e-3),
        (1.0, "lb Ta2O5", "tantalum", 0.45359237e-3 * 361.9 / 441.895),
        (1.0, "lb Ta", "tantalum", 0.45359237e-3),
        (1.0, "troy oz", "platinum", 31.1034768e-6),
        (1.0, "long ton", "manganese-ore", 1.0160469088),
        (1.0, "short dry ton", "fluorspar-acid", 0.90718474),
        (5.0, "carat", "graphite", 1e-6),
        (1.0, "short ton CaF2", "fluorspar-acid", 0.90718474),
        (1.0, "short ton SiC", "silicon-carbide", 0.90718474),
        (1.0, "t WO3", "tungsten", 183.84 / 231.837),
        (1.0, "lb W", "tungsten", 0.45359237e-3),
        (1.0, "short ton (contained)", "tungsten", 0.90718474),
        (2.0, "thousand metric tons", "tin", 2000.0),
    ],
)
def test_units_become_tonnes_of_the_form(quantity: float, unit: str, form: str, expected: float) -> None:
    assert tonnes(quantity, unit, forms()[form]) == pytest.approx(expected, rel=1e-6)


def test_unknown_units_are_named() -> None:
    with pytest.raises(UnitError, match="bushel"):
        tonnes(1.0, "bushel", forms()["tin"])
    with pytest.raises(UnitError, match="carbonate"):
        tonnes(1.0, "t carbonate", forms()["tin"])


def test_every_form_has_ordered_ranges_a_reason_and_a_source() -> None:
    for form in forms().values():
        assert form.output.low <= form.output.central <= form.output.high
        assert form.use.low <= form.use.central <= form.use.high
        assert form.reason
        assert form.source
        for shares in (form.output_shares, form.import_shares):
            assert not shares or sum(shares.values()) == pytest.approx(1.0)


def test_every_form_is_sized_with_a_band() -> None:
    plan = size(("USA",), 2024, draws=32)
    assert not plan.failures
    assert {item.form.form for item in plan.sized} == set(forms())
    for item in plan.sized:
        spread = item.chance
        assert 0.0 <= spread.p10 <= spread.p50 <= spread.p90
        assert spread.band_low <= spread.band_high
        assert 0.0 <= spread.probability <= 1.0
        assert item.central.gross <= float(item.central.demand.sum()) + 1e-9


def test_a_form_of_its_carrier_takes_its_share() -> None:
    carrier = form_market(forms()["yttrium"], ("USA",), 2024)
    own = form_market(forms()["erbium"], ("USA",), 2024)
    assert own.use == pytest.approx(carrier.use * forms()["erbium"].use.central)
    assert own.output.sum() == pytest.approx(carrier.output.sum() * forms()["erbium"].output.central)


def test_imports_and_home_supply_cover_use_of_the_base_year() -> None:
    # Peacetime: without any loss the reliable supply of the first year is the use, stock changes aside.
    for name in ("gallium", "antimony", "yttrium", "tin"):
        market = form_market(forms()[name], ("USA",), 2024)
        supplied = float(market.imports.sum()) + market.home_output + market.scrap
        assert supplied == pytest.approx(market.use, rel=0.25)


def test_origins_of_an_earlier_year_come_from_its_trade() -> None:
    now = form_market(forms()["bismuth"], ("USA",), 2021)
    then = form_market(forms()["bismuth"], ("USA",), 2021, trade_year=2012)
    assert then.use == now.use
    assert then.imports.sum() == pytest.approx(now.imports.sum())
    assert "traded around 2012" in then.notes[-1]
    # Laos refined no bismuth yet in 2012.
    assert then.imports[then.countries.index("LAO")] < 0.01 * then.imports.sum()
    assert now.imports[now.countries.index("LAO")] > 0.1 * now.imports.sum()
    assert (then.output >= then.imports).all()


def test_origins_stay_where_trade_does_not_show_them() -> None:
    now = form_market(forms()["gallium"], ("USA",), 2021)
    then = form_market(forms()["gallium"], ("USA",), 2021, trade_year=2012)
    assert then.imports == pytest.approx(now.imports)


def test_the_european_union_can_be_the_user_but_not_of_abrasives() -> None:
    plan = size(("DEU", "FRA"), 2024, wanted=("gallium", "tungsten"), draws=16)
    assert {item.form.form for item in plan.sized} == {"gallium", "tungsten"}
    with pytest.raises(ConflictError, match="United States"):
        form_market(forms()["silicon-carbide"], ("DEU",), 2024)


def reference(folder: Path, text: str) -> Path:
    path = folder / "published.csv"
    path.write_text("material,unit,quantity,musd\n" + text, encoding="utf-8")
    return path


def test_japan_stands_in_the_theatre_itself() -> None:
    assert form_market(forms()["titanium-metal"], ("JPN",), 2024).home_in_theatre == 1.0
    assert form_market(forms()["titanium-metal"], ("USA",), 2024).home_in_theatre == 0.0


def test_comparison_reports_what_it_cannot_map(tmp_path: Path) -> None:
    path = reference(
        tmp_path, "Gallium,kg,10000,5\nRubber natural,long ton,100,1\nTin,bushel,3,1\nCopper,short ton,0,0\n"
    )
    found = compare_with(path, draws=64)
    head = found.headline
    assert head["rows"] == 4
    assert head["rows_predicted"] == 2
    assert head["rows_not_predicted"] == ["Rubber natural", "Tin"]
    whys = {row.material: row.why for row in found.rows}
    assert "line 3" in whys["Rubber natural"]
    assert "bushel" in whys["Tin"]
    calls = {row.material: row.short for row in found.rows}
    assert calls["Gallium"] is True
    assert calls["Copper"] is False
    assert head["hits"] == 2


def test_comparison_with_its_own_predictions_is_perfect(tmp_path: Path) -> None:
    names = ("gallium", "yttrium", "dysprosium", "bismuth")
    plan = size(("USA",), 2012, wanted=names, draws=64)
    text = "".join(f"{item.form.form},t,{item.chance.if_short!r},1\n" for item in plan.sized)
    head = compare_with(reference(tmp_path, text), draws=64).headline
    assert head["median_abs_log_ratio"] == pytest.approx(0.0, abs=1e-9)
    assert head["spearman"] == pytest.approx(1.0)


def test_reference_file_errors_name_the_line(tmp_path: Path) -> None:
    with pytest.raises(ValueOutOfRangeError, match="line 2"):
        read_published(reference(tmp_path, "Gallium,kg,-4,5\n"))
    with pytest.raises(FileFormatError, match="line 2"):
        read_published(reference(tmp_path, ",kg,4,5\n"))
    with pytest.raises(FileFormatError, match="no rows"):
        read_published(reference(tmp_path, ""))
    with pytest.raises(FileFormatError, match="cannot be read"):
        read_published(tmp_path / "absent.csv")


def test_columbium_units_are_niobium_units() -> None:
    # One pound is 0.45359237 kg; Nb2O5 holds 2 * 92.906 of 265.81.
    assert tonnes(1000, "lb Cb", forms()["niobium"]) == pytest.approx(0.45359237)
    assert tonnes(1000, "lb Cb2O5", forms()["niobium"]) == pytest.approx(0.45359237 * 0.69904, rel=1e-4)


def test_rank_correlation_of_reversed_and_tied_values() -> None:
    assert spearman([(1, 3), (2, 2), (3, 1)]) == pytest.approx(-1.0)
    assert spearman([(1, 1), (2, 2), (2, 2), (3, 9)]) == pytest.approx(1.0)
    assert spearman([(1, 1), (2, 2)]) is None


def test_fit_finds_factors_that_made_the_rows() -> None:
    # Rows made by the model inside the ranges: few rows leave the mean near the truth, with small errors.
    from lodestock.reserve.requirements.chance import chance, scenarios
    from lodestock.reserve.requirements.fit import DRAWS, SEED

    truth = replace(central_factors(), essential_scale=0.8, reliability_low=0.45, reliability_high=0.8)
    drawn = scenarios(truth, DRAWS, SEED)
    rows = []
    for name in ("gallium", "yttrium", "silicon-carbide", "manganese-metal"):
        market = form_market(forms()[name], ("USA",), 2021)
        rows.append(Observed(market, chance(market, drawn, Switches(), year=2012).if_short))
    found = fit(rows, Switches(), year=2012)
    assert found.median_inside < 0.15
    assert found.factors.essential_scale == pytest.approx(0.8, abs=0.1)
    assert found.factors.reliability_high == pytest.approx(0.8, abs=0.1)
    with pytest.raises(ConflictError, match="three"):
        fit(rows[:2], Switches(), year=2012)


def test_weighed_mean_of_two_points_by_hand() -> None:
    # Errors 0 and 0.6 ln 3 in sum weigh 3 to 1: 0.75 * 0.4 + 0.25 * 0.8 = 0.5. An anchor of ln 3 evens it.
    low = replace(central_factors(), essential_scale=0.4)
    high = replace(central_factors(), essential_scale=0.8)
    error = np.array([[0.0, 0.0], [SCALE * np.log(3.0), 0.0]])
    assert mean_factors((low, high), error, np.zeros(2)).essential_scale == pytest.approx(0.5)
    evened = mean_factors((low, high), error, np.array([np.log(3.0), 0.0]))
    assert evened.essential_scale == pytest.approx(0.6)


def test_shipped_factors_lie_inside_the_ranges() -> None:
    from lodestock.reserve.requirements.factors import ranges

    for name in GRID:
        item = ranges()[name]
        assert item.low < item.central < item.high


def test_form_with_sectors_of_its_own_keeps_them() -> None:
    # Chromium goes into steel goods, chromium metal into superalloys: its users are not the carrier's.
    metal = form_market(forms()["chromium-metal"], ("USA",), 2021)
    assert metal.sector_share["C30"] == pytest.approx(0.5)
    assert "C30" not in form_market(forms()["chromium"], ("USA",), 2021).sector_share


def test_sectors_of_forms_add_to_one_and_are_known() -> None:
    from lodestock.reserve.requirements.factors import sectors

    for form in forms().values():
        if form.sector_shares:
            assert sum(form.sector_shares.values()) == pytest.approx(1.0)
            assert set(form.sector_shares) <= set(sectors())


def test_chromium_metal_is_used_as_reported() -> None:
    # 4,490 to 4,940 t reported as consumed in 2011 and 2012 (USGS Minerals Yearbook 2012, chromium, table 2).
    used = form_market(forms()["chromium-metal"], ("USA",), 2021).use
    assert 4_400 < used < 5_100


def test_forms_counted_once_are_fewer_than_all() -> None:
    assert 60 < len(studied(("USA",), 2024)) < len(forms())
