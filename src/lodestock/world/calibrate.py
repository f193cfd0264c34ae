"""Calibrate one material in one base year: snapshot and assumptions in, World out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from lodestock.errors import LodestockError
from lodestock.world import axis as axes
from lodestock.world import prior, quantities, read
from lodestock.world.adjustments import flow_adjustments, use_adjustments
from lodestock.world.assemble import assemble
from lodestock.world.assumptions import Book, Ledger, load_book
from lodestock.world.axis import Axis
from lodestock.world.balance import Balance
from lodestock.world.known_use import industry_weight, known_scrap, known_use, large_users
from lodestock.world.model import Adjustment, FloatArray, Host, World
from lodestock.world.prior import TradePrior
from lodestock.world.quantities import Chain
from lodestock.world.reference import references
from lodestock.world.use import UseEstimate, apparent_consumption, estimate_use

OTHER_USES = "all uses"
"""Name of the single end use of a material whose applications nobody publishes."""


def calibrate(
    material: str, base_year: int = 2024, draw: Mapping[str, float] | None = None, book: Book | None = None
) -> World:
    """Calibrate a material: production is the anchor, trade a prior, use is closed on what is offered.

    Parameters
    ----------
    material : slug.
    base_year : calendar year with production in the snapshot.
    draw : positions of assumptions in their ranges (see draw.py); None for the central world.
    book : assumptions; the shipped table by default.

    Returns
    -------
    World.

    Raises
    ------
    UnknownNameError
        No such material.
    LodestockError
        No production in that year; names the years there are.
    """
    book = book or load_book()
    balance = build_balance(material, base_year, book)
    central = assemble(balance, book)
    balance = replace(balance, adjustments=balance.adjustments + flow_adjustments(central))
    return assemble(balance, book, draw) if draw else replace(central, adjustments=balance.adjustments)


def build_balance(material: str, base_year: int, book: Book) -> Balance:
    """Quantities of the base year, in balance at every stage, with trade priors and reference prices."""
    row = read.material_row(material)
    stages = tuple(str(row["stages"]).split("|"))
    last = stages[-1]
    ledger = Ledger(book, material)
    outputs = {stage: _output(material, stage, base_year) for stage in stages}
    flows = {stage: read.trade(material, stage, base_year) for stage in stages}
    anchors = {stage: read.known_flows(material, stage, base_year) for stage in stages}
    producers = {code for output in outputs.values() for code in output.tonnes}
    users = large_users(ledger) | set(read.use_priors(material, base_year))
    axis = axes.choose(producers, users, flows.values())
    weight = industry_weight(axis, ledger)
    chain, listed = _chain(axis, outputs, base_year, ledger, weight)

    need = dict.fromkeys(stages, chain.feed)
    need[last] = weight * float(chain.offered(last).sum())
    trades = {
        stage: prior.trade_prior(
            axis, flows[stage], anchors[stage], chain.offered(stage), need[stage], base_year
        )
        for stage in stages
    }
    stated = known_use(axis, material, last, base_year, float(chain.offered(last).sum()))
    change = _stock_change(axis, chain, ledger)
    use = _use(chain.offered(last) - change[last], trades[last], last, weight, stated.figures, ledger)
    need[last] = use.quantity
    prices = references(material, stages, base_year, ledger)
    shares, share_sources = _end_uses(material, ledger)
    used = [prices.sources, share_sources, stated.sources]
    used += [output.sources for output in outputs.values()] + [flow.sources for flow in flows.values()]
    used += [frozenset(anchor.source for anchor in known.values()) for known in anchors.values()]
    return Balance(
        material=material,
        name=str(row["name"]),
        basis=str(row["basis"]),
        price_form=prices.form,
        base_year=base_year,
        stages=stages,
        countries=axis.codes,
        country_names=axis.names,
        distance=axis.distance,
        supply=chain.supply,
        secondary=chain.secondary,
        process=chain.process,
        yield_=chain.yield_,
        use=use.quantity,
        use_status=use.status,
        end_use_share=shares,
        stock_change=change,
        observed={stage: trade.published for stage, trade in trades.items()},
        prior={stage: _completed(axis, chain, trades[stage], need[stage], stage, ledger) for stage in stages},
        reference_price=prices.price,
        host=_host(row),
        adjustments=(
            *listed,
            *chain.adjustments,
            *prices.adjustments,
            *use_adjustments(axis.codes, last, use),
        ),
        sources=_union(used),
    )


def _output(material: str, stage: str, year: int) -> read.Output:
    output = read.production(material, stage, year)
    if not output.tonnes:
        known = read.years("production", material, stage)
        raise LodestockError(
            f"no {stage} production of {material} in {year}",
            where="base year",
            allowed=", ".join(str(other) for other in known) or "none",
        )
    return output


def _chain(
    axis: Axis, outputs: Mapping[str, read.Output], year: int, ledger: Ledger, weight: FloatArray
) -> tuple[Chain, list[Adjustment]]:
    listed: list[Adjustment] = []
    sides = []
    for stage, output in outputs.items():
        side, adjusted = quantities.side(axis, output, ledger.material, stage, year)
        sides.append(side)
        listed += adjusted
    if len(sides) == 2:
        chain = quantities.two_stage(axis, sides[0], sides[1], weight, ledger, year)
    else:
        chain = quantities.one_stage(next(iter(outputs)), sides[0])
    by_use = ledger.take("secondary_weight")
    arising = by_use * weight + (1 - by_use) * axes.income_share(axis)
    return quantities.with_old_scrap(
        chain, _scrap_rate(ledger), arising, known_scrap(axis, chain.stages[-1], year, ledger)
    ), listed


def _scrap_rate(ledger: Ledger) -> float:
    """Share of world supply from old scrap: a stated one, else the EU rate scaled to the world, else none."""
    if ledger.book.applies("recycling_input_rate", ledger.material):
        return ledger.take("recycling_input_rate")
    published = read.recycling_rate(ledger.material)
    return 0.0 if published is None else published[0] * ledger.take("secondary_rate_scale")


def _stock_change(axis: Axis, chain: Chain, ledger: Ledger) -> dict[str, FloatArray]:
    """Stock change by stage: the gap of feed at the mine, a stated share of output at the last stage."""
    last = chain.stages[-1]
    stated = np.zeros(len(axis.codes))
    for row in ledger.book.applies("stock_change_share", ledger.material):
        if row.country in axis.codes:
            stated[axis.position(row.country)] = ledger.take("stock_change_share", country=row.country)
    return {
        stage: stated * chain.offered(last) if stage == last else chain.feed_stock_change
        for stage in chain.stages
    }


def _use(
    offered: FloatArray,
    trade: TradePrior,
    stage: str,
    weight: FloatArray,
    known: Mapping[int, tuple[float, float, str]],
    ledger: Ledger,
) -> UseEstimate:
    total = float(offered.sum())
    if trade.total.sum() <= 0:
        return estimate_use(total, weight, known, None, None)
    apparent, error = apparent_consumption(
        offered,
        trade,
        trade_error=ledger.take("country_trade_error"),
        coverage=ledger.take("code_coverage", stage=stage) if trade.observed.sum() > 0 else 0.0,
    )
    return estimate_use(total, weight, known, apparent, error)


def _completed(
    axis: Axis, chain: Chain, trade: TradePrior, need: FloatArray, stage: str, ledger: Ledger
) -> FloatArray:
    """Prior of a stage: what is observed or stated; published sourcing shares where no flow is observed."""
    if trade.observed.sum() > 0:
        return trade.total
    shares = prior.sourcing_shares(ledger.material, stage, chain.stages[-1])
    return prior.with_sourcing_shares(axis, trade, chain.offered(stage), need, shares)


def _end_uses(material: str, ledger: Ledger) -> tuple[dict[str, float], frozenset[str]]:
    """Shares of use by application: world shares where stated, else the published European ones."""
    stated = ledger.book.applies("end_use_share", material)
    if stated:
        central = {row.end_use: ledger.take("end_use_share", end_use=row.end_use) for row in stated}
        total = sum(central.values())
        return {name: share / total for name, share in central.items()}, frozenset()
    published = read.end_uses(material)
    if published:
        total = sum(share for share, _ in published.values())
        shares = {name: share / total for name, (share, _) in published.items()}
        return shares, frozenset(source for _, source in published.values())
    return {OTHER_USES: 1.0}, frozenset()


def _host(row: Mapping[str, object]) -> Host | None:
    if not row["host_material"]:
        return None
    share = row["host_share"]
    return Host(
        str(row["host_material"]),
        str(row["host_stage"] or "mine"),
        float(share) if isinstance(share, float) else 1.0,
    )


def _union(parts: Iterable[frozenset[str]]) -> tuple[str, ...]:
    return tuple(sorted({source for part in parts for source in part if source}))
