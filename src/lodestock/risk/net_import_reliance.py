r"""Net import reliance of the United States Geological Survey, for any perspective.

.. math::
   AC = q_1 + q_2 + m - x + d, \qquad NIR = \frac{m - x + d}{AC}

with primary and secondary production :math:`q_1, q_2`, imports m, exports x and what stocks gave :math:`d`
(drawn down positive), all in t of one basis. A net exporter has no reliance and is shown as ``E``, never as
a negative number; a withheld figure stays an interval, and so does the result.

========= ============================ =================
equation  name in code                 column
========= ============================ =================
AC        ``apparent_consumption``     ``consumption_t``
NIR       ``net_import_reliance``      ``nir``, ``nir_low``, ``nir_high``
========= ============================ =================
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from lodestock.errors import ValueOutOfRangeError

NET_EXPORTER = "E"


@dataclass(frozen=True)
class Interval:
    """A quantity known between two ends, t; a point has both ends equal."""

    low: float
    high: float

    def __post_init__(self) -> None:
        """Refuse ends that are not finite or stand in the wrong order."""
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise ValueOutOfRangeError(f"an interval from {self.low} to {self.high}", allowed="low <= high")

    @property
    def middle(self) -> float:
        """Middle of the interval."""
        return (self.low + self.high) / 2.0


def point(value: float) -> Interval:
    """Interval of a figure that is published as it is."""
    return Interval(value, value)


@dataclass(frozen=True)
class Reliance:
    """Result: ``nir`` at the middle of every input, its ends, and how it is printed."""

    nir: float
    low: float
    high: float
    consumption_t: float

    @property
    def shown(self) -> str:
        """``E`` for a net exporter, else a percentage, a range where inputs are withheld."""
        if self.high <= 0:
            return NET_EXPORTER
        if self.high - self.low > 0.005:
            low = NET_EXPORTER if self.low <= 0 else f"{self.low:.0%}"
            return f"{low} to {self.high:.0%}"
        return f"{self.nir:.0%}"


def apparent_consumption(
    primary: float, secondary: float, imports: float, exports: float, from_stocks: float = 0.0
) -> float:
    """Apparent consumption :math:`q_1 + q_2 + m - x + d`, t."""
    return primary + secondary + imports - exports + from_stocks


def net_import_reliance(
    primary: Interval,
    secondary: Interval,
    imports: Interval,
    exports: Interval,
    from_stocks: Interval | None = None,
) -> Reliance:
    """Net import reliance with its interval.

    The reliance falls with production and exports and rises with imports and what stocks gave, so its ends
    lie at the ends of the inputs.

    Raises
    ------
    ValueOutOfRangeError
        A quantity is negative, or apparent consumption at the middle is not positive.
    """
    d = from_stocks or point(0.0)
    for name, item in (
        ("production", primary),
        ("secondary", secondary),
        ("imports", imports),
        ("exports", exports),
    ):
        if item.low < 0:
            raise ValueOutOfRangeError(f"{name} of {item.low:g} t", allowed="a number of at least 0")
    middle = _ratio(primary.middle, secondary.middle, imports.middle, exports.middle, d.middle)
    if middle is None:
        raise ValueOutOfRangeError(
            "apparent consumption is not positive, so nothing can be relied on",
            where="net import reliance",
            hint="exports above production and imports: check that all figures have one basis",
        )
    low = _ratio(primary.high, secondary.high, imports.low, exports.high, d.low)
    high = _ratio(primary.low, secondary.low, imports.high, exports.low, d.high)
    return Reliance(
        nir=max(0.0, middle),
        low=max(0.0, low if low is not None else 0.0),
        high=max(0.0, min(1.0, high if high is not None else 1.0)),
        consumption_t=apparent_consumption(
            primary.middle, secondary.middle, imports.middle, exports.middle, d.middle
        ),
    )


def _ratio(primary: float, secondary: float, imports: float, exports: float, d: float) -> float | None:
    total = apparent_consumption(primary, secondary, imports, exports, d)
    return None if total <= 0 else (imports - exports + d) / total
