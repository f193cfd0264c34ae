"""Equal Earth projection and the placing of labels on a map, so that none covers another."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

A1, A2, A3, A4 = 1.340264, -0.081106, 0.000893, 0.003796
HALF_WIDTH = 2.7066299836960748
"""x of the 180th meridian at the equator, in units of the projection."""

CHARACTER, LINE = 5.9, 13.0
"""Width of a bold character and height of a line of 10 px text, px (safe side)."""


@dataclass(frozen=True)
class Frame:
    """A map of given width, centred on ``centre`` (degrees east), cut at ``south`` and ``north``."""

    width: float
    centre: float = 11.0
    south: float = -57.0
    north: float = 84.0

    @property
    def scale(self) -> float:
        """Px per unit of the projection."""
        return self.width / (2 * HALF_WIDTH)

    @property
    def height(self) -> int:
        """Height in px between the two cuts."""
        return math.ceil(self.scale * (equal_earth(0.0, self.north)[1] - equal_earth(0.0, self.south)[1]))

    @property
    def translate(self) -> tuple[float, float]:
        """Px position of the projection's origin."""
        return self.width / 2, self.scale * equal_earth(0.0, self.north)[1]

    def place(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Return the px position of a point, x to the right and y downwards."""
        turned = (longitude - self.centre + 180.0) % 360.0 - 180.0
        x, y = equal_earth(turned, latitude)
        return self.translate[0] + self.scale * x, self.translate[1] - self.scale * y


def equal_earth(longitude: float, latitude: float) -> tuple[float, float]:
    r"""Project degrees to the plane.

    .. math:: \sin\theta = \tfrac{\sqrt3}{2}\sin\varphi, \quad
        x = \frac{2\sqrt3\,\lambda\cos\theta}{3\,(9A_4\theta^8 + 7A_3\theta^6 + 3A_2\theta^2 + A_1)}, \quad
        y = A_4\theta^9 + A_3\theta^7 + A_2\theta^3 + A_1\theta

    References
    ----------
    Šavrič, Patterson and Jenny (2018), doi:10.1080/13658816.2018.1504949, equations 1-3.
    """
    theta = math.asin(math.sqrt(3.0) / 2.0 * math.sin(math.radians(latitude)))
    squared = theta * theta
    sixth = squared**3
    slope = A1 + 3.0 * A2 * squared + sixth * (7.0 * A3 + 9.0 * A4 * squared)
    x = 2.0 * math.sqrt(3.0) * math.radians(longitude) * math.cos(theta) / (3.0 * slope)
    return x, theta * (A1 + A2 * squared + sixth * (A3 + A4 * squared))


@dataclass(frozen=True)
class Label:
    """A text centred at (x, y), and the point it belongs to; px."""

    text: str
    x: float
    y: float
    point_x: float
    point_y: float

    @property
    def moved(self) -> bool:
        """Whether the text stands away from its point and needs a leader line."""
        return math.hypot(self.x - self.point_x, self.y - self.point_y) > LINE


def place_labels(texts: Iterable[tuple[str, float, float]], frame: Frame) -> list[Label]:
    """Place (text, latitude, longitude) in order of importance: at its point, else nearest free place."""
    placed: list[Label] = []
    for text, latitude, longitude in texts:
        x, y = frame.place(latitude, longitude)
        options = [Label(text, *_kept(text, x + dx, y + dy, frame), x, y) for dx, dy in _offsets(text)]
        free = (option for option in options if not any(_overlap(option, other) for other in placed))
        placed.append(next(free, options[0]))
    return placed


def _offsets(text: str) -> list[tuple[float, float]]:
    """Return shifts to try, from none outwards: beside, above and below, then further rings."""
    aside = CHARACTER * len(text) / 2 + 8.0
    tries = [(0.0, 0.0)]
    for ring in range(1, 7):
        dy = LINE * ring
        tries += [(aside, 0.0), (0.0, -dy), (0.0, dy), (aside, -dy), (aside, dy), (-aside, -dy), (-aside, dy)]
    return tries


def _kept(text: str, x: float, y: float, frame: Frame) -> tuple[float, float]:
    half = CHARACTER * len(text) / 2
    return min(max(x, half), frame.width - half), min(max(y, LINE / 2), frame.height - LINE / 2)


def _overlap(one: Label, other: Label) -> bool:
    wide = CHARACTER * (len(one.text) + len(other.text)) / 2
    return abs(one.x - other.x) < wide and abs(one.y - other.y) < LINE
