r"""Marginal security per dollar: reserve, new capacity, recycling, substitution, stock mandates.

Every measure gets the same small size :math:`\Delta`, a share of the members' use, in the same world and
under the same cuts: each large supplier stops exports for a year with its probability
(``risk.expected_loss``). With expected loss L, USD a year, of the members' users and the public purse (or of
all members, whose producers gain when a supplier abroad stops),

.. math::
   a_i &= L - L_i(\Delta), \qquad
   A_i = a_i \cdot \begin{cases} 1 & \text{stock} \\ y & \text{flow} \end{cases} \\
   F_i &= \frac{\beta^{\ell_i} - \beta^H}{1 - \beta^H}, \qquad
   C_i = k_i + F_i\, o_i, \qquad
   M_i = \frac{F_i\, A_i}{C_i}

A stock serves one cut of y years once, a flow each of its years. F is the share of the horizon H, discounted
by :math:`\beta = 1/(1 + r)`, in which the measure works, after its lead time :math:`\ell`: a reserve after
months, a refinery after years. What a reserve sells is booked at base prices, so that filling it again is
paid. Yearly cost: k is capital as an annuity, paid from the start, o what is paid once it works.

============= ============================================ ==================================================
measure       in the market                                yearly cost
============= ============================================ ==================================================
reserve       released among the members in the cut        value times public carrying cost
mandate       the additional part, released in the cut     value times private carrying cost
substitution  use falls by Delta                           price gap to the cheapest substitute of the world
recycling     old scrap replaces Delta of use              premium of old scrap over primary
capacity      new plant of Delta at the last stage         annuity of its capital cost
============= ============================================ ==================================================

New capacity also changes prices in calm years; that gain of the members is shown apart (``calm_gain_usd``)
and taken off in ``net_cost_usd``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import ConflictError, LodestockError, UnknownNameError, ValueOutOfRangeError
from lodestock.reserve.compare_market import COUNTED, avoided_losses, calm_gain
from lodestock.reserve.compare_terms import (
    MEASURES,
    STOCKS,
    annuity,
    available_share,
    central_terms,
    substitute_gap,
    term_ranges,
)
from lodestock.risk.expected_loss import Cut, LoadWorld
from lodestock.world.model import World

SIZE = 0.01
"""Size of every measure, share of the members' use: small, so that the ratio is a margin."""
SEED = 20260101
FEWEST_DRAWS = 5
"""Bands need at least this many draws."""


@dataclass(frozen=True)
class Measured:
    """One measure of the comparison; USD a year unless stated, None where a cut was not solved."""

    measure: str
    title: str
    size_t: float
    avoided_usd: float | None
    """A: expected loss avoided in a year in which the measure works."""
    capital_usd: float
    """Money to be found at the start."""
    fixed_usd: float
    """k: yearly, from the start."""
    running_usd: float
    """o: yearly, once it works."""
    calm_gain_usd: float
    lead_years: float
    available_share: float
    """F."""
    cost_usd: float
    """C."""
    per_usd: float | None
    """M: expected loss avoided per USD."""
    low: float | None
    high: float | None
    """10 % and 90 % of M over the draws; None without draws."""
    best_share: float | None
    """Share of draws in which this measure avoids most per USD."""
    note: str

    @property
    def net_cost_usd(self) -> float:
        """C less the gain of calm years."""
        return self.cost_usd - self.available_share * self.calm_gain_usd


@dataclass(frozen=True)
class Ranking:
    """Measures on one material seen from its members, most security per dollar first."""

    material: str
    members: tuple[str, ...]
    base_year: int
    counted: str
    """Whose loss is counted: a key of ``COUNTED``."""
    expected_loss_usd: float
    cuts: tuple[Cut, ...]
    measures: tuple[Measured, ...]
    draws: int
    seed: int
    failed_draws: int


Progress = Callable[[int, int, str], None]


def rank_measures(
    material: str,
    members: tuple[str, ...],
    year: int = 2024,
    *,
    size: float = SIZE,
    counted: str = "users",
    draws: int = 24,
    seed: int = SEED,
    load: LoadWorld | None = None,
    progress: Progress | None = None,
) -> Ranking:
    """Compare the measures and draw bands over the world's and the measures' assumptions.

    Parameters
    ----------
    size : share of the members' use.
    counted : a key of ``COUNTED``. Producers among the members gain when a supplier abroad stops; ``users``
        leaves that out.
    draws : drawn worlds, each solved; 0 for none.

    Raises
    ------
    ConflictError
        The members use none of the material, or no supplier outside is large enough to be cut.
    ValueOutOfRangeError, UnknownNameError
        A size outside (0, 1]; nobody's loss is counted under that name.
    """
    if not 0.0 < size <= 1.0:
        raise ValueOutOfRangeError(f"size {size:g}", where="--size", allowed="above 0, up to 1")
    if counted not in COUNTED:
        raise UnknownNameError("side of the loss", counted, COUNTED, where="--loss")
    if load is None:
        from lodestock.world.cache import load_world

        load = load_world
    world = load(material, year)
    used = float(world.use.quantity[np.isin(world.countries, members)].sum())
    if used <= 0:
        raise ConflictError(f"the members use no {material}, so no measure on it has a size", where="compare")
    terms = central_terms(material)
    cuts, avoided, notes = avoided_losses(world, members, size * used, terms, counted, load)
    if not cuts:
        raise ConflictError(
            f"no supplier of {material} outside the members is large enough to be cut", where="compare"
        )
    central = _measures(world, members, size * used, terms, avoided, notes, counted, load)
    per_usd, failed = _draws(world, members, size * used, draws, seed, counted, load, progress)
    banded = tuple(_with_band(item, per_usd) for item in central)
    ordered = tuple(sorted(banded, key=lambda item: -(item.per_usd if item.per_usd is not None else -1.0)))
    loss = sum(cut.probability * (cut.loss_usd or 0.0) for cut in cuts)
    return Ranking(material, members, year, counted, loss, cuts, ordered, draws, seed, failed)


