r"""Prices in USD per tonne contained, monthly (World Bank) and annual (World Bank means, USGS).

.. math:: p = P \, u / w

with P the published price, u USD per tonne of the priced form for one published unit and w the contained
factor of the form. One reference form per material and stage is preferred for every period: the lowest
rank in ``price_series.csv`` that has a value; within a form the publisher order of the precedence rule.
All prices are nominal, in money of the period.

Source files: ``worldbank_pinksheet_monthly``, ``usgs_mcs2026_full`` (annual 2021-2025) and
``usgs_mcs_prices_2017_2023_raw`` (2017-2020 from the 2022 and 2023 editions; the 2024 edition rounds and
mislabels forms and is not read).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from lodestock.data.build.common import OWN, Claim, claims_frame, curated, join_notes, read_source
from lodestock.data.build.rare_earths import ELEMENTS
from lodestock.data.build.usgs_world import read_quantity
from lodestock.data.precedence import PRICE_ORDER
from lodestock.data.units import evaluate_factor, usd_per_tonne_per

PINKSHEET_FILE = "worldbank_pinksheet_monthly.csv.gz"
MCS2026_FILE = "usgs_mcs2026_full.csv.gz"
OLDER_FILE = "usgs_mcs_prices_2017_2023_raw.csv"
BASIS = "nominal USD per t contained"
LAST_RANK = 99


@dataclass(frozen=True)
class Quote:
    """One price with the rank of its form (1 is the reference form)."""

    material: str
    stage: str
    form: str
    place: str
    period: str
    frequency: str
    rank: int
    claim: Claim

    @property
    def slot(self) -> tuple[str, str, str, str]:
        """What exactly one preferred quote may fill."""
        return (self.material, self.stage, self.period, self.frequency)


def build(source_dir: Path, built: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The prices table."""
    quotes = [
        *_pinksheet(source_dir),
        *_usgs_2026(source_dir),
        *_usgs_older(source_dir),
        *_assumed(),
    ]
    quotes = _replace_outliers(quotes)
    quotes += _linked(_preferred(quotes))
    quotes += _rare_earth_basket(_preferred(quotes), built["production"])
    return {"prices": claims_frame("prices", [quote.claim for quote in _preferred(quotes)])}


def _quote(
    row: Mapping[str, Any],
    period: str,
    frequency: str,
    text: str,
    source_id: str,
    published_unit: str,
    *,
    estimated: bool = False,
) -> Quote | None:
    quantity = read_quantity(text, estimated=estimated)
    if quantity is None or quantity.value is None or quantity.value == 0:
        return None
    factor = evaluate_factor(row["factor"])
    scale = usd_per_tonne_per(row["unit"]) / factor
    conversion = f"{row['unit']} x {usd_per_tonne_per(row['unit']):.8g}"
    if factor != 1.0:
        conversion += f" / {factor:.5g} t contained per t of {row['form']}"
    return _made(
        row,
        period,
        frequency,
        Claim(
            keys={},
            value=quantity.value * scale,
            unit="USD/t",
            status=quantity.status,
            basis=BASIS,
            source_id=source_id,
            low=None if quantity.low is None else quantity.low * scale,
            high=None if quantity.high is None else quantity.high * scale,
            published_value=text,
            published_unit=published_unit,
            note=join_notes(conversion, row["note"]),
        ),
    )


def _made(row: Mapping[str, Any], period: str, frequency: str, claim: Claim) -> Quote:
    keys = {
        "material": row["material"],
        "stage": row["stage"],
        "form": row["form"],
        "period": period,
        "frequency": frequency,
        "incoterm_place": row["place"],
    }
    return Quote(
        row["material"],
        row["stage"],
        row["form"],
        row["place"],
        period,
        frequency,
        int(row["rank"]),
        replace(claim, keys=keys),
    )


def _series(table: str) -> list[dict[str, Any]]:
    return curated("price_series.csv").filter(pl.col("table") == table).to_dicts()


def _pinksheet(source_dir: Path) -> Iterator[Quote]:
    source = read_source(source_dir, PINKSHEET_FILE)
    for row in _series("pinksheet"):
        found = source.filter(pl.col("series") == row["published_name"]).drop_nulls("price").sort("month")
        by_year: dict[str, list[float]] = defaultdict(list)
        for month, text, unit in found.select("month", "price", "unit").iter_rows():
            by_year[month[:4]].append(float(text))
            quote = _quote(row, month, "monthly", text, "worldbank-pinksheet", unit.strip("()"))
            if quote is not None:
                yield quote
        unit = str(found["unit"][0]).strip("()")
        for year, months in sorted(by_year.items()):
            if len(months) == 12:
                mean = f"{sum(months) / 12:.6f}".rstrip("0").rstrip(".")
                quote = _quote(row, year, "annual", mean, "worldbank-pinksheet", f"{unit}, mean of 12 months")
                if quote is not None:
                    yield quote


def _usgs_2026(source_dir: Path) -> Iterator[Quote]:
    source = read_source(source_dir, MCS2026_FILE).filter(
        (pl.col("statistic") == "Price") & pl.col("value").is_not_null()
    )
    for row in _series("usgs-mcs2026"):
        found = source.filter(pl.col("commodity") == row["published_name"])
        for detail, year, text, unit, notes in found.select(
            "detail", "year", "value", "unit", "notes"
        ).iter_rows():
            if re.search(row["pattern"], (detail or "").casefold()):
                is_estimate = "Estimated" in (notes or "")
                quote = _quote(row, year, "annual", text, "usgs-mcs2026", unit, estimated=is_estimate)
                if quote is not None:
                    yield quote


