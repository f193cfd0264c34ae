"""The names a scenario may use, as one plain value: materials, stages, forms, countries, sets, prices.

Filled from the snapshot's catalog; everything else in this room takes the value, so that reading and checking
a scenario is a pure function of file and names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lodestock.data.units import element_share
from lodestock.errors import UnitError, UnknownNameError

CONTAINED = "contained"
_ELEMENT_FORMS = {CONTAINED, "contained element", "contained metal", "element", "metal"}


@dataclass(frozen=True, slots=True)
class MaterialName:
    """A material: slug, chemical symbol, stages in order, and what its prices are quoted for.

    Parameters
    ----------
    price_form : stage -> form of the usual quote.
    form_needed : stages whose usual quote is not per t contained: a price without a form is ambiguous.
    form_factors : form in lower case -> t contained per t of form.
    choke_multiple : multiple of the base price above which nobody buys, where stated.
    """

    slug: str
    name: str
    symbol: str
    stages: tuple[str, ...]
    price_form: Mapping[str, str] = field(default_factory=dict)
    form_needed: frozenset[str] = frozenset()
    form_factors: Mapping[str, float] = field(default_factory=dict)
    choke_multiple: float | None = None


def _no_prices(base_year: int) -> Mapping[tuple[str, str], float]:
    return {}


def _no_end_uses(material: str) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Names:
    """Every name that may stand in a scenario.

    Parameters
    ----------
    materials : by slug.
    material_aliases : alias in lower case -> slug.
    countries : ISO 3166 alpha-3 -> name; with ``OTH``.
    country_aliases : alias in lower case -> alpha-3.
    sets : set name -> members.
    base_years : years that can be calibrated.
    end_uses : material -> names of its end uses, () where none is known; called when needed.
    prices : base year -> reference price in USD per t contained by (material, stage); called when needed.
    """

    materials: Mapping[str, MaterialName]
    material_aliases: Mapping[str, str]
    countries: Mapping[str, str]
    country_aliases: Mapping[str, str]
    sets: Mapping[str, tuple[str, ...]]
    base_years: tuple[int, ...] = (2024,)
    end_uses: Callable[[str], tuple[str, ...]] = field(default=_no_end_uses)
    prices: Callable[[int], Mapping[tuple[str, str], float]] = field(default=_no_prices)

    def material(self, name: str, *, where: str = "") -> MaterialName:
        """Return the material called ``name`` (slug, name, symbol or alias); UnknownNameError otherwise."""
        slug = name if name in self.materials else self.material_aliases.get(name.strip().casefold(), "")
        if slug not in self.materials:
            raise UnknownNameError("material", name, [*self.materials, *self.material_aliases], where=where)
        return self.materials[slug]

    def stage(self, material: MaterialName, stage: str, *, where: str = "") -> str:
        """Return ``stage`` when the material has it; UnknownNameError otherwise."""
        if stage not in material.stages:
            raise UnknownNameError(f"stage of {material.slug}", stage, material.stages, where=where)
        return stage

    def country(self, name: str) -> str | None:
        """Return the alpha-3 code of ``name`` (code, name or alias), or None."""
        if name in self.countries:
            return name
        return self.country_aliases.get(name.strip().casefold())

    def set_members(self, name: str) -> tuple[str, ...] | None:
        """Return the members of the set called ``name``, in any letter case, or None."""
        if name in self.sets:
            return self.sets[name]
        folded = {key.casefold(): members for key, members in self.sets.items()}
        return folded.get(name.casefold())

    def factor(self, material: MaterialName, stage: str, form: str | None, *, where: str = "") -> float:
        """Return t contained per t of ``form``: by name from the snapshot, by formula from atomic weights.

        Raises
        ------
        UnitError
            No form where the usual quote is not per t contained, or a form the material does not have.
        """
        forms = [CONTAINED, *sorted(material.form_factors)]
        if form is None:
            if stage in material.form_needed:
                raise UnitError(
                    f"the form of {material.slug} is not stated",
                    where=where,
                    allowed=", ".join(forms),
                    hint=f"the usual quote is for {material.price_form[stage]}",
                )
            return 1.0
        if form.casefold() in material.form_factors:
            return material.form_factors[form.casefold()]
        if form.casefold() in _ELEMENT_FORMS:
            return 1.0
        try:
            share = element_share(material.symbol, form)
        except (UnitError, ArithmeticError):
            share = 0.0
        if not 0.0 < share <= 1.0:
            unknown = UnknownNameError(f"form of {material.slug}", form[:40], forms)
            allowed = f"{unknown.allowed}, or a formula"
            raise UnitError(unknown.problem, where=where, allowed=allowed, hint=unknown.hint)
        return share
