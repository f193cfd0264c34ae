# %% [markdown]
# # 1. A first scenario
#
# China stops exporting antimony; the United States release sixty days of use from a reserve. Who runs
# short, what happens to prices, who pays? The command `lodestock run antimony-ban-release` answers in a
# report; here the same functions are called one by one.

# %%
import polars as pl

from lodestock.scenario.explain import explain_plan
from lodestock.scenario.load import load_scenario
from lodestock.scenario.run import run_scenario

scenario = load_scenario("antimony-ban-release")
print("\n".join(explain_plan(scenario)))

# %% [markdown]
# `load_scenario` takes the name of a shipped scenario or the path of a YAML file and returns a frozen value
# with nothing left to look up: sets such as `G7` are spelt out, units are canonical.
#
# Solving it solves the undisturbed base year, the scenario and its alternatives. `draws=0` leaves out the
# draws over the ranges of the assumptions, so there are no bands yet.

# %%
outcome = run_scenario(scenario, draws=0)
print(list(outcome.cases))
case = outcome.cases["scenario"]
assert case.status == "solved"

# %% [markdown]
# ## Prices
#
# *Home* is the market of the country that applies the export control, *abroad* everybody else's.

# %%
prices = case.reference_prices.filter(pl.col("stage") == "refined")
print(prices.select("market", "base_usd_per_t", "usd_per_t", "change"))


def price_change(market: str) -> float:
    """Return the relative change of the refined price in a market."""
    return prices.filter(pl.col("market") == market)["change"].item()


assert price_change("abroad") > 0 > price_change("home")

# %% [markdown]
# ## Shortage
#
# What users would have taken at base prices less what they take now, in tonnes of contained antimony.

# %%
shortage = case.shortage.sort("shortage_t", descending=True)
print(shortage.head(5).select("country", "use_base_t", "use_t", "shortage_t", "shortage_share"))

# %% [markdown]
# ## Who pays
#
# The change in surplus by party, in USD a year. A release earns money for the reserve.

# %%
parties = case.surplus.group_by("party").agg(pl.col("change_usd").sum()).sort("change_usd")
print(parties)
assert parties.filter(pl.col("party") == "reserve")["change_usd"].item() > 0

# %% [markdown]
# ## Is it right?
#
# Every solution carries its certificate: the largest scaled residual of all equilibrium conditions, and
# whether mass and money add up.

# %%
print({key: case.certificate[key] for key in ("worst", "worst_element", "mass", "money")})
assert case.certificate["worst"] <= 1e-8

# %% [markdown]
# ## What did the release change?
#
# The alternatives answer: the same ban without the release is a case of its own.

# %%
doing_nothing = outcome.cases["do-nothing"]
with_release, without = case.shortage["shortage_t"].sum(), doing_nothing.shortage["shortage_t"].sum()
print(f"shortage {without:,.0f} t without the release, {with_release:,.0f} t with it")
assert with_release < without
