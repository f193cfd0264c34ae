"""A reserve plan as a page, a workbook, JSON and one screen of words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lodestock.report.charts.reserve import calendar_chart, frontier_chart, stock_chart, water_chart
from lodestock.report.names import capital, material_name, members_in_sentence
from lodestock.report.numbers import joined, mass, money, percent
from lodestock.report.reserve_parts import Content, Part, page, rows_table
from lodestock.report.rows_workbook import write_rows_workbook
from lodestock.report.writing import write_text
from lodestock.reserve.case import QUARTERS_A_YEAR
from lodestock.reserve.tables import (
    as_dict,
    calendar,
    composition,
    costs,
    frontier,
    headline,
    regimes,
    shortages,
    water_values,
)
from lodestock.reserve.tables import money as money_rows

if TYPE_CHECKING:
    from lodestock.reserve.plan import Plan

LIMITS = (
    "Shortages, prices and what can still be bought come from the market model, one year of each regime "
    "with short-run elasticities, a quarter at a time. Prices return to their level of the regime a quarter "
    "later. Stock is carried at its base price; books with real prices are in "
    "reserve simulate. The plan sees the regime, unless the case hides it. Values per tonne short are "
    "assumptions with ranges."
)
SMALLEST_STOCK = 1e-4
"""Stock over a year's need below which nothing is held worth speaking of."""
LATER = "Later quarters stand in the workbook and in the JSON file."
COMPOSITION = {
    "material": "Material",
    "form": "Form",
    "site": "Site",
    "planned_t": "Planned stock",
    "days_of_need": "Days of need",
    "worth_usd": "Worth",
    "quarter_reached": "Stands in quarter",
    "first_quarter_t": "Buy in quarter 1",
    "mean_t": "Mean held",
    "largest_t": "Most held",
    "need_t_a_year": "Need",
    "import_reliance": "Import reliance",
}
CALENDAR = {
    "quarter": "Quarter",
    "regime": "Regime",
    "material": "Material",
    "form": "Form",
    "site": "Site",
    "share_of_paths": "Share of paths",
    "buy_t": "Buy",
    "release_t": "Release",
    "sell_t": "Sell",
    "held_t": "Held after",
}
WATER = {
    "material": "Material",
    "form": "Form",
    "regime": "Regime",
    "held_t": "With this in stock",
    "water_value_usd_per_t": "Worth of one more t",
    "multiple_of_price": "Over base price",
}
SHORT = {
    "material": "Material",
    "tier": "Tier",
    "share_of_need": "Share of need",
    "value_usd_per_t": "Loss per t short",
    "value_low_usd_per_t": "low",
    "value_high_usd_per_t": "high",
    "without_t_a_year": "Short without reserve",
    "with_t_a_year": "Short with it",
    "avoided_share": "Avoided",
}
REGIMES = {
    "material": "Material",
    "regime": "Regime",
    "short_t_a_year": "Short",
    "short_share_of_need": "Share of need",
    "price_multiple": "Price over base",
    "reachable_output_share": "World output within reach",
    "commercial_stock_drawn_t_a_year": "Commercial stock drawn",
}
MONEY = {
    "quarter": "Quarter",
    "purchases_usd": "Purchases",
    "sales_usd": "Sales",
    "payments_usd": "Paid for releases",
    "paid_in_usd": "Paid in by sponsors",
    "funds_usd": "Stock at base price",
    "draw_usd": "Loan drawn",
    "repay_usd": "Paid back",
    "debt_usd": "Debt",
    "interest_usd": "Interest",
    "cash_usd": "Cash left",
    "largest_debt_usd": "Largest debt of any path",
}
COSTS = {"part": "Part", "with_usd": "With the reserve", "without_usd": "Without"}
FRONTIER = {
    "plan_for": "Plan made for",
    "own_cost_usd": "Own cost",
    "shortage_usd": "Loss by shortage",
    "price_harm_usd": "Harm of prices",
    "missed_promises_usd": "Promises missed",
    "mean_stock_usd": "Mean stock",
    "worst_5_percent_usd": "Worst 5 %",
}
UNITS = {
    "planned_t": "t", "mean_t": "t", "largest_t": "t", "first_quarter_t": "t", "need_t_a_year": "t a year",
    "start_t": "t", "days_of_need": "days", "import_reliance": "1", "price_usd_per_t": "USD per t",
    "share_of_paths": "1", "buy_t": "t", "release_t": "t", "sell_t": "t", "held_t": "t",
    "water_value_usd_per_t": "USD per t", "multiple_of_price": "1", "held_share_of_plan": "1",
    "share_of_need": "1", "value_usd_per_t": "USD per t", "value_low_usd_per_t": "USD per t",
    "value_high_usd_per_t": "USD per t", "without_t_a_year": "t a year", "with_t_a_year": "t a year",
    "avoided_share": "1", "short_t_a_year": "t a year", "short_share_of_need": "1", "price_multiple": "1",
    "reachable_output_share": "1", "commercial_stock_drawn_t_a_year": "t a year", "cure_share_of_paths": "1",
}  # fmt: skip


