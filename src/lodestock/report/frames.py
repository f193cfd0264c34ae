"""Small tables behind sentences and charts: outcome tables, added up as a reader asks for them.

Every function is pure and returns a polars data frame of at most a few dozen rows; quantities are t contained
per year, money USD per year, prices USD per t contained.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from lodestock.report.names import PARTIES
from lodestock.report.sides import price_sides, remainder, side_of, sides

if TYPE_CHECKING:
    from lodestock.scenario.outcome import CaseOutcome, Outcome

EVERYBODY = "all"
"""Party label of a side's net in bands and metrics."""
MANY = 3
"""From this number of materials on, sentences give up detail that the tables hold."""
IN, OUT = ("production", "processing", "secondary", "stock_draw", "release"), ("stock_build", "purchase")


def case_title(outcome: Outcome, name: str) -> str:
    """Return the title of a case; the scenario's own case carries the outcome's."""
    if name == "scenario":
        return outcome.title
    if name == "baseline":
        return "Undisturbed market"
    return outcome.cases[name].title or name.replace("-", " ")


def largest(values: pl.Series) -> float:
    """Return the largest magnitude in a column, 0 for an empty one."""
    return max((abs(float(value)) for value in values.to_list()), default=0.0)


def with_side(outcome: Outcome, table: pl.DataFrame, column: str = "country") -> pl.DataFrame:
    """Add the column ``side``: the market (inside, outside, home, abroad, world) of each row's country."""
    return table.with_columns(
        pl.col(column)
        .replace_strict(side_of(outcome), default=remainder(outcome), return_dtype=pl.String)
        .alias("side")
    )


def last_stage(case: CaseOutcome, material: str) -> str:
    """Return the stage at which the material is used."""
    stages = case.quantities.filter((pl.col("material") == material) & (pl.col("kind") == "use"))["stage"]
    return str(stages[0]) if len(stages) else "refined"


def stages_of(case: CaseOutcome, material: str) -> list[str]:
    """Return the stages that have prices, first to last."""
    present = set(case.prices.filter(pl.col("material") == material)["stage"].unique().to_list())
    return [stage for stage in ("mine", "intermediate", "refined", "component") if stage in present]


def markets_of(outcome: Outcome, case: CaseOutcome, material: str, stage: str) -> pl.DataFrame:
    """Return the reference prices of the sides of this outcome: market, base and new price, change."""
    order = [side.market for side in price_sides(outcome)]
    table = case.reference_prices.filter(
        (pl.col("material") == material) & (pl.col("stage") == stage) & pl.col("market").is_in(order)
    )
    return table.sort(
        pl.col("market").replace_strict({m: n for n, m in enumerate(order)}, return_dtype=pl.Int64)
    )


def headline_material(outcome: Outcome) -> str:
    """Return the material whose price moves most on the first side; the first one named where none moves."""
    changes = price_changes(outcome)
    return max(outcome.materials, key=lambda material: abs(changes.get(material, 0.0)))


def base_price(outcome: Outcome, material: str) -> float:
    """Return the base reference price on the first side at the stage of use, USD/t; 0 where there is none."""
    case, side = outcome.cases["scenario"], sides(outcome)[0]
    table = markets_of(outcome, case, material, last_stage(case, material))
    return next((float(r["base_usd_per_t"]) for r in table.to_dicts() if r["market"] == side.market), 0.0)


def price_changes(outcome: Outcome) -> dict[str, float]:
    """Return the price change on the first side at the stage of use, by material."""
    case, side = outcome.cases["scenario"], sides(outcome)[0]
    return {
        material: float(row["change"])
        for material in outcome.materials
        for row in markets_of(outcome, case, material, last_stage(case, material)).to_dicts()
        if row["market"] == side.market
    }


def band(outcome: Outcome, metric: str, **labels: str) -> dict[str, float] | None:
    """Return central, p10, p50 and p90 of a headline number, or None when no draws were made of it.

    Labels not given must be empty in the table, so that a total is never mistaken for a part.
    """
    wanted = pl.col("metric") == metric
    for key in ("material", "stage", "market", "country", "party"):
        wanted &= pl.col(key) == labels.get(key, "")
    rows = outcome.bands.filter(wanted)
    if rows.is_empty():
        return None
    row = rows.row(-1, named=True)
    return {name: float(row[name]) for name in ("central", "p10", "p50", "p90")}


