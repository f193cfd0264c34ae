"""Read and write a case. The document is kept as it was given, so that writing it returns what was read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from lodestock.errors import ConflictError, FileFormatError
from lodestock.market.budget import Budget
from lodestock.market.case.build import budgets_of, horizon_of, market_of
from lodestock.market.case.check import Values, checked
from lodestock.market.horizon import Horizon
from lodestock.market.model import Market
from lodestock.market.policy_stock import PolicyStock

MAX_BYTES = 256 * 1024 * 1024
"""Largest file that is read."""


@dataclass(frozen=True, slots=True)
class Case:
    """A market described by a document.

    Attributes
    ----------
    document : as it was given; :func:`case_text` writes it.
    title : one line.
    market : what to solve; all periods of a horizon.
    horizon : the periods, where the case has any.
    stocks : its policy stocks.
    budgets : money for groups of its contracts.
    """

    document: Mapping[str, Any]
    title: str
    market: Market
    horizon: Horizon | None
    stocks: tuple[PolicyStock, ...]
    budgets: tuple[Budget, ...] = ()


def read_case(path: Path | str) -> Case:
    """Read a case from a JSON file.

    Raises
    ------
    FileFormatError
        Not there, not a file, too large, not UTF-8, no JSON, a key twice, a number that is not finite.
    LodestockError
        Something in the case does not fit; names file, key, value, what is allowed and the nearest name.
    """
    path = Path(path)
    name = path.name
    if not path.is_file():
        problem = "is not a file" if path.exists() else "does not exist"
        raise FileFormatError(problem, where=str(path), allowed="a case in JSON")
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise FileFormatError(f"the file has {size:,} bytes", where=name, allowed=f"at most {MAX_BYTES:,}")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileFormatError(
            f"byte {error.start} is not UTF-8 text", where=name, hint="save the file as UTF-8"
        ) from None
    return parse_case(text, name)


def parse_case(text: str, where: str = "case") -> Case:
    """Return the case a JSON text holds."""
    try:
        document = json.loads(text, object_pairs_hook=_without_repetition, parse_constant=_not_finite)
    except json.JSONDecodeError as error:
        raise FileFormatError(
            f"no JSON: {error.msg}", where=f"{where}, line {error.lineno}, column {error.colno}"
        ) from None
    except RecursionError:
        raise FileFormatError("nested too deeply", where=where) from None
    except (ConflictError, FileFormatError) as error:
        raise type(error)(error.problem, where=where, allowed=error.allowed) from None
    return case_from(document, where)


def case_from(document: Mapping[str, Any], where: str = "case") -> Case:
    """Return the case a document describes."""
    values = checked(document, where)
    # numbers that leave the range of floats are refused where they arise, by the name of the element
    with np.errstate(over="ignore", invalid="ignore"):
        return _built(document, values, where)


def _built(document: Mapping[str, Any], values: Values, where: str) -> Case:
    if values["periods"] is None:
        market = market_of(values, where)
        return Case(document, values["title"], market, None, (), budgets_of(values, market, None, where))
    horizon, stocks = horizon_of(values, where)
    budgets = budgets_of(values, horizon.market, horizon, where)
    return Case(document, values["title"], horizon.market, horizon, stocks, budgets)


def case_text(case: Case | Mapping[str, Any]) -> str:
    """Return the document of a case as JSON; floats are written so that they read back the same."""
    document = case.document if isinstance(case, Case) else case
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def write_case(case: Case | Mapping[str, Any], path: Path | str) -> None:
    """Write the document of a case into a file."""
    Path(path).write_text(case_text(case), encoding="utf-8")


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ConflictError(f"the key {key!r} stands twice in one object", allowed="each key once")
        found[key] = value
    return found


def _not_finite(token: str) -> NoReturn:
    raise FileFormatError(
        f"{token} is no JSON number", allowed="finite numbers; null where a limit is left out"
    )
