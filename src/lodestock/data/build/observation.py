"""One number about one (material, stage, country, year), on its way to becoming a claim row."""

from __future__ import annotations

from dataclasses import dataclass

from lodestock.data.build.common import Claim


@dataclass(frozen=True)
class Observation:
    """A number in tonnes contained with its interval; ``value`` is None when withheld."""

    material: str
    stage: str
    country: str
    year: int
    value: float | None
    low: float | None
    high: float | None
    status: str
    published_value: str | None
    published_unit: str | None
    basis: str
    source_id: str
    note: str | None = None
    preferred: bool = False

    @property
    def block(self) -> tuple[str, str, int]:
        """The unit of precedence: one material, stage and year taken as a whole."""
        return (self.material, self.stage, self.year)

    @property
    def key(self) -> tuple[str, str, str, int, str]:
        """Identity within one publication."""
        return (self.material, self.stage, self.country, self.year, self.source_id)

    @property
    def central(self) -> float:
        """The value, or the middle of the interval when it is withheld."""
        if self.value is not None:
            return self.value
        return ((self.low or 0.0) + (self.high or 0.0)) / 2

    def claim(self, *, staged: bool = True) -> Claim:
        """The claim row; ``staged=False`` for tables without a stage (reserves)."""
        keys: dict[str, object] = {"material": self.material}
        if staged:
            keys["stage"] = self.stage
        keys |= {"country": self.country, "year": self.year}
        return Claim(
            keys=keys,
            value=self.value,
            unit="t",
            status=self.status,
            basis=self.basis,
            source_id=self.source_id,
            low=self.low,
            high=self.high,
            published_value=self.published_value,
            published_unit=self.published_unit,
            preferred=self.preferred,
            note=self.note,
        )
