r"""Cash goes down in order: fees, interest, principal, reserve account, capped equity.

.. math:: \text{paid}_i = \min\bigl(\text{due}_i,\ C - \sum_{j<i} \text{paid}_j\bigr)

All amounts in whole cents; what is paid and what is left add up to what was there.
"""

from __future__ import annotations

from collections.abc import Mapping

ORDER = ("fees", "interest", "principal", "reserve_account", "equity")


def pay_in_order(available: int, due: Mapping[str, int]) -> tuple[dict[str, int], int]:
    """Return what is paid by name, in the order of ``due``, and what is left, cents.

    Negative availability pays nothing and is left as it is.
    """
    paid = {}
    left = available
    for name, amount in due.items():
        paid[name] = max(0, min(amount, left))
        left -= paid[name]
    return paid, left
