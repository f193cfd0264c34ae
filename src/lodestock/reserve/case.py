"""A reserve case as the planner reads it: plain frozen values in canonical units.

Quantities are t contained at the stage that is held, money is USD of the base year, rates and shares are
fractions, lengths of time are quarters where a name says so and years elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Objective = Literal["emergency-cover", "market-stabilisation", "supply-chain-bankability"]
OBJECTIVES: tuple[Objective, ...] = ("emergency-cover", "market-stabilisation", "supply-chain-bankability")
TIERS = ("defence", "essential", "other")
CALM = "calm"
QUARTERS_A_YEAR = 4
DAYS_A_QUARTER = 365.25 / 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A value that is sourced or assumed: low, central, high and where it comes from."""

    low: float
    central: float
    high: float
    source: str = "assumption"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a holding lies.

    Parameters
    ----------
    rent : USD per t and year.
    capacity_t : most it can hold, all materials together; infinite where no limit is stated.
    delivery_share : share of what lies there that can leave within a quarter.
    """

    name: str
    country: str
    rent: float
    capacity_t: float
    delivery_share: float
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What may be held: one material in one form at one site.

    Parameters
    ----------
    usable_share : t that users can take per t released (deliverability).
    premium : price of the form over the reference price of the stage, fraction.
    loss_share : share lost per year.
    shelf_life_quarters : quarters after which a lot has to be rotated; None where it keeps.
    rotation_cost : cost of swapping an old lot for a fresh one, share of its price.
    insurance : share of value per year.
    start_t : held at the start, all of it fresh.
    limit_t : most that may be held; infinite where no limit is stated.
    lag_quarters : quarters from purchase to arrival; 0 can be released in the quarter it is bought.
    """

    material: str
    form: str
    site: str
    usable_share: float
    premium: float
    loss_share: float
    shelf_life_quarters: int | None
    rotation_cost: float
    insurance: float
    start_t: float
    limit_t: float
    lag_quarters: int
    source: str = ""

    @property
    def name(self) -> str:
        """Return ``material/form/site``."""
        return f"{self.material}/{self.form}/{self.site}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialTerms:
    """What the case says about one material beyond its holdings; None leaves it to the world.

    Parameters
    ----------
    tier_share : share of use by tier, in the order of TIERS; None maps the world's end uses.
    shortage_value : USD per t short by tier; None takes the world's end uses.
    need_t : use of the members, t a year; None takes the world's.
    price : USD per t; None takes the world's.
    gap_share : regime -> share of need that is short; None solves the market.
    cover_days : target, days of use; 0 for none.
    purchase_share : most that is bought in a quarter, share of the quarter's world output.
    blocks : (share of the quarter's world output, multiple of the price) of each price block; () derives them
        from elasticities.
    offtake_t : purchases a year that producers are promised.
    stress : fall of the price under which the books count it for the loan; None takes the loan's.
    """

    material: str
    stage: str
    tier_share: tuple[float, ...] | None
    shortage_value: tuple[float, ...] | None
    need_t: float | None
    price: float | None
    gap_share: Mapping[str, float] | None
    cover_days: float
    purchase_share: float
    blocks: tuple[tuple[float, float], ...]
    offtake_t: float
    resale_share: float
    stress: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disruption:
    """What is lost in a regime or under a signal.

    Parameters
    ----------
    exporters, importers : whose shipments are cut, at ``stage`` (empty: see `responses.cut_stage`).
    cut : share of base-year shipments that stops.
    out : countries whose output falls, ``lost_share`` of it.
    """

    exporters: tuple[str, ...] = ()
    importers: tuple[str, ...] = ()
    cut: float = 0.0
    out: tuple[str, ...] = ()
    lost_share: float = 0.0
    stage: str = ""

    @property
    def is_calm(self) -> bool:
        """Tell whether nothing is lost."""
        return not (self.exporters and self.cut > 0.0) and not (self.out and self.lost_share > 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What can be seen in a quarter while the regime is hidden.

    ``probability`` is P(signal | regime), in the order of the group's regimes; what is lost goes with the
    signal.
    """

    name: str
    disruption: Disruption
    probability: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Materials that are disrupted together: regimes, a Markov chain by quarter, and what is lost in each.

    Parameters
    ----------
    transition : rows from, columns to, in the order of ``regimes``.
    start : probability of each regime in the first quarter.
    hidden : the regime is not seen; ``signals`` are, and carry what is lost.
    """

    name: str
    materials: tuple[str, ...]
    regimes: tuple[str, ...]
    disruptions: tuple[Disruption, ...]
    transition: tuple[tuple[float, ...], ...]
    start: tuple[float, ...]
    hidden: bool = False
    signals: tuple[Signal, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loan:
    """A loan facility. ``capitalised``: interest joins the debt instead of being paid by the quarter."""

    amount: float
    rate: float
    commitment_fee: float
    upfront_fee: float
    term_years: float
    availability_years: float
    advance_rate: float
    price_stress: float
    capitalised: bool
    tranches: tuple[tuple[int, float], ...]
    """(quarter from which, further share of the amount) that may be drawn; shares add to one."""
    cash_sweep: float
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Private:
    """Private money: paid in before the loan, return capped at ``return_cap`` a year."""

    amount: float
    return_cap: float
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Terms of members who may call on the stock.

    Parameters
    ----------
    count : members; ``upfront_fee`` share of a commitment; ``carry_share`` share of interest and storage they
        pay.
    call_share : most of an entitlement called in a quarter; ``replenish_quarters`` to give it back.
    buyback : members must take the stock at the inventory price at the end.
    default_rate : probability a year that a member walks; ``wrong_way`` correlation of that with price falls.
    """

    count: int
    upfront_fee: float
    carry_share: float
    call_share: float
    replenish_quarters: int
    buyback: bool
    default_rate: float
    wrong_way: float
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Where the money comes from. No loan and no private money: purchases are limited by the budget alone.

    Parameters
    ----------
    budget : most spent on purchases in a quarter, USD; infinite for none.
    cure_rate : yearly cost of further money put in while stock does not carry the loan.
    """

    budget: float
    loan: Loan | None
    private: Private | None
    members: Members | None
    cure_rate: float

    @property
    def limit(self) -> float:
        """Most that may be tied up at a time, USD; infinite without loan and private money."""
        if self.loan is None and self.private is None:
            return float("inf")
        return (self.loan.amount if self.loan else 0.0) + (self.private.amount if self.private else 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """Independent noise by quarter: ``outcomes`` equally likely joint draws with these standard deviations.

    ``gap`` scales what is short in a disruption, ``price`` the price of the quarter; both have mean one.
    ``shared`` is the correlation of prices between materials.
    """

    outcomes: int
    gap: float
    price: float
    shared: float
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Aversion:
    """EAVaR: ``weight`` on the expectation (1: risk-neutral), the rest on the mean of the worst ``tail``."""

    weight: float
    tail: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """When to stop looking for a better plan, and how many paths to walk with it."""

    gap: float
    seconds: float
    iterations: int
    paths: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveCase:
    """A reserve to plan: whose it is, for what, of what, where, against what, with which money."""

    name: str
    title: str
    question: str
    base_year: int
    objective: Objective
    weights: Mapping[str, float]
    """Objective -> weight of its harm; the chosen one has 1, others 0 unless the case mixes them."""
    members: tuple[str, ...]
    start: date
    quarters: int
    discount_rate: float
    sites: Mapping[str, Site]
    holdings: tuple[Holding, ...]
    materials: Mapping[str, MaterialTerms]
    groups: tuple[Group, ...]
    crowding: float
    """psi: t of commercial stock given up per t held publicly, 0 to 1."""
    protection: float
    """Share of a shortage that can be steered to the least valued tier; the rest falls on all alike."""
    permanent_share: float
    """Part of the price impact of a purchase that stays while the stock is held."""
    cover_price: float
    """Cost of a missing t of cover, share of its price a year."""
    terminal_share: float
    """Worth of a t left at the end, share of its base price."""
    release_in_calm: bool
    money: Money
    noise: Noise
    aversion: Aversion
    training: Training
    allies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Name -> countries of others who fill at the same time, the members among them; none by default."""
    sources: tuple[str, ...] = ()
    note: str = ""
    places: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """Key path -> file and line, for messages found later."""
