r"""Rules side by side on the same paths (common random numbers), one row each.

With paths i of equal weight, discount :math:`\delta`, :math:`J_i` the discounted objective of a path (the
reserve's own cost and the harms the case weighs), :math:`S_{mk}` t short, e the rise of the price by own
buying over base:

======================  ======================================================================================
column                  equation
======================  ======================================================================================
``cost_usd``            mean of the reserve's own discounted cost: purchases, storage, finance less sales and
the
                        worth of what is left
``objective_usd``       :math:`\bar J`; ``standard_error_usd`` of it
``objective_cvar95_usd`` mean of the worst 5 % of :math:`J_i`
``shortage_*_t``        mean over paths of :math:`\sum_{t,m} S_{mk}` by tier
``shortage_usd``        mean discounted loss of users
``peak_price_effect``   mean over paths of the largest :math:`e / p^0` over quarters and materials
``money_at_risk_usd``   `lodestock.reserve.financing.measures` with the last price drawn forward, see below
``saved_usd``           objective of doing nothing less that of the rule, on the same paths
======================  ======================================================================================

Prices of the regimes come back to base; money at risk must not rest on that. So the price at which the stock
is valued at the end moves as a walk over the length of the plan, :math:`P_T = P e^{\sigma\sqrt{T} z -
\sigma^2 T/2}` with the snapshot's yearly volatility (`volatility`) and z drawn per path, the same for every
rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import ValueOutOfRangeError
from lodestock.reserve.case import QUARTERS_A_YEAR, TIERS
from lodestock.reserve.dynamics import sample_paths, start_position, step, total
from lodestock.reserve.financing.books import Statement
from lodestock.reserve.financing.measures import least_coverage, loss, tail_mean
from lodestock.reserve.financing.terms import Terms
from lodestock.reserve.position import Decision, Position, Step
from lodestock.reserve.problem import Problem
from lodestock.reserve.rules.buying import OPTIMAL, RuleTerms, check_rule, wish
from lodestock.reserve.rules.money import books_of, prices_of, terms_of
from lodestock.reserve.rules.volatility import volatility

FloatArray = NDArray[np.float64]
Chooser = Callable[[int, int, int, Position], Decision]
"""(quarter, state, outcome, position) -> decision."""
Walker = Callable[[NDArray[np.int64], NDArray[np.int64]], Sequence[Sequence[Step]]]
"""(states, outcomes) of the paths -> what a plan does along each."""
Progress = Callable[[int, int, str], None]
TAIL = 0.05


@dataclass(frozen=True)
class RuleRow:
    """One rule over all paths; USD discounted unless a name says otherwise, t over the whole plan."""

    rule: str
    cost_usd: float
    objective_usd: float
    standard_error_usd: float
    objective_cvar95_usd: float
    saved_usd: float
    shortage_defence_t: float
    shortage_essential_t: float
    shortage_other_t: float
    shortage_usd: float
    shortage_cvar95_usd: float
    peak_price_effect: float
    money_at_risk_usd: float
    support_usd: float
    """Mean paid in by the sponsor, USD, not discounted."""
    peak_debt_usd: float
    least_coverage: float | None
    """Smallest debt-service cover of a path, median over paths; None without debt service."""
    missed_share: float
    """Share of paths on which fees, interest or principal were not paid in time."""
    bought_usd: float
    bought_t: tuple[float, ...]
    """Mean bought by holding."""
    stock_end_t: tuple[float, ...]
    empty_share: float
    """Share of quarters with something short in which the stock of that material was empty."""

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain values."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Walked:
    """One rule along all paths."""

    rule: str
    paths: tuple[tuple[Step, ...], ...]
    books: tuple[tuple[Statement, ...], ...]


@dataclass(frozen=True, eq=False)
class Comparison:
    """The table, what was walked, and along what."""

    rows: tuple[RuleRow, ...]
    walked: tuple[Walked, ...]
    states: NDArray[np.int64]
    outcomes: NDArray[np.int64]
    terms: RuleTerms


def compare_rules(
    problem: Problem,
    rules: Sequence[str],
    terms: RuleTerms,
    *,
    paths: int,
    seed: int,
    optimal: Walker | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Walk every rule along the same paths; doing nothing is always walked, for what the others save.

    Parameters
    ----------
    optimal : follows a plan along the paths, for the rule ``optimal``.

    Raises
    ------
    UnknownNameError
        A rule that does not exist.
    ValueOutOfRangeError
        Fewer than two paths, or the optimal rule without its plan.
    """
    if paths < 2:
        raise ValueOutOfRangeError(f"{paths} paths", where="rules", allowed="at least 2")
    names = list(dict.fromkeys(["none", *(check_rule(name) for name in rules)]))
    if OPTIMAL in names and optimal is None:
        raise ValueOutOfRangeError("the optimal rule without a plan", where="rules")
    states, outcomes = sample_paths(problem, paths, seed)
    contract = terms_of(problem, terms.target)
    drift = _last_price_factor(problem, paths, seed)
    walked = []
    for at, name in enumerate(names):
        if name == OPTIMAL and optimal is not None:
            taken = optimal(states, outcomes)
        else:
            choose = _chooser(name, terms, problem)
            taken = [
                walk_path(problem, choose, z, w)
                for z, w in zip(states.tolist(), outcomes.tolist(), strict=True)
            ]
        walked.append(with_books(problem, name, contract, taken, states, outcomes))
        if progress is not None:
            progress(at + 1, len(names), name)
    nothing = _objectives(problem, walked[0])
    rows = tuple(_row(problem, one, states, outcomes, drift, nothing) for one in walked)
    return Comparison(rows, tuple(walked), states, outcomes, terms)


