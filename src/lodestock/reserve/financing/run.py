r"""Whether members run on the stock: call before they need, for fear of coming too late.

n members alike, each entitled to one lot of a stock of S lots, S < n. Later on each needs its lot with
probability p, independently; a lot when needed is worth v, holding a lot one called early costs k. With j of
the others running, under ``first_come``

.. math::
    \text{run: } & s_0(j)\, p\, v - s_0(j)\, k, \qquad s_0(j) = \min(1, S/(j+1)) \\
    \text{wait: } & p\, v\; E \Bigl[\min\Bigl(1, \frac{(S - j)^+}{1 + N}\Bigr)\Bigr],
    \qquad N \sim \mathrm{Bin}(n - 1 - j, p)

Calls that arrive together share alike. With the share S/n reserved for each member (``pro_rata`` with
replenishment) the others' calls take nothing away: waiting is worth p v min(1, S/n) and running costs k more,
so nobody runs. The equilibria are found by enumeration of the number of runners, after Diamond and Dybvig,
J. Political Economy 91 (1983).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

from lodestock.errors import ValueOutOfRangeError


@dataclass(frozen=True)
class RunRisk:
    """Equilibria as numbers of runners, and the share of needs served in the calmest and the worst."""

    runners: tuple[int, ...]
    served_calm: float
    served_run: float

    @property
    def runs(self) -> bool:
        """Whether all members running is an equilibrium."""
        return len(self.runners) > 0 and max(self.runners) > 0


def run_risk(
    members: int, lots: float, need: float, *, value: float, holding: float, rule: str = "first_come"
) -> RunRisk:
    """Find every equilibrium in pure strategies; see the equations above.

    Parameters
    ----------
    members, lots : n and S. ``need`` : p. ``value``, ``holding`` : v and k, USD per lot.
    rule : ``first_come`` or ``pro_rata``.

    Raises
    ------
    ValueOutOfRangeError
        Fewer than one member, a probability outside 0 to 1, a negative stock or money.
    """
    if members < 1 or not 0 <= need <= 1 or lots < 0 or value < 0 or holding < 0:
        raise ValueOutOfRangeError(
            f"members {members}, lots {lots}, need {need}, value {value}, holding {holding}",
            where="run risk",
            allowed="at least one member, a probability, amounts of 0 or more",
        )

    def gain(runners: int) -> float:
        """What a member gains by running when ``runners`` others run."""
        if rule == "pro_rata":
            return -holding * min(1.0, lots / members)
        early = min(1.0, lots / (runners + 1))
        return early * (need * value - holding) - value * need * _later(members, lots, need, runners)

    found = tuple(
        j for j in range(members + 1) if (j == 0 or gain(j - 1) >= 0.0) and (j == members or gain(j) <= 0.0)
    )
    calm, worst = min(found, default=0), max(found, default=0)
    return RunRisk(found, _served(members, lots, need, calm), _served(members, lots, need, worst))


def _later(members: int, lots: float, need: float, runners: int) -> float:
    """Share of a lot one gets later, given that one needs it and ``runners`` others ran."""
    others, left = members - 1 - runners, max(0.0, lots - runners)
    return sum(
        comb(others, n) * need**n * (1 - need) ** (others - n) * min(1.0, left / (1 + n))
        for n in range(others + 1)
    )


def _served(members: int, lots: float, need: float, runners: int) -> float:
    """Expected share of needs that are met with ``runners`` runners."""
    early = runners * min(1.0, lots / runners) if runners else 0.0
    if runners == members:
        return early / members
    late = (members - runners) * _later(members, lots, need, runners)
    return (early + late) / members
