"""Linear expressions whose coefficients may differ by noise outcome.

A coefficient is a number or one number per outcome, so that right-hand sides, costs and matrix entries are
all made random in the same way: by writing the random quantity where it belongs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from lodestock.errors import ConflictError, LodestockError, ValueOutOfRangeError
from lodestock.sddp.arrays import Float

Coefficient: TypeAlias = float | Float
Linear: TypeAlias = "Expression | Outcomes | float | int"


class Outcomes:
    """A random quantity: one value per noise outcome of a stage; closed under arithmetic with numbers."""

    __array_ufunc__ = None

    def __init__(self, values: Iterable[float]) -> None:
        self.values: Float = np.array(list(values), dtype=np.float64)

    def __repr__(self) -> str:
        return f"Outcomes({self.values.tolist()})"

    def map(self, function: Callable[[float], float]) -> Outcomes:
        """Return ``function`` of every outcome, for anything arithmetic does not reach."""
        return Outcomes(function(float(value)) for value in self.values)

    def __add__(self, other: Linear) -> Expression:
        return Expression({}, self.values) + other

    def __radd__(self, other: Linear) -> Expression:
        return Expression({}, self.values) + other

    def __sub__(self, other: Linear) -> Expression:
        return Expression({}, self.values) - other

    def __rsub__(self, other: Linear) -> Expression:
        return as_expression(other) - self

    def __neg__(self) -> Outcomes:
        return Outcomes(-self.values)

    def __mul__(self, other: Linear) -> Expression:
        return Expression({}, self.values) * other

    def __rmul__(self, other: Linear) -> Expression:
        return Expression({}, self.values) * other

    def __truediv__(self, other: Outcomes | float) -> Outcomes:
        if isinstance(other, Outcomes):
            check_aligned(self.values, other.values)
        return Outcomes(self.values / as_divisor(other))

    def __rtruediv__(self, other: float) -> Outcomes:
        return Outcomes(float(other) / as_divisor(self))

    def __le__(self, other: Linear) -> Constraint:
        return Expression({}, self.values) <= other

    def __ge__(self, other: Linear) -> Constraint:
        return Expression({}, self.values) >= other

    def __eq__(self, other: object) -> Constraint:  # type: ignore[override]
        return Expression({}, self.values) == other

    __hash__ = object.__hash__


class Expression:
    r"""The linear form :math:`\sum_k a_k v_k + a_0` over the columns of one stage.

    Attributes
    ----------
    terms : coefficient by column number.
    constant : :math:`a_0`.
    """

    __array_ufunc__ = None
    __slots__ = ("constant", "terms")

    def __init__(self, terms: dict[int, Coefficient], constant: Coefficient = 0.0) -> None:
        self.terms = terms
        self.constant = constant

    def __add__(self, other: Linear) -> Expression:
        right = as_expression(other)
        terms = dict(self.terms)
        for column, coefficient in right.terms.items():
            terms[column] = terms[column] + coefficient if column in terms else coefficient
        return Expression(terms, self.constant + right.constant)

    __radd__ = __add__

    def __neg__(self) -> Expression:
        return self * -1.0

    def __sub__(self, other: Linear) -> Expression:
        return self + as_expression(other) * -1.0

    def __rsub__(self, other: Linear) -> Expression:
        return as_expression(other) - self

    def __mul__(self, other: Linear) -> Expression:
        right = as_expression(other)
        if right.terms and self.terms:
            raise ConflictError(
                "two decisions are multiplied", where="expression", allowed="linear expressions"
            )
        factor, form = (right.constant, self) if self.terms else (self.constant, right)
        terms = {column: coefficient * factor for column, coefficient in form.terms.items()}
        return Expression(terms, form.constant * factor)

    __rmul__ = __mul__

    def __truediv__(self, other: Outcomes | float) -> Expression:
        divisor = as_divisor(other)
        return self * Expression({}, 1.0 / (divisor if isinstance(other, Outcomes) else float(divisor[0])))

    def __le__(self, other: Linear) -> Constraint:
        return Constraint(self - other, -np.inf, 0.0)

    def __ge__(self, other: Linear) -> Constraint:
        return Constraint(self - other, 0.0, np.inf)

    def __eq__(self, other: object) -> Constraint:  # type: ignore[override]
        return Constraint(self - as_expression(other), 0.0, 0.0)

    __hash__ = object.__hash__


@dataclass(frozen=True, eq=False)
class Constraint:
    """``lower <= expression <= upper``, made by comparing two expressions."""

    expression: Expression
    lower: float
    upper: float

    def __bool__(self) -> bool:
        raise ConflictError(
            "a constraint has no truth value",
            where="constraint",
            hint="write a <= x <= b as two constraints",
        )


def as_expression(value: object) -> Expression:
    """Return a number, random quantity or expression as an expression."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, Outcomes):
        return Expression({}, value.values)
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        problem = f"{value!r} is not a number, a random quantity or an expression"
        raise LodestockError(problem, where="expression") from None
    if number != number:
        raise ValueOutOfRangeError("NaN", where="expression", allowed="numbers")
    return Expression({}, number)


def as_divisor(value: Outcomes | float) -> Float:
    """Return a number or random quantity by which one may divide, shape (outcomes,) or (1,)."""
    form = as_expression(value)
    if form.terms:
        problem = "something is divided by a decision"
        raise ConflictError(problem, where="expression", allowed="linear expressions")
    divisor = np.atleast_1d(np.asarray(form.constant, dtype=np.float64))
    if (divisor == 0.0).any():
        raise ValueOutOfRangeError("a division by zero", where="expression", allowed="other divisors")
    return divisor


def check_aligned(one: Float, other: Float) -> None:
    """Raise unless two random quantities have the same outcomes."""
    if one.shape != other.shape:
        raise ConflictError(
            f"random quantities of {one.size} and {other.size} outcomes meet",
            where="expression",
            allowed="quantities of the same stage's noise",
        )


def total(parts: Iterable[Linear]) -> Expression:
    """Return the sum of many expressions in one pass."""
    terms: dict[int, Coefficient] = {}
    constant: Coefficient = 0.0
    for part in parts:
        form = as_expression(part)
        constant = constant + form.constant
        for column, coefficient in form.terms.items():
            terms[column] = terms[column] + coefficient if column in terms else coefficient
    return Expression(terms, constant)
