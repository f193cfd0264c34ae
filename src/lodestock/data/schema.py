"""The tables of the snapshot: one definition gives documentation, column types and checks.

A *claim* table carries, besides its keys, what was published and what was made of it (``CLAIM_COLUMNS``):
the canonical value with its interval, the publisher's own text and unit, the status, source, licence and
vintage, and whether the row is the one the precedence rule prefers. Losers stay in the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DataType = Literal["text", "float", "integer", "boolean"]

STATUSES = ("reported", "estimated", "withheld", "rounded", "less_than", "assumed")
STAGES = ("mine", "intermediate", "refined", "component", "scrap")

PSEUDO_COUNTRIES = {
    "OTH": "Other countries (published remainder)",
    "WLD": "World total as published",
    "EUU": "European Union (only where a source gives no members)",
}


@dataclass(frozen=True)
class ColumnSchema:
    """One column: name, type, unit (``1`` for fractions, empty for labels), meaning, may it be null."""

    name: str
    dtype: DataType
    unit: str
    description: str
    required: bool = True
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableSchema:
    """One table: what a row is, which columns identify it, and all its columns in order."""

    name: str
    description: str
    keys: tuple[str, ...]
    columns: tuple[ColumnSchema, ...]
    is_claim: bool = False

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns in file order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> ColumnSchema:
        """The column called ``name``; raises KeyError when the table has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def text(
    name: str, description: str, *, required: bool = True, allowed: tuple[str, ...] = ()
) -> ColumnSchema:
    """A label column."""
    return ColumnSchema(name, "text", "", description, required, allowed)


def number(name: str, unit: str, description: str, *, required: bool = True) -> ColumnSchema:
    """A column of floats in ``unit``."""
    return ColumnSchema(name, "float", unit, description, required)


def integer(name: str, description: str, *, required: bool = True) -> ColumnSchema:
    """A column of whole numbers (years, ranks)."""
    return ColumnSchema(name, "integer", "", description, required)


def flag(name: str, description: str) -> ColumnSchema:
    """A column of true and false."""
    return ColumnSchema(name, "boolean", "", description)


CLAIM_COLUMNS: tuple[ColumnSchema, ...] = (
    number("value", "see unit", "value in the canonical unit; empty when withheld", required=False),
    text("unit", "canonical unit of value, low and high"),
    number("low", "see unit", "lower end of the interval; equals value for a point", required=False),
    number("high", "see unit", "upper end of the interval; equals value for a point", required=False),
    text("status", "how firm the number is", allowed=STATUSES),
    text("published_value", "the publisher's own text", required=False),
    text("published_unit", "unit as published", required=False),
    text("basis", "what the published number measures: contained element, oxide, gross weight ..."),
    text("source_id", "row of the table sources"),
    text("licence_id", "row of the table licences"),
    text("vintage", "edition or date of the publication"),
    flag("preferred", "winner of the precedence rule for this key"),
    text("note", "conversions made and caveats", required=False),
)

_MATERIAL = text("material", "slug of the material")
_STAGE = text("stage", "step of the chain", allowed=STAGES)
_COUNTRY = text("country", "ISO 3166 alpha-3 or a pseudo-code of the countries table")
_YEAR = integer("year", "calendar year")
_FORM = text("form", "form of the material, in the source's words")


def _table(
    name: str,
    description: str,
    keys: tuple[str, ...],
    *columns: ColumnSchema,
    claim: bool = False,
) -> TableSchema:
    return TableSchema(name, description, keys, columns + (CLAIM_COLUMNS if claim else ()), claim)


