"""A reserve file -> `ReserveCase`: every name looked up, every contradiction found, with file and line."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from lodestock.errors import ConflictError, FileFormatError, UnknownNameError, ValueOutOfRangeError
from lodestock.reserve.allied.members import check_allies
from lodestock.reserve.case import (
    OBJECTIVES,
    Aversion,
    Group,
    MaterialTerms,
    Noise,
    ReserveCase,
    Site,
    Training,
)
from lodestock.reserve.library import CASE, case_path
from lodestock.reserve.read_groups import read_groups
from lodestock.reserve.read_holdings import read_holdings, read_materials
from lodestock.reserve.read_money import read_money
from lodestock.reserve.schema import CaseFile, SiteSection
from lodestock.scenario.catalog_names import load_names
from lodestock.scenario.names import Names
from lodestock.scenario.problems import first_problem
from lodestock.scenario.reader import read_bytes, read_file
from lodestock.scenario.sets import expand
from lodestock.scenario.tree import Node

NEEDS = (
    "every reserve case needs kind, title, question, objective, members, start, quarters, discount_rate, "
    "sites, holdings and groups"
)


def load_case(reference: str | Path) -> ReserveCase:
    """Read and check a reserve case.

    Parameters
    ----------
    reference : path of a file, or name of a shipped case such as ``reserve-four-materials``.

    Raises
    ------
    LodestockError
        Anything wrong with the file, with file, line and key path.
    """
    path = case_path(reference)
    return resolve_case(path.stem, read_file(path, CASE), load_names())


def case_of_bytes(data: bytes, name: str = "case") -> ReserveCase:
    """Read the text of a case that is not a file."""
    return resolve_case(name, read_bytes(data, name, CASE), load_names())


def resolve_case(name: str, root: Node, names: Names) -> ReserveCase:
    """Check a parsed file against the schema, the names and itself; see `load_case`."""
    file = _validated(root)
    if file.base_year not in names.base_years:
        raise ValueOutOfRangeError(
            f"base year {file.base_year} is not calibrated",
            where=root.where(("base_year",)),
            allowed=", ".join(str(year) for year in names.base_years),
        )
    members = expand(file.members, names, {}, where=root.where(("members",)))
    sites = {key: _site(key, section, root, names) for key, section in file.sites.items()}
    groups = read_groups(file, root, names)
    materials = read_materials(file, root, names, groups)
    holdings = read_holdings(file, root, names, sites, materials)
    _check_every_group_holds(groups, materials, root)
    if file.risk.weight < 1.0 and any(group.hidden for group in groups):
        raise ConflictError(
            "the tail is weighed while regimes are hidden",
            where=root.where(("risk", "weight")),
            allowed="weight: 1",
            hint="no bound is known for both together; let regimes be seen, or weigh the expectation alone",
        )
    weights: dict[str, float] = {name: float(name == file.objective) for name in OBJECTIVES}
    return ReserveCase(
        name=name,
        title=file.title,
        question=" ".join(file.question.split()),
        base_year=file.base_year,
        objective=file.objective,
        weights=weights | {str(name): share for name, share in file.weights.items()},
        members=members,
        start=file.start,
        quarters=file.quarters,
        discount_rate=file.discount_rate,
        sites=sites,
        holdings=holdings,
        materials=materials,
        groups=groups,
        crowding=_chosen(file.crowding, "crowding"),
        protection=_chosen(file.protection, "protection"),
        permanent_share=_chosen(file.permanent_impact, "permanent_impact"),
        cover_price=_chosen(file.cover_price, "cover_price"),
        terminal_share=_chosen(file.terminal, "terminal_share"),
        release_in_calm=file.sell_in_calm,
        money=read_money(file, root),
        noise=Noise(
            outcomes=file.noise.outcomes,
            gap=file.noise.gap,
            price=file.noise.price,
            shared=file.noise.shared,
            seed=file.noise.seed,
        ),
        aversion=Aversion(weight=file.risk.weight, tail=file.risk.tail),
        training=Training(
            gap=file.training.gap,
            seconds=float(file.training.seconds),
            iterations=file.training.iterations,
            paths=file.training.paths,
            seed=file.training.seed,
        ),
        allies=_allies(file, root, names),
        sources=file.sources,
        note=file.note,
        places=_places(root),
    )


def _validated(root: Node) -> CaseFile:
    plain = root.plain()
    assert isinstance(plain, dict)
    if "kind" in plain and plain["kind"] != "reserve":
        raise FileFormatError(
            f"{str(plain['kind'])[:40]!r} is not a reserve case",
            where=root.where(("kind",)),
            allowed="reserve",
        )
    if plain.get("objective") is None:
        raise FileFormatError(
            "the objective is missing",
            where=root.where(("objective",)) if "objective" in plain else str(root.mark),
            allowed=", ".join(OBJECTIVES),
            hint="there is no default: emergency stock, market making and bankability pull apart",
        )
    try:
        return CaseFile.model_validate(plain)
    except ValidationError as error:
        raise first_problem(error, root, root.where, needs=NEEDS) from None


def _site(name: str, section: SiteSection, root: Node, names: Names) -> Site:
    code = names.country(section.country)
    if code is None:
        known = [*names.countries, *names.countries.values()]
        raise UnknownNameError(
            "country", section.country, known, where=root.where(("sites", name, "country"))
        )
    if section.rent.dimension != "price":
        raise FileFormatError(
            "the rent is not an amount per t", where=root.where(("sites", name, "rent")), allowed="60 USD/t"
        )
    return Site(
        name=name,
        country=code,
        rent=section.rent.value,
        capacity_t=section.capacity.value if section.capacity is not None else float("inf"),
        delivery_share=section.delivery,
        source="; ".join(section.source),
    )


def _allies(file: CaseFile, root: Node, names: Names) -> dict[str, tuple[str, ...]]:
    """Countries of every ally; empty where the case names none."""
    where = root.where(("allies",))
    found = {name: expand(countries, names, {}, where=where) for name, countries in file.allies.items()}
    if found:
        check_allies(found, where=where)
    return found


def _check_every_group_holds(
    groups: tuple[Group, ...], materials: dict[str, MaterialTerms], root: Node
) -> None:
    for group in groups:
        for at, material in enumerate(group.materials):
            if material not in materials:
                raise ConflictError(
                    f"{material} is disrupted but not held",
                    where=root.where(("groups", group.name, "materials", at)),
                    hint="add a holding, or take it out of the group",
                )


def _chosen(given: float | None, name: str) -> float:
    from lodestock.reserve.assumptions import value

    return given if given is not None else value(name)


def _places(root: Node) -> dict[str, str]:
    """Where the parts stand that later checks may have to name."""
    keys = ("quarters", "money", "holdings", "groups", "materials", "allies")
    return {key: root.where((key,)) for key in keys if root.child(key) is not None}
