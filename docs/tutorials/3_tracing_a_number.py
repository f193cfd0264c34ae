# %% [markdown]
# # 3. Tracing a number
#
# Every figure of the snapshot names its source, licence, vintage, the publisher's own text and how firm it
# is. `lodestock explain "production gallium refined CHN 2024"` prints it; here is the same in Python.

# %%
from lodestock.data.explain import explain

explanation = explain("production gallium refined CHN 2024")
print(explanation.text())

# %% [markdown]
# ## The rows behind it
#
# `load_table` returns a table of the snapshot. One row per key is `preferred`; the others are what rival
# publishers say.

# %%
import polars as pl

from lodestock.data.snapshot import load_table

production = load_table("production")
china = production.filter(material="gallium", stage="refined", country="CHN", year=2024)
print(
    china.select(
        "value", "unit", "status", "published_value", "published_unit", "source_id", "vintage", "preferred"
    )
)
assert china.filter(preferred=True).height == 1

# %% [markdown]
# ## Withheld is an interval
#
# A publisher that withholds a figure leaves an interval, never a zero: its value is empty, `low` and `high`
# are not.

# %%
withheld = production.filter(pl.col("status") == "withheld")
print(withheld.select("material", "stage", "country", "year", "value", "low", "high").head(5))
assert withheld["value"].null_count() == withheld.height
assert withheld.filter(pl.col("low").is_null() | pl.col("high").is_null()).height == 0

# %% [markdown]
# ## From the snapshot into the model
#
# The calibrated world starts from these rows. What it had to move by more than 5 % is listed with its
# reason, and solving the undisturbed world gives the base year back.

# %%
from lodestock.world.cache import load_world
from lodestock.world.summary import summarise

world = load_world("gallium")
output = world.supply["refined"].quantity[world.index("CHN")]
print(f"China, refined gallium in the base year: {output:,.0f} t")
for row in summarise(world).adjustments[:5]:
    print({key: row[key] for key in ("kind", "stage", "country", "observed", "fitted", "reason")})

# %% [markdown]
# ## Assumptions are rows too
#
# Elasticities, stocks, freight and back-stops have a range, a reason and a source, or the word assumption.

# %%
for name, row in list(world.assumptions.items())[:5]:
    print(f"{name}: {row.central:g} ({row.low:g} to {row.high:g}) {row.unit}: {row.reason}")
assert all(row.low <= row.central <= row.high for row in world.assumptions.values())
