"""What a solve returns: numbers, their certificate and how they were found."""

from __future__ import annotations

from dataclasses import dataclass

from lodestock.market.arrays import Float
from lodestock.market.attempt import Step


@dataclass(frozen=True, slots=True)
class LevyStatus:
    """What one levy does, in numbers and in words.

    Attributes
    ----------
    status : ``slack`` (not needed), ``enforced`` (holds the floor), ``unenforceable`` (nothing left to
        charge and still below the floor) or ``capped`` (at its cap with charged trade, below the floor).
    reason : the same in a sentence.
    rate : price units; for an unenforceable levy the smallest rate that already ends all charged trade.
    reference_price, floor : price units.
    charged_quantity : quantity units, weighted by the charges.
    revenue : rate times charged quantity; negative where the levy pays out.
    """

    name: str
    status: str
    reason: str
    rate: float
    reference_price: float
    floor: float
    charged_quantity: float
    revenue: float


@dataclass(frozen=True, slots=True)
class Certificate:
    """Residuals of the original problem, computed from price, level and levy alone.

    Attributes
    ----------
    zero_profit, market_clearing, levy : largest scaled residual of each block.
    worst, worst_element : the largest of them and the name of its element.
    money_identity : gap between net benefit and the sum of its parts, relative to the sum of their sizes.
    mass_identity : largest imbalance of a node after disposal, relative to what passes through it.
    levies : one status per levy.
    """

    zero_profit: float
    market_clearing: float
    levy: float
    worst: float
    worst_element: str
    money_identity: float
    mass_identity: float
    levies: tuple[LevyStatus, ...]


@dataclass(frozen=True, slots=True)
class Solution:
    """An equilibrium, or the best point found when ``status`` is ``not_solved``.

    Attributes
    ----------
    status : ``solved`` or ``not_solved``; numbers of the latter are no equilibrium.
    price : shape (n,); level : shape (K,); levy : shape (L,), raw rates (an unenforceable levy stands at
        its cap).
    disposal : shape (n,), what is thrown away at nodes with a zero price.
    capacity_rent : shape (K,), margin per unit of activities at their capacity.
    curve_price, curve_quantity : shape (J,), own price and quantity of every curve.
    certificate : see :class:`Certificate`.
    steps : every rung of the ladder that was tried, in order.
    multiple : whether the audit found a second equilibrium; ``alternative`` is that one, marked alike.
    audited : whether the audit ran and came to an end.
    """

    status: str
    price: Float
    level: Float
    levy: Float
    disposal: Float
    capacity_rent: Float
    curve_price: Float
    curve_quantity: Float
    certificate: Certificate
    steps: tuple[Step, ...]
    multiple: bool = False
    audited: bool = False
    alternative: Solution | None = None

    @property
    def is_solved(self) -> bool:
        """Whether the certificate holds to the tolerance asked for."""
        return self.status == "solved"
