"""The summary of a world as plain text."""

from __future__ import annotations

from lodestock.world.summary import Row, WorldSummary


def page_text(summary: WorldSummary) -> str:
    """Write the tables of a summary as lines of text."""
    lines = [
        f"{summary.name} in {summary.base_year}: {summary.basis}",
        f"stages: {' -> '.join(summary.stages)}" + (f"; {summary.host}" if summary.host else ""),
        *_balance(summary),
        *_prices(summary),
        *_countries("Primary producers", summary.producers),
        *_countries("Refiners", summary.refiners),
        *_countries("Users", summary.users),
        "",
        "Largest flows",
        *(_flow(row) for row in summary.flows),
        "",
        "How much of it is observed (share of tonnes)",
        *(_observation(row) for row in summary.observation),
        "",
        "Commercial stocks",
        *(
            f"  {row['stage']:8} held {tonnes(row['held_t'])}, of which {tonnes(row['drawable_t'])} "
            "can be drawn within a year"
            for row in summary.stocks
        ),
        "",
        "Ten largest adjustments",
        *(_adjustment(row) for row in summary.adjustments),
    ]
    return "\n".join(lines)


def tonnes(value: str | float) -> str:
    """A quantity with three or four digits and t, kt or Mt."""
    number = float(value)
    if abs(number) >= 1e6:
        return f"{number / 1e6:,.3g} Mt"
    if abs(number) >= 1e4:
        return f"{number / 1e3:,.4g} kt"
    return f"{number:,.4g} t"


def _balance(summary: WorldSummary) -> list[str]:
    return [
        f"{row['stage']}: primary {tonnes(row['primary_t'])}, scrap {tonnes(row['secondary_t'])}, "
        f"stock change {tonnes(row['stock_change_t'])}, taken {tonnes(row['taken_t'])}"
        for row in summary.balance
    ]


def _prices(summary: WorldSummary) -> list[str]:
    return [
        f"price {row['stage']}: {row['usd_per_t']:,.0f} USD/t ({row['form']}), from "
        f"{row['lowest_usd_per_t']:,.0f} ({row['lowest_country']}) to "
        f"{row['highest_usd_per_t']:,.0f} ({row['highest_country']})"
        for row in summary.prices
    ]


def _countries(title: str, rows: tuple[Row, ...]) -> list[str]:
    if not rows:
        return []
    return [
        "",
        title,
        *(
            f"  {row['country']} {str(row['name'])[:24]:24} {tonnes(row['t']):>12} "
            f"{row['share']:>7.1%}  {row['status']}"
            for row in rows
        ),
    ]


def _flow(row: Row) -> str:
    return (
        f"  {row['stage']:8} {row['exporter']} -> {row['importer']}  {tonnes(row['t']):>12}"
        f"   statistics {tonnes(row['observed_t']):>12}  {row['status']}"
    )


def _observation(row: Row) -> str:
    return (
        f"  {row['stage']:8} domestic {row['domestic']:.0%}, observed {row['observed']:.0%}, "
        f"adjusted {row['adjusted']:.0%}, estimated {row['estimated']:.0%}; "
        f"towards the lower price {row['against_gradient']:.0%}"
    )


def _adjustment(row: Row) -> str:
    return (
        f"  {row['kind']:10} {row['stage']:8} {row['country'] or '-':3} {row['partner'] or '-':3} "
        f"{row['observed']:>12,.4g} -> {row['fitted']:>12,.4g} {row['unit']:5} {row['reason']}"
    )
