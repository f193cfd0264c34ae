"""The calibrated world of one material in one base year: frozen numbers, no behaviour.

Quantities are t of contained element per year, money is USD per t contained (2024 prices). Every array of
shape ``(country,)`` or ``(country, country)`` is aligned to ``World.countries``; in a pair the first axis is
the exporter and the second the importer. Arrays are read-only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import UnknownNameError

FloatArray = NDArray[np.float64]
CodeArray = NDArray[np.int8]
Horizon = Literal["short", "long"]

MINE = "mine"
REFINED = "refined"

FLOW_STATUS = ("none", "observed", "adjusted", "estimated", "domestic")
"""Names of the codes in ``World.flow_status``: no flow; within 5 % of the tonnes published for the pair
and this very material; moved further from them; less than half of it, or nothing, was published for the pair;
the diagonal (what a country takes from itself)."""


@dataclass(frozen=True)
class Assumption:
    """One row of the assumptions table: a range, its unit, its reason and its source.

    ``value`` is what the calibration used: the central value, or a drawn one between ``low`` and ``high``.
    """

    name: str
    low: float
    central: float
    high: float
    unit: str
    reason: str
    source: str
    value: float
    applies_to: str = ""


@dataclass(frozen=True)
class SupplySide:
    """Supply of one stage by country: q(p) = quantity * (p / p0) ** elasticity up to capacity.

    Below ``shutdown_high`` x p0 output falls linearly, at ``shutdown_low`` x p0 it is zero; p0 is the base
    price of the country's node (``World.price``).
    """

    quantity: FloatArray
    """Base output, t, (country,)."""
    capacity: FloatArray
    """Largest output within the horizon, t, (country,); never below ``quantity``."""
    published_capacity: FloatArray
    """Capacity as published, t, (country,); zero where none is and a utilisation is assumed instead."""
    status: tuple[str, ...]
    """Where the base output comes from: reported, estimated, withheld, assumed or none."""
    elasticity: Mapping[Horizon, float]
    shutdown_low: float
    shutdown_high: float


@dataclass(frozen=True)
class Process:
    """Refining by country: takes output / yield_ of the mine stage, gives output at the refined stage.

    The base margin is p_refined - p_mine / yield_ > 0, USD per t of output. A refiner's avoidable cost runs
    from ``avoidable_share`` x base margin at zero output to the base margin at base output, so it shuts
    gradually as the margin falls; beyond base output the required margin rises with ``elasticity`` up to
    capacity.
    """

    output: FloatArray
    capacity: FloatArray
    published_capacity: FloatArray
    yield_: FloatArray
    status: tuple[str, ...]
    base_margin: FloatArray
    avoidable_share: float
    elasticity: Mapping[Horizon, float]


@dataclass(frozen=True)
class EndUse:
    """An application of the refined material and its substitution back-stop.

    ``backstop_share`` of this end use leaves, evenly, while the price rises from ``multiple_low`` to
    ``multiple_high`` times its base.
    """

    name: str
    share: float
    """Share of use, 1; the shares of a material add to one."""
    backstop_share: float
    multiple_low: float
    multiple_high: float
    reason: str


@dataclass(frozen=True)
class Use:
    """Use of the refined stage by country: d(p) = quantity * (p / p0) ** -elasticity * remaining(p).

    ``remaining`` falls with the back-stops of the end uses and reaches zero at ``choke_multiple`` x p0.
    """

    quantity: FloatArray
    status: tuple[str, ...]
    """published, prior, apparent (output plus imports less exports), industry (share of industrial output) or
    none."""
    elasticity: Mapping[Horizon, float]
    end_uses: tuple[EndUse, ...]
    choke_multiple: float


@dataclass(frozen=True)
class Stock:
    """Commercial stock of one stage and how far the trade draws it or lets it grow within a year."""

    held: FloatArray
    """Stock at the start of the base year, t, (country,)."""
    draw_capacity: FloatArray
    """Most that can be drawn within the year, t, (country,)."""
    draw_price_rise: float
    """Price rise over base (share) at which the whole of ``draw_capacity`` is drawn."""
    build_capacity: FloatArray
    """Room for unsold output, t, (country,)."""
    build_price_fall: float
    """Price fall under base (share) at which the whole of ``build_capacity`` is filled."""


@dataclass(frozen=True)
class RouteCost:
    r"""Cost of moving one more tonne from i to j, calibrated on the base year.

    Used route (x0 > 0), so that the base flow is exactly profitable:

    .. math:: c_{ij}(x) = (p_j - p_i) + s_{ij} (x - x^0_{ij})

    Unused route, so that the base year stays put and a large enough price gap opens it:

    .. math:: c_{ij}(x) = \max(0, p_j - p_i) + e_{ij} + f_{ij} + s_{ij} x

    with :math:`s_{ij} = \varphi \bar p / \max(x^0_{ij}, \nu \min(out_i, need_j))`.
    """

    base_marginal: FloatArray
    """Marginal cost at the base flow, USD/t, (country, country): p_j - p_i where used."""
    slope: FloatArray
    """USD/t per t, (country, country), positive off the diagonal."""
    intercept: FloatArray
    """Cost of the first tonne, USD/t, (country, country); below the freight, even negative, on used routes:
    the worth of an existing relationship."""
    freight: FloatArray
    """Estimated freight and insurance, USD/t, (country, country)."""
    entry: FloatArray
    """Cost of opening an unused route, USD/t, (country, country); zero on used routes."""


@dataclass(frozen=True)
class Host:
    """The material whose production brings this one along: capacity follows the host's output."""

    material: str
    stage: str
    tied_share: float
    """Share of this material's supply that is bound to the host, 1."""


