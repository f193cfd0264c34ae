"""Small problems that several tests solve: published cases with their data restated, and random ones."""

import math

import numpy as np

from lodestock.sddp import (
    Model,
    Stage,
    build,
    cyclic_graph,
    independent,
    linear_graph,
    markovian_graph,
    total,
)


def production() -> Model:
    def stage(p: Stage, t: int) -> None:
        x = p.states("made", 2, initial=0.0)
        sold = p.variables("sold", 2)
        demand = p.random([0.0] if t == 1 else [2.0, 10.0])
        for made, sale in zip(x, sold, strict=True):
            p.constraint(sale <= made.incoming)
        p.constraint(sold[0] + sold[1] <= demand)
        p.minimise(0.2 * x[0].outgoing + 0.7 * x[1].outgoing - 2.33 * sold[0] - 2.54 * sold[1])

    return build(linear_graph(3), stage, bound=-50.0)


def stock(stages: int = 5) -> Model:
    def stage(p: Stage, t: int) -> None:
        x = p.state("x", upper=1.0, initial=0.5)
        u = p.variable("u", upper=0.5)
        w = p.random([k / 30 for k in range(10)])
        p.constraint(x.outgoing == x.incoming - u + w)
        p.minimise((math.sin(3 * t) - 1) * u)

    return build(linear_graph(stages), stage, bound=-2.0)


def multistock(stages: int = 5) -> Model:
    def stage(p: Stage, t: int) -> None:
        x = p.states("x", 3, upper=1.0, initial=0.5)
        u = p.variables("u", 3, upper=0.5)
        w = p.random(independent(*[[0.0, 0.15, 0.3]] * 3)[0])
        for i in range(3):
            p.constraint(x[i].outgoing == x[i].incoming + u[i] - w[i])
        p.constraint(sum(u) <= 1.5)
        p.minimise((math.sin(3 * t) - 1) * sum(u))

    return build(linear_graph(stages), stage, bound=-5.0)


def assets() -> Model:
    def stage(p: Stage, key: tuple[int, int]) -> None:
        t, market = key
        stocks, bonds = p.state("stocks", initial=0.0), p.state("bonds", initial=0.0)
        gain = [(1.25, 1.14), (1.06, 1.12)][market]
        wealth = gain[0] * stocks.incoming + gain[1] * bonds.incoming
        if t == 1:
            p.constraint(stocks.outgoing + bonds.outgoing == 55.0)
        elif t < 4:
            p.constraint(stocks.outgoing + bonds.outgoing == wealth)
        else:
            over, short = p.variable("over"), p.variable("short")
            p.constraint(wealth - over + short == 80.0)
            p.minimise(4 * short - over)

    even = [[0.5, 0.5]]
    graph = markovian_graph([[[1.0]], even, even * 2, even * 2])
    return build(graph, stage, bound=-1000.0)


def hydrothermal(discount: float = 0.9) -> Model:
    def stage(p: Stage, t: int) -> None:
        x = p.state("volume", 5.0, 15.0, initial=10.0)
        hydro, spill, thermal = p.variable("hydro"), p.variable("spill"), p.variable("thermal")
        inflow, demand = p.random([(0.0, 7.5), (5.0, 5.0), (10.0, 2.5)])
        p.constraint(x.outgoing == x.incoming - hydro - spill + inflow, "balance")
        p.constraint(hydro + thermal == demand, "demand")
        p.minimise(thermal + 10 * spill)

    return build(cyclic_graph(1, discount), stage, bound=0.0)


