r"""Compare our EU supply risk with published results, row by row, with a reason for every larger gap.

The reference file gives what only the study publishes: basis, import reliance, recycling rate and
substitution indices. Shares, trade parameters and governance are the snapshot's, for 2016 to 2020; nothing
is fitted. Groups are means of their members, members without published inputs taking the mean of those that
have them.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lodestock.errors import UnknownNameError
from lodestock.risk import assumptions, inputs
from lodestock.risk.eu_criticality import (
    BOTH,
    SOURCING_ONLY,
    WORLD_ONLY,
    group_mean,
    importance,
    is_critical,
    rounded,
    supply_risk,
)
from lodestock.risk.names import GROUPS, group_name, study_name
from lodestock.risk.reference import STAGES, Published, read_reference
from lodestock.risk.study_markets import Market, study_markets

if TYPE_CHECKING:
    pass

LARGE_GAP = 0.15
"""SR errors above this get an explanation."""
EI_GAP = 0.3
"""EI errors above this are named when they decide membership."""
NOTHING_TO_COMPARE = (
    "Published results do not ship with the package: pass them with --reference FILE.",
    "Columns: material, sr, ei; by stage supply_used_E, sr_E, ir_E_pct and the same with P; si_ei, si_sr,",
    "eol_rir_pct. A blank is a figure that was not published.",
)
NO_SECTOR_LIMIT = 0.5
"""EI is left open when more than this share of use has no published sector."""


@dataclass(frozen=True)
class Compared:
    """One row of the comparison; ``sr`` or ``ei`` is None where it cannot be computed, ``why`` says why."""

    material: str
    sr_published: float
    sr: float | None
    sr_error: float | None
    stage: str
    stage_published: str
    basis: str
    ei_published: float
    ei: float | None
    critical_published: bool
    critical: bool
    agrees: bool
    assumed: tuple[str, ...]
    """Inputs that the file does not give and an assumption stands for."""
    why: str


@dataclass(frozen=True)
class Comparison:
    """All rows and the headline."""

    rows: tuple[Compared, ...]

    @property
    def headline(self) -> dict[str, float | int | None]:
        """Median absolute error of SR, rows whose membership of the list agrees, and what they stand on."""
        errors = [row.sr_error for row in self.rows if row.sr_error is not None]
        listed = [row for row in self.rows if row.critical_published]
        return {
            "median_abs_sr_error": round(statistics.median(errors), 6) if errors else None,
            "listed_right": sum(row.agrees for row in self.rows) if self.rows else None,
            "rows": len(self.rows),
            "sr_computed": len(errors),
            "sr_within_0.15": sum(error <= LARGE_GAP for error in errors),
            "listed_published": len(listed),
            "listed_missed": sum(not row.critical for row in listed),
            "listed_added": sum(row.critical and not row.critical_published for row in self.rows),
            "ei_computed": sum(row.ei is not None for row in self.rows),
        }


def compare_with(path: Path) -> Comparison:
    """Compare with a reference file (see ``reference.read_reference`` for its errors)."""
    return compare(read_reference(path))


def compare(published: Sequence[Published]) -> Comparison:
    """Compare with published rows."""
    markets, names = study_markets()
    uses = {
        row["material"]: (float(row["ei_before_substitution"]), float(row["without_value"]))
        for row in importance(inputs.study_uses(), inputs.largest_value_added()).to_dicts()
    }
    single = {}
    for row in published:
        if group_name(row.material) is None:
            try:
                single[study_name(row.material, names, where=f"line {row.line}")] = row
            except UnknownNameError:
                continue
    compared = []
    for row in published:
        group = group_name(row.material)
        members = [(name, row)] if (name := _found(row.material, names)) else []
        if group is not None:
            members = _group_members(group, row, single)
        compared.append(_compare(row, members, markets, uses))
    return Comparison(tuple(compared))


def _found(name: str, names: Sequence[str]) -> str | None:
    try:
        return study_name(name, names)
    except UnknownNameError:
        return None


def _group_members(
    group: str, row: Published, single: Mapping[str, Published]
) -> list[tuple[str, Published]]:
    """Members of a group with their published inputs; the others take the mean of those that have them."""
    given = [single[name] for name in GROUPS[group] if name in single]

    def mean(values: Sequence[float | None], own: float | None) -> float | None:
        known = [value for value in values if value is not None]
        return own if own is not None else statistics.fmean(known) if known else None

    stand_in = replace(
        row,
        si_sr=mean([item.si_sr for item in given], row.si_sr),
        si_ei=mean([item.si_ei for item in given], row.si_ei),
    )
    return [(name, single.get(name, stand_in)) for name in GROUPS[group]]


def _compare(
    row: Published,
    members: Sequence[tuple[str, Published]],
    markets: Mapping[tuple[str, str], Market],
    uses: Mapping[str, tuple[float, float]],
) -> Compared:
    assumed: list[str] = []
    flags: list[str] = []
    results = [_supply_risk(name, item, markets, assumed, flags) for name, item in members]
    known = [max(result.items(), key=lambda pair: pair[1]) for result in results if result]
    sr = group_mean([value for _, value in known]) if known and len(known) == len(results) else None
    if sr is None and known and len(results) > 1:
        sr = group_mean([value for _, value in known])
        flags.append(f"{len(results) - len(known)} members of the group have no published shares")
    stage = statistics.mode([name for name, _ in known]) if known else ""
    ei = _importance(members, uses, assumed, flags)
    critical_published = is_critical(row.sr, row.ei)
    # Membership needs both: where a sector is not published, the published EI stands in and is named so.
    critical = sr is not None and is_critical(sr, row.ei if ei is None else ei)
    error = None if sr is None else abs(sr - row.sr)
    why = "; ".join(dict.fromkeys(flags))
    if sr is None:
        why = why or "the study publishes no shares for it"
    elif error is not None and error > LARGE_GAP:
        why = "; ".join(dict.fromkeys([_explanation(row, members, markets), *flags]))
    elif critical != critical_published:
        near = (
            f"a threshold lies within the error of {error:.2f}"
            if ei is None or abs(ei - row.ei) < EI_GAP
            else ""
        )
        why = "; ".join(dict.fromkeys([near or f"EI {ei:.1f} against {row.ei:g} published", *flags]))
    return Compared(
        material=row.material,
        sr_published=row.sr,
        sr=sr,
        sr_error=error,
        stage=stage,
        stage_published=row.stage_used,
        basis=row.basis.get(stage, BOTH),
        ei_published=row.ei,
        ei=ei,
        critical_published=critical_published,
        critical=critical,
        agrees=critical == critical_published,
        assumed=tuple(dict.fromkeys(assumed)),
        why=why,
    )


def _supply_risk(
    name: str,
    row: Published,
    markets: Mapping[tuple[str, str], Market],
    assumed: list[str],
    flags: list[str],
) -> dict[str, float]:
    """SR by stage, for the stages that the study uses and that have shares.

    A stage whose basis lacks an input is left to the other stage; where there is no other, it falls back to
    the basis that the data allow, and the flags say so.
    """
    found: dict[str, float] = {}
    recycling, substitution = _recycling(row, assumed), _substitution(row, assumed)
    bases: dict[str, str] = {}
    fallback: dict[str, str] = {}
    for stage in STAGES:
        market = markets.get((name, stage))
        if market is None or (row.basis and stage not in row.basis):
            continue
        reliance = row.import_reliance.get(stage)
        wanted = row.basis.get(stage) or _likely_basis(market, reliance)
        lacking = _lacking(wanted, market, reliance)
        if not lacking:
            bases[stage] = wanted
            continue
        flags.append(f"stage {stage}: {lacking}")
        fallback[stage] = SOURCING_ONLY if market.world is None else WORLD_ONLY
    if not bases and fallback:
        bases = fallback
        flags += [f"stage {stage}: basis {basis} instead" for stage, basis in bases.items()]
    for stage, basis in bases.items():
        market = markets[name, stage]
        flags += [f"stage {stage}: {flag}" for flag in market.flags if basis != WORLD_ONLY or "world" in flag]
        found[stage] = float(
            supply_risk(
                market.world or 0.0,
                market.sourcing or 0.0,
                row.import_reliance.get(stage, 0.0),
                recycling,
                substitution,
                basis,
            )
        )
    return found


def _likely_basis(market: Market, reliance: float | None) -> str:
    """Basis where the file names none: both where both are known, else what there is."""
    if market.sourcing is None:
        return WORLD_ONLY
    return SOURCING_ONLY if market.world is None or reliance == 0 else BOTH


def _lacking(basis: str, market: Market, reliance: float | None) -> str:
    """What a basis needs and is not published; empty when all is there."""
    if basis != WORLD_ONLY and market.sourcing is None:
        return "EU sourcing shares are not published"
    if basis != SOURCING_ONLY and market.world is None:
        return "world supply shares are not published"
    return "import reliance is not published" if basis == BOTH and reliance is None else ""


def _recycling(row: Published, assumed: list[str]) -> float:
    if row.recycling_rate is not None:
        return row.recycling_rate
    assumed.append("recycling rate")
    return assumptions.value("recycling_rate_unpublished")


def _substitution(row: Published, assumed: list[str]) -> float:
    if row.si_sr is not None:
        return row.si_sr
    assumed.append("substitution index SI_SR")
    return assumptions.value("substitution_index")


def _importance(
    members: Sequence[tuple[str, Published]],
    uses: Mapping[str, tuple[float, float]],
    assumed: list[str],
    flags: list[str],
) -> float | None:
    """EI of a material or the mean of a group; None where uses or most of their sectors are not published."""
    found = []
    for name, row in members:
        if name not in uses:
            return None
        before, without = uses[name]
        if without > NO_SECTOR_LIMIT:
            flags.append(f"EI open: {without:.0%} of use has no published sector")
            return None
        index = row.si_ei
        if index is None:
            assumed.append("substitution index SI_EI")
            index = assumptions.value("substitution_index")
        found.append(before * index)
    return group_mean(found) if found else None


def _explanation(
    row: Published,
    members: Sequence[tuple[str, Published]],
    markets: Mapping[tuple[str, str], Market],
) -> str:
    """Say what would give the published figure: another basis, or another concentration than the shares'."""
    if len(members) != 1:
        return "mean of members, whose own gaps are listed"
    name, item = members[0]
    recycling, substitution = _recycling(item, []), _substitution(item, [])
    tries: list[tuple[float, str]] = []
    for stage in STAGES:
        market = markets.get((name, stage))
        if market is None:
            continue
        for basis, reliance in _alternatives(market, item.import_reliance.get(stage)):
            if basis == item.basis.get(stage) and reliance == item.import_reliance.get(stage):
                continue
            value = float(
                supply_risk(market.world or 0, market.sourcing or 0, reliance, recycling, substitution, basis)
            )
            extra = f" with an import reliance of {reliance:.0%}" if basis == BOTH else ""
            tries.append((abs(value - row.sr), f"basis {basis} at stage {stage}{extra} gives {value:.2f}"))
    best = min(tries, default=(99.0, ""))
    if best[0] <= 0.06:
        return f"source: the basis printed is not the one used: {best[1]}, as published"
    stage = row.stage_used or next(iter(item.basis), "")
    implied = row.sr / ((1.0 - recycling) * substitution) if substitution and recycling < 1 else 0.0
    ours = markets.get((name, stage))
    of_ours = "" if ours is None else f", ours are {_numbers(ours)}"
    return (
        f"source or year: the published figure implies a weighted concentration of {implied:.2f}{of_ours} "
        "from the printed, rounded shares and the governance edition of 2023; the study had its own of both"
    )


