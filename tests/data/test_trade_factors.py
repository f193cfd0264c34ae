"""From gross tonnes and value to contained tonnes, each case worked by hand."""

from typing import Any

import polars as pl
import pytest

from lodestock.data.build.trade import (
    contained_flows,
    contained_values,
    exporter_roles,
    split_rare_earths,
    typed_code_rows,
    typed_grades,
)
from lodestock.data.reference_prices import reference_prices
from lodestock.data.snapshot import load_table

PRICE = 10_000.0  # USD per t contained


def code_row(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "order": 0, "hs_version": "HS92", "hs6": "999999", "label": "test", "material": "cobalt",
        "stage": "refined", "form": "metal", "stage_rule": "code", "grading": "fixed", "factor": 0.5,
        "factor_low": 0.4, "factor_high": 0.6, "value_share": 1.0, "window_low": None, "window_high": None,
        "band_low": 3.0, "band_high": None, "source": "chemistry", "note": None,
    }  # fmt: skip
    return {**row, **changes}


def rows_frame(*rows: dict[str, Any]) -> pl.DataFrame:
    floats = (
        "factor",
        "factor_low",
        "factor_high",
        "value_share",
        "window_low",
        "window_high",
        "band_low",
        "band_high",
    )
    return pl.DataFrame(list(rows), infer_schema_length=None).with_columns(
        *(pl.col(name).cast(pl.Float64) for name in floats), pl.col("note").cast(pl.String)
    )


def flow(
    value_usd: float, tonnes: float | None, exporter: str = "AAA", importer: str = "BBB"
) -> dict[str, Any]:
    return {
        "file": "HS92", "hs_version": "HS92", "hs6": "999999", "year": 2024, "exporter": exporter,
        "importer": importer, "value_usd": value_usd, "tonnes": tonnes,
    }  # fmt: skip


def prices(material: str = "cobalt", year: int = 2024, price: float = PRICE) -> pl.DataFrame:
    return pl.DataFrame(
        {"material": [material] * 2, "flow": ["mine", "other"], "year": [year] * 2, "price": [price] * 2}
    )


def roles(**of: tuple[bool, bool]) -> pl.DataFrame:
    return pl.DataFrame(
        [("cobalt", code, mines, refines) for code, (mines, refines) in of.items()],
        schema={"material": pl.String, "exporter": pl.String, "mines": pl.Boolean, "refines": pl.Boolean},
        orient="row",
    )


def grades(*rows: tuple[str, str | None, str, float]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            ("HS92", "999999", exporter, importer, "cobalt", stage, *[factor] * 3)
            for exporter, importer, stage, factor in rows
        ],
        schema={
            "hs_version": pl.String, "hs6": pl.String, "exporter": pl.String, "importer": pl.String,
            "material": pl.String, "stage": pl.String, "factor": pl.Float64, "factor_low": pl.Float64,
            "factor_high": pl.Float64,
        },
        orient="row",
    )  # fmt: skip


def contained(
    *flows: dict[str, Any],
    codes: pl.DataFrame,
    who: pl.DataFrame | None = None,
    graded: pl.DataFrame | None = None,
) -> list[dict[str, Any]]:
    frame = pl.DataFrame(list(flows), infer_schema_length=None).with_columns(
        pl.col("tonnes").cast(pl.Float64)
    )
    found = contained_flows(
        frame, codes, prices(), roles() if who is None else who, grades() if graded is None else graded
    )
    return found.sort("exporter", "importer", "order").to_dicts()


def test_fixed_factor_times_gross_weight():
    # 100 t x 0.5 = 50 t; the value implies 0.6, well within a factor of 3
    (found,) = contained(flow(600_000, 100), codes=rows_frame(code_row()))
    assert found["contained"] == 50
    assert (found["theta_low"], found["theta_high"], found["reason"]) == (0.4, 0.6, "")


def test_weight_too_large_for_its_value_is_not_believed():
    # 100 t worth 100,000 USD imply 0.1 t per t, less than 0.5 / 3: 100,000 / 10,000 = 10 t
    (found,) = contained(flow(100_000, 100), codes=rows_frame(code_row()))
    assert found["contained"] == pytest.approx(10)
    assert found["reason"] == "tonnes rejected"
    assert found["theta"] is None


def test_a_dear_product_keeps_its_weight():
    (found,) = contained(flow(9_000_000, 100), codes=rows_frame(code_row()))
    assert (found["contained"], found["reason"]) == (50, "")


def test_missing_weight_comes_from_the_value():
    # 250,000 USD at half the reference price: 250,000 / 5,000 = 50 t
    (found,) = contained(flow(250_000, None), codes=rows_frame(code_row(value_share=0.5)))
    assert found["contained"] == pytest.approx(50)
    assert found["reason"] == "no tonnes"


