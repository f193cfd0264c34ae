"""The format of a case, said once: checks, JSON schema and documentation all come from these tables."""

from __future__ import annotations

from collections.abc import Mapping

from lodestock.market.case.field import CAPACITY, COST, FROM, NAME, NODE, SLOPE, TO, Field, Table
from lodestock.market.case.horizon_fields import (
    CHANGE_TABLE,
    RECYCLING_TABLE,
    SHIPMENT_TABLE,
    STOCK_TABLE,
    STORE_TABLE,
)

FORMAT, VERSION = "lodestock-market-case", 1

DUTY = Field("number", "Ad-valorem rate on price at origin plus cost.", "1", 0.0, low=0.0)
SHARE_LOST = Field(
    "number", "Share lost on the way through a period (per year in a store).", "1", 0.0, low=0.0, high=1.0
)
SUPPLY_QUANTITY = Field("number", "Quantity at the base price.", "Q", low=0.0)
BASE_PRICE = Field("number", "Base price.", "P", low=0.0, above=True)
ELASTICITY = Field("number", "Size of the elasticity.", "1", low=0.0)
PRICE_WEIGHT = Field("number", "Own price = weight * node price - shift - charges.", "1", 1.0, low=0.0)
PRICE_SHIFT = Field("number", "Tax on a producer, subsidy to a user; negative: the reverse.", "P", 0.0)
CURVE = {"name": NAME, "node": NODE, "price_weight": PRICE_WEIGHT, "price_shift": PRICE_SHIFT}
RUN = {"cost": COST, "slope": SLOPE, "capacity": CAPACITY}

NODE_TABLE: Table = {
    "name": NAME,
    "injection": Field("number", "Exogenous supply; negative: withdrawal.", "Q", 0.0),
    "price_scale": Field(
        "limit",
        "Typical price: start and unit of residuals; null: estimated.",
        "P",
        None,
        low=0.0,
        above=True,
    ),
    "quantity_scale": Field("limit", "Typical throughput; null: estimated.", "Q", None, low=0.0, above=True),
}

CURVES: Mapping[str, Table] = {
    "linear_supply": {
        **CURVE,
        "intercept": Field("number", "Price at which supply begins.", "P"),
        "slope": Field("number", "Rise of the price per unit.", "P/Q", low=0.0, above=True),
        "capacity": Field("limit", "Largest quantity; null: no limit.", "Q", None, low=0.0),
    },
    "linear_use": {
        **CURVE,
        "choke": Field("number", "Price at which use ends.", "P", low=0.0),
        "slope": Field("number", "Fall of the price per unit.", "P/Q", low=0.0, above=True),
        "capacity": Field("limit", "Largest quantity; null: no limit.", "Q", None, low=0.0),
    },
    "constant_elasticity_supply": {
        **CURVE,
        "quantity": SUPPLY_QUANTITY,
        "price": BASE_PRICE,
        "elasticity": ELASTICITY,
        "capacity": Field("limit", "Largest quantity; null: no limit.", "Q", None, low=0.0),
        "shutdown_low": Field(
            "number", "Multiple of the base price at which supply begins.", "1", 0.0, low=0.0
        ),
        "shutdown_high": Field("number", "Multiple from which the elasticity holds.", "1", 0.0, low=0.0),
    },
    "constant_elasticity_use": {
        **CURVE,
        "quantity": SUPPLY_QUANTITY,
        "price": BASE_PRICE,
        "elasticity": ELASTICITY,
        "backstops": Field(
            "backstops", "Shares of use that leave between two multiples of the base price.", default=()
        ),
        "choke_multiple": Field(
            "limit", "Multiple at which use ends; null: never.", "1", None, low=1.0, above=True
        ),
        "choke_from": Field(
            "limit",
            "Multiple at which the last users begin to leave; null: half of the choke.",
            "1",
            None,
            low=1.0,
        ),
        "low_multiple": Field(
            "number", "Multiple below which use stays constant.", "1", 0.05, low=0.0, high=1.0, above=True
        ),
    },
    "fixed_supply": {**CURVE, "quantity": Field("number", "Quantity at every price.", "Q", low=0.0)},
    "fixed_use": {**CURVE, "quantity": Field("number", "Quantity at every price.", "Q", low=0.0)},
    "segments": {
        **CURVE,
        "side": Field("choice", "Which side of the market.", choices=("supply", "use")),
        "segments": Field("segments", "Power terms a1 p^e1 + a2 p^e2 from each price on."),
    },
}

ACTIVITIES: Mapping[str, Table] = {
    "trade": {
        "name": NAME,
        "from": FROM,
        "to": TO,
        **RUN,
        "duty": DUTY,
        "tariff": Field("number", "Specific tariff.", "P", 0.0),
        "export_tax": Field(
            "number", "Ad-valorem tax on the price at origin.", "1", 0.0, low=-1.0, above=True
        ),
    },
    "tariff_rate_quota": {
        "name": NAME,
        "from": FROM,
        "to": TO,
        **RUN,
        "quota": Field("number", "Quantity that enters at the lower rate.", "Q", low=0.0),
        "tariff": Field("number", "Specific tariff within the quota.", "P", 0.0),
        "tariff_beyond": Field("number", "Specific tariff beyond it.", "P", 0.0),
        "duty": DUTY,
        "duty_beyond": Field("number", "Ad-valorem rate beyond the quota.", "1", 0.0, low=0.0),
    },
    "process": {
        "name": NAME,
        "from": FROM,
        "to": TO,
        **RUN,
        "yield": Field(
            "number", "Output per unit of input, both in content.", "1", 1.0, low=0.0, high=1.0, above=True
        ),
    },
    "joint_process": {
        "name": NAME,
        "from": FROM,
        "to": Field("nodes", "Nodes of the products."),
        **RUN,
        "yields": Field("numbers", "Output of each product per unit of input.", "1", low=0.0),
    },
    "source": {"name": NAME, "node": NODE, **RUN},
    "sink": {"name": NAME, "node": NODE, **RUN},
    "storage": {
        "name": NAME,
        "from": FROM,
        "to": TO,
        **RUN,
        "interest": Field("number", "Interest between the two nodes.", "1", 0.0, low=-1.0, above=True),
        "loss": SHARE_LOST,
    },
    "columns": {
        "name": NAME,
        "entries": Field("entries", "What one unit delivers (+) and takes (-), and for what money."),
        **RUN,
    },
}

