"""Which inputs drive a result: each at its low and its high value alone, all others central."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lodestock.scenario.draws import Draw
from lodestock.scenario.metrics import Label, Metrics
from lodestock.world.draw import Factor

NEGLIGIBLE = 1e-12


@dataclass(frozen=True)
class Swing:
    """Effect of one input on one headline number; rank 1 swings it most."""

    label: Label
    factor: Factor
    central: float
    at_low: float
    at_high: float
    rank: int

    @property
    def swing(self) -> float:
        """Distance between the two ends and the centre, whichever way they go."""
        values = (self.at_low, self.central, self.at_high)
        return max(values) - min(values)


def one_at_a_time(factors: Sequence[Factor]) -> list[tuple[Factor, float]]:
    """The runs a tornado needs: every factor at its low (-1) and high (+1) end."""
    return [(factor, position) for factor in factors for position in (-1.0, 1.0)]


def swings(
    central: Metrics, runs: Sequence[tuple[Factor, float]], draws: Sequence[Draw]
) -> tuple[Swing, ...]:
    """Order the factors by how far they move each headline number.

    Parameters
    ----------
    central : headline numbers with every input at its centre.
    runs, draws : the runs of ``one_at_a_time`` and what they gave, aligned; runs that failed are left out.

    Returns
    -------
    By headline number, largest swing first; inputs that do not move it are left out.
    """
    ends: dict[str, dict[float, Metrics]] = {}
    by_name = {factor.name: factor for factor, _ in runs}
    for (factor, position), draw in zip(runs, draws, strict=True):
        if draw.metrics:
            ends.setdefault(factor.name, {})[position] = draw.metrics
    found: list[Swing] = []
    for label, value in central.items():
        of_label = []
        for name, by_position in ends.items():
            low = by_position.get(-1.0, {}).get(label)
            high = by_position.get(1.0, {}).get(label)
            if low is None or high is None:
                continue
            swing = Swing(label, by_name[name], value, low, high, 0)
            if swing.swing > NEGLIGIBLE * max(abs(value), 1.0):
                of_label.append(swing)
        of_label.sort(key=lambda swing: -swing.swing)
        found += [
            Swing(s.label, s.factor, s.central, s.at_low, s.at_high, rank)
            for rank, s in enumerate(of_label, 1)
        ]
    return tuple(found)
