"""What vouches for a solved case: residuals by block, the worst element, identities of the accounts."""

from __future__ import annotations

from typing import Any

from lodestock.scenario.solve import SolvedCase


def certificate(solved: SolvedCase) -> dict[str, Any]:
    """Certificate of a case: the worst entry over materials, and one entry per material.

    Keys: ``worst`` and ``worst_element`` (scaled residual), ``mass``, ``money``, ``surplus`` (relative
    identities), ``multiple`` (more than one equilibrium found), ``audited`` (the search for another one
    came to an end), ``materials``.
    """
    by_material: dict[str, dict[str, Any]] = {}
    for material, equilibrium in solved.equilibria.items():
        own, accounts = equilibrium.solution.certificate, solved.accounts[material]
        by_material[material] = {
            "worst": own.worst,
            "worst_element": own.worst_element,
            "zero_profit": own.zero_profit,
            "market_clearing": own.market_clearing,
            "levy": own.levy,
            "mass": own.mass_identity,
            "money": accounts.money_residual,
            "surplus": accounts.surplus_residual,
            "multiple": bool(equilibrium.solution.multiple),
            "audited": bool(equilibrium.solution.audited),
        }
    if not by_material:
        return {"status": solved.status, "reason": solved.reason, "materials": {}}
    worst = max(by_material, key=lambda material: by_material[material]["worst"])
    return {
        "status": solved.status,
        "worst": by_material[worst]["worst"],
        "worst_element": by_material[worst]["worst_element"],
        "mass": max(entry["mass"] for entry in by_material.values()),
        "money": max(entry["money"] for entry in by_material.values()),
        "surplus": max(entry["surplus"] for entry in by_material.values()),
        "multiple": any(entry["multiple"] for entry in by_material.values()),
        "audited": all(entry["audited"] for entry in by_material.values()),
        "materials": by_material,
    }


def steps(solved: SolvedCase) -> tuple[str, ...]:
    """What the solver did, one line per step."""
    return tuple(
        f"{material}: {step.rung}, {step.iterations} iterations, residual {step.residual:.1e}"
        + (f" ({step.note})" if step.note else "")
        for material, equilibrium in solved.equilibria.items()
        for step in equilibrium.solution.steps
    )
