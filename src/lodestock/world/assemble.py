"""From a mass balance and assumptions to a calibrated world; also re-done for every draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lodestock.world.assumptions import Book, Ledger
from lodestock.world.balance import Balance, Side
from lodestock.world.capacity import capacity
from lodestock.world.flows import classify, fit_flows, perturbed
from lodestock.world.model import (
    MINE,
    EndUse,
    FloatArray,
    Horizon,
    Process,
    RouteCost,
    Stock,
    SupplySide,
    Use,
    World,
)
from lodestock.world.prices import FreightRate, freight, node_prices, with_positive_margin
from lodestock.world.routes import route_costs

TRADE_SEED = "trade_seed"
"""Name in a draw of the whole number that redraws the trade prior; 0 leaves it central."""
FLOW_INPUTS = ("prior_uncertainty", "prior_epsilon", "unseen_trade_reach")
"""Assumptions that the fit of flows hangs on, beside the seed."""
HORIZONS: tuple[Horizon, Horizon] = ("short", "long")
DAYS = 365.0


def assemble(
    balance: Balance,
    book: Book,
    draw: Mapping[str, float] | None = None,
    fitted: Mapping[str, FloatArray] | None = None,
) -> World:
    """Fit flows, set prices, calibrate routes and attach behaviour.

    Parameters
    ----------
    balance : quantities of the base year.
    book : assumptions.
    draw : assumption name -> position in its range, and ``trade_seed``; empty for the central world.
    fitted : flows by stage that a fit under this very draw would give, to save it.

    Returns
    -------
    World whose identities hold by construction (see ``World``).
    """
    draw = dict(draw or {})
    ledger = Ledger(book, balance.material, draw)
    seed = int(draw.get(TRADE_SEED, 0))
    flows = {
        stage: _flows(balance, stage, ledger, seed, fitted[stage] if fitted is not None else None)
        for stage in balance.stages
    }
    costs = {stage: _freight(balance, stage, ledger) for stage in balance.stages}
    price = _prices(balance, flows, costs, ledger)
    process = _process(balance, price, ledger)
    ledger.take("leak_cost_share")
    for stage in balance.stages:
        _capital_cost(balance, stage, ledger)
    return World(
        material=balance.material,
        name=balance.name,
        basis=balance.basis,
        price_form=balance.price_form,
        base_year=balance.base_year,
        stages=balance.stages,
        countries=balance.countries,
        country_names=balance.country_names,
        supply={balance.stages[0]: _supply(balance, ledger)},
        secondary=_secondary(balance, ledger),
        process=process,
        use=_use(balance, ledger),
        price=price,
        reference_price=dict(balance.reference_price),
        flows=flows,
        observed_flows=dict(balance.observed),
        prior_flows=dict(balance.prior),
        distance=balance.distance,
        flow_status={stage: classify(flows[stage], balance.observed[stage]) for stage in balance.stages},
        route={
            stage: _route(balance, stage, flows[stage], price[stage], costs[stage], ledger)
            for stage in balance.stages
        },
        stock_change=dict(balance.stock_change),
        stock={stage: _stock(balance, stage, ledger) for stage in balance.stages},
        host=balance.host,
        adjustments=balance.adjustments,
        assumptions=dict(ledger.used),
        sources=balance.sources,
        draw=draw,
    )


def _flows(balance: Balance, stage: str, ledger: Ledger, seed: int, fitted: FloatArray | None) -> FloatArray:
    sigma, epsilon = ledger.take("prior_uncertainty"), ledger.take("prior_epsilon")
    reach = _reach(balance, ledger)
    if fitted is not None:
        return fitted
    prior = perturbed(balance.prior[stage], sigma, seed, balance.stages.index(stage))
    return fit_flows(
        prior,
        balance.available(stage) - balance.stock_change[stage],
        balance.need(stage),
        balance.distance,
        epsilon=epsilon,
        reach=reach,
        countries=balance.countries,
        where=f"{balance.material} {stage}",
    )


def _reach(balance: Balance, ledger: Ledger) -> FloatArray:
    """How far the unseen trade of each exporter can go: less than one under comprehensive sanctions."""
    reach = np.ones(len(balance.countries))
    for row in ledger.book.rows["unseen_trade_reach"]:
        if row.country in balance.countries:
            reach[balance.countries.index(row.country)] = ledger.take(
                "unseen_trade_reach", country=row.country
            )
    return reach


def _freight(balance: Balance, stage: str, ledger: Ledger) -> FloatArray:
    rate = FreightRate(
        fixed=ledger.take("freight_fixed", stage=stage),
        per_1000_km=ledger.take("freight_per_1000_km", stage=stage),
        grade=ledger.take("shipped_grade", stage=stage),
        insurance_share=ledger.take("insurance_share", stage=stage),
    )
    return freight(balance.distance, rate, balance.reference_price[stage])


def _prices(
    balance: Balance, flows: Mapping[str, FloatArray], costs: Mapping[str, FloatArray], ledger: Ledger
) -> dict[str, FloatArray]:
    band = ledger.take("price_band")
    last = balance.stages[-1]
    ratios = {
        balance.countries.index(row.country): ledger.take("home_price_ratio", country=row.country)
        for row in ledger.book.applies("home_price_ratio", balance.material)
        if row.country in balance.countries
    }
    price: dict[str, FloatArray] = {}
    for stage in balance.stages:
        home = ratios if stage == last else {}
        price[stage] = node_prices(flows[stage], costs[stage], balance.reference_price[stage], band, home)
    if balance.process is not None:
        price[MINE] = with_positive_margin(
            price[MINE], price[last], balance.yield_, ledger.take("smallest_margin_share")
        )
    return price


def _process(balance: Balance, price: Mapping[str, FloatArray], ledger: Ledger) -> Process | None:
    side = balance.process
    if side is None:
        return None
    stage = balance.stages[-1]
    return Process(
        output=side.quantity,
        capacity=_capacity(side, ledger.take("capacity_utilisation", stage=stage)),
        published_capacity=side.published_capacity,
        yield_=balance.yield_,
        status=side.status,
        base_margin=price[stage] - price[MINE] / balance.yield_,
        avoidable_share=ledger.take("avoidable_cost_share"),
        elasticity=_elasticities(ledger, "refining_elasticity"),
    )


def _supply(balance: Balance, ledger: Ledger) -> SupplySide:
    tied = balance.host.tied_share if balance.host is not None else 0.0

    own = _elasticities(ledger, "supply_elasticity") if tied < 1 else dict.fromkeys(HORIZONS, 0.0)
    bound = _elasticities(ledger, "byproduct_supply_elasticity") if tied > 0 else dict.fromkeys(HORIZONS, 0.0)

    def mixed(name: str) -> float:
        free = ledger.take(name) if tied < 1 else 0.0
        return (1 - tied) * free + (tied * ledger.take(f"byproduct_{name}") if tied > 0 else 0.0)

    return SupplySide(
        quantity=balance.supply.quantity,
        capacity=_capacity(balance.supply, ledger.take("capacity_utilisation", stage=balance.stages[0])),
        published_capacity=balance.supply.published_capacity,
        status=balance.supply.status,
        elasticity={horizon: (1 - tied) * own[horizon] + tied * bound[horizon] for horizon in HORIZONS},
        shutdown_low=mixed("variable_cost_share_last"),
        shutdown_high=mixed("variable_cost_share_first"),
    )


def _elasticities(ledger: Ledger, stem: str) -> dict[Horizon, float]:
    """Short and long response; the long one is never below the short one, whatever is drawn."""
    short = ledger.take(f"{stem}_short")
    return {"short": short, "long": max(short, ledger.take(f"{stem}_long"))}


def _secondary(balance: Balance, ledger: Ledger) -> SupplySide:
    return SupplySide(
        quantity=balance.secondary.quantity,
        capacity=_capacity(balance.secondary, ledger.take("scrap_utilisation")),
        published_capacity=balance.secondary.published_capacity,
        status=balance.secondary.status,
        elasticity=_elasticities(ledger, "secondary_elasticity"),
        shutdown_low=ledger.take("scrap_variable_cost_share_last"),
        shutdown_high=ledger.take("scrap_variable_cost_share_first"),
    )


def _use(balance: Balance, ledger: Ledger) -> Use:
    end_uses = tuple(
        EndUse(
            name=name,
            share=share,
            backstop_share=ledger.take("backstop_share", end_use=name),
            multiple_low=ledger.take("backstop_price_multiple_start", end_use=name),
            multiple_high=ledger.take("backstop_price_multiple_end", end_use=name),
            reason=ledger.reason("backstop_share", end_use=name),
        )
        for name, share in balance.end_use_share.items()
    )
    last_to_leave = max(end_use.multiple_high for end_use in end_uses)
    return Use(
        quantity=balance.use,
        status=balance.use_status,
        elasticity=_elasticities(ledger, "use_elasticity"),
        end_uses=end_uses,
        choke_multiple=max(ledger.take("final_choke_multiple"), last_to_leave),
    )


def _stock(balance: Balance, stage: str, ledger: Ledger) -> Stock:
    days = ledger.take("stock_days" if stage == balance.stages[-1] else "feed_stock_days")
    held = balance.need(stage) * days / DAYS
    return Stock(
        held=held,
        draw_capacity=held * ledger.take("stock_draw_share"),
        draw_price_rise=ledger.take("stock_draw_price_rise"),
        build_capacity=balance.available(stage) * ledger.take("stock_build_days") / DAYS,
        build_price_fall=ledger.take("stock_build_price_fall"),
    )


def _route(
    balance: Balance,
    stage: str,
    flows: FloatArray,
    price: FloatArray,
    cost: FloatArray,
    ledger: Ledger,
) -> RouteCost:
    return route_costs(
        flows,
        price,
        cost,
        balance.available(stage),
        balance.need(stage),
        reference_price=balance.reference_price[stage],
        stiffness=ledger.take("route_stiffness"),
        entry_share=ledger.take("entry_cost_share"),
        new_route_share=ledger.take("new_route_share"),
    )


def _capital_cost(balance: Balance, stage: str, ledger: Ledger) -> None:
    """Note the cost of new capacity, USD per t of yearly output: a row of its own, or years of revenue."""
    if any(row.stage == stage for row in ledger.book.applies("capex_per_t", balance.material)):
        ledger.take("capex_per_t", stage=stage)
        return
    ledger.take("capex_price_multiple", stage=stage)
    years = ledger.used.pop(f"capex_price_multiple[{stage}]")
    price = balance.reference_price[stage]
    ledger.used[f"capex_per_t[{stage}]"] = replace(
        years,
        name="capex_per_t",
        low=years.low * price,
        central=years.central * price,
        high=years.high * price,
        value=years.value * price,
        unit="USD per t contained and year of capacity",
    )


def _capacity(side: Side, utilisation: float) -> FloatArray:
    return np.asarray(capacity(side.quantity, side.published_capacity, utilisation))
