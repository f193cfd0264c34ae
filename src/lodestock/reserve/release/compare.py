r"""Release triggers along the same paths, for one buying rule.

Every trigger is a promise written down before the shock (`triggers`); the buying rule and the paths are the
same. The belief is that of the chain and of what is seen each quarter: where regimes are seen it is 0 or 1,
where they are hidden it follows the signals. A price trigger also sells into a high price while nobody is
short, as a band would; that is how it may stand empty (``empty_share``) when somebody is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lodestock.reserve.case import CALM
from lodestock.reserve.dynamics import sample_paths, total
from lodestock.reserve.position import Decision, Position, Step
from lodestock.reserve.problem import Problem
from lodestock.reserve.release.triggers import Trigger, check_trigger, fires, updated_belief
from lodestock.reserve.rules.buying import EVERYTHING, RuleTerms, check_rule, wish
from lodestock.reserve.rules.compare import empty_share, walk_path

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class TriggerRow:
    """One trigger over all paths; t over the whole plan, USD discounted."""

    trigger: str
    level: float
    objective_usd: float
    standard_error_usd: float
    shortage_usd: float
    released_t: float
    sold_in_calm_t: float
    empty_share: float

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain values."""
        return asdict(self)


def compare_triggers(
    problem: Problem,
    triggers: Sequence[Trigger],
    rule: str,
    terms: RuleTerms,
    *,
    paths: int,
    seed: int,
) -> tuple[TriggerRow, ...]:
    """Walk each trigger along the same paths, buying by one rule.

    Raises
    ------
    UnknownNameError
        A trigger or rule that does not exist.
    """
    check_rule(rule)
    states, outcomes = sample_paths(problem, paths, seed)
    discount = problem.discount ** np.arange(problem.case.quarters)
    rows = []
    for trigger in triggers:
        check_trigger(trigger)
        allowed = _may_sell(problem) if trigger.kind == "price" else problem
        walked = [
            _walk(allowed, trigger, rule, terms, z, w)
            for z, w in zip(states.tolist(), outcomes.tolist(), strict=True)
        ]
        objective = np.array([total(problem, steps) for steps in walked])
        rows.append(
            TriggerRow(
                trigger=trigger.kind,
                level=trigger.level,
                objective_usd=float(objective.mean()),
                standard_error_usd=float(objective.std(ddof=1) / np.sqrt(len(objective))),
                shortage_usd=float(
                    np.mean([float(discount @ [s.cost.shortage for s in steps]) for steps in walked])
                ),
                released_t=float(np.mean([sum(s.decision.release_t.sum() for s in p) for p in walked])),
                sold_in_calm_t=float(np.mean([sum(s.decision.sell_t.sum() for s in p) for p in walked])),
                empty_share=empty_share(problem, walked, states, outcomes),
            )
        )
    return tuple(rows)


def beliefs(problem: Problem, outcomes: Sequence[int], states: Sequence[int]) -> FloatArray:
    """Return the belief, quarter by quarter, that any group is disrupted, (quarter,).

    Where regimes are seen it is known; where they are hidden it is updated by the chance of the outcome seen.
    """
    disrupted = np.array([any(name != CALM for name in names) for names in problem.regimes])
    found = []
    belief = problem.start
    for t, (w, z) in enumerate(zip(outcomes, states, strict=True)):
        if not problem.hidden:
            found.append(float(disrupted[z]))
            continue
        chain = np.eye(len(belief)) if t == 0 else problem.transition
        belief = updated_belief(belief, chain, problem.probability[:, w])
        found.append(float(belief[disrupted].sum()))
    return np.array(found)


def _may_sell(problem: Problem) -> Problem:
    """Return the problem with sales in calm allowed: a price trigger is a promise to make them."""
    return replace(problem, case=replace(problem.case, release_in_calm=True))


def _walk(
    problem: Problem, trigger: Trigger, rule: str, terms: RuleTerms, states: list[int], outcomes: list[int]
) -> tuple[Step, ...]:
    belief = beliefs(problem, outcomes, states)
    material = np.array([holding.material for holding in problem.holdings], dtype=np.int64)

    def choose(quarter: int, state: int, outcome: int, position: Position) -> Decision:
        asked = wish(rule, terms, problem, state, outcome, position)
        numbers = range(len(problem.materials))
        short = np.array([problem.gap(m, state, outcome) / problem.materials[m].need_t for m in numbers])
        price = np.array([problem.price(m, state, outcome) / problem.materials[m].price for m in numbers])
        mask = fires(trigger, short_share=short, price_multiple=price, belief=float(belief[quarter]))
        now, lacking = mask[material], short[material] > 0.0
        sell = np.where(now & ~lacking, EVERYTHING, 0.0) if trigger.kind == "price" else np.zeros(len(now))
        return Decision(asked.buy_t, np.where(now & lacking, EVERYTHING, 0.0), sell)

    return walk_path(problem, choose, states, outcomes)
