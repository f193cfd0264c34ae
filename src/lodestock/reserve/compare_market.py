"""The market behind the comparison of measures: cuts without and with each of them, and a calm year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from lodestock.errors import LodestockError
from lodestock.policy.terms import CapitalSubsidy, DemandShock, Instrument, Shock
from lodestock.reserve.compare_terms import MEASURES, STOCKS, annuity
from lodestock.risk import assumptions as risk_assumptions
from lodestock.risk.expected_loss import Cut, LoadWorld, case_of, material_loss, question_of, surplus_of
from lodestock.world.model import World

COUNTED: dict[str, tuple[str, ...]] = {"members": (), "users": ("users", "reserve", "treasury")}
"""Whose loss is counted: everybody among the members, or their users and the public purse."""


def avoided_losses(
    world: World,
    members: tuple[str, ...],
    tonnes: float,
    terms: Mapping[str, float],
    counted: str,
    load: LoadWorld,
) -> tuple[tuple[Cut, ...], dict[str, float | None], dict[str, str]]:
    """Cuts without measures; avoided loss of one year, and the note, by measure."""
    odds = terms["export_stop_probability"] / risk_assumptions.value(
        "export_stop_probability", world.material
    )

    def expected(cuts: tuple[Cut, ...]) -> float:
        return float(sum(min(1.0, cut.probability * odds) * (cut.loss_usd or 0.0) for cut in cuts))

    def run(**measure: object) -> tuple[Cut, ...]:
        return material_loss(
            world.material,
            members,
            world.base_year,
            parties=COUNTED[counted],
            load=load,
            **measure,  # type: ignore[arg-type]
        ).cuts

    before = run()
    avoided: dict[str, float | None] = {}
    notes: dict[str, str] = {}
    for name in MEASURES:
        if name == "recycling":
            avoided[name], notes[name] = avoided["substitution"], notes["substitution"]
            continue
        try:
            if name in STOCKS:
                share = terms["mandate_release_share"] if name == "mandate" else 1.0
                after = run(reserve_t=tonnes * share)
            else:
                after = run(standing=_standing(name, world, members, tonnes, terms))
        except LodestockError as error:
            avoided[name], notes[name] = None, f"cuts not solved: {error.problem}"
            continue
        solved = {(c.stage, c.country) for c in after if c.loss_usd is not None}
        both = tuple(c for c in before if c.loss_usd is not None and (c.stage, c.country) in solved)
        kept = {(c.stage, c.country) for c in both}
        avoided[name] = expected(both) - expected(tuple(c for c in after if (c.stage, c.country) in kept))
        left_out = sum(c.loss_usd is not None for c in before) - len(both)
        notes[name] = f"{left_out} cuts not solved" if left_out else ""
    return before, avoided, notes


def _standing(
    name: str, world: World, members: tuple[str, ...], tonnes: float, terms: Mapping[str, float]
) -> tuple[Instrument | Shock, ...]:
    start, stage = date(world.base_year + 1, 1, 1), world.last_stage
    if name == "capacity":
        return (
            CapitalSubsidy(
                name=name,
                material=world.material,
                stage=stage,
                start=start,
                producers=_producers(world, members),
                payers=members,
                capacity_t=tonnes,
                share=1.0,
                life_years=terms["new_plant_life"],
                discount_rate=terms["new_plant_return"],
            ),
        )
    users = tuple(
        c for c, t in zip(world.countries, world.use.quantity, strict=True) if c in members and t > 0
    )
    return (
        DemandShock(
            name=name, material=world.material, stage=stage, start=start, countries=users, change_t=-tonnes
        ),
    )


def _producers(world: World, members: tuple[str, ...]) -> tuple[str, ...]:
    """Where a new plant stands: members with output at the last stage, else the largest user."""
    inside = np.isin(world.countries, members)
    output = world.available(world.last_stage) - world.secondary.quantity
    chosen = inside & (output > 0)
    if not chosen.any():
        chosen = inside & (world.use.quantity == world.use.quantity[inside].max())
    return tuple(c for c, kept in zip(world.countries, chosen, strict=True) if kept)


def calm_gain(
    world: World,
    members: tuple[str, ...],
    tonnes: float,
    terms: Mapping[str, float],
    counted: str,
    load: LoadWorld,
) -> float:
    """What is gained in a year without a cut from the new plant, its capital cost not counted."""
    from lodestock.policy.solve import SOLVED
    from lodestock.scenario.metrics import surplus_change
    from lodestock.scenario.solve import load_problem, solve_case

    case = case_of("calm", "Without a cut", _standing("capacity", world, members, tonnes, terms))
    problem = load_problem(question_of(world, [case]), load)
    solved = solve_case(problem, case, audit=False)
    if solved.status != SOLVED:
        return 0.0
    here = np.isin(solved.equilibria[world.material].network.countries, members)
    change = surplus_of(surplus_change(problem, solved, world.material)[here], COUNTED[counted])
    paid = tonnes * world.assumptions[f"capex_per_t[{world.last_stage}]"].value
    return change + paid * annuity(terms["new_plant_return"], terms["new_plant_life"])
