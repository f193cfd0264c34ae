"""Spatial price equilibrium with activities, curves and levies: pure mathematics that knows no mineral."""

from lodestock.market.activities import (
    Activities,
    columns,
    concatenate_activities,
    joint_process,
    process,
    sink,
    source,
    trade,
)
from lodestock.market.attempt import Step
from lodestock.market.batch import Batch, solve_many
from lodestock.market.budget import Budget, BudgetUse, WithinBudget, solve_within_budgets
from lodestock.market.certificate import certify
from lodestock.market.changes import Changes, Edits, dense_edits, edits
from lodestock.market.cross_price import cross_price
from lodestock.market.curves import Curves
from lodestock.market.elastic import Relaxation, Relief, Shortage, UnservedError, elastic_phase
from lodestock.market.executors import Cluster, Processes, Threads
from lodestock.market.extend import extend, set_apart, with_entries
from lodestock.market.horizon import Horizon, add_node, carry, inject, link, stack
from lodestock.market.import_price import minimum_import_price
from lodestock.market.ladder import solve
from lodestock.market.levies import Levies, concatenate_levies, levy, no_levies
from lodestock.market.minimum_level import minimum_level, with_minimum_level
from lodestock.market.model import Market, assemble
from lodestock.market.periods import Periods, lasting, periods
from lodestock.market.policy_stock import PolicyStock, StockPath, stock_path, with_policy_stock
from lodestock.market.quotas import shared_quota, tariff_rate_quota
from lodestock.market.recycling import Recycling, with_recycling
from lodestock.market.rolling import Rolling, Window, solve_rolling
from lodestock.market.shapes import (
    concatenate_curves,
    constant_elasticity_supply,
    constant_elasticity_use,
    fixed_supply,
    fixed_use,
    linear_supply,
    linear_use,
    no_curves,
)
from lodestock.market.shares import maximum_share, minimum_share
from lodestock.market.solution import Certificate, LevyStatus, Solution
from lodestock.market.storage import storage
from lodestock.market.topology import Topology, analyse
from lodestock.market.transit import with_transit
from lodestock.market.welfare import Welfare, change_in_total, welfare

__all__ = [
    "Activities",
    "Batch",
    "Budget",
    "BudgetUse",
    "Certificate",
    "Changes",
    "Cluster",
    "Curves",
    "Edits",
    "Horizon",
    "Levies",
    "LevyStatus",
    "Market",
    "Periods",
    "PolicyStock",
    "Processes",
    "Recycling",
    "Relaxation",
    "Relief",
    "Rolling",
    "Shortage",
    "Solution",
    "Step",
    "StockPath",
    "Threads",
    "Topology",
    "UnservedError",
    "Welfare",
    "Window",
    "WithinBudget",
    "add_node",
    "analyse",
    "assemble",
    "carry",
    "certify",
    "change_in_total",
    "columns",
    "concatenate_activities",
    "concatenate_curves",
    "concatenate_levies",
    "constant_elasticity_supply",
    "constant_elasticity_use",
    "cross_price",
    "dense_edits",
    "edits",
    "elastic_phase",
    "extend",
    "fixed_supply",
    "fixed_use",
    "inject",
    "joint_process",
    "lasting",
    "levy",
    "linear_supply",
    "linear_use",
    "link",
    "maximum_share",
    "minimum_import_price",
    "minimum_level",
    "minimum_share",
    "no_curves",
    "no_levies",
    "periods",
    "process",
    "set_apart",
    "shared_quota",
    "sink",
    "solve",
    "solve_many",
    "solve_rolling",
    "solve_within_budgets",
    "source",
    "stack",
    "stock_path",
    "storage",
    "tariff_rate_quota",
    "trade",
    "welfare",
    "with_entries",
    "with_minimum_level",
    "with_policy_stock",
    "with_recycling",
    "with_transit",
]
