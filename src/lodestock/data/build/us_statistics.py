"""United States statistics of the USGS: import sources, net import reliance and the salient balance items.

Source files ``usgs_mcs2026_us_import_sources.csv`` (mean of 2021-24),
``usgs_mcs2026_net_import_reliance.csv`` and ``usgs_mcs2026_us_salient.csv.gz`` (2021-25). ``E`` means net
exporter, ``>50`` a lower bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from lodestock.data.build.common import Claim, claims_frame, curated, join_notes, read_source
from lodestock.data.build.countries import country_code, country_lookup
from lodestock.data.build.names import find_alias
from lodestock.data.build.usgs_world import Quantity, read_quantity
from lodestock.data.units import evaluate_factor, tonnes_per

IMPORTS_FILE = "usgs_mcs2026_us_import_sources.csv"
RELIANCE_FILE = "usgs_mcs2026_net_import_reliance.csv"
SALIENT_FILE = "usgs_mcs2026_us_salient.csv.gz"
SOURCE = "usgs-mcs2026"

_FLOWS = {"Production": "production", "Import": "imports", "Export": "exports", "Stock": "stocks"}
_ORE_WORDS = re.compile(r"\bmine\b|\bore\b|concentrate|bauxite|celestite|colemanite|ulexite|mine production")
_SCRAP_WORDS = re.compile(r"secondary|scrap|spent catalysts|ash, residues")


def build(source_dir: Path, built: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables import_sources, import_reliance and us_salient."""
    lookup = country_lookup(built["country_aliases"])
    stages = dict(built["materials"].select("material", "stages").iter_rows())
    return {
        "import_sources": claims_frame("import_sources", _import_sources(source_dir, lookup)),
        "import_reliance": claims_frame("import_reliance", _reliance(source_dir)),
        "us_salient": claims_frame("us_salient", _salient(source_dir, stages)),
    }


def _import_sources(source_dir: Path, lookup: Mapping[str, str]) -> Iterator[Claim]:
    for row in read_source(source_dir, IMPORTS_FILE).iter_rows(named=True):
        alias = find_alias(SOURCE, "import_sources", row["commodity"], row["detail"])
        if alias is None or row["share_pct"] is None:
            continue
        country, remark = _partner(row["country"], row["iso3"], lookup)
        share = float(row["share_pct"]) / 100
        is_bound = row["qual"] == "<"
        yield Claim(
            keys={
                "material": alias.material,
                "form": f"{row['commodity']}: {row['detail']}",
                "country": country,
            },
            value=share / 2 if is_bound else share,
            unit="1",
            status="less_than" if is_bound else "reported",
            basis="share of the quantity imported, mean of 2021 to 2024",
            source_id=SOURCE,
            low=0.0 if is_bound else share,
            high=1.0 if row["qual"] == ">" else share,
            published_value=row["value"],
            published_unit="percent",
            note=join_notes(remark, row["notes"]),
        )


def _partner(name: str, iso3: str | None, lookup: Mapping[str, str]) -> tuple[str, str | None]:
    if iso3:
        return iso3, None
    if name == "Other countries":
        return "OTH", None
    if "," in name:
        return "OTH", f"published as {name}"
    return country_code(name, lookup), None


def _reliance(source_dir: Path) -> Iterator[Claim]:
    for row in read_source(source_dir, RELIANCE_FILE).iter_rows(named=True):
        alias = find_alias(SOURCE, "import_reliance", row["commodity"], row["detail"])
        quantity = read_share(row["value"])
        if alias is None or quantity is None:
            continue
        yield Claim(
            keys={
                "material": alias.material,
                "detail": f"{row['commodity']}: {row['detail']}",
                "year": int(row["year"]),
            },
            value=quantity.value,
            unit="1",
            status=quantity.status,
            basis="imports less exports, with stock changes, over consumption",
            source_id=SOURCE,
            low=quantity.low,
            high=quantity.high,
            published_value=row["value"],
            published_unit="percent",
            note="net exporter" if row["value"] == "E" else None,
        )


def read_share(text: str | None) -> Quantity | None:
    """Read a published reliance in per cent as fractions; ``E`` is at most zero, ``>50`` is 50 to 100."""
    if text == "E":
        return Quantity(0.0, None, 0.0, "less_than")
    quantity = read_quantity(text, estimated=False)
    if quantity is None or quantity.value is None:
        return None
    if text is not None and text.startswith(">"):
        low = quantity.value / 100
        return Quantity((low + 1) / 2, low, 1.0, "estimated")
    ends = (quantity.value, quantity.low, quantity.high)
    value, low_end, high_end = (None if end is None else end / 100 for end in ends)
    return Quantity(value, low_end, high_end, quantity.status)


def _salient(source_dir: Path, stages: Mapping[str, str]) -> Iterator[Claim]:
    rules = curated("us_salient_rules.csv").to_dicts()
    seen: set[tuple[Any, ...]] = set()
    for row in read_source(source_dir, SALIENT_FILE).iter_rows(named=True):
        rule = _rule(rules, row["commodity"], (row["detail"] or "").casefold())
        flow = _flow(row["statistic"], (row["detail"] or "").casefold())
        if rule is None or flow is None:
            continue
        is_estimate = "Estimated" in (row["notes"] or "")
        quantity = read_quantity(row["value"], estimated=is_estimate)
        if quantity is None:
            continue
        scale = tonnes_per(row["unit"]) * evaluate_factor(rule["factor"])
        stage = _stage(stages[rule["material"]], flow, row["detail"].casefold())
        form = _form(row["detail"])
        key = (rule["material"], stage, flow, form, row["year"])
        if key in seen:
            continue
        seen.add(key)
        ends = (quantity.value, quantity.low, quantity.high)
        value, low, high = (None if end is None else end * scale for end in ends)
        yield Claim(
            keys={
                "material": rule["material"],
                "stage": stage,
                "flow": flow,
                "form": form,
                "year": int(row["year"]),
            },
            value=value,
            unit="t",
            status=quantity.status,
            basis=rule["note"] or "content of the material",
            source_id=SOURCE,
            low=low,
            high=high,
            published_value=row["value"],
            published_unit=row["unit"],
        )


def _rule(rules: list[dict[str, Any]], commodity: str, detail: str) -> dict[str, Any] | None:
    for rule in rules:
        if rule["commodity"] == commodity and re.search(rule["pattern"], detail):
            return rule if rule["material"] else None
    return None


def _flow(statistic: str, detail: str) -> str | None:
    if statistic == "Production" or (statistic == "Sold or used" and "helium" in detail):
        return "secondary" if _SCRAP_WORDS.search(detail) else "production"
    if statistic == "Consumption":
        return "apparent_consumption" if "apparent" in detail else "reported_consumption"
    return _FLOWS.get(statistic)


def _stage(stages: str, flow: str, detail: str) -> str:
    if flow in {"imports", "exports", "stocks"} and "scrap" in detail and "metal, alloys" not in detail:
        return "scrap"
    if re.search(r"refinery|smelter|compounds and metals|metals:", detail):
        return "refined"
    if _ORE_WORDS.search(detail) and flow != "secondary":
        return "mine"
    return stages.split("|")[-1]


def _form(detail: str) -> str:
    """The publisher's words without the leading name of the balance item."""
    form = re.sub(
        r"^(imports for consumption( total)?|imports|exports|production|consumption|stocks)[:,]?\s*",
        "",
        detail,
        flags=re.IGNORECASE,
    ).strip(" :,")
    return form or "all forms"