@dataclass(frozen=True)
class Adjustment:
    """A number the calibration moved by more than 5 %, with its reason."""

    kind: str
    """production, balance, use, flow, price or margin."""
    stage: str
    country: str
    partner: str
    observed: float
    fitted: float
    unit: str
    reason: str


@dataclass(frozen=True)
class World:
    """Everything the market needs to know about one material in one base year.

    Identities, all to 1e-9 of the world total, with T = ``flows`` including the domestic diagonal:

    * every stage: sum_j T_ij + stock_change_i = available_i, with available = supply at the first stage, plus
      process output at the second, plus secondary at the last;
    * mine stage of a two-stage material: sum_i T_ij = output_j / yield_j;
    * last stage: sum_i T_ij = use_j.
    """

    material: str
    name: str
    basis: str
    price_form: Mapping[str, str]
    """What the reference price is a price of, per stage."""
    base_year: int
    stages: tuple[str, ...]
    """("mine", "refined"), or one of the two alone."""
    countries: tuple[str, ...]
    country_names: tuple[str, ...]
    supply: Mapping[str, SupplySide]
    """Keyed by the first stage: mines, or primary producers of a material without a mine stage."""
    secondary: SupplySide
    """Old scrap, at the last stage."""
    process: Process | None
    use: Use
    price: Mapping[str, FloatArray]
    """Base price of every node, USD/t, (country,), per stage."""
    reference_price: Mapping[str, float]
    flows: Mapping[str, FloatArray]
    """T, t, (country, country) per stage, domestic use on the diagonal."""
    observed_flows: Mapping[str, FloatArray]
    """Published tonnes of this material by pair, t, (country, country); zero where none are, and where
    they are computed from a value or split out of a code that carries other materials too."""
    prior_flows: Mapping[str, FloatArray]
    """What the fit started from besides distance: trade by origin with re-exports given back, known flows and
    published sourcing shares."""
    distance: FloatArray
    """Great-circle distance between country centroids, km, (country, country)."""
    flow_status: Mapping[str, CodeArray]
    """Index into FLOW_STATUS, (country, country)."""
    route: Mapping[str, RouteCost]
    stock_change: Mapping[str, FloatArray]
    """Output that neither fed a refiner nor was used in the base year, t, (country,); negative: drawn."""
    stock: Mapping[str, Stock]
    host: Host | None
    adjustments: tuple[Adjustment, ...]
    assumptions: Mapping[str, Assumption]
    """Every row of the assumptions table that entered, keyed by name or name[stage or end use]."""
    sources: tuple[str, ...]
    """Identifiers of the sources behind the numbers."""
    draw: Mapping[str, float] = field(default_factory=dict)
    """Drawn positions of the assumptions in their ranges (see draw.py); empty for the central world."""

    @property
    def first_stage(self) -> str:
        """Stage at which the primary supply enters."""
        return self.stages[0]

    @property
    def last_stage(self) -> str:
        """Stage at which old scrap enters and the material is used."""
        return self.stages[-1]

    def index(self, country: str) -> int:
        """Position of a country on the country axis; raises UnknownNameError for a name not on it."""
        try:
            return self.countries.index(country)
        except ValueError:
            where = f"world {self.material}"
            raise UnknownNameError("country", country, self.countries, where=where) from None

    def available(self, stage: str) -> FloatArray:
        """Output offered at a stage in the base year, stock change not yet taken off, t, (country,)."""
        self._require(stage)
        offered = np.zeros(len(self.countries))
        if stage == self.first_stage:
            offered = offered + self.supply[stage].quantity
        elif self.process is not None:
            offered = offered + self.process.output
        if stage == self.last_stage:
            offered = offered + self.secondary.quantity
        return offered

    def need(self, stage: str) -> FloatArray:
        """What is taken from a stage in the base year, t, (country,): feed of refiners, or use."""
        self._require(stage)
        if stage == self.last_stage or self.process is None:
            return self.use.quantity
        return np.asarray(self.process.output / self.process.yield_)

    def _require(self, stage: str) -> None:
        if stage not in self.stages:
            raise UnknownNameError("stage", stage, self.stages, where=f"world {self.material}")
