"""Countries, their names as publishers write them, and the sets they form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import polars as pl

from lodestock.data.build.common import OWN, curated, licence_of_source, read_source, vintage_of_source
from lodestock.data.build.outlines import SOURCE_FILE as OUTLINE_FILE
from lodestock.data.build.outlines import build_outlines, centroids, position_of
from lodestock.errors import UnknownNameError

CODES_FILE = "country_codes_pddl.csv"
GDP_FILE = "countries.csv"
PORTS_FILE = "ports_wpi.csv.gz"

SOURCE = "un-country-codes"
GDP_SOURCE = "world-bank-gdp"
Position = tuple[float, float, str]
_EXCLUDED = {"ATA": "no population or production"}
_FOOTNOTE = re.compile(r"\s*(\(.*\)|\d+|(?<=[a-z])e)\s*$")


def build(source_dir: Path, built: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame | bytes]:
    """The tables ``countries``, ``country_aliases`` and ``country_sets``, and ``outlines.json``."""
    countries = build_countries(source_dir)
    names = dict(countries.select("country", "name").iter_rows())
    outlines = build_outlines(source_dir, iso3_of_m49(countries), names)
    return {
        "countries": countries,
        "country_aliases": build_country_aliases(countries, read_source(source_dir, CODES_FILE)),
        "country_sets": build_country_sets(countries["country"]),
        "outlines.json": (json.dumps(outlines, ensure_ascii=False, separators=(",", ":")) + "\n").encode(),
    }


def build_countries(source_dir: Path) -> pl.DataFrame:
    """One row per ISO 3166 country, Kosovo and three pseudo-countries.

    Position: centroid of the largest polygon of the outline; else the mean of its ports; else a rounded
    public position (``curated/country_points.csv``). Income: World Bank, current USD.
    """
    codes = read_source(source_dir, CODES_FILE).rename({"iso3": "country"})
    codes = codes.with_columns(
        name=pl.col("name").str.replace("St. ", "Saint ", literal=True).str.replace_all("&", "and")
    )
    wealth = read_source(source_dir, GDP_FILE).select(
        country="iso3",
        gdp_usd=(pl.col("gdp_usd").cast(pl.Float64) / 1e6).round() * 1e6,
        gdp_year=pl.col("gdp_year").cast(pl.Float64).cast(pl.Int64),
    )
    table = codes.join(wealth, on="country", how="left").with_columns(note=pl.lit(None, dtype=pl.String))
    table = _override(table.select(_COLUMNS), curated("country_overrides.csv"))
    position = _positions(source_dir, table)
    places = pl.DataFrame(
        [(code, *place) for code, place in sorted(position.items())],
        schema=["country", "latitude", "longitude", "position_source_id"],
        orient="row",
    )
    return (
        table.filter(~pl.col("country").is_in(list(_EXCLUDED)))
        .join(places, on="country", how="left")
        .with_columns(
            gdp_source_id=pl.when(pl.col("gdp_usd").is_null())
            .then(None)
            .when(pl.col("country") == "TWN")
            .then(pl.lit("national-accounts"))
            .otherwise(pl.lit(GDP_SOURCE)),
            source_id=pl.lit(SOURCE),
            licence_id=pl.lit(licence_of_source()[SOURCE]),
            vintage=pl.lit(vintage_of_source()[SOURCE]),
        )
        .select(
            "country", "iso2", "m49", "name", "region", "subregion", "latitude", "longitude",
            "position_source_id", "gdp_usd", "gdp_year", "gdp_source_id", "note",
            "source_id", "licence_id", "vintage",
        )
        .sort("country")
    )  # fmt: skip


_COLUMNS = ("country", "iso2", "m49", "name", "region", "subregion", "gdp_usd", "gdp_year", "note")


def _override(table: pl.DataFrame, overrides: pl.DataFrame) -> pl.DataFrame:
    typed = overrides.with_columns(pl.col("gdp_usd").cast(pl.Float64), pl.col("gdp_year").cast(pl.Int64))
    return table.update(typed.select(_COLUMNS), on="country", how="full")


def _positions(source_dir: Path, countries: pl.DataFrame) -> dict[str, Position]:
    topology = json.loads((source_dir / OUTLINE_FILE).read_text(encoding="utf-8"))
    found: dict[str, Position] = {
        code: (*point, "natural-earth") for code, point in centroids(topology, iso3_of_m49(countries)).items()
    }
    lookup = country_lookup(build_country_aliases(countries, read_source(source_dir, CODES_FILE)))
    ports = pl.read_csv(source_dir / PORTS_FILE).filter(pl.col("country").str.strip_chars() != "")
    for (name,), group in ports.group_by("country", maintain_order=True):
        latitude, longitude = (np.radians(group[axis].to_numpy()) for axis in ("lat", "lon"))
        toward = np.array(
            [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)]
        )
        found.setdefault(lookup[fold(str(name))], (*position_of(toward.mean(axis=1)), "nga-pub150"))
    for code, north, east in curated("country_points.csv").iter_rows():
        found[code] = (float(north), float(east), OWN)
    return found


def iso3_of_m49(countries: pl.DataFrame) -> dict[str, str]:
    """Map M49 codes (text, leading zeros kept) to ISO3."""
    rows = countries.filter(pl.col("m49").is_not_null()).select("m49", "country")
    return dict(rows.iter_rows())


def build_country_aliases(countries: pl.DataFrame, codes: pl.DataFrame) -> pl.DataFrame:
    """Every name of a country: own, ISO3 code, those of the code list and publishers' spellings."""
    written = curated("country_aliases.csv").select("alias", "country")
    listed = [codes.select(alias=column, country="iso3") for column in ("name", "name_official")]
    own = countries.select(alias="name", country="country")
    iso3 = countries.select(alias="country", country="country")
    return (
        pl.concat([own, iso3, written, *listed])
        .filter(pl.col("country").is_in(countries["country"].to_list()))
        .unique("alias", keep="first", maintain_order=True)
        .sort("alias", "country")
    )


