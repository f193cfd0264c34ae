"""Requirements as a page and as a workbook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lodestock.report.names import capital
from lodestock.report.numbers import joined, money
from lodestock.report.reserve_parts import Content, Part, page, rows_table
from lodestock.report.rows_workbook import write_rows_workbook
from lodestock.report.sides import group_name
from lodestock.report.writing import write_text
from lodestock.reserve.requirements.factors import factor_rows
from lodestock.reserve.requirements.rows import UNITS, plan_headline, plan_rows, supplier_rows

if TYPE_CHECKING:
    from lodestock.report.figure import Figure
    from lodestock.reserve.requirements.assess import Plan, Sized

DRAWN, CURVES = 25, 6
SOURCE = "Lodestock, sizing on the snapshot; factors and their ranges in the table below"
HEADINGS = {
    "name": "Form",
    "use_t": "Use at home",
    "demand_t": "Demand, four years",
    "available_t": "Reliable supply",
    "expected_t": "Expected shortfall",
    "p10_t": "10 %",
    "p90_t": "90 %",
    "probability": "Probability",
    "probability_defence": "of defence",
    "expected_musd": "Value",
    "drivers": "Moved most by",
    "note": "Note",
}
LIMITS = (
    "A reconstruction of a published practice: the manual behind it was not read, and every rule is a "
    "switch. Factors are assumptions with ranges; three are fitted on nine published rows. Quantities are "
    "those of the nearest year of the snapshot, from 2021 on, governance that of the year of the plan."
)


def write_requirements_page(plan: Plan, path: Path) -> Path:
    """Write the page, whole or not at all.

    Raises
    ------
    LodestockError
        The file cannot be written.
    """
    return write_text(path, page(content(plan)))


def write_requirements_workbook(plan: Plan, path: Path) -> Path:
    """Write the workbook, whole or not at all: requirements, curves, factors."""
    curves = [
        {"form": item.form.form, "stock_t": float(stock), "unmet_t": float(unmet)}
        for item in plan.sized
        for stock, unmet in zip(item.chance.stock, item.chance.unmet, strict=True)
    ]
    suppliers = [{"form": item.form.form, **row} for item in plan.sized for row in supplier_rows(item)]
    head = plan_headline(plan)
    about = [
        ("plan", f"{', '.join(plan.members)}, {plan.year}"),
        ("draws", f"{plan.draws}, seed {plan.seed}"),
        ("rules", ", ".join(f"{name}={value}" for name, value in head["rules"].items())),
        ("call", head["call"]),
        ("limits", LIMITS),
        *((f"not sized: {name}", why) for name, why in plan.failures.items()),
    ]
    sheets = {
        "requirements": plan_rows(plan),
        "suppliers": suppliers,
        "curves": curves,
        "factors": [dict(row) for row in factor_rows()],
    }
    return write_rows_workbook(path, about, sheets, {**UNITS, "stock_t": "t", "unmet_t": "t"})


def content(plan: Plan) -> Content:
    """The page before it is drawn."""
    head = plan_headline(plan)
    whose = capital(group_name(plan.members).removeprefix("the "))
    worst = [item for item in plan.counted if item.short][:3]
    lead = [
        f"Over four years {head['forms_short']} of {head['forms_counted']} forms fall short in at least half "
        f"of {plan.draws} draws; all shortfalls together are expected to be worth "
        f"{money(1e6 * head['expected_musd'])}.",
    ]
    if worst:
        names = joined([f"{item.form.name} ({money(item.expected_usd)})" for item in worst])
        lead.append(f"The largest of those that fall short: {names}.")
    short = [row for row in plan_rows(plan) if row["expected_t"] > 0]
    figures: tuple[Figure, ...] = ()
    if any(item.chance.expected > 0 for item in plan.sized):
        figures = (probability_chart(plan.sized), curve_chart(plan.sized))
    factors = [
        {k: row[k] for k in ("factor", "low", "central", "high", "unit", "reason")} for row in factor_rows()
    ]
    return Content(
        title=f"What to hold: {whose}",
        question="Four years of a plan: demand by tier, less what can be relied on, less what is held.",
        stamp=f"plan of {plan.year}",
        lead=tuple(lead),
        parts=(
            Part("How sure a shortfall is", figures=figures),
            Part("Every form", tables=(rows_table("forms", "Requirements", short, HEADINGS, UNITS),)),
            Part(
                "Factors and limits",
                (LIMITS,),
                tables=(
                    rows_table("factors", "Factors", factors, {k: k.capitalize() for k in factors[0]}, {}),
                ),
                wrap=True,
            ),
        ),
    )


def probability_chart(sized: tuple[Sized, ...]) -> Figure:
    """Probability of shortfall by tier, forms with the largest expected value."""
    import altair as alt
    import polars as pl

    from lodestock.report.figure import Figure, finish, inline_data
    from lodestock.report.theme import BASE, LOSS, SCENARIO, WIDTH
    from lodestock.reserve.requirements.factors import TIERS

    chosen = [item for item in sized if item.chance.expected > 0][:DRAWN]
    rows = [
        {"form": item.form.name, "tier": tier, "probability": value}
        for item in chosen
        for tier, value in zip(TIERS, item.chance.by_tier, strict=True)
    ]
    chart = (
        alt.Chart(inline_data(rows), width=WIDTH - 200, height=18 * len(chosen))
        .mark_point(filled=True, size=60)
        .encode(
            x=alt.X("probability:Q", title="Share of draws with a shortfall", scale=alt.Scale(domain=[0, 1])),
            y=alt.Y("form:N", title=None, sort=[item.form.name for item in chosen]),
            color=alt.Color(
                "tier:N", scale=alt.Scale(domain=list(TIERS), range=[LOSS, SCENARIO, BASE]), title="Tier"
            ),
            shape=alt.Shape("tier:N", scale=alt.Scale(domain=list(TIERS)), title="Tier"),
        )
    )
    description = f"Points: probability of shortfall by tier of {len(chosen)} forms."
    return Figure(
        key="requirement-probability",
        title="Probability of shortfall by tier",
        reading="Each row is a form, largest expected value on top; the essential civilian tier falls first.",
        unit="share of draws",
        source=SOURCE,
        description=description,
        specification=finish(chart, description),
        data=pl.DataFrame(rows),
    )


def curve_chart(sized: tuple[Sized, ...]) -> Figure:
    """Stock against expected unmet need, both in per cent of the largest draw."""
    import altair as alt
    import polars as pl

    from lodestock.report.figure import Figure, finish, inline_data
    from lodestock.report.theme import WIDTH

    chosen = [item for item in sized if item.chance.expected > 0][:CURVES]
    rows = [
        {
            "form": item.form.name,
            "years_of_use": float(stock) / item.market.use,
            "unmet_years": float(unmet) / item.market.use,
        }
        for item in chosen
        for stock, unmet in zip(item.chance.stock, item.chance.unmet, strict=True)
    ]
    chart = (
        alt.Chart(inline_data(rows), width=WIDTH - 160, height=260)
        .mark_line()
        .encode(
            x=alt.X("years_of_use:Q", title="Stock, years of use"),
            y=alt.Y("unmet_years:Q", title="Expected unmet need, years of use"),
            color=alt.Color("form:N", title=None),
            strokeDash=alt.StrokeDash("form:N", title=None),
        )
    )
    description = f"Lines: expected unmet need against stock for {len(chosen)} forms."
    return Figure(
        key="requirement-curve",
        title="What each further year of stock saves",
        reading="Where a line is flat, more stock saves little; at zero every draw is covered.",
        unit="years of use",
        source=SOURCE,
        description=description,
        specification=finish(chart, description),
        data=pl.DataFrame(rows),
    )
