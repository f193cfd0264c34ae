import pytest

from lodestock.data.units import (
    HELIUM_KG_PER_M3,
    composition,
    element_share,
    evaluate_factor,
    tonnes_per,
    usd_per_tonne_per,
)
from lodestock.errors import UnitError


@pytest.mark.parametrize(
    ("element", "formula", "expected"),
    [
        # 2*6.94 / (2*6.94 + 12.011 + 3*15.999) = 13.88 / 73.888
        ("Li", "Li2CO3", 0.18785),
        ("Li", "LiOH.H2O", 0.1654),
        ("Li", "LiOH", 0.2898),
        ("Li", "Li2O", 0.4645),
        # 183.84 / (183.84 + 3*15.999) = 183.84 / 231.837
        ("W", "WO3", 0.7930),
        # 2*50.942 / (101.884 + 5*15.999) = 101.884 / 181.879
        ("V", "V2O5", 0.5602),
        ("Ta", "Ta2O5", 0.8190),
        ("Nb", "Nb2O5", 0.69905),
        ("Ti", "TiO2", 0.59935),
        ("Cr", "Cr2O3", 0.6842),
        ("Nd", "Nd2O3", 0.8574),
        ("Co", "Co3O4", 0.7342),
        ("Co", "CoO", 0.7865),
        ("Co", "CoO2H2", 0.6341),
        ("As", "As2O3", 0.7574),
        ("Al", "Al2O3", 0.5293),
    ],
)
def test_element_share_of_compounds(element: str, formula: str, expected: float):
    assert element_share(element, formula) == pytest.approx(expected, abs=6e-5)


def test_hydrate_adds_atoms_of_both_parts():
    assert composition("LiOH.H2O") == {"Li": 1, "O": 2, "H": 3}


def test_shares_of_a_compound_add_to_one():
    assert sum(element_share(e, "NaCaB5O9.H16O8") for e in ("Na", "Ca", "B", "O", "H")) == pytest.approx(1)


def test_price_units():
    # 1 lb = 0.45359237 kg -> 1000 / 0.45359237 = 2204.6226 USD/t for 1 USD/lb
    assert usd_per_tonne_per("USD/lb") == pytest.approx(2204.6226, rel=1e-7)
    assert usd_per_tonne_per("cents/lb") == pytest.approx(22.046226, rel=1e-7)
    # 1 troy oz = 31.1034768 g -> 1e6 / 31.1034768 = 32150.7466
    assert usd_per_tonne_per("USD/troy oz") == pytest.approx(32150.7466, rel=1e-8)
    assert usd_per_tonne_per("USD/short ton") == pytest.approx(1.1023113, rel=1e-7)
    # a metric ton unit is 10 kg
    assert usd_per_tonne_per("USD/mtu") == 100.0


def test_tungsten_concentrate_by_hand():
    # 252 USD per 10 kg WO3, 7.93 kg W in it: 252 / 0.00793 = 31,778 USD/t W
    assert 252 * usd_per_tonne_per("USD/mtu") / element_share("W", "WO3") == pytest.approx(31_779, abs=2)


def test_lithium_carbonate_price_by_hand():
    # 11,800 USD/t Li2CO3 / 0.18785 = 62,816 USD/t Li
    assert 11_800 / evaluate_factor("Li/Li2CO3") == pytest.approx(62_816, abs=2)


def test_helium_density_is_that_of_an_ideal_gas_at_15_degrees():
    # 101325 * 4.0026e-3 / (8.314463 * 288.15) = 0.16928 kg/m3
    assert pytest.approx(0.16928, abs=1e-5) == HELIUM_KG_PER_M3
    assert tonnes_per("million cubic meters") == pytest.approx(169.28, abs=0.01)


def test_factor_multiplies_numbers_and_shares():
    # 45 % Cr2O3 ore: 0.45 * 0.6842 = 0.3079
    assert evaluate_factor("0.45*Cr/Cr2O3") == pytest.approx(0.3079, abs=1e-4)
    assert evaluate_factor("1") == 1.0


@pytest.mark.parametrize("bad", ["Xx/Li2CO3", "Li/li2co3", "Li/TiO2", "a lot", "0.5*"])
def test_nonsense_factors_are_refused(bad: str):
    with pytest.raises(UnitError):
        evaluate_factor(bad)


def test_unknown_units_name_what_is_allowed():
    with pytest.raises(UnitError, match="kilograms"):
        tonnes_per("stone")
    with pytest.raises(UnitError, match="USD/lb"):
        usd_per_tonne_per("GBP/t")