def fold(name: str) -> str:
    """Spelling used to compare names: no case, no surrounding or repeated blanks, plain apostrophes."""
    return " ".join(name.replace("\u2019", "'").replace("\xa0", " ").split()).casefold()


def country_lookup(aliases: pl.DataFrame) -> dict[str, str]:
    """Map the folded spelling of every alias to its country code."""
    return {fold(alias): code for alias, code in aliases.select("alias", "country").iter_rows()}


def country_code(name: str, lookup: Mapping[str, str], *, where: str = "") -> str:
    """Return the code of a country as a publisher writes it.

    Footnote digits, a trailing ``e`` (estimated) and a remark in brackets are taken off only when the full
    spelling is unknown, so that ``Korea, Republic ofe`` and ``Peru (exports)`` are found.

    Raises
    ------
    UnknownNameError
        No spelling fits; names the nearest one.
    """
    tried = name
    for _ in range(3):
        if fold(tried) in lookup:
            return lookup[fold(tried)]
        shorter = _FOOTNOTE.sub("", tried)
        if shorter == tried:
            break
        tried = shorter
    raise UnknownNameError("country", name, lookup, where=where)


def build_country_sets(countries: Iterable[str]) -> pl.DataFrame:
    """Named groups of countries with the date of membership and its source.

    Raises
    ------
    UnknownNameError
        A set names a country that the countries table lacks.
    """
    known = set(countries)
    rows: list[tuple[str, str, str, str]] = []
    for name, as_of, members, source_id in (
        curated("country_sets.csv").select("set_name", "as_of", "members", "source_id").iter_rows()
    ):
        for code in members.split("|"):
            if code not in known:
                raise UnknownNameError("country", code, known, where=f"country_sets.csv, {name}")
            rows.append((name, code, as_of, source_id))
    return pl.DataFrame(rows, schema=["set_name", "country", "as_of", "source_id"], orient="row").sort(
        "set_name", "country"
    )