REFERENCE = Field("weights", "Weights of the node prices it watches.", "1", of="node")
LEVIES: Mapping[str, Table] = {
    "floor": {
        "name": NAME,
        "floor": Field("number", "Reference price it holds up.", "P"),
        "cap": Field("number", "Largest rate.", "P", low=0.0),
        "reference": REFERENCE,
        "charges": Field("weights", "Charge per unit of level, by activity.", "1", default={}, of="activity"),
    },
    "contract": {
        "name": NAME,
        "strike": Field("number", "Price it pays up to.", "P"),
        "two_way": Field("flag", "Whether the holder pays back above the strike.", default=False),
        "reference": REFERENCE,
        "pays_curves": Field("weights", "Payment per unit, by supply curve.", "1", default={}, of="curve"),
        "pays_activities": Field(
            "weights", "Payment per unit of level, by activity.", "1", default={}, of="activity"
        ),
    },
    "minimum_import_price": {
        "name": NAME,
        "activity": Field("activity", "Arc it applies to."),
        "minimum": Field("number", "Lowest price at the border.", "P", low=0.0),
        "cost": Field("number", "Freight to the border.", "P", 0.0),
        "duty": DUTY,
    },
    "levy": {
        "name": NAME,
        "floor": Field("number", "f", "P"),
        "cap": Field("limit", "Upper bound of the rate; null: none.", "P", None),
        "lower": Field("limit", "Lower bound of the rate; null: none.", "P", 0.0),
        "self_response": Field("number", "M", "1", 0.0, low=0.0),
        "reference": REFERENCE,
        "charges": Field("weights", "E, by activity.", "1", default={}, of="activity"),
        "curve_charges": Field("weights", "F, by curve.", "1", default={}, of="curve"),
    },
    "cross_price": {
        "name": NAME,
        "curve": Field("curve", "Supply or use that answers to the price of another node too."),
        "node": NODE,
        "share": Field("number", "Share of that price taken off the curve's own price.", "1"),
    },
}

COUNTED = Field("weights", "Weight of the activities that count.", "1", of="activity")
CONSTRAINTS: Mapping[str, Table] = {
    "minimum_share": {
        "name": NAME,
        "counted": COUNTED,
        "base": Field("weights", "Weight of the activities that are the base.", "1", of="activity"),
        "share": Field("number", "Smallest share.", "1", low=0.0, high=1.0),
    },
    "maximum_share": {
        "name": NAME,
        "counted": COUNTED,
        "base": Field("weights", "Weight of the activities that are the base.", "1", of="activity"),
        "share": Field("number", "Largest share.", "1", low=0.0, high=1.0),
    },
    "shared_quota": {
        "name": NAME,
        "activities": Field("weights", "Licences one unit of each activity takes.", "1", of="activity"),
        "quota": Field("number", "Licences there are.", "Q", low=0.0),
    },
    "minimum_level": {
        "name": NAME,
        "activities": Field("weights", "Weight of each activity in the sum.", "1", of="activity"),
        "minimum": Field("number", "Level at which they run together at least.", "Q", low=0.0),
    },
}

BUDGET_TABLE: Table = {
    "name": NAME,
    "contracts": Field("levies", "Contracts that are paid from it, in all periods."),
    "amount": Field("number", "Money there is for them.", "P Q", low=0.0),
}

LISTS: Mapping[str, tuple[str, Mapping[str, Table] | Table]] = {
    "nodes": ("Places with a price.", NODE_TABLE),
    "curves": ("Supply and use that answer to the price of their node.", CURVES),
    "activities": ("Whatever takes from nodes and delivers to nodes.", ACTIVITIES),
    "levies": ("Charges and payments that adjust.", LEVIES),
    "constraints": (
        "Shares, quotas and minimum levels over several activities; each is a node with a price.",
        CONSTRAINTS,
    ),
    "budgets": ("Money for contracts; where it is short, each is paid the same share.", BUDGET_TABLE),
    "changes": ("What differs in some periods.", CHANGE_TABLE),
    "stores": ("What carries goods from each period to the next.", STORE_TABLE),
    "policy_stocks": ("Stocks bought and released at stated prices.", STOCK_TABLE),
    "shipments": ("Routes whose goods arrive some periods after they leave.", SHIPMENT_TABLE),
    "recycling": ("Scrap pools fed by past use.", RECYCLING_TABLE),
}
"""The lists of a case: what they hold, and one table, or one per ``kind``."""

TOP: Table = {
    "format": Field("choice", "Says what this file is.", choices=(FORMAT,)),
    "version": Field("integer", "Version of the format.", low=VERSION, high=VERSION),
    "title": Field("text", "One line.", default=""),
    "description": Field("text", "As much as it takes.", default=""),
    "quantity_unit": Field("text", "Q, for messages and results.", default="t"),
    "price_unit": Field("text", "P, for messages and results.", default="USD/t"),
}


def is_by_kind(tables: Mapping[str, Table] | Table) -> bool:
    """Return whether a list holds objects of several kinds, told apart by their key ``kind``."""
    return not isinstance(next(iter(tables.values())), Field)
