"""Keys of what joins the periods of a case: stores, shipments, policy stocks, recycling; changes in some."""

from __future__ import annotations

from lodestock.market.case.field import FROM, NAME, NODE, TO, Field, Table

PERIOD_TABLE: Table = {
    "first": Field("text", "First period: 2025, 2025-Q1 or 2025-01; gives years, quarters or months."),
    "count": Field("integer", "Number of periods.", low=1),
}
CHANGE_TABLE: Table = {
    "periods": Field("texts", "Periods it holds in."),
    "element": Field("text", "Name of the node, curve, activity, levy or constraint."),
    "set": Field("settings", "Fields with their values there."),
}
STORE_TABLE: Table = {
    "name": NAME,
    "node": NODE,
    "holding_cost": Field("number", "Cost of holding.", "P per year", 0.0),
    "slope": Field("number", "Rise of that cost per unit held.", "P/Q", 0.0, low=0.0),
    "capacity": Field("limit", "What fits; null: no limit.", "Q", None, low=0.0),
    "interest": Field("number", "Interest.", "1 per year", 0.0, low=-1.0, above=True),
    "loss": Field("number", "Share lost.", "1 per year", 0.0, low=0.0, high=1.0),
    "opening": Field("number", "Held before the first period.", "Q", 0.0, low=0.0),
    "closing_value": Field(
        "limit", "Price of what is left at the end; null: nothing is held over it.", "P", None
    ),
}
STOCK_TABLE: Table = {
    "name": NAME,
    "node": NODE,
    "buy_price": Field("number", "Bought at it.", "P", low=0.0, above=True),
    "release_price": Field("number", "Released at it; above the buy price.", "P", low=0.0, above=True),
    "opening": Field("number", "In stock before the first period.", "Q", 0.0, low=0.0),
    "room": Field("limit", "What fits; null: no limit.", "Q", None, low=0.0),
    "buy_rate": Field("limit", "Most that is bought; null: no limit.", "Q per year", None, low=0.0),
    "release_rate": Field("limit", "Most that is released; null: no limit.", "Q per year", None, low=0.0),
    "budget": Field("limit", "Money for purchases at the buy price; null: no limit.", "P Q", None, low=0.0),
    "patience": Field("number", "Weight of the next period's value.", "1", 0.0, low=0.0, high=1.0),
    "loss": Field("number", "Share lost.", "1 per year", 0.0, low=0.0, high=1.0),
    "friction": Field("number", "Slope of its columns.", "P/Q", 0.0, low=0.0),
}
SHIPMENT_TABLE: Table = {
    "name": NAME,
    "from": FROM,
    "to": TO,
    "lag": Field("integer", "Periods on the way.", low=1),
    "cost": Field("number", "Cost, paid when it leaves.", "P", 0.0),
    "slope": Field("number", "Rise of that cost per quantity and year.", "P/Q year", 0.0, low=0.0),
    "capacity": Field("limit", "Most that leaves; null: no limit.", "Q per year", None, low=0.0),
    "interest": Field("number", "Interest while on the way.", "1 per year", 0.0, low=-1.0, above=True),
    "loss": Field("number", "Share lost on the way.", "1 per year", 0.0, low=0.0, high=1.0),
    "on_the_way": Field(
        "numbers",
        "What arrives in each of the first periods, as many as the lag, oldest shipment first; one number: "
        "the same in each.",
        "Q per year",
        (),
        low=0.0,
    ),
}
RECYCLING_TABLE: Table = {
    "name": NAME,
    "node": Field("node", "Node that receives the secondary material."),
    "uses": Field("activities", "Activities whose level is use, such as the one that leads to the users."),
    "collectable": Field("number", "Share of use that comes back as scrap.", "1", low=0.0, high=1.0),
    "lag": Field("integer", "Periods from use to scrap.", low=1),
    "past_use": Field(
        "numbers",
        "Use in as many periods before the first as the lag, oldest first; one number: the same in each.",
        "Q per year",
        (),
        low=0.0,
    ),
    "yield": Field("number", "Output per unit of scrap.", "1", 1.0, low=0.0, high=1.0, above=True),
    "cost": Field("number", "Cost of collection and refining.", "P", 0.0),
    "slope": Field("number", "Rise of that cost per quantity and year.", "P/Q year", 0.0, low=0.0),
    "capacity": Field("limit", "Most that is recovered; null: no limit.", "Q per year", None, low=0.0),
    "owner_price": Field("number", "Price of scrap below which its owners keep it.", "P", 0.0, low=0.0),
    "decay": Field("number", "Share of the pool lost.", "1 per year", 0.0, low=0.0, high=1.0),
    "patience": Field("number", "Weight of the next period's value of scrap.", "1", 1.0, low=0.0, high=1.0),
    "opening": Field("number", "Scrap in the pool before the first period.", "Q", 0.0, low=0.0),
}
