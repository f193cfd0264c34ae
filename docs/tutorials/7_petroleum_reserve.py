# %% [markdown]
# # 7. A petroleum reserve, solved twice
#
# The model of Teisberg (1981): eight levels of stock, a market that is normal or disrupted, and each year the
# choice of the next level. Filling raises the price, drawing lowers it, and nothing is filled while the
# market is disrupted. It is small enough to be solved exactly, twice: by dynamic programming and by a
# linear programme. Both give the published optimum.

# %%
from lodestock.reserve.petroleum import (
    MARKETS,
    PetroleumReserve,
    price,
    solve_by_iteration,
    solve_by_programme,
)

model = PetroleumReserve()
by_iteration, by_programme = solve_by_iteration(model), solve_by_programme(model)
print(round(by_iteration.objective, 7), round(by_programme.objective, 7))
assert abs(by_iteration.objective - 2401.5772541) < 1e-6
assert abs(by_programme.objective - 2401.5772541) < 1e-6

# %% [markdown]
# The policy: from empty fill one step while the market is normal, hold a small stock, run down anything
# above it, and faster while the market is disrupted.

# %%
print("stock   ", [int(level) for level in model.levels])
for number, market in enumerate(MARKETS):
    print(f"{market:9}", [int(level) for level in by_iteration.next_stock[number]])

# %% [markdown]
# What the draw does to the price of a disruption, and what one more unit of stock is worth in each
# market: the fall of the cost to come.

# %%
print("normal", round(float(price(model, 0.0, 0)), 3))
print("disrupted", round(float(price(model, 0.0, 1)), 3), "drawn", round(float(price(model, -3.0, 1)), 3))
worth = (by_iteration.value[:, :-1] - by_iteration.value[:, 1:]) / 3.0
for number, market in enumerate(MARKETS):
    print(market, worth[number].round(1).tolist())

# %% [markdown]
# Now ask something of your own: with disruptions half as likely, how full would the reserve become?

# %%
calmer = PetroleumReserve(transition=((0.9, 0.1), (0.5, 0.5)))
print([int(level) for level in solve_by_iteration(calmer).next_stock[0]])
