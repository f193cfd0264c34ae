"""A plan as rows: composition, calendar, water values, shortage, money, frontier."""

from __future__ import annotations

from typing import Any

import numpy as np

from lodestock.reserve.bounds import Part
from lodestock.reserve.case import CALM, DAYS_A_QUARTER, QUARTERS_A_YEAR, TIERS
from lodestock.reserve.plan import TAIL, Plan
from lodestock.reserve.problem import Float, Problem
from lodestock.reserve.stages import unit_of

Row = dict[str, Any]


def held(plan: Plan) -> Float:
    """(paths, quarters, holdings) t held at the end of each quarter."""
    return np.array([[one.position.held() for one in path] for path in plan.paths])


def _done(plan: Plan, kind: str) -> Float:
    """(paths, quarters, holdings) t bought, released or sold."""
    return np.array([[getattr(one.decision, kind) for one in path] for path in plan.paths])


def _calm(plan: Plan, material: int) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """(paths, quarters) True while the material's group is calm."""
    group = plan.problem.materials[material].group
    calm = np.array([regime[group] == CALM for regime in plan.problem.regimes])
    return np.asarray(calm[plan.states])


def composition(plan: Plan) -> list[Row]:
    """What to hold, by holding: the stock the plan builds while it is calm, its worth and days of need.

    ``planned_t`` is the largest mean over paths that are calm so far, ``quarter_reached`` when 95 % of it
    stands.
    """
    stock, buy = held(plan), _done(plan, "buy_t")
    rows: list[Row] = []
    for h, holding in enumerate(plan.problem.holdings):
        data = plan.problem.materials[holding.material]
        case = plan.problem.case.holdings[h]
        calm = np.logical_and.accumulate(_calm(plan, holding.material), axis=1)
        mean = np.array(
            [
                stock[calm[:, t], t, h].mean() if calm[:, t].any() else 0.0
                for t in range(plan.problem.case.quarters)
            ]
        )
        planned = float(mean.max())
        reached = int(np.argmax(mean >= 0.95 * planned)) + 1 if planned > 0.0 else None
        rows.append(
            {
                "material": data.material,
                "form": case.form,
                "site": case.site,
                "planned_t": planned,
                "days_of_need": planned * holding.usable_share / data.need_t * DAYS_A_QUARTER,
                "worth_usd": planned * data.price * (1.0 + holding.premium),
                "quarter_reached": reached,
                "mean_t": float(stock[:, :, h].mean()),
                "largest_t": float(stock[:, :, h].max()),
                "first_quarter_t": float(buy[:, 0, h].mean()),
                "start_t": holding.start_t,
                "need_t_a_year": data.need_t * QUARTERS_A_YEAR,
                "import_reliance": data.import_reliance,
                "price_usd_per_t": data.price,
            }
        )
    return rows


def calendar(plan: Plan) -> list[Row]:
    """What is bought, released, sold and held, mean t by quarter, regime of the group, and holding."""
    stock = held(plan)
    flows = {
        name: _done(plan, kind)
        for name, kind in (("buy_t", "buy_t"), ("release_t", "release_t"), ("sell_t", "sell_t"))
    }
    rows: list[Row] = []
    for h, holding in enumerate(plan.problem.holdings):
        data = plan.problem.materials[holding.material]
        case = plan.problem.case.holdings[h]
        group = plan.problem.case.groups[data.group]
        names = np.array([regime[data.group] for regime in plan.problem.regimes])[plan.states]
        for t in range(plan.problem.case.quarters):
            for regime in group.regimes:
                here = names[:, t] == regime
                if not here.any():
                    continue
                rows.append(
                    {
                        "quarter": t + 1,
                        "regime": regime,
                        "material": data.material,
                        "form": case.form,
                        "site": case.site,
                        "share_of_paths": float(here.mean()),
                        **{name: float(values[here, t, h].mean()) for name, values in flows.items()},
                        "held_t": float(stock[here, t, h].mean()),
                    }
                )
    return rows


