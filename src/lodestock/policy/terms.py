"""What an instrument or shock says, in canonical units: the input of every rule in this room.

The scenario room fills these values from a file; the rules of this room read them. They hold no market and
look nothing up. Units: t contained per year, USD per t contained, fractions, ISO 3166 alpha-3, dates.

Countries are always explicit: an empty tuple never means "everybody".
"""

from __future__ import annotations

from dataclasses import dataclass

from lodestock.policy.event_terms import Closure as Closure
from lodestock.policy.event_terms import Enforcement as Enforcement
from lodestock.policy.import_terms import DerivativeLevy as DerivativeLevy
from lodestock.policy.import_terms import Floor as Floor
from lodestock.policy.import_terms import MinimumImportPrice as MinimumImportPrice
from lodestock.policy.import_terms import Rate as Rate
from lodestock.policy.import_terms import Tariff as Tariff
from lodestock.policy.import_terms import TariffRateQuota as TariffRateQuota
from lodestock.policy.mandate_terms import DomesticContent as DomesticContent
from lodestock.policy.mandate_terms import RecycledContent as RecycledContent
from lodestock.policy.mandate_terms import SingleCountryCap as SingleCountryCap
from lodestock.policy.reserve_terms import PolicyStock as PolicyStock
from lodestock.policy.reserve_terms import PublicPurchase as PublicPurchase
from lodestock.policy.reserve_terms import Release as Release
from lodestock.policy.term import EXPORTERS as EXPORTERS
from lodestock.policy.term import IMPORTERS as IMPORTERS
from lodestock.policy.term import LICENCE_HOLDERS as LICENCE_HOLDERS
from lodestock.policy.term import RESERVE as RESERVE
from lodestock.policy.term import TREASURY as TREASURY
from lodestock.policy.term import Amount as Amount
from lodestock.policy.term import Leak as Leak
from lodestock.policy.term import Phase as Phase
from lodestock.policy.term import Term as Term
from lodestock.policy.term import share_in_force as share_in_force


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

    def mean_share(self, importer: str, months: float = 12.0, after: float = 0.0) -> float:
        r"""Mean multiple of the base flow: :math:`\frac1T\int_a^{a + T} m_d(\tau)d\tau`.

        Over T ``months`` that begin a months ``after`` the start; ``months`` = infinity gives the plateau.
        """
        plateau = self.plateau_share[self.importers.index(importer)]
        if months == float("inf"):
            return plateau
        return (self._shipped(plateau, after + months) - self._shipped(plateau, after)) / months

    def _shipped(self, plateau: float, months: float) -> float:
        """Integral of the multiple over the first ``months``."""
        frozen = min(months, self.freeze_months)
        ramp = min(max(months - self.freeze_months, 0.0), self.ramp_months)
        free = max(months - self.freeze_months - self.ramp_months, 0.0)
        reached = plateau
        if self.ramp_months > 0.0:
            reached = self.freeze_share + (plateau - self.freeze_share) * ramp / self.ramp_months
        return frozen * self.freeze_share + ramp * 0.5 * (self.freeze_share + reached) + free * plateau


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
    budget_usd : most that the payers pay in a year, all producers together; where the gap costs more, every
        contracted tonne gets the same lower payment.
    """

    producers: tuple[str, ...]
    payers: tuple[str, ...]
    strike: Amount
    upside_share: float = 0.0
    upside_from: Amount | None = None
    volume_t: float | None = None
    budget_usd: float | None = None


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
    | TariffRateQuota
    | MinimumImportPrice
    | DerivativeLevy
    | DomesticContent
    | RecycledContent
    | SingleCountryCap
    | ExportBan
    | ExportQuota
    | ExportLicence
    | ExportTax
    | ProductionSubsidy
    | CapitalSubsidy
    | ContractForDifference
    | PublicPurchase
    | Release
    | PolicyStock
)
Shock = Outage | DemandShock | SupplySurge | Closure | Enforcement
ExportControl = ExportBan | ExportQuota | ExportLicence
"""Controls on tonnes, which may leak."""
