"""Forms in which materials are quoted: word -> t contained per t of form, computed from formulas.

A form is the sum of products that `lodestock.data.units.evaluate_factor` reads. Formulas themselves
(``Li2CO3``) need no row here. ``QUOTED`` says where the usual quote is for such a form, so that a scenario
has to name it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from lodestock.data.units import evaluate_factor

_NDPR = ("0.75*Nd/Nd2O3", "0.25*Pr/Pr6O11")
"""Didymium oxide of commerce, three parts Nd2O3 to one part Pr6O11 by mass."""

FORMS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "alumina": {"alumina": ("Al/Al2O3",), "oxide": ("Al/Al2O3",)},
    "antimony": {"trioxide": ("Sb/Sb2O3",), "oxide": ("Sb/Sb2O3",)},
    "boron": {"boric oxide": ("B/B2O3",), "boric acid": ("B/H3BO3",)},
    "cerium": {"oxide": ("Ce/CeO2",)},
    "chromium": {"oxide": ("Cr/Cr2O3",)},
    "cobalt": {
        "hydroxide": ("Co/CoO2H2",),
        "sulfate": ("Co/CoSO4.H14O7",),
        "oxide": ("Co/Co3O4",),
    },
    "copper": {"sulfate": ("Cu/CuSO4.H10O5",)},
    "dysprosium": {"oxide": ("Dy/Dy2O3",)},
    "gadolinium": {"oxide": ("Gd/Gd2O3",)},
    "gallium": {"oxide": ("Ga/Ga2O3",)},
    "germanium": {"dioxide": ("Ge/GeO2",), "oxide": ("Ge/GeO2",)},
    "iron": {"ore 62": ("0.62",)},
    "lanthanum": {"oxide": ("La/La2O3",)},
    "lithium": {
        "carbonate": ("Li/Li2CO3",),
        "lce": ("Li/Li2CO3",),
        "hydroxide": ("Li/LiOH.H2O",),
        "oxide": ("Li/Li2O",),
        "spodumene concentrate": ("0.06*Li/Li2O",),
    },
    "molybdenum": {"trioxide": ("Mo/MoO3",), "oxide": ("Mo/MoO3",)},
    "neodymium-praseodymium": {"oxide": _NDPR},
    "nickel": {"sulfate": ("Ni/NiSO4.H12O6",)},
    "niobium": {"pentoxide": ("Nb/Nb2O5",), "oxide": ("Nb/Nb2O5",)},
    "samarium": {"oxide": ("Sm/Sm2O3",)},
    "scandium": {"oxide": ("Sc/Sc2O3",)},
    "tantalum": {"pentoxide": ("Ta/Ta2O5",), "oxide": ("Ta/Ta2O5",)},
    "terbium": {"oxide": ("Tb/Tb4O7",)},
    "titanium-minerals": {"dioxide": ("Ti/TiO2",), "oxide": ("Ti/TiO2",)},
    "tungsten": {"trioxide": ("W/WO3",), "oxide": ("W/WO3",)},
    "vanadium": {"pentoxide": ("V/V2O5",), "oxide": ("V/V2O5",)},
    "yttrium": {"oxide": ("Y/Y2O3",)},
}

QUOTED: Mapping[str, tuple[str, ...]] = {
    "alumina": ("refined",),
    "cerium": ("mine", "refined"),
    "dysprosium": ("mine", "refined"),
    "gadolinium": ("mine", "refined"),
    "iron": ("mine",),
    "lanthanum": ("mine", "refined"),
    "lithium": ("mine", "refined"),
    "neodymium-praseodymium": ("mine", "refined"),
    "samarium": ("mine", "refined"),
    "scandium": ("refined",),
    "terbium": ("mine", "refined"),
    "titanium-minerals": ("mine", "refined"),
    "tungsten": ("mine", "refined"),
    "vanadium": ("refined",),
    "yttrium": ("mine", "refined"),
}


@lru_cache(maxsize=128)
def form_factors(material: str) -> Mapping[str, float]:
    """Return t contained per t of each form of ``material``, by form in lower case."""
    return {
        form: sum(evaluate_factor(part) for part in parts) for form, parts in FORMS.get(material, {}).items()
    }
