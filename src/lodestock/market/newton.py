r"""Smoothing Newton in price space.

With slopes positive everywhere the price is the only unknown of a market without levies. The step solves

.. math:: J\,dp = -R(p), \qquad J = A\,\mathrm{diag}(d)\,W^\top + X + \rho I, \qquad d = dz/dm

with nodes at a zero price and a surplus held there (free disposal). Without wedges :math:`R` is the
gradient of a convex function of p; the step length is found on its slope :math:`R(p+\Delta)^\top\Delta`,
which converges from anywhere.

Levies join as a border, :math:`g = \tau - \mathrm{clip}(\tau + f - N p, \underline\tau, \bar\tau) = 0` with
:math:`\omega` the derivative of the clip:

.. math::
    \begin{bmatrix} J & -C \\ \omega N & 1 - \omega + \epsilon\omega \end{bmatrix}
    \begin{bmatrix} dp \\ d\tau \end{bmatrix} = -\begin{bmatrix} R \\ g \end{bmatrix}, \qquad
    C = A\,\mathrm{diag}(d)\,E

The corners of levels and levies are rounded by :math:`\epsilon^2 = s\sigma`, the corner an interior point of
barrier :math:`\sigma` would have, and :math:`\sigma` falls tenfold after every good step until the corners
are sharp. Without rounding, regions that trade with nobody yet send the step anywhere.

Activities without a slope take one from a proximal term around a centre that follows the solution
(:math:`\delta`, outer loop).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lodestock.market.arrays import Bool, Float
from lodestock.market.kernel import (
    State,
    jacobian,
    levy_columns,
    respond,
    response_rate,
    rounded_clip,
)
from lodestock.market.system import System

REGULARISATION = 1e-10
"""rho, relative to the Jacobian's diagonal plus one: keeps prices finite where nothing pins them down."""

LEVY_PROXIMAL = 1e-10
"""epsilon of the levy rows: sends a levy without charged trade to its cap instead of dividing by zero."""

COLD_SMOOTHING, LEVY_SMOOTHING = 1e-2, 1e-1
"""sigma of a first step from nowhere, in scaled units, without and with levies to be found."""

LAST_SMOOTHING = 1e-6
"""Below this sigma the corners become sharp."""

ROUGH = 1e-4
"""Residual and last sigma of a rough solve."""

GOOD_STEP = 0.5
"""A step of at least this length lets sigma fall."""

LONGEST_STEP = 2.0
"""Largest price change of one step, in price scales; a price may also double."""

SHORT_STEP, PATIENCE = 0.1, 8
"""A run gives up after this many short steps in a row: another start costs less."""

MOST_TRIALS = 20
"""Points tried along one step."""

MOST_HALVINGS, LONG_ENOUGH, GUESSES = 8, 0.25, 8
"""Halvings of a step with levies; length under which the slope is asked as well; points it may then try."""

CENTRE_SLOPES = (1e-2, 1e-3, 1e-4)
"""delta of the outer rounds for activities without a slope; the last one repeats."""


@dataclass(frozen=True, slots=True)
class Point:
    """A point of one component in scaled units, and how it was reached."""

    p: Float
    z: Float
    tau: Float
    residual: float
    iterations: int
    converged: bool


@dataclass(frozen=True, slots=True)
class _Task:
    """What one Newton run solves: the system, floors, which levies are unknowns, slopes and their shift."""

    system: System
    f: Float
    bordered: Bool
    slope: Float
    shift: Float | float


@dataclass(frozen=True, slots=True)
class _Evaluation:
    """Response at one point, levy gaps g and the derivative omega of their clip, both of shape (L,)."""

    state: State
    gap: Float
    omega: Float


def lowest_levy(system: System) -> Float:
    """Return the levy at its lower bound, zero where there is none, shape (L,)."""
    return np.where(np.isfinite(system.lower), system.lower, 0.0)