_ALL = (
    _table(
        "materials",
        "What is secured: one row per material, its chain, basis, reference price form and host.",
        ("material",),
        _MATERIAL,
        text("name", "name in plain English"),
        text("symbol", "chemical symbol or formula of the element counted"),
        text("material_class", "class used by the assumptions table"),
        text("stages", "stages of the chain in order, separated by |"),
        text("basis", "what one tonne of it means"),
        text("price_form", "reference form of the price, one per stage: stage=form separated by |"),
        text("host_material", "material whose output this one is recovered from", required=False),
        text("host_stage", "stage of the host whose output sets the by-product's capacity", required=False),
        number("host_share", "1", "share of supply tied to the host's output", required=False),
        text("note", "scope and caveats", required=False),
    ),
    _table(
        "material_aliases",
        "The name each publisher uses, and the contained factor of the form it counts.",
        ("publisher", "quantity", "published_name", "published_detail", "material", "stage"),
        text("publisher", "row of the table sources"),
        text(
            "quantity", "what is published under the name: production, capacity, reserves, share, price ..."
        ),
        text("published_name", "material name as published"),
        text("published_detail", "pattern of the text that tells two forms apart", required=False),
        _MATERIAL,
        text("stage", "stage of the material; empty when not tied to one", required=False),
        text("form", "what the publisher counts"),
        number("contained_factor", "t contained per published t", "multiply by this to reach the basis"),
        text("factor_note", "where the factor comes from", required=False),
    ),
    _table(
        "countries",
        "Countries and the pseudo-countries, with region, position and income.",
        ("country",),
        _COUNTRY,
        text("iso2", "ISO 3166 alpha-2", required=False),
        text("m49", "United Nations M49 code, as text", required=False),
        text("name", "name in plain English"),
        text("region", "United Nations region", required=False),
        text("subregion", "United Nations subregion", required=False),
        number("latitude", "degrees", "latitude of a central point", required=False),
        number("longitude", "degrees", "longitude of a central point", required=False),
        text("position_source_id", "source of the position", required=False),
        number("gdp_usd", "USD", "gross domestic product at current prices", required=False),
        integer("gdp_year", "year of the gross domestic product", required=False),
        text("gdp_source_id", "source of the gross domestic product", required=False),
        text("note", "caveats", required=False),
        text("source_id", "row of the table sources"),
        text("licence_id", "row of the table licences"),
        text("vintage", "edition or date of the publication"),
    ),
    _table(
        "country_aliases",
        "Other names of countries, as publishers write them.",
        ("alias",),
        text("alias", "name as published"),
        _COUNTRY,
    ),
    _table(
        "country_sets",
        "Named groups of countries, dated.",
        ("set_name", "country"),
        text("set_name", "name such as EU27 or G7"),
        _COUNTRY,
        text("as_of", "date of the membership", required=False),
        text("source_id", "row of the table sources", required=False),
    ),
    _table(
        "production",
        "Output by material, stage, country and year; WLD rows are published world totals.",
        ("material", "stage", "country", "year"),
        _MATERIAL,
        _STAGE,
        _COUNTRY,
        _YEAR,
        claim=True,
    ),
    _table(
        "reserves",
        "Reserves in the ground by country.",
        ("material", "country", "year"),
        _MATERIAL,
        _COUNTRY,
        _YEAR,
        claim=True,
    ),
    _table(
        "capacity",
        "Production capacity by material, stage and country.",
        ("material", "stage", "country", "year"),
        _MATERIAL,
        _STAGE,
        _COUNTRY,
        _YEAR,
        claim=True,
    ),
    _table(
        "trade",
        "Bilateral trade in contained tonnes, by form.",
        ("material", "stage", "exporter", "importer", "year", "hs_version", "hs6"),
        _MATERIAL,
        _STAGE,
        text("exporter", "country that exports"),
        text("importer", "country that imports"),
        _YEAR,
        text("hs_version", "edition of the Harmonized System"),
        text("hs6", "six-digit code, as text"),
        number("tonnes_gross", "t", "gross weight as published", required=False),
        number("value_usd", "USD", "value as published", required=False),
        text("form", "form carried by the code", required=False),
        number("contained_factor", "t contained per t", "factor from gross to contained", required=False),
        flag("is_observed", "published tonnes were used; false when derived from the value"),
        claim=True,
    ),
    _table(
        "hs_codes",
        "What each Harmonized System code carries and how its tonnes become contained tonnes.",
        ("hs_version", "hs6", "material", "stage", "form"),
        text("hs_version", "edition of the Harmonized System"),
        text("hs6", "six-digit code, as text"),
        text("label", "short label in this project's words"),
        _MATERIAL,
        _STAGE,
        text("form", "form of the material"),
        number("contained_factor", "t contained per t", "central factor", required=False),
        number("factor_low", "t contained per t", "lower end", required=False),
        number("factor_high", "t contained per t", "upper end", required=False),
        number(
            "allocation_share",
            "1",
            "share of the code's tonnes in the last year that was assigned to this row",
            required=False,
        ),
        text(
            "stage_rule",
            "how flows are assigned: whole code, by exporter's role, or pairs of the grade table only",
            allowed=("code", "exporter", "grades"),
        ),
        text(
            "grading",
            "fixed factor, factor graded by unit value, or tonnes from the value",
            allowed=("fixed", "graded", "value"),
        ),
        number(
            "value_share", "1", "what a contained tonne fetches, share of the reference price", required=False
        ),
        number("window_low", "1", "lowest unit value assigned, share of the reference price", required=False),
        number(
            "window_high", "1", "highest unit value assigned, share of the reference price", required=False
        ),
        number(
            "band_low",
            "1",
            "tonnes are believed when they are at most this many times what the value implies",
            required=False,
        ),
        number(
            "band_high",
            "1",
            "tonnes are believed when the value implies at most this many times the largest factor",
            required=False,
        ),
        text("source", "where the factor comes from, or the word assumption"),
        text("note", "caveats", required=False),
    ),
    _table(
        "hs_left_out",
        "Codes of the trade files that are not used, with the reason.",
        ("hs_version", "hs6"),
        text("hs_version", "edition of the Harmonized System"),
        text("hs6", "six-digit code, as text"),
        text("label", "short label in this project's words"),
        text("reason", "why it is not used"),
    ),
    _table(
        "trade_coverage",
        "How much of each code and year the trade table keeps after the smallest flows are left out.",
        ("hs_version", "hs6", "year"),
        text("hs_version", "edition of the Harmonized System"),
        text("hs6", "six-digit code, as text"),
        _YEAR,
        integer("flows_published", "flows in the source"),
        integer("flows_kept", "flows kept"),
        number("value_share", "1", "share of the value kept"),
        number(
            "tonnes_share", "1", "share of the tonnes kept; empty when none are published", required=False
        ),
    ),
    _table(
        "prices",
        "Prices in USD per tonne contained, annual and monthly; one preferred form per stage and period.",
        ("material", "stage", "form", "period", "frequency"),
        _MATERIAL,
        _STAGE,
        _FORM,
        text("period", "2024 or 2024-03"),
        text("frequency", "annual or monthly", allowed=("annual", "monthly")),
        text("incoterm_place", "delivery term and place or market", required=False),
        claim=True,
    ),
    _table(
        "governance",
        "Worldwide Governance Indicators.",
        ("country", "indicator", "year"),
        _COUNTRY,
        text("indicator", "name of the indicator"),
        _YEAR,
        number("value", "1", "estimate, about -2.5 to 2.5"),
        number("rank", "percent", "percentile rank 0 to 100", required=False),
        text("source_id", "row of the table sources"),
        text("licence_id", "row of the table licences"),
        text("vintage", "edition"),
    ),
    _table(
        "processing_shares",
        "Share of world supply by stage and country, mean of 2016-2020, with the trade parameter.",
        ("material", "stage", "country", "period"),
        _MATERIAL,
        _STAGE,
        _COUNTRY,
        text("period", "years covered"),
        number("trade_parameter", "1", "trade restriction parameter t of the EU method", required=False),
        claim=True,
    ),
    _table(
        "eu_sourcing_shares",
        "Share of European Union sourcing by stage and country, mean of 2016-2020.",
        ("material", "stage", "country", "period"),
        _MATERIAL,
        _STAGE,
        _COUNTRY,
        text("period", "years covered"),
        number("trade_parameter", "1", "trade restriction parameter t of the EU method", required=False),
        claim=True,
    ),
    _table(
        "end_uses",
        "Shares of use by application, with sector and value added.",
        ("material", "end_use"),
        _MATERIAL,
        text("end_use", "application as published"),
        text("sector", "NACE sector", required=False),
        number("value_added_meur", "EUR m", "value added of the sector", required=False),
        claim=True,
    ),
    _table(
        "recycling_rates",
        "End-of-life recycling input rate: share of input that comes from old scrap.",
        ("material",),
        _MATERIAL,
        claim=True,
    ),
    _table(
        "import_sources",
        "Shares of United States imports by country of origin and form.",
        ("material", "form", "country"),
        _MATERIAL,
        _FORM,
        _COUNTRY,
        claim=True,
    ),
    _table(
        "import_reliance",
        "United States net import reliance as a share of consumption.",
        ("material", "detail", "year"),
        _MATERIAL,
        text("detail", "form and definition in the publisher's words"),
        _YEAR,
        claim=True,
    ),
    _table(
        "us_salient",
        "United States production, trade, consumption and stocks by form.",
        ("material", "stage", "flow", "form", "year"),
        _MATERIAL,
        _STAGE,
        text(
            "flow",
            "which balance item",
            allowed=(
                "production",
                "secondary",
                "imports",
                "exports",
                "apparent_consumption",
                "reported_consumption",
                "stocks",
            ),
        ),
        _FORM,
        _YEAR,
        claim=True,
    ),
    _table(
        "demand_outlook",
        "Demand by material, sector or technology, scenario and year.",
        ("material", "item", "scenario", "year"),
        _MATERIAL,
        text("item", "sector or technology"),
        text("scenario", "scenario of the publisher; base for the base year"),
        _YEAR,
        claim=True,
    ),
    _table(
        "supply_outlook",
        "Expected output by material, stage, country and year.",
        ("material", "stage", "country", "year"),
        _MATERIAL,
        _STAGE,
        _COUNTRY,
        _YEAR,
        claim=True,
    ),
    _table(
        "technology_intensities",
        "Material content of technologies.",
        ("technology", "material", "unit", "year"),
        text("technology", "technology"),
        _MATERIAL,
        text("unit", "kg per unit of the technology"),
        _YEAR,
        number("mean", "see unit", "mean"),
        number("median", "see unit", "median", required=False),
        number("low", "see unit", "smallest published value", required=False),
        number("high", "see unit", "largest published value", required=False),
        text("source_id", "row of the table sources"),
        text("licence_id", "row of the table licences"),
        text("vintage", "edition"),
    ),
    _table(
        "battery_intensities",
        "Material content of battery cell chemistries.",
        ("chemistry", "material"),
        text("chemistry", "cell chemistry"),
        _MATERIAL,
        number("value", "kg/kWh", "content per kWh of cell"),
        text("source_id", "row of the table sources"),
        text("licence_id", "row of the table licences"),
        text("vintage", "edition"),
    ),
    _table(
        "policy_measures",
        "Dated trade and support measures on minerals: facts only.",
        ("measure_id",),
        text("measure_id", "id of the measure"),
        text("date_announced", "ISO date, month or year", required=False),
        text("date_effective", "ISO date or month", required=False),
        text("date_ended", "ISO date of the end or suspension", required=False),
        text(
            "date_status",
            "how firm the dates are",
            allowed=("verified", "unverified", "as published", "year only"),
        ),
        text("implementer", "country codes separated by |; EUU for the European Union"),
        text("target", "country the measure is aimed at; empty for all", required=False),
        text("measure_type", "kind of measure"),
        text(
            "direction",
            "whether it tightens or eases trade, or supports producers",
            required=False,
            allowed=("tightens", "eases", "supports"),
        ),
        text("materials", "slugs separated by |"),
        text("link", "official text or register entry", required=False),
        text("note", "caveats and corrections", required=False),
        text("source_id", "row of the table sources"),
        text("licence_id", "row of the table licences"),
        text("vintage", "edition"),
    ),
    _table(
        "chokepoints",
        "Sea passages through which trade is bundled.",
        ("chokepoint_id",),
        text("chokepoint_id", "slug"),
        text("name", "name"),
        number("latitude", "degrees", "latitude"),
        number("longitude", "degrees", "longitude"),
        text("joins", "waters it joins"),
        text("detour", "the usual way around", required=False),
        text("source_id", "row of the table sources"),
        text("licence_id", "row of the table licences"),
        text("vintage", "edition or date of the publication"),
    ),
    _table(
        "ports",
        "Sea ports.",
        ("port_id",),
        text("port_id", "number in the World Port Index"),
        text("unlocode", "UN/LOCODE", required=False),
        text("name", "name"),
        text("country", "ISO 3166 alpha-3"),
        number("latitude", "degrees", "latitude"),
        number("longitude", "degrees", "longitude"),
        text("harbor_size", "size class", required=False),
        number("max_depth_m", "m", "deepest of channel, cargo pier and admitted draught", required=False),
        text("source_id", "row of the table sources"),
        text("licence_id", "row of the table licences"),
        text("vintage", "edition or date of the publication"),
    ),
    _table(
        "known_flows",
        "Dated, sourced anchors for flows that trade codes miss.",
        ("material", "stage", "exporter", "importer", "year"),
        _MATERIAL,
        _STAGE,
        text("exporter", "country that exports"),
        text("importer", "country that imports, or ALL"),
        _YEAR,
        claim=True,
    ),
    _table(
        "use_priors",
        "Use by country where something is published or can be reasoned.",
        ("material", "country", "year"),
        _MATERIAL,
        _COUNTRY,
        _YEAR,
        claim=True,
    ),
    _table(
        "assumptions",
        "Behavioural and technical parameters with range and reason.",
        ("name", "material", "stage", "end_use", "country"),
        text("name", "parameter"),
        text("material", "slug, class or *"),
        text("stage", "stage or empty", required=False),
        text("end_use", "end use or empty", required=False),
        text("country", "country or empty", required=False),
        number("low", "see unit", "low end"),
        number("central", "see unit", "central value"),
        number("high", "see unit", "high end"),
        text("unit", "unit"),
        text("reason", "why this range"),
        text("source", "publication, or the word assumption"),
    ),
    _table(
        "sources",
        "Where the numbers come from.",
        ("source_id",),
        text("source_id", "id"),
        text("publisher", "who published it"),
        text("title", "title"),
        text("licence_id", "row of the table licences"),
        text("vintage", "edition or date"),
        text("url_or_doi", "where to find it", required=False),
        text("attribution", "text to show"),
    ),
    _table(
        "licences",
        "Terms under which sources may be shipped.",
        ("licence_id",),
        text("licence_id", "id"),
        text("name", "name"),
        flag("shippable", "figures may be shipped in this package"),
        text("terms", "what the terms ask"),
    ),
)

TABLES: dict[str, TableSchema] = {table.name: table for table in _ALL}
