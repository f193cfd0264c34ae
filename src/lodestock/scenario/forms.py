"""Forms in which materials are quoted: word -> t contained per t of form, computed from formulas.

A form is a product that `lodestock.data.units.evaluate_factor` reads; grades of ores and the mix of NdPr
oxide are those of the price table. Formulas themselves (``Li2CO3``) need no row here. ``QUOTED`` says where
the usual quote is for such a form, so that a scenario has to name it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from lodestock.data.units import evaluate_factor
from lodestock.scenario.quantity import TONNES_PER

FORMS: Mapping[str, Mapping[str, str]] = {
    "alumina": {"alumina": "Al/Al2O3", "oxide": "Al/Al2O3", "bauxite": "0.40*Al/Al2O3"},
    "antimony": {"trioxide": "Sb/Sb2O3", "oxide": "Sb/Sb2O3"},
    "boron": {"boric oxide": "B/B2O3", "boric acid": "B/H3BO3", "borates": "0.48*B/B2O3"},
    "cerium": {"oxide": "Ce/CeO2"},
    "chromium": {"oxide": "Cr/Cr2O3", "chromite ore": "0.45*Cr/Cr2O3"},
    "cobalt": {
        "hydroxide": "Co/CoO2H2",
        "sulfate": "Co/CoSO4.H14O7",
        "oxide": "Co/Co3O4",
    },
    "copper": {"sulfate": "Cu/CuSO4.H10O5"},
    "dysprosium": {"oxide": "Dy/Dy2O3"},
    "gadolinium": {"oxide": "Gd/Gd2O3"},
    "gallium": {"oxide": "Ga/Ga2O3"},
    "germanium": {"dioxide": "Ge/GeO2", "oxide": "Ge/GeO2"},
    "iron": {"ore 62": "0.62"},
    "lanthanum": {"oxide": "La/La2O3"},
    "lithium": {
        "carbonate": "Li/Li2CO3",
        "lce": "Li/Li2CO3",
        "hydroxide": "Li/LiOH.H2O",
        "oxide": "Li/Li2O",
        "spodumene concentrate": "0.06*Li/Li2O",
    },
    "molybdenum": {"trioxide": "Mo/MoO3", "oxide": "Mo/MoO3"},
    "neodymium-praseodymium": {"oxide": "0.85"},
    "nickel": {"sulfate": "Ni/NiSO4.H12O6"},
    "niobium": {"pentoxide": "Nb/Nb2O5", "oxide": "Nb/Nb2O5", "ferroniobium": "0.65"},
    "potash": {"muriate": "0.60"},
    "samarium": {"oxide": "Sm/Sm2O3"},
    "scandium": {"oxide": "Sc/Sc2O3"},
    "tantalum": {"pentoxide": "Ta/Ta2O5", "oxide": "Ta/Ta2O5"},
    "terbium": {"oxide": "Tb/Tb4O7"},
    "strontium": {"celestite": "0.95*Sr/SrSO4"},
    "titanium-minerals": {
        "dioxide": "Ti/TiO2",
        "ilmenite": "0.55*Ti/TiO2",
        "rutile": "0.95*Ti/TiO2",
        "pigment": "0.93*Ti/TiO2",
    },
    "tungsten": {"trioxide": "W/WO3", "oxide": "W/WO3"},
    "vanadium": {"pentoxide": "V/V2O5", "oxide": "V/V2O5"},
    "yttrium": {"oxide": "Y/Y2O3"},
    "zirconium": {"zircon": "0.65*Zr/ZrO2"},
}

QUOTED: Mapping[str, tuple[str, ...]] = {
    "alumina": ("mine", "refined"),
    "boron": ("refined",),
    "cerium": ("mine", "refined"),
    "chromium": ("mine",),
    "dysprosium": ("mine", "refined"),
    "gadolinium": ("mine", "refined"),
    "iron": ("mine",),
    "lanthanum": ("mine", "refined"),
    "lithium": ("mine", "refined"),
    "neodymium-praseodymium": ("mine", "refined"),
    "niobium": ("refined",),
    "potash": ("mine",),
    "samarium": ("mine", "refined"),
    "scandium": ("refined",),
    "strontium": ("mine",),
    "terbium": ("mine", "refined"),
    "titanium-minerals": ("mine", "refined"),
    "tungsten": ("mine", "refined"),
    "vanadium": ("refined",),
    "yttrium": ("mine", "refined"),
    "zirconium": ("mine",),
}


@lru_cache(maxsize=128)
def form_factors(material: str) -> Mapping[str, float]:
    """Return t contained per t of each form of ``material``, by form in lower case."""
    return {form: evaluate_factor(product) for form, product in FORMS.get(material, {}).items()}


QUOTES: Mapping[str, Mapping[str, tuple[str, str, str]]] = {
    "alumina": {"mine": ("bauxite", "t", "bauxite"), "refined": ("alumina", "t", "alumina")},
    "boron": {"refined": ("borates", "t", "borates")},
    "cerium": {"refined": ("oxide", "kg", "oxide")},
    "chromium": {"mine": ("chromite ore", "t", "chromite ore")},
    "dysprosium": {"refined": ("oxide", "kg", "oxide")},
    "gadolinium": {"refined": ("oxide", "kg", "oxide")},
    "iron": {"mine": ("ore 62", "t", "ore of 62 %")},
    "lanthanum": {"refined": ("oxide", "kg", "oxide")},
    "lithium": {"refined": ("carbonate", "t", "carbonate")},
    "neodymium-praseodymium": {"refined": ("oxide", "kg", "oxide")},
    "niobium": {"refined": ("ferroniobium", "kg", "ferroniobium")},
    "potash": {"mine": ("muriate", "t", "muriate of potash")},
    "samarium": {"refined": ("oxide", "kg", "oxide")},
    "scandium": {"refined": ("oxide", "kg", "oxide")},
    "strontium": {"mine": ("celestite", "t", "celestite")},
    "terbium": {"refined": ("oxide", "kg", "oxide")},
    "titanium-minerals": {"mine": ("ilmenite", "t", "ilmenite"), "refined": ("pigment", "t", "pigment")},
    "tungsten": {"mine": ("trioxide", "mtu", "WO3"), "refined": ("trioxide", "mtu", "WO3")},
    "vanadium": {"refined": ("pentoxide", "lb", "pentoxide")},
    "yttrium": {"refined": ("oxide", "kg", "oxide")},
    "zirconium": {"mine": ("zircon", "t", "zircon")},
}
"""Where the market quotes a compound: its form, the unit of mass of the quote, and the word in a price."""


@dataclass(frozen=True, slots=True)
class Quote:
    """How the market of a material and stage quotes its price.

    Parameters
    ----------
    word : compound as it stands behind the unit, such as oxide or WO3.
    unit : unit of mass.
    factor : USD per unit of the compound, per USD/t contained.
    """

    word: str
    unit: str
    factor: float


@lru_cache(maxsize=256)
def market_quote(material: str, stage: str) -> Quote | None:
    """Return the market's own quote of a material and stage; None where it is for the contained element."""
    found = QUOTES.get(material, {}).get(stage)
    if found is None:
        return None
    form, unit, word = found
    return Quote(word, unit, form_factors(material)[form] * TONNES_PER[unit])
