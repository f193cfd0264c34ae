"""Run a scenario: base year, cases, draws and tornado, gathered in one outcome."""

from __future__ import annotations

import platform
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any

from lodestock import __version__
from lodestock.errors import ValueOutOfRangeError
from lodestock.policy.solve import SOLVED
from lodestock.scenario.draws import (
    SINGLE,
    Band,
    Draw,
    DrawJob,
    Progress,
    bands,
    inputs,
    own_ranges,
    positions,
)
from lodestock.scenario.metrics import Label, Metrics, headline, most_short
from lodestock.scenario.outcome import LABEL_COLUMNS, OUTCOME_TABLES, CaseOutcome, Outcome, frame
from lodestock.scenario.path_bands import with_path_bands
from lodestock.scenario.resolved import Case, ResolvedScenario
from lodestock.scenario.schema import MAX_DRAWS, MAX_SEED
from lodestock.scenario.solve import (
    BASELINE,
    LoadWorld,
    Problem,
    SolvedCase,
    cases_of,
    load_problem,
    solve_case,
)
from lodestock.scenario.tables import case_outcome
from lodestock.scenario.tornado import Swing, one_at_a_time, swings
from lodestock.workers import ordered

if TYPE_CHECKING:
    import polars as pl

    from lodestock.world.draw import Factor

PACKAGES = ("numpy", "polars", "pydantic")


def run_scenario(
    resolved: ResolvedScenario,
    *,
    draws: int | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
    load: LoadWorld | None = None,
    workers: int | None = None,
) -> Outcome:
    """Solve a scenario and everything it is compared with.

    Parameters
    ----------
    resolved : the scenario.
    draws, seed : how many draws over the assumption ranges, and their seed; those of the scenario by default.
        Without draws there are no bands and no tornado.
    progress : called with (done, total, what) as work proceeds.
    load : (material, base year) -> World; the calibrated snapshot by default.
    workers : processes for the draws; 1 runs them here.

    Returns
    -------
    Outcome. A case without an equilibrium is in it with its reason; an outcome is returned all the same.

    Raises
    ------
    ValueOutOfRangeError
        Draws or seed outside what a scenario file may hold.
    LodestockError
        The scenario cannot be posed: a floor above any feasible price, a market that does not exist.
    """
    began = time.perf_counter()
    count = _within("draws", resolved.options.draws if draws is None else draws, MAX_DRAWS)
    chosen = _within("seed", resolved.options.seed if seed is None else seed, MAX_SEED)
    tell = progress or _silent
    problem = load_problem(resolved, load)
    solved: dict[str, SolvedCase] = {BASELINE: _baseline(problem)}
    cases = cases_of(resolved)
    for done, case in enumerate(cases):
        tell(done, len(cases), f"solving {case.title or case.name}")
        solved[case.name] = solve_case(problem, case)
    central = solved[resolved.case.name]
    drawn: list[Draw] = []
    swing: tuple[Swing, ...] = ()
    if count > 0 and central.equilibria:
        drawn, swing = _uncertainty(problem, central, count, chosen, tell, workers)
    outcomes = {name: case_outcome(problem, case) for name, case in solved.items()}
    path = with_path_bands(outcomes[central.case.name].periods, [draw.path for draw in drawn if draw.path])
    outcomes[central.case.name] = replace(outcomes[central.case.name], periods=path)
    record = _record(problem, count, chosen, drawn, time.perf_counter() - began)
    return _outcome(problem, outcomes, central, drawn, count, swing, record)


def _within(what: str, value: int, largest: int) -> int:
    if not 0 <= value <= largest:
        raise ValueOutOfRangeError(f"{value} is out of range", where=what, allowed=f"0 to {largest:,}")
    return value


def _silent(done: int, total: int, what: str) -> None:
    """Progress that nobody watches."""


def _baseline(problem: Problem) -> SolvedCase:
    case = Case(name=BASELINE, title="Base year", note="", instruments=(), shocks=())
    return SolvedCase(case, SOLVED, "", problem.base, problem.base_accounts)


def _uncertainty(
    problem: Problem,
    central: SolvedCase,
    count: int,
    seed: int,
    tell: Progress,
    workers: int | None,
) -> tuple[list[Draw], tuple[Swing, ...]]:
    """Solve the draws and the one-at-a-time runs in one go."""
    focus = most_short(central)
    factors = inputs(problem)
    runs = one_at_a_time(factors)
    names = [factor.name for factor in factors]
    tasks: list[tuple[int, Mapping[str, float]]] = [
        (number, positions(names, seed, number)) for number in range(count)
    ]
    tasks += [(SINGLE, {factor.name: position}) for factor, position in runs]

    results: list[Draw] = []
    for done, draw in enumerate(ordered(DrawJob(problem, central, focus), tasks, workers)):
        results.append(draw)
        tell(done + 1, len(tasks), "draws" if done < count else "single inputs")
    swing = swings(headline(problem, central, focus), runs, results[count:])
    return results[:count], swing


