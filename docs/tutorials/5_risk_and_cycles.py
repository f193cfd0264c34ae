# %% [markdown]
# # 5. Risk, and years without end
#
# A reservoir that goes on for ever: one node that leads to itself, worth 0.9 of today each time. Inflow
# and demand come in three pairs; water runs a turbine for free, heat costs 1, spilling costs 10.

# %%
from lodestock.sddp import (
    AVaR,
    EAVaR,
    Expectation,
    ModifiedChiSquared,
    WorstCase,
    build,
    cyclic_graph,
    dynamic_programme,
    train,
)


def week(p, t):
    volume = p.state("volume", 5.0, 15.0, initial=10.0)
    turbine, spill, heat = p.variable("turbine"), p.variable("spill"), p.variable("heat")
    inflow, demand = p.random([(0.0, 7.5), (5.0, 5.0), (10.0, 2.5)])
    p.constraint(volume.outgoing == volume.incoming - turbine - spill + inflow)
    p.constraint(turbine + heat == demand)
    p.minimise(heat + 10 * spill)


model = build(cyclic_graph(1, 0.9), week, bound=0.0)

# %% [markdown]
# Risk measures replace the mean of what may come by a worse mean. `EAVaR(weight, beta)` gives `weight` to
# the expectation and the rest to the mean of the worst `beta` share. The risk is nested: it is weighed
# anew at each stage. A simulated mean says nothing about such a value; the deterministic upper bound
# does, and the gap below is certified for every measure.

# %%
measures = [Expectation(), EAVaR(0.8, 0.5), AVaR(0.5), ModifiedChiSquared(0.2), WorstCase()]
found = {}
for risk in measures:
    policy = found[risk] = train(model, risk=risk, gap=0.002, iterations=400)
    print(
        f"{risk!s:32} {policy.lower_bound:8.2f} <= value <= {policy.upper_bound:8.2f}",
        f"after {policy.iterations} iterations",
    )

assert found[Expectation()].upper_bound <= found[AVaR(0.5)].upper_bound <= found[WorstCase()].upper_bound

# %% [markdown]
# With up to three states the same answer comes from dynamic programming on a grid: a check that does not
# sample.

# %%
grid = dynamic_programme(model, points=9, risk=AVaR(0.5))
print(
    f"grid of {grid.grid_points} points, {grid.sweeps} sweeps:",
    f"{grid.lower_bound:.2f} to {grid.upper_bound:.2f}",
)
assert grid.lower_bound <= found[AVaR(0.5)].upper_bound

# %% [markdown]
# What is one more unit of water worth, and to whom? A full reservoir risks spilling, and fear makes that
# worse.

# %%
for risk in (Expectation(), WorstCase()):
    slopes = [found[risk].value(1, {"volume": volume})[1]["volume"] for volume in (5.0, 10.0, 15.0)]
    print(f"{risk!s:16} cost of one more unit at 5, 10, 15:", " ".join(f"{slope:6.2f}" for slope in slopes))
    assert slopes == sorted(slopes)
