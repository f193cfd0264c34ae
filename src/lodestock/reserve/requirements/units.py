r"""Published quantities to tonnes of the form's own basis.

.. math:: Q = q \cdot m(unit) \cdot w, \qquad w = \begin{cases}
   w_{element/oxide} & \text{the unit says oxide} \\ 1 & \text{otherwise}\end{cases}

m is tonnes per unit of mass; w the mass of the element in its oxide. Units are written as people write them:
``short ton``, ``kg``, ``t oxide``, ``lb Ta2O5``, ``flask``, ``troy oz``, ``short ton oxide``, ``carat``.
"""

from __future__ import annotations

import re

from lodestock.data.units import ATOMIC_WEIGHTS, FLASK_KG, POUND_KG, SHORT_TON_T, TROY_OUNCE_KG, element_share
from lodestock.errors import UnitError
from lodestock.reserve.requirements.forms import Form

LONG_TON_T = 2240 * POUND_KG / 1e3
CARAT_KG = 2e-4

MASS = {
    **dict.fromkeys(("t", "mt", "tonne", "tonnes", "metric ton", "metric tons", "metric tonne"), 1.0),
    **dict.fromkeys(("kt", "thousand metric tons", "thousand t", "1000 t"), 1e3),
    **dict.fromkeys(("kg", "kilogram", "kilograms", "kilo", "kgs"), 1e-3),
    **dict.fromkeys(("g", "gram", "grams"), 1e-6),
    **dict.fromkeys(
        ("short ton", "short tons", "st", "s ton", "ton", "tons", "sdt", "short dry ton"), SHORT_TON_T
    ),
    **dict.fromkeys(("short dry tons", "net ton", "net tons"), SHORT_TON_T),
    **dict.fromkeys(("long ton", "long tons", "lt", "ldt", "long dry ton", "long dry tons"), LONG_TON_T),
    **dict.fromkeys(("lb", "lbs", "pound", "pounds"), POUND_KG / 1e3),
    **dict.fromkeys(("thousand lb", "thousand pounds", "klb"), POUND_KG),
    **dict.fromkeys(("million lb", "million pounds", "mlb"), POUND_KG * 1e3),
    **dict.fromkeys(
        ("troy oz", "troy ounce", "troy ounces", "tr oz", "oz", "ozt", "toz"), TROY_OUNCE_KG / 1e3
    ),
    **dict.fromkeys(("flask", "flasks", "76 lb flask", "76 lb flasks"), FLASK_KG / 1e3),
    **dict.fromkeys(("carat", "carats", "ct"), CARAT_KG / 1e3),
}
"""Tonnes in one unit; a bare ton is the short ton of the American tables."""

_OXIDE_WORDS = {"oxide", "oxides", "reo", "teo"}
_PLAIN_WORDS = {
    "contained",
    "content",
    "metal",
    "gross",
    "element",
    "dry",
    "weight",
    "wt",
    "of",
    "as",
    "crude",
}
_FORMULA = re.compile(r"(?:[A-Z][a-z]?\d*)+")
_COLUMBIUM = re.compile(r"Cb(?![a-z])")
"""The older American symbol of niobium."""


def tonnes(quantity: float, unit: str, form: Form) -> float:
    """Quantity in t of the form's basis.

    Raises
    ------
    UnitError
        The unit is unknown, or says oxide of a form without one.
    """
    mass, basis = _split(unit)
    return quantity * mass * _content(basis, unit, form)


def _split(unit: str) -> tuple[float, list[str]]:
    """Tonnes per unit of mass and the words left over, longest unit name first."""
    words = re.sub(r"[(),.\-]", " ", unit).split()
    for count in range(len(words), 0, -1):
        for first in range(len(words) - count + 1):
            name = " ".join(words[first : first + count]).casefold()
            if name in MASS:
                return MASS[name], words[:first] + words[first + count :]
    raise UnitError(f"unknown mass unit {unit!r}", allowed=", ".join(sorted(MASS)))


def _content(words: list[str], unit: str, form: Form) -> float:
    share = 1.0
    for word in words:
        low = word.casefold()
        if low in _PLAIN_WORDS or word == form.element or low in form.name.casefold().split():
            continue
        if low in _OXIDE_WORDS:
            if not form.oxide or form.element not in ATOMIC_WEIGHTS:
                raise UnitError(f"unit {unit!r}: {form.name} is not quoted as an oxide")
            share = element_share(form.element, form.oxide)
        elif _FORMULA.fullmatch(word):
            share = _share(form.element, _COLUMBIUM.sub("Nb", word))
        else:
            raise UnitError(f"unit {unit!r}: {word!r} is neither a unit nor a form of {form.name}")
    return share


def _share(element: str, formula: str) -> float:
    """Mass of the element in a compound; one for forms counted in gross weight."""
    if element not in ATOMIC_WEIGHTS or formula == element:
        return 1.0
    return element_share(element, formula)
