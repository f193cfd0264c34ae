"""Scenarios on the small world of synthetic.py."""

from __future__ import annotations

from datetime import date

from tests.scenario.synthetic import world

from lodestock.policy.terms import Instrument, Shock
from lodestock.scenario.resolved import Case, Horizon, Options, ResolvedScenario, Zone
from lodestock.world.model import World

START = date(2026, 1, 1)


def here(stage: str = "refined", name: str = "term", material: str = "testium") -> dict[str, object]:
    """The fields every term has."""
    return {"name": name, "material": material, "stage": stage, "start": START}


def case(
    *terms: Instrument, shocks: tuple[Shock, ...] = (), name: str = "scenario", title: str = "A case"
) -> Case:
    return Case(name=name, title=title, note="", instruments=terms, shocks=shocks)


def resolved(
    own: Case,
    *alternatives: Case,
    materials: tuple[str, ...] = ("testium",),
    zone: tuple[str, ...] = (),
    years: float = 1.0,
    friction: float = 1.0,
    draws: int = 0,
) -> ResolvedScenario:
    members = Zone(name="zone", members=zone) if zone else None
    return ResolvedScenario(
        name="small",
        title="Small",
        question="What happens?",
        base_year=2024,
        materials=materials,
        horizon=Horizon(years=years),
        evaluate_on=date(2026, 6, 1),
        zone=members,
        zones=(members,) if members else (),
        case=own,
        alternatives=alternatives,
        options=Options(draws=draws, seed=7, friction=friction),
    )


def load_small(material: str, base_year: int) -> World:
    """Worlds of the tests: testium has two stages, onestage one; byproductium follows testium."""
    from lodestock.world.model import Host

    if material == "onestage":
        return world(stages=("refined",), material=material)
    host = Host("testium", "refined", 1.0) if material == "byproductium" else None
    stages = ("refined",) if host is not None else ("mine", "refined")
    return world(stages=stages, material=material, host=host)
