"""Reference prices per stage, one form each, with a positive conversion margin between them."""

from __future__ import annotations

from dataclasses import dataclass

from lodestock.errors import LodestockError
from lodestock.world import read
from lodestock.world.assumptions import Ledger
from lodestock.world.model import MINE, REFINED, Adjustment


@dataclass(frozen=True)
class References:
    """Reference price and form per stage, and what had to be derived."""

    price: dict[str, float]
    """USD/t contained."""
    form: dict[str, str]
    sources: frozenset[str]
    adjustments: tuple[Adjustment, ...]


def references(material: str, stages: tuple[str, ...], year: int, ledger: Ledger) -> References:
    r"""Take the published reference price of each stage, or derive the missing one.

    The mine-stage price is a payable share of the refined one, :math:`\bar p_{mine} = \alpha \bar p`, where
    none is published or where the published one would leave a refiner less than the smallest margin.

    Raises
    ------
    LodestockError
        No price is published for any stage of the material.
    """
    published = read.reference_prices(material, year)
    price = {stage: published[stage][0] for stage in stages if stage in published}
    form = {stage: published[stage][1] for stage in price}
    adjustments = [
        Adjustment(
            "price",
            stage,
            "",
            "",
            0.0,
            published[stage][0],
            "USD/t",
            f"no price of {year}; that of {published[stage][3]} is used",
        )
        for stage in price
        if published[stage][3] != year
    ]
    if not price:
        raise LodestockError(f"no price for {material}", where="table prices", hint="add a price row")
    if len(stages) == 2:
        alpha = ledger.take("mine_payable_share")
        if REFINED not in price:
            price[REFINED] = price[MINE] / alpha
            form[REFINED] = "derived from the mine-stage price and the payable share"
        limit = (1 - ledger.take("smallest_margin_share")) * ledger.take("process_yield") * price[REFINED]
        if MINE not in price:
            price[MINE] = min(alpha * price[REFINED], limit)
            form[MINE] = f"payable share of the refined price ({alpha:.0%})"
        elif price[MINE] > limit:
            derived = min(alpha * price[REFINED], limit)
            reason = "published mine-stage price leaves no conversion margin; payable share used instead"
            adjustments.append(Adjustment("price", MINE, "", "", price[MINE], derived, "USD/t", reason))
            price[MINE] = derived
            form[MINE] = f"payable share of the refined price ({alpha:.0%})"
    sources = frozenset(published[stage][2] for stage in stages if stage in published)
    return References(price, form, sources, tuple(adjustments))