def with_books(
    problem: Problem,
    name: str,
    contract: Terms,
    paths: Sequence[Sequence[Step]],
    states: NDArray[np.int64],
    outcomes: NDArray[np.int64],
) -> Walked:
    """Keep the books of every path of a rule."""
    start = start_position(problem)
    books = tuple(
        books_of(problem, contract, start, (z, w), steps)
        for z, w, steps in zip(states.tolist(), outcomes.tolist(), paths, strict=True)
    )
    return Walked(name, tuple(tuple(steps) for steps in paths), books)


def walk_path(
    problem: Problem, choose: Chooser, states: Sequence[int], outcomes: Sequence[int]
) -> tuple[Step, ...]:
    """Follow decisions along one path."""
    position, steps = start_position(problem), []
    for t, (z, w) in enumerate(zip(states, outcomes, strict=True)):
        steps.append(step(problem, t, z, w, position, choose(t, z, w, position)))
        position = steps[-1].position
    return tuple(steps)


def _chooser(rule: str, terms: RuleTerms, problem: Problem) -> Chooser:
    def choose(_quarter: int, state: int, outcome: int, position: Position) -> Decision:
        return wish(rule, terms, problem, state, outcome, position)

    return choose


def _objectives(problem: Problem, walked: Walked) -> FloatArray:
    return np.array([total(problem, steps) for steps in walked.paths])


def _last_price_factor(problem: Problem, paths: int, seed: int) -> FloatArray:
    """(path, holding) multiple of the last price, mean one; see the top of this file."""
    sigma = np.array([volatility(data.material, data.stage) for data in problem.materials])
    spread = sigma * np.sqrt(problem.case.quarters / QUARTERS_A_YEAR)
    rng = np.random.default_rng([seed, 51])
    rho = problem.case.noise.shared
    z = np.sqrt(rho) * rng.standard_normal((paths, 1)) + np.sqrt(1.0 - rho) * rng.standard_normal(
        (paths, len(sigma))
    )
    factor = np.exp(spread * z - 0.5 * spread**2)
    material = [holding.material for holding in problem.holdings]
    result: FloatArray = factor[:, material]
    return result


