# %% [markdown]
# # 4. Decide under uncertainty
#
# `lodestock.sddp` solves multistage linear programmes under uncertainty on policy graphs. It knows no
# mineral: anything that carries states from stage to stage fits. Here: a store of one good over six
# quarters. Each quarter a need shows up (5 or 8, or rarely 14), supply is up to 8 at a price of 10, and
# what is missing costs 100. How much to keep?
#
# A problem is one function that is called for every node and fills in the stage it gets.

# %%
from lodestock.sddp import build, extensive_form, linear_graph, load, save, simulate, train


def quarter(p, t):
    stock = p.state("stock", upper=30.0, initial=2.0)
    bought = p.variable("bought", upper=8.0)
    used, short = p.variable("used"), p.variable("short")
    need = p.random([5.0, 8.0, 14.0], [0.5, 0.4, 0.1])
    p.constraint(stock.outgoing == stock.incoming + bought - used, "balance")
    p.constraint(used + short == need, "need")
    p.minimise(10 * bought + 100 * short + 0.5 * stock.outgoing)


model = build(linear_graph(6), quarter, bound=0.0)

# %% [markdown]
# `bound` is a value that no cost falls below; it starts the lower bound. Noise is seen before the
# decision of its stage and may stand anywhere: in a right-hand side, a cost, a coefficient. `train` walks
# forward along sampled paths and improves the policy backward. With `gap` it also keeps a deterministic
# upper bound, so that it knows, and does not guess, how good the policy is.

# %%
policy = train(model, gap=0.001, iterations=300)
print(policy.status, "after", policy.iterations, "iterations")
print({name: round(value, 4) for name, value in policy.certificate.items()})
assert policy.lower_bound <= policy.upper_bound

# %% [markdown]
# A problem this small also fits in one linear programme over its scenario tree of 3^6 paths: the
# extensive form. It shares nothing with the cuts and must lie between the bounds.

# %%
exact = extensive_form(model)
print(f"{exact.value:.3f} with {exact.tree_nodes} tree nodes, {exact.columns} columns")
assert policy.lower_bound - 1e-6 <= exact.value <= policy.upper_bound + 1e-6

# %% [markdown]
# What does the policy do? Simulate it: sampled paths, or a history of one's own.

# %%
paths = simulate(policy, 500, record=["stock", "short"], duals=["need"])
low, high = paths.mean_interval()
print(f"mean cost between {low:.1f} and {high:.1f}")
bad_year = simulate(
    policy, histories=[[(t, 14.0 if t in (3, 4) else 5.0) for t in range(1, 7)]], record=["stock", "short"]
)
print(
    "stock", bad_year.paths[0].values["stock"].round(2), "short", bad_year.paths[0].values["short"].round(2)
)

# %% [markdown]
# What is one more unit worth after the second quarter, and how does that fall with what is there?

# %%
for amount in (0.0, 4.0, 8.0, 12.0):
    cost, slope = policy.value(2, {"stock": amount})
    print(
        f"stock {amount:4.1f}: expected cost to come {cost:7.1f}, one more unit saves {-slope['stock']:6.2f}"
    )

# %% [markdown]
# A policy is written to one JSON file and read back; `train(..., checkpoint=path)` writes such a file as
# it goes and continues from it after a kill, to the very same policy.

# %%
import tempfile
from pathlib import Path

with tempfile.TemporaryDirectory() as folder:
    save(policy, Path(folder) / "policy.json")
    assert load(model, Path(folder) / "policy.json").certificate == policy.certificate
