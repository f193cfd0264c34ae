"""What each kind of element of a case is in the market: one function per kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from lodestock.errors import ConflictError
from lodestock.market import activities as made
from lodestock.market import shapes
from lodestock.market.activities import Activities
from lodestock.market.case.check import Values
from lodestock.market.cross_price import cross_price
from lodestock.market.curves import Curves
from lodestock.market.import_price import minimum_import_price
from lodestock.market.levies import Levies, levy
from lodestock.market.minimum_level import minimum_level
from lodestock.market.model import Market
from lodestock.market.quotas import shared_quota, tariff_rate_quota
from lodestock.market.shares import maximum_share, minimum_share
from lodestock.market.storage import storage

Place = Mapping[str, int]


def _run(element: Values) -> tuple[float, float, float]:
    return element["cost"], element["slope"], unlimited(element["capacity"])


def _trade(e: Values, node: Place) -> Activities:
    rates = {key: e[key] for key in ("duty", "tariff", "export_tax")}
    return made.trade([e["name"]], node[e["from"]], node[e["to"]], *_run(e), **rates)


def _tariff_rate_quota(e: Values, node: Place) -> Activities:
    rates = {key: e[key] for key in ("tariff", "tariff_beyond", "duty", "duty_beyond")}
    cost, slope, capacity = _run(e)
    return tariff_rate_quota(
        [e["name"]], node[e["from"]], node[e["to"]], cost, slope, e["quota"], capacity=capacity, **rates
    )


def _process(e: Values, node: Place) -> Activities:
    return made.process([e["name"]], node[e["from"]], node[e["to"]], *_run(e), yield_=e["yield"])


def _joint_process(e: Values, node: Place) -> Activities:
    if len(e["to"]) != len(e["yields"]):
        raise ConflictError(f"{len(e['to'])} products and {len(e['yields'])} yields", allowed="equal lengths")
    outputs = [node[name] for name in e["to"]]
    return made.joint_process([e["name"]], node[e["from"]], outputs, e["yields"], *_run(e))


def _storage(e: Values, node: Place) -> Activities:
    cost, slope, capacity = _run(e)
    terms = {"interest": e["interest"], "loss": e["loss"]}
    return storage(
        [e["name"]],
        node[e["from"]],
        node[e["to"]],
        holding_cost=cost,
        slope=slope,
        capacity=capacity,
        **terms,
    )


def _columns(e: Values, node: Place) -> Activities:
    entries = [
        (node[x["node"]], x["quantity"], x["quantity"] if x["money"] is None else x["money"])
        for x in e["entries"]
    ]
    return made.columns([e["name"]], [entries], *_run(e))


ACTIVITIES: dict[str, Callable[[Values, Place], Activities]] = {
    "trade": _trade,
    "tariff_rate_quota": _tariff_rate_quota,
    "process": _process,
    "joint_process": _joint_process,
    "source": lambda e, node: made.source([e["name"]], node[e["node"]], *_run(e)),
    "sink": lambda e, node: made.sink([e["name"]], node[e["node"]], *_run(e)),
    "storage": _storage,
    "columns": _columns,
}


def _constant_elasticity_use(e: Values, node: Place) -> Curves:
    return shapes.constant_elasticity_use(
        [e["name"]],
        node[e["node"]],
        e["quantity"],
        e["price"],
        e["elasticity"],
        backstops=[(b["share"], b["multiple_low"], b["multiple_high"]) for b in e["backstops"]],
        choke_multiple=unlimited(e["choke_multiple"]),
        choke_from=e["choke_from"],
        low_multiple=e["low_multiple"],
    )


def _segments(e: Values, node: Place) -> Curves:
    rows = {
        key: np.array([[part[key] for part in e["segments"]]]) for key in ("from", "a1", "e1", "a2", "e2")
    }
    return Curves(
        names=[e["name"]],
        node=np.array([node[e["node"]]], dtype=np.int64),
        sign=np.array([1.0 if e["side"] == "supply" else -1.0]),
        breaks=rows["from"],
        a1=rows["a1"],
        e1=rows["e1"],
        a2=rows["a2"],
        e2=rows["e2"],
        price_weight=np.ones(1),
        price_shift=np.zeros(1),
    )


CURVES: dict[str, Callable[[Values, Place], Curves]] = {
    "linear_supply": lambda e, node: shapes.linear_supply(
        [e["name"]], node[e["node"]], e["intercept"], e["slope"], unlimited(e["capacity"])
    ),
    "linear_use": lambda e, node: shapes.linear_use(
        [e["name"]], node[e["node"]], e["choke"], e["slope"], unlimited(e["capacity"])
    ),
    "constant_elasticity_supply": lambda e, node: shapes.constant_elasticity_supply(
        [e["name"]],
        node[e["node"]],
        e["quantity"],
        e["price"],
        e["elasticity"],
        unlimited(e["capacity"]),
        e["shutdown_low"],
        e["shutdown_high"],
    ),
    "constant_elasticity_use": _constant_elasticity_use,
    "fixed_supply": lambda e, node: shapes.fixed_supply([e["name"]], node[e["node"]], e["quantity"]),
    "fixed_use": lambda e, node: shapes.fixed_use([e["name"]], node[e["node"]], e["quantity"]),
    "segments": _segments,
}


def _floor(e: Values, node: Place, activity: Place, curve: Place, columns: Activities) -> Levies:
    return levy(
        e["name"],
        reference=_placed(e["reference"], node),
        floor=e["floor"],
        cap=e["cap"],
        charged=[activity[name] for name in e["charges"]],
        weights=list(e["charges"].values()),
    )


def _contract(e: Values, node: Place, activity: Place, curve: Place, columns: Activities) -> Levies:
    return levy(
        e["name"],
        reference=_placed(e["reference"], node),
        floor=e["strike"],
        lower=-np.inf if e["two_way"] else 0.0,
        self_response=1.0,
        charged=[activity[name] for name in e["pays_activities"]],
        weights=[-weight for weight in e["pays_activities"].values()],
        charged_curves=[curve[name] for name in e["pays_curves"]],
        curve_weights=[-weight for weight in e["pays_curves"].values()],
    )


def _import_price(e: Values, node: Place, activity: Place, curve: Place, columns: Activities) -> Levies:
    arc = activity[e["activity"]]
    entries = slice(columns.pointer[arc], columns.pointer[arc + 1])
    taken = columns.node[entries][columns.quantity[entries] < 0.0]
    if len(taken) != 1:
        raise ConflictError(
            f"{e['activity']!r} takes from {len(taken)} nodes", allowed="an arc that leaves one node"
        )
    return minimum_import_price([e["name"]], arc, taken[0], e["minimum"], e["cost"], duty=e["duty"])


def _levy(e: Values, node: Place, activity: Place, curve: Place, columns: Activities) -> Levies:
    return levy(
        e["name"],
        reference=_placed(e["reference"], node),
        floor=e["floor"],
        cap=unlimited(e["cap"]),
        lower=-np.inf if e["lower"] is None else e["lower"],
        self_response=e["self_response"],
        charged=[activity[name] for name in e["charges"]],
        weights=list(e["charges"].values()),
        charged_curves=[curve[name] for name in e["curve_charges"]],
        curve_weights=list(e["curve_charges"].values()),
    )


def _cross(e: Values, node: Place, activity: Place, curve: Place, columns: Activities) -> Levies:
    return cross_price([e["name"]], curve[e["curve"]], node[e["node"]], e["share"])


LEVIES: dict[str, Callable[..., Levies]] = {
    "floor": _floor,
    "contract": _contract,
    "minimum_import_price": _import_price,
    "levy": _levy,
    "cross_price": _cross,
}


def _share(of: Callable[..., Market]) -> Callable[[Market, Values, Place], Market]:
    def build(market: Market, e: Values, activity: Place) -> Market:
        counted, base = _placed(e["counted"], activity), _placed(e["base"], activity)
        return of(market, e["name"], counted=counted, base=base, share=e["share"])

    return build


def _quota(market: Market, e: Values, activity: Place) -> Market:
    return shared_quota(market, e["name"], activities=_placed(e["activities"], activity), quota=e["quota"])


def _minimum(market: Market, e: Values, activity: Place) -> Market:
    weights = _placed(e["activities"], activity)
    return minimum_level(market, e["name"], activities=weights, minimum=e["minimum"])


CONSTRAINTS: dict[str, Callable[[Market, Values, Place], Market]] = {
    "minimum_share": _share(minimum_share),
    "maximum_share": _share(maximum_share),
    "shared_quota": _quota,
    "minimum_level": _minimum,
}


def _placed(weights: Mapping[str, float], place: Place) -> dict[int, float]:
    return {place[name]: weight for name, weight in weights.items()}


def unlimited(value: float | None) -> float:
    """Return a limit as a number: infinite where there is none."""
    return np.inf if value is None else value