def _usgs_older(source_dir: Path) -> Iterator[Quote]:
    source = read_source(source_dir, OLDER_FILE).filter(pl.col("value").is_not_null())
    for edition in ("2023", "2022"):
        for row in _series(f"usgs-mcs{edition}"):
            found = source.filter(
                (pl.col("edition") == edition)
                & (pl.col("commodity_code") == row["published_name"])
                & (pl.col("variable") == row["pattern"])
            )
            for year, text in found.select("year", "value").iter_rows():
                is_estimate = int(year) == int(edition) - 1
                quote = _quote(
                    row, year, "annual", text, f"usgs-mcs{edition}", row["unit"], estimated=is_estimate
                )
                if quote is not None:
                    yield quote


def _assumed() -> Iterator[Quote]:
    for row in curated("assumed_prices.csv").iter_rows(named=True):
        scale = usd_per_tonne_per(row["unit"]) / evaluate_factor(row["factor"])
        claim = Claim(
            keys={},
            value=float(row["central"]) * scale,
            unit="USD/t",
            status="assumed",
            basis=BASIS,
            source_id=OWN,
            low=float(row["low"]) * scale,
            high=float(row["high"]) * scale,
            published_value=row["central"],
            published_unit=row["unit"],
            note=row["reason"],
        )
        yield _made({**row, "rank": 1}, row["period"], "annual", claim)


def _replace_outliers(quotes: list[Quote]) -> list[Quote]:
    """Demote a published price that says little about the market; the years around it stand in.

    The outlier keeps its row under the last rank; the stand-in is the mean of the years before and after.
    """
    done = list(quotes)
    for row in curated("price_outliers.csv").iter_rows(named=True):
        year = int(row["period"])
        odd = [
            q for q in done if (q.material, q.form, q.period) == (row["material"], row["form"], row["period"])
        ]
        around = {
            q.period: q.claim.value
            for q in done
            if (q.material, q.form) == (row["material"], row["form"])
            and q.period in {str(year - 1), str(year + 1)}
            and q.claim.value is not None
        }
        if not odd or len(around) != 2:
            continue
        low, high = sorted(around.values())
        stand_in = replace(
            odd[0].claim,
            value=(low + high) / 2,
            low=low,
            high=high,
            status="estimated",
            published_value=None,
            published_unit=None,
            source_id=OWN,
            note=f"mean of {year - 1} and {year + 1}; published {odd[0].claim.published_value} "
            f"{odd[0].claim.published_unit} is not used: {row['reason']}",
        )
        done = [replace(q, rank=LAST_RANK) if q in odd else q for q in done]
        done.append(replace(odd[0], claim=stand_in))
    return done


def _preferred(quotes: list[Quote]) -> list[Quote]:
    """Mark the winner of every slot: lowest rank of form, then publisher order."""
    best: dict[tuple[str, str, str, str], tuple[int, int]] = {}
    for quote in quotes:
        order = (quote.rank, PRICE_ORDER.index(quote.claim.source_id))
        best[quote.slot] = min(best.get(quote.slot, order), order)
    return [
        replace(
            quote,
            claim=replace(
                quote.claim,
                preferred=(quote.rank, PRICE_ORDER.index(quote.claim.source_id)) == best[quote.slot],
            ),
        )
        for quote in quotes
    ]


def _linked(quotes: list[Quote]) -> list[Quote]:
    """Prices of a stage that nobody publishes, as a multiple of the stage before."""
    made: list[Quote] = []
    for row in curated("price_links.csv").iter_rows(named=True):
        low, central, high = (float(row[name]) for name in ("multiple_low", "multiple", "multiple_high"))
        for quote in quotes:
            value = quote.claim.value
            is_base = (quote.material, quote.stage) == (row["material"], row["from_stage"])
            if not is_base or not quote.claim.preferred or value is None:
                continue
            claim = replace(
                quote.claim,
                value=value * central,
                low=value * low,
                high=value * high,
                status="estimated",
                note=f"{central:g} times the price of {quote.form}; {row['reason']}",
            )
            keyed = {**row, "rank": 1, "place": quote.place}
            made.append(_made(keyed, quote.period, quote.frequency, claim))
    return made


def _rare_earth_basket(quotes: list[Quote], production: pl.DataFrame) -> list[Quote]:
    r"""Value of the oxides in one tonne of world rare-earth output.

    .. math:: p_t = \sum_e p_{et} M_{et} / R_t

    with p the price per tonne of element, M world mine output of the element and R of rare-earth oxide.
    """
    price = {
        (quote.material, quote.period): quote.claim.value
        for quote in quotes
        if quote.claim.preferred and quote.frequency == "annual" and quote.stage == "refined"
    }
    mined = {
        (row["material"], row["year"]): row["value"]
        for row in production.filter(
            pl.col("preferred") & (pl.col("stage") == "mine") & (pl.col("country") == "WLD")
        ).iter_rows(named=True)
    }
    made: list[Quote] = []
    row = {"material": "rare-earths", "stage": "mine", "form": "oxide basket", "place": "China", "rank": 1}
    for year in sorted({year for material, year in mined if material == "rare-earths"}):
        parts = [(mined[(e, year)], price.get((e, str(year)))) for e in ELEMENTS]
        if any(value is None for _, value in parts):
            continue
        worth = sum(tonnes * (value or 0.0) for tonnes, value in parts) / mined[("rare-earths", year)]
        claim = Claim(
            keys={},
            value=worth,
            unit="USD/t",
            status="estimated",
            basis="nominal USD per t of rare-earth oxide",
            source_id="usgs-mcs2026",
            low=0.8 * worth,
            high=1.2 * worth,
            note="prices of separated oxides weighted with the make-up of world output; a mixed "
            "concentrate sells for less",
        )
        made.append(_made(row, str(year), "annual", claim))
    return made
