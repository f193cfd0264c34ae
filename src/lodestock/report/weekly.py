"""The weekly path of an outcome as tables: prices, flows and stocks, destinations, output lost by sector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from lodestock.report.names import capital, country_in_sentence, country_name, material_name, stage_name
from lodestock.report.numbers import ABSENT, joined, mass, money, percent, plain
from lodestock.report.phrases import NEGLIGIBLE
from lodestock.report.sides import group_name
from lodestock.report.table import Column, Table, table

if TYPE_CHECKING:
    from lodestock.disruption.from_scenario import Weekly
    from lodestock.disruption.output_loss import LostOutput
    from lodestock.scenario.outcome import Outcome
    from lodestock.scenario.resolved import ResolvedScenario

DRAWS = 40
NEAR = 0.99
"""Share of the price at which nobody buys from which on the peak is said to be there."""
AT_MOST = 8
"""Rows of a table on the page; the files hold all."""
YEAR_WEEKS = 52
WEEKLY = (
    "The results above are yearly, for users and works that have adapted. This is the way there, from another"
    " model with parameters from past episodes: adapting takes time and stocks are held back, so that its"
    " prices can lie well above the yearly ones in the first year."
)
"""What a reader has to know before the paths."""
PATH_UNITS = ("", "", "", "", "see unit", "see unit", "see unit")
PLACE_UNITS = ("", "ISO 3166 alpha-3", "t/year", "1", "1", "weeks", "days")
LOST_UNITS = ("", "ISO 3166 alpha-3", "", "", "t", "USD", "USD", "USD")


def paths_of(outcome: Outcome) -> tuple[Weekly, ...]:
    """Weekly paths of the materials that an export control or an outage hits; none for an unsolved case."""
    if outcome.cases["scenario"].status != "solved":
        return ()
    return _paths(outcome.resolved, DRAWS if outcome.draws_asked else 1)


@lru_cache(maxsize=2)
def _paths(resolved: ResolvedScenario, draws: int) -> tuple[Weekly, ...]:
    from lodestock.disruption.from_scenario import weekly
    from lodestock.errors import LodestockError

    found = []
    for material in resolved.materials:
        try:
            path = weekly(resolved, material, draws=draws, seed=resolved.options.seed)
        except LodestockError:
            continue
        if path is not None:
            found.append(path)
    return tuple(found)


def path_frame(found: Weekly) -> pl.DataFrame:
    """Material, date, series, unit and the 10th, 50th and 90th percentile of every series, each week."""
    path, base = found.path, found.path.base
    series = {
        ("price abroad", "USD/t"): path.price,
        ("price at home", "USD/t"): path.home_price,
        ("rent", "USD/t"): path.rent,
        ("licit exports", "t/year"): path.licit,
        ("leak", "t/year"): path.leak,
        ("use abroad", "t/year"): path.use.sum(axis=2),
        ("use at home", "t/year"): path.home_use,
        ("output abroad", "t/year"): path.output,
        ("output at home", "t/year"): path.home_output,
        ("stock abroad", "t"): path.stock.sum(axis=2),
        ("stock at home", "t"): path.home_stock,
        ("under way", "t"): path.under_way,
    }
    frames = []
    for (name, unit), array in series.items():
        low, middle, high = np.quantile(array, [0.1, 0.5, 0.9], axis=0)
        frames.append(
            pl.DataFrame({"date": [str(day) for day in path.dates], "p10": low, "p50": middle, "p90": high})
            .with_columns(material=pl.lit(base.material), series=pl.lit(name), unit=pl.lit(unit))
            .select("material", "date", "series", "unit", "p10", "p50", "p90")
        )
    return pl.concat(frames)


def destination_frame(found: Weekly) -> pl.DataFrame:
    """Countries abroad: base use, share of base arrivals in year one, peak price, least cover, line stop.

    Medians over the draws; cover in weeks of base use; days from the effect until a tenth of use is lacking.
    """
    path, base = found.path, found.path.base
    first, year = path.at(found.effect), _first_year(found)
    arrived = np.median(path.arrivals[:, year].mean(axis=1), axis=0)
    peak = np.median(path.local_price.max(axis=1), axis=0) / base.price
    cover = np.median(path.stock.min(axis=1), axis=0) / np.maximum(base.use, 1e-300) * 365.25 / 7
    short = path.use[:, first:] < 0.9 * path.wanted[:, first:]
    stop = np.where(short.any(axis=1), short.argmax(axis=1) * path.dt * 365.25, np.inf)
    typical = np.median(stop, axis=0)
    rows = [
        {
            "material": base.material,
            "country": country,
            "use_base_t": float(base.use[k]),
            "arrivals_share": float(arrived[k] / base.exports[k]) if base.exports[k] > 1e-9 else None,
            "peak_price_over_base": float(peak[k]),
            "least_cover_weeks": float(cover[k]),
            "line_stop_days": float(typical[k]) if np.isfinite(typical[k]) else None,
        }
        for k, country in enumerate(base.countries)
        if base.use[k] > 1e-6 * base.use.sum()
    ]
    schema = {"material": pl.String, "country": pl.String} | dict.fromkeys(
        ("use_base_t", "arrivals_share", "peak_price_over_base", "least_cover_weeks", "line_stop_days"),
        pl.Float64,
    )
    return pl.DataFrame(rows, schema=schema).sort("use_base_t", descending=True)


def lost_frame(found: Weekly) -> pl.DataFrame:
    """Output lost by country, end use and sector, USD with its band, and the tonnes behind it."""
    names = ("country", "end_use", "sector", "lost_use_t", "low_usd", "central_usd", "high_usd")
    rows = [
        {"material": found.material, **{name: getattr(row, name) for name in names}} for row in found.lost
    ]
    schema = dict.fromkeys(("material", *names[:3]), pl.String) | dict.fromkeys(names[3:], pl.Float64)
    return pl.DataFrame(rows, schema=schema)


def weekly_tables(outcome: Outcome) -> Iterator[tuple[str, str, pl.DataFrame, tuple[str, ...]]]:
    """Name, description, frame and units of the tables of all paths; nothing without a path."""
    found = paths_of(outcome)
    if not found:
        return
    yield (
        "weekly",
        "Week by week: percentiles over the draws of prices, flows and stocks.",
        pl.concat([path_frame(one) for one in found]),
        PATH_UNITS,
    )
    yield (
        "weekly_destinations",
        "Countries abroad: arrivals in the first year over base, highest price, least cover, line stop.",
        pl.concat([destination_frame(one) for one in found]),
        PLACE_UNITS,
    )
    yield (
        "lost_output",
        "Output lost where the material is used, by country and end use; the band is an assumption's.",
        pl.concat([lost_frame(one) for one in found]),
        LOST_UNITS,
    )


def destination_table(found: Weekly) -> Table:
    """The largest users abroad: what still arrives, what it costs, how long it lasts."""
    rows = []
    for row in destination_frame(found).head(AT_MOST).to_dicts():
        share, days = row["arrivals_share"], row["line_stop_days"]
        rows.append(
            [
                capital(country_name(row["country"])),
                mass(row["use_base_t"]),
                ABSENT if share is None else percent(share, sign=False),
                f"{plain(row['peak_price_over_base'], 3)} times",
                f"{row['least_cover_weeks']:.1f}",
                "not in this run" if days is None else f"day {days:.0f}",
            ]
        )
    return table(
        f"destinations-{found.material}",
        f"{capital(material_name(found.material))}: what reaches the largest users",
        (
            "Country",
            *(Column("Use in the base year", "a year"), Column("Arrivals from home", "of base, first year")),
            *(Column("Highest price", "over base abroad"), Column("Least cover", "weeks of use")),
            Column("Without a tenth of what it wants", "after the effect"),
        ),
        rows,
        "Middle of the draws. A country cut off buys from others, a voyage later and at a premium.",
    )


def sector_table(found: Weekly) -> Table | None:
    """Output lost by end use and sector with its band; None where nothing is lost or known."""
    return _lost_table(
        found,
        "sectors",
        f"{capital(material_name(found.material))}: output lost by end use",
        ("End use", "Sector"),
        lambda row: (capital(row.end_use), row.sector),
    )


def country_loss_table(found: Weekly) -> Table | None:
    """Output lost by country with its band; None where nothing is lost or known."""
    return _lost_table(
        found,
        "countries",
        f"{capital(material_name(found.material))}: output lost by country",
        ("Country",),
        lambda row: (_place(row.country),),
    )


def _place(code: str) -> str:
    return ", ".join(capital(country_name(part)) for part in code.split("+"))


def _lost_table(found: Weekly, key: str, title: str, heads: tuple[str, ...], label: Any) -> Table | None:
    if not found.lost:
        return None
    total = _sums(found.lost, label)
    order = sorted(total, key=lambda name: -total[name][2])
    rows = [
        [
            *name,
            mass(total[name][0]),
            money(total[name][2]),
            f"{money(total[name][1])} to {money(total[name][3])}",
        ]
        for name in order[:AT_MOST]
    ]
    whole = [sum(values[k] for values in total.values()) for k in range(4)]
    empty = [""] * (len(heads) - 1)
    rows.append(["All", *empty, mass(whole[0]), money(whole[2]), f"{money(whole[1])} to {money(whole[3])}"])
    weeks = len(found.path.dates)
    return table(
        f"lost-{key}-{found.material}",
        title,
        (*heads, Column("Use lost", ""), Column("Output lost", ""), Column("Band", "")),
        rows,
        f"Over the {weeks} weeks of the run, beyond what back-stops serve. Value added that rests on a tonne "
        "is an assumption (0.1 to 5 % of the sector's), and so is who goes without first; effects on other "
        "sectors are not in it.",
    )


def _sums(lost: tuple[LostOutput, ...], label: Any) -> Mapping[tuple[str, ...], list[float]]:
    """Tonnes, low, central and high USD by label."""
    total: dict[tuple[str, ...], list[float]] = {}
    for row in lost:
        values = total.setdefault(label(row), [0.0] * 4)
        for k, value in enumerate((row.lost_use_t, row.low_usd, row.central_usd, row.high_usd)):
            values[k] += value
    return total


def description(found: Weekly) -> str:
    """Peak of the price abroad with its band, home at that time, and the first line stop, in a sentence."""
    path = found.path
    name = capital(material_name(found.material))
    low, abroad, high = np.quantile(path.price / path.base.price, [0.1, 0.5, 0.9], axis=0)
    home = np.median(path.home_price / path.base.home_price, axis=0)
    peak = int(abroad.argmax())
    band = "" if len(path.price) == 1 else f" (eight draws in ten: {low[peak]:.2f} to {high[peak]:.2f})"
    stage = "" if found.stage == "refined" else f" ({stage_name(found.stage)})"
    top = ", where nobody buys any more," if abroad[peak] >= NEAR * path.base.choke else ""
    if abroad[peak] < 1.0 + NEGLIGIBLE:
        return f"{name}{stage}: the price abroad hardly moves; {_first_stop(found)}.{_left_out(found)}"
    mean = float(np.median((path.price[:, _first_year(found)] / path.base.price).mean(axis=1)))
    text = (
        f"{name}{stage}: the price abroad peaks at {abroad[peak]:.2f} times base{band}{top} in the week of "
        f"{path.dates[peak]}, when it is {home[peak]:.2f} times base at home ({group_name(path.base.home)});"
        f" the mean of the first year is {mean:.2f} times base; {_first_stop(found)}."
    )
    return text + _left_out(found)


def _first_year(found: Weekly) -> slice:
    """Steps of the year from the effect on."""
    first = found.path.at(found.effect)
    return slice(first, first + round(YEAR_WEEKS * 7 / 365.25 / found.path.dt))


def _left_out(found: Weekly) -> str:
    entries = [repr(entry) for entry in dict.fromkeys(found.left_out)]
    return f" Not in this path: {joined(entries)}." if entries else ""


def _first_stop(found: Weekly) -> str:
    if found.line_stop_weeks is None:
        return "no country abroad goes without a tenth of what it wants"
    country = found.line_stop_country
    first = "other countries are" if country == "OTH" else f"{country_in_sentence(country)} is"
    return (
        f"{first} the first to go without a tenth of what it wants, "
        f"{found.line_stop_weeks * 7:.0f} days after the start"
    )


def weekly_dict(outcome: Outcome) -> list[dict[str, Any]]:
    """Paths for machines: sentence, line stop, weekly percentiles, destinations and output lost."""
    return [
        {
            "material": one.material,
            "stage": one.stage,
            "home": list(one.path.base.home),
            "effect": str(one.effect),
            "summary": description(one),
            "days_to_line_stop": None if one.line_stop_weeks is None else round(one.line_stop_weeks * 7, 1),
            "first_to_stop": one.line_stop_country or None,
            "left_out": list(one.left_out),
            "path": path_frame(one).drop("material").to_dicts(),
            "destinations": destination_frame(one).drop("material").to_dicts(),
            "lost_output": lost_frame(one).drop("material").to_dicts(),
        }
        for one in paths_of(outcome)
    ]
