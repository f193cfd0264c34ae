"""Measures on imports: floors, duties, tariff-rate quotas, minimum prices, derivative levies."""

from __future__ import annotations

from dataclasses import dataclass

from lodestock.policy.term import LICENCE_HOLDERS, Amount, Leak, Phase, Term

HUB, IMPORTER = "hub", "importer"
"""How a floor's levies are cut: one for the zone on its reference price, or one per member on its own."""
ABSORPTION, IMPORTS = "absorption", "imports"
"""What weights the reference price of a zone: base-year absorption, or base-year imports from outside."""
SPECIFIC, AD_VALOREM = "specific", "ad_valorem"
"""What a levy is counted in: USD per t, or a share of the price of origin."""
NO_RULES, LAST_TRANSFORMATION = "none", "last_transformation"
"""Whether an exempt origin may pass on what others made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor(Term):
    """Zone floor held by an adjustable levy on imports from non-members, 0 <= levy <= cap.

    Parameters
    ----------
    zone : name of the zone; ``members`` its countries.
    floor : reference price that the levy defends.
    cap : highest levy; None for none. A multiple is of the base reference price (so also where the levy is
        ad valorem: its highest rate times the base reference price).
    exempt_origins : non-members whose shipments pay no levy.
    levy_per : ``hub`` or ``importer``.
    reference : ``absorption`` or ``imports``: weights of the zone's reference price; hub only.
    basis : ``specific`` or ``ad_valorem``.
    phases : steps of a phase-in of the floor; ``reached`` is the share in force on the day looked at, from
        the base-year reference price (0) to ``floor`` (1).
    drawback : the levy is repaid on exports from members to non-members, up to the tonnes that paid it.
    rules_of_origin : ``none``, or ``last_transformation``: only what an exempt origin made itself is exempt.
    leak : share of the charged base flow that comes in without paying, at an extra cost.
    """

    zone: str
    members: tuple[str, ...]
    floor: Amount
    cap: Amount | None = None
    exempt_origins: tuple[str, ...] = ()
    levy_per: str = HUB
    reference: str = ABSORPTION
    basis: str = SPECIFIC
    phases: tuple[Phase, ...] = ()
    reached: float = 1.0
    drawback: bool = False
    rules_of_origin: str = NO_RULES
    leak: Leak | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff(Term):
    """Fixed import duty: specific plus ad valorem on the price at the exporter's border.

    Parameters
    ----------
    importers : countries that levy it and keep the revenue.
    exporters : origins it falls on.
    specific : USD per t, or None.
    ad_valorem : fraction of the price of origin, >= 0.
    phases, reached : steps of a phase-in, and the share of the rate in force on the day looked at.
    leak : share of the charged base flow that comes in without paying, at an extra cost.
    """

    importers: tuple[str, ...]
    exporters: tuple[str, ...]
    specific: Amount | None = None
    ad_valorem: float = 0.0
    phases: tuple[Phase, ...] = ()
    reached: float = 1.0
    leak: Leak | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A duty: USD per t, or a fraction of the landed price before duty."""

    specific: Amount | None = None
    ad_valorem: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffRateQuota(Term):
    """A low duty on the first tonnes imported in a year, a high one beyond.

    Exactly one of ``limit_t`` (t per year) and ``share_of_base`` (fraction of the base-year flow over the
    same routes) is set.

    Parameters
    ----------
    importers : countries that levy it, with one quota together.
    exporters : origins it falls on.
    within, beyond : duty up to the quota, and above it.
    rent_to : who keeps what a tonne within the quota is worth: ``licence_holders`` or ``treasury`` of the
        importing country, or ``exporters``.
    """

    importers: tuple[str, ...]
    exporters: tuple[str, ...]
    within: Rate
    beyond: Rate
    limit_t: float | None = None
    share_of_base: float | None = None
    rent_to: str = LICENCE_HOLDERS


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimumImportPrice(Term):
    """No imports below a price: exporters must charge it, and keep the gap.

    Parameters
    ----------
    importers : countries that require it, each at its own border.
    exporters : origins bound by it.
    price : least price at the border, duties on the same goods included.
    """

    importers: tuple[str, ...]
    exporters: tuple[str, ...]
    price: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivativeLevy(Term):
    """Levy on downstream imports in proportion to their content of the stage that a floor protects.

    Parameters
    ----------
    of_floor : name of the floor on an earlier stage of the same material; its levy, per t of that stage,
        times ``content`` is paid at ``stage``.
    content : t of the protected stage per t at ``stage``; None takes what the members' refiners use.
    """

    of_floor: str
    content: float | None = None
