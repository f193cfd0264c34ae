"""Checks on the tables of a snapshot; they run in every build and on the shipped snapshot in the tests.

Each check takes the tables and returns offenders. ``run_checks`` raises with a table of all of them, so a
failing build says everything that is wrong at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from lodestock.data import checks_form as form
from lodestock.data import checks_places as places
from lodestock.data import checks_substance as substance
from lodestock.data import checks_trade as trade
from lodestock.data.offenders import Offender, Tables, offender_table
from lodestock.data.snapshot import MANIFEST_NAME, file_sha256, read_manifest
from lodestock.errors import DataCheckError

LARGEST_FILE = 2_000_000
LARGEST_SNAPSHOT = 8_000_000

CHECKS: tuple[Callable[[Tables], Iterator[Offender]], ...] = (
    form.check_schema,
    form.check_keys,
    form.check_winners,
    form.check_names,
    form.check_intervals,
    form.check_hosts,
    substance.check_country_sums,
    substance.check_share_sums,
    substance.check_price_bands,
    substance.check_jumps,
    substance.check_chains,
    substance.check_price_forms,
    substance.check_coverage,
    trade.check_trade_rows,
    trade.check_trade_codes,
    trade.check_trade_unit_values,
    trade.check_trade_size,
    trade.check_trade_coverage,
    places.check_positions,
    places.check_sets,
    places.check_governance,
    places.check_measures,
    places.check_outlook,
    places.check_contents,
)


def run_checks(tables: Tables) -> None:
    """Run every check on the tables.

    Raises
    ------
    DataCheckError
        With the table of offenders.
    """
    offenders = [offender for check in CHECKS for offender in check(tables)]
    if offenders:
        raise DataCheckError(
            f"{len(offenders)} rows fail a check:\n{offender_table(offenders)}", where="snapshot build"
        )


def verify_files(directory: Path) -> None:
    """Compare every file of a snapshot with its manifest and the size limits.

    Raises
    ------
    DataCheckError
        A file is missing, unlisted, changed or too large.
    """
    listed = read_manifest(directory)["files"]
    present = {path.name for path in directory.iterdir() if path.name != MANIFEST_NAME}
    offenders = [
        Offender("manifest", name, "", "not in the manifest") for name in sorted(present - set(listed))
    ]
    offenders += [Offender("manifest", name, "", "file is missing") for name in sorted(set(listed) - present)]
    total = 0
    for name in sorted(present & set(listed)):
        path = directory / name
        total += path.stat().st_size
        if file_sha256(path) != listed[name]["sha256"]:
            offenders.append(Offender("manifest", name, "", "sha256 differs from the manifest"))
        if path.stat().st_size > LARGEST_FILE:
            offenders.append(Offender("size", name, "", f"larger than {LARGEST_FILE} bytes"))
    if total > LARGEST_SNAPSHOT:
        offenders.append(Offender("size", "", "", f"{total} bytes in all, limit {LARGEST_SNAPSHOT}"))
    if offenders:
        raise DataCheckError(
            f"the snapshot is not as built:\n{offender_table(offenders)}", where=str(directory)
        )