def _measures(
    world: World,
    members: tuple[str, ...],
    tonnes: float,
    terms: Mapping[str, float],
    avoided: Mapping[str, float | None],
    notes: Mapping[str, str],
    counted: str,
    load: LoadWorld | None,
) -> tuple[Measured, ...]:
    """Costs and ratios; the calm gain is solved only with ``load``."""
    stage = world.last_stage
    price = world.reference_price[stage]
    value = tonnes * price
    gap, switched = substitute_gap(world)
    capital = tonnes * world.assumptions[f"capex_per_t[{stage}]"].value
    plant = "mine" if stage == "mine" else "plant"
    yearly = capital * annuity(terms["new_plant_return"], terms["new_plant_life"])
    rows = {
        "reserve": ("Reserve", value, 0.0, value * terms["reserve_carrying_cost"], ""),
        "mandate": ("Stock mandate", value, 0.0, value * terms["private_carrying_cost"], "paid by users"),
        "substitution": ("Substitution", 0.0, 0.0, value * gap, switched),
        "recycling": ("Recycling", 0.0, 0.0, value * terms["recycling_premium"], ""),
        "capacity": (f"New {plant}", capital, yearly, 0.0, ""),
    }
    found = []
    for name, (title, upfront, fixed, running, note) in rows.items():
        a = avoided[name]
        flow = 1.0 if name in STOCKS else terms["cut_years"]
        working = None if a is None else a * flow
        lead = terms[f"lead_{name}"]
        F = available_share(lead, terms["compare_horizon"], terms["compare_discount"])
        cost = fixed + F * running
        calm = 0.0
        if load and name == "capacity":
            calm = calm_gain(world, members, tonnes, terms, counted, load)
        found.append(
            Measured(
                measure=name,
                title=title,
                size_t=tonnes,
                avoided_usd=working,
                capital_usd=upfront,
                fixed_usd=fixed,
                running_usd=running,
                calm_gain_usd=calm,
                lead_years=lead,
                available_share=F,
                cost_usd=cost,
                per_usd=None if working is None or cost <= 0 else F * working / cost,
                low=None,
                high=None,
                best_share=None,
                note="; ".join(part for part in (note, notes[name], _loser(a, counted)) if part),
            )
        )
    return tuple(found)


def _loser(avoided: float | None, counted: str) -> str:
    if avoided is None or avoided >= 0:
        return ""
    if counted == "users":
        return "dearer in a cut: it bids for ore that is short"
    return "members lose more as sellers, or on dearer ore, than they gain as users"


def _draws(
    world: World,
    members: tuple[str, ...],
    tonnes: float,
    draws: int,
    seed: int,
    counted: str,
    load: LoadWorld,
    progress: Progress | None,
) -> tuple[dict[str, NDArray[np.float64]], int]:
    """M of every measure in every draw that could be solved, and how many could not."""
    from lodestock.world.draw import redraw, sample

    known = term_ranges(world.material)
    found: dict[str, list[float]] = {name: [] for name in MEASURES}
    failed = 0
    for n in range(draws):
        if progress is not None:
            progress(n, draws, world.material)
        rng = np.random.default_rng((seed, n))
        drawn_world = redraw(world, sample(world, rng))
        terms = {
            name: float(rng.triangular(r.low, r.central, r.high)) if r.high > r.low else r.central
            for name, r in known.items()
        }

        def drawn(material: str, year: int, own: World = drawn_world) -> World:
            return own if material == world.material else load(material, year)

        try:
            _, avoided, notes = avoided_losses(drawn_world, members, tonnes, terms, counted, drawn)
        except LodestockError:
            failed += 1
            continue
        rows = _measures(drawn_world, members, tonnes, terms, avoided, notes, counted, None)
        if any(row.per_usd is None for row in rows):
            failed += 1
            continue
        for row in rows:
            found[row.measure].append(row.per_usd or 0.0)
    return {name: np.array(values) for name, values in found.items()}, failed


def _with_band(item: Measured, per_usd: Mapping[str, NDArray[np.float64]]) -> Measured:
    values = per_usd[item.measure]
    if len(values) < FEWEST_DRAWS:
        return item
    every = np.array([per_usd[name] for name in MEASURES])
    best = every.argmax(axis=0) == MEASURES.index(item.measure)
    low, high = np.percentile(values, (10, 90))
    return replace(item, low=float(low), high=float(high), best_share=float(best.mean()))
