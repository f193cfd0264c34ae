# %% [markdown]
# # 2. Your own zone floor
#
# A scenario is a YAML file. On the command line, `lodestock new my-floor --from zone-floor` writes a
# commented start and `lodestock check my-floor.yaml` says what it will do. Here a file is written by hand:
# a zone of importers holds the refined price of tungsten ten per cent above its base by a levy on imports
# from everybody else.

# %%
import tempfile
from pathlib import Path

import polars as pl

from lodestock.errors import LodestockError
from lodestock.scenario.explain import explain_plan
from lodestock.scenario.load import load_scenario
from lodestock.scenario.run import run_scenario

text = """
title: Tungsten floor in a zone of importers
question: What does a floor ten per cent above the base price cost whom?
materials: [tungsten]
horizon: short
zones:
  importers:
    members: [USA, EU27, JPN, KOR, GBR]
instruments:
  - name: hold-floor
    type: floor
    stage: refined
    price: 110 % of base
    cap: 100 % of base
    start: 2027-01-01
    source: assumption of this tutorial
alternatives:
  higher:
    title: The floor at 120 per cent
    change:
      hold-floor:
        price: 120 % of base
options:
  draws: 12
  seed: 7
"""
folder = Path(tempfile.mkdtemp())
path = folder / "tungsten-floor.yaml"
path.write_text(text, encoding="utf-8")
scenario = load_scenario(path)
print("\n".join(explain_plan(scenario)))

# %% [markdown]
# A slip is an error that names the place, what is allowed and the nearest name; nothing is guessed.

# %%
path.write_text(text.replace("JPN", "Japn"), encoding="utf-8")
try:
    load_scenario(path)
    message = "the slip went unnoticed"
except LodestockError as error:
    message = str(error)
print(message)
assert "did you mean" in message

# %% [markdown]
# ## Solve it, with a dozen draws
#
# Elasticities, stocks and frictions are ranges. Each draw takes every one of them from its range and solves
# again; the band holds eight in ten of the results.

# %%
outcome = run_scenario(scenario)
case = outcome.cases["scenario"]
levy = case.levies.row(0, named=True)
print(levy["status"], "-", levy["reason"])
print(f"levy {levy['rate_usd_per_t']:,.0f} USD/t, revenue {levy['revenue_usd'] / 1e6:,.1f} million USD")

# %% [markdown]
# The status says what the levy does: `slack` (the price is above the floor without it), `enforced` (it
# holds the price at the floor), `unenforceable` (no imports left to levy), `capped` (at its cap, below the
# floor).

# %%
if levy["status"] == "enforced":
    assert abs(levy["reference_price"] / levy["floor"] - 1) < 1e-6

# %% [markdown]
# ## Inside, outside, and who pays

# %%
print(case.reference_prices.filter(pl.col("stage") == "refined").select("market", "change"))
members = set(outcome.zone)
who_pays = (
    case.surplus.with_columns(
        pl.when(pl.col("country").is_in(members))
        .then(pl.lit("inside"))
        .otherwise(pl.lit("outside"))
        .alias("where")
    )
    .group_by("where", "party")
    .agg(pl.col("change_usd").sum())
    .filter(pl.col("change_usd").abs() > 1.0)
    .sort("where", "change_usd")
)
print(who_pays)

# %% [markdown]
# ## How sure, and what drives it

# %%
print(
    outcome.bands.filter((pl.col("metric") == "price_change") & (pl.col("stage") == "refined")).select(
        "market", "central", "p10", "p90", "draws"
    )
)
refined_outside = (pl.col("stage") == "refined") & (pl.col("market") == "outside")
print(
    outcome.tornado.filter(
        (pl.col("metric") == "price_change") & refined_outside & (pl.col("rank") <= 3)
    ).select("input_label", "low", "high", "value_at_low", "value_at_high")
)

# %% [markdown]
# ## A higher floor
#
# The alternative raises the floor to 120 per cent. The levy rises with the floor.

# %%
higher = outcome.cases["higher"].levies.row(0, named=True)
print(f"{higher['status']}: levy {higher['rate_usd_per_t']:,.0f} USD/t")
assert higher["rate_usd_per_t"] >= levy["rate_usd_per_t"]
path.unlink()
folder.rmdir()