@pytest.mark.parametrize(
    ("value_usd", "grade", "reason"),
    [
        (450_000, 0.45, "graded"),  # 450,000 / 100 / 10,000
        (300_000, 0.40, "graded"),  # below the range: its lower end
        (900_000, 0.60, "graded"),  # above the range: its upper end
        (1_300_000, None, "tonnes rejected"),  # 1.3 is more than twice 0.6
        (150_000, None, "tonnes rejected"),  # 0.15 is less than half of 0.4
    ],
)
def test_grade_from_the_unit_value(value_usd: float, grade: float | None, reason: str):
    codes = rows_frame(code_row(grading="graded", band_low=2, band_high=2))
    (found,) = contained(flow(value_usd, 100), codes=codes)
    assert (found["theta"], found["reason"]) == (grade, reason)
    assert found["contained"] == pytest.approx(100 * grade if grade else value_usd / PRICE)


MIXED = rows_frame(
    code_row(
        order=0,
        stage="mine",
        form="crude",
        stage_rule="exporter",
        factor=0.3,
        factor_low=0.2,
        factor_high=0.4,
    ),
    code_row(
        order=1, stage="refined", form="metal", stage_rule="exporter", factor=1, factor_low=0.9, factor_high=1
    ),
)


@pytest.mark.parametrize(
    ("exporter", "unit_value", "stage"),
    [
        ("MIN", 3_000, "mine"),  # mines and does not refine
        ("MIN", 9_500, "refined"),  # ... but 95 % of the metal price is metal
        ("REF", 3_000, "refined"),  # refines and does not mine
        ("TWO", 5_900, "mine"),  # both: below 60 % of the price
        ("TWO", 6_100, "refined"),  # both: above
        ("HUB", 4_000, "mine"),  # neither: by unit value
        ("HUB", 8_000, "refined"),
    ],
)
def test_stage_of_a_mixed_code(exporter: str, unit_value: float, stage: str):
    who = roles(MIN=(True, False), REF=(False, True), TWO=(True, True))
    (found,) = contained(flow(unit_value * 100, 100, exporter), codes=MIXED, who=who)
    assert found["stage"] == stage


def test_a_mixed_code_is_never_counted_twice():
    who = roles(MIN=(True, False), TWO=(True, True))
    flows = [
        flow(value, 100, exporter) for value in (1e5, 5e5, 6e5, 1e6) for exporter in ("MIN", "TWO", "HUB")
    ]
    numbered = [{**one, "importer": f"B{number:02d}"} for number, one in enumerate(flows)]
    assert len(contained(*numbered, codes=MIXED, who=who)) == len(flows)


def test_a_grade_for_a_pair_beats_one_for_its_exporter_and_sets_the_stage():
    graded = grades(("TWO", None, "mine", 0.5), ("TWO", "CCC", "mine", 0.8))
    flows = (flow(950_000, 100, "TWO"), flow(950_000, 100, "TWO", "CCC"))
    found = contained(*flows, codes=MIXED, who=roles(TWO=(True, True)), graded=graded)
    assert [(row["stage"], row["contained"]) for row in found] == [("mine", 50), ("mine", 80)]


def test_rows_with_windows_take_only_what_fits():
    window = code_row(window_low=0.5, window_high=1.5)
    found = contained(
        flow(1_000_000, 100, "IN1"),
        flow(300_000, 100, "OUT"),
        flow(2e6, 100, "UPP"),
        codes=rows_frame(window),
    )
    assert [row["exporter"] for row in found] == ["IN1"]
    assert found[0]["reason"] == "part of code"


def test_rows_for_graded_pairs_only_leave_all_others_alone():
    feed = code_row(stage="mine", stage_rule="grades")
    found = contained(
        flow(500_000, 100, "AAA"), flow(500_000, 100, "MIN"), codes=rows_frame(feed),
        graded=grades(("MIN", None, "mine", 0.7)),
    )  # fmt: skip
    assert [(row["exporter"], row["contained"]) for row in found] == [("MIN", 70)]


def test_years_without_a_price_move_with_the_unit_value_of_the_code():
    # 2024: price 10,000, median unit value 4,000; 2023: median 2,000, so the reference halves to 5,000
    flows = pl.DataFrame(
        [{**flow(400_000, 100), "year": 2024}, {**flow(200_000, 100), "year": 2023}], infer_schema_length=None
    )
    values = contained_values(flows, rows_frame(code_row(value_share=0.8)), prices())
    by_year = dict(values.select("year", "v_star").iter_rows())
    assert by_year == {2024: pytest.approx(8_000), 2023: pytest.approx(4_000)}


def test_without_a_value_share_the_median_over_the_factor_is_the_reference():
    flows = pl.DataFrame([flow(400_000, 100)], infer_schema_length=None)
    values = contained_values(flows, rows_frame(code_row(value_share=None)), prices())
    assert values["v_star"][0] == pytest.approx(4_000 / 0.5)


