# %% [markdown]
# # 6. Regimes, seen and hidden
#
# Supply is calm or restricted, and moves between the two by chance. A Markovian graph has one node per
# stage and regime. First the regime is seen.

# %%
from lodestock.sddp import build, markovian_graph, simulate, train

STAY = [[0.85, 0.15], [0.25, 0.75]]
STEPS = [[[0.9, 0.1]], STAY, STAY, STAY, STAY]
REGIMES = ["calm", "restricted"]
NEED = [0.0, 2.0, 5.0]
CHANCE = {"calm": [0.7, 0.25, 0.05], "restricted": [0.1, 0.3, 0.6]}


def step(p, key):
    _, regime = key
    stock = p.state("stock", upper=10.0, initial=1.0)
    bought, price = p.blocks("bought", [1.0, 1.5], [1.0, 1.6])
    used, short = p.variable("used"), p.variable("short")
    need = p.random(NEED, CHANCE[regime])
    p.constraint(stock.outgoing == stock.incoming + bought - used)
    p.constraint(used <= stock.incoming)
    p.constraint(used + short == need)
    p.minimise(price + 8 * short + 0.05 * stock.outgoing)


seen = train(build(markovian_graph(STEPS, regimes=REGIMES), step, bound=0.0), gap=0.001, iterations=300)
print({name: round(value, 4) for name, value in seen.certificate.items()})

# %% [markdown]
# `p.blocks` buys in rising price blocks; falling ones would be refused, since they are not convex.
#
# Now the regime is hidden: only the need is observed. The policy carries a belief, updated by Bayes' rule
# with each observation, and its cuts put a price on belief.

# %%
blind = build(markovian_graph(STEPS, regimes=REGIMES, hidden=True), step, bound=0.0)
hidden = train(blind, gap=0.001, iterations=300)
print({name: round(value, 4) for name, value in hidden.certificate.items()})
print(
    f"seen {seen.upper_bound:.3f} at most, hidden {hidden.lower_bound:.3f} at least:",
    f"knowing is worth {hidden.lower_bound - seen.upper_bound:.3f} or more",
)
assert hidden.lower_bound >= seen.upper_bound

# %% [markdown]
# A history shows belief at work: a large need makes a restriction likely, quiet ones make it fade.

# %%
history = [((t, "calm"), need) for t, need in enumerate([0.0, 5.0, 0.0, 0.0, 0.0], 1)]
path = simulate(hidden, histories=[history], record=["stock"]).paths[0]
for need, belief, stock in zip(path.outcomes, path.belief, path.values["stock"], strict=True):
    print(f"need {need:3.1f}: belief in a restriction {belief[1]:.2f}, stock kept {stock:.2f}")