def _alternatives(market: Market, reliance: float | None) -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    if market.world is not None:
        found.append((WORLD_ONLY, 0.0))
    if market.sourcing is not None:
        found.append((SOURCING_ONLY, 0.0))
    if market.world is not None and market.sourcing is not None:
        found += [(BOTH, value) for value in {1.0, reliance if reliance is not None else 1.0}]
    return found


def _numbers(market: Market) -> str:
    parts = [("world", market.world), ("EU sourcing", market.sourcing)]
    return " and ".join(f"{value:.2f} ({what})" for what, value in parts if value is not None)


def summary_lines(comparison: Comparison, show: Callable[[Compared], bool] | None = None) -> list[str]:
    """Lines for a terminal: the headline, then every row that ``show`` keeps (by default larger gaps)."""
    head = comparison.headline
    if head["median_abs_sr_error"] is None:
        return [f"no SR could be computed for any of {head['rows']} rows", *NOTHING_TO_COMPARE]
    lines = [
        f"median |SR error| {head['median_abs_sr_error']:.3f} over {head['sr_computed']} of {head['rows']} "
        f"rows; {head['sr_within_0.15']} within 0.15",
        f"on or off the list as published: {head['listed_right']} of {head['rows']} "
        f"(missed {head['listed_missed']}, added {head['listed_added']})",
    ]
    keep = show or (lambda row: row.sr_error is None or row.sr_error > LARGE_GAP or not row.agrees)
    for row in comparison.rows:
        if keep(row):
            ours = "none" if row.sr is None else f"{row.sr:.2f}"
            mark = (
                ""
                if row.agrees
                else ("; not listed by us" if row.critical_published else "; listed by us only")
            )
            lines.append(
                f"  {row.material}: SR {ours}, published {row.sr_published:g}{mark}. {row.why}".rstrip()
            )
    if any(rounded(row.sr or 0) != rounded(row.sr_published) for row in comparison.rows):
        lines.append("thresholds are applied after rounding to one decimal, as the study does")
    return lines
