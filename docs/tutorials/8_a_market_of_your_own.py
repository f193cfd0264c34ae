# %% [markdown]
# # 8. A market of your own
#
# `lodestock.market` solves spatial equilibria and knows no mineral. Here: a country that supplies a
# good and one that uses it, over four years, with an outage in the second. What do a private store, a
# reserve and a rule on domestic content change, and what if nobody foresees the outage?
#
# A market is nodes, curves at them and columns between them. Everything is a rate per year.

# %%
from dataclasses import replace

import numpy as np

from lodestock.market import (
    PolicyStock,
    UnservedError,
    assemble,
    carry,
    concatenate_curves,
    fixed_use,
    linear_supply,
    linear_use,
    minimum_share,
    periods,
    set_apart,
    solve,
    solve_rolling,
    stack,
    stock_path,
    trade,
    with_policy_stock,
)

curves = concatenate_curves(
    [
        linear_supply(["mine"], 0, intercept=1.0, slope=1.0),  # p - 1 abroad
        linear_supply(["domestic mine"], 1, intercept=6.0, slope=1.0),  # p - 6 at home
        linear_use(["works"], 1, choke=12.0, slope=1.0),  # 12 - p at home
    ]
)
usual = assemble(("abroad", "home"), trade(["import"], 0, 1, cost=1.0, slope=0.1), curves)
solution = solve(usual)
print("prices", solution.price.round(3), "imports", solution.level.round(3))
print("largest residual", f"{solution.certificate.worst:.1e}", "at", solution.certificate.worst_element)

# %% [markdown]
# ## Four years
#
# `stack` puts one market per period beside each other and `carry` joins them by storage. Solved as
# one market, the horizon has perfect foresight: where goods are carried, the price rises by interest
# and holding cost and by nothing more.

# %%
weaker = np.array([0.3, 1.0, 1.0])[:, None]  # the foreign mine gives 30 % of what it did
outage = replace(usual, curves=replace(curves, a1=curves.a1 * weaker, a2=curves.a2 * weaker))
years = stack([usual, outage, usual, usual], periods("2025", 4))
stored = carry(years, ["store"], ["home"], holding_cost=0.1, interest=0.05)

alone, foreseen = solve(years.market), solve(stored.market)
print("without a store", years.price(alone, "home").round(3))
print(
    "with one       ",
    stored.price(foreseen, "home").round(3),
    "held",
    stored.level(foreseen, "store").round(3),
)
first, second, *_ = stored.price(foreseen, "home")
assert abs(second / 1.05 - first - 0.1) < 1e-8

# %% [markdown]
# ## Nobody knows
#
# A rolling horizon decides year by year on an expected price, here last year's. Nothing is stored for
# an outage nobody expects, and too much after it. Every window is an equilibrium with a certificate
# of its own.

# %%
surprised = solve_rolling(stored, expect="last-price")
print(
    "surprised      ",
    stored.price(surprised, "home").round(3),
    "held",
    stored.level(surprised, "store").round(3),
)
print("largest residual of any window", f"{surprised.worst:.1e}")
held = stored.level(surprised, "store")
assert held[0] < 1e-6 < held[2]

# %% [markdown]
# ## A reserve
#
# It buys at one price and releases at a higher one; its balance is a node of every year, and the
# price of that node is the value of a tonne in stock: the release price while something is left, more
# once it has run out.

# %%
terms = PolicyStock("reserve", "home", buy_price=6.9, release_price=7.6, opening=0.5)
reserve = with_policy_stock(years, terms)
path = stock_path(reserve, solve(reserve.market), terms)
print("bought", path.bought.round(3), "released", path.released.round(3), "held", path.held.round(3))
print("value", path.value.round(3))

# %% [markdown]
# ## Domestic content
#
# A share of what the works use has to come from the domestic mine. A curve has no level that could
# earn or owe credits, so it is first set apart behind a column. The price of the credit node is the
# shadow price of the rule.

# %%
apart = set_apart(usual, [1, 2], ["mine gate", "works gate"], ["domestic", "used"])
content = minimum_share(apart, "content", counted={1: 1.0}, base={2: 1.0}, share=0.2)
ruled = solve(content)
print(dict(zip(content.node_names, ruled.price.round(3).tolist(), strict=True)))
domestic, used = ruled.level[1:]
assert abs(domestic - 0.2 * used) < 1e-8

# %% [markdown]
# ## What cannot be
#
# A need that never leaves and a route that is too narrow: no price clears this, and the error says
# what is missing, where, and what would serve it.

# %%
needs = concatenate_curves([curves.select(np.array([0])), fixed_use(["hospital"], 1, 5.0)])
narrow = assemble(("abroad", "home"), trade(["import"], 0, 1, 1.0, 0.1, capacity=2.0), needs)
try:
    solve(narrow)
except UnservedError as error:
    print(error)
    print(error.relaxation.reliefs)

# %% [markdown]
# The same as a file, for a program that is not Python: [case files](../market-case.md). The
# equations: [the market](../model-market.md).
