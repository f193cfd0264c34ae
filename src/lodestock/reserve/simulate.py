"""A case put to the test: rules side by side, release rules, prices of releases, money, allies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import ConflictError
from lodestock.reserve import assumptions
from lodestock.reserve.allied.study import AlliedStudy, chance_short, study_allies
from lodestock.reserve.dynamics import sample_paths
from lodestock.reserve.financing.books import Statement
from lodestock.reserve.financing.cents import to_usd
from lodestock.reserve.money_checks import BandRow, BuybackRow, CallRow, bands, buybacks, call_rules
from lodestock.reserve.problem import Problem
from lodestock.reserve.release.compare import TriggerRow, compare_triggers
from lodestock.reserve.release.triggers import Trigger
from lodestock.reserve.release.ways import WayRow
from lodestock.reserve.release_study import ReleaseRow, SaleRow, release_rows
from lodestock.reserve.responses import LoadWorld
from lodestock.reserve.rules.buying import OPTIMAL, RULES, rule_terms
from lodestock.reserve.rules.compare import Comparison, Progress, RuleRow, Walker, compare_rules

FloatArray = NDArray[np.float64]
TRIGGER_RULE = "days-of-cover"
"""Buying rule under which release triggers are compared."""
BELIEF = 0.5
LINES = (
    *("upfront_fees", "carry", "sales", "settled", "drawn", "supported", "purchases", "fees_paid"),
    *("interest_paid", "principal_due", "principal_paid", "swept", "distributed"),
)
"""Flows of a statement that the table of books shows, USD."""


@dataclass(frozen=True, eq=False)
class Simulated:
    """Everything that `simulate` finds about a case."""

    problem: Problem
    paths: int
    seed: int
    target: FloatArray
    rules: tuple[RuleRow, ...]
    triggers: tuple[TriggerRow, ...]
    releases: tuple[ReleaseRow, ...]
    sales: tuple[SaleRow, ...]
    ways: tuple[WayRow, ...]
    bands: tuple[BandRow, ...]
    buybacks: tuple[BuybackRow, ...]
    calls: tuple[CallRow, ...]
    books_rule: str
    books: tuple[Statement, ...]
    allies: AlliedStudy | None
    certificate: Mapping[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        case = self.problem.case
        return {
            "case": case.name,
            "title": case.title,
            "objective": case.objective,
            "paths": self.paths,
            "seed": self.seed,
            "target_t": dict(zip(self.holding_names, self.target.tolist(), strict=True)),
            "certificate": dict(self.certificate) if self.certificate is not None else None,
            "rules": [row.as_dict() for row in self.rules],
            "triggers": [row.as_dict() for row in self.triggers],
            "releases": [row.as_dict() for row in self.releases],
            "sales": [row.as_dict() for row in self.sales],
            "ways": [row.as_dict() for row in self.ways],
            "bands": [row.as_dict() for row in self.bands],
            "buybacks": [row.as_dict() for row in self.buybacks],
            "calls": [row.as_dict() for row in self.calls],
            "books": {"rule": self.books_rule, "quarters": book_rows(self.books)},
            "allies": self.allies.as_dict() if self.allies is not None else None,
        }

    @property
    def holding_names(self) -> tuple[str, ...]:
        """Names of the holdings, in the order of every tuple by holding."""
        return tuple(holding.name for holding in self.problem.holdings)


def simulate(
    problem: Problem,
    *,
    rules: Sequence[str] = RULES,
    paths: int = 200,
    seed: int = 1,
    days: float | None = None,
    allies: Mapping[str, Sequence[str]] | None = None,
    optimal: Walker | None = None,
    like_plan: bool = False,
    certificate: Mapping[str, Any] | None = None,
    load: LoadWorld | None = None,
    progress: Progress | None = None,
) -> Simulated:
    """Walk the rules and put release, money and allies to the test.

    Parameters
    ----------
    rules : names of `rules.buying.RULES`, or ``optimal`` with what follows a plan along paths.
    days : target of the rules, days of need; the case's cover or the assumption when left out.
    allies : name -> countries, for the allied mode; those of the case when left out.
    like_plan : the rules aim at what the optimal plan holds at its most, on average over the paths, so that
        they differ from it in timing only.

    Raises
    ------
    LodestockError
        An unknown rule, allies that overlap, too few paths.
    """
    if like_plan and optimal is None:
        raise ConflictError("no plan is asked for", where="--like-plan", hint="add --rule optimal")
    target = most_held(problem, optimal, paths, seed) if like_plan and optimal is not None else None
    terms = rule_terms(problem, days=days, target=target)
    compared = compare_rules(
        problem, rules, terms, paths=paths, seed=seed, optimal=optimal, progress=progress
    )
    triggers = compare_triggers(
        problem,
        (
            Trigger("shortage", 0.0),
            Trigger("price", assumptions.value("trigger_above")),
            Trigger("belief", BELIEF),
        ),
        TRIGGER_RULE,
        terms,
        paths=paths,
        seed=seed,
    )
    releases, sales, ways = release_rows(problem, terms.target, load)
    books_rule = OPTIMAL if OPTIMAL in rules else [row.rule for row in compared.rows][-1]
    chance = float(chance_short(problem).max())
    allied = allies or problem.case.allies
    return Simulated(
        problem=problem,
        paths=paths,
        seed=seed,
        target=terms.target,
        rules=compared.rows,
        triggers=triggers,
        releases=releases,
        sales=sales,
        ways=ways,
        bands=bands(problem, terms.target, seed),
        buybacks=buybacks(problem, terms.target, seed),
        calls=call_rules(problem, chance),
        books_rule=books_rule,
        books=_middle_books(compared, books_rule),
        allies=study_allies(problem, allied, days=days, seed=seed, load=load) if allied else None,
        certificate=certificate,
    )


def most_held(problem: Problem, optimal: Walker, paths: int, seed: int) -> FloatArray:
    """Return the most that a plan holds of each holding, mean over the paths, t."""
    walked = optimal(*sample_paths(problem, paths, seed))
    peaks = [np.max([step.position.held() for step in steps], axis=0) for steps in walked]
    result: FloatArray = np.mean(peaks, axis=0)
    return result


def book_rows(books: Sequence[Statement]) -> list[dict[str, Any]]:
    """Return flows and balances by quarter, USD; assets less liabilities and equity are 0 to the cent."""
    rows = []
    for one in books:
        balance = one.balance
        row: dict[str, Any] = {"quarter": one.quarter + 1}
        row |= {name: to_usd(getattr(one, name)) for name in LINES}
        row |= {
            "cash": to_usd(balance.cash + balance.reserve_account),
            "stock_at_cost": to_usd(sum(balance.stock)),
            "owed_by_members": to_usd(balance.owed_by_members),
            "loan": to_usd(balance.loan),
            "dues": to_usd(balance.fees_due + balance.interest_due),
            "paid_in": to_usd(balance.paid_in),
            "support": to_usd(balance.support),
            "retained": to_usd(balance.retained),
            "difference": to_usd(balance.difference),
            "borrowing_base": to_usd(one.base),
            "coverage": one.coverage,
        }
        rows.append(row)
    return rows


def _middle_books(compared: Comparison, rule: str) -> tuple[Statement, ...]:
    """Books of the path whose purchases are in the middle, for one rule."""
    walked = next(one for one in compared.walked if one.rule == rule)
    spent = np.array([sum(step.money.purchases for step in steps) for steps in walked.paths])
    return walked.books[int(np.argsort(spent, kind="stable")[len(spent) // 2])]
