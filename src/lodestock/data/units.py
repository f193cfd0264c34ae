"""Chemistry and units: how a published quantity or price becomes tonnes contained.

Factors are computed from standard atomic weights, never typed in. All functions are pure.
"""

from __future__ import annotations

import re

from lodestock.errors import UnitError

# IUPAC abridged standard atomic weights (CIAAW 2021), dimensionless; CIAAW, doi:10.1515/pac-2019-0603.
ATOMIC_WEIGHTS: dict[str, float] = {
    "H": 1.0080, "He": 4.0026, "Li": 6.94, "Be": 9.0122, "B": 10.81, "C": 12.011, "N": 14.007,
    "O": 15.999, "F": 18.998, "Na": 22.990, "Mg": 24.305, "Al": 26.982, "Si": 28.085, "P": 30.974,
    "S": 32.06, "Cl": 35.45, "K": 39.098, "Ca": 40.078, "Sc": 44.956, "Ti": 47.867, "V": 50.942,
    "Cr": 51.996, "Mn": 54.938, "Fe": 55.845, "Co": 58.933, "Ni": 58.693, "Cu": 63.546, "Zn": 65.38,
    "Ga": 69.723, "Ge": 72.630, "As": 74.922, "Se": 78.971, "Br": 79.904, "Sr": 87.62, "Y": 88.906,
    "Zr": 91.224, "Nb": 92.906, "Mo": 95.95, "Ru": 101.07, "Rh": 102.91, "Pd": 106.42, "Ag": 107.87,
    "Cd": 112.41, "In": 114.82, "Sn": 118.71, "Sb": 121.76, "Te": 127.60, "I": 126.90, "Ba": 137.33,
    "La": 138.91, "Ce": 140.12, "Pr": 140.91, "Nd": 144.24, "Sm": 150.36, "Eu": 151.96, "Gd": 157.25,
    "Tb": 158.93, "Dy": 162.50, "Ho": 164.93, "Er": 167.26, "Tm": 168.93, "Yb": 173.05, "Lu": 174.97,
    "Hf": 178.49, "Ta": 180.95, "W": 183.84, "Re": 186.21, "Ir": 192.22, "Pt": 195.08, "Au": 196.97,
    "Hg": 200.59, "Tl": 204.38, "Pb": 207.2, "Bi": 208.98, "Th": 232.04, "U": 238.03,
}  # fmt: skip

POUND_KG = 0.45359237
TROY_OUNCE_KG = 0.0311034768
SHORT_TON_T = 0.90718474
FLASK_KG = 76 * POUND_KG  # mercury is sold in flasks of 76 lb
METRIC_TON_UNIT_T = 0.01  # one per cent of a tonne

# Helium is published in cubic metres at 15 °C and 101.325 kPa: ideal gas, kg/m3 = p M / (R T).
_GAS_CONSTANT = 8.314462618
HELIUM_KG_PER_M3 = 101_325.0 * ATOMIC_WEIGHTS["He"] * 1e-3 / (_GAS_CONSTANT * 288.15)

MASS_IN_TONNES: dict[str, float] = {
    "t": 1.0,
    "kt": 1e3,
    "kg": 1e-3,
    "metric tons": 1.0,
    "metric dry tons": 1.0,
    "thousand metric tons": 1e3,
    "thousand metric dry tons": 1e3,
    "million metric tons": 1e6,
    "mt": 1e6,  # older USGS column suffixes: million tonnes, million cubic metres
    "mmt": 1e6,
    "kilograms": 1e-3,
    "million cubic meters": 1e6 * HELIUM_KG_PER_M3 * 1e-3,
    "mcm": 1e6 * HELIUM_KG_PER_M3 * 1e-3,
}

PRICE_IN_USD_PER_TONNE: dict[str, float] = {
    "USD/t": 1.0,
    "USD/kg": 1e3,
    "USD/g": 1e6,
    "USD/lb": 1e3 / POUND_KG,
    "cents/lb": 10.0 / POUND_KG,
    "USD/troy oz": 1e3 / TROY_OUNCE_KG,
    "USD/mtu": 1.0 / METRIC_TON_UNIT_T,
    "USD/short ton": 1.0 / SHORT_TON_T,
    "USD/flask": 1e3 / FLASK_KG,
    "USD/m3": 1e3 / HELIUM_KG_PER_M3,
}

_TERM = re.compile(r"([A-Z][a-z]?)(\d*\.?\d*)")


def composition(formula: str) -> dict[str, float]:
    """Atoms per formula unit, e.g. ``LiOH.H2O`` -> Li 1, O 2, H 3.

    A dot joins a hydrate; brackets are written out (``CoO2H2`` for cobalt hydroxide).

    Raises
    ------
    UnitError
        An element is unknown or the text is not a formula.
    """
    atoms: dict[str, float] = {}
    for part in formula.split("."):
        matched = "".join(match.group(0) for match in _TERM.finditer(part))
        if not part or matched != part:
            raise UnitError(f"{formula!r} is not a chemical formula")
        for element, count in _TERM.findall(part):
            if element not in ATOMIC_WEIGHTS:
                raise UnitError(f"unknown element {element!r} in formula {formula!r}")
            atoms[element] = atoms.get(element, 0.0) + (float(count) if count else 1.0)
    return atoms


def element_share(element: str, formula: str) -> float:
    r"""Mass fraction of an element in a compound.

    .. math:: w_e = \frac{n_e A_e}{\sum_k n_k A_k}

    with :math:`n` atoms per formula unit and :math:`A` the standard atomic weights.
    """
    atoms = composition(formula)
    if element not in atoms:
        raise UnitError(f"{formula!r} contains no {element}")
    total = sum(count * ATOMIC_WEIGHTS[name] for name, count in atoms.items())
    return atoms[element] * ATOMIC_WEIGHTS[element] / total


def evaluate_factor(expression: str) -> float:
    """Product of numbers and ``element/formula`` terms: ``0.45*Cr/Cr2O3`` -> 0.3079.

    Curated tables state factors this way, so that chemistry is computed and only grades are typed.
    """
    product = 1.0
    for raw in expression.split("*"):
        term = raw.strip()
        if "/" in term:
            part, formula = term.split("/", 1)
            product *= element_share(part.strip(), formula.strip())
        else:
            try:
                product *= float(term)
            except ValueError as error:
                raise UnitError(
                    f"{term!r} in factor {expression!r} is neither a number nor element/formula"
                ) from error
    return product


def tonnes_per(unit: str) -> float:
    """Tonnes in one published unit of mass (or of helium gas)."""
    if unit not in MASS_IN_TONNES:
        raise UnitError(f"unknown mass unit {unit!r}", allowed=", ".join(sorted(MASS_IN_TONNES)))
    return MASS_IN_TONNES[unit]


def usd_per_tonne_per(unit: str) -> float:
    """USD per tonne of the priced form for a price of one published unit."""
    if unit not in PRICE_IN_USD_PER_TONNE:
        raise UnitError(f"unknown price unit {unit!r}", allowed=", ".join(sorted(PRICE_IN_USD_PER_TONNE)))
    return PRICE_IN_USD_PER_TONNE[unit]