def unit(name: str) -> str:
    """Unit of a column."""
    return "USD" if name.endswith("_usd") else UNITS.get(name, "")


def write_plan(plan: Plan, folder: Path) -> dict[str, Path]:
    """Write page, workbook and JSON into a folder; each file whole or not at all.

    Raises
    ------
    LodestockError
        A file cannot be written.
    """
    target = Path(folder)
    text = json.dumps(as_dict(plan), indent=2, ensure_ascii=False, allow_nan=False)
    return {
        "page": write_text(target / "plan.html", page(content(plan))),
        "workbook": write_plan_workbook(plan, target / "plan.xlsx"),
        "json": write_text(target / "plan.json", text + "\n"),
    }


def write_plan_workbook(plan: Plan, path: Path) -> Path:
    """Write the workbook, whole or not at all: one sheet per table."""
    case, proof = plan.problem.case, plan.certificate
    about = [
        ("case", f"{case.name}: {case.title}"),
        ("objective", case.objective),
        ("members", ", ".join(case.members)),
        ("lower bound", f"{proof.lower_bound:.0f} USD, by {proof.lower_kind}"),
        ("upper bound", f"{proof.upper_bound:.0f} USD, by {proof.upper_kind}"),
        ("gap", f"{proof.gap:.4f}"),
        ("paths", f"{len(plan.paths)}, seed {case.training.seed}"),
        ("sources", "; ".join(case.sources)),
        ("note", case.note),
        ("limits", LIMITS),
    ]
    sheets: dict[str, list[dict[str, Any]]] = {
        "composition": composition(plan),
        "calendar": calendar(plan),
        "water values": water_values(plan),
        "shortages": shortages(plan),
        "regimes": regimes(plan),
        "money": money_rows(plan),
        "costs": costs(plan),
        "frontier": frontier(plan),
        "assumptions": assumption_rows(),
    }
    filled = {name: rows for name, rows in sheets.items() if rows}
    units = {name: unit(name) for rows in filled.values() for name in rows[0]}
    return write_rows_workbook(path, about, filled, units)


def assumption_rows() -> list[dict[str, Any]]:
    """Every assumption of the room, with its range and reason."""
    from lodestock.reserve.assumptions import book

    return [
        {
            "assumption": row.name.replace("_", " "),
            "applies_to": row.end_use or row.material,
            "low": row.low,
            "central": row.central,
            "high": row.high,
            "unit": row.unit,
            "reason": row.reason,
            "source": row.source,
        }
        for rows in book().rows.values()
        for row in rows
    ]


