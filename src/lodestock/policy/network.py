r"""A market with names on it: which country mines, refines, ships and uses which material.

A network is what instruments change and what the solver reads. Its parts are tables held as columns
(arrays of equal length), so that one instrument is a few masked assignments on copies:

==========  ===========================================================================================
nodes       (material, stage, country): have a price; a *permit* node carries a quota or mandate, its price
            is the rent; a node *behind* a market tells apart what a measure has to count
columns     activities: trade, leak, process, stock draw, stock build, purchase, release, passage between a
            market and a node behind it; level :math:`z_k`
supply      rows of own-price supply: primary production and old scrap
use         rows of own-price use
wedges      money between what one side of a column pays and the other receives, with its recipient
levies      adjustable levies on imports, and the payments of contracts for difference
limits      quotas and licences, with the holder of their rent
leaks       which columns go round which export control
lumps       yearly money that does not depend on output (capital grants)
budgets     most that contracts and purchases may cost in a year
==========  ===========================================================================================

Quantities are t contained per year, prices USD per t contained. Instruments return new networks; the arrays
of an old one are never written to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from lodestock.errors import UnknownNameError
from lodestock.policy.parts import (
    COLUMN_KINDS,
    NONE,
    PROCESS,
    PRODUCTION,
    REFINED,
    STAGES,
    SUPPLY_KINDS,
    TRADE,
    BoolArray,
    Budget,
    Columns,
    FloatArray,
    IndexArray,
    LeakTerm,
    LevyTerm,
    Limit,
    Lump,
    Nodes,
    Permits,
    Profile,
    SupplyRows,
    UseRows,
    Wedge,
    added_up,
    of_kind,
)

DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, eq=False)
class Network:
    """The whole market of one or several materials, labelled; see the table at the top of this file."""

    materials: tuple[str, ...]
    countries: tuple[str, ...]
    nodes: Nodes
    columns: Columns
    supply: SupplyRows
    use: UseRows
    profiles: tuple[Profile, ...]
    permits: Permits
    reference_price: Mapping[tuple[str, str], float]
    """Base reference price by (material, stage), USD/t: what a multiple of base means."""
    capital_cost: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """USD per t of yearly capacity by (material, stage), where known."""
    leak_cost: Mapping[str, float] = field(default_factory=dict)
    """Cost of going round an export control by material, as a share of the reference price; 0 if unknown."""
    months: float = 12.0
    """Months over which instruments count on average, from their start or from ``day``; infinite in the long
    run."""
    day: date | None = None
    """First day of the period that is solved; None where instruments count from their own start."""
    wedges: tuple[Wedge, ...] = ()
    levies: tuple[LevyTerm, ...] = ()
    limits: tuple[Limit, ...] = ()
    leaks: tuple[LeakTerm, ...] = ()
    lumps: tuple[Lump, ...] = ()
    budgets: tuple[Budget, ...] = ()
    column_names: tuple[str, ...] = ()
    """(column,) names for errors and certificates, kept because making them is slower than an instrument."""

    def months_since(self, start: date) -> float:
        """Months from ``start`` to the first day of the period that is solved; 0 where there is none."""
        if self.day is None or self.day <= start:
            return 0.0
        return (self.day - start).days * 12.0 / DAYS_PER_YEAR

    def country_index(self, names: Sequence[str]) -> IndexArray:
        """Positions of the countries that take part; names without activity in these markets are skipped."""
        known = {name: position for position, name in enumerate(self.countries)}
        return np.array([known[name] for name in names if name in known], dtype=np.int64)

    def country_mask(self, names: Sequence[str]) -> BoolArray:
        """(country,) True for the named countries."""
        mask = np.zeros(len(self.countries), dtype=np.bool_)
        mask[self.country_index(names)] = True
        return mask

    def nodes_at(self, material: str, stage: str) -> IndexArray:
        """(country,) node of every country's market at a stage, NONE where it has none.

        Raises
        ------
        UnknownNameError
            The network has no such material or stage.
        """
        at = self.stage_mask(material, stage) & (self.nodes.behind == NONE)
        index = np.full(len(self.countries), NONE, dtype=np.int64)
        index[self.nodes.country[at]] = np.flatnonzero(at)
        return index

    def stage_mask(self, material: str, stage: str, countries: Sequence[str] | None = None) -> BoolArray:
        """(node,) True at a stage of a material, behind markets too; in ``countries`` only where given.

        Raises
        ------
        UnknownNameError
            The network has no such material or stage.
        """
        if material not in self.materials:
            raise UnknownNameError("material", material, self.materials, where="network")
        nodes, number = self.nodes, self.materials.index(material)
        at: BoolArray = (nodes.material == number) & (nodes.stage == STAGES.index(stage))
        if not at.any():
            known = {STAGES[s] for s in nodes.stage[nodes.material == number]}
            raise UnknownNameError("stage", stage, known, where=f"network {material}")
        if countries is not None:
            at &= self.country_mask(countries)[nodes.country]
        return at

    def market_of(self) -> IndexArray:
        """(node,) node of the market that each node belongs to: itself unless it stands behind one."""
        behind = self.nodes.behind
        return np.where(behind == NONE, np.arange(len(behind)), behind)

    def uptake_at(self, material: str, stage: str) -> IndexArray:
        """(country,) node at which the material is taken up: where users stand apart, else the market."""
        node = self.nodes_at(material, stage)
        use = self.use.node[self.stage_mask(material, stage)[self.use.node]]
        apart = use[self.nodes.behind[use] != NONE]
        node[self.nodes.country[apart]] = apart
        return node

    def trade_columns(
        self,
        material: str,
        stage: str,
        exporters: Sequence[str],
        importers: Sequence[str],
        *,
        kinds: Sequence[str] = (TRADE,),
    ) -> IndexArray:
        """Trade columns from any of ``exporters`` to any of ``importers`` at one stage.

        ``kinds`` SHIPMENTS adds what leaks round export controls, which duties at the destination reach too.
        """
        origin = self.stage_mask(material, stage, exporters)
        target = self.stage_mask(material, stage, importers)
        at = of_kind(self.columns, *kinds)
        return at[origin[self.columns.take[at]] & target[self.columns.give[at]]]

    def process_columns(self, material: str, producers: Sequence[str]) -> IndexArray:
        """Processing columns that deliver the refined material in the named countries."""
        at = of_kind(self.columns, PROCESS)
        return at[self.stage_mask(material, REFINED, producers)[self.columns.give[at]]]

    def supply_rows(
        self, material: str, stage: str, producers: Sequence[str], *, kind: str = PRODUCTION
    ) -> IndexArray:
        """Rows of primary production (or old scrap, ``kind`` SECONDARY) at a stage in the named countries."""
        target = self.stage_mask(material, stage, producers)
        return np.flatnonzero((self.supply.kind == SUPPLY_KINDS.index(kind)) & target[self.supply.node])

    def use_rows(self, material: str, countries: Sequence[str]) -> IndexArray:
        """Rows of use in the named countries; use acts on the last stage of a material."""
        here = self.nodes.material[self.use.node] == self.materials.index(material)
        return np.flatnonzero(here & self.country_mask(countries)[self.nodes.country[self.use.node]])

    def refines(self, material: str) -> bool:
        """Tell whether refined material comes out of processing columns (two stages) or of supply rows."""
        process = self.columns.give[self.columns.kind == COLUMN_KINDS.index(PROCESS)]
        return bool((self.nodes.material[process] == self.materials.index(material)).any())

    def absorption(self, material: str, stage: str) -> FloatArray:
        """(country,) what each country takes up at a stage in the base year: feed of refiners, or use; t."""
        process = of_kind(self.columns, PROCESS)
        feed = self.columns.take_quantity[process] * self.columns.base_level[process]
        return self.by_country(
            material, stage, (self.use.node, self.use.base_quantity), (self.columns.take[process], feed)
        )

    def base_output(self, material: str, stage: str) -> FloatArray:
        """(country,) primary output at a stage in the base year, t; old scrap left out."""
        primary = self.supply.kind == SUPPLY_KINDS.index(PRODUCTION)
        process = of_kind(self.columns, PROCESS)
        return self.by_country(
            material,
            stage,
            (self.supply.node[primary], self.supply.base_quantity[primary]),
            (self.columns.give[process], self.columns.base_level[process]),
        )

    def by_country(self, material: str, stage: str, *parts: tuple[IndexArray, FloatArray]) -> FloatArray:
        """(country,) sums of the quantities that stand at nodes of a stage; each part is (node, quantity)."""
        here, total = self.stage_mask(material, stage), np.zeros(len(self.countries))
        for node, quantity in parts:
            at = here[node]
            np.add.at(total, self.nodes.country[node[at]], quantity[at])
        return total

    def payer_shares(self, material: str, payers: Sequence[str]) -> FloatArray:
        """(country,) shares in which treasuries pay together: base-year use, or equal where none uses any."""
        mask = self.country_mask(payers)
        rows = self.use_rows(material, payers)
        at = self.nodes.country[self.use.node[rows]]
        use = added_up(at, self.use.base_quantity[rows], len(self.countries))
        total = float(use.sum())
        if total > 0.0:
            return np.asarray(use / total)
        if not mask.any():
            raise UnknownNameError("payer", ", ".join(payers), self.countries, where=f"network {material}")
        return np.asarray(mask / mask.sum())
