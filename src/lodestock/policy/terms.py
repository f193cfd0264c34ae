"""What an instrument or shock says, in canonical units: the input of every rule in this room.

The scenario room fills these values from a file; the rules of this room read them. They hold no market and
look nothing up. Units: t contained per year, USD per t contained, fractions, ISO 3166 alpha-3, dates.

Countries are always explicit: an empty tuple never means "everybody".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

TREASURY = "treasury"
LICENCE_HOLDERS = "licence_holders"
"""Who keeps the rent of a quota or licence: the exporter's treasury or whoever holds a licence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A price or rate per tonne, either absolute or as a multiple of the base-year reference price.

    Exactly one of the two fields is set.

    Parameters
    ----------
    usd_per_t : USD per t contained.
    multiple_of_base : fraction of the base-year reference price of the same material and stage.
    written : as the author wrote it, where that is per mass of a compound; words only.
    """

    usd_per_t: float | None = None
    multiple_of_base: float | None = None
    written: str = field(default="", compare=False)

    def at(self, base_price: float) -> float:
        """Return USD per t contained, given the base-year reference price in USD per t contained."""
        if self.usd_per_t is not None:
            return self.usd_per_t
        return (self.multiple_of_base or 0.0) * base_price


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """What comes round an export control all the same, as a share of the base flow that it blocks.

    Parameters
    ----------
    share : fraction, 0 to 1; what is solved.
    low, high : range of the share that draws vary; both equal to ``share`` where none is stated.
    source : where the share comes from, where that differs from the control's own source.
    """

    share: float
    low: float
    high: float
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What every instrument and shock has: one material, one stage, a name and dates.

    One entry of a scenario file that lists several materials becomes several terms with the same ``name``;
    (name, material, stage) is unique within a case.

    Parameters
    ----------
    name : the name given in the scenario.
    material, stage : the market it acts on.
    start : first day in force.
    end : first day no longer in force; None while open-ended.
    source, note : where the figures come from, and what a reader should know.
    """

    name: str
    material: str
    stage: str
    start: date
    end: date | None = None
    source: str = ""
    note: str = ""

    def in_force(self, day: date) -> bool:
        """Tell whether the term acts on ``day``: start <= day < end."""
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor(Term):
    """Zone floor held by an adjustable levy on imports from non-members, 0 <= levy <= cap.

    Parameters
    ----------
    zone : name of the zone; ``members`` its countries.
    floor : reference price that the levy defends.
    cap : highest levy; None for none. A multiple is of the base reference price.
    exempt_origins : non-members whose shipments pay no levy.
    """

    zone: str
    members: tuple[str, ...]
    floor: Amount
    cap: Amount | None = None
    exempt_origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff(Term):
    """Fixed import duty: specific plus ad valorem on the price at the exporter's border.

    Parameters
    ----------
    importers : countries that levy it and keep the revenue.
    exporters : origins it falls on.
    specific : USD per t, or None.
    ad_valorem : fraction of the price of origin, >= 0.
    """

    importers: tuple[str, ...]
    exporters: tuple[str, ...]
    specific: Amount | None = None
    ad_valorem: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportBan(Term):
    """No shipments from ``exporters`` to ``importers``; trade among the exporters stays free."""

    exporters: tuple[str, ...]
    importers: tuple[str, ...]
    leak: Leak | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportQuota(Term):
    """One tonnage limit over all routes from ``exporters`` to ``importers`` together.

    Exactly one of ``limit_t`` (t per year as the quota counts them) and ``share_of_base`` (fraction of the
    base-year flow over the same routes) is set.

    Parameters
    ----------
    shared : the limit is one for all materials of the entry; their terms carry the same name.
    form, counted : what a shared quota counts, such as oxide (empty for t contained), and t of it per t
        contained.
    """

    exporters: tuple[str, ...]
    importers: tuple[str, ...]
    limit_t: float | None = None
    share_of_base: float | None = None
    rent_to: str = LICENCE_HOLDERS
    leak: Leak | None = None
    shared: bool = False
    form: str = ""
    counted: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportLicence(Term):
    r"""Licence regime by destination: freeze, ramp, plateau, as multiples of the base flow.

    With :math:`\tau` months since the start,

    .. math:: m_d(\tau) = \varepsilon \ (\tau < F), \quad
       \varepsilon + (\alpha_d - \varepsilon)(\tau - F)/R \ (F \le \tau < F + R), \quad
       \alpha_d \ (\tau \ge F + R)

    Parameters
    ----------
    plateau_share : :math:`\alpha_d`, aligned with ``importers``, fraction of the base flow, >= 0.
    freeze_months, ramp_months : F and R.
    freeze_share : :math:`\varepsilon`, fraction.
    pull_forward_share : tonnes shipped ahead between announcement and start, as a fraction of one year's base
        flow; they are a stock at the destinations and are drawn first.
    """

    exporters: tuple[str, ...]
    importers: tuple[str, ...]
    plateau_share: tuple[float, ...]
    freeze_months: float = 0.0
    ramp_months: float = 0.0
    freeze_share: float = 0.0
    pull_forward_share: float = 0.0
    rent_to: str = LICENCE_HOLDERS
    leak: Leak | None = None

    def mean_share(self, importer: str, months: float = 12.0) -> float:
        r"""Mean multiple of the base flow over the first ``months``: :math:`\frac1T\int_0^T m_d(\tau)d\tau`.

        ``months`` = infinity gives the plateau.
        """
        plateau = self.plateau_share[self.importers.index(importer)]
        if months == float("inf"):
            return plateau
        frozen = min(months, self.freeze_months)
        ramp = min(max(months - self.freeze_months, 0.0), self.ramp_months)
        free = max(months - self.freeze_months - self.ramp_months, 0.0)
        reached = plateau
        if self.ramp_months > 0.0:
            reached = self.freeze_share + (plateau - self.freeze_share) * ramp / self.ramp_months
        on_ramp = ramp * 0.5 * (self.freeze_share + reached)
        return (frozen * self.freeze_share + on_ramp + free * plateau) / months


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportTax(Term):
    """Tax on shipments from ``exporters`` to ``importers``, kept by the exporter's treasury.

    ``ad_valorem`` is a fraction of the price at the destination (0 <= t < 1); ``specific`` is per t.
    """

    exporters: tuple[str, ...]
    importers: tuple[str, ...]
    specific: Amount | None = None
    ad_valorem: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductionSubsidy(Term):
    """Payment per tonne produced at the stage, up to ``volume_t`` per year over all producers together.

    ``payers`` are the treasuries that pay; when they are the producers themselves each pays its own,
    otherwise the bill is shared in proportion to base-year use.
    """

    producers: tuple[str, ...]
    payers: tuple[str, ...]
    amount: Amount
    volume_t: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapitalSubsidy(Term):
    r"""Grant of a share of the capital cost of new capacity.

    The annual value per tonne of capacity is :math:`s K \frac{r}{1 - (1 + r)^{-n}}`.

    Parameters
    ----------
    capacity_t : new capacity supported, t contained per year, over all producers together.
    share : s, fraction of capital cost granted, 0 to 1.
    capital_cost : K, USD per t of yearly capacity; None takes the assumption ``capex_per_t``.
    operating_cost : cost per t produced in the new plant; None takes the model's own.
    life_years, discount_rate : n and r.
    """

    producers: tuple[str, ...]
    payers: tuple[str, ...]
    capacity_t: float
    share: float
    capital_cost: Amount | None = None
    operating_cost: Amount | None = None
    life_years: float = 20.0
    discount_rate: float = 0.08

    def annuity(self) -> float:
        """Return the capital recovery factor, 1/year: r / (1 - (1 + r)^-n), or 1/n without interest."""
        if self.discount_rate == 0.0:
            return 1.0 / self.life_years
        discounted: float = (1.0 + self.discount_rate) ** -self.life_years
        return self.discount_rate / (1.0 - discounted)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractForDifference(Term):
    r"""Payment of the gap between a strike and the producer's price, with an optional return above it.

    .. math:: \text{to producer} = q \max(0, K - p) - q\, a \max(0, p - U)

    Parameters
    ----------
    strike : K.
    upside_share : a, fraction returned to the payers; 0 one-way, 1 two-way.
    upside_from : U; None means K. Not below K.
    volume_t : q, contracted output per year over all producers together; None covers all output.
    """

    producers: tuple[str, ...]
    payers: tuple[str, ...]
    strike: Amount
    upside_share: float = 0.0
    upside_from: Amount | None = None
    volume_t: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPurchase(Term):
    """Purchase into a reserve of up to ``quantity_t`` per year, while the price is not above ``price_max``.

    Bought in, and paid by, ``buyers`` in proportion to base-year use.
    """

    buyers: tuple[str, ...]
    quantity_t: float
    price_max: Amount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Term):
    """Sale from a reserve of up to ``quantity_t`` per year, while the price is not below ``price_min``.

    Delivered in ``countries`` (the holders), in proportion to base-year use. ``stock_t`` is what the reserve
    holds, when stated.
    """

    countries: tuple[str, ...]
    quantity_t: float
    stock_t: float | None = None
    price_min: Amount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage(Term):
    """Loss of capacity at a stage: ``lost_share`` of each country's, or ``lost_t`` per year in proportion.

    Exactly one of the two is set. At ``mine`` it hits mine supply; at ``refined`` processing (or primary
    supply in a one-stage chain).
    """

    countries: tuple[str, ...]
    lost_share: float | None = None
    lost_t: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandShock(Term):
    """Shift of use at unchanged price: by ``change_share`` (>= -1) or by ``change_t`` per year in proportion.

    Exactly one of the two is set. ``end_use`` limits a share to one end use.
    """

    countries: tuple[str, ...]
    change_share: float | None = None
    change_t: float | None = None
    end_use: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplySurge(Term):
    """More output at unchanged price: by ``added_share``, or by ``added_t`` per year in proportion.

    Exactly one of the two is set.
    """

    countries: tuple[str, ...]
    added_share: float | None = None
    added_t: float | None = None


Instrument = (
    Floor
    | Tariff
    | ExportBan
    | ExportQuota
    | ExportLicence
    | ExportTax
    | ProductionSubsidy
    | CapitalSubsidy
    | ContractForDifference
    | PublicPurchase
    | Release
)
Shock = Outage | DemandShock | SupplySurge
ExportControl = ExportBan | ExportQuota | ExportLicence
"""Controls on tonnes, which may leak."""
