r"""What stands in the books at the end of a quarter, in whole cents.

.. math::
    \text{cash} + \text{reserve account} + \sum_m \text{stock}_m + \text{owed by members}
    = \text{loan} + \text{fees due} + \text{interest due} + \text{paid in} + \text{support} + \text{retained}

Stock stands at the mean cost of what was bought; a sale takes its share of that cost out. The market value of
the stock is no part of the books: it enters the borrowing base and the money at risk.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import ValueOutOfRangeError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Balance:
    """A balance sheet, cents."""

    cash: int
    reserve_account: int
    stock: tuple[int, ...]
    """Mean cost of what is held, by material."""
    owed_by_members: int
    """Cost of material lent to members and not yet back."""
    loan: int
    fees_due: int
    interest_due: int
    paid_in: int
    """Private capital."""
    support: int
    """What the sponsor paid in so far, and the stock it brought in at cost; without a return."""
    retained: int
    """Profits kept: all income less all expense less what was paid to equity."""

    @property
    def assets(self) -> int:
        """Everything owned."""
        return self.cash + self.reserve_account + sum(self.stock) + self.owed_by_members

    @property
    def liabilities(self) -> int:
        """Everything owed."""
        return self.loan + self.fees_due + self.interest_due

    @property
    def equity(self) -> int:
        """What belongs to the owners."""
        return self.paid_in + self.support + self.retained

    @property
    def difference(self) -> int:
        """Assets less liabilities and equity; 0 in every quarter."""
        return self.assets - self.liabilities - self.equity


@dataclass(frozen=True)
class Owed:
    """Material lent to a member: due back in ``due``, at the cost it had in the books."""

    due: int
    member: int
    material: int
    t: float
    cost: int


@dataclass(frozen=True)
class Called:
    """A call that waits for its notice to pass."""

    delivery: int
    member: int
    material: int
    t: float


@dataclass(frozen=True)
class Statement:
    """One quarter: every flow of cash (cents, as named), the balance after it, and what tests ask for.

    Income: ``upfront_fees``, ``carry``, ``sales``, ``settled`` (paid for material that did not come back).
    Expense paid: ``fees_paid`` (storage and commitment fee), ``interest_paid``. Accrued: ``fees``,
    ``interest``, ``cost_of_sales``, ``written_off`` (lost, or owed by a member in default), ``settled_cost``
    (of what was paid for instead of brought back).
    """

    quarter: int
    upfront_fees: int
    carry: int
    sales: int
    settled: int
    purchases: int
    drawn: int
    supported: int
    """Paid in by the sponsor in the quarter."""
    fees: int
    fees_paid: int
    interest: int
    interest_paid: int
    capitalised: int
    """Interest of the quarter that joined the loan."""
    principal_due: int
    principal_paid: int
    swept: int
    to_reserve_account: int
    distributed: int
    cost_of_sales: int
    written_off: int
    settled_cost: int
    bought_t: tuple[float, ...]
    sold_t: tuple[float, ...]
    lent_t: tuple[float, ...]
    returned_t: tuple[float, ...]
    lost_t: tuple[float, ...]
    stock_t: tuple[float, ...]
    base: int
    """Borrowing base at the prices of the quarter, after purchases."""
    coverage: float | None
    """Debt-service cover: cash for debt service over interest and principal due; None without any."""
    balance: Balance

    @property
    def base_holds(self) -> bool:
        """Whether the loan is within the borrowing base."""
        return self.balance.loan <= self.base

    @property
    def paid_on_time(self) -> bool:
        """Whether fees, interest and principal of the quarter were paid in full."""
        owed = self.balance.fees_due + self.balance.interest_due
        return owed == 0 and self.principal_paid >= self.principal_due


@dataclass(frozen=True, eq=False)
class Quarter:
    """What happens and what is wanted in a quarter; arrays (material,) or (member, material).

    Parameters
    ----------
    price : market price, USD/t; values the borrowing base and settlements.
    buy_t : t wanted; bought at ``buy_price`` as far as money allows.
    sell_t : t sold at ``sell_price``, no more than is held.
    storage_usd : storage of the quarter.
    loss_share : fraction of the stock lost in the quarter.
    call_t : t each member calls now, within its cap; delivered after the notice, as far as there is stock, by
        the members' rule of allotment. None for none.
    return_share : share of what is due that each member brings back; the rest is paid for.
    in_default : members that neither return nor pay. None for nobody.
    """

    price: FloatArray
    buy_t: FloatArray
    buy_price: FloatArray
    sell_t: FloatArray
    sell_price: FloatArray
    storage_usd: float = 0.0
    loss_share: FloatArray | None = None
    call_t: FloatArray | None = None
    return_share: FloatArray | None = None
    in_default: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Books:
    """Everything the next quarter needs: ``quarter`` counts those that are done."""

    quarter: int
    balance: Balance
    stock_t: tuple[float, ...]
    owed: tuple[Owed, ...] = ()
    called: tuple[Called, ...] = ()
    equity_accrued: int = 0
    amortised: int = 0
    """Loan at the end of the availability period, of which equal parts fall due."""


def check_quarter(quarter: Quarter, materials: int) -> None:
    """Raise for a quantity or price that is negative, not finite or of another number of materials."""
    for name in ("price", "buy_t", "buy_price", "sell_t", "sell_price", "loss_share"):
        values = getattr(quarter, name)
        if values is None:
            continue
        if np.shape(values) != (materials,) or not np.all(np.isfinite(values)) or np.any(values < 0):
            raise ValueOutOfRangeError(
                f"{name} is {np.asarray(values).tolist()}",
                where="quarter",
                allowed=f"{materials} numbers of 0 or more",
            )
