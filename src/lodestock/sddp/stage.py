"""What a user says about one node: states, controls, noise, constraints, objective.

A stage function ``f(stage, key)`` is called once per node of the policy graph and fills the stage it gets.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lodestock.errors import ConflictError, ValueOutOfRangeError
from lodestock.sddp.arrays import Float
from lodestock.sddp.expression import Coefficient, Constraint, Expression, Linear, Outcomes, as_expression

INFINITY = math.inf


@dataclass(frozen=True, eq=False)
class State:
    """A quantity carried from stage to stage: what comes in is given, what goes out is decided."""

    name: str
    incoming: Expression
    outgoing: Expression


@dataclass(frozen=True)
class Column:
    """One decision of the stage with its bounds."""

    name: str
    lower: float
    upper: float


@dataclass(frozen=True)
class StateRecord:
    """Columns, start and slope bounds of one state."""

    name: str
    incoming: int
    outgoing: int
    initial: float | None
    slope: tuple[float, float]


@dataclass(frozen=True)
class PriceRecord:
    r"""An objective state :math:`y' = a_w + \sum_j B_{wj} y_j` that enters the cost only."""

    name: str
    initial: float
    lower: float
    upper: float
    constant: Coefficient
    weights: Mapping[str, Coefficient]


class Stage:
    """The linear programme of one node while it is being stated."""

    def __init__(self, key: Hashable) -> None:
        self.key = key
        self.columns: list[Column] = []
        self.states_: list[StateRecord] = []
        self.prices: list[PriceRecord] = []
        self.rows: list[tuple[str, Constraint]] = []
        self.objective = Expression({})
        self.price_terms: dict[str, Expression] = {}
        self.sense: str | None = None
        self.outcomes: tuple[Any, ...] | None = None
        self.probability: tuple[float, ...] = (1.0,)

    @property
    def where(self) -> str:
        """Return the node's name for messages."""
        return f"node {self.key!r}"

    def variable(self, name: str, lower: Linear = 0.0, upper: Linear = INFINITY) -> Expression:
        """Add a control with ``lower <= value <= upper``; a random bound becomes a constraint."""
        fixed = [
            unknown if isinstance(bound, Outcomes | Expression) else bound
            for bound, unknown in ((lower, -INFINITY), (upper, INFINITY))
        ]
        added = Expression({self._column(name, fixed[0], fixed[1]): 1.0})
        if isinstance(lower, Outcomes | Expression):
            self.constraint(added >= lower, f"{name} from")
        if isinstance(upper, Outcomes | Expression):
            self.constraint(added <= upper, f"{name} to")
        return added

    def variables(
        self, name: str, count: int, lower: Linear = 0.0, upper: Linear = INFINITY
    ) -> list[Expression]:
        """Add ``count`` controls called ``name[0]``, ``name[1]``, ..."""
        return [self.variable(f"{name}[{at}]", lower, upper) for at in range(count)]

    def state(
        self,
        name: str,
        lower: float = 0.0,
        upper: float = INFINITY,
        *,
        initial: float | None = None,
        slope: tuple[float, float] = (-INFINITY, INFINITY),
    ) -> State:
        r"""Add a state.

        Parameters
        ----------
        lower, upper : bounds of the outgoing value.
        initial : value at the root; at least one node says it.
        slope : bounds of :math:`\partial V / \partial x`, money per unit, in the sense of the objective.
            They are facts about the problem that the deterministic upper bound relies on, such as
            ``(-shortage_cost, 0)`` for a stock that may be thrown away when costs are minimised.
        """
        if slope[0] > slope[1]:
            raise ValueOutOfRangeError(
                f"slope {slope}", where=f"{self.where}: state {name!r}", allowed="low <= high"
            )
        incoming = self._column(f"{name}.incoming", -INFINITY, INFINITY)
        outgoing = self._column(name, lower, upper)
        self.states_.append(StateRecord(name, incoming, outgoing, initial, slope))
        return State(name, Expression({incoming: 1.0}), Expression({outgoing: 1.0}))

    def states(
        self,
        name: str,
        count: int,
        lower: float = 0.0,
        upper: float = INFINITY,
        *,
        initial: float | Sequence[float] | Float | None = None,
        slope: tuple[float, float] = (-INFINITY, INFINITY),
    ) -> list[State]:
        """Add ``count`` states called ``name[0]``, ``name[1]``, ...; ``initial`` may differ by state."""
        if isinstance(initial, Sequence | np.ndarray):
            start: list[float | None] = [float(value) for value in initial]
        else:
            start = [initial] * count
        if len(start) != count:
            raise ConflictError(
                f"{len(start)} initial values for {count} states", where=f"{self.where}: state {name!r}"
            )
        return [
            self.state(f"{name}[{at}]", lower, upper, initial=start[at], slope=slope) for at in range(count)
        ]

    def random(self, outcomes: Iterable[Any], probability: Sequence[float] | None = None) -> Any:
        """Declare the noise of this stage: seen before deciding, independent of the past.

        Parameters
        ----------
        outcomes : numbers, tuples of numbers or mappings from names to numbers.
        probability : of each outcome; equal when left out.

        Returns
        -------
        ``Outcomes`` for numbers, a list of them for tuples, a dict of them for mappings: random quantities to
        be used in constraints and objective.
        """
        values = tuple(
            tuple(one.tolist()) if isinstance(one, np.ndarray) and one.ndim else one for one in outcomes
        )
        if self.outcomes is not None:
            raise ConflictError(
                "noise is declared twice", where=self.where, hint="join independent noises with independent()"
            )
        if not values:
            raise ConflictError("no outcome", where=self.where, allowed="at least one outcome")
        share = [1.0 / len(values)] * len(values) if probability is None else [float(p) for p in probability]
        check_probability(share, len(values), self.where)
        self.outcomes, self.probability = values, tuple(share)
        return _as_outcomes(values, self.where)

    def objective_state(
        self,
        name: str,
        *,
        initial: float,
        lower: float,
        upper: float,
        constant: Linear = 0.0,
        weights: Mapping[str, Linear] | None = None,
    ) -> None:
        r"""Add a price that moves by itself, :math:`y' = a_w + \sum_j B_{wj} y_j`, and enters the cost only.

        Parameters
        ----------
        constant, weights : :math:`a_w` and :math:`B_{wj}` by name of the objective state; numbers or random
            quantities. ``weights`` left out means :math:`y' = a_w + y`.
        lower, upper : bounds the price never leaves; a path that does raises.
        """
        given = {name: 1.0} if weights is None else weights
        self.prices.append(
            PriceRecord(
                name,
                float(initial),
                float(lower),
                float(upper),
                as_expression(constant).constant,
                {other: as_expression(weight).constant for other, weight in given.items()},
            )
        )

    def price_times(self, price: str, quantity: Linear) -> None:
        """Add ``price * quantity`` to the objective, for an objective state ``price``."""
        self.price_terms[price] = self.price_terms.get(price, Expression({})) + quantity

    def constraint(self, constraint: Constraint, name: str | None = None) -> None:
        """Add a constraint such as ``x.outgoing == x.incoming + bought - used``."""
        if not isinstance(constraint, Constraint):
            raise ConflictError(
                f"{constraint!r} is not a constraint", where=self.where, hint="compare with <=, >= or =="
            )
        if not constraint.expression.terms:
            raise ConflictError(f"constraint {name or len(self.rows)!r} holds no decision", where=self.where)
        self.rows.append((name or f"row {len(self.rows)}", constraint))

    def minimise(self, cost: Linear) -> None:
        """State the cost of this stage."""
        self._objective("min", cost)

    def maximise(self, reward: Linear) -> None:
        """State the reward of this stage."""
        self._objective("max", reward)

    def blocks(
        self, name: str, widths: Sequence[float], prices: Sequence[float], *, rising: bool = True
    ) -> tuple[Expression, Expression]:
        """Add a quantity in price blocks; return the quantity and its value.

        ``rising`` blocks are for buying (cost), falling ones for selling (reward): the convex side of each.
        """
        ordered = all(a <= b if rising else a >= b for a, b in itertools.pairwise(prices))
        if len(widths) != len(prices) or not ordered:
            raise ConflictError(
                f"blocks {name!r} have prices {list(prices)}",
                where=self.where,
                allowed=f"one price per width, {'not falling' if rising else 'not rising'} (convex)",
            )
        parts = [self.variable(f"{name}[{at}]", 0.0, width) for at, width in enumerate(widths)]
        quantity, value = Expression({}), Expression({})
        for part, price in zip(parts, prices, strict=True):
            quantity, value = quantity + part, value + price * part
        return quantity, value

    def _objective(self, sense: str, value: Linear) -> None:
        if self.sense is not None:
            raise ConflictError("the objective is stated twice", where=self.where)
        self.sense, self.objective = sense, as_expression(value)

    def _column(self, name: str, lower: float, upper: float) -> int:
        try:
            low, high = float(lower), float(upper)
        except (TypeError, ValueError):
            raise ConflictError(
                f"bounds {lower!r} to {upper!r}",
                where=f"{self.where}: {name!r}",
                allowed="numbers",
                hint="state a random bound as a constraint",
            ) from None
        if math.isnan(low) or math.isnan(high) or low > high or low == INFINITY or high == -INFINITY:
            raise ValueOutOfRangeError(
                f"bounds {low:g} to {high:g}", where=f"{self.where}: {name!r}", allowed="lower <= upper"
            )
        if any(column.name == name for column in self.columns):
            raise ConflictError(f"two decisions are called {name!r}", where=self.where)
        self.columns.append(Column(name, low, high))
        return len(self.columns) - 1


