"""What a requirement is stated for: materials of the snapshot, and forms that are bought and stored as such.

Forms that are no material of the chain tables stand in ``forms.csv`` beside this file: each has a carrier
material whose output and use it takes a share of, with a range, a reason and a source.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lodestock.errors import UnknownNameError, nearest_name

FILE = Path(__file__).with_name("forms.csv")
ABRASIVES = "abrasives"
"""Carrier of the forms whose figures are published as such."""

GROUP = "rare-earths"
"""A group that publishers name in front of the one element they mean."""
QUALIFIERS = frozenset(
    [
        "metal",
        "oxide",
        "oxides",
        "ore",
        "ores",
        "concentrate",
        "concentrates",
        "crude",
        "grade",
        "electrolytic",
        "unwrought",
        "refined",
        "natural",
        "primary",
        "all",
        "types",
        "total",
        "contained",
        "content",
        "powder",
        "ingot",
        "group",
        "battery",
        "high",
        "purity",
        "and",
        "the",
        "of",
        "in",
    ]
)
"""Words that say in what shape a material comes; dropped one after another until a name is known."""


@dataclass(frozen=True)
class Interval:
    """Low, central and high value."""

    low: float
    central: float
    high: float


ONE = Interval(1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Form:
    """One thing to hold: t of ``form`` per t of the carrier's output and of its use at home."""

    form: str
    name: str
    aliases: tuple[str, ...]
    carrier: str
    stage: str
    """Stage of the carrier; empty for its last one."""
    element: str
    oxide: str
    output: Interval
    use: Interval
    output_shares: dict[str, float]
    """Share of output by country where the carrier's does not hold; empty otherwise."""
    import_shares: dict[str, float]
    sector_shares: dict[str, float]
    """Share of use by sector where the carrier's does not hold; empty otherwise."""
    price: Interval | None
    """USD per t; None takes the carrier's."""
    reason: str
    source: str


@lru_cache(maxsize=1)
def forms() -> dict[str, Form]:
    """Every form by name: the rows of the file and every material of the snapshot."""
    from lodestock.data.catalog import materials

    found = {form.form: form for form in _from_file()}
    for item in materials():
        form = Form(
            item.slug,
            item.name,
            (),
            item.slug,
            "",
            item.symbol,
            _oxide(item.symbol),
            *(ONE, ONE, {}, {}, {}, None),
            "material of the snapshot",
            "snapshot",
        )
        found.setdefault(form.form, form)
    return dict(sorted(found.items()))


def _from_file() -> tuple[Form, ...]:
    with FILE.open(encoding="utf-8", newline="") as handle:
        return tuple(_form(row) for row in csv.DictReader(handle))


def _form(row: dict[str, str]) -> Form:
    def interval(name: str) -> Interval:
        return Interval(float(row[f"{name}_low"]), float(row[name]), float(row[f"{name}_high"]))

    return Form(
        form=row["form"],
        name=row["name"],
        aliases=tuple(row["aliases"].split("|")),
        carrier=row["carrier"],
        stage=row["stage"],
        element=row["element"],
        oxide=row["oxide"],
        output=interval("output"),
        use=interval("use"),
        output_shares=_shares(row["output_shares"]),
        import_shares=_shares(row["import_shares"]),
        sector_shares=_shares(row["sector_shares"]),
        price=interval("price") if row["price"] else None,
        reason=row["reason"],
        source=row["source"],
    )


def _shares(text: str) -> dict[str, float]:
    return {part.split("=")[0]: float(part.split("=")[1]) for part in text.split("|") if part}


OXIDES = {
    "Li": "Li2CO3", "Be": "BeO", "Mg": "MgO", "Al": "Al2O3", "Si": "SiO2", "Sc": "Sc2O3", "Ti": "TiO2",
    "V": "V2O5", "Cr": "Cr2O3", "Mn": "MnO2", "Fe": "Fe2O3", "Co": "Co3O4", "Ni": "NiO", "Cu": "CuO",
    "Zn": "ZnO", "Ga": "Ga2O3", "Ge": "GeO2", "As": "As2O3", "Sr": "SrO", "Y": "Y2O3", "Zr": "ZrO2",
    "Nb": "Nb2O5", "Mo": "MoO3", "Cd": "CdO", "In": "In2O3", "Sn": "SnO2", "Sb": "Sb2O3", "Te": "TeO2",
    "Ba": "BaO", "La": "La2O3", "Ce": "CeO2", "Pr": "Pr6O11", "Nd": "Nd2O3", "Sm": "Sm2O3", "Eu": "Eu2O3",
    "Gd": "Gd2O3", "Tb": "Tb4O7", "Dy": "Dy2O3", "Hf": "HfO2", "Ta": "Ta2O5", "W": "WO3", "Pb": "PbO",
    "Bi": "Bi2O3", "B": "B2O3", "Se": "SeO2", "Re": "Re2O7",
}  # fmt: skip
"""The oxide (for lithium the carbonate) in which quantities of an element are quoted."""


def _oxide(symbol: str) -> str:
    return {"NdPr": "Nd2O3"}.get(symbol, OXIDES.get(symbol, ""))


def fold(name: str) -> str:
    """Lower case, letters and digits only, one blank between words, American spelling taken to ours."""
    words = re.sub(r"[^a-z0-9]+", " ", name.casefold()).split()
    return " ".join(
        {"aluminum": "aluminium", "columbium": "niobium", "sulphur": "sulfur", "earth": "earths"}.get(
            word, word
        )
        for word in words
    )


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Folded names and aliases of every form."""
    found: dict[str, str] = {}
    for form in forms().values():
        for name in (form.form, form.name, *form.aliases):
            if name:
                found.setdefault(fold(name), form.form)
    return found


def find_form(text: str) -> str | None:
    """Form of a name as a publisher writes it, or None.

    Tried in this order: a name or alias; a published name of a material; the same without words that tell
    the shape (metal, oxide, ore, grade ...); the longest known name inside the text.
    """
    names = _names()
    whole = fold(text)
    for candidate in (whole, *_shorter(whole)):
        if candidate in names:
            return names[candidate]
        material = _material(candidate)
        if material is not None:
            return material
    inside = [name for name in names if f" {name} " in f" {whole} " and len(name) > 2]
    single = [name for name in inside if names[name] != GROUP]
    return names[max(single or inside, key=len)] if inside else None


def resolve_form(text: str, *, where: str = "") -> str:
    """As ``find_form``, for a name that must exist.

    Raises
    ------
    UnknownNameError
        Nothing fits; names the nearest form.
    """
    found = find_form(text)
    if found is None:
        raise UnknownNameError("material or form", text, forms(), where=where)
    return found


def nearest_form(text: str) -> str:
    """Nearest known name, for a message; empty when none is near."""
    return nearest_name(fold(text), list(_names())) or ""


def _shorter(name: str) -> list[str]:
    """The name without qualifiers: all of them, then from the end."""
    words = name.split()
    bare = [word for word in words if word not in QUALIFIERS]
    tried = [" ".join(bare)] if bare and bare != words else []
    while words and words[-1] in QUALIFIERS:
        words = words[:-1]
        tried.append(" ".join(words))
    return [item for item in tried if item]


def _material(name: str) -> str | None:
    from lodestock.data.catalog import resolve_material

    if len(name) < 3:
        return None
    try:
        return resolve_material(name)
    except UnknownNameError:
        return None
