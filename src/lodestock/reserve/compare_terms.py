"""What the comparison of measures rests on: assumptions with ranges, lead times, annuities, substitutes."""

from __future__ import annotations

from lodestock.reserve import assumptions
from lodestock.reserve.requirements.forms import Interval
from lodestock.risk import assumptions as risk_assumptions
from lodestock.world.model import Assumption, World

MEASURES = ("reserve", "mandate", "substitution", "recycling", "capacity")
STOCKS = ("reserve", "mandate")
OWN = (
    *(f"lead_{name}" for name in MEASURES),
    *("cut_years", "compare_horizon", "compare_discount", "private_carrying_cost"),
    *("mandate_release_share", "new_plant_life", "new_plant_return"),
)
RISK = ("reserve_carrying_cost", "recycling_premium", "export_stop_probability")


def central_terms(material: str) -> dict[str, float]:
    """Every assumption of the comparison at its central value."""
    return {name: item.central for name, item in term_ranges(material).items()}


def term_ranges(material: str) -> dict[str, Interval]:
    """Range of every assumption of the comparison."""
    return {
        name: Interval(row.low, row.central, row.high) for name, row in term_assumptions(material).items()
    }


def term_assumptions(material: str) -> dict[str, Assumption]:
    """Every assumption of the comparison, with unit, reason and source."""
    own = {name: assumptions.assumption(name, material) for name in OWN}
    return own | {name: risk_assumptions.assumption(name, material) for name in RISK}


def available_share(lead: float, horizon: float, discount: float) -> float:
    r"""Share of a horizon in which a measure works, discounted continuously in time.

    .. math:: F = \frac{\beta^{\ell} - \beta^{H}}{1 - \beta^{H}}, \qquad \beta = \frac{1}{1 + r};
       \qquad F = \frac{H - \ell}{H} \text{ for } r = 0
    """
    if lead >= horizon:
        return 0.0
    if discount == 0.0:
        return (horizon - lead) / horizon
    beta = 1.0 / (1.0 + discount)
    return float((beta**lead - beta**horizon) / (1.0 - beta**horizon))


def annuity(rate: float, years: float) -> float:
    r"""Yearly payment per USD of capital: :math:`r / (1 - (1 + r)^{-n})`."""
    return 1.0 / years if rate == 0.0 else rate / (1.0 - (1.0 + rate) ** -years)


def substitute_gap(world: World) -> tuple[float, str]:
    """Price rise, as a share of price, at which the cheapest substitute comes in, and the use it serves."""
    possible = [(use.multiple_low, use.name) for use in world.use.end_uses if use.backstop_share > 0]
    if not possible:
        return world.use.choke_multiple / 2.0 - 1.0, "no use has a known substitute"
    multiple, name = min(possible)
    return multiple - 1.0, f"cheapest use to switch: {name}"