def content(plan: Plan) -> Content:
    """Return the page before it is drawn."""
    case = plan.problem.case
    water = water_chart(plan)
    first = [row for row in calendar(plan) if row["quarter"] <= QUARTERS_A_YEAR]
    assumed = {name: capital(name.replace("_", " ")) for name in assumption_rows()[0]}

    def table(key: str, title: str, rows: list[dict[str, Any]], names: dict[str, str], note: str = "") -> Any:
        return rows_table(key, title, rows, names, {name: unit(name) for name in names}, note)

    worth = (
        ()
        if water is None
        else (
            Part(
                "What a tonne is worth",
                figures=(water,),
                tables=(table("water", "Water values", water_values(plan), WATER),),
            ),
        )
    )
    parts = (
        Part(
            "What to hold",
            figures=(stock_chart(plan),),
            tables=(
                table(
                    "composition",
                    "Composition",
                    composition(plan),
                    COMPOSITION,
                    "Planned: the largest mean stock over the paths that have been calm so far.",
                ),
            ),
        ),
        *worth,
        Part(
            "Who is short, with it and without",
            tables=(
                table("shortages", "Expected shortage by tier", shortages(plan), SHORT),
                table("regimes", "What is lost, by the market model", regimes(plan), REGIMES),
            ),
        ),
        Part(
            "Buying and releasing",
            figures=(calendar_chart(plan),),
            tables=(table("calendar", "Calendar: the first year", first, CALENDAR, LATER),),
        ),
        Part(
            "Money",
            tables=(
                table("money", "Money, mean of the paths", money_rows(plan), MONEY),
                table("costs", "Expected cost, discounted", costs(plan), COSTS),
            ),
        ),
        Part(
            "Between the objectives",
            figures=(frontier_chart(plan),) if len(plan.frontier) > 1 else (),
            tables=(table("frontier", "Every plan under every objective", frontier(plan), FRONTIER),),
        ),
        Part("Certificate", tuple(certificate_sentences(plan))),
        Part(
            "Limits, sources, assumptions",
            (LIMITS, *([case.note] if case.note else []), *_sources(plan)),
            tables=(rows_table("assumptions", "Assumptions", assumption_rows(), assumed, {}),),
            wrap=True,
        ),
    )
    return Content(
        title=case.title,
        question=case.question,
        stamp=f"{case.objective}, {case.quarters} quarters from {case.start}",
        lead=tuple(lead(plan)),
        parts=parts,
    )


def _sources(plan: Plan) -> list[str]:
    case = plan.problem.case
    found = [*case.sources]
    found += [f"Site {site.name}: {site.source}." for site in case.sites.values() if site.source]
    found += [f"{holding.name}: {holding.source}." for holding in case.holdings if holding.source]
    found += [f"Regimes of {group.name}: {group.source}." for group in case.groups if group.source]
    for name, part in (
        ("Loan", case.money.loan),
        ("Private money", case.money.private),
        ("Members", case.money.members),
    ):
        if part is not None and part.source:
            found.append(f"{name}: {part.source}.")
    return found


def certificate_sentences(plan: Plan) -> list[str]:
    """Say what is proved, and how."""
    proof = plan.certificate
    low, high = plan.mean_interval
    sentences = [
        f"The best plan costs between {money(proof.lower_bound, digits=4)} and "
        f"{money(proof.upper_bound, digits=4)} in expectation: a proved gap of "
        f"{percent(proof.gap, sign=False)}."
    ]
    if plan.problem.case.aversion.weight < 1.0:
        sentences[0] = sentences[0].replace(" in expectation", " under the case's risk measure")
    sentences.append(
        f"On {len(plan.paths)} paths it costs {money(float(plan.totals.mean()), digits=3)} on average, 95 % "
        f"interval {money(low, digits=3)} to {money(high, digits=3)}."
    )
    return sentences


