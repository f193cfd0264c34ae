"""Names of the EU study: in its tables of shares and in its table of results."""

from __future__ import annotations

from collections.abc import Collection

from lodestock.errors import UnknownNameError, nearest_name

OTHER_NAMES = {
    "aluminium/bauxite": "Aluminium",
    "bauxite": "Aluminium",
    "aluminum": "Aluminium",
    "baryte": "Barytes",
    "barite": "Barytes",
    "boron": "Borate",
    "borates": "Borate",
    "boron/borate": "Borate",
    "graphite": "Natural Graphite",
    "lime": "Limestone",
    "phosphorus": "Phosphorous",
    "sapele": "Sapele wood",
    "natural sapele wood": "Sapele wood",
    "teak wood": "Natural teak wood",
    "teak": "Natural teak wood",
    "cork": "Natural cork",
    "rubber": "Natural rubber",
    "silicon": "Silicon metal",
    "sulfur": "Sulphur",
    "iron": "Iron ore",
    "kaolin clay": "Kaolin",
}
"""Names of the results table (folded) whose shares stand under another name."""

GROUPS = {
    "HREE": (
        *("Dysprosium", "Erbium", "Europium", "Gadolinium", "Holmium"),
        *("Lutetium", "Terbium", "Thulium", "Ytterbium", "Yttrium"),
    ),
    "LREE": ("Cerium", "Lanthanum", "Neodymium", "Praseodymium", "Samarium"),
    "PGM": ("Iridium", "Palladium", "Platinum", "Rhodium", "Ruthenium"),
}
"""Members of the groups that take the arithmetic mean."""

SOURCED_AS = {
    **dict.fromkeys(GROUPS["HREE"], "Heavy Rare earths Elements"),
    "Cerium": "Lanthanum",
    "Natural rubber": "Natural Rubber",
    "Titanium": "Titanium ores",
    "Titanium metal": "Titanium ores",
}
"""Name under which EU sourcing stands, where a material has no sourcing shares of its own at a stage. Light
rare earths leave the same mines together: the study prints one sourcing for lanthanum, neodymium,
praseodymium and samarium, and none for cerium."""

ONLY_SOURCED = ("Heavy Rare earths Elements", "Natural Rubber", "Titanium ores")
"""Names that stand for others in the sourcing table and are no materials of the results table."""

LONG_GROUP_NAMES = {
    "heavy rare earths": "HREE",
    "heavy rare earth elements": "HREE",
    "light rare earths": "LREE",
    "light rare earth elements": "LREE",
    "platinum group": "PGM",
    "platinum group metals": "PGM",
    "platinum metals": "PGM",
    "pgms": "PGM",
    "hrees": "HREE",
    "lrees": "LREE",
}


def fold(name: str) -> str:
    """Spelling used to compare names: lower case, single blanks."""
    return " ".join(name.replace("-", " ").replace("_", " ").split()).casefold()


def group_name(name: str) -> str | None:
    """Short name of a group given in any spelling; None for a single material."""
    known = {fold(group): group for group in GROUPS} | LONG_GROUP_NAMES
    return known.get(fold(name))


def study_name(name: str, published: Collection[str], *, where: str = "") -> str:
    """Name under which the study publishes the shares of a material.

    Raises
    ------
    UnknownNameError
        The study has no such material; names the nearest one.
    """
    by_fold = {fold(item): item for item in published}
    other = OTHER_NAMES.get(fold(name), name)
    if fold(other) in by_fold:
        return by_fold[fold(other)]
    near = nearest_name(name, published)
    raise UnknownNameError(
        "material of the EU study", name, {*published, *([near] if near else [])}, where=where
    )
