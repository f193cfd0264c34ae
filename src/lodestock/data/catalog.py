"""Names a user types and what they mean: materials and countries of the shipped snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from lodestock.data.observed_trade import observed_pairs
from lodestock.data.snapshot import load_table
from lodestock.errors import UnknownNameError

REFERENCE_YEAR = 2024


@dataclass(frozen=True)
class Material:
    """One material of the snapshot, as the command line lists it.

    ``price_usd_per_t`` is the reference price of the last stage in ``REFERENCE_YEAR``, USD per t contained;
    ``has_observed_trade`` says whether published tonnes of the material itself between two countries, at a
    stage of its chain, are in the snapshot.
    """

    slug: str
    name: str
    symbol: str
    material_class: str
    stages: tuple[str, ...]
    basis: str
    price_usd_per_t: float
    price_form: str
    has_observed_trade: bool
    host: tuple[str, str] | None
    note: str


@lru_cache(maxsize=1)
def materials() -> tuple[Material, ...]:
    """All materials in the order of their slugs."""
    prices = {
        (row["material"], row["stage"]): (row["value"], row["form"])
        for row in load_table("prices")
        .filter(preferred=True, frequency="annual", period=str(REFERENCE_YEAR))
        .iter_rows(named=True)
    }
    observed = observed_pairs(load_table("trade"), load_table("hs_codes"))
    traded = set(observed.select("material", "stage").unique().iter_rows())
    found = []
    for row in load_table("materials").sort("material").iter_rows(named=True):
        stages = tuple(row["stages"].split("|"))
        price, form = prices[(row["material"], stages[-1])]
        found.append(
            Material(
                slug=row["material"],
                name=row["name"],
                symbol=row["symbol"],
                material_class=row["material_class"],
                stages=stages,
                basis=row["basis"],
                price_usd_per_t=price,
                price_form=form,
                has_observed_trade=any((row["material"], stage) in traded for stage in stages),
                host=(row["host_material"], row["host_stage"]) if row["host_material"] else None,
                note=row["note"] or "",
            )
        )
    return tuple(found)


def material(slug: str) -> Material:
    """The material with this slug or any of its published names."""
    wanted = resolve_material(slug)
    return next(item for item in materials() if item.slug == wanted)


def fold(name: str) -> str:
    """Spelling used to compare names: no case, blanks, hyphens and underscores alike."""
    return " ".join(name.replace("-", " ").replace("_", " ").replace("\u2019", "'").split()).casefold()


@lru_cache(maxsize=1)
def _material_names() -> dict[str, str]:
    """Folded name to slug: slugs, plain names and symbols first, publishers' names where unambiguous."""
    table = load_table("materials")
    found: dict[str, str] = {}
    for row in table.iter_rows(named=True):
        for name in (row["material"], row["name"]):
            found.setdefault(fold(name), row["material"])
    for row in table.iter_rows(named=True):
        if table.filter(symbol=row["symbol"]).height == 1:
            found.setdefault(fold(row["symbol"]), row["material"])
    published: dict[str, set[str]] = {}
    for name, slug in load_table("material_aliases").select("published_name", "material").iter_rows():
        published.setdefault(fold(name), set()).add(slug)
    for name, slugs in published.items():
        if len(slugs) == 1:
            found.setdefault(name, next(iter(slugs)))
    return found


def resolve_material(text: str, *, where: str = "") -> str:
    """Slug of a material given as slug, name, symbol or a publisher's name.

    Raises
    ------
    UnknownNameError
        Nothing fits; names the nearest material.
    """
    names = _material_names()
    if fold(text) in names:
        return names[fold(text)]
    raise UnknownNameError("material", text, load_table("materials")["material"], where=where)


@lru_cache(maxsize=1)
def _country_names() -> dict[str, str]:
    """Folded name or code to ISO 3166 alpha-3."""
    found: dict[str, str] = {}
    for code, name, iso2 in load_table("countries").select("country", "name", "iso2").iter_rows():
        for text in (code, name, iso2):
            if text:
                found.setdefault(fold(text), code)
    for alias, code in load_table("country_aliases").select("alias", "country").iter_rows():
        found.setdefault(fold(alias), code)
    return found


def resolve_country(text: str, *, where: str = "") -> str:
    """ISO 3166 alpha-3 code of a country given as code or name in any known spelling.

    Raises
    ------
    UnknownNameError
        Nothing fits; names the nearest country.
    """
    names = _country_names()
    if fold(text) in names:
        return names[fold(text)]
    raise UnknownNameError("country", text, load_table("countries")["name"], where=where)


@lru_cache(maxsize=1)
def country_names() -> dict[str, str]:
    """Plain name of every country and pseudo-country by code."""
    return dict(load_table("countries").select("country", "name").iter_rows())


@lru_cache(maxsize=1)
def country_sets() -> dict[str, tuple[str, ...]]:
    """Members of every named set, in alphabetical order."""
    found: dict[str, list[str]] = {}
    for name, code in load_table("country_sets").select("set_name", "country").sort("country").iter_rows():
        found.setdefault(name, []).append(code)
    return {name: tuple(codes) for name, codes in sorted(found.items())}