def _outcome(
    problem: Problem,
    cases: Mapping[str, CaseOutcome],
    central: SolvedCase,
    drawn: Sequence[Draw],
    asked: int,
    swing: Sequence[Swing],
    record: Mapping[str, Any],
) -> Outcome:
    resolved = problem.resolved
    focus = most_short(central)
    metrics = headline(problem, central, focus) if central.equilibria else {}
    failures = Counter(draw.failure for draw in drawn if draw.failure)
    return Outcome(
        name=resolved.name,
        title=resolved.title,
        question=resolved.question,
        resolved=resolved,
        base_year=resolved.base_year,
        materials=resolved.materials,
        zone=problem.markets.zone,
        zone_name=resolved.zone.name if resolved.zone is not None else None,
        home=problem.markets.home,
        cases=cases,
        draws=_draws_frame(drawn),
        draw_inputs=_inputs_frame(drawn),
        draws_asked=asked,
        draws_failed=sum(failures.values()),
        draw_failures=tuple(f"{reason} ({times} times)" for reason, times in failures.most_common()),
        bands=_bands_frame(metrics, bands(drawn, list(metrics))),
        tornado=_tornado_frame(swing, own_ranges(problem)),
        sources=_sources_frame(problem),
        assumptions=_assumptions_frame(problem),
        adjustments=_adjustments_frame(problem),
        run=record,
    )


def _labels(labels: Sequence[Label]) -> dict[str, list[Any]]:
    return {name: [label[i] for label in labels] for i, name in enumerate(LABEL_COLUMNS)}


def _draws_frame(drawn: Sequence[Draw]) -> pl.DataFrame:
    flat = [(draw.number, label, value) for draw in drawn for label, value in draw.metrics.items()]
    rows = _labels([label for _, label, _ in flat])
    rows["draw"] = [number for number, _, _ in flat]
    rows["value"] = [value for _, _, value in flat]
    return frame(OUTCOME_TABLES["draws"], rows)


def _inputs_frame(drawn: Sequence[Draw]) -> pl.DataFrame:
    flat = [(draw.number, name, value) for draw in drawn for name, value in draw.positions.items()]
    return frame(
        OUTCOME_TABLES["draw_inputs"],
        {name: [item[i] for item in flat] for i, name in enumerate(OUTCOME_TABLES["draw_inputs"])},
    )


def _bands_frame(central: Metrics, found: Mapping[Label, Band]) -> pl.DataFrame:
    labels = [label for label in central if label in found]
    rows = _labels(labels)
    rows["central"] = [central[label] for label in labels]
    for name in ("p10", "p50", "p90", "draws"):
        rows[name] = [getattr(found[label], name) for label in labels]
    return frame(OUTCOME_TABLES["bands"], rows)


def _tornado_frame(swing: Sequence[Swing], own: Mapping[tuple[str, str], Factor]) -> pl.DataFrame:
    """Swings as rows; an input shows the range it has for the row's material."""
    rows = _labels([item.label for item in swing])
    shown = [own.get((item.label.material, item.factor.name), item.factor) for item in swing]
    rows |= {
        "central": [item.central for item in swing],
        "input": [factor.name for factor in shown],
        "input_label": [factor.label for factor in shown],
        "input_unit": [factor.unit for factor in shown],
        "low": [factor.low for factor in shown],
        "high": [factor.high for factor in shown],
        "value_at_low": [item.at_low for item in swing],
        "value_at_high": [item.at_high for item in swing],
        "swing": [item.swing for item in swing],
        "rank": [item.rank for item in swing],
    }
    return frame(OUTCOME_TABLES["tornado"], rows)


def _sources_frame(problem: Problem) -> pl.DataFrame:
    """Sources behind the worlds, with licence and vintage, and the materials each one serves."""
    from lodestock.data.snapshot import load_table

    serves: dict[str, list[str]] = {}
    for material in problem.materials:
        for source in problem.worlds[material].sources:
            serves.setdefault(source, []).append(material)
    known = {row["source_id"]: row for row in load_table("sources").iter_rows(named=True)}
    columns = OUTCOME_TABLES["sources"]
    rows: dict[str, list[Any]] = {name: [] for name in columns}
    for source, materials in sorted(serves.items()):
        row = {**known.get(source, {}), "source_id": source, "materials": ", ".join(materials)}
        for name in columns:
            value = row.get(name)
            rows[name].append(None if value is None else str(value))
    return frame(columns, rows)


def _assumptions_frame(problem: Problem) -> pl.DataFrame:
    rows: dict[str, list[Any]] = {name: [] for name in OUTCOME_TABLES["assumptions"]}
    for material in problem.materials:
        for key, item in problem.worlds[material].assumptions.items():
            values = {**vars(item), "material": material, "name": key}
            for name, column in rows.items():
                column.append(values[name])
    return frame(OUTCOME_TABLES["assumptions"], rows)


def _adjustments_frame(problem: Problem) -> pl.DataFrame:
    rows: dict[str, list[Any]] = {name: [] for name in OUTCOME_TABLES["adjustments"]}
    for material in problem.materials:
        for item in problem.worlds[material].adjustments:
            values = {**vars(item), "material": material}
            for name, column in rows.items():
                column.append(values[name])
    return frame(OUTCOME_TABLES["adjustments"], rows)


def _record(problem: Problem, asked: int, seed: int, drawn: Sequence[Draw], seconds: float) -> dict[str, Any]:
    """What was run, on what, from which data."""
    from lodestock.data.snapshot import snapshot_hash

    return {
        "scenario": problem.resolved.name,
        "versions": {
            "lodestock": __version__,
            "python": platform.python_version(),
            **{package: metadata.version(package) for package in PACKAGES},
        },
        "snapshot_hash": snapshot_hash(),
        "materials_solved": list(problem.materials),
        "seed": seed,
        "draws": asked,
        "draws_failed": sum(1 for draw in drawn if draw.failure),
        "seconds": round(seconds, 3),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