def water_values(plan: Plan) -> list[Row]:
    """Worth of one more t in stock, USD per t, by regime: with nothing held, half and all of what is planned.

    Read in the middle of the horizon; times the price it tells how many times its market price a t is worth.
    Where regimes are hidden it is read by signal, at the belief that the signal leaves a planner who has seen
    no other. Nothing follows in a plan of one quarter, and there are no rows.
    """
    planned = {(row["material"], row["form"], row["site"]): row["planned_t"] for row in composition(plan)}
    rows: list[Row] = []
    quarter = max(1, plan.problem.case.quarters // 2)
    if quarter == plan.problem.case.quarters:
        return []
    for part in plan.parts:
        for m, data in enumerate(part.problem.materials):
            group = part.problem.case.groups[data.group]
            seen = [signal.name for signal in group.signals] if group.hidden else list(group.regimes)
            for name in seen:
                for share in (0.0, 0.5, 1.0):
                    rows += _water_rows(part, m, name, quarter, share, planned)
    return rows


def belief_after(problem: Problem, signal: str, quarter: int) -> Float:
    r"""Return the chance of each regime once a signal is seen in a quarter and nothing else is known.

    :math:`b_z \propto (\pi_0 P^{t-1})_z \, P(signal \mid z)`, shape (states,).
    """
    number = [one.name for one in problem.case.groups[0].signals].index(signal)
    prior = problem.start @ np.linalg.matrix_power(problem.transition, quarter - 1)
    likely = problem.probability[:, problem.signal == number].sum(axis=1)
    joint = prior * likely
    return np.asarray(joint / joint.sum() if joint.sum() > 0.0 else prior)


def _water_rows(
    part: Part, m: int, name: str, quarter: int, share: float, planned: dict[tuple[str, str, str], float]
) -> list[Row]:
    """Rows of one material and regime (or signal), other groups calm, with a share of the plan in stock."""
    problem, policy = part.problem, part.policy
    data = problem.materials[m]
    state = dict.fromkeys(policy.model.problems[0].state_names, 0.0)
    first: list[tuple[int, str, float]] = []
    for h, holding in enumerate(problem.holdings):
        case = problem.case.holdings[h]
        column = f"{holding.name} age 0" if holding.ages > 1 else holding.name
        tonnes = share * planned[case.material, case.form, case.site]
        state[column] = tonnes / unit_of(problem, h)
        if holding.material == m:
            first.append((h, column, tonnes))
    if problem.hidden:
        belief = belief_after(problem, name, quarter).tolist()
        _, slopes = policy.value((quarter, problem.states[0]), state, belief)
    else:
        key = "|".join(name if g == data.group else CALM for g in range(len(problem.case.groups)))
        _, slopes = policy.value((quarter, key), state)
    rows: list[Row] = []
    for h, column, tonnes in first:
        worth = -slopes[column] * problem.money_unit / unit_of(problem, h)
        rows.append(
            {
                "material": data.material,
                "form": problem.case.holdings[h].form,
                "site": problem.case.holdings[h].site,
                "regime": name,
                "held_t": tonnes,
                "held_share_of_plan": share,
                "water_value_usd_per_t": worth,
                "multiple_of_price": worth / data.price,
            }
        )
    return rows


def shortages(plan: Plan) -> list[Row]:
    """Expected shortage by material and tier, t a year, without the reserve and with it."""
    quarters = plan.problem.case.quarters

    def mean(paths: tuple[tuple[Any, ...], ...]) -> Float:
        values = np.array([[one.short_t for one in path] for path in paths])
        return np.asarray(values.sum(axis=1).mean(axis=0) * QUARTERS_A_YEAR / quarters)

    before, after = mean(plan.without), mean(plan.paths)
    rows: list[Row] = []
    for m, data in enumerate(plan.problem.materials):
        for k, tier in enumerate(TIERS):
            avoided = float(before[m, k] - after[m, k])
            rows.append(
                {
                    "material": data.material,
                    "tier": tier,
                    "share_of_need": float(data.tier_share[k]),
                    "value_usd_per_t": float(data.tier_value[k]),
                    "value_low_usd_per_t": float(data.tier_value_low[k]),
                    "value_high_usd_per_t": float(data.tier_value_high[k]),
                    "without_t_a_year": float(before[m, k]),
                    "with_t_a_year": float(after[m, k]),
                    "avoided_share": avoided / float(before[m, k]) if before[m, k] > 0.0 else 0.0,
                }
            )
    return rows


def regimes(plan: Plan) -> list[Row]:
    """What the market model says is lost in each regime (under each signal where regimes are hidden)."""
    rows: list[Row] = []
    for data in plan.problem.materials:
        for regime, response in data.responses.items():
            rows.append(
                {
                    "material": data.material,
                    "regime": regime,
                    "short_t_a_year": response.gap_t * QUARTERS_A_YEAR,
                    "short_share_of_need": response.gap_t / data.need_t,
                    "price_multiple": response.price_multiple,
                    "reachable_output_share": response.output_share,
                    "commercial_stock_drawn_t_a_year": response.private_t * QUARTERS_A_YEAR,
                }
            )
    return rows


def money(plan: Plan) -> list[Row]:
    """Mean money by quarter, USD: purchases, sales, payments, stock at base price, debt, cash."""
    kinds = (
        "purchases",
        "sales",
        "payments",
        "paid_in",
        "funds",
        "debt",
        "cash",
        "draw",
        "repay",
        "interest",
    )
    rows: list[Row] = []
    for t in range(plan.problem.case.quarters):
        row: Row = {"quarter": t + 1}
        for kind in kinds:
            row[f"{kind}_usd"] = float(np.mean([getattr(path[t].money, kind) for path in plan.paths]))
        row["largest_debt_usd"] = float(max(path[t].money.debt for path in plan.paths))
        row["cure_share_of_paths"] = float(np.mean([path[t].money.cure > 1.0 for path in plan.paths]))
        rows.append(row)
    return rows


def costs(plan: Plan) -> list[Row]:
    """Expected discounted cost by part, USD, with the reserve and without it."""
    weight = plan.problem.discount ** np.arange(plan.problem.case.quarters)
    names = list(type(plan.paths[0][0].cost).__dataclass_fields__)

    def mean(paths: tuple[tuple[Any, ...], ...], name: str) -> float:
        return float(
            np.mean(np.array([[getattr(one.cost, name) for one in path] for path in paths]) @ weight)
        )

    return [
        {"part": name, "with_usd": mean(plan.paths, name), "without_usd": mean(plan.without, name)}
        for name in names
    ]


def frontier(plan: Plan) -> list[Row]:
    """Each plan scored under every objective, expected discounted USD."""
    return [
        {
            "plan_for": score.name,
            "chosen": score.chosen,
            "own_cost_usd": score.own_cost,
            "shortage_usd": score.shortage,
            "price_harm_usd": score.price_harm,
            "missed_promises_usd": score.offtake,
            "mean_stock_usd": score.mean_stock_usd,
            "worst_5_percent_usd": score.tail_cost,
        }
        for score in plan.frontier
    ]


def headline(plan: Plan) -> Row:
    """The numbers of the first page."""
    totals = np.sort(plan.totals)[::-1]
    worst = max(1, round(TAIL * len(totals)))
    loss = np.array(
        [
            sum(plan.problem.discount**t * one.cost.shortage for t, one in enumerate(path))
            for path in plan.without
        ]
    )
    low, high = plan.mean_interval
    return {
        "objective": plan.problem.case.objective,
        "planned_worth_usd": sum(row["worth_usd"] for row in composition(plan)),
        "own_cost_usd": plan.scores.own_cost,
        "shortage_cost_with_usd": plan.scores.shortage,
        "shortage_cost_without_usd": float(loss.mean()),
        "mean_objective_usd": float(totals.mean()),
        "mean_low_usd": low,
        "mean_high_usd": high,
        "cvar_95_usd": float(totals[:worst].mean()),
        "largest_debt_usd": float(max(one.money.debt for path in plan.paths for one in path)),
        "largest_funds_usd": float(max(one.money.funds for path in plan.paths for one in path)),
        "certificate": plan.certificate.as_dict(),
        "paths": len(plan.paths),
        "seconds": plan.seconds,
    }


def as_dict(plan: Plan) -> Row:
    """The whole plan for JSON."""
    case = plan.problem.case
    return {
        "case": case.name,
        "title": case.title,
        "question": case.question,
        "objective": case.objective,
        "members": list(case.members),
        "quarters": case.quarters,
        "certificate": plan.certificate.as_dict(),
        "headline": headline(plan),
        "composition": composition(plan),
        "calendar": calendar(plan),
        "water_values": water_values(plan),
        "shortages": shortages(plan),
        "regimes": regimes(plan),
        "money": money(plan),
        "costs": costs(plan),
        "frontier": frontier(plan),
        "run": {"seed": case.training.seed, "paths": len(plan.paths), "seconds": plan.seconds},
    }
