"""Flow tables with given row and column sums that stay as near as possible to a prior."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lodestock.errors import InfeasibleError, ValueOutOfRangeError
from lodestock.world.model import FloatArray


@dataclass(frozen=True)
class Fit:
    """A fitted table and how well it meets its margins."""

    table: FloatArray
    """t, (exporter, importer)."""
    sweeps: int
    residual: float
    """Largest deviation of a row or column sum, as a share of the total."""


def fit(
    prior: FloatArray,
    rows: FloatArray,
    columns: FloatArray,
    *,
    row_names: Sequence[str] = (),
    column_names: Sequence[str] = (),
    tolerance: float = 1e-11,
    sweeps: int = 20_000,
    where: str = "flow table",
) -> Fit:
    r"""Biproportional (RAS, minimum relative entropy) fit of a flow table to its margins.

    .. math:: \min_T \sum_{ij} T_{ij} \ln (T_{ij} / T^0_{ij}) - T_{ij}
              \quad \text{s.t.} \quad \sum_j T_{ij} = r_i, \; \sum_i T_{ij} = c_j

    whose solution is :math:`T_{ij} = a_i T^0_{ij} b_j`, found by scaling rows and columns in turn; unique,
    and zero exactly where the prior or a margin is zero (Bacharach 1970; Bishop, Fienberg and Holland 1975).

    Parameters
    ----------
    prior : t, shape (exporter, importer), non-negative.
    rows, columns : t, shapes (exporter,) and (importer,), non-negative, equal sums to 1e-9.
    row_names, column_names : labels for messages.
    tolerance : largest deviation of a margin, share of the total.
    sweeps : most row-and-column sweeps.
    where : named in messages.

    Returns
    -------
    Fit with column sums exact to rounding and row sums within ``tolerance``.

    Raises
    ------
    ValueOutOfRangeError
        A negative or non-finite number, or margins whose totals differ.
    InfeasibleError
        No table with the prior's zeros has these margins; names the rows and columns that clash.
    """
    _check_numbers(prior, rows, columns, where)
    total = float(rows.sum())
    if total == 0.0:
        return Fit(np.zeros_like(prior), 0, 0.0)
    names_r = row_names or tuple(f"row {i}" for i in range(len(rows)))
    names_c = column_names or tuple(f"column {j}" for j in range(len(columns)))
    live = prior * (rows > 0)[:, None] * (columns > 0)[None, :]
    _check_support(live, rows, columns, names_r, names_c, where)
    inside = np.ix_(np.flatnonzero(rows > 0), np.flatnonzero(columns > 0))
    part, done, residual = _swept(
        live[inside], rows[rows > 0], columns[columns > 0], tolerance * total, sweeps
    )
    table = np.zeros_like(live)
    table[inside] = part
    if not residual <= tolerance * total:
        _raise_clash(table, rows, columns, names_r, names_c, total, where)
    return Fit(table, done, residual / total)


def _swept(
    live: FloatArray, rows: FloatArray, columns: FloatArray, tolerance: float, sweeps: int
) -> tuple[FloatArray, int, float]:
    """Scale rows and columns in turn; all margins are positive and every row and column has an entry.

    Returns
    -------
    The table, the sweeps taken, and the largest deviation of a row sum, t.
    """
    across = np.ascontiguousarray(live.T)
    a, b = np.ones_like(rows), np.ones_like(columns)
    sums, residual, done = live @ b, np.inf, 0
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        for done in range(1, sweeps + 1):
            a = rows / sums
            b = columns / (across @ a)
            sums = live @ b
            if done % 5 == 0 or done < 5:
                residual = float(np.abs(a * sums - rows).max())
                if residual <= tolerance or not np.isfinite(residual):
                    break
    return np.nan_to_num(a[:, None] * live * b[None, :]), done, residual


def _check_numbers(prior: FloatArray, rows: FloatArray, columns: FloatArray, where: str) -> None:
    for label, values in (("prior", prior), ("row sums", rows), ("column sums", columns)):
        if not np.all(np.isfinite(values)) or np.any(values < 0):
            raise ValueOutOfRangeError(
                f"{label} hold a negative or non-finite number", where=where, allowed="t, 0 or more"
            )
    difference = abs(float(rows.sum() - columns.sum()))
    if difference > 1e-9 * max(float(rows.sum()), float(columns.sum()), 1e-300):
        raise ValueOutOfRangeError(
            f"row sums add to {rows.sum():.6g} t, column sums to {columns.sum():.6g} t",
            where=where,
            allowed="equal totals",
            hint="put the difference into stock change",
        )


def _check_support(
    live: FloatArray,
    rows: FloatArray,
    columns: FloatArray,
    names_r: Sequence[str],
    names_c: Sequence[str],
    where: str,
) -> None:
    stranded = [
        f"{names_r[i]} ({rows[i]:.6g} t offered)"
        for i in np.flatnonzero((rows > 0) & (live.sum(1) == 0)).tolist()
    ]
    starved = [
        f"{names_c[j]} ({columns[j]:.6g} t needed)"
        for j in np.flatnonzero((columns > 0) & (live.sum(0) == 0)).tolist()
    ]
    if stranded or starved:
        raise InfeasibleError(
            "no route in the prior for " + ", ".join(stranded + starved),
            where=where,
            hint="give the prior a positive entry for these countries",
        )


def _raise_clash(
    table: FloatArray,
    rows: FloatArray,
    columns: FloatArray,
    names_r: Sequence[str],
    names_c: Sequence[str],
    total: float,
    where: str,
) -> None:
    gap = rows - table.sum(1)
    worst = [int(i) for i in np.argsort(-np.abs(gap))[:4]]
    tight = [int(j) for j in np.flatnonzero(np.any(table[worst] > 1e-3 * total, axis=0))[:6]]
    clash = ", ".join(f"{names_r[i]} ({gap[i]:+.6g} t)" for i in worst if abs(gap[i]) > 1e-9 * total)
    against = ", ".join(f"{names_c[j]} ({columns[j]:.6g} t)" for j in tight)
    raise InfeasibleError(
        f"no flow table with these sums: {clash} clash with {against or 'the columns'}",
        where=where,
        allowed="every group of exporters fits into the importers it can reach",
    )