def newton(
    system: System,
    p: Float,
    tau: Float,
    *,
    floor: Float | None = None,
    hold: bool = False,
    centre: Float | None = None,
    smoothing: float = COLD_SMOOTHING,
    tolerance: float = 1e-8,
    rough: bool = False,
    max_iterations: int = 40,
    max_rounds: int = 30,
) -> Point:
    """Solve one component from ``p`` and ``tau``.

    Parameters
    ----------
    floor : floors to use instead of the system's own, scaled.
    hold : keep ``tau`` as it is (levies with a self-response still follow the price).
    centre : levels around which activities without a slope are regularised; default zero.
    smoothing : first sigma; 0 starts with sharp corners, right for a start near the solution.
    tolerance : natural residual that counts as converged; iterations go on while they still gain cheaply.
    rough : stop at a residual of 1e-4, enough for a point that is only passed through.
    """
    f = system.f if floor is None else floor
    if rough:
        tolerance = ROUGH
    bordered = np.zeros(system.L, dtype=bool) if hold else system.self_response == 0.0
    flat = np.flatnonzero((system.s == 0.0) & (system.u > 0.0))
    if not len(flat):
        slope = np.where(system.s > 0.0, system.s, 1.0)
        return _run(
            _Task(system, f, bordered, slope, 0.0), p, tau, smoothing, tolerance, max_iterations, rough
        )
    z = np.zeros(system.K) if centre is None else centre
    total, gap = 0, np.inf
    point = Point(p, z, tau, np.inf, 0, converged=False)
    for turn in range(max_rounds):
        delta = CENTRE_SLOPES[min(turn, len(CENTRE_SLOPES) - 1)]
        slope = np.where(system.s > 0.0, system.s, delta)
        shift = np.zeros(system.K)
        shift[flat] = delta * z[flat]
        task = _Task(system, f, bordered, slope, shift)
        point = _run(task, p, tau, smoothing if turn == 0 else 0.0, tolerance, max_iterations, rough)
        total += point.iterations
        gap = float(np.abs(point.z - z)[flat].max() * delta)
        p, z, tau = point.p, point.z, point.tau
        if not point.converged or gap <= tolerance:
            break
    return Point(p, z, tau, max(point.residual, gap), total, point.converged and gap <= tolerance)


def _run(
    task: _Task, p: Float, tau: Float, sigma: float, tolerance: float, max_iterations: int, rough: bool
) -> Point:
    at = _evaluate(task, np.maximum(p, 0.0), tau, 0.0)
    if _residual(at) <= 1e-4 * tolerance:
        sigma = 0.0
    elif sigma > 0.0:
        at = _evaluate(task, at.state.p, tau, sigma)
    enough, last = (tolerance, ROUGH) if rough else (1e-4 * tolerance, LAST_SMOOTHING)
    best, best_residual = at, np.inf
    recent: list[float] = []
    iteration, stalled, short = 0, 0, 0
    while True:
        if sigma > 0.0 and _residual(at) <= tolerance:
            # nothing left to follow at this rounding; a further step would only chase rounding errors
            sigma = 0.0
            at = _evaluate(task, at.state.p, at.state.tau, sigma)
        if sigma == 0.0:
            residual = _residual(at)
            stalled = 0 if residual < 0.5 * best_residual else stalled + 1
            if residual < best_residual:
                best, best_residual = at, residual
            if best_residual <= enough or (best_residual <= tolerance and stalled):
                break
        if iteration >= max_iterations or short >= PATIENCE:
            break
        iteration += 1
        dp, dtau = _direction(task, at, sigma)
        if task.bordered.any():
            recent = [*recent[-3:], _merit(at)]
            at, length = _search_norm(task, at, dp, dtau, sigma, max(recent))
        else:
            at, length = _search_slope(task, at, dp, dtau, sigma)
        short = short + 1 if length < SHORT_STEP else 0
        if sigma > 0.0 and length >= GOOD_STEP:
            sigma = 0.1 * sigma if sigma > last else 0.0
            recent = []
            at = _evaluate(task, at.state.p, at.state.tau, sigma)
    if best_residual == np.inf:
        best = _evaluate(task, at.state.p, at.state.tau, 0.0)
        best_residual = _residual(best)
    state = best.state
    return Point(state.p, state.z, state.tau, best_residual, iteration, best_residual <= tolerance)


def _evaluate(task: _Task, p: Float, tau: Float, sigma: float) -> _Evaluation:
    system = task.system
    smooth = np.sqrt(task.slope * sigma) if sigma else 0.0
    state = respond(system, p, tau, task.slope, task.shift, smooth)
    if not task.bordered.any():
        zero = np.zeros(system.L)
        return _Evaluation(state, zero, zero)
    wanted = state.tau + task.f - system.N @ state.p
    target, omega = rounded_clip(wanted, system.lower, system.cap, 4.0 * sigma)
    gap = np.where(task.bordered, state.tau - target, 0.0)
    return _Evaluation(state, gap, np.where(task.bordered, omega, 0.0))


def _residual(at: _Evaluation) -> float:
    nodes = np.abs(np.minimum(at.state.p, at.state.excess)).max(initial=0.0)
    return float(max(nodes, np.abs(at.gap).max(initial=0.0)))


def _merit(at: _Evaluation) -> float:
    """Return the norm of excess supply and levy gaps; a surplus counts less as its price nears zero."""
    excess = at.state.excess
    counted = np.where(excess > 0.0, excess * np.minimum(at.state.p, 1.0), excess)
    return float(np.sqrt(counted @ counted + at.gap @ at.gap))