def independent(
    *noises: tuple[Sequence[Any], Sequence[float] | None] | Sequence[Any],
) -> tuple[list[tuple[Any, ...]], list[float]]:
    """Join independent noises into one: every combination with the product of probabilities.

    Each noise is a list of outcomes, or a pair of outcomes and probabilities.
    """
    lists: list[list[tuple[Any, float]]] = []
    for noise in noises:
        paired = isinstance(noise, tuple) and len(noise) == 2 and isinstance(noise[0], Sequence)
        outcomes, share = (noise[0], noise[1]) if paired else (noise, None)
        share = [1.0 / len(outcomes)] * len(outcomes) if share is None else share
        lists.append(list(zip(outcomes, share, strict=True)))
    joint = list(itertools.product(*lists))
    return [tuple(o for o, _ in one) for one in joint], [math.prod(p for _, p in one) for one in joint]


def check_probability(share: Sequence[float], count: int, where: str) -> None:
    """Raise unless ``share`` holds ``count`` probabilities that add to one."""
    if len(share) != count:
        raise ConflictError(f"{len(share)} probabilities for {count} outcomes", where=where)
    worst = min(share)
    if not worst >= 0.0 or not all(map(math.isfinite, share)):
        raise ValueOutOfRangeError(f"probability {worst:g}", where=where, allowed="0 to 1")
    if abs(sum(share) - 1.0) > 1e-9:
        raise ValueOutOfRangeError(f"probabilities add to {sum(share):.9g}", where=where, allowed="1")


def _as_outcomes(values: tuple[Any, ...], where: str) -> Any:
    first = values[0]
    if isinstance(first, Mapping):
        if any(set(value) != set(first) for value in values):
            raise ConflictError("outcomes name different quantities", where=where)
        return {name: Outcomes(_finite(value[name], where) for value in values) for name in first}
    if isinstance(first, Sequence | np.ndarray):
        if any(len(value) != len(first) for value in values):
            raise ConflictError("outcomes have different lengths", where=where)
        return [Outcomes(_finite(value[at], where) for value in values) for at in range(len(first))]
    return Outcomes(_finite(value, where) for value in values)


def _finite(value: Any, where: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        allowed = "numbers, or tuples or mappings of numbers"
        raise ValueOutOfRangeError(f"outcome {value!r}", where=where, allowed=allowed) from None
    if not math.isfinite(number):
        raise ValueOutOfRangeError(f"outcome {number:g}", where=where, allowed="finite numbers")
    return number