def _row(
    problem: Problem,
    walked: Walked,
    states: NDArray[np.int64],
    outcomes: NDArray[np.int64],
    drift: FloatArray,
    nothing: FloatArray,
) -> RuleRow:
    discount = problem.discount ** np.arange(problem.case.quarters)
    objective = _objectives(problem, walked)
    own = [float(discount @ [s.cost.own() for s in steps]) for steps in walked.paths]
    harm = np.array([float(discount @ [s.cost.shortage for s in steps]) for steps in walked.paths])
    short = np.array([sum(s.short_t.sum(axis=0) for s in steps) for steps in walked.paths])
    losses = _losses(problem, walked, states, outcomes, drift)
    covers = [c for made in walked.books if (c := least_coverage(made)) is not None]
    missed = [any(not one.paid_on_time for one in made) for made in walked.books]
    base = np.array([data.price for data in problem.materials])
    peak = [max(float((s.price_effect / base).max()) for s in steps) for steps in walked.paths]
    bought = np.array([sum(s.decision.buy_t for s in steps) for steps in walked.paths])
    by_tier = dict(zip(TIERS, short.mean(axis=0).tolist(), strict=True))
    return RuleRow(
        rule=walked.rule,
        cost_usd=float(np.mean(own)),
        objective_usd=float(objective.mean()),
        standard_error_usd=float(objective.std(ddof=1) / np.sqrt(len(objective))),
        objective_cvar95_usd=tail_mean(objective, TAIL),
        saved_usd=float((nothing - objective).mean()),
        shortage_defence_t=by_tier["defence"],
        shortage_essential_t=by_tier["essential"],
        shortage_other_t=by_tier["other"],
        shortage_usd=float(harm.mean()),
        shortage_cvar95_usd=tail_mean(harm, TAIL),
        peak_price_effect=float(np.mean(np.maximum(peak, 0.0))),
        money_at_risk_usd=tail_mean(losses, TAIL),
        support_usd=float(np.mean([made[-1].balance.support for made in walked.books])) / 100.0,
        peak_debt_usd=float(np.mean([max(one.balance.loan for one in made) for made in walked.books]))
        / 100.0,
        least_coverage=float(np.median(covers)) if covers else None,
        missed_share=float(np.mean(missed)),
        bought_usd=float(np.mean([sum(s.money.purchases for s in steps) for steps in walked.paths])),
        bought_t=tuple(bought.mean(axis=0).tolist()),
        stock_end_t=tuple(np.mean([steps[-1].position.held() for steps in walked.paths], axis=0).tolist()),
        empty_share=empty_share(problem, walked.paths, states, outcomes),
    )


def _losses(
    problem: Problem,
    walked: Walked,
    states: NDArray[np.int64],
    outcomes: NDArray[np.int64],
    drift: FloatArray,
) -> FloatArray:
    """Money put in and not there any more at the drawn last price, (path,), USD."""
    found = []
    for n, (steps, made) in enumerate(zip(walked.paths, walked.books, strict=True)):
        last = prices_of(problem, steps[-1], int(states[n, -1]), int(outcomes[n, -1])).sold
        found.append(loss(made, last * drift[n]))
    return np.array(found)


def empty_share(
    problem: Problem,
    paths: Sequence[Sequence[Step]],
    states: NDArray[np.int64],
    outcomes: NDArray[np.int64],
) -> float:
    """Share of short quarters (and materials) in which users lack something and nothing is left."""
    empty = short = 0
    for n, steps in enumerate(paths):
        for t, one in enumerate(steps):
            held = one.position.held()
            for m in range(len(problem.materials)):
                if problem.gap(m, int(states[n, t]), int(outcomes[n, t])) <= 0.0:
                    continue
                short += 1
                left = sum(held[h] for h, holding in enumerate(problem.holdings) if holding.material == m)
                empty += bool(one.short_t[m].sum() > 1e-9 and left <= 1e-9)
    return empty / short if short else 0.0