def _direction(task: _Task, at: _Evaluation, sigma: float) -> tuple[Float, Float]:
    system, state = task.system, at.state
    smooth = np.sqrt(task.slope * sigma) if sigma else 0.0
    rate = response_rate(system, state, task.slope, smooth)
    J = jacobian(system, rate, state.curve_slope, state.tau, state.p)
    diagonal = np.einsum("ii->i", J)
    longest = np.maximum(LONGEST_STEP, state.p)
    diagonal += REGULARISATION * (1.0 + diagonal) + np.abs(state.excess) / longest
    rhs = -state.excess
    held = (state.p <= 0.0) & (state.excess >= 0.0)
    J[held] = 0.0
    diagonal[held] = 1.0
    rhs[held] = 0.0
    levies = np.flatnonzero(task.bordered)
    if not len(levies):
        return _solved(J, rhs), np.zeros(system.L)
    n, width = system.n, len(levies)
    C = levy_columns(system, rate, state.curve_slope, levies)
    C[held] = 0.0
    omega = at.omega[levies]
    full = np.empty((n + width, n + width))
    full[:n, :n] = J
    full[:n, n:] = -C
    full[n:, :n] = omega[:, None] * system.N[levies]
    full[n:, n:] = np.diag(1.0 - omega + LEVY_PROXIMAL * omega)
    step = _solved(full, np.concatenate([rhs, -at.gap[levies]]))
    dp, dtau = step[:n], np.zeros(system.L)
    dtau[levies] = step[n:]
    excess = np.abs(dp / longest).max(initial=0.0)
    return (dp, dtau) if excess <= 1.0 else (dp / excess, dtau / excess)


def _solved(matrix: Float, rhs: Float) -> Float:
    """Return the solution of a linear system; no step at all where it is singular."""
    try:
        return np.linalg.solve(matrix, rhs).astype(np.float64, copy=False)
    except np.linalg.LinAlgError:
        return np.zeros_like(rhs)


def _moved(task: _Task, at: _Evaluation, dp: Float, dtau: Float, length: float, sigma: float) -> _Evaluation:
    system, state = task.system, at.state
    p = np.maximum(state.p + length * dp, 0.0)
    tau = np.clip(state.tau + length * dtau, system.lower, system.cap)
    return _evaluate(task, p, np.where(task.bordered, tau, state.tau), sigma)


def _search_slope(
    task: _Task, at: _Evaluation, dp: Float, dtau: Float, sigma: float, trials: int = MOST_TRIALS
) -> tuple[_Evaluation, float]:
    r"""Step along ``dp`` to where the slope :math:`R(p+\Delta)^\top\Delta` of the potential nearly vanishes.

    A full step that does not pass that point is taken as it is. Otherwise the point is bracketed: stopping
    short of a corner would show the next step the same flat side again.
    """
    weight = task.system.weight
    start = float((weight * at.state.excess) @ dp)
    low, slope_low, high, slope_high = 0.0, start, 1.0, np.inf
    length, best, best_length = 1.0, at, 0.0
    for _ in range(trials):
        trial = _moved(task, at, dp, dtau, length, sigma)
        slope = float((weight * trial.state.excess) @ (trial.state.p - at.state.p)) / length
        if slope <= 0.1 * abs(start) and (length == 1.0 or slope >= 0.1 * start):
            return trial, length
        if slope > 0.0:
            high, slope_high = length, slope
        else:
            low, slope_low = length, slope
        if slope <= 0.0 or best_length == 0.0:
            best, best_length = trial, length
        share = slope_low / (slope_low - slope_high) if slope_low < 0.0 else 0.5
        length = low + (high - low) * min(max(share, 0.1), 0.9)
    return best, best_length


def _search_norm(
    task: _Task, at: _Evaluation, dp: Float, dtau: Float, sigma: float, reference: float
) -> tuple[_Evaluation, float]:
    """Halve the step until the merit falls below the largest of the last few, or go where the slope vanishes.

    With levies there is no potential; the slope of its price part is only a good guess, taken where the merit
    there is smaller.
    """
    length, best, best_merit, best_length = 1.0, at, np.inf, 0.0
    for _ in range(MOST_HALVINGS):
        trial = _moved(task, at, dp, dtau, length, sigma)
        merit = _merit(trial)
        if merit < best_merit:
            best, best_merit, best_length = trial, merit, length
        if merit <= (1.0 - 1e-4 * length) * reference:
            break
        length *= 0.5
    if best_length >= LONG_ENOUGH:
        return best, best_length
    other, other_length = _search_slope(task, at, dp, dtau, sigma, GUESSES)
    return (other, other_length) if _merit(other) < best_merit else (best, best_length)