def valley(markov: bool) -> Model:
    price = {(2, 0): 2, (2, 1): 1, (3, 0): 3, (3, 1): 4}

    def stage(p: Stage, key: int | tuple[int, int]) -> None:
        t, z = key if isinstance(key, tuple) else (key, 0)
        volume = p.states("volume", 2, upper=200.0, initial=200.0)
        release, spill = p.variables("release", 2), p.variables("spill", 2)
        inflow, power = p.variables("inflow", 2), p.variables("power", 2)
        rain = p.random([(0.0, 0.0), (20.0, 0.0), (50.0, 20.0)]) if markov and t > 1 else (0.0, 0.0)
        for i in range(2):
            weight = p.variables(f"weight{i}", 3, upper=1.0)
            p.constraint(sum(weight) <= 1)
            p.constraint(release[i] == 50 * weight[0] + 60 * weight[1] + 70 * weight[2])
            p.constraint(power[i] == 55 * weight[0] + 65 * weight[1] + 70 * weight[2])
            p.constraint(inflow[i] <= rain[i])
            above = release[0] + spill[0] if i else 0.0
            lost = release[i] + spill[i]
            p.constraint(volume[i].outgoing == volume[i].incoming + inflow[i] + above - lost)
        worth = price.get((t, z), 1) if markov else t
        p.maximise(worth * sum(power) - 1000 * sum(spill))

    if not markov:
        return build(linear_graph(3), stage, bound=3000.0)
    rows = [[[1.0]], [[0.6, 0.4]], [[0.6, 0.4], [0.3, 0.7]]]
    return build(markovian_graph(rows), stage, bound=3000.0)


def random_model(seed: int, stages: int = 3, states: int = 2, outcomes: int = 3, regimes: int = 2) -> Model:
    """A random stock-keeping model with random rhs, costs and yields, feasible from every state."""
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.ones(regimes), size=(stages, regimes))
    data = {
        (t, z): (
            rng.uniform(0.0, 3.0, (outcomes, states)),
            rng.uniform(0.5, 2.0, (outcomes, states)),
            rng.uniform(0.7, 1.0, (outcomes, states)),
            rng.dirichlet(np.ones(outcomes)),
        )
        for t in range(1, stages + 1)
        for z in range(regimes)
    }

    def stage(p: Stage, key: tuple[int, int]) -> None:
        need, price, kept, share = data[key]
        x = p.states("x", states, upper=4.0, initial=1.0)
        noise = p.random(np.hstack([need, price, kept]).tolist(), share.tolist())
        buy = p.variables("buy", states, upper=2.0)
        use, short = p.variables("use", states), p.variables("short", states)
        cost = 0.0
        for i in range(states):
            d, c, y = noise[i], noise[states + i], noise[2 * states + i]
            waste = p.variable(f"waste{i}")
            p.constraint(x[i].outgoing == y * x[i].incoming + buy[i] - use[i] - waste)
            p.constraint(use[i] + short[i] >= d)
            cost = cost + c * buy[i] + 6.0 * short[i] + 0.05 * x[i].outgoing
        p.constraint(sum(buy) <= 2.5)
        p.minimise(cost)

    rows = [P[0][:1], *P[1:]]
    return build(markovian_graph(rows), stage, bound=0.0)


def goods(seed: int = 5, *, funded: bool = False, stages: int = 4, count: int = 4) -> Model:
    """Goods under one budget, or under funds with a loan and one room; random needs, prices and keeping."""
    rng = np.random.default_rng(seed)
    move = rng.dirichlet(np.ones(2), size=(stages, 2))
    data = {
        (t, z): (
            rng.uniform(0, 3, (2, count)),
            rng.uniform(0.5, 2, (2, count)),
            rng.uniform(0.7, 1, (2, count)),
        )
        for t in range(1, stages + 1)
        for z in range(2)
    }

    def stage(p: Stage, key: tuple[int, int]) -> None:
        need, price, kept = data[key]
        x = p.states("x", count, upper=4.0, initial=1.0, slope=(-7.0, 0.0))
        noise = p.random(np.hstack([need, price, kept]).tolist(), [0.3, 0.7])
        buy, use = p.variables("buy", count, upper=2.0), p.variables("use", count)
        short, waste = p.variables("short", count), p.variables("waste", count)
        for i in range(count):
            p.constraint(x[i].outgoing == noise[2 * count + i] * x[i].incoming + buy[i] - use[i] - waste[i])
            p.constraint(use[i] + short[i] >= noise[i])
        spent = total(noise[count + i] * buy[i] for i in range(count))
        cost = spent + 6.0 * total(short)
        if funded:
            loan = p.variable("loan", upper=2.0)
            p.constraint(spent - loan <= 1.0, "funds")
            p.constraint(total(s.outgoing for s in x) <= 6.0, "room")
            cost = cost + 0.3 * loan
        else:
            p.constraint(spent <= 2.5, "budget")
        p.minimise(cost)

    return build(markovian_graph([move[0][:1], *move[1:]]), stage, bound=0.0)