def surplus_band(outcome: Outcome, market: str, party: str = EVERYBODY) -> dict[str, float] | None:
    """Return the band of one party's change on one side, over all materials; by default of all parties."""
    material = outcome.materials[0] if len(outcome.materials) == 1 else ""
    labels = {"market": market, "party": party}
    return band(outcome, "surplus_change", material=material, **labels) or band(
        outcome, "surplus_change", **labels
    )


def shortage_by_country(case: CaseOutcome, material: str) -> pl.DataFrame:
    """Return use before and after, and what is missing, by country, largest gap first."""
    return case.shortage.filter(pl.col("material") == material).sort(
        ["shortage_t", "country"], descending=[True, False]
    )


def shortage_by_side(outcome: Outcome, case: CaseOutcome, material: str) -> pl.DataFrame:
    """Return use, use wanted at base prices and the gap per side (a sum of countries' gaps)."""
    table = with_side(outcome, case.shortage.filter(pl.col("material") == material))
    columns = ("use_base_t", "wanted_t", "use_t", "shortage_t")
    return table.group_by("side", maintain_order=True).agg(pl.col(column).sum() for column in columns)


def surplus_by_party(outcome: Outcome, case: CaseOutcome) -> pl.DataFrame:
    """Return the change of surplus by side and party over all materials, USD per year."""
    order = {party: number for number, party in enumerate(PARTIES)}
    table = with_side(outcome, case.surplus)
    return (
        table.group_by("side", "party")
        .agg(pl.col("change_usd").sum())
        .sort(["side", pl.col("party").replace_strict(order, default=99, return_dtype=pl.Int64)])
    )


def surplus_by_country(case: CaseOutcome, at_most: int = 12) -> pl.DataFrame:
    """Return the change of surplus by country and party for the countries that move most, USD per year.

    All other countries stand together as ``REST``; the rows add to the world's total change.
    """
    total = (
        case.surplus.group_by("country")
        .agg(pl.col("change_usd").abs().sum().alias("moved"))
        .sort(["moved", "country"], descending=[True, False])
    )
    shown = total["country"].to_list()[:at_most]
    return (
        case.surplus.with_columns(
            pl.when(pl.col("country").is_in(shown)).then("country").otherwise(pl.lit("REST")).alias("country")
        )
        .group_by("country", "party")
        .agg(pl.col("change_usd").sum())
        .sort(["country", "party"])
    )


def balance(outcome: Outcome, case: CaseOutcome, material: str, market: str) -> pl.DataFrame:
    """Return how one side's use at the last stage is met, before and after, t per year.

    Use = production and refining + secondary + drawn + released + other stock change - built - bought
    + net imports, so net imports are what closes the balance; the last row is use.
    """
    stage = last_stage(case, material)
    rows = with_side(
        outcome,
        case.quantities.filter((pl.col("material") == material) & (pl.col("stage") == stage)),
    ).filter(pl.col("side") == market)
    total = {
        kind: (base, now)
        for kind, base, now in rows.group_by("kind")
        .agg(pl.col("base_t").sum(), pl.col("t").sum())
        .iter_rows()
    }
    zero = (0.0, 0.0)
    use = total.get("use", zero)
    parts: list[tuple[str, float, float]] = []
    parts += [(kind, *total[kind]) for kind in IN if any(total.get(kind, zero))]
    for kind in OUT:
        if any(total.get(kind, zero)):
            base, now = total[kind]
            parts.append((kind, -base, -now))
    if any(total.get("stock_change", zero)):
        base, now = total["stock_change"]
        parts.append(("stock_change", -base, -now))
    met = (sum(part[1] for part in parts), sum(part[2] for part in parts))
    parts.append(("net_imports", use[0] - met[0], use[1] - met[1]))
    parts.append(("use", *use))
    return pl.DataFrame(
        parts, schema={"kind": pl.String, "base_t": pl.Float64, "t": pl.Float64}, orient="row"
    )