def lead(plan: Plan) -> list[str]:
    """Return the sentences at the top."""
    case, head = plan.problem.case, headline(plan)
    rows = sorted(_by_material(plan), key=lambda row: -row["worth_usd"])
    kept = [row for row in rows if row["planned_t"] > SMALLEST_STOCK * row["need_t_a_year"]]
    purpose = f"{case.objective.replace('-', ' ')} of {members_in_sentence(case.members)}"
    if not kept:
        promised = any(data.offtake_t > 0.0 for data in plan.problem.materials)
        if case.objective == "supply-chain-bankability" and not promised:
            return [
                "Hold nothing: the case promises producers no purchases (offtake), which bankability weighs."
            ]
        return [f"Hold nothing: for {purpose}, a reserve costs more than it saves."]
    shown = [
        f"{mass(row['planned_t'])} of {material_name(row['material'])} ({row['days_of_need']:.0f} days)"
        for row in kept[:5]
    ]
    more = f" and {len(kept) - 5} more" if len(kept) > 5 else ""
    without, with_it = head["shortage_cost_without_usd"], head["shortage_cost_with_usd"]
    sentences = [
        f"For {purpose}, hold {joined(shown)}{more}: {money(head['planned_worth_usd'])} at base prices.",
        f"Over {case.quarters} quarters the reserve itself costs {money(head['own_cost_usd'])} in "
        f"expectation and takes the expected loss by shortage from {money(without)} to {money(with_it)}.",
    ]
    if case.money.loan is not None:
        owed, loan = head["largest_debt_usd"], money(case.money.loan.amount)
        sentences.append(
            f"It never owes more than {money(owed)} of the {loan} loan."
            if owed > 0.0
            else f"Private money carries all of it: nothing of the {loan} loan is drawn."
        )
    nothing = [row["material"] for row in rows if row not in kept]
    if nothing:
        sentences.append(
            f"Not worth holding: {joined([material_name(name) for name in sorted(set(nothing))])}."
        )
    return [*sentences, certificate_sentences(plan)[0]]


def _named(row: dict[str, Any], several: bool) -> str:
    """Material, with form and site where one material is held in several ways."""
    return f"{row['material']} {row['form']} {row['site']}"[:27] if several else str(row["material"])


def _by_material(plan: Plan) -> list[dict[str, Any]]:
    """The composition with forms and sites of a material added up."""
    added: dict[str, dict[str, Any]] = {}
    for row in composition(plan):
        whole = added.setdefault(
            row["material"], {**row, "planned_t": 0.0, "days_of_need": 0.0, "worth_usd": 0.0}
        )
        for name in ("planned_t", "days_of_need", "worth_usd"):
            whole[name] += row[name]
    return list(added.values())


def summary_text(plan: Plan) -> str:
    """Return one screen of words."""
    lines = [plan.problem.case.title, "", *lead(plan), ""]
    water = {
        (row["material"], row["form"], row["site"], row["regime"]): row["multiple_of_price"]
        for row in water_values(plan)
        if row["held_share_of_plan"] == 0.5
    }
    next_t = "   next t worth (x price)" if water else ""
    lines.append(f"{'material':<28}{'hold t':>12}{'days':>7}{'buy now t':>12}{'worth':>14}{next_t}")
    rows = composition(plan)
    several = len({row["material"] for row in rows}) < len(rows)
    for row in rows:
        place = (row["material"], row["form"], row["site"])
        values = [f"{key[3]} {value:.1f}" for key, value in water.items() if key[:3] == place]
        lines.append(
            f"{_named(row, several):<28}{row['planned_t']:>12,.4g}{row['days_of_need']:>7.0f}"
            f"{row['first_quarter_t']:>12,.4g}{money(row['worth_usd']):>14}   {', '.join(values)}".rstrip()
        )
    lines += ["", "Plans for other objectives, expected USD:"]
    for score in plan.frontier:
        lines.append(
            f"  {score.name:<26} own cost {money(score.own_cost)}, shortage {money(score.shortage)}, "
            f"prices {money(score.price_harm)}, promises {money(score.offtake)}"
        )
    lines += ["", *certificate_sentences(plan)[1:]]
    return "\n".join(lines)
