"""Units and forms, each with the conversion by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lodestock.errors import ConflictError, LodestockError, UnitError, ValueOutOfRangeError
from lodestock.policy.terms import Amount, Floor, PublicPurchase
from lodestock.scenario.names import Names
from lodestock.scenario.quantity import contained_price, contained_tonnes, parse_quantity, require
from lodestock.scenario.resolved import ResolvedScenario


@pytest.mark.parametrize(
    ("text", "value", "dimension", "form"),
    [
        ("110 USD/kg", 110e3, "price", None),
        ("110 USD/kg oxide", 110e3, "price", "oxide"),
        ("$11800/t", 11800.0, "price", None),
        ("USD 110 per kg oxide", 110e3, "price", "oxide"),
        ("11.8 kUSD per tonne", 11800.0, "price", None),
        # 1 lb = 0.45359237 kg: 1/0.45359237e-3 t = 2204.6226 lb/t
        ("10.24 USD/lb", 10.24 / 0.45359237e-3, "price", None),
        ("45 cents/lb", 0.45 / 0.45359237e-3, "price", None),
        # 1 troy ounce = 31.1034768 g: 32,150.7466 oz t per t
        ("30 USD/oz t", 30.0 * 32150.74656862798, "price", None),
        # 10 kg of WO3 in a metric ton unit: 252 USD per 10 kg = 25,200 USD/t of WO3
        ("252 USD/mtu WO3", 25200.0, "price", "WO3"),
        ("5000 t", 5000.0, "mass", None),
        ("3 kt", 3000.0, "mass", None),
        ("1.5 Mt", 1.5e6, "mass", None),
        ("2 short tons", 2 * 0.90718474, "mass", None),
        ("439 kg", 0.439, "mass", None),
        ("12 t/year", 12.0, "mass_per_year", None),
        ("12 t / month", 144.0, "mass_per_year", None),
        ("3 t per quarter", 12.0, "mass_per_year", None),
        ("20 kt/year carbonate", 20000.0, "mass_per_year", "carbonate"),
        ("20 kt carbonate/year", 20000.0, "mass_per_year", "carbonate"),
        ("30 %", 0.3, "share", None),
        ("-8%", -0.08, "share", None),
        ("0.25 fraction", 0.25, "share", None),
        ("115 % of base", 1.15, "multiple_of_base", None),
        ("115 % of the base price", 1.15, "multiple_of_base", None),
        ("6 months", 0.5, "duration", None),
        ("20 years", 20.0, "duration", None),
        ("1e3 USD/t", 1000.0, "price", None),
    ],
)
def test_quantity_in_canonical_units(text: str, value: float, dimension: str, form: str | None) -> None:
    quantity = parse_quantity(text)
    assert quantity.value == pytest.approx(value, rel=1e-12)
    assert (quantity.dimension, quantity.form) == (dimension, form)


def test_mapping_and_text_say_the_same() -> None:
    mapping = parse_quantity({"value": 110, "unit": "USD/kg", "form": "oxide"})
    assert (mapping.value, mapping.form) == (110e3, "oxide")


@pytest.mark.parametrize(
    ("raw", "kind", "word"),
    [
        (110, UnitError, "has no unit"),
        (1.5, UnitError, "has no unit"),
        ("110", UnitError, "has no unit"),
        (True, UnitError, "is not a quantity"),
        (None, UnitError, "is not a quantity"),
        ([1], UnitError, "is not a quantity"),
        ("many t", UnitError, "does not begin with a number"),
        ("11,800 USD/t", UnitError, "separator"),
        ("11 800 USD/t", UnitError, "separator"),
        ("5 KT", UnitError, "did you mean 'kt'"),
        ("5 tons", UnitError, "ambiguous"),
        ("5 mt", UnitError, "ambiguous"),
        ("5 USD/oz", UnitError, "oz t"),
        ("5 EUR/t", UnitError, "not in USD"),
        ("5 USD/litre", UnitError, "unknown unit"),
        ("5 t/decade", UnitError, "unknown unit"),
        ("252 USD/mtu", UnitError, "counts one compound"),
        ("30 % oxide", UnitError, "unknown unit"),
        ("1e308 kUSD/g", ValueOutOfRangeError, "finite"),
        ({"value": 10**400, "unit": "t"}, ValueOutOfRangeError, "too large"),
        ({"value": "110", "unit": "t"}, UnitError, "not a number"),
        ({"value": 110}, UnitError, "has no unit"),
        ({"value": 110, "units": "t"}, UnitError, "did you mean 'unit'"),
        ({"value": 110, "unit": "%", "form": "oxide"}, UnitError, "takes no form"),
        ({"value": 110, "unit": "t", "form": 3}, UnitError, "not a name"),
        ({"value": 110, "unit": "USD/t oxide", "form": "metal"}, ConflictError, "two forms"),
    ],
)
def test_unclear_quantities_are_refused(raw: object, kind: type[LodestockError], word: str) -> None:
    with pytest.raises(LodestockError) as caught:
        parse_quantity(raw)
    assert type(caught.value) is kind
    assert word in str(caught.value)


def test_dimension_is_required() -> None:
    with pytest.raises(UnitError, match="is a share, which does not fit here"):
        require(parse_quantity("30 %"), "price")


def test_forms_turn_compound_into_element(names: Names) -> None:
    lithium, tungsten = names.materials["lithium"], names.materials["tungsten"]
    # 2 * 6.94 / (2 * 6.94 + 12.011 + 3 * 15.999) = 0.18787: 11,800 USD/t carbonate is 62,815 USD/t Li
    carbonate = names.factor(lithium, "refined", "carbonate")
    assert carbonate == pytest.approx(13.88 / 73.888, rel=1e-9)
    assert contained_price(parse_quantity("11800 USD/t"), carbonate) == pytest.approx(62815.4, rel=1e-5)
    assert contained_tonnes(parse_quantity("20 kt"), carbonate) == pytest.approx(3757.0, rel=1e-4)
    # W/WO3 = 183.84 / 231.837 = 0.79297: 252 USD/mtu is 31,779 USD/t W
    price = parse_quantity("252 USD/mtu WO3")
    assert contained_price(price, names.factor(tungsten, "mine", price.form)) == pytest.approx(
        31779.2, rel=1e-5
    )


@pytest.mark.parametrize("form", ["Li0", "Li" + "9" * 400, "Na2CO3", "sand", "Li2CO", "."])
def test_nonsense_forms_are_refused(form: str, names: Names) -> None:
    lithium = names.materials["lithium"]
    if form == "Li2CO":  # a formula nobody sells, yet a formula
        assert 0 < names.factor(lithium, "refined", form) < 1
        return
    with pytest.raises(UnitError, match="unknown form of lithium"):
        names.factor(lithium, "refined", form)


@pytest.mark.parametrize("form", ["contained", "Metal", "element"])
def test_the_element_itself_has_factor_one(form: str, names: Names) -> None:
    assert names.factor(names.materials["lithium"], "refined", form) == 1.0


def test_a_scenario_holds_canonical_values(
    read: Callable[[str], ResolvedScenario], floor: str, ban: str
) -> None:
    text = floor.replace("antimony", "neodymium-praseodymium").replace("26 USD/kg", "110 USD/kg oxide")
    term = read(text).case.instruments[0]
    assert isinstance(term, Floor)
    # 0.85 t of Nd and Pr in a tonne of oxide: 110,000 / 0.85
    assert term.floor == Amount(usd_per_t=pytest.approx(129411.76, rel=1e-7))
    assert term.cap == Amount(multiple_of_base=0.5)
    assert term.cap.at(60e3) == pytest.approx(30e3)
    assert term.floor.at(1.0) == term.floor.usd_per_t
    buy = "name: buy, type: public_purchase, stage: refined, buyers: USA, quantity: 1 kt Sb2O3"
    purchase = read(f"{ban}  - {{{buy}, start: 2024-01-01}}").case.instruments[0]
    assert isinstance(purchase, PublicPurchase)
    # 2 * 121.76 / (2 * 121.76 + 3 * 15.999) = 0.83535
    assert purchase.quantity_t == pytest.approx(1000 * 243.52 / 291.517, rel=1e-9)
