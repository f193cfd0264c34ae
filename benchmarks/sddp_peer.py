"""The store of benchmarks/sddp.py with 3 goods and 3 quarters, stated for mpi-sppy: value and seconds.

Runs in an environment of its own, for the peer is no dependency of this project:

    python -m venv peer && peer/bin/pip install mpi-sppy highspy scipy
    peer/bin/python benchmarks/sddp_peer.py

The peer builds one Pyomo model per path of the tree and solves them as one extensive form with HiGHS, the
solver we use too. It has no cuts for graphs of many stages. Outcomes that are alike (the calm regime loses
nothing) are joined, which leaves 289 paths.
"""

import itertools
import json
import time

import numpy as np
import pyomo.environ as pyo
from mpisppy.opt.ef import ExtensiveForm
from mpisppy.scenario_tree import ScenarioNode

GOODS, QUARTERS = 3, 3
MOVE = [[0.9, 0.08, 0.02], [0.2, 0.6, 0.2], [0.1, 0.3, 0.6]]


def data(goods, seed=0):
    """Return the numbers that benchmarks/sddp.py draws for its store."""
    rng = np.random.default_rng(seed)
    price = rng.uniform(1.0, 10.0, goods)
    shortage = price * rng.uniform(5.0, 20.0, goods)
    need = rng.uniform(0.5, 2.0, goods)
    lost = [np.zeros(goods), rng.uniform(0.0, 0.3, goods), rng.uniform(0.3, 1.0, goods)]
    return price, shortage, need, lost, rng.uniform(0.5, 1.5, (8, goods))


PRICE, SHORTAGE, NEED, LOST, NOISE = data(GOODS)
BRANCHES = [(0, 0), *((z, w) for z in (1, 2) for w in range(8))]
PATHS = [((0, 0), *later) for later in itertools.product(BRANCHES, repeat=QUARTERS - 1)]


def chance(before, after):
    """Return the probability of a branch after a regime."""
    return MOVE[before[0]][after[0]] * (1.0 if after[0] == 0 else 1 / 8)


def path_model(name):
    """Return the Pyomo model of one path with its tree nodes."""
    path = PATHS[int(name.removeprefix("path"))]
    model = pyo.ConcreteModel()
    times, goods = range(QUARTERS), range(GOODS)
    model.x = pyo.Var(times, goods, bounds=(0.0, 20.0))
    model.bought = pyo.Var(times, goods, bounds=lambda m, t, g: (0.0, 0.3 * NEED[g]))
    model.used = pyo.Var(times, goods, within=pyo.NonNegativeReals)
    model.short = pyo.Var(times, goods, within=pyo.NonNegativeReals)
    model.rows = pyo.ConstraintList()
    costs = []
    for t, (z, w) in enumerate(path):
        spent = sum(PRICE[g] * (1 + 0.3 * z) * model.bought[t, g] for g in goods)
        for g in goods:
            before = 0.995 * model.x[t - 1, g] if t else 0.0
            model.rows.add(model.x[t, g] == before + model.bought[t, g] - model.used[t, g])
            lost = NEED[g] * LOST[z][g] * NOISE[w][g]
            model.rows.add(model.used[t, g] + model.short[t, g] >= lost)
        model.rows.add(spent <= 0.1 * float(PRICE @ NEED))
        costs.append(0.98 ** (t + 1) * (spent + sum(SHORTAGE[g] * model.short[t, g] for g in goods)))
    model.cost = pyo.Objective(expr=sum(costs))
    shares = [1.0, *(chance(a, b) for a, b in itertools.pairwise(path))]
    numbers = [BRANCHES.index(branch) for branch in path]
    names = ["ROOT"]
    model._mpisppy_node_list = []
    for t in range(QUARTERS - 1):
        if t:
            names.append(f"{names[-1]}_{numbers[t]}")
        seen = [model.x[t, g] for g in goods] + [model.bought[t, g] for g in goods]
        parent = {"parent_name": names[-2]} if t else {}
        model._mpisppy_node_list.append(
            ScenarioNode(names[-1], shares[t], t + 1, costs[t], seen, model, **parent)
        )
    model._mpisppy_probability = float(np.prod(shares))
    return model


def main():
    """Print value and seconds as JSON."""
    start = time.perf_counter()
    every = range(len(BRANCHES))
    nodes = ["ROOT", *(f"ROOT_{at}" for at in every), *(f"ROOT_{a}_{b}" for a in every for b in every)]
    form = ExtensiveForm(
        {"solver": "appsi_highs"},
        [f"path{at}" for at in range(len(PATHS))],
        path_model,
        all_nodenames=nodes,
        suppress_warnings=True,
    )
    form.solve_extensive_form()
    seconds = time.perf_counter() - start
    print(
        json.dumps(
            {"peer": "mpi-sppy extensive form", "value": form.get_objective_value(), "seconds": seconds}
        )
    )


if __name__ == "__main__":
    main()