def test_roles_need_half_a_per_cent():
    production = pl.DataFrame(
        {
            "material": ["cobalt"] * 3, "stage": ["mine"] * 3, "country": ["COD", "XXA", "WLD"],
            "year": [2024] * 3, "value": [1000.0, 4.0, 1004.0], "preferred": [True] * 3,
        }
    )  # fmt: skip
    shares = pl.DataFrame({"material": ["cobalt"], "stage": ["refined"], "country": ["FIN"], "value": [0.1]})
    found = exporter_roles({"production": production, "processing_shares": shares})
    assert set(found.select("exporter", "mines", "refines").iter_rows()) == {
        ("COD", True, False),
        ("FIN", False, True),
    }


def test_feed_is_split_by_what_the_exporter_mines():
    # 30 t of neodymium-praseodymium in 150 t of REO: a fifth of the 50 t REO shipped
    feed = contained(
        {**flow(500_000, 100, "MIN"), "hs6": "999999"},
        codes=rows_frame(code_row(stage="mine", stage_rule="grades", material="cobalt")),
        graded=grades(("MIN", None, "mine", 0.5)),
    )
    frame = pl.DataFrame(feed, infer_schema_length=None).with_columns(material=pl.lit("rare-earths"))
    production = pl.DataFrame(
        {
            "material": ["rare-earths", "neodymium-praseodymium"], "stage": ["mine"] * 2,
            "country": ["MIN"] * 2, "year": [2024] * 2, "value": [150.0, 30.0], "preferred": [True] * 2,
        }
    )  # fmt: skip
    (found,) = split_rare_earths(frame, production).to_dicts()
    assert found["material"] == "neodymium-praseodymium"
    assert found["contained"] == pytest.approx(10)
    assert found["reason"] == "part of code"


def test_mine_flows_are_measured_against_mine_prices_where_there_are_any():
    table = pl.DataFrame(
        {
            "material": ["iron", "iron", "copper"], "stage": ["mine", "refined", "refined"],
            "period": ["2024"] * 3, "frequency": ["annual"] * 3, "preferred": [True] * 3,
            "value": [176.0, 447.0, 9142.0],
        }
    )  # fmt: skip
    found = {(row["material"], row["flow"]): row["price"] for row in reference_prices(table).to_dicts()}
    assert found == {
        ("iron", "mine"): 176,
        ("iron", "other"): 447,
        ("copper", "mine"): 9142,
        ("copper", "other"): 9142,
    }


@pytest.mark.parametrize(
    ("hs6", "material", "form", "factor"),
    [
        # lithium carbonate of 99 %: 0.99 x 2 x 6.94 / 73.888 = 0.18597
        ("283691", "lithium", "carbonate", 0.18597),
        # hydroxide monohydrate: 6.94 / 41.962 = 0.16539
        ("282520", "lithium", "hydroxide monohydrate", 0.16539),
        # vanadium pentoxide: 2 x 50.942 / 181.879 = 0.56017
        ("282530", "vanadium", "pentoxide", 0.56017),
        # chromite at 0.42 Cr2O3: 0.42 x 2 x 51.996 / 151.989 = 0.28737
        ("261000", "chromium", "chromite", 0.28737),
        # bauxite: 0.38 x 2 x 26.982 / 101.961 = 0.20112
        ("260600", "alumina", "bauxite as shipped", 0.20112),
    ],
)
def test_chemical_factors_by_hand(hs6: str, material: str, form: str, factor: float):
    rows = typed_code_rows().filter(
        (pl.col("hs6") == hs6) & (pl.col("material") == material) & (pl.col("form") == form)
    )
    assert rows["factor"][0] == pytest.approx(factor, rel=2e-4)


def test_cobalt_oxides_lie_between_hydroxide_and_monoxide():
    row = (
        typed_code_rows()
        .filter((pl.col("hs6") == "282200") & (pl.col("stage") == "refined"))
        .row(0, named=True)
    )
    assert row["factor_low"] == pytest.approx(0.6341, abs=2e-4)
    assert row["factor_high"] == pytest.approx(0.7865, abs=2e-4)


def test_every_grade_row_belongs_to_a_code_row():
    keys = ["hs_version", "hs6", "material", "stage"]
    assert typed_grades().join(typed_code_rows(), on=keys, how="anti").is_empty()


def test_the_mix_of_seven_metals_is_used_for_none_of_them():
    assert "811292" not in set(load_table("hs_codes")["hs6"])
    assert "811292" in set(load_table("hs_left_out")["hs6"])
    traded = set(load_table("trade")["material"].unique())
    assert not traded & {"gallium", "germanium", "indium", "hafnium", "rhenium"}
